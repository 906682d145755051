"""The lanes that a duel can run, by name.

Knows which function runs a lane and what people should know about it. Does not know how lanes
share samples or budgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scale_core.strategies.bandit import run_bandit
from scale_core.strategies.optimal import run_optimal
from scale_core.strategies.scale import run_scale
from scale_core.strategies.search.loop import searcher
from scale_core.strategies.self_consistency import run_many_chains, run_one_chain
from scale_core.strategies.settings import Runner
from scale_core.strategies.uniform import run_uniform
from scale_core.trace.duel import Lane

DEFAULT = ("uniform", "scale", "dora", "bandit")

DEPTHS = "a depth is a sub-problem; as published it is a step of text (setting steps=text)"

_ALL: tuple[tuple[Lane, Runner], ...] = (
    (
        Lane("uniform", "Uniform", "equal samples, System 2 everywhere"),
        run_uniform,
    ),
    (
        Lane(
            "scale",
            "SCALE",
            "System 2 only above τ, with what the easy steps leave over",
            adaptation="the paper gives each sub-problem one sample; sharing out more is ours",
        ),
        run_scale,
    ),
    (
        Lane(
            "dora",
            "DORA",
            "rollouts to directions by quality",
            adaptation=DEPTHS,
            drawing="tree",
        ),
        searcher("dora"),
    ),
    (
        Lane(
            "bandit",
            "Bandit",
            "pull each sub-problem until it is solved",
            adaptation="the paper's arms are independent questions, here sub-problems of a plan",
            drawing="arms",
        ),
        run_bandit,
    ),
    (
        Lane(
            "rebase",
            "REBASE",
            "rollouts to candidates by quality",
            adaptation=DEPTHS,
            drawing="tree",
        ),
        searcher("rebase"),
    ),
    (
        Lane(
            "beam",
            "Beam",
            "the best candidates share the rollouts",
            adaptation=DEPTHS,
            drawing="tree",
        ),
        searcher("beam"),
    ),
    (
        Lane(
            "dvts", "DVTS", "the best candidate of each subtree", adaptation=DEPTHS, drawing="tree"
        ),
        searcher("dvts"),
    ),
    (
        Lane("optimal", "Optimal (estimated)", "plans by the model's own ratings, again and again"),
        run_optimal,
    ),
    (
        Lane(
            "self-consistency",
            "Self-consistency",
            "many chains of thought, the majority answer",
            plans=False,
        ),
        run_many_chains,
    ),
    (
        Lane("cot", "Chain of thought", "one chain of thought, no plan", plans=False),
        run_one_chain,
    ),
)

LANES: Mapping[str, Lane] = {lane.name: lane for lane, _ in _ALL}
RUNNERS: Mapping[str, Runner] = {lane.name: runner for lane, runner in _ALL}


def lanes_named(names: Sequence[str]) -> tuple[Lane, ...]:
    """The lanes of these names. Raises ValueError for an unknown name, one given twice or none."""
    if not names:
        raise ValueError("choose at least one lane")
    if unknown := [n for n in names if n not in LANES]:
        raise ValueError(f"no such lane: {', '.join(unknown)}; there are {', '.join(LANES)}")
    if len(set(names)) < len(names):
        raise ValueError("a lane can run only once in a duel")
    return tuple(LANES[n] for n in names)

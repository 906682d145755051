"""The published search loop as a state machine that can be replayed: who is extended, with which
token limit, who ends, who is dropped, and whose completions vote.

Source: the loops released with DORA (arXiv 2506.15707) for beam search, REBASE, DORA as in the
paper, DORA as in its code (with its missing name repaired) and DVTS, quirks included:

* n fresh continuations at every depth until n paths have ended; ended paths do not narrow it.
* A path that ends on exactly `max_tokens_per_step` tokens is dropped, unless at the last depth;
  one that runs out of its whole allowance earlier counts as completed.
* The list of copies is repeated cyclically or cut at its end to n; the n earliest completions
  vote, and fewer are repeated cyclically, so duplicates vote.
* DVTS returns all M samples of each subtree's last iteration, unfinished ones included, and
  counts the tokens of the kept sample only.

    state = start(settings)
    while (step := plan(state)) is not None:
        state = observe(state, outcomes of step.parents under step.caps)
    voters = final(state)

Knows counts, scores and embeddings of outcomes. Does not know engines, texts or votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from scale_core.allocation.baselines import M
from scale_core.allocation.directions import T_S
from scale_core.allocation.published_arithmetic import (
    PublishedError,
    best_last,
    copies,
    cosines,
    diversity,
    rounded,
    softmax,
)
from scale_core.allocation.rebase import T_B
from scale_core.allocation.shares import Ints, read_scores

Method = Literal["beam", "rebase", "dora_paper", "dora_release", "dvts"]
Slot: TypeAlias = tuple[int, int]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True, slots=True)
class Settings:
    """One search: n rollouts wide, the released defaults. Raises ValueError for an unknown
    method, n or beam_width below 1, no iterations, and for DVTS where M does not divide n."""

    method: Method
    n: int
    beam_width: int = M
    t_b: float = T_B
    t_s: float = T_S
    num_iterations: int = 40
    max_tokens: int = 2048
    max_tokens_per_step: int = 256
    sort_completed: bool = False

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"unknown method {self.method!r}; there are {', '.join(METHODS)}")
        if min(self.n, self.beam_width, self.num_iterations) < 1:
            raise ValueError("n, beam_width and num_iterations must be at least 1")
        if self.method == "dvts" and self.n % self.beam_width:
            raise ValueError(f"DVTS needs M | N, not N = {self.n} and M = {self.beam_width}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one slot. ended: the engine met no stop string (it ended, or ran into its
    limit). score: PRM score of the last step. embedding: of the whole path, for DORA only.
    empty: no text. boxed: the path holds a final answer (DVTS looks for it)."""

    tokens: int
    ended: bool
    score: float
    embedding: Sequence[float] | None = field(default=None, repr=False)
    empty: bool = False
    boxed: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A partial solution: its slots (iteration, index), the tokens charged to it, last score."""

    steps: tuple[Slot, ...] = ()
    tokens: int = 0
    score: float | None = None
    embedding: Sequence[float] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """The slots of one iteration: the slot that each extends (None: the prompt), its limit on new
    tokens, and the rounded counts behind it (None: beam, DVTS, the first iteration)."""

    iteration: int
    parents: tuple[Slot | None, ...]
    caps: tuple[int, ...]
    raw: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class State:
    """Between two iterations. candidates: the paths that go on and raw, how many copies of each;
    subtree: DVTS only: the subtree of each candidate, and what each subtree returns."""

    settings: Settings
    iteration: int = 0
    candidates: tuple[Path, ...] = (Path(),)
    raw: tuple[int, ...] | None = None
    completed: tuple[Path, ...] = ()
    dropped: tuple[Path, ...] = ()
    over: bool = False
    subtree: tuple[int, ...] = ()
    returned: tuple[tuple[Path, ...], ...] = ()


def start(settings: Settings) -> State:
    """Before the first iteration: n copies of the prompt."""
    if settings.method != "dvts":
        return State(settings)
    trees = settings.n // settings.beam_width
    return State(
        settings, candidates=(Path(),) * trees, subtree=tuple(range(trees)), returned=((),) * trees
    )


def plan(state: State) -> Plan | None:
    """What to generate next; None when the search is over.

    Raises PublishedError (ZeroDivisionError) where every count was rounded to 0.
    """
    if state.over:
        return None
    extended = _extended(state)
    settings = state.settings
    cap = settings.max_tokens if _last(state) else settings.max_tokens_per_step
    return Plan(
        state.iteration,
        tuple(path.steps[-1] if path.steps else None for path in extended),
        tuple(min(cap, settings.max_tokens - path.tokens) for path in extended),
        state.raw if settings.method not in ("beam", "dvts") else None,
    )


def observe(state: State, outcomes: Sequence[Outcome]) -> State:
    """The state after the planned slots came out, one outcome each, in their order.

    Raises ValueError when the search is over or the number of outcomes is another.
    """
    if state.over:
        raise ValueError("the search is over")
    extended = _extended(state)
    if len(outcomes) != len(extended):
        raise ValueError(f"{len(outcomes)} outcomes for {len(extended)} slots")
    if state.settings.method == "dvts":
        return _observe_subtrees(state, extended, outcomes)
    return _observe_paths(state, extended, outcomes)


def final(state: State) -> tuple[Path, ...]:
    """The completions that vote, n of them, repeated where there are fewer; the last score of
    each weighs it. Raises PublishedError (ZeroDivisionError) when none was completed."""
    if state.settings.method == "dvts":
        return tuple(path for samples in state.returned for path in samples)
    done, n = list(state.completed), state.settings.n
    if state.settings.sort_completed:
        done.sort(key=lambda path: path.score or 0.0, reverse=True)
    if not done:
        raise PublishedError(
            "ZeroDivisionError: integer division or modulo by zero", "no path was completed"
        )
    return tuple(done[i % len(done)] for i in range(n))


def _last(state: State) -> bool:
    return state.iteration == state.settings.num_iterations - 1


def _extended(state: State) -> list[Path]:
    """The path of each slot of this iteration."""
    settings = state.settings
    if settings.method == "dvts":
        return [path for path in state.candidates for _ in range(settings.beam_width)]
    raw = np.ones(len(state.candidates), np.int64) if state.raw is None else np.array(state.raw)
    return [state.candidates[i] for i in copies(raw, settings.n).tolist()]


def _grown(state: State, path: Path, index: int, outcome: Outcome) -> Path:
    return Path(
        (*path.steps, (state.iteration, index)),
        path.tokens + outcome.tokens,
        outcome.score,
        outcome.embedding,
    )


def _ended(outcome: Outcome, tokens: int, settings: Settings) -> bool:
    return outcome.ended or outcome.empty or tokens >= settings.max_tokens


def _observe_paths(state: State, extended: list[Path], outcomes: Sequence[Outcome]) -> State:
    settings, last = state.settings, _last(state)
    active, completed, dropped = [], list(state.completed), list(state.dropped)
    for index, (path, outcome) in enumerate(zip(extended, outcomes, strict=True)):
        grown = _grown(state, path, index, outcome)
        if not _ended(outcome, grown.tokens, settings):
            active.append(grown)
        elif last or outcome.tokens != settings.max_tokens_per_step:
            completed.append(grown)
        else:
            dropped.append(grown)
    after = replace(
        state, iteration=state.iteration + 1, completed=tuple(completed), dropped=tuple(dropped)
    )
    if not active:
        return replace(after, candidates=(), raw=None, over=True)
    kept, raw = _counts(settings, active)
    over = last or len(completed) >= settings.n  # looked at after the budget was divided
    return replace(after, candidates=kept, raw=raw, over=over)


def _counts(settings: Settings, active: list[Path]) -> tuple[tuple[Path, ...], tuple[int, ...]]:
    """The candidates that the rule looks at last, and its rounded counts for them."""
    scores = read_scores([path.score for path in active])
    kept = np.arange(len(active))
    if settings.method == "beam":
        kept = best_last(scores, settings.n // settings.beam_width)
        raw: Ints = np.ones(len(kept), np.int64)
    else:
        weights = softmax(scores, settings.t_b)
        if settings.method == "dora_release":
            kept = np.flatnonzero(rounded(weights, settings.n))
            weights = softmax(scores[kept], settings.t_b)
        if settings.method != "rebase":
            embeddings = [active[i].embedding for i in kept.tolist()]
            weights = weights * diversity(cosines(embeddings), settings.t_s)
            weights = weights / weights.sum()
        raw = rounded(weights, settings.n)
    return tuple(active[i] for i in kept.tolist()), tuple(raw.tolist())


def _observe_subtrees(state: State, extended: list[Path], outcomes: Sequence[Outcome]) -> State:
    settings, last, width = state.settings, _last(state), state.settings.beam_width
    alive, candidates, returned = [], [], list(state.returned)
    for number, tree in enumerate(state.subtree):
        slots = range(number * width, (number + 1) * width)
        # A sample that hit the step's limit is cut off: it cannot win against another.
        worth = [
            0.0
            if outcomes[s].ended and outcomes[s].tokens == settings.max_tokens_per_step and not last
            else outcomes[s].score
            for s in slots
        ]
        best = slots[int(np.argmax(worth))]
        winner = _grown(state, extended[best], best, outcomes[best])
        returned[tree] = tuple(
            replace(_grown(state, extended[s], s, outcomes[s]), tokens=winner.tokens) for s in slots
        )
        if not (_ended(outcomes[best], winner.tokens, settings) or outcomes[best].boxed):
            alive.append(tree)
            candidates.append(winner)
    return replace(
        state,
        iteration=state.iteration + 1,
        candidates=tuple(candidates),
        returned=tuple(returned),
        subtree=tuple(alive),
        over=last or not alive,
    )

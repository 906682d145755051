"""The critical path of a run: the chain of sub-problems, each needing the one before, that
cost most.

However many sub-problems run side by side, those of this chain run one after another, so the tokens
of all over the tokens of the chain bound what doing so can gain (Graham, 1969). Samples of one
sub-problem that run side by side are not counted as such. Knows the plan and the ledger. Does not
know the drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import units


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """nodes: ids in order, the plan's first. tokens: what they cost; total: what all nodes cost."""

    nodes: tuple[str, ...]
    tokens: int
    total: int

    @property
    def edges(self) -> frozenset[tuple[str, str]]:
        return frozenset(pairwise(self.nodes))

    @property
    def speed_up(self) -> float:
        """Tokens of all over tokens of the path, at least 1."""
        return self.total / self.tokens


def critical_path(run: Run) -> CriticalPath | None:
    """Of a run that has ended; None without a plan, where a count is unknown or nothing was spent,
    and for a search, which takes its plan step by step whatever needs what."""
    if run.plan is None or run.end is None or run.candidates:
        return None
    spent = {id: run.ledger.of_node(id).total for id in (ev.PLAN_NODE, *run.plan.graph)}
    known = {id: tokens for id, tokens in spent.items() if tokens is not None}
    if len(known) < len(spent):
        return None
    nodes = (ev.PLAN_NODE, *run.plan.critical_path(known))
    tokens = sum(known[id] for id in nodes)
    return CriticalPath(nodes, tokens, sum(known.values())) if tokens else None


def in_words(run: Run, path: CriticalPath) -> str:
    """`plan → #1 → #4, 134 of 215 tokens: at most 1.60 times as fast with steps side by side`."""
    names = [id if id == ev.PLAN_NODE else units.step_name(run.plan, id) for id in path.nodes]
    cost = f"{' → '.join(names)}, {units.count(path.tokens)} of {units.tokens(path.total)}"
    if path.tokens == path.total:
        return f"{cost}: each step waits for the one before"
    gain = units.number(path.speed_up)
    return f"{cost}: at most {gain} times as fast with steps side by side"

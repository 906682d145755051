"""Problems and plans: the values that every other part talks about.

Knows what a sub-problem, a plan (a DAG of sub-problems) and a mode are. Does not know how a
plan is found, rated or solved. Whatever is asked of a plan as a graph is asked of networkx, which
is loaded by the first such question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx


class Mode(StrEnum):
    """System 1 answers at once, System 2 reasons first."""

    SYSTEM1 = "system1"
    SYSTEM2 = "system2"

    @property
    def label(self) -> str:
        return "System 1" if self is Mode.SYSTEM1 else "System 2"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person typed, and the answer they expect, if they gave one."""

    text: str
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class SubProblem:
    """One node of a plan.

    id: unique within the plan ("1", "2", ...). name: how other sub-problems refer to its result
    (`#1`, or a letter of the problem). text: as the outline states it, with names in it.
    depends_on: ids whose results it needs.
    """

    id: str
    name: str
    text: str
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """The result that an outline wrote down at once with a sub-problem: System 1's answer, with no
    request of its own. step: the sub-problem's id. sure: the probability that the model gave to it,
    in [0, 1]; None where the engine does not tell."""

    step: str
    result: str
    sure: float | None = None


@dataclass(frozen=True)
class Plan:
    """Sub-problems in the order of the outline; the last one's result answers the problem.

    `givens` are names that the problem itself sets to a number. `drafts`: results that came with
    the outline. Raises ValueError if the plan is
    empty, an id is used twice or a dependency does not come earlier.
    """

    steps: tuple[SubProblem, ...]
    text: str = ""
    givens: tuple[tuple[str, str], ...] = ()
    drafts: tuple[Draft, ...] = ()

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("a plan needs at least one sub-problem")
        known: set[str] = set()
        for step in self.steps:
            if step.id in known:
                raise ValueError(f"sub-problem {step.id!r} appears twice")
            if missing := set(step.depends_on) - known:
                raise ValueError(f"sub-problem {step.id!r} depends on later or unknown {missing}")
            known.add(step.id)

    @cached_property
    def by_id(self) -> Mapping[str, SubProblem]:
        return {step.id: step for step in self.steps}

    def draft(self, step: SubProblem) -> Draft | None:
        """What the outline wrote down as the step's result, if it did."""
        return next((d for d in self.drafts if d.step == step.id), None)

    @property
    def last(self) -> SubProblem:
        return self.steps[-1]

    def asked(self, step: SubProblem, problem: str) -> str:
        """What a step's result answers: the last one's, the problem too."""
        return f"{step.text}\n{problem}" if step.id == self.last.id else step.text

    @property
    def graph(self) -> nx.DiGraph[str]:
        """Ids of the sub-problems in plan order, an arrow from each to those that need its result.
        Frozen."""
        return _graph(self._needs)

    def behind(self, step: SubProblem) -> tuple[str, ...]:
        """Ids of all sub-problems that a step rests on, directly or not, in plan order."""
        return _behind(self._needs)[step.id]

    def critical_path(self, weights: Mapping[str, float]) -> tuple[str, ...]:
        """Ids of the heaviest chain of sub-problems of which each needs the one before; empty if
        none weighs anything. weights: of each sub-problem by id, not negative."""
        import networkx as nx

        start = ()  # an arrow weighs what it leads to, so the first of a chain needs one too
        weighted: nx.DiGraph[str | tuple[()]] = nx.DiGraph()
        weighted.add_weighted_edges_from((start, id, weights[id]) for id in self.graph)
        weighted.add_weighted_edges_from((a, b, weights[b]) for a, b in self.graph.edges)
        return tuple(id for id in nx.dag_longest_path(weighted) if isinstance(id, str))

    @cached_property
    def _needs(self) -> Needs:
        return tuple((step.id, step.depends_on) for step in self.steps)

    def ready(self, done: Iterable[str], started: Iterable[str]) -> tuple[SubProblem, ...]:
        """Sub-problems not yet started whose dependencies are all done, in plan order."""
        finished, begun = set(done), set(started)
        return tuple(
            s for s in self.steps if s.id not in begun and finished.issuperset(s.depends_on)
        )


# ---- a plan as a graph: kept, as lanes and the moves of a replay make the same one again and again

Needs = tuple[tuple[str, tuple[str, ...]], ...]
"""Each sub-problem's id with those it needs, in plan order."""


@lru_cache(maxsize=256)
def _graph(needs: Needs) -> nx.DiGraph[str]:
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(id for id, _ in needs)
    graph.add_edges_from((before, id) for id, known in needs for before in known)
    return nx.freeze(graph)


@lru_cache(maxsize=256)
def _behind(needs: Needs) -> Mapping[str, tuple[str, ...]]:
    import networkx as nx

    before = {id: nx.ancestors(_graph(needs), id) for id, _ in needs}
    return {id: tuple(i for i, _ in needs if i in found) for id, found in before.items()}

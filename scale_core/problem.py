"""Problems and plans: the values that every other part talks about.

Knows what a sub-problem, a plan (a DAG of sub-problems) and a mode are. Does not know how a
plan is found, rated or solved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


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


@dataclass(frozen=True)
class Plan:
    """Sub-problems in the order of the outline; the last one's result answers the problem.

    `givens` are names that the problem itself sets to a number. Raises ValueError if the plan is
    empty, an id is used twice or a dependency does not come earlier.
    """

    steps: tuple[SubProblem, ...]
    text: str = ""
    givens: tuple[tuple[str, str], ...] = ()

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

    @property
    def last(self) -> SubProblem:
        return self.steps[-1]

    def asked(self, step: SubProblem, problem: str) -> str:
        """What a step's result answers: the last one's, the problem too."""
        return f"{step.text}\n{problem}" if step.id == self.last.id else step.text

    def behind(self, step: SubProblem) -> tuple[str, ...]:
        """Ids of all sub-problems that a step rests on, directly or not, in plan order."""
        needed = set(step.depends_on)
        for earlier in reversed(self.steps):
            if earlier.id in needed:
                needed |= set(earlier.depends_on)
        return tuple(s.id for s in self.steps if s.id in needed)

    def ready(self, done: Iterable[str], started: Iterable[str]) -> tuple[SubProblem, ...]:
        """Sub-problems not yet started whose dependencies are all done, in plan order."""
        finished, begun = set(done), set(started)
        return tuple(
            s for s in self.steps if s.id not in begun and finished.issuperset(s.depends_on)
        )

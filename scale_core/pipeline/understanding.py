"""How sure a run may be that its plan says what the problem asks, before anything is solved.

Knows what speaks for a plan (the sampled outlines that say the same, the model's own probability of
them) and against it (numbers of the problem that it never uses, or uses twice), and what each of
these signs weighs: fitted on a dev set and kept beside the model. Does not know how outlines are
sampled, nor who is told.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scale_core.dialects.base import Dialect
from scale_core.engines.base import Sample
from scale_core.problem import Plan
from scale_core.trace import events as ev

FILE = "understanding.json"
CERTAIN = 0.001
"""A probability this close to 0 or 1 is taken for this: the rest is noise."""

Drawn = tuple[Plan, Sample]
"""A readable outline: its plan, and the sample that it was read from."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against a plan.

    agreement: share of all sampled outlines, unreadable ones among them, that say the same. chance:
    the model's probability of these, each wording counted once. never, twice: numbers of the
    problem that the plan does not use, and that it uses more often than they are stated.
    """

    agreement: float
    chance: float
    never: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[float, ...]:
        """As numbers, in the order of `Understanding.weights`."""
        chance = min(1 - CERTAIN, max(CERTAIN, self.chance))
        return (
            math.log(chance), -math.log(1 - chance), self.agreement,
            float(bool(self.never)), float(bool(self.twice)),
        )  # fmt: skip

    @property
    def against(self) -> tuple[str, ...]:
        """What speaks against the plan, in words."""
        found = []
        if self.agreement < 1:
            found.append(f"{1 - self.agreement:.0%} of the outlines say something else")
        if self.chance < 0.5:
            found.append(f"the model gives this plan a probability of {self.chance:.0%}")
        if self.never:
            found.append(f"it never uses {_listed(self.never)}")
        if self.twice:
            found.append(f"it uses {_listed(self.twice)} more often than the problem states it")
        return tuple(found) or ("problems that look like this one are often misread",)


def _listed(numbers: Sequence[str]) -> str:
    return " and ".join([", ".join(numbers[:-1]), numbers[-1]] if len(numbers) > 1 else numbers)


def signs(dialect: Dialect, problem: str, plan: Plan, drawn: Sequence[Drawn], asked: int) -> Signs:
    """The signs of a plan among the readable outlines of `asked` samples."""
    meant = dialect.meaning(plan)
    same = [(other, sample) for other, sample in drawn if dialect.meaning(other) == meant]
    wordings = {other.text: sample.probability or 0.0 for other, sample in same}
    never, twice = dialect.unbalanced(problem, plan)
    return Signs(len(same) / max(1, asked), min(1.0, sum(wordings.values())), never, twice)


@dataclass(frozen=True, slots=True)
class Understanding:
    """A logistic model of "this plan is right". weights: of `Signs.values`. least: below this
    probability a run says that it is not sure. Raises ValueError for another number of weights."""

    bias: float
    weights: tuple[float, ...]
    least: float
    source: str

    def __post_init__(self) -> None:
        if len(self.weights) != len(Signs(1.0, 1.0).values):
            raise ValueError("a weight for each sign is needed")

    def sure(self, found: Signs) -> float:
        """Estimated probability, in [0, 1], that the plan says what the problem asks."""
        score = self.bias + sum(w * x for w, x in zip(self.weights, found.values, strict=True))
        return 1 / (1 + math.exp(-score)) if score > -500 else 0.0

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1) + "\n")

    @staticmethod
    def of(data: Mapping[str, Any]) -> Understanding:
        """The inverse of `dataclasses.asdict`. Raises ValueError, KeyError, TypeError."""
        return Understanding(**{**data, "weights": tuple(map(float, data["weights"]))})


def load(folder: Path | None) -> Understanding | None:
    """What is stored beside a model; None where there is nothing."""
    path = None if folder is None else folder / FILE
    if path is None or not path.exists():
        return None
    return Understanding.of(json.loads(path.read_text()))


def judged(
    known: Understanding, dialect: Dialect, problem: str, plan: Plan, drawn: Sequence[Drawn],
    asked: int,
) -> ev.Understood:  # fmt: skip
    """The event that tells how sure a run is of its plan, and which plans competed with it."""
    if not drawn:
        return ev.Understood(
            node=ev.PLAN_NODE, sure=0.0, least=known.least,
            against=("no outline of it could be read",),
        )  # fmt: skip
    found = signs(dialect, problem, plan, drawn, asked)
    votes = Counter(dialect.meaning(other) for other, _ in drawn)
    first = {dialect.meaning(other): other.text for other, _ in reversed(drawn)}
    return ev.Understood(
        node=ev.PLAN_NODE,
        sure=round(known.sure(found), 4),
        least=known.least,
        against=found.against,
        plans=tuple((first[meant], count) for meant, count in votes.most_common()),
    )

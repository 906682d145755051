"""How sure a run may be that its plan says what the problem asks, before anything is solved.

Knows what speaks for a plan (the sampled outlines that say the same, the model's own probability of
them) and against it (numbers that are not the problem's), what each of these signs weighs (fitted
on a dev set and kept beside the model), and so which of several plans is the surest. Does not know
how outlines are sampled, nor who is told.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from scale_core.dialects.base import Dialect, Mismatch
from scale_core.engines.base import Sample
from scale_core.problem import Plan
from scale_core.trace import events as ev

FILE = "understanding.json"
LONG = 60
"""Words from which on a story counts as long."""
CERTAIN = 0.001
"""A probability this close to 0 or 1 is taken for this: the rest is noise."""

FIRST_SIGNS = 5
"""So many signs there were in the first recordings; later ones follow them."""

Drawn = tuple[Plan, Sample]
"""A readable outline: its plan, and the sample that it was read from."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against a plan.

    agreement: share of all sampled outlines, unreadable ones among them, that say the same. chance:
    the model's probability of these, each wording counted once. numbers: where they are not the
    problem's. told: words of the problem, 0 where it is no story.
    """

    agreement: float
    chance: float
    numbers: Mismatch = Mismatch()
    told: int = 0

    @property
    def values(self) -> tuple[float, ...]:
        """As numbers, in the order of `Understanding.weights`."""
        chance = min(1 - CERTAIN, max(CERTAIN, self.chance))
        amiss = (getattr(self.numbers, field.name) for field in fields(Mismatch))
        return (
            math.log(chance), -math.log(1 - chance), self.agreement,
            *(float(bool(found)) for found in amiss),
            float(self.told > 0), min(self.told, LONG) / LONG,
        )  # fmt: skip

    @property
    def against(self) -> tuple[str, ...]:
        """What each of the values says against the plan, in words; "" where it says nothing."""
        n = self.numbers
        chance = f"the model gives this plan a probability of {self.chance:.0%}"
        others = f"{1 - self.agreement:.0%} of the outlines say something else"
        return (
            chance if self.chance < 0.5 else "",
            "",  # the same sign as the first, where it is high
            others if self.agreement < 1 else "",
            f"it never uses {_listed(n.never)}" if n.never else "",
            f"it uses {_listed(n.twice)} more often than the problem states it" if n.twice else "",
            f"it uses {_listed(n.unstated)}, which nobody stated" if n.unstated else "",
            f"{_listed(n.uneven)} does not come out in whole things" if n.uneven else "",
            f"it takes no notice of {_listed(n.unheard)}" if n.unheard else "",
            "",  # that a problem is told in words is nobody's fault
            "it is a long story" if self.told >= LONG else "",
        )


def _listed(numbers: Sequence[str]) -> str:
    return " and ".join([", ".join(numbers[:-1]), numbers[-1]] if len(numbers) > 1 else numbers)


def signs(dialect: Dialect, problem: str, plan: Plan, drawn: Sequence[Drawn], asked: int) -> Signs:
    """The signs of a plan among the readable outlines of `asked` samples."""
    meant = dialect.meaning(plan)
    same = [(other, sample) for other, sample in drawn if dialect.meaning(other) == meant]
    wordings = {other.text: sample.probability or 0.0 for other, sample in same}
    chance = min(1.0, sum(wordings.values()))
    return Signs(
        len(same) / max(1, asked), chance, dialect.mismatch(problem, plan), dialect.told(problem)
    )


@dataclass(frozen=True, slots=True)
class Understanding:
    """A logistic model of "this plan is right". weights: of `Signs.values`, 0 for those that were
    not looked at when it was fitted. least: below this probability a run says that it is not sure.
    Raises ValueError for another number of weights."""

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

    def against(self, found: Signs) -> tuple[str, ...]:
        """What speaks against a plan, in words, as far as it weighs anything."""
        said = zip(found.against, self.weights, strict=True)
        words = tuple(text for text, weight in said if text and weight)
        return words or ("problems that look like this one are often misread",)

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1) + "\n")

    @staticmethod
    def of(data: Mapping[str, Any]) -> Understanding:
        """The inverse of `dataclasses.asdict`, also of a run that was recorded when there were
        fewer signs. Raises ValueError, KeyError, TypeError."""
        weights = tuple(map(float, data["weights"]))
        later = len(Signs(1.0, 1.0).values) - len(weights)
        weights += (0.0,) * later if len(weights) >= FIRST_SIGNS else ()
        return Understanding(**{**data, "weights": weights})


def load(folder: Path | None) -> Understanding | None:
    """What is stored beside a model; None where there is nothing."""
    path = None if folder is None else folder / FILE
    if path is None or not path.exists():
        return None
    return Understanding.of(json.loads(path.read_text()))


def surest(
    known: Understanding, dialect: Dialect, problem: str, drawn: Sequence[Drawn], asked: int
) -> Plan:
    """The plan among the readable outlines of `asked` samples that is most likely right; of equal
    ones the one that was drawn first."""
    plans = {dialect.meaning(plan): plan for plan, _ in reversed(drawn)}

    def sure(plan: Plan) -> float:
        return known.sure(signs(dialect, problem, plan, drawn, asked))

    return max(reversed(plans.values()), key=sure)


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
        against=known.against(found),
        plans=tuple((first[meant], count) for meant, count in votes.most_common()),
    )

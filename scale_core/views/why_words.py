"""One plain sentence for each number behind an allocation.

Knows the factors' names and what each means to someone who has not read the papers. Does not know
runs or how a sentence is shown; `why.py` gathers the numbers. A factor without a sentence here is
shown with its number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scale_core.trace import events as ev
from scale_core.views.units import many, number, ordinal, percent

ADDED = ("quality weight", "product", "fair share")
"""Factors of which candidates that are drawn as one have the sum; the others are averaged."""


@dataclass(frozen=True)
class Case:
    """The shares being explained (several where candidates are drawn as one), beside all of their
    round. given, out_of: the counts to tell, if not the round's own. settings: switches of the
    rules. direction: how the direction is called. unit: what the counts are. even_unit: what the
    equal split is counted in, if not that."""

    shares: Sequence[ev.Share]
    allocated: ev.Allocated
    settings: Mapping[str, Any] = field(default_factory=dict)
    direction: str = ""
    given: int | None = None
    out_of: int | None = None
    unit: str = "rollouts"
    even_unit: str = ""

    @property
    def count(self) -> int:
        return sum(s.count for s in self.shares) if self.given is None else self.given

    @property
    def budget(self) -> int:
        return self.allocated.budget if self.out_of is None else self.out_of

    @property
    def uniform(self) -> float:
        return sum(s.uniform for s in self.shares)

    @property
    def several(self) -> bool:
        return len(self.shares) > 1

    def names(self) -> list[str]:
        """The factors in the order in which the rule uses them."""
        return list(dict.fromkeys(name for s in self.shares for name, _ in s.factors))

    def values(self, name: str) -> list[float]:
        found = (dict(s.factors).get(name) for s in self.shares)
        return [v for v in found if v is not None]

    def value(self, name: str) -> float | None:
        """The sum or the mean over the shares, None where none is known."""
        found = self.values(name)
        if not found:
            return None
        return sum(found) if name in ADDED else sum(found) / len(found)

    def total(self, name: str) -> float:
        """The sum of a factor over everything in the round."""
        return sum(dict(s.factors).get(name) or 0.0 for s in self.allocated.shares)

    def rank(self, name: str) -> tuple[int, int]:
        """Place (1 is the highest) among all of the round that have this number, and how many."""
        mine = max(self.values(name), default=None)
        known = [dict(s.factors).get(name) for s in self.allocated.shares]
        numbers = [v for v in known if v is not None]
        if mine is None:
            return 0, len(numbers)
        return 1 + sum(v > mine for v in numbers), len(numbers)


# ---- search --------------------------------------------------------------------------------


def _score(case: Case, value: float) -> str:
    place, of = case.rank("score")
    if case.several:
        low, high = min(case.values("score")), max(case.values("score"))
        spread = "" if high - low < 0.005 else f", from {number(low)} to {number(high)}"
        return f"How likely these paths are right, between 0 and 1, on average{spread}."
    return (
        "How likely this path is right, between 0 and 1: "
        f"{ordinal(place)} of {many(of, 'candidate')}."
    )


def _quality(case: Case, value: float) -> str:
    heat = case.settings.get("T_b")
    how = "" if heat is None else f" with temperature T_b = {number(float(heat))}"
    whose = "Theirs together" if case.several else "Its part of all weight"
    return (
        f"{whose}: {percent(value, case.total('quality weight'))}, by a softmax of the scores{how}."
    )


def _size(case: Case, value: float) -> str:
    name = f"Direction {case.direction}" if case.direction else "Its direction"
    if value < 1.5:
        return f"{name}: nobody else reasons this way."
    return f"{name}: {many(value, 'candidate')} reason the same way."


def _diversity(case: Case, value: float) -> str:
    if value > 0.995:
        return "It is alone in its direction, so it counts in full."
    times = number(1 / value) if value > 0 else "many"
    return f"Each of them counts this much, so that one idea is not paid {times} times."


def _product(case: Case, value: float) -> str:
    total = case.total("product")
    return f"Weight times diversity: {percent(value, total)} of the sum over all candidates."


def _fair(case: Case, value: float) -> str:
    return (
        f"That part of {many(case.budget, 'rollout')}. Rollouts come whole: the divisor rule "
        f"made it {case.count}."
    )


def _place(case: Case, value: float) -> str:
    width = case.settings.get("beam")
    if case.several:
        return "Their places by score, on average; only the best go on."
    among = "in its subtree" if case.allocated.rule == "dvts" else "among all candidates"
    beam = "" if width is None else f" (beam width M = {width})"
    return f"Its place by score {among}; only the best go on{beam}."


# ---- arms ----------------------------------------------------------------------------------


def _agrees(case: Case) -> bool:
    return case.settings.get("solved_by") == "agreement"


def _pulls(case: Case, value: float) -> str:
    return f"Tried {many(value, 'time')}, this round included."


def _mean(case: Case, value: float) -> str:
    if case.value("pulls") == case.shares[0].count:
        return "Nothing was known of it before this round."
    if _agrees(case):
        return "How sure its equal answers had made it, between 0 and 1, before this round."
    return "How likely its results were right, between 0 and 1, before this round."


def _bonus(case: Case, value: float) -> str:
    if value == 0:
        return "This rule adds nothing for what was tried little."
    return "The less it has been tried, the more is added for what it might still hide."


def _index(case: Case, value: float) -> str:
    if case.allocated.rule in ("elimination", "uniform", "two-stage"):
        return "What the rule compares: minus its pulls, so that the least tried goes first."
    place, of = case.rank("index")
    return f"What the rule compares: {ordinal(place)} of {many(of, 'sub-problem')}."


def _gap(case: Case, value: float) -> str:
    name, symbol = ("confident", "the confidence") if _agrees(case) else ("gamma", "the score γ")
    target = case.settings.get(name)
    at = f"{symbol} that ends it" + ("" if target is None else f", {number(float(target))}")
    return f"Missing to {at}." if value > 0 else f"Nothing is missing to {at}."


def _entropy(case: Case, value: float) -> str:
    return "How much its answers differ: 0 when all agree, larger the more they differ."


# ---- shares of the plan --------------------------------------------------------------------


def _difficulty(case: Case, value: float) -> str:
    return f"The model expects a quick answer to be wrong with probability {number(value)}."


def _tau(case: Case, value: float) -> str:
    difficulty = case.value("difficulty")
    if difficulty is None:
        return "The threshold between System 1 and System 2."
    if difficulty > value:
        return "The threshold: this step lies above it, so System 2 works it out."
    return "The threshold: this step does not lie above it, so System 1 answers at once."


def _open(case: Case, value: float) -> str:
    return "Sub-problems that were still to be solved; each needs at least one."


def _left(case: Case, value: float) -> str:
    return f"What was left of the budget then, in {case.unit}: easy steps leave more of it."


def _left_over(case: Case, value: float) -> str:
    return f"What the easy steps did not need of their equal shares, in {case.unit}."


def _share(case: Case, value: float) -> str:
    if case.allocated.rule == "uniform":
        return "The budget divided by the number of sub-problems, difficult or not."
    return "Its own equal share, and its part of what the easy ones left over."


def _success(case: Case, value: float) -> str:
    return "How likely the chosen plan was to get it right, by the model's calibrated ratings."


def _cost(case: Case, value: float) -> str:
    return f"What that plan costs on average, in {case.unit}."


SENTENCES: Mapping[str, Callable[[Case, float], str]] = {
    "score": _score,
    "quality weight": _quality,
    "direction size": _size,
    "diversity factor": _diversity,
    "product": _product,
    "fair share": _fair,
    "rank": _place,
    "pulls": _pulls,
    "mean": _mean,
    "bonus": _bonus,
    "index": _index,
    "gap to gamma": _gap,
    "entropy": _entropy,
    "difficulty": _difficulty,
    "tau": _tau,
    "open sub-problems": _open,
    "left before": _left,
    "easy steps left over": _left_over,
    "share": _share,
    "expected success": _success,
    "expected cost": _cost,
}

STATES = {
    "solved": "It gets no more samples; what it did not need goes to the others.",
    "capped": "It reached the most samples that one sub-problem may have.",
    "blocked": "It waits for results that it depends on.",
    "unaffordable": "What is left of the budget does not pay for one more sample of it.",
    "taken": "No more could be spent on it: its best attempt goes on, unconfirmed.",
    "pruned": "It goes no further.",
    "failed": "It failed, and what depends on it cannot be solved.",
}


def explain(case: Case) -> list[list[str]]:
    """Rows of (name, number, sentence) for every factor, in the rule's order."""
    rows = []
    for name in case.names():
        value = case.value(name)
        sentence = SENTENCES.get(name)
        said = sentence(case, value) if sentence and value is not None else ""
        shown = "gap" if name == "gap to gamma" else name
        rows.append([shown, number(value), said or ("not known yet" if value is None else "")])
    return rows


def verdict(case: Case) -> list[list[str]]:
    """The last rows: what came of it, and what an equal split would have given."""
    even = f"An equal split would have given {number(case.uniform)} {case.even_unit}".rstrip() + "."
    unit = "" if case.unit == "rollouts" else f" {case.unit}"
    rows = [["given", f"{case.count} of {case.budget}{unit}", even]]
    for state in dict.fromkeys(s.state for s in case.shares):
        if state in STATES and (state != "pruned" or not case.count):
            rows.append(["state", state, STATES[state]])
    return rows

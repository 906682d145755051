"""The bandit's arms: what each has got, who waits for whom, who is open, and in what order.

Knows pulls, scores and answers of each arm, the budget that pays for all, settings, prerequisites
(a directed acyclic graph of arm numbers) and the ranking, and keeps them in step. Does not know
tickets, rounds or stages.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from scale_core.allocation.bandit.rules import Ranking, bonus_scale, entropy, fixed_part
from scale_core.allocation.bandit.values import Settings, State, Unit

if TYPE_CHECKING:
    import networkx as nx


class Prerequisites:
    """needs[i]: the arms that must be done before arm i; an empty sequence for none at all.

    Raises ValueError for a wrong length, an unknown arm or a cycle.
    """

    def __init__(self, arms: int, needs: Sequence[Sequence[int]] = ()) -> None:
        if needs and len(needs) != arms:
            raise ValueError(f"prerequisites for {len(needs)} arms, but there are {arms}")
        arrows = [(j, i) for i, js in enumerate(needs) for j in js]
        if wrong := next(((j, i) for j, i in arrows if not 0 <= j < arms), None):
            raise ValueError(f"arm {wrong[1]} needs arm {wrong[0]}, which does not exist")
        self._graph = _acyclic(arrows) if arrows else None  # of arms that wait or are waited for

    def __bool__(self) -> bool:
        return self._graph is not None

    def needs(self, arm: int) -> tuple[int, ...]:
        return tuple(self._graph.pred.get(arm, ())) if self._graph else ()

    def dependants(self, arm: int) -> tuple[int, ...]:
        """Arms that need this one directly."""
        return tuple(self._graph.succ.get(arm, ())) if self._graph else ()

    def descendants(self, arm: int) -> list[int]:
        """Arms that need this one directly or through others, in arrival order."""
        if self._graph is None or arm not in self._graph:
            return []
        import networkx as nx

        return sorted(nx.descendants(self._graph, arm))


def _acyclic(arrows: Sequence[tuple[int, int]]) -> nx.DiGraph[int]:
    """The graph of these arrows. Raises ValueError if some lead in a circle."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph(arrows)
    if not nx.is_directed_acyclic_graph(graph):
        stuck = sorted({arm for arrow in nx.find_cycle(graph) for arm in arrow})
        raise ValueError(f"arms {stuck} need one another")
    return graph


@dataclass(slots=True)
class Attempt:
    """The best-scoring pull so far: its score and its number among the arm's pulls."""

    score: float = -math.inf
    at: int = -1

    def offer(self, score: float, at: int) -> None:
        """Of equal scores the earlier stays."""
        if score > self.score:
            self.score, self.at = score, at


@dataclass(slots=True)
class Arm:
    """`epoch` grows when the arm loses its samples, so that late results are known as late.

    passed / failed: the best of the pulls that passed the threshold and of the others.
    waiting: prerequisites that are not done. worst: what one pull may cost. share: budget after
    which a baseline leaves the arm.
    """

    worst: int = 1
    waiting: int = 0
    share: float = math.inf
    pulls: int = 0
    pending: int = 0
    drawn: int = 0
    spent: int = 0
    held: int = 0
    epoch: int = 0
    solved: bool = False
    taken: bool = False
    score: float = 0.0
    passed_score: float = 0.0
    passed: Attempt = field(default_factory=Attempt)
    failed: Attempt = field(default_factory=Attempt)
    answers: dict[Hashable | None, int] = field(default_factory=dict)
    accepted: Hashable | None = None

    @property
    def done(self) -> bool:
        """Whether arms that need this one may go on."""
        return self.solved or self.taken

    @property
    def count(self) -> int:
        """Pulls as the rules see them: pending ones are made and failed."""
        return self.pulls + self.pending

    @property
    def best(self) -> Attempt:
        return self.passed if self.passed.at >= 0 else self.failed

    @property
    def mean(self) -> float:
        return self.score / self.count if self.count else 0.0

    def entropy(self, normalised: bool = False) -> float:
        return entropy(self.answers.values(), normalised) if len(self.answers) > 1 else 0.0

    def add(self, reward: float, key: Hashable | None, passes: bool, frozen: bool) -> None:
        """Count a response. frozen: the accepted response stays whatever comes later."""
        if not frozen:
            (self.passed if passes else self.failed).offer(reward, self.pulls)
        self.pulls += 1
        self.score += reward
        self.passed_score += reward if passes else 0.0
        self.answers[key] = self.answers.get(key, 0) + 1

    def forget(self) -> None:
        """Lose all samples, those on their way included. What they cost stays spent."""
        self.epoch += 1
        self.pulls = self.pending = self.held = 0
        self.score = self.passed_score = 0.0
        self.solved = self.taken = False
        self.passed, self.failed, self.answers = Attempt(), Attempt(), {}
        self.accepted = None

    def withdraw(self) -> None:
        """The responses that had passed count as failures from now on."""
        self.score -= self.passed_score
        self.passed_score, self.accepted = 0.0, None
        self.solved = self.taken = False
        if self.passed.at >= 0:
            self.failed.offer(0.0, self.passed.at)
        self.passed = Attempt()


@dataclass(slots=True)
class Reserve:
    """A budget with reservations. Spending exceeds it only by what pulls cost beyond what was
    reserved for them."""

    budget: int
    spent: int = 0
    reserved: int = 0

    @property
    def left(self) -> int:
        return self.budget - self.spent - self.reserved

    def reserve(self, amount: int) -> None:
        self.reserved += amount

    def settle(self, reserved: int, cost: int) -> None:
        """Exchange a reservation for what the pull did cost."""
        self.reserved -= reserved
        self.spent += cost


class Standing(NamedTuple):
    """What the rule sees of an arm (see Decision for the words; `value` is the index)."""

    pulls: int
    mean: float
    bonus: float
    value: float
    gap: float
    entropy: float


class Pool:
    """The arms, numbered from 0. After a change to an arm call `refresh`.

    current: in a stream the arm at hand; earlier ones are never pulled again. Raises ValueError
    for settings that do not fit together.
    """

    def __init__(
        self, settings: Settings, prerequisites: Sequence[Sequence[int]], prices: Sequence[int]
    ) -> None:
        _check(settings, prices)
        self.settings = settings
        self.plan = Prerequisites(len(prices), prerequisites)
        if settings.stream and self.plan:
            raise ValueError("the arms of a stream cannot wait for one another")
        self.budget = Reserve(settings.budget)
        self.dearest = settings.k * max(prices)
        self.current = 0 if settings.stream else len(prices) - 1
        self.arms = [
            Arm(worst=price, waiting=len(self.plan.needs(i))) for i, price in enumerate(prices)
        ]
        self._ranking = Ranking(len(prices))

    # One arm

    @property
    def target(self) -> float:
        """What the mean is measured against: gamma, or the level of agreement."""
        agreement = self.settings.agreement
        return agreement.level if agreement else self.settings.gamma

    def mean(self, arm: Arm) -> float:
        """Score per pull, pending ones as 0; under agreement its measure of the answers so far."""
        agreement = self.settings.agreement
        if not agreement:
            return arm.mean
        return agreement.value(arm.answers) if arm.pulls else 0.0

    def accepts(self, arm: Arm, passes: bool) -> bool:
        """Whether the arm is solved, given whether the response just counted passes gamma."""
        agreement = self.settings.agreement
        return agreement.reached(self.mean(arm), arm.pulls) if agreement else passes

    def take(self, arm: Arm) -> int:
        """How many pulls it gets at once: K, fewer at its cap."""
        cap = self.settings.max_sample
        return self.settings.k if cap is None else min(self.settings.k, cap - arm.count)

    def need(self, arm: Arm) -> int:
        """What its next pulls may cost."""
        return self.take(arm) * arm.worst

    def capped(self, arm: Arm, pulls: int) -> bool:
        cap = self.settings.max_sample
        return cap is not None and pulls >= cap

    def open(self, i: int) -> bool:
        """Whether the rule may pull it, money aside."""
        arm = self.arms[i]
        return not (
            arm.waiting
            or arm.taken
            or (arm.solved and self.settings.rule.eliminates)
            or self.capped(arm, arm.count)
            or arm.spent + arm.held >= arm.share
            or (self.settings.stream and i != self.current)
        )

    def state(self, i: int) -> State:
        arm = self.arms[i]
        if arm.done:
            return State.SOLVED if arm.solved else State.TAKEN
        if arm.waiting or i > self.current:
            return State.BLOCKED
        if self.capped(arm, arm.pulls) or arm.spent >= arm.share:
            return State.CAPPED
        dear = self.need(arm) > self.budget.left and not self.capped(arm, arm.count)
        return State.UNAFFORDABLE if dear else State.ACTIVE

    def standing(self, i: int, scale: float) -> Standing:
        """scale: lambda sqrt(ln t) of the rule, see `scale`."""
        arm, rule = self.arms[i], self.settings.rule
        pulls, mean = arm.count, self.mean(arm)
        fixed = self._fixed(arm, mean)
        bonus = scale * pulls**-0.5 if pulls else (math.inf if rule.has_bonus else 0.0)
        return Standing(pulls, mean, bonus, fixed + bonus, self.target - mean, arm.entropy())

    def _fixed(self, arm: Arm, mean: float) -> float:
        settings = self.settings
        spread = arm.entropy(settings.normalised) if settings.rule.measures_entropy else 0.0
        gap = self.target - mean
        return fixed_part(settings.rule, arm.count, mean, gap, spread, settings.eps)

    # The order

    def refresh(self, i: int) -> None:
        """Bring the ranking up to date with one arm."""
        arm = self.arms[i]
        if not self.open(i):
            self._ranking.close(i)
            return
        fixed = self._fixed(arm, self.mean(arm))
        self._ranking.set(i, fixed, arm.count, self.need(arm), not arm.pending)

    def refresh_all(self) -> None:
        for i in range(len(self.arms)):
            self.refresh(i)

    def scale(self, t: int) -> float:
        return bonus_scale(self.settings.rule, self.settings.lam, t)

    def choose(self, most: int | None, scale: float, left: int) -> list[int]:
        """The arms to pull next that `left` can pay, in order; see Bandit.decide for `most`."""
        limit = None if left >= self.dearest else left
        if most is None:
            arms = self._round(scale, limit)
        else:
            enough = most == 1 or most * self.dearest <= left
            arms = self._ranking.top(scale, most if enough else len(self.arms), limit)
        chosen: list[int] = []
        for i in arms:
            need = self.need(self.arms[i])
            if need <= left and len(chosen) != most:
                chosen.append(i)
                left -= need
        return chosen

    def _round(self, scale: float, limit: int | None) -> list[int]:
        if self.settings.rule.indexed:
            first = self._ranking.best(scale, limit, idle=True)
            if not first or self.arms[first[0]].count:
                return first
        return self._ranking.fewest(limit)

    # What one arm means for the others

    def finish(self, i: int, solved: bool) -> None:
        """The arm is solved, or taken as it is: those that need it wait for one arm less."""
        arm = self.arms[i]
        arm.solved, arm.taken = solved, not solved
        for j in self.plan.dependants(i):
            self.arms[j].waiting -= 1
            self.refresh(j)

    def reopen(self, i: int) -> None:
        """Undo `finish`, and all that was built on it."""
        if self.settings.agreement:
            self.arms[i].forget()
        else:
            self.arms[i].withdraw()
        lost = self.plan.descendants(i)
        for j in lost:
            self.arms[j].forget()
        for j in [i, *lost]:
            self.arms[j].waiting = sum(not self.arms[k].done for k in self.plan.needs(j))
            self.refresh(j)


def _check(settings: Settings, prices: Sequence[int]) -> None:
    if not prices:
        raise ValueError("there must be at least one arm")
    if min(prices) < 1:
        raise ValueError("a pull costs at least 1")
    if settings.unit is Unit.SAMPLES and max(prices) > 1:
        raise ValueError("a sample costs 1; set the unit to tokens for other costs")
    settings.check_k(len(prices), max(prices))

"""What should have been done with a sub-problem: policies, and what each is worth and costs.

Knows one sub-problem: chances of its samples (a belief), their costs, a verifier. Does not know
the plan around it (see frontier.py) nor where the numbers come from: calibrated ratings before a
run, or a bank of recorded samples in hindsight.

Source: our own note, "The optimum: one price for a token". Limits: an early wrong result changes
later prompts, which the product over sub-problems ignores; the cost of a sample is taken to be
independent of its being right (only its mean matters, since every sample made is paid); a
verifier that accepts wrong results (f > 0) caps what any budget can buy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.majority import majority_success
from scale_core.allocation.planning.belief import Belief, known

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Value:
    """success: probability of a right result. cost: expected tokens."""

    success: float
    cost: float


@dataclass(frozen=True, slots=True)
class Checker:
    """A verifier: accepts a right result with probability t, a wrong one with f; a check costs v
    tokens. Raises ValueError for other ranges."""

    t: float = 1.0
    f: float = 0.0
    v: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.t <= 1 and 0 <= self.f <= 1 and self.v >= 0):
            raise ValueError("t and f are probabilities, v is not negative")

    def accepts(self, p: Floats) -> Floats:
        """P(a sample is accepted), for chances p of being right."""
        return p * self.t + (1 - p) * self.f


def measured(right: Sequence[bool], accepted: Sequence[bool], tokens: Sequence[float]) -> Checker:
    """The verifier as it was on recorded samples: whether each was right, whether it was accepted,
    what the check cost. A rate without observations is that of a perfect verifier."""
    passed: dict[bool, list[bool]] = {True: [], False: []}
    for was_right, was_accepted in zip(right, accepted, strict=True):
        passed[bool(was_right)].append(bool(was_accepted))
    t = float(np.mean(passed[True])) if passed[True] else 1.0
    f = float(np.mean(passed[False])) if passed[False] else 0.0
    return Checker(t, f, float(np.mean(tokens)) if len(tokens) else 0.0)


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do with a sub-problem. modes: 1 or 2 for each sample, in order. verified: each is
    checked, the first accepted one is the result, and if none is, the last one stands; otherwise
    all are made and the majority is the result. sure: it goes on until agreeing results are
    believed enough (until_sure.py). No samples: what is there already stands."""

    modes: tuple[int, ...]
    verified: bool = False
    sure: bool = False

    def __str__(self) -> str:
        """For example "1 × System 1, then up to 3 × System 2, checked"."""
        runs = [(mode, len(list(same))) for mode, same in groupby(self.modes)]
        up_to = "up to " if self.verified or self.sure else ""
        parts = [f"{up_to if n > 1 or i else ''}{n} × System {m}" for i, (m, n) in enumerate(runs)]
        ending = ", majority" if len(self.modes) > 1 else ""
        if self.verified or self.sure:
            ending = ", checked" if self.verified else ", until sure"
        return ", then ".join(parts) + ending if parts else "as it stands"


@dataclass(frozen=True, slots=True)
class Option:
    """A policy with its value: what a plan chooses among."""

    policy: Policy
    success: float
    cost: float


@dataclass(frozen=True, slots=True)
class Step:
    """A sub-problem. costs: tokens of a sample in System 1 and in System 2, on average. wrong: for
    each mode how its wrong answers split up in a vote (see majority_success). checkers: how the
    verifier judges each mode's samples of this very sub-problem, where that is known. once: for
    each mode the part of a sample's cost that samples asked for together pay once (the prompt)."""

    belief: Belief
    costs: tuple[float, float]
    wrong: tuple[tuple[float, ...], tuple[float, ...]] = ((1.0,), (1.0,))
    checkers: tuple[Checker, Checker] | None = None
    once: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if min(self.costs) < 0:
            raise ValueError("a sample costs at least 0 tokens")
        if min(self.once) < 0 or any(o > c for o, c in zip(self.once, self.costs, strict=True)):
            raise ValueError("what is paid once is a part of a sample's cost")


def policy_value(sequence: Iterable[tuple[float, float]], t: float, f: float, v: float) -> Value:
    """Success and expected cost of samples checked one after the other.

    sequence: (p, c) of each sample, its chance of being right and its tokens, independent of one
    another. It stops at the first accepted; if none is, the last one stands.
    """
    pairs = list(sequence)
    checkers = [Checker(t, f, v)] * len(pairs)
    success, cost = _walk([np.array([p]) for p, _ in pairs], [c for _, c in pairs], checkers)
    return Value(float(success[0]), float(cost[0]))


def _walk(
    chances: list[Floats], costs: list[float], checkers: list[Checker]
) -> tuple[Floats, Floats]:
    """policy_value for many points at once: chances [points] of each sample, and who checks it."""
    reach = np.ones_like(chances[0]) if chances else np.ones(1)
    success, cost = np.zeros_like(reach), np.zeros_like(reach)
    stands = np.zeros_like(reach)
    for p, c, checker in zip(chances, costs, checkers, strict=True):
        cost += reach * (c + checker.v)
        success += reach * p * checker.t
        stands = reach * p * (1 - checker.t)  # right, though rejected: counts only at the end
        reach = reach * (1 - checker.accepts(p))
    return success + stands, cost


def value(step: Step, policy: Policy, checker: Checker | None = None) -> Value:
    """What a policy is worth on this step, averaged over the belief. checker: for steps that have
    none of their own.

    Raises ValueError for an empty policy, for one that goes on until it is sure, for a vote of
    both modes, or for a check without a checker.
    """
    if not policy.modes:
        raise ValueError("what already stands has its own probability: see `rejected`")
    if policy.sure:
        raise ValueError("what it is worth to be sure follows from a record: see `until_sure`")
    belief, costs = step.belief, [step.costs[mode - 1] for mode in policy.modes]
    if policy.verified:
        judges = step.checkers or (checker, checker)
        judging = [judge for mode in policy.modes if (judge := judges[mode - 1]) is not None]
        if len(judging) < len(policy.modes):
            raise ValueError("a checked policy needs a checker")
        success, cost = _walk([belief.of(mode) for mode in policy.modes], costs, judging)
        return Value(float(belief.weights @ success), float(belief.weights @ cost))
    if len(set(policy.modes)) > 1:
        raise ValueError("a vote takes samples of one mode")
    mode = policy.modes[0]
    chances, weights = belief.marginal(mode)
    wins = majority_success(chances, len(policy.modes), step.wrong[mode - 1])
    again = step.once[mode - 1] * (len(policy.modes) - 1)
    return Value(float(weights @ wins), float(sum(costs)) - again)


def policies(
    step: Step, most: int, checker: Checker | None = None, standing: float | None = None
) -> tuple[Option, ...]:
    """The useful policies of up to `most` samples, with their values.

    Votes of 1..most samples of either mode; with a checker also up to 1..most checked samples of
    either mode, and one of System 1 followed by up to 1..most-1 of System 2. standing: the
    probability that a result which is already there is right; leaving it costs nothing.
    """
    sizes = range(1, most + 1)
    plain = [Policy((mode,) * n) for mode in (1, 2) for n in sizes]
    checked = [Policy((mode,) * n, True) for mode in (1, 2) for n in sizes]
    escalated = [Policy((1, *[2] * n), True) for n in range(1, most)]
    every = plain + (checked + escalated if checker or step.checkers else [])
    values = [(policy, value(step, policy, checker)) for policy in every]
    kept = [] if standing is None else [Option(Policy(()), standing, 0.0)]
    return tuple(kept + [Option(policy, v.success, v.cost) for policy, v in values])


def right_given(belief: Belief, mode: int, checker: Checker, accepted: bool) -> float:
    """P(a sample is right | the verifier's verdict on it): its prior chance if the verdict was
    impossible. For a rejected one of known p it is p (1-t) / (1 - p t - (1-p) f)."""
    p = belief.of(mode)
    seen = checker.accepts(p) if accepted else 1 - checker.accepts(p)
    right = p * (checker.t if accepted else 1 - checker.t)
    total = float(belief.weights @ seen)
    return float(belief.weights @ right) / total if total > 0 else belief.mean(mode)


def rejected(step: Step, mode: int, checker: Checker) -> tuple[Step, float]:
    """For planning anew after a rejected sample: the step as it is believed to be now, and the
    probability that the rejected result is right after all (what it is worth to leave it).

    A rejection makes low chances likelier in both modes as far as the belief ties them together.
    With chances that are known exactly the belief stays what it is.
    """
    unlikely = 1 - checker.accepts(step.belief.of(mode))
    left = right_given(step.belief, mode, checker, accepted=False)
    return replace(step, belief=step.belief.reweighted(unlikely)), left


def from_bank(
    answers: tuple[Sequence[Hashable | None], Sequence[Hashable | None]],
    right: Hashable,
    tokens: tuple[Sequence[float], Sequence[float]],
) -> Step:
    """A step in hindsight: for each mode the recorded answers (None: unreadable) and their tokens.

    The chances are the bank's frequencies, known exactly, and so are the shares of the wrong
    answers in a vote. Raises ValueError for a mode without samples.
    """
    if not all(answers) or not all(len(t) for t in tokens):
        raise ValueError("a bank needs samples of both modes")
    rates = [sum(a == right for a in given) / len(given) for given in answers]
    one, two = (_wrong_shares(given, right) for given in answers)
    costs = (float(np.mean(tokens[0])), float(np.mean(tokens[1])))
    return Step(known(rates[0], rates[1]), costs, (one, two))


def _wrong_shares(answers: Sequence[Hashable | None], right: Hashable) -> tuple[float, ...]:
    """Shares of the wrong readable answers among all that are not right, largest first."""
    rest = [a for a in answers if a != right]
    counts = Counter(a for a in rest if a is not None)
    return tuple(n / len(rest) for _, n in counts.most_common()) if rest else (1.0,)

"""Policies for one sub-problem: which there are, and what each is worth and costs.

Knows one sub-problem: chances of its samples (a belief), their costs, a verifier, or a record of
its samples. Does not know the plan around it (frontier.py) nor where the numbers come from:
calibrated ratings before a run, or recorded samples in hindsight.

A policy's value follows in closed form where samples are checked one after the other
(`policy_value`) or vote (`majority_success`); where it goes on until agreeing results are believed
enough, it is drawn from a record (`until_sure`). docs/optimum.md derives them. Limits: an early
wrong result changes later prompts, which the product over sub-problems ignores; the cost of a
sample is taken to be independent of its being right (only its mean matters, since every sample made
is paid); a verifier that accepts wrong results (f > 0) caps what any budget can buy.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from scale_core.allocation.belief import Belief, known

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGEST = 150
"""Most samples of a vote: beyond, factorials leave the range of floating-point numbers."""
DRAWS = 8000
"""Each position takes every sample of its record equally often (as far as the number allows), so
what one draw alone decides is exact; what several decide together has a standard error of at most
0.6 points."""
UNREADABLE = -1


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
    believed enough (`until_sure`). No samples: what is there already stands."""

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


def from_record(
    answers: tuple[Sequence[Hashable | None], Sequence[Hashable | None]],
    right: Hashable,
    tokens: tuple[Sequence[float], Sequence[float]],
) -> Step:
    """A step in hindsight: for each mode the recorded answers (None: unreadable) and their tokens.

    The chances are their frequencies, known exactly, and so are the shares of the wrong
    answers in a vote. Raises ValueError for a mode without samples.
    """
    if not all(answers) or not all(len(t) for t in tokens):
        raise ValueError("a record needs samples of both modes")
    rates = [sum(a == right for a in given) / len(given) for given in answers]
    one, two = (_wrong_shares(given, right) for given in answers)
    costs = (float(np.mean(tokens[0])), float(np.mean(tokens[1])))
    return Step(known(rates[0], rates[1]), costs, (one, two))


def _wrong_shares(answers: Sequence[Hashable | None], right: Hashable) -> tuple[float, ...]:
    """Shares of the wrong readable answers among all that are not right, largest first."""
    rest = [a for a in answers if a != right]
    counts = Counter(a for a in rest if a is not None)
    return tuple(n / len(rest) for _, n in counts.most_common()) if rest else (1.0,)


def majority_success(p: float | Floats, samples: int, wrong: Sequence[float] = (1.0,)) -> Floats:
    """P(the right answer wins the vote of `samples` independent samples), exactly.

    p: probability of the right answer, any shape; the result has the same. wrong: how the rest
    1 - p is split up among wrong answers, as shares of it; what they lack to 1 is unreadable and
    has no vote. The default, one wrong answer only, is the worst case. Ties go to the answer seen
    first: of m answers with equal counts every one is it with probability 1/m, because all orders
    of the samples are equally likely. Without any vote there is no answer.

    Sums over the count r of the right answer; the wrong ones, each with at most r votes, multiply
    as exponential generating functions in which ties are counted too. Time: samples² times
    answers. Raises ValueError for shares that are negative or sum to more than 1, or for a number
    of samples outside [1, 150].
    """
    shares = np.array([share for share in wrong if share], float)
    if (shares < 0).any() or shares.sum() > 1 + 1e-9:
        raise ValueError("the shares of the wrong answers sum to at most 1")
    if not 1 <= samples <= LARGEST:
        raise ValueError(f"a vote has 1 to {LARGEST} samples, not {samples}")
    right = np.atleast_1d(np.asarray(p, float))
    flat = right.ravel()
    total = np.zeros_like(flat)
    for votes in range(1, samples + 1):
        total += _wins_with(votes, samples, flat, shares)
    return np.clip(total, 0, 1).reshape(np.shape(p))


def _wins_with(votes: int, samples: int, right: Floats, shares: Floats) -> Floats:
    """P(the right answer has exactly `votes` votes and wins), for each chance of it [n]."""
    rest = samples - votes
    most_ties = min(len(shares), rest // votes)
    silent = (1 - right) * max(0.0, 1 - shares.sum())
    # ways[i, j, m]: weight of m of the other samples being placed, with j answers level.
    ways = np.zeros((len(right), most_ties + 1, rest + 1))
    ways[:, 0] = _terms(silent, rest)
    for share in shares:
        ways = _with_rival(ways, _terms((1 - right) * share, rest), votes)
    level = ways[:, :, rest] / (1 + np.arange(most_ties + 1))
    chosen = right**votes * math.exp(math.lgamma(samples + 1) - math.lgamma(votes + 1))
    found: Floats = chosen * level.sum(axis=1)
    return found


def _terms(q: Floats, most: int) -> Floats:
    """q^m / m! for m = 0..most: [n, most + 1]."""
    steps = np.empty((len(q), most + 1))
    steps[:, 0] = 1
    for m in range(1, most + 1):
        steps[:, m] = steps[:, m - 1] * q / m
    return steps


def _with_rival(ways: Floats, terms: Floats, votes: int) -> Floats:
    """One more wrong answer: fewer votes than the right one, or as many (one tie more)."""
    size = ways.shape[2]
    found = np.zeros_like(ways)
    for m in range(min(votes, size)):
        found[:, :, m:] += ways[:, :, : size - m] * terms[:, m, None, None]
    if votes < size:
        found[:, 1:, votes:] += ways[:, :-1, : size - votes] * terms[:, votes, None, None]
    return found


@dataclass(frozen=True, eq=False)
class Record:
    """Samples of one mode, [n] each: the number of the value (UNREADABLE: none), the confidence in
    [0, 1], the tokens. Raises ValueError for no samples or arrays of different lengths."""

    values: Ints
    confidences: Floats
    tokens: Floats

    def __post_init__(self) -> None:
        if not len(self.values) == len(self.confidences) == len(self.tokens) > 0:
            raise ValueError("a record has as many values as confidences and tokens, and some")


def until_sure(
    sequence: Sequence[Record], right: int, sure: float, draws: int = DRAWS, seed: int = 0
) -> tuple[Value, ...]:
    """What it is worth to draw until sure: at most 1, 2, ... samples, the i-th from sequence[i].

    The rule: draw one sample after another. The belief in a value is 1 - the product of (1 -
    confidence) over the samples that gave it. Stop as soon as the value just drawn is believed at
    least `sure`; if the samples run out, the most believed value stands (ties: the lowest number).
    What it is worth depends on which confidence comes with which value, so no formula of chances
    gives it: the samples are drawn anew from the record, with replacement, many times.

    right: the number of the right value. The same draws serve all lengths, so that a longer
    sequence never costs less. Raises ValueError for an empty sequence.
    """
    if not sequence:
        raise ValueError("at least one sample is drawn")
    rng, rows = np.random.default_rng(seed), np.arange(draws)
    kinds = 1 + max(right, *(int(record.values.max()) for record in sequence), 0)
    doubt, seen = np.ones((draws, kinds)), np.zeros((draws, kinds), bool)
    going, cost, done = np.ones(draws, bool), np.zeros(draws), np.zeros(draws, bool)
    found = []
    for record in sequence:
        picks = rng.permutation(rows % len(record.values))
        value, read = record.values[picks], going & (record.values[picks] != UNREADABLE)
        cost += going * record.tokens[picks]
        doubt[rows[read], value[read]] *= 1 - record.confidences[picks][read]
        seen[rows[read], value[read]] = True
        stop = read & (1 - doubt[rows, value] >= sure)
        done |= stop & (value == right)
        going &= ~stop
        stands = np.where(seen, doubt, 2.0).argmin(axis=1)
        rightly = going & seen.any(axis=1) & (stands == right)
        found.append(Value(float((done | rightly).mean()), float(cost.mean())))
    return tuple(found)

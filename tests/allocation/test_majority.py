"""The vote's chance against every possible sequence of answers, voted on one by one."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.policies import majority_success
from scale_core.answers.grouping import majority

QUICK = settings(max_examples=40, deadline=None, derandomize=True)
SHARES = st.sampled_from([(1.0,), (0.5, 0.5), (0.6, 0.3), (0.5,), (), (0.2, 0.2, 0.1), (0.0, 1.0)])


def first_of_the_most(answers: Sequence[str | None]) -> str | None:
    counts = Counter(a for a in answers if a is not None)
    return max(counts, key=counts.__getitem__) if counts else None


def enumerated(p: float, samples: int, wrong: Sequence[float]) -> float:
    """Sum over all sequences of answers; "0" is right."""
    rest = 1 - p
    chance: dict[str | None, float] = {"0": p, None: rest * (1 - sum(wrong))}
    chance |= {str(i): rest * share for i, share in enumerate(wrong, start=1)}
    return sum(
        math.prod(chance[a] for a in answers)
        for answers in itertools.product(chance, repeat=samples)
        if first_of_the_most(answers) == "0"
    )


@QUICK
@given(st.floats(0, 1), st.integers(1, 6), SHARES)
def test_it_is_the_sum_over_all_sequences(p: float, samples: int, wrong: tuple[float, ...]) -> None:
    exact = enumerated(p, samples, wrong)
    assert majority_success(p, samples, wrong) == pytest.approx(exact, abs=1e-12)


def test_the_tie_rule_is_that_of_our_vote() -> None:
    for answers in itertools.product(["0", "1", "2", None], repeat=4):
        assert majority(answers)[0] == first_of_the_most(answers)


@QUICK
@given(st.floats(0, 1), st.integers(0, 20))
def test_two_answers_make_a_binomial(p: float, half: int) -> None:
    n = 2 * half + 1
    exact = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(half + 1, n + 1))
    assert majority_success(p, n) == pytest.approx(exact, abs=1e-12)
    assert majority_success(p, n + 1) == pytest.approx(exact, abs=1e-12), "an even one adds nothing"


@QUICK
@given(st.floats(0.01, 0.99), st.integers(1, 12))
def test_split_mistakes_are_easier_to_outvote(p: float, samples: int) -> None:
    together = majority_success(p, samples)
    apart = majority_success(p, samples, (0.25,) * 4)
    silent = majority_success(p, samples, ())
    assert together - 1e-12 <= apart <= silent + 1e-12
    assert silent == pytest.approx(1 - (1 - p) ** samples), "one readable answer wins"


def test_a_large_vote_against_simulation() -> None:
    rng = np.random.default_rng(0)
    wrong = [0.4, 0.2, 0.1, 0.1]
    chances = [0.3, *(0.7 * np.array(wrong)), 0.7 * 0.2]
    counts = rng.multinomial(16, chances, 200_000)[:, :5]
    top = counts.max(axis=1)
    level = (counts == top[:, None]).sum(axis=1)
    found = ((counts[:, 0] == top) / level).mean()
    assert majority_success(0.3, 16, wrong) == pytest.approx(found, abs=0.004)


def test_many_chances_at_once() -> None:
    p = np.linspace(0, 1, 12).reshape(3, 4)
    all_at_once = majority_success(p, 7, (0.5, 0.3))
    assert all_at_once.shape == (3, 4)
    singly = [float(majority_success(x, 7, (0.5, 0.3))) for x in p.ravel()]
    assert all_at_once.ravel() == pytest.approx(singly)
    assert (all_at_once[0, 0], all_at_once[2, 3]) == (0, 1)


def test_the_largest_vote_stays_a_probability() -> None:
    assert majority_success(0.55, 149) == pytest.approx(0.8900, abs=1e-3)  # Φ(0.05·√149/√.2475)
    counts = np.random.default_rng(1).multinomial(150, [0.2] + [0.08] * 10, 100_000)
    top = counts.max(axis=1)
    found = ((counts[:, 0] == top) / (counts == top[:, None]).sum(axis=1)).mean()
    assert majority_success(0.2, 150, (0.1,) * 10) == pytest.approx(found, abs=0.002)
    with pytest.raises(ValueError, match="150"):
        majority_success(0.5, 151)
    with pytest.raises(ValueError, match="at most 1"):
        majority_success(0.5, 3, (0.7, 0.7))

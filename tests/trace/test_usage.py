"""Token counts add up, and what is unknown stays unknown."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.trace.usage import Usage

COUNTS = st.none() | st.integers(0, 10**9)
USAGES = st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS)
KINDS = ("prompt", "cached", "completion", "thinking")


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_is_contagious_in_its_own_kind_only(kind: str) -> None:
    total = Usage(1, 2, 3, 4) + Usage(**{**dict.fromkeys(KINDS, 10), kind: None})
    assert getattr(total, kind) is None
    assert [getattr(total, k) for k in KINDS if k != kind] == [
        10 + i for i, k in enumerate(KINDS, 1) if k != kind
    ]


@pytest.mark.parametrize(("prompt", "completion"), list(product((None, 0, 5), (None, 0, 7))))
def test_total_is_unknown_if_a_part_is(prompt: int | None, completion: int | None) -> None:
    total = Usage(prompt, 3, completion, 2).total
    assert total == (None if prompt is None or completion is None else prompt + completion)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(USAGES, max_size=6))
def test_sum_does_not_depend_on_the_order(usages: list[Usage]) -> None:
    assert Usage.sum(usages) == Usage.sum(reversed(usages))


def test_sum_of_nothing_is_zero() -> None:
    assert Usage.sum([]) == Usage(0, 0, 0, 0)

"""Stage 3, the truth table of modes."""

from __future__ import annotations

import pytest

from scale_core.pipeline.assess import assign
from scale_core.problem import Mode

ONE, TWO = Mode.SYSTEM1, Mode.SYSTEM2


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize(
    ("difficulty", "tau", "mode"),
    [
        (0.0, 0.2, ONE),
        (0.2, 0.2, ONE),
        (0.2000001, 0.2, TWO),
        (0.19, 0.2, ONE),
        (1.0, 0.2, TWO),
        (1.0, 1.0, ONE),
        (0.0, 0.0, ONE),
        (0.0, -1.0, TWO),
        (0.9, 0.9, ONE),
        (0.9, 0.95, ONE),
        (0.9, 0.8999, TWO),
    ],
)
def test_threshold_is_strict(difficulty: float, tau: float, mode: Mode, last: bool) -> None:
    assert assign("threshold", difficulty, tau, last)[0] is mode


@pytest.mark.parametrize("difficulty", [None, 0.0, 1.0])
@pytest.mark.parametrize(
    ("policy", "last", "mode"),
    [
        ("system1", False, ONE),
        ("system1", True, ONE),
        ("system2", False, TWO),
        ("system2", True, TWO),
        ("last", False, ONE),
        ("last", True, TWO),
    ],
)
def test_fixed_policies_ignore_the_difficulty(
    policy: str, last: bool, mode: Mode, difficulty: float | None
) -> None:
    assert assign(policy, difficulty, 0.5, last)[0] is mode


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("threshold", 0.5, 0.2, False), ("0.50", "above", "0.20")),
        (("threshold", 0.2, 0.2, False), ("0.20", "not above", "0.20")),
        (("system1", None, 0.2, True), ("System 1",)),
        (("system2", None, 0.2, True), ("System 2",)),
        (("last", None, 0.2, True), ("the last step",)),
        (("last", None, 0.2, False), ("not",)),
    ],
)
def test_reasons(asked: tuple[str, float | None, float, bool], words: tuple[str, ...]) -> None:
    reason = assign(*asked)[1]
    assert all(word in reason for word in words)


def test_the_threshold_needs_a_difficulty() -> None:
    with pytest.raises(ValueError, match="difficulty"):
        assign("threshold", None, 0.2, False)

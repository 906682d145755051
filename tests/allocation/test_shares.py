"""The common result of all rules."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from scale_core.allocation.baselines import beam
from scale_core.allocation.dora import dora
from scale_core.allocation.shares import Allocation


def test_a_row_holds_every_factor_that_the_rule_has() -> None:
    row = dora([0.9, 0.9, 0.2], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], 8, prefilter=True).factors(2)
    assert dataclasses.asdict(row) == {
        "count": 0, "ideal": 0, "share": 0, "weight": 0, "log_weight": -np.inf, "gamma": None,
        "direction": None, "direction_size": None, "group": None, "kept": False, "raw": None,
    }  # fmt: skip
    row = beam([0.9, 0.2], 4).factors(0)
    assert (row.count, row.ideal, row.kept, row.weight, row.gamma) == (4, 4, True, None, None)


def test_results_cannot_be_changed() -> None:
    ours = beam([0.9, 0.2], 4)
    with pytest.raises(ValueError, match="read-only"):
        ours.counts[0] = 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        ours.budget = 5  # type: ignore[misc]
    assert len(Allocation("none", 0, np.zeros(3, np.int64))) == 3

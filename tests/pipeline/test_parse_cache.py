"""Each sample is read once in a dialect and mode, and never as another one was."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.engines.base import Sample, Token
from scale_core.pipeline.parse_cache import ParseCache
from scale_core.problem import Mode

SAMPLE = Sample(0, "3+4=7", "stop", 6, tokens=(Token("3+4=", -0.5), Token("7", -0.25)))


@dataclass(frozen=True)
class Counting(AbacusDialect):
    """Counts what it reads; `first`: reads the first number instead of the last."""

    first: bool = False
    reads: list[Mode] = field(default_factory=list, compare=False)

    def read_result(self, sample: Sample, mode: Mode, asked: str = "") -> str | None:
        self.reads.append(mode)
        if self.first:
            return sample.text[0]
        return super().read_result(sample, mode)


def test_a_sample_is_read_once_in_each_mode() -> None:
    dialect, readings = Counting(), ParseCache()
    draws = [readings.read(dialect, SAMPLE, mode) for mode in (*Mode, *Mode)]
    assert [(d.mode, d.result) for d in draws[:2]] == [(Mode.SYSTEM1, None), (Mode.SYSTEM2, "7")]
    assert draws[2] is draws[0] and draws[3] is draws[1]
    assert dialect.reads == [Mode.SYSTEM1, Mode.SYSTEM2]


def test_equal_dialects_share_and_another_one_reads_anew() -> None:
    readings = ParseCache()
    one, same, other = Counting(), Counting(), Counting(first=True)
    assert readings.read(one, SAMPLE, Mode.SYSTEM2).result == "7"
    assert readings.read(same, SAMPLE, Mode.SYSTEM2).result == "7" and not same.reads
    assert readings.read(other, SAMPLE, Mode.SYSTEM2).result == "3"
    assert readings.read(one, SAMPLE, Mode.SYSTEM2).result == "7" and len(one.reads) == 2


def test_samples_that_came_and_went_are_not_mixed_up() -> None:
    """A new object may get the address of one that is gone; what was read is held."""
    readings, dialect = ParseCache(), AbacusDialect()
    for i in range(200):
        sample = replace(SAMPLE, text=f"{i}=5{i}", tokens=(Token("x", -i / 10),))
        assert readings.read(dialect, sample, Mode.SYSTEM2).result == f"5{i}"
        assert readings.probability(sample) == math.exp(-i / 10)
        del sample


def test_the_probability_is_that_of_the_text() -> None:
    readings, unknown = ParseCache(), replace(SAMPLE, tokens=(Token("x"),))
    assert readings.probability(SAMPLE) == SAMPLE.probability == math.exp(-0.75)
    assert readings.probability(unknown) is None and readings.probability(unknown) is None

"""What was read from samples: their results and the model's own confidence, each worked out once.

Knows samples and how a dialect reads them. Lanes of a duel share their samples, and a recorded
duel is decided again and again, so they share what was read too. Does not know what follows from
a result.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scale_core.dialects.base import Dialect
from scale_core.engines.base import Sample
from scale_core.pipeline.confidence import text_probability
from scale_core.problem import Mode


@dataclass(frozen=True, slots=True)
class Draw:
    """One sample of a sub-problem, and its result: None if it could not be read."""

    mode: Mode
    sample: Sample
    result: str | None


@dataclass
class Readings:
    """At most one reading of a sample and mode, in one dialect: another one's are forgotten. A
    sample is known by its identity, and held, so that no other one can take it."""

    _dialect: Dialect | None = None
    _draws: dict[Mode, dict[int, Draw]] = field(default_factory=lambda: {mode: {} for mode in Mode})
    _sure: dict[int, tuple[Sample, float | None]] = field(default_factory=dict)

    def draw(self, dialect: Dialect, sample: Sample, mode: Mode) -> Draw:
        """The sample with its result."""
        if dialect is not self._dialect:
            if dialect != self._dialect:
                self._draws = {mode: {} for mode in Mode}
            self._dialect = dialect
        found = self._draws[mode].get(id(sample))
        if found is None:
            found = Draw(mode, sample, dialect.read_result(sample, mode))
            self._draws[mode][id(sample)] = found
        return found

    def probability(self, sample: Sample) -> float | None:
        """As `text_probability`."""
        found = self._sure.get(id(sample))
        if found is None:
            found = self._sure[id(sample)] = (sample, text_probability(sample))
        return found[1]

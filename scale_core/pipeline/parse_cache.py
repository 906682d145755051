"""The parse cache: what was read from samples, each result and each probability worked out once.

Knows samples, their log-probabilities and how a dialect reads them. Lanes of a duel share their
samples, and a recorded duel is decided again and again, so they share what was read too. Does not
know what follows from a result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from scale_core.dialects.base import Dialect
from scale_core.engines.base import Sample
from scale_core.problem import Mode


@dataclass(frozen=True, slots=True)
class ParsedSample:
    """One sample of a sub-problem, and its result: None if it could not be read."""

    mode: Mode
    sample: Sample
    result: str | None


def text_probability(sample: Sample) -> float | None:
    """The model's probability of a whole text at temperature 1: the product over its tokens; None
    where the engine does not tell. On the embedded model this is, as it is, the chance that the
    result is right (assets/abacus/table.md); on other models it orders results, no more."""
    logs = [t.logprob for t in sample.tokens]
    found = [x for x in logs if x is not None]
    return math.exp(sum(found)) if logs and len(found) == len(logs) else None


@dataclass
class ParseCache:
    """At most one reading of a sample and mode, in one dialect: another one's are forgotten. A
    sample is known by its identity, and held, so that no other one can take it."""

    _dialect: Dialect | None = None
    _read: dict[Mode, dict[int, ParsedSample]] = field(
        default_factory=lambda: {mode: {} for mode in Mode}
    )
    _sure: dict[int, tuple[Sample, float | None]] = field(default_factory=dict)

    def read(self, dialect: Dialect, sample: Sample, mode: Mode, asked: str = "") -> ParsedSample:
        """The sample with its result. asked: the question that it answers."""
        if dialect is not self._dialect:
            if dialect != self._dialect:
                self._read = {mode: {} for mode in Mode}
            self._dialect = dialect
        found = self._read[mode].get(id(sample))
        if found is None:
            found = ParsedSample(mode, sample, dialect.read_result(sample, mode, asked))
            self._read[mode][id(sample)] = found
        return found

    def probability(self, sample: Sample) -> float | None:
        """As `text_probability`."""
        found = self._sure.get(id(sample))
        if found is None:
            found = self._sure[id(sample)] = (sample, text_probability(sample))
        return found[1]

    def confidence(self, samples: Sequence[Sample]) -> float | None:
        """The largest probability that the model gave to one of these texts."""
        known = [p for s in samples if (p := self.probability(s)) is not None]
        return max(known, default=None)

"""The parse cache: what was read from samples, each result and each probability worked out once.

Knows samples, their log-probabilities and how a dialect reads them. Lanes of a duel share their
samples, and a recorded duel is decided again and again, so they share what was read too. Does not
know what follows from a result.
"""

from __future__ import annotations

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
        """As `Sample.probability`, worked out once."""
        found = self._sure.get(id(sample))
        if found is None:
            found = self._sure[id(sample)] = (sample, sample.probability)
        return found[1]

    def confidence(self, samples: Sequence[Sample]) -> float | None:
        """The largest probability that the model gave to one of these texts."""
        known = [p for s in samples if (p := self.probability(s)) is not None]
        return max(known, default=None)


def unreadable(samples: Sequence[Sample]) -> str:
    """Why there is no result, in words."""
    if not samples:
        return "the budget ran out before it could be tried"
    one = len(samples) == 1
    if why := cut_off(samples):
        return f"{'the' if one else 'every'} reply {why}"
    return f"no result could be read from {'the' if one else 'any'} reply"


def cut_off(samples: Sequence[Sample]) -> str:
    """What cut all of these replies, in words; "" if there is one that was not cut, or none."""
    if not samples or not all(s.cut for s in samples):
        return ""
    ends = {s.finish for s in samples}
    if ends == {"length"}:
        return "was cut off at the token limit"
    if ends == {"repetition"}:
        return "went in circles and was cut"
    return "was cut off, in circles or at the token limit"

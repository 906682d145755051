"""How sure a model was of what it wrote: a judgement that costs nothing.

Knows log-probabilities. On the embedded model this probability is, as it is, the chance that the
result is right (assets/abacus/table.md); on other models it orders results, no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scale_core.engines.base import Sample


def confidence(samples: Sequence[Sample]) -> float | None:
    """The largest probability that the model itself gave to one of these texts, at temperature 1,
    in [0, 1]; None where an engine does not tell."""
    known = [p for s in samples if (p := text_probability(s)) is not None]
    return max(known, default=None)


def text_probability(sample: Sample) -> float | None:
    """Probability of the whole text: the product over its tokens."""
    logs = [t.logprob for t in sample.tokens]
    found = [x for x in logs if x is not None]
    return math.exp(sum(found)) if logs and len(found) == len(logs) else None

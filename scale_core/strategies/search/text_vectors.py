"""Vectors of texts for telling directions apart: the engine's embeddings where it offers them,
hashed character n-grams otherwise.

Knows which of the two is used. Does not know what directions are made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scale_core.pipeline.context import Context

NGRAMS, FEATURES = (2, 4), 1024


@cache
def _hasher() -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        analyzer="char", ngram_range=NGRAMS, n_features=FEATURES, lowercase=False, norm="l2"
    )


def ngrams(texts: Sequence[str]) -> NDArray[np.float32]:
    """[k, 1024]: l2-normalised counts of the texts' 2- to 4-grams of characters, hashed with
    signs. An empty text has a zero row."""
    if not texts:
        return np.zeros((0, FEATURES), np.float32)
    rows = _hasher().transform(texts).toarray()
    return np.asarray(rows, np.float32)


async def vectors(ctx: Context, node: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """One row a text, equal texts computed once. Raises EngineError, Stopped from the engine."""
    distinct = list(dict.fromkeys(texts))
    if ctx.engine.info.embeds:
        found = np.asarray(await ctx.embed(node, distinct), np.float32)
    else:
        found = ngrams(distinct)
    row = {text: i for i, text in enumerate(distinct)}
    return np.asarray(found[[row[t] for t in texts]])

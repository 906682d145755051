"""The embedded model's tokenizer: byte-level BPE in which digits and signs stand alone.

Knows how it is trained and loaded. Does not know lessons beyond the texts it is given.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from scale_core.dialects.abacus.dialect import SPECIAL

VOCABULARY = 1024


def train_tokenizer(texts: Iterable[str], size: int = VOCABULARY) -> Tokenizer:
    """Train on texts; every digit and every sign is its own token, words may be longer ones."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\d|[^\w\s]|_|\n"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def extend_tokenizer(old: Tokenizer, texts: Iterable[str], size: int) -> Tokenizer:
    """The old tokenizer with more merges behind its own, learnt from texts: its tokens keep their
    numbers, and a word that it already writes as one token stays one. One of `size` tokens or more
    is returned as it is."""
    if old.get_vocab_size() >= size:
        return old
    counts: Counter[str] = Counter()
    splitter = old.pre_tokenizer
    assert splitter is not None
    for text in texts:
        counts.update(word for word, _ in splitter.pre_tokenize_str(text))
    model = json.loads(old.to_str())["model"]
    vocabulary: dict[str, int] = model["vocab"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    plain = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    words = [(plain.encode(word).tokens, count) for word, count in counts.items()]
    words = [(pieces, count) for pieces, count in words if len(pieces) > 1]
    pairs: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[int]] = {}
    for i, (pieces, count) in enumerate(words):
        for pair in itertools.pairwise(pieces):
            pairs[pair] += count
            where.setdefault(pair, set()).add(i)
    while len(vocabulary) < size:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        vocabulary.setdefault("".join(best), len(vocabulary))
        for i in where.pop(best):
            pieces, count = words[i]
            for pair in itertools.pairwise(pieces):
                pairs[pair] -= count
            new = _merge(pieces, best)
            words[i] = (new, count)
            for pair in itertools.pairwise(new):
                pairs[pair] += count
                where.setdefault(pair, set()).add(i)
        pairs.pop(best, None)
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer, tokenizer.decoder = splitter, old.decoder
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


def _merge(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    out, i = list[str](), 0
    while i < len(pieces):
        if tuple(pieces[i : i + 2]) == pair:
            out.append("".join(pair))
            i += 2
        else:
            out.append(pieces[i])
            i += 1
    return out


def load_tokenizer(path: Path) -> Tokenizer:
    return Tokenizer.from_file(str(path))

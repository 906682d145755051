"""A grown network answers as before; a longer vocabulary keeps the old tokens; people's files."""

from __future__ import annotations

import json
import random
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.people import Understood, curve, read_file
from scale_core.abacus.lessons import lessons
from scale_core.abacus.tokenizer import extend_tokenizer, load_tokenizer
from scale_core.abacus.words.stories import story
from scale_core.dialects.abacus.dialect import SPECIAL

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "abacus" / "hf"


def test_new_merges_come_behind_the_old_ones() -> None:
    old = load_tokenizer(SHIPPED / "tokenizer.json")
    rng = random.Random(1)
    texts = [story(rng)[0] for _ in range(300)]
    new = extend_tokenizer(old, texts, old.get_vocab_size() + 60)
    assert new.get_vocab_size() == old.get_vocab_size() + 60
    before = old.get_vocab()
    assert {token: new.token_to_id(token) for token in before} == before
    for text in (*texts[:20], *(x.text for x in islice(lessons(rng, lambda: 1.0), 20))):
        assert len(new.encode(text).ids) <= len(old.encode(text).ids)
        assert new.decode(new.encode(text).ids, skip_special_tokens=False) == text
    assert extend_tokenizer(new, texts, new.get_vocab_size()) is new
    for piece in (*"0123456789+-*/%=;:,#()?", *SPECIAL):
        assert new.encode(piece).ids == old.encode(piece).ids


def test_a_grown_network_answers_as_before() -> None:
    torch = pytest.importorskip("torch")
    from scale_core.abacus.grow import deepen, extend
    from scale_core.abacus.model import Abacus, Shape

    old = load_tokenizer(SHIPPED / "tokenizer.json")
    new = extend_tokenizer(old, ["seashells and seashells"] * 9, old.get_vocab_size() + 3)
    small = Abacus(Shape(vocabulary=old.get_vocab_size(), width=32, layers=2, heads=2, hidden=64))
    for weight in small.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    grown = extend(deepen(small, (0, 1)), old, new)
    assert (grown.shape.layers, grown.shape.vocabulary) == (4, new.get_vocab_size())
    ids = torch.randint(0, old.get_vocab_size(), (2, 12))
    before, after = small.logits(small(ids)), grown.logits(grown(ids))
    assert torch.allclose(before, after[..., : before.shape[-1]], atol=1e-5)


def test_batches_have_one_size_and_lose_no_lesson() -> None:
    pytest.importorskip("torch")
    from scale_core.abacus.train import IGNORED, MICRO_TOKENS, TARGETS, batches

    tokenizer = load_tokenizer(SHIPPED / "tokenizer.json")
    stream = lessons(random.Random(3), lambda: 1.0)
    for batch in islice(batches(stream, tokenizer, random.Random(4), 512), 20):
        assert batch.ids.size == MICRO_TOKENS
        assert len(batch.where) == len(batch.targets)
        assert len(batch.targets) % TARGETS == 0
        kept = batch.targets != IGNORED
        assert (batch.ids.reshape(-1)[batch.where[kept] + 1] == batch.targets[kept]).all()


def test_only_whole_answers_of_a_file_are_measured(tmp_path: Path) -> None:
    file = tmp_path / "made_up.jsonl"
    rows = [("7 and 5?", "12", 1), ("half of 1?", "0.5", 1), ("1,000 and 1?", "1,001", 2)]
    file.write_text(
        "\n".join(json.dumps({"problem": p, "answer": a, "steps": s}) for p, a, s in rows)
    )
    assert [row.answer for row in read_file(file)] == [12, 1001]
    assert [row.answer for row in read_file(file, steps=2)] == [1001]


def test_the_curve_of_sureness_counts_what_is_kept() -> None:
    found = [Understood(0.99, 1.0, True, False), Understood(0.6, 0.5, False, False)]
    table = curve(found).split("\n")
    assert table[2] == "| 0.00 | 1.00, 0.50 | 1.00, 0.50 |"
    assert table[-1].startswith("| 0.99 | 0.50, 1.00 | 0.50, 1.00")

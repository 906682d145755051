"""Text of the embedded engine: tokens to bytes to text, in pieces and at once."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from scale_core.engines.base import EngineError
from scale_core.engines.embedded.text import Reply, Vocabulary

POOL = [
    *(b"a", b"ab", b"\n", b"\xc3", b"\xa9"),
    *(b"\xe4", b"\xba\x8c", b"\xf0\x9f", b"\x98\x80", b"\xff"),
]


@pytest.fixture(scope="module")
def vocabulary(model_dir: Path) -> Vocabulary:
    return Vocabulary(model_dir / "tokenizer.json")


def test_any_tokens_decode_as_the_tokenizer_says(vocabulary: Vocabulary, model_dir: Path) -> None:
    reference = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    choose = random.Random(0)
    for _ in range(300):
        ids = [choose.randrange(len(vocabulary.pieces)) for _ in range(choose.randrange(12))]
        assert vocabulary.text(ids) == reference.decode(ids, skip_special_tokens=True)


def test_encode_reads_special_tokens_and_adds_none(vocabulary: Vocabulary) -> None:
    special = [i for i, piece in enumerate(vocabulary.pieces) if not piece and vocabulary.labels[i]]
    assert special, "the model's vocabulary should have special tokens"
    name = vocabulary.labels[special[-1]]
    plain = vocabulary.encode("1+2", 99)
    assert vocabulary.encode(f"{name}1+2", 99) == [special[-1], *plain]
    assert vocabulary.text([special[-1], *plain]) == "1+2"


def test_encode_refuses_what_is_too_long_without_reading_it(
    vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(vocabulary.encode("1 2 3 4", 99)) > 3
    with pytest.raises(EngineError, match="3"):
        vocabulary.encode("1 2 3 4 5 6", 3)
    monkeypatch.setattr(vocabulary, "_tokenizer", None)  # any use of it would now fail
    with pytest.raises(EngineError, match="too long"):
        vocabulary.encode("7" * 100_000, 511)


def test_encode_survives_lone_surrogates(vocabulary: Vocabulary) -> None:
    assert vocabulary.text(vocabulary.encode("1\ud800+2", 99)) == "1?+2"


def test_a_tokenizer_that_we_would_garble_is_refused(model_dir: Path, tmp_path: Path) -> None:
    config = json.loads((model_dir / "tokenizer.json").read_text("utf-8"))
    config["decoder"] = None
    (tmp_path / "tokenizer.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(EngineError, match="decoder"):
        Vocabulary(tmp_path / "tokenizer.json")


def test_takes_join_to_what_decoding_at_once_gives() -> None:
    choose = random.Random(1)
    for _ in range(500):
        pieces = [choose.choice(POOL) for _ in range(choose.randrange(15))]
        reply, taken = Reply([]), []
        for piece in pieces:
            reply.feed(piece)
            taken.append(reply.take())
        final = reply.finish()
        assert final == b"".join(pieces).decode("utf-8", "replace")
        assert "".join([*taken, reply.take()]) == final


def test_half_a_character_is_held_back() -> None:
    reply = Reply([])
    reply.feed(b"x\xf0\x9f")
    assert reply.take() == "x"
    reply.feed(b"\x98\x80")
    assert reply.take() == "\U0001f600"


@pytest.mark.parametrize("stops", [("b\n",), ("aba", "\n"), ("\u00e9a",), ("aab", "ab\n", "zzz")])
def test_stop_texts_cut_at_the_first_match_and_never_leak(stops: tuple[str, ...]) -> None:
    choose = random.Random(2)
    hits = 0
    for _ in range(500):
        pieces = [choose.choice(POOL[:5]) for _ in range(choose.randrange(15))]
        reply, taken, stopped, fed = Reply(stops), "", False, b""
        for piece in pieces:
            fed += piece
            stopped = reply.feed(piece)
            taken += reply.take()
            if stopped:
                break
        final = reply.finish()
        taken += reply.take()
        whole = fed.decode("utf-8", "replace")
        cuts = [at for stop in stops if (at := whole.find(stop)) >= 0]
        assert stopped == bool(cuts)
        assert final == taken == whole[: min(cuts, default=None)]
        hits += stopped
    assert hits > 20

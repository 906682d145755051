"""Text in and out of the embedded model: token ids, bytes, stop texts.

Knows tokenizer.json (byte-level and byte-fallback vocabularies) and how text grows token by
token. Does not know the model, sampling or threads.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from scale_core.engines.base import EngineError

_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_PROBE = "Add 12 and 3.5:\n  (x + 7)*2 = 38 % 5 \u2192 na\u00efve \u4e8c\U0001f600"


class Vocabulary:
    """The tokens of one tokenizer.json. Safe to use from several threads once built.

    pieces[id]: the bytes a token adds to the text, empty for special tokens.
    labels[id]: how a token is shown; special tokens under their own names.
    """

    def __init__(self, path: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(path))
        added = self._tokenizer.get_added_tokens_decoder()
        size = self._tokenizer.get_vocab_size(with_added_tokens=True)
        names = [self._tokenizer.id_to_token(i) or "" for i in range(size)]
        byte_level = "ByteLevel" in json.dumps(json.loads(path.read_text("utf-8"))["decoder"])
        alphabet = _byte_alphabet() if byte_level else {}
        raw = [_piece(name, alphabet) for name in names]
        special = [i in added and added[i].special for i in range(size)]
        self.pieces = [b"" if s else piece for s, piece in zip(special, raw, strict=True)]
        self.labels = [
            name if s else piece.decode("utf-8", "replace")
            for s, piece, name in zip(special, raw, names, strict=True)
        ]
        self._longest = max(len(piece) for piece in raw)
        self._check()

    def _check(self) -> None:
        """Our table must say what the tokenizer says, or the model's text would be garbled."""
        ids = self._tokenizer.encode(_PROBE, add_special_tokens=False).ids
        if self.text(ids) != self._tokenizer.decode(ids, skip_special_tokens=True):
            raise EngineError("this tokenizer's decoder is neither byte-level nor byte-fallback")

    def encode(self, text: str, limit: int) -> list[int]:
        """Token ids of `text`; names of special tokens in it become those tokens.

        Raises EngineError if there are more than `limit`; text that must be far over the limit
        is refused by its length alone, without being tokenised. Lone surrogates become "?".
        """
        least = -(-len(text) // self._longest)
        ids: list[int] = []
        if least <= limit:
            whole = text.encode("utf-8", "replace").decode("utf-8")
            ids = self._tokenizer.encode(whole, add_special_tokens=False).ids
        if max(least, len(ids)) > limit:
            count = f"{len(ids)}" if ids else f"at least {least}"
            raise EngineError(f"text too long: {count} tokens, the model takes {limit}")
        return ids

    def text(self, ids: Sequence[int]) -> str:
        """The text of `ids` without special tokens; broken UTF-8 becomes U+FFFD."""
        return b"".join([self.pieces[i] for i in ids]).decode("utf-8", "replace")


def _byte_alphabet() -> dict[str, int]:
    """Byte-level BPE writes each byte as one printable character: printable Latin-1 bytes as
    themselves, the other 68 as characters from U+0100 on, in order."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(0x100 + i): b for i, b in enumerate(hidden)}


def _piece(name: str, alphabet: dict[str, int]) -> bytes:
    if alphabet and all(c in alphabet for c in name):
        return bytes(alphabet[c] for c in name)
    if not alphabet and (byte := _BYTE_TOKEN.fullmatch(name)):
        return bytes([int(byte[1], 16)])
    return (name if alphabet else name.replace("\u2581", " ")).encode()


class Reply:
    """The growing text of one sample: holds back half characters and half stop texts.

    Feed pieces until `feed` says stop or the sample ends, then `finish` once. `take` gives what
    is new and certain; the takes, in order, join to the final text.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = tuple(stops)
        self._overlap = max((len(s) for s in stops), default=1) - 1
        self._taken = 0
        self._done = False
        self.text = ""
        self.stopped_by: str | None = None

    def feed(self, piece: bytes) -> bool:
        """Add one token's bytes. True if a stop text is complete; the text is then cut there."""
        new = self._decoder.decode(piece)
        if not new:
            return False
        start = max(0, len(self.text) - self._overlap)
        self.text += new
        cuts = [(at, s) for s in self._stops if (at := self.text.find(s, start)) >= 0]
        if cuts:
            at, self.stopped_by = min(cuts)
            self.text = self.text[:at]
            self._done = True
        return bool(cuts)

    def finish(self) -> str:
        """The final text; bytes of an unfinished character become U+FFFD."""
        if not self._done:
            self.text += self._decoder.decode(b"", final=True)
            self._done = True
        return self.text

    def take(self) -> str:
        """Text not taken before, less an end that may yet turn into a stop text."""
        end = len(self.text) if self._done else len(self.text) - self._held()
        new = self.text[self._taken : end]
        self._taken = max(self._taken, end)
        return new

    def _held(self) -> int:
        sizes = range(min(self._overlap, len(self.text)), 0, -1)
        return next((n for n in sizes if self._could_stop(self.text[-n:])), 0)

    def _could_stop(self, end: str) -> bool:
        return any(stop.startswith(end) for stop in self._stops)

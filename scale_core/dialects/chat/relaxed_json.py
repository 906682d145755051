"""JSON as models write it: with what JSON proper does not allow.

A reader of our own: json-repair, the usual library, turns the `\\frac` of undoubled LaTeX into a
form feed, and completes a plan that was cut off, so that half a plan would be solved as a whole.

Reads single and typographic quotes, quotes inside strings, bare keys and words, trailing and
missing commas, comments, raw line breaks, and LaTeX whose backslashes were not doubled. Knows
nothing about what the values mean. Never evaluates anything; depth and work are bounded, so that
no text takes more than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MAX_CHARS = 20_000
MAX_DEPTH = 24
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`", "„": "“", "«": "»"}
_ESCAPES = {"n": "\n", "t": " ", "r": "\n", "b": "", "f": "\n"}
# Commands that begin like an escape of JSON's. Anything else after \b \f \n \r \t is that escape.
_LATEX = frozenset(
    """backslash bar because begin beta bf big Big bigcap bigcup bigg bigl bigr binom bmod bot
    boxed bullet bold boldsymbol breve fbox flat floor forall frac frak nabla natural ne nearrow
    neg neq newline nexists ngeq ni nleq nmid not notin nparallel nsubseteq nu nwarrow rVert
    rangle rbrace rbrack rceil rfloor rho rightarrow right rightleftharpoons rm root rvert tag tan
    tanh tau tbinom text textbf textit textrm tfrac therefore theta thinspace tilde times to top
    triangle triangleleft triangleright""".split()
)
_WORD = re.compile(r"[A-Za-z]+")
_BARE = re.compile(r"[^\s,:{}\[\]\"]{1,80}")
_KEY = re.compile(r"[A-Za-z0-9_#-]{1,40}(?: [A-Za-z0-9_#-]{1,40}){0,3}(?=\s{0,20}[:=])")
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?(?![\w.])")
_WORDS = {"true": True, "false": False, "null": None, "none": None}
# What may follow the comma after a string: another value or a key, not the rest of a sentence.
_NEXT = re.compile(r"\s*(?:[\"'“‘`„«{\[\]}\d-]|$|(?:true|false|null|None)\b|\w{1,40}\s{0,5}:|//)")


_PAIR = re.compile(r"\"\w{1,40}\"\s{0,5}:")
_START = re.compile(r"[{\[]")


class _Unreadable(ValueError):
    pass


def values(text: str) -> Iterator[Any]:
    """Every object and array that stands complete in the text, outermost only, in order."""
    return (value for _, value in placed(text))


def placed(text: str) -> Iterator[tuple[int, Any]]:
    """`values`, each with the place where it begins."""
    text = text[:MAX_CHARS]
    work = 3 * len(text) + 1000
    at = 0
    while work > 0 and (found := _START.search(text, at)):
        reader = _Reader(text, found.start())
        try:
            value = reader.value(0)
        except _Unreadable:
            at = found.start() + 1
        else:
            at = reader.at
            yield found.start(), value
        work -= reader.at - found.start() + 1


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        self.text, self.at = text, at

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _Unreadable
        self._skip()
        char = self._peek()
        if char == "{":
            return self._object(depth)
        if char == "[":
            return self._array(depth)
        return self._string() if char in _QUOTES else self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        self.at += 1
        found: dict[str, Any] = {}
        while not self._closes("}"):
            key = self._key()
            self._skip()
            if self._peek() not in (":", "="):
                raise _Unreadable
            self.at += 1
            value = self.value(depth + 1)
            # A key that is used twice keeps both values: nothing a model wrote is dropped.
            while key in found:
                key += "'"
            found[key] = value
        return found

    def _array(self, depth: int) -> list[Any]:
        self.at += 1
        found = []
        while not self._closes("]"):
            found.append(self.value(depth + 1))
        return found

    def _closes(self, bracket: str) -> bool:
        """Step over separators; whether the closing bracket was there. Unreadable at the end."""
        self._skip()
        while self._peek() in (",", ";"):
            self.at += 1
            self._skip()
        if self._peek() == bracket:
            self.at += 1
            return True
        if self._peek() in "]}":
            raise _Unreadable
        return False

    def _peek(self) -> str:
        if self.at >= len(self.text):
            raise _Unreadable
        return self.text[self.at]

    def _skip(self) -> None:
        """Step over white space and comments."""
        while self.at < len(self.text):
            if self.text[self.at].isspace():
                self.at += 1
            elif self.text.startswith("//", self.at):
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text.startswith("/*", self.at):
                end = self.text.find("*/", self.at)
                self.at = len(self.text) if end < 0 else end + 2
            else:
                return

    def _key(self) -> str:
        if self._peek() in _QUOTES:
            return self._string()
        if not (found := _KEY.match(self.text, self.at)):
            raise _Unreadable
        self.at = found.end()
        return found[0]

    def _bare(self) -> Any:
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return float(number[0]) if "." in number[0] else int(number[0])
        if not (found := _BARE.match(self.text, self.at)):
            raise _Unreadable
        self.at = found.end()
        return _WORDS.get(found[0].lower(), found[0])

    def _string(self) -> str:
        text, close = self.text, _QUOTES[self.text[self.at]]
        self.at += 1
        kept: list[str] = []
        while True:
            char = self._peek()
            if char == "\\":
                kept.append(self._escape())
                continue
            self.at += 1
            if char == close and self._ends():
                return "".join(kept).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if char == "\n" and _PAIR.match(text, self.at + _blank(text, self.at)):
                raise _Unreadable  # it never closed and has run into its object's next key
            kept.append(char)

    def _ends(self) -> bool:
        """Whether the quote just read closes its string: what follows belongs to the structure."""
        at = self.at
        while at < len(self.text) and self.text[at].isspace() and at < self.at + 200:
            at += 1
        if at >= len(self.text) or self.text[at] in "}]:":
            return True
        if self.text[at] in _QUOTES or self.text.startswith("//", at):  # a missing comma
            return "\n" in self.text[self.at : at] or _PAIR.match(self.text, at) is not None
        return self.text[at] == "," and _NEXT.match(self.text, at + 1, at + 80) is not None

    def _escape(self) -> str:
        text, at = self.text, self.at + 1
        char = text[at : at + 1]
        self.at = at + 1
        if char in ("\\", "/", *_QUOTES):
            return char
        if char == "u" and re.fullmatch(r"[0-9a-fA-F]{4}", text[at + 1 : at + 5]):
            self.at = at + 5
            return chr(int(text[at + 1 : at + 5], 16))
        word = _WORD.match(text, at)
        if word is None or word[0] in _LATEX or char not in _ESCAPES:
            return "\\" + char
        return _ESCAPES[char]


def _blank(text: str, at: int) -> int:
    """How many spaces begin there, 40 at most."""
    return next((i for i, c in enumerate(text[at : at + 40]) if not c.isspace()), 0)

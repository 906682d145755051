"""Telling a thought from a reply where a server hands both over as one text.

Knows the tags that models put around their thoughts, and what it means when one is missing or was
cut by the token limit. Does not know servers, samples or tokens.
"""

from __future__ import annotations

from collections.abc import Callable

TAGS = (("<think>", "</think>"), ("<thinking>", "</thinking>"), ("[THINK]", "[/THINK]"))
_LONGEST = max(len(opening) for opening, _ in TAGS)
_OVERLAP = max(len(closing) for _, closing in TAGS) - 1


def split(text: str, cut: bool, expected: bool) -> tuple[str, str | None]:
    """(reply, thought) of a whole text; the thought is None if there is none.

    cut: the token limit ended the text. expected: the model was to think. A thought that was never
    closed is all thought. Where the prompt's template opened the thought, only its end is seen; a
    text without any tag that was to think and was cut is taken for a thought that did not end.
    """
    if "hink>" not in text and "HINK]" not in text and "hinking>" not in text:
        return ("", text.strip() or None) if cut and expected and text else (text, None)
    start = text.lstrip()
    for opening, closing in TAGS:
        if start.startswith(opening):
            thought, _, reply = start[len(opening) :].partition(closing)
            return reply.lstrip("\n"), thought.strip() or None
    if closed := _first_closing(text):
        thought, _, reply = text.partition(closed)
        return reply.lstrip("\n"), thought.strip() or None
    if cut and expected and text:
        return "", text.strip() or None
    return text, None


Show = Callable[[str, bool, bool], None]  # text, whether it is thought, whether to start over


class Live:
    """Splits one sample's text while it streams in, with the same result as `split`.

    `show` gets pieces as they become certain. What looked like a reply and turns out to be a
    thought is shown again, as what it is, after a restart.
    """

    def __init__(self, show: Show, expected: bool) -> None:
        self._show = show
        self._expected = expected
        self._state = "start"  # then "thought" or "reply"
        self._closing = ""
        self._held = ""  # not shown yet
        self._shown: list[str] = []  # what was shown as a reply
        self._tail = ""  # its last characters
        self._trim = False  # blank lines between thought and reply are dropped

    def feed(self, piece: str) -> None:
        if self._state == "start":
            self._begin(piece)
        elif self._state == "thought":
            self._think(piece)
        else:
            self._reply(piece)

    def reasoning(self, piece: str) -> None:
        """Text that the server itself calls a thought: no tags are looked for any more."""
        if held := self._held:
            self._held = ""
            self._show(held, False, False)
        self._state, self._expected, self._closing = "reply", False, "-"
        self._show(piece, True, False)

    def finish(self, cut: bool) -> None:
        """The sample ended; `cut`: by the token limit."""
        held, self._held = self._held, ""
        if self._state == "start" and held:
            self._state = "reply"
            self._reply(held)
        elif self._state == "thought" and held:
            self._show(held, True, False)
        if cut and self._expected and self._state == "reply" and self._shown:
            self._again("".join(self._shown), "")

    def _begin(self, piece: str) -> None:
        self._held += piece
        start = self._held.lstrip()
        for opening, closing in TAGS:
            if start.startswith(opening):
                self._state, self._closing, self._held = "thought", closing, ""
                self._expected = False
                self._think(start[len(opening) :])
                return
        if any(opening.startswith(start) for opening, _ in TAGS) and len(start) < _LONGEST:
            return
        self._state, held, self._held = "reply", self._held, ""
        self._reply(held)

    def _think(self, piece: str) -> None:
        text = self._held + piece
        thought, found, reply = text.partition(self._closing)
        if found:
            self._held, self._state, self._trim = "", "reply", True
            self._closing = "-"  # tags in the reply mean nothing now
        else:
            keep = _held_back(text, self._closing)
            thought, self._held = text[: len(text) - keep], text[len(text) - keep :]
        if thought:
            self._show(thought, True, False)
        if reply:
            self._reply(reply)

    def _reply(self, piece: str) -> None:
        if self._trim:
            piece = piece.lstrip("\n")
            self._trim = not piece
        if not piece:
            return
        if not self._closing:
            seen = self._tail + piece
            if closing := _first_closing(seen):
                thought, _, reply = ("".join(self._shown) + piece).partition(closing)
                self._again(thought, reply)
                return
            self._tail = seen[-_OVERLAP:]
            self._shown.append(piece)
        self._show(piece, False, False)

    def _again(self, thought: str, reply: str) -> None:
        self._closing, self._trim, self._expected, self._shown = "-", True, False, []
        self._show(thought, True, True)
        self._reply(reply)


def _first_closing(text: str) -> str:
    """The closing tag that comes first, "" if there is none."""
    found = [(at, closing) for _, closing in TAGS if (at := text.find(closing)) >= 0]
    return min(found)[1] if found else ""


def _held_back(text: str, closing: str) -> int:
    """How many of the last characters may be the beginning of the closing tag."""
    sizes = range(min(len(closing) - 1, len(text)), 0, -1)
    return next((n for n in sizes if closing.startswith(text[-n:])), 0)

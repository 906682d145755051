"""Where a reply's thought ends: `<think> ... </think>` and the like.

Knows the tags that models write around their thoughts and how to part a reply, whole (`split`,
`visible`) or as it grows (`Growing`). Does not know tokens, models or who reads the parts.
Everything here is linear in the text's length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scale_core.engines.embedded.text import Reply

OPEN, CLOSE = "<think>", "</think>"
NAMES = ("think", "thinking", "thought", "reasoning")


@dataclass(frozen=True, slots=True)
class Parts:
    """thinking: None if there was no thought. closed: the thought came to its end (or there was
    none), so `text` is the reply; else all of it was thought."""

    thinking: str | None
    text: str
    closed: bool = True


def split(reply: str, opened: bool = False) -> Parts:
    """A whole reply in its parts. opened: the prompt had already opened the thought."""
    start = reply.lstrip()
    if start.startswith(OPEN):
        thought = start[len(OPEN) :]
    elif opened or CLOSE in reply:
        thought = reply
    else:
        return Parts(None, reply)
    thinking, tag, text = thought.partition(CLOSE)
    return Parts(thinking.strip(), text.lstrip(), bool(tag))


def visible(reply: str) -> str:
    """What is left of a reply without any thought that somebody left in it: blocks of all known
    tags, what stands before a lone closing tag and what follows a lone opening one."""
    for name in NAMES:
        reply = _without(reply, f"<{name}>", f"</{name}>")
    return reply.strip()


def _without(reply: str, opening: str, closing: str) -> str:
    if opening not in reply and closing not in reply:
        return reply
    kept: list[str] = []
    at = 0
    while (start := reply.find(opening, at)) >= 0:
        kept.append(reply[at:start])
        end = reply.find(closing, start)
        if end < 0:
            at = len(reply)
            break
        at = end + len(closing)
    kept.append(reply[at:])
    # A closing tag without an opening one: the prompt had opened the thought.
    return "".join(kept).rpartition(closing)[2]


class Growing:
    """A reply as it grows: `feed` pieces of text, `take` what is new and certain of the visible
    part, `take_thought` of the thought (as it was written), `finish` once. Stop texts count in the
    visible part only.

    thinking: the pieces now being fed belong to the thought.
    """

    def __init__(self, stops: Sequence[str], opened: bool = False) -> None:
        self.thinking = self._opened = opened
        self._thought: list[str] = []
        self._thought_taken = 0
        self._tail = ""  # the thought's last characters: a closing tag may be half there
        self._head: str | None = None if opened else ""  # until it is clear what begins
        self._had_thought = opened
        self._blank = False  # white space between thought and text is no part of either
        self._reply = Reply(stops)

    def feed(self, piece: str) -> bool:
        """Add text; True if a stop text is complete."""
        if self._head is not None:
            piece = self._begin(self._head + piece)
        if self.thinking:
            piece = self._think(piece)
        return self._say(piece)

    def _begin(self, head: str) -> str:
        """Whether the reply begins with a thought; the text to go on with, "" to wait."""
        start = head.lstrip()
        if OPEN.startswith(start[: len(OPEN)]) and len(start) < len(OPEN):
            self._head = head
            return ""
        self._head = None
        if not start.startswith(OPEN):
            return head
        self.thinking = self._had_thought = True
        return start[len(OPEN) :]

    def _think(self, piece: str) -> str:
        """Add to the thought; what follows its end, if it ends."""
        tail = self._tail + piece
        at = tail.find(CLOSE)
        if at < 0:
            keep = min(len(tail), len(CLOSE) - 1)
            self._thought.append(tail[: len(tail) - keep])
            self._tail = tail[len(tail) - keep :]
            return ""
        self._thought.append(tail[:at])
        self._tail, self.thinking, self._blank = "", False, True
        return tail[at + len(CLOSE) :]

    def _say(self, piece: str) -> bool:
        if self._blank:
            piece = piece.lstrip()
            self._blank = not piece
        return self._reply.feed(piece.encode("utf-8", "replace")) if piece else False

    @property
    def stopped_by(self) -> str | None:
        return self._reply.stopped_by

    def take(self) -> str:
        """Text that is new and certain."""
        return self._reply.take()

    def take_thought(self) -> str:
        """Thought that is new."""
        new = "".join(self._thought[self._thought_taken :])
        self._thought_taken = len(self._thought)
        return new

    def finish(self) -> Parts:
        """The parts; an unfinished opening tag is text, an unfinished closing one thought."""
        if self._head:
            self._reply.feed(self._head.encode("utf-8", "replace"))
            self._head = ""
        self._thought.append(self._tail)
        self._tail = ""
        thought = "".join(self._thought) if self._had_thought else None
        if thought is not None and self._opened:  # by the prompt, and perhaps once more
            thought = thought.lstrip().removeprefix(OPEN)
        text = self._reply.finish()
        return Parts(None if thought is None else thought.strip(), text, not self.thinking)

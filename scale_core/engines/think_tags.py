"""Where a thought ends and the reply begins: `<think> ... </think>` and the like.

Knows the tags that models write around their thoughts, and how to part a sample's text, whole or
as it grows, or its token ids. Does not know models, templates or who reads the parts. Everything
here is linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from scale_core.engines.embedded.text import Reply

OPEN, CLOSE = "<think>", "</think>"
NAMES = ("think", "thinking", "thought", "reasoning")
HARMONY = ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>")
"""Channels: all that is not final is thought."""
TAGS = (
    *((f"<{name}>", f"</{name}>") for name in NAMES),
    *((f"<{name}>", f"</{name}>") for name in ("Think", "THINK", "seed:think")),
    ("[THINK]", "[/THINK]"),
    ("\u25c1think\u25b7", "\u25c1/think\u25b7"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|start|>assistant<|channel|>analysis<|message|>", HARMONY[1]),
    ("<|channel|>commentary<|message|>", HARMONY[1]),
    HARMONY,
    ("\0", "assistantfinal"),  # the same from servers that drop the marks; nothing opens it
)
_FRAMES = re.compile(r"<\|(?:end|return|call|start|channel|message|(?:begin|end)_of_solution)\|>")

_MOST = 9  # thoughts in a row

Tags = Sequence[tuple[str, str]]
Decode = Callable[[Sequence[int]], str]
Lone = Literal["reply", "wait", "restart"]
State = Literal["start", "waiting", "thought", "gap", "reply"]


@dataclass(frozen=True, slots=True)
class Piece:
    """New text of a sample, and whether it is thought. restart: what was given before is void."""

    text: str
    thinking: bool = False
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """thinking: None if there was no thought. closed: the thought came to its end (or there was
    none), so `text` is the reply; else all of it was thought."""

    thinking: str | None
    text: str
    closed: bool = True


class Splitter:
    """Takes a sample's text as it grows and gives it back in pieces of thought and reply, each as
    soon as it is certain. The `blanks` between the two (None: all white space) belong to neither.

    opened: the prompt has opened the thought.
    lone: what a closing tag means that nothing has opened. "reply": nothing, it is text. "wait":
    all before it was thought, so nothing is given until that is clear. "restart": the same, but
    text is given at once, and given anew as thought once the tag comes.
    """

    def __init__(
        self,
        tags: Tags = TAGS,
        *,
        opened: bool = False,
        lone: Lone = "reply",
        blanks: str | None = "\n",
    ) -> None:
        self._tags, self._lone, self._blanks = tags, lone, blanks
        self._overlap = max(len(closing) for _, closing in tags) - 1
        self._state: State = "thought" if opened else "start"
        self._closing = tags[0][1] if opened else ""
        self._held = ""  # not given yet
        self._given: list[str] = []  # reply that a lone closing tag would turn into thought
        self._tail = ""  # its last characters
        self._thoughts = 0  # that have ended
        self.thinks = opened
        """Whether there is a thought."""

    @property
    def inside(self) -> bool:
        """Whether the text so far ends inside a thought."""
        return self._state == "thought"

    def feed(self, text: str) -> list[Piece]:
        """What is new and certain."""
        looked = max(0, len(self._held) - self._overlap)
        self._held += text
        pieces: list[Piece] = []
        self._step(looked, pieces)
        while self._state == "start" and self._thoughts and self._held:
            before = self._held
            self._step(0, pieces)  # one thought may follow another
            if self._held == before:
                break
        return pieces + self._reply() if self._state == "reply" else pieces

    def _step(self, looked: int, pieces: list[Piece]) -> None:
        if self._state == "start":
            self._begin()
        if self._state == "waiting" and (found := _first_closing(self._held[looked:], self._tags)):
            self._enter(found, self._held)
        if self._state == "thought":
            pieces += self._think()
        if self._state == "gap":
            self._held = self._held.lstrip(self._blanks)
            if self._held:
                self._thoughts += 1
                self._state = "start" if self._thoughts < _MOST else "reply"

    def finish(self, *, cut_thought: bool = False) -> list[Piece]:
        """The sample has ended: what was held back. An unfinished opening tag is reply, an
        unfinished closing one thought. cut_thought: a reply without any tag is a thought that was
        cut before its end."""
        held, self._held = self._held, ""
        pieces: list[Piece] = []
        if self._state in ("start", "waiting") and held:
            self._state, self._held = "reply", held
            pieces = self._reply()
        elif self._state == "thought" and held:
            pieces = [Piece(held, thinking=True)]
        if cut_thought and not self.thinks and self._given:
            self.thinks = True
            return [Piece("".join(self._given), thinking=True, restart=True)]
        return pieces

    def set_apart(self) -> list[Piece]:
        """Somebody else sets thoughts apart: no tags are looked for any more."""
        held, self._held = self._held, ""
        self._state = "gap" if self._state == "gap" else "reply"
        self.thinks, self._tags = True, ()
        return [Piece(held)] if held else []

    def _begin(self) -> None:
        start = self._held.lstrip()
        for opening, closing in self._tags:
            if start.startswith(opening):
                self._enter(closing, start[len(opening) :])
                return
        if not any(opening.startswith(start) for opening, _ in self._tags):
            self._state = "waiting" if self._lone == "wait" and not self.thinks else "reply"

    def _enter(self, closing: str, text: str) -> None:
        self._state, self._closing, self._held, self.thinks = "thought", closing, text, True

    def _think(self) -> list[Piece]:
        thought, found, after = self._held.partition(self._closing)
        if found:
            self._state, self._held = "gap", after
        else:
            end = len(thought) - overlap(thought, self._closing)
            thought, self._held = thought[:end], thought[end:]
        return [Piece(thought, thinking=True)] if thought else []

    def _reply(self) -> list[Piece]:
        text, self._held = self._held, ""
        if not text:
            return []
        if self._lone == "restart" and not self.thinks:
            seen = self._tail + text
            if closing := _first_closing(seen, self._tags):
                return self._again(text, closing)
            self._tail = seen[-self._overlap :]
            self._given.append(text)
        return [Piece(text)]

    def _again(self, text: str, closing: str) -> list[Piece]:
        thought, _, after = ("".join(self._given) + text).partition(closing)
        self._state, self._held, self.thinks = "gap", "", True
        return [Piece(thought, thinking=True, restart=True), *self.feed(after)]


def split(text: str, *, cut_thought: bool = False) -> tuple[str, str | None]:
    """(reply, thought) of a whole text; the thought is None if there is none, or an empty one.
    See `Splitter.finish` for `cut_thought`."""
    splitter = Splitter(lone="restart")
    pieces = [*splitter.feed(text), *splitter.finish(cut_thought=cut_thought)]
    thought, reply = joined(pieces)
    return reply, thought.strip() or None


def unframed(text: str) -> str:
    """A text without the marks that a harmony model puts around its messages."""
    if "<|" not in text:
        return text
    parts = _FRAMES.split(text)
    return next((part for part in parts if part.strip()), "")


def joined(pieces: Sequence[Piece]) -> tuple[str, str]:
    """(thought, reply) since the last restart."""
    start = max((i for i, piece in enumerate(pieces) if piece.restart), default=0)
    thought = "".join(piece.text for piece in pieces[start:] if piece.thinking)
    return thought, "".join(piece.text for piece in pieces[start:] if not piece.thinking)


def _first_closing(text: str, tags: Tags) -> str:
    """The closing tag that comes first, "" if there is none."""
    found = [(at, closing) for _, closing in tags if (at := text.find(closing)) >= 0]
    return min(found)[1] if found else ""


def overlap(text: str, tag: str) -> int:
    """How many of the last characters may be the beginning of the tag."""
    sizes = range(min(len(tag) - 1, len(text)), 0, -1)
    return next((n for n in sizes if tag.startswith(text[-n:])), 0)


class Growing:
    """A reply that may end at a stop text, as it grows: `feed` pieces of text, `take` what is new
    and certain of the visible part, `take_thought` of the thought, `finish` once. Stop texts count
    in the visible part only. opened: the prompt has opened the thought."""

    def __init__(self, stops: Sequence[str], opened: bool = False) -> None:
        self._splitter = Splitter(((OPEN, CLOSE),), opened=opened, blanks=None)
        self._opened = opened
        self._thought: list[str] = []
        self._taken = 0
        self._reply = Reply(stops)

    @property
    def thinking(self) -> bool:
        """Whether the pieces now being fed belong to the thought."""
        return self._splitter.inside

    @property
    def stopped_by(self) -> str | None:
        return self._reply.stopped_by

    def feed(self, text: str) -> bool:
        """Add text; True if a stop text is complete."""
        return self._add(self._splitter.feed(text))

    def _add(self, pieces: Sequence[Piece]) -> bool:
        thought, reply = joined(pieces)
        self._thought.append(thought)
        return self._reply.feed(reply.encode("utf-8", "replace")) if reply else False

    def take(self) -> str:
        """Text that is new and certain."""
        return self._reply.take()

    def take_thought(self) -> str:
        """Thought that is new."""
        new = "".join(self._thought[self._taken :])
        self._taken = len(self._thought)
        return new

    def finish(self) -> Parts:
        inside = self._splitter.inside
        self._add(self._splitter.finish())
        thought = "".join(self._thought).strip() if self._splitter.thinks else None
        if thought is not None and self._opened:  # by the prompt, and perhaps once more
            thought = thought.removeprefix(OPEN).strip()
        return Parts(thought, self._reply.finish(), not inside)


# ---- what somebody left in a reply -----------------------------------------------------------


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


# ---- token ids -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Markers:
    """What opens and closes a model's thought, as text and as token ids."""

    opens: str
    closes: str
    open_ids: tuple[int, ...]
    close_ids: tuple[int, ...]

    def left_open(self, prompt: Sequence[int]) -> bool:
        """Whether a prompt ends inside a thought: its template has opened it already."""
        return _last(prompt, self.open_ids) > _last(prompt, self.close_ids)

    def splitter(self, left_open: bool, expected: bool) -> Splitter:
        """For the text of a sample. expected: a thought was asked for; then one that is closed
        without having been opened is a thought too."""
        lone: Lone = "wait" if expected else "reply"
        return Splitter(((self.opens, self.closes),), opened=left_open, lone=lone)


def spans(
    ids: Sequence[int], markers: Markers, left_open: bool, expected: bool, decode: Decode
) -> tuple[int, int]:
    """How many of a sample's tokens are thought, its markers apart, and where the reply begins.

    (0, 0) for a sample without a thought; (count, len(ids)) for one that never left its own.
    Says what `Markers.splitter` says of the same sample's text.
    """
    begin = 0
    if not left_open:
        opened = _opened(ids, 0, markers, decode)
        if not opened and not (expected and markers.closes in decode(ids)):
            return 0, 0
        begin = opened
    thought, start = _closed(ids, begin, markers, decode)
    while again := _opened(ids, start, markers, decode):  # one thought may follow another
        more, start = _closed(ids, again, markers, decode)
        thought += more
    return thought, start


def _opened(ids: Sequence[int], begin: int, markers: Markers, decode: Decode) -> int:
    """Where a thought goes on that is opened from `begin` on, white space apart; 0 if none is."""
    size = len(markers.open_ids) + 2
    while begin + size < len(ids) and not decode(ids[begin : begin + size - 1]).strip():
        size *= 2  # so far white space only
    head = ids[begin : begin + size]
    if not decode(head).lstrip().startswith(markers.opens):
        return 0
    return begin + max(_first(head, markers.open_ids), 0) + len(markers.open_ids)


def _closed(ids: Sequence[int], begin: int, markers: Markers, decode: Decode) -> tuple[int, int]:
    """Tokens of the thought that goes on at `begin`, and where it has ended."""
    end = _first(ids[begin:], markers.close_ids)
    if end >= 0:
        return end, begin + end + len(markers.close_ids)
    if markers.closes not in decode(ids[begin:]):
        return len(ids) - begin, len(ids)
    return _search(ids, begin, markers, decode)


def _search(ids: Sequence[int], begin: int, markers: Markers, decode: Decode) -> tuple[int, int]:
    """The same where the tokenizer has cut the closing marker otherwise: by bisection."""
    low, high = begin, len(ids)
    while high - low > 1:
        middle = (low + high) // 2
        if markers.closes in decode(ids[begin:middle]):
            high = middle
        else:
            low = middle
    return max(0, high - begin - len(markers.close_ids)), high


def _places(ids: Sequence[int], part: tuple[int, ...]) -> range:
    return range(len(ids) - len(part) + 1)


def _first(ids: Sequence[int], part: tuple[int, ...]) -> int:
    """Where `part` begins for the first time, -1 if it is not there."""
    return next((i for i in _places(ids, part) if tuple(ids[i : i + len(part)]) == part), -1)


def _last(ids: Sequence[int], part: tuple[int, ...]) -> int:
    places = reversed(_places(ids, part))
    return next((i for i in places if tuple(ids[i : i + len(part)]) == part), -1)

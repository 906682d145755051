"""A streamed reply: server-sent events in, growing samples and deltas out.

Knows the event stream's framing, the pieces of both endpoints, the three ways in which servers
report usage in a stream, and what becomes of a sample that goes in circles. Does not know
connections: it is fed bytes. Whatever happens to the connection, `reply` gives what has come so
far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scale_core.engines.base import Delta, OnDelta, Token
from scale_core.engines.openai.errors import RequestError, from_error
from scale_core.engines.openai.reply import (
    CIRCLES,
    Choice,
    Reply,
    listed,
    misplaced,
    read_parts,
    read_tokens,
    reason,
    texts,
    was_cut,
)
from scale_core.engines.openai.usage import UNKNOWN, read_usage
from scale_core.engines.openai.usage import listed as tokens_listed
from scale_core.engines.openai.wire import Key, loads
from scale_core.engines.repetition import Repetition
from scale_core.engines.think_tags import Piece, Splitter
from scale_core.trace.usage import Usage, total

_LARGEST = 64 * 2**20  # bytes of one event

Show = Callable[[Piece, int, bool], None]
"""Takes a new piece of a sample, how many tokens the sample has, and whether it has ended."""


class CallerError(Exception):
    """`on_delta` raised `error`."""

    def __init__(self, error: Exception) -> None:
        super().__init__(repr(error))
        self.error = error


class Events:
    """Cuts a byte stream into the data of its events. Comments and field names beside `data` do not
    count. Raises RequestError for an endless event."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _LARGEST:
            raise RequestError("the server sent an endless event")
        for line in lines:
            line = line.rstrip(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].lstrip(b" "))
            elif not line and self._data:
                yield b"\n".join(self._data)
                self._data = []

    def last(self) -> bytes | None:
        """An event that the stream's end cut off from its blank line."""
        for data in self.feed(b"\n\n"):
            return data
        return None


class Stream:
    """The samples of one streamed request for `wanted` samples.

    on_delta gets their text under indices from `first` on. expected: the model was to think; asked:
    because it was told to.
    restart: earlier deltas of these samples were of a broken attempt.
    """

    def __init__(
        self,
        key: Key,
        wanted: int,
        first: int,
        expected: bool,
        on_delta: OnDelta | None,
        restart: bool,
        asked: bool = False,
    ) -> None:
        self._key = key
        self._choices: list[_Growing | None] = [None] * wanted
        self._first = first
        self._expected, self._asked = expected, asked
        self._on_delta = on_delta
        self._restart = restart
        self._totals: list[Usage] = []  # that came by themselves, not beside a sample
        self._each: list[Usage | None] = [None] * wanted  # of each sample so far
        self.done = False  # the server said that nothing more comes
        self.shown = False  # some delta was sent
        self.pieces = 0  # events with a choice in them
        self.counts_running = False  # usage came before the end

    def take(self, data: bytes) -> None:
        """One event. Raises RequestError if it is not what an event should be."""
        if data == b"[DONE]":
            self.done = True
            return
        try:
            piece = loads(data)
        except ValueError:
            raise RequestError("a piece of the stream is not valid JSON") from None
        if not isinstance(piece, dict):
            raise RequestError("a piece of the stream is not a JSON object")
        if piece.get("error"):
            raise from_error(piece["error"], self._key)
        choices = listed(piece.get("choices"))
        if usage := piece.get("usage"):
            self._count(read_usage(usage), choices)
            self.counts_running = self.counts_running or not self._ending(choices)
        self.pieces += bool(choices)
        for item in choices:
            index = item.get("index", 0) if isinstance(item, dict) else None
            if type(index) is int and 0 <= index < len(self._choices):
                self._grow(index, item)

    def _ending(self, choices: list[Any]) -> bool:
        return self.complete or any(
            isinstance(item, dict) and item.get("finish_reason") for item in choices
        )

    def _count(self, usage: Usage, choices: list[Any]) -> None:
        """vLLM's running counts come with a choice and are that sample's; a piece without choices
        counts all samples. With one sample it is all the same."""
        if not choices:
            self._totals.append(usage)
            return
        for item in choices:
            index = item.get("index", 0) if isinstance(item, dict) else None
            if type(index) is int and 0 <= index < len(self._each):
                self._each[index] = usage

    def _grow(self, index: int, item: dict[str, Any]) -> None:
        growing = self._choices[index]
        if growing is None:
            growing = self._choices[index] = _Growing(
                self._shower(index), self._expected, self._asked
            )
        growing.add(item)

    def _shower(self, index: int) -> Show | None:
        send = self._on_delta
        if send is None:
            return None
        stale = self._restart

        def show(piece: Piece, tokens: int, done: bool) -> None:
            nonlocal stale
            self.shown = True
            again, place = piece.restart or stale, self._first + index
            if (counted := self._each[index]) is not None:
                tokens = counted.completion or tokens
            try:
                send(Delta(place, piece.text, piece.thinking, again, tokens, done))
            except Exception as error:  # the caller's own callback: its bug goes to the caller
                raise CallerError(error) from None
            stale = False

        return show

    @property
    def complete(self) -> bool:
        """Every sample that was begun has ended, and there is one."""
        begun = [c for c in self._choices if c is not None]
        return bool(begun) and all(c.choice.finish for c in begun)

    @property
    def circling(self) -> bool:
        """Every sample that was begun has ended, and yet the server goes on with one of them, in
        circles: what else it has to say is not worth the wait."""
        return self.complete and any(c is not None and c.circling for c in self._choices)

    def close(self) -> None:
        """Nothing more comes, or is waited for. Raises RequestError if the stream broke off before
        its samples."""
        begun = [c for c in self._choices if c is not None]
        if self.done:
            for growing in begun:
                growing.finish("stop")
        if any(c.choice.finish == "error" for c in begun):
            raise RequestError("the server broke off a sample")
        if not begun and self.done:
            raise RequestError("the reply holds no choices")
        if not self.complete:
            raise RequestError("the stream broke off", down=True)

    def stop(self) -> None:
        """Nothing more is read: the deltas are brought up to the text that has come."""
        for growing in self._choices:
            if growing is not None:
                growing.stop()

    def reply(self) -> Reply:
        """What has come so far. Unended samples have no finish."""
        choices = [growing.taken() if growing else None for growing in self._choices]
        found = [choice for choice in choices if choice is not None]
        return Reply(choices, self._usage(found))

    def _usage(self, found: list[Choice]) -> Usage:
        """What was reported. Several totals are either of all samples, the last one counting, or
        one of each sample (llama.cpp): what came tells which."""
        each = [usage for usage in self._each if usage is not None]
        came = sum(tokens_listed(choice) or choice.pieces for choice in found)
        several = len(self._choices) > 1
        if self._totals:
            last, all_of = self._totals[-1], _added(self._totals)
            ends = len(found)  # the end tokens are counted and do not show
            return (
                _nearest(came + ends, last, all_of) if several and len(self._totals) > 1 else last
            )
        if several and self.complete and len(each) == 1 < len(found):
            return each[0] if (each[0].completion or 0) >= came else UNKNOWN
        if each and not (several and self.complete and len(each) < len(self._choices)):
            return _added(each)
        counts = [choice.count for choice in found]
        known = any(count is not None for count in counts)
        return Usage(None, None, total(counts) if known else None, None)


def _added(each: list[Usage]) -> Usage:
    """The usage of samples of one prompt, which each of them reports."""
    made, thought = total(u.completion for u in each), total(u.thinking for u in each)
    return Usage(each[0].prompt, each[0].cached, made, thought)


def _nearest(came: int, *usages: Usage) -> Usage:
    return min(usages, key=lambda usage: abs((usage.completion or 0) - came))


class _Growing:
    """One sample while its pieces come in."""

    def __init__(self, show: Show | None, expected: bool, asked: bool) -> None:
        self.choice = Choice()
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._tokens: list[Token] = []
        self._show, self._expected, self._asked = show, expected, asked
        self._splitter = Splitter(lone="restart")
        self._repetition = Repetition()
        self.circling = False  # we have ended it, and the server has not

    def add(self, item: dict[str, Any]) -> None:
        ending = reason(item.get("finish_reason"))
        delta = item.get("delta") or item.get("message")  # the latter: it was not streamed at all
        if isinstance(delta, dict):
            text, thought = read_parts(delta)
        else:
            text, thought = texts(item.get("text")), None
        if self._repetition.found:
            self._pass_over(item, bool(text or thought))
            self.circling = self.circling and not ending
            return
        if self._repeats(item, ending, text, thought or ""):
            text = thought = ""
        elif logprobs := item.get("logprobs"):
            self._tokens += read_tokens(logprobs)
        self.choice.pieces += bool(text or thought)
        if isinstance(ids := item.get("token_ids"), list):
            self.choice.count = (self.choice.count or 0) + len(ids)
        if thought:
            self._thoughts.append(thought)
            self._expected = False  # the server sets thoughts apart
            self._tell([*self._splitter.set_apart(), Piece(thought, thinking=True)])
        if text:
            self._texts.append(text)
            self._tell(self._splitter.feed(text))
        if ending:
            self.finish(ending)
        elif self._repetition.feed((thought or "") + text):
            self.circling = True
            self.finish(CIRCLES)

    def _pass_over(self, item: dict[str, Any], says: bool) -> None:
        """What comes of a sample that went in circles is spent, and not taken."""
        self.choice.pieces += says
        ids = item.get("token_ids")
        more = ids if isinstance(ids, list) else read_tokens(item.get("logprobs"))
        if more:
            before = len(self._tokens) if self.choice.count is None else self.choice.count
            self.choice.count = before + len(more)

    def _repeats(self, item: dict[str, Any], ending: str | None, text: str, thought: str) -> bool:
        """Whether a last piece says all the others once more."""
        whole = "message" in item or self.choice.finish is not None
        if not (text or thought) or not (whole or ending):
            return False
        said = [(text, self._texts), (thought, self._thoughts)]
        least = 1 if whole else 2  # a piece may well be like the only one before it
        return all(new == "".join(old) and len(old) >= least for new, old in said if new)

    def finish(self, why: str) -> None:
        if self.choice.finish is None:
            self.choice.finish = why
            self._tell(self._splitter.finish(cut_thought=was_cut(why) and self._expected))
            if not self._asked and misplaced(self.taken()):
                whole = "".join(self._thoughts)
                self._tell([Piece("", thinking=True, restart=True), Piece(whole)])
            self._tell([Piece("")], done=True)

    def stop(self) -> None:
        if self.choice.finish is None:
            self._tell(self._splitter.finish())

    def _tell(self, pieces: list[Piece], done: bool = False) -> None:
        """A piece of a stream counts as a token where the server lists none."""
        tokens = self.choice.count or self.choice.pieces
        for piece in pieces if self._show else ():
            assert self._show is not None
            self._show(piece, tokens, done)

    def taken(self) -> Choice:
        self.choice.text = "".join(self._texts)
        self.choice.thought = "".join(self._thoughts) or None
        self.choice.tokens = self._tokens
        return self.choice

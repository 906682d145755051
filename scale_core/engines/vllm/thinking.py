"""Where a thought ends and the reply begins: markers such as <think> and </think>.

Knows texts and token ids with such markers in them, whole or as they grow. Does not know models,
templates or engines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Decode = Callable[[Sequence[int]], str]


@dataclass(frozen=True, slots=True)
class Markers:
    """What opens and closes a thought, as text and as token ids."""

    opens: str
    closes: str
    open_ids: tuple[int, ...]
    close_ids: tuple[int, ...]

    def left_open(self, prompt: Sequence[int]) -> bool:
        """Whether a prompt ends inside a thought: its template has opened it already."""
        return _last(prompt, self.open_ids) > _last(prompt, self.close_ids)


def _last(ids: Sequence[int], part: tuple[int, ...]) -> int:
    """Where `part` begins for the last time, -1 if it is not there."""
    for start in range(len(ids) - len(part), -1, -1):
        if tuple(ids[start : start + len(part)]) == part:
            return start
    return -1


def _first(ids: Sequence[int], part: tuple[int, ...]) -> int:
    for start in range(len(ids) - len(part) + 1):
        if tuple(ids[start : start + len(part)]) == part:
            return start
    return -1


class Splitter:
    """Takes a sample's text piece by piece and parts it in thought and reply.

    left_open: the prompt has opened the thought. expected: a thought was asked for; then one
    that is closed without having been opened is a thought too, so text waits until that is clear.
    The newlines between a thought and its reply belong to neither. Without markers everything
    is reply. `thought` is None where the model did not think.
    """

    def __init__(
        self, markers: Markers | None, left_open: bool = False, expected: bool = False
    ) -> None:
        self._markers = markers
        self._expected = expected
        self._buffer = ""
        self._thought: list[str] = []
        self._state = "reply" if markers is None else "thought" if left_open else "start"
        self._thinks = self._state == "thought"

    @property
    def inside(self) -> bool:
        """Whether the text so far ends inside a thought."""
        return self._state == "thought"

    @property
    def thought(self) -> str | None:
        return "".join(self._thought).strip() if self._thinks else None

    def feed(self, text: str, last: bool = False) -> tuple[str, str]:
        """(thought, reply): what is new of each and certain, markers apart."""
        self._buffer += text
        thought = ""
        if self._markers is not None:
            if self._state == "start":
                self._begin(self._markers, last)
            if self._state == "thought":
                thought = self._think(self._markers.closes, last)
            if self._state == "gap":
                self._buffer = self._buffer.lstrip("\n")
                if self._buffer:
                    self._state = "reply"
        if self._state != "reply":
            return thought, ""
        reply, self._buffer = self._buffer, ""
        return thought, reply

    def _begin(self, markers: Markers, last: bool) -> None:
        bare = self._buffer.lstrip()
        if bare.startswith(markers.opens):
            self._buffer = bare[len(markers.opens) :]
            self._state, self._thinks = "thought", True
        elif self._expected and markers.closes in self._buffer:
            self._state, self._thinks = "thought", True
        elif last or not (self._expected or markers.opens.startswith(bare)):
            self._state = "reply"

    def _think(self, closes: str, last: bool) -> str:
        before, marker, after = self._buffer.partition(closes)
        if marker:
            self._buffer, self._state = after, "gap"
        else:
            cut = len(before) - (0 if last else _overlap(before, closes))
            before, self._buffer = before[:cut], before[cut:]
        self._thought.append(before)
        return before


def _overlap(text: str, marker: str) -> int:
    """How many last characters of `text` may be the beginning of `marker`."""
    for size in range(min(len(text), len(marker) - 1), 0, -1):
        if marker.startswith(text[-size:]):
            return size
    return 0


def spans(
    ids: Sequence[int], markers: Markers, left_open: bool, expected: bool, decode: Decode
) -> tuple[int, int]:
    """How many of a sample's tokens are thought, its markers apart, and where the reply begins.

    (0, 0) for a sample without a thought; (count, len(ids)) for one that never left its own.
    Says what `Splitter` says of the same sample's text.
    """
    begin = 0
    if not left_open:
        head = ids[: len(markers.open_ids) + 2]
        at = _first(head, markers.open_ids)
        opened = decode(head).lstrip().startswith(markers.opens)
        if not opened and not (expected and markers.closes in decode(ids)):
            return 0, 0
        begin = max(at, 0) + len(markers.open_ids) if opened else 0
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

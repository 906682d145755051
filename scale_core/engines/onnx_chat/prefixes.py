"""States of the model that are kept after their job, for prompts that begin alike.

Prompts of one problem share their beginning, and what was read once need not be read again. A
state is only used where going on from it gives the very same logits as reading anew: up to one of
the places at which pieces of a prompt begin, or up to the end of the very same prompt. Tokens that
were generated one by one are never used as part of a prompt: rounding differs. Knows which states
there are and how much memory they may take. Does not know jobs or how tokens are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scale_core.engines.onnx_chat.model import ChatModel, Track

PIECE = 16
"""Prompt tokens read in one turn: a stop waits for no more than that. On processors larger pieces
are hardly faster (benchmarks/README.md), and of shorter ones more is shared."""
_ROUND = 512
"""Tracks are made for a multiple of so many tokens, so that one fits the next job as well."""


def piece_end(start: int) -> int:
    """Where the piece of a prompt that begins at `start` ends, if the prompt is long enough."""
    return (start // PIECE + 1) * PIECE


def shared(read: Sequence[int], prompt: Sequence[int]) -> int:
    """How many tokens of `prompt` need not be read again after those of `read`, both without
    their last one, which every sample reads by itself."""
    if read == prompt:
        return len(prompt)
    least = min(len(read), len(prompt))
    alike = next((i for i in range(least) if read[i] != prompt[i]), least)
    return alike // PIECE * PIECE


@dataclass(frozen=True, slots=True)
class _Kept:
    track: Track
    read: list[int]  # in pieces, from the beginning


class Prefixes:
    """Hands out tracks and takes them back. room: tokens that all of them together may hold, those
    in use included; what is kept makes way for what is needed."""

    def __init__(self, model: ChatModel, context: int, room: int) -> None:
        self._model, self._context, self._room = model, context, room
        self._kept: list[_Kept] = []  # longest unused first
        self._used = 0  # tokens of tracks that are in use

    def take(self, prompt: list[int], length: int, schema: str | None) -> tuple[Track, int]:
        """A track for `length` tokens, and how many of `prompt` it holds already."""
        fitting = [
            (shared(kept.read, prompt), at)
            for at, kept in enumerate(self._kept)
            if kept.track.length >= length and kept.track.schema == schema
        ]
        read, at = max(fitting, default=(0, -1))
        size = min(self._context, -(-length // _ROUND) * _ROUND)
        if read == 0 and self._taken + size > self._room:
            self._make_room(size)
        if read:
            track = self._kept.pop(at).track
            track.rewind(read)
        else:
            track = self._model.track(size, schema)
        self._used += track.length
        return track, read

    def give(self, track: Track, read: list[int]) -> None:
        """Take a track back that holds `read`, read in pieces, at its beginning."""
        self._used -= track.length
        if self._model.rewinds and read:
            self._kept.append(_Kept(track, read))

    def forget(self, track: Track) -> None:
        """A track whose state is not known."""
        self._used -= track.length

    def clear(self) -> None:
        """Free what is kept."""
        self._kept.clear()

    @property
    def _taken(self) -> int:
        return self._used + sum(kept.track.length for kept in self._kept)

    def _make_room(self, size: int) -> None:
        while self._kept and self._taken + size > self._room:
            self._kept.pop(0)

"""Kept: what was worked out from a fold of events, until its next event.

Knows that a fold changes by its events alone, so that what was made of it holds until then. Does
not know what is made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Kept:
    """`once(make)`: what `make` makes of this fold, made once until `changed` is called. It lives
    and dies with the fold, one thing for each `make`, which must be a function of a module."""

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}

    def once(self, make: Callable[[Self], T]) -> T:
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def changed(self) -> None:
        """An event was added."""
        if self._made:
            self._made.clear()

"""Usage: how many tokens something cost.

Knows the four kinds of token and how to add them up without inventing numbers.
Does not know stages, nodes, prices or engines; `ledger.py` builds on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce


def add(a: int | None, b: int | None) -> int | None:
    """Sum of two counts; unknown if either is."""
    return None if a is None or b is None else a + b


def total(counts: Iterable[int | None]) -> int | None:
    """Sum of counts; unknown if any is."""
    start: int | None = 0
    return reduce(add, counts, start)


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts; None means that the engine did not say, which is not the same as 0.

    `prompt` counts a request's prompt once, however many samples it asks for, and includes
    `cached` (the part served from a prefix cache). `completion` includes `thinking`. `reckoned`:
    how many of prompt and completion the engine did not report; they were reckoned from what came.
    """

    prompt: int | None = 0
    cached: int | None = 0
    completion: int | None = 0
    thinking: int | None = 0
    reckoned: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            add(self.prompt, other.prompt),
            add(self.cached, other.cached),
            add(self.completion, other.completion),
            add(self.thinking, other.thinking),
            self.reckoned + other.reckoned,
        )

    @property
    def total(self) -> int | None:
        """Prompt plus completion tokens, None if either is unknown."""
        return add(self.prompt, self.completion)

    @staticmethod
    def sum(items: Iterable[Usage]) -> Usage:
        total = Usage()
        for item in items:
            total = total + item
        return total

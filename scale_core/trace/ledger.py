"""The ledger: every token of a run at its node and stage.

Knows how to add up `Sampled` and `Measured` events; each token has exactly one home, so the total
equals the engine's own counters. Does not know how it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from scale_core.trace.events import Event, Measured, Sampled
from scale_core.trace.usage import Usage, add, total

_CHARGED = (Sampled, Measured)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one stage spent on one node. `retried` and `cancelled` are parts of `usage`:
    completion tokens of attempts after the first, and of samples that were stopped; None where
    the engine did not say."""

    node: str
    stage: str
    usage: Usage = Usage()
    calls: int = 0
    samples: int = 0
    retried: int | None = 0
    cancelled: int | None = 0
    seconds: float = 0.0

    def add(self, event: Sampled | Measured) -> Entry:
        if isinstance(event, Measured):
            return replace(
                self,
                usage=self.usage + event.usage,
                calls=self.calls + 1,
                seconds=self.seconds + event.seconds,
            )
        spent = total(s.completion_tokens for s in event.samples)
        aborted = total(s.completion_tokens for s in event.samples if s.finish == "abort")
        return Entry(
            self.node,
            self.stage,
            self.usage + event.usage,
            self.calls + 1,
            self.samples + len(event.samples),
            add(self.retried, spent) if event.attempt else self.retried,
            add(self.cancelled, aborted),
            self.seconds + event.seconds,
        )


class Ledger:
    """Entries by (node, stage), in the order in which they first appeared."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._entries: dict[tuple[str, str], Entry] = {}
        for event in events:
            self.apply(event)

    def apply(self, event: Event) -> None:
        if isinstance(event, _CHARGED):
            key = (event.node, event.stage)
            self._entries[key] = self._entries.get(key, Entry(*key)).add(event)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries.values())

    @property
    def total(self) -> Usage:
        return Usage.sum(e.usage for e in self._entries.values())

    def of_node(self, node: str) -> Usage:
        return Usage.sum(e.usage for e in self._entries.values() if e.node == node)

    def of_stage(self, stage: str) -> Usage:
        return Usage.sum(e.usage for e in self._entries.values() if e.stage == stage)

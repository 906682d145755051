"""What a list of runs says of one: a row that follows from its events.

Knows which fact of which event the row holds; every function is pure. Does not know the database.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.usage import add

RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Summary:
    """The columns of a run that its events decide. strategies: lanes' names, or the preset of a
    single run. tokens: physical, None where the engine did not report them. verdict: of the first
    lane that has one; for a duel the best of its lanes."""

    duel: bool = False
    problem: str = ""
    expected: str | None = None
    answer: str | None = None
    model: str = ""
    strategies: tuple[str, ...] = ()
    budget: str = ""
    status: str = RUNNING
    verdict: str | None = None
    tokens: int | None = 0
    seconds: float = 0.0
    events: int = 0
    size: int = 0

    def after(self, event: dv.DuelEvent, size: int) -> Summary:
        """The row once this event, of `size` bytes, is in."""
        row = replace(
            self,
            events=self.events + 1,
            size=self.size + size,
            seconds=max(self.seconds, event.t),
        )
        match event:
            case dv.DuelStarted():
                return row._started(event)
            case dv.LaneEvent():
                return row._lane(event.event)
            case dv.Generated():
                return replace(row, tokens=add(row.tokens, event.usage.total))
            case dv.DuelEnded():
                return replace(row, status=event.status)
            case _:
                return row

    def _started(self, event: dv.DuelStarted) -> Summary:
        duel = bool(event.budget)
        return replace(
            self,
            duel=duel,
            problem=event.problem,
            expected=event.expected,
            model=str(event.engine.get("model", "")),
            strategies=tuple(x.name for x in event.lanes) if duel else (event.preset,),
            budget=event.budget,
        )

    def _lane(self, event: ev.Event) -> Summary:
        match event:
            case ev.Answered():
                return replace(self, answer=self.answer or event.answer)
            case ev.Graded():
                return replace(self, verdict=_better(self.verdict, event.verdict))
            case _:
                return self


_BEST: tuple[str | None, ...] = ("equal", "could not tell", "different", None)


def _better(old: str | None, new: str) -> str:
    return new if old is None or _BEST.index(new) < _BEST.index(old) else old

"""A duel: several lanes on one problem, their events and what the engine really did.

Knows the events of a duel, how they become JSON and come back, and their fold. A lane's own events
are an ordinary run's; here they are wrapped with the lane's name. Does not know how lanes are run
or drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from scale_core.problem import Plan
from scale_core.trace import events as ev
from scale_core.trace.run import Kept, Run
from scale_core.trace.usage import Usage

Drawing = Literal["tree", "arms"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One strategy's place in a duel. name: unique in the duel, for programs; label: for people;
    about: its rule in a few words; plans: it uses the shared plan and pays for it. adaptation:
    what differs from the published method, empty if nothing does. drawing: a search's tree, a
    bandit's arms; None: the plan, or the votes of a lane without one."""

    name: str
    label: str
    about: str = ""
    plans: bool = True
    adaptation: str = ""
    drawing: Drawing | None = None


_DRAWN: Mapping[str, Drawing] = {
    "dora": "tree", "rebase": "tree", "beam": "tree", "dvts": "tree", "bandit": "arms"
}  # fmt: skip
"""Drawings of the lanes of files that are older than the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuelEvent:
    """Common to all events of a duel: `t`, seconds since it started."""

    kind: ClassVar[str] = ""
    t: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DuelStarted(DuelEvent):
    """`budget` as it was asked for, empty for no limit; `settings`: every switch of the lanes'
    rules; `calibration`: the model's, so that a recorded duel can be decided again without it;
    `figures`: its difficulty profile, `understanding`: what it takes to be sure of a plan, both
    None where there is none; `preset`: what `options` began as."""

    kind: ClassVar[str] = "duel_started"
    duel: str
    problem: str
    expected: str | None
    lanes: tuple[Lane, ...]
    budget: str
    seed: int
    settings: Mapping[str, Any]
    options: Mapping[str, Any]
    engine: Mapping[str, Any]
    calibration: Mapping[str, Any]
    figures: Mapping[str, Any] | None = None
    recorded: bool = False
    preset: str = "scale"
    understanding: Mapping[str, Any] | None = None
    version: int = ev.VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class DuelPlanned(DuelEvent):
    """The shared plan has `steps` sub-problems, so each lane may spend `limit`."""

    kind: ClassVar[str] = "duel_planned"
    steps: int
    limit: int
    unit: ev.Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneEvent(DuelEvent):
    kind: ClassVar[str] = "lane_event"
    lane: str
    event: ev.Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated(DuelEvent):
    """A request that really went to the engine, and what it counted: the physical side. `node`,
    `stage`: what it was for, as the first lane that needed it said."""

    kind: ClassVar[str] = "generated"
    node: str
    stage: str
    samples: int
    usage: Usage
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DuelEnded(DuelEvent):
    """`missing`: samples that a replay would need and that were not recorded, as (node, stage, how
    many)."""

    kind: ClassVar[str] = "duel_ended"
    status: ev.Status
    message: str = ""
    missing: tuple[tuple[str, str, int], ...] = ()


EVENTS: Mapping[str, type[DuelEvent]] = {
    cls.kind: cls for cls in (DuelStarted, DuelPlanned, LaneEvent, Generated, DuelEnded)
}


def to_json(event: DuelEvent) -> dict[str, Any]:
    """A JSON-ready dict whose first key is `kind`; a lane's event keeps its own kind inside."""
    data = {"kind": event.kind, **dataclasses.asdict(event, dict_factory=ev.plain)}
    if isinstance(event, LaneEvent):
        data["event"] = ev.to_json(event.event)
    return data


def from_json(data: Mapping[str, Any]) -> DuelEvent:
    """The inverse of `to_json`. Raises ValueError for an unknown kind or a newer version."""
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in EVENTS:
        raise ValueError(f"unknown duel event kind {kind!r}")
    if kind == DuelStarted.kind and int(data.get("version", 1)) > ev.VERSION:
        raise ValueError(f"this duel has format {data['version']}, this release reads {ev.VERSION}")
    if kind == LaneEvent.kind:
        inner = ev.from_json(data["event"])
        return LaneEvent(t=float(data.get("t", 0.0)), lane=str(data["lane"]), event=inner)
    event = ev.build(EVENTS[kind], data)
    if isinstance(event, DuelStarted):
        drawn = [replace(x, drawing=x.drawing or _DRAWN.get(x.name)) for x in event.lanes]
        event = replace(event, lanes=tuple(drawn))
    return event


class Duel(Kept):
    """`Duel(events)` folds them all; `apply` adds one."""

    def __init__(self, events: Iterable[DuelEvent] = ()) -> None:
        super().__init__()
        self.events: list[DuelEvent] = []
        self.start: DuelStarted | None = None
        self.planned: DuelPlanned | None = None
        self.end: DuelEnded | None = None
        self.lanes: dict[str, Run] = {}
        self.generated: list[Generated] = []
        self.physical = Usage()
        for event in events:
            self.apply(event)

    def apply(self, event: DuelEvent) -> None:
        self.changed()
        self.events.append(event)
        match event:
            case DuelStarted():
                self.start = event
                self.lanes = {lane.name: Run() for lane in event.lanes}
            case DuelPlanned():
                self.planned = event
            case LaneEvent():
                self._lane(event.lane).apply(event.event)
            case Generated():
                self.generated.append(event)
                self.physical = self.physical + event.usage
            case DuelEnded():
                self.end = event

    def _lane(self, name: str) -> Run:
        if name not in self.lanes:
            self.lanes[name] = Run()
        return self.lanes[name]

    @property
    def status(self) -> str:
        return self.end.status if self.end else ("running" if self.start else "empty")

    @property
    def seconds(self) -> float:
        return self.events[-1].t if self.events else 0.0

    @property
    def plan(self) -> Plan | None:
        """The plan that the lanes share; None before it is there."""
        return next((run.plan for run in self.lanes.values() if run.plan), None)

    @property
    def logical(self) -> Usage:
        """What the lanes would have cost one by one."""
        return Usage.sum(run.ledger.total for run in self.lanes.values())


def cut(duel: Duel, status: ev.Status, message: str) -> list[DuelEvent]:
    """End a duel that its source did not end, and each lane that has begun and not ended; the
    events that do so."""
    if duel.start is None or duel.end is not None:
        return []
    ends: list[DuelEvent] = []
    for name, run in duel.lanes.items():
        if run.start is not None and run.end is None:
            ended = ev.RunEnded(t=run.seconds, status=status, message=message)
            ends.append(LaneEvent(t=duel.seconds, lane=name, event=ended))
    ends.append(DuelEnded(t=duel.seconds, status=status, message=message))
    for event in ends:
        duel.apply(event)
    return ends

"""Files of runs, read whatever they hold: JSON lines of a duel or of one lane, plain or gzipped.

Knows how large a file, its lines and what they tell of may be, that every event must be what it
says, and how the events of a lane alone become a run again. Does not know where files come from, or
whether what they tell can be drawn.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from scale_core.strategies.lanes import LANES
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.check import check
from scale_core.trace.duel import Duel

LARGEST = 64 * 2**20  # bytes of a file, unpacked
MOST_EVENTS = 100_000
MOST_NODES, MOST_LANES = 500, 32
CUT_OFF = "the file ends before the run does"
_GZIP = b"\x1f\x8b"

E = TypeVar("E")


def read(data: bytes) -> Duel:
    """The run that a file holds. Raises ValueError, in words for people and without anything of the
    file but a line's number."""
    lines = list(_lines(_unpacked(data)))
    if not lines:
        raise ValueError("it is empty")
    kind = lines[0][1].get("kind")
    if kind in ev.EVENTS:
        events = list(_whole(lines, ev.from_json))
        return _bounded(Duel(_alone(events)))
    return _bounded(Duel(_whole(lines, dv.from_json)))


def event_of(line: bytes | str, number: int) -> dict[str, Any]:
    """A line as JSON. Raises ValueError, which names it."""
    try:
        data = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"line {number}: {_short(error)}") from None
    if not isinstance(data, dict):
        raise ValueError(f"line {number}: it is no JSON object")
    return data


def built(read: Callable[[Mapping[str, Any]], E], data: Mapping[str, Any], number: int) -> E:
    """An event of a line. Raises ValueError, which names it."""
    try:
        return read(data)
    except KeyError as error:
        raise ValueError(f"line {number}: it lacks {error}") from None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"line {number}: {error}") from None


# ---- bytes -----------------------------------------------------------------------------------


def _unpacked(data: bytes) -> bytes:
    """No more than `LARGEST` of it is ever unpacked, so a small file cannot become a huge one."""
    if data.startswith(_GZIP):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                data = file.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error):
            raise ValueError("it cannot be unpacked") from None
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
    return data


def _lines(data: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    found = 0
    for number, line in enumerate(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), 1):
        if not line.strip():
            continue
        found += 1
        if found > MOST_EVENTS:
            raise ValueError(f"it has more than {MOST_EVENTS:,} events")
        yield number, event_of(line, number)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _short(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]


# ---- events ----------------------------------------------------------------------------------


def _whole(
    lines: Iterable[tuple[int, dict[str, Any]]], read: Callable[[Mapping[str, Any]], E]
) -> Iterator[E]:
    """Events, each what it says; times never go back, so that what was seen when is known."""
    latest = 0.0
    for number, data in lines:
        event = built(read, data, number)
        try:
            check(event)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        t = float(getattr(event, "t", math.nan))
        if t < latest - SLACK:
            raise ValueError(f"line {number}: its time is before the line's before it")
        latest = max(latest, t)
        yield event


SLACK = 1.0
"""Seconds by which events that happen together may be written in another order."""


def _bounded(duel: Duel) -> Duel:
    """Raises ValueError for what no run of ours has."""
    if duel.start is None:
        raise ValueError("it does not begin with the start of a run")
    strange = [name for name in duel.lanes if name not in {x.name for x in duel.start.lanes}]
    if strange or len(duel.lanes) > MOST_LANES:
        raise ValueError("it has lanes that its start does not know")
    if any(len(run.nodes) > MOST_NODES for run in duel.lanes.values()):
        raise ValueError(f"it has more than {MOST_NODES} sub-problems")
    return duel


def _alone(events: list[ev.Event]) -> Iterator[dv.DuelEvent]:
    """The events of one lane as those of a run. What its requests cost is what was generated: a
    lane's own file does not say which of its samples it shared."""
    start = events[0]
    if not isinstance(start, ev.RunStarted):
        raise ValueError("it does not begin with the start of a run")
    lane = LANES.get(start.strategy, LANES["scale"])
    yield dv.DuelStarted(
        t=start.t, duel=start.run, problem=start.problem, expected=start.expected, lanes=(lane,),
        budget="", seed=start.seed, settings={}, options=start.options, engine=start.engine,
        calibration={}, preset=start.strategy, version=start.version,
    )  # fmt: skip
    for event in events:
        if isinstance(event, ev.Sampled | ev.Measured):
            samples = len(event.samples) if isinstance(event, ev.Sampled) else 0
            yield dv.Generated(
                t=event.t, node=event.node, stage=event.stage, samples=samples, usage=event.usage,
                seconds=event.seconds,
            )  # fmt: skip
        yield dv.LaneEvent(t=event.t, lane=lane.name, event=event)
        if isinstance(event, ev.RunEnded):
            yield dv.DuelEnded(t=event.t, status=event.status, message=event.message)
            return

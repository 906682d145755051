"""Lanes on the screen while they run.

Knows what is redrawn on a terminal and what is worth a line elsewhere. Does not know how lanes
look (show.py) or how they are run.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from time import monotonic

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from scale_core.cli import show
from scale_core.cli.common import text
from scale_core.trace import duel as dv
from scale_core.trace import events as ev

RATE = 8
"""Times a second that a terminal is redrawn, at most."""


class Screen:
    """Lanes as they go: redrawn in place on a terminal, line by line elsewhere."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._live = Live(console=out, auto_refresh=False, transient=True)
        self._duel: dv.Duel | None = None
        self._began = monotonic()
        self._said: set[str] = set()

    @contextlib.asynccontextmanager
    async def on(self) -> AsyncIterator[Screen]:
        """Redrawn again and again while this lasts, if it is a terminal."""
        if not self._out.is_terminal:
            yield self
            return
        with self._live:
            beat = asyncio.create_task(self._beat())
            try:
                yield self
            finally:
                beat.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(1 / RATE)
            self._draw()

    def _draw(self) -> None:
        """Nothing is drawn of lanes before one has begun: all may be refused."""
        duel = self._duel
        if duel is not None and any(run.start for run in duel.lanes.values()):
            self._live.update(Group(*_picture(duel, monotonic() - self._began)), refresh=True)

    def watch(self, event: dv.DuelEvent, duel: dv.Duel) -> None:
        """Called after each event; `duel` has it already."""
        if isinstance(event, dv.DuelStarted):
            self._duel, self._began = duel, monotonic()
        line = None if self._out.is_terminal else _line(event, duel)
        if line is not None and line.plain not in self._said:
            self._said.add(line.plain)
            self._out.print(line)


def _picture(duel: dv.Duel, elapsed: float) -> tuple[RenderableType, ...]:
    if run := show.alone(duel):
        return show.strip(run), show.now(run), show.steps(run), *show.notes(duel)
    return show.caption(duel), show.board(duel, elapsed)


def _line(event: dv.DuelEvent, duel: dv.Duel) -> Text | None:
    """What is worth a line where nothing can be redrawn."""
    alone = show.alone(duel) is not None
    match event:
        case dv.DuelPlanned() if not alone:
            return text(f"plan: {event.steps} sub-problems, {show.terms(duel)}")
        case dv.LaneEvent(event=ev.Progress() as progress):
            lane = "" if alone else f"{event.lane}: "
            return text(f"{lane}{progress.phase}: {progress.text}")
        case dv.LaneEvent(event=ev.RunEnded()) if not alone:
            return show.ended(duel, event.lane)
    return None

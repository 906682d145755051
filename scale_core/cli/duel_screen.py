"""A duel on the screen while it runs.

Knows what is redrawn on a terminal and what is worth a line elsewhere. Does not know how the lanes
look (cli/duel_show.py) or how a duel is run.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from scale_core.cli import duel_show as show
from scale_core.cli.run_show import NOTHING, text
from scale_core.trace import duel as dv
from scale_core.trace import events as ev

RATE = 8
"""Times a second that a terminal is redrawn, at most."""


class Screen:
    """A duel as it happens: redrawn in place on a terminal, line by line elsewhere."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._live = Live(console=out, auto_refresh=False, transient=True)
        self._duel: dv.Duel | None = None
        self._began = monotonic()
        self._said: set[str] = set()

    def __enter__(self) -> Screen:
        if self._out.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, event: dv.DuelEvent, duel: dv.Duel) -> None:
        """Called after each event; `duel` has it already."""
        if isinstance(event, dv.DuelStarted):
            self._duel, self._began = duel, monotonic()
        line = None if self._out.is_terminal else _line(event, duel)
        if line is not None and line.plain not in self._said:
            self._said.add(line.plain)
            self._out.print(line)

    async def beat(self) -> None:
        """Redraw again and again, until cancelled."""
        while True:
            await asyncio.sleep(1 / RATE)
            self.draw()

    def draw(self) -> None:
        """Nothing is drawn of a duel before a lane has begun: it may be refused."""
        begun = self._duel is not None and any(r.start for r in self._duel.lanes.values())
        if self._duel is not None and begun and self._live.is_started:
            now = monotonic() - self._began
            self._live.update(
                Group(show.caption(self._duel), show.board(self._duel, now)), refresh=True
            )


def _line(event: dv.DuelEvent, duel: dv.Duel) -> Text | None:
    """What is worth a line where nothing can be redrawn."""
    match event:
        case dv.DuelPlanned():
            return text(f"plan: {event.steps} sub-problems, {show.terms(duel)}")
        case dv.LaneEvent(event=ev.Progress() as progress):
            return text(f"{event.lane}: {progress.phase}: {progress.text}")
        case dv.LaneEvent(event=ev.RunEnded()):
            run = duel.lanes[event.lane]
            rollouts = f"{run.rollouts:,} rollout{'' if run.rollouts == 1 else 's'}"
            spent = f"{rollouts}, {show.tokens(run)} tokens"
            parts = [show.answer(run), show.verdict(run).plain, spent, show.state(duel, run).plain]
            return text(f"{event.lane}: {', '.join(p for p in parts if p != NOTHING)}")
    return None

"""What can be taken away of a run: its permalink, and files of it.

Knows the bar under a run's time, when a run can be shared, and what each file holds. Does not know
how a run is kept (store/), how its files are written (views/, sheet.py) or how the bar is drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from scale_core.store.store import NotThere
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices, PricesError
from scale_core.trace.run import Run
from scale_core.ui import sheet
from scale_core.ui.form import QUICK
from scale_core.ui.links import space_page
from scale_core.ui.player import Player, Session, snapshot
from scale_core.ui.theme import drawing
from scale_core.views import export, graph_file, snippet

Record = Run | Duel
FILES: Mapping[str, tuple[str, Callable[[Record, Prices], str]]] = {
    "events": (".jsonl", lambda record, _: export.json_lines(record)),
    "html": (".html", sheet.html),
    "csv": (".csv", export.csv),
    "python": (".py", lambda record, _: snippet.python(record)),
    "graphml": ("-graph.graphml", lambda record, _: graph_file.FORMATS[".graphml"](record)),
    "json": ("-graph.json", lambda record, _: graph_file.FORMATS[".json"](record)),
}
"""By the name that the bar knows: how the file's name ends, and its text."""


class RecordBar:
    """The bar of one page. record: what of a duel its files hold."""

    def __init__(self, player: Player, record: Callable[[Duel], Record]) -> None:
        self.player, self._record = player, record

    def lay_out(self, elem_id: str) -> None:
        self.drawn = drawing("record", "publish", "withdraw", "fetch", "openrun", elem_id=elem_id)

    def connect(self, session: gr.State) -> None:
        here, shown = [session], [self.drawn]
        self.drawn.publish(self._share, here, shown, **QUICK)
        self.drawn.withdraw(self._unshare, here, shown, **QUICK)
        self.drawn.fetch(self._fetch, here, shown, trigger_mode="multiple", **QUICK)

    # ---- what is drawn -------------------------------------------------------------------

    def shown(self, session: Session, running: bool) -> dict[str, Any]:
        """What the bar is drawn from. state: whether the run can be shared, is to be looked at
        only, or neither."""
        start = session.whole.start
        own = bool(session.key and start)  # its first event is kept, or there is no row to share
        found: dict[str, Any] = {
            "state": "guest" if session.guest else "own" if own else "none",
            "run": start.duel if start else None,
            "running": running,
            "live": session.elsewhere,
            "invited": bool(session.link) and session.link == session.invited,
        }
        if session.made_of:
            found |= {"source": session.made_of}
        if own:
            found |= {"key": session.key, "link": session.link, "space": space_page()}
        return found

    # ---- handlers ------------------------------------------------------------------------

    async def _share(self, session: Session) -> dict[str, Any]:
        return await self._shared(session, True)

    async def _unshare(self, session: Session) -> dict[str, Any]:
        return await self._shared(session, False)

    async def _shared(self, session: Session, shared: bool) -> dict[str, Any]:
        try:
            await self.player.share(session, shared)
        except NotThere:
            problem = "This run is not kept (any more), so it cannot be shared."
            return self.shown(session, session.busy) | {"problem": problem}
        return self.shown(session, session.busy) | {"done": True}

    async def _fetch(self, session: Session, event: gr.EventData) -> dict[str, Any]:
        """A file: its name and its text. number: is told back, so that the same file can be had
        twice. In a thread: a page or a table of a long duel takes a while."""
        kind, number = str(getattr(event, "file", "")), getattr(event, "number", None)
        record = self._record(snapshot(session.whole))
        shown = self.shown(session, session.busy)
        try:
            name, text = await asyncio.to_thread(file_of, record, kind, self.player.prices)
        except (ValueError, PricesError) as error:
            return shown | {"problem": f"This file cannot be made: {error}."}
        return shown | {"file": {"name": name, "text": text, "number": number}}


def file_of(record: Record, kind: str, prices: Prices) -> tuple[str, str]:
    """A file's name and text. Raises ValueError for a kind that there is not, or where nothing of
    the run was written, PricesError for prices that cannot be read."""
    if kind not in FILES:
        raise ValueError("there is no such file")
    ending, write = FILES[kind]
    return f"{name_of(record)}{ending}", write(record, prices)


def name_of(record: Record) -> str:
    """What files of a run or a duel are called."""
    if isinstance(record, Run):
        return f"scale-run-{record.start.run if record.start else 'empty'}"
    return f"scale-duel-{record.start.duel if record.start else 'empty'}"

"""The Runs page: what a visitor ran before, found, named, tagged, deleted and taken back.

Knows the list and what may be asked of it; whatever comes from the browser is checked here. A run
is opened on the page that it was started on, by that page itself. Does not know how runs are kept
(store/) or drawn (assets/).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any, get_args

import gradio as gr
from gradio.events import Dependency

from scale_core.runs import files
from scale_core.store.store import LONGEST_NAME, MOST_TAGS, NotThere, Order, Query
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel, cut
from scale_core.ui import links
from scale_core.ui.form import PRIVATE, QUICK
from scale_core.ui.player import Player, Session, read_stored
from scale_core.ui.theme import drawing
from scale_core.views import stored, units
from scale_core.views.differences import differences

LOG = logging.getLogger(__name__)
ROWS = 50
MOST_FILES = 50  # that are imported at once
MOST_CHOSEN = 1000  # runs that are deleted at once
UNDO = 3600.0  # seconds that a deletion can be taken back for
_TELL = "() => { window.dispatchEvent(new CustomEvent('scale:visitor')); }"
OFF = "This app keeps no runs: it was started with --data none."


class RunsPage:
    """The components of the Runs page and their events."""

    def __init__(self, player: Player, try_out: Callable[[Duel], None]) -> None:
        """try_out: draws a run that came from outside; raises whatever is wrong with it."""
        self.player, self._try_out = player, try_out

    def body(self) -> None:
        with gr.Column(elem_id="sx-runs-page", elem_classes=["sx-page", "sx-on-runs"]):
            self.turn = drawing("turn", elem_id="sx-turn")
            self.compared = drawing("differences", elem_id="sx-differences", tag="section")
            events = (
                "ask", "rename", "tag", "publish", "withdraw", "delete", "restore", "openrun",
                "openduel", "compare",
            )  # fmt: skip
            self.list = drawing("runs", *events, elem_id="sx-runs", tag="section")
            self.drop = gr.File(
                label="Import runs: drop .jsonl or .jsonl.gz files here, or choose them",
                file_count="multiple", file_types=[".jsonl", ".gz"], height=128,
                elem_id="sx-runs-drop", visible=self.player.store is not None,
            )  # fmt: skip

    def connect(self, arrived: Dependency, session: gr.State) -> None:
        """session: any of the visitor's, which knows whose runs these are once they are there."""
        arrived.then(None, None, None, js=_TELL, **PRIVATE)
        heard, shown = [session], [self.list]
        self.list.ask(self._after(_nothing), heard, shown, trigger_mode="multiple", **QUICK)
        for listen, work in (
            (self.list.rename, self._rename),
            (self.list.tag, self._tag),
            (self.list.publish, self._share),
            (self.list.withdraw, self._unshare),
            (self.list.delete, self._delete),
            (self.list.restore, self._restore),
        ):
            listen(self._after(work), heard, shown, trigger_mode="multiple", **QUICK)
        self.drop.upload(self._import, [*heard, self.drop], [*shown, self.drop], **PRIVATE)
        self.list.compare(self._compare, heard, [self.compared], **QUICK)

    # ---- handlers ------------------------------------------------------------------------
    # They wait for the database, so they are no coroutines: Gradio runs them in threads.

    def _after(
        self, work: Callable[[str, gr.EventData], dict[str, Any]]
    ) -> Callable[[Session, gr.EventData], dict[str, Any]]:
        """The list as it is once something was done. What was done is told with it."""

        def handle(session: Session, event: gr.EventData) -> dict[str, Any]:
            owner = session.visit.owner
            if self.player.store is None or owner is None:
                return {"off": OFF}
            try:
                done = work(owner, event)
            except NotThere as error:
                done = {"problem": f"{error}."}
            return self._listed(owner, getattr(event, "query", None)) | done

        return handle

    def _listed(self, owner: str, asked: Any) -> dict[str, Any]:
        store, page = self.player.store, page_of(asked)
        assert store is not None
        query = query_of(asked, page)
        count = store.count(owner, query)
        last = max(0, (count - 1) // ROWS)
        if page > last:
            page, query = last, query_of(asked, last)
        return {
            "rows": [stored.row(run) for run in store.find(owner, query)],
            "count": count,
            "page": page,
            "pages": last + 1,
            "number": number_of(asked),
            "space": links.space_page(),
            **stored.choices(store.values(owner, "model"), store.values(owner, "tag")),
        }

    def _rename(self, owner: str, event: gr.EventData) -> dict[str, Any]:
        assert self.player.store is not None
        name = _text(getattr(event, "name", ""), LONGEST_NAME)
        self.player.store.rename(owner, _text(getattr(event, "key", "")), name)
        return {}

    def _tag(self, owner: str, event: gr.EventData) -> dict[str, Any]:
        assert self.player.store is not None
        tags = _texts(getattr(event, "tags", ()), MOST_TAGS)
        self.player.store.tag(owner, _text(getattr(event, "key", "")), tags)
        return {}

    def _share(self, owner: str, event: gr.EventData) -> dict[str, Any]:
        assert self.player.store is not None
        key = _text(getattr(event, "key", ""))
        return {"shared": {"key": key, "link": self.player.store.share(owner, key)}}

    def _unshare(self, owner: str, event: gr.EventData) -> dict[str, Any]:
        assert self.player.store is not None
        key = _text(getattr(event, "key", ""))
        self.player.store.share(owner, key, shared=False)
        return {"shared": {"key": key, "link": ""}}

    def _delete(self, owner: str, event: gr.EventData) -> dict[str, Any]:
        assert self.player.store is not None
        keys = _texts(getattr(event, "keys", ()), MOST_CHOSEN)
        count = self.player.store.delete(owner, keys)
        self.player.store.purge(undo=UNDO, owner=owner)
        return {"told": f"{units.many(count, 'run')} deleted.", "undo": keys}

    def _restore(self, owner: str, event: gr.EventData) -> dict[str, Any]:
        assert self.player.store is not None
        keys = _texts(getattr(event, "keys", ()), MOST_CHOSEN)
        count = self.player.store.restore(owner, keys)
        return {"told": f"{units.many(count, 'run')} taken back."}

    def _import(
        self, session: Session, names: list[str] | None
    ) -> tuple[dict[str, Any], list[str] | None]:
        """Keep the runs of files that were dropped here; Gradio says where it put them."""
        store, owner = self.player.store, session.visit.owner
        if store is None or owner is None:
            return {"off": OFF}, None
        kept, refused = 0, []
        for name in (names or [])[:MOST_FILES]:
            path = Path(name)
            try:
                store.add(self._checked(path.read_bytes()).events, owner)
                kept += 1
            except (ValueError, OSError) as error:
                refused.append(f"{units.shorten(path.name, 60)} was not imported: {error}.")
            finally:
                path.unlink(missing_ok=True)
        told = f"{units.many(kept, 'run')} imported. " if kept else ""
        problem = {"problem": told + " ".join(refused)} if refused else {"told": told.strip()}
        return self._listed(owner, None) | problem, None

    def _checked(self, data: bytes) -> Duel:
        """The run of a file that may hold anything. Raises ValueError, in words for people."""
        duel = files.read(data)
        cut(duel, "stopped", files.CUT_OFF)
        try:
            self._try_out(duel)
        except Exception as error:  # whatever a view makes of what no run of ours holds
            LOG.info("a file was refused: %r", error)
            raise ValueError("it holds no run that can be shown") from None
        return duel

    def _compare(self, session: Session, event: gr.EventData) -> dict[str, Any]:
        """Two runs, node by node."""
        store, keys = self.player.store, _texts(getattr(event, "keys", ()), 2)
        owner = session.visit.owner
        if store is None or owner is None or len(keys) != 2:
            return {"problem": "Choose two runs to compare."}
        try:
            a, b = (store.get(owner, key) for key in keys)
            found = differences(read_stored(store, a), read_stored(store, b))
        except (NotThere, ValueError) as error:
            return {"problem": f"These runs cannot be compared: {error}."}
        return {"at": time(), "a": stored.row(a), "b": stored.row(b), **found}


def _nothing(owner: str, event: gr.EventData) -> dict[str, Any]:
    """Only the list is asked for."""
    return {}


# ---- what a browser may say ------------------------------------------------------------------


def page_of(asked: Any) -> int:
    """Which page of the list, from 0."""
    found = asked.get("page") if isinstance(asked, dict) else None
    return min(found, 1_000_000) if type(found) is int and found > 0 else 0


def number_of(asked: Any) -> int | None:
    """The number of a browser's question, told back with the answer: answers may overtake each
    other. None of what is told unasked."""
    found = asked.get("number") if isinstance(asked, dict) else None
    return found if type(found) is int else None


def query_of(asked: Any, page: int = 0) -> Query:
    """Which runs a browser asks for; what it cannot mean is left out."""
    said = asked if isinstance(asked, dict) else {}
    verdict, order = _text(said.get("verdict")), said.get("order")
    return Query(
        text=_text(said.get("text")),
        model=_text(said.get("model")),
        strategy=_text(said.get("strategy"), 40),
        verdict=verdict if verdict in get_args(ev.Verdict) else "",
        tag=_text(said.get("tag"), 40),
        since=_time(said.get("since")),
        until=_time(said.get("until")),
        order=next((known for known in get_args(Order) if known == order), "created"),
        ascending=said.get("ascending") is True,
        limit=ROWS,
        offset=page * ROWS,
    )


def _text(value: Any, longest: int = 200) -> str:
    """A text that every database takes."""
    if not isinstance(value, str):
        return ""
    return value[:longest].replace("\0", "").encode("utf-8", "replace").decode()


def _texts(values: Any, most: int) -> list[str]:
    return [_text(v) for v in values[:most] if _text(v)] if isinstance(values, list) else []


def _time(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and math.isfinite(value) and abs(value) < 1e11 else None

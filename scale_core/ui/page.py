"""The whole page: one header, one form, and under them Explore or Compare; or the list of runs.

Knows what is shared, in which order things stand, what the header says of the engine, while it
loads and afterwards, who a visitor is, and when a page has gone away. Which page shows is the
browser's affair (assets/js/drawings/header.js): all are there from the start. Does not know what
any of them does.
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
import weakref
from collections.abc import Mapping
from time import monotonic, time
from typing import Any

import gradio as gr
from gradio.events import Dependency

from scale_core.engines.base import Engine, EngineError, EngineInfo
from scale_core.engines.loading import Loading
from scale_core.runs.lanes import calibration_of
from scale_core.store.store import Store
from scale_core.strategies.settings import Caps
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices
from scale_core.trace.redaction import Redaction, mapped
from scale_core.ui import links, scripts
from scale_core.ui.admission import Admission
from scale_core.ui.bounds import HOME, Bounds
from scale_core.ui.callers import caller_of
from scale_core.ui.calls import Blocks
from scale_core.ui.endpoints import serve
from scale_core.ui.figures import OpenFigure
from scale_core.ui.form import PRIVATE, QUICK, TELL_TAU, Form, Values, warm
from scale_core.ui.login import Login
from scale_core.ui.pages import Entrances
from scale_core.ui.pages.compare import ComparePage
from scale_core.ui.pages.explore import ExplorePage
from scale_core.ui.pages.runs import RunsPage
from scale_core.ui.performance import GRACE, UnderWay, Visit
from scale_core.ui.player import Frame, Player, Session
from scale_core.ui.privacy import Privacy
from scale_core.ui.theme import asset, drawing
from scale_core.ui.visitors import Rule, names_of, owner_of
from scale_core.views.gallery import cards
from scale_core.views.units import shorten

TICK = 1.0  # seconds between two looks at an engine that is not ready
LATER = 20.0  # seconds between two looks at one that is
AGAIN = 15.0  # seconds until a server that did not answer is asked again
FAULT = "The model failed a moment ago; the next run tries it again"
_LONGEST = 300


class EngineLine:
    """Follows one engine; shared by all visitors, and nothing in it is theirs."""

    def __init__(self, engine: Any, seed: int) -> None:
        self._engine, self._seed = engine, seed
        self._probe: asyncio.Task[Any] | None = None
        self._failure, self._asked = "", -math.inf
        self._redaction = Redaction()  # a server's address is for whoever runs the app
        self.settled = not (hasattr(engine, "state") or self._probes)

    @property
    def _probes(self) -> bool:
        return hasattr(self._engine, "probe")

    async def look(self) -> dict[str, Any]:
        """The line as it is now. Asks a server what it can do, the first time."""
        if self._probes and not self.settled:
            await self._ask()
        return self.now()

    def now(self) -> dict[str, Any]:
        hidden = self._redaction.text
        state = getattr(self._engine, "state", None)
        if isinstance(state, Loading):
            self.settled = state.settled
            if state.phase != "ready":
                line = on_the_way(state)
                return {key: mapped(value, hidden) for key, value in line.items()} | self._common
        if fault := hidden(str(getattr(self._engine, "fault", ""))):
            return {"parts": [FAULT], "ok": False, "notes": [fault], **self._common}
        info = self._redaction.engine(dataclasses.asdict(self._engine.info))
        found = {**describe(EngineInfo(**info)), **self._common}
        return found | ({"ok": False, "notes": [hidden(self._failure)]} if self._failure else {})

    @property
    def _common(self) -> dict[str, Any]:
        return {"seed": self._seed}

    async def _ask(self) -> None:
        if self._probe is None and monotonic() - self._asked >= AGAIN:
            self._asked = monotonic()
            self._probe = asyncio.create_task(self._engine.probe())
        if self._probe is None or not self._probe.done():
            return
        probe, self._probe = self._probe, None
        error = None if probe.cancelled() else probe.exception()
        self._failure = shorten(str(error), _LONGEST) if isinstance(error, EngineError) else ""
        self.settled = error is None


def on_the_way(state: Loading) -> dict[str, Any]:
    """What is said while a model loads, or instead of it once it failed to."""
    if state.phase == "failed":
        return {"parts": [shorten(state.text, _LONGEST)], "ok": False, "notes": [state.text]}
    return {"parts": [state.text, f"{state.seconds:.0f} s"], "ok": False, "notes": []}


def describe(info: Any) -> Mapping[str, Any]:
    """What a ready engine is."""
    notes = list(info.notes)
    if not info.reproducible and not notes:
        notes = ["The same seed may give another run on this engine."]
    parts = [info.model, info.device, *_size(info.parameters)]
    return {"parts": [p for p in parts if p], "ok": True, "seed": 0, "notes": notes}


def _size(count: int | None) -> list[str]:
    if count is None:
        return []
    return [
        f"{count / 1e9:.1f} B parameters" if count >= 1e9 else f"{count / 1e6:.1f} M parameters"
    ]


FOLD: dict[str, Any] = {"open": False, "elem_classes": ["sx-fold"]}


def build(
    engine: Engine,
    *,
    seed: int = 0,
    prices: Prices | None = None,
    caps: Caps | None = None,
    store: Store | None = None,
    grace: float = GRACE,
    bounds: Bounds = HOME,
    visitors: Rule = "many",
) -> gr.Blocks:
    """The page. Visitors share the engine and nothing else. seed: what the page starts with.
    prices: of models, for what runs cost. caps: the most that a budget may be. store: where runs
    are kept, None for nowhere. grace: seconds that a run goes on for without its page. bounds: what
    a visitor may ask for. visitors: who of them are one person."""
    caps, under_way = caps or Caps(), UnderWay(grace)
    admission = Admission(bounds)
    player = Player(engine, prices or Prices(), caps, store, under_way, admission=admission)
    return page_of(player, seed, visitors)


def page_of(
    player: Player, seed: int = 0, visitors: Rule = "many", public: bool = False
) -> gr.Blocks:
    """The page of a player. visitors: who of them are one person. public: whoever comes is not
    known, and is told what is kept."""
    page = Page(player, seed, visitors, public)
    blocks = Blocks(title="SCALE Explorer", analytics_enabled=False, fill_width=True)
    with blocks:
        page.lay_out()
        page.connect(blocks)
    return blocks


class Page:
    """The components of one Blocks and their events."""

    def __init__(
        self, player: Player, seed: int, visitors: Rule = "many", public: bool = False
    ) -> None:
        self.player, self._visitors = player, visitors
        self.privacy, self.login = Privacy(player, public), Login()
        self.line = EngineLine(player.engine, seed)
        fitted = calibration_of(player.engine).fitting(player.dialect.usual.get("rating"))
        self.form = Form(player, seed, fitted.tau)
        self.explore = ExplorePage(player, self.form)
        self.compare = ComparePage(player, self.form)
        self.figure = OpenFigure((self.explore, self.compare))
        self.runs = RunsPage(player, self._try_out)
        # Gradio holds them; one whose page never said that it went must not be held here too
        self.sessions: tuple[weakref.WeakValueDictionary[str, Session], ...] = (
            weakref.WeakValueDictionary(),
            weakref.WeakValueDictionary(),
        )

    def lay_out(self) -> None:
        self.visitor = gr.Textbox(visible=False)  # what the browser says of who this is
        self.address = gr.Textbox(visible=False)  # and what its address asks for
        self.header = drawing("header", value=self.line.now(), tag="header", elem_id="sx-header")
        self.login.lay_out()
        self.told = drawing("notice", elem_id="sx-told")
        self.left_out = drawing("notice", elem_id="sx-left-out")
        with gr.Row(elem_classes=["sx-row", "sx-asking"]):
            self.form.problem_card()
            self.explore.buttons()
            self.compare.buttons()
        with gr.Row(elem_classes=["sx-card", "sx-asking"], elem_id="sx-settings"):
            self.form.asked()
        self.form.lanes_and_budget()
        with gr.Row(elem_classes=["sx-row", "sx-folds", "sx-asking"]):
            self.form.options_fold()
            self.form.settings_fold()
        self.explore.body()
        self.compare.body()
        self.runs.body()
        with gr.Column(elem_id="sx-gallery-page", elem_classes=["sx-page", "sx-not-on-compare"]):
            self.gallery = drawing(
                "gallery", "showrun", "showduel", value={"cards": list(cards())},
                elem_id="sx-gallery", tag="section",
            )  # fmt: skip
        self.figure.lay_out()
        with gr.Accordion("What do these words mean?", **FOLD):
            gr.Markdown(asset("words.md"))
        self.privacy.lay_out()
        if self.player.dialect.name != "chat":
            with gr.Accordion("Which language does the model understand?", **FOLD):
                gr.Markdown(asset("language.md"))

    def connect(self, blocks: gr.Blocks) -> None:
        self.form.connect([self.explore.anyway, self.compare.anyway])
        sessions = [self.explore.session, self.compare.session]
        arrived = blocks.load(
            self._arrive, [self.visitor, self.address, *sessions], None,
            js=scripts.called("visitor"), **QUICK,
        )  # fmt: skip
        self._connect_link(arrived)
        listed, both = self.runs.list, (self.runs.turn, self.told)
        self.explore.connect(Entrances(arrived, listed.openrun, self.gallery.showrun, *both))
        self.compare.connect(Entrances(arrived, listed.openduel, self.gallery.showduel, *both))
        self.runs.connect(arrived, self.explore.session)
        self.figure.connect()
        self.privacy.connect(self.explore.session)
        self.login.connect(blocks)
        timer = gr.Timer(self._pace)
        timer.tick(self._look, None, [self.header, timer], **QUICK)
        blocks.unload(self._leave)
        serve(self.player)

    def _connect_link(self, arrived: Dependency) -> None:
        """Settings in the address are put into the form, and nothing runs."""
        shown = [*self.form.inputs, self.form.about, self.runs.turn, self.left_out]
        arrived.then(self._set, [self.address], shown, js=scripts.called("query"), **QUICK).then(
            None, [self.form.fitted, self.form.tau], None, js=TELL_TAU, **PRIVATE
        )

    def _set(self, query: str) -> Values:
        found = links.wanted(query, self.player.caps)
        if found is None:
            return {self.left_out: gr.skip()}  # Gradio empties the outputs of what gives nothing
        told = {"kind": "info", "text": found.told, "closes": True} if found.told else None
        page = "compare" if found.duel else "explore"
        turned = {"page": page, "at": time()}
        return {**self.form.asked_for(found), self.runs.turn: turned, self.left_out: told}

    async def _look(self) -> tuple[dict[str, Any], gr.Timer]:
        """The engine's line, each second until the engine is ready, and now and then afterwards: it
        may fail later."""
        line = await self.line.look()
        return line, gr.Timer(self._pace)

    @property
    def _pace(self) -> float:
        return LATER if self.line.settled else TICK

    def _try_out(self, duel: Duel) -> None:
        """Draw a run, and open each of its steps. Raises whatever is wrong with it."""
        session = Session()
        session.show(duel)
        duels = bool(duel.start and duel.start.budget)
        page = self.compare if duels else self.explore
        page.frame(session, Frame(big=True, running=False))
        page.open_all(session)

    async def _arrive(
        self, visitor: str, query: str, explore: Session, compare: Session, request: gr.Request
    ) -> None:
        """The page is there, and whose it is. visitor: two names that the browser made up, its own
        and its tab's. query: of its address."""
        warm()
        id, sessions = request.session_hash or "", (explore, compare)
        name, tab = names_of(visitor)
        owner = owner_of(self._visitors, name, request)
        for session, page in zip(sessions, ("explore", "compare"), strict=True):
            session.visit, session.caller = Visit(id, owner, tab, page), caller_of(owner)
            session.invited = links.permalink_of(query)
        for known, session in zip(self.sessions, sessions, strict=True):
            if id:
                known[id] = session

    async def _leave(self, request: gr.Request) -> None:
        """The page has gone. What it ran goes on for a while; looking back ends."""
        id = request.session_hash or ""
        for known in self.sessions:
            if (session := known.pop(id, None)) is not None:
                session.look.stop()
        self.player.under_way.left(id)

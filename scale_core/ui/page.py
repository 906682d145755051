"""The whole page: one header, one form, and under them Explore or Compare.

Knows what is shared, in which order things stand, what the header says of the engine, while it
loads and afterwards, and whose sessions end with a closed tab. Which page shows is the browser's
affair (assets/js/header.js): both are there from the start. Does not know what either page does.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from time import monotonic
from typing import Any

import gradio as gr

from scale_core.engines.base import Engine, EngineError
from scale_core.engines.loading import Loading
from scale_core.runs.lanes import calibration_of
from scale_core.strategies.settings import Caps
from scale_core.trace.prices import Prices
from scale_core.ui.endpoints import serve
from scale_core.ui.form import QUICK, Form
from scale_core.ui.pages.compare import ComparePage
from scale_core.ui.pages.explore import ExplorePage
from scale_core.ui.player import Player, Session
from scale_core.ui.theme import asset, drawing
from scale_core.views.units import shorten

TICK = 1.0  # seconds between two looks at an engine that is not ready
AGAIN = 15.0  # seconds until a server that did not answer is asked again
_LONGEST = 300


class EngineLine:
    """Follows one engine; shared by all visitors, and nothing in it is theirs."""

    def __init__(self, engine: Any, seed: int) -> None:
        self._engine, self._seed = engine, seed
        self._probe: asyncio.Task[Any] | None = None
        self._failure, self._asked = "", -math.inf
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
        state = getattr(self._engine, "state", None)
        if isinstance(state, Loading):
            self.settled = state.settled
            if state.phase != "ready":
                return {**on_the_way(state), "seed": self._seed}
        found = {**describe(self._engine.info), "seed": self._seed}
        return found | ({"ok": False, "notes": [self._failure]} if self._failure else {})

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
    engine: Engine, *, seed: int = 0, prices: Prices | None = None, caps: Caps | None = None
) -> gr.Blocks:
    """The page. Visitors share the engine and nothing else. seed: what the page starts with.
    prices: of models, for what runs cost. caps: the most that a budget may be."""
    page = Page(Player(engine, prices or Prices(), caps or Caps()), seed)
    blocks: gr.Blocks = gr.Blocks(title="SCALE Explorer", analytics_enabled=False, fill_width=True)
    with blocks:
        page.lay_out()
        page.connect(blocks)
    return blocks


class Page:
    """The components of one Blocks and their events."""

    def __init__(self, player: Player, seed: int) -> None:
        self.player = player
        self.line = EngineLine(player.engine, seed)
        self.form = Form(player, seed, calibration_of(player.engine).tau)
        self.explore = ExplorePage(player, self.form)
        self.compare = ComparePage(player, self.form)
        self.sessions: dict[str, tuple[Session, Session]] = {}

    def lay_out(self) -> None:
        self.header = drawing("header", value=self.line.now(), tag="header", elem_id="sx-header")
        with gr.Row(elem_classes="sx-row"):
            self.form.problem_card()
            self.explore.buttons()
            self.compare.buttons()
        with gr.Row(elem_classes="sx-card", elem_id="sx-settings"):
            self.form.asked()
        self.form.lanes_and_budget()
        with gr.Row(elem_classes=["sx-row", "sx-folds"]):
            self.form.options_fold()
            self.form.settings_fold()
        self.explore.body()
        self.compare.body()
        with gr.Accordion("What do these words mean?", **FOLD):
            gr.Markdown(asset("words.md"))
        if self.player.dialect.name != "chat":
            with gr.Accordion("Which language does the model understand?", **FOLD):
                gr.Markdown(asset("language.md"))

    def connect(self, blocks: gr.Blocks) -> None:
        self.form.connect([self.explore.anyway, self.compare.anyway])
        self.explore.connect()
        self.compare.connect()
        if not self.line.settled:
            timer = gr.Timer(TICK)
            timer.tick(self._look, None, [self.header, timer], **QUICK)
        sessions = [self.explore.session, self.compare.session]
        blocks.load(self._arrive, sessions, None, **QUICK)
        blocks.unload(self._leave)
        serve(self.player)

    async def _look(self) -> tuple[dict[str, Any], gr.Timer]:
        """The engine's line, each second until the engine is ready."""
        line = await self.line.look()
        return line, gr.Timer(active=not self.line.settled)

    def _arrive(self, explore: Session, compare: Session, request: gr.Request) -> None:
        """Remember whose sessions these are, so that a closed tab stops what runs in them."""
        if request.session_hash:
            self.sessions[request.session_hash] = (explore, compare)

    def _leave(self, request: gr.Request) -> None:
        for session in self.sessions.pop(request.session_hash or "", ()):
            session.stop()

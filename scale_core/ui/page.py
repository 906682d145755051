"""The whole page: one header, one form, and under them Explore or Compare.

Knows what is shared, in which order things stand, and whose sessions end with a closed tab. Which
page shows is the browser's affair (assets/js/header.js): both are there from the start. Does not
know what either page does.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from scale_core.engines.base import Engine
from scale_core.runs.lanes import calibration_of
from scale_core.strategies.settings import Caps
from scale_core.trace.prices import Prices
from scale_core.ui.endpoints import serve
from scale_core.ui.engine_line import TICK, EngineLine
from scale_core.ui.form import QUICK, Form
from scale_core.ui.pages.compare import ComparePage
from scale_core.ui.pages.explore import ExplorePage
from scale_core.ui.player import Player, Session
from scale_core.ui.theme import asset, drawing

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

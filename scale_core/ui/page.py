"""The whole page: one header, one problem box, and under them Explore or Compare.

Knows what is shared and in which order things stand. Which page shows is the browser's affair
(assets/js/header.js): both are there from the start. Does not know what either page does.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from scale_core.trace.prices import Prices
from scale_core.ui import components as parts
from scale_core.ui import handlers
from scale_core.ui.endpoints import serve
from scale_core.ui.engine_line import TICK, EngineLine
from scale_core.ui.form import QUICK, AskCard
from scale_core.ui.handlers import Player, Session
from scale_core.ui.lookback import Looks
from scale_core.ui.pages.compare import ComparePage
from scale_core.ui.pages.explore import ExplorePage
from scale_core.ui.player import DuelPlayer, DuelSession


def build(
    solve: handlers.Solve,
    duel: DuelPlayer,
    engine: Any = None,
    dialect: Any = None,
    *,
    seed: int = 0,
    tau: float | None = None,
    looks: Looks | None = None,
    prices: Prices | None = None,
) -> gr.Blocks:
    """The page. Everything that computes is injected; nothing here is shared by visitors but
    that. `tau`: the threshold fitted for the model, shown until a run tells its own. `looks`: what
    looks back on duels. `prices`: of models, for what runs cost."""
    page = Page(Player(solve, engine, dialect, prices), duel, looks or Looks(), seed, tau)
    blocks: gr.Blocks = gr.Blocks(title="SCALE Explorer", analytics_enabled=False, fill_width=True)
    with blocks:
        page.lay_out()
        page.connect(blocks)
    return blocks


class Page:
    """The components of one Blocks and their events."""

    def __init__(
        self, player: Player, duel: DuelPlayer, looks: Looks, seed: int, tau: float | None
    ) -> None:
        self.player = player
        self.line = EngineLine(player.engine, seed)
        self.ask = AskCard(player.dialect, seed, tau)
        self.explore = ExplorePage(player, self.ask)
        self.compare = ComparePage(duel, self.ask, looks)
        self.sessions: dict[str, tuple[Session, DuelSession]] = {}

    def lay_out(self) -> None:
        self.header = parts.drawing("header", value=self.line.now(), tag="header")
        with gr.Row(elem_classes="sx-row"):
            self.ask.problem_card()
            self.explore.buttons()
            self.compare.buttons()
        with gr.Row(elem_classes="sx-card", elem_id="sx-settings"):
            self.ask.settings()
        self.compare.choices()
        with gr.Row(elem_classes=["sx-row", "sx-folds"]):
            self.ask.options_fold()
            self.compare.rules_fold()
        self.explore.body()
        self.compare.body()
        self._words()

    def _words(self) -> None:
        with gr.Accordion("What do these words mean?", open=False, elem_classes=["sx-fold"]):
            gr.Markdown(parts.WORDS)
        if getattr(self.ask.dialect, "name", "abacus") != "chat":
            with gr.Accordion(
                "Which language does the model understand?", open=False, elem_classes=["sx-fold"]
            ):
                gr.Markdown(parts.LANGUAGE)

    def connect(self, blocks: gr.Blocks) -> None:
        self.ask.connect([self.explore.anyway, self.compare.anyway])
        self.explore.connect()
        self.compare.connect()
        if not self.line.settled:
            timer = gr.Timer(TICK)
            timer.tick(self._look, None, [self.header, timer], **QUICK)
        sessions = [self.explore.session, self.compare.session]
        blocks.load(self._arrive, sessions, None, **QUICK)
        blocks.unload(self._leave)
        serve(self.player, self.compare.player)

    async def _look(self) -> tuple[dict[str, Any], gr.Timer]:
        """The engine's line, each second until the engine is ready."""
        line = await self.line.look()
        return line, gr.Timer(active=not self.line.settled)

    def _arrive(self, run: Session, duel: DuelSession, request: gr.Request) -> None:
        """Remember whose sessions these are, so that a closed tab stops what runs in them."""
        if request.session_hash:
            self.sessions[request.session_hash] = (run, duel)

    def _leave(self, request: gr.Request) -> None:
        for session in self.sessions.pop(request.session_hash or "", ()):
            session.stop()

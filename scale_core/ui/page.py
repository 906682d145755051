"""The whole page: one header, one problem box, and under them Explore or Compare.

Knows what is shared and in which order things stand. Which page shows is the browser's affair
(assets/header.js): both are there from the start. Does not know what either page does.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from scale_core.trace.prices import Prices
from scale_core.ui import components as parts
from scale_core.ui import handlers
from scale_core.ui.ask import QUICK, AskCard
from scale_core.ui.compare import ComparePage
from scale_core.ui.duels import DuelPlayer, DuelSession
from scale_core.ui.explore import ExplorePage
from scale_core.ui.handlers import Player, Session


def build(
    solve: handlers.Solve,
    duel: DuelPlayer,
    engine: Any = None,
    dialect: Any = None,
    *,
    seed: int = 0,
    tau: float | None = None,
    prices: Prices | None = None,
) -> gr.Blocks:
    """The page. Everything that computes is injected; nothing here is shared by visitors but
    that. `tau`: the threshold fitted for the model, shown until a run tells its own. `prices`:
    of models, for what runs cost."""
    page = Page(Player(solve, engine, dialect, prices), duel, seed, tau)
    blocks: gr.Blocks = gr.Blocks(title="SCALE Explorer", analytics_enabled=False, fill_width=True)
    with blocks:
        page.lay_out()
        page.connect(blocks)
    return blocks


class Page:
    """The components of one Blocks and their events."""

    def __init__(self, player: Player, duel: DuelPlayer, seed: int, tau: float | None) -> None:
        self.player, self.seed0 = player, seed
        self.ask = AskCard(player.dialect, seed, tau)
        self.explore = ExplorePage(player, self.ask)
        self.compare = ComparePage(duel, self.ask)
        self.sessions: dict[str, tuple[Session, DuelSession]] = {}

    def lay_out(self) -> None:
        info = None if self.player.engine is None else self.player.engine.info
        parts.drawing("header", value={**handlers.describe(info), "seed": self.seed0}, tag="header")
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
        with gr.Accordion(
            "Which language does the model understand?", open=False, elem_classes=["sx-fold"]
        ):
            gr.Markdown(parts.LANGUAGE)

    def connect(self, blocks: gr.Blocks) -> None:
        self.ask.connect([self.explore.anyway, self.compare.anyway])
        self.explore.connect()
        self.compare.connect()
        sessions = [self.explore.session, self.compare.session]
        blocks.load(self._arrive, sessions, None, **QUICK)
        blocks.unload(self._leave)
        self.explore.serve()
        self.compare.serve()

    def _arrive(self, run: Session, duel: DuelSession, request: gr.Request) -> None:
        """Remember whose sessions these are, so that a closed tab stops what runs in them."""
        if request.session_hash:
            self.sessions[request.session_hash] = (run, duel)

    def _leave(self, request: gr.Request) -> None:
        for session in self.sessions.pop(request.session_hash or "", ()):
            session.stop()

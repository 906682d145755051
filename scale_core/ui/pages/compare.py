"""The Compare page: several lanes on one problem, the same plan, the same budget, at once.

Knows the layout and what each drawing gets of a duel. Does not know how lanes are played (`pages`,
`player`), asked for (`form`) or drawn (assets/), nor what the lab's sliders mean (`lab`).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices
from scale_core.ui.form import QUICK, Form, Values
from scale_core.ui.lab import Lab, report
from scale_core.ui.lookback import LookBack
from scale_core.ui.pages import ONCE, LanesPage, last_line
from scale_core.ui.player import Ask, Frame, Player, Session, friendly
from scale_core.ui.theme import drawing, table
from scale_core.views import duel as duel_view
from scale_core.views import export, figures
from scale_core.views.why import telling, why


class ComparePage(LanesPage):
    """The components of the Compare page and their events."""

    def __init__(self, player: Player, form: Form) -> None:
        super().__init__(player, form)
        self.lab, self.look = Lab(player.caps), LookBack(player)

    # ---- layout --------------------------------------------------------------------------

    def buttons(self) -> None:
        ids = ("sx-race-acts", "sx-race", "sx-race-stop", "sx-race-anyway")
        self.act_buttons("compare", "Run all", ids)

    def body(self) -> None:
        with gr.Column(elem_id="sx-compare", elem_classes=["sx-page", "sx-on-compare"]):
            with gr.Column(elem_classes="sx-card"):
                self.head = drawing("race", elem_id="sx-race-head")
            self.cards = drawing(
                "lanes", "tree arms lanes", elem_id="sx-lanes", tag="section"
            )  # fmt: skip
            self.lab.lay_out()
            with gr.Row(elem_classes="sx-row"):
                with gr.Column(elem_classes="sx-card", elem_id="sx-heat-card"):
                    self.heat = drawing("heat", elem_id="sx-heat")
                with gr.Column(elem_classes="sx-card", elem_id="sx-why-card"):
                    self.why = drawing("why", "calls why", elem_id="sx-why", tag="section")
            self._charts()
            self.look.lay_out()
            self._tables()

    def _charts(self) -> None:
        with gr.Row(elem_classes="sx-row"):
            third: dict[str, Any] = {"elem_classes": ["sx-card", "sx-third"]}
            with gr.Column(**third):
                self.spend = drawing("spend", elem_id="sx-spend")
            with gr.Column(**third):
                self.stages = drawing("split", elem_id="sx-split")
            with gr.Column(**third):
                self.rounds = drawing("rounds", elem_id="sx-rounds")

    def _tables(self) -> None:
        title = "Every token of every lane in a table"
        with gr.Accordion(title, open=False, elem_classes=["sx-fold"]):
            self.lane_table = table(export.lane_table(Duel()))
            self.ledger = table(export.duel_ledger(Duel()))
            self.download_link("sx-duel-download")

    # ---- events --------------------------------------------------------------------------

    def connect(self) -> None:
        self.outputs = [
            self.head, self.cards, self.heat, self.spend, self.stages, self.rounds,
            self.lane_table, self.ledger, self.why, self.lab.status, self.lab.fill,
            *self.lab.sliders.values(), *self.acts,
        ]  # fmt: skip
        self.look.connect(self.session, [self.go.click, self.anyway.click, self.lab.fill.click])
        filled = self.lab.fill.click(self._fill, [self.session], self.outputs, **ONCE)
        self.look.wait_for(self.session, self.connect_acts(filled))
        for shown in (self.cards, self.heat, self.rounds):
            shown.select(self._why, [self.session], [self.why], **QUICK)
        sliders = set(self.lab.sliders.values())
        for slider in sliders:
            slider.input(
                self._decide, {self.session, *sliders}, self.outputs,
                trigger_mode="always_last", **QUICK,
            )  # fmt: skip
        self.lab.back.click(self._back, [self.session], self.outputs, **QUICK)

    # ---- handlers ------------------------------------------------------------------------

    def ask(self, values: Values, anyway: bool) -> Ask:
        return self.form.compare(values, anyway)

    async def _why(self, session: Session, event: gr.EventData) -> dict[str, Any] | None:
        """On the event loop, so that no event is added to the duel meanwhile."""
        session.opened = True
        return why(session.shown, str(event.lane), str(event.id), self.player.prices)

    def file(self, duel: Duel) -> dict[str, str]:
        name = f"scale-duel-{duel.start.duel if duel.start else 'empty'}.jsonl"
        return {"name": name, "text": export.json_lines(duel)}

    async def _fill(self, session: Session) -> AsyncGenerator[Values, None]:
        if session.replayed is not None:
            async with aclosing(self.played(session, self.player.fill(session))) as frames:
                async for shown in frames:
                    yield shown

    async def _decide(self, values: Values) -> Values:
        """A duel that is still running is not replayed."""
        session: Session = values[self.session]
        if not session.ready or session.duel.plan is None:
            return self._lab_problem("Run a duel first: the lab decides a finished one anew.")
        try:
            await self.player.decide_anew(session, *self.lab.decision(session.duel, values))
        except ValueError as error:
            return self._lab_problem(friendly(error))
        return self.frame(session, Frame(big=True, running=False))

    def _lab_problem(self, text: str) -> Values:
        return {self.lab.status: {"problem": text, "rows": [], "missing": []}}

    async def _back(self, session: Session) -> Values:
        """The duel as it really ran."""
        if not session.ready:
            return {self.lab.back: gr.skip()}
        session.replayed = None
        return self.frame(session, Frame(big=True, running=False))

    # ---- what is drawn -------------------------------------------------------------------

    def drawn(self, session: Session, frame: Frame) -> Values:
        prices, view = self.player.prices, view_of(session, self.player.prices)
        common = {key: view[key] for key in ("duel", "status", "recorded")}
        ending = last_line(view["status"], frame.problem or view["head"]["message"])
        timed = {**common, "t": view["t"], "currency": view["head"]["currency"]}
        return {
            self.head: {**view["head"], **timed, "line_end": ending},
            self.cards: {**timed, "lanes": view["lanes"]},
            self.heat: {**common, **view["heat"]},
            **(self._figures(session.shown, prices) if frame.big else {}),
            **(self._running() if frame.running else self._ended(session, view["head"]["missing"])),
        }

    def _figures(self, duel: Duel, prices: Prices) -> Values:
        return {
            self.spend: figures.spend(duel, prices),
            self.stages: figures.stages(duel, prices),
            self.rounds: figures.rounds(duel),
        }

    def _running(self) -> Values:
        return {self.lab.status: None, self.lab.fill: gr.update(visible=False)}

    def _ended(self, session: Session, lacking: Any) -> Values:
        """The tables, and the lab: its sliders follow a duel that has just run, which also opens
        its most telling reason, unless the visitor opened one."""
        duel, prices = session.shown, self.player.prices
        found = None if session.opened or session.replayed else telling(duel)
        return {
            self.lab.status: report(session.duel, session.replayed, prices=prices),
            self.lab.fill: gr.update(visible=bool(lacking)),
            self.lane_table: export.lane_table(duel, prices),
            self.ledger: export.duel_ledger(duel, prices),
            **({} if session.replayed else self.lab.follow(session.duel)),
            **({} if found is None else {self.why: why(duel, *found, prices)}),
        }


def view_of(session: Session, prices: Prices) -> dict[str, Any]:
    """The live picture of a session's duel; a recorded one is compared with the one that ran."""
    if session.replayed is not None:
        return duel_view.view(session.replayed, session.duel, None, prices)
    return duel_view.view(session.duel, None, session.source, prices)

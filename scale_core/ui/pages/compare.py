"""The Compare page: several lanes on one problem, the same plan, the same budget, at once.

Knows the layout and what each drawing gets of a duel. Does not know how lanes are played (`pages`,
`player`), asked for (`form`) or drawn (assets/), nor what the lab's sliders mean (`lab`).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import islice
from typing import Any

import gradio as gr

from scale_core.runs.replay import bank_of
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices
from scale_core.ui.ask import Ask
from scale_core.ui.callers import caller_of
from scale_core.ui.form import QUICK, Form, Values
from scale_core.ui.lab import Lab, report
from scale_core.ui.lookback import LookBack
from scale_core.ui.pages import LASTING, MOST_OPENED, Entrances, LanesPage, last_line, still
from scale_core.ui.player import Frame, Player, Session
from scale_core.ui.theme import drawing, table
from scale_core.ui.work import friendly
from scale_core.views import charts, live, tables
from scale_core.views import duel as duel_view
from scale_core.views.why import telling, why


class ComparePage(LanesPage):
    """The components of the Compare page and their events."""

    name, duels = "compare", True

    def __init__(self, player: Player, form: Form) -> None:
        super().__init__(player, form)
        self.lab, self.look = Lab(player.caps), LookBack(player)

    # ---- layout --------------------------------------------------------------------------

    def buttons(self) -> None:
        ids = ("sx-race-acts", "sx-race", "sx-race-stop", "sx-race-anyway")
        self.act_buttons("Run all", ids)

    def body(self) -> None:
        with gr.Column(elem_id="sx-compare", elem_classes=["sx-page", "sx-on-compare"]):
            with gr.Column(elem_classes="sx-card"):
                self.head = drawing("race", elem_id="sx-race-head")
                self.film_and_files()
            self.cards = drawing("lanes", "select", elem_id="sx-lanes", tag="section")
            self.lab.lay_out()
            with gr.Row(elem_classes="sx-row"):
                with gr.Column(elem_classes="sx-card", elem_id="sx-heat-card"):
                    self.heat = drawing("heat", "select", elem_id="sx-heat")
                with gr.Column(elem_classes="sx-card", elem_id="sx-why-card"):
                    self.why = drawing("why", elem_id="sx-why", tag="section")
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
                self.rounds = drawing("rounds", "select", elem_id="sx-rounds")

    def _tables(self) -> None:
        title = "Every token of every lane in a table"
        with gr.Accordion(title, open=False, elem_classes=["sx-fold"]):
            self.lane_table = table(tables.lane_table(Duel()))
            self.ledger = table(tables.duel_ledger(Duel()))

    # ---- events --------------------------------------------------------------------------

    def connect(self, entrances: Entrances) -> None:
        self.outputs = [
            self.head, self.cards, self.heat, self.spend, self.stages, self.rounds,
            self.lane_table, self.ledger, self.why, self.lab.status, self.lab.fill,
            *self.lab.sliders.values(), *self.acts,
        ]  # fmt: skip
        begins = [
            self.go.click, self.anyway.click, self.lab.fill.click, entrances.opened,
            self.bar.drawn.openrun,
        ]  # fmt: skip
        self.look.connect(self.session, begins)
        filled = self.lab.fill.click(self._fill, [self.session], self.outputs, **LASTING)
        self.look.wait_for(self.session, self.connect_acts(entrances, filled))
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
        session.open(str(event.lane), str(event.id))
        return why(session.shown, str(event.lane), str(event.id), self.player.prices)

    def open_all(self, session: Session) -> None:
        for lane, run in session.duel.lanes.items():
            for id in islice(("", *run.nodes, *run.candidates), MOST_OPENED):
                why(session.duel, lane, id, self.player.prices)
        bank_of(session.duel)

    def record(self, duel: Duel) -> Duel:
        return duel

    async def _fill(self, session: Session) -> AsyncGenerator[Values, None]:
        if session.replayed is None or session.guest:
            yield {self.film: gr.skip()}  # Gradio empties the outputs of what gives nothing at all
        else:
            session.caller = caller_of(session.visit.owner)
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

    def written(self, session: Session) -> dict[str, Any]:
        start, writing = session.duel.start, session.words.writing()
        return live.view(
            start.duel if start else "", writing, session.duel.lanes, session.opened, lines=True
        )

    def drawn(self, session: Session, frame: Frame) -> Values:
        prices, view = self.player.prices, view_of(session, self.player.prices)
        common = {key: view[key] for key in ("duel", "status", "recorded")}
        ending = last_line(view["status"], frame.problem or view["head"]["message"])
        ended = not frame.running and session.film is None
        timed = {**common, "t": view["t"], "currency": view["head"]["currency"]}
        return {
            self.head: {**view["head"], **timed, **still(session), "line_end": ending},
            self.cards: {**timed, **still(session), "lanes": view["lanes"]},
            self.heat: {**common, **view["heat"]},
            **(self._charts_of(session.shown, prices) if frame.big else {}),
            **(self._ended(session, view["head"]["missing"]) if ended else {}),
            **(self._running() if frame.running else {}),
        }

    def chart(self, session: Session, name: str, lane: str) -> dict[str, Any] | None:
        duel, prices = session.shown, self.player.prices
        if name == "rounds":
            told = charts.rounds(duel)
            return {"lanes": [x for x in told["lanes"] if x["lane"] == lane] or told["lanes"]}
        if name in ("spend", "split"):
            return (charts.spend if name == "spend" else charts.stages)(duel, prices)
        return session.found.get(name)

    def _charts_of(self, duel: Duel, prices: Prices) -> Values:
        return {
            self.spend: charts.spend(duel, prices),
            self.stages: charts.stages(duel, prices),
            self.rounds: charts.rounds(duel),
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
            self.lab.fill: gr.update(visible=bool(lacking) and not session.guest),
            self.lane_table: tables.lane_table(duel, prices),
            self.ledger: tables.duel_ledger(duel, prices),
            **({} if session.replayed else self.lab.follow(session.duel)),
            **({} if found is None else {self.why: _offered(why(duel, *found, prices))}),
        }


def _offered(card: dict[str, Any] | None) -> dict[str, Any] | None:
    """A reason that nobody asked for: what is opened by hand meanwhile stays."""
    return None if card is None else {**card, "offered": True}


def view_of(session: Session, prices: Prices) -> dict[str, Any]:
    """The live picture of a session's duel; a recorded one is compared with the one that ran."""
    if session.replayed is not None:
        return duel_view.view(session.replayed, session.duel, None, prices)
    return duel_view.view(session.shown, None, session.source, prices)

"""The Explore page: one lane, drawn large; watch it, open what you want to understand.

Knows the layout and what each drawing gets of the lane's run. Does not know how lanes are played
(`pages`, `player`), asked for (`form`) or drawn (assets/).
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import gradio as gr

from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.ui.ask import Ask
from scale_core.ui.form import QUICK, Values
from scale_core.ui.pages import MOST_OPENED, Entrances, LanesPage, last_line, still
from scale_core.ui.player import Frame, Session
from scale_core.ui.theme import drawing, table
from scale_core.views import charts, graph, live, tables
from scale_core.views.inspector import inspect


class ExplorePage(LanesPage):
    """The components of the Explore page and their events."""

    name, duels = "explore", False

    # ---- layout --------------------------------------------------------------------------

    def buttons(self) -> None:
        self.act_buttons("Run", ("sx-acts", "sx-run", "sx-stop", "sx-anyway"))

    def body(self) -> None:
        with gr.Column(elem_id="sx-explore", elem_classes=["sx-page", "sx-on-explore"]):
            with gr.Column(elem_classes="sx-card"):
                self.strip = drawing("strip", value={"status": "empty"}, elem_id="sx-strip")
                self.film_and_files()
            with gr.Row(elem_classes="sx-row"):
                with gr.Column(elem_classes="sx-card", elem_id="sx-main"):
                    empty = {**_board(graph.view(Run())), "tau": self.form.tau0}
                    self.board = drawing("board", "select", "tau", value=empty, elem_id="sx-board")
                with gr.Column(elem_classes="sx-card", elem_id="sx-side"):
                    self.inspector = drawing("inspector", elem_id="sx-inspector", tag="section")
            self._results(Run())

    def _results(self, run: Run) -> None:
        with gr.Row(elem_classes="sx-row"):
            with gr.Column(elem_classes="sx-card", elem_id="sx-answer"):
                self.answer = drawing("answer", elem_id="sx-answer-card")
            with gr.Column(elem_classes=["sx-card", "sx-chart"]):
                self.course = drawing("course", value=charts.course(run), elem_id="sx-course")
            with gr.Column(elem_classes=["sx-card", "sx-chart"]):
                self.nodes = drawing("nodes", value=charts.nodes(run), elem_id="sx-nodes")
        with gr.Accordion("Every token in a table", open=False, elem_classes=["sx-fold"]):
            self.table = table(tables.ledger(run))

    # ---- events --------------------------------------------------------------------------

    def connect(self, entrances: Entrances) -> None:
        self.outputs = [
            self.strip, self.board, self.answer, self.course, self.nodes, self.table, *self.acts
        ]  # fmt: skip
        self.connect_acts(entrances)
        self.board.select(self._open, [self.session], [self.inspector], **QUICK)
        self.board.tau(self._ruled, None, [self.form.fitted, self.form.tau], **QUICK)

    # ---- handlers ------------------------------------------------------------------------

    def ask(self, values: Values, anyway: bool) -> Ask:
        return self.form.explore(values, anyway)

    def _ruled(self, event: gr.EventData) -> tuple[bool, float]:
        return False, min(1.0, max(0.0, float(event.tau)))

    async def _open(self, session: Session, event: gr.EventData) -> dict[str, Any] | None:
        """On the event loop, so that no event is added to the run meanwhile."""
        session.open(next(iter(session.duel.lanes), ""), str(event.node))
        return inspect(session.run, str(event.node), self.player.prices)

    def open_all(self, session: Session) -> None:
        for node in islice(session.run.nodes, MOST_OPENED):
            inspect(session.run, node, self.player.prices)

    def record(self, duel: Duel) -> Run:
        return next(iter(duel.lanes.values()), Run())

    def chart(self, session: Session, name: str, lane: str) -> dict[str, Any] | None:
        made = {"course": charts.course, "nodes": charts.nodes}.get(name)
        return None if made is None else made(session.run, self.player.prices)

    # ---- what is drawn -------------------------------------------------------------------

    def written(self, session: Session) -> dict[str, Any]:
        """Where no node is open, the words are those of the first that is written."""
        writing, start = session.words.writing(), session.run.start
        opened = session.opened or live.first(writing)
        return live.view(
            start.run if start else "", writing, session.duel.lanes, opened, lines=False
        )

    def drawn(self, session: Session, frame: Frame) -> Values:
        view = graph.view(session.run, self.player.prices)
        timed = _of(view, "status", "run", "t", "currency")
        return {
            self.strip: {**_strip(view, frame.problem), **still(session)},
            self.board: _board(view),
            self.answer: {**view["answer"], **timed, **still(session)},
            **(self._big(session) if frame.big else {}),
        }

    def _big(self, session: Session) -> Values:
        made = session.run, self.player.prices
        return {
            self.course: charts.course(*made),
            self.nodes: charts.nodes(*made),
            self.table: tables.ledger(*made),
        }


def _of(view: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: view[key] for key in keys}


def _board(view: dict[str, Any]) -> dict[str, Any]:
    return _of(view, "run", "status", "tau", "nodes", "edges", "currency")


def _strip(view: dict[str, Any], problem: str) -> dict[str, Any]:
    if view["status"] == "empty":
        return {"status": "empty"}
    ending = last_line(view["status"], problem or view["answer"]["message"])
    told = _of(view, "run", "status", "t", "stages", "line", "currency")
    return {**told, "line_end": ending}

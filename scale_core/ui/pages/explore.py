"""The Explore page: one lane, drawn large; watch it, open what you want to understand.

Knows the layout and what each drawing gets of the lane's run. Does not know how lanes are played
(`pages`, `player`), asked for (`form`) or drawn (assets/).
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.ui.form import QUICK, Values
from scale_core.ui.pages import LanesPage, last_line
from scale_core.ui.player import Ask, Frame, Session
from scale_core.ui.theme import drawing, table
from scale_core.views import export, figures, graph
from scale_core.views.inspector import inspect
from scale_core.views.units import UNITS


class ExplorePage(LanesPage):
    """The components of the Explore page and their events."""

    # ---- layout --------------------------------------------------------------------------

    def buttons(self) -> None:
        self.act_buttons("explore", "Run", ("sx-acts", "sx-run", "sx-stop", "sx-anyway"))

    def body(self) -> None:
        with gr.Column(elem_id="sx-explore", elem_classes=["sx-page", "sx-on-explore"]):
            with gr.Column(elem_classes="sx-card"):
                self.strip = drawing("strip", value={"status": "empty"}, elem_id="sx-strip")
            with gr.Row(elem_classes="sx-row"):
                with gr.Column(elem_classes="sx-card", elem_id="sx-main"):
                    empty = {**_board(graph.view(Run())), "tau": self.form.tau0}
                    self.board = drawing("board", "board ruler", value=empty, elem_id="sx-board")
                with gr.Column(elem_classes="sx-card", elem_id="sx-side"):
                    self.inspector = drawing(
                        "inspector", "calls inspector", elem_id="sx-inspector", tag="section"
                    )
            self._results(Run())

    def _results(self, run: Run) -> None:
        """Plots are drawn at once, so that the plotting library is there in time."""
        with gr.Row(elem_classes="sx-row"):
            with gr.Column(elem_classes="sx-card", elem_id="sx-answer"):
                self.answer = drawing("answer", elem_id="sx-answer-card")
                self.download_link("sx-download")
            with gr.Column(elem_classes=["sx-card", "sx-chart"]):
                self.units = drawing("units", elem_id="sx-units")
                self.area = gr.Plot(figures.over_time(run), show_label=False, elem_id="sx-area")
            with gr.Column(elem_classes=["sx-card", "sx-chart"]):
                gr.HTML("<h2 class='sx-title'>Where they went</h2>", padding=False)
                self.bars = gr.Plot(figures.by_node(run), show_label=False, elem_id="sx-bars")
        with gr.Accordion("Every token in a table", open=False, elem_classes=["sx-fold"]):
            self.table = table(export.ledger(run))

    # ---- events --------------------------------------------------------------------------

    def connect(self) -> None:
        self.outputs = [
            self.strip, self.board, self.answer, self.area, self.bars, self.table, *self.acts
        ]  # fmt: skip
        self.connect_acts()
        self.board.select(self._open, [self.session], [self.inspector], **QUICK)
        self.board.tau(self._ruled, None, [self.form.fitted, self.form.tau], **QUICK)
        self.units.pick(self._count, [self.session], [self.area, self.bars], **QUICK)

    # ---- handlers ------------------------------------------------------------------------

    def ask(self, values: Values, anyway: bool) -> Ask:
        return self.form.explore(values, anyway)

    def _ruled(self, event: gr.EventData) -> tuple[bool, float]:
        return False, min(1.0, max(0.0, float(event.tau)))

    async def _open(self, session: Session, event: gr.EventData) -> dict[str, Any] | None:
        """On the event loop, so that no event is added to the run meanwhile."""
        return inspect(session.run, str(event.node), self.player.prices)

    async def _count(self, session: Session, event: gr.EventData) -> Values:
        """The charts in another unit."""
        session.unit = next((u for u in UNITS if u == event.unit), UNITS[0])
        return self._charts(session)

    def file(self, duel: Duel) -> dict[str, str]:
        run = next(iter(duel.lanes.values()), Run())
        name = f"scale-run-{run.start.run if run.start else 'empty'}.jsonl"
        return {"name": name, "text": export.json_lines(run)}

    def drawn(self, session: Session, frame: Frame) -> Values:
        view = graph.view(session.run, self.player.prices)
        big = {self.table: export.ledger(session.run, self.player.prices)} if frame.big else {}
        return {
            self.strip: _strip(view, frame.problem),
            self.board: _board(view),
            self.answer: {**view["answer"], **_of(view, "status", "run", "t", "currency")},
            **(self._charts(session) | big if frame.big else {}),
        }

    def _charts(self, session: Session) -> Values:
        made = session.run, self.player.prices, session.unit
        return {self.area: figures.over_time(*made), self.bars: figures.by_node(*made)}


def _of(view: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: view[key] for key in keys}


def _board(view: dict[str, Any]) -> dict[str, Any]:
    return _of(view, "run", "status", "tau", "nodes", "edges", "currency")


def _strip(view: dict[str, Any], problem: str) -> dict[str, Any]:
    if view["status"] == "empty":
        return {"status": "empty"}
    ending = last_line(view["status"], problem or view["answer"]["message"])
    return {**_of(view, "status", "stages", "line", "currency"), "line_end": ending}

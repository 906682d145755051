"""The Explore page: watch one problem being solved, open what you want to understand.

Knows the layout and which event goes to which handler. Does not know the shared controls
(`ask.py`), how frames are made (`handlers.py`), how they are drawn (assets/js/) or how problems
are solved (injected).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from scale_core.trace.run import Run
from scale_core.ui import components as parts
from scale_core.ui import handlers, messages
from scale_core.ui.endpoints import PEOPLE
from scale_core.ui.form import PRIVATE, QUICK, AskCard
from scale_core.ui.handlers import Ask, Frame, Pictures, Player, Session
from scale_core.ui.streaming import friendly, wait_stopped
from scale_core.views import export, graph
from scale_core.views.inspector import inspect
from scale_core.views.units import UNITS


class ExplorePage:
    """The components of the Explore page and their events."""

    def __init__(self, player: Player, ask: AskCard) -> None:
        self.player, self.ask = player, ask

    # ---- layout --------------------------------------------------------------------------

    def buttons(self) -> None:
        with gr.Column(elem_id="sx-acts", elem_classes=["sx-acts", "sx-on-explore"]):
            self.go = gr.Button("Run", elem_id="sx-run", variant="primary")
            self.halt = gr.Button("Stop", elem_id="sx-stop", interactive=False)
            self.anyway = gr.Button("Try anyway", elem_id="sx-anyway", visible=False)

    def body(self) -> None:
        self.session = gr.State(Session())
        with gr.Column(elem_id="sx-explore", elem_classes=["sx-page", "sx-on-explore"]):
            with gr.Column(elem_classes="sx-card"):
                self.strip = parts.drawing("strip", value={"status": "empty"}, elem_id="sx-strip")
            with gr.Row(elem_classes="sx-row"):
                with gr.Column(elem_classes="sx-card", elem_id="sx-main"):
                    self.board = parts.drawing("board", "ruler", elem_id="sx-board",
                                               value=self._empty())  # fmt: skip
                with gr.Column(elem_classes="sx-card", elem_id="sx-side"):
                    self.inspector = parts.drawing(
                        "inspector", before="calls", elem_id="sx-inspector", tag="section"
                    )
            self._results()

    def _empty(self) -> dict[str, Any]:
        return {"run": "", "status": "empty", "tau": self.ask.tau0, "nodes": [], "edges": []}

    def _results(self) -> None:
        blank = Pictures.of(Run())  # drawn at once, so that the plotting library is there in time
        with gr.Row(elem_classes="sx-row"):
            with gr.Column(elem_classes="sx-card", elem_id="sx-answer"):
                self.answer = parts.drawing("answer", value=None, elem_id="sx-answer-card")
                self.download = parts.drawing("download", value=None, elem_id="sx-download")
            with gr.Column(elem_classes=["sx-card", "sx-chart"]):
                self.units = parts.drawing("units", elem_id="sx-units")
                self.area = gr.Plot(blank.over_time, show_label=False, elem_id="sx-area")
            with gr.Column(elem_classes=["sx-card", "sx-chart"]):
                gr.HTML("<h2 class='sx-title'>Where they went</h2>", padding=False)
                self.bars = gr.Plot(blank.by_node, show_label=False, elem_id="sx-bars")
        with gr.Accordion("Every token in a table", open=False, elem_classes=["sx-fold"]):
            self.table = parts.table(blank.ledger)

    # ---- events --------------------------------------------------------------------------

    def connect(self) -> None:
        self._connect_run()
        self.board.select(self._open, [self.session], [self.inspector], **QUICK)
        self.board.tau(self._ruled, None, [self.ask.fitted, self.ask.tau], **QUICK)
        self.units.pick(self._count, [self.session], [self.area, self.bars], **QUICK)
        self.download.fetch(self._download, [self.session], [self.download], **QUICK)

    def _connect_run(self) -> None:
        inputs = [self.session, *self.ask.inputs]
        outputs = [
            self.strip, self.board, self.answer, self.area, self.bars, self.table,
            self.ask.notice, self.go, self.halt, self.anyway,
        ]  # fmt: skip
        settings = {**PRIVATE, "concurrency_limit": PEOPLE, "concurrency_id": "run"}
        runs = [
            self.go.click(self._run, inputs, outputs, trigger_mode="once", **settings),
            self.anyway.click(self._run_anyway, inputs, outputs, trigger_mode="once", **settings),
        ]
        self.halt.click(self._stop, [self.session], [self.halt], **QUICK).then(
            self._stopped, [self.session], outputs, cancels=runs, **QUICK
        )

    # ---- handlers ------------------------------------------------------------------------

    def _ruled(self, event: gr.EventData) -> tuple[bool, float]:
        return False, min(1.0, max(0.0, float(event.tau)))

    def _open(self, session: Session, event: gr.EventData) -> dict[str, Any] | None:
        return inspect(handlers.snapshot(session), str(event.node), self.player.prices)

    def _count(self, session: Session, event: gr.EventData) -> tuple[Any, Any]:
        """The charts in another unit."""
        unit = next((u for u in UNITS if u == event.unit), UNITS[0])
        session.unit = unit
        shown = Pictures.of(handlers.snapshot(session), self.player.prices, unit)
        return shown.over_time, shown.by_node

    def _download(self, session: Session) -> dict[str, str] | None:
        run = session.run
        name = f"scale-run-{run.start.run if run.start else 'empty'}.jsonl"
        return {"name": name, "text": export.json_lines(handlers.snapshot(session))}

    async def _run(
        self, session: Session, *inputs: Any, anyway: bool = False
    ) -> AsyncIterator[Any]:
        problem = inputs[0] or ""
        reading = handlers.read(self.player.dialect, problem)
        refusal = messages.refusal(problem, reading, anyway)
        try:
            given = self.ask.given(inputs)
        except ValueError as error:
            refusal = friendly(error)
        if refusal:
            yield self._refused(session, refusal, reading.verdict == "doubtful")
            return
        ask = Ask(
            given.problem, given.answer, given.preset, given.tau, given.seed, given.values, anyway
        )
        yield self._outputs(Frame(graph.view(Run()), None, True))
        frames = self.player.play(session, ask)
        try:
            async for frame in frames:
                yield self._outputs(frame)
        finally:
            await frames.aclose()

    async def _run_anyway(self, session: Session, *inputs: Any) -> AsyncIterator[Any]:
        async for outputs in self._run(session, *inputs, anyway=True):
            yield outputs

    def _refused(self, session: Session, text: str, doubtful: bool) -> tuple[Any, ...]:
        outputs = self._outputs(Frame(graph.view(session.run, self.player.prices), None, False))
        kind = "warn" if doubtful else "error"
        return (
            *outputs[:6],
            {"kind": kind, "text": text},
            *outputs[7:9],
            gr.update(visible=doubtful),
        )

    def _outputs(self, frame: Frame) -> tuple[Any, ...]:
        shown: Pictures | None = frame.pictures
        drawn = (shown.over_time, shown.by_node, shown.ledger) if shown else (gr.skip(),) * 3
        notice = {"kind": "error", "text": frame.problem} if frame.problem else None
        return (
            *messages.pieces(frame.view, frame.problem),
            *drawn,
            notice,
            gr.update(interactive=not frame.running),
            gr.update(interactive=frame.running),
            gr.update(visible=False),
        )

    async def _stop(self, session: Session) -> Any:
        await wait_stopped(session)
        return gr.update(interactive=False)

    def _stopped(self, session: Session) -> tuple[Any, ...]:
        run, prices = handlers.snapshot(session), self.player.prices
        return self._outputs(
            Frame(graph.view(run, prices), Pictures.of(run, prices, session.unit), False)
        )

"""The Compare page: several lanes on one problem, the same plan, the same budget, at once.

Knows the layout and which event goes to which handler. Does not know the shared controls
(`ask.py`), how frames are made (`duels.py`), the lab's sliders (`lab.py`), how anything is drawn
(assets/js/) or how a duel is run (injected).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import gradio as gr

from scale_core.trace.duel import Duel
from scale_core.ui import components as parts
from scale_core.ui import handlers, lab, messages, switches
from scale_core.ui import player as duels
from scale_core.ui.endpoints import FIRST, PEOPLE
from scale_core.ui.form import PRIVATE, QUICK, AskCard
from scale_core.ui.lookback import LookBack, Looks
from scale_core.ui.player import Challenge, Charts, DuelFrame, DuelPlayer, DuelSession, DuelShow
from scale_core.ui.streaming import friendly, wait_stopped
from scale_core.views import export
from scale_core.views.why import telling, why


class ComparePage:
    """The components of the Compare page and their events."""

    def __init__(self, player: DuelPlayer, ask: AskCard, looks: Looks) -> None:
        self.player, self.ask, self.lab, self.look = player, ask, lab.Lab(), LookBack(looks)

    # ---- layout --------------------------------------------------------------------------

    def buttons(self) -> None:
        with gr.Column(elem_id="sx-race-acts", elem_classes=["sx-acts", "sx-on-compare"]):
            self.go = gr.Button("Run all", elem_id="sx-race", variant="primary")
            self.halt = gr.Button("Stop", elem_id="sx-race-stop", interactive=False)
            self.anyway = gr.Button("Try anyway", elem_id="sx-race-anyway", visible=False)

    def choices(self) -> None:
        """Lanes and budget."""
        names = [(lane.label, name) for name, lane in self.player.lanes.items()]
        first = [name for name in FIRST if name in self.player.lanes]
        with gr.Row(elem_classes=["sx-card", "sx-on-compare"], elem_id="sx-lanes-choice"):
            self.lanes = gr.CheckboxGroup(
                names, value=first, label="Lanes", elem_id="sx-lane-names", interactive=True
            )
            self.amount = gr.Number(value=4, label="Budget of each lane", elem_id="sx-budget")
            self.unit = gr.Dropdown(
                list(switches.UNITS), value="rollouts a step", label="counted in",
                elem_id="sx-unit", filterable=False, interactive=True,
            )  # fmt: skip

    def rules_fold(self) -> None:
        with (
            gr.Accordion(
                "Rules of the lanes",
                open=False,
                elem_id="sx-rules",
                elem_classes=["sx-fold", "sx-on-compare"],
            ),
            gr.Column(elem_classes="sx-grid"),
        ):
            self.rules = parts.setting_controls()

    def body(self) -> None:
        self.session = gr.State(DuelSession())
        with gr.Column(elem_id="sx-compare", elem_classes=["sx-page", "sx-on-compare"]):
            with gr.Column(elem_classes="sx-card"):
                self.head = parts.drawing("race", value=None, elem_id="sx-race-head")
            self.cards = parts.drawing(
                "lanes", before="tree arms", value=None, elem_id="sx-lanes", tag="section"
            )
            self.lab.lay_out(visible=self.player.replay is not None)
            with gr.Row(elem_classes="sx-row"):
                with gr.Column(elem_classes="sx-card", elem_id="sx-heat-card"):
                    self.heat = parts.drawing("heat", value=None, elem_id="sx-heat")
                with gr.Column(elem_classes="sx-card", elem_id="sx-why-card"):
                    self.why = parts.drawing(
                        "why", before="calls", value=None, elem_id="sx-why", tag="section"
                    )
            self._charts()
            self.look.lay_out()
            self._tables()

    def _charts(self) -> None:
        with gr.Row(elem_classes="sx-row"):
            with gr.Column(elem_classes=["sx-card", "sx-third"]):
                self.spend = parts.drawing("spend", value=None, elem_id="sx-spend")
            with gr.Column(elem_classes=["sx-card", "sx-third"]):
                self.stages = parts.drawing("split", value=None, elem_id="sx-split")
            with gr.Column(elem_classes=["sx-card", "sx-third"]):
                self.rounds = parts.drawing("rounds", value=None, elem_id="sx-rounds")

    def _tables(self) -> None:
        with gr.Accordion(
            "Every token of every lane in a table", open=False, elem_classes=["sx-fold"]
        ):
            self.lane_table = parts.table(export.lane_table(Duel()))
            self.ledger = parts.table(export.duel_ledger(Duel()))
            self.download = parts.drawing("download", value=None, elem_id="sx-duel-download")

    # ---- events --------------------------------------------------------------------------

    @property
    def inputs(self) -> list[gr.components.Component]:
        return [
            self.session, *self.ask.inputs, self.lanes, self.amount, self.unit, *self.rules
        ]  # fmt: skip

    @property
    def outputs(self) -> list[gr.components.Component]:
        return [
            self.head, self.cards, self.heat, self.spend, self.stages, self.rounds,
            self.lane_table, self.ledger, self.ask.notice, self.go, self.halt, self.anyway,
            self.lab.status, self.lab.fill, *self.lab.sliders, self.why,
        ]  # fmt: skip

    def connect(self) -> None:
        settings = {**PRIVATE, "concurrency_limit": PEOPLE, "concurrency_id": "run"}
        once = {"trigger_mode": "once", **settings}
        self.look.connect(self.session, [self.go.click, self.anyway.click, self.lab.fill.click])
        runs = [
            self.go.click(self._run, self.inputs, self.outputs, **once),
            self.anyway.click(self._run_anyway, self.inputs, self.outputs, **once),
            self.lab.fill.click(self._fill, [self.session], self.outputs, **once),
        ]
        stopped = self.halt.click(self._stop, [self.session], [self.halt], **QUICK).then(
            self._stopped, [self.session], self.outputs, cancels=runs, **QUICK
        )
        self.look.wait_for(self.session, [*runs, stopped])
        for drawing in (self.cards, self.heat, self.rounds):
            drawing.select(self._why, [self.session], [self.why], **QUICK)
        self.download.fetch(self._download, [self.session], [self.download], **QUICK)
        for slider in self.lab.sliders:
            slider.input(
                self._decide, [self.session, *self.lab.sliders], self.outputs,
                trigger_mode="always_last", **QUICK,
            )  # fmt: skip
        self.lab.back.click(self._back, [self.session], self.outputs, **QUICK)

    # ---- handlers ------------------------------------------------------------------------

    async def _why(self, session: DuelSession, event: gr.EventData) -> dict[str, Any] | None:
        """On the event loop, so that no event is added to the duel meanwhile."""
        session.opened = True
        return why(session.shown, str(event.lane), str(event.id), self.player.prices)

    def _download(self, session: DuelSession) -> dict[str, str] | None:
        duel = duels.snapshot(session.shown)
        name = f"scale-duel-{duel.start.duel if duel.start else 'empty'}.jsonl"
        return {"name": name, "text": export.json_lines(duel)}

    async def _run(
        self, session: DuelSession, *inputs: Any, anyway: bool = False
    ) -> AsyncIterator[Any]:
        problem = inputs[0] or ""
        reading = handlers.read(self.player.dialect, problem)
        refusal = messages.refusal(problem, reading, anyway)
        try:
            challenge = self._challenge(inputs, anyway)
        except ValueError as error:
            refusal = friendly(error)
        if refusal:
            yield self._refused(session, refusal, reading.verdict == "doubtful")
            return
        yield self._outputs(session, DuelShow(Duel()).frame(big=False, running=True))
        async for outputs in self._played(session, self.player.play(session, challenge)):
            yield outputs

    async def _run_anyway(self, session: DuelSession, *inputs: Any) -> AsyncIterator[Any]:
        async for outputs in self._run(session, *inputs, anyway=True):
            yield outputs

    async def _fill(self, session: DuelSession) -> AsyncIterator[Any]:
        if session.replayed is None:
            return
        async for outputs in self._played(session, self.player.fill(session)):
            yield outputs

    async def _played(
        self, session: DuelSession, frames: AsyncGenerator[DuelFrame, None]
    ) -> AsyncIterator[Any]:
        try:
            async for frame in frames:
                yield self._outputs(session, frame)
        finally:
            await frames.aclose()

    def _challenge(self, inputs: tuple[Any, ...], anyway: bool) -> Challenge:
        given = self.ask.given(inputs)
        lanes, amount, unit, *rules = inputs[len(self.ask.inputs) :]
        budget = switches.budget_of(amount, unit)
        in_order = tuple(name for name in self.player.lanes if name in lanes)
        switches.changed_settings(rules)
        if not in_order:
            raise ValueError("choose at least one lane")
        return Challenge(
            given.problem, given.answer, in_order, budget, given.tau, given.seed, given.values,
            tuple(rules), anyway,
        )  # fmt: skip

    def _refused(self, session: DuelSession, text: str, doubtful: bool) -> tuple[Any, ...]:
        show = DuelShow(session.shown, bank=session.bank, prices=self.player.prices)
        frame = show.frame(big=False, running=False)
        outputs = list(self._outputs(session, frame))
        outputs[8] = {"kind": "warn" if doubtful else "error", "text": text}
        outputs[11] = gr.update(visible=doubtful)
        return tuple(outputs)

    def _outputs(self, session: DuelSession, frame: DuelFrame) -> tuple[Any, ...]:
        """In the order of `outputs`."""
        charts: Charts | None = frame.charts
        drawn = (charts.spend, charts.stages, charts.rounds) if charts else (gr.skip(),) * 3
        told = charts.tables if charts and charts.tables else (gr.skip(),) * 2
        notice = {"kind": "error", "text": frame.problem} if frame.problem else None
        finished = bool(charts and charts.tables) and session.replayed is None
        return (
            *messages.duel_pieces(frame.view, frame.problem),
            *drawn,
            *told,
            notice,
            gr.update(interactive=not frame.running),
            gr.update(interactive=frame.running),
            gr.update(visible=False),
            *self._lab(session, frame, finished),
            self._first_reason(session) if finished else gr.skip(),
        )

    def _first_reason(self, session: DuelSession) -> Any:
        """A duel that has ended opens its most telling reason, unless the visitor opened one."""
        found = telling(session.duel)
        if session.opened or found is None:
            return gr.skip()
        return why(session.duel, *found, self.player.prices)

    def _lab(self, session: DuelSession, frame: DuelFrame, finished: bool) -> tuple[Any, ...]:
        """The lab's status, its button, and its sliders where they follow a duel."""
        if frame.running:
            return (None, gr.update(visible=False), *[gr.skip()] * len(self.lab.sliders))
        sliders = lab.follow(session.duel) if finished else [gr.skip()] * len(self.lab.sliders)
        told = lab.report(session.duel, session.replayed, prices=self.player.prices)
        lacking = bool(frame.view["head"]["missing"]) and self.player.refill is not None
        return (told, gr.update(visible=lacking), *sliders)

    async def _stop(self, session: DuelSession) -> Any:
        await wait_stopped(session)
        return gr.update(interactive=False)

    async def _stopped(self, session: DuelSession) -> tuple[Any, ...]:
        return self._outputs(session, self.player.show(session).frame(big=True, running=False))

    # ---- the lab -------------------------------------------------------------------------

    async def _decide(self, session: DuelSession, *values: float) -> tuple[Any, ...]:
        """A duel that is still running is not replayed."""
        if session.busy or session.duel.end is None or session.duel.plan is None:
            return self._lab_problem("Run a duel first: the lab decides a finished one anew.")
        if self.player.replay is None:
            return self._lab_problem("This page was started without a replay.")
        try:
            settings, tau, budget = lab.decision(session.duel, values)
            frame = await self.player.decide_anew(session, settings, tau, budget)
        except ValueError as error:
            return self._lab_problem(friendly(error))
        return self._outputs(session, frame)

    def _lab_problem(self, text: str) -> tuple[Any, ...]:
        skipped: list[Any] = [gr.skip()] * len(self.outputs)
        skipped[12] = {"problem": text, "rows": [], "missing": []}
        return tuple(skipped)

    async def _back(self, session: DuelSession) -> tuple[Any, ...]:
        if session.busy or session.duel.end is None:
            return tuple([gr.skip()] * len(self.outputs))
        return self._outputs(session, self.player.back(session))

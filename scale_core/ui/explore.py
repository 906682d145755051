"""The Explore page: type a problem, watch it being solved, open what you want to understand.

Knows the layout and which event goes to which handler. Does not know how frames are made
(`handlers.py`), how they are drawn (assets/*.js) or how problems are solved (injected).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr
from gradio.events import api as endpoint

from scale_core.scale.options import PRESETS
from scale_core.trace.run import Run
from scale_core.ui import components as parts
from scale_core.ui import handlers, messages, switches
from scale_core.ui.handlers import Ask, Frame, Pictures, Player, Session
from scale_core.views import graph, summary
from scale_core.views.inspector import inspect

PEOPLE = 16  # runs at the same time; more wait their turn
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
QUICK: dict[str, Any] = {**PRIVATE, "queue": False}


def build(
    solve: handlers.Solve,
    engine: Any = None,
    dialect: Any = None,
    *,
    seed: int = 0,
    tau: float | None = None,
) -> gr.Blocks:
    """The page. `solve`, `engine` and `dialect` are injected; nothing here is shared by visitors
    but them. `tau`: the threshold fitted for the model, shown until a run tells its own."""
    page = Page(Player(solve, engine, dialect), seed, tau)
    blocks: gr.Blocks = gr.Blocks(title="SCALE Explorer", analytics_enabled=False, fill_width=True)
    with blocks:
        page.lay_out()
        page.connect(blocks)
        page.serve()
    return blocks


class Page:
    """The components of one Blocks and their events."""

    def __init__(self, player: Player, seed: int, tau: float | None) -> None:
        self.player, self.seed0, self.tau0 = player, seed, tau
        self.sessions: dict[str, Session] = {}

    # ---- layout --------------------------------------------------------------------------

    def lay_out(self) -> None:
        info = None if self.player.engine is None else self.player.engine.info
        self.session = gr.State(Session())
        parts.drawing("header", value={**handlers.describe(info), "seed": self.seed0}, tag="header")
        with gr.Row(elem_classes="sx-row"):
            self._ask_card()
            self._buttons()
        self._settings()
        with gr.Column(elem_classes="sx-card"):
            self.strip = parts.drawing("strip", value={"status": "empty"}, elem_id="sx-strip")
        with gr.Row(elem_classes="sx-row"):
            with gr.Column(elem_classes="sx-card", elem_id="sx-main"):
                self.board = parts.drawing(
                    "board",
                    "ruler",
                    elem_id="sx-board",
                    value={
                        "run": "",
                        "status": "empty",
                        "tau": self.tau0,
                        "nodes": [],
                        "edges": [],
                    },
                )
            with gr.Column(elem_classes="sx-card", elem_id="sx-side"):
                self.inspector = parts.drawing("inspector", elem_id="sx-inspector", tag="section")
        self._results()
        self._words()

    def _ask_card(self) -> None:
        with gr.Column(elem_classes="sx-card", elem_id="sx-ask"):
            self.problem = gr.Textbox(
                label="Problem",
                lines=1,
                max_lines=6,
                elem_id="sx-problem",
                autofocus=True,
                placeholder="What is (37*48 + 125*16) mod 13?",
                max_length=handlers.LONGEST,
            )
            self.preview = gr.Markdown(
                elem_id="sx-preview",
                latex_delimiters=[{"left": "$$", "right": "$$", "display": False}],
            )
            self.notice = parts.drawing("notice", elem_id="sx-notice", value=None)
            self.chips = parts.drawing("chips", value=parts.examples(), elem_id="sx-chips")

    def _buttons(self) -> None:
        with gr.Column(elem_id="sx-acts"):
            self.go = gr.Button("Run", elem_id="sx-run", variant="primary")
            self.halt = gr.Button("Stop", elem_id="sx-stop", interactive=False)
            self.anyway = gr.Button("Try anyway", elem_id="sx-anyway", visible=False)

    def _settings(self) -> None:
        with gr.Row(elem_classes="sx-card", elem_id="sx-settings"):
            self.expected = gr.Textbox(
                label="Expected answer (optional)",
                max_lines=1,
                max_length=200,
                placeholder="to grade the run",
            )
            self.preset = parts.presets()
            self.seed = gr.Number(value=self.seed0, label="Seed", precision=0, minimum=0)
            self.fitted = gr.Checkbox(
                value=True, label="τ fitted for this model", elem_id="sx-fitted"
            )
            start = 0.4 if self.tau0 is None else round(self.tau0, 2)
            self.tau = gr.Slider(
                0, 1, value=start, step=0.01, label="Threshold τ", elem_id="sx-tau", buttons=[]
            )
        with gr.Accordion("All options", open=False, elem_id="sx-options"):
            self.about = gr.Markdown(parts.preset_help("scale"))
            with gr.Column(elem_classes="sx-grid"):
                self.options = parts.option_controls()

    def _results(self) -> None:
        blank = Pictures.of(Run())  # drawn at once, so that the plotting library is there in time
        with gr.Row(elem_classes="sx-row"):
            with gr.Column(elem_classes="sx-card", elem_id="sx-answer"):
                self.answer = parts.drawing("answer", value=None, elem_id="sx-answer-card")
                self.download = parts.drawing("download", value=None, elem_id="sx-download")
            with gr.Column(elem_classes=["sx-card", "sx-chart"]):
                gr.HTML("<h2 class='sx-title'>Tokens as they were spent</h2>", padding=False)
                self.area = gr.Plot(blank.over_time, show_label=False, elem_id="sx-area")
            with gr.Column(elem_classes=["sx-card", "sx-chart"]):
                gr.HTML("<h2 class='sx-title'>Where they went</h2>", padding=False)
                self.bars = gr.Plot(blank.by_node, show_label=False, elem_id="sx-bars")
        with gr.Accordion("Every token in a table", open=False, elem_classes=["sx-fold"]):
            self.table = gr.Dataframe(
                value=blank.ledger,
                interactive=False,
                elem_classes="sx-table",
                show_label=False,
                buttons=[],
            )

    def _words(self) -> None:
        with gr.Accordion("What do these words mean?", open=False, elem_classes=["sx-fold"]):
            gr.Markdown(parts.WORDS)
        with gr.Accordion(
            "Which language does the model understand?", open=False, elem_classes=["sx-fold"]
        ):
            gr.Markdown(parts.LANGUAGE)

    # ---- events --------------------------------------------------------------------------

    def connect(self, blocks: gr.Blocks) -> None:
        self._connect_inputs()
        self._connect_run(blocks)
        self.board.select(self._open, [self.session], [self.inspector], **QUICK)
        self.board.tau(self._ruled, None, [self.fitted, self.tau], **QUICK)
        self.download.fetch(self._download, [self.session], [self.download], **QUICK)

    def _connect_inputs(self) -> None:
        self.problem.change(
            self._read,
            [self.problem],
            [self.preview, self.notice, self.anyway],
            trigger_mode="always_last",
            **QUICK,
        )
        self.chips.pick(
            self._pick,
            None,
            [self.problem, self.expected, self.preview, self.notice, self.anyway],
            **QUICK,
        )
        self.preset.input(
            self._preset, [self.preset], [self.about, self.fitted, self.tau, *self.options], **QUICK
        ).then(None, [self.fitted, self.tau], None, js=_TELL_TAU, **PRIVATE)
        self.tau.input(None, [self.tau], [self.fitted], js=_TAU_MOVED, **PRIVATE)
        self.fitted.input(None, [self.fitted, self.tau], None, js=_TELL_TAU, **PRIVATE)
        self.seed.change(None, [self.seed], None, js=_TELL_SEED, **PRIVATE)

    def _connect_run(self, blocks: gr.Blocks) -> None:
        inputs = [
            self.session,
            self.problem,
            self.expected,
            self.preset,
            self.fitted,
            self.tau,
            self.seed,
            *self.options,
        ]
        outputs = [
            self.strip,
            self.board,
            self.answer,
            self.area,
            self.bars,
            self.table,
            self.notice,
            self.go,
            self.halt,
            self.anyway,
        ]
        settings = {**PRIVATE, "concurrency_limit": PEOPLE, "concurrency_id": "run"}
        runs = [
            gr.on(
                [self.go.click, self.problem.submit],
                self._run,
                inputs,
                outputs,
                trigger_mode="once",
                **settings,
            ),
            self.anyway.click(self._run_anyway, inputs, outputs, trigger_mode="once", **settings),
        ]
        self.halt.click(self._stop, [self.session], [self.halt], **QUICK).then(
            self._stopped, [self.session], outputs, cancels=runs, **QUICK
        )
        blocks.load(self._arrive, [self.session], None, **QUICK)
        blocks.unload(self._leave)

    # ---- handlers ------------------------------------------------------------------------

    def _arrive(self, session: Session, request: gr.Request) -> None:
        """Remember whose session this is, so that a closed tab stops its run."""
        if request.session_hash:
            self.sessions[request.session_hash] = session

    def _leave(self, request: gr.Request) -> None:
        session = self.sessions.pop(request.session_hash or "", None)
        if session is not None:
            session.stop()

    def _read(self, text: str) -> tuple[Any, ...]:
        reading = handlers.read(self.player.dialect, text)
        return (
            messages.preview(text, reading.reading),
            messages.notice(text, reading),
            gr.update(visible=reading.verdict == "doubtful"),
        )

    def _pick(self, event: gr.EventData) -> tuple[Any, ...]:
        text, answer = str(event.text), str(event.answer)
        return (text, answer, *self._read(text))

    def _preset(self, name: str) -> list[Any]:
        tau = PRESETS[name].options.tau
        return [
            parts.preset_help(name),
            tau is None,
            gr.skip() if tau is None else tau,
            *switches.preset_values(name),
        ]

    def _ruled(self, event: gr.EventData) -> tuple[bool, float]:
        return False, min(1.0, max(0.0, float(event.tau)))

    def _open(self, session: Session, event: gr.EventData) -> dict[str, Any] | None:
        return inspect(handlers.snapshot(session), str(event.node))

    def _download(self, session: Session) -> dict[str, str] | None:
        run = session.run
        name = f"scale-run-{run.start.run if run.start else 'empty'}.jsonl"
        return {"name": name, "text": summary.json_lines(handlers.snapshot(session))}

    async def _run(
        self, session: Session, *inputs: Any, anyway: bool = False
    ) -> AsyncIterator[Any]:
        problem, answer, preset, fitted, tau, seed, *values = inputs
        reading = handlers.read(self.player.dialect, problem or "")
        refusal = messages.refusal(problem or "", reading, anyway)
        try:
            number = switches.seed_of(seed)
        except ValueError as error:
            refusal = handlers.friendly(error)
        if refusal:
            yield self._refused(session, refusal, reading.verdict == "doubtful")
            return
        ask = Ask(
            problem, answer or "", preset, None if fitted else tau, number, tuple(values), anyway
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
        outputs = self._outputs(Frame(graph.view(session.run), None, False))
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
        await handlers.wait_stopped(session)
        return gr.update(interactive=False)

    def _stopped(self, session: Session) -> tuple[Any, ...]:
        run = handlers.snapshot(session)
        return self._outputs(Frame(graph.view(run), Pictures.of(run), False))

    # ---- for programs --------------------------------------------------------------------

    def serve(self) -> None:
        """One endpoint for clients: the same run, without pictures."""
        player = self.player

        async def solve(
            problem: str,
            answer: str = "",
            preset: str = "scale",
            tau: float | None = None,
            seed: int = 0,
        ) -> dict[str, Any]:
            """Solve a maths problem with SCALE and tell what it cost.

            Args:
                problem: the problem, in the language the model understands
                answer: the expected answer, to grade the run; empty if unknown
                preset: scale, faithful, system1, system2, last, cot or self-consistency
                tau: threshold between System 1 and System 2 in [0, 1]; null: fitted
                seed: the same seed gives the same run
            """
            return await _solve(player, Ask(problem, answer, preset, tau, seed))

        endpoint(solve, api_name="solve", concurrency_limit=PEOPLE, concurrency_id="run")


async def _solve(player: Player, ask: Ask) -> dict[str, Any]:
    session = Session()
    async for frame in player.play(session, ask):
        if frame.problem:
            raise gr.Error(frame.problem, print_exception=False)
    return summary.summary(session.run)


_TELL_TAU = (
    "(fitted, tau) => { window.dispatchEvent(new CustomEvent('scale:tau',"
    " {detail: fitted ? null : tau})); }"
)
_TAU_MOVED = (
    "(tau) => { window.dispatchEvent(new CustomEvent('scale:tau', {detail: tau})); return false; }"
)
_TELL_SEED = "(s) => { window.dispatchEvent(new CustomEvent('scale:seed', {detail: s})); }"

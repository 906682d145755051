"""What every page does: Run, Try anyway and Stop, with one session of one player.

Knows the buttons, when a problem is refused, and how frames reach the browser. Does not know what
a page asks for or draws. Handlers get and give dictionaries by component; what a dictionary leaves
out stays as it is.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from gradio.events import Dependency

from scale_core.trace.duel import Duel
from scale_core.ui.form import PRIVATE, QUICK, Form, Values, read, refusal
from scale_core.ui.player import Ask, Frame, Player, Session, friendly, snapshot
from scale_core.ui.theme import drawing
from scale_core.views import units

PEOPLE = 16  # runs at the same time; more wait their turn
ONCE: dict[str, Any] = {
    **PRIVATE, "trigger_mode": "once", "concurrency_limit": PEOPLE, "concurrency_id": "run"
}  # fmt: skip


class LanesPage(ABC):
    """A page that plays lanes. outputs: what a frame may change, `acts` among them."""

    outputs: list[Component]

    def __init__(self, player: Player, form: Form) -> None:
        self.player, self.form = player, form

    @abstractmethod
    def ask(self, values: Values, anyway: bool) -> Ask:
        """What the form says, for this page. Raises ValueError, in words for people."""

    @abstractmethod
    def drawn(self, session: Session, frame: Frame) -> Values:
        """What the page shows of a session."""

    @abstractmethod
    def file(self, duel: Duel) -> dict[str, str]:
        """The download: its name and its text."""

    # ---- layout --------------------------------------------------------------------------

    def act_buttons(self, page: str, run: str, ids: tuple[str, str, str, str]) -> None:
        """Run, Stop and Try anyway. ids: of their column and of each."""
        column, go, halt, anyway = ids
        self.session = gr.State(Session())
        with gr.Column(elem_id=column, elem_classes=["sx-acts", f"sx-on-{page}"]):
            self.go = gr.Button(run, elem_id=go, variant="primary")
            self.halt = gr.Button("Stop", elem_id=halt, interactive=False)
            self.anyway = gr.Button("Try anyway", elem_id=anyway, visible=False)

    def download_link(self, elem_id: str) -> None:
        self.download = drawing("download", elem_id=elem_id)

    # ---- events --------------------------------------------------------------------------

    @property
    def acts(self) -> list[Component]:
        return [self.form.notice, self.go, self.halt, self.anyway]

    def connect_acts(self, *more: Dependency) -> list[Dependency]:
        """The events with which lanes start and are stopped, Stop last. more: others that start
        some."""
        inputs: set[Block] = {self.session, *self.form.inputs}
        runs = [
            self.go.click(self._runner(False), inputs, self.outputs, **ONCE),
            self.anyway.click(self._runner(True), inputs, self.outputs, **ONCE),
            *more,
        ]
        stopped = self.halt.click(self._stop, [self.session], [self.halt], **QUICK).then(
            self._stopped, [self.session], self.outputs, cancels=runs, **QUICK
        )
        self.download.fetch(self._download, [self.session], [self.download], **QUICK)
        return [*runs, stopped]

    # ---- handlers ------------------------------------------------------------------------

    def _runner(self, anyway: bool) -> Callable[[Values], AsyncGenerator[Values, None]]:
        async def run(values: Values) -> AsyncGenerator[Values, None]:
            session: Session = values[self.session]
            problem = values[self.form.problem] or ""
            reading = read(self.player.dialect, problem)
            refused = refusal(problem, reading, anyway)
            try:
                asked = self.ask(values, anyway)
            except ValueError as error:
                refused = friendly(error)
            if refused:
                yield self._refused(refused, reading.verdict == "doubtful")
                return
            yield self.frame(Session(), Frame(big=False, running=True))
            frames = self.played(session, self.player.play(session, asked))
            async with contextlib.aclosing(frames):
                async for shown in frames:
                    yield shown

        return run

    async def played(
        self, session: Session, frames: AsyncGenerator[Frame, None]
    ) -> AsyncGenerator[Values, None]:
        async with contextlib.aclosing(frames):
            async for frame in frames:
                yield self.frame(session, frame)

    def frame(self, session: Session, frame: Frame) -> Values:
        """The page and its buttons at one moment."""
        return {
            **self.drawn(session, frame),
            self.form.notice: {"kind": "error", "text": frame.problem} if frame.problem else None,
            self.go: gr.update(interactive=not frame.running),
            self.halt: gr.update(interactive=frame.running),
            self.anyway: gr.update(visible=False),
        }

    def _refused(self, text: str, doubtful: bool) -> Values:
        return {
            self.form.notice: {"kind": "warn" if doubtful else "error", "text": text},
            self.anyway: gr.update(visible=doubtful),
        }

    async def _stop(self, session: Session) -> Any:
        await session.stopped()
        return gr.update(interactive=False)

    async def _stopped(self, session: Session) -> Values:
        return self.frame(session, Frame(big=True, running=False))

    def _download(self, session: Session) -> dict[str, str]:
        return self.file(snapshot(session.shown))


def last_line(status: str, message: str) -> str:
    """How a run or a duel ended, in one line."""
    words = {
        "solved": "Done",
        "unsolved": "No answer was found",
        "stopped": "Stopped",
        "failed": "The run failed",
        "refused": "Not run",
    }
    text = words.get(status, "")
    return units.shorten(f"{text}: {message}" if message else text, 160)

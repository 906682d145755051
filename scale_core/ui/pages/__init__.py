"""What every page does: Run, Try anyway and Stop, with one session of one player.

Knows the buttons, when a problem is refused, and how frames reach the browser. Does not know what
a page asks for or draws. Handlers get and give dictionaries by component; what a dictionary leaves
out stays as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, ClassVar

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from gradio.events import Dependency

from scale_core.gallery import exhibits
from scale_core.store.store import NotThere
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.ui import links
from scale_core.ui.ask import Ask
from scale_core.ui.callers import caller_of
from scale_core.ui.form import PRIVATE, QUICK, Form, Values, read, refusal
from scale_core.ui.player import Frame, Player, Session
from scale_core.ui.record import RecordBar
from scale_core.ui.theme import drawing
from scale_core.ui.work import friendly
from scale_core.views import units
from scale_core.views.film import film

NOT_SHARED = "This link leads to no run: it was never shared, is shared no longer, or is gone."
WATCHED = "This run is going on elsewhere: you watch it live, and it ends or is stopped there."
DOUBLE = 0.5  # seconds within which the same is not asked twice
MOST_OPENED = 200  # things of a lane that are opened to try out a run from outside
LASTING: dict[str, Any] = {**PRIVATE, "trigger_mode": "multiple", "concurrency_limit": None}
"""Events that last. Gradio's own queue is passed through: a run waits in the player's, however it
came. Not "once": the browser hears that an event has ended up to seconds after it has shown so, and
would swallow what is clicked meanwhile. Handlers take care of clicks that come too often."""


@dataclass(frozen=True)
class Entrances:
    """How runs come to a page that it did not start. arrived: the visitor is there, perhaps again.
    opened: one is opened, by its key. shown: an exhibit of the gallery, by its name. turn: what
    turns to the page, or tells why not. told: what the link to a run has to say."""

    arrived: Dependency
    opened: Callable[..., Dependency]
    shown: Callable[..., Dependency]
    turn: Component
    told: Component


class LanesPage(ABC):
    """A page that plays lanes. duels: several, with a budget. outputs: what a frame may change,
    `acts` among them."""

    name: ClassVar[str]
    duels: ClassVar[bool]
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
    def written(self, session: Session) -> dict[str, Any]:
        """What is being written, as far as this page shows it."""

    @abstractmethod
    def open_all(self, session: Session) -> None:
        """Make whatever a click on this session's drawings could show."""

    @abstractmethod
    def chart(self, session: Session, name: str, lane: str) -> dict[str, Any] | None:
        """What a chart of this page is drawn from; None: it has none under this name. lane: the one
        that is shown, where a chart shows one."""

    @abstractmethod
    def record(self, duel: Duel) -> Run | Duel:
        """What of a duel the downloads hold."""

    # ---- layout --------------------------------------------------------------------------

    def act_buttons(self, run: str, ids: tuple[str, str, str, str]) -> None:
        """Run, Stop and Try anyway. ids: of their column and of each."""
        column, go, halt, anyway = ids
        self.session = gr.State(Session())
        self.words = drawing("words", elem_id=f"sx-words-{self.name}")
        self.bar = RecordBar(self.player, self.record)
        with gr.Column(elem_id=column, elem_classes=["sx-acts", f"sx-on-{self.name}"]):
            self.go = gr.Button(run, elem_id=go, variant="primary")
            self.halt = gr.Button("Stop", elem_id=halt, interactive=False)
            self.anyway = gr.Button("Try anyway", elem_id=anyway, visible=False)
            self.link = drawing("address", "ask", elem_id=f"sx-address-{self.name}")

    def film_and_files(self) -> None:
        """Time, once a run has ended: it is played again; and what can be taken away of it."""
        with gr.Row(elem_classes="sx-after"):
            self.film = drawing("film", "seek", elem_id=f"sx-film-{self.name}")
            self.bar.lay_out(f"sx-record-{self.name}")

    # ---- events --------------------------------------------------------------------------

    @property
    def acts(self) -> list[Component]:
        return [
            self.form.notice, self.words, self.film, self.bar.drawn, self.go, self.halt, self.anyway
        ]  # fmt: skip

    def connect_acts(self, entrances: Entrances, *more: Dependency) -> list[Dependency]:
        """The events with which lanes start and are stopped, Stop last. more: others that start
        some."""
        self.turn, self.told = entrances.turn, entrances.told
        filled_in = [*self.outputs, self.form.problem, self.form.expected]
        inputs: set[Block] = {self.session, *self.form.inputs}
        runs = [
            self.go.click(self._runner(False), inputs, self.outputs, **LASTING),
            self.anyway.click(self._runner(True), inputs, self.outputs, **LASTING),
            entrances.arrived.then(
                self._resume,
                [self.session, self.form.problem],
                [*filled_in, self.turn, self.told],
                **LASTING,
            ),
            entrances.opened(self._open_run, [self.session], [*filled_in, self.turn], **LASTING),
            self.bar.drawn.openrun(
                self._open_run, [self.session], [*filled_in, self.turn], **LASTING
            ),
            entrances.shown(self._show_exhibit, [self.session], [*filled_in, self.turn], **LASTING),
            *more,
        ]
        stopped = self.halt.click(self._stop, [self.session], [self.halt], **QUICK)
        # not "always_last", which runs the last event with the data of the first
        self.film.seek(self._seek, [self.session], self.outputs, trigger_mode="multiple", **QUICK)
        self.bar.connect(self.session)
        self.link.ask(self._link, set(self.form.inputs), [self.link], **QUICK)
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
            if session.busy or twice(session.asked, asked):
                yield {self.film: gr.skip()}  # Gradio empties the outputs of what gives nothing
                return
            session.caller, session.asked = caller_of(session.visit.owner), (asked, monotonic())
            yield self.frame(Session(), Frame(big=False, running=True))
            frames = self.played(session, self.player.play(session, asked))
            async with contextlib.aclosing(frames):
                async for shown in frames:
                    yield shown

        return run

    async def _resume(self, session: Session, typed: str = "") -> AsyncGenerator[Values, None]:
        """The run to whose permalink this visitor came; else what they left running on another
        visit, live, where it is. typed: what they have written here by now, which stays."""
        try:
            invited = bool(session.invited) and await self.player.look_at(session, self.duels)
        except (NotThere, ValueError):
            yield {self.told: {"kind": "info", "text": NOT_SHARED, "closes": True}}
            return
        if not invited and (found := self.player.returned(session)) is not None:
            session.known_as(await self.player.own(session.visit.owner, found.key))
        elif not invited:
            yield {self.film: gr.skip()}  # Gradio empties the outputs of what gives nothing at all
            return
        fills = invited or not typed.strip()
        async for shown in self._opened(session, turns=invited, fills=fills):
            yield shown

    async def _link(self, values: Values, event: gr.EventData) -> dict[str, Any]:
        """The address that sets the form to what it is set to now."""
        number = {"number": getattr(event, "number", None)}
        try:
            query = links.query_of(self.ask(values, False))
        except ValueError as error:
            return {"problem": friendly(error), **number}
        return {"query": query, "space": links.space_page(), **number}

    async def _open_run(
        self, session: Session, event: gr.EventData
    ) -> AsyncGenerator[Values, None]:
        """A run from the visitor's list: live if it is, else as it ended."""
        try:
            await self.player.open(session, str(getattr(event, "key", "")))
        except (NotThere, ValueError) as error:
            problem = {"problem": f"This run cannot be opened: {error}."}
            yield {
                self.turn: {**problem, "at": time()},
                self.bar.drawn: self.bar.shown(session, session.busy) | problem,
            }
            return
        async for shown in self._opened(session):
            yield shown

    async def _show_exhibit(
        self, session: Session, event: gr.EventData
    ) -> AsyncGenerator[Values, None]:
        """A recording of the gallery, which plays by itself, once."""
        name = getattr(event, "name", None)
        try:
            exhibit = next(item for item in exhibits() if item.name == name)
            duel = await asyncio.to_thread(exhibit.duel)
        except (StopIteration, ValueError, OSError):
            yield {self.turn: {"problem": "This recording cannot be opened.", "at": time()}}
            return
        session.recall(duel)
        seen = self.frame(session, Frame(big=True, running=False))
        turned = {self.turn: {"page": self.name, "at": time()}, **self._asked(duel)}
        yield {**seen, **turned, self.film: {**(film(duel) or {}), "plays": time()}}

    async def _opened(
        self, session: Session, *, turns: bool = True, fills: bool = True
    ) -> AsyncGenerator[Values, None]:
        """What a session shows now, for as long as it goes on. turns: to the page on which it is;
        fills: the form with what was asked."""
        turned: Values = {self.turn: {"page": self.name, "at": time()}} if turns else {}
        asked = self._asked if fills else lambda _: {}
        told = session.busy
        if told:  # never nothing at all: Gradio would empty the outputs
            yield {**turned, **asked(session.duel), self.film: gr.skip()}
        frames = self.played(session, self.player.seen(session))
        async with contextlib.aclosing(frames):
            async for shown in frames:
                yield shown if told else {**turned, **asked(session.duel), **shown}
                told = True

    def _asked(self, duel: Duel) -> Values:
        """The form, as far as a duel says what was asked."""
        if duel.start is None:
            return {}
        return {
            self.form.problem: duel.start.problem,
            self.form.expected: duel.start.expected or "",
        }

    async def played(
        self, session: Session, frames: AsyncGenerator[Frame, None]
    ) -> AsyncGenerator[Values, None]:
        """What the browser gets. Each frame repeats what is shown already: Gradio sends but the
        changes, and where an output is left out of a frame the browser may miss the one before.
        Tables are not repeated: they would be encoded anew, and the last frame has them."""
        shown: Values = {}
        async with contextlib.aclosing(frames):
            async for frame in frames:
                new = self.frame(session, frame)
                yield {**shown, **new}
                shown |= {
                    of: value for of, value in new.items() if not isinstance(of, gr.Dataframe)
                }

    def frame(self, session: Session, frame: Frame) -> Values:
        """The page and its buttons at one moment; only the words, or the place in the queue, where
        nothing else is new."""
        words: Values = {self.words: self.written(session) if frame.running else None}
        if frame.before and not frame.events:
            return {self.form.notice: _notice(session, frame)}
        if not frame.events:
            return words
        going = frame.running and not session.elsewhere  # what goes on elsewhere is only watched
        stopping = session.performance is not None and session.performance.cancel.is_set()
        return {
            **self.drawn(session, frame),
            **words,
            self.form.notice: _notice(session, frame),
            self.film: film(session.duel) if session.ready and not session.replayed else None,
            self.bar.drawn: self.bar.shown(session, going),
            self.go: gr.update(interactive=not going),
            self.halt: gr.update(interactive=going and not stopping),
            self.anyway: gr.update(visible=False),
        }

    async def _seek(self, session: Session, event: gr.EventData) -> Values:
        """The page as it was at a moment of a run that has ended. number: is told back, so that the
        browser asks for one moment at a time."""
        t = getattr(event, "t", None)
        if not session.ready or session.replayed is not None or not isinstance(t, int | float):
            return {self.film: gr.skip()}
        session.seek(t)
        seen = self.drawn(session, Frame(big=getattr(event, "big", True) is True, running=False))
        told = film(session.duel)
        if told is not None:
            seen[self.film] = {**told, "number": getattr(event, "number", None)}
        return seen

    def _refused(self, text: str, doubtful: bool) -> Values:
        return {
            self.form.notice: {"kind": "warn" if doubtful else "error", "text": text},
            self.anyway: gr.update(visible=doubtful),
        }

    async def _stop(self, session: Session) -> Any:
        """The end is told by the event that shows the run, as its last frame."""
        session.stop()
        return gr.update(interactive=False)


def twice(before: tuple[Ask, float] | None, ask: Ask) -> bool:
    """Whether this was asked a moment ago: a double click, which may be faster than the button."""
    return before is not None and before[0] == ask and monotonic() - before[1] < DOUBLE


def _notice(session: Session, frame: Frame) -> dict[str, str] | None:
    """What went wrong with a run, or with keeping it."""
    if frame.problem:
        return {"kind": "error", "text": frame.problem}
    if frame.before:
        return {"kind": "info", "text": place_of(frame.before)}
    if session.elsewhere:
        return {"kind": "info", "text": WATCHED}
    unstored = session.performance.unstored if session.performance else ""
    if not unstored:
        return None
    return {"kind": "warn", "text": f"This run is not stored: {unstored}."}


def place_of(before: int) -> str:
    """Where a run stands in the queue, in words."""
    if before == 1:
        return "Waiting: this run is the next one. Others are running now."
    return f"Waiting: this run is number {before} in the queue. Stop takes it out."


def still(session: Session) -> dict[str, Any]:
    """A mark for drawings with a clock: a moment of the past is looked at, and no time passes."""
    return {"still": True} if session.film is not None else {}


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

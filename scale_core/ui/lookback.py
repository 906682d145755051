"""What should have been done? Looks back on a duel that has ended: hindsight, and the sweep of tau.

Knows the section's components and how a look back is started, followed and stopped. Does not know
how it is computed (injected) or drawn (assets/js/).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import gradio as gr

from scale_core.experiments.hindsight import SAMPLES, Hindsight, Unavailable
from scale_core.experiments.sweep import REPEATS, Sweep
from scale_core.pipeline.context import Stopped
from scale_core.trace.duel import Duel
from scale_core.ui import components as parts
from scale_core.ui.form import PRIVATE, QUICK
from scale_core.ui.player import DuelSession, snapshot
from scale_core.ui.streaming import STOP_PATIENCE, friendly, wait_stopped
from scale_core.views import units
from scale_core.views.hindsight import frontier, sweep

LOG = logging.getLogger(__name__)
PEOPLE = 4
"""Looks back at the same time; more wait their turn, so that duels have the engine first."""
TICK = 0.15
INTRO = (
    "Once a duel has ended, look back on it. Hindsight knows every right value: it records "
    f"{SAMPLES} samples of each mode for each step, and so knows the best way to spend tokens on "
    "this plan, and what each lane does on average. The sweep runs the plan for every threshold τ."
)
READY = "Ready to look back on this duel."
NOT_YET = "Run a duel first."


class Look(Protocol):
    """`hindsight` or `sweep`, or something that looks like them."""

    def __call__(
        self,
        recorded: Duel,
        engine: Any,
        *,
        dialect: Any,
        cancel: Any,
        progress: Callable[[int, int], None],
    ) -> Coroutine[Any, Any, Any]: ...


@dataclass(frozen=True, slots=True)
class Looks:
    """What can be computed, with whose engine; None: this page was started without it."""

    hindsight: Look | None = None
    sweep: Look | None = None
    engine: Any = None
    dialect: Any = None


@dataclass(frozen=True, slots=True)
class Glance:
    """What the section shows at one moment. `found`: at the end, if there is anything."""

    state: str  # idle, running, done, stopped, none
    text: str
    part: float = 0.0
    found: Hindsight | Sweep | None = None

    @property
    def status(self) -> dict[str, Any]:
        return {"state": self.state, "text": self.text, "part": round(self.part, 3)}


# ---- without Gradio ------------------------------------------------------------------------


@dataclass
class _Count:
    """How far it is, as the computation tells."""

    done: int = 0
    total: int = 0
    fresh: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self.fresh.set()

    def glance(self, words: tuple[str, str]) -> Glance:
        first, then = words
        if not self.done:
            return Glance("running", f"{first} …")
        return Glance("running", f"{then} {self.done} of {self.total}", self.done / self.total)


async def follow(
    session: DuelSession, look: Look | None, looks: Looks, words: tuple[str, str]
) -> AsyncGenerator[Glance, None]:
    """Glances while it is computed, the last one with what was found or why there is none.
    Closing this stops it. words: what is told before the first count, and with each."""
    recorded = snapshot(session.duel)
    reason = _reason(session, look, looks)
    if reason or look is None:
        yield Glance("none", reason)
        return
    cancel, count = session.look.begin(), _Count()
    task = asyncio.create_task(
        look(recorded, looks.engine, dialect=looks.dialect, cancel=cancel, progress=count)
    )
    task.add_done_callback(lambda _: count.fresh.set())
    try:
        while not task.done():
            yield count.glance(words)
            await count.fresh.wait()
            count.fresh.clear()
            await asyncio.sleep(0 if task.done() else TICK)
    finally:
        await _end(session, cancel, task)
    yield _ending(task)


def _reason(session: DuelSession, look: Look | None, looks: Looks) -> str:
    """Why it cannot be done now; empty if it can."""
    if session.busy or session.duel.end is None:
        return NOT_YET
    if look is None or looks.engine is None:
        return "Unavailable: this page was started without a model that could look back."
    return ""


async def _end(session: DuelSession, cancel: threading.Event, task: asyncio.Task[Any]) -> None:
    """Stop it if it still runs, wait until it has ended, then cut it off."""
    cancel.set()
    with contextlib.suppress(asyncio.TimeoutError, asyncio.CancelledError, Exception):
        await asyncio.wait_for(task, STOP_PATIENCE)
    if session.look.cancel is cancel:  # else a newer one is going on
        session.look.busy = False


def _ending(task: asyncio.Task[Any]) -> Glance:
    error = None if task.cancelled() else task.exception()
    if task.cancelled() or isinstance(error, Stopped):
        return Glance("stopped", "Stopped. What was recorded is thrown away.")
    if isinstance(error, Unavailable):
        return Glance("none", f"Unavailable: {error}.")
    if error is not None:
        LOG.error("looking back failed", exc_info=error)
        return Glance("none", friendly(error))
    return Glance("done", "", found=task.result())


# ---- the section ---------------------------------------------------------------------------


class LookBack:
    """The section's components and their events."""

    def __init__(self, looks: Looks) -> None:
        self.looks = looks

    def lay_out(self) -> None:
        with gr.Column(elem_classes="sx-card", elem_id="sx-look"):
            gr.HTML(
                "<h2 class='sx-look-title'>What should have been done?</h2>"
                f"<p class='sx-muted'>{INTRO}</p>",
                padding=False,
            )
            with gr.Row(elem_classes="sx-look-acts"):
                self.back = gr.Button(
                    f"Look back (records {SAMPLES} samples of each mode a step)",
                    elem_id="sx-look-back",
                    interactive=False,
                )
                self.sweep = gr.Button(
                    f"Sweep τ ({REPEATS} runs for each interval)",
                    elem_id="sx-look-sweep",
                    interactive=False,
                )
                self.halt = gr.Button("Stop", elem_id="sx-look-stop", interactive=False)
            self.status = parts.drawing("looking", value=None, elem_id="sx-looking")
            with gr.Row(elem_classes="sx-look-row"):
                with gr.Column(elem_classes="sx-look-plot"):
                    self.plot = parts.drawing(
                        "frontier", before="plot", value=None, elem_id="sx-frontier"
                    )
                with gr.Column(elem_classes="sx-look-best"):
                    self.best = parts.drawing(
                        "optimum", before="plot", value=None, elem_id="sx-optimum", tag="article"
                    )
            self.regrets = parts.drawing("regrets", value=None, elem_id="sx-regrets")
            self.swept = parts.drawing("sweep", before="plot", value=None, elem_id="sx-sweep")

    @property
    def buttons(self) -> list[gr.Button]:
        return [self.back, self.sweep, self.halt]

    @property
    def hindsights(self) -> list[gr.HTML]:
        return [self.plot, self.best, self.regrets]

    def connect(self, session: gr.State, begins: Sequence[Callable[..., Any]]) -> None:
        """begins: clicks with which a duel starts. Connected before the duel itself is: the
        browser runs what a click starts one after the other."""
        shared = {**PRIVATE, "concurrency_limit": PEOPLE, "concurrency_id": "look"}
        once = {"trigger_mode": "once", **shared}
        every = [*self.buttons, self.status, *self.hindsights, self.swept]
        for begin in begins:
            begin(self._begin, [session], every, **QUICK)
        first = [*self.buttons, self.status]
        runs = [
            self.back.click(self._look, [session], [*first, *self.hindsights], **once),
            self.sweep.click(self._sweep, [session], [*first, self.swept], **once),
        ]
        self.halt.click(self._stop, [session], [self.halt], **QUICK).then(
            self._stopped, [session], first, cancels=runs, **QUICK
        )

    def wait_for(self, session: gr.State, ends: Sequence[gr.events.Dependency]) -> None:
        """ends: events after which a duel may have ended."""
        for end in ends:
            end.then(self._ready, [session], [*self.buttons, self.status], **QUICK)

    # ---- handlers ------------------------------------------------------------------------

    def _begin(self, session: DuelSession) -> tuple[Any, ...]:
        """A new duel starts: what was found of the last one goes."""
        session.look.stop()
        return (*_buttons(False, False), Glance("idle", "").status, None, None, None, None)

    def _ready(self, session: DuelSession) -> tuple[Any, ...]:
        """A duel may have ended. One that is still running, or a look back, is left alone."""
        if session.busy or session.look.busy or session.duel.end is None:
            return (gr.skip(),) * 4
        return (*_buttons(True, False), Glance("idle", READY).status)

    async def _look(self, session: DuelSession) -> AsyncGenerator[Any, None]:
        words = ("Recording samples with right inputs", "Lanes drawn anew:")
        glances = follow(session, self.looks.hindsight, self.looks, words)
        async with contextlib.aclosing(glances):
            async for glance in glances:
                shown: Any = gr.skip()
                if isinstance(glance.found, Hindsight):
                    shown = frontier(glance.found, session.duel)
                    glance = replace(glance, text=_seen(glance.found))
                yield (*_pieces(glance), shown, shown, shown)

    async def _sweep(self, session: DuelSession) -> AsyncGenerator[Any, None]:
        words = ("Rating the steps of the plan", "Runs of the plan:")
        glances = follow(session, self.looks.sweep, self.looks, words)
        async with contextlib.aclosing(glances):
            async for glance in glances:
                shown: Any = gr.skip()
                if isinstance(glance.found, Sweep):
                    shown = sweep(glance.found, session.duel)
                    glance = replace(glance, text=_swept(glance.found))
                yield (*_pieces(glance), shown)

    async def _stop(self, session: DuelSession) -> Any:
        await wait_stopped(session.look)
        return gr.update(interactive=False)

    def _stopped(self, session: DuelSession) -> tuple[Any, ...]:
        ended = session.duel.end is not None and not session.busy
        return (*_buttons(ended, False), Glance("stopped", "Stopped.").status)


def _seen(found: Hindsight) -> str:
    spent = units.tokens(found.generated)
    return f"Looked back: {found.repeats} draws of each lane, {spent} generated for them."


def _swept(found: Sweep) -> str:
    return f"Swept: {len(found.points)} intervals of τ, {found.repeats} runs in each."


def _pieces(glance: Glance) -> tuple[Any, ...]:
    running = glance.state == "running"
    return (*_buttons(not running, running), glance.status)


def _buttons(ready: bool, running: bool) -> tuple[Any, ...]:
    """Look back, Sweep, Stop."""
    return tuple(gr.update(interactive=on) for on in (ready, ready, running))

"""What should have been done? Looks back on a duel that has ended: hindsight, and the sweep of tau.

Knows the section's components and how a look back is started, followed and stopped. Does not know
how it is computed (`experiments`) or drawn (assets/).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from gradio.components import Component

from scale_core.experiments.hindsight import SAMPLES, Hindsight, Unavailable, hindsight
from scale_core.experiments.sweep import REPEATS, Sweep, sweep
from scale_core.pipeline.context import Stopped
from scale_core.ui.form import PRIVATE, QUICK, Values
from scale_core.ui.player import Player, Session, snapshot
from scale_core.ui.theme import drawing
from scale_core.ui.work import failure, follow
from scale_core.views import hindsight as views
from scale_core.views import units

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
ANOTHERS = "This duel was shared with you to look at; looking back on it would run the model."


Look = Callable[..., Coroutine[Any, Any, Hindsight | Sweep]]
"""`hindsight` or `sweep`, or something that looks like them."""


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


async def glances(
    session: Session, look: Look, player: Player, words: tuple[str, str]
) -> AsyncGenerator[Glance, None]:
    """Glances while it is computed, the last one with what was found or why there is none.
    Closing this stops it. words: what is told before the first count, and with each."""
    if not session.ready or session.guest:
        yield Glance("none", ANOTHERS if session.guest else NOT_YET)
        return
    recorded, count = snapshot(session.duel), (0, 0)

    async def work(cancel: Any, news: Callable[[], None]) -> Any:
        def progress(done: int, total: int) -> None:
            nonlocal count
            count = done, total
            news()

        news()
        return await look(
            recorded, player.engine, dialect=player.dialect, cancel=cancel, progress=progress
        )

    async with aclosing(follow(session.look, work, TICK)) as steps:
        async for task in steps:
            yield _ending(task) if task.done() else _counted(words, *count)


def _counted(words: tuple[str, str], done: int, total: int) -> Glance:
    if not done:
        return Glance("running", f"{words[0]} …")
    return Glance("running", f"{words[1]} {done} of {total}", done / total)


def _ending(task: asyncio.Task[Any]) -> Glance:
    error = None if task.cancelled() else task.exception()
    if task.cancelled() or isinstance(error, Stopped):
        return Glance("stopped", "Stopped. What was recorded is thrown away.")
    if isinstance(error, Unavailable):
        return Glance("none", f"Unavailable: {error}.")
    if error is not None:
        return Glance("none", failure(error))
    return Glance("done", "", found=task.result())


# ---- the section ---------------------------------------------------------------------------


class LookBack:
    """The section's components and their events."""

    def __init__(self, player: Player) -> None:
        self.player = player

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
            self.status = drawing("looking", elem_id="sx-looking")
            with gr.Row(elem_classes="sx-look-row"):
                with gr.Column(elem_classes="sx-look-plot"):
                    self.plot = drawing("frontier", elem_id="sx-frontier")
                with gr.Column(elem_classes="sx-look-best"):
                    self.best = drawing("optimum", elem_id="sx-optimum",
                                        tag="article")  # fmt: skip
            self.regrets = drawing("regrets", elem_id="sx-regrets")
            self.swept = drawing("sweep", elem_id="sx-sweep")

    def connect(self, session: gr.State, begins: Sequence[Callable[..., Any]]) -> None:
        """begins: clicks with which a duel starts. Connected before the duel itself is: the
        browser runs what a click starts one after the other."""
        lasting = {
            **PRIVATE, "trigger_mode": "multiple", "concurrency_limit": PEOPLE,
            "concurrency_id": "look",
        }  # fmt: skip
        self.acts = acts = [self.back, self.sweep, self.halt, self.status]
        self.pictures: list[Component] = [self.plot, self.best, self.regrets]
        look = self._looker(hindsight, ("Recording samples with right inputs", "Lanes drawn anew:"))
        swept = self._looker(sweep, ("Rating the steps of the plan", "Runs of the plan:"))
        for begin in begins:
            begin(self._begin, [session], [*acts, *self.pictures, self.swept], **QUICK)
        runs = [
            self.back.click(look, [session], [*acts, *self.pictures], **lasting),
            self.sweep.click(swept, [session], [*acts, self.swept], **lasting),
        ]
        self.halt.click(self._stop, [session], [self.halt], **QUICK).then(
            self._stopped, [session], acts, cancels=runs, **QUICK
        )

    def wait_for(self, session: gr.State, ends: Sequence[gr.events.Dependency]) -> None:
        """ends: events after which a duel may have ended."""
        for end in ends:
            end.then(self._ready, [session], self.acts, **QUICK)

    # ---- handlers ------------------------------------------------------------------------

    def _begin(self, session: Session) -> Values:
        """A new duel starts: what was found of the last one goes."""
        session.look.stop()
        return self._shown(Glance("idle", ""), False) | dict.fromkeys([*self.pictures, self.swept])

    def _ready(self, session: Session) -> Values:
        """A duel may have ended. One that is still running, or a look back, is left alone."""
        if session.look.busy or not session.ready:
            return {self.status: gr.skip()}
        if session.guest:
            return self._shown(Glance("none", ANOTHERS), False)
        return self._shown(Glance("idle", READY), True)

    def _looker(
        self, look: Look, words: tuple[str, str]
    ) -> Callable[[Session], AsyncGenerator[Values, None]]:
        async def watch(session: Session) -> AsyncGenerator[Values, None]:
            if session.look.busy:  # a second click, before the button was seen to be off
                yield {self.status: gr.skip()}
                return
            async with aclosing(glances(session, look, self.player, words)) as seen:
                async for glance in seen:
                    drawn, text = self._found(glance.found, session)
                    yield self._shown(replace(glance, text=text or glance.text), True) | drawn

        return watch

    def _found(self, found: Hindsight | Sweep | None, session: Session) -> tuple[Values, str]:
        """What is drawn of it, and told."""
        if isinstance(found, Hindsight):
            spent = units.tokens(found.generated)
            text = f"Looked back: {found.repeats} draws of each lane, {spent} generated for them."
            view = views.frontier(found, session.duel)
            session.found |= {"frontier": view, "regrets": view}
            return dict.fromkeys(self.pictures, view), text
        if isinstance(found, Sweep):
            text = f"Swept: {len(found.points)} intervals of τ, {found.repeats} runs in each."
            session.found["sweep"] = views.sweep(found, session.duel)
            return {self.swept: session.found["sweep"]}, text
        return {}, ""

    async def _stop(self, session: Session) -> Any:
        await session.look.stopped()
        return gr.update(interactive=False)

    def _stopped(self, session: Session) -> Values:
        return self._shown(Glance("stopped", "Stopped."), session.ready and not session.guest)

    def _shown(self, glance: Glance, ready: bool) -> Values:
        """The status line and the buttons. ready: there is a duel to look back on."""
        running = glance.state == "running"
        return {
            self.status: glance.status,
            self.back: gr.update(interactive=ready and not running),
            self.sweep: gr.update(interactive=ready and not running),
            self.halt: gr.update(interactive=running),
        }

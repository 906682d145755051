"""What happens on the Explore page, without Gradio: a visitor's run, its frames, reading a text.

Knows how a run becomes frames. Does not know components or layout (`explore.py`), nor how events
are streamed (`streaming.py`).
"""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd
import plotly.graph_objects as go

from scale_core.dialects.base import Reading
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.ui.streaming import Stream, Visitor
from scale_core.ui.switches import changed
from scale_core.views import export, figures, graph
from scale_core.views.units import Unit

LOG = logging.getLogger(__name__)
LONGEST = 4000  # characters of a problem


class Solve(Protocol):
    """`scale_core.runs.solve.solve` or something that looks like it."""

    def __call__(self, problem: str, *args: Any, **keywords: Any) -> AsyncIterator[ev.Event]: ...


class Reader(Protocol):
    """The part of a dialect that the page itself needs."""

    def read_problem(self, text: str) -> Reading: ...


class Session(Visitor):
    """One visitor's run on the page and the way to stop it; what its charts count. Never
    shared."""

    def __init__(self) -> None:
        super().__init__()
        self.run = Run()
        self.unit: Unit = "tokens"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a visitor wants solved. `values` are the advanced switches, in `switches()` order."""

    problem: str
    answer: str = ""
    preset: str = "scale"
    tau: float | None = None
    seed: int = 0
    values: tuple[Any, ...] = ()
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Pictures:
    """The big drawings, made only a few times."""

    over_time: go.Figure
    by_node: go.Figure
    ledger: pd.DataFrame

    @staticmethod
    def of(run: Run, prices: Prices | None = None, unit: Unit = "tokens") -> Pictures:
        prices = prices or Prices()
        drawn = figures.over_time(run, prices, unit), figures.by_node(run, prices, unit)
        return Pictures(*drawn, export.ledger(run, prices))


@dataclass(frozen=True, slots=True)
class Frame:
    """What the page shows at one moment; `pictures` None: as before. `problem`: what went wrong,
    in words for people."""

    view: dict[str, Any]
    pictures: Pictures | None
    running: bool
    problem: str = ""


# ---- reading a problem ---------------------------------------------------------------------


def read(reader: Reader, text: str) -> Reading:
    """The dialect's reading; a text that it cannot even look at is doubtful."""
    if not text.strip():
        return Reading("inside", "", None, "")
    if len(text) > LONGEST:
        return Reading(
            "outside",
            text[:LONGEST],
            None,
            f"This is longer than {LONGEST:,} characters. Please shorten it.",
        )
    try:
        return reader.read_problem(text)
    except Exception:
        LOG.exception("the dialect could not read a problem")
        return Reading("doubtful", text, None, "This text could not be read with certainty.")


# ---- playing a run -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunShow:
    """A visitor's run as frames."""

    session: Session
    prices: Prices

    @property
    def run(self) -> Run:
        return self.session.run

    def frame(self, *, big: bool, running: bool, problem: str = "") -> Frame:
        pictures = Pictures.of(self.run, self.prices, self.session.unit) if big else None
        return Frame(graph.view(self.run, self.prices), pictures, running, problem)

    def worth(self) -> bool:
        return bool(self.run.ledger.entries)

    def cut(self, status: ev.Status, message: str) -> None:
        self.run.apply(ev.RunEnded(t=self.run.seconds, status=status, message=message))


class Player:
    """Plays runs for visitors: owns the engine and the dialect, shares nothing else."""

    def __init__(
        self, solve: Solve, engine: Any, dialect: Any, prices: Prices | None = None
    ) -> None:
        self.solve, self.engine, self.dialect = solve, engine, dialect
        self.prices = prices or Prices()

    def events(self, ask: Ask, cancel: threading.Event) -> AsyncIterator[ev.Event]:
        """The run's events. Raises ValueError for options that are out of bounds."""
        keywords: dict[str, Any] = {"anyway": True} if ask.anyway else {}
        return self.solve(
            ask.problem, answer=ask.answer.strip() or None, preset=ask.preset,
            options=changed(ask.preset, ask.values, ask.tau), seed=ask.seed, engine=self.engine,
            dialect=self.dialect, cancel=cancel, **keywords)  # fmt: skip

    def play(self, session: Session, ask: Ask) -> AsyncGenerator[Frame, None]:
        """Frames while the run goes on, the last one complete. Closing this stops the run."""
        session.stop()
        session.run = Run()
        stream: Stream[Frame] = Stream(session.run, RunShow(session, self.prices))
        return stream.play(session, lambda cancel: self.events(ask, cancel))


def snapshot(session: Session) -> Run:
    """A copy of the session's run that later events do not change."""
    return Run(copy.copy(session.run.events))

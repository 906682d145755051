"""What happens on the Compare page, without Gradio: a visitor's duel, its frames, its replays.

Knows how a duel becomes frames and how a recorded one is decided anew. Does not know components
or layout (`compare.py`), nor how events are streamed (`streaming.py`).
"""

from __future__ import annotations

import copy
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.ui.streaming import Stream, Visitor
from scale_core.ui.switches import changed_for_duel, changed_settings
from scale_core.views import duel as duel_view
from scale_core.views import export, figures


class RunDuel(Protocol):
    """`scale_core.duel` or something that looks like it."""

    def __call__(
        self, problem: str, *args: Any, **keywords: Any
    ) -> AsyncIterator[du.DuelEvent]: ...


class Replay(Protocol):
    """`scale_core.replay` or something that looks like it."""

    async def __call__(self, recorded: du.Duel, *args: Any, **keywords: Any) -> du.Duel: ...


class DuelSession(Visitor):
    """One visitor's duel and, where the lab was used, the recorded one that is shown instead.
    `bank`: the duel whose samples this one did not have to generate, if there is one. `opened`:
    the visitor has opened a reason by hand. `look`: what looks back on the duel; it is stopped
    with it."""

    def __init__(self) -> None:
        super().__init__()
        self.look = Visitor()
        self.duel = du.Duel()
        self.replayed: du.Duel | None = None
        self.bank: du.Duel | None = None
        self.opened = False

    @property
    def shown(self) -> du.Duel:
        return self.replayed or self.duel

    def stop(self) -> None:
        super().stop()
        self.look.stop()


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a visitor wants compared. `values`: the pipeline's switches, in `switches()` order;
    `rules`: the lanes' settings, in the order of `Settings`."""

    problem: str
    answer: str = ""
    lanes: tuple[str, ...] = ()
    budget: str = "4/step"
    tau: float | None = None
    seed: int = 0
    values: tuple[Any, ...] = ()
    rules: tuple[Any, ...] = ()
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Charts:
    """The drawings that are made seldom; the tables only at the end."""

    spend: dict[str, Any]
    stages: dict[str, Any]
    rounds: dict[str, Any]
    tables: tuple[pd.DataFrame, pd.DataFrame] | None = None

    @staticmethod
    def of(duel: du.Duel, prices: Prices, *, tables: bool = False) -> Charts:
        told = export.lane_table, export.duel_ledger
        made = (told[0](duel, prices), told[1](duel, prices)) if tables else None
        drawn = figures.spend(duel, prices), figures.stages(duel, prices), figures.rounds(duel)
        return Charts(*drawn, made)


@dataclass(frozen=True, slots=True)
class DuelFrame:
    """What the page shows at one moment; `charts` None: as before."""

    view: dict[str, Any]
    charts: Charts | None
    running: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DuelShow:
    """A duel as frames. `before`: the live duel that a recorded one is compared with. `bank`: the
    duel whose samples this one did not generate."""

    duel: du.Duel
    before: du.Duel | None = None
    bank: du.Duel | None = None
    prices: Prices = Prices()

    def frame(self, *, big: bool, running: bool, problem: str = "") -> DuelFrame:
        charts = Charts.of(self.duel, self.prices, tables=not running) if big else None
        view = duel_view.view(self.duel, self.before, self.bank, self.prices)
        return DuelFrame(view, charts, running, problem)

    def worth(self) -> bool:
        return any(run.ledger.entries for run in self.duel.lanes.values())

    def cut(self, status: ev.Status, message: str) -> None:
        """End the duel, and each lane that has begun and not ended."""
        t = self.duel.seconds
        for name, run in self.duel.lanes.items():
            if run.start is not None and run.end is None:
                ended = ev.RunEnded(t=run.seconds, status=status, message=message)
                self.duel.apply(du.LaneEvent(t=t, lane=name, event=ended))
        self.duel.apply(du.DuelEnded(t=t, status=status, message=message))


@dataclass
class DuelPlayer:
    """Plays duels for visitors: owns the engine and the dialect, shares nothing else. `refill`:
    from a recorded duel to the bank that its samples make, for duels that only generate what is
    missing."""

    run: RunDuel
    replay: Replay | None = None
    engine: Any = None
    dialect: Any = None
    refill: Callable[[du.Duel, Any], Any] | None = None
    lanes: Mapping[str, du.Lane] = field(default_factory=dict)
    prices: Prices = field(default_factory=Prices)

    def show(self, session: DuelSession) -> DuelShow:
        """What a session holds now, as frames."""
        return DuelShow(session.duel, bank=session.bank, prices=self.prices)

    def play(self, session: DuelSession, ask: Challenge) -> AsyncGenerator[DuelFrame, None]:
        """Frames while the duel goes on, the last one complete. Closing this stops the duel."""
        return self._play(session, lambda cancel: self._events(ask, cancel))

    def _play(
        self,
        session: DuelSession,
        source: Callable[[threading.Event], AsyncIterator[du.DuelEvent]],
        bank: du.Duel | None = None,
    ) -> AsyncGenerator[DuelFrame, None]:
        session.stop()
        session.duel, session.replayed, session.bank = du.Duel(), None, bank
        session.opened = False
        stream: Stream[DuelFrame] = Stream(session.duel, self.show(session))
        return stream.play(session, source)

    def _events(self, ask: Challenge, cancel: threading.Event) -> AsyncIterator[du.DuelEvent]:
        """The duel's events. Raises ValueError for what is out of bounds."""
        if not ask.lanes:
            raise ValueError("choose at least one lane")
        keywords: dict[str, Any] = {"anyway": True} if ask.anyway else {}
        return self.run(
            ask.problem, answer=ask.answer.strip() or None, lanes=ask.lanes, budget=ask.budget,
            settings=changed_settings(ask.rules), options=changed_for_duel(ask.values, ask.tau),
            seed=ask.seed, engine=self.engine, dialect=self.dialect, cancel=cancel, **keywords,
        )  # fmt: skip

    # ---- the replay lab ----------------------------------------------------------------------

    async def decide_anew(
        self, session: DuelSession, settings: Mapping[str, Any], tau: float | None, budget: str
    ) -> DuelFrame:
        """The recorded duel under other settings, without the engine. Raises ValueError."""
        assert self.replay is not None
        options = {} if tau is None else {"tau": tau}
        session.replayed = await self.replay(
            session.duel, settings=settings, options=options, budget=budget, dialect=self.dialect
        )
        show = DuelShow(session.replayed, session.duel, prices=self.prices)
        return show.frame(big=True, running=False)

    def back(self, session: DuelSession) -> DuelFrame:
        """The duel as it really ran."""
        session.replayed = None
        return self.show(session).frame(big=True, running=False)

    def fill(self, session: DuelSession) -> AsyncGenerator[DuelFrame, None]:
        """Run the replayed duel for real on what is recorded: only what is missing is generated.
        Needs a replayed duel in the session."""
        asked, recorded = session.replayed, session.duel
        assert asked is not None and asked.start is not None and self.refill is not None
        start, bank = asked.start, self.refill(recorded, self.engine)

        def source(cancel: threading.Event) -> AsyncIterator[du.DuelEvent]:
            return self.run(
                start.problem, answer=start.expected, lanes=[lane.name for lane in start.lanes],
                budget=start.budget, settings=dict(start.settings), options=dict(start.options),
                seed=start.seed, dialect=self.dialect, cancel=cancel, anyway=True, bank=bank,
            )  # fmt: skip

        return self._play(session, source, recorded)


def snapshot(duel: du.Duel) -> du.Duel:
    """A copy of a duel that later events do not change."""
    return du.Duel(copy.copy(duel.events))

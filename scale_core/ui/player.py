"""The player: a visitor's lanes as a stream of events, shown as a few frames a second.

Knows what a visitor's session holds, how lanes are started for it and shown; one lane or several
makes no difference to it. Does not know how lanes go on by themselves (performance.py), Gradio, or
how a frame is drawn.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import math
import threading
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, Self

from scale_core.dialects.base import Dialect
from scale_core.runs.lanes import DETAIL, dialect_of, lane_of, run_lanes
from scale_core.runs.live_words import LiveWords
from scale_core.runs.replay import bank_of, replay
from scale_core.store.store import NotThere, Store, Stored
from scale_core.store.summary import RUNNING
from scale_core.strategies.settings import Caps
from scale_core.trace import duel as dv
from scale_core.trace.duel import Duel, cut
from scale_core.trace.prices import Prices
from scale_core.trace.redaction import Redaction, redacted_duel
from scale_core.trace.run import Run
from scale_core.ui.admission import Admission, Caller, Refusal
from scale_core.ui.ask import Ask
from scale_core.ui.bounds import HOME, check
from scale_core.ui.operations import Operations
from scale_core.ui.performance import Performance, Source, UnderWay, Visit
from scale_core.ui.work import Visitor, friendly
from scale_core.views.live import Place

LONGEST = HOME.problem  # characters of a problem
TICK = 0.1  # seconds between two frames at least
CHART_TICK = 0.9  # charts travel whole, so they travel seldom
FOLLOW = 1.0  # seconds between two looks at what is written elsewhere

LOST = "interrupted: the app ended before the run did"
ELSEWHERE = "it still runs; this is what it has written so far"
GONE = "it cannot be watched any longer: it was deleted, or is shared no more"


@dataclass(frozen=True, slots=True)
class Frame:
    """A moment to draw a session at. big: with the drawings that are made only a few times.
    problem: what went wrong, in words for people. events: there are new ones; else only what is
    being written has changed. before: the place in the queue of lanes that wait, from 1."""

    big: bool
    running: bool
    problem: str = ""
    events: bool = True
    before: int = 0


# ---- a visitor's work ----------------------------------------------------------------------


class Session:
    """What one visitor has on one page: lanes, and in the replay lab the same decided anew.
    visit: whose page it is, on which load of it. caller: for whom it counts what is started.
    asked: what was started last, and when. invited: the permalink's id in its address. key: of the
    stored run that is shown, if it is the visitor's own; link: the id of its permalink, if it is
    shared; made_of: the key of the run whose samples it has; guest: it is another's, to be looked
    at; elsewhere: it still runs, for another page or in another process. source: the duel whose
    samples these lanes did not generate, if there is one. film: the duel up to a moment, while that
    is looked at. opened: what the visitor has opened by hand. look: what looks back on the duel;
    found: what its charts are drawn from, by their names. Never shared."""

    def __init__(self) -> None:
        self.visit, self.caller, self.invited = Visit(), Caller(), ""
        self.performance: Performance | None = None
        self.asked: tuple[Ask, float] | None = None
        self.look = Visitor()
        self._silence = LiveWords()
        self.begin()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Gradio copies a state's first value for each visitor: each gets a fresh one."""
        return type(self)()

    def begin(self, source: Duel | None = None) -> Duel:
        """A new, empty duel in place of the last one."""
        return self.show(Duel(), source)

    def show(self, duel: Duel, source: Duel | None = None) -> Duel:
        """Another duel in place of the last one."""
        self.duel, self.source = duel, source
        self.opened: Place | None = None
        self.replayed: Duel | None = None
        self.found: dict[str, Any] = {}
        self.film: Duel | None = None
        self.key, self.link, self.made_of, self.guest = "", "", "", False
        self.elsewhere = False
        return self.duel

    def seek(self, t: float) -> None:
        """Show the duel as it was `t` seconds after its start; from its end on, as it is."""
        events, self.replayed = self.duel.events, None
        if t >= round(self.duel.seconds, 3):  # as a slider knows it
            self.film = None
            return
        seen = max(1, bisect_right(events, t, key=lambda event: event.t))
        if self.film is None or len(self.film.events) > seen:
            self.film = Duel()
        for event in events[len(self.film.events) : seen]:
            self.film.apply(event)

    def recall(self, duel: Duel, stored: Stored | None = None) -> None:
        """A run that has ended, from wherever it is kept. stored: as one of the visitor's own. What
        plays for this page goes on."""
        self.look.stop()
        self.performance = None
        self.show(duel)
        self.known_as(stored)

    def known_as(self, stored: Stored | None) -> None:
        """What is shown is this one of the visitor's own runs."""
        if stored is not None:
            self.key, self.link = stored.key, stored.shared or ""
            self.made_of = stored.source or ""

    def take_up(self, performance: Performance) -> None:
        """Lanes that play, or have played, without this page."""
        self.performance = performance
        self.show(performance.duel, performance.source)
        self.key = performance.key if performance.stored else ""

    def open(self, lane: str, id: str) -> None:
        """The visitor reads this: its words come whole."""
        self.opened = lane, id
        self.words.news()

    @property
    def words(self) -> LiveWords:
        """What is being written meanwhile."""
        return self._silence if self.performance is None else self.performance.words

    @property
    def whole(self) -> Duel:
        """What is shown, up to its end."""
        return self.replayed or self.duel

    @property
    def shown(self) -> Duel:
        return self.film or self.whole

    @property
    def busy(self) -> bool:
        return self.performance is not None and not self.performance.ended

    @property
    def ready(self) -> bool:
        """Whether there is a duel that has ended."""
        return not self.busy and self.duel.end is not None

    @property
    def run(self) -> Run:
        """The run of the one lane, or the first one's."""
        return next(iter(self.shown.lanes.values()), Run())

    def stop(self) -> None:
        if self.performance is not None:
            self.performance.stop()
        self.look.stop()

    async def stopped(self) -> None:
        """Stop, and wait until the lanes have ended."""
        self.look.stop()
        if self.performance is not None:
            await self.performance.stopped()


# ---- lanes ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Player:
    """Plays lanes for visitors, who share its engine and nothing else. caps: what a budget may be
    at most. store: where runs are kept, None for nowhere. under_way: what goes on without its page.
    lanes: what runs them. admission: who may start a run, and how long one may be. operations: who
    hears of what has ended or was refused."""

    engine: Any
    prices: Prices = field(default_factory=Prices)
    caps: Caps = field(default_factory=Caps)
    store: Store | None = None
    under_way: UnderWay = field(default_factory=UnderWay)
    lanes: Callable[..., AsyncIterator[dv.DuelEvent]] = run_lanes
    admission: Admission = field(default_factory=Admission)
    operations: Operations | None = None

    @property
    def dialect(self) -> Dialect:
        """How the model is asked, as far as is known of it now."""
        return dialect_of(self.engine.info)

    def play(
        self, session: Session, ask: Ask, *, heard: bool = True
    ) -> AsyncGenerator[Frame, None]:
        """Frames while the lanes run, the last one complete. Closing this stops them, unless they
        are a page's, which may come back. heard: frames come for words that are being written,
        too."""

        def source(cancel: threading.Event, words: LiveWords) -> AsyncIterator[dv.DuelEvent]:
            alone = ask.budget is None
            lanes = [lane_of(ask.preset, ask.options)] if alone else ask.lanes
            return self.lanes(
                ask.problem, lanes, ask.budget, answer=ask.answer.strip() or None,
                preset=ask.preset, options=ask.options, settings=ask.settings, seed=ask.seed,
                engine=self.engine, cancel=cancel, anyway=ask.anyway, caps=self.caps,
                detail=DETAIL if alone else 0, live=words if heard else None,
            )  # fmt: skip

        return self._play(session, source, ask=ask)

    def fill(self, session: Session) -> AsyncGenerator[Frame, None]:
        """Run the replayed duel for real on what is recorded: only what is missing is generated.
        Needs a replayed duel in the session."""
        asked, recorded = session.replayed, session.duel
        assert asked is not None and asked.start is not None and not session.guest
        start = asked.start

        def source(cancel: threading.Event, words: LiveWords) -> AsyncIterator[dv.DuelEvent]:
            return self.lanes(
                start.problem, [lane.name for lane in start.lanes], start.budget,
                answer=start.expected, settings=dict(start.settings), options=dict(start.options),
                seed=start.seed, engine=self.engine, cancel=cancel, anyway=True, caps=self.caps,
                cache=bank_of(recorded, self.engine), live=words,
            )  # fmt: skip

        return self._play(session, source, recorded)

    async def _play(
        self,
        session: Session,
        source: Source,
        recorded: Duel | None = None,
        ask: Ask | None = None,
    ) -> AsyncGenerator[Frame, None]:
        """What may not be started leaves everything as it is and is told."""
        session.stop()
        try:
            if ask is not None:
                check(ask, self.admission.bounds)
            turn = self.admission.enter(session.caller)
        except ValueError as error:
            refused = isinstance(error, Refusal)
            if self.operations is not None:
                self.operations.refused(session.caller, str(error))
            words = sentence(str(error)) if refused else friendly(error)
            yield Frame(big=True, running=False, problem=words)
            return
        visit, store = session.visit, self.store
        made_of = session.key if recorded else ""
        recording = None if store is None else store.record(visit.owner or "", made_of)
        duel = session.begin(recorded)
        most = self.admission.bounds.tokens
        performance = Performance(duel, up_to(most, source), visit, recording, recorded, turn)
        if (operations := self.operations) is not None:
            caller = session.caller
            performance.at_end = lambda: operations.ended(duel, caller, performance.problem)
        session.take_up(performance)
        self.under_way.started(performance)
        session.made_of = made_of
        if visit.id:
            self.under_way.begin(performance)
        try:
            async with contextlib.aclosing(self.watch(session, performance)) as frames:
                async for frame in frames:
                    yield frame
        finally:
            if not visit.id:
                await performance.stopped()

    async def watch(
        self, session: Session, performance: Performance
    ) -> AsyncGenerator[Frame, None]:
        """Frames while lanes run that were started before, the last one complete; none any more
        once the session shows others. Closing this leaves them as they are."""
        duel = performance.duel
        known, charted, drawn = 0, 0, -math.inf  # events in frames and in charts; when that was
        place = 0
        async with contextlib.aclosing(performance.news(TICK)) as news:
            async for _ in news:
                if session.performance is not performance:
                    return
                if (before := performance.before) or place:
                    moved, place = bool(place and before), before
                    yield Frame(big=False, running=True, before=before, events=not moved)
                    continue
                now, count = monotonic(), len(duel.events)
                big = count > charted and now - drawn >= CHART_TICK and _spent(duel)
                frame = Frame(big, running=True, events=big or count > known)
                known, charted, drawn = (count, count, now) if big else (count, charted, drawn)
                yield frame
        if session.performance is performance:
            yield Frame(big=True, running=False, problem=performance.problem)

    def returned(self, session: Session) -> Performance | None:
        """What this visitor left on another visit and finds again, now in this session."""
        found = None if session.busy else self.under_way.returned(session.visit)
        if found is not None:
            session.take_up(found)
        return found

    def seen(self, session: Session) -> AsyncGenerator[Frame, None]:
        """Frames of what the session shows, for as long as it goes on; the last one is complete."""
        if session.performance is not None:
            return self.watch(session, session.performance)
        return self.follow(session)

    async def follow(self, session: Session) -> AsyncGenerator[Frame, None]:
        """Frames of a stored run that another page or process plays, from its events as they are
        written, the last one complete; none any more once the session shows another. A run that has
        ended is that last frame. The run is left as it is."""
        duel, redaction, problem, charted = session.duel, Redaction(), "", -math.inf
        while session.elsewhere:
            try:
                running, events = await asyncio.to_thread(self._written, session, len(duel.events))
            except (NotThere, ValueError) as error:
                running, events = False, []
                problem = sentence(GONE if isinstance(error, NotThere) else str(error))
            if session.duel is not duel:
                return
            for event in events:  # an older release wrote addresses and paths
                duel.apply(redaction.duel_event(event) if session.guest else event)
            if not running:
                session.elsewhere = False
                cut(duel, "stopped", problem or LOST)
                break
            if events:
                big = monotonic() - charted >= CHART_TICK and _spent(duel)
                charted = monotonic() if big else charted
                yield Frame(big, running=True)
            await asyncio.sleep(FOLLOW)
        if session.duel is duel:
            yield Frame(big=True, running=False, problem=problem)

    def _written(self, session: Session, first: int) -> tuple[bool, list[dv.DuelEvent]]:
        """Whether a run that the session follows still runs, and its events from number `first` on.
        Asked in this order: of a run that has ended, all are there. Raises NotThere, ValueError."""
        store, owner = self.store, session.visit.owner
        assert store is not None
        stored = (
            store.shared(session.link) if session.guest else store.get(owner or "", session.key)
        )
        return stored.summary.status == RUNNING, events_of(store, stored, first)

    async def open(self, session: Session, key: str) -> None:
        """One of the visitor's runs by its key, now in this session: what still plays here, or else
        what is stored of it. Raises NotThere, and ValueError for one that cannot be read."""
        owner = session.visit.owner
        found = self.under_way.found(owner, key)
        if found is not None:
            self.under_way.hold(found, session.visit)
            session.look.stop()
            session.take_up(found)
            session.known_as(await self.own(owner, found.key))
            return
        if self.store is None or owner is None:
            raise NotThere("there is no such run")
        stored = await asyncio.to_thread(self.store.get, owner, key)
        await self._recall(session, stored, own=True)

    async def _recall(self, session: Session, stored: Stored, *, own: bool) -> None:
        """A stored run, now in this session; one that still runs is there to be followed."""
        assert self.store is not None
        running, duel = stored.summary.status == RUNNING, Duel()
        if not running:
            duel = await asyncio.to_thread(read_stored, self.store, stored)
        if not own:
            duel = Duel(redacted_duel(duel.events))  # an older release wrote addresses and paths
        session.recall(duel, stored if own else None)
        session.elsewhere, session.guest = running, not own

    async def look_at(self, session: Session, duels: bool) -> bool:
        """The run to whose permalink this visitor came, now in this session; whether there is one
        for it: a duel, or a single run. Another's can be looked at, and no more. Raises NotThere,
        and ValueError for one that cannot be read."""
        store, owner = self.store, session.visit.owner
        if store is None:
            raise NotThere("there is no such run")
        stored = await asyncio.to_thread(store.shared, session.invited)
        if stored.summary.duel != duels:
            return False
        if await self.own(owner, stored.key) is not None:
            await self.open(session, stored.key)
        else:
            await self._recall(session, stored, own=False)
        session.link = session.invited
        return True

    async def share(self, session: Session, shared: bool) -> None:
        """Make the visitor's own run that is shown readable by whoever has its permalink, or no
        longer. Raises NotThere."""
        owner, key = session.visit.owner, session.key
        if self.store is None or owner is None or not key:
            raise NotThere("there is no such run")
        link = await asyncio.to_thread(self.store.share, owner, key, shared)
        session.link = link or ""

    async def own(self, owner: str | None, key: str) -> Stored | None:
        """One of a visitor's own runs as it is stored; None if it is not, or not theirs."""
        if self.store is None or owner is None:
            return None
        with contextlib.suppress(NotThere):
            return await asyncio.to_thread(self.store.get, owner, key)
        return None

    async def decide_anew(
        self, session: Session, settings: Mapping[str, Any], tau: float | None, budget: str
    ) -> None:
        """The recorded duel under other settings, without the engine. Raises ValueError."""
        options = {} if tau is None else {"tau": tau}
        session.film = None
        session.replayed = await replay(
            session.duel, settings=settings, options=options, budget=budget, caps=self.caps
        )


def read_stored(store: Store, stored: Stored) -> Duel:
    """A stored run, as far as its events are written. Raises ValueError."""
    duel = Duel(events_of(store, stored))
    cut(duel, "stopped", ELSEWHERE if stored.summary.status == RUNNING else LOST)
    return duel


def events_of(store: Store, stored: Stored, first: int = 0) -> list[dv.DuelEvent]:
    """A stored run's events from number `first` on. Raises ValueError."""
    try:
        return store.events(stored.key, first)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"this run cannot be read: {error}") from None


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def up_to(most: int, source: Source) -> Source:
    """The same lanes, stopped once they have processed `most` tokens."""

    async def bounded(
        cancel: threading.Event, words: LiveWords
    ) -> AsyncGenerator[dv.DuelEvent, None]:
        spent, over = 0, f"a run may process at most {most:,} tokens here"
        events = source(cancel, words)
        try:
            async for event in events:
                if isinstance(event, dv.Generated):
                    spent += event.usage.total or 0
                if spent > most:
                    cancel.set()
                    if isinstance(event, dv.DuelEnded):
                        event = replace(event, message=event.message or over)
                yield event
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    return bounded


def _spent(duel: Duel) -> bool:
    return any(run.ledger.entries for run in duel.lanes.values())


def snapshot(duel: Duel) -> Duel:
    """A copy of a duel that later events do not change."""
    return Duel(copy.copy(duel.events))

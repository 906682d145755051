"""Lanes under way, whoever watches: they go on when their page goes away, and are found again.

Knows how lanes wait for their turn, are played apart from any page, stored as they happen, stopped,
and given up once nobody has come back in time. A page is one visit; a visitor's next visit may take
up what the last one left. Does not know Gradio, or what is drawn.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field

from scale_core.runs.live_words import LiveWords
from scale_core.store.recorder import Recording, new_key, recorded
from scale_core.trace import duel as dv
from scale_core.trace.duel import Duel, cut
from scale_core.ui import work
from scale_core.ui.admission import Turn
from scale_core.ui.work import failure, paced

GRACE = 60.0  # seconds that lanes go on for without anybody
MOST_ALONE = 16  # lanes without anybody at the same time

Source = Callable[[threading.Event, LiveWords], AsyncIterator[dv.DuelEvent]]


@dataclass(frozen=True, slots=True)
class Visit:
    """One load of the page. owner: whose runs it has, over all their visits (visitors.py), None for
    nobody's; tab: what a reload keeps; page: for which of the pages. Empty for programs, whose work
    ends when they leave."""

    id: str = ""
    owner: str | None = None
    tab: str = ""
    page: str = ""


class Performance:
    """Lanes that play into `duel` once it is their turn. play: what they emit. visit: who started
    them. source: the duel whose samples they have, if there is one. words: what is being written.
    problem: what went wrong, in words for people; unstored: why their events are not kept."""

    def __init__(
        self,
        duel: Duel,
        play: Source,
        visit: Visit,
        recording: Recording | None = None,
        source: Duel | None = None,
        turn: Turn | None = None,
    ) -> None:
        self.turn = turn
        self.duel, self.source, self.visit, self._recording = duel, source, visit, recording
        self.key = recording.key if recording else new_key()
        self.problem = ""
        self.at_end: Callable[[], None] = lambda: None
        self._watching: set[asyncio.Event] = set()
        self.words = LiveWords(self._tell)
        self.cancel = threading.Event()
        self.visits = {visit.id} if visit.id else set()
        self.alone: asyncio.TimerHandle | None = None
        self._ended = asyncio.Event()
        self._task = asyncio.create_task(self._perform(play))

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    @property
    def before(self) -> int:
        """The place in the queue, from 1; 0: they play, or have played."""
        return 0 if self.turn is None or self.turn.come.is_set() else self.turn.before

    @property
    def unstored(self) -> str:
        return self._recording.problem if self._recording else ""

    @property
    def stored(self) -> bool:
        return self._recording is not None and not self._recording.problem

    def stop(self) -> None:
        """Ask the lanes to stop; who does not obey in time is cut off."""
        if not self.cancel.is_set() and not self.ended:
            self.cancel.set()
            if self.before:
                self._task.cancel()  # nothing has begun that would have to be asked
            else:
                self._task.get_loop().call_later(work.STOP_PATIENCE, self._task.cancel)

    async def stopped(self) -> None:
        """Stop, and wait until all has ended, but no longer than a deaf engine is waited for."""
        self.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), 2 * work.STOP_PATIENCE)

    async def news(self, tick: float) -> AsyncGenerator[None, None]:
        """A turn at each news, at most every `tick` seconds, until the lanes have ended. Closing
        this leaves them as they are."""
        news = asyncio.Event()
        if self.duel.events or self.before:  # whoever comes later sees at once where they are
            news.set()
        self._watching.add(news)
        try:
            async with contextlib.aclosing(paced(news, self._ended.is_set, tick)) as turns:
                async for turn in turns:
                    yield turn
        finally:
            self._watching.discard(news)

    # ---- the lanes -------------------------------------------------------------------------

    async def _perform(self, play: Source) -> None:
        try:
            if self.turn is not None:
                await self.turn.wait(self._tell)
            await self._fold(play)
        except asyncio.CancelledError:
            pass  # cut off; that is told below
        except Exception as error:
            self.problem = failure(error)
        finally:
            self.cancel.set()
            self.words.close()
            for event in cut(self.duel, "failed" if self.problem else "stopped", self.problem):
                if self._recording is not None:
                    await self._recording.add(event)
            if self.turn is not None:
                self.turn.leave()
            self._ended.set()
            self._tell()
            self.at_end()

    async def _fold(self, play: Source) -> None:
        """Fold events as they come, each stored before it is seen; always close their source."""
        events = play(self.cancel, self.words)
        if self._recording is not None:
            events = recorded(events, self._recording)
        try:
            async for event in events:
                self.duel.apply(event)
                self._tell()
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    def _tell(self) -> None:
        """There is something new to see."""
        for news in self._watching:
            news.set()


# ---- who is there ----------------------------------------------------------------------------


@dataclass
class UnderWay:
    """The performances of visitors whose page is there, or may come back. grace: seconds that one
    goes on for after its last page has gone. loop: on which all of them play."""

    grace: float = GRACE
    _all: list[Performance] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None
    _playing: set[Performance] = field(default_factory=set)

    def started(self, performance: Performance) -> None:
        """It plays, for a page or for a program."""
        self.loop = asyncio.get_running_loop()
        self._playing = {p for p in self._playing if not p.ended} | {performance}

    async def drain(self, patience: float) -> int:
        """Let what plays end; what has not after `patience` seconds is stopped, and marked so.
        Returns how many were stopped."""
        until = asyncio.get_running_loop().time() + patience
        while (left := [p for p in self._playing if not p.ended]) and any(
            not p.before for p in left
        ):
            if asyncio.get_running_loop().time() >= until:
                break
            await asyncio.sleep(0.05)
        left = [p for p in self._playing if not p.ended]
        await asyncio.gather(*(p.stopped() for p in left))
        return len(left)

    def begin(self, performance: Performance) -> None:
        """Keep it. What the same page had before is stopped: a page plays one at a time."""
        visit = performance.visit
        for other in [p for p in self._all if p.visit.page == visit.page and visit.id in p.visits]:
            other.stop()
            self._all.remove(other)
        self._all.append(performance)

    def left(self, visit: str) -> None:
        """A page has gone away."""
        for performance in [p for p in self._all if visit in p.visits]:
            performance.visits.discard(visit)
            if not performance.visits:
                loop = asyncio.get_running_loop()
                performance.alone = loop.call_later(self.grace, self._give_up, performance)
        alone = [p for p in self._all if not p.visits and not p.ended]
        for performance in alone[: max(0, len(alone) - MOST_ALONE)]:
            self._give_up(performance)

    def returned(self, visit: Visit) -> Performance | None:
        """What a visitor finds again on a new visit: of the page that they had there, in the same
        tab, or in one that is gone."""
        for performance in reversed(self._all):
            was = performance.visit
            same = was.owner == visit.owner and was.page == visit.page and visit.owner is not None
            if same and (was.tab == visit.tab or not performance.visits):
                self.hold(performance, visit)
                return performance
        return None

    async def stop_all(self, owner: str) -> None:
        """Stop everything of a visitor."""
        await asyncio.gather(*(p.stopped() for p in self._playing if p.visit.owner == owner))

    def found(self, owner: str | None, key: str) -> Performance | None:
        """A visitor's performance by its key."""
        return next((p for p in self._all if p.key == key and p.visit.owner == owner), None)

    def hold(self, performance: Performance, visit: Visit) -> None:
        performance.visits.add(visit.id)
        if performance.alone is not None:
            performance.alone.cancel()
            performance.alone = None

    def _give_up(self, performance: Performance) -> None:
        performance.stop()
        if performance in self._all:
            self._all.remove(performance)

"""Writing runs as they happen: what a person has seen is stored before they see it.

Knows one thread that writes for all runs of a process, several events in one transaction when they
come fast, and the sign of life by which other processes tell a running run from one whose process
died. Does not know how runs are found again (store.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import queue
import secrets
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import time
from typing import Any

import sqlalchemy as sa

from scale_core.store import search
from scale_core.store.database import writing
from scale_core.store.summary import Summary
from scale_core.store.tables import EVENTS, RUNS, WRITERS
from scale_core.trace import duel as dv

LOG = logging.getLogger(__name__)
ALIVE = 5.0  # seconds between two signs of life
SILENT = 30.0  # seconds without one after which a process counts as dead
MOST_AT_ONCE = 256  # events of one transaction

Write = Callable[[sa.Connection], Any]


def new_key() -> str:
    """An unguessable id of 128 bits, as 32 hexadecimal digits: what begins with a hyphen would be
    taken for a flag on a command line, and one word is selected by one double click."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class _Order:
    write: Write
    done: Future[Any]


class Writer:
    """The one thread through which a process writes. Orders are written in the order in which they
    came; those that wait are written in one transaction, and a failed one fails alone."""

    def __init__(self, engine: sa.Engine) -> None:
        self.id = secrets.token_hex(8)
        self._engine = engine
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="store", daemon=True)
        self._thread.start()

    def submit(self, write: Write) -> Future[Any]:
        """Have something written. The future holds what `write` returned, or why it failed."""
        order = _Order(write, Future())
        order.done.set_running_or_notify_cancel()  # whoever stops waiting does not take it back
        self._orders.put(order)
        return order.done

    def close(self) -> None:
        """Write what was ordered, take back the sign of life, and end."""
        self.submit(lambda c: c.execute(sa.delete(WRITERS).where(WRITERS.c.id == self.id)))
        self._orders.put(None)
        self._thread.join()

    # ---- the thread ------------------------------------------------------------------------

    def _work(self) -> None:
        seen = 0.0
        while True:
            if time() - seen >= ALIVE:
                seen = time()
                self._together([_Order(self.alive, Future())])
            orders = self._waiting(max(0.0, seen + ALIVE - time()))
            self._together([order for order in orders if order is not None])
            if None in orders:
                return

    def _waiting(self, timeout: float) -> list[_Order | None]:
        found: list[_Order | None] = []
        with contextlib.suppress(queue.Empty):
            found.append(self._orders.get(timeout=timeout))
            while len(found) < MOST_AT_ONCE and found[-1] is not None:
                found.append(self._orders.get_nowait())
        return found

    def _together(self, orders: list[_Order]) -> None:
        """All in one transaction; if that fails, each in its own."""
        if not orders:
            return
        try:
            with writing(self._engine) as connection:
                results = [order.write(connection) for order in orders]
        except Exception as error:  # whatever it is, it must not end the thread that all runs need
            if len(orders) > 1:
                for order in orders:
                    self._together([order])
            else:
                orders[0].done.set_exception(error)
        else:
            for order, result in zip(orders, results, strict=True):
                order.done.set_result(result)

    def alive(self, connection: sa.Connection) -> None:
        """Give a sign of life."""
        changed = connection.execute(
            sa.update(WRITERS).where(WRITERS.c.id == self.id).values(seen=time())
        )
        if not changed.rowcount:
            connection.execute(sa.insert(WRITERS).values(id=self.id, seen=time()))


# ---- one run -------------------------------------------------------------------------------


@dataclass
class Recording:
    """A run that is being written. source: the key of the run whose samples it has, if there is
    one. key: its unguessable id. problem: why it is not stored (any more), empty while all is well:
    a run goes on although it cannot be kept."""

    writer: Writer
    owner: str = ""
    source: str = ""
    key: str = field(default_factory=new_key)
    problem: str = ""
    summary: Summary = field(default_factory=Summary)
    run: int | None = None

    async def add(self, event: dv.DuelEvent) -> None:
        """Store an event; returns when it is on disk, or has failed (see `problem`)."""
        if self.problem:
            return
        try:
            written = self.writer.submit(lambda c: self._write(c, event))
            written.add_done_callback(self._written)
            await asyncio.wrap_future(written)
        except Exception as error:  # a full disk, a lost server: the run itself is well
            self.problem = reason(error)
            LOG.warning("a run is not stored: %s", error)

    def _written(self, written: Future[tuple[Summary, int]]) -> None:
        """Before the next event is written, whether or not anybody still waits for this one."""
        if written.exception() is None:
            self.summary, self.run = written.result()

    def _write(self, connection: sa.Connection, event: dv.DuelEvent) -> tuple[Summary, int]:
        body = line(event)
        before, after = self.summary, self.summary.after(event, len(body.encode()))
        run = self.run or self._begin(connection)
        connection.execute(sa.insert(EVENTS).values(run=run, seq=before.events, body=body))
        connection.execute(sa.update(RUNS).where(RUNS.c.id == run).values(**columns(after)))
        if isinstance(event, dv.DuelStarted | dv.DuelEnded):
            search.put(connection, run, searched(after))
        return after, run

    def _begin(self, connection: sa.Connection) -> int:
        values = columns(self.summary) | {
            "key": self.key,
            "owner": self.owner,
            "writer": self.writer.id,
            "created": time(),
            "name": "",
            "source": self.source or None,
        }
        return insert_run(connection, values)


def insert_run(connection: sa.Connection, values: dict[str, Any]) -> int:
    """A new row of `runs`; returns its id."""
    made = connection.execute(sa.insert(RUNS).values(**values)).inserted_primary_key
    assert made is not None
    return int(made[0])


def line(event: dv.DuelEvent) -> str:
    """An event as one line of JSON; what cannot be written as UTF-8 is written as escapes."""
    data = dv.to_json(event)
    text = json.dumps(data, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(data)


def _clean(text: str | None) -> str | None:
    """Text that every database takes: no NUL, no half of a pair."""
    return text and text.replace("\0", "").encode("utf-8", "replace").decode()


def columns(summary: Summary) -> dict[str, Any]:
    """A summary as values of the table `runs`."""
    return {
        "duel": summary.duel,
        "problem": _clean(summary.problem),
        "expected": _clean(summary.expected),
        "answer": _clean(summary.answer),
        "model": _clean(summary.model),
        "strategies": f" {' '.join(summary.strategies)} ",
        "budget": summary.budget,
        "status": summary.status,
        "verdict": summary.verdict,
        "tokens": summary.tokens,
        "seconds": summary.seconds,
        "events": summary.events,
        "size": summary.size,
    }


def searched(summary: Summary, name: str = "", tags: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The texts by which a run is found."""
    return (name, *tags, summary.problem, summary.answer or "", summary.model)


def reason(error: Exception) -> str:
    """Why something could not be stored, in a few words without paths."""
    cause: object = getattr(error, "orig", None) or error
    if isinstance(cause, OSError):
        return cause.strerror or type(cause).__name__
    return str(cause).splitlines()[0][:200] if str(cause) else type(cause).__name__


async def recorded(
    events: AsyncIterator[dv.DuelEvent], recording: Recording
) -> AsyncGenerator[dv.DuelEvent, None]:
    """The same events, each stored before it is handed on. Closing this closes their source."""
    try:
        async for event in events:
            await recording.add(event)
            yield event
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()

"""The store: runs found again, named, tagged, shared, deleted and taken back.

Knows what may be asked of stored runs and who may ask: every question names an owner, and what is
another's is not there, unless its owner shared it. Does not know how runs are written while they
happen (recorder.py), or any page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import time
from typing import Any, Literal, Self

import sqlalchemy as sa

from scale_core.store import search
from scale_core.store.database import connect
from scale_core.store.recorder import (
    SILENT,
    Recording,
    Writer,
    columns,
    insert_run,
    line,
    new_key,
    searched,
)
from scale_core.store.summary import RUNNING, Summary
from scale_core.store.tables import EVENTS, RUNS, TAGS, WRITERS
from scale_core.trace import duel as dv

INTERRUPTED = "interrupted"
"""The status of a run whose process died before the run's last event."""
LONGEST_NAME, LONGEST_TAG, MOST_TAGS = 200, 40, 20
MOST_SORTED = 5000
"""The newest so many runs that hold a text are sorted by something else than their time."""

Order = Literal["created", "tokens", "seconds", "problem", "model", "status"]


@dataclass(frozen=True, slots=True)
class Query:
    """Which runs. text: words, each of which must occur; since, until: Unix times."""

    text: str = ""
    model: str = ""
    strategy: str = ""
    status: str = ""
    verdict: str = ""
    tag: str = ""
    since: float | None = None
    until: float | None = None
    order: Order = "created"
    ascending: bool = False
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """One run as a list shows it. created: Unix time; shared: the id of its permalink, if any;
    source: the key of the run whose samples it has, if there is one."""

    key: str
    summary: Summary
    created: float
    name: str = ""
    tags: tuple[str, ...] = ()
    shared: str | None = None
    source: str | None = None

    @property
    def title(self) -> str:
        return self.name or self.summary.problem


class NotThere(LookupError):
    """There is no such run, or it is another's."""


@dataclass
class Store:
    """A place where runs are kept. `Store.at(place)` opens it; `close` waits for what is being
    written. Its methods block for a database's time; a page calls them in a thread."""

    engine: sa.Engine
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        self.writer = Writer(self.engine)

    @classmethod
    def at(cls, where: str) -> Self:
        """Raises as `database.connect`."""
        return cls(connect(where))

    def close(self) -> None:
        self.writer.close()
        self.engine.dispose()

    # ---- writing ---------------------------------------------------------------------------

    def record(self, owner: str = "", source: str = "") -> Recording:
        """A new run of this owner, empty until its first event. source: the key of the run whose
        samples it has, if there is one."""
        return Recording(self.writer, owner, source)

    def add(self, events: Iterable[dv.DuelEvent], owner: str = "", name: str = "") -> str:
        """Store a whole run that came from elsewhere; returns its key."""
        recording, summary = self.record(owner), Summary()
        lines = []
        for event in events:
            lines.append(line(event))
            summary = summary.after(event, len(lines[-1].encode()))

        def write(connection: sa.Connection) -> None:
            row = columns(summary) | {
                "key": recording.key, "owner": owner, "writer": self.writer.id,
                "created": time(), "name": name[:LONGEST_NAME],
            }  # fmt: skip
            run = insert_run(connection, row)
            rows = [{"run": run, "seq": i, "body": body} for i, body in enumerate(lines)]
            if rows:
                connection.execute(sa.insert(EVENTS), rows)
            search.put(connection, run, searched(summary, name))

        self._write(write)
        return recording.key

    def rename(self, owner: str, key: str, name: str) -> None:
        """Give a run a name of its owner's own. Raises NotThere."""

        def write(connection: sa.Connection) -> None:
            run = _own(connection, owner, key)
            named = sa.update(RUNS).where(RUNS.c.id == run).values(name=name.strip()[:LONGEST_NAME])
            connection.execute(named)
            _reindex(connection, run)

        self._write(write)

    def tag(self, owner: str, key: str, tags: Sequence[str]) -> None:
        """Give a run these tags in place of those that it had. Raises NotThere."""
        cleaned = dict.fromkeys(t for tag in tags if (t := clean_tag(tag)))
        wanted = list(cleaned)[:MOST_TAGS]

        def write(connection: sa.Connection) -> None:
            run = _own(connection, owner, key)
            connection.execute(sa.delete(TAGS).where(TAGS.c.run == run))
            if wanted:
                connection.execute(sa.insert(TAGS), [{"run": run, "tag": tag} for tag in wanted])
            _reindex(connection, run)

        self._write(write)

    def share(self, owner: str, key: str, shared: bool = True) -> str | None:
        """Make a run readable by whoever has its permalink's id, which is returned, or no longer.
        Shared again, a run keeps its id only while it is shared. Raises NotThere."""

        def write(connection: sa.Connection) -> str | None:
            run = _own(connection, owner, key)
            old = connection.scalar(sa.select(RUNS.c.shared).where(RUNS.c.id == run))
            new = (old or new_key()) if shared else None
            connection.execute(sa.update(RUNS).where(RUNS.c.id == run).values(shared=new))
            return new

        found: str | None = self._write(write)
        return found

    def delete(self, owner: str, keys: Sequence[str]) -> int:
        """Delete runs so that `restore` can take it back; returns how many there were."""
        return self._set_deleted(owner, keys, time())

    def restore(self, owner: str, keys: Sequence[str]) -> int:
        """Take a deletion back."""
        return self._set_deleted(owner, keys, None)

    def delete_all(self, owner: str) -> int:
        """Delete everything of an owner for good; returns how many runs there were."""
        return int(
            self._write(lambda c: _forget(c, sa.select(RUNS.c.id).where(RUNS.c.owner == owner)))
        )

    def purge(
        self,
        *,
        undo: float = 0.0,
        days: float | None = None,
        quota: int | None = None,
        in_all: int | None = None,
        owner: str | None = None,
    ) -> int:
        """Remove for good what was deleted more than `undo` seconds ago (by this owner, if one is
        named), what is older than `days`, of each owner the oldest runs beyond `quota` bytes, and
        the oldest of all beyond `in_all`; returns how many runs went. What still runs stays."""
        now = time()
        deleted = sa.select(RUNS.c.id).where(RUNS.c.deleted <= now - undo)
        if owner is not None:
            deleted = deleted.where(RUNS.c.owner == owner)

        def write(connection: sa.Connection) -> int:
            gone = _forget(connection, deleted)
            if days is not None:
                old = sa.and_(RUNS.c.created < now - 86_400 * days, RUNS.c.status != RUNNING)
                gone += _forget(connection, sa.select(RUNS.c.id).where(old))
            if quota is not None:
                gone += _forget(connection, _beyond(quota, RUNS.c.owner))
            if in_all is not None:
                gone += _forget(connection, _beyond(in_all))
            return gone

        return int(self._write(write))

    def probe(self) -> None:
        """Write, to learn whether that works; raises whatever is wrong."""
        self._write(self.writer.alive)

    def _set_deleted(self, owner: str, keys: Sequence[str], when: float | None) -> int:
        chosen = sa.and_(RUNS.c.owner == owner, RUNS.c.key.in_(keys))
        update = sa.update(RUNS).where(chosen).values(deleted=when)
        return int(self._write(lambda c: c.execute(update).rowcount))

    def _write(self, write: Any) -> Any:
        done: Future[Any] = self.writer.submit(write)
        return done.result()

    # ---- reading ---------------------------------------------------------------------------

    def find(self, owner: str, query: Query | None = None) -> list[Stored]:
        """An owner's runs that fit, at most `limit` of them in the order asked for."""
        query = query or Query()
        wanted = self._selected(owner, query).limit(query.limit).offset(query.offset)
        with self.engine.connect() as connection:
            found = connection.execute(wanted).all()
            return _stored(connection, found)

    def count(self, owner: str, query: Query | None = None) -> int:
        """How many runs fit."""
        wanted = self._selected(owner, query or Query()).order_by(None).subquery()
        with self.engine.connect() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(wanted)) or 0)

    def get(self, owner: str, key: str) -> Stored:
        """One of an owner's runs. Raises NotThere."""
        return self._one(sa.and_(*_owned(owner), RUNS.c.key == key))

    def key_of(self, owner: str, beginning: str, *, deleted: bool = False) -> str:
        """The key of an owner's one run whose key begins so. Raises NotThere, also where there are
        several. deleted: of those that were deleted."""
        gone = RUNS.c.deleted.is_not(None) if deleted else RUNS.c.deleted.is_(None)
        fits = RUNS.c.key.startswith(beginning, autoescape=True)
        wanted = sa.select(RUNS.c.key).where(RUNS.c.owner == owner, gone, fits).limit(2)
        with self.engine.connect() as connection:
            found = connection.scalars(wanted).all()
        if len(found) != 1:
            raise NotThere(f"{'several runs begin' if found else 'no run begins'} so: {beginning}")
        return str(found[0])

    def shared(self, link: str) -> Stored:
        """The run that was shared under this id. Raises NotThere."""
        return self._one(sa.and_(RUNS.c.deleted.is_(None), RUNS.c.shared == link))

    def events(self, key: str, first: int = 0) -> list[dv.DuelEvent]:
        """A run's events from number `first` on, as far as they are written; an unreadable line
        ends them. `key` must come from `get` or `shared`, which ask whose it is."""
        chosen = sa.select(EVENTS.c.body).join(RUNS, RUNS.c.id == EVENTS.c.run)
        chosen = chosen.where(RUNS.c.key == key, EVENTS.c.seq >= first).order_by(EVENTS.c.seq)
        with self.engine.connect() as connection:
            return [dv.from_json(json.loads(body)) for body in connection.scalars(chosen)]

    def values(self, owner: str, column: Literal["model", "tag"]) -> list[str]:
        """The models or tags that an owner's runs have, to choose from."""
        if column == "tag":
            wanted = sa.select(TAGS.c.tag).join(RUNS, RUNS.c.id == TAGS.c.run)
        else:
            wanted = sa.select(RUNS.c.model).where(RUNS.c.model != "")
        with self.engine.connect() as connection:
            return sorted(connection.scalars(wanted.where(*_owned(owner)).distinct()))

    def _selected(self, owner: str, query: Query) -> sa.Select[Any]:
        """In the order asked for; among equals the newest first. Ids grow with time, so `created`
        goes by them: the text's own index hands them out in that order, and what is asked for is
        found without reading every run that holds a common word."""
        wanted = sa.select(RUNS, _status()).where(*_owned(owner), *_filters(query))
        text = search.matching(self.engine.dialect.name, query.text)
        ids = search.WORDS.c.rowid if text is not None else RUNS.c.id
        newest = ids.asc() if query.ascending else ids.desc()
        if text is not None and query.order == "created":
            wanted = wanted.join(search.WORDS, ids == RUNS.c.id).where(text)
        elif text is not None:
            some = sa.select(ids).where(text).order_by(ids.desc()).limit(MOST_SORTED)
            wanted = wanted.where(RUNS.c.id.in_(some))
        if query.order == "created":
            return wanted.order_by(newest)
        column = _status() if query.order == "status" else RUNS.c[query.order]
        chosen = column.asc() if query.ascending else column.desc()
        placed = chosen.nulls_last() if query.order == "tokens" else chosen  # the one with nulls
        return wanted.order_by(placed, RUNS.c.id.desc())

    def _one(self, condition: sa.ColumnElement[bool]) -> Stored:
        with self.engine.connect() as connection:
            found = connection.execute(sa.select(RUNS, _status()).where(condition)).all()
            if not found:
                raise NotThere("there is no such run")
            return _stored(connection, found)[0]


# ---- pieces of SQL -------------------------------------------------------------------------


def clean_tag(tag: str) -> str:
    """A tag as it is kept: one line, lower case, no longer than `LONGEST_TAG`."""
    return re.sub(r"\s+", " ", tag).strip().lower()[:LONGEST_TAG].strip()


def _owned(owner: str) -> tuple[sa.ColumnElement[bool], ...]:
    return RUNS.c.owner == owner, RUNS.c.deleted.is_(None)


def _status() -> sa.ColumnElement[str]:
    """A running run whose process gives no sign of life has been interrupted."""
    alive = sa.exists().where(WRITERS.c.id == RUNS.c.writer, WRITERS.c.seen > time() - SILENT)
    dead = sa.and_(RUNS.c.status == RUNNING, sa.not_(alive))
    return sa.case((dead, INTERRUPTED), else_=RUNS.c.status).label("state")


def _filters(query: Query) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if query.model:
        found.append(RUNS.c.model == query.model)
    if query.strategy:
        found.append(RUNS.c.strategies.contains(f" {query.strategy} ", autoescape=True))
    if query.status:
        found.append(_status() == query.status)
    if query.verdict:
        found.append(RUNS.c.verdict == query.verdict)
    if query.tag:
        tagged = sa.select(TAGS.c.run).where(TAGS.c.tag == clean_tag(query.tag))
        found.append(RUNS.c.id.in_(tagged))
    if query.since is not None:
        found.append(RUNS.c.created >= query.since)
    if query.until is not None:
        found.append(RUNS.c.created < query.until)
    return found


def _beyond(quota: int, of: sa.Column[str] | None = None) -> sa.Select[int]:
    """The ended runs that, counted from the newest, lie beyond the quota: of each owner, or in
    all."""
    sums = sa.select(
        RUNS.c.id,
        RUNS.c.status,
        sa.func.sum(RUNS.c.size).over(partition_by=of, order_by=RUNS.c.id.desc()).label("bytes"),
    ).subquery()
    return sa.select(sums.c.id).where(sums.c.bytes > quota, sums.c.status != RUNNING)


def _own(connection: sa.Connection, owner: str, key: str) -> int:
    wanted = sa.select(RUNS.c.id).where(*_owned(owner), RUNS.c.key == key)
    found = connection.scalar(wanted)
    if found is None:
        raise NotThere("there is no such run")
    return int(found)


def _reindex(connection: sa.Connection, run: int) -> None:
    row = connection.execute(sa.select(RUNS).where(RUNS.c.id == run)).one()
    tags = connection.scalars(sa.select(TAGS.c.tag).where(TAGS.c.run == run)).all()
    search.put(connection, run, searched(_summary(row), row.name, tuple(tags)))


def _forget(connection: sa.Connection, wanted: sa.Select[int]) -> int:
    """Remove runs with all that belongs to them."""
    runs = connection.scalars(wanted).all()
    for at in range(0, len(runs), 500):
        some = runs[at : at + 500]
        search.drop(connection, some)
        connection.execute(sa.delete(RUNS).where(RUNS.c.id.in_(some)))
    return len(runs)


def _summary(row: sa.Row[Any]) -> Summary:
    return Summary(
        duel=row.duel,
        problem=row.problem,
        expected=row.expected,
        answer=row.answer,
        model=row.model,
        strategies=tuple(row.strategies.split()),
        budget=row.budget,
        status=getattr(row, "state", row.status),
        verdict=row.verdict,
        tokens=row.tokens,
        seconds=row.seconds,
        events=row.events,
        size=row.size,
    )


def _stored(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[Stored]:
    tags: dict[int, list[str]] = {}
    wanted = sa.select(TAGS).where(TAGS.c.run.in_([row.id for row in rows])).order_by(TAGS.c.tag)
    for run, tag in connection.execute(wanted):
        tags.setdefault(run, []).append(tag)
    return [
        Stored(
            row.key,
            _summary(row),
            row.created,
            row.name,
            tuple(tags.get(row.id, ())),
            row.shared,
            row.source,
        )
        for row in rows
    ]

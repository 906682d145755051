"""The store's tables, the same on SQLite and PostgreSQL.

Knows columns, keys and indexes. Does not know how they came to be (migrations/), what a search
looks like on either database (search.py), or what a run is.
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts only INTEGER up by itself

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(32), nullable=False, unique=True),  # unguessable, for outside
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("writer", sa.String(32), nullable=False),  # the process that writes it
    sa.Column("created", sa.Float, nullable=False),  # Unix time, seconds
    sa.Column("duel", sa.Boolean, nullable=False),  # with a budget: several lanes side by side
    sa.Column("name", sa.Text, nullable=False, default=""),  # a person's own name for it
    sa.Column("problem", sa.Text, nullable=False, default=""),
    sa.Column("expected", sa.Text),
    sa.Column("answer", sa.Text),
    sa.Column("model", sa.Text, nullable=False, default=""),
    sa.Column("strategies", sa.Text, nullable=False, default=""),  # " scale dora ", to be searched
    sa.Column("budget", sa.Text, nullable=False, default=""),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("verdict", sa.String(16)),
    sa.Column("tokens", sa.BigInteger),  # physical; unknown where the engine does not report them
    sa.Column("seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("events", sa.Integer, nullable=False, default=0),
    sa.Column("size", sa.BigInteger, nullable=False, default=0),  # bytes of its events
    sa.Column("shared", sa.String(32), unique=True),  # the unguessable id of its permalink
    sa.Column("source", sa.String(32)),  # the key of the run whose samples it has, if there is one
    sa.Column("deleted", sa.Float),  # when; it can be taken back until it is purged
    sa.Index("runs_of_owner", "owner", "deleted", "id"),
    *(sa.Index(f"runs_by_{name}", "owner", "deleted", name) for name in ("tokens", "seconds")),
    # these two on SQLite; PostgreSQL has others instead, see migrations/versions/0003_orders.py
)

EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("run", Id, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),  # one event as JSON, as in a .jsonl file
    sqlite_with_rowid=False,
)

TAGS = sa.Table(
    "tags",
    METADATA,
    sa.Column("run", Id, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag", sa.String(40), primary_key=True),
    sa.Index("tags_by_name", "tag", "run"),
)

WRITERS = sa.Table(
    "writers",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("seen", sa.Float, nullable=False),  # Unix time of its last sign of life
)
"""Processes that write runs: one that is silent has left its runs interrupted."""

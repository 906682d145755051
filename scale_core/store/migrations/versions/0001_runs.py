"""Runs, their events and tags, the processes that write them, and the words to search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _run_column() -> sa.Column[int]:
    return sa.Column(
        "run", _ID, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True, nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(32), nullable=False, unique=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("writer", sa.String(32), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("duel", sa.Boolean, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("expected", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("strategies", sa.Text, nullable=False),
        sa.Column("budget", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(16)),
        sa.Column("tokens", sa.BigInteger),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("shared", sa.String(32), unique=True),
        sa.Column("deleted", sa.Float),
        sqlite_autoincrement=True,  # a number is never given twice, not even after a deletion
    )
    op.create_index("runs_of_owner", "runs", ["owner", "deleted", "id"])
    for name in ("tokens", "seconds"):
        op.create_index(f"runs_by_{name}", "runs", ["owner", "deleted", name])
    op.create_table(
        "events",
        _run_column(),
        sa.Column("seq", sa.Integer, primary_key=True, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tags", _run_column(), sa.Column("tag", sa.String(40), primary_key=True, nullable=False)
    )
    op.create_index("tags_by_name", "tags", ["tag", "run"])
    op.create_table(
        "writers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("seen", sa.Float, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE words USING fts5(text, tokenize='unicode61', prefix='1 2 3')"
        )
    else:
        op.execute(
            "CREATE TABLE words (rowid bigint PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,"
            " text tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX words_text ON words USING gin (text)")


def downgrade() -> None:
    for name in ("words", "writers", "tags", "events", "runs"):
        op.drop_table(name)

"""Searching the words of runs: full text on either database, by the beginnings of words.

Knows what text of a run is searched, how a person's query is read and how SQLite's FTS5 and
PostgreSQL's tsvector are asked. Every word of the query must occur, as a word or its beginning.
Does not know filters or the rest of a run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa

LONGEST = 200  # characters of a query that are read
MOST_TEXT = 4000  # characters of a run that can be found
_WORD = re.compile(r"\w+")

WORDS = sa.table("words", sa.column("rowid", sa.BigInteger), sa.column("text"))


def words(text: str) -> list[str]:
    """The words of a text, lower case; signs between them part words."""
    return _WORD.findall(text.lower())


def matching(dialect: str, query: str) -> sa.ColumnElement[bool] | None:
    """That a row of `WORDS` holds every word of a query; None if it has no words."""
    wanted = words(query[:LONGEST])
    if not wanted:
        return None
    if dialect == "sqlite":
        match = " ".join(f'"{word}"*' for word in wanted)
        return sa.text("words MATCH :match").bindparams(match=match)  # type: ignore[return-value]
    query = " & ".join(f"'{word}':*" for word in wanted)
    return WORDS.c.text.op("@@")(sa.func.to_tsquery("simple", query))


def put(connection: sa.Connection, run: int, texts: Sequence[str]) -> None:
    """Make a run's words searchable, in place of those that it had."""
    text = " ".join(words(" ".join(texts)[:MOST_TEXT]))
    connection.execute(sa.delete(WORDS).where(WORDS.c.rowid == run))
    value = text if connection.dialect.name == "sqlite" else sa.func.to_tsvector("simple", text)
    connection.execute(sa.insert(WORDS).values(rowid=run, text=value))


def drop(connection: sa.Connection, runs: Sequence[int]) -> None:
    """Forget the words of runs."""
    connection.execute(sa.delete(WORDS).where(WORDS.c.rowid.in_(runs)))

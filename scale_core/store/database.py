"""Where runs are kept, and a database there that is up to date.

Knows the ways to name a place (a folder, a URL, none), what SQLite must be told, and that the
tables are brought to this release's form when the database is opened, by one process at a time.
Does not know what is written or asked.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from scale_core import user_data

FILE = "runs.sqlite"
HEAD = "0003"  # the newest of migrations/versions
MIGRATIONS = Path(__file__).parent / "migrations"  # scripts that Alembic runs, no modules of ours
BUSY = 10_000  # ms that SQLite waits for another process's write
_LOCK = 5_327_410_063  # the advisory lock under which PostgreSQL's tables are changed


def place(data: str | None = None) -> str | None:
    """What `--data` means, or the environment where it is not given: a folder or a database URL;
    None if nothing is to be kept."""
    chosen = user_data.named(data)
    if user_data.nowhere(chosen):
        return None
    return chosen or str(user_data.data_folder())


def connect(where: str) -> sa.Engine:
    """The database at a folder or URL, made or brought up to date where needed.

    Raises ValueError for a place that cannot be understood, sqlalchemy's `SQLAlchemyError` or
    OSError for one that cannot be used.
    """
    engine = _postgres(where) if "://" in where else _sqlite(Path(where).expanduser())
    try:
        _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def writing(engine: sa.Engine) -> AbstractContextManager[sa.Connection]:
    """A transaction that writes: SQLite takes its lock at once, so that it never has to give up a
    half-done one because another process was faster."""
    return engine.execution_options(writes=True).begin()


def _postgres(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() not in ("postgresql", "postgres"):
            raise ValueError(
                f"runs are kept in a folder or in PostgreSQL, not in {url.split(':')[0]}"
            )
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise ValueError(f"not a database URL: {error}") from None
    except ModuleNotFoundError as error:
        raise ValueError(
            f"PostgreSQL needs the package {error.name}: pip install -r requirements-postgres.txt"
        ) from None


def _sqlite(folder: Path) -> sa.Engine:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = sa.create_engine(f"sqlite:///{folder / FILE}")

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions begin where SQLAlchemy says so
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON",
                       f"busy_timeout={BUSY}"):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _migrate(engine: sa.Engine) -> None:
    if _revision(engine) == HEAD:
        return
    from alembic import command  # a third of a second, and hardly ever needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(engine: sa.Engine) -> str | None:
    """The form of the tables that are there; None for an empty database."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)

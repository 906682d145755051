"""Stores to test on: SQLite in a folder, and a PostgreSQL server that the tests start."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from scale_core.store.store import Store


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def _user() -> str:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return getpass.getuser()
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty database on a server of our own on loopback."""
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")
    initdb, server = _program("initdb"), _program("postgres")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed")
    user = _user()
    home = Path("/tmp") / f"scale-postgres-{os.getpid()}"  # a short path: it holds a socket
    home.mkdir(mode=0o700)
    shutil.chown(home, user)
    data = home / "data"
    as_user = {"user": user} if os.geteuid() == 0 else {}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run(
        [initdb, "-D", data, "-U", "tester", "--auth=trust", "-E", "UTF8", "--no-sync"],
        check=True, capture_output=True, cwd=home, **as_user,
    )  # fmt: skip
    running = subprocess.Popen(
        [server, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", home, "-F"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home, **as_user,
    )  # fmt: skip
    url = f"postgresql://tester@127.0.0.1:{port}/postgres"
    try:
        _wait(url)
        yield url
    finally:
        running.terminate()
        running.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _wait(url: str) -> None:
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    deadline = time.monotonic() + 30
    while True:
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        finally:
            engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for runs, on either database, empty."""
    if request.param == "sqlite":
        return str(tmp_path / "data")
    url: str = request.getfixturevalue("postgres")
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    return url


@pytest.fixture
def store(where: str) -> Iterator[Store]:
    opened = Store.at(where)
    yield opened
    opened.close()

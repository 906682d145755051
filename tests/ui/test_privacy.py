"""What is kept of visitors: said in words, gone in time, and deleted for good when they say so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from scale_core.engines.scripted import ScriptedEngine
from scale_core.store.store import Store
from scale_core.ui import retention
from scale_core.ui.bounds import HOME, PUBLIC
from scale_core.ui.performance import Visit
from scale_core.ui.player import Player, Session
from scale_core.ui.privacy import AMONG, Privacy
from scale_core.ui.retention import Retention, purge, told
from scale_core.ui.visitors import ONE
from tests.recorded import duel_events


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.at(str(tmp_path))
    yield store
    store.close()


def deleted(store: Store, owner: str) -> Any:
    """What the page says after the second click."""
    session = Session()
    session.visit = Visit("visit", owner, "tab", "explore")
    with gr.Blocks():
        privacy = Privacy(Player(ScriptedEngine({}), store=store), public=True)
        privacy.lay_out()
    return asyncio.run(privacy._delete(session))[-1]


def test_all_of_mine_is_deleted_and_nothing_of_anybody_else(store: Store) -> None:
    for owner in ("ann", "ann", "bob", ONE):
        store.add(duel_events(), owner)
    assert deleted(store, "ann") == "2 runs deleted for good."
    assert [store.count(owner) for owner in ("ann", "bob", ONE)] == [0, 1, 1]
    assert store.restore("ann", [run.key for run in store.find("ann")]) == 0
    assert deleted(store, ONE) == AMONG
    assert store.count(ONE) == 1


def test_what_is_old_or_too_much_goes(store: Store) -> None:
    keys = [store.add(duel_events(), owner) for owner in ("ann", "ann", "bob")]
    size = store.get("ann", keys[0]).summary.size
    assert purge(store, PUBLIC) == 0
    assert purge(store, replace(PUBLIC, stored=size)) == 1
    assert [run.key for run in store.find("ann")] == [keys[1]]
    assert purge(store, replace(PUBLIC, stored_in_all=size)) == 1
    assert (store.count("ann"), store.count("bob")) == (0, 1)
    assert purge(store, replace(PUBLIC, days=-1)) == 1


def test_it_goes_by_itself(store: Store) -> None:
    store.add(duel_events(), "ann")
    retention = Retention(store, replace(PUBLIC, days=-1), every=0.01)
    until = time.monotonic() + 30
    while store.count("ann") and time.monotonic() < until:
        time.sleep(0.01)
    retention.close()
    assert store.count("ann") == 0


def test_the_page_says_what_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert "Nothing that you run here is kept" in told(None, PUBLIC, True)
    assert "30 days" not in told(store, HOME, False)
    assert "goes after 30 days" in told(store, PUBLIC, True)
    assert "20 MB" in told(store, PUBLIC, True)
    assert "no storage of its own" not in told(store, PUBLIC, True)
    monkeypatch.setenv("SPACE_ID", "owner/name")
    monkeypatch.setattr(retention, "PERSISTENT", Path("/no/such/place"))
    assert retention.storage() is None
    assert "This Space has no storage of its own" in told(store, PUBLIC, True)


def test_a_space_keeps_runs_in_its_own_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_ID", "owner/name")
    monkeypatch.setattr(retention, "PERSISTENT", tmp_path)
    place = retention.storage()
    assert place == f"{tmp_path}/scale-explorer"
    store = Store.at(place)
    assert "no storage of its own" not in told(store, PUBLIC, True)
    store.close()

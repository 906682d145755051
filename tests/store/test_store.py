"""Runs are found again: what was recorded comes back, to its owner and to nobody else."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scale_core.store import store as stores
from scale_core.store.recorder import new_key, recorded
from scale_core.store.store import INTERRUPTED, NotThere, Query, Store
from scale_core.store.summary import RUNNING, Summary
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.usage import Usage
from tests.recorded import duel_events

DUEL = duel_events()


def short(problem: str, model: str = "m", status: ev.Status = "solved") -> list[dv.DuelEvent]:
    """A small duel of one lane, as events."""
    start = dv.DuelStarted(
        duel="d", problem=problem, expected=None, lanes=(dv.Lane("scale", "SCALE"),), budget="",
        seed=0, settings={}, options={}, engine={"model": model}, calibration={},
    )  # fmt: skip
    answered = dv.LaneEvent(t=1.0, lane="scale", event=ev.Answered(answer="7", node="s1"))
    spent = dv.Generated(
        t=1.5, node="s1", stage="system1", samples=1, usage=Usage(10, 0, 3, 0), seconds=0.1
    )
    return [start, answered, spent, dv.DuelEnded(t=2.0, status=status)]


async def stream(events: Iterable[dv.DuelEvent]) -> AsyncIterator[dv.DuelEvent]:
    for event in events:
        yield event


def record(store: Store, events: Iterable[dv.DuelEvent], owner: str = "") -> str:
    recording = store.record(owner)

    async def play() -> None:
        async for _ in recorded(stream(events), recording):
            pass

    asyncio.run(play())
    assert recording.problem == ""
    return recording.key


def test_a_recorded_duel_comes_back_as_it_was(store: Store) -> None:
    key = record(store, DUEL)
    assert tuple(store.events(key)) == DUEL
    assert tuple(store.events(key, first=5)) == DUEL[5:]
    stored = store.get("", key)
    duel = dv.Duel(DUEL)
    assert duel.start is not None and duel.end is not None
    assert stored.summary.problem == stored.title == duel.start.problem
    assert stored.summary.strategies == tuple(lane.name for lane in duel.start.lanes)
    assert stored.summary.tokens == duel.physical.total
    assert stored.summary.status == duel.end.status
    assert stored.summary.events == len(DUEL)
    assert stored.summary.duel


def test_each_event_is_stored_before_it_is_handed_on(store: Store) -> None:
    recording = store.record()

    async def play() -> None:
        seen = 0
        async for _ in recorded(stream(DUEL[:20]), recording):
            seen += 1
            assert len(store.events(recording.key)) == seen

    asyncio.run(play())


def test_many_runs_at_once_do_not_mix(store: Store) -> None:
    recordings = [store.record(f"owner {i}") for i in range(8)]

    async def one(i: int) -> None:
        async for _ in recorded(stream(short(f"problem {i}")), recordings[i]):
            await asyncio.sleep(0)

    async def play() -> None:
        await asyncio.gather(*(one(i) for i in range(8)))

    asyncio.run(play())
    for i, recording in enumerate(recordings):
        assert store.events(recording.key) == short(f"problem {i}")
        assert [x.key for x in store.find(f"owner {i}")] == [recording.key]


def test_what_is_anothers_is_not_there(store: Store) -> None:
    key = record(store, short("mine"), owner="me")
    assert store.find("you") == [] and store.count("you") == 0
    for act in (
        lambda: store.get("you", key),
        lambda: store.rename("you", key, "x"),
        lambda: store.tag("you", key, ["x"]),
        lambda: store.share("you", key),
        lambda: store.shared(key),
    ):
        with pytest.raises(NotThere):
            act()
    assert store.delete("you", [key]) == 0
    assert store.get("me", key).name == ""


def test_a_shared_run_is_read_by_its_link_until_it_is_not_shared(store: Store) -> None:
    key = record(store, short("mine"), owner="me")
    link = store.share("me", key)
    assert link is not None and link != key
    assert store.share("me", key) == link
    assert store.shared(link).key == key
    store.share("me", key, shared=False)
    with pytest.raises(NotThere):
        store.shared(link)
    assert store.share("me", key) != link


def test_names_and_tags_are_kept_and_found(store: Store) -> None:
    key, other = record(store, short("twelve eggs")), record(store, short("nine pens"))
    store.rename("", key, "  For the lesson  ")
    store.tag("", key, ["Lesson  One", "lesson one", " ", "x" * 100])
    stored = store.get("", key)
    assert stored.name == stored.title == "For the lesson"
    assert stored.tags == ("lesson one", "x" * stores.LONGEST_TAG)
    assert [x.key for x in store.find("", Query(tag="LESSON one"))] == [key]
    assert [x.key for x in store.find("", Query(text="less egg"))] == [key]
    assert store.values("", "tag") == ["lesson one", "x" * stores.LONGEST_TAG]
    store.tag("", key, [])
    assert store.find("", Query(text="xxx")) == []
    assert {x.key for x in store.find("")} == {key, other}


def test_filters_and_orders(store: Store) -> None:
    events = duel_events()
    duel = record(store, events)
    long = record(store, short("b", model="big"))
    failed = record(store, short("a", status="failed"))
    keys = lambda **how: [x.key for x in store.find("", Query(**how))]  # noqa: E731
    assert keys() == [failed, long, duel]
    assert keys(ascending=True) == [duel, long, failed]
    assert keys(limit=1, offset=1) == [long]
    assert keys(model="big") == [long]
    assert keys(strategy="dora") == [duel]
    assert keys(strategy="dor") == []
    assert keys(status="failed") == [failed]
    assert keys(order="problem", ascending=True, model="big") == [long]
    assert [k for k in keys(order="problem", ascending=True) if k != duel] == [failed, long]
    assert keys(order="status")[0] == long
    assert keys(order="tokens")[0] == duel
    assert keys(since=store.get("", failed).created + 1) == []
    assert len(keys(until=store.get("", failed).created + 1)) == 3
    assert store.count("", Query(model="big")) == 1
    assert store.values("", "model") == sorted({"big", "m", store.get("", duel).summary.model})


def test_a_deletion_can_be_taken_back_until_it_is_purged(store: Store) -> None:
    key, kept = record(store, short("gone")), record(store, short("kept"))
    assert store.delete("", [key]) == 1
    assert [x.key for x in store.find("")] == [kept]
    assert store.restore("", [key]) == 1
    assert len(store.find("")) == 2
    store.delete("", [key])
    assert store.purge(undo=60) == 0
    assert store.purge() == 1
    assert store.restore("", [key]) == 0
    assert store.events(key) == []
    assert store.find("", Query(text="gone")) == []


def test_old_runs_and_those_beyond_a_quota_go(store: Store) -> None:
    keys = [record(store, short(f"number {i}"), owner="me") for i in range(4)]
    other = record(store, short("another's"), owner="you")
    size = store.get("me", keys[0]).summary.size
    assert store.purge(days=1) == 0
    assert store.purge(quota=2 * size + size // 2) == 2
    assert [x.key for x in store.find("me")] == keys[:1:-1]
    assert [x.key for x in store.find("you")] == [other]
    assert store.purge(days=-1) == 3
    assert store.delete_all("me") == 0


def test_everything_of_an_owner_goes_for_good(store: Store) -> None:
    for i in range(3):
        record(store, short(str(i)), owner="me")
    other = record(store, short("x"), owner="you")
    assert store.delete_all("me") == 3
    assert store.find("me") == []
    assert store.get("you", other).key == other


def test_what_still_runs_is_running_and_without_its_process_interrupted(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.at(where)
    key = record(store, DUEL[:10])
    assert store.get("", key).summary.status == RUNNING
    assert store.purge(days=-1) == 0
    store.close()
    again = Store.at(where)
    try:
        assert again.get("", key).summary.status == INTERRUPTED
        assert [x.key for x in again.find("", Query(status=INTERRUPTED))] == [key]
        assert tuple(again.events(key)) == DUEL[:10]
    finally:
        again.close()


def test_a_store_is_opened_by_several_processes(where: str) -> None:
    one, other = Store.at(where), Store.at(where)
    try:
        keys = {record(one, short("one")), record(other, short("other"))}
        assert {x.key for x in one.find("")} == keys == {x.key for x in other.find("")}
    finally:
        one.close()
        other.close()


def test_imported_runs_are_like_recorded_ones(store: Store) -> None:
    key, imported = record(store, DUEL), store.add(DUEL, name="from afar")
    assert store.events(imported) == store.events(key)
    assert store.get("", imported).summary == store.get("", key).summary
    assert [x.key for x in store.find("", Query(text="afar"))] == [imported]


@pytest.mark.parametrize(
    "text", ["nul \0 in it", "half \ud800 of a pair", "ünï cødé ☃", "' OR 1=1"]
)
def test_any_text_is_kept(store: Store, text: str) -> None:
    events = short(text)
    key = record(store, events)
    assert store.events(key) == events
    assert len(store.find("")) == 1


@pytest.mark.parametrize(
    "query", ['"', "'", "*", "a OR b", "NEAR(", "-", "\\", "%", "(", ":", "&!"]
)
def test_no_query_is_an_error(store: Store, query: str) -> None:
    record(store, short("a b near"))
    store.find("", Query(text=query, tag=query, strategy=query, model=query))


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_run_is_found_by_the_beginnings_of_its_words(store: Store, text: str) -> None:
    key = record(store, short(text))
    try:
        whole = (word for word in text.lower().replace("_", " ").split() if word.isalnum())
        wanted = " ".join(word[:3] for word in whole)
        if wanted.isascii() and wanted.strip():
            assert key in {x.key for x in store.find("", Query(text=wanted, limit=1000))}
    finally:
        store.delete("", [key])


def test_a_summary_has_unknown_tokens_where_one_is_unknown() -> None:
    spent = dv.Generated(node="", stage="system1", samples=1, usage=Usage(10, None, None, None),
                         seconds=0.0)  # fmt: skip
    assert Summary().after(spent, 1).tokens is None


def test_a_run_goes_on_when_it_cannot_be_kept(tmp_path: Path) -> None:
    """A full disk: SQLite is told that its file may not grow."""
    store = Store.at(str(tmp_path))
    try:
        recording = store.record()
        with store.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        limit = f"PRAGMA max_page_count={pages}"
        store.writer.submit(lambda c: c.exec_driver_sql(limit)).result()

        async def play() -> list[dv.DuelEvent]:
            return [event async for event in recorded(stream(DUEL), recording)]

        assert tuple(asyncio.run(play())) == DUEL
        assert "full" in recording.problem
    finally:
        store.close()


def test_a_key_is_one_word_and_never_looks_like_a_flag() -> None:
    keys = {new_key() for _ in range(2000)}
    assert len(keys) == 2000
    assert all(re.fullmatch(r"[0-9a-f]{32}", key) for key in keys)


def test_who_is_cut_off_while_an_event_is_written_harms_nobody(store: Store) -> None:
    """An engine that does not obey Stop in time: its lanes are cancelled, wherever they are."""
    recording, events = store.record(), short("cut off")
    held = threading.Event()

    async def play() -> None:
        store.writer.submit(lambda connection: held.wait())
        cut_off = asyncio.create_task(recording.add(events[0]))
        await asyncio.sleep(0.05)
        cut_off.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cut_off
        held.set()
        for event in events[1:]:
            await recording.add(event)

    asyncio.run(asyncio.wait_for(play(), 30))
    assert recording.problem == "" and store.events(recording.key) == events
    assert store.events(record(store, short("the next one"))) == short("the next one")

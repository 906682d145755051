"""A run is shared and looked at by another, and taken away as a file; no browser."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.store import store as stores
from scale_core.store.recorder import line
from scale_core.store.store import NotThere, Store
from scale_core.trace import duel as dv
from scale_core.trace.duel import Duel
from scale_core.ui import player
from scale_core.ui.ask import Ask
from scale_core.ui.lookback import glances
from scale_core.ui.page import Page
from scale_core.ui.pages import NOT_SHARED, WATCHED
from scale_core.ui.performance import Visit
from scale_core.ui.player import Player, Session
from scale_core.ui.record import FILES

ANN, BOB = "ann", "bob"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.at(str(tmp_path))
    yield store
    store.close()


def page_of(engine: OnnxEngine, store: Store | None) -> Page:
    page = Page(Player(engine, store=store), 0)
    with gr.Blocks() as blocks:
        page.lay_out()
        page.connect(blocks)
    return page


@pytest.fixture
def page(engine: OnnxEngine, store: Store) -> Page:
    return page_of(engine, store)


def session(owner: str | None, link: str = "", page: str = "compare") -> Session:
    made = Session()
    made.visit, made.invited = Visit(f"load of {owner}", owner, "tab", page), link
    return made


async def shown_of(frames: Any) -> list[dict[Any, Any]]:
    return [shown async for shown in frames]


def arrived(page: Page, there: Session, name: str = "compare") -> dict[Any, Any]:
    """What a visitor sees who came by a link."""
    (only,) = asyncio.run(shown_of(getattr(page, name)._resume(there)))
    return dict(only)


def opened(page: Page, store: Store, duel: Duel) -> Session:
    there, event = session(ANN), SimpleNamespace(key=store.add(duel.events, ANN))
    asyncio.run(shown_of(page.compare._open_run(there, event)))  # type: ignore[arg-type]
    return there


def shared(page: Page, store: Store, duel: Duel) -> tuple[Session, str]:
    there = opened(page, store, duel)
    told = asyncio.run(page.compare.bar._share(there))
    assert told["done"] and told["link"] == there.link and len(there.link) >= 16
    return there, there.link


def test_a_shared_run_is_looked_at_by_another(page: Page, store: Store, recorded: Duel) -> None:
    _, link = shared(page, store, recorded)
    guest = session(BOB, link)
    seen = arrived(page, guest)
    bar = seen[page.compare.bar.drawn]
    assert bar["state"] == "guest" and bar["invited"] and "key" not in bar
    assert seen[page.runs.turn]["page"] == "compare"
    assert seen[page.form.problem] == recorded.start.problem  # type: ignore[union-attr]
    assert guest.guest and guest.ready and guest.key == ""
    explore = session(BOB, link, "explore")
    assert list(arrived(page, explore, "explore")) == [page.explore.film], "it is a duel"


def test_a_guest_decides_it_anew_but_spends_nothing(
    page: Page, store: Store, recorded: Duel, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, link = shared(page, store, recorded)
    guest, compare = session(BOB, link), page.compare
    arrived(page, guest)
    monkeypatch.setattr(type(page.player.engine), "sample", None)  # whoever asks it fails
    values = {s: s.value for s in compare.lab.sliders.values()}
    values |= {s: u["value"] for s, u in compare.lab.follow(recorded).items()}
    values |= {compare.lab.sliders["budget"]: 8, compare.session: guest}
    anew = asyncio.run(compare._decide(values))
    assert anew[compare.lab.status]["missing"] and not anew[compare.lab.fill]["visible"]
    assert list(asyncio.run(shown_of(compare._fill(guest)))[0]) == [compare.film]
    assert compare.look._ready(guest)[compare.look.back]["interactive"] is False

    async def look() -> list[Any]:
        return [g async for g in glances(guest, None, page.player, ("", ""))]  # type: ignore[arg-type]

    (glance,) = asyncio.run(look())
    assert glance.state == "none" and "shared with you" in glance.text
    assert asyncio.run(compare._why(guest, SimpleNamespace(lane="dora", id="1"))) is not None  # type: ignore[arg-type]


def test_a_guest_changes_lists_and_opens_nothing(page: Page, store: Store, recorded: Duel) -> None:
    owner, link = shared(page, store, recorded)
    guest, key = session(BOB, link), owner.key
    arrived(page, guest)
    assert store.find(BOB) == [] and store.count(BOB) == 0
    for change in (lambda: store.rename(BOB, key, "x"), lambda: store.tag(BOB, key, ["x"]),
                   lambda: store.share(BOB, key, False), lambda: store.get(BOB, key)):  # fmt: skip
        with pytest.raises(NotThere):
            change()
    assert store.delete(BOB, [key]) == 0
    told = asyncio.run(page.compare.bar._unshare(guest))
    assert "cannot be shared" in told["problem"] and store.shared(link).key == key
    (told,) = asyncio.run(shown_of(page.compare._open_run(guest, SimpleNamespace(key=key))))  # type: ignore[arg-type]
    assert "no such run" in told[page.runs.turn]["problem"]


@pytest.mark.parametrize("link", ["?", "a" * 22, "../../etc/passwd", "%"])
def test_an_unknown_link_is_calm_and_empty(page: Page, store: Store, link: str) -> None:
    for name in ("explore", "compare"):
        there = session(BOB, link, name)
        assert arrived(page, there, name)[page.told]["text"] == NOT_SHARED
        assert there.duel.start is None and not there.guest


def test_a_link_leads_nowhere_once_it_is_unshared_or_deleted(
    page: Page, store: Store, recorded: Duel
) -> None:
    owner, link = shared(page, store, recorded)
    store.delete(ANN, [owner.key])
    assert page.told in arrived(page, session(BOB, link))
    store.restore(ANN, [owner.key])
    assert page.told not in arrived(page, session(BOB, link))
    told = asyncio.run(page.compare.bar._unshare(owner))
    assert told["done"] and told["link"] == "" and told["state"] == "own"
    assert page.told in arrived(page, session(BOB, link))
    told = asyncio.run(page.compare.bar._share(owner))
    assert told["link"] not in ("", link), "the old link stays dead"


def test_ones_own_link_opens_ones_own_run(page: Page, store: Store, recorded: Duel) -> None:
    owner, link = shared(page, store, recorded)
    again = session(ANN, link)
    bar = arrived(page, again)[page.compare.bar.drawn]
    assert bar["state"] == "own" and bar["key"] == owner.key and bar["link"] == link


def test_a_link_outlives_the_app(engine: OnnxEngine, recorded: Duel, tmp_path: Path) -> None:
    first = Store.at(str(tmp_path / "runs"))
    link = first.share(ANN, first.add(recorded.events, ANN))
    first.close()
    second = Store.at(str(tmp_path / "runs"))
    guest = session(BOB, link or "")
    seen = arrived(page_of(engine, second), guest)
    assert guest.guest and len(seen) > 10
    second.close()


def test_an_older_runs_addresses_are_not_shown_to_a_guest(
    page: Page, store: Store, recorded: Duel
) -> None:
    start = dv.to_json(recorded.events[0])
    start["engine"] = {**start["engine"], "device": "http://10.1.2.3:8000/v1"}
    first = dv.from_json(start)
    link = store.share(ANN, store.add([first, *recorded.events[1:]], ANN)) or ""
    guest = session(BOB, link)
    arrived(page, guest)
    assert "10.1.2.3" not in json.dumps([dv.to_json(event) for event in guest.duel.events])


def test_what_is_not_kept_is_not_shared(engine: OnnxEngine, recorded: Duel) -> None:
    page, there = page_of(engine, None), session(ANN)
    there.show(recorded)
    assert page.compare.bar.shown(there, False)["state"] == "none"
    assert "cannot be shared" in asyncio.run(page.compare.bar._share(there))["problem"]
    assert page.told in arrived(page, session(BOB, "a" * 22))


def test_whoever_has_not_arrived_has_no_runs(page: Page, store: Store, recorded: Duel) -> None:
    """Those of the command line belong to nobody whose name is not known."""
    store.add(recorded.events, "")
    stranger = session(None)
    assert "off" in page.runs._after(lambda owner, event: {})(stranger, SimpleNamespace())  # type: ignore[arg-type]
    with pytest.raises(NotThere):
        asyncio.run(page.player.open(stranger, store.find("")[0].key))
    assert "problem" in page.runs._compare(stranger, SimpleNamespace(keys=["a", "b"]))  # type: ignore[arg-type]


def test_a_row_is_shared_and_withdrawn(page: Page, store: Store, recorded: Duel) -> None:
    key = store.add(recorded.events, ANN)

    def done(what: str, owner: str) -> dict[str, Any]:
        work = getattr(page.runs, f"_{what}")
        return page.runs._after(work)(session(owner), SimpleNamespace(key=key))  # type: ignore[arg-type]

    told = done("share", ANN)
    link = told["rows"][0]["shared"]
    assert link and told["shared"] == {"key": key, "link": link}
    assert "problem" in done("unshare", BOB) and store.shared(link).key == key
    assert done("unshare", ANN)["rows"][0]["shared"] == ""


def test_what_was_missing_is_generated_and_its_source_is_linked(
    page: Page, store: Store, recorded: Duel
) -> None:
    there, compare = opened(page, store, recorded), page.compare
    source = there.key
    asyncio.run(page.player.decide_anew(there, {}, None, "6/step"))

    async def fill() -> dict[Any, Any]:
        return (await shown_of(compare._fill(there)))[-1]

    bar = asyncio.run(fill())[compare.bar.drawn]
    assert bar["state"] == "own" and bar["source"] == source and bar["key"] != source
    again = session(ANN)
    seen = asyncio.run(shown_of(compare._open_run(again, SimpleNamespace(key=bar["key"]))))  # type: ignore[arg-type]
    assert seen[-1][compare.bar.drawn]["source"] == source
    store.delete(ANN, [source])
    (told,) = asyncio.run(shown_of(compare._open_run(again, SimpleNamespace(key=source))))  # type: ignore[arg-type]
    assert "no such run" in told[compare.bar.drawn]["problem"], "it is said where it was asked"


# ---- files ---------------------------------------------------------------------------------


def fetched(page: Page, there: Session, file: Any, number: Any = 7) -> dict[str, Any]:
    event = SimpleNamespace(file=file, number=number)
    return asyncio.run(page.compare.bar._fetch(there, event))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FILES)
def test_every_file_of_a_duel_can_be_had(page: Page, recorded: Duel, kind: str) -> None:
    there = session(ANN)
    there.show(recorded)
    file = fetched(page, there, kind)["file"]
    assert file["number"] == 7
    assert file["name"].startswith(f"scale-duel-{recorded.start.duel}")  # type: ignore[union-attr]
    text = file["text"]
    if kind == "events":
        kept = [json.loads(json.dumps(dv.to_json(event))) for event in recorded.events]
        assert [json.loads(line) for line in text.splitlines()] == kept
    elif kind == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {row["lane"] for row in rows} >= {"dora", "bandit"}
    elif kind == "html":
        assert text.startswith("<!doctype html>") and "default-src 'none'" in text
    elif kind == "python":
        compile(text, "snippet", "exec")
    else:
        assert text


@pytest.mark.parametrize("kind", ["", "exe", "../x", None, 7])
def test_a_file_that_there_is_not_is_a_message(page: Page, recorded: Duel, kind: Any) -> None:
    there = session(ANN)
    there.show(recorded)
    assert "no such file" in fetched(page, there, kind)["problem"]
    assert "cannot be made" in fetched(page, session(ANN), "python")["problem"], "nothing ran"


# ---- a run that still runs -------------------------------------------------------------------


def test_a_shared_run_that_still_runs_is_watched_live(
    page: Page, store: Store, recorded: Duel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "FOLLOW", 0.02)
    events, guest = recorded.events, session(BOB)

    async def go() -> list[dict[Any, Any]]:
        recording = store.record(ANN)
        for event in events[:20]:
            await recording.add(event)
        guest.invited = store.share(ANN, recording.key) or ""
        seen = []
        async for shown in page.compare._resume(guest):
            seen.append(shown)
            if len(seen) == 1:
                assert len(guest.duel.events) == 20
                for event in events[20:]:
                    await recording.add(event)
        return seen

    first, *_, last = asyncio.run(go())
    compare = page.compare
    assert first[page.runs.turn]["page"] == "compare" and first[compare.head]["status"] == "running"
    assert first[compare.form.notice]["text"] == WATCHED
    assert first[compare.bar.drawn]["state"] == "guest" and not first[compare.bar.drawn]["running"]
    assert first[compare.go]["interactive"] and not first[compare.halt]["interactive"]
    assert last[compare.head]["status"] == "solved" and last[compare.form.notice] is None
    assert guest.ready and [line(e) for e in guest.duel.events] == [line(e) for e in events]


def test_ones_own_run_of_another_process_is_watched_until_it_dies(
    page: Page, store: Store, recorded: Duel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "FOLLOW", 0.02)
    there, compare = session(ANN), page.compare

    async def go() -> list[dict[Any, Any]]:
        recording, seen = store.record(ANN), []
        for event in recorded.events[:20]:
            await recording.add(event)
        event: Any = SimpleNamespace(key=recording.key)
        async for shown in compare._open_run(there, event):
            seen.append(shown)
            monkeypatch.setattr(stores, "SILENT", -1.0)  # no sign of life is new enough
        return seen

    first, last = asyncio.run(go())
    assert first[compare.bar.drawn]["state"] == "own" and first[compare.go]["interactive"]
    assert last[compare.head]["status"] == "stopped" and "interrupted" in there.duel.end.message  # type: ignore[union-attr]
    assert there.ready and not there.guest


@pytest.mark.parametrize("instead", ["another run", "no longer shared"])
def test_who_watches_stops_when_there_is_nothing_to_watch(
    page: Page, store: Store, recorded: Duel, instead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "FOLLOW", 0.02)
    guest = session(BOB)

    async def go() -> list[dict[Any, Any]]:
        recording, seen = store.record(ANN), []
        for event in recorded.events[:20]:
            await recording.add(event)
        guest.invited = store.share(ANN, recording.key) or ""
        async for shown in page.compare._resume(guest):
            seen.append(shown)
            if instead == "another run":
                guest.recall(recorded)
            else:
                store.share(ANN, recording.key, shared=False)
        return seen

    _, *rest = asyncio.run(go())
    if instead == "another run":
        assert rest == [] and guest.duel is recorded
    else:
        (last,) = rest
        assert "shared no more" in last[page.compare.form.notice]["text"]
        assert guest.duel.end is not None and not guest.elsewhere


def test_a_run_is_shared_while_it_runs(page: Page, store: Store, engine: OnnxEngine) -> None:
    there = session(ANN, page="explore")
    explore = page.explore

    async def go() -> None:
        play = page.player.play(there, Ask("What is (37*48 + 125*16) mod 13?"))
        async with aclosing(play) as frames:
            async for _ in frames:
                if there.busy and there.duel.start is not None and not there.link:
                    assert explore.bar.shown(there, True)["state"] == "own"
                    assert (await explore.bar._share(there))["done"]
                    assert store.shared(there.link).key == there.key

    asyncio.run(go())
    assert there.ready and there.link

"""The Runs page's handlers as Gradio calls them, on a real store with recorded runs; no browser."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.store import store as stores
from scale_core.store.store import Query, Store
from scale_core.trace.duel import Duel
from scale_core.ui.ask import Ask
from scale_core.ui.page import Page
from scale_core.ui.pages.runs import ROWS, page_of, query_of
from scale_core.ui.performance import Visit
from scale_core.ui.player import Frame, Player, Session
from scale_core.views.film import film
from tests.recorded import FOLDER

ANN = "ann"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.at(str(tmp_path))
    yield store
    store.close()


@pytest.fixture
def page(engine: OnnxEngine, store: Store) -> Page:
    page = Page(Player(engine, store=store), 0)
    with gr.Blocks() as blocks:
        page.lay_out()
        page.connect(blocks)
    return page


def session(owner: str = ANN, page: str = "compare") -> Session:
    made = Session()
    made.visit = Visit(f"load of {owner}", owner, "tab", page)
    return made


def asked(page: Page, what: str = "", owner: str = ANN, **data: Any) -> dict[str, Any]:
    """The list after something was done, as the browser gets it."""
    runs = page.runs
    work = getattr(runs, f"_{what}") if what else (lambda owner, event: {})
    return runs._after(work)(session(owner), SimpleNamespace(**data))  # type: ignore[arg-type]


def test_a_list_is_found_paged_and_belongs_to_its_visitor(
    page: Page, store: Store, recorded: Duel
) -> None:
    for i in range(ROWS + 3):
        store.add(recorded.events[:5], ANN, f"number {i}")
    store.add(recorded.events, "bob")
    first = asked(page)
    assert (first["count"], first["pages"], len(first["rows"])) == (ROWS + 3, 2, ROWS)
    assert first["rows"][0]["name"] == f"number {ROWS + 2}"
    second = asked(page, query={"page": 1})
    assert [row["name"] for row in second["rows"]] == ["number 2", "number 1", "number 0"]
    assert asked(page, query={"page": 9})["page"] == 1, "a page that is gone is the last one"
    (bobs,) = asked(page, owner="bob")["rows"]
    assert bobs["verdict"] == "equal" and bobs["how"] == "Uniform, SCALE, DORA, Bandit"
    assert asked(page, owner="eve")["count"] == 0


def test_names_tags_deletion_and_back(page: Page, store: Store, recorded: Duel) -> None:
    key = store.add(recorded.events, ANN)
    named = asked(page, "rename", key=key, name="mine")
    assert named["rows"][0]["title"] == "mine" and named["rows"][0]["problem"]
    tagged = asked(page, "tag", key=key, tags=["Lesson", "class 7"])
    assert tagged["rows"][0]["tags"] == ["class 7", "lesson"] == tagged["tags"]
    gone = asked(page, "delete", keys=[key], query={"tag": "lesson"})
    assert gone["rows"] == [] and gone["told"] == "1 run deleted." and gone["undo"] == [key]
    back = asked(page, "restore", keys=[key])
    assert [row["title"] for row in back["rows"]] == ["mine"]


@pytest.mark.parametrize("what", ["rename", "tag", "delete", "restore"])
def test_nobody_changes_anothers_runs(page: Page, store: Store, recorded: Duel, what: str) -> None:
    key = store.add(recorded.events, ANN, "before")
    asked(page, what, owner="eve", key=key, keys=[key], name="after", tags=["after"])
    (run,) = store.find(ANN)
    assert (run.name, run.tags) == ("before", ())


@pytest.mark.parametrize(
    "hostile",
    [None, 7, [], "x", {"text": 5, "order": "id; DROP TABLE runs", "verdict": "x", "page": -3},
     {"since": math.inf, "until": math.nan, "page": 1e9, "ascending": "yes"},
     {"text": "\0 'x\" \ud800" * 999, "tag": ["x"], "since": True, "page": 10**30}],
)  # fmt: skip
def test_whatever_a_browser_says_is_a_query(page: Page, store: Store, hostile: Any) -> None:
    query = query_of(hostile, page_of(hostile))
    assert query.order == "created" and len(query.text) <= 200 and not query.ascending
    assert query.since is None and query.until is None
    assert asked(page, query=hostile)["count"] == 0
    assert "problem" in asked(page, "rename", key=hostile, name=hostile)
    assert asked(page, "delete", keys=hostile)["told"] == "0 runs deleted."


def test_where_nothing_is_kept_the_page_says_so(engine: OnnxEngine) -> None:
    page = Page(Player(engine), 0)
    with gr.Blocks() as blocks:
        page.lay_out()
        page.connect(blocks)
    assert "--data none" in asked(page)["off"]


def opened(page: Page, there: Session, key: str) -> list[dict[Any, Any]]:
    async def go() -> list[dict[Any, Any]]:
        event = SimpleNamespace(key=key)
        return [shown async for shown in page.compare._open_run(there, event)]  # type: ignore[arg-type]

    return asyncio.run(go())


def test_a_stored_duel_opens_with_everything_a_live_one_has(
    page: Page, store: Store, recorded: Duel
) -> None:
    compare, there = page.compare, session()
    (shown,) = opened(page, there, store.add(recorded.events, ANN))
    assert shown[page.runs.turn]["page"] == "compare"
    assert shown[page.form.problem] == recorded.start.problem  # type: ignore[union-attr]
    live = session()
    live.show(recorded)

    as_live = compare.frame(live, Frame(big=True, running=False))
    for drawn in (compare.head, compare.cards, compare.heat, compare.spend, compare.why):
        assert shown[drawn] == as_live[drawn]
    assert there.ready

    values = {s: s.value for s in compare.lab.sliders.values()}
    values |= {s: u["value"] for s, u in compare.lab.follow(recorded).items()}
    values |= {compare.lab.sliders["budget"]: 2, compare.session: there}
    anew = asyncio.run(compare._decide(values))
    assert anew[compare.head]["recorded"] and anew[compare.lab.status]["rows"]


def test_an_interrupted_run_is_opened_as_far_as_it_came(
    page: Page, store: Store, recorded: Duel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is going on elsewhere is watched: test_record.py."""
    monkeypatch.setattr(stores, "SILENT", -1.0)  # no sign of life is new enough
    there = session()
    key = store.add(recorded.events[: len(recorded.events) // 2], ANN)
    (shown,) = opened(page, there, key)
    assert there.duel.status == "stopped" and there.ready
    assert "the app ended" in shown[page.compare.head]["line_end"]
    assert len(store.events(key)) == len(recorded.events) // 2, "what is stored stays as it is"


@pytest.mark.parametrize("key", ["", "x", "' OR 1=1 --"])
def test_what_is_not_there_or_anothers_is_told(
    page: Page, store: Store, recorded: Duel, key: str
) -> None:
    others = store.add(recorded.events, "bob")
    for name in (key, others):
        there = session()
        (shown,) = opened(page, there, name)
        assert "no such run" in shown[page.runs.turn]["problem"]
        assert set(shown) == {page.runs.turn, page.compare.bar.drawn}
        assert there.duel.start is None


def test_a_run_that_still_plays_is_opened_live(page: Page) -> None:
    async def go() -> None:
        player, first = page.player, session()
        frames = player.play(first, Ask("2 * (3 + 4)", "14", ("uniform", "dora"), "32/step"))
        await anext(frames)
        assert first.performance is not None
        again = session()
        again.visit = Visit("another load", ANN, "another tab", "compare")
        event = SimpleNamespace(key=first.performance.key)
        shown = [s async for s in page.compare._open_run(again, event)]  # type: ignore[arg-type]
        assert again.duel is first.duel and len(shown) > 1
        assert shown[-1][page.compare.head]["status"] == "solved"
        await frames.aclose()

    asyncio.run(go())


def test_a_query_has_the_fields_of_the_store(store: Store) -> None:
    said = {"text": "mod", "model": "abacus", "strategy": "dora", "verdict": "equal",
            "tag": "lesson", "since": 1.5, "until": 9, "order": "tokens",
            "ascending": True}  # fmt: skip
    assert query_of(said, 2) == Query(
        "mod", "abacus", "dora", "", "equal", "lesson", 1.5, 9.0, "tokens", True, ROWS, 2 * ROWS
    )


# ---- time ----------------------------------------------------------------------------------


def at(page: Page, there: Session, t: Any, big: bool = True) -> dict[Any, Any]:
    event = SimpleNamespace(t=t, big=big, number=7)
    return asyncio.run(page.compare._seek(there, event))  # type: ignore[arg-type]


def test_a_moment_looks_as_it_did_live(page: Page, recorded: Duel) -> None:
    compare, there = page.compare, session()
    there.show(recorded)
    for part in (0.0, 0.3, 0.9, 0.2, 0.6):
        t = part * recorded.seconds
        shown, live = at(page, there, t), session()
        live.show(Duel(e for e in recorded.events if e.t <= t or e is recorded.events[0]))
        as_live = compare.drawn(live, Frame(big=True, running=True))
        for drawn in (compare.heat, compare.spend, compare.stages, compare.rounds):
            assert shown[drawn] == as_live[drawn]
        for timed in (compare.head, compare.cards):  # their clocks stand
            assert shown[timed] == as_live[timed] | {"still": True}
        assert shown[compare.film]["number"] == 7
        assert compare.go not in shown and compare.lab.status not in shown
    told = film(recorded)
    assert told is not None
    whole = at(page, there, told["total"])
    assert whole[compare.head]["status"] == recorded.status and there.film is None
    assert len(recorded.events) == len(there.duel.events)


def test_charts_travel_only_when_they_are_asked_for(page: Page, recorded: Duel) -> None:
    there = session()
    there.show(recorded)
    shown = at(page, there, recorded.seconds / 2, big=False)
    assert page.compare.spend not in shown and page.compare.cards in shown


@pytest.mark.parametrize("t", [None, "x", [1], math.nan, math.inf, -math.inf, -5, 10**30])
def test_any_moment_can_be_asked_for(page: Page, recorded: Duel, t: Any) -> None:
    there = session()
    there.show(recorded)
    at(page, there, t)
    assert there.shown.start is not None


def test_a_run_that_plays_or_is_decided_anew_has_no_time_slider(page: Page, recorded: Duel) -> None:
    compare, there = page.compare, session()
    ended = Frame(big=True, running=False)
    assert compare.frame(there, ended)[compare.film] is None
    there.show(recorded)
    assert compare.frame(there, ended)[compare.film]["total"] == round(recorded.seconds, 3)
    at(page, there, recorded.seconds / 2)
    asyncio.run(page.player.decide_anew(there, {}, None, "2/step"))
    assert there.shown is there.replayed and compare.frame(there, ended)[compare.film] is None
    assert list(at(page, there, 0.1)) == [compare.film] and there.film is None


# ---- import --------------------------------------------------------------------------------


def dropped(page: Page, folder: Path, **contents: bytes) -> dict[str, Any]:
    paths = []
    for name, data in contents.items():
        path = folder / f"{name}.jsonl"
        path.write_bytes(data)
        paths.append(str(path))
    listed, left = page.runs._import(session(), paths)
    assert left is None and not any(Path(path).exists() for path in paths)
    return listed


def test_files_are_imported_and_open_like_runs_of_ones_own(page: Page, tmp_path: Path) -> None:
    duel, run = (FOLDER / f"recorded_{name}.jsonl.gz" for name in ("duel", "run"))
    listed = dropped(page, tmp_path, duel=duel.read_bytes(), run=run.read_bytes())
    assert listed["told"] == "2 runs imported." and [r["duel"] for r in listed["rows"]] == [0, 1]
    there = session()
    (shown,) = opened(page, there, listed["rows"][1]["key"])
    assert there.ready and shown[page.runs.turn]["page"] == "compare"


def test_a_hostile_file_gives_a_message_and_keeps_the_others(page: Page, tmp_path: Path) -> None:
    good = (FOLDER / "recorded_run.jsonl.gz").read_bytes()
    whole = gzip.decompress((FOLDER / "recorded_duel.jsonl.gz").read_bytes()).splitlines(True)
    first = json.dumps({**json.loads(whole[0]), "settings": {}}).encode() + b"\n"
    undrawable = b"".join([first, *whole[1:]])
    listed = dropped(page, tmp_path, good=good, bad=b"<script>alert(1)</script>", odd=undrawable)
    assert listed["count"] == 1
    assert listed["problem"].startswith("1 run imported. bad.jsonl was not imported: line 1")
    assert "odd.jsonl was not imported" in listed["problem"]
    assert str(tmp_path) not in listed["problem"] and "<script>" not in listed["problem"]


def test_a_file_that_was_cut_off_has_ended(page: Page, tmp_path: Path) -> None:
    whole = gzip.decompress((FOLDER / "recorded_duel.jsonl.gz").read_bytes()).splitlines(True)
    (row,) = dropped(page, tmp_path, half=b"".join(whole[:80]))["rows"]
    assert row["status"] == "stopped"


def test_two_runs_are_compared_and_only_ones_own(page: Page, store: Store, recorded: Duel) -> None:
    a, b = store.add(recorded.events, ANN), store.add(recorded.events[:60], ANN)

    def compared(owner: str, *keys: str) -> dict[str, Any]:
        event = SimpleNamespace(keys=list(keys))
        return page.runs._compare(session(owner), event)  # type: ignore[arg-type]

    found = compared(ANN, a, b)
    assert found["a"]["key"] == a and any(lane["differs"] for lane in found["lanes"])
    assert not any(lane["differs"] for lane in compared(ANN, a, a)["lanes"])
    assert "no such run" in compared("bob", a, b)["problem"]
    assert "Choose two runs" in compared(ANN, a)["problem"]

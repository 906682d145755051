"""The gallery's recordings open, draw, and are decided again, all without a model."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from scale_core import gallery
from scale_core.cli import space
from scale_core.experiments import gallery as making
from scale_core.experiments import gallery_chat
from scale_core.gallery import FOLDER, INDEX, LARGEST, Exhibit, exhibits
from scale_core.runs.replay import replay
from scale_core.trace import duel as dv
from scale_core.trace.redaction import redacted_duel
from scale_core.ui import sheet
from scale_core.views.duel import balance
from tests import recorded

ALL = exhibits()
EMBEDDED = [exhibit for exhibit in ALL if exhibit.model == "abacus"]
CHAT = [exhibit for exhibit in ALL if exhibit.model != "abacus"]


def shown(exhibit: Exhibit) -> str:
    return exhibit.name


def test_it_has_duels_and_runs_of_both_kinds_of_model() -> None:
    kinds = [exhibit.kind for exhibit in EMBEDDED]
    assert kinds.count("duel") >= 2 and kinds.count("run") >= 2
    kinds = [exhibit.kind for exhibit in CHAT]
    assert kinds.count("duel") >= 6 and kinds.count("run") >= 4
    files = {path.name for path in FOLDER.iterdir()}
    assert files == {INDEX, *(f"{exhibit.name}.jsonl.gz" for exhibit in ALL)}
    assert all(path.stat().st_size <= LARGEST for path in FOLDER.iterdir())


@pytest.mark.parametrize("exhibit", ALL, ids=shown)
def test_the_index_says_what_the_recording_holds(exhibit: Exhibit) -> None:
    duel = exhibit.duel()
    start = duel.start
    assert start is not None and duel.end is not None
    assert exhibit.problem == start.problem and exhibit.budget == start.budget
    assert exhibit.model == start.engine["model"] and (exhibit.kind == "duel") == bool(start.budget)
    labels = tuple(lane.label for lane in start.lanes)
    assert exhibit.lanes == (labels if exhibit.kind == "duel" else (start.preset,))
    for text in (exhibit.title, exhibit.outcome, exhibit.look):
        assert text and not text.isspace()
    right = sum(making.is_right(run) for run in duel.lanes.values())
    told = f"{right} of {len(duel.lanes)} lanes are right" if start.budget else (
        "right" if right else "wrong"
    )  # fmt: skip
    assert told in exhibit.outcome


@pytest.mark.parametrize("exhibit", ALL, ids=shown)
def test_it_is_whole_and_tells_nothing_of_the_machine(exhibit: Exhibit) -> None:
    duel = exhibit.duel()
    assert duel.status in ("solved", "unsolved") and balance(duel).ok
    assert redacted_duel(duel.events) == duel.events
    assert "drawings" in sheet.values(duel)


@pytest.mark.parametrize("exhibit", ALL, ids=shown)
def test_it_is_decided_again_without_a_model(exhibit: Exhibit) -> None:
    duel = exhibit.duel()
    again = asyncio.run(replay(duel))
    assert again.end is not None and again.end.missing == () and again.status == duel.status
    for name, run in duel.lanes.items():
        other = again.lanes[name]
        assert (other.answer and other.answer.answer) == (run.answer and run.answer.answer)
        assert other.ledger.total == run.ledger.total


@pytest.mark.parametrize("exhibit", [e for e in ALL if e.kind == "duel"], ids=shown)
def test_a_duel_is_decided_again_with_half_the_budget(exhibit: Exhibit) -> None:
    """Not every lane: a search that gets less asks for samples that nobody recorded."""
    half = f"{int(exhibit.budget.removesuffix('/step')) // 2}/step"
    again = asyncio.run(replay(exhibit.duel(), budget=half))
    ended = [run.status in ("solved", "unsolved") for run in again.lanes.values()]
    assert sum(ended) >= len(ended) / 2


def test_a_space_has_it_too() -> None:
    carried = {path.relative_to(space.ROOT).as_posix() for path in space._sources()}
    assert {f"assets/gallery/{e.name}.jsonl.gz" for e in ALL} <= carried


# ---- what is refused -----------------------------------------------------------------------


def index(folder: Path, **changes: Any) -> Path:
    rows = json.loads((FOLDER / INDEX).read_text("utf-8"))
    (folder / INDEX).write_text(json.dumps([{**rows[0], **changes}]), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../../etc/passwd"}, {"name": "A"}, {"kind": "page"}, {"title": 5},
        {"lanes": "all"}, {"lanes": [1]}, {"look": "x" * 500}, {"more": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_an_odd_entry_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="gallery's index"):
        exhibits(index(tmp_path, **changes))


def test_an_odd_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="no list"):
        exhibits(tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"not gzip", gzip.compress(b"[1]\n"), gzip.compress(b"{}\n"), gzip.compress(b"no json"),
        gzip.compress(b'{"kind": "lane_event"}\n'), b"x" * (LARGEST + 1),
        gzip.compress(b"{}")[:-4],
    ],
    ids=range(7),
)  # fmt: skip
def test_an_odd_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / f"{ALL[0].name}.jsonl.gz").write_bytes(data)
    with pytest.raises(ValueError):
        ALL[0].duel(tmp_path)


def test_a_file_that_is_huge_unpacked_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "LARGEST_OPENED", 1000)
    with pytest.raises(ValueError, match="1,000 bytes unpacked"):
        ALL[0].duel()


# ---- how it is made ------------------------------------------------------------------------


def test_sentences_are_only_said_of_what_shows_it() -> None:
    differ = dv.Duel(recorded.duel_events())
    assert "Uniform went wrong" in (making.lanes_differ(differ) or "")
    assert making.is_hard(differ) is None
    hard = next(e for e in ALL if e.name == "hard").duel()
    assert making.is_hard(hard)
    for name, shows in (("escalated", making.escalated), ("goes_wrong", making.goes_wrong)):
        exhibit = next(e for e in ALL if e.name == name)
        assert shows(exhibit.duel()) == exhibit.look
        assert [shows(e.duel()) for e in EMBEDDED if e.kind == "run"].count(None) == 1


def test_what_is_said_of_a_chat_model_follows_from_its_recording() -> None:
    told = {"duel": gallery_chat.duel_told, "run": gallery_chat.run_told}
    assert [told[e.kind](e.duel()) for e in CHAT] == [e.look for e in CHAT]
    differ = gallery_chat.duel_told(dv.Duel(recorded.duel_events()))
    assert differ.startswith("SCALE, ") and "got it right, Uniform, " in differ
    assert "Self-consistency was charged 1,055 tokens, Chain of thought 219" in differ
    wanted = {want.name: want.problems[0][0] for want in gallery_chat.wanted("2/step")}
    assert {e.name: e.problem for e in CHAT}.items() <= wanted.items()


@pytest.mark.model
@pytest.mark.slow
def test_it_can_be_made_again(tmp_path: Path, model_dir: Path) -> None:
    """A quick one of them: whatever the model has learned, a run of it is recorded."""
    want = making.Wanted("easy", "Easy", [("What is 7*8?", "56")], lambda duel: "Look at it.")
    (made,) = asyncio.run(making.make(tmp_path, [want]))
    assert exhibits(tmp_path) == (made,) and made.duel(tmp_path).status == "solved"

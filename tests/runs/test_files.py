"""Files of runs that may hold anything: what our releases wrote is read, the rest is refused."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from scale_core.runs import files
from scale_core.runs.files import read
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from tests.recorded import FOLDER, duel_events, run_events

DUELS, RUNS = ("recorded_duel", "recorded_duel_tokens"), (
    "recorded_run", "recorded_run_escalated", "recorded_run_failed",
)  # fmt: skip


def lines(rows: Iterable[Any]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def duel_rows() -> list[dict[str, Any]]:
    return [dv.to_json(event) for event in duel_events()]


@pytest.mark.parametrize("name", DUELS)
@pytest.mark.parametrize("packed", [True, False])
def test_a_duel_is_read_as_it_was(name: str, packed: bool) -> None:
    data = (FOLDER / f"{name}.jsonl.gz").read_bytes()
    assert tuple(read(data if packed else gzip.decompress(data)).events) == duel_events(name)


@pytest.mark.parametrize("name", RUNS)
def test_a_lane_that_was_saved_alone_is_a_run_again(name: str) -> None:
    duel = read((FOLDER / f"{name}.jsonl.gz").read_bytes())
    ((_, run),) = duel.lanes.items()
    alone = Run(run_events(name))
    assert tuple(run.events) == run_events(name) and run.status == duel.status == alone.status
    assert duel.start is not None and duel.start.budget == ""
    assert duel.physical == alone.ledger.total


def test_a_format_of_the_first_release_is_read_and_one_of_the_future_is_not() -> None:
    rows = [ev.to_json(event) for event in run_events()]
    old = [{k: v for k, v in rows[0].items() if k != "version"}, *rows[1:]]
    assert read(lines(old)).status == "solved"
    with pytest.raises(ValueError, match="line 1: this run has format 99"):
        read(lines([{**rows[0], "version": 99}, *rows[1:]]))


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    duel = read(lines(duel_rows()[:50]))
    assert len(duel.events) == 50 and duel.end is None


def with_event(**changes: Any) -> list[Any]:
    """The recorded duel whose first sample says something else."""
    rows = duel_rows()
    at = next(i for i, r in enumerate(rows) if r.get("event", {}).get("kind") == "sampled")
    return [*rows[:at], {**rows[at], "event": {**rows[at]["event"], **changes}}]


START = duel_rows()[0]
HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "it is empty"),
    "blank lines": (b"\n \n\r\n", "it is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "line 1"),
    "half a gzip": (gzip.compress(lines(duel_rows()))[:200], "cannot be unpacked"),
    "a broken gzip": (b"\x1f\x8bxxxxxxxxxxxxxxxxxxxx", "cannot be unpacked"),
    "a list": (b"[1]", "line 1: it is no JSON object"),
    "deep": (b"[" * 100_000, "line 1: it is nested too deeply"),
    "deep inside": (b'{"kind": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, "line 1"),
    "another kind": (lines([{"kind": "pickle"}]), "line 1: unknown duel event kind"),
    "no start": (lines(duel_rows()[1:]), "does not begin with the start"),
    "no run's start": (lines([ev.to_json(run_events()[1])]), "does not begin with the start"),
    "not a number": (lines(with_event(seconds=1)).replace(b'"seed": 0', b'"seed": NaN'), "line"),
    "a huge number": (lines(with_event(seconds=1e300)), "is no"),
    "a digit too many": (b'{"kind": "duel_started", "seed": ' + b"9" * 5000 + b"}", "line 1"),
    "text for a number": (lines(with_event(seconds="<b>1</b>")), "is no"),
    "yes for a number": (lines(with_event(max_tokens=True)), "is no"),
    "a number for text": (lines(with_event(prompt=7)), "is no"),
    "a stage of its own": (lines(with_event(stage="mining")), "is no"),
    "samples that are none": (lines(with_event(samples=["x"])), "line"),
    "usage that is none": (lines(with_event(usage={"prompt": "x"})), "line"),
    "time that goes back": (lines([{**START, "t": 50.0}, *duel_rows()[1:]]), "its time is before"),
    "a lane of its own": (
        lines([START, {**duel_rows()[2], "lane": "x", "kind": "lane_event",
                       "event": ev.to_json(run_events()[0])}]),
        "lanes that its start does not know",
    ),
    "options that are none": (lines([{**START, "options": 3}]), "options is no"),
    "wild options": (lines([{**START, "settings": {"a": 1e308}}]), "settings is no"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_run_is_refused_in_words(name: str) -> None:
    data, words = HOSTILE[name]
    began = time.monotonic()
    with pytest.raises(ValueError, match=words) as refused:
        read(data)
    assert len(str(refused.value)) < 300 and time.monotonic() - began < 10


def test_a_small_file_does_not_become_a_huge_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bomb = gzip.compress(b"\n" * (files.LARGEST + 1000), compresslevel=9)
    assert len(bomb) < files.LARGEST / 500
    with pytest.raises(ValueError, match="larger than 64 MiB"):
        read(bomb)
    with pytest.raises(ValueError, match="larger than 64 MiB"):
        read(b" " * (files.LARGEST + 1))
    monkeypatch.setattr(files, "MOST_EVENTS", 10)
    with pytest.raises(ValueError, match="more than 10 events"):
        read(lines(duel_rows()))
    monkeypatch.setattr(files, "MOST_NODES", 1)
    monkeypatch.setattr(files, "MOST_EVENTS", 100_000)
    with pytest.raises(ValueError, match="more than 1 sub-problems"):
        read(lines(duel_rows()))


def test_what_is_read_is_exactly_what_was_written() -> None:
    duel = read(lines(duel_rows()))
    assert [dv.to_json(event) for event in duel.events] == duel_rows()
    assert Duel(duel.events).physical == duel.physical

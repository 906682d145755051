"""Files that commands save to: kept until there is something to write, whole lines on a full disk,
and read again as far as they were written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scale_core.cli import common
from scale_core.cli.common import UsageError
from scale_core.trace import duel as dv
from tests.recorded import duel_events

FULL = Path("/dev/full")


def saved(path: Path, count: int | None = None) -> dv.Duel:
    """A recorded duel, written as `--out` does."""
    duel = dv.Duel()
    with common.recorder(path) as record:
        for event in duel_events()[:count]:
            duel.apply(event)
            record(event, duel)
    return duel


def test_what_is_recorded_reads_as_it_was(tmp_path: Path) -> None:
    duel = saved(tmp_path / "duel.jsonl")
    assert common.read(str(tmp_path / "duel.jsonl")).events == duel.events


def test_a_recording_stays_where_nothing_came_of_the_next_one(tmp_path: Path) -> None:
    """An engine that cannot be opened, options that do not fit, Ctrl-C before the first event."""
    file, new = tmp_path / "duel.jsonl", tmp_path / "new.jsonl"
    saved(file)
    before = file.read_bytes()
    for path in (file, new):
        with pytest.raises(RuntimeError), common.recorder(path):
            raise RuntimeError("there is no model")
    assert file.read_bytes() == before
    assert not new.exists()
    graph = tmp_path / "plan.json"
    graph.write_text("a graph of before")
    with pytest.raises(RuntimeError), common.graph_saver(graph):
        raise RuntimeError("there is no model")
    assert graph.read_text() == "a graph of before"


@pytest.mark.skipif(not FULL.exists(), reason="there is no full device here")
def test_a_full_disk_is_told_once_and_the_run_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    duel = saved(FULL)
    assert duel.end is not None
    assert capsys.readouterr().err == (
        "/dev/full cannot be written any further: No space left on device. The run goes on.\n"
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: Is a directory"):
        saved(tmp_path)


def test_a_last_line_that_was_cut_off_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "duel.jsonl"
    duel = saved(file)
    file.write_bytes(file.read_bytes()[:-30])
    found = common.read(str(file))
    assert found.events == duel.events[:-1]
    number = len(duel.events)
    assert f"line {number}, the last one, was written only in part" in capsys.readouterr().err


@pytest.mark.parametrize("place", [0, 5])
def test_any_other_line_that_is_none_is_refused(tmp_path: Path, place: int) -> None:
    file = tmp_path / "duel.jsonl"
    saved(file)
    lines = file.read_text("utf-8").splitlines()
    lines[place] = json.dumps({"kind": "no such"})[:-3]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(UsageError, match=f"line {place + 1}"):
        common.read(str(file))

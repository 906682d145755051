"""Stored runs on the command line: real runs of the embedded model, kept, found and read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scale_core.cli import main as cli
from scale_core.store.store import Store
from tests.recorded import FOLDER


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCALE_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def keys(capsys: pytest.CaptureFixture[str], *filters: str) -> list[str]:
    capsys.readouterr()
    assert cli.main(["runs", "--json", *filters]) == 0
    return [json.loads(line)["key"] for line in capsys.readouterr().out.splitlines()]


def test_what_is_solved_is_found_shown_and_exported_again(
    data: Path, model_dir: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["solve", "What is 12 + 7 * 3?", "--answer", "33", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    out = str(tmp_path / "duel.jsonl")
    asked = ["duel", "5 * 8 + 2", "--lanes", "uniform,scale", "--budget", "2/step", "--out", out]
    assert cli.main(asked) == 0
    capsys.readouterr()

    duel, run = keys(capsys)
    assert keys(capsys, "--search", "12 3") == [run]
    assert keys(capsys, "--verdict", "equal") == [run]
    assert keys(capsys, "--strategy", "uniform") == [duel]
    assert keys(capsys, "--since", "2999-01-01") == []

    assert cli.main(["runs", "export", duel[:10]]) == 0
    assert capsys.readouterr().out == Path(out).read_text("utf-8")
    assert cli.main(["runs", "export", run]) == 0
    inner = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [x["event"] for x in inner if x["kind"] == "lane_event"] == [
        json.loads(x) for x in lines
    ]

    assert cli.main(["runs"]) == 0
    listed = capsys.readouterr().out
    assert "solved, right" in listed and "5 * 8 + 2" in listed and "2 runs" in listed
    assert cli.main(["runs", "show", run]) == 0
    assert "33" in capsys.readouterr().out


def test_a_run_is_exported_in_every_form(
    data: Path, model_dir: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    problem = "What is 12 + 7 * 3?"
    assert cli.main(["solve", problem, "--answer", "33", "--json"]) == 0
    assert cli.main(["solve", problem, "--answer", "33", "--preset", "cot", "--json"]) == 0
    whole, run = keys(capsys)

    def exported(*words: str) -> str:
        assert cli.main(["runs", "export", *words]) == 0
        return capsys.readouterr().out

    assert exported(run, "--as", "csv").startswith("lane,node,step,stage,kind,")
    assert "from scale_core import Run, solve" in exported(run, "--as", "python")
    (row,) = [json.loads(x) for x in exported("--search", "12", "--as", "chat").splitlines()]
    assert row["messages"][1]["content"].endswith("\\boxed{33}") and row["strategy"] == "scale"
    (row,) = [json.loads(x) for x in exported(run, whole, "--as", "chat", "--control").splitlines()]
    assert row["strategy"] == "cot"
    file = tmp_path / "run.csv"
    assert exported(run, "--as", "csv", "--out", str(file)) == ""
    assert exported(run, "--as", "csv") == file.read_text("utf-8")


@pytest.mark.parametrize(
    "words", [[], ["a", "b"], ["a", "--control"], ["--search", "x"], ["--as", "chat"]]
)
def test_what_cannot_be_exported_is_a_usage_error(
    data: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["runs", "export", *words]) == 2
    assert "chat" in capsys.readouterr().err


def test_names_tags_deletions_and_imports(
    data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import gzip

    file = tmp_path / "duel.jsonl"
    file.write_bytes(gzip.decompress((FOLDER / "recorded_duel.jsonl.gz").read_bytes()))
    assert cli.main(["runs", "import", str(file), "--name", "A lesson"]) == 0
    key = capsys.readouterr().out.strip()
    assert cli.main(["runs", "tag", key, "Class 7", "class 7"]) == 0
    assert keys(capsys, "--tag", "class 7") == [key] == keys(capsys, "--search", "lesson")
    assert cli.main(["runs", "rename", key, "Another"]) == 0
    assert keys(capsys, "--search", "lesson") == []
    assert cli.main(["runs", "delete", key]) == 0
    assert keys(capsys) == []
    assert cli.main(["runs", "restore", key[:6]]) == 0
    assert keys(capsys) == [key]
    assert cli.main(["runs", "delete", key]) == cli.main(["runs", "purge"]) == 0
    capsys.readouterr()
    assert cli.main(["runs", "restore", key]) == 2
    assert "no run begins so" in capsys.readouterr().err


def test_nothing_is_stored_where_that_was_said(
    data: Path, model_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["solve", "2 + 3", "--data", "none"]) == 0
    assert not data.exists()
    assert cli.main(["runs", "--data", "none"]) == 2
    assert "none" in capsys.readouterr().err


def test_a_named_place_that_cannot_be_used_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert cli.main(["solve", "2 + 3", "--data", str(tmp_path / "file")]) == 2
    said = capsys.readouterr()
    assert "--data" in said.err and not said.out
    assert cli.main(["solve", "2 + 3", "--data", "mysql://there"]) == 2


def test_a_usual_place_that_cannot_be_used_keeps_nobody_from_solving(
    model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SCALE_EXPLORER_DATA", str(tmp_path / "file"))
    assert cli.main(["solve", "2 + 3", "--answer", "5"]) == 0
    assert "not stored" in capsys.readouterr().err


def test_a_key_of_several_runs_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store.at(str(data))
    store.add([])
    store.add([])
    store.close()
    assert cli.main(["runs", "show", ""]) == 2
    assert "several runs begin" in capsys.readouterr().err

"""`--figure FILE`: the charts of a command in a file, or a message and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scale_core.cli import common
from scale_core.trace import duel as dv
from tests import recorded
from tests.cli.terminal import PROBLEM, ran


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A recorded duel, as `duel --out` saves it."""
    path = tmp_path / "duel.jsonl"
    lines = (json.dumps(dv.to_json(event)) for event in recorded.duel_events())
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_replays_charts_are_a_page_of_their_own(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "charts.html"
    code, told, err = ran(tmp_path, "replay", str(file), "--figure", str(out))
    assert (code, err) == (common.OK, "") and "Ledger balances" in told
    page = out.read_text(encoding="utf-8")
    assert "<title>SCALE: " in page and page.count('<div id="figure') == 10
    assert "DORA: who was given what" in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("charts.gif", "a figure is saved as .html, .png or .svg, not "),
        ("nowhere/charts.html", "its folder is not there"),
    ],
)
def test_a_name_that_cannot_be_written_is_refused_before_anything_runs(
    tmp_path: Path, name: str, words: str
) -> None:
    for command in (("solve", PROBLEM), ("duel", PROBLEM, "--out", str(tmp_path / "d.jsonl"))):
        code, told, err = ran(tmp_path, *command, "--figure", str(tmp_path / name))
        assert code == common.USAGE and words in err and told == ""
    assert list(tmp_path.iterdir()) == []


def test_a_picture_without_a_browser_says_what_to_do(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCALE_CHROMIUM", str(tmp_path / "none"))
    for command in ("replay", "lookback"):
        out = tmp_path / "charts.png"
        code, told, err = ran(tmp_path, command, str(file), "--figure", str(out))
        assert code == common.USAGE and "SCALE_CHROMIUM" in err and told == ""
        assert not out.exists()


def test_solve_saves_the_charts_of_its_run(model_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.html"
    code, told, err = ran(model_dir, "solve", PROBLEM, "--json", "--figure", str(out))
    assert (code, err) == (common.OK, "") and all(map(json.loads, told.splitlines()))
    page = out.read_text(encoding="utf-8")
    assert page.count('<div id="figure') == 2 and "Where they went" in page


def test_lookback_saves_what_should_have_been_done(model_dir: Path, tmp_path: Path) -> None:
    duel, out = tmp_path / "duel.jsonl", tmp_path / "look.html"
    terms = ("--lanes", "scale,cot", "--budget", "2/step", "--answer", "6")
    assert ran(model_dir, "duel", PROBLEM, *terms, "--out", str(duel))[0] == common.OK
    few = ("--samples", "2", "--draws", "2", "--no-sweep")
    code, _, err = ran(model_dir, "lookback", str(duel), *few, "--figure", str(out))
    assert (code, err) == (common.OK, "")
    assert out.read_text(encoding="utf-8").count('<div id="figure') == 2

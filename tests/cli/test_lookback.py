"""`python -m scale_core lookback` on the embedded model, and on files of every kind."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from scale_core.cli import common, lookback
from scale_core.cli import main as cli
from scale_core.cli.common import console
from scale_core.experiments.hindsight import Hindsight
from tests.cli.terminal import PATIENCE, ran
from tests.experiments.duels import HARD, HARD_ANSWER

FEW = ("--samples", "3", "--draws", "3")


def saved(model_dir: Path, folder: Path, *arguments: str) -> Path:
    file = folder / f"{len(list(folder.iterdir()))}.jsonl"
    code, _, err = ran(model_dir, "duel", *arguments, "--seed", "3", "--out", str(file))
    assert code in (common.OK, common.WRONG), err
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("duels")


@pytest.fixture(scope="module")
def file(model_dir: Path, folder: Path) -> Path:
    terms = ("--lanes", "uniform,scale,cot", "--budget", "2/step", "--answer", HARD_ANSWER)
    return saved(model_dir, folder, HARD, *terms)


@pytest.fixture(scope="module")
def looked(model_dir: Path, file: Path) -> dict[str, Any]:
    code, out, err = ran(model_dir, "lookback", str(file), "--json", *FEW)
    assert (code, err) == (common.OK, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_json_is_one_object_and_nothing_else(looked: dict[str, Any]) -> None:
    assert set(looked) == {"duel", "unavailable", "hindsight", "sweep"}
    assert looked["unavailable"] is None
    look, swept = looked["hindsight"], looked["sweep"]
    assert [lane["lane"] for lane in look["lanes"]] == ["uniform", "scale", "cot"]
    assert (look["samples"], look["repeats"]) == (3, 3)
    costs = [cost for cost, _, _ in look["frontier"]]
    assert costs == sorted(costs)
    assert swept["points"][0]["slow"] == list(swept["difficulty"])
    assert swept["points"][-1]["slow"] == []
    assert all(len(p["answers"]) == swept["repeats"] for p in swept["points"])


def test_tables_tell_the_same_as_json(
    model_dir: Path, file: Path, looked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    code, out, err = ran(model_dir, "lookback", str(file), *FEW)
    assert (code, err) == (common.OK, "")
    assert out.index("What should have been done?") < out.index("What does the threshold τ buy?")
    for label in ("Uniform", "SCALE", "Chain of thought", "frontier: tokens", "τ below", "τ from"):
        assert label in out
    for lane in looked["hindsight"]["lanes"]:
        assert f"{round(lane['tokens']['mean']):,}" in out
    for point in looked["sweep"]["points"]:
        assert f"{point['tokens']:,.0f}" in out
    for step in looked["hindsight"]["steps"]:
        assert step["right"] in out
    assert f"{looked['hindsight']['frontier'][-1][0]:,.0f}" in out
    assert max(map(len, out.splitlines())) <= 160


def test_without_the_sweep(model_dir: Path, file: Path) -> None:
    code, out, _ = ran(model_dir, "lookback", str(file), "--no-sweep", "--json", *FEW)
    assert code == common.OK and json.loads(out)["sweep"] is None
    code, out, _ = ran(model_dir, "lookback", str(file), "--no-sweep", *FEW)
    assert code == common.OK and "threshold τ" not in out


def test_where_there_is_no_hindsight_it_is_said_and_the_sweep_is_shown(
    model_dir: Path, folder: Path
) -> None:
    wrong = saved(
        model_dir, folder, HARD, "--lanes", "scale", "--budget", "1/step", "--answer", "1"
    )
    code, out, err = ran(model_dir, "lookback", str(wrong), *FEW)
    assert (code, err) == (1, "")
    assert "No hindsight: the plan itself is wrong" in out and "τ below" in out
    code, out, _ = ran(model_dir, "lookback", str(wrong), "--json", *FEW)
    told = json.loads(out)
    assert code == 1 and told["hindsight"] is None and told["sweep"]["points"]
    assert "leads to 22 instead of 1" in told["unavailable"]


# ---- usage ---------------------------------------------------------------------------------


def test_files_without_a_duel_exit_with_2(model_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    (tmp_path / "text").write_text("no duel\n")
    for name in ("nowhere", "empty", "text"):
        code, out, err = ran(model_dir, "lookback", str(tmp_path / name))
        assert (code, out) == (common.USAGE, "") and err


def test_a_duel_of_another_model_is_refused(model_dir: Path, file: Path, tmp_path: Path) -> None:
    lines = file.read_text().splitlines()
    start = json.loads(lines[0])
    start["engine"]["model"] = "another"
    other = tmp_path / "other.jsonl"
    other.write_text("\n".join([json.dumps(start), *lines[1:]]))
    code, out, err = ran(model_dir, "lookback", str(other))
    assert (code, out) == (common.USAGE, "")
    assert "recorded on another" in err and "--model" in err


@pytest.mark.parametrize("option", ["--samples", "--draws"])
@pytest.mark.parametrize("number", ["0", "-1", "1001", "many"])
def test_bad_numbers_exit_with_2(option: str, number: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["lookback", "file", f"{option}={number}"])
    assert stopped.value.code == common.USAGE
    assert option in capsys.readouterr().err


def test_a_missing_model_exits_with_3(file: Path, tmp_path: Path) -> None:
    code, out, err = ran(tmp_path, "lookback", str(file))
    assert (code, out) == (common.FAILED, "")
    assert "could not be used" in err


def test_ctrl_c_stops_it(model_dir: Path, file: Path) -> None:
    before = signal.getsignal(signal.SIGINT)

    def press() -> None:
        until = time.monotonic() + PATIENCE
        while signal.getsignal(signal.SIGINT) is before and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)

    finger = threading.Thread(target=press)
    finger.start()
    code, out, err = ran(model_dir, "lookback", str(file), "--draws=1000", "--samples=1000")
    finger.join()
    assert (code, out, err.strip()) == (common.INTERRUPTED, "", "Stopped.")
    assert signal.getsignal(signal.SIGINT) is before


# ---- what is shown -------------------------------------------------------------------------


def test_text_of_models_is_shown_as_text(looked: dict[str, Any]) -> None:
    """Nothing that a step's name or value says is obeyed by a terminal."""
    from scale_core.allocation.policies import Checker
    from scale_core.experiments.hindsight import StepSamples
    from scale_core.trace.duel import Duel

    hostile = "[bold red]x[/bold red]\x1b[31m\u202e\x9b"
    step = StepSamples("1", hostile, hostile, (0.5, 1.0), (1.0, 2.0), 3)
    look = Hindsight((step,), Checker(), 9.0, ((10.0, 0.5, ("1 × System 1",)),), (), 3, 3, 0)
    out = io.StringIO()
    console(out).print(lookback.hindsight(look, Duel()))
    assert "\x1b" not in out.getvalue() and "\u202e" not in out.getvalue()
    assert "[bold" in out.getvalue()

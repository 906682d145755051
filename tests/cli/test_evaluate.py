"""`evaluate` on the real embedded engine: rows, resuming after a kill, refusals, reports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from scale_core.cli import main as cli
from scale_core.experiments.evaluation_file import read
from tests.cli.terminal import PATIENCE, ROOT, command, on_terminal, ran

TYPED = str(ROOT / "tests" / "data" / "typed_problems.tsv")


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Rows in the problems' order, less what a clock decides."""
    found = [row.as_json() | {"seconds": 0} for row in read(path).rows.values()]
    return sorted(found, key=lambda row: (row["problem"], row["strategy"]))


@pytest.fixture(scope="module")
def whole(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve problems by two presets, in one go."""
    path = tmp_path_factory.mktemp("evaluate") / "rows.jsonl"
    code, out, err = ran(model_dir, "evaluate", TYPED, "--presets", "scale,cot", "--limit", "12",
                         "--out", str(path))  # fmt: skip
    assert code == 0 and "24 of 24 rows" in err and "tokens:" in err
    assert "scale - cot" in out and "typed_problems.tsv · abacus" in out
    return path


def test_rows_tell_what_came_out(whole: Path) -> None:
    rows = rows_of(whole)
    assert [(row["problem"], row["strategy"]) for row in rows] == [
        (number, name) for number in range(12) for name in ("cot", "scale")
    ]
    planned = [row for row in rows if row["strategy"] == "scale"]
    assert sum(row["outcome"] == "right" for row in planned) >= 10
    assert all(row["usage"]["completion"] > 0 and row["calls"] > 1 for row in planned)
    rated = [step for row in planned for step in row["steps"]]
    assert all(0 <= step["calibrated"] <= 1 and step["mode"] for step in rated)


def test_the_summary_is_the_same_without_an_engine(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "--report", str(whole), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    scale, cot = summary["strategies"]
    assert (scale["strategy"], scale["problems"], cot["problems"]) == ("scale", 12, 12)
    rows = rows_of(whole)
    spent = [row["usage"] for row in rows if row["strategy"] == "cot"]
    mean = sum(usage["prompt"] + usage["completion"] for usage in spent) / 12
    assert cot["tokens"]["total"] == {"value": pytest.approx(mean), "unknown": 0}
    (pair,) = summary["pairs"]
    assert pair["right"]["low"] <= pair["right"]["mean"] <= pair["right"]["high"]
    assert cli.main(["evaluate", "--report", str(whole)]) == 0
    shown = capsys.readouterr().out
    assert f"{scale['right']['mean']:.1%}" in shown and "McNemar" in shown


def test_a_killed_evaluation_goes_on_to_the_same_rows(
    whole: Path, model_dir: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    arguments = ["evaluate", TYPED, "--presets", "scale,cot", "--limit", "12", "--out", str(path)]
    process = subprocess.Popen(
        command(*arguments, "--model", str(model_dir), "--at-once", "2"),
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while not path.exists() or path.read_bytes().count(b"\n") < 4:
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    kept = len(read(path).rows)
    with path.open("ab") as file:  # as if it had died in the middle of a line
        file.write(b'{"kind": "row", "problem": 11, "stra')
    assert 3 <= kept < 24
    code, _, err = ran(model_dir, *arguments)
    assert code == 0 and f"{kept} of 24 rows are there already" in err
    assert rows_of(path) == rows_of(whole)
    size = path.stat().st_size
    code, _, err = ran(model_dir, *arguments)
    assert code == 0 and path.stat().st_size == size and "tokens: 0 prompt" in err


def test_ctrl_c_keeps_what_there_is(model_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    process = subprocess.Popen(
        command("evaluate", TYPED, "--out", str(path), "--model", str(model_dir)),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while not path.exists() or path.read_bytes().count(b"\n") < 3:
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert "the same command goes on" in err and "outcomes" in out
    kept = read(path)
    assert 2 <= len(kept.rows) < 50
    assert all(row.outcome != "failed" for row in kept.rows.values())


def test_lanes_are_evaluated_on_one_budget(model_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    arguments = ["--lanes", "uniform,scale,dora", "--budget", "2/step", "--limit", "3"]
    code, out, _ = ran(model_dir, "evaluate", TYPED, *arguments, "--out", str(path), "--set",
                       "kappa=1")  # fmt: skip
    assert code == 0 and "uniform - dora" in out and "2/step for each lane" in out
    rows = rows_of(path)
    assert len(rows) == 9
    assert {r["rollouts"] for r in rows if r["problem"] == 0 and r["strategy"] == "dora"} == {8}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--seed", "1"], "seed: 1, not 0"),
        (["--set", "outlines=2"], "outlines: 2, not as usual"),
        (["--lanes", "scale"], "budget"),
    ],
)
def test_other_terms_than_the_earlier_parts_are_refused(
    arguments: list[str], told: str, whole: Path, model_dir: Path
) -> None:
    before = whole.read_bytes()
    code, _, err = ran(model_dir, "evaluate", TYPED, "--limit", "12", "--out", str(whole),
                       *arguments)  # fmt: skip
    assert code == 2 and "other terms" in err and told in err and "left as it is" in err
    assert whole.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--out"),
        ([TYPED], "--out"),
        (["nowhere.jsonl", "--out", "x"], "cannot be read"),
        ([TYPED, "--out", "x", "--presets", "fast"], "no such preset"),
        ([TYPED, "--out", "x", "--presets", "cot,cot"], "twice"),
        ([TYPED, "--out", "x", "--lanes", "fast"], "no such lane"),
        ([TYPED, "--out", "x", "--lanes", "scale", "--presets", "cot"], "either"),
        ([TYPED, "--out", "x", "--budget", "4"], "--lanes"),
        ([TYPED, "--out", "x", "--lanes", "scale", "--budget", "much"], "a budget is written"),
        ([TYPED, "--out", "x", "--limit", "0"], "at least 1"),
        ([TYPED, "--out", "x", "--steps", "3"], "no problem is left"),
        ([TYPED, "--out", "x", "--set", "nonsense=1"], "no such option"),
        (["--report", "nowhere.jsonl"], "no rows"),
        (["--report", TYPED], "no file of an evaluation"),
        ([TYPED, "--report", TYPED], "give no other"),
    ],
)
def test_bad_usage(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_problem_without_an_answer_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"problem": "1+1", "answer": 2}\n{"problem": "1+2"}\n')
    assert cli.main(["evaluate", str(path), "--out", str(tmp_path / "x")]) == 2
    assert "problem 2 has no answer" in capsys.readouterr().err


def test_a_terminal_shows_a_bar(model_dir: Path, tmp_path: Path) -> None:
    code, out = on_terminal(
        command("evaluate", TYPED, "--limit", "2", "--out", str(tmp_path / "x"), "--model",
                str(model_dir))
    )  # fmt: skip
    assert code == 0 and "2/2" in out and "left" in out and "outcomes" in out

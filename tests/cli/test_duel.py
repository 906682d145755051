"""Duels on the command line with the real embedded engine, and how it shows duels of anything."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from scale_core.cli import common, ledger, options, show
from scale_core.cli import main as cli
from scale_core.cli import run as commands
from scale_core.cli.run import Screen
from scale_core.pipeline.options import Options
from scale_core.problem import Mode, SubProblem
from scale_core.strategies.lanes import DEFAULT, LANES
from scale_core.strategies.settings import Settings
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.trace.usage import Usage
from tests.cli.terminal import (
    HOSTILE,
    OBEYED,
    PATIENCE,
    POEM,
    PROBLEM,
    ROOT,
    command,
    on_terminal,
    printed,
    ran,
)

LANES_RUN = "uniform,scale,dora,bandit,cot"


@pytest.fixture
def run(model_dir: Path) -> Any:
    return lambda *arguments: ran(model_dir, *arguments)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, str, Path]:
    """One duel of four lanes as JSON: exit code, stdout, stderr, and the file it was saved to."""
    model = Path(os.environ.get("SCALE_TEST_MODEL") or ROOT / "assets" / "abacus" / "onnx")
    file = tmp_path_factory.mktemp("duel") / "duel.jsonl"
    code, out, err = ran(
        model, "duel", PROBLEM, "--answer", "6", "--lanes", LANES_RUN, "--budget", "4/step",
        "--seed", "3", "--json", "--out", str(file),
    )  # fmt: skip
    return code, out, err, file


def folded(out: str) -> dv.Duel:
    """The duel that JSON lines tell; they are strict JSON."""

    def strict(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    return dv.Duel(
        dv.from_json(json.loads(line, parse_constant=strict)) for line in out.splitlines()
    )


# ---- switches ------------------------------------------------------------------------------


def changes_of(settings: list[str]) -> tuple[dict[str, Any], ...]:
    return options.changes_of(settings, Settings, Options)


def test_switches_of_lanes_and_pipeline_come_from_one_list() -> None:
    settings, pipeline = changes_of(
        ["T_b=0.5", "beam=8", "official=yes", "tau=none", "outlines=2", "vote=best", "beam=2"]
    )
    assert settings == {"T_b": 0.5, "beam": 2, "official": True, "vote": "best"}
    assert pipeline == {"tau": None, "outlines": 2}


@pytest.mark.parametrize("table", [Settings, Options])
def test_every_switch_reads_back_what_it_is_listed_with(table: Any) -> None:
    defaults = table().as_dict()
    found = changes_of([f"{name}={options.as_text(value)}" for name, value in defaults.items()])
    mine, other = found if table is Settings else reversed(found)
    assert (mine, other) == (defaults, {})


def test_a_name_is_a_switch_of_the_lanes_or_of_the_pipeline() -> None:
    """So that NAME=VALUE has one meaning."""
    assert not Settings().as_dict().keys() & Options().as_dict().keys()


def test_every_lane_and_switch_is_listed() -> None:
    done = subprocess.run(
        command("options"), capture_output=True, cwd=ROOT, text=True, timeout=PATIENCE,
        env={**os.environ, "COLUMNS": "200"}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (common.OK, "")
    words = set(done.stdout.split())
    assert {*Settings().as_dict(), *Options().as_dict(), *LANES} <= words


# ---- usage ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DEFAULT)
def test_the_lanes_that_run_by_default_exist(name: str) -> None:
    assert name in LANES


@pytest.mark.parametrize(
    "arguments", [["duel"], ["duel", PROBLEM, "--seed", "x"], ["duel", PROBLEM, "--preset", "cot"],
                  ["replay"], ["replay", "f", "--seed", "1"]],
)  # fmt: skip
def test_bad_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == common.USAGE
    assert "usage:" in capsys.readouterr().err


BAD_TERMS = [
    (["--lanes", "uniform,nonsense"], "no such lane: nonsense; there are uniform"),
    (["--lanes", "uniform,scale,uniform"], "only once"),
    (["--lanes", " , "], "at least one lane"),
    (["--budget", "plenty"], "a budget is written"),
    (["--budget", "-3"], "a budget is written"),
    (["--budget", "0"], "less than one rollout"),
    (["--budget", "0.5/step"], "less than one rollout"),
    (["--budget", "0 tokens"], "at least 1"),
    (["--budget", "999999999/step"], "at most 10000 rollouts"),
    (["--budget", "51", "--max-rollouts", "50"], "at most 50 rollouts here, not 51 rollouts"),
    (["--budget", "51 tokens", "--max-tokens", "50"], "at most 50 tokens"),
    (["--set", "nonsense=1"], "no such option"),
    (["--set", "kappa=many"], "kappa must be a number"),
    (["--set", "beam=0"], "beam must be a whole number between 1 and 256"),
    (["--set", "directions=none"], "directions must be one of"),
    (["--set", "beam"], "NAME=VALUE"),
    (["--tau", "high"], "tau must be a number"),
    (["--set", "verify=none"], "escalate needs a verifier"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_TERMS)
def test_bad_terms_exit_with_2(run: Any, arguments: list[str], message: str) -> None:
    code, out, err = run("duel", PROBLEM, "--lanes", "uniform", *arguments)
    assert (code, out) == (common.USAGE, "")
    assert message in err


@pytest.mark.parametrize(("arguments", "message"), BAD_TERMS)
def test_bad_terms_of_a_replay_exit_with_2(
    run: Any, played: Any, arguments: list[str], message: str
) -> None:
    code, out, err = run("replay", str(played[3]), *arguments)
    assert (code, out) == (common.USAGE, "")
    assert message in err


def test_an_empty_problem_and_an_impossible_file_exit_with_2(run: Any, tmp_path: Path) -> None:
    code, out, err = run("duel", "  ", "--lanes", "uniform")
    assert (code, out) == (common.USAGE, "")
    assert "empty" in err
    code, out, err = run("duel", PROBLEM, "--lanes", "uniform", "--out", str(tmp_path))
    assert (code, out) == (common.USAGE, "")
    assert "cannot be written" in err


def test_a_missing_model_exits_with_3(tmp_path: Path) -> None:
    code, out, err = ran(tmp_path, "duel", PROBLEM, "--lanes", "uniform")
    assert (code, out) == (common.FAILED, "")
    assert "The model could not be used" in err


# ---- duels ---------------------------------------------------------------------------------


def test_json_is_the_duel_and_nothing_else(played: Any) -> None:
    code, out, err, file = played
    duel = folded(out)
    assert err == ""
    assert duel.start is not None and duel.end is not None
    assert [lane.name for lane in duel.start.lanes] == LANES_RUN.split(",")
    assert (duel.start.seed, duel.start.budget, duel.start.expected) == (3, "4/step", "6")
    assert [json.loads(line) for line in out.splitlines()] == [
        json.loads(json.dumps(dv.to_json(event))) for event in duel.events
    ]
    assert folded(out).lanes.keys() == duel.lanes.keys()
    assert all(run.end is not None for run in duel.lanes.values())
    right = [r.grade is not None and r.grade.verdict == "equal" for r in duel.lanes.values()]
    assert code == (common.OK if any(right) else common.WRONG)
    assert file.read_text() == out


def test_the_terms_reach_the_lanes(run: Any) -> None:
    _, out, _ = run(
        "duel", PROBLEM, "--lanes", " Uniform, bandit,", "--budget", "2000 tokens", "--tau", "0.5",
        "--set", "bandit_rule=ucb", "--set", "outlines=2", "--json",
    )  # fmt: skip
    start = folded(out).start
    assert start is not None
    assert [lane.name for lane in start.lanes] == ["uniform", "bandit"]
    assert start.budget == "2000 tokens"
    assert (start.settings["bandit_rule"], start.options["tau"]) == ("ucb", 0.5)
    assert start.options["outlines"] == 2


def test_output_without_a_terminal_is_plain(run: Any) -> None:
    code, out, err = run("duel", PROBLEM, "--lanes", LANES_RUN, "--budget", "8", "--answer", "6")
    assert code in (common.OK, common.WRONG)
    assert err == ""
    assert not OBEYED.search(out)
    assert max(map(len, out.splitlines())) <= 100
    assert re.search(r"^plan: \d sub-problems, 8 rollouts for each lane$", out, re.MULTILINE)
    for words in ("uniform: execute:",
                  "cot: execute: thinking", "% shared", "Ledger balances:", "seed 0",
                  "Chain of thought: budget not comparable", "Bandit: adaptation:"):  # fmt: skip
        assert words in out
    lines = out.splitlines()
    row = next(line for line in lines if line.strip().startswith("Uniform"))
    assert "8/8" in row and "done" in row


def test_prices_of_ones_own(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("model,input,cached,output,currency\nabacus,2,1,8,EUR\n", encoding="utf-8")
    _, out, _ = run("duel", PROBLEM, "--lanes", "uniform,scale", "--prices", str(file))
    assert re.search(r"^ physical .* EUR 0\.\d+ ", out, re.MULTILINE)
    code, out, err = run("duel", PROBLEM, "--prices", str(tmp_path / "none.csv"))
    assert code == common.USAGE and out == "" and "none.csv" in err


def test_token_budgets_are_shown_in_tokens(run: Any) -> None:
    _, out, _ = run("duel", PROBLEM, "--lanes", "uniform,cot", "--budget", "700 tokens")
    board = out[: out.index(" cost ")]
    rows = [
        line for line in board.splitlines() if re.match(r"\s*(Uniform|Chain of thought) ", line)
    ]
    assert len(rows) == 2
    assert all(re.search(r"[\d,]+/700\b", row) for row in rows)


def test_a_budget_below_one_rollout_a_step_is_refused_and_exits_with_2(run: Any) -> None:
    code, out, err = run("duel", PROBLEM, "--lanes", "uniform,bandit", "--budget", "2")
    assert code == common.USAGE
    message = r"2 rollouts is less than one rollout for each of the \d sub-problems"
    assert re.fullmatch(rf"Uniform, Bandit: {message}\n", err)
    assert re.search(f"refused: {message}", " ".join(out.split()))
    assert "Ledger balances" in out  # the plan was paid


def test_no_lane_with_the_right_answer_exits_with_1(run: Any) -> None:
    code, out, _ = run("duel", PROBLEM, "--lanes", "uniform", "--answer", "-999999")
    assert code == common.WRONG
    assert "wrong" in out or "no answer" in out


def test_a_foreign_problem_is_refused_and_can_be_forced(run: Any) -> None:
    code, out, err = run("duel", POEM, "--lanes", "uniform,cot")
    assert (code, out) == (common.USAGE, "")
    assert "--anyway" in err
    code, out, err = run("duel", POEM, "--lanes", "uniform,cot", "--json")
    assert (code, folded(out).status) == (common.USAGE, "refused")
    code, out, _ = run("duel", POEM, "--lanes", "cot", "--anyway")
    assert code in (common.OK, common.WRONG)
    assert "total" in out


def test_a_hostile_problem_reaches_no_terminal(run: Any) -> None:
    for more in ([], ["--anyway"], ["--anyway", "--json"]):
        _, out, err = run("duel", f"What is 7*8? {HOSTILE}", "--answer", HOSTILE,
                          "--lanes", "uniform,cot", "--budget", "1/step", *more)  # fmt: skip
        assert not OBEYED.search(out)
        assert not OBEYED.search(err)


def test_a_problem_from_standard_input(model_dir: Path) -> None:
    done = subprocess.run(
        command("duel", "-", "--lanes", "cot", "--json", "--model", str(model_dir)),
        input=b"What is 7*8?\n", capture_output=True, cwd=ROOT, timeout=PATIENCE, check=False,
    )  # fmt: skip
    start = folded(done.stdout.decode()).start
    assert start is not None and start.problem == "What is 7*8?"
    assert done.returncode in (common.OK, common.WRONG)


# ---- replay --------------------------------------------------------------------------------


def decisions(duel: dv.Duel) -> dict[str, list[str]]:
    """Every event of each lane, but for its time and the run's name; exact as JSON, and sorted,
    since what runs at the same time may end in any order."""

    def exact(event: ev.Event) -> str:
        data = ev.to_json(event)
        return json.dumps({k: v for k, v in data.items() if k not in ("t", "run", "seconds")})

    return {name: sorted(map(exact, run.events)) for name, run in duel.lanes.items()}


def allocations(duel: dv.Duel) -> dict[str, list[str]]:
    return {
        name: [json.dumps({**ev.to_json(round), "t": 0}) for round in run.rounds]
        for name, run in duel.lanes.items()
    }


def test_a_replay_decides_the_same_byte_for_byte(run: Any, played: Any) -> None:
    code, out, _, file = played
    again, text, err = run("replay", str(file), "--json")
    assert (again, err) == (code, "")
    live, replayed = folded(out), folded(text)
    assert allocations(replayed) == allocations(live)
    assert all(allocations(live)[name] for name in ("uniform", "scale", "dora", "bandit"))
    assert decisions(replayed) == decisions(live)
    assert replayed.generated == []
    assert replayed.start is not None and replayed.start.recorded


def test_a_replay_with_less_spends_less(run: Any, played: Any) -> None:
    code, out, _ = run("replay", str(played[3]), "--budget", "2/step", "--lanes", "uniform")
    assert code in (common.OK, common.WRONG)
    rollouts = folded(played[1]).lanes["uniform"].rollouts
    assert f"{rollouts} → {rollouts // 2} " in out
    assert "none physical: everything was recorded" in out
    assert "Ledger balances" in out


def test_a_replay_says_what_was_not_recorded(run: Any, played: Any) -> None:
    code, out, err = run("replay", str(played[3]), "--budget", "6/step", "--lanes", "uniform")
    assert (code, err) == (common.WRONG, "")
    assert "samples not recorded: 2 of #1 (System 2)" in out
    assert "engine" not in out


def test_a_replay_reads_standard_input(played: Any) -> None:
    done = subprocess.run(
        command("replay", "-", "--json"), input=played[1], capture_output=True, cwd=ROOT, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (played[0], "")
    assert decisions(folded(done.stdout)) == decisions(folded(played[1]))


def test_files_that_hold_no_duel_exit_with_2(run: Any, played: Any, tmp_path: Path) -> None:
    first, *rest = played[1].splitlines()
    start = json.loads(first)
    bad = {
        "": "no duel",
        "{": "line 1",
        "[1]": "line 1: it is no JSON object",
        first + "\n\n[" * 1 + "[" * 100_000: "line 3",
        '{"kind": "run_started"}': "unknown duel event kind 'run_started'",
        first + '\n{"kind": "lane_event"}': "line 2: it lacks 'event'",
        first + '\n{"kind": "generated", "usage": 3}': "line 2",
        json.dumps({**start, "version": 999}): "format 999",
        json.dumps({**start, "engine": {"x": 1}}): "holds no duel",
        json.dumps({**start, "calibration": {}}): "holds no duel",
        json.dumps({**start, "settings": None}): "holds no duel",
        json.dumps({**start, "settings": {"T_b": "x"}}): "T_b must be a number",
        json.dumps({**start, "budget": "x"}): "a budget is written",
        "\n".join([first, *rest[:3], HOSTILE.replace("\ud800", "").replace("\r", "")]): "line 5",
    }
    for text, message in bad.items():
        file = tmp_path / "bad.jsonl"
        file.write_text(f"{text}\n", encoding="utf-8")  # whole lines: not cut off by a kill
        code, out, err = run("replay", str(file))
        assert (code, out) == (common.USAGE, ""), text[:80]
        assert message in err
        assert "Traceback" not in err
        assert not OBEYED.search(err)
    code, _, err = run("replay", str(tmp_path / "missing"))
    assert code == common.USAGE
    assert "cannot be read" in err


# ---- Ctrl-C, pipes and terminals -----------------------------------------------------------

LONG = ("duel", PROBLEM, "--lanes", "uniform,scale,bandit,self-consistency", "--budget", "400")


def interrupted(model_dir: Path, *more: str) -> tuple[int, str, str]:
    """A long duel that gets Ctrl-C after its first line; its code, stdout and stderr."""
    process = subprocess.Popen(
        command(*LONG, "--model", str(model_dir), *more),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, bufsize=0)  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()  # unbuffered: what follows is left to communicate
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, (line + out).decode(), err.decode()


def test_ctrl_c_stops_keeps_the_account_and_exits_with_130(model_dir: Path) -> None:
    code, out, err = interrupted(model_dir)
    assert (code, err) == (common.INTERRUPTED, "")
    assert "stopped" in out
    assert "Ledger balances" in out


def test_ctrl_c_ends_the_json_and_the_file_with_the_duel_stopped(
    model_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "stopped.jsonl"
    code, out, err = interrupted(model_dir, "--json", "--out", str(file))
    assert code == common.INTERRUPTED
    assert folded(out).status == "stopped"
    assert "Ledger balances" in err
    assert "Traceback" not in err
    assert file.read_text() == out


def test_a_stopped_duel_can_be_replayed_as_far_as_it_came(
    model_dir: Path, tmp_path: Path, run: Any
) -> None:
    file = tmp_path / "stopped.jsonl"
    interrupted(model_dir, "--json", "--out", str(file))
    code, out, err = run("replay", str(file))
    assert (code, err) == (common.WRONG, "")
    assert "not recorded" in out


def test_a_closed_pipe_ends_quietly(model_dir: Path) -> None:
    process = subprocess.Popen(
        command(*LONG, "--json", "--model", str(model_dir)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True)  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.wait(PATIENCE)
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.returncode == common.PIPE_CLOSED


def test_a_terminal_is_redrawn_in_place(model_dir: Path) -> None:
    code, shown = on_terminal(
        command("duel", PROBLEM, "--lanes", LANES_RUN, "--budget", "32", "--model", str(model_dir))
    )
    assert code in (common.OK, common.WRONG)
    assert "\x1b[1A" in shown  # the cursor goes back up
    for word in ("steps solved", "verdict", "difficulty", "shared", "Ledger balances"):
        assert word in shown


# ---- what is shown, without an engine ------------------------------------------------------


def sampled(node: str, stage: ev.Stage, usage: Usage, seed: int = 1) -> ev.Sampled:
    sample = ev.Sample(0, "t", "stop", usage.completion)
    return ev.Sampled(node=node, stage=stage, prompt="p", seed=seed, temperature=0.0, top_p=1.0,
                      max_tokens=9, n=1, samples=(sample,), usage=usage, seconds=0.1)  # fmt: skip


def lane_of(text: str, status: ev.Status) -> Iterator[ev.Event]:
    """A lane's run with everything that is worth a note; `text` wherever a text goes."""
    steps = (SubProblem("1", "#1", text), SubProblem("2", text[:20], text, ("1",)))
    slow = Mode.SYSTEM2
    yield ev.RunStarted(run="r", problem=text, expected=text, strategy="s", seed=1, options={},
                        engine={})  # fmt: skip
    yield ev.Progress(phase="decompose", done=0, total=1, text=text)
    yield sampled("plan", "outline", Usage(10, 0, 20, 0))
    yield ev.Planned(steps=steps, outline=text, how=text)
    yield ev.Budgeted(limit=8, unit="rollouts", steps=2, note=text)
    yield ev.Rated(node="1", raw=0.9, calibrated=0.8, used=0.8, provisional=True)
    yield ev.StepStarted(node="1", mode=slow, text=text)
    yield sampled("1", "system2", Usage(10, 0, 1000, 0), 2)
    yield ev.Fallback(node="1", what=text, reason=text)
    yield ev.Retried(node="1", stage="system2", attempt=1, reason=text)
    yield ev.Escalated(node="1", reason=text)
    yield ev.StepSolved(node="1", mode=slow, result=text)
    yield ev.StepFailed(node="2", reason=text)
    yield ev.Answered(answer=text, node="2")
    yield ev.Graded(expected=text, verdict="could not tell", reason=text)
    yield ev.RunEnded(status=status, message=text)


def scripted(text: str = "37*48", status: ev.Status = "solved") -> dv.Duel:
    """A duel of two equal lanes, one of which generated everything."""
    lanes = (dv.Lane("a", text, text, adaptation=text), dv.Lane("b", "B"))
    return dv.Duel([
        dv.DuelStarted(duel="d", problem=text, expected=text, lanes=lanes, budget="8 rollouts",
                       seed=1, settings={}, options={}, calibration={},
                       engine={"model": text, "device": "CPU", "notes": [text]}),
        dv.DuelPlanned(steps=2, limit=8, unit="rollouts"),
        *(dv.LaneEvent(lane=x.name, event=e) for x in lanes for e in lane_of(text, status)),
        dv.Generated(node="plan", stage="outline", samples=1, usage=Usage(10, 0, 20, 0), seconds=1),
        dv.Generated(node="1", stage="system2", samples=1, usage=Usage(10, 0, 1000, 0), seconds=1),
        dv.DuelEnded(status=status, message=text, missing=(("2", "system2", 3),) * 2),
    ])  # fmt: skip


GENERATED = Usage(20, 0, 1020, 0)


def everything(duel: dv.Duel, terminal: bool = False) -> str:
    """The account, the replay's comparison, and every line of a run without a terminal."""
    out = io.StringIO()
    screen = Screen(Console(file=out, width=200, markup=False, emoji=False, highlight=False))
    part = dv.Duel()
    for event in duel.events:
        part.apply(event)
        screen.watch(event, part)
    account = show.account(duel, GENERATED, before=duel)
    return out.getvalue() + printed(account, terminal=terminal)


def test_hostile_text_is_shown_as_text() -> None:
    for status in ("solved", "unsolved", "failed", "stopped", "refused"):
        shown = everything(scripted(HOSTILE, status))
        assert "[bold red]x[/bold red]" in shown
        assert not OBEYED.search(shown)


def test_hostile_text_cannot_style_a_terminal() -> None:
    shown = everything(scripted(HOSTILE), terminal=True)
    assert not OBEYED.search(re.sub(r"\x1b\[[0-9;]*m", "", shown))  # our own colours
    assert "title\x07" not in shown


def test_very_long_text_is_cut() -> None:
    shown = everything(scripted("9" * 100_000))
    assert len(shown) < 60_000
    assert "…" in shown


def test_a_row_for_each_lane(played: Any) -> None:
    duel = folded(played[1])
    lines = printed(show.board(duel)).splitlines()
    for name, run in duel.lanes.items():
        (row,) = [line for line in lines if line.strip().startswith(LANES[name].label)]
        limit = run.budget.limit if run.budget else 0
        assert f" {run.rollouts}/{limit} " in row
        assert f" {run.ledger.total.total:,} " in row
        assert ("done" if run.status == "solved" else "no answer") in row
        assert (f"{limit - run.rollouts} (" in row) == (run.rollouts < limit)


def test_a_lane_that_runs_shows_its_time_and_what_it_does() -> None:
    duel = dv.Duel(scripted("w").events[:5])
    row = next(x for x in printed(show.board(duel, 7.25)).splitlines() if " 7.25 " in x)
    assert row.split()[-1] == "w"
    assert "waiting" in printed(show.board(duel, 7.25))


def test_the_columns_of_the_spending_add_up(played: Any) -> None:
    duel = folded(played[1])
    rows = [line.split() for line in printed(ledger.Spending(duel)).splitlines()]
    (total,) = [row[1:] for row in rows if row[:1] == ["total"]]
    lanes = len(duel.lanes)
    assert [int(x.replace(",", "")) for x in total] == [
        run.ledger.total.total for run in duel.lanes.values()
    ]
    plan = duel.plan
    assert plan is not None
    nodes = {"plan", "whole", *(s.name for s in plan.steps)}
    cells = [row[-lanes:] for row in rows if row[:1] and row[0] in nodes]
    assert len(cells) == len(nodes)
    sums = [
        sum(int(x.replace(",", "")) for x in column if x != "–")
        for column in zip(*cells, strict=True)
    ]
    assert sums == [run.ledger.total.total for run in duel.lanes.values()]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 300])
def test_every_lane_has_a_column_whatever_the_width(width: int) -> None:
    names = [*LANES, "another-lane", "l"]
    start = replace(scripted().events[0], lanes=tuple(dv.Lane(n, n) for n in names))
    mine = [
        dv.LaneEvent(lane=n, event=sampled("1", "system2", Usage(0, 0, 1000 + i, 0)))
        for i, n in enumerate(names)
    ]
    shown = printed(ledger.Spending(dv.Duel([start, *mine])), width=width)
    totals = [x for line in shown.splitlines() if "total" in line for x in line.split()[1:]]
    assert totals == [f"{1000 + i:,}" for i in range(len(names))]
    assert max(map(len, shown.splitlines())) <= width
    columns = [line for line in shown.splitlines() if "node" in line]
    assert [x for line in columns for x in line.split()[3:]] == names


def test_difficulties_stand_beside_the_spending() -> None:
    shown = printed(ledger.Spending(scripted())).splitlines()
    (row,) = [line for line in shown if line.strip().startswith("#1")]
    assert row.split() == ["#1", "37", "×", "48", "~0.80", "1,010", "1,010"]


def test_totals_and_their_balance() -> None:
    duel = scripted()
    shown = printed(ledger.totals(duel))
    assert "2,080 logical (each lane alone), 1,040 physical (really generated): 50% shared" in shown
    shown = printed(ledger.balanced(duel, GENERATED))
    assert shown.startswith("Ledger balances: Each sample once: 2 samples, 1,020 tokens")


def test_a_ledger_that_does_not_balance_says_so() -> None:
    events = scripted().events
    lost = dv.Duel(e for e in events if not isinstance(e, dv.Generated) or e.node != "1")
    for counters in (None, Usage(10, 0, 20, 0)):
        assert "does not balance" in printed(ledger.balanced(lost, counters))
    assert "does not balance" in printed(ledger.balanced(scripted(), Usage(20, 0, 1021, 0)))


def test_what_is_unknown_is_not_0_and_not_balanced() -> None:
    unknown = Usage(None, None, None, None)

    def forgotten(event: dv.DuelEvent) -> dv.DuelEvent:
        if isinstance(event, dv.Generated):
            return replace(event, usage=unknown)
        if isinstance(event, dv.LaneEvent) and isinstance(event.event, ev.Sampled):
            return replace(event, event=sampled(event.event.node, event.event.stage, unknown))
        return event

    duel = dv.Duel(map(forgotten, scripted().events))
    assert "cannot tell" in printed(ledger.balanced(duel, unknown))
    assert "unknown logical" in printed(ledger.totals(duel))
    (row,) = [x for x in printed(ledger.Spending(duel)).splitlines() if "#1" in x]
    assert row.split()[-2:] == ["unknown", "unknown"]


def priced(duel: dv.Duel, **engine: Any) -> dv.Duel:
    """The same on an engine of which a price and a size are known."""
    first, *rest = duel.events
    assert isinstance(first, dv.DuelStarted)
    return dv.Duel([replace(first, engine={"model": "m", "parameters": 10, **engine}), *rest])


PRICES = Prices.read("model,input,cached,output,currency\nm,1,1,4,EUR\n")


def test_the_cost_of_lanes_of_all_and_of_what_was_generated() -> None:
    table, hints = ledger.costs(priced(scripted()), PRICES)
    rows = {line.split()[0]: line.split()[1:] for line in printed(table).splitlines()
            if line.split()}  # fmt: skip
    assert hints == []
    assert rows["cost"] == ["tokens", "money", "FLOPs", "FLOPs", "uncached", "request", "time"]
    # 20 prompt and 1020 completion tokens a lane, at 1 and 4 a million, 2 x 10 FLOPs each
    assert rows["B"][:4] == ["1,040", "EUR", "0.0041", "20.8"]
    assert rows["logical"][:4] == ["2,080", "EUR", "0.0082", "41.6"]
    assert rows["physical"] == ["1,040", "EUR", "0.0041", "20.8", "k", "20.8", "k", "2.00", "s"]


def test_what_no_price_is_known_of_is_told_once_with_where_one_is_put() -> None:
    remote = priced(scripted(), model="x", parameters=None, remote=True)
    shown = printed(show.account(remote, GENERATED, prices=PRICES))
    (physical,) = [line for line in shown.splitlines() if line.strip().startswith("physical")]
    assert physical.split() == ["physical", "1,040", *["unknown"] * 4]
    assert shown.count("no price for x") == shown.count("--prices") == 1
    assert "FLOPs unknown: " in shown and "time unknown: " in shown


def test_a_replay_spends_nothing_physical() -> None:
    first, *rest = scripted().events
    assert isinstance(first, dv.DuelStarted)
    again = dv.Duel([replace(first, recorded=True), *rest])
    assert "physical" not in printed(ledger.costs(again, PRICES)[0])


def test_nothing_that_went_wrong_is_silent() -> None:
    shown = printed(*show.notes(scripted("w", "failed")))
    for line in ("w, B: failed: w", "w, B: budget not comparable: w", "w, B: #1 fallback to w: w",
                 "w, B: #1 system2 tried again (1): w", "w, B: #1 escalated: w", "w: adaptation: w",
                 "w, B: a sub-problem failed: w", "samples not recorded: 3 of w (System 2);",
                 ):  # fmt: skip
        assert line in shown
    assert shown.count("not recorded") == 1


def test_a_budget_that_was_exceeded_and_another_plan_are_told() -> None:
    events = scripted().events
    other = ev.Planned(steps=(SubProblem("1", "#1", "2+2"),), outline="o", how="h")
    duel = dv.Duel([
        *(dv.LaneEvent(lane="b", event=other)
          if isinstance(e, dv.LaneEvent) and e.lane == "b" and isinstance(e.event, ev.Planned)
          else e for e in events),
        dv.LaneEvent(lane="b", event=ev.Budgeted(limit=1000, unit="tokens", steps=1)),
    ])  # fmt: skip
    shown = printed(*show.notes(duel))
    assert "B: 40 tokens over its budget of 1,000" in shown
    assert "B: its budget led to another plan" in shown


@pytest.mark.parametrize(
    ("status", "verdict", "code"),
    [
        ("solved", None, common.OK),
        ("solved", "equal", common.OK),
        ("solved", "could not tell", common.OK),
        ("solved", "different", common.WRONG),
        ("unsolved", None, common.WRONG),
        ("refused", None, common.USAGE),
        ("failed", None, common.FAILED),
    ],
)
def test_exit_codes(status: ev.Status, verdict: ev.Verdict | None, code: int) -> None:
    lane: list[ev.Event] = [ev.RunEnded(status=status, message="m")]
    if verdict:
        lane.insert(0, ev.Graded(expected="7", verdict=verdict))
    first = scripted().events[0]
    events = [dv.LaneEvent(lane="a", event=e) for e in lane]
    duel = dv.Duel([first, *events, dv.DuelEnded(status=status)])
    assert commands._finish(duel, threading.Event()) == code


def ended(*lanes: tuple[ev.Status, ev.Verdict | None], status: ev.Status) -> int:
    """The exit code of a duel whose lanes ended so."""
    duel = dv.Duel([scripted().events[0]])
    for name, (how, verdict) in zip("ab", lanes, strict=False):
        if verdict:
            graded = ev.Graded(expected="7", verdict=verdict)
            duel.apply(dv.LaneEvent(lane=name, event=graded))
        duel.apply(dv.LaneEvent(lane=name, event=ev.RunEnded(status=how, message=f"{name} said")))
    duel.apply(dv.DuelEnded(status=status))
    return commands._finish(duel, threading.Event())


def test_one_right_lane_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong = ("solved", "equal"), ("solved", "different")
    refused, failed = ("refused", None), ("failed", None)
    assert ended(right, wrong, status="solved") == common.OK
    assert ended(right, refused, status="refused") == common.OK
    assert ended(wrong, wrong, status="solved") == common.WRONG
    assert capsys.readouterr().err == ""
    assert ended(wrong, refused, status="refused") == common.USAGE
    assert capsys.readouterr().err == "B: b said\n"
    assert ended(right, failed, status="failed") == common.FAILED
    assert capsys.readouterr().err == "The run failed: B: b said\n"

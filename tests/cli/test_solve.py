"""The command line on the real embedded engine, and how it shows runs that hold anything."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from scale_core.cli import common, ledger, options, run, show
from scale_core.cli import main as cli
from scale_core.cli.common import UsageError
from scale_core.pipeline.options import PRESETS, Options
from scale_core.problem import Mode, SubProblem
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from tests.cli.terminal import (
    HOSTILE,
    OBEYED,
    PATIENCE,
    POEM,
    PROBLEM,
    ROOT,
    alone,
    command,
    on_terminal,
    printed,
    ran,
)


@pytest.fixture
def solve(model_dir: Path) -> Any:
    """Runs `solve` in this process; gives the exit code, stdout and stderr."""
    return lambda *arguments: ran(model_dir, "solve", *arguments)


def folded(out: str) -> Run:
    return Run(ev.from_json(json.loads(line)) for line in out.splitlines())


# ---- switches ------------------------------------------------------------------------------


def changes_of(settings: list[str]) -> dict[str, Any]:
    (changes,) = options.changes_of(settings, Options)
    return changes


def test_switches_are_read_by_their_type() -> None:
    changes = changes_of(["outlines=8", "accept=0.25", "parallel=off", "tau=none", "tau=0.3",
                          "force_last=none", "verify=none", "system2_max_tokens=200"])  # fmt: skip
    assert changes == {"outlines": 8, "accept": 0.25, "parallel": False, "tau": 0.3,
                       "force_last": None, "verify": "none", "system2_max_tokens": 200}  # fmt: skip


def test_every_switch_reads_back_what_it_is_listed_with() -> None:
    for preset in PRESETS.values():
        given = preset.options.as_dict()
        assert changes_of([f"{k}={options.as_text(v)}" for k, v in given.items()]) == given


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("outlines", "NAME=VALUE"),
        ("outlines=many", "outlines must be a whole number"),
        ("retries=none", "retries must be a whole number"),
        ("accept=", "accept must be a number"),
        ("parallel=maybe", "parallel must be true or false"),
        ("nonsense=1", "no such option: nonsense"),
    ],
)
def test_bad_switches_are_told_in_words(setting: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        changes_of([setting])


# ---- usage ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["solve"],
        ["solve", PROBLEM, "--preset", "nonsense"],
        ["solve", PROBLEM, "--seed", "x"],
    ],
)
def test_bad_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == common.USAGE
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([PROBLEM, "--set", "nonsense=1"], "no such option"),
        ([PROBLEM, "--tau", "high"], "tau must be a number"),
        ([PROBLEM, "--tau", "nan"], "tau must be a number between"),
        ([PROBLEM, "--set", "verify=none"], "escalate needs a verifier"),
        (["   "], "empty"),
    ],
)
def test_bad_options_exit_with_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["solve", *arguments]) == common.USAGE
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("arguments", [["options"], ["solve", "--list-options"]])
def test_every_switch_and_preset_is_listed(arguments: list[str]) -> None:
    done = subprocess.run(
        command(*arguments), capture_output=True, cwd=ROOT, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (common.OK, "")
    out = done.stdout
    assert all(name in out for name in [*Options().as_dict(), *PRESETS])
    assert "independent" in out


def test_a_missing_model_exits_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["solve", PROBLEM, "--model", str(tmp_path)]) == common.FAILED
    assert "The model could not be used" in capsys.readouterr().err


def test_a_bug_exits_with_3_not_with_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(run, "problem_text", broken)
    assert cli.main(["solve", PROBLEM]) == common.FAILED
    assert "a bug" in capsys.readouterr().err


def test_train_gets_all_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    import types

    given: list[list[str]] = []
    recipe = types.ModuleType("scale_core.abacus.recipe")
    recipe.main = lambda argv: given.append(argv) or 5  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "scale_core.abacus.recipe", recipe)
    import scale_core.abacus

    monkeypatch.setattr(scale_core.abacus, "recipe", recipe, raising=False)
    assert cli.main(["train", "--evaluate", "--help", "x"]) == 5
    assert given == [["--evaluate", "--help", "x"]]


def test_train_without_its_libraries_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import types

    def main(_: list[str]) -> int:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    recipe = types.ModuleType("scale_core.abacus.recipe")
    recipe.main = main  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "scale_core.abacus.recipe", recipe)
    import scale_core.abacus

    monkeypatch.setattr(scale_core.abacus, "recipe", recipe, raising=False)
    assert cli.main(["train"]) == common.USAGE
    assert "requirements-train.txt" in capsys.readouterr().err


# ---- solving -------------------------------------------------------------------------------


def test_json_is_the_run_and_nothing_else(solve: Any) -> None:
    code, out, err = solve(PROBLEM, "--json", "--seed", "3", "--tau", "0.5")
    assert err == ""
    run = folded(out)
    assert run.start is not None
    assert (run.start.seed, run.start.options["tau"], run.start.problem) == (3, 0.5, PROBLEM)
    assert code == (common.OK if run.status == "solved" else common.WRONG)
    assert [json.loads(line) for line in out.splitlines()] == [
        json.loads(json.dumps(ev.to_json(event))) for event in run.events
    ]
    assert folded(out).nodes == run.nodes


def test_output_without_a_terminal_is_plain(solve: Any) -> None:
    code, out, err = solve(PROBLEM, "--seed", "1", "--set", "outlines=2")
    assert code in (common.OK, common.WRONG)
    assert err == ""
    assert not OBEYED.search(out)
    assert max(map(len, out.splitlines())) <= 100
    for word in ("decompose:", "execute:", "sub-problem", "completion", "total", "seed 1"):
        assert word in out
    assert "Answer: " in out or "No answer: " in out


def test_a_wrong_answer_exits_with_1(solve: Any) -> None:
    code, out, _ = solve(PROBLEM, "--answer", "-999999")
    assert code == common.WRONG
    assert "wrong" in out or "No answer" in out


def test_a_foreign_problem_is_refused_and_can_be_forced(solve: Any) -> None:
    code, out, err = solve(POEM)
    assert (code, out) == (common.USAGE, "")
    assert "--anyway" in err
    code, out, _ = solve(POEM, "--anyway")
    assert code in (common.OK, common.WRONG)
    assert "total" in out


def test_a_refusal_is_in_the_json_too(solve: Any) -> None:
    code, out, err = solve(POEM, "--json")
    assert code == common.USAGE
    assert folded(out).status == "refused"
    assert "--anyway" in err


def test_a_hostile_problem_reaches_no_terminal(solve: Any) -> None:
    for more in ([], ["--anyway"], ["--anyway", "--json"]):
        _, out, err = solve(f"What is 7*8? {HOSTILE}", "--answer", HOSTILE, *more)
        assert not OBEYED.search(out)
        assert not OBEYED.search(err)


@pytest.mark.parametrize("text", [b"What is 7*8?\n", b"What is 7*8?\xff"])
def test_a_problem_from_standard_input(model_dir: Path, text: bytes) -> None:
    done = subprocess.run(
        command("solve", "-", "--json", "--anyway", "--model", str(model_dir)),
        input=text, capture_output=True, cwd=ROOT, timeout=PATIENCE, check=False)  # fmt: skip
    run = folded(done.stdout.decode())
    assert run.start is not None
    assert run.start.problem == text.decode(errors="replace").strip()
    assert done.returncode in (common.OK, common.WRONG)


def interrupted(model_dir: Path, *more: str) -> tuple[int, str, str]:
    """A long run that gets Ctrl-C after its first words; its code, stdout and stderr."""
    process = subprocess.Popen(
        command("solve", PROBLEM, "--model", str(model_dir), "--preset", "self-consistency",
                "--set", "samples=256", *more),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True)  # fmt: skip
    assert process.stdout is not None
    first = os.read(process.stdout.fileno(), 65536).decode()  # `communicate` skips read buffers
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, first + out, err


def test_ctrl_c_stops_keeps_the_account_and_exits_with_130(model_dir: Path) -> None:
    code, out, err = interrupted(model_dir)
    assert (code, err) == (common.INTERRUPTED, "")
    assert "No answer: stopped by request" in out
    assert "completion" in out


def test_ctrl_c_ends_the_json_with_the_run_stopped(model_dir: Path) -> None:
    code, out, err = interrupted(model_dir, "--json")
    assert code == common.INTERRUPTED
    assert folded(out).status == "stopped"
    assert "completion" in err
    assert "Traceback" not in err


def test_a_closed_pipe_ends_quietly(model_dir: Path) -> None:
    process = subprocess.Popen(
        command("solve", PROBLEM, "--json", "--model", str(model_dir)),
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
    code, shown = on_terminal(command("solve", PROBLEM, "--model", str(model_dir)))
    assert code in (common.OK, common.WRONG)
    assert "\x1b[1A" in shown  # the cursor goes back up
    for word in ("decompose", "assess", "assign", "execute", "sub-problem", "completion"):
        assert word in shown


# ---- what is shown, without an engine ------------------------------------------------------


def sampled(node: str, stage: ev.Stage, usage: Usage) -> ev.Sampled:
    return ev.Sampled(node=node, stage=stage, prompt="p", seed=1, temperature=0.0, top_p=1.0,
                      max_tokens=9, n=1, samples=(), usage=usage, seconds=0.1)  # fmt: skip


def scripted(text: str = "37*48", status: ev.Status = "solved") -> Run:
    """A run with every kind of row; `text` is put wherever a person's or a model's text goes."""
    steps = (SubProblem("1", "#1", text), SubProblem("2", "#2", text, ("1",)),
             SubProblem("3", text[:20], text, ("2",)))  # fmt: skip
    slow, fast = Mode.SYSTEM2, Mode.SYSTEM1
    return Run([
        ev.RunStarted(run="r", problem=text, expected=text, strategy="scale", seed=1, options={},
                      engine={"model": text, "device": "CPU"}),
        ev.Progress(phase="decompose", done=1, total=1, text=text),
        sampled("plan", "outline", Usage(10, 0, 20, 0)),
        ev.Planned(steps=steps, outline=text, how=text),
        ev.Progress(phase="execute", done=1, total=3, text=text),
        ev.Rated(node="1", raw=0.9, calibrated=0.8, used=0.8),
        ev.Rated(node="2", raw=0.1, calibrated=0.1, used=0.1, provisional=True),
        ev.Assigned(node="1", mode=slow, reason=text),
        ev.StepStarted(node="1", mode=slow, text=text),
        sampled("1", "system2", Usage(None, None, 1234, 1200)),
        ev.Fallback(node="1", what=text, reason=text),
        ev.Retried(node="1", stage="system2", attempt=1, reason=text),
        ev.StepSolved(node="1", mode=slow, result=text, doubted=True),
        ev.StepStarted(node="2", mode=fast, text=text),
        ev.Verified(node="2", mode=fast, result=text, probability=0.125, accepted=False),
        ev.Escalated(node="2", reason=text),
        ev.StepSolved(node="2", mode=slow, result="41"),
        ev.StepFailed(node="3", reason=text),
        ev.Answered(answer=text, node="3"),
        ev.Graded(expected=text, verdict="could not tell", reason=text),
        ev.RunEnded(status=status, message=text),
    ])  # fmt: skip


def everything(run: Run, **keywords: Any) -> str:
    return printed(show.strip(run), show.now(run), show.account(alone(run)), **keywords)


def test_hostile_text_is_shown_as_text() -> None:
    for status in ("solved", "unsolved", "failed", "stopped"):
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


def test_the_table_of_steps() -> None:
    lines = printed(show.steps(scripted())).splitlines()
    (first,) = [line for line in lines if line.strip().startswith("#1")]
    (second,) = [line for line in lines if line.strip().startswith("#2")]
    for cell in ("37 × 48", "0.80", "②", "37*48 (doubted)", "unknown"):
        assert cell in first
    for cell in ("~0.10", "②↑", "41", "✗ 0.12 on 37*48"):
        assert cell in second
    assert any("failed: 37*48" in line for line in lines)


def test_the_stages_of_a_run_that_broke_off() -> None:
    assert printed(show.strip(scripted(status="stopped"))).split() == [
        "✓", "decompose", "→", "·", "assess", "→", "·", "assign", "→", "✗", "execute",
    ]  # fmt: skip


def test_what_is_unknown_is_not_0() -> None:
    rows = {line.split()[0]: line.split()[1:]
            for line in printed(ledger.stages(scripted())).splitlines() if line.split()
            }  # fmt: skip
    assert rows["stage"] == ["calls", "prompt", "cached", "completion", "thinking", "total"]
    assert rows["outline"] == ["1", "10", "0", "20", "0", "30"]
    assert rows["system2"] == ["1", "unknown", "unknown", "1,234", "1,200", "unknown"]
    assert rows["total"] == ["2", "unknown", "unknown", "1,254", "1,200", "unknown"]


def test_the_cost_of_a_run_in_a_line() -> None:
    run = scripted()
    assert run.start is not None
    lines = [line.plain for line in ledger.cost(run, Prices())]
    assert lines[0].startswith("Cost: tokens unknown · money unknown · FLOPs unknown · ")
    assert sum("no price for" in line for line in lines) == 1
    assert sum("--prices" in line for line in lines) == 1
    counted = Run(e for e in run.events if not isinstance(e, ev.Sampled) or e.node == "plan")
    prices = Prices.read(
        f"model,input,cached,output,currency\n{run.start.engine['model']},1,1,4,EUR\n"
    )
    (line,) = [x.plain for x in ledger.cost(counted, prices) if "Cost:" in x.plain]
    assert line.startswith("Cost: 30 tokens · EUR 0.00009 · ")


def test_nothing_that_went_wrong_is_silent() -> None:
    shown = printed(*show.notes(alone(scripted("w"))))
    assert "#1 fallback to w: w" in shown
    assert "#1 system2 tried again (1): w" in shown
    assert "#2 escalated: w" in shown


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("equal", "right"), ("different", "wrong"), ("could not tell", "could not tell")],
)
def test_the_verdict_is_in_words(verdict: ev.Verdict, word: str) -> None:
    run = Run([e for e in scripted("6").events if not isinstance(e, ev.Graded)])
    run.apply(ev.Graded(expected="7", verdict=verdict, reason=""))
    shown = printed(show.outcome(run))
    assert shown.startswith("Answer: 6 ")
    assert f"   {word}" in shown
    assert ": expected 7." in shown


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
    own: list[ev.Event] = [ev.RunEnded(status=status, message="m")]
    if verdict:
        own.insert(0, ev.Graded(expected="7", verdict=verdict))
    assert run._finish(alone(Run(own)), threading.Event()) == code


# ---- known answers: these need the trained model -------------------------------------------


def test_the_trained_model_answers(solve: Any) -> None:
    code, out, _ = solve("What is 7*8?", "--answer", "56")
    assert code == common.OK
    assert "Answer: 56" in out
    assert "right" in out

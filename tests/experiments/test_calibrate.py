"""Calibration on dev problems: what counts as right, what is left out, and the fit."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

from scale_core import user_data
from scale_core.cli import common
from scale_core.cli import main as cli
from scale_core.dialects.chat.dialect import ChatDialect
from scale_core.engines.base import Request
from scale_core.engines.scripted import Reply
from scale_core.experiments.calibrate import (
    Amounts,
    Findings,
    Seen,
    calibrated,
    study,
)
from scale_core.pipeline import calibration
from scale_core.pipeline.calibration import Calibration
from scale_core.pipeline.context import Stop, Stopped
from scale_core.pipeline.options import Options
from scale_core.problem import Problem
from tests.pipeline.chat_scripted import ANSWER, RESULTS, ChatEngine, Script, asked, right, script

OPTIONS = Options().with_({"calibrated": False})


def learn(given: Script, *answers: str | None, **amounts: Any) -> tuple[list[Findings], ChatEngine]:
    engine = ChatEngine(given)
    problems = [Problem(f"Marbles, number {i}", a) for i, a in enumerate(answers)]
    found = asyncio.run(
        study(problems, engine, ChatDialect("ours"), OPTIONS, Amounts(**amounts), seed=3)
    )
    spent = Findings(problems[0]).usage
    for findings in found:
        spent += findings.usage
    assert spent == engine.counters
    return found, engine


def sometimes(wrong: dict[str, float]) -> Script:
    """System 1 is wrong on a node with this chance."""

    def fast(request: Request, node: str, stage: str, index: int) -> str:
        chance = random.Random(f"{request.seed}/{index}").random()
        value = "99" if chance < wrong.get(node, 0.0) else RESULTS[node]
        return f"\\boxed{{{value}}}"

    def judge(request: Request, node: str, stage: str, index: int) -> str:
        proposed = asked(request).split("Proposed result: ")[1].split("\n")[0]
        return f"Verdict: {'no' if proposed == '99' else 'yes'}"

    return script(system1=fast, verify=judge)


def test_every_sample_of_every_step_is_seen() -> None:
    (findings,), engine = learn(right, None, fast=5, slow=3)
    assert (findings.steps, findings.reason) == (3, "")
    assert len(findings.seen) == 15
    assert [s.raw for s in findings.seen[::5]] == [1 / 9, 7 / 9, 7 / 9]
    assert all(s.right and s.accepted and s.slow_right for s in findings.seen)
    assert all(s.fast_cost > 0 and s.slow_cost > 0 and s.check_cost > 0 for s in findings.seen)
    assert {(r.n, r.thinking) for r in engine.called("system2")} == {(3, True)}


def test_wrong_and_unreadable_samples_are_failures_also_in_other_spellings() -> None:
    texts = (r"\boxed{24.0}", r"\boxed{25}", "Who knows?", r"\boxed{\frac{48}{2}}")

    def fast(request: Request, node: str, stage: str, index: int) -> str:
        return texts[index] if node == "1" else right(request, node, stage, index)

    (findings,), _ = learn(script(system1=fast), None)
    assert [s.right for s in findings.seen[:4]] == [True, False, False, True]


def test_each_step_gets_what_is_taken_for_right() -> None:
    _, engine = learn(sometimes({"1": 1.0}), None)
    for request in engine.called("system1", "2"):
        assert "#1 = 24" in asked(request)


@pytest.mark.parametrize(("answer", "kept"), [(ANSWER, 12), ("1/3", 12), ("7", 0), (None, 12)])
def test_only_problems_that_lead_to_the_known_answer_count(answer: str | None, kept: int) -> None:
    (findings,), _ = learn(right, answer)
    assert len(findings.seen) == kept
    assert bool(findings.reason) is (kept == 0)


def test_of_a_single_step_the_known_answer_counts_whatever_system_2_says() -> None:
    def lost(request: Request, node: str, stage: str, index: int) -> str:
        return r"\boxed{8}" if stage == "system2" else r"\boxed{7}"

    (findings,), _ = learn(script(outline="?", system1=lost, system2=lost), "7")
    assert [(s.right, s.slow_right) for s in findings.seen] == [(True, False)] * 4


def test_without_a_majority_the_steps_before_still_count() -> None:
    def split(request: Request, node: str, stage: str, index: int) -> str:
        return f"\\boxed{{{index}}}" if node == "2" else right(request, node, stage, index)

    (findings,), _ = learn(script(system2=split), None)
    assert len(findings.seen) == 4
    assert "#2" in findings.reason


def test_an_unreadable_rating_is_no_measurement() -> None:
    (findings,), _ = learn(script(rate="Hard to say."), None)
    assert findings.seen == []


def test_problems_do_not_depend_on_each_other() -> None:
    both, _ = learn(sometimes({"1": 0.5, "2": 0.5}), None, None, at_once=2)
    one, _ = learn(sometimes({"1": 0.5, "2": 0.5}), None)
    assert both[0].seen == one[0].seen != both[1].seen


def test_a_failing_engine_is_told_of_each_problem() -> None:
    from scale_core.engines.base import EngineError

    def broken(request: Request, node: str, stage: str, index: int) -> str:
        raise EngineError("out of memory")

    found, _ = learn(script(system2=broken), None, None)
    assert [f.reason for f in found] == ["out of memory"] * 2
    with pytest.raises(ValueError, match="only 0"):
        calibrated(found)


def test_stop_ends_it() -> None:
    stop = Stop()

    def halting(request: Request, node: str, stage: str, index: int) -> str:
        stop.halt()
        return right(request, node, stage, index)

    engine = ChatEngine(script(system2=halting))
    problems = [Problem("Marbles")] * 5
    with pytest.raises(Stopped):
        asyncio.run(study(problems, engine, ChatDialect("ours"), OPTIONS, stop=stop))
    assert len(engine.called("system1")) == 0


def test_the_fit_finds_the_chances() -> None:
    found, _ = learn(sometimes({"1": 0.05, "2": 0.7, "3": 0.7}), *[None] * 40)
    fitted = calibrated(found)
    assert fitted(1 / 9) == pytest.approx(0.05, abs=0.05)
    assert fitted(7 / 9) == pytest.approx(0.7, abs=0.08)
    assert fitted(0.0) <= fitted(1 / 9) <= fitted(7 / 9) <= fitted(1.0)
    assert "480 System 1 samples of sub-problems of 40 dev problems" in fitted.source


@pytest.mark.parametrize(
    ("fails", "dear", "below"),
    [(0.95, 2.0, True), (0.0, 50.0, False)],
)
def test_the_threshold_follows_what_pays(fails: float, dear: float, below: bool) -> None:
    """System 2 at once where System 1 nearly always fails, never where it never does."""
    rng = random.Random(5)
    seen = [
        Seen(0.8, right, right, True, 10.0, 10.0, 10.0 * dear)
        for right in (rng.random() >= fails for _ in range(200))
    ]
    fitted = calibrated([Findings(Problem("x"), seen)])
    assert (fitted.tau < fitted(0.8)) is below


def test_too_little_is_told() -> None:
    with pytest.raises(ValueError, match="more or easier problems"):
        calibrated([])


# ---- the store -------------------------------------------------------------------------------

FITTED = Calibration(((0.1, 0.0), (0.9, 0.8)), 0.35, 0.2, "a test")


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(user_data.VARIABLE, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "model",
    ["tiny", "Qwen/Qwen3-8B", "../../etc/passwd", "a b\n", "", "ü" * 300, ".", "CON:", "a/b@c"],
)
def test_what_is_kept_is_found_again(data: Path, model: str) -> None:
    path = calibration.store(FITTED, model)
    assert path.resolve().parent == (data / "calibration").resolve()
    assert calibration.stored(model) == FITTED
    assert calibration.stored("another") == Calibration()
    assert json.loads(path.read_text())["model"] == model


def test_names_that_look_alike_as_files_are_kept_apart(data: Path) -> None:
    names = ["a/b", "a--b", "a b", "a:b", "A/b"]
    assert len({calibration.path_of(name) for name in names}) == len(names)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"tau": "x"}', '{"tau": 1, "points": [[1]]}'])
def test_a_file_that_cannot_be_read_is_none_and_says_so(data: Path, content: str) -> None:
    path = calibration.store(FITTED, "m")
    path.write_text(content)
    found = calibration.stored("m")
    assert found.points == () and "could not be read" in found.source


def test_the_usual_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(user_data.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert user_data.data_folder() == tmp_path / "scale-explorer"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert user_data.data_folder().parts[-3:] == (".local", "share", "scale-explorer")


# ---- the command -----------------------------------------------------------------------------


def command(*arguments: str, engine: ChatEngine | None = None) -> int:
    from unittest import mock

    from scale_core.cli import engine as cli_engine

    used = engine or ChatEngine(sometimes({"2": 0.6, "3": 0.6}))
    with mock.patch.object(cli_engine, "opened", return_value=used):
        return cli.main(["calibrate", "--set", "prompts=ours", *arguments])


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    path = tmp_path / "dev.jsonl"
    lines = [json.dumps({"problem": f"Marbles {i}", "answer": "1/3"}) for i in range(10)]
    path.write_text("\n".join(lines))
    return path


def test_the_command_fits_and_keeps(
    data: Path, problems: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = ChatEngine(sometimes({"2": 0.6, "3": 0.6}))
    assert command("--problems", str(problems), engine=engine) == common.OK
    out, err = capsys.readouterr()
    assert "threshold" in out and str(data) in out
    assert err.count("12 samples") == 10 and "tokens:" in err
    kept = calibration.stored("scripted-chat")
    assert kept.points and kept(7 / 9) == pytest.approx(0.6, abs=0.15)
    assert engine.closed


def test_the_command_writes_where_it_is_told(data: Path, problems: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "fit.json"
    assert command("--problems", str(problems), "--out", str(out), "--samples", "2") == common.OK
    assert Calibration.of(json.loads(out.read_text())).points
    assert calibration.stored("scripted-chat") == Calibration()


@pytest.mark.parametrize(
    ("arguments", "content", "words"),
    [
        ((), None, "cannot be read"),
        ((), "", "no problems"),
        ((), "{}", "line 1"),
        (("--samples", "0"), '{"problem": "x"}', "from 1 to 64"),
        (("--set", "tau=9"), '{"problem": "x"}', "tau must be"),
        (("--set", "nonsense=9"), '{"problem": "x"}', "no such option"),
    ],
)
def test_bad_usage(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], content: str | None, words: str,
) -> None:  # fmt: skip
    path = tmp_path / "some.jsonl"
    if content is not None:
        path.write_text(content)
    assert command("--problems", str(path), *arguments) == common.USAGE
    assert words in capsys.readouterr().err
    assert not list(data.glob("calibration/*"))


def test_too_few_problems_write_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text('{"problem": "Marbles"}')
    assert command("--problems", str(path)) == common.FAILED
    assert "more or easier problems" in capsys.readouterr().err
    assert not list(data.glob("calibration/*"))


def test_options_that_do_not_fit_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["solve", "1 + 1", "--context", "99"]) == common.USAGE
    assert "--context belongs" in capsys.readouterr().err
    assert cli.main(["solve", "1 + 1", "--engine", "onnx", "--model", "/none"]) == common.FAILED
    assert "neither a folder nor" in capsys.readouterr().err


def test_drafts_are_calibrated_as_runs_rate_them() -> None:
    """The list's last line is wrong half of the time, where the model is unsure of it."""
    from tests.pipeline.test_attempt import PROBLEM as MELONS
    from tests.pipeline.test_attempt import Chat, outline

    lines = (
        ("1. melons in the crates:", " 5 * 12 = 60", 0.99),
        ("2. melons that go bad:", " 60 - 18 = 42", 0.4),
    )
    engine = Chat(outline(lines=lines), slow="60")

    def reply(request: Request, index: int) -> Reply:
        if request.stage == "system2":
            found = "60" if "\nmelons in the crates." in request.prompt[-1].content else "21"
            return Reply(f"\\boxed{{{found}}}")
        return outline(lines=lines)

    engine.script = reply
    problems = [Problem(f"{MELONS} ({i})", "21") for i in range(30)]
    found = asyncio.run(study(problems, engine, ChatDialect(), Options()))
    seen = [(round(s.raw, 2), s.right) for f in found for s in f.seen]
    assert seen == [(0.01, True), (0.6, False)] * 30
    fitted = calibrated(found, "attempt")
    assert fitted(0.01) < 0.1 and fitted(0.6) > 0.9
    assert Calibration.of(fitted.as_dict()) == fitted == fitted.fitting("attempt")
    assert not fitted.fitting("late").points and "asked for" in fitted.fitting("late").source
    assert "system1" not in engine.stages and "verify" not in engine.stages

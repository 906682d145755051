"""The command: recorded files pass, altered ones fail, malformed ones are named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
RECORDED = sorted((ROOT.parent / "shared" / "oracles").glob("*.json"))
needs_recorded = pytest.mark.skipif(not RECORDED, reason="the recorded files are not here")

ALLOCATION: dict[str, Any] = {
    "id": 0, "n": 4, "k": 4, "beam_width": 2, "T_b": 0.1, "T_s": 0.01,
    "scores": [0.95, 0.95, 0.95, 0.95],
    "embeddings": [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]],
    "S": [[1, 1, 0, 1], [1, 1, 0, 1], [0, 0, 1, 0], [1, 1, 0, 1]],
    "out": {
        "uniform": {"realized": [1, 1, 1, 1]},
        "beam": {"realized": [2, 2, 0, 0], "tie_at_cut": True},
        "dvts": {"realized": [2, 0, 2, 0]},
        "rebase": {"realized": [1, 1, 1, 1], "raw": [1, 1, 1, 1], "w": [0.25] * 4},
        "dora_paper": {
            "realized": [1, 1, 2, 0], "raw": [1, 1, 2, 1], "w": [0.25] * 4,
            "gamma": [1 / 3, 1 / 3, 1, 1 / 3], "w_prime": [1 / 6, 1 / 6, 1 / 2, 1 / 6],
        },
        "dora_release": {
            "realized": [1, 1, 2, 0], "kept": [0, 1, 2, 3], "raw": [1, 1, 2, 1],
            "gamma": [1 / 3, 1 / 3, 1, 1 / 3], "w_prime": [1 / 6, 1 / 6, 1 / 2, 1 / 6],
        },
        "dora_topp": {"realized": [4, 0, 0, 0]},
        "rebase_original": {"error": "ValueError: cannot convert float NaN to integer"},
    },
}  # fmt: skip
TRACE: dict[str, Any] = {
    "id": 1, "method": "rebase", "n": 2, "beam_width": 2, "T_b": 0.1, "T_s": 0.01,
    "num_iterations": 3, "max_tokens": 100, "max_tokens_per_step": 10, "sort_completed": False,
    "iterations": [
        {
            "parents": [None, None], "max_tokens": [10, 10], "allocate_num": None,
            "slots": [{"tok": 5, "stop": "step", "score": 0.9, "emb": [1.0]},
                      {"tok": 4, "stop": "end", "score": 0.5, "emb": [1.0]}],
        },
        {
            "parents": [[0, 0], [0, 0]], "max_tokens": [10, 10], "allocate_num": [2],
            "slots": [{"tok": 6, "stop": "end", "score": 0.8, "emb": [1.0]},
                      {"tok": 7, "stop": "end", "score": 0.7, "emb": [1.0]}],
        },
    ],
    "final": [{"path": [[0, 1]], "tokens": 4, "last_score": 0.5},
              {"path": [[0, 0], [1, 0]], "tokens": 11, "last_score": 0.8}],
}  # fmt: skip
CUT = {"tok": 10, "stop": "end", "score": 0.5, "emb": [1.0]}
CRASH: dict[str, Any] = {
    **TRACE,
    "iterations": [{**TRACE["iterations"][0], "slots": [CUT, CUT]}],
    "error": "ZeroDivisionError: integer division or modulo by zero",
}
del CRASH["final"]
VOTE: dict[str, Any] = {
    "answers": ["1/2", "3", "0.5"], "scores": [0.2, 0.9, 0.8], "canonical": ["h", "3", "h"],
    "weighted": "1/2", "majority": "1/2", "naive": "\\boxed{3}",
}  # fmt: skip
AGGREGATION: dict[str, Any] = {
    "aggregate": [{"scores": [0.5, 0.4], "min": 0.4, "prod": 0.2, "last": 0.4}],
    "pass_at_k": [{"n": 4, "c": 1, "k": 2, "value": 0.5}],
    "beta_stop": [{"v1": 2, "v2": 1, "p": 0.6875}],
    "openr_vote": [{
        "answers": ["0", "1"], "prm": [[0.3, 0.9], [0.4, 0.5]], "prm_min_max": "1",
        "prm_last_max": "0", "prm_min_vote": "1", "prm_last_vote": "0", "majority": "0",
    }],
}  # fmt: skip


def write(path: Path, data: Any) -> str:
    path.write_text(json.dumps(data))
    return str(path)


@needs_recorded
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_recorded_files_pass(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(path)]) == 0, capsys.readouterr().out
    passed, failed = capsys.readouterr().out.splitlines()[-1].split(", ")
    assert int(passed.removesuffix(" passed")) > 20 and failed == "0 failed"


@pytest.mark.parametrize(
    ("data", "checks"),
    [
        ({"cases": [ALLOCATION]}, 6),
        ({"about": "a list of cases is enough", "cases": [TRACE, CRASH]}, 2),
        ([{**CRASH, "error": None, "final": None}], 1),
        ([{**CRASH, "error": None, "final": {"raised": "ZeroDivisionError"}}], 1),
        ([VOTE], 1),
        (AGGREGATION, 4),
        ({"beta_stop": AGGREGATION["beta_stop"]}, 1),
    ],
)
def test_the_format_is_told_by_content(
    data: Any, checks: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([write(tmp_path / "anything", data)]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"{checks} passed, 0 failed"
    if data == {"cases": [ALLOCATION]}:
        assert "1 x beam tie" in out and "1 x dora_topp" in out and "published code failed" in out


def altered(data: Any, change: Callable[[Any], object]) -> Any:
    copy = json.loads(json.dumps(data))
    change(copy)
    return copy


WRONG: list[tuple[Any, Callable[[Any], object], str]] = [
    ([ALLOCATION], lambda d: d[0]["S"][0].__setitem__(1, 0.9), "S[0][1]"),
    ([ALLOCATION], lambda d: d[0]["out"]["rebase"].update(raw=[1, 1, 1, 2]), "rebase: raw"),
    ([ALLOCATION], lambda d: d[0]["out"]["uniform"].update(realized=[2, 1, 1, 0]), "uniform"),
    ([ALLOCATION], lambda d: d[0]["out"]["dora_paper"]["w_prime"].__setitem__(0, 0.16), "w_prime"),
    ([ALLOCATION], lambda d: d[0]["out"]["dora_release"].update(kept=[0]), "kept"),
    ([TRACE], lambda d: d[0]["iterations"][1].update(parents=[[0, 0], [0, 1]]), "parents"),
    ([TRACE], lambda d: d[0]["iterations"][1].update(max_tokens=[10, 9]), "max_tokens"),
    ([TRACE], lambda d: d[0]["iterations"][1].update(allocate_num=[1]), "allocate_num"),
    ([TRACE], lambda d: d[0]["iterations"].pop(), "goes on"),
    ([TRACE], lambda d: d[0]["iterations"].append(d[0]["iterations"][1]), "ours ends before"),
    ([TRACE], lambda d: d[0]["final"].pop(), "number of voters"),
    ([TRACE], lambda d: d[0]["final"][1].update(tokens=12), "voter 1 tokens"),
    ([TRACE], lambda d: d[0]["final"][0].update(path=[[0, 0]]), "voter 0 path"),
    ([TRACE], lambda d: d[0]["final"][0].update(last_score=0.6), "last_score"),
    ([TRACE], lambda d: d[0].update(final=None), "instead of a crash"),
    ([CRASH], lambda d: d[0].update(error="KeyError"), "instead of KeyError"),
    ([CRASH], lambda d: d[0].update(error=None, final=TRACE["final"]), "instead of voters"),
    ([VOTE], lambda d: d[0].update(weighted="3"), "weighted"),
    ([VOTE], lambda d: d[0].update(naive="3"), "naive"),
    (AGGREGATION, lambda d: d["aggregate"][0].update(prod=0.3), "aggregate 0: prod"),
    (AGGREGATION, lambda d: d["pass_at_k"][0].update(value=0.6), "pass_at_k 0"),
    (AGGREGATION, lambda d: d["pass_at_k"][0].update(c=9), "raised ValueError"),
    (AGGREGATION, lambda d: d["beta_stop"][0].update(p=0.7), "beta_stop 0"),
    (AGGREGATION, lambda d: d["openr_vote"][0].update(majority="1"), "openr_vote 0"),
]


@pytest.mark.parametrize(("data", "change", "words"), WRONG)
def test_a_wrong_number_fails(
    data: Any, change: Callable[[Any], object], words: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert main([write(tmp_path / "file.json", altered(data, change))]) == 1
    out = capsys.readouterr().out
    assert words in out
    assert int(out.splitlines()[-1].split(", ")[1].removesuffix(" failed")) >= 1


BROKEN: list[tuple[Any, Callable[[Any], object], str]] = [
    ([ALLOCATION], lambda d: d[0].pop("k"), "'k' is missing"),
    ([ALLOCATION], lambda d: d[0]["scores"].pop(), "'scores' must hold 4 numbers"),
    ([ALLOCATION], lambda d: d[0]["scores"].__setitem__(0, None), "'scores' must hold numbers"),
    ([ALLOCATION], lambda d: d[0]["embeddings"][0].pop(), "'embeddings' must hold"),
    ([ALLOCATION], lambda d: d[0].update(n="4"), "'n' must be int"),
    ([ALLOCATION], lambda d: d[0].update(out=[1]), "'out' must be dict"),
    ([ALLOCATION], lambda d: d[0]["out"]["rebase"].clear(), "'realized' is missing"),
    ([ALLOCATION], lambda d: d[0]["out"]["rebase"].update(raw=[1]), "'raw' must hold 4 numbers"),
    ([TRACE], lambda d: d[0].pop("final"), "'final' is missing"),
    ([TRACE], lambda d: d[0].update(method="mcts"), "unknown method 'mcts'"),
    ([TRACE], lambda d: d[0].update(n=0), "at least 1"),
    ([TRACE], lambda d: d[0]["iterations"][0].pop("slots"), "'slots' is missing"),
    ([TRACE], lambda d: d[0]["iterations"][0]["slots"][0].update(stop="?"), "step or end"),
    ([TRACE], lambda d: d[0]["iterations"].append(3), "an object was expected"),
    ([VOTE], lambda d: d[0].pop("majority"), "'majority' is missing"),
    ([VOTE], lambda d: d[0]["canonical"].pop(), "'canonical' must hold 3 texts"),
    (AGGREGATION, lambda d: d["beta_stop"][0].pop("v1"), "'v1' is missing"),
    (AGGREGATION, lambda d: d.update(pass_at_k={}), "'pass_at_k' must be list"),
    (AGGREGATION, lambda d: d["openr_vote"][0]["prm"].pop(), "'prm' must hold 2 lists"),
    ([VOTE], lambda d: d.append(7), "no cases of a known format"),
    ([], lambda d: None, "no cases of a known format"),
    ({"cases": []}, lambda d: None, "no cases of a known format"),
    ({"cases": [{"x": 1}]}, lambda d: None, "no cases of a known format"),
    (3, lambda d: None, "no cases of a known format"),
]


@pytest.mark.parametrize(("data", "change", "words"), BROKEN)
def test_a_malformed_file_is_named(
    data: Any, change: Callable[[Any], object], words: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = write(tmp_path / "file.json", altered(data, change))
    assert main([path]) == 2
    error = capsys.readouterr().err
    assert error.startswith(path) and words in error


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.json"
    text.write_bytes(b"{\xff")
    good = write(tmp_path / "good.json", [VOTE])
    assert main([str(text), good, str(tmp_path / "none.json")]) == 2
    captured = capsys.readouterr()
    assert "no JSON" in captured.err and "No such file" in captured.err
    assert captured.out.splitlines()[-1] == "1 passed, 0 failed"


def test_as_a_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.oracles"]
    path = write(tmp_path / "file.json", [VOTE])
    done = subprocess.run([*command, path], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 passed, 0 failed"
    usage = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert usage.returncode == 2 and "FILE" in usage.stderr

"""`grade`: a verdict and its reason for each answer, and the exit codes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from scale_core.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        (["1/2", "0.5", r"\frac12"], 0, ["equal: 0.5 (", r"equal: \frac12 ("]),
        (["1/2", "0.5", "2"], 1, ["equal: 0.5 (", "different: 2 ("]),
        (["12", "12_8", "12 kg"], 3, ["could not tell: 12_8 (", "equal: 12 kg ("]),
        (["12", "12_8", "13"], 1, ["could not tell: 12_8 (", "different: 13 ("]),
        (["-1/2", "-0.5", "-x+1"], 1, ["equal: -0.5 (", "different: -x+1 ("]),
        (["-x+1", "1-x"], 0, ["equal: 1-x ("]),
        (["--", "-x", "--x"], None, ["--x ("]),
        (["Paris", "paris."], 0, ["equal: paris. ("]),
    ],
)
def test_answers_are_graded(
    arguments: list[str], code: int | None, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = main(["grade", *arguments])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(shown)
    assert all(part in line for part, line in zip(shown, lines, strict=True)), lines
    assert all(line.endswith(".)") for line in lines)
    assert found == code if code is not None else found in (0, 1, 3)


@pytest.mark.parametrize(
    "arguments",
    [[], ["1"], ["1", "1", "--file", "x"], ["--file", "/nowhere/at/all"], ["--nonsense"]],
)
def test_bad_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(["grade", *arguments])
    except SystemExit as end:
        code = int(str(end.code))
    assert code == 2
    assert capsys.readouterr().err.strip()


def test_a_file_of_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"gold": "(1,2)", "answer": "1<x<2"}, {"gold": 3, "answer": 3.0, "id": 7}]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n\n".join(map(json.dumps, rows)))
    assert main(["grade", "--file", str(path)]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["equal"] * 2
    path.write_text(path.read_text() + '\n{"gold": "1", "answer": null}\n')
    assert main(["grade", "--json", "--file", str(path)]) == 3
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["verdict"] for row in told] == ["equal", "equal", "could not tell"]
    assert told[0]["gold"] == "(1,2)" and told[0]["reason"]


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"gold": "1"}', "no json", "[" * 50_000, '{"gold": "' + "x" * 200_000]
)
def test_a_file_that_cannot_be_read(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["grade", "--file", "-"]) == 2
    assert capsys.readouterr().err.strip()


def test_many_pairs_keep_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps({"gold": i, "answer": i}) + "\n" for i in range(200)))
    assert main(["grade", "--file", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == [str(i) for i in range(200)]

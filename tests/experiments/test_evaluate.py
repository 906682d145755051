"""Evaluations: rows of runs, their file after any kill, and what rows add up to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.dialects.abacus.canonical import canonical
from scale_core.engines.base import EngineError
from scale_core.experiments.evaluate import OUTCOMES, Evaluation, Row, StepRow, Terms
from scale_core.experiments.evaluation_file import Header, Mismatch, RowFile, digest, read
from scale_core.experiments.evaluation_summary import Mean, pairs, summarise
from scale_core.experiments.problem_sets import Posed
from scale_core.pipeline.context import Stop
from scale_core.problem import Mode, Problem
from scale_core.strategies.settings import Caps
from scale_core.trace.usage import Usage
from tests.pipeline.scripted import PROBLEM, ScriptedEngine, by_body, fails, script

QUICK = settings(max_examples=60, deadline=None, derandomize=True)
SUM, FOREIGN = "What is 7*8 + 5?", "Write a poem about the sea."
RIGHT = by_body({canonical(PROBLEM): "#1=37*48;#2=125*16;#3=#1+#2;#4=#3%13"}, "#1=7*8;#2=#1+5")


def posed(*pairs: tuple[str, str]) -> list[Posed]:
    return [Posed(i, Problem(text, gold), 2) for i, (text, gold) in enumerate(pairs)]


def evaluated(
    problems: Sequence[Posed],
    strategies: Sequence[str],
    engine: ScriptedEngine,
    done: Sequence[tuple[int, str]] = (),
    at_once: int = 3,
    **terms: Any,
) -> dict[tuple[int, str], Row]:
    rows: list[Row] = []
    evaluation = Evaluation(problems, strategies, Terms(**terms), engine, Caps())
    asyncio.run(evaluation.run(rows.append, done=done, at_once=at_once))
    assert len({row.key for row in rows}) == len(rows)
    return {row.key: row for row in rows}


# ---- rows ----------------------------------------------------------------------------------


def test_every_problem_by_every_preset_is_a_row() -> None:
    engine = ScriptedEngine(script(outline=RIGHT, cot="7*8=56;56+5=61;=61"))
    problems = posed((PROBLEM, "6"), (SUM, "61"), (FOREIGN, "none"))
    rows = evaluated(problems, ("scale", "cot"), engine)
    assert {key: row.outcome for key, row in rows.items()} == {
        (0, "scale"): "right", (0, "cot"): "wrong",
        (1, "scale"): "right", (1, "cot"): "right",
        (2, "scale"): "refused", (2, "cot"): "refused",
    }  # fmt: skip
    plan, chain = rows[0, "scale"], rows[0, "cot"]
    assert (plan.answer, plan.gold, plan.plan, plan.first_try, plan.wanted) == (
        "6",
        "6",
        4,
        True,
        2,
    )
    assert [(s.id, s.state, s.mode is not None) for s in plan.steps] == [
        (str(i), "solved", True) for i in range(1, 5)
    ]
    assert all(s.raw is not None and s.tokens for s in plan.steps)
    assert (chain.plan, chain.first_try, chain.marked, chain.steps) == (None, None, None, ())
    assert (chain.calls, chain.rollouts) == (1, 1)
    assert Usage.sum(row.usage for row in rows.values()) == engine.counters
    assert rows[2, "cot"].usage == Usage() and "another kind" in rows[2, "cot"].why


def test_lanes_share_one_duel_and_what_is_done_is_not_told_again() -> None:
    engine = ScriptedEngine(script(outline=RIGHT))
    problems = posed((PROBLEM, "6"))
    rows = evaluated(problems, ("uniform", "scale"), engine, budget="2/step")
    assert {key[1]: (row.outcome, row.plan) for key, row in rows.items()} == {
        "uniform": ("right", 4), "scale": ("right", 4)
    }  # fmt: skip
    assert rows[0, "uniform"].rollouts == 8
    rest = evaluated(problems, ("uniform", "scale"), engine, [(0, "scale")], budget="2/step")
    assert list(rest) == [(0, "uniform")]
    again = rest[0, "uniform"]
    assert again.as_json() | {"seconds": 0} == rows[0, "uniform"].as_json() | {"seconds": 0}
    small = evaluated(problems, ("uniform",), engine, budget="1")
    assert small[0, "uniform"].outcome == "refused" and "rollout" in small[0, "uniform"].why


@pytest.mark.parametrize(
    ("gold", "roles", "outcome", "why"),
    [
        ("6", {"outline": fails("the server is gone")}, "failed", "the server is gone"),
        ("6", {"outline": RIGHT, "s1": "?", "s2": "?"}, "unreadable", "no result could be read"),
        ("6", {"outline": "no plan"}, "right", "written the same"),
        ("6_8", {"outline": RIGHT}, "untold", ""),
        ("7", {"outline": RIGHT}, "wrong", "different"),
    ],
)
def test_outcomes(gold: str, roles: dict[str, Any], outcome: str, why: str) -> None:
    rows = evaluated(posed((PROBLEM, gold)), ("scale",), ScriptedEngine(script(**roles)))
    row = rows[0, "scale"]
    assert row.outcome == outcome and why in row.why
    if roles["outline"] == "no plan":
        assert (row.first_try, row.plan) == (False, 1)


def test_a_doubted_step_marks_the_answer() -> None:
    options = {"checker": "model", "accept": 0.5, "verify": "all"}
    for verdict in "ny":
        engine = ScriptedEngine(script(outline=RIGHT, verify=verdict))
        rows = evaluated(posed((SUM, "61")), ("scale",), engine, options=options)
        assert rows[0, "scale"].marked is (verdict == "n")


def test_a_bug_costs_a_row_and_no_more() -> None:
    def breaks(body: str, seed: int, index: int) -> str:
        raise RuntimeError("a bug")

    engine = ScriptedEngine(script(outline=breaks))
    rows = evaluated(posed((PROBLEM, "6"), (FOREIGN, "x")), ("scale",), engine)
    assert (rows[0, "scale"].outcome, rows[0, "scale"].why) == ("failed", "RuntimeError: a bug")
    assert rows[1, "scale"].outcome == "refused"


def test_stop_leaves_no_half_rows() -> None:
    stop = Stop()
    engine = ScriptedEngine(script(outline=RIGHT), on_call=lambda call: stop.halt())
    rows: list[Row] = []
    evaluation = Evaluation(posed((SUM, "61"), (SUM, "61")), ("scale",), Terms(), engine)
    asyncio.run(evaluation.run(rows.append, cancel=stop))
    assert rows == [] and stop.is_set()


def test_what_cannot_be_written_ends_the_evaluation() -> None:
    def full(row: Row) -> None:
        raise OSError(28, "No space left on device")

    engine = ScriptedEngine(script(outline=RIGHT))
    evaluation = Evaluation(posed(*[(SUM, "61")] * 9), ("scale",), Terms(), engine)
    with pytest.raises(OSError, match="No space"):
        asyncio.run(evaluation.run(full, at_once=2))
    assert not engine.active and len(engine.called("outline")) <= 4


# ---- the file ------------------------------------------------------------------------------

HEADER = Header("set", "d", "Scripted", "script", Terms(), ("scale", "cot"))
STEP = StepRow("1", 0.25, 0.5, Mode.SYSTEM2, "solved", True, False, 0.75, True, 40)


def row(problem: int, strategy: str = "scale", outcome: Any = "right", **more: Any) -> Row:
    return Row(problem, strategy, outcome, "6", **more)


ROWS = [
    row(0, answer="6 – é\ud800\u2028", steps=(STEP,), usage=Usage(10, None, 5, 0, 3), marked=False),
    row(0, "cot", "wrong", answer="7", usage=Usage(None, None, None, None)),
    row(1, why='"quoted"\n', wanted=2, id="x", source="s"),
]


def written(path: Path, rows: Sequence[Row] = ROWS, header: Header = HEADER) -> bytes:
    with RowFile(path, header) as file:
        for one in rows:
            file.add(one)
    return path.read_bytes()


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    written(tmp_path / "f")
    kept = read(tmp_path / "f")
    assert kept.header == HEADER
    assert list(kept.rows.values()) == ROWS
    assert kept.strategies == ("scale", "cot")


def test_a_file_that_was_cut_anywhere_goes_on(tmp_path: Path) -> None:
    """As after kill -9 in the middle of a write: rows that are whole stay, the rest is redone."""
    path, whole = tmp_path / "f", written(tmp_path / "whole")
    ends = [i + 1 for i, byte in enumerate(whole) if byte == 10]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        there = sum(end <= cut for end in ends[1:])
        with RowFile(path, HEADER) as file:
            assert list(file.rows.values()) == ROWS[:there], cut
            for one in ROWS[there:]:
                file.add(one)
        assert path.read_bytes() == whole, cut


def test_a_last_line_that_a_crash_left_unreadable_is_redone(tmp_path: Path) -> None:
    path = tmp_path / "f"
    whole = written(path)
    path.write_bytes(whole + b"\x00" * 40 + b"\n")
    assert list(read(path).rows.values()) == ROWS
    path.write_bytes(whole + b"\x00\n" + whole.split(b"\n")[1] + b"\n")
    with pytest.raises(Mismatch, match="line 5 is damaged"):
        read(path)


@pytest.mark.parametrize(
    "data", [b"notes\n", b"notes", b'{"kind": "row"}\n', b'{"problem": 1}', b"[1]\n", b"{}\n{}\n",
             b'{"kind": "evaluation", "version": 99}\n', b'{"kind": "evaluation", "version": 1}\n'],
)  # fmt: skip
def test_other_files_are_left_alone(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(data)
    with pytest.raises(Mismatch):
        RowFile(path, HEADER)
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (Header("set", "e", "Scripted", "script", Terms(), ("scale", "cot")), "problems"),
        (Header("set", "d", "Scripted", "other", Terms(), ("scale", "cot")), 'model: "other"'),
        (Header("set", "d", "Scripted", "script", Terms(seed=3), ("cot",)), "seed: 3, not 0"),
        (Header("set", "d", "Scripted", "script", Terms(options={"tau": 0.3}), ("cot",)),
         "tau: 0.3, not as usual"),
        (Header("set", "d", "Scripted", "script", Terms("4/step"), ("scale", "cot")), "budget"),
    ],
)  # fmt: skip
def test_other_terms_are_refused_and_named(other: Header, told: str, tmp_path: Path) -> None:
    before = written(tmp_path / "f")
    with pytest.raises(Mismatch, match="other terms") as raised:
        RowFile(tmp_path / "f", other)
    assert told in str(raised.value)
    assert (tmp_path / "f").read_bytes() == before


def test_more_presets_may_be_added_but_no_lanes(tmp_path: Path) -> None:
    written(tmp_path / "f")
    more = Header("renamed", "d", "Scripted", "script", Terms(), ("system2",))
    with RowFile(tmp_path / "f", more) as file:
        file.add(row(0, "system2"))
    assert read(tmp_path / "f").strategies == ("scale", "cot", "system2")
    lanes = Header("set", "d", "Scripted", "script", Terms("2/step"), ("scale", "dora"))
    written(tmp_path / "g", [], lanes)
    with pytest.raises(Mismatch, match="strategies"):
        RowFile(
            tmp_path / "g", Header("set", "d", "Scripted", "script", Terms("2/step"), ("scale",))
        )


def test_a_set_is_known_by_what_it_holds() -> None:
    one, other = posed(("a", "1"), ("b", "2")), posed(("a", "1"), ("b", "3"))
    assert digest(one) == digest(list(one)) != digest(other)


# ---- sums ----------------------------------------------------------------------------------

ROW = st.builds(
    Row,
    problem=st.integers(0, 12),
    strategy=st.sampled_from(["a", "b"]),
    outcome=st.sampled_from(OUTCOMES),
    gold=st.just("1"),
    marked=st.sampled_from([None, True, False]),
    plan=st.sampled_from([None, 1, 2, 3]),
    wanted=st.sampled_from([None, 2]),
    usage=st.builds(Usage, *[st.sampled_from([None, 0, 5, 9])] * 4),
)


@QUICK
@given(st.lists(ROW, min_size=1, unique_by=lambda r: r.key))
def test_summaries_count_every_row_once(rows: list[Row]) -> None:
    for name in {r.strategy for r in rows}:
        mine = [r for r in rows if r.strategy == name]
        found = summarise(rows, name)
        assert found.problems == len(mine) == sum(o.all for o in found.outcomes.values())
        right = [r for r in mine if r.outcome == "right"]
        assert found.right.mean == pytest.approx(len(right) / len(mine))
        known = [r.usage.total for r in mine if r.usage.total is not None]
        assert found.tokens.total.unknown == len(mine) - len(known)
        if known:
            assert found.tokens.total.value == pytest.approx(sum(known) / len(known))
        answers = [r for r in mine if r.outcome in ("right", "wrong", "untold")]
        if found.unmarked is not None:
            plain = [r for r in answers if not r.marked]
            assert found.unmarked == pytest.approx(len(plain) / len(mine))
            assert (found.sure is None) == (not plain)
    for pair in pairs(rows, sorted({r.strategy for r in rows})):
        both = {r.problem for r in rows if r.strategy == "a"} & {
            r.problem for r in rows if r.strategy == "b"
        }
        assert pair.problems == len(both)
        of = {r.key: r.outcome == "right" for r in rows}
        assert pair.right.mean * len(both) == pytest.approx(
            sum(of[n, "a"] - of[n, "b"] for n in both)
        )


def test_many_strategies_are_held_against_the_first() -> None:
    rows = [row(0, name) for name in "abcde"]
    assert [(p.first, p.second) for p in pairs(rows, tuple("abcde"))] == [
        ("a", name) for name in "bcde"
    ]
    assert len(pairs(rows, tuple("abcd"))) == 6


def test_unknown_is_never_nought() -> None:
    assert Mean.of([None, None]) == Mean(None, 2)
    assert Mean.of([4, None]) == Mean(4.0, 1)
    assert row(0, usage=Usage(10, None, 1, 0)).uncached is None
    assert row(0, usage=Usage(10, 4, 1, 0)).uncached == 6
    spent = [row(0, "a", usage=Usage(8, 0, 0, 0)), row(0, "b", usage=Usage(None, 0, 0, 0))]
    assert pairs(spent, ("a", "b"))[0].tokens is None


def test_a_row_that_is_none_is_refused() -> None:
    whole = ROWS[0].as_json()
    assert Row.of(json.loads(json.dumps(whole))) == ROWS[0]
    for broken in ({**whole, "outcome": "splendid"}, {**whole, "usage": None}, {"kind": "row"}):
        with pytest.raises(ValueError):
            Row.of(broken)


def test_an_engine_error_is_told_in_its_row() -> None:
    def gone(body: str, seed: int, index: int) -> str:
        raise EngineError("gone")

    rows = evaluated(posed((SUM, "61")), ("cot",), ScriptedEngine(script(cot=gone)))
    assert (rows[0, "cot"].outcome, rows[0, "cot"].why) == ("failed", "gone")

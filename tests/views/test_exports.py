"""A run as a file for others: what is read back is the same, and what runs again comes out so."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.runs.solve import duel, solve
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import export, snippet, traces
from scale_core.views.frames import frame
from tests import recorded

PROBLEM = "What is (37*48 + 125*16) mod 13?"
RUNS = ("recorded_run", "recorded_run_escalated", "recorded_run_failed")
DUELS = ("recorded_duel", "recorded_duel_tokens")
NASTY = [
    "</script><img src=x>",
    "\ud800 half",
    "=1+1",
    '"; DROP',
    "\u202e\x00\x1b[31m",
    "日本 ½",
    "\\",
]


def read(text: str, duel: bool) -> list[Any]:
    """As it would be read from a file."""
    rows = [json.loads(line) for line in io.BytesIO(text.encode("utf-8"))]
    return [(dv if duel else ev).from_json(row) for row in rows]


@pytest.mark.parametrize("name", [*RUNS, *DUELS])
def test_what_was_exported_is_imported_as_it_was(name: str) -> None:
    if name in DUELS:
        record: Any = dv.Duel(recorded.duel_events(name))
    else:
        record = Run(recorded.run_events(name))
    assert read(export.json_lines(record), name in DUELS) == record.events


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_also_with_whatever_text_is_in_it(data: st.DataObject) -> None:
    texts = st.sampled_from(NASTY) | st.text(max_size=20)
    name = data.draw(st.sampled_from(RUNS))
    events: list[ev.Event] = []
    for event in recorded.run_events(name):
        if isinstance(event, ev.RunStarted):
            event = replace(event, problem=data.draw(texts), expected=data.draw(texts))
        if isinstance(event, ev.StepSolved):
            event = replace(event, result=data.draw(texts))
        events.append(event)
    assert read(export.json_lines(Run(events)), False) == events


# ---- CSV -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["recorded_run", "recorded_duel"])
def test_a_csv_has_the_frames_rows(name: str) -> None:
    record: Any = (
        dv.Duel(recorded.duel_events(name)) if name in DUELS else Run(recorded.run_events(name))
    )
    wanted = frame(record)
    made = pd.read_csv(io.StringIO(export.csv(record)), dtype={"node": str, "step": str})
    assert list(made.columns) == list(wanted.columns) and len(made) == len(wanted)
    for column in ("prompt", "completion", "tokens"):
        assert made[column].fillna(-1).tolist() == wanted[column].fillna(-1).tolist()
    assert made["node"].tolist() == wanted["node"].tolist()


def test_no_cell_is_a_formula() -> None:
    event = ev.Sampled(
        node='=HYPERLINK("http://x")', stage="chain", prompt="p", seed=0, temperature=0, top_p=1,
        max_tokens=1, n=1, samples=(), usage=Usage(), seconds=0,
    )  # fmt: skip
    made = pd.read_csv(io.StringIO(export.csv(Run([recorded.run_events()[0], event]))))
    assert made["node"].iloc[-1].startswith("'=")


# ---- a program -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(model_dir: Path) -> Any:
    return OnnxEngine(model_dir)


def run_again(program: str) -> Any:
    made: dict[str, Any] = {}
    exec(compile(program, "snippet", "exec"), made)
    return asyncio.run(made["main"]())


async def collected(events: Any) -> list[Any]:
    return [event async for event in events]


@pytest.mark.parametrize(
    "asked",
    [
        {"preset": "scale", "seed": 3},
        {"preset": "faithful", "options": {"tau": 0.35, "outlines": 3}, "seed": 5},
        {"preset": "cot"},
    ],
    ids=lambda asked: str(asked["preset"]),
)
def test_the_program_of_a_run_gives_the_same_run(engine: OnnxEngine, asked: Any) -> None:
    run = Run(asyncio.run(collected(solve(PROBLEM, answer="6", engine=engine, **asked))))
    again = run_again(snippet.python(run))
    assert again.answer.answer == run.answer.answer if run.answer else again.answer is None  # type: ignore[union-attr]
    assert again.ledger.total == run.ledger.total
    assert [n.result for n in again.steps] == [n.result for n in run.steps]


def test_the_program_of_a_duel_gives_the_same_lanes(engine: OnnxEngine) -> None:
    asked: Any = {"budget": "2/step", "lanes": ("scale", "bandit"), "settings": {"kappa": 1.0}}
    first = dv.Duel(asyncio.run(collected(duel(PROBLEM, answer="6", engine=engine, **asked))))
    again = run_again(snippet.python(first))
    for name, run in first.lanes.items():
        assert again.lanes[name].ledger.total == run.ledger.total
        assert [n.result for n in again.lanes[name].steps] == [n.result for n in run.steps]


@pytest.mark.parametrize("text", [*NASTY, "'''", '"""', "\n", "{x}", "'+__import__('os')+'"])
def test_what_people_and_models_wrote_are_only_literals(text: str) -> None:
    start, *rest = recorded.run_events()
    assert isinstance(start, ev.RunStarted)
    about = {**start.engine, "model": text, "name": text, "remote": True}
    hostile = replace(start, problem=text, expected=text, strategy=text, engine=about)
    program = snippet.python(Run([hostile, *rest]))
    assert program.isascii()
    made: dict[str, Any] = {}
    exec(compile(program, "snippet", "exec"), made)
    assert made["PROBLEM"] == text


def test_what_has_not_started_cannot_run_again() -> None:
    with pytest.raises(ValueError, match="nothing of this run was written"):
        snippet.python(Run())


# ---- traces --------------------------------------------------------------------------------


def test_only_right_runs_become_traces() -> None:
    rows = list(traces.chat([dv.Duel(recorded.duel_events())]))
    control = list(traces.chat([dv.Duel(recorded.duel_events())], control=True))
    lanes = dv.Duel(recorded.duel_events()).lanes
    right = {n for n, run in lanes.items() if run.grade and run.grade.verdict == "equal"}
    assert rows and {row["strategy"] for row in rows} <= right
    assert {row["strategy"] for row in control} <= right & {"cot", "self-consistency"}
    assert not list(traces.chat([Run(recorded.run_events("recorded_run_failed"))]))


@pytest.mark.parametrize("name", RUNS[:2])
def test_a_trace_is_the_plans_steps_in_one_thought(name: str) -> None:
    run = Run(recorded.run_events(name))
    assert run.grade and run.grade.verdict == "equal" and run.answer and run.start
    (row,) = traces.chat([run, run])
    user, assistant = row["messages"]
    assert user == {"role": "user", "content": run.start.problem}
    text = assistant["content"]
    assert text.count("<think>") == text.count("</think>") == 1
    assert text.endswith(f"</think>\n\n\\boxed{{{run.answer.answer}}}")
    at = 0
    for number, node in enumerate(run.steps, 1):
        at = text.index(f"Step {number}: {node.filled or node.text}\n", at)
        at = text.index(f"Result {number}: {node.result}", at)
    assert not list(traces.chat([run], control=True))


def test_a_wrong_run_is_not_kept() -> None:
    events = [
        replace(e, verdict="different") if isinstance(e, ev.Graded) else e
        for e in recorded.run_events()
    ]
    assert not list(traces.chat([Run(events)]))


def test_a_marked_reply_does_not_end_the_thought() -> None:
    events = [
        replace(e, samples=tuple(replace(s, text=s.text + "</think>") for s in e.samples))
        if isinstance(e, ev.Sampled)
        else e
        for e in recorded.run_events()
    ]
    (row,) = traces.chat([Run(events)])
    assert row["messages"][1]["content"].count("</think>") == 1

"""Graphs for other programs: they open elsewhere, hold what is known, and survive any text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import duel, whole

from scale_core.problem import SubProblem
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views.graph_file import FORMATS, graph_of, graphml, node_link
from tests import recorded

Read = Callable[[Any], "nx.DiGraph[str]"]


def from_graphml(record: Run | dv.Duel) -> nx.DiGraph[str]:
    read: nx.DiGraph[str] = nx.parse_graphml(graphml(record))
    del read.graph["node_default"], read.graph["edge_default"]
    return read


def from_json(record: Run | dv.Duel) -> nx.DiGraph[str]:
    def strict(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    data = json.loads(node_link(record), parse_constant=strict)
    read: nx.DiGraph[str] = nx.node_link_graph(data, edges="edges")
    return read


READERS = pytest.mark.parametrize("read", [from_graphml, from_json])
RECORDS: dict[str, Run | dv.Duel] = {
    "run": Run(recorded.run_events("recorded_run_escalated")),
    "failed": Run(recorded.run_events("recorded_run_failed")),
    "duel": dv.Duel(recorded.duel_events()),
    "hostile": Run(whole("hostile", "36")),
    "begun": Run(whole("x", until=3)),
    "planned": Run(whole("x", until=12)),
    "empty": Run(),
    "no lanes": dv.Duel(),
}


@READERS
@pytest.mark.parametrize("name", RECORDS)
def test_both_forms_read_back_to_the_same_graph(name: str, read: Read) -> None:
    made, again = graph_of(RECORDS[name]), read(RECORDS[name])
    assert dict(again.nodes(data=True)) == dict(made.nodes(data=True))
    assert list(again.edges(data=True)) == list(made.edges(data=True))
    assert again.graph == made.graph and again.is_directed()


def test_a_run_tells_what_its_steps_came_to() -> None:
    run = Run(whole("x", "36"))
    made = graph_of(run)
    assert list(made) == ["plan", "1", "2", "3", "4", "5", "answer"]
    third = made.nodes["3"]
    assert (third["mode"], third["result"], third["escalated"]) == ("system2", "3776", True)
    assert 0 <= third["difficulty"] <= 1 and third["tokens"] == run.ledger.of_node("3").total
    assert made.nodes["answer"]["verdict"] == "equal"
    assert made.edges["1", "3"]["value"] == "1776"
    assert made.graph["tokens"] == run.ledger.total.total
    critical = [id for id, held in made.nodes(data="critical") if held]
    assert sum(made.nodes[id]["tokens"] for id in critical) == made.graph["critical_tokens"]


def test_a_duels_lanes_stand_side_by_side() -> None:
    record = dv.Duel(duel())
    made = graph_of(record)
    lanes = [set(part) for part in nx.weakly_connected_components(made)]
    assert len(lanes) == len(record.lanes)
    for name, run in record.lanes.items():
        mine = {id for id, lane in made.nodes(data="lane") if lane == name}
        assert mine in lanes and f"{name}/answer" in mine
        assert sum(made.nodes[id].get("tokens", 0) for id in mine) == run.ledger.total.total


def test_what_is_unknown_is_left_out() -> None:
    started = graph_of(Run(whole("x", until=12)))
    for _, held in started.nodes(data=True):
        assert None not in held.values()
    assert "result" not in started.nodes["1"] and "critical" not in started.nodes["1"]
    assert started.nodes["1"]["state"] == "planned"


@READERS
@settings(max_examples=60, deadline=None, derandomize=True)
@given(id=st.text(st.characters(), min_size=1), text=st.text(st.characters()))
def test_any_text_can_be_written_and_read(read: Read, id: str, text: str) -> None:
    """Also control characters and lone surrogates, which XML and UTF-8 refuse."""
    if id in ("plan", "answer"):
        return
    steps = (SubProblem(id, text, text), SubProblem(f"{id} too", text, text, (id,)))
    run = Run([ev.Planned(steps=steps, outline=text, how="")])
    solved = ev.StepFailed(node=id, reason=text)
    run.apply(solved)
    again = read(run)
    assert len(again) == 4 and len(again.edges) == 3
    assert graphml(run).encode() and node_link(run).encode()


def test_graphml_is_what_its_schema_says() -> None:
    tree = ElementTree.fromstring(graphml(RECORDS["run"]))
    space = "{http://graphml.graphdrawing.org/xmlns}"
    keys = {key.get("id"): key.get("attr.type") for key in tree.iter(f"{space}key")}
    assert set(keys.values()) <= {"boolean", "int", "long", "float", "double", "string"}
    used = [data for data in tree.iter(f"{space}data")]
    assert used and all(data.get("key") in keys and data.text != "None" for data in used)
    flags = {data.text for data in used if keys[data.get("key")] == "boolean"}
    assert flags == {"true", "false"}


def test_the_endings_name_the_forms() -> None:
    assert {".graphml": graphml, ".json": node_link} == FORMATS

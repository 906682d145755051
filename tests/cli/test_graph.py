"""`--graph FILE` and the critical path on the command line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import networkx as nx
import pytest

from scale_core.cli import common, ledger
from scale_core.cli import main as cli
from scale_core.trace.duel import Duel
from scale_core.trace.run import Run
from scale_core.views.critical_path import critical_path
from scale_core.views.graph_file import graphml
from tests import recorded
from tests.cli.terminal import PROBLEM, printed, ran


@pytest.fixture(scope="module")
def duel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded duel, as `duel --out` writes it."""
    file = tmp_path_factory.mktemp("duel") / "duel.jsonl"
    file.write_bytes(gzip.decompress((recorded.FOLDER / "recorded_duel.jsonl.gz").read_bytes()))
    return file


def test_solve_saves_its_plan(model_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.graphml"
    code, out, err = ran(model_dir, "solve", PROBLEM, "--answer", "6", "--graph", str(file))
    assert (code, err) == (common.OK, "")
    graph = nx.read_graphml(file)
    assert graph.graph["problem"] == PROBLEM and graph.graph["status"] == "solved"
    assert graph.nodes["answer"]["verdict"] == "equal"
    assert f"{graph.graph['critical_tokens']} of {graph.graph['tokens']} tokens" in out
    assert "Critical path: plan → " in out


@pytest.mark.parametrize("ending", ["graphml", "json"])
def test_replay_saves_every_lane(duel_file: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"duel.{ending}"
    code, _, err = ran(tmp_path, "replay", str(duel_file), "--json", "--graph", str(file))
    assert code in (common.OK, common.WRONG) and err == ""
    if ending == "json":
        graph = nx.node_link_graph(json.loads(file.read_text(encoding="utf-8")), edges="edges")
    else:
        graph = nx.read_graphml(file)
    old = Duel(recorded.duel_events())
    assert {lane for _, lane in graph.nodes(data="lane")} == set(old.lanes)
    run = old.lanes["scale"]
    assert run.answer is not None
    assert graph.nodes["scale/answer"]["result"] == run.answer.answer
    assert all(
        graph.nodes[f"scale/{node.id}"]["tokens"] == run.ledger.of_node(node.id).total
        for node in run.steps
    )


@pytest.mark.parametrize(
    ("name", "message"), [("plan.png", ".graphml or .json"), ("no/plan.json", "cannot be written")]
)
def test_a_file_that_cannot_be_is_told_before_anything_runs(
    duel_file: Path, tmp_path: Path, name: str, message: str
) -> None:
    file = tmp_path / name
    for command in (("solve", PROBLEM), ("replay", str(duel_file))):
        code, out, err = ran(tmp_path, *command, "--graph", str(file))
        assert (code, out) == (common.USAGE, "") and message in err
    assert not file.exists()


def test_a_stored_run_is_saved_too(
    duel_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = ("--data", str(tmp_path / "data")), tmp_path / "stored.graphml"
    assert cli.main(["runs", "import", str(duel_file), *data]) == common.OK
    key = capsys.readouterr().out.strip()
    assert cli.main(["runs", "show", key, *data, "--graph", str(file)]) == common.OK
    assert file.read_text(encoding="utf-8") == graphml(Duel(recorded.duel_events()))


def test_lanes_show_the_tokens_of_their_critical_paths() -> None:
    duel = Duel(recorded.duel_events())
    shown = printed(ledger.Spending(duel), width=300).splitlines()
    (row,) = [line.split()[2:] for line in shown if "critical path" in line]
    assert row == [
        "–" if path is None else f"{path.tokens:,}"
        for path in map(critical_path, duel.lanes.values())
    ]
    assert row.count("–") == 6, "four searches and two lanes without a plan"


def test_a_run_that_was_not_counted_has_no_line() -> None:
    run = Run(recorded.run_events("recorded_run_escalated"))
    assert "Critical path" in printed(*ledger.path(run))
    assert ledger.path(Run()) == []

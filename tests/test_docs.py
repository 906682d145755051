"""The documents are true: their Python runs, their commands parse, what they name is there."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from scale_core.cli import engine as engines
from scale_core.cli import main as cli

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/design.md", "docs/optimum.md", "docs/traces.md")
ADDRESS = "http://127.0.0.1:7860"
PATIENCE = 120  # seconds; a busy machine is slow


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, *languages: str) -> list[str]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", text(name), re.MULTILINE | re.DOTALL)
    return [body for language, body in found if language in languages]


def ran(source: str) -> str:
    """What a block of Python prints, run as a program of its own."""
    done = subprocess.run(
        [sys.executable, "-"], input=source, cwd=ROOT, capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.model
def test_a_lane_that_is_added_by_the_book_runs_beside_the_others() -> None:
    block, _ = blocks("CONTRIBUTING.md", "python")
    (name,) = re.findall(r'^RUNNERS\["(\w+)"\]', block, re.MULTILINE)
    out = ran(f"""{block}
import asyncio
from scale_core import duel
from scale_core.trace.duel import Duel

async def main():
    events = duel("What is 7*8 + 5?", answer="61", lanes=["{name}", "scale"])
    runs = Duel([event async for event in events]).lanes
    print(*(f"{{lane}} {{run.grade.verdict}} {{run.rollouts}}" for lane, run in runs.items()))

asyncio.run(main())
""")
    assert out.startswith(f"{name} equal 2 scale equal ")


def test_an_engine_that_is_added_by_the_book_solves_a_problem() -> None:
    _, block = blocks("CONTRIBUTING.md", "python")
    assert "verdict='equal'" in ran(block)


CELL = """
import ast, asyncio
tree = ast.parse({block!r})
for node in tree.body:
    if isinstance(node, ast.Expr):  # what a notebook shows
        node.value = ast.Call(ast.Name("print", ast.Load()), [node.value], [])
tree = ast.fix_missing_locations(tree)
cell = compile(tree, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
made = dict()
asyncio.run(eval(cell, made))
print(made["run"].grade)
"""
PYTHON = [b for b in blocks("README.md", "python") if ADDRESS not in b]
NOTEBOOK = [b for b in PYTHON if "asyncio" not in b]


@pytest.mark.model
@pytest.mark.parametrize("block", [b for b in PYTHON if b not in NOTEBOOK])
def test_the_readmes_python_solves_the_problem(block: str) -> None:
    out = ran(block)
    assert "verdict='equal'" in out


@pytest.mark.model
def test_the_readmes_notebook_shows_a_run() -> None:
    (block,) = NOTEBOOK
    out = ran(CELL.format(block=block))
    assert "verdict='equal'" in out
    assert "FLOPs" in out and "Figure({" in out and "'shape': 'hv'" in out
    assert "DiGraph with 4 nodes and 3 edges" in out


@pytest.fixture
def address() -> Iterator[str]:
    """The app on the embedded model."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    env = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "SCALE_ARGS": ""}
    process = subprocess.Popen([sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=env)
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
    try:
        while True:
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.model
def test_the_readmes_client_is_answered(address: str) -> None:
    (block,) = [b for b in blocks("README.md", "python") if ADDRESS in b]
    assert "equal" in ran(block.replace(ADDRESS, address))


def commands() -> list[list[str]]:
    """Every command line of the program in the documents, comments and continuations resolved."""
    found = []
    for name in DOCUMENTS:
        for block in blocks(name, "sh", "bash"):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                for start in (["-m", "scale_core"], ["scale-explorer"]):
                    at = [i for i in range(len(words)) if words[i : i + len(start)] == start]
                    if at and words[at[0] + len(start) :]:
                        found.append(words[at[0] + len(start) :])
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_commands_in_the_documents_are_understood(words: list[str]) -> None:
    code = None
    try:
        engines.parse(cli.parser(), words)
    except SystemExit as end:
        code = end.code
    assert code in (None, 0)  # 0: --list-options


def test_there_are_commands_in_the_documents() -> None:
    assert {"solve", "duel", "replay", "calibrate"} <= {words[0] for words in commands()}


@pytest.mark.model
def test_the_readmes_evaluation_measures_what_it_says(tmp_path: Path) -> None:
    run, again = (words for words in commands() if words[0] == "evaluate")

    def out(words: list[str]) -> str:
        here = [str(ROOT / word) if word.startswith("tests/") else word for word in words]
        done = subprocess.run(
            [sys.executable, "-m", "scale_core", *here], cwd=tmp_path, capture_output=True,
            text=True, timeout=PATIENCE, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    shown = out(run)
    assert "scale - cot" in shown and "95%" in shown
    assert out(again) == shown
    assert len((tmp_path / "typed.jsonl").read_text().splitlines()) == 1 + 2 * 10


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_knows_what_is_named(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    named = re.findall(r"`make ([a-z]+)", text(name))
    for block in blocks(name, "sh", "bash"):
        named += re.findall(r"^make ([a-z]+)", block, re.MULTILINE)
    assert set(named) <= targets


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_that_are_named_are_there(name: str) -> None:
    here = (ROOT / name).parent
    links = re.findall(r"\]\(((?!https?:)[^)#]+)\)", text(name))
    assert [link for link in links if not (here / link).exists()] == []
    places = re.findall(r"`((?:scale_core|docs|assets|tests|benchmarks)/[\w./-]*)`", text(name))
    assert [place for place in places if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("section", ["Add a lane", "Add an engine"])
def test_how_to_add_something_is_short(section: str) -> None:
    (body,) = re.findall(rf"^## {section}\n\n(.*?)(?=^## |\Z)", text("CONTRIBUTING.md"),
                         re.MULTILINE | re.DOTALL)  # fmt: skip
    assert len([line for line in body.splitlines() if line.strip()]) < 30

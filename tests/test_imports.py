"""The design's import rules, held over every module: read from the source, nothing is run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Imports point one way: a room may import those of its own line and of the lines below.
LAYERS = """
app, ui, cli
views, experiments
runs
strategies
pipeline, allocation
engines, dialects, answers, store, gallery
trace
problem, shipped, user_data
"""

# Libraries and the only rooms that may import them.
RESERVED = {
    "vllm onnxruntime onnxruntime_genai": "engines",
    "httpx requests aiohttp openai urllib3 urllib.request http.client": "engines",
    "gradio gradio_client": "ui app",
    "sqlalchemy alembic psycopg": "store",
    "torch transformers": "abacus",
    "sympy mpmath": "answers dialects",
    "math_verify": "answers",
}

# Rooms that may import only these: rooms or single modules of ours (from scale_core) and, where
# it says so, libraries beside Python's own.
CONFINED_TO_OURS = {
    "allocation": "",
    "abacus": (
        "dialects engines answers trace problem shipped pipeline.calibration experiments.statistics"
    ),
}
CONFINED_TO_LIBRARIES = {
    "allocation": "numpy networkx",
}

# Rooms that only these may import, the ones in brackets only inside a function.
PRIVATE = {"abacus": "(cli) (experiments)"}

RANK = {
    room: rank
    for rank, line in enumerate(reversed(LAYERS.split("\n")[1:-1]))
    for room in line.split(", ")
}


@dataclass(frozen=True)
class Import:
    """One imported module. `lazy`: inside a function."""

    module: str
    line: int
    lazy: bool


def imports(source: str, module: str, is_package: bool = False) -> Iterator[Import]:
    """Every import of a module, also in functions, for type checking, relative or by name."""

    def walk(node: ast.AST, lazy: bool) -> Iterator[Import]:
        for name in _imported(node, module, is_package):
            yield Import(name, getattr(node, "lineno", 0), lazy)
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    yield from walk(ast.parse(source), False)


def _imported(node: ast.AST, module: str, is_package: bool) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=base, names=names, level=level):
            if level:
                parts = module.split(".")
                parts = parts[: len(parts) - level + is_package]
                base = ".".join([*parts, base] if base else parts)
            return [f"{base}.{alias.name}" for alias in names]
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]):
            constant = isinstance(first, ast.Constant) and isinstance(first.value, str)
            if constant and name in ("import_module", "__import__"):
                return [first.value]
    return []


def room(module: str) -> str | None:
    """A module's folder: `scale_core.engines.base` is in engines; None: not ours. What the package
    itself re-exports is of the runs."""
    if module == "app":
        return "app"
    parts = module.split(".")
    if parts[0] != "scale_core":
        return None
    name = parts[1] if len(parts) > 1 else "runs"
    if name == "__main__":
        return "cli"
    if name in {*RANK, *PRIVATE}:
        return name
    return "runs" if _is_name(name) else f"unknown room {name}"


def _is_name(name: str) -> bool:
    """Whether `from scale_core import NAME` names a value that the package re-exports."""
    base = ROOT / "scale_core" / name
    return not base.is_dir() and not base.with_suffix(".py").exists()


def within(module: str, names: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names.split())


def violations(source: str, module: str, is_package: bool = False) -> list[str]:
    """What a module's imports break, in words."""
    here = "app" if module == "scale_core" else room(module) or module  # the front door is on top
    found = []
    for imp in imports(source, module, is_package):
        there = room(imp.module)
        broken = _library(here, imp) if there is None else _ours(here, there, imp)
        found += [f"{module}:{imp.line}: {here} must not import {imp.module}: {broken}"] * bool(
            broken
        )
    return found


def _library(here: str, imp: Import) -> str:
    for libraries, rooms in RESERVED.items():
        if within(imp.module, libraries) and here not in rooms.split():
            return f"only {rooms} may"
    allowed = CONFINED_TO_LIBRARIES.get(here)
    top = imp.module.split(".")[0]
    if allowed is not None and top not in {*sys.stdlib_module_names, *allowed.split()}:
        return f"it may import {allowed or 'no library'}"
    return ""


def _ours(here: str, there: str, imp: Import) -> str:
    if here == there:
        return ""
    if there in PRIVATE and not (f"({here})" in PRIVATE[there].split() and imp.lazy):
        return f"only {PRIVATE[there]} may, in a function"
    if here in CONFINED_TO_OURS:
        target = imp.module.removeprefix("scale_core.")
        return "" if within(target, CONFINED_TO_OURS[here]) else "it keeps to itself"
    if there in PRIVATE:
        return ""
    if here not in RANK or there not in RANK:
        return "no layer is known for it"
    return "imports point down" if RANK[there] > RANK[here] else ""


MODULES = [ROOT / "app.py", *sorted((ROOT / "scale_core").rglob("*.py"))]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert violations(source, name_of(path), path.name == "__init__.py") == []


def test_every_module_is_in_a_room_of_the_design() -> None:
    rooms = {room(name_of(path)) for path in MODULES}
    assert rooms <= {*RANK, *PRIVATE}


def test_no_imports_go_in_a_circle() -> None:
    """Imports inside functions and for type checking included."""
    sources = {name_of(path): path for path in MODULES}
    graph = {}
    for name, path in sources.items():
        packaged = path.name == "__init__.py"
        found = {i.module for i in imports(path.read_text(encoding="utf-8"), name, packaged)}
        homes = {m if m in sources else m.rpartition(".")[0] for m in found}
        graph[name] = (homes & set(sources)) - {name, "scale_core"}
    assert sum(map(len, graph.values())) > 500
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_the_modules_are_found() -> None:
    names = {name_of(path) for path in MODULES}
    assert {
        "app",
        "scale_core",
        "scale_core.runs.solve",
        "scale_core.engines.embedded.engine",
    } <= names


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("scale_core.problem", "from scale_core.trace import events"),
        ("scale_core.trace.run", "import scale_core.engines.base"),
        ("scale_core.engines.embedded.engine", "from scale_core.pipeline.context import Context"),
        ("scale_core.engines.embedded.engine", "from ...strategies import scale"),
        ("scale_core.pipeline.scheduler", "def f():\n    from scale_core.strategies import scale"),
        ("scale_core.strategies.scale", "from scale_core import solve"),
        ("scale_core.strategies.scale", "from scale_core import runs"),
        ("scale_core.runs.solve", "from scale_core.views import graph"),
        ("scale_core.views.graph", "from scale_core.ui import theme"),
        ("scale_core.views.graph", "from scale_core.cli import show"),
        ("scale_core.runs.solve", "import onnxruntime as ort"),
        ("scale_core.abacus.export", "from onnxruntime_genai.models import builder"),
        ("scale_core.answers.grouping", "import urllib.request"),
        ("scale_core.answers.grouping", "from urllib import request"),
        ("scale_core.dialects.chat.dialect", "import httpx"),
        ("scale_core.strategies.scale", "import importlib\nimportlib.import_module('vllm')"),
        ("app", "async def f():\n    import openai.types"),
        ("scale_core.cli.main", "import gradio as gr"),
        ("scale_core.views.figures", "if True:\n    from gradio import Blocks"),
        ("scale_core.trace.run", "from scale_core.views.frames import frame"),
        ("scale_core.trace.run", "from scale_core import frame"),
        ("scale_core.allocation.dora", "from scale_core.problem import Plan"),
        ("scale_core.allocation.dora", "import scipy.stats"),
        ("scale_core.dialects.abacus.dialect", "from scale_core.abacus.grammar import apply"),
        ("scale_core.dialects.abacus.dialect", "from ...abacus import grammar"),
        ("scale_core.cli.main", "from scale_core.abacus import recipe"),
        ("scale_core.runs.solve", "def f():\n    from scale_core.abacus import recipe"),
        ("scale_core.abacus.evaluate", "from scale_core.pipeline.context import Context"),
        ("scale_core.abacus.evaluate", "from scale_core.strategies.scale import run_scale"),
        ("scale_core.engines.vllm.engine", "import torch"),
        ("scale_core.engines.vllm.engine", "from transformers import AutoTokenizer"),
    ],
)
def test_the_rules_catch(module: str, source: str) -> None:
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app", "import gradio\nfrom scale_core import runs\nfrom scale_core.ui import theme"),
        ("scale_core.ui.pages.explore", "import gradio as gr\nfrom scale_core.views import graph"),
        ("scale_core.cli.main", "def f():\n    from scale_core.abacus import recipe"),
        ("scale_core.cli.main", "from scale_core import __version__, cli, solve"),
        ("scale_core", "from scale_core.views.frames import frame"),
        ("scale_core.__main__", "from scale_core.cli.main import main"),
        ("scale_core.pipeline.assess", "from scale_core.allocation import apportion"),
        ("scale_core.dialects.abacus.dialect", "from scale_core.engines.base import Sample"),
        ("scale_core.engines.embedded.engine", "import numpy, onnxruntime\nfrom . import base"),
        ("scale_core.engines.openai.engine", "import httpx\nimport urllib.parse"),
        ("scale_core.answers.grouping", "import urllib.parse"),
        ("scale_core.allocation.dora", "import math\nimport numpy as np\nfrom . import rebase"),
        ("scale_core.abacus.train", "import torch\nfrom scale_core.abacus import model"),
        ("scale_core.abacus.tuning", "from scale_core.pipeline.calibration import Calibration"),
    ],
)
def test_the_rules_allow(module: str, source: str) -> None:
    assert violations(source, module) == []

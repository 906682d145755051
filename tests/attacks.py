"""Attacks on regular expressions: every pattern of the package, and strings made to slow it down.

A pattern that backtracks does so where one of its repetitions can read the same text in several
ways. So each repetition's own text is written many times over, behind whatever the pattern wants
before it, and followed by something that does not match.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import random
import re
import re._constants as codes
import re._parser as parser
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import scale_core

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = ("search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
TAILS = ("!", "\x00", " ", "\n\\")
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " \n", codes.CATEGORY_WORD: "a1_",
    codes.CATEGORY_NOT_DIGIT: "a ", codes.CATEGORY_NOT_SPACE: "a.(",
    codes.CATEGORY_NOT_WORD: " .-",
}  # fmt: skip
_ANYTHING = "a1 .-(\\{\"'\n<|"


# ---- the patterns ----------------------------------------------------------------------------


@dataclass
class Found:
    """A pattern, where it stands, and how it is used there (empty: in every way)."""

    pattern: re.Pattern[str]
    module: str
    place: str
    ways: set[str] = field(default_factory=set)

    @property
    def anchored(self) -> bool:
        """Whether it is only ever tried at one place of a text."""
        return bool(self.ways) and self.ways <= {"match", "fullmatch"}


@cache
def modules() -> dict[str, ModuleType | None]:
    """All modules of the package; None for those of the trainer whose libraries are absent."""
    found: dict[str, ModuleType | None] = {"scale_core": scale_core}
    for info in pkgutil.walk_packages(scale_core.__path__, "scale_core."):
        try:
            found[info.name] = importlib.import_module(info.name)
        except ModuleNotFoundError as error:
            if str(error.name).startswith("scale_core"):
                raise
            found[info.name] = None
    return found


@cache
def patterns() -> dict[str, Found]:
    """Every regular expression of the package by name and place: values of modules, classes and
    containers in them, and those written where they are used."""
    found: dict[str, Found] = {}
    for name, module in modules().items():
        tree = ast.parse(_source(name).read_text(encoding="utf-8"))
        ways = _ways(tree)
        for key, value in vars(module).items() if module is not None else ():
            for i, pattern in enumerate(_inside(value, set())):
                place = f"{name}.{key}[{i}]"
                found[place] = Found(pattern, name, place, ways.get(key, set()))
        for place, pattern, way in _written(tree, name, module):
            found.setdefault(place, Found(pattern, name, place)).ways |= {way} - {"compile"}
    seen: dict[tuple[str, int, bool], Found] = {}
    for one in found.values():
        if isinstance(one.pattern.pattern, str):
            seen.setdefault((one.pattern.pattern, one.pattern.flags, one.anchored), one)
    return {one.place: one for one in seen.values()}


def _source(name: str) -> Path:
    base = ROOT.joinpath(*name.split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def _inside(value: Any, seen: set[int]) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    if id(value) in seen:
        return
    seen.add(id(value))
    parts: list[Any] = []
    if isinstance(value, dict):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        parts = [*value]
    elif str(getattr(value, "__module__", type(value).__module__)).startswith("scale_core"):
        parts = [*vars(value).values()] if hasattr(value, "__dict__") else []
    for part in parts:
        yield from _inside(part, seen)


def _ways(tree: ast.AST) -> dict[str, set[str]]:
    """How the patterns that bear a name of their own are used: `_NAME.search(...)`."""
    used: dict[str, set[str]] = {}
    private: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id.startswith("_"):
            private[node.id] = private.get(node.id, 0) + isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
            private[node.value.id] = private.get(node.value.id, 0) - (node.attr in FUNCTIONS)
    return {n: ways for n, ways in used.items() if n.startswith("_") and not private.get(n)}


class _Escaped(ast.NodeTransformer):
    """What is escaped is text to be found, whatever it is: here a word."""

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        called = node.value.func if isinstance(node.value, ast.Call) else None
        escapes = isinstance(called, ast.Attribute) and called.attr == "escape"
        return ast.copy_location(ast.Constant("word"), node) if escapes else node


def _written(
    tree: ast.AST, name: str, module: ModuleType | None
) -> Iterator[tuple[str, re.Pattern[str], str]]:
    """(place, pattern, way) of each `re.search("...")`. One that is put together of a function's
    own variables would escape, so it fails; at the top of a module its value is found anyway."""
    inner = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        base, way = node.func.value, node.func.attr
        if not (isinstance(base, ast.Name) and base.id == "re" and way in (*FUNCTIONS, "compile")):
            continue
        code = compile(ast.Expression(_Escaped().visit(node.args[0])), name, "eval")
        try:
            text = eval(code, dict(vars(module)) if module is not None else {})
        except NameError:
            assert id(node) not in inner, f"{name}:{node.lineno} is made where it is used"
            continue
        if isinstance(text, str) and (way != "compile" or id(node) in inner or module is None):
            yield f"{name}:{node.lineno}", re.compile(text), way


# ---- the attacks -----------------------------------------------------------------------------


def attacks(pattern: re.Pattern[str], length: int, seed: int = 1) -> Iterator[str]:
    """Strings of about a length that a pattern with a weakness reads slowly."""
    rng = random.Random(seed)
    tree = parser.parse(pattern.pattern, pattern.flags)
    for before, body in _repeats(tree, "", rng):
        for _ in range(2):
            pump = _example(body, rng) or "a"
            for tail in TAILS:
                yield before + _many(pump, length) + tail
            yield _many(before + pump, length)
            yield _many(before + 30 * pump, length) + "!"
    for _ in range(3):
        yield _many(_example(tree, rng), length) + "!"
        pieces = [_example(tree, rng)[: rng.randint(1, 40)] for _ in range(50)]
        yield _many("".join(pieces), length)


def _many(text: str, length: int) -> str:
    text = text or "a"
    return (text * (length // len(text) + 1))[:length]


def _repeats(tree: Any, before: str, rng: random.Random) -> Iterator[tuple[str, Any]]:
    """(text that comes before, what is repeated) of each repetition, inner ones too."""
    for i, (code, value) in enumerate(tree):
        so_far = before + _example(tree[:i], rng)
        if code in _REPEATS:
            if value[1] > 3:
                yield so_far, value[2]
            yield from _repeats(value[2], so_far, rng)
        elif code is codes.SUBPATTERN:
            yield from _repeats(value[3], so_far, rng)
        elif code is codes.ATOMIC_GROUP:
            yield from _repeats(value, so_far, rng)
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, so_far, rng)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _repeats(value[1], before, rng)


def _example(tree: Any, rng: random.Random) -> str:
    """A text that matches, but for what the pattern only looks at."""
    text = ""
    for code, value in tree:
        if code is codes.LITERAL:
            text += chr(value)
        elif code in (codes.NOT_LITERAL, codes.ANY):
            text += "a" if value != ord("a") else "b"
        elif code is codes.IN:
            text += rng.choice(_members(value))
        elif code is codes.BRANCH:
            text += _example(rng.choice(value[1]), rng)
        elif code is codes.SUBPATTERN:
            text += _example(value[3], rng)
        elif code is codes.ATOMIC_GROUP:
            text += _example(value, rng)
        elif code in _REPEATS:
            times = max(value[0], rng.randint(0, 1))
            text += "".join(_example(value[2], rng) for _ in range(times))
    return text


def _members(items: Any) -> str:
    """A few characters that a class takes."""
    listed = "".join(
        chr(value) if code is codes.LITERAL
        else chr(value[0]) + chr(value[1]) if code is codes.RANGE
        else _CATEGORIES[value] if code is codes.CATEGORY
        else ""
        for code, value in items
    )  # fmt: skip
    if items[0][0] is not codes.NEGATE:
        return listed[:12]
    ranges = [value for code, value in items if code is codes.RANGE]
    free = [c for c in _ANYTHING if not any(low <= ord(c) <= high for low, high in ranges)]
    return "".join(c for c in free if c not in listed) or "\u00e9"


# ---- the clock -------------------------------------------------------------------------------


class TooSlow(Exception):
    """What was to be done took longer than it may."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raises TooSlow after so much processor time, also from inside a regular expression: the
    matching engine looks for signals while it runs."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

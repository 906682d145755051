"""Requirements: each has a line that says what it is for, and every library in use has one."""

from __future__ import annotations

import re
import sys

import pytest

from tests.test_imports import ROOT, imports

FILES = sorted(path.name for path in ROOT.glob("requirements*.txt"))
BROUGHT = {"yarl": "aiohttp", "starlette": "gradio", "mpmath": "sympy"}
"""Parts of another library's interface: they come with it."""


def needed(file: str) -> dict[str, str]:
    """Each requirement of a file with the comment right above it."""
    found, comment = dict[str, str](), ""
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        name = re.match(r"[A-Za-z0-9_-]+", line)
        if line.startswith("#"):
            comment += line[1:]
        elif name is not None and not line.startswith("-"):
            found[name[0].lower().replace("_", "-")] = comment.strip()
        if not line.startswith("#"):
            comment = ""
    return found


@pytest.mark.parametrize("file", FILES)
def test_each_says_what_it_does_here(file: str) -> None:
    silent = [name for name, comment in needed(file).items() if len(comment.split()) < 2]
    assert needed(file) and not silent


def test_every_library_in_use_is_named() -> None:
    named = {name for file in FILES for name in needed(file)}
    used: dict[str, str] = {}
    for path in [ROOT / "app.py", *(ROOT / "scale_core").rglob("*.py")]:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for found in imports(path.read_text(encoding="utf-8"), module):
            used.setdefault(found.module.split(".")[0], module)
    foreign = used.keys() - set(sys.stdlib_module_names) - {"scale_core", "app", "__future__"}
    missing = {
        name: used[name]
        for name in foreign
        if BROUGHT.get(name, name).lower().replace("_", "-") not in named
    }
    assert not missing

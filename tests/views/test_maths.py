"""Formulas inside texts: which they are, and that nothing else of them reaches a page."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.views import maths


def formulas(text: str) -> list[str]:
    return [p["tex"] for p in maths.pieces(text) if isinstance(p, dict)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no formula", []),
        (r"Let $x^2$ be \(y\), then $$z$$ or \[\frac{1}{2}\].",
         ["$x^2$", r"\(y\)", "$$z$$", r"\[\frac{1}{2}\]"]),
        ("It costs $5 and then $7 more.", []),
        ("$5 or $x$", ["$x$"]),
        ("an open $x and \\( too", []),
        ("$$", []),
        ("$$$$ $ $", []),
        (r"\(" + "x" * 2000 + r"\)", []),
    ],
)  # fmt: skip
def test_what_is_a_formula(text: str, found: list[str]) -> None:
    assert formulas(text) == found


def test_a_formula_is_a_tree_of_text() -> None:
    (piece,) = maths.pieces(r"\(\frac{1}{2} + \sqrt{x}\)")
    assert isinstance(piece, dict) and piece["tree"][0] == "math"
    told = json.dumps(piece["tree"])
    assert '"mfrac"' in told and '"msqrt"' in told and '"+"' in told


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}", r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(http://evil)}{y}", r"\class{x}{y}", r"\includegraphics{http://a/b}",
        r"\color{red}{x}",
    ],
)  # fmt: skip
def test_only_elements_and_attributes_of_formulas_are_kept(tex: str) -> None:
    def look(tree: Any) -> None:
        tag, attributes, children = tree
        assert tag in maths._TAGS and set(attributes) <= maths._ATTRIBUTES
        for child in children:
            if not isinstance(child, str):
                look(child)

    for piece in maths.pieces(f"${tex}$"):
        if isinstance(piece, dict):
            look(piece["tree"])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("$\\()[]{}^_ x1<&frac\n"), max_size=60))
def test_every_character_stays(text: str) -> None:
    assert "".join(p if isinstance(p, str) else p["tex"] for p in maths.pieces(text)) == text
    json.dumps(maths.whole(text))


@pytest.mark.parametrize("piece", ["$", "$x", "\\(", "\\(x", "$$", "{", "$\\frac{", "$x$ ", "x^"])
def test_hostile_texts_take_little_time(piece: str) -> None:
    began = process_time()
    maths.pieces(piece * (8000 // len(piece)))
    maths.whole("\\" + piece * (900 // len(piece)))
    assert process_time() - began < 5

"""Addresses that say what to show: written, read back, and read when they are hostile."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from scale_core.pipeline.options import PRESETS, Options, as_text, fields_of
from scale_core.strategies.lanes import DEFAULT, LANES
from scale_core.strategies.settings import BudgetSpec, Caps, Settings
from scale_core.ui.ask import Ask
from scale_core.ui.links import (
    LONGEST_QUERY,
    MOST_WORDS,
    permalink_of,
    query_of,
    space_page,
    wanted,
)
from scale_core.ui.player import LONGEST

CAPS = Caps()
HOSTILE = "<img src=x onerror=alert(1)>"


def told(**words: str) -> Any:
    return wanted("?" + urlencode(words), CAPS)


@pytest.mark.parametrize("preset", PRESETS)
def test_settings_of_explore_come_back(preset: str) -> None:
    ask = Ask("gcd(84, 126) & more?", "42", preset=preset, options={"outlines": 3, "tau": 0.25},
              seed=9)  # fmt: skip
    found = wanted("?" + query_of(ask), CAPS)
    assert found is not None and not found.duel and not found.left_out
    assert (found.problem, found.answer, found.seed) == (ask.problem, ask.answer, 9)
    assert found.preset == preset
    assert found.options == PRESETS[preset].options.with_({"outlines": 3, "tau": 0.25})


@pytest.mark.parametrize("budget", ["4/step", "32 rollouts", "2000 tokens", "1.5/step"])
def test_settings_of_compare_come_back(budget: str) -> None:
    ask = Ask("7 * 8", lanes=("dora", "bandit"), budget=budget, options={"parallel": False},
              settings={"kappa": 1.0, "vote": "best"})  # fmt: skip
    found = wanted(query_of(ask), CAPS)
    assert found is not None and found.duel and not found.left_out
    assert found.lanes == ("dora", "bandit") and found.budget == BudgetSpec.read(budget, CAPS)
    assert found.options == Options(parallel=False)
    assert found.settings == Settings().with_({"kappa": 1.0, "vote": "best"})
    assert found.answer is None


def test_every_switch_is_written_and_read() -> None:
    words = {f.name: as_text(f.default) for table in (Options, Settings) for f in fields_of(table)}
    found = told(lanes="scale", **words)
    assert found.left_out == () and (found.options, found.settings) == (Options(), Settings())


@pytest.mark.parametrize("query", ["", "?", "?__theme=dark", "?utm_source=x&fbclid=y", None, 7,
                                   "?run=abc", "?x=" + "y" * LONGEST_QUERY])  # fmt: skip
def test_an_address_that_wants_nothing_sets_nothing(query: Any) -> None:
    assert wanted(query, CAPS) is None


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [("tau", "7", "tau must be a number between"), ("tau", "-0.5", "tau must be a number between"),
     ("tau", "nan", "tau must be"), ("accept", "inf", "accept must be"),
     ("outlines", "33", "outlines must be a whole number between 1 and 32"),
     ("outlines", "1e1", "outlines must be"), ("outlines", "9" * 5000, "outlines must be"),
     ("choice", HOSTILE, "choice must be one of"), ("parallel", "maybe", "true or false"),
     ("seed", "-1", "the seed must be"), ("seed", "9" * 17, "the seed must be"),
     ("preset", HOSTILE, "there is no preset"), ("answer", "9" * 201, "at most 200 characters"),
     ("problem", "7" * (LONGEST + 1), "a problem has at most"),
     (HOSTILE, "1", "there is no setting"), ("kappa", "1", "there is no setting kappa")],
)  # fmt: skip
def test_what_does_not_fit_explore_is_left_out_and_told(name: str, value: str, why: str) -> None:
    found = told(**{"expected_rating": "false", name: value})
    assert len(found.left_out) == 1 and why in found.told and len(found.told) < 600
    assert found.options == Options(expected_rating=False), "the rest is taken"
    assert found.preset == "scale" and found.problem is None and found.answer is None


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [("lanes", "dora,evil", "there is no lane 'evil'"), ("lanes", "", "there is no lane"),
     ("budget", "1e9", "a budget is written"), ("budget", "99999", "at most 10000 rollouts"),
     ("budget", "9999999 tokens", "at most 2000000 tokens"), ("budget", HOSTILE, "a budget is"),
     ("beam", "0", "beam must be a whole number between 1 and 256"), ("lam", "x", "lam must be"),
     ("vote", "all", "vote must be one of")],
)  # fmt: skip
def test_what_does_not_fit_compare_is_left_out_and_told(name: str, value: str, why: str) -> None:
    found = told(**{"lanes": "dora", "budget": "4", name: value})
    assert found.duel and len(found.left_out) == 1 and why in found.told
    assert found.settings == Settings()
    assert found.lanes == (DEFAULT if name == "lanes" else ("dora",))


def test_switches_that_contradict_each_other_are_all_left_out() -> None:
    found = told(verify="none", outlines="2")
    assert found.options == Options() and "escalate needs a verifier" in found.told
    assert told(verify="none", escalate="false").options.verify == "none"


def test_one_message_tells_of_many() -> None:
    found = told(**{f"x{i}": HOSTILE for i in range(40)}, seed="1")
    assert len(found.left_out) == 40 and found.told.endswith("and 37 more.")
    many = "&".join(f"seed={i}" for i in range(MOST_WORDS + 1))
    assert wanted(many, CAPS) is None, "no link of ours is that long"


def test_lanes_are_in_their_usual_order_and_once() -> None:
    assert told(lanes="dora,uniform,dora").lanes == ("uniform", "dora")
    assert told(lanes=",".join(LANES)).lanes == tuple(LANES)


def test_a_problem_is_kept_as_it_is_but_for_nul() -> None:
    assert told(problem=f"{HOSTILE}\0$$x$$").problem == f"{HOSTILE}$$x$$"


@pytest.mark.parametrize(
    ("query", "id"),
    [("?run=abcdefghijklmnop_-XYZ", "abcdefghijklmnop_-XYZ"), ("?__theme=dark", ""), ("?run=", ""),
     ("?run=short", "?"), ("?run=' OR 1=1 --aaaaaaaaaa", "?"), ("?run=" + "a" * 33, "?"),
     (None, ""), ("run=" + "a" * 32 + "%00", "a" * 32)],
)  # fmt: skip
def test_a_permalink_has_an_id_that_can_be_one(query: Any, id: str) -> None:
    assert permalink_of(query) == id


def test_a_space_has_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert space_page() == ""
    monkeypatch.setenv("SPACE_ID", "someone/scale-explorer")
    assert space_page() == "https://huggingface.co/spaces/someone/scale-explorer"
    monkeypatch.setenv("SPACE_ID", "javascript:alert(1)//x")
    assert space_page() == ""

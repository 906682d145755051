"""Every switch of the pipeline is named, bounded and refused with a clear error."""

from __future__ import annotations

import asyncio
import math
from itertools import product
from typing import Any

import pytest

from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.pipeline.calibration import NO_TRUST
from scale_core.pipeline.options import PRESETS, Field, Options, fields_of, options_for
from tests.pipeline.scripted import ASKING, ScriptedEngine, begin, play

FIELDS = fields_of(Options)
BOUNDED = [f for f in FIELDS if f.low is not None]
CHOSEN = [f for f in FIELDS if f.choices]
SWITCHES = [f.name for f in FIELDS if f.kind == "bool"]
WHOLE = [f.name for f in BOUNDED if f.kind == "int"]
OPTIONAL = [f.name for f in FIELDS if f.optional]
REQUIRED = [f.name for f in FIELDS if not f.optional]


def change(name: str, value: Any) -> Options:
    """An option changed where the others allow it."""
    free = {"escalate": False} if (name, value) == ("verify", "none") else {}
    return Options().with_({name: value, **free})


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_every_option_is_explained(field: Field) -> None:
    assert len(field.help) > 20


def test_every_option_is_bounded_chosen_or_a_switch() -> None:
    assert {f.name for f in BOUNDED + CHOSEN} | set(SWITCHES) == {f.name for f in FIELDS}


@pytest.mark.parametrize("field", BOUNDED, ids=lambda f: f.name)
def test_bounds_are_inclusive(field: Field) -> None:
    kind = int if field.kind == "int" else float
    for bound in (field.low, field.high):
        assert bound is not None
        assert getattr(change(field.name, kind(bound)), field.name) is not None


@pytest.mark.parametrize("field", BOUNDED, ids=lambda f: f.name)
def test_out_of_bounds(field: Field) -> None:
    low, high = field.low, field.high
    assert low is not None and high is not None
    for wrong in (low - 1, high + 1, math.nan, math.inf, "5", True, [1]):
        with pytest.raises(ValueError, match=rf"{field.name} must be .*{low}.*{high}"):
            change(field.name, wrong)


def accepted(names: list[str], *values: Any) -> list[str]:
    """The options that take one of the values or refuse it without naming the option."""
    taken = []
    for name, value in product(names, values):
        try:
            change(name, value)
        except ValueError as error:
            if str(error).startswith(f"{name} must be "):
                continue
        taken.append(f"{name}={value!r}")
    return taken


def test_counts_are_whole_numbers() -> None:
    assert accepted(WHOLE, 2.5, 3.0001) == []


@pytest.mark.parametrize("field", CHOSEN, ids=lambda f: f.name)
def test_choices(field: Field) -> None:
    for value in field.choices:
        assert getattr(change(field.name, value), field.name) == value
    for wrong in ("nonsense", "", True, 0, str(field.default).upper()):
        with pytest.raises(ValueError, match=rf"{field.name} must be one of .*{field.choices[0]}"):
            change(field.name, wrong)


def test_switches_take_only_true_and_false() -> None:
    assert accepted(SWITCHES, "no", "false", 1, 0.0, []) == []


@pytest.mark.parametrize("name", OPTIONAL)
def test_optional_values_can_be_left_to_the_model(name: str) -> None:
    assert getattr(change(name, None), name) is None


def test_other_values_cannot_be_none() -> None:
    assert accepted(REQUIRED, None) == []


def test_escalation_needs_a_verifier() -> None:
    with pytest.raises(ValueError, match="escalate needs a verifier"):
        Options(verify="none")
    with pytest.raises(ValueError, match="escalate needs a verifier"):
        options_for("faithful", {"escalate": True})


def test_unknown_names_are_listed_beside_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no such option: a_thing, taus; there are .*\btau\b"):
        Options().with_({"taus": 1, "a_thing": 2})


def test_unknown_presets_are_listed_beside_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no such preset: best; there are .*faithful"):
        options_for("best")


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_valid_named_and_explained(preset: str) -> None:
    known = PRESETS[preset]
    assert known.name == preset
    assert len(known.help) > 10
    assert len(known.label) > 2
    assert Options(**known.options.as_dict()) == known.options
    assert options_for(preset) == known.options


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_solve(preset: str) -> None:
    run = play(ScriptedEngine(), preset=preset, answer="6")
    assert run.status == "solved"
    assert run.answer is not None
    assert run.answer.answer == "6"
    assert run.grade is not None
    assert run.grade.verdict == "equal"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("outlines", 8),
        ("choice", "model"),
        ("replace_last", True),
        ("force_last", 0.9),
        ("rating", "static"),
        ("tau", 0.2),
        ("system1_samples", 1),
        ("system2_samples", 1),
        ("rating_samples", 1),
        ("expected_rating", False),
        ("calibrated", False),
        ("parallel", False),
        ("escalate", False),
        ("verify", "none"),
        ("dedupe", False),
    ],
)
def test_faithful_is_as_published(name: str, value: Any) -> None:
    assert getattr(options_for("faithful"), name) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dedupe", True),
        ("rating", None),
        ("outlines", None),
        ("merge", None),
        ("calibrated", True),
        ("parallel", True),
        ("escalate", True),
        ("force_last", None),
        ("replace_last", False),
    ],
)
def test_the_default_is_the_improved_method(name: str, value: Any) -> None:
    assert getattr(options_for("scale"), name) == value


@pytest.mark.parametrize(
    "asked", [{"preset": "best"}, {"tau": 3.0}, {"no_such": 1}, {"verify": "none"}]
)
def test_solve_refuses_before_anything_runs(asked: dict[str, Any]) -> None:
    engine = ScriptedEngine()

    async def first() -> None:
        await anext(begin(engine, **asked))

    with pytest.raises(ValueError, match=r"no such|must be|needs"):
        asyncio.run(first())
    assert engine.calls == []


def test_the_run_records_every_switch_and_the_threshold_in_use() -> None:
    run = play(ScriptedEngine(), outlines=3)
    assert run.start is not None
    recorded = dict(run.start.options)
    assert recorded.pop("tau_used") == 0.2
    assert recorded.pop("trust_used") == NO_TRUST
    usual = Options(outlines=3, **ASKING).settled(AbacusDialect().usual)
    assert recorded == usual.as_dict()
    assert None not in (usual.rating, usual.merge)

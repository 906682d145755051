"""The form: what controls show, what they mean, and what is told of a problem."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.pipeline.options import PRESETS, options_for
from scale_core.strategies.settings import BudgetSpec, Caps, Settings
from scale_core.ui import form as forms
from scale_core.ui.form import OF_ONE_LANE, OPTIONS, SETTINGS, Form, Values, changed, given, shown
from scale_core.ui.player import Player

PROBLEM = "What is 7*8?"


@pytest.fixture(scope="module")
def form(engine: OnnxEngine) -> Form:
    made = Form(Player(engine, caps=Caps(rollouts=100)), 7, 0.5)
    with gr.Blocks():
        made.problem_card()
        made.asked()
        made.lanes_and_budget()
        made.options_fold()
        made.settings_fold()
    return made


def values(form: Form, **changes: Any) -> Values:
    """What the controls say, some of them changed: by the form's name, or the option's."""
    said = {control: control.value for control in form.inputs} | {form.problem: PROBLEM}
    for name, value in changes.items():
        named = {**form.options, **form.settings, **vars(form)}
        said[named[name]] = value
    return said


def test_untouched_controls_ask_for_nothing(form: Form) -> None:
    ask = form.explore(values(form), False)
    assert (ask.problem, ask.lanes, ask.budget, ask.seed) == (PROBLEM, (), None, 7)
    assert (ask.options, ask.settings, ask.anyway) == ({}, {}, False)
    ask = form.compare(values(form), True)
    assert (ask.lanes, ask.budget) == (("uniform", "scale", "dora", "bandit"), "4/step")
    assert (ask.options, ask.settings, ask.anyway) == ({}, {}, True)


def test_every_option_and_setting_has_a_control(form: Form) -> None:
    assert set(form.options) == set(PRESETS["scale"].options.as_dict()) - {"tau"}
    assert set(form.settings) == set(Settings().as_dict())


@pytest.mark.parametrize("preset", list(PRESETS))
def test_what_the_controls_show_of_a_preset_changes_nothing(form: Form, preset: str) -> None:
    options = PRESETS[preset].options
    said = {n: shown(f, getattr(options, n)) for n, f in OPTIONS.items()}
    ask = form.explore(values(form, **said, preset=preset), False)
    assert ask.options == {} and ask.preset == preset


def test_only_what_differs_from_the_preset_is_passed_on(form: Form) -> None:
    ask = form.explore(values(form, outlines=7.0, fitted=False, tau=0.3), False)
    assert ask.options == {"outlines": 7, "tau": 0.3}


def said(**changes: Any) -> dict[str, Any]:
    return {n: shown(f, getattr(PRESETS["scale"].options, n)) for n, f in OPTIONS.items()} | changes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("force_last", "hard"),
        ("system2_max_tokens", "0"),
        ("outlines", 99),
        ("retries", None),
        ("top_p", float("nan")),
        ("choice", "dice"),
        ("verify", "none"),
    ],
)
def test_invalid_options_are_refused_in_words(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        changed(OPTIONS, options_for("scale"), said(**{name: value}))


def test_optional_switches_may_be_empty() -> None:
    base = options_for("faithful")
    values = {n: shown(f, getattr(base, n)) for n, f in OPTIONS.items()} | {"force_last": ""}
    assert changed(OPTIONS, base, {**values, "tau": 0.3}) == {"force_last": None, "tau": 0.3}
    assert changed(OPTIONS, base, {**values, "tau": None}) == {"force_last": None}


@pytest.mark.parametrize(
    ("name", "control", "value"),
    [("merge", "false", False), ("merge", "", None), ("rating", "attempt", "attempt"),
     ("rating", "", None), ("outlines", "3", 3), ("outlines", "", None)],
)  # fmt: skip
def test_what_is_left_to_the_model_can_be_chosen_too(name: str, control: str, value: Any) -> None:
    field = OPTIONS[name]
    assert given(field, control) == value and shown(field, value) == control
    with pytest.raises(ValueError, match=name):
        given(field, "nonsense")


def test_only_changed_rules_are_passed_on(form: Form) -> None:
    assert form.compare(values(form, T_b=0.3), False).settings == {"T_b": 0.3}
    with pytest.raises(ValueError, match="T_b"):
        changed(SETTINGS, Settings(), {"T_b": -1.0})


def test_a_duel_leaves_the_strategy_and_the_samples_to_its_lanes(form: Form) -> None:
    options = PRESETS["self-consistency"].options
    said = {n: shown(f, getattr(options, n)) for n, f in OPTIONS.items()}
    ask = form.compare(values(form, **said, fitted=False, tau=0.3), False)
    assert ask.options["tau"] == 0.3 and not set(ask.options) & set(OF_ONE_LANE)


def test_lanes_come_in_their_own_order_and_at_least_one(form: Form) -> None:
    ask = form.compare(values(form, lanes=["cot", "scale"]), False)
    assert ask.lanes == ("scale", "cot")
    with pytest.raises(ValueError, match="at least one lane"):
        form.compare(values(form, lanes=[]), False)


# ---- budgets and seeds ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [(4, "rollouts a step", "4/step"), (2.5, "rollouts a step", "2.5/step"),
     (32, "rollouts in all", "32"), (1_234_567, "tokens", "1234567 tokens")],
)  # fmt: skip
def test_budgets_are_written(form: Form, amount: float, unit: str, text: str) -> None:
    written = form.compare(values(form, amount=amount, unit=unit), False).budget
    assert written == text and BudgetSpec.read(text).amount == amount
    assert BudgetSpec.read(str(BudgetSpec.read(text))) == BudgetSpec.read(text)


@pytest.mark.parametrize("amount", [None, "", 0, -3, float("nan"), float("inf"), True])
def test_budgets_that_are_none(amount: Any) -> None:
    with pytest.raises(ValueError, match="budget"):
        forms.budget_of(amount, "tokens")


def test_less_than_one_rollout_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one rollout"):
        forms.budget_of(0.5, "rollouts a step")


@pytest.mark.parametrize(
    ("amount", "unit"),
    [(101, "rollouts in all"), (999_999, "rollouts a step"), (9e8, "tokens")],
)
def test_more_than_the_cap_is_refused(form: Form, amount: float, unit: str) -> None:
    with pytest.raises(ValueError, match="at most"):
        form.compare(values(form, amount=amount, unit=unit), False)


@pytest.mark.parametrize(("given", "seed"), [(None, 0), ("", 0), (7, 7), (7.0, 7)])
def test_seed(given: Any, seed: int) -> None:
    assert forms.seed_of(given) == seed


@pytest.mark.parametrize("given", [-1, 0.5, float("inf"), "many"])
def test_seed_refused(given: Any) -> None:
    with pytest.raises((ValueError, OverflowError)):
        forms.seed_of(given)


# ---- a problem that is being typed -----------------------------------------------------------


def test_a_reader_that_breaks_makes_a_text_doubtful() -> None:
    class Broken:
        def read_problem(self, text: str) -> Any:
            raise RecursionError

    broken: Any = Broken()
    assert forms.read(broken, "x").verdict == "doubtful"
    assert forms.read(broken, "x" * 5000).verdict == "outside"
    assert forms.read(broken, "  ").verdict == "inside"


def test_a_picked_examples_answer_goes_when_the_example_does(form: Form) -> None:
    form.anyway = []
    picked = ("What is 7*8?", "56")
    assert form.expected not in form._typed("What is 7*8?", "56", picked)
    assert form._typed("What is 7*9?", "56", picked)[form.expected] == ""
    assert form.expected not in form._typed("What is 7*9?", "63", picked)


def test_what_is_not_run_is_told_why(player: Player) -> None:
    assert forms.refusal("", forms.read(player.dialect, ""), False)
    poem = "Write a poem about the sea."
    reading = forms.read(player.dialect, poem)
    assert forms.refusal(poem, reading, False)
    assert forms.refusal(poem, reading, True) == ""
    assert forms.refusal(PROBLEM, forms.read(player.dialect, PROBLEM), False) == ""


def test_text_of_others_never_becomes_markup() -> None:
    hostile = "<script>alert(1)</script> [a](javascript:b) $x$ ~~c~~ `d`"
    told = forms.as_markdown(hostile)
    assert not set("<>[]()$~`") & set(told)
    assert forms.preview(hostile, None) == ""


def test_a_problem_is_previewed_as_mathematics(player: Player) -> None:
    def preview(text: str) -> str:
        return forms.preview(text, forms.read(player.dialect, text).formula)

    assert preview("What is (37*48)%13?") == r"$$\left(37 \times 48\right) \bmod 13$$"
    assert preview("9^9^9^9") == "$$9^{9^{9^{9}}}$$"
    assert preview("How many apples are left?") == ""
    wide = preview("+".join(["(12345)"] * 40))
    assert "$" not in wide and "12345" in wide

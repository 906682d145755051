"""The form: what is asked, shared by all pages, and how people's input becomes values.

Knows the controls for the problem, the pipeline's options, the lanes and their settings, and reads
a problem while it is typed. Does not know what a page does with what was asked.
"""

from __future__ import annotations

import html
import logging
import math
import sys
import threading
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from scale_core.dialects.abacus.reading import formula_of
from scale_core.dialects.base import Dialect, Reading
from scale_core.dialects.expression import Formula
from scale_core.pipeline.options import (
    PRESETS,
    Field,
    Options,
    as_text,
    fields_of,
    from_text,
    options_for,
)
from scale_core.strategies.lanes import DEFAULT, LANES
from scale_core.strategies.settings import BudgetSpec, Settings
from scale_core.ui.ask import Ask
from scale_core.ui.links import SETTINGS, Wanted
from scale_core.ui.player import LONGEST, Player
from scale_core.ui.theme import drawing, examples
from scale_core.views import units

LOG = logging.getLogger(__name__)
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
QUICK: dict[str, Any] = {**PRIVATE, "queue": False}
WIDEST = 240  # characters of a formula that is drawn as one
UNITS = {"rollouts a step": "/step", "rollouts in all": "", "tokens": " tokens"}
"""How the page names a budget's unit, and how a budget in it is written."""
OF_ONE_LANE = ("strategy", "samples", "system1_samples", "system2_samples")
"""Options that a duel leaves alone, as its lanes and its budget decide them."""
OPTIONS = {f.name: f for f in fields_of(Options) if f.name != "tau"}
"""tau has a control of its own."""
Values = dict[Component, Any]


class Form:
    """The controls. `explore` and `compare` read what they say, `inputs` are what they read."""

    def __init__(self, player: Player, seed: int, tau: float | None) -> None:
        self.player, self.seed0, self.tau0 = player, seed, tau

    # ---- layout --------------------------------------------------------------------------

    def problem_card(self) -> None:
        with gr.Column(elem_classes="sx-card", elem_id="sx-ask"):
            self.problem = gr.Textbox(
                label="Problem",
                lines=1,
                max_lines=6,
                elem_id="sx-problem",
                autofocus=True,
                placeholder="What is (37*48 + 125*16) mod 13?",
                max_length=self.player.admission.bounds.problem,
            )
            self.preview = gr.Markdown(
                elem_id="sx-preview",
                latex_delimiters=[{"left": "$$", "right": "$$", "display": False}],
            )
            self.notice = drawing("notice", elem_id="sx-notice", value=None)
            self.chips = drawing("chips", "pick", value=examples(), elem_id="sx-chips")

    def asked(self) -> None:
        """The controls that stand in the settings card, in its order."""
        self.expected = gr.Textbox(
            label="Expected answer (optional)",
            max_lines=1,
            max_length=200,
            placeholder="to grade the run",
        )
        with gr.Column(elem_classes="sx-on-explore", elem_id="sx-preset-cell"):
            self.preset = gr.Dropdown(
                [(preset.label, name) for name, preset in PRESETS.items()],
                value="scale", label="Preset", interactive=True, elem_id="sx-preset",
                filterable=False,
            )  # fmt: skip
        self.seed = gr.Number(value=self.seed0, label="Seed", precision=0, minimum=0)
        self.fitted = gr.Checkbox(value=True, label="τ fitted for this model", elem_id="sx-fitted")
        start = 0.4 if self.tau0 is None else round(self.tau0, 2)
        self.tau = gr.Slider(
            0, 1, value=start, step=0.01, label="Threshold τ", elem_id="sx-tau", buttons=[]
        )

    def lanes_and_budget(self) -> None:
        with gr.Row(elem_classes=["sx-card", "sx-on-compare"], elem_id="sx-lanes-choice"):
            self.lanes = gr.CheckboxGroup(
                [(lane.label, name) for name, lane in LANES.items()],
                value=list(DEFAULT), label="Lanes", elem_id="sx-lane-names", interactive=True,
            )  # fmt: skip
            self.amount = gr.Number(value=4, label="Budget of each lane", elem_id="sx-budget")
            self.unit = gr.Dropdown(
                list(UNITS), value="rollouts a step", label="counted in", elem_id="sx-unit",
                filterable=False, interactive=True,
            )  # fmt: skip

    def options_fold(self) -> None:
        with gr.Accordion("All options", open=False, elem_id="sx-options"):
            self.about = gr.Markdown(PRESETS["scale"].help, elem_classes="sx-on-explore")
            gr.HTML(
                "<p class='sx-muted'>These are the pipeline's: how it plans, rates, checks and "
                "samples. Every lane uses them, but strategy and numbers of samples are the lanes' "
                "own.</p>",
                padding=False,
                elem_classes="sx-on-compare",
            )
            with gr.Column(elem_classes="sx-grid"):
                self.options = {name: control(field) for name, field in OPTIONS.items()}

    def settings_fold(self) -> None:
        classes = ["sx-fold", "sx-on-compare"]
        with (
            gr.Accordion("Rules of the lanes", open=False, elem_id="sx-rules",
                         elem_classes=classes),
            gr.Column(elem_classes="sx-grid"),
        ):  # fmt: skip
            self.settings = {name: control(field) for name, field in SETTINGS.items()}

    # ---- what it says --------------------------------------------------------------------

    @property
    def inputs(self) -> set[Component]:
        return {
            self.problem, self.expected, self.preset, self.seed, self.fitted, self.tau, self.lanes,
            self.amount, self.unit, *self.options.values(), *self.settings.values(),
        }  # fmt: skip

    def explore(self, values: Values, anyway: bool) -> Ask:
        """One lane, without a limit. Raises ValueError, in words for people."""
        preset = values[self.preset]
        options = self._changed(values, preset)
        return Ask(**self._common(values, anyway), preset=preset, options=options)

    def compare(self, values: Values, anyway: bool) -> Ask:
        """The chosen lanes, each with the same budget. Raises ValueError, in words for people."""
        options = self._changed(values, "scale")
        lanes = tuple(name for name in LANES if name in values[self.lanes])
        budget = budget_of(values[self.amount], values[self.unit])
        BudgetSpec.read(budget, self.player.caps)
        if not lanes:
            raise ValueError("choose at least one lane")
        return Ask(
            **self._common(values, anyway),
            lanes=lanes,
            budget=budget,
            options={name: value for name, value in options.items() if name not in OF_ONE_LANE},
            settings=changed(SETTINGS, Settings(), _named(self.settings, values)),
        )

    def _common(self, values: Values, anyway: bool) -> dict[str, Any]:
        return {
            "problem": values[self.problem] or "",
            "answer": values[self.expected] or "",
            "seed": seed_of(values[self.seed]),
            "anyway": anyway,
        }

    def _changed(self, values: Values, preset: str) -> dict[str, Any]:
        tau = None if values[self.fitted] else float(values[self.tau])
        return changed(OPTIONS, options_for(preset), _named(self.options, values) | {"tau": tau})

    def asked_for(self, wanted: Wanted) -> Values:
        """The controls as an address wants them."""
        options, duel = wanted.options, wanted.duel
        found: Values = {
            self.fitted: options.tau is None,
            **({} if options.tau is None else {self.tau: options.tau}),
            **{self.options[n]: shown(f, getattr(options, n)) for n, f in OPTIONS.items()},
        }
        told = {self.problem: wanted.problem, self.expected: wanted.answer, self.seed: wanted.seed}
        found |= {control: value for control, value in told.items() if value is not None}
        if not duel:
            return {**found, self.preset: wanted.preset, self.about: PRESETS[wanted.preset].help}
        found |= {
            self.settings[n]: shown(f, getattr(wanted.settings, n)) for n, f in SETTINGS.items()
        }
        if wanted.budget is not None:
            amount = wanted.budget.amount
            found[self.amount] = int(amount) if amount.is_integer() else amount
            found[self.unit] = unit_of(wanted.budget)
        return {**found, self.lanes: list(wanted.lanes)}

    # ---- events --------------------------------------------------------------------------

    def connect(self, anyway: list[gr.Button]) -> None:
        """`anyway`: the pages' buttons that run a doubtful problem."""
        self.anyway = anyway
        read: list[Any] = [self.problem, self.expected, self.preview, self.notice, *anyway]
        picked = gr.State(("", ""))
        self.problem.change(
            self._typed, [self.problem, self.expected, picked], read,
            trigger_mode="always_last", **QUICK,
        )  # fmt: skip
        self.problem.submit(None, None, None, js=_PRESS_RUN, **PRIVATE)
        self.chips.pick(self._pick, None, [picked, self.problem, self.expected], **QUICK)
        shown = [self.about, self.fitted, self.tau, *self.options.values()]
        self.preset.input(self._preset, [self.preset], shown, **QUICK).then(
            None, [self.fitted, self.tau], None, js=TELL_TAU, **PRIVATE
        )
        self.tau.input(None, [self.tau], [self.fitted], js=_TAU_MOVED, **PRIVATE)
        self.fitted.input(None, [self.fitted, self.tau], None, js=TELL_TAU, **PRIVATE)
        self.seed.change(None, [self.seed], None, js=_TELL_SEED, **PRIVATE)

    def _typed(self, text: str, expected: str, picked: tuple[str, str]) -> Values:
        """An example's answer goes when the example does."""
        found = read(self.player.dialect, text)
        doubtful = gr.update(visible=found.verdict == "doubtful")
        stale = text != picked[0] and expected != "" and expected == picked[1]
        return {
            self.preview: preview(text, found.formula),
            self.notice: notice(text, found),
            **dict.fromkeys(self.anyway, doubtful),
            **({self.expected: ""} if stale else {}),
        }

    def _pick(self, event: gr.EventData) -> tuple[Any, ...]:
        text, answer = str(event.text), str(event.answer)
        return (text, answer), text, answer

    def _preset(self, name: str) -> Values:
        options = PRESETS[name].options
        return {
            self.about: PRESETS[name].help,
            self.fitted: options.tau is None,
            **({} if options.tau is None else {self.tau: options.tau}),
            **{self.options[n]: shown(f, getattr(options, n)) for n, f in OPTIONS.items()},
        }


_PRESS_RUN = (
    "() => [...document.querySelectorAll('#sx-run, #sx-race')]"
    ".find((b) => b.offsetParent && !b.disabled)?.click()"
)
TELL_TAU = (
    "(fitted, tau) => { window.dispatchEvent(new CustomEvent('scale:tau',"
    " {detail: fitted ? null : tau})); }"
)
_TAU_MOVED = (
    "(tau) => { window.dispatchEvent(new CustomEvent('scale:tau', {detail: tau})); return false; }"
)
USUAL = "what suits the model"
"""How a choice that is left open is shown."""
_TELL_SEED = "(s) => { window.dispatchEvent(new CustomEvent('scale:seed', {detail: s})); }"


# ---- controls and their values -------------------------------------------------------------


def control(field: Field) -> Component:
    """A control for an option or a setting, explained by the table of options itself. A number
    that may be none is a text, because an empty number field is given back as 0."""
    bounds = "" if field.low is None else f" {field.low} to {field.high}."
    common: dict[str, Any] = {
        "value": shown(field, field.default),
        "label": field.name.replace("_", " "),
        "info": field.help + bounds,
        "interactive": True,
    }
    if field.kind == "choice" or (field.kind == "bool" and field.optional):
        open = [(USUAL, "")] if field.optional else []
        choices = field.choices or ("true", "false")
        return gr.Dropdown([*open, *choices], filterable=False, **common)
    if field.kind == "bool":
        return gr.Checkbox(**common)
    if field.optional:
        return gr.Textbox(max_lines=1, placeholder="none", **common)
    whole = field.kind == "int"
    return gr.Number(precision=0 if whole else None, step=1 if whole else 0.05, **common)


def shown(field: Field, value: Any) -> Any:
    """A value as its control shows it."""
    if not field.optional:
        return value
    if value is None:
        return ""
    return f"{value:g}" if field.kind in ("int", "float") else as_text(value)


def given(field: Field, value: Any) -> Any:
    """A control's value as the option takes it. Raises ValueError, in words for people."""
    if field.optional:
        text = str("" if value is None else value).strip()
        if text.lower() in ("", "none"):
            return None
        if field.kind in ("choice", "bool"):
            return from_text(field, text)
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{field.name} must be a number or empty, not {text!r}") from None
    elif value is None:
        raise ValueError(f"{field.name} must not be empty")
    if isinstance(value, float) and math.isnan(value):
        raise ValueError(f"{field.name} must be a number")
    whole = field.kind == "int" and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def changed(
    fields: Mapping[str, Field], base: Options | Settings, values: Mapping[str, Any]
) -> dict[str, Any]:
    """What differs from `base`. A name without a field is taken as it is, unless it is none.
    Raises ValueError, in words for people."""
    changes = {}
    for name, value in values.items():
        typed = given(fields[name], value) if name in fields else value
        if typed != getattr(base, name) and (name in fields or typed is not None):
            changes[name] = typed
    base.with_(changes)
    return changes


def _named(controls: Mapping[str, Component], values: Values) -> dict[str, Any]:
    return {name: values[control] for name, control in controls.items()}


def budget_of(amount: Any, unit: str) -> str:
    """A budget as it is written, from a number field and one of `UNITS`. Raises ValueError."""
    if amount is None or amount == "" or isinstance(amount, bool):
        raise ValueError("the budget must be a number")
    number = float(amount)
    if not math.isfinite(number) or number <= 0:
        raise ValueError("the budget must be a number greater than 0")
    if unit == "rollouts a step" and number < 1:
        raise ValueError("the budget must be at least one rollout for each step")
    return f"{number:.3f}".rstrip("0").rstrip(".") + UNITS[unit]


def unit_of(budget: BudgetSpec) -> str:
    """The one of `UNITS` that a budget is counted in."""
    if budget.per_step:
        return "rollouts a step"
    return "tokens" if budget.unit == "tokens" else "rollouts in all"


def seed_of(value: Any) -> int:
    """A seed from a number field. Raises ValueError."""
    number = float(value or 0)
    if not number.is_integer() or not 0 <= number < 2**53:
        raise ValueError("the seed must be a whole number that is not negative")
    return int(number)


# ---- a problem that is being typed ---------------------------------------------------------


def read(dialect: Dialect, text: str) -> Reading:
    """The dialect's reading; a text that it cannot even look at is doubtful."""
    if not text.strip():
        return Reading("inside", "", None, "")
    if len(text) > LONGEST:
        message = f"This is longer than {LONGEST:,} characters. Please shorten it."
        return Reading("outside", text[:LONGEST], None, message)
    try:
        return dialect.read_problem(text)
    except Exception:
        LOG.exception("the dialect could not read a problem")
        return Reading("doubtful", text, None, "This text could not be read with certainty.")


def preview(text: str, formula: Formula | None) -> str:
    """The problem as mathematics where it is some, else nothing: the box shows it already."""
    found = formula or formula_of(text)
    if found is None:
        return ""
    if len(str(found)) > WIDEST:
        return as_markdown(units.bounded(str(found), 400))
    from scale_core.dialects.algebra import latex  # imports sympy

    return f"$${latex(found)}$$"


def warm() -> None:
    """Have what draws formulas imported beside whatever goes on, so that nobody waits for it while
    typing."""
    if "sympy" not in sys.modules:
        threading.Thread(target=preview, args=("1 + 1", None), daemon=True).start()


def notice(text: str, reading: Reading) -> dict[str, str] | None:
    """One line while someone types; the whole message comes when they press Run."""
    if not text.strip():
        return None
    if reading.verdict == "inside":
        return {"kind": "ok", "text": reading.message or "The model knows this kind of problem."}
    first = reading.message.split(". ")[0].rstrip(".")
    return {
        "kind": "warn" if reading.verdict == "doubtful" else "info",
        "text": units.shorten(first or "The model may not understand this", 150) + ".",
    }


def refusal(problem: str, reading: Reading, anyway: bool) -> str:
    """Why a problem is not run; empty if it is."""
    if not problem.strip():
        return "Type a problem first, or pick an example."
    if reading.verdict == "inside" or anyway:
        return ""
    return reading.message or "The model may not understand this kind of problem."


def as_markdown(text: str) -> str:
    """A text for Markdown that shows exactly these characters and never becomes markup."""
    safe = html.escape(text, quote=True)
    return "".join(f"&#{ord(c)};" if c in "\\`*_{}[]()+-.!|~$^=:" else c for c in safe)

"""The replay lab: sliders that decide a recorded duel anew, without the engine.

Knows which switches have a slider, how they follow a duel, and what a moved one means. Does not
know how a duel is replayed or drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from scale_core.strategies.settings import BudgetSpec, Caps, Settings
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices
from scale_core.ui.theme import drawing
from scale_core.views.duel import changes, missing
from scale_core.views.units import NO_PRICES, currency, rates_of

SLIDER: dict[str, Any] = {"interactive": True, "buttons": []}


@dataclass(frozen=True, slots=True)
class Knob:
    """A slider: the setting it moves, what it is for, and its range. lanes: those it concerns;
    where: the setting and its values under which it matters."""

    name: str
    label: str
    low: float
    high: float
    step: float
    lanes: tuple[str, ...]
    where: tuple[str, tuple[str, ...]] | None = None

    def matters(self, lanes: Collection[str], settings: Mapping[str, Any]) -> bool:
        if not set(lanes).intersection(self.lanes):
            return False
        return self.where is None or settings[self.where[0]] in self.where[1]


KNOBS = (
    Knob("T_b", "T_b · small: the best score takes most (DORA, REBASE)", 0, 1, 0.01,
         ("dora", "rebase")),
    Knob("T_s", "T_s · how alike one direction is (DORA)", 0, 0.2, 0.005, ("dora",),
         ("directions", ("soft",))),
    Knob("similar", "least similarity of one direction (DORA)", 0, 1, 0.01, ("dora",),
         ("directions", ("cluster",))),
    Knob("kappa", "κ · rounding: small spreads, large favours the best", 0, 5, 0.1,
         ("dora", "rebase")),
    Knob("lam", "λ · bonus for what was tried little (Bandit)", 0, 5, 0.1, ("bandit",),
         ("bandit_rule", ("ucb", "entropy"))),
    Knob("gamma", "γ · score that ends a step (Bandit)", 0, 1, 0.01, ("bandit",),
         ("solved_by", ("score",))),
    Knob("confident", "confidence that ends a step (Bandit)", 0.5, 0.99, 0.01, ("bandit",),
         ("solved_by", ("agreement",))),
)  # fmt: skip


class Lab:
    """The lab's components: a slider for the budget, for tau and for each knob."""

    def __init__(self, caps: Caps) -> None:
        self.caps = caps

    def lay_out(self) -> None:
        title = "Replay lab: decide this duel anew, without the model"
        with gr.Accordion(title, open=False, elem_classes=["sx-fold"], elem_id="sx-lab"):
            self.status = drawing("lab", elem_id="sx-lab-status")
            with gr.Column(elem_classes="sx-knobs"):
                budget = gr.Slider(1, 16, value=4, step=1, label="Budget", **SLIDER)
                tau = gr.Slider(0, 1, value=0.4, step=0.01, label="τ · threshold (SCALE)",
                                **SLIDER)  # fmt: skip
                knobs = {
                    k.name: gr.Slider(k.low, k.high, value=getattr(Settings(), k.name),
                                      step=k.step, label=k.label, **SLIDER)
                    for k in KNOBS
                }  # fmt: skip
            self.sliders = {"budget": budget, "tau": tau, **knobs}
            with gr.Row(elem_classes="sx-lab-acts"):
                self.back = gr.Button("Back to the live run", elem_id="sx-lab-back")
                self.fill = gr.Button(
                    "Generate what is missing", elem_id="sx-lab-fill", visible=False
                )

    def follow(self, duel: Duel) -> dict[Component, Any]:
        """What the sliders show for a duel that has just run: its own settings."""
        return {
            self.sliders[name]: gr.update(**shown)
            for name, shown in settings_of(duel, self.caps).items()
        }

    def decision(
        self, duel: Duel, values: Mapping[Component, Any]
    ) -> tuple[dict[str, Any], float | None, str]:
        return decision(duel, {name: values[s] for name, s in self.sliders.items()})


def settings_of(duel: Duel, caps: Caps) -> dict[str, dict[str, Any]]:
    """By slider, what it shows of a duel; nothing before there is a plan."""
    if duel.start is None or duel.plan is None:
        return {}
    names, settings = {lane.name for lane in duel.start.lanes}, duel.start.settings
    knobs = {
        k.name: {
            "value": _near(float(settings[k.name]), k.low, k.high),
            "visible": k.matters(names, settings),
        }
        for k in KNOBS
    }
    tau = {"value": _near(tau_of(duel), 0, 1), "visible": "scale" in names}
    return {"budget": budget_range(BudgetSpec.read(duel.start.budget), caps), "tau": tau, **knobs}


def budget_range(budget: BudgetSpec, caps: Caps) -> dict[str, Any]:
    """The budget slider's label, bounds and value; twice as much as was spent, within the cap."""
    amount, most = budget.amount, caps.of(budget.unit)
    unit = "rollouts a step" if budget.per_step else f"{budget.unit} in all"
    least = 8 if budget.per_step else 2
    return {
        "label": f"Budget · {unit}",
        "minimum": max(1, round(amount / 10)) if budget.unit == "tokens" else 1,
        "maximum": min(most, max(least, round(2 * amount))),
        "step": 0.1 if budget.per_step and not float(amount).is_integer() else 1,
        "value": amount,
    }


def decision(duel: Duel, values: Mapping[str, float]) -> tuple[dict[str, Any], float | None, str]:
    """Settings, tau and budget that the sliders ask for; only what was really moved, so that a
    setting between two stops of its slider stays as it was. tau None: as it was."""
    assert duel.start is not None
    amount, tau = values["budget"], values["tau"]
    was = BudgetSpec.read(duel.start.budget)
    budget = was if abs(amount - was.amount) < 1e-9 else BudgetSpec(amount, was.unit, was.per_step)
    settings = {
        knob.name: float(values[knob.name])
        for knob in KNOBS
        if _moved(values[knob.name], float(duel.start.settings[knob.name]), knob)
    }
    same = abs(tau - _near(tau_of(duel), 0, 1)) < 0.005 + 1e-9
    return settings, None if same else float(tau), str(budget)


def tau_of(duel: Duel) -> float:
    """The threshold in force in a duel's lanes."""
    for run in duel.lanes.values():
        used = run.start.options.get("tau_used") if run.start else None
        if isinstance(used, int | float):
            return float(used)
    return 0.4


def report(
    duel: Duel, replayed: Duel | None, problem: str = "", prices: Prices = NO_PRICES
) -> dict[str, Any] | None:
    """What the lab's status line and table show. None before there is a duel to replay."""
    if problem:
        return {"problem": problem, "rows": [], "missing": []}
    if duel.end is None or duel.plan is None:
        return None
    if replayed is None:
        return {"rows": [], "missing": [], "recorded": False}
    return {
        "recorded": True,
        "rows": changes(replayed, duel, prices),
        "currency": currency(rates_of(duel.start, prices)),
        "missing": missing(replayed),
        "message": replayed.end.message if replayed.end else "",
    }


def _moved(value: float, was: float, knob: Knob) -> bool:
    return abs(value - _near(was, knob.low, knob.high)) > knob.step / 2


def _near(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))

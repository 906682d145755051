"""The replay lab: sliders that decide a recorded duel anew, without the engine.

Knows which switches have a slider, how they follow a duel, and what a moved one means. Does not
know how a duel is replayed or drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from scale_core.strategies.settings import BudgetSpec, Settings
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices
from scale_core.ui import components as parts
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
    Knob("similar", "least likeness of one direction (DORA)", 0, 1, 0.01, ("dora",),
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
    """The lab's components; `values` of its sliders go to `decision`."""

    def lay_out(self, *, visible: bool) -> None:
        with gr.Accordion(
            "Replay lab: decide this duel anew, without the model",
            open=False,
            visible=visible,
            elem_classes=["sx-fold"],
            elem_id="sx-lab",
        ):
            self.status = parts.drawing("lab", value=None, elem_id="sx-lab-status")
            with gr.Column(elem_classes="sx-knobs"):
                self.budget = gr.Slider(1, 16, value=4, step=1, label="Budget", **SLIDER)
                self.tau = gr.Slider(0, 1, value=0.4, step=0.01, label="τ · threshold (SCALE)",
                                     **SLIDER)  # fmt: skip
                self.knobs = [
                    gr.Slider(k.low, k.high, value=getattr(Settings(), k.name), step=k.step,
                              label=k.label, **SLIDER)
                    for k in KNOBS
                ]  # fmt: skip
            with gr.Row(elem_classes="sx-lab-acts"):
                self.back = gr.Button("Back to the live run", elem_id="sx-lab-back")
                self.fill = gr.Button(
                    "Generate what is missing", elem_id="sx-lab-fill", visible=False
                )

    @property
    def sliders(self) -> list[gr.Slider]:
        return [self.budget, self.tau, *self.knobs]


def follow(duel: Duel) -> list[Any]:
    """What the sliders show for a duel that has just run: its own settings."""
    if duel.start is None or duel.plan is None:
        return [gr.skip()] * (2 + len(KNOBS))
    names = {lane.name for lane in duel.start.lanes}
    return [
        gr.update(**budget_range(BudgetSpec.read(duel.start.budget))),
        gr.update(value=_near(tau_of(duel), 0, 1), visible="scale" in names),
        *(
            gr.update(
                value=_near(float(duel.start.settings[k.name]), k.low, k.high),
                visible=k.matters(names, duel.start.settings),
            )
            for k in KNOBS
        ),
    ]


def budget_range(budget: BudgetSpec) -> dict[str, Any]:
    """The budget slider's label, bounds and value."""
    amount = budget.amount
    if budget.per_step:
        return {
            "label": "Budget · rollouts a step",
            "minimum": 1,
            "maximum": max(8, round(2 * amount)),
            "step": 1 if float(amount).is_integer() else 0.1,
            "value": amount,
        }
    low = 1 if budget.unit == "rollouts" else max(1, round(amount / 10))
    return {
        "label": f"Budget · {budget.unit} in all",
        "minimum": low,
        "maximum": max(2, round(2 * amount)),
        "step": 1,
        "value": amount,
    }


def decision(
    duel: Duel, values: Sequence[float]
) -> tuple[dict[str, Any], float | None, str]:  # fmt: skip
    """Settings, tau and budget that the sliders ask for; only what was really moved, so that a
    setting between two stops of its slider stays as it was. tau None: as it was."""
    assert duel.start is not None
    amount, tau, *rest = values
    was = BudgetSpec.read(duel.start.budget)
    budget = was if abs(amount - was.amount) < 1e-9 else BudgetSpec(amount, was.unit, was.per_step)
    settings = {
        knob.name: float(value)
        for knob, value in zip(KNOBS, rest, strict=True)
        if _moved(value, float(duel.start.settings[knob.name]), knob)
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

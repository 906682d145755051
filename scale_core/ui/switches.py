"""Between the options table and the controls made from it: what a control shows, what it means.

Knows the table's fields and how people's input becomes their values. Does not know Gradio.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scale_core.pipeline.options import PRESETS, Field, Options, fields_of, options_for
from scale_core.strategies.settings import BudgetSpec, Settings

NO_OPTION = ("tau",)
"""Switches that have a control of their own on the page."""
OF_ONE_STRATEGY = ("strategy", "samples", "system1_samples", "system2_samples")
"""Switches that a duel leaves alone, as its lanes and its budget decide them."""
UNITS = {"rollouts a step": "/step", "rollouts in all": "", "tokens": " tokens"}
"""How the page names a budget's unit, and how a budget in it is written."""


def switches() -> list[str]:
    """Names of the advanced switches, in the order of the options table."""
    return [f.name for f in fields_of(Options) if f.name not in NO_OPTION]


def preset_values(preset: str) -> list[Any]:
    """What the controls of the advanced switches show for a preset."""
    options = PRESETS[preset].options
    return [
        shown(f, getattr(options, f.name)) for f in fields_of(Options) if f.name not in NO_OPTION
    ]


def shown(switch: Field, value: Any) -> Any:
    """A switch's value as its control shows it. One that may be none has a text as its control,
    because an empty number field is given back as 0."""
    if not switch.optional:
        return value
    return "" if value is None else f"{value:g}"


def given(switch: Field, value: Any) -> Any:
    """A control's value as the switch takes it. Raises ValueError, in words for people."""
    if switch.optional:
        text = str("" if value is None else value).strip()
        if text.lower() in ("", "none"):
            return None
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{switch.name} must be a number or empty, not {text!r}") from None
    elif value is None:
        raise ValueError(f"{switch.name} must not be empty")
    if isinstance(value, float) and math.isnan(value):
        raise ValueError(f"{switch.name} must be a number")
    whole = switch.kind == "int"
    return int(value) if whole and isinstance(value, float) and value.is_integer() else value


def changed(preset: str, values: Sequence[Any], tau: float | None) -> dict[str, Any]:
    """The switches that differ from the preset's. Raises ValueError, in words for people."""
    base = options_for(preset)
    changes: dict[str, Any] = {} if tau is None else {"tau": float(tau)}
    switched = [f for f in fields_of(Options) if f.name not in NO_OPTION]
    for switch, value in zip(switched, values, strict=False):
        typed = given(switch, value)
        if typed != getattr(base, switch.name):
            changes[switch.name] = typed
    base.with_(changes)
    return changes


def changed_for_duel(values: Sequence[Any], tau: float | None) -> dict[str, Any]:
    """The pipeline's switches that differ from our default and that a duel obeys. Raises
    ValueError, in words for people."""
    changes = changed("scale", values, tau)
    return {name: value for name, value in changes.items() if name not in OF_ONE_STRATEGY}


def changed_settings(values: Sequence[Any]) -> dict[str, Any]:
    """The settings of the lanes' rules that differ from the defaults. Raises ValueError."""
    base, changes = Settings(), {}
    for switch, value in zip(fields_of(Settings), values, strict=False):
        typed = given(switch, value)
        if typed != getattr(base, switch.name):
            changes[switch.name] = typed
    base.with_(changes)
    return changes


def budget_of(amount: Any, unit: str) -> str:
    """A budget as it is written, from a number field and one of `UNITS`. Raises ValueError."""
    if amount is None or amount == "" or isinstance(amount, bool):
        raise ValueError("the budget must be a number")
    number = float(amount)
    if not math.isfinite(number) or number <= 0:
        raise ValueError("the budget must be a number greater than 0")
    if unit == "rollouts a step" and number < 1:
        raise ValueError("the budget must be at least one rollout for each step")
    text = f"{number:g}" + UNITS[unit]
    BudgetSpec.read(text)
    return text


def seed_of(value: Any) -> int:
    """A seed from a number field. Raises ValueError."""
    if value is None or value == "":
        return 0
    number = float(value)
    if not number.is_integer() or not 0 <= number < 2**53:
        raise ValueError("the seed must be a whole number that is not negative")
    return int(number)

"""The page's building blocks: drawings, cards and the controls made from the options table.

Knows Gradio components and the files in assets/. Does not know what happens on a click.
"""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from scale_core.pipeline.options import PRESETS, Field, Options, fields_of
from scale_core.strategies.settings import Settings
from scale_core.ui.switches import NO_OPTION, shown
from scale_core.ui.theme import asset, script

WORDS = """
**System 1** answers at once, like a times table known by heart: cheap, and sometimes wrong.
**System 2** works step by step before it answers: slower, dearer, and more often right.

**Difficulty** is a number from 0 to 1 that the model gives to each step before solving it. \
*Raw* is what it said; *calibrated* is how often System 1 really gets such a step wrong.

**τ (tau)** is the threshold: a step rated above it goes to System 2, all others to System 1. \
Move it left and the model thinks more; move it right and it saves tokens.

**Escalation**: a second look doubts a quick answer, so the step is solved again in System 2.

**Token**: a piece of text, often one digit or a part of a word. Tokens are what a model's work \
is counted in.

**Lane**: one strategy among several that run side by side on the same problem, with the same \
plan and the same budget. What two lanes ask for in the same words is generated once and charged \
to both.

**Rollout**: one attempt at a step. A budget of 20 rollouts on a plan of 5 steps lets a lane try \
20 times in all, and where it tries is its own affair.

**Score**: how likely a result is right, from 0 to 1: the model's own confidence in what it wrote, \
or what it (or a second model, the verifier) says when asked.

**Direction**: candidates that reason the same way, for example because they reached the same \
value. DORA pays each direction once, however many candidates follow it.

**Arm, pull**: what a bandit chooses among, here the steps; a pull is one more sample of one.

**Index**: the number by which a bandit compares its arms: how well an arm did so far, and a bonus \
for what has been tried little.

**Regret**: how much worse a choice was than the best one that could have been made.

**Frontier**: the most success that each number of tokens can buy on a plan. **Hindsight** knows \
it, because afterwards it can be counted how often each mode is right on each step.
"""

LANGUAGE = """
The embedded model understands **whole-number arithmetic in English**: expressions with + − × ÷, \
powers and mod; remainders, gcd, lcm and digit sums; chains such as “Let a=3*4. What is a+5?”; \
linear equations in one letter; and short word problems of primary school. Pick an example \
under the problem box to see each kind.
"""


def drawing(
    name: str,
    *more: str,
    value: Any = None,
    before: str = "",
    elem_id: str | None = None,
    tag: str = "div",
) -> gr.HTML:
    """A component that a script in assets/js/ draws from its JSON value. `before`, `more`: further
    scripts, run before and after it."""
    return gr.HTML(
        value=value,
        html_template=f'<{tag} class="sx-{name}"></{tag}>',
        js_on_load=script(*before.split(), name, *more),
        apply_default_css=False,
        elem_id=elem_id,
        padding=False,
    )


def examples() -> list[dict[str, Any]]:
    """Families of example problems with their answers."""
    found: list[dict[str, Any]] = json.loads(asset("examples.json"))
    return found


def presets() -> gr.Dropdown:
    choices = [(preset.label, name) for name, preset in PRESETS.items()]
    return gr.Dropdown(
        choices,
        value="scale",
        label="Preset",
        interactive=True,
        info=None,
        elem_id="sx-preset",
        filterable=False,
    )


def preset_help(name: str) -> str:
    return PRESETS[name].help if name in PRESETS else ""


def table(value: Any) -> gr.Dataframe:
    return gr.Dataframe(
        value=value, interactive=False, elem_classes="sx-table", show_label=False, buttons=[]
    )


def setting_controls() -> list[gr.components.Component]:
    """A control for each switch of the lanes' rules, explained by the table itself."""
    return [_control(f) for f in fields_of(Settings)]


def option_controls() -> list[gr.components.Component]:
    """A control for each switch of the options table, explained by the table itself."""
    return [_control(f) for f in fields_of(Options) if f.name not in NO_OPTION]


def _control(f: Field) -> gr.components.Component:
    label, info = f.name.replace("_", " "), f.help + _bounds(f)
    if f.kind == "choice":
        return gr.Dropdown(
            list(f.choices),
            value=f.default,
            label=label,
            info=info,
            interactive=True,
            filterable=False,
        )
    if f.kind == "bool":
        return gr.Checkbox(value=f.default, label=label, info=info, interactive=True)
    if f.optional:
        return gr.Textbox(
            value=shown(f, f.default),
            label=label,
            info=info,
            max_lines=1,
            interactive=True,
            placeholder="none",
        )
    whole = f.kind == "int"
    return gr.Number(
        value=f.default,
        label=label,
        info=info,
        interactive=True,
        precision=0 if whole else None,
        step=1 if whole else 0.05,
    )


def _bounds(f: Field) -> str:
    return "" if f.low is None else f" {f.low} to {f.high}."

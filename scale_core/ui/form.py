"""What is asked, shared by all pages: the problem, what is expected, the pipeline's switches.

Knows the problem card and the settings card, and reads a problem while it is typed. Does not know
what a page does with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from scale_core.pipeline.options import PRESETS
from scale_core.ui import components as parts
from scale_core.ui import handlers, messages, switches

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
QUICK: dict[str, Any] = {**PRIVATE, "queue": False}


@dataclass(frozen=True, slots=True)
class Given:
    """What a page gets of the shared controls. tau: None for the fitted one. values: the
    pipeline's switches, in `switches()` order."""

    problem: str
    answer: str
    preset: str
    tau: float | None
    seed: int
    values: tuple[Any, ...]


class AskCard:
    """The shared controls of one page. `inputs` go to a handler, `given` reads them there."""

    def __init__(self, dialect: Any, seed: int, tau: float | None) -> None:
        self.dialect, self.seed0, self.tau0 = dialect, seed, tau

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
                max_length=handlers.LONGEST,
            )
            self.preview = gr.Markdown(
                elem_id="sx-preview",
                latex_delimiters=[{"left": "$$", "right": "$$", "display": False}],
            )
            self.notice = parts.drawing("notice", elem_id="sx-notice", value=None)
            self.chips = parts.drawing("chips", value=parts.examples(), elem_id="sx-chips")

    def settings(self) -> None:
        """The controls that stand in the settings card, in its order."""
        self.expected = gr.Textbox(
            label="Expected answer (optional)",
            max_lines=1,
            max_length=200,
            placeholder="to grade the run",
        )
        with gr.Column(elem_classes="sx-on-explore", elem_id="sx-preset-cell"):
            self.preset = parts.presets()
        self.seed = gr.Number(value=self.seed0, label="Seed", precision=0, minimum=0)
        self.fitted = gr.Checkbox(value=True, label="τ fitted for this model", elem_id="sx-fitted")
        start = 0.4 if self.tau0 is None else round(self.tau0, 2)
        self.tau = gr.Slider(
            0, 1, value=start, step=0.01, label="Threshold τ", elem_id="sx-tau", buttons=[]
        )

    def options_fold(self) -> None:
        with gr.Accordion("All options", open=False, elem_id="sx-options"):
            self.about = gr.Markdown(parts.preset_help("scale"), elem_classes="sx-on-explore")
            gr.HTML(
                "<p class='sx-muted'>These are the pipeline's: how it plans, rates, checks and "
                "samples. Every lane uses them, but strategy and numbers of samples are the lanes' "
                "own, and ratings are made late unless another way is chosen here.</p>",
                padding=False,
                elem_classes="sx-on-compare",
            )
            with gr.Column(elem_classes="sx-grid"):
                self.options = parts.option_controls()

    # ---- what a page gets ------------------------------------------------------------------

    @property
    def inputs(self) -> list[gr.components.Component]:
        return [
            self.problem, self.expected, self.preset, self.fitted, self.tau, self.seed,
            *self.options,
        ]  # fmt: skip

    def given(self, inputs: tuple[Any, ...]) -> Given:
        """The values of `inputs`; more may follow them. Raises ValueError for a bad seed."""
        problem, answer, preset, fitted, tau, seed, *rest = inputs
        values = tuple(rest[: len(self.options)])
        return Given(
            problem or "", answer or "", preset, None if fitted else tau,
            switches.seed_of(seed), values,
        )  # fmt: skip

    # ---- events --------------------------------------------------------------------------

    def connect(self, anyway: list[gr.Button]) -> None:
        """`anyway`: the pages' buttons that run a doubtful problem."""
        reading = [self.preview, self.notice, *anyway]
        self.anyways = len(anyway)
        picked = gr.State(("", ""))
        self.problem.change(
            self._changed, [self.problem, self.expected, picked], [self.expected, *reading],
            trigger_mode="always_last", **QUICK,
        )  # fmt: skip
        self.problem.submit(None, None, None, js=_PRESS_RUN, **PRIVATE)
        self.chips.pick(self._pick, None, [picked, self.problem, self.expected, *reading], **QUICK)
        self.preset.input(
            self._preset, [self.preset], [self.about, self.fitted, self.tau, *self.options], **QUICK
        ).then(None, [self.fitted, self.tau], None, js=_TELL_TAU, **PRIVATE)
        self.tau.input(None, [self.tau], [self.fitted], js=_TAU_MOVED, **PRIVATE)
        self.fitted.input(None, [self.fitted, self.tau], None, js=_TELL_TAU, **PRIVATE)
        self.seed.change(None, [self.seed], None, js=_TELL_SEED, **PRIVATE)

    def _read(self, text: str) -> tuple[Any, ...]:
        reading = handlers.read(self.dialect, text)
        doubtful = gr.update(visible=reading.verdict == "doubtful")
        return (
            messages.preview(text, reading.reading),
            messages.notice(text, reading),
            *[doubtful] * self.anyways,
        )

    def _changed(self, text: str, expected: str, picked: tuple[str, str]) -> tuple[Any, ...]:
        """An example's answer goes when the example does."""
        stale = text != picked[0] and expected != "" and expected == picked[1]
        return ("" if stale else gr.skip(), *self._read(text))

    def _pick(self, event: gr.EventData) -> tuple[Any, ...]:
        text, answer = str(event.text), str(event.answer)
        return ((text, answer), text, answer, *self._read(text))

    def _preset(self, name: str) -> list[Any]:
        tau = PRESETS[name].options.tau
        return [
            parts.preset_help(name),
            tau is None,
            gr.skip() if tau is None else tau,
            *switches.preset_values(name),
        ]


_PRESS_RUN = (
    "() => [...document.querySelectorAll('#sx-run, #sx-race')]"
    ".find((b) => b.offsetParent && !b.disabled)?.click()"
)
_TELL_TAU = (
    "(fitted, tau) => { window.dispatchEvent(new CustomEvent('scale:tau',"
    " {detail: fitted ? null : tau})); }"
)
_TAU_MOVED = (
    "(tau) => { window.dispatchEvent(new CustomEvent('scale:tau', {detail: tau})); return false; }"
)
_TELL_SEED = "(s) => { window.dispatchEvent(new CustomEvent('scale:seed', {detail: s})); }"

"""Every switch of the SCALE pipeline, with its explanation, its bounds and the named presets.

Knows names, defaults and what is valid. Does not know what a switch does to a run. The page, the
command line and Python all read this one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any


def switch(default: Any, help: str, **bounds: Any) -> Any:
    """A dataclass field that explains itself. bounds: `choices`, or `low` and `high`."""
    return field(default=default, metadata={"help": help, **bounds})


@dataclass(frozen=True, slots=True)
class Options:
    """Switches of one run. Raises ValueError, in words for people, on a value out of bounds."""

    strategy: str = switch(
        "scale",
        "scale: the four stages; chain: the whole problem at once, without a plan.",
        choices=("scale", "chain"),
    )
    outlines: int = switch(
        4, "How many candidate outlines are sampled (SCALE as published: 8).", low=1, high=32
    )
    choice: str = switch(
        "vote",
        "How one outline is picked: model = the model compares them (as published), "
        "vote = the most frequent one, the model breaking ties, first = the first valid one.",
        choices=("model", "vote", "first"),
    )
    dedupe: bool = switch(True, "Treat identical outlines as one before the choice.")
    replace_last: bool = switch(
        False, "Replace the last step's text by the question itself (as published)."
    )
    force_last: float | None = switch(
        None,
        "Difficulty forced on the last step (as published: 0.9); none: the model's rating.",
        low=0.0,
        high=1.0,
    )
    rating: str = switch(
        "dynamic",
        "static: all steps are rated before any is solved (as published); dynamic: "
        "each step is rated again just before it runs, with earlier results filled in; late: "
        "only then.",
        choices=("static", "dynamic", "late"),
    )
    rating_samples: int = switch(
        1, "Ratings sampled for each step; their mean counts.", low=1, high=16
    )
    expected_rating: bool = switch(
        True,
        "Read a rating as the mean under the token's probabilities, not as the one number "
        "that was sampled (as published).",
    )
    calibrated: bool = switch(True, "Map ratings to the measured probability that System 1 fails.")
    tau: float | None = switch(
        None,
        "Threshold: a step rated above it thinks slowly (as published: 0.2); none: the "
        "value fitted for this model.",
        low=-1.0,
        high=1.0,
    )
    assign: str = switch(
        "threshold",
        "threshold: by difficulty and tau; system1 / system2: the same mode for all; "
        "last: System 2 for the last step only.",
        choices=("threshold", "system1", "system2", "last"),
    )
    parallel: bool = switch(True, "Run independent sub-problems at the same time.")
    escalate: bool = switch(
        True, "Check System 1's results and solve again in System 2 what the verifier doubts."
    )
    verify: str = switch(
        "auto",
        "Which results are checked: none, those of System 1, all, or auto = System 1's, and System "
        "2's too where checking is free.",
        choices=("none", "system1", "auto", "all"),
    )
    checker: str = switch(
        "confidence",
        "What judges a result: confidence = the probability that the model gave to its own reply "
        "(free), model = it is asked to verify, or a process reward model where there is one.",
        choices=("confidence", "model"),
    )
    trust: float | None = switch(
        None,
        "Where checks cost tokens: System 1 results of steps rated at or below this are not "
        "checked; none: the value fitted for this model.",
        low=-1.0,
        high=1.0,
    )
    accept: float = switch(
        0.9, "Least probability of being right at which a result is accepted.", low=0.0, high=1.0
    )
    system1_samples: int = switch(
        1, "System 1 samples for each step; the majority counts.", low=1, high=64
    )
    system2_samples: int = switch(
        1, "System 2 samples for each step; the majority counts.", low=1, high=64
    )
    samples: int = switch(
        1,
        "Whole-problem samples of the chain strategy; more than one is self-consistency.",
        low=1,
        high=256,
    )
    retries: int = switch(
        2,
        "How often an unreadable or doubted reply is tried again, with a new seed.",
        low=0,
        high=10,
    )
    system1_temperature: float = switch(0.6, "Sampling temperature of System 1.", low=0.0, high=2.0)
    system2_temperature: float = switch(0.6, "Sampling temperature of System 2.", low=0.0, high=2.0)
    outline_temperature: float = switch(0.6, "Sampling temperature of outlines.", low=0.0, high=2.0)
    top_p: float = switch(1.0, "Nucleus mass of every sample.", low=0.01, high=1.0)
    system2_max_tokens: int | None = switch(
        None, "Token limit of a System 2 reply; none: the model's own.", low=1, high=131072
    )
    thinking_budget: int | None = switch(
        None,
        "Most thinking tokens of one System 2 reply, where the engine can cut a thought; none: "
        "all of the reply's limit but what the answer needs.",
        low=1,
        high=131072,
    )
    prompts: str = switch(
        "ours",
        "How a chat model is asked: ours, or published = after SCALE's own prompts. The embedded "
        "model has one way of asking only.",
        choices=("ours", "published"),
    )

    def __post_init__(self) -> None:
        for f in fields(self):
            check(f.name, getattr(self, f.name), str(f.type), f.metadata)
        if self.escalate and self.verify == "none":
            raise ValueError("escalate needs a verifier: set verify to system1 or all")

    def with_(self, changes: Mapping[str, Any]) -> Options:
        """A copy with some switches changed. Raises ValueError for a name that is no switch."""
        unknown = set(changes) - {f.name for f in fields(self)}
        if unknown:
            known = ", ".join(f.name for f in fields(self))
            raise ValueError(f"no such option: {', '.join(sorted(unknown))}; there are {known}")
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


def check(name: str, value: Any, kind: str, meta: Mapping[str, Any]) -> None:
    """Raises ValueError unless the value has the switch's type and lies within its bounds."""
    if "choices" in meta and value not in meta["choices"]:
        raise ValueError(f"{name} must be one of {', '.join(meta['choices'])}, not {value!r}")
    if kind == "bool" and not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, not {value!r}")
    if "low" not in meta or (value is None and kind.endswith("None")):
        return
    types = int if kind.startswith("int") else (int, float)
    number = isinstance(value, types) and not isinstance(value, bool)
    if not number or not meta["low"] <= value <= meta["high"]:
        what = "a whole number" if types is int else "a number"
        raise ValueError(
            f"{name} must be {what} between {meta['low']} and {meta['high']}, not {value!r}"
        )


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of switches and what it stands for."""

    name: str
    label: str
    help: str
    options: Options


PRESETS: Mapping[str, Preset] = {
    p.name: p
    for p in (
        Preset(
            "scale",
            "SCALE",
            "Our default: dynamic calibrated ratings, a verifier behind "
            "System 1, escalation, independent steps at once.",
            Options(),
        ),
        Preset(
            "faithful",
            "SCALE as published",
            "Eight outlines, the model picks one, the last "
            "step is the question with difficulty 0.9, static raw scores, tau 0.2, one sample "
            "a step, in order.",
            Options(
                outlines=8,
                choice="model",
                dedupe=False,
                replace_last=True,
                force_last=0.9,
                rating="static",
                expected_rating=False,
                calibrated=False,
                tau=0.2,
                parallel=False,
                escalate=False,
                verify="none",
                prompts="published",
            ),
        ),
        Preset(
            "system1",
            "All System 1",
            "Every step answered at once.",
            Options(assign="system1", escalate=False, verify="none"),
        ),
        Preset(
            "system2",
            "All System 2",
            "Every step worked out.",
            Options(assign="system2", escalate=False, verify="none"),
        ),
        Preset(
            "last",
            "Last step only",
            "System 2 for the last step, System 1 before it.",
            Options(assign="last", escalate=False, verify="none"),
        ),
        Preset(
            "cot",
            "Chain of thought",
            "The whole problem step by step, without a plan.",
            Options(strategy="chain", escalate=False, verify="none"),
        ),
        Preset(
            "self-consistency",
            "Self-consistency",
            "Eight chains of thought; the majority answer counts.",
            Options(strategy="chain", samples=8, escalate=False, verify="none"),
        ),
    )
}


def options_for(preset: str, changes: Mapping[str, Any] | None = None) -> Options:
    """The switches of a preset with some of them changed. Raises ValueError."""
    if preset not in PRESETS:
        raise ValueError(f"no such preset: {preset}; there are {', '.join(PRESETS)}")
    return PRESETS[preset].options.with_(changes or {})

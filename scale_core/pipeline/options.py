"""Every switch of the SCALE pipeline, with its explanation, its bounds and the named presets.

Knows names, defaults and what is valid. Does not know what a switch does to a run. Flags, the
page's controls, the JSON schema and the checks are all made from these tables (`fields_of`).
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Self

import pydantic
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

Kind = Literal["bool", "int", "float", "choice"]
TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def switch(default: Any, help: str, *, low: float | None = None, high: float | None = None) -> Any:
    """A switch that explains itself; a number lies within its bounds."""
    return pydantic.Field(default, description=help, ge=low, le=high)


class Switches(BaseModel):
    """A frozen table of switches. Raises ValueError, in words for people, for a name that is no
    switch and for a value out of bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ValueError(_in_words(type(self), error)) from None

    def with_(self, changes: Mapping[str, Any]) -> Self:
        """A copy with some switches changed."""
        return type(self)(**{**self.as_dict(), **changes})

    def as_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def settled(self, usual: Mapping[str, Any]) -> Self:
        """A copy in which switches that are none have the value that is usual for the model."""
        open = {name: value for name, value in usual.items() if getattr(self, name) is None}
        return self.with_(open) if open else self


@dataclass(frozen=True, slots=True)
class Field:
    """One switch of a table, for whoever makes a flag or a control of it. `optional`: None is a
    value. `choices`: of a choice, else empty; `low`, `high`: of a number."""

    name: str
    help: str
    kind: Kind
    default: Any
    optional: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@cache
def fields_of(table: type[Switches]) -> tuple[Field, ...]:
    """A table's switches, in order."""
    hints = typing.get_type_hints(table)
    return tuple(_field(n, hints[n], info) for n, info in table.model_fields.items())


def _field(name: str, hint: Any, info: Any) -> Field:
    optional = typing.get_origin(hint) in (typing.Union, types.UnionType)
    if optional:
        (hint,) = (a for a in typing.get_args(hint) if a is not type(None))
    choices = typing.get_args(hint) if typing.get_origin(hint) is Literal else ()
    bounds = {
        k: v for m in info.metadata for k in ("ge", "le") if (v := getattr(m, k, None)) is not None
    }
    kind: Kind = "choice" if choices else hint.__name__
    return Field(
        name, info.description or "", kind, info.default, optional, choices,
        bounds.get("ge"), bounds.get("le"),
    )  # fmt: skip


def from_text(field: Field, text: str) -> Any:
    """A switch's value from how `as_text` writes it. Raises ValueError, in words for people, also
    for one that is out of bounds."""
    word = text.strip()
    if field.optional and word.lower() == "none":
        return None
    value: Any = None
    match field.kind:
        case "bool":
            value = {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}.get(word.lower())
        case "choice":
            value = word if word in field.choices else None
        case _:
            value = _number(field, word)
    if value is None:
        raise ValueError(_expected(field, text))
    return value


def _number(field: Field, word: str) -> float | None:
    """A number within the switch's bounds, else None."""
    try:
        found = int(word) if field.kind == "int" else float(word)
    except ValueError:
        return None
    low = -math.inf if field.low is None else field.low
    return found if low <= found <= (math.inf if field.high is None else field.high) else None


def as_text(value: object) -> str:
    """A switch's value as flags and addresses write it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return str(value)


def _in_words(table: type[Switches], error: ValidationError) -> str:
    """Every name that is no switch, else the first thing that is wrong."""
    errors, known = error.errors(), {f.name: f for f in fields_of(table)}
    if unknown := sorted(str(e["loc"][0]) for e in errors if e["type"] == "extra_forbidden"):
        what = table.__name__.lower().rstrip("s")
        return f"no such {what}: {', '.join(unknown)}; there are {', '.join(known)}"
    first = errors[0]
    if not first["loc"]:
        return str(first["msg"]).removeprefix("Value error, ")
    name, value = str(first["loc"][0]), first["input"]
    return _expected(known[name], value)


def _expected(field: Field, value: Any) -> str:
    match field.kind:
        case "choice":
            return f"{field.name} must be one of {', '.join(field.choices)}, not {value!r}"
        case "bool":
            return f"{field.name} must be true or false, not {value!r}"
    what = "a whole number" if field.kind == "int" else "a number"
    return f"{field.name} must be {what} between {field.low} and {field.high}, not {value!r}"


class Options(Switches):
    """Switches of one run's pipeline."""

    strategy: Literal["scale", "chain"] = switch(
        "scale",
        "scale: the four stages; chain: the whole problem at once, without a plan.",
    )
    outlines: int | None = switch(
        None,
        "How many candidate outlines are sampled (SCALE as published: 8); none: what suits the "
        "model, 4 for the embedded one, 1 for chat models, which read and write slowly.",
        low=1,
        high=32,
    )
    choice: Literal["surest", "vote", "model", "first"] | None = switch(
        None,
        "How one outline is picked: surest = the one most likely right, by how many say the same, "
        "the model's probability and the problem's numbers (a vote where that was never measured "
        "for the model), vote = the most frequent one, the model breaking ties, model = the model "
        "compares them (as published), first = the first valid one; none: what suits the model, "
        "surest for the embedded one, vote for chat models.",
    )
    dedupe: bool = switch(True, "Treat identical outlines as one before the choice.")
    merge: bool | None = switch(
        None,
        "Leave sub-problems whose drafted result is rated above tau to the last one, which is "
        "then solved in one piece: small models solve them worse alone. Only where ratings decide "
        "the modes. None: what suits the model, true for chat models.",
    )
    replace_last: bool = switch(
        False, "Replace the last step's text by the question itself (as published)."
    )
    force_last: float | None = switch(
        None,
        "Difficulty forced on the last step (as published: 0.9); none: the model's rating.",
        low=0.0,
        high=1.0,
    )
    rating: Literal["static", "dynamic", "late", "attempt"] | None = switch(
        None,
        "static: all steps are rated before any is solved (as published); dynamic: each step "
        "is rated again just before it runs, with earlier results filled in; late: only then; "
        "attempt: nobody is asked, System 1 answers and how unsure it was is the rating; none: "
        "what suits the model, late for the embedded one, attempt for chat models.",
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
        "Threshold: a step rated above it thinks slowly (as published: 0.2); none: the value "
        "fitted for this model, else 0.2, or 0.5 where an attempt is the rating.",
        low=-1.0,
        high=1.0,
    )
    assign: Literal["threshold", "system1", "system2", "last"] = switch(
        "threshold",
        "threshold: by difficulty and tau; system1 / system2: the same mode for all; last: "
        "System 2 for the last step only.",
    )
    parallel: bool = switch(True, "Run independent sub-problems at the same time.")
    escalate: bool = switch(
        True,
        "Check System 1's results and solve again in System 2 what the verifier doubts.",
    )
    verify: Literal["none", "system1", "auto", "all"] = switch(
        "auto",
        "Which results are checked: none, those of System 1, all, or auto = System 1's, unless "
        "their rating was a look at them already, and System 2's too where checking is free.",
    )
    checker: Literal["confidence", "model"] = switch(
        "confidence",
        "What judges a result: confidence = the probability that the model gave to its own "
        "reply (free), model = it is asked to verify, or a process reward model where there "
        "is one.",
    )
    trust: float | None = switch(
        None,
        "Where checks cost tokens: System 1 results of steps rated at or below this are not "
        "checked; none: the value fitted for this model.",
        low=-1.0,
        high=1.0,
    )
    accept: float = switch(
        0.9,
        "Least probability of being right at which a result is accepted.",
        low=0.0,
        high=1.0,
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
    outline_temperature: float | None = switch(
        None,
        "Sampling temperature of outlines; none: 0 for the first and only one, which is then the "
        "likeliest, else 0.6.",
        low=0.0,
        high=2.0,
    )
    top_p: float = switch(1.0, "Nucleus mass of every sample.", low=0.01, high=1.0)
    system2_max_tokens: int | None = switch(
        None, "Token limit of a System 2 reply; none: the model's own.", low=1, high=131072
    )
    thinking_budget: int | None = switch(
        None,
        "Most thinking tokens of one System 2 reply, where the engine can cut a thought; "
        "none: all of the reply's limit but what the answer needs.",
        low=1,
        high=131072,
    )
    prompts: Literal["concise", "ours", "published"] = switch(
        "concise",
        "How a chat model is asked: concise = in few words; ours = in detail, with JSON plans, as "
        "in former releases; published = after SCALE's own prompts. The embedded model has one way "
        "of asking only.",
    )

    @model_validator(mode="after")
    def _a_verifier_behind_escalation(self) -> Self:
        if self.escalate and self.verify == "none":
            raise ValueError("escalate needs a verifier: set verify to system1 or all")
        return self


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
            "Our default: calibrated ratings just before each step, a verifier behind "
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

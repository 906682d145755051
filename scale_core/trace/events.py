"""Every event that a run can emit. A run is the list of its events and nothing else.

Knows the events' fields and how they become JSON and come back. Does not know who emits them or
how they are shown. The format carries a version; readers accept every version up to theirs.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

from scale_core.problem import Draft, Mode, SubProblem
from scale_core.trace.usage import Usage

VERSION = 3
"""1: runs of one strategy. 2: budgets, candidates, allocations and lanes of a duel. 3: how sure a
run is that it understood; results that came with the outline."""

PLAN_NODE = "plan"
"""Node that the tokens of planning are charged to."""
WHOLE_NODE = "whole"
"""Node of strategies that treat the problem as one piece (chain-of-thought)."""

T = TypeVar("T")

Stage = Literal[
    "outline", "choose", "rate", "system1", "system2", "extract", "verify", "chain", "judge",
    "embed",
]  # fmt: skip
"""What tokens were spent on. `chain`: a whole problem without a plan. `extract`: the model reads
the result out of a reply that could not be read. `judge`: a process reward model. `embed`:
embeddings."""

STAGES: tuple[Stage, ...] = get_args(Stage)

SOLVING: tuple[Stage, ...] = ("system1", "system2", "chain")
"""Stages whose samples are rollouts: they try to solve something."""

Finish = Literal["stop", "length", "repetition", "abort"]
"""How a sample ended: by itself or at a stop text; at its token limit; because it went in circles
(`engines/repetition`); because it was stopped."""

Phase = Literal["decompose", "assess", "assign", "execute"]
PHASES: tuple[Phase, ...] = get_args(Phase)

Status = Literal["solved", "unsolved", "stopped", "failed", "refused"]
Unit = Literal["rollouts", "tokens"]
Verdict = Literal["equal", "different", "could not tell"]


@dataclass(frozen=True, slots=True)
class Token:
    """One generated token. `logprob` and the alternatives' are natural logs of the model's own
    distribution at temperature 1 (before temperature and top-p), None where not asked for."""

    text: str
    logprob: float | None = None
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion, as it came from the engine. `completion_tokens` counts what was generated,
    the end token included. `stopped_by`: the stop text that ended it, None if the model ended it
    itself. `thinking`: the thought before the reply, which `text` does not contain.
    `thought_cut`: the thought was ended at the thinking budget, not by the model."""

    index: int
    text: str
    finish: Finish
    completion_tokens: int | None
    thinking: str | None = None
    tokens: tuple[Token, ...] = ()
    stopped_by: str | None = None
    thought_cut: bool = False

    @property
    def cut(self) -> bool:
        """Whether it would have gone on: it reached its token limit or went in circles."""
        return self.finish in ("length", "repetition")

    @property
    def probability(self) -> float | None:
        """The model's probability of the whole text at temperature 1: the product over its tokens;
        None where the engine does not tell. On the embedded model this is, as it is, the chance
        that the result is right (assets/abacus/table.md); on others it orders results, no more."""
        logs = [t.logprob for t in self.tokens]
        found = [x for x in logs if x is not None]
        return math.exp(sum(found)) if logs and len(found) == len(logs) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Common to all events: `t`, seconds since the run started."""

    kind: ClassVar[str] = ""
    t: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    kind: ClassVar[str] = "run_started"
    run: str
    problem: str
    expected: str | None
    strategy: str
    seed: int
    options: Mapping[str, Any]
    engine: Mapping[str, Any]
    version: int = VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Event):
    """Where the run is: `done` of `total` things of a phase, and a line for people."""

    kind: ClassVar[str] = "progress"
    phase: Phase
    done: int
    total: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled(Event):
    """One engine request: exactly what was asked, what came back and what it cost.

    `attempt` 0 is the first try; a retry has a new seed and counts as retried tokens. `first`:
    index of the first sample asked for. `thinking`: the thinking switch, None where there is none.
    `thinking_budget`: most tokens of a thought.
    """

    kind: ClassVar[str] = "sampled"
    node: str
    stage: Stage
    prompt: str
    seed: int
    temperature: float
    top_p: float
    max_tokens: int
    n: int
    samples: tuple[Sample, ...]
    usage: Usage
    seconds: float
    attempt: int = 0
    first: int = 0
    thinking: bool | None = None
    thinking_budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Event):
    """Numbers that a second model gave for texts: `judge`, a score for each step of each text in
    `items`; `embed`, a vector each. `key`: what identifies an item in the bank."""

    kind: ClassVar[str] = "measured"
    node: str
    stage: Stage
    items: tuple[tuple[tuple[str, ...], tuple[float, ...]], ...]
    usage: Usage
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineRead(Event):
    """Candidate outline `index`: `duplicate_of` an earlier one, or why it was refused."""

    kind: ClassVar[str] = "outline_read"
    node: str = PLAN_NODE
    index: int
    text: str
    valid: bool
    duplicate_of: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Event):
    """The plan is settled. `how`: the model chose it, it won the vote, it was the only one..."""

    kind: ClassVar[str] = "planned"
    node: str = PLAN_NODE
    steps: tuple[SubProblem, ...]
    outline: str
    how: str
    givens: tuple[tuple[str, str], ...] = ()
    drafts: tuple[Draft, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood(Event):
    """How sure a run is that its plan says what the problem asks. sure: the estimated probability;
    least: below it the run is not sure. against: what speaks against the plan, in words. plans:
    the outlines that competed, one for each meaning, with how many samples meant it."""

    kind: ClassVar[str] = "understood"
    node: str = PLAN_NODE
    sure: float
    least: float
    against: tuple[str, ...] = ()
    plans: tuple[tuple[str, int], ...] = ()

    @property
    def unsure(self) -> bool:
        return self.sure < self.least


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(Event):
    """Difficulty of a sub-problem in [0, 1]: `raw` as the model gave it, `calibrated` = the
    probability that System 1 gets it wrong. `provisional`: rated before the results it depends
    on were known. `forced`: not the model's rating (faithful mode's last step). `how`: asked = the
    model said a number, attempt = how unsure System 1's own answer was, draft = the same of a
    result that came with the outline."""

    kind: ClassVar[str] = "rated"
    node: str
    raw: float | None
    calibrated: float | None
    used: float
    provisional: bool = False
    forced: bool = False
    how: str = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Event):
    kind: ClassVar[str] = "assigned"
    node: str
    mode: Mode
    reason: str
    provisional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted(Event):
    """`text` is the sub-problem with earlier results filled in; `received` what was passed on:
    (id of the earlier sub-problem, its result)."""

    kind: ClassVar[str] = "step_started"
    node: str
    mode: Mode
    text: str
    received: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified(Event):
    """The probability that `result` (sample `index` of `mode`) is right. `how`: confidence = what
    the model gave to its own reply, model = it was asked, prm = a process reward model,
    agreement = the share of fresh samples with the same result."""

    kind: ClassVar[str] = "verified"
    node: str
    mode: Mode
    result: str
    probability: float | None
    accepted: bool
    index: int = 0
    how: str = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(Event):
    kind: ClassVar[str] = "escalated"
    node: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried(Event):
    kind: ClassVar[str] = "retried"
    node: str
    stage: Stage
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback(Event):
    """A rung of the fallback ladder was taken: never silent."""

    kind: ClassVar[str] = "fallback"
    node: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted(Event):
    """What the lane may spend: `limit` rollouts or tokens over a plan of `steps` sub-problems
    (0: it has no plan). `note`: why this lane's budget is not comparable with the others'."""

    kind: ClassVar[str] = "budgeted"
    limit: int
    unit: Unit
    steps: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What a rule gave one candidate, arm or sub-problem, and every number behind it.

    id: a candidate (`Proposed.id`), or a sub-problem's id where those are the arms. count: what it
    was given, in the round's unit. uniform: what an equal split would have given. factors: (name,
    value) in the order in which the rule uses them, None where one is unknown. state: active,
    solved, capped, blocked, unaffordable, pruned. group: the direction's name, None if it has none.
    """

    id: str
    count: int
    uniform: float
    factors: tuple[tuple[str, float | None], ...] = ()
    state: str = "active"
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocated(Event):
    """Round `round` of a lane: `rule` split `budget` over `shares`, whose counts are `unit`.
    `node`: the sub-problem that they go to, `plan` where they go to several. `effective`: effective
    number of directions (sum of gamma), None for rules without directions."""

    kind: ClassVar[str] = "allocated"
    node: str
    round: int
    rule: str
    budget: int
    shares: tuple[Share, ...]
    effective: float | None = None
    note: str = ""
    unit: Unit = "rollouts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed(Event):
    """A search reached candidate `id` at depth `depth` (from 1) by extending `parent` (None: the
    root). `sample`: which sample of the request it was. `score`: its own verifier score;
    `total`: aggregated over its path. `ended`: whether and how the path is over: "", "done",
    "length", "repetition", "unreadable". `same_as`: an earlier candidate of this depth with the
    same text."""

    kind: ClassVar[str] = "proposed"
    node: str
    id: str
    depth: int
    parent: str | None
    sample: int
    result: str | None
    score: float | None
    total: float | None
    tokens: int | None = None
    ended: str = ""
    same_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSolved(Event):
    """`doubted`: no sample convinced the verifier and the likeliest stands."""

    kind: ClassVar[str] = "step_solved"
    node: str
    mode: Mode
    result: str
    votes: tuple[tuple[str, int], ...] = ()
    doubted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed(Event):
    kind: ClassVar[str] = "step_failed"
    node: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Event):
    kind: ClassVar[str] = "answered"
    answer: str
    node: str
    votes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded(Event):
    kind: ClassVar[str] = "graded"
    expected: str
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    kind: ClassVar[str] = "run_ended"
    status: Status
    message: str = ""


EVENTS: Mapping[str, type[Event]] = {
    cls.kind: cls
    for cls in (
        RunStarted, Progress, Sampled, Measured, OutlineRead, Planned, Understood, Rated, Assigned,
        StepStarted, Verified, Escalated, Retried, Fallback, Budgeted, Allocated, Proposed,
        StepSolved, StepFailed, Answered, Graded, RunEnded,
    )
}  # fmt: skip


def to_json(event: Event) -> dict[str, Any]:
    """A JSON-ready dict whose first key is `kind`."""
    return {"kind": event.kind, **dataclasses.asdict(event, dict_factory=plain)}


def plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dataclass's fields for JSON; a mark is left out where there is nothing to mark."""
    return {name: value for name, value in pairs if value or name != "reckoned"}


Reader = Callable[[Any], Any]


@cache
def _reader(hint: Any) -> Reader:
    """What turns JSON-ready data into a value of this type; None stays None."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _reader(next(a for a in args if a is not type(None)))
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        item = _reader(args[0])
        return lambda value: None if value is None else tuple([item(v) for v in value])
    if origin is tuple:
        readers = [_reader(a) for a in args]
        return lambda value: (
            None if value is None else tuple(r(v) for r, v in zip(readers, value, strict=True))
        )
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return lambda value: None if value is None else _dataclass(hint, value)
    return (lambda value: None if value is None else Mode(value)) if hint is Mode else _same


def _same(value: Any) -> Any:
    return value


@cache
def _fields(cls: Any) -> Mapping[str, Reader]:
    hints = typing.get_type_hints(cls)
    return {f.name: _reader(hints[f.name]) for f in dataclasses.fields(cls)}


@cache
def _needed(cls: Any) -> tuple[str, ...]:
    """The fields without a value of their own."""
    none = dataclasses.MISSING
    own = (f for f in dataclasses.fields(cls) if f.default is none and f.default_factory is none)
    return tuple(f.name for f in own)


def _dataclass(cls: Any, data: Mapping[str, Any]) -> Any:
    known = _fields(cls)
    if lacking := [name for name in _needed(cls) if name not in data]:
        raise TypeError(f"it lacks {', '.join(lacking)}")
    return cls(**{k: known[k](v) for k, v in data.items() if k in known})


def build(cls: type[T], data: Mapping[str, Any]) -> T:
    """A value of a frozen dataclass from JSON-ready data. Raises ValueError where it cannot be."""
    try:
        return typing.cast(T, _dataclass(cls, data))
    except (TypeError, AttributeError) as error:
        raise ValueError(f"not a {cls.__name__}: {error}") from None


def from_json(data: Mapping[str, Any]) -> Event:
    """The inverse of `to_json`. Fields of newer releases are ignored.

    Raises ValueError for an unknown kind or a version newer than this release reads.
    """
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in EVENTS:
        raise ValueError(f"unknown event kind {kind!r}")
    if kind == RunStarted.kind and int(data.get("version", 1)) > VERSION:
        raise ValueError(f"this run has format {data['version']}, this release reads {VERSION}")
    if kind == Allocated.kind and "unit" not in data and data.get("note") == "counts are tokens":
        data = {**data, "unit": "tokens", "note": ""}  # how files older than the field said it
    return build(EVENTS[kind], {"version": 1, **data})

"""The dialect protocol: how a kind of model is asked in each role and how its replies are read.

Knows prompts and parsed replies as values. Does no I/O; stages combine a dialect with an engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from scale_core.dialects.expression import Formula
from scale_core.engines.base import Message, Sample
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace.events import Stage, Token

Prompt = str | tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look at a problem's text says, before any token is spent.

    verdict: "inside" the model's language, "doubtful" (try anyway), or surely "outside".
    canonical: the text as the model will see it. formula: how a formal problem was understood, for
    the preview, None where there is nothing to show. message: what to tell the person.
    """

    verdict: Literal["inside", "doubtful", "outside"]
    canonical: str
    formula: Formula | None = None
    message: str = ""

    @property
    def reading(self) -> str | None:
        """The formula as people write it."""
        return None if self.formula is None else str(self.formula)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where the numbers of a plan are not those of its problem, each as text.

    never: numbers of the problem that the plan does not use. twice: those that it uses more often
    than they are stated. unstated: numbers of the plan that the problem neither states nor implies.
    uneven: its steps that, in a problem told in words, take more from a stated number than there
    is, divide one with a remainder, or by a larger one. unheard: words of the problem that stand
    for a number which the plan does not use (half, dozen, a year of months).
    """

    never: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    unstated: tuple[str, ...] = ()
    uneven: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Token limits of a dialect's replies, by role."""

    outline: int
    choose: int
    rate: int
    system1: int
    system2: int
    verify: int
    chain: int
    extract: int = 256


@dataclass(frozen=True, slots=True)
class StageParams:
    """Parameters of a stage's requests, beside their prompt.

    thinking: the model's thinking switch, sent both ways; None: the model has none.
    answer_room: tokens of a thinking reply that are kept for what comes after the thought.
    schema: JSON schema (as text) of the reply. stop: texts that end it. top_p: most nucleus mass.
    """

    thinking: bool | None = None
    answer_room: int | None = None
    schema: str | None = None
    stop: tuple[str, ...] = ()
    top_p: float = 1.0

    def budget(self, max_tokens: int) -> int | None:
        """Most thinking tokens of a reply of `max_tokens`, at least half of them; None: no limit
        of its own."""
        if not self.thinking or self.answer_room is None:
            return None
        return max(max_tokens - self.answer_room, max_tokens // 2, 1)


class Dialect(Protocol):
    """All methods are pure. A `read_*` returns None where the reply cannot be read."""

    @property
    def name(self) -> str: ...

    @property
    def limits(self) -> Limits: ...

    @property
    def usual(self) -> Mapping[str, Any]:
        """Values of switches that suit this kind of model, for those that a run leaves open."""
        ...

    def variant(self, prompts: str) -> Dialect:
        """The same dialect with the prompts that the switch of that name asks for; itself where
        there is only one kind."""
        ...

    def stage_params(self, stage: Stage, prompt: Prompt) -> StageParams:
        """How to make the request for a prompt of this dialect."""
        ...

    @property
    def judges_itself(self) -> bool:
        """Whether the probability that the model gave to its own reply says how likely that reply
        is right; if not, results are judged by asking."""
        ...

    def read_problem(self, text: str) -> Reading: ...

    def outline(self, problem: str) -> Prompt: ...

    def read_outline(self, sample: Sample) -> Plan | str:
        """The plan, or in words why the reply is none."""
        ...

    def meaning(self, plan: Plan) -> str:
        """Equal for plans that say the same in another order or with other names, as far as their
        text tells."""
        ...

    def told(self, problem: str) -> int:
        """Words of a problem that is told in words; 0 for one in mathematical notation."""
        ...

    def mismatch(self, problem: str, plan: Plan) -> Mismatch:
        """Where a plan's numbers are not the problem's; nowhere if a plan need not name them."""
        ...

    def single_step(self, problem: str) -> Plan:
        """The last rung of the fallback ladder: the problem itself as the only step."""
        ...

    def question_last(self, plan: Plan, problem: str) -> Plan:
        """The plan with its last step's text replaced by the question (SCALE as published)."""
        ...

    def choose(self, problem: str, plans: Sequence[Plan]) -> Prompt: ...

    def read_choice(self, sample: Sample, count: int) -> int | None: ...

    def rate(
        self, problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str] | None
    ) -> Prompt:
        """Ask for a step's difficulty; `results` None: before anything is solved (static)."""
        ...

    def read_rating(self, sample: Sample, expected: bool = True) -> float | None:
        """Difficulty in [0, 1]; `expected`: the probability-weighted mean where the tokens allow
        it, else the number that was written."""
        ...

    def fill(self, plan: Plan, step: SubProblem, results: Mapping[str, str]) -> str:
        """The step's text with earlier results (by step id) in it, as people see it."""
        ...

    def refuse(self, plan: Plan, step: SubProblem, results: Mapping[str, str]) -> str | None:
        """Why this filled step is beyond the model, None if it is not."""
        ...

    def solve(
        self, problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], mode: Mode
    ) -> Prompt: ...

    def read_result(self, sample: Sample, mode: Mode, asked: str = "") -> str | None:
        """The result a reply states; `asked`: the question, which may ask for several values."""
        ...

    def confidence(self, sample: Sample) -> float | None:
        """How sure the model was of a System 1 reply's result, in [0, 1], by the probabilities of
        its tokens; None where they are not known. It orders replies; it is not calibrated."""
        ...

    def extract(self, problem: str, question: str, reply: str) -> Prompt | None:
        """Ask for the result that is somewhere in a reply that could not be read; None where this
        dialect's replies have one form only."""
        ...

    def read_extracted(self, sample: Sample) -> str | None: ...

    def verify(
        self,
        problem: str,
        plan: Plan,
        step: SubProblem,
        results: Mapping[str, str],
        result: str,
    ) -> Prompt | None:
        """Ask whether `result` is right; None where this dialect cannot check such a step."""
        ...

    def read_verdict(self, sample: Sample) -> float | None:
        """Probability that the checked result is right."""
        ...

    def weighs(self, token: Token) -> bool:
        """Whether a verdict may be read from this token's alternatives; those of all others may be
        dropped from a check's reply."""
        ...

    def chain(self, problem: str) -> Prompt:
        """Ask for the whole problem step by step, without an outline."""
        ...

    def read_answer(self, sample: Sample, asked: str = "") -> str | None:
        """As `read_result`, of a whole problem."""
        ...

    @property
    def delimiter(self) -> str:
        """What ends a step of a chain of thought."""
        ...

    def chain_on(self, problem: str, text: str) -> Prompt:
        """Ask for the rest of a chain of thought that begins with `text` (empty: all of it)."""
        ...

    def claim(
        self, line: str, problem: str = "", before: str = ""
    ) -> tuple[Prompt | None, str | None]:
        """What one step of a chain of thought claims, of which `before` came first: a prompt that
        checks it (None: it cannot be checked) and its intermediate result (None: there is none
        to be read)."""
        ...

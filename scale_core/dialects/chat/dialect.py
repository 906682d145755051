"""The dialect of instruction models: how each role is asked and how its reply is read.

Knows which prompt belongs to which role, which roles think, which set of prompts is used
(concise.py, detailed.py, published.py), and which reader reads which reply (outline.py, results.py,
judgements.py). Does no I/O and no arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

from scale_core.dialects import base
from scale_core.dialects.base import Limits, Mismatch, Reading, StageParams
from scale_core.dialects.chat import concise, detailed, judgements, published
from scale_core.dialects.chat import outline as chat_outline
from scale_core.dialects.chat.calculations import read_calculations
from scale_core.dialects.chat.results import result as reply_result
from scale_core.dialects.chat.texts import MAX_PROBLEM
from scale_core.engines.base import EngineInfo, Message, Sample
from scale_core.engines.think_tags import visible
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace.events import Stage, Token

ANSWER_ROOM = 4096
"""Tokens of a System 2 reply that a thought may not use up."""
NOTHING = ("none", "\\text{none}", "\\none")
"""What an extraction replies if there is no result."""
THINKING_TOP_P, PLAIN_TOP_P = 0.95, 0.8
_THINKS: frozenset[Stage] = frozenset({"system2", "chain"})
_SOFT = re.compile(r"qwen-?3(?![.\d])(?!.{0,100}(?:instruct|coder|next|2507))", re.IGNORECASE)

Prompt = tuple[Message, ...]
Results = Mapping[str, str]


class PromptSet(Protocol):
    """One way of asking, role by role: a module of prompts."""

    NAME: str
    LIMITS: Limits
    USUAL: Mapping[str, Any]
    """The dialect's name with these prompts, token limits of replies, and `Dialect.usual`."""
    SCHEMAS: Mapping[Stage, str]
    STOPS: Mapping[Stage, tuple[str, ...]]
    """JSON schemas of replies, and texts that end them, by the stage that asks."""

    def outline(self, problem: str, /) -> Prompt: ...
    def choose(self, problem: str, plans: Sequence[Plan], /) -> Prompt: ...
    def rate(
        self, problem: str, plan: Plan, step: SubProblem, results: Results | None, /
    ) -> Prompt: ...
    def solve(
        self, problem: str, plan: Plan, step: SubProblem, results: Results, mode: Mode, /
    ) -> Prompt: ...
    def verify(
        self, problem: str, plan: Plan, step: SubProblem, results: Results, result: str, /
    ) -> Prompt: ...
    def extract(self, problem: str, question: str, reply: str, /) -> Prompt: ...
    def chain(self, problem: str, /) -> Prompt: ...
    def check_line(self, problem: str, before: str, line: str, /) -> Prompt: ...


PROMPT_SETS: Mapping[str, PromptSet] = {
    "concise": concise,
    "ours": detailed,
    "published": published,
}
"""By the value of the switch `prompts`."""


@dataclass(frozen=True)
class ChatDialect:
    """Implements `Dialect` for chat models, with or without a thinking mode.

    prompts: the name of a set of prompts. Raises ValueError for one that there is not.
    soft_switch: end each prompt with /think or /no_think, for Qwen3 behind a server that does not
    pass the template's switch on.
    """

    prompts: str = "concise"
    soft_switch: bool = False

    judges_itself = False
    delimiter = "\n\n"

    @property
    def name(self) -> str:
        return self._ask.NAME

    @property
    def usual(self) -> Mapping[str, Any]:
        return self._ask.USUAL

    @cached_property
    def _ask(self) -> PromptSet:
        return PROMPT_SETS[self.prompts]

    @property
    def limits(self) -> Limits:
        return self._ask.LIMITS

    def variant(self, prompts: str) -> ChatDialect:
        return replace(self, prompts=prompts)

    def stage_params(self, stage: Stage, prompt: base.Prompt) -> StageParams:
        """Thinking for System 2 and whole problems, and explicitly none for anything else, nor
        where a reply is continued: its steps are to be seen."""
        continued = not isinstance(prompt, str) and prompt[-1].role == "assistant"
        thinks = stage in _THINKS and not continued
        return StageParams(
            thinking=thinks,
            answer_room=ANSWER_ROOM if thinks else None,
            schema=self._ask.SCHEMAS.get(stage),
            stop=self._ask.STOPS.get(stage, ()),
            top_p=THINKING_TOP_P if thinks else PLAIN_TOP_P,
        )

    def read_problem(self, text: str) -> Reading:
        longest = MAX_PROBLEM
        if not text.strip():
            return Reading("outside", "", message="There is no problem to solve.")
        if len(text) > longest:
            message = f"This is longer than {longest:,} characters. Please shorten it."
            return Reading("outside", text[:longest], message=message)
        return Reading("inside", text.strip())

    # ---- the plan ----

    def outline(self, problem: str) -> Prompt:
        return self._with_switch(self._ask.outline(problem), "outline")

    def read_outline(self, sample: Sample) -> Plan | str:
        if sample.finish == "abort":
            return "the outline was cut off (abort)"
        if self.prompts == "concise":
            plan = read_calculations(sample.text, sample.tokens)
            if isinstance(plan, Plan):
                return plan
        return chat_outline.read_plan(
            sample.text,
            complete=sample.finish == "stop",
            chain=self.prompts == "published",
            least=1 if self.prompts == "concise" else 2,
        )

    def meaning(self, plan: Plan) -> str:
        return plan.text

    def told(self, problem: str) -> int:
        return len(problem.split())

    def mismatch(self, problem: str, plan: Plan) -> Mismatch:
        """None: a sub-problem in words need not repeat its numbers."""
        return Mismatch()

    def single_step(self, problem: str) -> Plan:
        return Plan((SubProblem("1", "#1", problem),), problem)

    def question_last(self, plan: Plan, problem: str) -> Plan:
        last = plan.last
        question = SubProblem(last.id, last.name, problem, tuple(s.id for s in plan.steps[:-1]))
        return Plan((*plan.steps[:-1], question), plan.text, plan.givens)

    def choose(self, problem: str, plans: Sequence[Plan]) -> Prompt:
        return self._with_switch(self._ask.choose(problem, plans), "choose")

    def read_choice(self, sample: Sample, count: int) -> int | None:
        return judgements.choice(visible(sample.text), count)

    # ---- ratings ----

    def rate(
        self, problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str] | None
    ) -> Prompt:
        return self._with_switch(self._ask.rate(problem, plan, step, results), "rate")

    def read_rating(self, sample: Sample, expected: bool = True) -> float | None:
        return judgements.rating(
            sample, judgements.SHARE if self.prompts == "published" else judgements.DIGIT, expected
        )

    # ---- steps ----

    def fill(self, plan: Plan, step: SubProblem, results: Mapping[str, str]) -> str:
        """The step's text, each #k followed by the result that it stands for."""

        def value(mention: re.Match[str]) -> str:
            result = results.get(mention[1], "")
            return f"{mention[0]} (= {result})" if 0 < len(result) <= 60 else mention[0]

        return re.sub(r"#(\d{1,2})(?!\d)", value, step.text)

    def refuse(self, plan: Plan, step: SubProblem, results: Mapping[str, str]) -> str | None:
        return None

    def solve(
        self, problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], mode: Mode
    ) -> Prompt:
        prompt = self._ask.solve(problem, plan, step, results, mode)
        return self._with_switch(prompt, mode.value)

    def read_result(self, sample: Sample, mode: Mode, asked: str = "") -> str | None:
        """The result a reply states. A System 2 reply that was cut may be all thought, although
        nothing marks it as one: it has a result only if its thought was told apart."""
        unmarked = mode is Mode.SYSTEM2 and sample.thinking is None
        if sample.finish == "abort" or (sample.cut and unmarked):
            return None
        return reply_result(visible(sample.text), sample.cut, asked)

    def confidence(self, sample: Sample) -> float | None:
        """The probability of the tokens of the whole reply: a wrong turn before the box counts as
        much as a wrong digit in it."""
        return sample.probability

    def extract(self, problem: str, question: str, reply: str) -> Prompt | None:
        return self._with_switch(self._ask.extract(problem, question, reply), "extract")

    def read_extracted(self, sample: Sample) -> str | None:
        found = reply_result(visible(sample.text)) if sample.finish == "stop" else None
        return None if found is not None and found.lower() in NOTHING else found

    def verify(
        self, problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], result: str
    ) -> Prompt:
        prompt = self._ask.verify(problem, plan, step, results, result)
        return self._with_switch(prompt, "verify")

    def read_verdict(self, sample: Sample) -> float | None:
        return judgements.verdict(sample) if sample.finish == "stop" else None

    def weighs(self, token: Token) -> bool:
        return judgements.weighs(token)

    # ---- the problem in one piece ----

    def chain(self, problem: str) -> Prompt:
        return self._with_switch(self._ask.chain(problem), "chain")

    def read_answer(self, sample: Sample, asked: str = "") -> str | None:
        return self.read_result(sample, Mode.SYSTEM2, asked)

    def chain_on(self, problem: str, text: str) -> Prompt:
        """The reply that begins with `text` is to be continued: its last message is the model's."""
        # no thought: the steps are the text
        words = self._with_switch(self._ask.chain(problem), "verify")
        return (*words, Message("assistant", text))

    def claim(
        self, line: str, problem: str = "", before: str = ""
    ) -> tuple[Prompt | None, str | None]:
        prompt = self._ask.check_line(problem, before, line) if problem else None
        if prompt is not None:
            prompt = self._with_switch(prompt, "verify")
        return prompt, reply_result(line)

    def _with_switch(self, prompt: Prompt, stage: Stage) -> Prompt:
        if not self.soft_switch:
            return prompt
        word = "/think" if stage in _THINKS else "/no_think"
        return (*prompt[:-1], replace(prompt[-1], content=f"{prompt[-1].content} {word}"))


def chat_dialect(info: EngineInfo) -> ChatDialect:
    """The dialect for an engine's chat model: Qwen3's switch in the prompt where the engine has
    none of its own."""
    return ChatDialect(soft_switch=not info.thinking_switch and bool(_SOFT.search(info.model)))

"""The embedded model's dialect: how each role is asked and how its reply is read.

Knows prompt forms and reply grammars. Does no I/O and no arithmetic: a result is whatever the
model wrote after its last `=`. The context of a step is rendered by filling earlier results into
its text; only a last step that is the question itself sees the whole problem.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scale_core.dialects.abacus.canonical import is_formal
from scale_core.dialects.abacus.numbers import mismatch
from scale_core.dialects.abacus.outline import (
    Line,
    Operation,
    in_range,
    parse_line,
    parse_operation,
    parse_outline,
    render_outline,
)
from scale_core.dialects.abacus.reading import read_problem
from scale_core.dialects.base import Limits, Mismatch, Prompt, Reading, StageParams
from scale_core.engines.base import Sample
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace.events import Stage, Token

ROLES = ("outline", "rate", "s1", "s2", "verify", "choose", "cot", "last1", "last2")
GO, END, PAD = "<|go|>", "<|end|>", "<|pad|>"
SPECIAL = (PAD, END, GO, *(f"<|{role}|>" for role in ROLES))
LEVELS = "0123456789"
_LEVELS = frozenset(LEVELS)
YES, NO = "y", "n"
_RESULT = re.compile(r"-?\d{1,9}")


def prompt(role: str, body: str) -> str:
    """The prompt of a role: `<|role|>body<|go|>`."""
    return f"<|{role}|>{body}{GO}"


def choose_body(problem: str, outlines: Sequence[str]) -> str:
    return problem + "".join(f"\n{chr(65 + i)}:{text}" for i, text in enumerate(outlines))


def last_body(problem: str, done: Sequence[tuple[str, str]]) -> str:
    """The whole problem with the earlier (operation, result) pairs, for a last step whose text
    is the question itself."""
    return problem + "".join(f"\n{operation}={result}" for operation, result in done)


def plan_of(lines: Sequence[Line]) -> Plan:
    """The plan an outline states: operations become sub-problems, given numbers stay givens."""
    ids: dict[str, str] = {}
    steps: list[SubProblem] = []
    givens: list[tuple[str, str]] = []
    for line in lines:
        if isinstance(line.what, int):
            givens.append((line.name, str(line.what)))
            continue
        ids[line.name] = str(len(steps) + 1)
        needs = tuple(ids[name] for name in line.what.references if name in ids)
        steps.append(SubProblem(ids[line.name], line.name, str(line.what), needs))
    return Plan(tuple(steps), render_outline(lines), tuple(givens))


def _operation(plan: Plan, step: SubProblem, results: Mapping[str, str]) -> Operation | None:
    """The step's operation with givens and known results filled in; None if it is not one."""
    line = parse_line(f"{step.name}={step.text}")
    if line is None or isinstance(line.what, int):
        return None
    values = {name: int(value) for name, value in plan.givens}
    for earlier in plan.steps:
        value = results.get(earlier.id, "")
        if _RESULT.fullmatch(value):
            values[earlier.name] = int(value)
    return line.what.fill(values)


def _meaning(step: SubProblem, known: Mapping[str, str]) -> str:
    """A step's operation with what its names mean in it; the order of a sum is none."""
    operation = parse_operation(step.text)
    if operation is None:
        return step.text
    parts = [known.get(str(o), str(o)) for o in operation.operands]
    if operation.op in ("+", "*", "gcd"):
        parts.sort()
    return f"{operation.op}({','.join(parts)})"


def _expected_level(sample: Sample) -> float | None:
    """Mean of the rating's digit under the token's probabilities, mapped to [0, 1]."""
    token = sample.tokens[0]
    seen = (*token.alternatives, (token.text, token.logprob))
    odds = {t: lp for t, lp in seen if t in _LEVELS and lp is not None}
    mass = sum(math.exp(lp) for lp in odds.values())
    if mass <= 0:
        return None
    return sum(int(t) / 9 * math.exp(lp) for t, lp in odds.items()) / mass


@dataclass(frozen=True)
class AbacusDialect:
    """Implements `Dialect` for the embedded model. All are equal."""

    name = "abacus"
    judges_itself = True
    limits = Limits(outline=120, choose=4, rate=3, system1=14, system2=300, verify=100, chain=400)

    @property
    def usual(self) -> Mapping[str, Any]:
        return {"outlines": 4, "choice": "surest", "rating": "late", "merge": False}

    def variant(self, prompts: str) -> AbacusDialect:
        return self

    def stage_params(self, stage: Stage, prompt: Prompt) -> StageParams:
        return StageParams()

    def read_problem(self, text: str) -> Reading:
        return read_problem(text)

    def outline(self, problem: str) -> str:
        return prompt("outline", problem)

    def read_outline(self, sample: Sample) -> Plan | str:
        if sample.finish != "stop":
            return f"the outline was cut off ({sample.finish})"
        lines = parse_outline(sample.text)
        return "this is no well-formed outline" if lines is None else plan_of(lines)

    def meaning(self, plan: Plan) -> str:
        known = dict(plan.givens)
        for step in plan.steps:
            known[step.name] = _meaning(step, known)
        return known[plan.last.name]

    def told(self, problem: str) -> int:
        return 0 if is_formal(problem) else len(problem.split())

    def mismatch(self, problem: str, plan: Plan) -> Mismatch:
        return mismatch(problem, plan)

    def single_step(self, problem: str) -> Plan:
        return Plan((SubProblem("1", "#1", problem),), problem)

    def question_last(self, plan: Plan, problem: str) -> Plan:
        last = plan.last
        question = SubProblem(last.id, last.name, problem, tuple(s.id for s in plan.steps[:-1]))
        return Plan((*plan.steps[:-1], question), plan.text, plan.givens)

    def choose(self, problem: str, plans: Sequence[Plan]) -> str:
        return prompt("choose", choose_body(problem, [plan.text for plan in plans]))

    def read_choice(self, sample: Sample, count: int) -> int | None:
        index = ord(sample.text[0]) - 65 if len(sample.text) == 1 else -1
        return index if 0 <= index < count else None

    def rate(
        self, problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str] | None
    ) -> str:
        operation = _operation(plan, step, results or {})
        if results is not None and operation is not None and not operation.references:
            return prompt("rate", str(operation))
        if operation is None:
            return prompt("rate", self.fill(plan, step, results or {}))
        until = plan.steps[: plan.steps.index(step) + 1]
        known = [f"{name}={value}" for name, value in plan.givens]
        return prompt("rate", ";".join([*known, *(f"{s.name}={s.text}" for s in until)]))

    def read_rating(self, sample: Sample, expected: bool = True) -> float | None:
        if expected and sample.tokens and sample.tokens[0].logprob is not None:
            return _expected_level(sample)
        return int(sample.text) / 9 if sample.text in _LEVELS else None

    def fill(self, plan: Plan, step: SubProblem, results: Mapping[str, str]) -> str:
        operation = _operation(plan, step, results)
        return step.text if operation is None else str(operation)

    def refuse(self, plan: Plan, step: SubProblem, results: Mapping[str, str]) -> str | None:
        operation = _operation(plan, step, results)
        if operation is None:
            return None
        if operation.references:
            return f"{operation} needs a result that is not a number"
        if not in_range(operation):
            return f"{operation} is larger than the embedded model was taught"
        return None

    def solve(
        self, problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], mode: Mode
    ) -> str:
        slow = mode is Mode.SYSTEM2
        operation = _operation(plan, step, results)
        if operation is not None:
            return prompt("s2" if slow else "s1", str(operation))
        done = [(self.fill(plan, s, results), results[s.id]) for s in plan.steps if s.id in results]
        return prompt("last2" if slow else "last1", last_body(problem, done))

    def read_result(self, sample: Sample, mode: Mode, asked: str = "") -> str | None:
        if sample.finish != "stop":
            return None
        text = sample.text.rpartition("=")[2] if mode is Mode.SYSTEM2 else sample.text
        return text if _RESULT.fullmatch(text) else None

    def confidence(self, sample: Sample) -> float | None:
        return sample.probability

    def extract(self, problem: str, question: str, reply: str) -> None:
        return None

    def read_extracted(self, sample: Sample) -> None:
        return None

    def verify(
        self, problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], result: str
    ) -> str | None:
        operation = _operation(plan, step, results)
        return None if operation is None else prompt("verify", f"{operation}={result}")

    def read_verdict(self, sample: Sample) -> float | None:
        if sample.finish != "stop" or not sample.text.endswith((YES, NO)):
            return None
        token = next((t for t in reversed(sample.tokens) if t.text in (YES, NO)), None)
        if token is None or token.logprob is None:
            return 1.0 if sample.text.endswith(YES) else 0.0
        odds = {token.text: token.logprob} | {
            t: lp for t, lp in token.alternatives if t in (YES, NO)
        }
        yes, no = (math.exp(odds.get(v, -math.inf)) for v in (YES, NO))
        return yes / (yes + no) if yes + no > 0 else None

    def weighs(self, token: Token) -> bool:
        return token.text in (YES, NO)

    def chain(self, problem: str) -> str:
        return prompt("cot", problem)

    def read_answer(self, sample: Sample, asked: str = "") -> str | None:
        return self.read_result(sample, Mode.SYSTEM2)

    delimiter = "\n"

    def chain_on(self, problem: str, text: str) -> str:
        return prompt("cot", problem) + text

    def claim(
        self, line: str, problem: str = "", before: str = ""
    ) -> tuple[str | None, str | None]:
        operation, _, work = line.strip().partition(":")
        result = work.rpartition("=")[2]
        if not work or not _RESULT.fullmatch(result):
            return None, None
        return prompt("verify", f"{operation}={result}"), result

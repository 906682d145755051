"""How a chat model is asked in each role, in few words: the default.

Small models read slowly and follow long instructions badly. So a prompt is short; a plan is a list
of steps, and below it the calculation of each with the result that comes to mind at once; and a
step that is thought about is posed as a problem of its own: what is given, what was found, and its
question in place of the problem's, which would be answered instead. Knows wording and order; does
not know how replies are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from scale_core.dialects.base import Limits
from scale_core.dialects.chat import detailed
from scale_core.dialects.chat.outline import outline_text
from scale_core.dialects.chat.texts import (
    MAX_PROBLEM,
    MAX_REPLY,
    MAX_SHOWN,
    harmless,
    split,
)
from scale_core.engines.base import Message
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace.events import Stage

SYSTEM = "You are good at mathematics."
NAME = "chat"
LIMITS = Limits(1024, 64, 64, 1024, 32_768, 1024, 32_768)
USUAL: Mapping[str, Any] = {"outlines": 1, "choice": "vote", "rating": "attempt", "merge": True}
SCHEMAS: Mapping[Stage, str] = {}
STOPS: Mapping[Stage, tuple[str, ...]] = {"outline": ("\n9.",)}
"""A list of more than eight lines has begun to repeat itself."""

_OUTLINE = "List the steps. Then calculate each."
"""In this order: a model that calculates at once restates the story instead of planning."""
_OUTLINE_SHOWN = (
    Message(
        "user",
        "A shop gets 5 crates of 12 melons and sells 18 melons. Half of the rest goes bad. "
        f"How many melons go bad?\n{_OUTLINE}",
    ),
    Message(
        "assistant",
        "1. Find how many melons are in the crates.\n2. Find how many melons are left after the "
        "sale.\n3. Find half of them.\n\n1. 5 * 12 = 60\n2. 60 - 18 = 42\n3. 42 / 2 = 21",
    ),
)
"""As a turn of its own: an example in the turn that asks is copied by small models."""

_CHOOSE = """\
Which of these lists leads to the right answer? Reply with its number only."""

_RATE = """\
How hard is it to get this right at once, without any working? Reply with one digit only, from 0, \
nobody gets it wrong, to 9, nearly everybody does."""

_BRIEF = "Answer only."
_BRIEF_SHOWN = (
    Message("user", f"How many melons are in 5 crates of 12? {_BRIEF}"),
    Message("assistant", "\\boxed{60}"),
)
"""Told in words alone, a small model reasons all the same."""
_CHAIN = "Reason step by step, and put the final answer in \\boxed{}."

_VERIFY = """\
Proposed: {result}
Find it in another way, in a few lines, and compare. End with "Verdict: yes" if the proposed \
result is right, or "Verdict: no"."""

_CHECK_LINE = """\
The next piece:
{line}
Is this piece right, after what came before it? Check it in a few lines. End with "Verdict: yes" \
or "Verdict: no"."""

_REFERENCE = re.compile(r"#(\d{1,2})(?!\d)")


def _messages(*parts: str) -> tuple[Message, ...]:
    return Message("system", SYSTEM), Message("user", "\n\n".join(part for part in parts if part))


def _problem(problem: str) -> str:
    return harmless(problem, MAX_PROBLEM)


def _task(step: SubProblem, results: Mapping[str, str]) -> str:
    """The step's text with each #k replaced by its result, if it is short, so that nothing has to
    be looked up."""

    def value(mention: re.Match[str]) -> str:
        result = results.get(mention[1], "")
        return result if 0 < len(result) <= 60 else mention[0]

    return harmless(_REFERENCE.sub(value, step.text), MAX_SHOWN)


def _posed(problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str]) -> str:
    """The step as a problem of its own: what is given, what was found, and its question in place
    of the problem's, which a small model would answer instead."""
    if len(plan.steps) == 1:
        return _problem(problem)
    given, question = split(problem)
    found = [
        f"{_task(s, results).rstrip(' .:')}: {harmless(results[s.id], MAX_SHOWN)}"
        for s in plan.steps
        if s.id in results
    ]
    if step is not plan.last:
        return "\n".join([_problem(given), *found, f"{_task(step, results).rstrip(' .:')}."])
    asked = [] if given == question else [harmless(question, MAX_PROBLEM)]
    return "\n".join([_problem(given), *found, *asked])


def outline(problem: str) -> tuple[Message, ...]:
    system, task = _messages(f"{_problem(problem)}\n{_OUTLINE}")
    return system, *_OUTLINE_SHOWN, task


def choose(problem: str, plans: Sequence[Plan]) -> tuple[Message, ...]:
    shown = [
        f"List {i}:\n{harmless(outline_text(plan.steps), MAX_PROBLEM)}"
        for i, plan in enumerate(plans, 1)
    ]
    return _messages(_problem(problem), *shown, _CHOOSE)


def rate(
    problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str] | None
) -> tuple[Message, ...]:
    return _messages(_posed(problem, plan, step, results or {}), _RATE)


def solve(
    problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], mode: Mode
) -> tuple[Message, ...]:
    posed = _posed(problem, plan, step, results)
    if mode is Mode.SYSTEM2:
        return _messages(posed, _CHAIN)
    system, task = _messages(f"{posed} {_BRIEF}")
    return system, *_BRIEF_SHOWN, task


def verify(
    problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], result: str
) -> tuple[Message, ...]:
    asked = _VERIFY.format(result=harmless(result, MAX_SHOWN))
    return _messages(_posed(problem, plan, step, results), asked)


def check_line(problem: str, before: str, line: str) -> tuple[Message, ...]:
    done = f"The solution so far:\n{harmless(before, MAX_REPLY)}" if before.strip() else ""
    text = _CHECK_LINE.format(line=harmless(line, MAX_SHOWN))
    return _messages(_problem(problem), done, text)


extract = detailed.extract


def chain(problem: str) -> tuple[Message, ...]:
    return _messages(_problem(problem), _CHAIN)

"""How a chat model is asked in each role, in detail: our former prompts (`prompts=ours`).

Knows wording and order. Every prompt begins with the same system message and the problem, then the
plan, then the results, and only then what is wanted, so that a prefix cache serves all stages of
a run. A step sees the results of earlier steps, never how they were found. Text of people and
models is made harmless first: it can neither end its turn nor switch the model's thinking.
Does not know how replies are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from scale_core.dialects.base import Limits
from scale_core.dialects.chat.outline import outline_text
from scale_core.dialects.chat.texts import MAX_PROBLEM, MAX_REPLY, MAX_SHOWN, harmless
from scale_core.engines.base import Message
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace.events import Stage

MOST_STEPS = 10

SYSTEM = (
    "You solve mathematical problems together with colleagues. You are given a problem and one "
    "piece of the work on it. Do that piece, exactly in the form that is asked for."
)

OUTLINE_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "steps": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_STEPS,
                "items": {
                    "type": "object",
                    "properties": {
                        "task": {"type": "string", "minLength": 3, "maxLength": 600},
                        "needs": {
                            "type": "array",
                            "maxItems": MOST_STEPS,
                            "items": {"type": "integer", "minimum": 1, "maximum": MOST_STEPS},
                        },
                    },
                    "required": ["task", "needs"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["steps"],
        "additionalProperties": False,
    }
)
RATING_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"difficulty": {"type": "integer", "minimum": 0, "maximum": 9}},
        "required": ["difficulty"],
        "additionalProperties": False,
    }
)

NAME = "chat, detailed"
LIMITS = Limits(
    outline=2048, choose=64, rate=64, system1=4096, system2=32_768, verify=2048, chain=32_768
)
USUAL: Mapping[str, Any] = {"outlines": 4, "choice": "vote", "rating": "late", "merge": False}
SCHEMAS: Mapping[Stage, str] = {"outline": OUTLINE_SCHEMA, "rate": RATING_SCHEMA}
STOPS: Mapping[Stage, tuple[str, ...]] = {}

_OUTLINE = f"""\
Your piece: a plan. Split the problem into sub-problems; solve none of them yet.
- As few as the problem needs: 1 for a single calculation, rarely more than 7, at most {MOST_STEPS}.
- Each asks for one definite thing (a number, an expression, a set, a case) and is clearly easier \
than the whole problem.
- Say what is to be found, not the method or the result. Repeat the numbers and names it takes \
from the problem, so that it can be understood by itself; write #2 for the result of sub-problem 2.
- List under "needs" the numbers of the sub-problems whose results it uses, and no others: \
sub-problems that do not need each other are solved at the same time.
- The result of the last one is the answer to the problem, in the form that the problem asks for.
Reply with JSON only, like this:
{{"steps": [{{"task": "...", "needs": []}}, {{"task": "...", "needs": [1]}}]}}"""

_CHOOSE = """\
Your piece: choose the plan that leads most surely to the right answer. First of all it must be \
sound and reach what the problem asks for; between sound plans, prefer the one whose sub-problems \
are clear, definite and not more than necessary.
Reply with the plan's number only."""

_RATE = """\
Your piece: say how hard sub-problem {name} is, without solving it.{known} Imagine answering it at \
once, with hardly any working. How likely would the answer be wrong?
0: surely right. 3: a slip is possible. 6: more likely wrong than right. 9: surely wrong.
Reply with JSON only, like this: {{"difficulty": D}} where D is one digit from 0 to 9."""

_BRIEF = "Answer directly, with no more working than a few lines."
_CAREFUL = "Work it out step by step, with care, and check the result before you give it."
_BOX = """\
End with its result in \\boxed{}: short, but complete for whoever uses it (an equation, a list or \
a set if need be)."""
_FINAL = """\
It is the last one, so its result is the answer to the problem. End with the answer in \\boxed{}, \
in the form that the problem asks for."""
_WHOLE = """\
Your piece: the whole problem. {how} End with the answer in \\boxed{{}}, in the form that the \
problem asks for."""

_VERIFY = """\
Sub-problem {name}: {task}
Proposed result: {result}

Your piece: check the proposed result. Do not trust it: find the result in a different or shorter \
way, in a few lines, and compare. End with a line of its own, either
Verdict: yes
if the proposed result is right, or
Verdict: no
if it is wrong or does not answer the sub-problem."""

_CHECK_LINE = """\
The next piece of the solution:
{line}

Your piece: say whether this piece is right and leads on, given what came before it. Check its \
statements and calculations in a few lines. End with a line of its own, either
Verdict: yes
or
Verdict: no"""

_EXTRACT = """\
Somebody was asked: {question}
and wrote:
---
{reply}
---
Your piece: give the result that this text arrives at, in \\boxed{{}} and nothing else. Do not \
work anything out or correct it. If the text arrives at no result, reply \\boxed{{none}}."""


def messages(*parts: str) -> tuple[Message, ...]:
    return Message("system", SYSTEM), Message("user", "\n\n".join(part for part in parts if part))


def _problem(problem: str) -> str:
    return f"Problem:\n{harmless(problem, MAX_PROBLEM)}"


def _plan(plan: Plan) -> str:
    if len(plan.steps) == 1:
        return ""
    return f"Plan:\n{harmless(outline_text(plan.steps), MAX_PROBLEM)}"


def _results(plan: Plan, results: Mapping[str, str]) -> str:
    known = [step for step in plan.steps if step.id in results]
    lines = [f"{step.name} = {harmless(results[step.id], MAX_SHOWN)}" for step in known]
    return "\n".join(["Results so far:", *lines]) if lines else ""


def outline(problem: str) -> tuple[Message, ...]:
    return messages(_problem(problem), _OUTLINE)


def choose(problem: str, plans: Sequence[Plan]) -> tuple[Message, ...]:
    """Candidates keep the order in which they were sampled: as samples of one prompt they are
    exchangeable, so a liking for a place in the list favours none of them."""
    shown = [
        f"Plan {i}:\n{harmless(outline_text(plan.steps), MAX_PROBLEM)}"
        for i, plan in enumerate(plans, 1)
    ]
    return messages(_problem(problem), *shown, _CHOOSE)


def rate(
    problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str] | None
) -> tuple[Message, ...]:
    known = " The results it needs are known." if results is not None and step.depends_on else ""
    task = _RATE.format(name=step.name, known=known)
    named = f"Sub-problem {step.name}: {harmless(step.text, MAX_SHOWN)}"
    return messages(_problem(problem), _plan(plan), _results(plan, results or {}), named, task)


def solve(
    problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], mode: Mode
) -> tuple[Message, ...]:
    how = _CAREFUL if mode is Mode.SYSTEM2 else _BRIEF
    if len(plan.steps) == 1:
        return messages(_problem(problem), _WHOLE.format(how=how))
    end = _FINAL if step is plan.last else _BOX
    task = f"Your piece: sub-problem {step.name} only. {how} {end}"
    named = f"Sub-problem {step.name}: {harmless(step.text, MAX_SHOWN)}"
    return messages(_problem(problem), _plan(plan), _results(plan, results), named, task)


def verify(
    problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], result: str
) -> tuple[Message, ...]:
    text = _VERIFY.format(
        name=step.name,
        task="the whole problem" if len(plan.steps) == 1 else harmless(step.text, MAX_SHOWN),
        result=harmless(result, MAX_SHOWN),
    )
    return messages(_problem(problem), _plan(plan), _results(plan, results), text)


def check_line(problem: str, before: str, line: str) -> tuple[Message, ...]:
    """Is one more piece of a worked solution right, if what came before it is?"""
    done = f"The solution so far:\n{harmless(before, MAX_REPLY)}" if before.strip() else ""
    text = _CHECK_LINE.format(line=harmless(line, MAX_SHOWN))
    return messages(_problem(problem), done, text)


def extract(problem: str, question: str, reply: str) -> tuple[Message, ...]:
    text = _EXTRACT.format(
        question=harmless(question, MAX_SHOWN), reply=harmless(reply[-MAX_REPLY:], MAX_REPLY)
    )
    return messages(_problem(problem), text)


def chain(problem: str) -> tuple[Message, ...]:
    return messages(_problem(problem), _WHOLE.format(how=_CAREFUL))

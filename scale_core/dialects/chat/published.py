"""How SCALE's authors ask a chat model: their prompts' structure, in our own words.

After the code that goes with arXiv 2512.00466: one system prompt for each role, the messages'
parts in the same order, the same ranges and forms of reply. Three things differ, all of them in
what a prompt is given: the authors' data has each problem split into what is given and what is
asked, here the last sentence is taken for the question; an earlier step is passed on as its
result, as in their variant for reasoning-only models, not as the whole visible reply; an answer
that cannot be read is extracted in the same step, not by a judge who knows the right one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scale_core.dialects.base import Limits
from scale_core.dialects.chat import detailed
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

NAME = "chat, SCALE's prompts"
LIMITS = Limits(4096, 64, 64, 32_768, 32_768, 64, 32_768)
"""As published: 32,768 tokens for whatever is reasoned, 64 for a rating."""
USUAL: Mapping[str, Any] = {"outlines": 4, "choice": "vote", "rating": "late", "merge": False}
SCHEMAS: Mapping[Stage, str] = {}
STOPS: Mapping[Stage, tuple[str, ...]] = {}

_OUTLINE = """\
You are a mathematics teacher who breaks problems down for a class. Turn the problem into a series \
of sub-goals.
1. The sub-goals follow each other, and each is simpler than the problem.
2. A sub-goal says what to reach, not how; it names no theorem or formula unless that cannot be \
avoided.
3. Each builds on earlier ones or stands alone.
4. Each has a clear target that serves the final answer.
5. Solve nothing and give no numerical results.
6. Name every variable or point that you introduce.
7. The chain must arrive at what the problem asks for.
8. Keep each one short, worded as an action.
Think about which targets a solver would pass on the way.
Reply with JSON only: {"step1": "...", "step2": "...", "step3": "..."}"""

_CHOOSE = """\
You compare outlines for the solution of a problem. Judge each by: logical correctness; clarity; \
completeness; relevance to the question; no needless complexity; steps that state targets rather \
than methods. Reply with the id of the best outline and nothing else, for example: version1"""

_RATE = """\
You rate how difficult the next step of a solution is, as a number between 0 and 1.
From 0 to 0.5: a pupil of elementary or middle school who has the knowledge solves it quickly and \
alone. From 0.5 to 1: even a student of high school or college who has the knowledge needs long \
thought or help, or may fail.
Reply with the number only."""

_SOLVE = "Reason step by step, and put your final answer within \\boxed{}."

_VERIFY = """\
You check results. Reply with one line: "Verdict: yes" if the result is right, "Verdict: no" if \
it is not."""

_EXTRACT = """\
Take the final result out of the text that you are given. Reply with it in \\boxed{} and nothing \
else; reply \\boxed{none} if there is none."""


def _messages(system: str, user: str) -> tuple[Message, ...]:
    return Message("system", system), Message("user", user)


def outline(problem: str) -> tuple[Message, ...]:
    return _messages(_OUTLINE, harmless(problem, MAX_PROBLEM))


def choose(problem: str, plans: Sequence[Plan]) -> tuple[Message, ...]:
    lines = [
        f"version{i}: {{"
        + ", ".join(
            f'"step{j}": "{harmless(step.text, MAX_SHOWN)}"' for j, step in enumerate(plan.steps, 1)
        )
        + "}"
        for i, plan in enumerate(plans, 1)
    ]
    lead = "Which of these outlines suits the question best?"
    listed = "\n".join(lines)
    return _messages(_CHOOSE, f"{lead}\nQuestion: {harmless(problem, MAX_PROBLEM)}\n\n{listed}")


def rate(
    problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str] | None = None
) -> tuple[Message, ...]:
    """Earlier steps as they were outlined, not as they were solved: all ratings come first."""
    earlier = " ".join(s.text for s in plan.steps[: plan.steps.index(step)])
    return _messages(
        _RATE,
        f"problem: {harmless(problem, MAX_PROBLEM)}\n"
        f"current solution process: {harmless(earlier, MAX_PROBLEM)}\n"
        f"next step to be solved: {harmless(step.text, MAX_PROBLEM)}",
    )


def solve(
    problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], mode: Mode
) -> tuple[Message, ...]:
    """Every step sees only what is given and the process so far; the last one is the question."""
    given, question = split(problem)
    asked = question if step.text == problem else step.text
    process = " ".join(
        f"{harmless(s.text, MAX_SHOWN)}\nstep answer: {harmless(results[s.id], MAX_SHOWN)}"
        for s in plan.steps
        if s.id in results
    )
    return _messages(
        _SOLVE,
        f"Given conditions: {harmless(given, MAX_PROBLEM)}\n"
        f"Current process: {process}\n"
        f"Question: {harmless(asked, MAX_PROBLEM)}",
    )


def verify(
    problem: str, plan: Plan, step: SubProblem, results: Mapping[str, str], result: str
) -> tuple[Message, ...]:
    """Not in the paper, whose runs check nothing; for runs that add a check to its prompts."""
    return _messages(
        _VERIFY,
        f"problem: {harmless(problem, MAX_PROBLEM)}\n"
        f"step: {harmless(step.text, MAX_SHOWN)}\nresult: {harmless(result, MAX_SHOWN)}",
    )


def extract(problem: str, question: str, reply: str) -> tuple[Message, ...]:
    return _messages(
        _EXTRACT,
        f"question: {harmless(question, MAX_SHOWN)}\n"
        f"text: {harmless(reply[-MAX_REPLY:], MAX_REPLY)}",
    )


def check_line(problem: str, before: str, line: str) -> tuple[Message, ...]:
    """As ours: the paper checks nothing, and its prompts have no wording for it."""
    return detailed.check_line(problem, before, line)


def chain(problem: str) -> tuple[Message, ...]:
    return _messages(_SOLVE, harmless(problem, MAX_PROBLEM))

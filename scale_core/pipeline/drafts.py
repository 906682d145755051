"""Results that the outline wrote down at once: whether one still holds when its step's turn comes,
and a plan without the pieces that the model was unsure of.

Knows that a draft rests on earlier drafts. Does not know how sure anybody must be of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from scale_core.answers.grouping import compare_async
from scale_core.problem import Draft, Plan, SubProblem


async def holding(plan: Plan, step: SubProblem, known: Mapping[str, str]) -> Draft | None:
    """The step's draft, if every result that it rests on came out as it was drafted; else None."""
    draft = plan.draft(step)
    if draft is None:
        return None
    for id in plan.behind(step):
        before = plan.draft(plan.by_id[id])
        if before is None or not await _same(before.result, known.get(id)):
            return None
    return draft


def merged(plan: Plan, hard: Callable[[Draft], bool]) -> Plan:
    """The plan without sub-problems whose drafts are hard or rest on hard ones: they are left to
    the last one, which is solved with what is known of the others. Small models solve such a piece
    worse alone than within the whole, because they go on to what was not asked. So is a plan of
    which nothing was calculated."""
    kept: set[str] = set()
    for step in plan.steps[:-1]:
        draft = plan.draft(step)
        if draft is not None and not hard(draft) and kept.issuperset(step.depends_on):
            kept.add(step.id)
    if len(kept) == len(plan.steps) - 1:
        return plan
    behind = [id for id in plan.behind(plan.last) if id in kept]
    used = {id for step in plan.steps[:-1] if step.id in kept for id in step.depends_on}
    last = replace(plan.last, depends_on=tuple(id for id in behind if id not in used))
    steps = (*(s for s in plan.steps[:-1] if s.id in kept), last)
    drafts = [d for d in plan.drafts if d.step in kept]
    final = plan.draft(plan.last)
    if final is not None:  # no surer than what it rests on
        unsure = [d.sure or 0.0 for d in plan.drafts if d.step not in kept]
        drafts.append(replace(final, sure=min(unsure)))
    return replace(plan, steps=steps, drafts=tuple(drafts))


async def _same(drafted: str, found: str | None) -> bool:
    if found is None or drafted == found:
        return found is not None
    return (await compare_async(drafted, found)).verdict == "equal"

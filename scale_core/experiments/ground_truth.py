"""The right value of every sub-problem of an embedded-model plan, for evaluation only.

Knows exact arithmetic on plans, through the module that made the training data. Nothing on the
path of a run imports this: there the model does the arithmetic, and a value computed here never
reaches a prompt. For other models' plans the right values are unknown (None).
"""

from __future__ import annotations

from collections.abc import Mapping

from scale_core.dialects.base import Dialect
from scale_core.problem import Mode, Plan
from scale_core.trace import events as ev
from scale_core.trace.run import Run


def right_values(plan: Plan) -> Mapping[str, str] | None:
    """Exact result of each sub-problem by id, each with right inputs; None if one has none or the
    plan is not in the embedded model's language."""
    from scale_core.abacus.grammar import apply, parse_line

    known = {name: int(value) for name, value in plan.givens}
    values: dict[str, str] = {}
    for step in plan.steps:
        line = parse_line(f"{step.name}={step.text}")
        if line is None or isinstance(line.what, int):
            return None
        operation = line.what.fill(known)
        if operation.references:
            return None
        value = apply(operation.op, *(int(o) for o in operation.operands))
        if value is None:
            return None
        known[step.name] = value
        values[step.id] = str(value)
    return values


def covered(run: Run, dialect: Dialect, expected: str) -> bool:
    """Whether a right response exists for every part (the bandit paper's coverage): a sample with
    the right value for each sub-problem of the lane's plan, whose last right value is the
    expected answer; without a plan, one chain with the expected answer."""
    if run.plan is None:
        calls = [c for node in run.nodes.values() for c in node.calls if c.stage == "chain"]
        return any(dialect.read_answer(s) == expected for c in calls for s in c.samples)
    values = right_values(run.plan)
    if values is None or values[run.plan.last.id] != expected:
        return False
    return all(values[step.id] in _results(run, step.id, dialect) for step in run.plan.steps)


def _results(run: Run, node: str, dialect: Dialect) -> set[str | None]:
    calls = run.nodes[node].calls if node in run.nodes else []
    return {
        dialect.read_result(sample, _MODES[call.stage])
        for call in calls
        if call.stage in _MODES
        for sample in call.samples
    }


_MODES: Mapping[ev.Stage, Mode] = {"system1": Mode.SYSTEM1, "system2": Mode.SYSTEM2}

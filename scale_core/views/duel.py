"""The live picture of a duel as one small JSON value: its head, a card for each lane, where each
put its compute, what a replay changed; and whether the ledger balances.

Knows what is true of all lanes and how they are held against each other and against what the engine
generated (each sample once, by its key); what changes while a duel runs must stay small. Charts are
in `charts.py`, explanations in `why.py`; both are sent seldom. Does not know one lane's card
(`lanes.py`), engines, pixels or the browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scale_core.problem import SubProblem
from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.ledger import Ledger
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import Run
from scale_core.trace.sample_key import SampleKey
from scale_core.trace.usage import Usage
from scale_core.views import colours, units
from scale_core.views.lanes import difficulties, lacking, lane_of, lanes, named, rollouts
from scale_core.views.understood import doubt
from scale_core.views.units import STAGE_NAMES


@dataclass(frozen=True, slots=True)
class Balance:
    """Samples and completion tokens, each sample of the lanes counted once, against the engine's.

    charged, generated: completion tokens, None where the engine did not count; samples that were
    recorded earlier (`earlier` of them) are left out. nodes_add_up: every lane's sum over nodes
    equals its total. reckoned: tokens that the engine did not report.
    """

    charged_samples: int
    generated_samples: int
    charged: int | None
    generated: int | None
    nodes_add_up: bool
    recorded: bool = False
    earlier: int = 0
    reckoned: int = 0

    @property
    def ok(self) -> bool | None:
        """None: there is nothing to compare, as nothing was generated or nothing was counted."""
        if self.recorded:
            return self.nodes_add_up
        if self.charged is None or self.generated is None:
            return None
        same = self.charged == self.generated and self.charged_samples == self.generated_samples
        return same and self.nodes_add_up

    @property
    def text(self) -> str:
        """What was compared, and how much of it the engine did not say itself."""
        more = ""
        if self.reckoned:
            more = f" Of these {units.tokens(self.reckoned)} were reckoned from what came."
        return self._compared + more

    @property
    def _compared(self) -> str:
        if self.recorded:
            return "Recorded: nothing was generated; every lane's nodes add up to its total."
        mine = f"{self.charged_samples} samples, {units.tokens(self.charged)} written"
        its = f"{self.generated_samples} samples, {units.tokens(self.generated)}"
        if self.ok is None:
            return f"The engine does not count every token: charged {mine}; generated {its}."
        if self.ok:
            past = f"; {self.earlier} more were recorded earlier" if self.earlier else ""
            return f"Each sample once: {mine} by the lanes, the same by the engine{past}."
        return f"The lanes were charged {mine}, the engine generated {its}."


def balance(duel: du.Duel, before: du.Duel | None = None) -> Balance:
    """The comparison for a duel at any moment; exact once it has ended. `before`: the duel whose
    recorded samples this one could use without generating them."""
    seen, kept = _samples(duel), {} if before is None else _samples(before, whole=True)
    counts = [
        sample.completion_tokens
        for asked, samples in seen.items()
        for index, sample in samples.items()
        if index not in kept.get(asked, ())
    ]
    charged = None if None in counts else sum(n for n in counts if n is not None)
    return Balance(
        charged_samples=len(counts),
        generated_samples=sum(g.samples for g in duel.generated),
        charged=charged,
        generated=duel.physical.completion,
        nodes_add_up=all(_adds_up(run.ledger) for run in duel.lanes.values()),
        recorded=bool(duel.start and duel.start.recorded),
        earlier=sum(map(len, seen.values())) - len(counts),
        reckoned=duel.physical.reckoned,
    )


def _samples(duel: du.Duel, whole: bool = False) -> dict[SampleKey, dict[int, ev.Sample]]:
    """Every sample that a lane was charged for, each once: by what was asked, then by index.
    whole: only what a sample cache keeps, that is what was not stopped on the way."""
    found: dict[SampleKey, dict[int, ev.Sample]] = {}
    for run in duel.lanes.values():
        for event in run.events:
            if isinstance(event, ev.Sampled):
                same = found.setdefault(SampleKey.of(event), {})
                same |= {s.index: s for s in event.samples if not whole or s.finish != "abort"}
    return found


def _adds_up(ledger: Ledger) -> bool:
    nodes = {entry.node for entry in ledger.entries}
    return Usage.sum(ledger.of_node(node) for node in nodes) == ledger.total


def view(
    duel: du.Duel,
    before: du.Duel | None = None,
    bank: du.Duel | None = None,
    prices: Prices = units.NO_PRICES,
) -> dict[str, Any]:
    """Everything that the head, the lanes and the heat map show. `before`: the live duel that a
    recorded one is compared with. `bank`: the duel whose samples this one did not generate anew."""
    return {
        "duel": duel.start.duel if duel.start else "",
        "status": duel.status,
        "recorded": bool(duel.start and duel.start.recorded),
        "t": round(duel.seconds, 2),
        "head": head(duel, bank, prices),
        "lanes": lanes(duel, prices),
        "heat": heat(duel, before, prices),
    }


def head(
    duel: du.Duel, bank: du.Duel | None = None, prices: Prices = units.NO_PRICES
) -> dict[str, Any]:
    """What is true of all lanes: the plan, the budget, the totals, and whether they balance.
    `costs`: both totals in other units."""
    logical, physical = duel.logical.total, duel.physical.total
    rates, charged, spent = units.of_duel(duel, prices)
    budget, budget_from = budget_of(duel)
    done = sum(run.end is not None for run in duel.lanes.values())
    return {
        "status": duel.status,
        "message": units.shorten(duel.end.message, 300) if duel.end else "",
        "done": done,
        "lanes": len(duel.lanes),
        "steps": len(duel.plan.steps) if duel.plan else None,
        "budget": budget,
        "budget_from": budget_from,
        "logical": logical,
        "physical": physical,
        "costs": {"logical": units.amounts(charged), "physical": units.amounts(spent)},
        **units.told(rates, duel.start is not None),
        "shared": shared(duel),
        "balance": _balance(duel, bank),
        "notes": unequal(duel),
        "missing": missing(duel),
        "doubt": next((found for run in duel.lanes.values() if (found := doubt(run))), None),
    }


def budget_of(duel: du.Duel) -> tuple[str, str]:
    """`20 rollouts for each lane` and, where it follows from the plan, `4 a step × 5 steps`; before
    the plan as it was asked for."""
    if duel.start is None:
        return "", ""
    if duel.planned is None:
        return duel.start.budget, ""
    each = f"{units.count(duel.planned.limit)} {duel.planned.unit} for each lane"
    a_step, per_step, _ = duel.start.budget.partition("/step")
    steps = units.many(duel.planned.steps, "step")
    return each, f"{a_step} a step × {steps}" if per_step else ""


def shared(duel: du.Duel) -> float | None:
    """The share of the lanes' tokens that was generated for another lane already."""
    logical, physical = duel.logical.total, duel.physical.total
    if not logical or physical is None or (duel.start and duel.start.recorded):
        return None
    return round(1 - physical / logical, 3)


def unequal(duel: du.Duel) -> list[str]:
    """Lanes whose budget is not comparable with the others', and why."""
    if duel.start is None:
        return []
    found = []
    for lane in duel.start.lanes:
        run = duel.lanes[lane.name]
        if run.budget is not None and run.budget.note:
            found.append(f"{lane.label}: {units.shorten(run.budget.note, 160)}")
    return found


def missing(duel: du.Duel) -> list[dict[str, Any]]:
    """Samples that a replay would need and that were not recorded, by sub-problem and stage: at
    least so many, as lanes often need the same ones and stop where they lack one."""
    most: dict[tuple[str, str], int] = {}
    for node, stage, n in duel.end.missing if duel.end else ():
        most[node, stage] = max(n, most.get((node, stage), 0))
    return [
        {
            "name": units.step_name(duel.plan, node, 12),
            "stage": STAGE_NAMES.get(stage, stage),
            "n": n,
        }
        for (node, stage), n in most.items()
    ]


def _balance(duel: du.Duel, bank: du.Duel | None) -> dict[str, Any] | None:
    if duel.end is None:
        return None
    found = balance(duel, bank)
    return {"ok": found.ok, "text": found.text}


# ---- where each lane put its compute -------------------------------------------------------


COLUMNS = 14
LABEL = 16


def heat(
    duel: du.Duel, before: du.Duel | None = None, prices: Prices = units.NO_PRICES
) -> dict[str, Any]:
    """Columns, rows and the largest cell of each unit. `before`: a duel to compare with; each row
    then tells by how many rollouts its steps differ. `about`: what a unit's amounts mean."""
    plan = duel.plan
    steps = list(plan.steps[:COLUMNS]) if plan else []
    rated = difficulties(duel)
    ids = [s.id for s in steps]
    rates = units.rates_of(duel.start, prices)
    rows = [
        {**named(duel, name), **_heat_row(run, ids), **_heat_costs(run, ids, rates)}
        for name, run in duel.lanes.items()
    ]
    if before is not None:
        for row in rows:
            row["change"] = _change(row, before.lanes.get(row["lane"]), ids)
    return {
        "steps": [_column(s, rated.get(s.id)) for s in steps],
        "left_out": max(0, len(plan.steps) - COLUMNS) if plan else 0,
        "rows": rows,
        "most": {
            unit: max((n or 0 for row in rows for n in row[unit][1:-1]), default=0)
            for unit in ("tokens", "rollouts", *units.COSTS)
        },
        **units.told(rates, duel.start is not None),
    }


def _column(step: SubProblem, difficulty: float | None) -> dict[str, Any]:
    return {
        "id": step.id,
        "name": units.shorten(step.name, 8),
        "label": units.shorten(units.pretty(step.text), LABEL),
        "s": colours.level(difficulty),
        "d": units.rounded(difficulty, 2),
    }


def _heat_row(run: Run, ids: list[str]) -> dict[str, Any]:
    """`tokens` and `rollouts`: plan, each step, total. `whole`: what a lane without a plan spent
    on the problem in one piece, else None."""
    in_one_piece = ev.WHOLE_NODE in run.nodes and run.plan is None
    return {
        "whole": in_one_piece,
        "tokens": [_tokens(run, id) for id in (ev.PLAN_NODE, *ids)] + [run.ledger.total.total],
        "rollouts": [0, *(_rollouts(run, id) for id in ids), run.rollouts],
    }


def _heat_costs(run: Run, ids: list[str], rates: Rates) -> dict[str, list[float | None]]:
    """The same as `tokens` in each other unit."""
    by_node = units.grouped(rates, run.ledger.entries, lambda e: e.node)
    cells = [by_node.get(id, Cost()) for id in (ev.PLAN_NODE, *ids)]
    cells.append(Cost.sum(by_node.values()))
    return {unit: [units.value(cost, unit) for cost in cells] for unit in units.COSTS}


def _tokens(run: Run, id: str) -> int | None:
    return run.ledger.of_node(id).total


def _rollouts(run: Run, id: str) -> int:
    return rollouts(run.nodes[id]) if id in run.nodes else 0


def _change(row: dict[str, Any], before: Run | None, ids: list[str]) -> list[int]:
    if before is None:
        return [0] * (len(ids) + 2)
    then = [0, *(_rollouts(before, id) for id in ids), before.rollouts]
    return [now - was for now, was in zip(row["rollouts"], then, strict=True)]


# ---- what a replay changed -----------------------------------------------------------------


def changes(
    duel: du.Duel, before: du.Duel, prices: Prices = units.NO_PRICES
) -> list[dict[str, Any]]:
    """One row for each lane: rollouts that went elsewhere (None where the lane lacked samples),
    answers, tokens and what they cost, each with what was."""
    rates = units.rates_of(duel.start, prices)
    return [
        {
            **_changed(lane_of(duel, name).label, run, before.lanes[name], lacking(duel, run)),
            "costs": _changed_costs(rates, run, before.lanes[name]),
        }
        for name, run in duel.lanes.items()
        if name in before.lanes
    ]


def _changed_costs(rates: Rates, run: Run, was: Run) -> dict[str, list[float | None]]:
    """By unit the amount, and how much more than before that is."""
    now, then = (units.amounts(units.cost(rates, r.ledger.entries)) for r in (run, was))
    found: dict[str, list[float | None]] = {}
    for unit in units.COSTS:
        a, b = now[unit], then[unit]
        found[unit] = [a, None if a is None or b is None else float(f"{a - b:.6g}")]
    return found


def _changed(label: str, run: Run, was: Run, stuck: bool) -> dict[str, Any]:
    tokens, then = run.ledger.total.total, was.ledger.total.total
    return {
        "label": units.shorten(label, 20),
        "moved": None if stuck else moved(run, was),
        "answer": _answer(run),
        "was": _answer(was),
        "verdict": run.grade.verdict if run.grade else None,
        "same": _answer(run) == _answer(was),
        "rollouts": run.rollouts,
        "tokens": tokens,
        "more": None if tokens is None or then is None else tokens - then,
    }


def moved(run: Run, was: Run) -> int:
    """Rollouts that one of the two gave to something else: over candidates where a search gave
    them to candidates, else over nodes."""
    mine, others = _spread(run), _spread(was)
    keys = {*mine, *others}
    apart = sum(abs(mine.get(k, 0) - others.get(k, 0)) for k in keys)
    return (apart + 1) // 2


def _spread(run: Run) -> dict[tuple[str, str], int]:
    if run.candidates:
        return {
            (a.node, s.id): s.count for a in run.rounds for s in a.shares if s.count
        }  # fmt: skip
    return {(id, ""): rollouts(node) for id, node in run.nodes.items()}


def _answer(run: Run) -> str | None:
    return units.shorten(run.answer.answer, 24) if run.answer else None

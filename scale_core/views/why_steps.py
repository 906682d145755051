"""The reasons behind what a sub-problem got in a lane: an arm's rounds, a share of the plan, a
depth of a search, a plan made by expectations.

Knows which rounds of a lane concern a sub-problem and what to show beside their numbers. Does not
know candidates or lanes (`why.py`) nor the sentences (`why_words.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import formats as wording
from scale_core.views import lane_graphs, tree
from scale_core.views.formats import many, number
from scale_core.views.inspector import calls as shown_calls
from scale_core.views.why_words import Case, explain, verdict

ROWS = 14


@dataclass(frozen=True)
class Card:
    """What the why card shows; `as_dict` adds whose it is."""

    title: str
    lead: str = ""
    id: str = ""
    rows: Sequence[Sequence[str]] = ()
    table: Mapping[str, Any] | None = None
    facts: Sequence[Sequence[str]] = ()
    calls: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def as_dict(self, lane: du.Lane) -> dict[str, Any]:
        return {
            "lane": lane.name,
            "label": lane.label,
            "id": self.id,
            "title": self.title,
            "lead": self.lead,
            "rows": [list(row) for row in self.rows],
            "table": self.table,
            "facts": [list(row) for row in self.facts],
            "calls": list(self.calls),
        }


def step(run: Run, lane: du.Lane, id: str, settings: Mapping[str, Any]) -> Card:
    """The card of a sub-problem, of the plan, or of the problem in one piece."""
    node = run.nodes.get(id)
    calls = [c for c in node.calls if c.stage != "verify"] if node else []
    own: dict[str, Any] = {"id": id, "facts": facts(run, id), "calls": shown_calls(calls)}
    shared = [a for a in run.rounds if a.node == ev.PLAN_NODE and any(s.id == id for s in a.shares)]
    if len(shared) == 1:
        return _share(run, lane, id, shared[0], settings, own)
    if shared:
        return _arm(run, lane, id, shared, settings, own)
    mine = [a for a in run.rounds if a.node == id]
    if len(mine) == 1 and run.candidates:
        return _depth(run, lane, id, mine[0], own)
    if mine and run.candidates:
        return _depths(lane, mine, own)
    if mine:
        return _planned(run, lane, id, mine, settings, own)
    return Card(f"{name_of(run, id)} in {lane.label}", **own)


def name_of(run: Run, id: str) -> str:
    if id == ev.WHOLE_NODE:
        return "the whole problem"
    if id == ev.PLAN_NODE:
        return "the plan"
    found = run.plan.by_id.get(id) if run.plan else None
    return wording.shorten(found.name if found else id, 12)


def facts(run: Run, id: str) -> list[list[str]]:
    """What is known of a sub-problem, as rows."""
    if id not in run.nodes:
        return []
    node = run.nodes[id]
    counted = lane_graphs.votes(run).get(id, ())
    votes = ", ".join(f"{wording.shorten(v, 14)} ×{n}" for v, n in counted[:6])
    rows: list[tuple[str, str | None]] = [
        ("sub-problem", wording.shorten(wording.pretty(node.filled or node.text), 80)),
        ("state", node.state + (", doubted" if node.doubted else "")),
        ("result", node.result),
        ("difficulty", None if node.difficulty is None else f"{node.difficulty:.2f}"),
        ("mode", node.mode.label if node.mode else None),
        ("escalated", node.escalated),
        ("votes", votes or None),
        ("rollouts", str(lane_graphs.rollouts(node))),
        ("tokens", wording.tokens(run.ledger.of_node(id).total)),
        ("failed", node.failure or None),
    ]
    return [[name, wording.bounded(value, 300)] for name, value in rows if name and value]


def _limit(run: Run, allocated: ev.Allocated) -> int:
    """What the round's lane had in all, where that is counted in the same unit."""
    budget = run.budget
    same = budget is not None and budget.unit == allocated.unit
    return budget.limit if budget is not None and same else allocated.budget


# ---- one share -----------------------------------------------------------------------------


def _share(
    run: Run, lane: du.Lane, id: str, allocated: ev.Allocated, settings: Mapping[str, Any],
    own: dict[str, Any],
) -> Card:  # fmt: skip
    share = next(s for s in allocated.shares if s.id == id)
    unit = allocated.unit
    case = Case([share], allocated, settings, out_of=_limit(run, allocated), unit=unit)
    really = lane_graphs.rollouts(run.nodes[id]) if id in run.nodes else 0
    used = f" It used {many(really, 'rollout')}." if unit == "rollouts" else ""
    lead = f"{case.count} of the lane's {case.budget} {unit}.{used}"
    title = f"Why did {name_of(run, id)} of {lane.label} get {case.count}?"
    return Card(title, lead, rows=[*explain(case), *verdict(case)], **own)


# ---- an arm --------------------------------------------------------------------------------

_SHOWN = ("mean", "index")


def _arm(
    run: Run, lane: du.Lane, id: str, rounds: list[ev.Allocated], settings: Mapping[str, Any],
    own: dict[str, Any],
) -> Card:  # fmt: skip
    shares = [next(s for s in a.shares if s.id == id) for a in rounds]
    given = sum(s.count for s in shares)
    last = max((i for i, s in enumerate(shares) if s.count), default=len(shares) - 1)
    limit, unit = _limit(run, rounds[last]), rounds[last].unit
    by_tokens = run.budget is not None and run.budget.unit == "tokens"
    limit = sum(a.budget for a in rounds) if by_tokens else limit
    told: dict[str, Any] = {"given": given, "out_of": limit, "unit": unit}
    told |= {"even_unit": "tokens"} if by_tokens else {}
    case = Case([shares[last]], rounds[last], settings, **told)
    end = Case([shares[-1]], rounds[-1], settings, **told)
    which = f"round {rounds[last].round}, the last that pulled it" if given else "the latest round"
    return Card(
        f"Why did {name_of(run, id)} of {lane.label} get {given}?",
        f"{many(given, 'pull')} in {many(len(rounds), 'round')}. The numbers are those of {which}.",
        rows=[*explain(case), *verdict(end)],
        table=_history(rounds, shares),
        **own,
    )


def _history(rounds: list[ev.Allocated], shares: list[ev.Share]) -> dict[str, Any]:
    """The arm's rounds, the latest ones where there are many."""
    rows = []
    for allocated, share in list(zip(rounds, shares, strict=True))[-ROWS:]:
        factors = dict(share.factors)
        cells = [number(factors.get(name)) for name in _SHOWN]
        rows.append([str(allocated.round), str(share.count), *cells, share.state])
    return {
        "title": "Round by round",
        "head": ["round", "given", *_SHOWN, "state after it"],
        "rows": rows,
        "more": max(0, len(rounds) - ROWS),
    }


# ---- plans by expectation ------------------------------------------------------------------


def _planned(
    run: Run, lane: du.Lane, id: str, rounds: list[ev.Allocated], settings: Mapping[str, Any],
    own: dict[str, Any],
) -> Card:  # fmt: skip
    """A sub-problem that was planned anew before every sample of it: the first plan's numbers."""
    shares = [s for a in rounds for s in a.shares if s.id == id]
    given = lane_graphs.rollouts(run.nodes[id]) if id in run.nodes else 0
    if not shares:
        return Card(f"{name_of(run, id)} in {lane.label}", **own)
    unit = run.budget.unit if run.budget else "rollouts"
    case = Case([shares[0]], rounds[0], settings, given=given, out_of=rounds[0].budget, unit=unit)
    even = f"An equal split would have given {number(shares[0].uniform)} {unit}."
    rows = [["plan", shares[0].group or "–", "What it planned to do with this sub-problem."]]
    rows += [*explain(case), ["given", str(given), even]]
    return Card(
        f"Why did {name_of(run, id)} of {lane.label} get {given}?",
        f"Planned {many(len(rounds), 'time')}, each time for what was left: {rounds[0].budget} "
        f"{unit} at first.",
        rows=rows,
        table=_plans(rounds, id) if len(rounds) > 1 else None,
        **own,
    )


def _plans(rounds: list[ev.Allocated], id: str) -> dict[str, Any]:
    rows = []
    for allocated in rounds[-ROWS:]:
        share = next((s for s in allocated.shares if s.id == id), None)
        if share is not None:
            factors = dict(share.factors)
            cells = [number(factors.get(n)) for n in ("expected success", "expected cost")]
            rows.append([str(allocated.budget), share.group or "–", *cells])
    return {
        "title": "Plan by plan",
        "head": ["left", "plan", "success", "cost"],
        "rows": rows,
        "more": max(0, len(rounds) - ROWS),
    }


# ---- a depth of a search -------------------------------------------------------------------


def _depths(lane: du.Lane, rounds: list[ev.Allocated], own: dict[str, Any]) -> Card:
    """A search over steps of text: what each of its depths was given."""
    rows = [
        [str(a.round), str(len(a.shares)), str(sum(s.count > 0 for s in a.shares)), str(a.budget),
         number(a.effective)]
        for a in rounds[:ROWS]
    ]  # fmt: skip
    table = {
        "title": "Step by step",
        "head": ["step", "candidates", "went on", "rollouts", "directions"],
        "rows": rows,
        "more": max(0, len(rounds) - ROWS),
    }
    given = sum(a.budget for a in rounds)
    lead = f"{many(given, 'rollout')} over {many(len(rounds), 'step')} of text."
    return Card(f"{lane.label}: the whole problem, step by step", lead, table=table, **own)


def _depth(run: Run, lane: du.Lane, id: str, allocated: ev.Allocated, own: dict[str, Any]) -> Card:
    """Where the rollouts of one depth of a search went."""
    made = tree.tree(run)
    sums: dict[str, list[Any]] = {}
    for share in allocated.shares:
        home = made.home.get(share.id, share.id)
        group = made.groups.get(home)
        value = "the start" if group is None else wording.shorten(group.value or "unreadable", 16)
        row = sums.setdefault(home, [value, 0, 0, 0.0])
        row[1], row[2], row[3] = row[1] + 1, row[2] + share.count, row[3] + share.uniform
    ranked = sorted(sums.values(), key=lambda r: -r[2])
    lead = f"{many(allocated.budget, 'rollout')} over {many(len(allocated.shares), 'candidate')}"
    if allocated.effective is not None:
        lead += f" in {number(allocated.effective)} effective directions"
    table = {
        "title": "Where they went",
        "head": ["value before", "candidates", "given", "equal split"],
        "rows": [[r[0], str(r[1]), str(r[2]), number(r[3])] for r in ranked[:ROWS]],
        "more": max(0, len(ranked) - ROWS),
    }
    title = f"{lane.label}: the rollouts of {name_of(run, id)}"
    return Card(title, f"{lead}.", table=table, **own)

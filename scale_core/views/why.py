""" "Why did this one get 7?": the numbers behind one allocation as JSON, sent when asked for.

Knows how to find a candidate of a search or a lane in a duel, and what to show beside its numbers:
the other members of a node, its path, the model's own text. Does not know sub-problems and arms
(`why_steps.py`), the sentences (`why_words.py`) nor the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices, Rates
from scale_core.trace.run import Run
from scale_core.views import formats as wording
from scale_core.views import tree
from scale_core.views import units as measures
from scale_core.views.formats import many, number
from scale_core.views.inspector import calls as shown_calls
from scale_core.views.lanes import notes, used
from scale_core.views.why_steps import ROWS, Card, name_of, step
from scale_core.views.why_words import Case, explain, verdict

VALUE = 24
Settings = Mapping[str, Any]


def why(
    duel: du.Duel, lane: str, id: str, prices: Prices = measures.NO_PRICES
) -> dict[str, Any] | None:
    """The card for `id` in a lane: a candidate (the first of its node), a sub-problem or arm, the
    plan, or the lane itself (""). None if there is no such lane or thing."""
    run = duel.lanes.get(lane)
    if run is None or duel.start is None:
        return None
    of = next(item for item in duel.start.lanes if item.name == lane)
    settings = duel.start.settings
    made = tree.tree(run)
    if id == "":
        found: Card | None = _lane(of, run)
    elif id in made.home:
        found = _candidate(run, of, made, made.groups[made.home[id]], settings)
    elif id in run.nodes or (run.plan is not None and id in run.plan.by_id):
        found = step(run, of, id, settings)
    else:
        found = None
    if found is None:
        return None
    card = found.as_dict(of)
    return {**card, "facts": _priced(card["facts"], run, id, measures.rates_of(duel.start, prices))}


def _priced(facts: list[list[str]], run: Run, id: str, rates: Rates) -> list[list[str]]:
    """The facts with a line of cost under the tokens, where there is one."""
    own = [e for e in run.ledger.entries if id in ("", e.node)]
    line = measures.line(measures.cost(rates, own), measures.currency(rates))
    at = next((i for i, fact in enumerate(facts, 1) if fact[0] == "tokens"), 0)
    return [*facts[:at], ["cost", line], *facts[at:]] if at and own else facts


def telling(duel: du.Duel) -> tuple[str, str] | None:
    """Lane and id of what got most more or less than an equal split: a good first example. None
    before anything was allocated."""
    found = [
        (abs(given - even), name, id)
        for name, run in duel.lanes.items()
        for id, given, even in _against_even(run)
    ]
    best = max(found, key=lambda item: item[0], default=None)
    return None if best is None else best[1:]


def _against_even(run: Run) -> list[tuple[str, float, float]]:
    """(id, given, what an equal split would have given) for a lane's candidates or arms."""
    made = tree.tree(run)
    if made.groups:
        shares = {g.id: [made.given[m.id] for m in g.members if m.id in made.given]
                  for g in made.groups.values()}  # fmt: skip
        return [(id, sum(s.count for s in own), sum(s.uniform for s in own))
                for id, own in shares.items() if own]  # fmt: skip
    sums: dict[str, tuple[str, float, float]] = {}
    unit = run.budget.unit if run.budget else "rollouts"
    for allocated in run.rounds:
        alike = allocated.node == ev.PLAN_NODE and allocated.unit == unit
        for share in allocated.shares if alike else ():
            before = sums.get(share.id, (share.id, 0.0, 0.0))
            sums[share.id] = (share.id, before[1] + share.count, share.uniform)
    return list(sums.values())


# ---- a candidate of a search ---------------------------------------------------------------


def _candidate(
    run: Run, lane: du.Lane, made: tree.Tree, group: tree.Group, settings: Settings
) -> Card:
    value = "unreadable" if group.value is None else f"“{wording.shorten(group.value, VALUE)}”"
    at, reached = _place(run, group), many(len(group.members), "rollout")
    shares = [made.given[m.id] for m in group.members if m.id in made.given]
    own: dict[str, Any] = {
        "id": group.id,
        "facts": _facts(run, made, group, at, reached),
        "calls": shown_calls(_texts(run, made, group)),
    }
    if not shares:
        return Card(f"{value} in {lane.label}, {at}", _last(run, group, reached), **own)
    case = _case(run, shares, settings)
    apart = group.node != case.allocated.node  # else it searches over steps of text
    onward = f"step, {name_of(run, case.allocated.node)}," if apart else "step"
    return Card(
        f"Why did {value} of {lane.label} get {case.count}?",
        f"{reached} reached this value at {at}. Of the {case.budget} of the next {onward} "
        f"{case.count or 'none'} went on from here.",
        rows=[*explain(case), *verdict(case)],
        table=_members(group, made) if len(group.members) > 1 else None,
        **own,
    )


def _place(run: Run, group: tree.Group) -> str:
    """Where a candidate stands: its sub-problem, or its step of a text."""
    whole = group.node == ev.WHOLE_NODE
    return f"step {group.depth}" if whole else name_of(run, group.node)


def _facts(run: Run, made: tree.Tree, group: tree.Group, at: str, reached: str) -> list[list[str]]:
    return [
        ["value", wording.bounded(group.value or "unreadable", 200)],
        ["at", at],
        ["reached by", reached],
        *([["scored by", judge]] if (judge := judged_by(run, group.node)) else []),
        *([["path", _path(run, made, group)]] if group.parent != tree.ROOT else []),
        *([["ended", group.members[0].ended]] if group.members[0].ended else []),
    ]


_JUDGES = {
    "confidence": "the model's own confidence in its text",
    "model": "the model, asked whether it is right",
    "prm": "a process reward model",
    "agreement": "fresh samples that agree or do not",
}


def judged_by(run: Run, id: str) -> str:
    """Who scored the results of a sub-problem, in words; empty if nobody did."""
    how = dict.fromkeys(check.how for check in run.nodes[id].verified)
    return ", ".join(_JUDGES.get(name, name) for name in how)


def _last(run: Run, group: tree.Group, reached: str) -> str:
    if run.answer is None:
        return f"{reached} reached this value; nothing was allocated after it yet."
    if run.answer.answer == group.value:
        return f"{reached} ended here, and this value was elected."
    return f"{reached} ended here; the candidates elected {wording.shorten(run.answer.answer, 40)}."


def _members(group: tree.Group, made: tree.Tree) -> dict[str, Any]:
    rows = []
    for member in group.members[:ROWS]:
        share = made.given.get(member.id)
        score = member.total if member.total is not None else member.score
        given = "–" if share is None else str(share.count)
        rows.append([member.id, number(score), number(member.tokens), given])
    return {
        "title": "Drawn as one, since their values are equal",
        "head": ["candidate", "score", "tokens", "given"],
        "rows": rows,
        "more": max(0, len(group.members) - ROWS),
    }


def _path(run: Run, made: tree.Tree, group: tree.Group) -> str:
    parts = [
        wording.shorten(f"{_place(run, before)} = {before.value}", VALUE)
        for before in _ancestors(made, group)
    ]
    return " → ".join(parts)


def _ancestors(made: tree.Tree, group: tree.Group) -> list[tree.Group]:
    """The groups before this one, the first step's first."""
    found, at = [], group.parent
    while at in made.groups:
        found.append(made.groups[at])
        at = found[-1].parent
    return found[::-1]


def _texts(run: Run, made: tree.Tree, group: tree.Group) -> list[ev.Sampled]:
    """The call that wrote the group's first candidate, with that sample alone; nothing where
    several prompts of the sub-problem could have. A prompt holds the results it was given."""
    first = group.members[0]
    needs = run.plan.by_id[group.node].depends_on if run.plan else ()
    given = [g.value for g in _ancestors(made, group) if g.node in needs and g.value]
    fitting = []
    for call in run.nodes[group.node].calls:
        mine = [s for s in call.samples if s.index == first.sample]
        if call.stage in ev.SOLVING and mine and all(value in call.prompt for value in given):
            fitting.append(replace(call, samples=(mine[0],)))
    return fitting if len(fitting) == 1 else []


def _case(run: Run, shares: Sequence[ev.Share], settings: Settings) -> Case:
    allocated = next(a for a in reversed(run.rounds) if any(s in a.shares for s in shares))
    group = next((s.group for s in shares if s.group is not None), None)
    direction = tree.letters(run).get((allocated.round, group), "") if group is not None else ""
    if group is not None and direction:
        direction = f"{direction} (“{wording.shorten(group, 20)}”)"
    return Case(shares, allocated, settings, direction)


# ---- a lane --------------------------------------------------------------------------------


def _lane(lane: du.Lane, run: Run) -> Card:
    spent, limit = used(run), run.budget.limit if run.budget else None
    unit = run.budget.unit if run.budget else "rollouts"
    counted = run.answer.votes if run.answer else ()
    votes = ", ".join(f"{wording.shorten(a, 14)} ×{n}" for a, n in counted[:8])
    of = f"{wording.count(spent)} of {wording.count(limit)} {unit} used"
    rows = [
        ["rule", lane.about],
        ["adaptation", lane.adaptation],
        ["status", run.status],
        ["answer", run.answer.answer if run.answer else ""],
        ["votes", votes],
        ["expected", run.grade.expected if run.grade else ""],
        ["verdict", run.grade.verdict if run.grade else ""],
        ["budget", "" if limit is None else of],
        ["rollouts", str(run.rollouts)],
        ["tokens", wording.tokens(run.ledger.total.total)],
        ["time", wording.seconds(run.seconds)],
        *(["note", text] for text in notes(run)[:8]),
    ]
    return Card(
        lane.label,
        facts=[[name, wording.bounded(text, 400)] for name, text in rows if text],
    )

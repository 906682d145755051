""" "Why did this one get 7?": the numbers behind one allocation as JSON, sent when asked for.

Knows how to find a candidate, a sub-problem, an arm or a lane in a duel, which rounds concern it,
and what to show beside its numbers. Does not know the sentences (`why_words.py`) nor the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices, Rates
from scale_core.trace.run import Run
from scale_core.views import formats, lanes, tree, units
from scale_core.views.inspector import calls as shown_calls
from scale_core.views.lanes import notes, used
from scale_core.views.units import many, number
from scale_core.views.why_words import Case, explain, verdict

VALUE = 24
Settings = Mapping[str, Any]


def why(
    duel: du.Duel, lane: str, id: str, prices: Prices = units.NO_PRICES
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
        found = _step(run, of, id, settings)
    else:
        found = None
    if found is None:
        return None
    card = found.as_dict(of)
    return {**card, "facts": _priced(card["facts"], run, id, units.rates_of(duel.start, prices))}


def _priced(facts: list[list[str]], run: Run, id: str, rates: Rates) -> list[list[str]]:
    """The facts with a line of cost under the tokens, where there is one."""
    own = [e for e in run.ledger.entries if id in ("", e.node)]
    line = units.line(units.cost(rates, own), units.currency(rates))
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
    value = "unreadable" if group.value is None else f"“{formats.shorten(group.value, VALUE)}”"
    at, reached = _place(run, group), many(len(group.members), "rollout")
    shares = [made.given[m.id] for m in group.members if m.id in made.given]
    own: dict[str, Any] = {
        "id": group.id,
        "facts": _candidate_facts(run, made, group, at, reached),
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


def _candidate_facts(
    run: Run, made: tree.Tree, group: tree.Group, at: str, reached: str
) -> list[list[str]]:
    return [
        ["value", formats.bounded(group.value or "unreadable", 200)],
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
    return f"{reached} ended here; the candidates elected {formats.shorten(run.answer.answer, 40)}."


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
        formats.shorten(f"{_place(run, before)} = {before.value}", VALUE)
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
        direction = f"{direction} (“{formats.shorten(group, 20)}”)"
    return Case(shares, allocated, settings, direction)


# ---- a lane --------------------------------------------------------------------------------


def _lane(lane: du.Lane, run: Run) -> Card:
    spent, limit = used(run), run.budget.limit if run.budget else None
    unit = run.budget.unit if run.budget else "rollouts"
    counted = run.answer.votes if run.answer else ()
    votes = ", ".join(f"{formats.shorten(a, 14)} ×{n}" for a, n in counted[:8])
    of = f"{units.count(spent)} of {units.count(limit)} {unit} used"
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
        ["tokens", units.tokens(run.ledger.total.total)],
        ["time", units.seconds(run.seconds)],
        *(["note", text] for text in notes(run)[:8]),
    ]
    return Card(
        lane.label,
        facts=[[name, formats.bounded(text, 400)] for name, text in rows if text],
    )


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


def _step(run: Run, lane: du.Lane, id: str, settings: Mapping[str, Any]) -> Card:
    """The card of a sub-problem, of the plan, or of the problem in one piece."""
    node = run.nodes.get(id)
    calls = [c for c in node.calls if c.stage != "verify"] if node else []
    own: dict[str, Any] = {"id": id, "facts": _step_facts(run, id), "calls": shown_calls(calls)}
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
    return formats.shorten(found.name if found else id, 12)


def _step_facts(run: Run, id: str) -> list[list[str]]:
    """What is known of a sub-problem, as rows."""
    if id not in run.nodes:
        return []
    node = run.nodes[id]
    counted = lanes.votes(run).get(id, ())
    votes = ", ".join(f"{formats.shorten(v, 14)} ×{n}" for v, n in counted[:6])
    rows: list[tuple[str, str | None]] = [
        ("sub-problem", formats.shorten(formats.pretty(node.filled or node.text), 80)),
        ("state", node.state + (", doubted" if node.doubted else "")),
        ("result", node.result),
        ("difficulty", None if node.difficulty is None else f"{node.difficulty:.2f}"),
        ("mode", node.mode.label if node.mode else None),
        ("escalated", node.escalated),
        ("votes", votes or None),
        ("rollouts", str(lanes.rollouts(node))),
        ("tokens", units.tokens(run.ledger.of_node(id).total)),
        ("failed", node.failure or None),
    ]
    return [[name, formats.bounded(value, 300)] for name, value in rows if name and value]


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
    really = lanes.rollouts(run.nodes[id]) if id in run.nodes else 0
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
    given = lanes.rollouts(run.nodes[id]) if id in run.nodes else 0
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
        value = "the start" if group is None else formats.shorten(group.value or "unreadable", 16)
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

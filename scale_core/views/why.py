""" "Why did this one get 7?": the numbers behind one allocation as JSON, sent when asked for.

Knows how to find a candidate, a sub-problem, an arm or a lane in a duel, which rounds concern it,
and what to show beside its numbers. Does not know the sentences (`why_words.py`) nor the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices, Rates
from scale_core.trace.run import Run
from scale_core.views import lanes, tree, units
from scale_core.views.critical_path import critical_path, in_words
from scale_core.views.inspector import calls as shown_calls
from scale_core.views.lanes import notes, used
from scale_core.views.units import many, number
from scale_core.views.why_words import Case, explain, verdict

VALUE, ROWS = 24, 14
_DEFINED = {ev.WHOLE_NODE: "the whole problem", ev.PLAN_NODE: "the plan"}


@dataclass(frozen=True)
class Subject:
    """What is asked about: `id`, in a lane of a duel with these settings."""

    run: Run
    lane: du.Lane
    id: str
    settings: Mapping[str, Any]

    @property
    def name(self) -> str:
        return name_of(self.run, self.id)

    @property
    def rollouts(self) -> int:
        return lanes.rollouts(self.run.nodes[self.id]) if self.id in self.run.nodes else 0

    @property
    def unit(self) -> ev.Unit:
        """What the lane's budget counts."""
        return self.run.budget.unit if self.run.budget else "rollouts"

    def asks(self, given: int) -> str:
        return f"Why did {self.name} of {self.lane.label} get {given}?"

    def card(
        self,
        title: str,
        lead: str = "",
        rows: Sequence[list[str]] = (),
        table: dict[str, Any] | None = None,
        *,
        facts: list[list[str]] | None = None,
        calls: Sequence[ev.Sampled] | None = None,
    ) -> dict[str, Any]:
        """What the page shows. facts, calls: if not those of the sub-problem."""
        node = self.run.nodes.get(self.id)
        if calls is None:
            calls = [c for c in node.calls if c.stage != "verify"] if node else []
        return {
            "lane": self.lane.name,
            "label": self.lane.label,
            "id": self.id,
            "title": title,
            "lead": lead,
            "rows": list(rows),
            "table": table,
            "facts": _step_facts(self.run, self.id) if facts is None else facts,
            "calls": shown_calls(calls),
        }


def why(
    duel: du.Duel, lane: str, id: str, prices: Prices = units.NO_PRICES
) -> dict[str, Any] | None:
    """The card for `id` in a lane: a candidate (the first of its node), a sub-problem or arm, the
    plan, or the lane itself (""). None if there is no such lane or thing."""
    run = duel.lanes.get(lane)
    if run is None or duel.start is None:
        return None
    of = next(item for item in duel.start.lanes if item.name == lane)
    made = tree.tree(run)
    subject = Subject(run, of, made.home.get(id, id), duel.start.settings)
    if id == "":
        card = _lane(subject)
    elif id in made.home:
        card = _candidate(subject, made, made.groups[subject.id])
    elif id in run.nodes or (run.plan is not None and id in run.plan.by_id):
        card = _step(subject)
    else:
        return None
    return {**card, "facts": _priced(card["facts"], run, id, units.rates_of(duel.start, prices))}


def _priced(facts: list[list[str]], run: Run, id: str, rates: Rates) -> list[list[str]]:
    """The facts with a line of cost under the tokens, where there is one."""
    own = [e for e in run.ledger.entries if id in ("", e.node)]
    line = units.line(units.cost(rates, own), units.currency(rates))
    at = next((i for i, fact in enumerate(facts, 1) if fact[0] == "tokens"), 0)
    return [*facts[:at], ["cost", line], *facts[at:]] if at and own else facts


def _table(title: str, head: list[str], rows: Sequence[list[str]], *, last: bool = False) -> Any:
    """At most `ROWS` rows: the first ones or the last."""
    shown = rows[-ROWS:] if last else rows[:ROWS]
    return {"title": title, "head": head, "rows": shown, "more": max(0, len(rows) - ROWS)}


def _votes(counted: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{units.shorten(value, 14)} ×{n}" for value, n in counted)


def name_of(run: Run, id: str) -> str:
    return _DEFINED.get(id) or units.step_name(run.plan, id, 12)


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


def _candidate(subject: Subject, made: tree.Tree, group: tree.Group) -> dict[str, Any]:
    run, lane = subject.run, subject.lane
    value = "unreadable" if group.value is None else f"“{units.shorten(group.value, VALUE)}”"
    at, reached = _place(run, group), many(len(group.members), "rollout")
    shares = [made.given[m.id] for m in group.members if m.id in made.given]
    own: dict[str, Any] = {
        "facts": _candidate_facts(run, made, group, at, reached),
        "calls": _texts(run, made, group),
    }
    if not shares:
        return subject.card(f"{value} in {lane.label}, {at}", _last(run, group, reached), **own)
    case = _case(run, shares, subject.settings)
    apart = group.node != case.allocated.node  # else it searches over steps of text
    onward = f"step, {name_of(run, case.allocated.node)}," if apart else "step"
    return subject.card(
        f"Why did {value} of {lane.label} get {case.count}?",
        f"{reached} reached this value at {at}. Of the {case.budget} of the next {onward} "
        f"{case.count or 'none'} went on from here.",
        [*explain(case), *verdict(case)],
        _members(group, made) if len(group.members) > 1 else None,
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
        ["value", units.bounded(group.value or "unreadable", 200)],
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
    return f"{reached} ended here; the candidates elected {units.shorten(run.answer.answer, 40)}."


def _members(group: tree.Group, made: tree.Tree) -> Any:
    rows = []
    for member in group.members:
        share = made.given.get(member.id)
        score = member.total if member.total is not None else member.score
        given = "–" if share is None else str(share.count)
        rows.append([member.id, number(score), number(member.tokens), given])
    head = ["candidate", "score", "tokens", "given"]
    return _table("Drawn as one, since their values are equal", head, rows)


def _path(run: Run, made: tree.Tree, group: tree.Group) -> str:
    parts = [
        units.shorten(f"{_place(run, before)} = {before.value}", VALUE)
        for before in made.before(group)
    ]
    return " → ".join(parts)


def _texts(run: Run, made: tree.Tree, group: tree.Group) -> list[ev.Sampled]:
    """The call that wrote the group's first candidate, with that sample alone; nothing where
    several prompts of the sub-problem could have. A prompt holds the results it was given."""
    first = group.members[0]
    needs = run.plan.by_id[group.node].depends_on if run.plan else ()
    given = [g.value for g in made.before(group) if g.node in needs and g.value]
    fitting = []
    for call in run.nodes[group.node].calls:
        mine = [s for s in call.samples if s.index == first.sample]
        if call.stage in ev.SOLVING and mine and all(value in call.prompt for value in given):
            fitting.append(replace(call, samples=(mine[0],)))
    return fitting if len(fitting) == 1 else []


def _case(run: Run, shares: Sequence[ev.Share], settings: Mapping[str, Any]) -> Case:
    allocated = next(a for a in reversed(run.rounds) if any(s in a.shares for s in shares))
    group = next((s.group for s in shares if s.group is not None), None)
    direction = tree.letters(run).get((allocated.round, group), "") if group is not None else ""
    if group is not None and direction:
        direction = f"{direction} (“{units.shorten(group, 20)}”)"
    return Case(shares, allocated, settings, direction)


# ---- a lane --------------------------------------------------------------------------------


def _lane(subject: Subject) -> dict[str, Any]:
    run, lane, budget = subject.run, subject.lane, subject.run.budget
    limit = units.count(budget.limit if budget else None)
    path = critical_path(run)
    rows = [
        ["rule", lane.about],
        ["adaptation", lane.adaptation],
        ["status", run.status],
        ["answer", run.answer.answer if run.answer else ""],
        ["votes", _votes(run.answer.votes[:8]) if run.answer else ""],
        ["expected", run.grade.expected if run.grade else ""],
        ["verdict", run.grade.verdict if run.grade else ""],
        ["budget", f"{units.count(used(run))} of {limit} {subject.unit} used" if budget else ""],
        ["rollouts", str(run.rollouts)],
        ["tokens", units.tokens(run.ledger.total.total)],
        ["critical path", in_words(run, path) if path else ""],
        ["time", units.seconds(run.seconds)],
        *(["note", text] for text in notes(run)[:8]),
    ]
    facts = [[name, units.bounded(text, 400)] for name, text in rows if text]
    return subject.card(lane.label, facts=facts, calls=())


# ---- a sub-problem -------------------------------------------------------------------------


def _step(subject: Subject) -> dict[str, Any]:
    """The card of a sub-problem, of the plan, or of the problem in one piece."""
    run, id = subject.run, subject.id
    shared = [a for a in run.rounds if a.node == ev.PLAN_NODE and any(s.id == id for s in a.shares)]
    if len(shared) == 1:
        return _share(subject, shared[0])
    if shared:
        return _arm(subject, shared)
    mine = [a for a in run.rounds if a.node == id]
    if mine and run.candidates:
        return _depth(subject, mine[0]) if len(mine) == 1 else _depths(subject, mine)
    shares = [s for a in mine for s in a.shares if s.id == id]
    if shares:
        return _planned(subject, mine, shares)
    return subject.card(f"{subject.name} in {subject.lane.label}")


def _step_facts(run: Run, id: str) -> list[list[str]]:
    """What is known of a sub-problem, as rows."""
    if id not in run.nodes:
        return []
    node = run.nodes[id]
    rows: list[tuple[str, str | None]] = [
        ("sub-problem", units.shorten(units.pretty(node.filled or node.text), 80)),
        ("state", node.state + (", doubted" if node.doubted else "")),
        ("result", node.result),
        ("difficulty", None if node.difficulty is None else f"{node.difficulty:.2f}"),
        ("mode", node.mode.label if node.mode else None),
        ("escalated", node.escalated),
        ("votes", _votes(lanes.votes(run).get(id, ())[:6])),
        ("rollouts", str(lanes.rollouts(node))),
        ("tokens", units.tokens(run.ledger.of_node(id).total)),
        ("failed", node.failure),
    ]
    return [[name, units.bounded(value, 300)] for name, value in rows if name and value]


def _limit(run: Run, allocated: ev.Allocated) -> int:
    """What the round's lane had in all, where that is counted in the same unit."""
    budget = run.budget
    same = budget is not None and budget.unit == allocated.unit
    return budget.limit if budget is not None and same else allocated.budget


def _share(subject: Subject, allocated: ev.Allocated) -> dict[str, Any]:
    """One share of the plan."""
    share = next(s for s in allocated.shares if s.id == subject.id)
    unit, limit = allocated.unit, _limit(subject.run, allocated)
    case = Case([share], allocated, subject.settings, out_of=limit, unit=unit)
    used = f" It used {many(subject.rollouts, 'rollout')}." if unit == "rollouts" else ""
    lead = f"{case.count} of the lane's {case.budget} {unit}.{used}"
    return subject.card(subject.asks(case.count), lead, [*explain(case), *verdict(case)])


def _arm(subject: Subject, rounds: list[ev.Allocated]) -> dict[str, Any]:
    shares = [next(s for s in a.shares if s.id == subject.id) for a in rounds]
    given = sum(s.count for s in shares)
    last = max((i for i, s in enumerate(shares) if s.count), default=len(shares) - 1)
    by_tokens = subject.unit == "tokens"
    told: dict[str, Any] = {
        "given": given,
        "out_of": sum(a.budget for a in rounds) if by_tokens else _limit(subject.run, rounds[last]),
        "unit": rounds[last].unit,
        "even_unit": "tokens" if by_tokens else "",
    }
    case = Case([shares[last]], rounds[last], subject.settings, **told)
    end = Case([shares[-1]], rounds[-1], subject.settings, **told)
    which = f"round {rounds[last].round}, the last that pulled it" if given else "the latest round"
    return subject.card(
        subject.asks(given),
        f"{many(given, 'pull')} in {many(len(rounds), 'round')}. The numbers are those of {which}.",
        [*explain(case), *verdict(end)],
        _history(rounds, shares),
    )


def _history(rounds: list[ev.Allocated], shares: list[ev.Share]) -> Any:
    """The arm's rounds, the latest ones where there are many."""
    rows = [
        [str(a.round), str(s.count), *_factors(s, "mean", "index"), s.state]
        for a, s in zip(rounds, shares, strict=True)
    ]
    head = ["round", "given", "mean", "index", "state after it"]
    return _table("Round by round", head, rows, last=True)


def _factors(share: ev.Share, *names: str) -> list[str]:
    factors = dict(share.factors)
    return [number(factors.get(name)) for name in names]


def _planned(
    subject: Subject, rounds: list[ev.Allocated], shares: list[ev.Share]
) -> dict[str, Any]:
    """A sub-problem that was planned anew before every sample of it: the first plan's numbers."""
    given, unit, first = subject.rollouts, subject.unit, rounds[0]
    case = Case([shares[0]], first, subject.settings, given=given, out_of=first.budget, unit=unit)
    even = f"An equal split would have given {number(shares[0].uniform)} {unit}."
    plan = ["plan", shares[0].group or "–", "What it planned to do with this sub-problem."]
    return subject.card(
        subject.asks(given),
        f"Planned {many(len(rounds), 'time')}, each time for what was left: {first.budget} "
        f"{unit} at first.",
        [plan, *explain(case), ["given", str(given), even]],
        _plans(rounds, subject.id) if len(rounds) > 1 else None,
    )


def _plans(rounds: list[ev.Allocated], id: str) -> Any:
    rows = [
        [str(a.budget), s.group or "–", *_factors(s, "expected success", "expected cost")]
        for a in rounds
        for s in a.shares
        if s.id == id
    ]
    return _table("Plan by plan", ["left", "plan", "success", "cost"], rows, last=True)


# ---- a depth of a search -------------------------------------------------------------------


def _depths(subject: Subject, rounds: list[ev.Allocated]) -> dict[str, Any]:
    """A search over steps of text: what each of its depths was given."""
    rows = [
        [str(a.round), str(len(a.shares)), str(sum(s.count > 0 for s in a.shares)), str(a.budget),
         number(a.effective)]
        for a in rounds
    ]  # fmt: skip
    head = ["step", "candidates", "went on", "rollouts", "directions"]
    given = sum(a.budget for a in rounds)
    return subject.card(
        f"{subject.lane.label}: the whole problem, step by step",
        f"{many(given, 'rollout')} over {many(len(rounds), 'step')} of text.",
        table=_table("Step by step", head, rows),
    )


def _depth(subject: Subject, allocated: ev.Allocated) -> dict[str, Any]:
    """Where the rollouts of one depth of a search went."""
    made = tree.tree(subject.run)
    sums: dict[str, list[Any]] = {}
    for share in allocated.shares:
        home = made.home.get(share.id, share.id)
        group = made.groups.get(home)
        value = "the start" if group is None else units.shorten(group.value or "unreadable", 16)
        row = sums.setdefault(home, [value, 0, 0, 0.0])
        row[1], row[2], row[3] = row[1] + 1, row[2] + share.count, row[3] + share.uniform
    ranked = sorted(sums.values(), key=lambda r: -r[2])
    lead = f"{many(allocated.budget, 'rollout')} over {many(len(allocated.shares), 'candidate')}"
    if allocated.effective is not None:
        lead += f" in {number(allocated.effective)} effective directions"
    head = ["value before", "candidates", "given", "equal split"]
    rows = [[r[0], str(r[1]), str(r[2]), number(r[3])] for r in ranked]
    title = f"{subject.lane.label}: the rollouts of {subject.name}"
    return subject.card(title, f"{lead}.", table=_table("Where they went", head, rows))

""" "Why did this one get 7?": the numbers behind one allocation as JSON, sent when asked for.

Knows how to find the shares of a candidate, an arm or a sub-problem in a lane's run, and what to
show beside them: the other members of a node, the rounds, the model's own text. Does not know the
sentences (`why_words.py`) nor the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import lane_graphs, tree, wording
from scale_core.views.inspector import calls as shown_calls
from scale_core.views.lanes import notes, used
from scale_core.views.why_words import Case, explain, number, verdict

ROWS = 14
VALUE = 24


def why(duel: du.Duel, lane: str, id: str) -> dict[str, Any] | None:
    """The card for `id` in a lane: a candidate (the first of its node), a sub-problem or arm, the
    plan, or the lane itself (""). None if there is no such lane or thing."""
    run = duel.lanes.get(lane)
    if run is None or duel.start is None:
        return None
    of = next(item for item in duel.start.lanes if item.name == lane)
    settings = duel.start.settings
    made = tree.tree(run)
    if id == "":
        return _lane(duel, of, run)
    if id in made.home:
        return _candidate(run, of, made, made.groups[made.home[id]], settings)
    if id in run.nodes or (run.plan is not None and id in run.plan.by_id):
        return _step(run, of, id, settings)
    return None


def _card(lane: du.Lane, id: str, title: str, **parts: Any) -> dict[str, Any]:
    blank: dict[str, Any] = {"lead": "", "rows": [], "table": None, "facts": [], "calls": []}
    return {"lane": lane.name, "id": id, "label": lane.label, "title": title, **blank, **parts}


def _tau(run: Run) -> float | None:
    value = run.start.options.get("tau_used") if run.start else None
    return float(value) if isinstance(value, int | float) else None


# ---- a candidate of a search ---------------------------------------------------------------


def _candidate(
    run: Run, lane: du.Lane, made: tree.Tree, group: tree.Group, settings: Any
) -> dict[str, Any]:
    value = "unreadable" if group.value is None else f"“{wording.shorten(group.value, VALUE)}”"
    step = _name(run, group.node)
    reached = _rollouts(len(group.members))
    shares = [made.given[m.id] for m in group.members if m.id in made.given]
    facts = [
        ["value", wording.bounded(group.value or "unreadable", 200)],
        ["sub-problem", step],
        ["reached by", reached],
        *([["path", _path(run, made, group)]] if group.parent != tree.ROOT else []),
        *([["ended", group.members[0].ended]] if group.members[0].ended else []),
    ]
    calls = shown_calls(_own_calls(run, group))
    if not shares:
        lead = _last(run, group, reached)
        title = f"{value} in {lane.label}, {step}"
        return _card(lane, group.id, title, lead=lead, facts=facts, calls=calls)
    case = _case(run, shares, settings)
    title = f"Why did {value} of {lane.label} get {case.count}?"
    after = _name(run, case.allocated.node)
    return _card(
        lane, group.id, title, rows=[*explain(case), *verdict(case)], facts=facts, calls=calls,
        lead=f"{reached} reached this value at {step}. Of the {case.allocated.budget} of the next "
        f"step, {after}, {case.count or 'none'} went on from here.",
        table=_members(group, made) if len(group.members) > 1 else None,
    )  # fmt: skip


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
    left = len(group.members) - ROWS
    return {
        "title": "Candidates drawn as one, since their values are equal",
        "head": ["candidate", "score", "tokens", "given"],
        "rows": rows,
        "more": max(0, left),
    }


def _path(run: Run, made: tree.Tree, group: tree.Group) -> str:
    parts, at = [], group.parent
    while at in made.groups:
        parent = made.groups[at]
        parts.append(wording.shorten(f"{_name(run, parent.node)} = {parent.value}", VALUE))
        at = parent.parent
    return " → ".join(reversed(parts))


def _own_calls(run: Run, group: tree.Group) -> list[ev.Sampled]:
    """The calls at the group's sub-problem that produced its members, as far as they can be told
    apart: a search asks once for each parent, in the order of its candidates."""
    node = run.nodes[group.node]
    asked = [call for call in node.calls if call.stage in ev.SOLVING]
    parents = list(dict.fromkeys(c.parent for c in node.candidates))
    if len(parents) != len(asked):
        return []
    mine = {m.parent for m in group.members}
    return [call for parent, call in zip(parents, asked, strict=True) if parent in mine]


def _case(run: Run, shares: Sequence[ev.Share], settings: Any) -> Case:
    allocated = next(a for a in reversed(run.rounds) if any(s in a.shares for s in shares))
    letters = tree.letters(run)
    group = next((s.group for s in shares if s.group is not None), None)
    direction = letters.get((allocated.node, group), "") if group is not None else ""
    if group is not None and direction and wording.shorten(group, 30) != direction:
        direction = f"{direction} ({wording.shorten(group, 30)})"
    return Case(shares, allocated, settings, direction, _tau(run))


# ---- a sub-problem or an arm ---------------------------------------------------------------


def _step(run: Run, lane: du.Lane, id: str, settings: Any) -> dict[str, Any]:
    name = _name(run, id)
    node = run.node(id) if id in run.nodes else None
    facts = _facts(run, id)
    calls = shown_calls([c for c in node.calls if c.stage != "verify"]) if node else []
    mine = [a for a in run.rounds if any(s.id == id for s in a.shares)]
    if mine and mine[-1].node == ev.PLAN_NODE:
        return _arm(run, lane, id, mine, settings, facts, calls)
    depth = next((a for a in run.rounds if a.node == id), None)
    if depth is not None:
        return _depth(run, lane, id, depth, facts)
    return _card(lane, id, f"{name} in {lane.label}", facts=facts, calls=calls)


def _arm(
    run: Run, lane: du.Lane, id: str, mine: list[ev.Allocated], settings: Any,
    facts: list[list[str]], calls: list[dict[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    shares = [next(s for s in a.shares if s.id == id) for a in mine]
    given = sum(s.count for s in shares)
    last = max((i for i, s in enumerate(shares) if s.count), default=len(shares) - 1)
    case = Case([shares[last]], mine[last], settings, "", _tau(run))
    even = sum(s.uniform for s in shares)
    several = len(mine) > 1
    rows = [*explain(case), *([] if several else verdict(case))]
    if several:
        rows += [["given", str(given), _equal(run, given)], *verdict(case)[1:]]
    lead = (
        f"{_rollouts(given)} in {len(mine)} rounds. The numbers are those of round "
        f"{mine[last].round}, the last that gave it any."
        if several
        else f"{_rollouts(given)} of {mine[0].budget}; an equal split would give {number(even)}."
    )
    title = f"Why did {_name(run, id)} of {lane.label} get {given}?"
    table = _history(mine, shares) if several else None
    return _card(lane, id, title, lead=lead, rows=rows, table=table, facts=facts, calls=calls)


def _equal(run: Run, given: int) -> str:
    if run.budget is None or not run.budget.steps or run.budget.unit != "rollouts":
        return ""
    return f"Uniform would have given {number(run.budget.limit / run.budget.steps)}."


def _history(mine: list[ev.Allocated], shares: list[ev.Share]) -> dict[str, Any]:
    """The arm's rounds, the latest ones where there are many."""
    rows = []
    for allocated, share in list(zip(mine, shares, strict=True))[-ROWS:]:
        factors = dict(share.factors)
        cells = [number(factors[k]) if factors.get(k) is not None else "–" for k in _SHOWN]
        rows.append([str(allocated.round), str(share.count), *cells, share.state])
    return {
        "title": "Round by round",
        "head": ["round", "given", *_SHOWN, "state"],
        "rows": rows,
        "more": max(0, len(mine) - ROWS),
    }


_SHOWN = ("mean", "index")


def _depth(
    run: Run, lane: du.Lane, id: str, allocated: ev.Allocated, facts: list[list[str]]
) -> dict[str, Any]:
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
    rows = [[r[0], str(r[1]), str(r[2]), number(r[3])] for r in ranked[:ROWS]]
    lead = f"{_rollouts(allocated.budget)} over {_many(len(allocated.shares), 'candidate')}"
    if allocated.effective is not None:
        lead += f" in {number(allocated.effective)} effective directions"
    table = {
        "title": "Where they went",
        "head": ["value before", "candidates", "given", "equal split"],
        "rows": rows,
        "more": max(0, len(ranked) - ROWS),
    }
    title = f"{lane.label}: the rollouts of {_name(run, id)}"
    return _card(lane, id, title, lead=f"{lead}.", table=table, facts=facts)


def _facts(run: Run, id: str) -> list[list[str]]:
    if id not in run.nodes:
        return []
    node = run.nodes[id]
    counted = lane_graphs.value_counts(node) or _votes(run, id)
    votes = ", ".join(f"{wording.shorten(v, 14)} ×{n}" for v, n in counted[:6])
    rows: list[tuple[str, str | None]] = [
        ("sub-problem", wording.shorten(wording.pretty(node.filled or node.text), 80)),
        ("state", node.state + (", doubted" if node.doubted else "")),
        ("result", node.result),
        ("difficulty", None if node.difficulty is None else f"{node.difficulty:.2f}"),
        ("mode", node.mode.label if node.mode else None),
        ("escalated", node.escalated),
        ("results seen", votes or None),
        ("rollouts", str(lane_graphs.rollouts(node))),
        ("tokens", wording.tokens(run.ledger.of_node(id).total)),
        ("failed", node.failure or None),
    ]
    return [[name, wording.bounded(value, 300)] for name, value in rows if name and value]


def _votes(run: Run, id: str) -> list[tuple[str, int]]:
    solved = [e for e in run.events if isinstance(e, ev.StepSolved) and e.node == id]
    return list(solved[-1].votes) if solved else []


# ---- a lane --------------------------------------------------------------------------------


def _lane(duel: du.Duel, lane: du.Lane, run: Run) -> dict[str, Any]:
    spent, limit = used(run), run.budget.limit if run.budget else None
    unit = run.budget.unit if run.budget else "rollouts"
    votes = ", ".join(f"{wording.shorten(a, 14)} ×{n}" for a, n in run.answer.votes[:8]) \
        if run.answer else ""  # fmt: skip
    rows = [
        ["rule", lane.about],
        ["adaptation", lane.adaptation],
        ["status", f"{run.status}"],
        ["answer", run.answer.answer if run.answer else ""],
        ["votes", votes],
        ["expected", run.grade.expected if run.grade else ""],
        ["verdict", run.grade.verdict if run.grade else ""],
        ["budget", "" if limit is None else
            f"{wording.count(spent)} of {wording.count(limit)} {unit} used"],
        ["rollouts", str(run.rollouts)],
        ["tokens", wording.tokens(run.ledger.total.total)],
        ["time", wording.seconds(run.seconds)],
        *(["note", text] for text in notes(run)[:8]),
    ]  # fmt: skip
    facts = [[name, wording.bounded(text, 400)] for name, text in rows if text]
    return _card(lane, "", lane.label, facts=facts)


def _name(run: Run, id: str) -> str:
    if id == ev.WHOLE_NODE:
        return "the whole problem"
    if id == ev.PLAN_NODE:
        return "the plan"
    step = run.plan.by_id.get(id) if run.plan else None
    return wording.shorten(step.name if step else id, 12)


def _rollouts(count: int) -> str:
    return _many(count, "rollout")


def _many(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")

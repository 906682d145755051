"""How the command line shows a duel: a row for each lane, where the tokens went, what is shared.

Knows terminals, and that text from users and models is hostile: it is shown as text, without
control characters, and never read as markup. Does not know how a duel is started or stopped.
Every function is a pure function of a duel; what is redrawn while it runs is in cli_duel_screen.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scale_core.cli_show import GRADES, INDENT, NOTHING, detours, number, text
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import duel as heads
from scale_core.views import lanes as cards
from scale_core.views.balance import Balance, balance
from scale_core.views.wording import UNKNOWN, pretty

STATES = {
    "waiting": ("waiting", "dim"),
    "solved": ("done", "green"),
    "unsolved": ("no answer", "yellow"),
    "stopped": ("stopped", "yellow"),
    "refused": ("refused", "red"),
    "failed": ("failed", "red"),
}
HEAT = ("dim", "", "yellow", "bold red")
"""Styles of a cell, by its part of the table's largest."""


def _table(*columns: str, right: Iterable[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(text(name), justify="right" if name in right else "left", overflow="fold")
    return table


def _nothing() -> Text:
    return Text(NOTHING, "dim")


def _lanes(duel: dv.Duel) -> Iterator[tuple[dv.Lane, Run]]:
    for lane in duel.start.lanes if duel.start else ():
        yield lane, duel.lanes[lane.name]


# ---- a row for each lane -------------------------------------------------------------------


def board(duel: dv.Duel, elapsed: float | None = None) -> Table:
    """Who has which answer, and what it took. elapsed: seconds since the duel started, for lanes
    that are still running; None: as of its last event."""
    columns = ("lane", "answer", "verdict", "rollouts", "tokens", "saved", "seconds", "state")
    table = _table(*columns, right=("rollouts", "tokens", "saved", "seconds"))
    for lane, run in _lanes(duel):
        table.add_row(
            text(lane.label, "bold", 24),
            text(run.answer.answer, "bold", 40) if run.answer else _nothing(),
            verdict(run),
            _used(run.rollouts, run, "rollouts"),
            _used(run.ledger.total.total, run, "tokens"),
            _saved(run),
            Text(f"{_seconds(duel, run, elapsed):.2f}"),
            state(duel, run),
        )
    return table


def verdict(run: Run) -> Text:
    if run.grade is None:
        return _nothing()
    word, style = GRADES.get(run.grade.verdict, (run.grade.verdict, "yellow"))
    return text(word, style)


def _used(count: int | None, run: Run, unit: ev.Unit) -> Text:
    """What was used, and of how much where the budget is counted so."""
    shown = number(count)
    if run.budget is not None and run.budget.unit == unit:
        shown.append(f"/{run.budget.limit:,}", "dim")
    return shown


def _saved(run: Run) -> Text:
    saved = cards.budget(run)["saved"]
    if saved is None or run.budget is None:
        return _nothing()
    return Text(f"{saved:,} ({saved / run.budget.limit:.0%})", "green")


def _seconds(duel: dv.Duel, run: Run, elapsed: float | None) -> float:
    going_on = run.start is not None and run.end is None and duel.end is None
    return elapsed if going_on and elapsed is not None else cards.seconds(duel, run)


def state(duel: dv.Duel, run: Run) -> Text:
    state = cards.state(duel, run)
    if state == "failed" and _recorded(duel):  # no engine took part that could have failed
        return text("not recorded", "yellow")
    if state == "running":
        return text(run.progress.text if run.progress else "starting", "cyan", 60)
    return text(*STATES.get(state, (state, "")))


# ---- where the tokens went -----------------------------------------------------------------


def spending(duel: dv.Duel) -> Table:
    """Tokens by sub-problem and lane, next to the difficulty; each lane's column adds up."""
    lanes = list(_lanes(duel))
    names = [lane.name for lane, _ in lanes]
    table = _table("node", "what", "difficulty", *names, right=("difficulty", *names))
    nodes = _nodes(duel)
    most = max((run.ledger.of_node(n).total or 0 for n in nodes for _, run in lanes), default=0)
    for node in nodes:
        counts = [run.ledger.of_node(node).total for _, run in lanes]
        table.add_row(*_what(duel, node), *(_cell(count, most) for count in counts))
    table.add_section()
    totals = (number(run.ledger.total.total) for _, run in lanes)
    table.add_row(Text("total", "bold"), Text(""), Text(""), *totals)
    return table


def _nodes(duel: dv.Duel) -> list[str]:
    """The plan, its sub-problems in order, and whatever else tokens were spent on."""
    steps = [s.id for s in duel.plan.steps] if duel.plan else []
    spent = [e.node for _, run in _lanes(duel) for e in run.ledger.entries]
    first = [ev.PLAN_NODE] if ev.PLAN_NODE in spent else []
    return list(dict.fromkeys([*first, *steps, *spent]))


def _what(duel: dv.Duel, node: str) -> Iterator[Text]:
    """The node's name, its text and its difficulty, as the first lane that rated it used it."""
    step = duel.plan.by_id.get(node) if duel.plan else None
    yield text(step.name if step else node, "bold", 20)
    whole = {ev.PLAN_NODE: "finding the plan", ev.WHOLE_NODE: "the whole problem"}
    yield text(pretty(step.text) if step else whole.get(node, ""), longest=60)
    ratings = (run.nodes[node].rating for _, run in _lanes(duel) if node in run.nodes)
    rating = next((r for r in ratings if r is not None), None)
    if rating is None:
        yield _nothing()
    else:
        yield Text(f"{'~' if rating.provisional else ''}{rating.used:.2f}")


def _cell(count: int | None, most: int) -> Text:
    if not count:
        return number(count) if count is None else _nothing()
    return Text(f"{count:,}", HEAT[min(len(HEAT) - 1, len(HEAT) * count // max(1, most))])


# ---- sums ----------------------------------------------------------------------------------


def totals(duel: dv.Duel) -> Text:
    """What the lanes would have cost one by one, and what was really generated."""
    logical = Text("Tokens: ") + number(duel.logical.total) + Text(" logical (each lane alone), ")
    if _recorded(duel):
        return logical + Text("none physical: everything was recorded")
    real = logical + number(duel.physical.total) + Text(" physical (really generated)")
    part = heads.shared(duel)
    if part is not None and part > 0:
        real.append(f": {part:.0%} shared", "green")
    return real


def _recorded(duel: dv.Duel) -> bool:
    return duel.start is not None and duel.start.recorded


def balanced(duel: dv.Duel, counters: Usage | None = None) -> Text:
    """Whether what the lanes were charged, each sample once, is what was generated, and that what
    the engine itself counted (`counters`; None: no engine took part)."""
    found = balance(duel)
    if found.ok is None or (counters is not None and counters.total is None):
        return text(f"Ledger: cannot tell if it balances. {found.text}", "yellow")
    if counters is not None and counters != duel.physical:
        told = f"the engine counted {counters}, its events say {duel.physical}"
        return text(f"Ledger does not balance: {told}", "bold red")
    if not found.ok:
        return text(f"Ledger does not balance. {found.text}", "bold red")
    return text(f"Ledger balances: {_agreement(duel, found, counters)}.", "green")


def _agreement(duel: dv.Duel, found: Balance, counters: Usage | None) -> str:
    if _recorded(duel):
        return "each lane's nodes add up to its total"
    by = " and counted by the engine" if counters is not None else ""
    return (
        f"{found.charged_samples:,} different samples with {found.charged:,} tokens were charged "
        f"to the lanes and generated{by}"
    )


# ---- notes ---------------------------------------------------------------------------------


def notes(duel: dv.Duel) -> list[Text]:
    """What a reader must know to compare the lanes; what several of them share is said once."""
    said: dict[tuple[str, str], list[str]] = {}
    for lane, run in _lanes(duel):
        for note in _notes(duel, lane, run):
            said.setdefault(note, []).append(lane.label)
    found = [(f"{', '.join(labels)}: {line}", style) for (line, style), labels in said.items()]
    found += [(line, "yellow") for line in _missing(duel)]
    found += [(line, "dim") for line in (duel.start.engine.get("notes", ()) if duel.start else ())]
    return [INDENT + text(line, style) for line, style in found]


def _notes(duel: dv.Duel, lane: dv.Lane, run: Run) -> Iterator[tuple[str, str]]:
    """Lines with their style, the weightiest first."""
    if run.end is not None and run.end.message and run.status != "stopped":
        yield f"{state(duel, run).plain}: {run.end.message}", "red"
    for reason in dict.fromkeys(node.failure for node in run.nodes.values() if node.failure):
        yield f"a sub-problem failed: {reason}", "yellow"
    if run.budget is not None:
        if run.budget.note:
            yield f"budget not comparable: {run.budget.note}", "yellow"
        used, limit = cards.used(run), run.budget.limit
        if used is not None and used > limit:
            yield f"{used - limit:,} {run.budget.unit} over its budget of {limit:,}", "yellow"
    if run.plan is not None and duel.plan is not None and run.plan.steps != duel.plan.steps:
        yield "its budget led to another plan, so sub-problems differ", "yellow"
    for line in dict.fromkeys(detours(run)):
        yield line, "yellow"
    if lane.adaptation:
        yield f"adaptation: {lane.adaptation}", "dim"


def _missing(duel: dv.Duel) -> list[str]:
    gaps = dict.fromkeys(f"{g['n']} of {g['name']} ({g['stage']})" for g in heads.missing(duel))
    if not gaps:
        return []
    return [f"samples not recorded: {', '.join(gaps)}; a duel on these terms would generate them"]


# ---- the whole account ---------------------------------------------------------------------


def account(
    duel: dv.Duel, counters: Usage | None = None, before: dv.Duel | None = None
) -> RenderableType:
    """The end of a duel. counters: what the engine itself counted; before: the live duel that a
    recorded one is compared with."""
    parts: list[RenderableType] = [board(duel), spending(duel)]
    if before is not None:
        parts.append(changes(before, duel))
    parts += [totals(duel), balanced(duel, counters), *notes(duel), caption(duel)]
    return Group(*parts)


def changes(before: dv.Duel, after: dv.Duel) -> Table:
    """Each lane as it was recorded, then as it was decided again."""
    table = _table("replay", "answer", "rollouts", "tokens")
    for lane, run in _lanes(after):
        was = before.lanes.get(lane.name, Run())
        table.add_row(
            text(lane.label, "bold", 24),
            _change(answer(was), answer(run)),
            _change(f"{was.rollouts:,}", f"{run.rollouts:,}"),
            _change(tokens(was), tokens(run)),
        )
    return table


def answer(run: Run) -> str:
    return run.answer.answer if run.answer else NOTHING


def tokens(run: Run) -> str:
    count = run.ledger.total.total
    return UNKNOWN if count is None else f"{count:,}"


def _change(was: str, now: str) -> Text:
    if was == now:
        return text(f"{now}, as recorded", "dim", 60)
    return text(was, longest=30) + Text(" → ") + text(now, "bold", 30)


def caption(duel: dv.Duel) -> Text:
    """What ran: the model, its device, the budget, the seed, the time."""
    start = duel.start
    if start is None:
        return Text("")
    parts = [
        start.engine.get("model"),
        start.engine.get("device"),
        heads.budget_line(duel),
        f"seed {start.seed}",
        "decided again from its record" if start.recorded else f"{duel.seconds:.2f} s",
    ]
    return text(" · ".join(str(p) for p in parts if p), "dim")

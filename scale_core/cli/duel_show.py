"""How the command line shows a duel: a row for each lane, what to know about them, the account.

Knows terminals, and that text from users and models is hostile: it is shown as text, without
control characters, and never read as markup. Does not know how a duel is started or stopped.
Every function is a pure function of a duel. Where its tokens went is in cli/duel_ledger.py, what is
redrawn while it runs in cli/duel_screen.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scale_core.cli.duel_cost import costs
from scale_core.cli.duel_ledger import (
    Spending,
    balanced,
    columns,
    lanes_of,
    nothing,
    recorded,
    totals,
)
from scale_core.cli.run_show import GRADES, INDENT, NOTHING, detours, number, text
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import duel as duel_view
from scale_core.views import lanes as lane_cards
from scale_core.views.units import NO_PRICES, UNKNOWN

STATES = {
    "waiting": ("waiting", "dim"),
    "solved": ("done", "green"),
    "unsolved": ("no answer", "yellow"),
    "stopped": ("stopped", "yellow"),
    "refused": ("refused", "red"),
    "failed": ("failed", "red"),
}


# ---- a row for each lane -------------------------------------------------------------------


def board(duel: dv.Duel, elapsed: float | None = None) -> Table:
    """Who has which answer, and what it took. elapsed: seconds since the duel started, for lanes
    that are still running; None: as of its last event."""
    numbers = ("rollouts", "tokens", "saved", "seconds")
    names = ("lane", "answer", "verdict", *numbers, "state")
    table = columns(*names, right=numbers, whole=("verdict",))
    for lane, run in lanes_of(duel):
        table.add_row(
            text(lane.label, "bold", 24),
            text(run.answer.answer, "bold", 40) if run.answer else nothing(),
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
        return nothing()
    word, style = GRADES.get(run.grade.verdict, (run.grade.verdict, "yellow"))
    return text(word, style)


def _used(count: int | None, run: Run, unit: ev.Unit) -> Text:
    """What was used, and of how much where the budget is counted so."""
    shown = number(count)
    if run.budget is not None and run.budget.unit == unit:
        shown.append(f"/{run.budget.limit:,}", "dim")
    return shown


def _saved(run: Run) -> Text:
    saved = lane_cards.budget(run)["saved"]
    if saved is None or run.budget is None:
        return nothing()
    return Text(f"{saved:,} ({saved / run.budget.limit:.0%})", "green")


def _seconds(duel: dv.Duel, run: Run, elapsed: float | None) -> float:
    going_on = run.start is not None and run.end is None and duel.end is None
    return elapsed if going_on and elapsed is not None else lane_cards.seconds(duel, run)


def state(duel: dv.Duel, run: Run) -> Text:
    state = lane_cards.state(duel, run)
    if state == "failed" and recorded(duel):  # no engine took part that could have failed
        return text("not recorded", "yellow")
    if state == "running":
        return text(run.progress.text if run.progress else "starting", "cyan", 60)
    return text(*STATES.get(state, (state, "")))


# ---- notes ---------------------------------------------------------------------------------


def notes(duel: dv.Duel) -> list[Text]:
    """What a reader must know to compare the lanes; what several of them share is said once."""
    said: dict[tuple[str, str], list[str]] = {}
    for lane, run in lanes_of(duel):
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
        used, limit = lane_cards.used(run), run.budget.limit
        if used is not None and used > limit:
            yield f"{used - limit:,} {run.budget.unit} over its budget of {limit:,}", "yellow"
    if run.plan is not None and duel.plan is not None and run.plan.steps != duel.plan.steps:
        yield "its budget led to another plan, so sub-problems differ", "yellow"
    for line in dict.fromkeys(detours(run)):
        yield line, "yellow"
    if lane.adaptation:
        yield f"adaptation: {lane.adaptation}", "dim"


def _missing(duel: dv.Duel) -> list[str]:
    gaps = dict.fromkeys(f"{g['n']} of {g['name']} ({g['stage']})" for g in duel_view.missing(duel))
    if not gaps:
        return []
    return [f"samples not recorded: {', '.join(gaps)}; a duel on these terms would generate them"]


# ---- the whole account ---------------------------------------------------------------------


def account(
    duel: dv.Duel,
    counters: Usage | None = None,
    before: dv.Duel | None = None,
    prices: Prices = NO_PRICES,
) -> RenderableType:
    """The end of a duel. counters: what the engine itself counted; before: the live duel that a
    recorded one is compared with."""
    table, unknown = costs(duel, prices)
    parts: list[RenderableType] = [board(duel), Spending(duel)]
    if before is not None:
        parts.append(changes(before, duel))
    parts += [table, totals(duel), balanced(duel, counters)]
    parts += [*(INDENT + line for line in unknown), *notes(duel), caption(duel)]
    return Group(*parts)


def changes(before: dv.Duel, after: dv.Duel) -> Table:
    """Each lane as it was recorded, then as it was decided again."""
    table = columns("replay", "answer", "rollouts", "tokens")
    for lane, run in lanes_of(after):
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


def terms(duel: dv.Duel) -> str:
    """What each lane may spend, its numbers written as everywhere here."""
    each, source = duel_view.budget_of(duel)
    return (f"{each} ({source})" if source else each).replace("\u2009", ",")


def caption(duel: dv.Duel) -> Text:
    """What ran: the model, its device, the budget, the seed, the time."""
    start = duel.start
    if start is None:
        return Text("")
    parts = [
        start.engine.get("model"),
        start.engine.get("device"),
        terms(duel),
        f"seed {start.seed}",
        "decided again from its record" if start.recorded else f"{duel.seconds:.2f} s",
    ]
    return text(" · ".join(str(p) for p in parts if p), "dim")

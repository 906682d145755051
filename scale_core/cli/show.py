"""How the command line shows lanes: one alone drawn large, several as a row each, and the account.

Knows how runs and duels become text. Does not know how they are started, stopped or redrawn
(run.py), or where the tokens went (ledger.py). Every function is pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scale_core.cli.common import INDENT, NOTHING, columns, nothing, number, plain_numbers, text
from scale_core.cli.ledger import (
    Spending,
    balanced,
    cost,
    costs,
    difficulty,
    lanes_of,
    path,
    recorded,
    stages,
    totals,
)
from scale_core.problem import Mode
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.trace.run import NodeState, Run
from scale_core.trace.usage import Usage
from scale_core.views import duel as duel_view
from scale_core.views import lanes as lane_cards
from scale_core.views import understood
from scale_core.views.units import NO_PRICES, UNKNOWN, pretty

GRADES = {"equal": ("right", "green"), "different": ("wrong", "red")}
STATES = {
    "waiting": ("waiting", "dim"),
    "solved": ("done", "green"),
    "unsolved": ("no answer", "yellow"),
    "stopped": ("stopped", "yellow"),
    "refused": ("refused", "red"),
    "failed": ("failed", "red"),
}
LEGEND = "① System 1   ② System 2   ②↑ escalated to System 2   ~ provisional difficulty"


def alone(duel: dv.Duel) -> Run | None:
    """The run of a duel that is one lane without a budget: it is drawn large."""
    if duel.start is None or duel.start.budget or len(duel.lanes) != 1:
        return None
    (run,) = duel.lanes.values()
    return run


# ---- one lane, drawn large -----------------------------------------------------------------


def _mark(run: Run, phase: ev.Phase) -> tuple[str, str]:
    """A phase's sign and style: waiting, going on, done or broken off."""
    progress = run.phases.get(phase)
    if progress is None:
        return "·", "dim"
    if progress.done >= progress.total:
        return "✓", "green"
    return ("▸", "bold cyan") if run.end is None else ("✗", "red")


def strip(run: Run) -> Text:
    """The four stages in one line."""
    marks = [(*_mark(run, phase), phase) for phase in ev.PHASES]
    return Text("  →  ", "dim").join(Text(f"{sign} {phase}", style) for sign, style, phase in marks)


def now(run: Run) -> Text:
    """What the run is doing, in the words of its last progress event."""
    going_on = run.progress is not None and run.end is None
    return INDENT + text(run.progress.text if run.progress and going_on else "", "dim")


def steps(run: Run) -> Table:
    """One row a sub-problem; a strategy without a plan has one row for the whole problem."""
    names = ("step", "sub-problem", "difficulty", "mode", "result", "verifier", "tokens")
    table = columns(*names, right=("difficulty", "tokens"), close=False)
    for node in run.steps:
        table.add_row(*_cells(run, node))
    if not run.steps and (whole := run.nodes.get(ev.WHOLE_NODE)):
        answer = text(run.answer.answer) if run.answer else _result(whole)
        row = (nothing(), nothing(), answer, nothing(), number(_tokens(run, whole.id)))
        table.add_row(text(whole.id, "bold"), Text("the whole problem"), *row)
    return table


def _tokens(run: Run, node: str) -> int | None:
    return run.ledger.of_node(node).total


def _cells(run: Run, node: NodeState) -> Iterator[Text]:
    name = run.plan.by_id[node.id].name if run.plan else node.id
    yield text(name, "bold", 20)
    yield text(pretty(node.filled or node.text))
    yield difficulty(node)
    yield _mode(node)
    yield _result(node)
    yield _verifier(node)
    yield number(_tokens(run, node.id))


def _mode(node: NodeState) -> Text:
    if node.mode is None:
        return nothing()
    if node.escalated is not None:
        return Text("②↑", "yellow")
    return Text("②", "magenta") if node.mode is Mode.SYSTEM2 else Text("①", "cyan")


def _result(node: NodeState) -> Text:
    if node.result is not None:
        doubt, style = (" (doubted)", "yellow") if node.doubted else ("", "bold")
        return text(node.result + doubt, style)
    if node.state == "failed":
        return text(f"failed: {node.failure}", "red")
    return Text({"planned": "", "running": "…"}.get(node.state, node.state), "dim")


def _verifier(node: NodeState) -> Text:
    """The last verdict, and on which result if not on the one that stands."""
    if not node.verified:
        return nothing()
    last = node.verified[-1]
    odds = UNKNOWN if last.probability is None else f"{last.probability:.2f}"
    on = "" if last.result == node.result else f" on {last.result}"
    sign, style = ("✓", "green") if last.accepted else ("✗", "yellow")
    return text(f"{sign} {odds}{on}", style, 60)


def outcome(run: Run) -> Text:
    """The answer with its verdict, or why there is none."""
    end = run.end
    if run.answer is None or (end is not None and end.status != "solved"):
        return text(f"No answer: {_why(run)}", "bold red")
    shown = Text.assemble("Answer: ", text(run.answer.answer, "bold"))
    if run.grade is not None:
        shown = Text.assemble(shown, "   ", verdict(run), ": ")
        shown.append_text(text(f"expected {run.grade.expected}. {run.grade.reason}"))
    return shown


def _why(run: Run) -> str:
    if run.end is None:
        return "the run did not end"
    failed = [node.failure for node in run.nodes.values() if node.failure]
    return run.end.message or "; ".join(dict.fromkeys(failed)) or run.end.status


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


def ended(duel: dv.Duel, lane: str) -> Text:
    """A lane that has ended, in one line."""
    run = duel.lanes[lane]
    rollouts = f"{run.rollouts:,} rollout{'' if run.rollouts == 1 else 's'}"
    spent = f"{rollouts}, {_total(run)} tokens"
    parts = [_answer(run), verdict(run).plain, spent, state(duel, run).plain]
    return text(f"{lane}: {', '.join(p for p in parts if p != NOTHING)}")


# ---- notes ---------------------------------------------------------------------------------


def detours(run: Run) -> list[str]:
    """Everything that did not go straight: nothing of it is silent."""
    found: list[str] = []
    names = {s.id: s.name for s in run.plan.steps} if run.plan else {}
    for event in run.events:
        match event:
            case ev.Understood() if event.unsure:
                what = understood.in_a_line(event)
            case ev.Escalated():
                what = f"escalated: {event.reason}"
            case ev.Fallback():
                what = f"fallback to {event.what}: {event.reason}"
            case ev.Retried():
                what = f"{event.stage} tried again ({event.attempt}): {event.reason}"
            case _:
                continue
        found.append(f"{names.get(event.node, event.node)} {what}")
    return found


def notes(duel: dv.Duel) -> list[Text]:
    """What a reader must know, of lanes side by side also what it takes to compare them; what
    several of them share is said once."""
    if run := alone(duel):
        return [INDENT + text(line, "yellow") for line in detours(run)]
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


# ---- the account ---------------------------------------------------------------------------


def account(
    duel: dv.Duel,
    counters: Usage | None = None,
    before: dv.Duel | None = None,
    prices: Prices = NO_PRICES,
) -> RenderableType:
    """The end: what came out, what it cost, what ran. counters: what the engine itself counted;
    before: the live duel that a recorded one is compared with."""
    if run := alone(duel):
        legend = [Text(LEGEND, "dim")] if run.steps else []
        told = Group(steps(run), *notes(duel), *legend, outcome(run), Text(""), stages(run))
        spent = [*path(run), *cost(run, prices), balanced(duel, counters)]
        return Group(told, *spent, caption(duel))
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
            _change(_answer(was), _answer(run)),
            _change(f"{was.rollouts:,}", f"{run.rollouts:,}"),
            _change(_total(was), _total(run)),
        )
    return table


def _answer(run: Run) -> str:
    return run.answer.answer if run.answer else NOTHING


def _total(run: Run) -> str:
    return number(run.ledger.total.total).plain


def _change(was: str, now: str) -> Text:
    if was == now:
        return text(f"{now}, as recorded", "dim", 60)
    return text(was, longest=30) + Text(" → ") + text(now, "bold", 30)


def terms(duel: dv.Duel) -> str:
    """What each lane may spend, its numbers written as everywhere here; alone, which preset."""
    if run := alone(duel):
        return f"preset {run.start.strategy}" if run.start else ""
    each, source = duel_view.budget_of(duel)
    return plain_numbers(f"{each} ({source})" if source else each)


def caption(duel: dv.Duel) -> Text:
    """What ran: the model, its device, the terms, the seed, the time."""
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

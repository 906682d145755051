"""How the command line shows a run: the stages, the table of steps, the answer, the ledger.

Knows terminals, and that text from users and models is hostile: it is shown as text, without
control characters, and never read as markup. Does not know how a run is started or stopped.
Every function is a pure function of a run; only `Screen` keeps anything.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from typing import IO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from scale_core.problem import Mode
from scale_core.trace import events as ev
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import NodeState, Run
from scale_core.trace.usage import Usage
from scale_core.views import units
from scale_core.views.formats import pretty
from scale_core.views.units import UNKNOWN

NOTHING = "–"
INDENT = Text("  ")
LONGEST = 500
GRADES = {"equal": ("right", "green"), "different": ("wrong", "red")}
LEGEND = "① System 1   ② System 2   ②↑ escalated to System 2   ~ provisional difficulty"


# ---- text ----------------------------------------------------------------------------------


def plain(text: str, longest: int = LONGEST) -> str:
    """One line of at most `longest` characters, without anything a terminal would obey: control
    characters, direction changes, invisible ones and lone surrogates."""
    line = " ".join(text[: 4 * longest].split())
    kept = "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def text(value: str, style: str = "", longest: int = LONGEST) -> Text:
    """The same as something to print: never markup."""
    return Text(plain(value, longest), style)


def number(value: int | None) -> Text:
    return Text(UNKNOWN, "dim") if value is None else Text(f"{value:,}")


# ---- the stages ----------------------------------------------------------------------------


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
    parts = [
        Text(f"{sign} {phase}", style) for phase in ev.PHASES for sign, style in [_mark(run, phase)]
    ]
    return Text("  →  ", "dim").join(parts)


def now(run: Run) -> Text:
    """What the run is doing, in the words of its last progress event."""
    going_on = run.progress is not None and run.end is None
    return INDENT + text(run.progress.text if run.progress and going_on else "", "dim")


# ---- the table of steps --------------------------------------------------------------------


def steps(run: Run) -> Table:
    """One row a sub-problem; a strategy without a plan has one row for the whole problem."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("step", "sub-problem", "difficulty", "mode", "result", "verifier", "tokens"):
        right = name in ("difficulty", "tokens")
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for node in run.steps:
        table.add_row(*_cells(run, node))
    if not run.steps and ev.WHOLE_NODE in run.nodes:
        table.add_row(*_whole(run, run.nodes[ev.WHOLE_NODE]))
    return table


def _cells(run: Run, node: NodeState) -> Iterator[Text]:
    name = run.plan.by_id[node.id].name if run.plan else node.id
    yield text(name, "bold", 20)
    yield text(pretty(node.filled or node.text))
    yield _difficulty(node)
    yield _mode(node)
    yield _result(node)
    yield _verifier(node)
    yield number(run.ledger.of_node(node.id).total)


def _whole(run: Run, node: NodeState) -> Iterator[Text]:
    yield text(node.id, "bold")
    yield Text("the whole problem")
    yield from (Text(NOTHING, "dim"), Text(NOTHING, "dim"))
    yield text(run.answer.answer) if run.answer else _result(node)
    yield Text(NOTHING, "dim")
    yield number(run.ledger.of_node(node.id).total)


def _difficulty(node: NodeState) -> Text:
    if node.rating is None:
        return Text(NOTHING, "dim")
    return Text(f"{'~' if node.rating.provisional else ''}{node.rating.used:.2f}")


def _mode(node: NodeState) -> Text:
    if node.mode is None:
        return Text(NOTHING, "dim")
    if node.escalated is not None:
        return Text("②↑", "yellow")
    return Text("②", "magenta") if node.mode is Mode.SYSTEM2 else Text("①", "cyan")


def _result(node: NodeState) -> Text:
    if node.result is not None:
        return text(
            f"{node.result}{' (doubted)' if node.doubted else ''}",
            "yellow" if node.doubted else "bold",
        )
    if node.state == "failed":
        return text(f"failed: {node.failure}", "red")
    return Text({"planned": "", "running": "…"}.get(node.state, node.state), "dim")


def _verifier(node: NodeState) -> Text:
    """The last verdict, and on which result if not on the one that stands."""
    if not node.verified:
        return Text(NOTHING, "dim")
    last = node.verified[-1]
    odds = UNKNOWN if last.probability is None else f"{last.probability:.2f}"
    on = "" if last.result == node.result else f" on {last.result}"
    return text(
        f"{'✓' if last.accepted else '✗'} {odds}{on}", "green" if last.accepted else "yellow", 60
    )


# ---- what came out -------------------------------------------------------------------------


def notes(run: Run) -> list[Text]:
    """Everything that did not go straight, as lines to print."""
    return [INDENT + text(line, "yellow") for line in detours(run)]


def detours(run: Run) -> list[str]:
    """Everything that did not go straight: nothing of it is silent."""
    found: list[str] = []
    names = {s.id: s.name for s in run.plan.steps} if run.plan else {}
    for event in run.events:
        match event:
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


def outcome(run: Run) -> Text:
    """The answer with its verdict, or why there is none."""
    end = run.end
    if run.answer is None or (end is not None and end.status != "solved"):
        return text(f"No answer: {_why(run)}", "bold red")
    shown = Text.assemble("Answer: ", text(run.answer.answer, "bold"))
    if run.grade is not None:
        word, style = GRADES.get(run.grade.verdict, ("could not tell if right", "yellow"))
        shown = Text.assemble(shown, "   ", (word, style), ": ")
        shown.append_text(text(f"expected {run.grade.expected}. {run.grade.reason}"))
    return shown


def _why(run: Run) -> str:
    if run.end is None:
        return "the run did not end"
    failed = [node.failure for node in run.nodes.values() if node.failure]
    return run.end.message or "; ".join(dict.fromkeys(failed)) or run.end.status


def ledger(run: Run) -> Table:
    """Tokens by stage; what the engine did not report is unknown, never 0."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_footer=False)
    table.add_column("stage")
    for name in ("calls", "prompt", "cached", "completion", "thinking", "total"):
        table.add_column(name, justify="right")
    entries = run.ledger.entries
    for stage in ev.STAGES:
        calls = sum(e.calls for e in entries if e.stage == stage)
        if calls:
            table.add_row(Text(stage), number(calls), *_counts(run.ledger.of_stage(stage)))
    table.add_section()
    table.add_row(
        Text("total", "bold"), number(sum(e.calls for e in entries)), *_counts(run.ledger.total)
    )
    return table


def _counts(usage: Usage) -> Iterator[Text]:
    counts = (usage.prompt, usage.cached, usage.completion, usage.thinking, usage.total)
    return (number(n) for n in counts)


def cost(run: Run, prices: Prices) -> list[Text]:
    """What the run cost in a line; below it, why amounts are not known."""
    rates, spent = units.of_run(run, prices)
    total = run.ledger.total.total
    counted = f"tokens {UNKNOWN}" if total is None else f"{total:,} token{'s' * (total != 1)}"
    line = f"Cost: {counted} · {units.line(spent, units.currency(rates))}"
    return [text(line), *(INDENT + hint for hint in hints(rates, spent))]


def hints(rates: Rates, spent: Cost) -> Iterator[Text]:
    """Why amounts are not known, each unit once; for money also where a price is put."""
    for unit in units.gaps(rates, spent):
        why = units.missing(rates, unit) or units.unknown(rates, unit)
        yield text(f"{unit} {UNKNOWN}: {why}", "dim")


def caption(run: Run) -> Text:
    """What ran: the model, its device, the strategy, the seed, the time."""
    if run.start is None:
        return Text("")
    engine = run.start.engine
    parts = [
        engine.get("model"),
        engine.get("device"),
        f"preset {run.start.strategy}",
        f"seed {run.start.seed}",
        f"{run.seconds:.2f} s",
    ]
    return text(" · ".join(str(p) for p in parts if p), "dim")


def account(run: Run, prices: Prices = units.NO_PRICES) -> RenderableType:
    """The end of a run: the answer, what it cost and what ran."""
    return Group(outcome(run), Text(""), ledger(run), *cost(run, prices), caption(run))


# ---- the screen ----------------------------------------------------------------------------


def console(file: IO[str] | None = None, *, stderr: bool = False) -> Console:
    """A console that takes text as text. Where there is no terminal it is plain, 100 wide."""
    made = Console(file=file, stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = 100
    return made


class Screen:
    """A run as it happens: redrawn in place on a terminal, line by line elsewhere."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._live = Live(console=out, auto_refresh=False) if out.is_terminal else None

    def __enter__(self) -> Screen:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, event: ev.Event, run: Run) -> None:
        """Called after each event; `run` has it already. Nothing is shown of a refused run."""
        if run.progress is None:
            return
        if self._live is not None:
            self._live.update(Group(strip(run), now(run), steps(run), *notes(run)), refresh=True)
        elif isinstance(event, ev.Progress):
            self._out.print(text(f"{event.phase}: {event.text}"))

    def close(self, run: Run, prices: Prices = units.NO_PRICES) -> None:
        """The rest, once the run has ended."""
        if self._live is None:
            self._out.print(Group(steps(run), *notes(run)))
        if run.steps:
            self._out.print(Text(LEGEND, "dim"))
        self._out.print(account(run, prices))

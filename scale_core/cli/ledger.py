"""Where the tokens went, on the command line: by stage, by sub-problem and lane; cost and balance.

Knows how ledgers become tables and sentences. Does not know what else is shown of lanes (show.py),
tables of prices, or how a cost is made (views/units.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from scale_core.cli.common import INDENT, columns, nothing, number, plain_numbers, text
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.prices import Cost, Prices, Rates
from scale_core.trace.run import NodeState, Run
from scale_core.trace.usage import Usage
from scale_core.views import duel as duel_view
from scale_core.views import units
from scale_core.views.critical_path import critical_path, in_words
from scale_core.views.duel import balance
from scale_core.views.units import UNKNOWN, pretty

NODE, WHAT, GAP = 12, 16, 2
"""Widths in the table of spending: most of a node's name, least of its text, between columns."""
HEAT = ("dim", "", "yellow", "bold red")
"""Styles of a cell, by its part of the table's largest."""
BALANCES = {
    True: ("Ledger balances:", "green"),
    False: ("Ledger does not balance:", "bold red"),
    None: ("Ledger: cannot tell if it balances.", "yellow"),
}
COSTS = ("tokens", "money", "FLOPs", "FLOPs uncached", "request time")


def lanes_of(duel: dv.Duel) -> Iterator[tuple[dv.Lane, Run]]:
    for lane in duel.start.lanes if duel.start else ():
        yield lane, duel.lanes[lane.name]


def recorded(duel: dv.Duel) -> bool:
    return duel.start is not None and duel.start.recorded


def difficulty(node: NodeState | None) -> Text:
    """As it was used; "~" where it may still change."""
    if node is None or node.rating is None:
        return nothing()
    return Text(f"{'~' if node.rating.provisional else ''}{node.rating.used:.2f}")


# ---- by stage ------------------------------------------------------------------------------


def stages(run: Run) -> Table:
    """Tokens by stage; what the engine did not report is unknown, never 0."""
    names = ("calls", "prompt", "cached", "completion", "thinking", "total")
    table = columns("stage", *names, right=names, close=False)
    entries = run.ledger.entries
    for stage in ev.STAGES:
        if calls := sum(e.calls for e in entries if e.stage == stage):
            table.add_row(Text(stage), number(calls), *_counts(run.ledger.of_stage(stage)))
    table.add_section()
    calls = sum(e.calls for e in entries)
    table.add_row(Text("total", "bold"), number(calls), *_counts(run.ledger.total))
    return table


def _counts(usage: Usage) -> Iterator[Text]:
    counts = (usage.prompt, usage.cached, usage.completion, usage.thinking, usage.total)
    return (number(n) for n in counts)


# ---- by sub-problem and lane ---------------------------------------------------------------


@dataclass(frozen=True)
class Spending:
    """Tokens by sub-problem and lane, next to the difficulty, in as many tables as the width
    makes necessary, one below the other; each lane's column adds up."""

    duel: dv.Duel

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width - sum(width + GAP for width in (NODE, WHAT, len("difficulty")))
        block: list[tuple[dv.Lane, Run]] = []
        for lane in lanes_of(self.duel):
            block.append(lane)
            if len(block) > 1 and sum(_width(x) + GAP for x, _ in block) > room:
                yield _spending(self.duel, block[:-1])
                block = [lane]
        yield _spending(self.duel, block)


def _width(lane: dv.Lane) -> int:
    return max(len(lane.name), len("100,000"))


def _spending(duel: dv.Duel, lanes: Sequence[tuple[dv.Lane, Run]]) -> Table:
    names = [lane.name for lane, _ in lanes]
    table = columns("node", "what", "difficulty", *names, right=("difficulty", *names),
                   whole=("node",))  # fmt: skip
    nodes = _nodes(duel)
    runs = [run for _, run in lanes_of(duel)]
    most = max((run.ledger.of_node(n).total or 0 for n in nodes for run in runs), default=0)
    for node in nodes:
        counts = [run.ledger.of_node(node).total for _, run in lanes]
        table.add_row(*_what(duel, node), *(_cell(count, most) for count in counts))
    table.add_section()
    totals = (number(run.ledger.total.total) for _, run in lanes)
    table.add_row(Text("total", "bold"), Text(""), Text(""), *totals)
    paths = [critical_path(run) for _, run in lanes]
    if any(paths):
        longest = (number(path.tokens) if path else nothing() for path in paths)
        table.add_row(Text(""), Text("critical path"), Text(""), *longest)
    return table


def _nodes(duel: dv.Duel) -> list[str]:
    """The plan, its sub-problems in order, and whatever else tokens were spent on."""
    steps = [s.id for s in duel.plan.steps] if duel.plan else []
    spent = [e.node for _, run in lanes_of(duel) for e in run.ledger.entries]
    first = [ev.PLAN_NODE] if ev.PLAN_NODE in spent else []
    return list(dict.fromkeys([*first, *steps, *spent]))


def _what(duel: dv.Duel, node: str) -> Iterator[Text]:
    """The node's name, its text and its difficulty, as the first lane that rated it used it."""
    step = duel.plan.by_id.get(node) if duel.plan else None
    yield text(step.name if step else node, "bold", NODE)
    whole = {ev.PLAN_NODE: "finding the plan", ev.WHOLE_NODE: "the whole problem"}
    yield text(pretty(step.text) if step else whole.get(node, ""), longest=60)
    nodes = (run.nodes[node] for _, run in lanes_of(duel) if node in run.nodes)
    yield difficulty(next((n for n in nodes if n.rating is not None), None))


def _cell(count: int | None, most: int) -> Text:
    if not count:
        return number(count) if count is None else nothing()
    return Text(f"{count:,}", HEAT[min(len(HEAT) - 1, len(HEAT) * count // max(1, most))])


def path(run: Run) -> list[Text]:
    """The chain of steps that cost most, in a line; nothing where it cannot be known."""
    found = critical_path(run)
    if found is None:
        return []
    return [text(f"Critical path: {plain_numbers(in_words(run, found))}")]


# ---- cost ----------------------------------------------------------------------------------


def cost(run: Run, prices: Prices) -> list[Text]:
    """What a run cost in a line; below it, why amounts are not known."""
    rates, spent = units.of_run(run, prices)
    total = run.ledger.total.total
    counted = f"tokens {UNKNOWN}" if total is None else f"{total:,} token{'s' * (total != 1)}"
    line = f"Cost: {counted} · {units.line(spent, units.currency(rates))}"
    return [text(line), *(INDENT + hint for hint in _hints(rates, spent))]


def _hints(rates: Rates, spent: Cost) -> Iterator[Text]:
    """Why amounts are not known, each unit once; for money also where a price is put."""
    for unit in units.gaps(rates, spent):
        why = units.missing(rates, unit) or units.unknown(rates, unit)
        yield text(f"{unit} {UNKNOWN}: {why}", "dim")


def costs(duel: dv.Duel, prices: Prices) -> tuple[Table, list[Text]]:
    """A row for each lane, what they cost together, and what was really spent; then why amounts
    are not known. Times are those of requests, added up."""
    rates, charged, spent = units.of_duel(duel, prices)
    money = units.currency(rates)
    table = columns("cost", *COSTS, right=COSTS)
    for lane, run in lanes_of(duel):
        own = units.cost(rates, run.ledger.entries)
        table.add_row(text(lane.label, "bold", 24), *_amounts(run.ledger.total, own, money))
    table.add_section()
    table.add_row(Text("logical", "bold"), *_amounts(duel.logical, charged, money))
    if not recorded(duel):
        table.add_row(Text("physical", "bold"), *_amounts(duel.physical, spent, money))
    return table, list(_hints(rates, charged))


def _amounts(usage: Usage, cost: Cost, currency: str) -> Iterator[Text]:
    free = cost.money == 0 and not currency
    yield number(usage.total)
    yield Text("none", "dim") if free else _amount(cost, "money", currency)
    yield _amount(cost, "FLOPs")
    yield Text(UNKNOWN, "dim") if cost.flops is None else text(units.flops(cost.flops))
    yield _amount(cost, "time")


def _amount(cost: Cost, unit: units.Unit, currency: str = "") -> Text:
    amount = units.value(cost, unit)
    shown = units.written(amount, unit, currency)
    return Text(UNKNOWN, "dim") if amount is None else text(shown)


# ---- sums ----------------------------------------------------------------------------------


def totals(duel: dv.Duel) -> Text:
    """What the lanes would have cost one by one, and what was really generated."""
    logical = Text("Tokens: ") + number(duel.logical.total) + Text(" logical (each lane alone), ")
    if recorded(duel):
        return logical + Text("none physical: everything was recorded")
    real = logical + number(duel.physical.total) + Text(" physical (really generated)")
    part = duel_view.shared(duel)
    if part is not None and part > 0:
        real.append(f": {part:.0%} shared", "green")
    return real


def balanced(duel: dv.Duel, counters: Usage | None = None) -> Text:
    """Whether what the lanes were charged, each sample once, is what was generated, and that what
    the engine itself counted (`counters`; None: no engine took part)."""
    found = balance(duel)
    ok, told = found.ok, plain_numbers(found.text)
    if counters is not None and counters.total is None:
        ok = None
    elif ok is not None and counters is not None and counters != duel.physical:
        ok, told = False, f"The engine counted {counters}, its events say {duel.physical}."
    words, style = BALANCES[ok]
    return text(f"{words} {told}", style)

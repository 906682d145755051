"""Where a duel's tokens went, on the command line: by sub-problem and lane, shared, balanced.

Knows how the lanes' ledgers become tables and sentences, as text that is never markup. Does not
know what else is shown of a duel (cli/duel_show.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from scale_core.cli.run_show import NOTHING, number, text
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from scale_core.views import duel as duel_view
from scale_core.views.formats import pretty
from scale_core.views.reconciliation import Balance, balance

NODE, WHAT, GAP = 12, 16, 2
"""Widths in the table of spending: most of a node's name, least of its text, between columns."""
HEAT = ("dim", "", "yellow", "bold red")
"""Styles of a cell, by its part of the table's largest."""


def columns(*names: str, right: Iterable[str] = (), whole: Iterable[str] = ()) -> Table:
    """A table with these columns. right: those of numbers; whole: others that are never broken
    into lines."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, header_style="bold")
    for name in names:
        table.add_column(
            text(name),
            justify="right" if name in right else "left",
            no_wrap=name in right or name in whole,
            overflow="fold",
        )
    return table


def nothing() -> Text:
    return Text(NOTHING, "dim")


def lanes_of(duel: dv.Duel) -> Iterator[tuple[dv.Lane, Run]]:
    for lane in duel.start.lanes if duel.start else ():
        yield lane, duel.lanes[lane.name]


# ---- where the tokens went -----------------------------------------------------------------


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
    ratings = (run.nodes[node].rating for _, run in lanes_of(duel) if node in run.nodes)
    rating = next((r for r in ratings if r is not None), None)
    if rating is None:
        yield nothing()
    else:
        yield Text(f"{'~' if rating.provisional else ''}{rating.used:.2f}")


def _cell(count: int | None, most: int) -> Text:
    if not count:
        return number(count) if count is None else nothing()
    return Text(f"{count:,}", HEAT[min(len(HEAT) - 1, len(HEAT) * count // max(1, most))])


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


def recorded(duel: dv.Duel) -> bool:
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
    if recorded(duel):
        return "each lane's nodes add up to its total"
    by = " and counted by the engine" if counters is not None else ""
    return (
        f"{found.charged_samples:,} different samples with {found.charged:,} tokens were charged "
        f"to the lanes and generated{by}"
    )

"""The switches of runs on the command line: read from NAME=VALUE, listed with their help; prices.

Knows the tables of options and of lanes' settings, and how their values are written. Does not know
commands or runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scale_core.cli.common import OK, UsageError, columns, console, in_words, unicode
from scale_core.pipeline.options import (
    PRESETS,
    Field,
    Options,
    Switches,
    as_text,
    fields_of,
    from_text,
)
from scale_core.strategies.lanes import LANES
from scale_core.strategies.settings import Caps, Settings
from scale_core.trace.prices import Prices, load

# ---- arguments -----------------------------------------------------------------------------


def add_switches(parser: argparse.ArgumentParser, of: str) -> None:
    """`--set NAME=VALUE`, collected in `args.changes`. of: whose switches they are, in words."""
    parser.set_defaults(changes=[])
    parser.add_argument(
        "--set",
        dest="changes",
        action="append",
        metavar="NAME=VALUE",
        help=f"change one switch of {of}; may be given again; none for no value "
        "(python -m scale_core options lists them)",
    )


def add_tau(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tau",
        dest="changes",
        action="append",
        type="tau={}".format,
        metavar="X",
        help="the threshold above which a step thinks slowly: short for --set tau=X",
    )


def add_caps(parser: argparse.ArgumentParser) -> None:
    for unit, most in (("rollouts", Caps().rollouts), ("tokens", Caps().tokens)):
        parser.add_argument(
            f"--max-{unit}",
            type=int,
            default=most,
            metavar="N",
            help=f"largest budget of a lane in {unit} that is taken (default {most})",
        )


def caps_of(args: argparse.Namespace) -> Caps:
    return Caps(args.max_rollouts, args.max_tokens)


def add_prices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prices",
        metavar="FILE",
        help="prices of models, over assets/prices.csv (else SCALE_PRICES)",
    )


def prices_of(args: argparse.Namespace) -> Prices:
    """The table of prices in force. Raises UsageError if it cannot be read."""
    with in_words():
        return load(args.prices)


# ---- reading -------------------------------------------------------------------------------


def changes_of(settings: Sequence[str], *tables: type[Switches]) -> tuple[dict[str, Any], ...]:
    """The switches of each table from NAME=VALUE texts, each by its type; the last one of a name
    counts. No name is in two tables. Raises UsageError, in words for people."""
    homes = {f.name: (i, f) for i, table in enumerate(tables) for f in fields_of(table)}
    changes: tuple[dict[str, Any], ...] = tuple({} for _ in tables)
    for setting in settings:
        name, sign, value = (part.strip() for part in setting.partition("="))
        if not sign:
            raise UsageError(f"--set takes NAME=VALUE, not {setting!r}")
        if name not in homes:
            raise UsageError(f"no such option: {name}; there are {', '.join(homes)}")
        home, field = homes[name]
        with in_words():
            changes[home][name] = from_text(field, value)
    return changes


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them, in small letters."""
    return tuple(name for part in unicode(text).split(",") if (name := part.strip().lower()))


# ---- listing -------------------------------------------------------------------------------


def list_options(_: argparse.Namespace) -> int:
    console().print(switches())
    return OK


class ListOptions(argparse.Action):
    """`--list-options`. Like --help: needs no problem."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        parser.exit(list_options(argparse.Namespace()))


def switches() -> RenderableType:
    """Every switch with its default and its one-line explanation, then the presets; the same of
    lanes."""
    presets = _table("preset", "what it is", "differs from the defaults in")
    for preset in PRESETS.values():
        about = f"{preset.label}. {preset.help}"
        presets.add_row(Text(preset.name, "bold"), Text(about), Text(_differences(preset.options)))
    lanes = _table("lane of a duel", "what it is", "differs from the published method in")
    for lane in LANES.values():
        about = f"{lane.label}: {lane.about}"
        lanes.add_row(Text(lane.name, "bold"), Text(about), Text(lane.adaptation or "–"))
    rules = _switches(Settings, "switch of a duel's lanes")
    return Group(_switches(Options, "switch"), presets, rules, lanes)


def _switches(of: type[Switches], title: str) -> Table:
    table = _table(title, "default", "values", "what it does")
    for f in fields_of(of):
        cells = (as_text(f.default), _values(f), f.help)
        table.add_row(Text(f.name, "bold"), *map(Text, cells))
    return table


def _differences(options: Options) -> str:
    base = Options().as_dict()
    changed = [f"{k}={as_text(v)}" for k, v in options.as_dict().items() if v != base[k]]
    return " ".join(changed) or "–"


def _values(field: Field) -> str:
    none = ", none" if field.optional else ""
    if field.choices:
        return ", ".join(field.choices) + none
    return "true, false" if field.kind == "bool" else f"{field.low} to {field.high}{none}"


def _table(*names: str) -> Table:
    return columns(*names, close=False)

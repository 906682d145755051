"""The switches of runs and duels on the command line: read from NAME=VALUE, listed with their help.

Knows the tables of options and of lanes' settings, and how their types are written. Does not know
commands or runs.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any

from scale_core.pipeline.options import PRESETS, Options, check
from scale_core.strategies.lanes import LANES
from scale_core.strategies.settings import Settings

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


Switches = type[Options] | type[Settings]


class UsageError(ValueError):
    """The command line asks for something that there is not; the message is for people."""


def changes_of(settings: Sequence[str]) -> dict[str, Any]:
    """The pipeline's switches from NAME=VALUE texts, each by its type; the last one of a name
    counts.

    Raises UsageError, in words for people.
    """
    changes: dict[str, Any] = {}
    for setting in settings:
        name, value = _parted(setting)
        changes[name] = _read(_home(name, [Options])[0], name, value)
    return changes


def changes_of_duel(settings: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Switches of the lanes' rules and of the pipeline, from one list of NAME=VALUE texts. A name
    that both have goes to the first that takes the value.

    Raises UsageError, in words for people.
    """
    changes: dict[Switches, dict[str, Any]] = {Settings: {}, Options: {}}
    for setting in settings:
        name, value = _parted(setting)
        table, read = _first_that_takes(name, value, _home(name, list(changes)))
        changes[table][name] = read
    return changes[Settings], changes[Options]


def _parted(setting: str) -> tuple[str, str]:
    name, sign, value = setting.partition("=")
    if not sign:
        raise UsageError(f"--set takes NAME=VALUE, not {setting!r}")
    return name.strip(), value.strip()


def _home(name: str, tables: Sequence[Switches]) -> list[Switches]:
    """The tables that have a switch of this name."""
    known = {table: [f.name for f in fields(table)] for table in tables}
    if found := [table for table in tables if name in known[table]]:
        return found
    names = ", ".join(n for table in tables for n in known[table])
    raise UsageError(f"no such option: {name}; there are {names}")


def _first_that_takes(name: str, value: str, tables: Sequence[Switches]) -> tuple[Switches, Any]:
    refused = []
    for table in tables:
        try:
            read = _read(table, name, value)
            switch = next(f for f in fields(table) if f.name == name)
            check(name, read, str(switch.type), switch.metadata)
            return table, read
        except ValueError as error:
            refused.append(str(error))
    raise UsageError("; or ".join(refused))


def _read(table: Switches, name: str, value: str) -> Any:
    return _value(name, typing.get_type_hints(table)[name], value)


def _value(name: str, hint: Any, text: str) -> Any:
    wanted = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if text.lower() == "none" and type(None) in wanted:
        return None
    kind = wanted[0]
    if kind is bool:
        if text.lower() not in TRUE + FALSE:
            raise UsageError(f"{name} must be true or false, not {text!r}")
        return text.lower() in TRUE
    try:
        return kind(text)
    except ValueError:
        what = {int: "a whole number", float: "a number"}[kind]
        raise UsageError(f"{name} must be {what}, not {text!r}") from None


def written(value: object) -> str:
    """A switch's value as `--set` takes it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return str(value)


def switches() -> RenderableType:
    """Every switch with its default and its one-line explanation, then the presets; the same of
    duels."""
    from rich.console import Group
    from rich.text import Text

    presets = _table("preset", "what it is", "differs from the defaults in")
    for preset in PRESETS.values():
        presets.add_row(
            Text(preset.name, "bold"),
            Text(f"{preset.label}. {preset.help}"),
            Text(_differences(preset.options)),
        )
    lanes = _table("lane of a duel", "what it is", "differs from the published method in")
    for lane in LANES.values():
        about = Text(f"{lane.label}: {lane.about}")
        lanes.add_row(Text(lane.name, "bold"), about, Text(lane.adaptation or "–"))
    rules = _switches(Settings, "switch of a duel's lanes")
    return Group(_switches(Options, "switch"), presets, rules, lanes)


def _switches(of: Switches, title: str) -> Table:
    from rich.text import Text

    table = _table(title, "default", "values", "what it does")
    for f in fields(of):
        table.add_row(
            Text(f.name, "bold"),
            Text(written(f.default)),
            Text(_values(f)),
            Text(f.metadata["help"]),
        )
    return table


def _differences(options: Options) -> str:
    base = Options().as_dict()
    changed = [f"{k}={written(v)}" for k, v in options.as_dict().items() if v != base[k]]
    return " ".join(changed) or "–"


def _values(switch: Field[Any]) -> str:
    none = ", none" if "None" in str(switch.type) else ""
    if "choices" in switch.metadata:
        return ", ".join(switch.metadata["choices"]) + none
    if "low" in switch.metadata:
        return f"{switch.metadata['low']} to {switch.metadata['high']}{none}"
    return "true, false"


def _table(*names: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    return table

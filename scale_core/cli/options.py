"""The switches of runs and duels on the command line: read from NAME=VALUE, listed with their help.

Knows the tables of options and of lanes' settings, and how their types are written. Does not know
commands or runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scale_core.pipeline.options import PRESETS, Field, Options, Switches, fields_of
from scale_core.strategies.lanes import LANES
from scale_core.strategies.settings import Settings

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class UsageError(ValueError):
    """The command line asks for something that there is not; the message is for people."""


def changes_of(settings: Sequence[str]) -> dict[str, Any]:
    """The pipeline's switches from NAME=VALUE texts, each by its type; the last one of a name
    counts.

    Raises UsageError, in words for people.
    """
    return _changes(settings, Options)[Options]


def changes_of_duel(settings: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Switches of the lanes' rules and of the pipeline, from one list of NAME=VALUE texts.

    Raises UsageError, in words for people.
    """
    changes = _changes(settings, Settings, Options)
    return changes[Settings], changes[Options]


def _changes(
    settings: Sequence[str], *tables: type[Switches]
) -> dict[type[Switches], dict[str, Any]]:
    """The switches of each table; no name is in two of them."""
    homes = {f.name: (table, f) for table in tables for f in fields_of(table)}
    changes: dict[type[Switches], dict[str, Any]] = {table: {} for table in tables}
    for setting in settings:
        name, value = _parted(setting)
        if name not in homes:
            raise UsageError(f"no such option: {name}; there are {', '.join(homes)}")
        table, field = homes[name]
        changes[table][name] = _value(field, value)
    return changes


def _parted(setting: str) -> tuple[str, str]:
    name, sign, value = setting.partition("=")
    if not sign:
        raise UsageError(f"--set takes NAME=VALUE, not {setting!r}")
    return name.strip(), value.strip()


def _value(field: Field, text: str) -> Any:
    if text.lower() == "none" and field.optional:
        return None
    if field.kind == "choice":
        return text
    if field.kind == "bool":
        if text.lower() not in TRUE + FALSE:
            raise UsageError(f"{field.name} must be true or false, not {text!r}")
        return text.lower() in TRUE
    kind, what = (int, "a whole number") if field.kind == "int" else (float, "a number")
    try:
        return kind(text)
    except ValueError:
        raise UsageError(f"{field.name} must be {what}, not {text!r}") from None


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


def _switches(of: type[Switches], title: str) -> Table:
    from rich.text import Text

    table = _table(title, "default", "values", "what it does")
    for f in fields_of(of):
        table.add_row(
            Text(f.name, "bold"),
            Text(written(f.default)),
            Text(_values(f)),
            Text(f.help),
        )
    return table


def _differences(options: Options) -> str:
    base = Options().as_dict()
    changed = [f"{k}={written(v)}" for k, v in options.as_dict().items() if v != base[k]]
    return " ".join(changed) or "–"


def _values(field: Field) -> str:
    none = ", none" if field.optional else ""
    if field.kind == "choice":
        return ", ".join(field.choices) + none
    if field.kind == "bool":
        return "true, false"
    return f"{field.low} to {field.high}{none}"


def _table(*names: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    return table

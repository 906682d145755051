"""The switches of a run on the command line: read from NAME=VALUE, listed with their help.

Knows the options table and how its types are written. Does not know commands or runs.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any

from scale_core.scale.options import PRESETS, Options

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class UsageError(ValueError):
    """The command line asks for something that there is not; the message is for people."""


def changes_of(settings: Sequence[str]) -> dict[str, Any]:
    """Switches from NAME=VALUE texts, each by its type; the last one of a name counts.

    Raises UsageError, in words for people.
    """
    hints = typing.get_type_hints(Options)
    changes: dict[str, Any] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        name = name.strip()
        if not sign:
            raise UsageError(f"--set takes NAME=VALUE, not {setting!r}")
        if name not in hints:
            known = ", ".join(f.name for f in fields(Options))
            raise UsageError(f"no such option: {name}; there are {known}")
        changes[name] = _value(name, hints[name], value.strip())
    return changes


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
    """Every switch with its default and its one-line explanation, then the presets."""
    from rich.console import Group
    from rich.text import Text

    table = _table("switch", "default", "values", "what it does")
    for f in fields(Options):
        table.add_row(
            Text(f.name, "bold"),
            Text(written(f.default)),
            Text(_values(f)),
            Text(f.metadata["help"]),
        )
    presets = _table("preset", "what it is", "differs from the defaults in")
    for preset in PRESETS.values():
        presets.add_row(
            Text(preset.name, "bold"),
            Text(f"{preset.label}. {preset.help}"),
            Text(_differences(preset.options)),
        )
    return Group(table, presets)


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

"""Whether an event that came from outside is what its fields say.

Knows the fields' types, all the way down, and that a number is finite. Events of our own are not
checked: they were made by the same code. Does not know files.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

LARGEST = 1e15
"""No honest number of an event is further from 0."""


def check(value: Any) -> None:
    """Raises ValueError, which names the field, for a dataclass that holds what it should not."""
    for name, hint in _hints(value.__class__).items():
        found = getattr(value, name)
        if dataclasses.is_dataclass(hint) and isinstance(found, typing.cast(type, hint)):
            check(found)
        elif not _field_fits(name, found, hint):
            raise ValueError(f"{name} is no {_named(hint)}")


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is one of this type."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, arg) for arg in args)
    if origin is Literal:
        return isinstance(value, str) and value in args
    if origin is tuple:
        return isinstance(value, tuple) and _items_fit(value, args)
    if hint is Any or (origin is not None and issubclass(origin, Mapping)):
        return _plain(value) and (hint is Any or isinstance(value, Mapping))
    if dataclasses.is_dataclass(hint):
        return isinstance(value, typing.cast(type, hint)) and _fields_fit(value)
    if hint is float:
        return _number(value)
    if hint is int:
        return isinstance(value, int) and _number(value)
    return isinstance(value, types.NoneType if hint is None else hint)


def _items_fit(value: tuple[Any, ...], args: tuple[Any, ...]) -> bool:
    if len(args) == 2 and args[1] is Ellipsis:
        return all(fits(item, args[0]) for item in value)
    return len(value) == len(args) and all(map(fits, value, args))


def _fields_fit(value: Any) -> bool:
    hints = _hints(value.__class__).items()
    return all(_field_fits(name, getattr(value, name), hint) for name, hint in hints)


def _field_fits(name: str, value: Any, hint: Any) -> bool:
    """A seed has 64 bits; every other number is a count or a measure."""
    if name == "seed":
        return type(value) is int and abs(value) < 2**64
    return fits(value, hint)


@cache
def _hints(cls: Any) -> Mapping[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and abs(value) <= LARGEST


def _plain(value: Any) -> bool:
    """What JSON can hold, with honest numbers."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _plain(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    return value is None or isinstance(value, str | bool) or _number(value)


def _named(hint: Any) -> str:
    return {float: "number", int: "whole number", str: "text", bool: "yes or no"}.get(
        hint, "value that this field can have"
    )

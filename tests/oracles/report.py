"""Counting checks, and reading recorded files with clear errors for what is malformed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Case = dict[str, Any]


class Malformed(Exception):
    """A file that is not of the format it seems to be of."""


class Mismatch(Exception):
    """One check failed; the text says what differs."""


@dataclass
class Report:
    """What came of the checks of one file."""

    passed: int = 0
    failures: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    def check(self, name: str, run: Callable[[], None]) -> None:
        """Run one check: it passes unless it raises; a malformed case ends the whole file."""
        try:
            run()
        except Malformed as error:
            raise Malformed(f"{name}: {error}") from None
        except Mismatch as error:
            self.failures.append(f"{name}: {error}")
        except Exception as error:  # whatever ours raises is a failure of ours
            self.failures.append(f"{name}: raised {type(error).__name__}: {error}")
        else:
            self.passed += 1


def need(case: Any, key: str, *kinds: type) -> Any:
    """case[key], which must be there and of one of these kinds."""
    if not isinstance(case, dict):
        raise Malformed(f"an object was expected, not {type(case).__name__}")
    if key not in case:
        raise Malformed(f"{key!r} is missing")
    value = case[key]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        expected = " or ".join(kind.__name__ for kind in kinds)
        raise Malformed(f"{key!r} must be {expected}, not {type(value).__name__}")
    return value


def numbers(case: Any, key: str, length: int | None = None) -> list[float]:
    """case[key], a list of numbers (of this length)."""
    values: list[float] = need(case, key, list)
    for value in values:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Malformed(f"{key!r} must hold numbers, not {value!r}")
    if length is not None and len(values) != length:
        raise Malformed(f"{key!r} must hold {length} numbers, not {len(values)}")
    return values


def rows(case: Any, key: str, length: int) -> list[list[float]]:
    """case[key], a list of `length` lists of numbers that are equally long."""
    values: list[list[float]] = need(case, key, list)
    if len(values) != length:
        raise Malformed(f"{key!r} must hold {length} rows, not {len(values)}")
    width = len(values[0]) if values and isinstance(values[0], list) else 0
    for row in values:
        numbers({key: row}, key, width)
    return values


def texts(case: Any, key: str, length: int | None = None) -> list[str]:
    """case[key], a list of strings (of this length)."""
    values: list[str] = need(case, key, list)
    if not all(isinstance(value, str) for value in values):
        raise Malformed(f"{key!r} must hold texts")
    if length is not None and len(values) != length:
        raise Malformed(f"{key!r} must hold {length} texts, not {len(values)}")
    return values


def cases(data: Any) -> list[Case]:
    """The cases of a file: a list, or an object with one under "cases"; [] where there are none
    that are objects."""
    listed = data.get("cases") if isinstance(data, dict) else data
    if not isinstance(listed, list):
        return []
    return [case for case in listed if isinstance(case, dict)] if _all_objects(listed) else []


def _all_objects(listed: list[Any]) -> bool:
    return all(isinstance(case, dict) for case in listed)


def same(name: str, ours: object, theirs: object) -> None:
    if ours != theirs:
        raise Mismatch(f"{name}: {short(ours)} instead of {short(theirs)}")


def close(name: str, ours: Sequence[float], theirs: Sequence[float], within: float) -> None:
    """Equal lengths, and no number further off than `within`."""
    same(f"length of {name}", len(ours), len(theirs))
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if not (a == b or math.isclose(a, b, rel_tol=0, abs_tol=within)):
            raise Mismatch(f"{name}[{i}]: {a!r} instead of {b!r}")


def short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

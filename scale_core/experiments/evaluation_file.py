"""The file of an evaluation: a line that tells its terms, then a row for each problem and strategy.

Knows how a row is added so that a kill leaves whole lines and at most one half one, how such a
file is taken up again, and that the terms of its earlier part must be those of the rest: more
problems of the same set and more presets may be added, nothing else. Does not know how rows are
made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from scale_core import __version__
from scale_core.experiments.evaluate import Row, Terms
from scale_core.experiments.problem_sets import Posed

VERSION = 1
_BEGINNING = b'{"kind": "evaluation"'


class Mismatch(ValueError):
    """The file is no evaluation, or one of other terms; the message is for people."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `strategies`: those asked for at first; presets may be added later, lanes
    not, as what one may spend depends on the plan that they share. `problems`: the set's name, and
    `digest` what it holds."""

    problems: str
    digest: str
    engine: str
    model: str
    terms: Terms
    strategies: tuple[str, ...]
    release: str = __version__
    version: int = VERSION

    def as_json(self) -> dict[str, Any]:
        return {"kind": "evaluation", **asdict(self)}

    @staticmethod
    def of(data: Mapping[str, Any]) -> Header:
        """The inverse of `as_json`. Raises Mismatch."""
        if data.get("kind") != "evaluation":
            raise Mismatch("it is no file of an evaluation")
        if data.get("version") != VERSION:
            raise Mismatch(f"it has format {data.get('version')}, this release reads {VERSION}")
        try:
            values = {k: v for k, v in data.items() if k != "kind"}
            terms, names = Terms(**data["terms"]), tuple(data["strategies"])
            return Header(**{**values, "terms": terms, "strategies": names})
        except (KeyError, TypeError) as error:
            raise Mismatch(f"its first line cannot be read: {error}") from None

    def differences(self, other: Header) -> list[str]:
        """What must be the same and is not, as `name: mine, not other's`."""
        mine, others = _comparable(self), _comparable(other)
        names = dict.fromkeys((*mine, *others))
        return [
            f"{name}: {_shown(mine.get(name))}, not {_shown(others.get(name))}"
            for name in names
            if mine.get(name) != others.get(name)
        ]


def _comparable(header: Header) -> dict[str, Any]:
    flat = json.loads(json.dumps(asdict(header)))
    terms = flat.pop("terms")
    for passing in ("release", "version", "problems"):
        flat.pop(passing)
    if header.terms.budget is None:
        flat.pop("strategies")
    switches = {**terms.pop("options"), **terms.pop("settings")}
    return {"problems": flat.pop("digest"), **flat, **terms, **switches}


def _shown(value: Any) -> str:
    return json.dumps(value) if value is not None else "as usual"


def digest(problems: Sequence[Posed]) -> str:
    """What identifies a set: every problem and answer, in order."""
    texts = [[p.problem.text, p.problem.expected, p.steps] for p in problems]
    return hashlib.blake2b(json.dumps(texts).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Kept:
    """What a file holds: its header, None if it was not even written in whole, and the last row of
    each problem and strategy. `whole`: bytes of whole lines; what follows is half a line."""

    header: Header | None = None
    rows: dict[tuple[int, str], Row] = field(default_factory=dict)
    whole: int = 0

    @property
    def strategies(self) -> tuple[str, ...]:
        """Those that have rows, as they were asked for."""
        asked = self.header.strategies if self.header else ()
        there = dict.fromkeys(row.strategy for row in self.rows.values())
        return tuple(dict.fromkeys((*(n for n in asked if n in there), *there)))


def read(path: Path) -> Kept:
    """What a file holds; nothing if there is none. A last line that was cut off, or that a crash
    left unreadable, is as if it had never been begun. Raises Mismatch, OSError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Kept()
    lines = data.split(b"\n")[:-1]
    header, rows, whole = None, dict[tuple[int, str], Row](), 0
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
            if number == 1:
                header = Header.of(value)
            else:
                row = Row.of(value)
                rows[row.key] = row
        except Mismatch:
            raise
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            if number == 1:
                raise Mismatch("it is no file of an evaluation") from None
            if number < len(lines):
                raise Mismatch(f"line {number} is damaged: {error}") from None
            break
        whole += len(line) + 1
    if header is None and data[: len(_BEGINNING)] != _BEGINNING[: len(data)]:
        raise Mismatch("it is no file of an evaluation")
    return Kept(header, rows, whole)


class RowFile:
    """An evaluation's file, open for more rows. Raises Mismatch if it holds one of other terms,
    and OSError. `rows`: what was there before."""

    def __init__(self, path: Path, header: Header) -> None:
        kept = read(path)
        if kept.header is not None and (apart := header.differences(kept.header)):
            raise Mismatch("its earlier part has other terms: " + "; ".join(apart))
        self.rows = kept.rows
        self._file: BinaryIO = path.open("r+b" if path.exists() else "xb", buffering=0)
        self._file.seek(kept.whole)
        self._file.truncate()
        if kept.header is None:
            self._write(header.as_json())

    def add(self, row: Row) -> None:
        """One whole line at a time. Raises OSError."""
        self._write(row.as_json())

    def _write(self, data: Mapping[str, Any]) -> None:
        line = (json.dumps(data) + "\n").encode()
        while line:  # a raw file may take a part
            line = line[self._file.write(line) :]

    def __enter__(self) -> RowFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

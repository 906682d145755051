"""The gallery: recorded runs and duels that ship with the app, to be opened without any model.

Knows where they lie, what the index must say of each, and their bounds; a file that does not keep
to them is refused. Does not know how they were made (experiments/gallery.py) or how they are shown.

    from scale_core import gallery
    duel = gallery.exhibits()[0].duel()
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from scale_core.shipped import ASSETS
from scale_core.trace import duel as dv

FOLDER = ASSETS / "gallery"
INDEX = "index.json"
LARGEST, LARGEST_OPENED = 200_000, 20_000_000
"""Bytes of a file, as it lies there and unpacked."""
LONGEST = 400
"""Characters of what the index says of one thing."""

Kind = Literal["run", "duel"]
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One recording. name: of its file, without the endings. lanes: labels, or a run's preset.
    budget: of each lane, empty for none. outcome, look: a sentence each, what came of it and what
    to look at."""

    name: str
    kind: Kind
    title: str
    model: str
    problem: str
    lanes: tuple[str, ...]
    budget: str
    outcome: str
    look: str

    def duel(self, folder: Path = FOLDER) -> dv.Duel:
        """Its events, folded; of a run the only lane's. Raises ValueError for a file that is not
        as it should be, OSError for one that is not there."""
        return dv.Duel(_events(folder / f"{self.name}.jsonl.gz"))


def exhibits(folder: Path = FOLDER) -> tuple[Exhibit, ...]:
    """Everything in the index, in its order. Raises ValueError, which names what is wrong; OSError
    if there is no index."""
    return _exhibits(folder)


@cache
def _exhibits(folder: Path) -> tuple[Exhibit, ...]:
    rows = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    if not isinstance(rows, list):
        raise ValueError("the gallery's index is no list")
    found = tuple(_exhibit(row) for row in rows)
    if len({exhibit.name for exhibit in found}) < len(found):
        raise ValueError("the gallery's index has a name twice")
    return found


def _exhibit(row: Any) -> Exhibit:
    names = [field.name for field in fields(Exhibit)]
    if not isinstance(row, dict) or sorted(row) != sorted(names):
        raise ValueError(f"the gallery's index has an entry that is not {', '.join(names)}: {row}")
    lanes = row["lanes"]
    texts = [value for name, value in row.items() if name != "lanes"]
    texts += lanes if isinstance(lanes, list) else [None]
    if not all(isinstance(text, str) and len(text) <= LONGEST for text in texts):
        raise ValueError(f"the gallery's index has an entry with an odd value: {row}")
    if not _NAME.fullmatch(row["name"]) or row["kind"] not in get_args(Kind):
        raise ValueError(f"the gallery's index has an odd name or kind: {row}")
    return Exhibit(**{**row, "lanes": tuple(lanes)})


def _events(file: Path) -> list[dv.DuelEvent]:
    if file.stat().st_size > LARGEST:
        raise ValueError(f"{file.name} has more than {LARGEST:,} bytes")
    try:
        with gzip.open(file) as opened:
            data = opened.read(LARGEST_OPENED + 1)
    except (EOFError, gzip.BadGzipFile) as error:
        raise ValueError(f"{file.name} is no gzip file: {error}") from None
    if len(data) > LARGEST_OPENED:
        raise ValueError(f"{file.name} has more than {LARGEST_OPENED:,} bytes unpacked")
    try:
        return [dv.from_json(json.loads(line)) for line in data.splitlines()]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{file.name} holds no run: {error!r}") from None

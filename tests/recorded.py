"""Duels and runs that were recorded once, as tests open them.

Knows the files in tests/data (of the embedded model, made by record.py there, and of a chat model
on a server, all before later changes of the rules). Does not know what a test looks for.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from scale_core.trace import duel as dv
from scale_core.trace import events as ev

FOLDER = Path(__file__).resolve().parent / "data"


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


@cache
def duel_events(name: str = "recorded_duel") -> tuple[dv.DuelEvent, ...]:
    """All lanes on one problem, 4 rollouts a step."""
    return tuple(dv.from_json(row) for row in _rows(name))


@cache
def run_events(name: str = "recorded_run") -> tuple[ev.Event, ...]:
    """One run of the default preset."""
    return tuple(ev.from_json(row) for row in _rows(name))

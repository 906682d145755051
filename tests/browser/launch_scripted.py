"""Serves the page on the scripted stream instead of a model: `launch_scripted.py PORT`.

SCALE_UI_LOG: a file that gets a line whenever a run's stream of events is closed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import scripted  # noqa: E402
import scripted_duel  # noqa: E402

from scale_core.trace import duel as du  # noqa: E402
from scale_core.trace import events as ev  # noqa: E402
from scale_core.ui.page import build  # noqa: E402
from scale_core.ui.player import DuelPlayer  # noqa: E402
from scale_core.ui.theme import launch_settings  # noqa: E402


async def logged(problem: str, **keywords: Any) -> AsyncIterator[ev.Event]:
    last = ""
    try:
        async for event in scripted.solve(problem, **keywords):
            last = event.kind
            yield event
    finally:
        note(last, keywords["cancel"].is_set())


async def logged_duel(problem: str, **keywords: Any) -> AsyncIterator[du.DuelEvent]:
    last = ""
    try:
        async for event in scripted_duel.duel(problem, **keywords):
            last = event.kind
            yield event
    finally:
        note(last, keywords["cancel"].is_set())


def note(last: str, told: bool) -> None:
    if path := os.environ.get("SCALE_UI_LOG"):
        with Path(path).open("a") as log:
            log.write(f"{time.time()} {last} {told}\n")


if __name__ == "__main__":
    engine, dialect = scripted.ScriptedEngine(), scripted.ScriptedDialect()
    duels = DuelPlayer(
        logged_duel,
        scripted_duel.replay,
        engine,
        dialect,
        refill=lambda duel, engine: duel,
        lanes=scripted_duel.LANES,
    )
    page = build(logged, duels, engine, dialect, seed=7)
    page.launch(server_port=int(sys.argv[1]), **launch_settings())

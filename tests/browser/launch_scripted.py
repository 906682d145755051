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

from scale_core.trace import events as ev  # noqa: E402
from scale_core.ui.explore import build  # noqa: E402
from scale_core.ui.theme import launch_settings  # noqa: E402


async def logged(problem: str, **keywords: Any) -> AsyncIterator[ev.Event]:
    last = ""
    try:
        async for event in scripted.solve(problem, **keywords):
            last = event.kind
            yield event
    finally:
        if path := os.environ.get("SCALE_UI_LOG"):
            with Path(path).open("a") as log:
                log.write(f"{time.time()} {last} {keywords['cancel'].is_set()}\n")


if __name__ == "__main__":
    page = build(logged, scripted.ScriptedEngine(), scripted.ScriptedDialect(), seed=7)
    page.launch(server_port=int(sys.argv[1]), **launch_settings())

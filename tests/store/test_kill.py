"""kill -9 in the middle of a run: everything that was handed on is there, and nothing is broken."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scale_core.store import store as stores
from scale_core.store.store import INTERRUPTED, Store
from tests.recorded import duel_events

PROGRAM = """
import asyncio, sys
from scale_core.store.recorder import recorded
from scale_core.store.store import Store
from tests.recorded import duel_events

async def events():
    for event in duel_events():
        yield event
        await asyncio.sleep(0.002)

async def main():
    recording = Store.at(sys.argv[1]).record()
    seen = 0
    async for _ in recorded(events(), recording):
        seen += 1
        print(recording.key, seen, flush=True)

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 7, 60])
def test_a_killed_process_loses_nothing_that_was_seen(
    where: str, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, where],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert running.stdout is not None
    key, seen = "", 0
    while seen < after:
        key, number = running.stdout.readline().split()
        seen = int(number)
    running.send_signal(signal.SIGKILL)
    rest = running.stdout.read().splitlines()
    running.wait()
    seen = max([seen, *(int(line.split()[1]) for line in rest if len(line.split()) == 2)])

    monkeypatch.setattr(stores, "SILENT", 0.0)  # its last sign of life is only just over
    store = Store.at(where)
    try:
        events = store.events(key)
        assert tuple(events) == duel_events()[: len(events)]
        assert seen <= len(events) <= seen + 1
        assert store.get("", key).summary.status == INTERRUPTED
    finally:
        store.close()

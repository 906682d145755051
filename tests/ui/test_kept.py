"""kill -9 of the app in the middle of duels: what was seen is there when it is opened again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from gradio_client import Client

from scale_core.store import store as stores
from scale_core.store.store import INTERRUPTED, Store
from scale_core.trace.duel import Duel
from tests.ui.test_leaving import ARGUMENTS, free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("model_dir")]


def start(data: str) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), "--data", data]
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}/"
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return process, address
        except OSError:
            assert process.poll() is None
            time.sleep(0.2)
    raise AssertionError("the app did not start in time")


def ask(address: str) -> None:
    try:
        Client(address, verbose=False).predict(**ARGUMENTS, api_name="/duel")  # type: ignore[arg-type]
    except Exception as error:  # the app is killed meanwhile
        print(f"the client was told: {error!r}")


def test_an_app_killed_under_load_starts_again_and_has_lost_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One run has ended, and four duels of programs are under way."""
    process, address = start(str(tmp_path))
    store = Store.at(str(tmp_path))
    try:
        Client(address, verbose=False).predict(problem="What is 7*8?", api_name="/solve")
        (ended,) = store.find("")
        whole = store.events(ended.key)
        for _ in range(4):
            threading.Thread(target=ask, args=(address,), daemon=True).start()
        until, seen = time.monotonic() + PATIENCE, dict[str, int]()
        while len(seen) < 5 or min(seen.values()) < 20:
            assert time.monotonic() < until
            time.sleep(0.1)
            seen = {run.key: run.summary.events for run in store.find("")}
        process.send_signal(signal.SIGKILL)
        process.wait()
        monkeypatch.setattr(stores, "SILENT", 0.0)  # its last sign of life is only just over
        for found in store.find(""):
            events = store.events(found.key)
            assert len(events) == found.summary.events >= seen[found.key]
            if found.key == ended.key:
                assert (events, found.summary.status) == (whole, "solved")
                continue
            duel = Duel(events)
            assert found.summary.status == INTERRUPTED and duel.end is None
            assert duel.start is not None
            assert set(duel.lanes) == {lane.name for lane in duel.start.lanes}
        before = {run.key: store.events(run.key) for run in store.find("")}
        again, address = start(str(tmp_path))
        try:
            with urllib.request.urlopen(f"{address}healthz", timeout=60) as answer:
                assert answer.status == 200
            assert {run.key: store.events(run.key) for run in store.find("")} == before
            assert [run.summary.status for run in store.find("")].count(INTERRUPTED) == 4
        finally:
            again.terminate()
            again.wait()
    finally:
        process.kill()
        store.close()


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    command = [sys.executable, str(ROOT / "app.py"), "--data", str(tmp_path / "file")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 1 and ended.stderr.startswith("--data: ")
    assert "Traceback" not in ended.stderr

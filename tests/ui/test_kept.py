"""kill -9 of the app in the middle of a duel: what was seen is there when it is opened again."""

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


def test_a_killed_app_keeps_a_programs_duel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, address = start(str(tmp_path))
    store = Store.at(str(tmp_path))
    try:
        threading.Thread(target=ask, args=(address,), daemon=True).start()
        until, seen = time.monotonic() + PATIENCE, 0
        while seen < 60:
            assert time.monotonic() < until
            time.sleep(0.1)
            seen = sum(run.summary.events for run in store.find(""))
        process.send_signal(signal.SIGKILL)
        process.wait()
        monkeypatch.setattr(stores, "SILENT", 0.0)  # its last sign of life is only just over
        (found,) = store.find("")
        events = store.events(found.key)
        assert found.summary.status == INTERRUPTED
        assert len(events) == found.summary.events >= seen
        duel = Duel(events)
        assert duel.end is None and duel.start is not None
        assert set(duel.lanes) == {lane.name for lane in duel.start.lanes}
        again, _ = start(str(tmp_path))
        again.terminate()
        again.wait()
        assert store.find("")[0].summary.status == INTERRUPTED
    finally:
        process.kill()
        store.close()


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    command = [sys.executable, str(ROOT / "app.py"), "--data", str(tmp_path / "file")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 1 and ended.stderr.startswith("--data: ")
    assert "Traceback" not in ended.stderr

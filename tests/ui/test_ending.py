"""The app as a process: it says when its port is taken, and ends in time with every run marked."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from scale_core.store.store import Store

ROOT = Path(__file__).resolve().parents[2]
PROBLEM = "Let x=89*76. Let y=x mod 58. Let z=y*47. What is z-695?"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def app(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "app.py"), *words]


def wait_until_there(address: str) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}healthz", timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError("the app did not start in time")


@pytest.mark.slow
def test_a_taken_port_is_told_and_sigterm_marks_what_runs(model_dir: Path, tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(app("--port", str(port), "--data", str(tmp_path)), cwd=ROOT)
    try:
        address = f"http://127.0.0.1:{port}/"
        wait_until_there(address)
        other = subprocess.run(
            app("--port", str(port), "--data", "none"), cwd=ROOT, capture_output=True, text=True,
            timeout=240, check=False,
        )  # fmt: skip
        assert other.returncode == 1 and "Traceback" not in other.stderr
        assert f"Something listens on port {port} already" in other.stderr

        body = json.dumps({"data": [PROBLEM, "", None, "200/step", None, 0]}).encode()
        kind = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{address}gradio_api/run/duel", body, kind)

        def ask() -> None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(request, timeout=120).read()

        threading.Thread(target=ask, daemon=True).start()
        store = Store.at(str(tmp_path))
        until = time.monotonic() + 60
        while not store.find("") and time.monotonic() < until:
            time.sleep(0.1)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        assert time.monotonic() - began < 10 * busy
        (run,) = store.find("")
        assert run.summary.status == "stopped"
        store.close()
    finally:
        process.kill()

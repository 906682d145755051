"""The command line and the page on a real vLLM, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engines.vllm_settings import ARGUMENTS, CHECKPOINT, ROOT

pytestmark = pytest.mark.vllm

PROBLEM = "What is (37*48 + 125*16) mod 13?"
MODEL = ("--model", str(CHECKPOINT), *ARGUMENTS)
PATIENCE = 600.0  # a busy machine takes minutes to load vLLM


def command(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def group(leader: int) -> set[int]:
    """Living processes of a process group."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == leader and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


@contextmanager
def started(*arguments: str, **how: object) -> Iterator[subprocess.Popen[str]]:
    """A program in a process group of its own, which is empty afterwards."""
    process = subprocess.Popen(
        command(*arguments), cwd=ROOT, text=True, start_new_session=True,
        env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}, **how,  # type: ignore[call-overload]
    )  # fmt: skip
    try:
        yield process
        until(lambda: not group(process.pid), 20)
    finally:
        for pid in group(process.pid):
            os.kill(pid, signal.SIGKILL)


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_solve_on_the_command_line() -> None:
    """Standard output is the events and nothing else; the phases are on standard error."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    arguments = ("-m", "scale_core", "solve", PROBLEM, "--answer", "6", "--json", *MODEL)
    with started(*arguments, **pipes) as process:
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
    events = lines(out)
    assert events[0]["engine"]["name"] == "vLLM"  # type: ignore[index]
    assert events[0]["engine"]["context"] == 512  # type: ignore[index]
    assert events[-1]["status"] == "solved"
    told = [line for line in err.splitlines() if line.startswith("[")]
    assert any("loading weights" in line for line in told)
    assert "ready" in told[-1]


def test_ctrl_c_while_it_runs_stops_and_accounts() -> None:
    """Ctrl-C reaches the whole foreground group, vLLM's processes too; they must not mind."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    more = ("--preset", "self-consistency", "--set", "samples=256")
    arguments = ("-m", "scale_core", "solve", PROBLEM, "--json", *more, *MODEL)
    with started(*arguments, **pipes) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert first["kind"] == "run_started"
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
    events = lines(out)
    (sampled,) = (event for event in events if event["kind"] == "sampled")
    assert "abort" in {sample["finish"] for sample in sampled["samples"]}  # type: ignore[attr-defined]
    assert (events[-1]["kind"], events[-1]["status"]) == ("run_ended", "stopped")
    assert "completion" in err


def test_ctrl_c_while_it_loads_leaves_nothing_behind() -> None:
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with started("-m", "scale_core", "solve", PROBLEM, *MODEL, **pipes) as process:
        assert process.stderr is not None
        until(lambda: "starting vLLM" in process.stderr.readline())  # type: ignore[union-attr]
        until(lambda: len(group(process.pid)) > 1)
        time.sleep(2)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 130


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def test_the_page_is_up_before_vllm_is_and_ends_with_it(tmp_path: Path) -> None:
    from gradio_client import Client

    port, log = free_port(), tmp_path / "err"
    address = f"http://127.0.0.1:{port}/"

    def served() -> bool:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    with log.open("w") as err, started("app.py", "--port", str(port), *MODEL, stderr=err) as app:
        until(served)
        assert "is ready" not in log.read_text()
        result = Client(address, verbose=False).predict(
            problem=PROBLEM, answer="6", api_name="/solve"
        )
        assert result["answer"] == "6"
        assert "is ready" in log.read_text()
        assert len(group(app.pid)) >= 3, "the app, vLLM's core and its worker"
        app.terminate()
        app.wait(60)

"""What the tests of the command line share: commands in this process and in another, terminals."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from scale_core.cli import main as cli
from scale_core.trace import duel as dv
from scale_core.trace.run import Run

ROOT = Path(__file__).resolve().parents[2]
PROBLEM = "What is (37*48 + 125*16) mod 13?"
POEM = "Write a poem about the sea."
PATIENCE = 120  # seconds; a busy machine is slow
HOSTILE = "[bold red]x[/bold red]\x1b]0;title\x07\x1b[31m\x9b31m\u202eabc\u2066\r\x00\ud800"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def ran(model_dir: Path, *arguments: str) -> tuple[int, str, str]:
    """A command in this process: its exit code, stdout and stderr."""
    model = [] if arguments[0] == "replay" else ["--model", str(model_dir)]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main([arguments[0], *model, *arguments[1:]])
    return code, out.getvalue(), err.getvalue()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "scale_core", *arguments]


def on_terminal(arguments: list[str]) -> tuple[int, str]:
    """Exit code and output of a command that has a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(arguments, stdout=follower, stderr=follower, stdin=follower,
                               cwd=ROOT, env={**os.environ, "COLUMNS": "120", "TERM": "xterm"},
                               )  # fmt: skip
    os.close(follower)
    shown, began = b"", time.monotonic()
    while time.monotonic() - began < PATIENCE:
        if select.select([leader], [], [], 1)[0]:
            try:
                part = os.read(leader, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            shown += part
    os.close(leader)
    return process.wait(PATIENCE), shown.decode(errors="replace")


def printed(*things: Any, terminal: bool = False, width: int = 200) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=width, markup=False, emoji=False,
                      highlight=False, color_system="standard" if terminal else None)  # fmt: skip
    for thing in things:
        console.print(thing)
    return out.getvalue()


def alone(run: Run) -> dv.Duel:
    """A run as `solve` shows it: the only lane of a duel without a budget."""
    start = run.start
    engine = start.engine if start else {}
    first = dv.DuelStarted(duel="d", problem="", expected=None, lanes=(dv.Lane("scale", "SCALE"),),
                           budget="", seed=start.seed if start else 0, settings={}, options={},
                           engine=engine, calibration={})  # fmt: skip
    last = [dv.DuelEnded(status=run.end.status)] if run.end else []
    return dv.Duel([first, *(dv.LaneEvent(lane="scale", event=e) for e in run.events), *last])

"""The page on a socket: how it is launched, what stands before it, and how it comes to its end.

Knows Gradio's settings, which signals end the app, and that runs are given a few seconds to end,
and are marked where they do not. Does not know the command line's flags, or what the page shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from scale_core.ui import theme
from scale_core.ui.gate import Gate
from scale_core.ui.operations import Operations
from scale_core.ui.player import Player

SWITCH = 0.001  # seconds that a thread of the model may keep the others waiting; Python's are 5 ms
DRAIN = 3.0  # seconds that runs may still take once the app is told to end
MARGIN = 64  # events that Gradio may handle beside runs
FORWARDED = "FORWARDED_ALLOW_IPS"
"""uvicorn's variable: whose word about addresses it believes; by itself this machine's."""


class PortInUse(OSError):
    """Somebody listens there already; the message is for people."""


@dataclass(frozen=True)
class Place:
    """Where it is served. login: Gradio's `auth`."""

    host: str | None = None
    port: int | None = None
    root_path: str | None = None
    share: bool = False
    mcp: bool = False
    trusted: bool = False
    login: Callable[[str, str], bool] | None = None


def settings(
    player: Player, operations: Operations, trusted: bool, uploads: Path
) -> dict[str, Any]:
    """Arguments for `Blocks.launch`."""
    bounds, look = player.admission.bounds, theme.launch_settings()
    gate = Middleware(Gate, bounds=bounds, trusted=trusted, uploads=uploads)
    routes = [*operations.routes(), *look["app_kwargs"]["routes"]]
    waiting = min(bounds.waiting.total, 1_000)
    return {
        **look,
        "app_kwargs": {"routes": routes, "middleware": [gate]},
        "max_file_size": bounds.upload,
        "state_session_capacity": bounds.sessions.total,
        "enable_monitoring": False,
        # a run that waits for its turn is an event that Gradio handles
        "max_threads": bounds.at_once.total + waiting + MARGIN,
    }


def serve(blocks: gr.Blocks, player: Player, operations: Operations, place: Place) -> None:
    """Serve the page until a signal ends it. Raises PortInUse."""
    os.environ[FORWARDED] = ""  # the gate alone decides that
    sys.setswitchinterval(SWITCH)
    if importlib.util.find_spec("matplotlib") is None:
        # Gradio tries to import it at every event: a quarter of its time, where it is not there
        sys.modules["matplotlib"] = None  # type: ignore[assignment]
    ended = threading.Event()
    with _uploads() as uploads, _told_to_end(ended):
        try:
            blocks.launch(
                server_name=place.host,
                server_port=place.port,
                root_path=place.root_path,
                share=place.share,
                mcp_server=place.mcp,
                auth=place.login,
                prevent_thread_lock=True,
                **settings(player, operations, place.trusted, uploads),
            )
        except OSError as error:
            if "empty port" in str(error):
                raise PortInUse(_in_use(place)) from None
            raise
        ended.wait()
        operations.log("ending", running=player.admission.running)
        drain(player)
        blocks.close(verbose=False)


def drain(player: Player, patience: float = DRAIN) -> int:
    """Take no more runs, and let those under way end; returns how many had to be stopped."""
    player.admission.close()
    loop = player.under_way.loop
    if loop is None:
        return 0  # nothing was ever run
    done = asyncio.run_coroutine_threadsafe(player.under_way.drain(patience), loop)
    with contextlib.suppress(TimeoutError):
        return done.result(patience + 4.0)
    return 0


@contextlib.contextmanager
def _uploads() -> Iterator[Path]:
    """A folder for files that are imported, which ends with the app."""
    folder = Path(tempfile.mkdtemp(prefix="scale-uploads-"))
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _told_to_end(ended: threading.Event) -> Iterator[None]:
    """The first signal asks, the second one ends at once."""

    def end(number: int, _: object) -> None:
        if ended.is_set():
            os._exit(128 + number)
        ended.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_use(place: Place) -> str:
    port = place.port or os.environ.get("GRADIO_SERVER_PORT") or "7860 or those after it"
    return f"Something listens on port {port} already: end it, or choose another with --port."

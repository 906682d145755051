"""A server of an OpenAI-compatible model that writes slowly, on a thread of its own: the app, which
is another process, asks it. Its replies are those of the tests' small server."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.engines.faulty_server import Generated, Server, Source, Traits, serving  # noqa: E402

MODEL = "Qwen/Qwen3-8B"


@contextmanager
def slow(source: Source, pace: float) -> Iterator[Server]:
    """The server, at `server.url`. pace: seconds a token, the first one too; may be changed while
    it serves."""

    async def slowly(prompt: str, body: dict[str, Any]) -> tuple[list[Generated], int]:
        await asyncio.sleep(server.pace)
        return await source(prompt, body)

    server = Server(slowly, Traits(models=(MODEL,), schema=False), pace=pace)
    up, down = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with serving(server):
            up.set()
            await down.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert up.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join(10)
        loop.close()

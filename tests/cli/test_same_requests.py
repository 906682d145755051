"""The page, the command line and Python ask a server in the same words."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
import urllib.request
from typing import Any

import pytest
from gradio_client import Client

from scale_core import solve
from scale_core.engines.catalogue import open_engine
from scale_core.ui.ask import Ask
from scale_core.ui.player import Player, Session
from tests.cli.terminal import PATIENCE, ROOT, command
from tests.engines.faulty_server import Server, Traits, scripted, serving

MODEL = "Qwen/Qwen3-8B"
PROBLEM = "A box has 12 red marbles and twice as many blue marbles. How many marbles is that?"
ENVIRONMENT = {**os.environ, "OPENAI_API_KEY": "", "GRADIO_ANALYTICS_ENABLED": "False"}


def reply(prompt: str, seed: int, index: int) -> str:
    """An outline or a result, by what was asked for."""
    if "List the steps" in prompt:
        return "1. blue marbles: 2 * 12 = 24\n2. all marbles: 12 + 24 = 36"
    return r"\boxed{24}" if "\nblue marbles." in prompt else r"\boxed{36}"


def asked(server: Server) -> list[str]:
    """What the run asked for, in any order; what it took to find out what the server can do is
    left out. Empties the server's notes."""
    bodies, server.asked = server.asked, []
    return sorted(text for body in bodies if "marbles" in (text := json.dumps(body)))


async def by_python(server: Server) -> None:
    engine = open_engine("openai", MODEL, base_urls=[server.url])
    async for _ in solve(PROBLEM, answer="36", seed=5, engine=engine):
        pass
    await engine.close()


async def by_command(server: Server) -> None:
    words = command("solve", PROBLEM, "--answer", "36", "--seed", "5", "--json")
    process = await asyncio.create_subprocess_exec(
        *words, "--base-url", server.url, "--model", MODEL,
        cwd=ROOT, env=ENVIRONMENT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, err) == (0, b"")


async def by_run(server: Server) -> None:
    """What the page's Run does: somebody follows the words."""
    engine = open_engine("openai", MODEL, base_urls=[server.url])
    session, heard = Session(), 0
    async for _ in Player(engine).play(session, Ask(PROBLEM, "36", seed=5)):
        heard += len(session.words.writing())
    assert heard and session.duel.status == "solved"
    await engine.close()


async def by_page(server: Server) -> None:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "app.py", "--port", str(port), "--base-url", server.url, "--model", MODEL,
        cwd=ROOT, env=ENVIRONMENT,
    )  # fmt: skip
    try:
        found = await asyncio.to_thread(_solved_by_page, f"http://127.0.0.1:{port}/")
        assert found["verdict"] == "equal"
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE)


def _solved_by_page(url: str) -> Any:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            break
        except OSError:
            assert time.monotonic() < until, "the app did not start in time"
            time.sleep(0.2)
    return Client(url, verbose=False).predict(PROBLEM, "36", "scale", None, 5, api_name="/solve")


@pytest.mark.model  # none runs here, but starting the page takes as long
@pytest.mark.parametrize("switch", ["chat_template_kwargs", "tags"])
def test_all_ways_ask_for_the_same(switch: str) -> None:
    """Of a Qwen3 server whose template has a switch for thinking, and of one that has none and is
    asked by /think and /no_think in the text."""
    thinker, quiet = scripted(reply, thought="let me think " * 20), scripted(reply)

    async def by_tag(prompt: str, body: dict[str, Any]) -> Any:
        body.pop("chat_template_kwargs", None)
        return await (quiet if prompt.rstrip().endswith("/no_think") else thinker)(prompt, body)

    async def compare() -> None:
        refuses = frozenset() if switch != "tags" else frozenset({"reasoning_effort"})
        traits = Traits(models=(MODEL,), schema=False, refuses=refuses)
        server = Server(thinker if switch != "tags" else by_tag, traits)
        async with serving(server):
            seen = []
            for way in (by_python, by_command, by_run, by_page):
                await way(server)
                seen.append(asked(server))
        for other in seen[1:]:
            assert [s for s in other if s not in seen[0]] == []
            assert other == seen[0]
        assert len(seen[0]) >= 2
        assert ("/no_think" in str(seen[0])) == (switch == "tags")

    asyncio.run(asyncio.wait_for(compare(), 3 * PATIENCE))

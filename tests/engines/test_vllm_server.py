"""vLLM's own server, three of them: a chat model, a process reward model and an embedder."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from scale_core.engines.base import Message, Request
from scale_core.engines.openai.engine import OpenAIEngine
from scale_core.runs.solve import duel, solve
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from tests.engines import tiny_models
from tests.engines.vllm_settings import ROOT

pytestmark = pytest.mark.vllm

KEY = "sesame"
PROBLEM = "What is (37*48 + 125*16) mod 13?"
CHAT = ("--enable-prompt-tokens-details",)
PATIENCE = 600.0  # a busy machine takes minutes to load vLLM


@contextmanager
def serving(model: Path, name: str, log: Path, *arguments: str) -> Iterator[tuple[str, Path]]:
    """The server's base URL and its log; it is up later (see `wait`)."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    command = [
        sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model),
        "--served-model-name", name, "--host", "127.0.0.1", "--port", str(port), "--api-key", KEY,
        "--dtype", "float32", "--enforce-eager", "--no-enable-chunked-prefill",
        "--max-num-seqs", "64", "--gpu-memory-utilization", "0.2", *arguments,
    ]  # fmt: skip
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, start_new_session=True, env=dict(os.environ)
        )
    try:
        yield f"http://127.0.0.1:{port}/v1", log
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def wait(url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url.replace("/v1", "/health"), timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(log.read_text("utf-8", "replace")[-3000:])


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Addresses by model: chat, prm, emb."""
    folder = tmp_path_factory.mktemp("served")
    made = {name: folder / name for name in ("chat", "prm", "emb")}
    for path in made.values():
        path.mkdir()
    tiny_models.chat(made["chat"], context=4096)
    tiny_models.process_reward_model(made["prm"])
    tiny_models.embedder(made["emb"])
    mark = mark_of(made["prm"])  # vLLM knows that of the published model
    more = {"chat": CHAT, "prm": ("--pooler-config", f'{{"step_tag_id": {mark}}}'), "emb": ()}
    with ExitStack() as stack:
        found = {}
        for name, model in made.items():
            log = folder / f"{name}.log"
            found[name] = stack.enter_context(serving(model, name, log, *more[name]))
        for url, log in found.values():
            wait(url, log)
        yield {name: url for name, (url, _) in found.items()}


def mark_of(model: Path) -> int:
    from transformers import AutoTokenizer

    return int(AutoTokenizer.from_pretrained(model).get_vocab()["<extra_0>"])


def opened(urls: dict[str, str]) -> OpenAIEngine:
    return OpenAIEngine(
        [urls["chat"]], "chat", key=KEY, prm_model="prm", prm_url=urls["prm"],
        embed_model="emb", embed_url=urls["emb"],
    )  # fmt: skip


def test_what_the_server_can_do_is_found_out(urls: dict[str, str]) -> None:
    async def go() -> None:
        engine = opened(urls)
        info = await engine.probe()
        caps = engine.capabilities
        assert caps is not None
        assert (caps.server, info.context, info.chat) == ("vLLM", 4096, True)
        assert caps.together and caps.seed and caps.thinking == "template"
        assert info.logprobs and info.schema and info.thinking_switch
        await engine.close()

    asyncio.run(go())


def test_thoughts_are_switched_and_counted_and_long_replies_fit(urls: dict[str, str]) -> None:
    ask = (Message("user", "12+30"),)

    async def go() -> None:
        engine = opened(urls)
        for thinking in (True, False):
            request = Request(ask, n=4, max_tokens=100_000, temperature=0.7, thinking=thinking)
            done = await engine.sample(request)
            assert len(done.samples) == 4
            assert any(s.thinking for s in done.samples) is thinking
            assert done.usage.cached is not None and done.usage.completion
        await engine.close()

    asyncio.run(go())


def test_a_run_and_a_duel_with_all_three_balance(urls: dict[str, str]) -> None:
    async def go() -> tuple[Run, Usage, dv.Duel, Usage]:
        engine = opened(urls)
        await engine.probe()
        start = engine.counters
        options = {"retries": 0, "outlines": 1, "verify": "all"}
        run = Run([e async for e in solve(PROBLEM, engine=engine, options=options)])
        middle = engine.counters
        played = dv.Duel([
            event async for event in duel(
                PROBLEM, engine=engine, lanes=("uniform", "dora", "bandit", "scale"),
                options=options, budget="16/step",
            )
        ])  # fmt: skip
        spent = known(engine.counters, middle)
        await engine.close()
        return run, known(middle, start), played, spent

    run, alone, fight, together = asyncio.run(go())
    assert run.status in ("solved", "unsolved") and fight.status in ("solved", "unsolved")
    assert (run.ledger.total.prompt, run.ledger.total.completion) == (
        alone.prompt,
        alone.completion,
    )
    physical = fight.physical
    assert (physical.prompt, physical.completion) == (together.prompt, together.completion)
    kinds = {e.stage for r in fight.lanes.values() for e in r.events if isinstance(e, ev.Measured)}
    assert "judge" in kinds, "the reward model was asked"
    how = {e.how for r in fight.lanes.values() for e in r.events if isinstance(e, ev.Verified)}
    assert how <= {"prm"}


def known(after: Usage, before: Usage) -> Usage:
    prompt, completion = (
        (getattr(after, kind) or 0) - (getattr(before, kind) or 0)
        for kind in ("prompt", "completion")
    )
    return Usage(prompt, None, completion, None)


def test_a_reward_and_a_vector_come_from_their_servers(urls: dict[str, str]) -> None:
    async def go() -> None:
        engine = opened(urls)
        scores, usage = await engine.score_steps("1+1?", [["1+1", "= 2"], ["3"]])
        assert [len(row) for row in scores] == [2, 1] and usage.prompt
        assert all(0 <= p <= 1 for row in scores for p in row)
        vectors, _ = await engine.embed(["one", "two", "one"])
        assert vectors[0] == pytest.approx(vectors[2], abs=1e-4) and vectors[0] != vectors[1]
        await engine.close()

    asyncio.run(go())

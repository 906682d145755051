"""What the engine for OpenAI-compatible servers adds to a bare HTTP client, on a stub server.

    python benchmarks/endpoint.py [--quick]

The stub (a process of its own, so that its work is not counted as the client's) answers every
request at once with the same 300 characters a sample, whole or as a stream of 75 tokens. The
clients take turns within each round, 32 requests at a time: a bare aiohttp session with one request
a rollout; the engine with one request a rollout, and with n=64 in one request; the same with
streams, which is what the app asks for. The table shows medians over the rounds of the time by the
clock and of the client's processor time, in microseconds a rollout, and of the ratio to the bare
client within a round. Bars, for whole replies: 1.15 with one request a rollout, 0.10 with n=64.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing as mp
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ClassVar

import aiohttp

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scale_core.engines.base import Message, Request  # noqa: E402
from scale_core.engines.openai.capabilities import Capabilities  # noqa: E402
from scale_core.engines.openai.engine import OpenAIEngine  # noqa: E402

AT_ONCE = 32
TOGETHER = 64
TEXT = (
    "Add the two numbers, carry the one, and write the sum below the line. " * 4 + "So: \\boxed{42}"
)
PROMPT = "Solve the step with the results so far. " * 20
TOKENS = 75
CAPABILITIES = Capabilities(server="vLLM")


def reply(n: int) -> bytes:
    choices = [
        {"index": i, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
        for i in range(n)
    ]
    body = json.dumps({**about("chat.completion"), "choices": choices, "usage": usage(n)})
    return response("application/json", body)


def streamed(n: int) -> bytes:
    """The samples in turn, a token each."""
    size = -(-len(TEXT) // TOKENS)
    deltas = [(TEXT[at : at + size], None) for at in range(0, len(TEXT), size)] + [("", "stop")]
    events: list[dict[str, Any]] = [
        {"choices": [{"index": i, "delta": {"content": text}, "finish_reason": ending}]}
        for text, ending in deltas
        for i in range(n)
    ]
    events.append({"choices": [], "usage": usage(n)})
    told = [json.dumps({**about("chat.completion.chunk"), **event}) for event in events]
    return response("text/event-stream", "".join(f"data: {one}\n\n" for one in (*told, "[DONE]")))


def about(kind: str) -> dict[str, Any]:
    return {"id": "x", "object": kind, "model": "m"}


def usage(n: int) -> dict[str, int]:
    made = TOKENS * n
    return {"prompt_tokens": 200, "completion_tokens": made, "total_tokens": 200 + made}


def response(kind: str, text: str) -> bytes:
    body = text.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class Stub(asyncio.Protocol):
    """The least HTTP server that will do: it reads a request and sends a ready-made reply."""

    # whether a stream is wanted and whether several samples are: the reply
    ready: ClassVar[dict[tuple[bool, bool], bytes]] = {
        (stream, several): make(TOGETHER if several else 1)
        for stream, make in ((False, reply), (True, streamed))
        for several in (False, True)
    }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            head = self._rest[:end].lower()
            at = head.find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self._rest) < end + 4 + size:
                return
            body = self._rest[end + 4 : end + 4 + size]
            self._rest = self._rest[end + 4 + size :]
            self._transport.write(self.ready[b'"stream":true' in body, b'"n":' in body])


def serve(pipe: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def spread(count: int, one: Callable[[int], Awaitable[None]]) -> None:
    """`count` calls, `AT_ONCE` at a time."""
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


async def bare(session: aiohttp.ClientSession, url: str, rollouts: int) -> None:
    async def one(number: int) -> None:
        body = {
            "model": "m", "messages": [{"role": "user", "content": PROMPT}], "max_tokens": 256,
            "temperature": 0.6, "top_p": 1.0, "seed": number,
        }  # fmt: skip
        async with session.post(url, json=body) as response:
            data = await response.json()
            assert data["choices"][0]["message"]["content"] == TEXT

    await spread(rollouts, one)


async def ours(engine: OpenAIEngine, rollouts: int, n: int) -> None:
    prompt = (Message("user", PROMPT),)

    async def one(number: int) -> None:
        done = await engine.sample(Request(prompt, n=n, seed=number))
        assert len(done.samples) == n and done.samples[-1].text == TEXT

    await spread(rollouts // n, one)


async def timed(work: Awaitable[None], rollouts: int) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    await work
    scale = 1e6 / rollouts
    return (time.perf_counter() - wall) * scale, (time.process_time() - processor) * scale


async def measure(port: int, rollouts: int, rounds: int) -> None:
    base = f"http://127.0.0.1:{port}/v1"
    whole, flowing = (
        OpenAIEngine([base], "m", capabilities=CAPABILITIES, stream=stream)
        for stream in (False, True)
    )
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        many = rollouts * 16
        clients: list[tuple[str, Callable[[], Awaitable[None]], int]] = [
            ("bare aiohttp", lambda: bare(session, f"{base}/chat/completions", rollouts), rollouts),
            ("n=1", lambda: ours(whole, rollouts, 1), rollouts),
            (f"n={TOGETHER}", lambda: ours(whole, many, TOGETHER), many),
            ("n=1, streamed", lambda: ours(flowing, rollouts, 1), rollouts),
            (f"n={TOGETHER}, streamed", lambda: ours(flowing, many // 8, TOGETHER), many // 8),
        ]
        for _, run, _ in clients:
            await run()
        table = [[await timed(run(), size) for _, run, size in clients] for _ in range(rounds)]
    await whole.close()
    await flowing.close()
    columns = list(zip(*table, strict=True))
    first = [statistics.median(column[i] for column in columns[0]) for i in (0, 1)]
    print(f"{'':<18}{'clock us':>10}{'ratio':>8}{'CPU us':>10}{'ratio':>8}   a rollout")
    for (name, _, _), column in zip(clients, columns, strict=True):
        wall, processor = (statistics.median(pair[i] for pair in column) for i in (0, 1))
        # ratios within a round: what else the machine does hits both
        against = [
            statistics.median(
                mine[i] / base[i] for mine, base in zip(column, columns[0], strict=True)
            )
            for i in (0, 1)
        ]
        print(f"{name:<18}{wall:>10.1f}{against[0]:>8.3f}{processor:>10.1f}{against[1]:>8.3f}")
    print(f"{rounds} rounds of {rollouts} rollouts, {AT_ONCE} at a time; bare {first[0]:.0f} us")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rollouts and rounds")
    quick = parser.parse_args().quick
    here, there = mp.Pipe()
    stub = mp.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    stub.start()
    try:
        asyncio.run(measure(here.recv(), 640 if quick else 3200, 5 if quick else 15))
    finally:
        stub.terminate()
        stub.join()


if __name__ == "__main__":
    main()

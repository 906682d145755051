"""The engine for chat models on ONNX: threads, pieces, batches, kept prefixes, and a server beside.

    python benchmarks/onnx_chat.py MODEL [--only a,b,c,d,e] [--threads N] [--beside URL [--name N]]

(a) tokens a second by number of threads, what a load of the model takes, and what the engine
    would choose.
(b) a prompt read in pieces of 16, 32, 64 and 128 tokens: smaller ones let more of a prompt be
    shared, and cost more.
(c) n samples of a prompt as one batch against one after the other: steps alone, and whole requests
    (a batch of the library's reads the prompt n times, in one go, and goes on until the last row
    has ended); whether the logits are those of a sample alone, and those of another batch.
(d) the requests of a solved problem with what earlier ones have read and without.
(e) the same problem, solved by the engine and by a server (llama.cpp's llama-server) with the same
    model, and one long reply of both, in turns.

Processor time is printed beside the clock's: it is what can be compared where others use the cores.
benchmarks/README.md says what was measured so far.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder

from scale_core.engines.base import Engine, Message, Request  # noqa: E402
from scale_core.engines.catalogue import open_engine  # noqa: E402
from scale_core.engines.onnx_chat.engine import OnnxChatEngine, _shape  # noqa: E402
from scale_core.engines.onnx_chat.model import ChatModel, Track  # noqa: E402
from scale_core.engines.onnx_chat.prefixes import PIECE, Prefixes  # noqa: E402
from scale_core.engines.onnx_chat.threads import lent, measured  # noqa: E402
from scale_core.engines.onnx_chat.worker import Order, SampleJob  # noqa: E402
from scale_core.runs.solve import solve  # noqa: E402

PROBLEM = (
    "Mira buys 4 boxes of 15 pencils and gives 22 pencils to her class. "
    "How many pencils does she keep?"
)
LONG = Request(
    (Message("user", "Tell how bread is made, in ten sentences."),), max_tokens=120, temperature=0
)
PROMPT, REPLY = 100, 150  # tokens, of the whole requests in (c)
SEED = np.random.default_rng(0)


@dataclass(frozen=True)
class Took:
    """Seconds by the clock and of the processor."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{self.clock:.2f} s (processor {self.processor:.2f} s)"


def timed(work: Callable[[], Any]) -> Took:
    began, processor = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - began, time.process_time() - processor)


def say(what: str, found: object) -> None:
    print(f"{what:<58}{found}", flush=True)


def tokens(count: int) -> list[int]:
    return [int(id) for id in SEED.integers(300, 400, count)]


# ---- (a), (b) ------------------------------------------------------------------------------


def threads(folder: Path) -> None:
    def rate(number: int) -> float:
        kept: list[ChatModel] = []
        took = timed(lambda: kept.append(ChatModel(folder, number)))
        found = kept[0].rate(2.0)
        say(f"(a) {number} threads of {lent()} cores", f"{found:.1f} tokens/s, load {took}")
        return found

    say("(a) chosen", measured(lent(), rate).threads)


def pieces(model: ChatModel) -> None:
    prompt = tokens(256)
    for size in (16, 32, 64, 128):

        def read(size: int = size) -> None:
            track = model.track(300)
            for at in range(0, len(prompt), size):
                track.append(prompt[at : at + size])

        took = timed(read)
        say(
            f"(b) {len(prompt)} tokens in pieces of {size}",
            f"{len(prompt) / took.clock:.0f} tokens/s, {took}",
        )


# ---- (c) -----------------------------------------------------------------------------------


class Batch:
    """n rows of one prompt in the library's own batch; the caller chooses the tokens."""

    def __init__(self, model: ChatModel, n: int, length: int) -> None:
        parameters = model._og.GeneratorParams(model._model)
        parameters.set_search_options(do_sample=False, batch_size=n, max_length=length)
        self._generator, self.n = model._og.Generator(model._model, parameters), n

    def read(self, prompt: Sequence[int]) -> None:
        self._generator.append_tokens(np.tile(np.asarray(prompt, np.int32), (self.n, 1)))

    def step(self, ids: Sequence[int]) -> np.ndarray:
        logits = self.logits()
        chosen = np.full((self.n, 1, logits.shape[-1]), -1e9, np.float32)
        chosen[np.arange(self.n), 0, list(ids)] = 0
        self._generator.set_logits(chosen)
        self._generator.generate_next_token()
        return self.logits()

    def logits(self) -> np.ndarray:
        logits = np.array(self._generator.get_logits(), np.float32)
        return logits.reshape(self.n, -1, logits.shape[-1])[:, -1]


def batches(model: ChatModel, steps: int = 12) -> None:
    prompt, ids = tokens(PROMPT), tokens(8)

    def track() -> Track:
        made = model.track(PROMPT + steps + 8)
        for at in range(0, PROMPT, PIECE):
            made.append(prompt[at : at + PIECE])
        return made

    alone = track()
    first = [row for id in ids[:2] for row in (alone.advance(id), alone.rewind(PROMPT))][::2]
    alone.rewind(0)
    reading = timed(lambda: [alone.append(prompt[a : a + PIECE]) for a in range(0, PROMPT, PIECE)])
    step = timed(lambda: [alone.advance(ids[0]) for _ in range(steps)])
    each = Took(step.clock / steps, step.processor / steps)
    say("(c) alone: the prompt", reading)
    say("(c) alone: a step", each)
    rows: dict[int, np.ndarray] = {}
    for n in (2, 4, 8):
        batch = Batch(model, n, PROMPT + steps + 8)
        read = timed(lambda batch=batch: batch.read(prompt))
        rows[n] = batch.step(ids[:n])[:2]
        took = timed(lambda batch=batch, n=n: [batch.step(ids[:n]) for _ in range(steps)])
        for kind in ("clock", "processor"):
            one, all_ = getattr(each, kind), getattr(took, kind) / steps
            apart = getattr(reading, kind) + n * REPLY * one
            say(
                f"(c) n={n}, times faster than one by one, by {kind}",
                f"steps {n * one / all_:.2f}, requests of {PROMPT}+{REPLY} tokens "
                f"{apart / (getattr(read, kind) + REPLY * all_):.2f}, "
                f"if the longest has twice the mean "
                f"{apart / (getattr(read, kind) + 2 * REPLY * all_):.2f}",
            )
        same = all(np.array_equal(a[0], b) for a, b in zip(first, rows[n], strict=True))
        like = np.array_equal(rows[2], rows[n])
        say(f"(c) n={n}, same bits as alone, as in a batch of 2", f"{same}, {like}")


# ---- (d), (e) ------------------------------------------------------------------------------


async def solved(engine: Engine, **options: Any) -> tuple[float, int, str, int]:
    """Seconds, completion tokens, the answer, and prompt tokens that were not read again."""
    before, began, answer = engine.counters, time.perf_counter(), ""
    async for event in solve(PROBLEM, engine=engine, seed=0, options=options):
        answer = getattr(event, "answer", None) or answer
    seconds, after = time.perf_counter() - began, engine.counters
    made = (after.completion or 0) - (before.completion or 0)
    return seconds, made, str(answer), (after.cached or 0) - (before.cached or 0)


async def orders_of(engine: OnnxChatEngine) -> list[Order]:
    """What solving the problem asks the worker for, each step thought about and checked."""
    found, original = list[Order](), engine._order

    def listening(request: Request, stream: bool) -> Order:
        found.append(original(request, False))
        return original(request, stream)

    engine._order = listening  # type: ignore[method-assign]
    await solved(engine, assign="system2", system2_max_tokens=100, verify="all")
    del engine._order
    return found


def prefixes(
    engine: OnnxChatEngine, folder: Path, model: ChatModel, orders: Sequence[Order]
) -> None:
    context, ends = engine.info.context, frozenset(_shape(folder)[1])
    kept = Prefixes(model, context, 2 * context)

    def play(fresh: bool, only_prompts: bool) -> tuple[int, int]:
        prompt = cached = 0
        for order in orders:
            mine = Prefixes(model, context, context) if fresh else kept
            job = SampleJob(order, model, mine, engine._tokenizer, ends)
            while not job.done and not (only_prompts and job.counts.prompt == len(order.prompt)):
                job.turn()
            if not job.done:
                job.abort()
            prompt, cached = prompt + job.counts.prompt, cached + job.counts.cached
        return prompt, cached

    counts: list[tuple[int, int]] = []
    for what, only in (("prompts", True), ("whole requests", False)):
        without = timed(lambda only=only: play(True, only))
        kept.clear()
        counts.clear()
        having = timed(lambda only=only: counts.append(play(False, only)))
        prompt, cached = counts[0]
        say(f"(d) {len(orders)} requests, {what}: without", without)
        say(
            f"(d) with {cached} of {prompt} prompt tokens kept",
            f"{having}, {without.processor / having.processor:.2f} times faster",
        )


async def beside(ours: Engine, theirs: Engine | None, rounds: int = 3) -> None:
    engines = {"this engine": ours} | ({"the server": theirs} if theirs else {})
    rates: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, engine in engines.items():
            done = await engine.sample(LONG)
            rates[name].append((done.usage.completion or 0) / done.seconds)
            seconds, made, answer, cached = await solved(engine)
            say(
                f"(e) {name}: solved",
                f"{seconds:.1f} s, {made} tokens, {cached} prompt tokens kept, answer {answer}",
            )
    for name, found in rates.items():
        say(f"(e) {name}: one reply, its prompt included", f"{median(found):.1f} tokens/s")
    if theirs:
        mine, other = (median(found) for found in rates.values())
        say("(e) this engine's tokens/s as a share of the server's", f"{mine / other:.2f}")


async def played(args: argparse.Namespace, only: Sequence[str]) -> None:
    engine = OnnxChatEngine(args.model, threads=args.threads)
    say("parameters, context", f"{engine.info.parameters:,}, {engine.info.context:,}")
    say(engine.info.device, " ".join(engine.info.notes))
    try:
        if "d" in only:
            orders = await orders_of(engine)
            prefixes(engine, args.model, ChatModel(args.model, args.threads or 1), orders)
        if "e" in only:
            named = {"model": args.name} if args.name else {}
            server = (
                open_engine("openai", base_urls=[args.beside], **named) if args.beside else None
            )
            await beside(engine, server)
            if server:
                await server.close()
    finally:
        await engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", type=Path, help="a folder of onnxruntime-genai")
    parser.add_argument("--only", default="a,b,c,d,e", help="which of (a) to (e)")
    parser.add_argument("--threads", type=int, help="of (b) to (e); by default 1 for (b) to (d), "
                        "the engine's choice for (e)")  # fmt: skip
    parser.add_argument("--beside", metavar="URL", help="a server of the same model, for (e)")
    parser.add_argument("--name", help="the model's name there")
    args = parser.parse_args()
    only = args.only.split(",")
    if "a" in only:
        threads(args.model)
    if set(only) & {"b", "c"}:
        model = ChatModel(args.model, args.threads or 1)
        if "b" in only:
            pieces(model)
        if "c" in only:
            batches(model)
        del model
    if set(only) & {"d", "e"}:
        asyncio.run(played(args, only))


if __name__ == "__main__":
    main()

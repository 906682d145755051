"""Our embedded engine against its library called directly: tokens per second.

    python benchmarks/engine.py [--model DIR] [--quick]

Needs onnxruntime-genai beside the engine's own needs. The library is called in its two natural
ways: one thread a request with a Generator each, and, for samples of one prompt, one Generator
with a batch (at most 32 rows, its limit; 64 samples take two). Every sample has the same number
of tokens: the end token is switched off for all (in the library by its minimum length, which
costs it next to nothing; in ours by a copy of the model's folder). The library gets whichever of
its default and one thread is faster, and its fastest sampling (the 50 likeliest tokens); it
returns token ids, we return texts. The variants take turns within each repeat; the table shows
medians, in tokens per second. The last column compares processor time instead of wall time: on a
busy machine it is the one to read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime_genai as og  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scale_core.engines.base import Request  # noqa: E402
from scale_core.engines.embedded.engine import OnnxEngine  # noqa: E402
from scale_core.engines.embedded.sampling import log_probabilities, top  # noqa: E402
from scale_core.engines.embedded.text import Vocabulary  # noqa: E402

LARGEST_BATCH = 32  # of the library's Generator
TEMPERATURE = 0.6
ALTERNATIVES = 5


@dataclass(frozen=True)
class Case:
    """`count` samples at once, of one prompt or of as many."""

    count: int
    same_prompt: bool
    logprobs: bool

    def __str__(self) -> str:
        kind = "same prompt" if self.same_prompt else "distinct"
        return f"{self.count:>4} {kind:<12} {'yes' if self.logprobs else 'no':<8}"


def endless(model: Path, folder: Path) -> Path:
    """A copy of the model whose end token is one that never comes."""
    copy = folder / "model"
    shutil.copytree(model, copy)
    path = copy / "genai_config.json"
    config = json.loads(path.read_text("utf-8"))
    config["model"]["eos_token_id"] = config["model"]["vocab_size"] + 1
    path.write_text(json.dumps(config), "utf-8")
    return copy


def prompts(count: int) -> list[str]:
    numbers = random.Random(7)
    pairs = ((numbers.randrange(1000, 10000), numbers.randrange(1000, 10000)) for _ in range(count))
    return [f"Add {a} and {b}, then take away 17." for a, b in pairs]


class Library:
    """onnxruntime-genai used directly."""

    def __init__(self, folder: Path, threads: int | None, tokens: int) -> None:
        config = og.Config(str(folder))
        if threads:
            session = {"session_options": {"intra_op_num_threads": threads}}
            config.overlay(json.dumps({"model": {"decoder": session}}))
        self._model = og.Model(config)
        self._tokens = tokens

    def generate(self, ids: list[int], batch: int, logprobs: bool) -> None:
        params = og.GeneratorParams(self._model)
        params.set_search_options(
            do_sample=True, temperature=TEMPERATURE, top_k=50, batch_size=batch,
            min_length=len(ids) + self._tokens + 1, max_length=len(ids) + self._tokens,
        )  # fmt: skip
        generator = og.Generator(self._model, params)
        generator.append_tokens(np.tile(np.array(ids, np.int32), (batch, 1)))
        made = 0
        while not generator.is_done():
            if logprobs:
                every = log_probabilities(generator.get_logits()[:, -1])
                best = top(every, ALTERNATIVES)
                np.take_along_axis(every, best, axis=1).tolist()
            generator.generate_next_token()
            if logprobs:
                every[np.arange(batch), generator.get_next_tokens()].tolist()
            made += 1
        if made != self._tokens:
            raise SystemExit(f"the library made {made} tokens instead of {self._tokens}")

    def threads(self, case: Case, ids: list[list[int]]) -> None:
        """One thread and one Generator a sample."""
        workers = [
            threading.Thread(target=self.generate, args=(prompt, 1, case.logprobs))
            for prompt in ids
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def batch(self, case: Case, ids: list[list[int]]) -> None:
        """All samples of one prompt in one Generator, or as few as it can take."""
        for start in range(0, case.count, LARGEST_BATCH):
            self.generate(ids[0], min(LARGEST_BATCH, case.count - start), case.logprobs)


def run_ours(
    loop: asyncio.AbstractEventLoop, engine: OnnxEngine, case: Case, texts: list[str], tokens: int
) -> None:
    loop.run_until_complete(ours(engine, case, texts, tokens))


async def ours(engine: OnnxEngine, case: Case, texts: list[str], tokens: int) -> None:
    samples = case.count if case.same_prompt else 1
    requests = [
        Request(
            text, n=samples, seed=seed, max_tokens=tokens, temperature=TEMPERATURE,
            logprobs=ALTERNATIVES if case.logprobs else None,
        )
        for seed, text in enumerate(texts[:1] if case.same_prompt else texts)
    ]  # fmt: skip
    done = await asyncio.gather(*(engine.sample(request) for request in requests))
    made = sum(completion.usage.completion or 0 for completion in done)
    if made != case.count * tokens:
        raise SystemExit(f"the engine made {made} tokens instead of {case.count * tokens}")


def timed(run: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time in all threads."""
    wall, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - processor


def faster_library(folder: Path, tokens: int, ids: list[int]) -> Library:
    """Default number of threads or one, whichever generates a batch of 16 faster."""
    both = [Library(folder, threads, tokens) for threads in (None, 1)]
    seconds = [[timed(partial(m.generate, ids, 16, False))[0] for m in both] for _ in range(4)]
    default, one = (statistics.median(column) for column in zip(*seconds[1:], strict=True))
    print(f"library: {'its default' if default < one else '1'} thread(s)")
    return both[0] if default < one else both[1]


def measure(model: Path, folder: Path, cases: list[Case], tokens: int, repeats: int) -> None:
    engine = OnnxEngine(endless(model, folder))
    print(f"ours: {engine.info.device}; {tokens} tokens a sample, medians of {repeats}")
    vocabulary, texts = Vocabulary(model / "tokenizer.json"), prompts(64)
    ids = [vocabulary.encode(text, 400) for text in texts]
    library = faster_library(model, tokens, ids[0])
    loop = asyncio.new_event_loop()
    print("\n   n  prompts      logprobs     ours  threads    batch  ours/better   by CPU")
    for case in cases:
        some = ids[: case.count] if not case.same_prompt else ids[:1] * case.count

        runs: list[Callable[[], None]] = [
            partial(run_ours, loop, engine, case, texts[: case.count], tokens),
            partial(library.threads, case, some),
        ]
        if case.same_prompt:
            runs.append(partial(library.batch, case, some))
        rounds = [[timed(run) for run in runs] for _ in range(repeats)]
        columns = list(zip(*rounds, strict=True))
        wall, processor = ([statistics.median(t[i] for t in c) for c in columns] for i in (0, 1))
        rates = [case.count * tokens / seconds for seconds in wall]
        batch = f"{rates[2]:8.0f}" if case.same_prompt else "       -"
        ratios = rates[0] / max(rates[1:]), min(processor[1:]) / processor[0]
        print(
            f"{case} {rates[0]:8.0f} {rates[1]:8.0f} {batch} {ratios[0]:12.2f} {ratios[1]:8.2f}",
            flush=True,
        )
    loop.run_until_complete(engine.close())
    loop.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", type=Path, default=ROOT / "assets" / "abacus" / "onnx")
    parser.add_argument("--quick", action="store_true", help="shorter samples, fewer repeats")
    options = parser.parse_args()
    cases = [
        Case(count, same, logprobs)
        for logprobs in (False, True)
        for same in (False, True)
        for count in (1, 16, 64)
    ]
    tokens, repeats = (32, 3) if options.quick else (96, 5)
    with tempfile.TemporaryDirectory() as folder:
        measure(options.model, Path(folder), cases, tokens, repeats)


if __name__ == "__main__":
    main()

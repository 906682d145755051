"""What the app adds to vLLM: the same measurements on a processor and on a card.

    python benchmarks/vllm.py [--only a,b,c,d,e] [--repeats 3] [--model NAME] [vLLM's options ...]

(a) tokens a second of the pipeline and of the duel, 8 problems at once, as a share of vLLM's own:
    the same requests handed to vLLM directly, each as soon as those it had to wait for have ended
    (so the difference is ours), and all of them at once to vLLM's offline class (so the rest is
    what a pipeline's order costs).
(b) step-wise search with prompts of at least 20 cache blocks: tokens of full blocks that came from
    the prefix cache after the first step.
(c) 8 outlines and all static ratings together against one by one.
(d) self-consistency with 64 samples against one raw request with n=64.
(e) from Stop to no running request.

Without --model the embedded model's checkpoint is used, and for (b), which needs long prompts, a
tiny chat model made on the spot. benchmarks/README.md says what was measured so far.
"""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder: `import vllm` must not find this file

from scale_core.dialects.base import Dialect  # noqa: E402
from scale_core.engines.base import Completion, Request  # noqa: E402
from scale_core.engines.vllm.engine import VllmEngine  # noqa: E402
from scale_core.engines.vllm.sampling import Call, Sampler  # noqa: E402
from scale_core.problem import Plan  # noqa: E402
from scale_core.runs.lanes import dialect_of  # noqa: E402
from scale_core.runs.solve import duel as run_duel  # noqa: E402
from scale_core.runs.solve import solve  # noqa: E402

CHECKPOINT = ROOT / "assets" / "abacus" / "hf"
PROBLEMS = ROOT / "tests" / "data" / "typed_problems.tsv"
AT_ONCE, VOTES, OUTLINES, BLOCKS = 8, 64, 8, 20
ROUNDS = 4  # of (a) and (d), whose times vary, for each repeat
T, U = TypeVar("T"), TypeVar("U")
WHOSE: contextvars.ContextVar[int] = contextvars.ContextVar("WHOSE", default=-1)


# ---- what our runs ask of vLLM -------------------------------------------------------------


@dataclass
class Asked:
    """One vLLM request of ours: of which problem, when it began and ended, what it generated."""

    problem: int
    prompt: list[int]
    params: Any
    began: float = 0.0
    ended: float = 0.0
    after: list[int] = field(default_factory=list)


class Listening:
    """Inside, every request that our engine hands to vLLM is written down."""

    def __enter__(self) -> list[Asked]:
        self._original, asked = Call.run, list[Asked]()
        original = self._original

        async def run(call: Call, params: Any, *args: Any, **keywords: Any) -> None:
            entry = Asked(WHOSE.get(), call.prompt, params.clone(), time.perf_counter())
            asked.append(entry)
            await original(call, params, *args, **keywords)
            entry.ended = time.perf_counter()

        Call.run = run  # type: ignore[method-assign]
        return asked

    def __exit__(self, *_: object) -> None:
        Call.run = self._original  # type: ignore[method-assign]


def with_order(asked: Sequence[Asked]) -> None:
    """After which requests of its problem each one came: those that had ended when it began."""
    for entry in asked:
        entry.after = [
            i for i, other in enumerate(asked)
            if other.problem == entry.problem and other.ended <= entry.began
        ]  # fmt: skip


async def raw(engine: VllmEngine, asked: Sequence[Asked]) -> int:
    """The same requests, in the same order, straight to vLLM; the tokens it generated."""
    from vllm.inputs import tokens_input
    from vllm.sampling_params import RequestOutputKind

    llm, over = engine._host.llm, [asyncio.Event() for _ in asked]

    async def one(i: int, entry: Asked) -> int:
        for j in entry.after:
            await over[j].wait()
        params = entry.params.clone()
        params.output_kind, params.logprobs = RequestOutputKind.FINAL_ONLY, entry.params.logprobs
        prompt = tokens_input(list(entry.prompt))
        async for output in llm.generate(prompt, params, f"raw-{time.monotonic_ns()}-{i}"):
            made = sum(len(o.token_ids) for o in output.outputs)
        over[i].set()
        return made

    return sum(await asyncio.gather(*(one(i, entry) for i, entry in enumerate(asked))))


def offline(model: str, arguments: Sequence[str], asked: Sequence[Asked]) -> float:
    """Tokens a second of vLLM's offline class with all requests at once."""
    import dataclasses

    import vllm

    from scale_core.engines.vllm.engine import _defaults
    from scale_core.engines.vllm.library import engine_args

    parsed = engine_args(model, arguments, _defaults(None))
    fresh = type(parsed)(model=model)
    changed = {
        f.name: getattr(parsed, f.name) for f in dataclasses.fields(parsed)
        if f.name not in ("model", "enable_log_requests")
        and getattr(parsed, f.name) != getattr(fresh, f.name)
    }  # fmt: skip
    llm = vllm.LLM(model=model, **changed)
    prompts = [{"prompt_token_ids": list(entry.prompt)} for entry in asked]
    params = [entry.params.clone() for entry in asked]
    for p in params:
        p.output_kind = vllm.sampling_params.RequestOutputKind.FINAL_ONLY
    llm.generate(prompts[:1], params[:1], use_tqdm=False)
    llm.reset_prefix_cache()
    began = time.perf_counter()
    outputs = llm.generate(prompts, params, use_tqdm=False)
    seconds = time.perf_counter() - began
    return sum(len(o.token_ids) for out in outputs for o in out.outputs) / seconds


# ---- (a) -----------------------------------------------------------------------------------

Play = Callable[[VllmEngine, Dialect, int, str], Coroutine[Any, Any, None]]


async def pipeline(engine: VllmEngine, dialect: Dialect, number: int, problem: str) -> None:
    WHOSE.set(number)
    async for _ in solve(problem, engine=engine, dialect=dialect, seed=number, anyway=True):
        pass


async def duel(engine: VllmEngine, dialect: Dialect, number: int, problem: str) -> None:
    WHOSE.set(number)
    events = run_duel(
        problem, engine=engine, dialect=dialect, seed=number, budget="4/step", anyway=True
    )
    async for _ in events:
        pass


async def at_once(bench: Bench, play: Play) -> None:
    """Our tokens a second and vLLM's own, in turns."""
    engine = bench.engine

    async def ours() -> tuple[float, float, list[Asked]]:
        await reset(engine)
        before, processor = engine.counters.completion or 0, time.process_time()
        with Listening() as asked:
            seconds = await timed(
                asyncio.gather(
                    *(play(engine, bench.dialect, i, p) for i, p in enumerate(bench.problems))
                )
            )
        spent = time.process_time() - processor
        with_order(asked)
        return ((engine.counters.completion or 0) - before) / seconds, spent / seconds, asked

    async def theirs() -> tuple[float, float]:
        await reset(engine)
        began, processor = time.perf_counter(), time.process_time()
        made = await engine._host.do(raw(engine, asked))
        seconds = time.perf_counter() - began
        return made / seconds, (time.process_time() - processor) / seconds

    _, _, asked = await ours()  # what vLLM itself is given, and a warm-up
    await theirs()
    rows = await in_turns(bench, ours, theirs)
    shares = [own[0] / direct[0] for own, direct in rows]
    rate = median(own[0] for own, _ in rows)
    busy = median(own[1] - direct[1] for own, direct in rows)
    name = play.__name__
    say(f"(a) {name}, {AT_ONCE} problems at once", f"{rate:.0f} tokens/s, {len(asked)} requests")
    say(f"(a) {name}, share of vLLM's own in the same order, {len(shares)} rounds",
        spread(shares), "0.9")  # fmt: skip
    say(f"(a) {name}, processor time of ours, of one core", f"{busy:.2f}")
    bench.offline.append((name, rate, asked))


# ---- (b) to (e) ----------------------------------------------------------------------------


async def prefixes(bench: Bench, depth: int = 6, width: int = 8, tokens: int = 48) -> None:
    """Eight paths, six steps; each step's prompt is the question and the path so far, continued
    twice from four of them, as a search does."""
    engine = bench.engine
    block = engine._host.llm.vllm_config.cache_config.block_size
    problem = "Think about this story first. " + "Ann has 12 apples and buys 7 more. " * (
        BLOCKS * block // 30
    )
    await reset(engine)
    paths, full, cached = [""] * width, 0, 0
    for step in range(depth):
        wanted = paths if step == 0 else paths[::2]
        requests = [
            Request(
                bench.dialect.chain_on(problem, text) if text else bench.dialect.chain(problem),
                n=width // len(wanted), seed=100 * step + i, max_tokens=tokens, temperature=0.8,
                thinking=False,
            )
            for i, text in enumerate(wanted)
        ]  # fmt: skip
        done: list[Completion] = await asyncio.gather(*(engine.sample(r) for r in requests))
        if step:
            for completion in done:
                read = completion.usage.prompt or 0
                assert read >= BLOCKS * block, f"a prompt of {read // block} blocks"
                full += (read - 1) // block * block
                cached += completion.usage.cached or 0
        parents = [text for text in wanted for _ in range(width // len(wanted))]
        samples = [s for completion in done for s in completion.samples]
        paths = [a + s.text for a, s in zip(parents, samples, strict=True)]
    say(f"(b) full blocks of {block} tokens from the prefix cache", f"{cached / full:.3f}", "0.9")


async def together(bench: Bench) -> None:
    engine, dialect, problem = bench.engine, bench.dialect, bench.problems[0]
    limits, rows = dialect.limits, []
    outlines = Request(
        dialect.outline(problem), n=OUTLINES, max_tokens=limits.outline, temperature=0.6
    )
    plans = [dialect.read_outline(s) for s in (await engine.sample(outlines)).samples]
    plan = max(
        (p for p in plans if isinstance(p, Plan)), key=lambda p: len(p.steps),
        default=dialect.single_step(problem),
    )  # fmt: skip
    ratings = [
        Request(dialect.rate(problem, plan, step, None), max_tokens=limits.rate, temperature=0)
        for step in plan.steps
    ]
    apart = [
        *(Request(outlines.prompt, first=i, max_tokens=limits.outline, temperature=0.6)
          for i in range(OUTLINES)), *ratings,
    ]  # fmt: skip

    async def one_by_one() -> None:
        for request in apart:
            await engine.sample(request)

    async def all_at_once() -> None:
        await engine.sample(outlines)
        await asyncio.gather(*(engine.sample(r) for r in ratings))

    for _ in range(bench.repeats + 1):
        await reset(engine)
        slow = await timed(one_by_one())
        await reset(engine)
        rows.append(slow / await timed(all_at_once()))
    say(f"(c) {OUTLINES} outlines and {len(ratings)} ratings, times faster together",
        f"{median(rows[1:]):.1f}", "4")  # fmt: skip


async def voting(bench: Bench) -> None:
    engine, problem = bench.engine, bench.problems[0]

    async def ours() -> None:
        events = solve(
            problem, engine=engine, dialect=bench.dialect, preset="self-consistency",
            options={"samples": VOTES}, anyway=True,
        )  # fmt: skip
        async for _ in events:
            pass

    async def mine() -> tuple[float, list[Asked]]:
        await reset(engine)
        with Listening() as asked:
            return await timed(ours()), asked

    async def theirs() -> float:
        await reset(engine)
        return await timed(engine._host.do(raw(engine, asked)))

    _, asked = await mine()
    await theirs()
    ratios = [own / direct for (own, _), direct in await in_turns(bench, mine, theirs)]
    say(f"(d) self-consistency, {VOTES} samples, times a raw n={VOTES}, {len(ratios)} rounds",
        spread(ratios), "at most 1.05")  # fmt: skip


async def stopping(bench: Bench) -> None:
    engine, rows = bench.engine, []
    prompt = bench.dialect.chain(bench.problems[0])
    with endless():
        for seed in range(2 * bench.repeats + 1):
            cancel = threading.Event()
            request = Request(prompt, n=256, seed=seed, max_tokens=10**6, temperature=1.0)
            task = asyncio.ensure_future(engine.sample(request, cancel=cancel))
            while engine.running < 256:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.3)
            began = time.perf_counter()
            cancel.set()
            while engine.running:
                await asyncio.sleep(0.001)
            rows.append(time.perf_counter() - began)
            await task
    say("(e) seconds from Stop to no request, 256 samples", f"{median(rows):.3f}", "at most 1")


# ---- helpers -------------------------------------------------------------------------------


@dataclass
class Bench:
    engine: VllmEngine
    dialect: Dialect
    problems: list[str]
    repeats: int
    offline: list[tuple[str, float, list[Asked]]] = field(default_factory=list)


class endless:
    """Inside, samples do not end by themselves."""

    def __enter__(self) -> None:
        self._original = original = Sampler._params

        def params(sampler: Sampler, *args: Any, **keywords: Any) -> Any:
            made = original(sampler, *args, **keywords)
            made.ignore_eos = True
            return made

        Sampler._params = params  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        Sampler._params = self._original  # type: ignore[method-assign]


async def in_turns(
    bench: Bench, ours: Callable[[], Awaitable[T]], theirs: Callable[[], Awaitable[U]]
) -> list[tuple[T, U]]:
    """What both give, in as many rounds ours first as theirs."""
    rows = []
    for i in range(ROUNDS * bench.repeats):
        if i % 2:
            rows.append((await ours(), await theirs()))
        else:
            direct = await theirs()
            rows.append((await ours(), direct))
    return rows


def spread(values: Sequence[float]) -> str:
    """The median, and between which values the middle half lies."""
    found = sorted(values)
    quarter = len(found) // 4
    return f"{median(found):.2f} ({found[quarter]:.2f}-{found[-1 - quarter]:.2f})"


async def reset(engine: VllmEngine) -> None:
    """Empty the prefix cache, so that each turn starts with the same one."""
    while engine.running:
        await asyncio.sleep(0.001)
    await engine._host.do(engine._host.llm.reset_prefix_cache())


async def timed(work: Any) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def say(what: str, found: str, wanted: str = "") -> None:
    print(f"{what:<62}{found:>28}{f'   (wanted: {wanted})' if wanted else ''}", flush=True)


def problems_of(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [line.split("\t")[1] for line in lines][:: max(1, len(lines) // AT_ONCE)][:AT_ONCE]


def long_prompts(args: argparse.Namespace, rest: Sequence[str]) -> None:
    """(b), on the named model or on one made for it."""
    with tempfile.TemporaryDirectory() as folder:
        model, more = args.model, list(rest)
        if model is None:
            from tests.engines import tiny_models

            model = str(tiny_models.chat(Path(folder), context=8192))
            more = ["--dtype", "float32", "--enforce-eager", "--block-size", "32", *rest]
        engine = VllmEngine(model, more)
        bench = Bench(engine, dialect_of(engine.info), problems_of(PROBLEMS), args.repeats)
        with endless():
            asyncio.run(prefixes(bench))
        asyncio.run(engine.close())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="a,b,c,d,e", help="which of (a) to (e)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--model", help="a chat model; without it the embedded one")
    args, rest = parser.parse_known_args()
    only = args.only.split(",")
    if set(only) - {"b"}:
        model = args.model or str(CHECKPOINT)
        more = rest if args.model else ["--dtype", "float32", *rest]
        engine = VllmEngine(model, more, report=lambda _, text: print(text, flush=True))
        say("vLLM on", f"{engine.info.device}, {engine.info.model[-24:]}")
        bench = Bench(engine, dialect_of(engine.info), problems_of(PROBLEMS), args.repeats)
        asyncio.run(measure(bench, only))
        asyncio.run(engine.close())
        for name, rate, asked in bench.offline:
            own = offline(model, more, asked)
            say(f"(a) {name}, share of vLLM offline, all at once ({own:.0f} tokens/s)",
                f"{rate / own:.2f}")  # fmt: skip
    if "b" in only:
        long_prompts(args, rest)


async def measure(bench: Bench, only: Sequence[str]) -> None:
    if "a" in only:
        for play in (pipeline, duel):
            await at_once(bench, play)
    for letter, part in (("c", together), ("d", voting), ("e", stopping)):
        if letter in only:
            await part(bench)


if __name__ == "__main__":
    main()

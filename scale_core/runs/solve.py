"""`solve`: one problem in, a stream of events out. The page, the command line and Python use it.

Knows how a run starts, ends and fails. Does not know what a strategy does in between.
"""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

from scale_core.answers.grouping import compare_async
from scale_core.dialects.abacus.dialect import AbacusDialect
from scale_core.dialects.base import Dialect
from scale_core.dialects.chat.dialect import chat_dialect
from scale_core.engines.base import Engine, EngineError, EngineInfo
from scale_core.engines.cancel import Flag
from scale_core.engines.catalogue import embedded_engine
from scale_core.pipeline import calibration, calibration_store
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.calibration import Calibration
from scale_core.pipeline.context import Context, Stop, Stopped
from scale_core.pipeline.options import options_for
from scale_core.problem import Problem
from scale_core.strategies.chain import run_chain
from scale_core.strategies.lane_config import Refused
from scale_core.strategies.scale import run_scale
from scale_core.trace import events as ev

STRATEGIES = {"scale": run_scale, "chain": run_chain}


def dialect_of(info: EngineInfo) -> Dialect:
    """The dialect of an engine's model."""
    return chat_dialect(info) if info.chat else AbacusDialect()


def calibration_of(engine: Engine | None) -> Calibration:
    """The one beside the embedded model; of other models the one that was fitted here, if any."""
    folder = getattr(engine, "folder", None)
    if engine is None or folder is not None or not engine.info.chat:
        return calibration.load(folder)
    return calibration_store.load(engine.info.model)


async def solve(
    problem: str,
    *,
    answer: str | None = None,
    preset: str = "scale",
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    engine: Engine | None = None,
    dialect: Dialect | None = None,
    cancel: Flag | None = None,
    anyway: bool = False,
) -> AsyncGenerator[ev.Event, None]:
    """Solve a problem, yielding events as they happen; the last one is RunEnded.

    answer: the expected one, if known; the run is then graded. options: switches that differ from
    the preset's. cancel: set it (a threading.Event will do) to stop the run within a token step.
    anyway: run even if the text is surely outside the model's language.
    Raises ValueError for an unknown preset or a switch out of bounds, before anything runs.
    """
    chosen = options_for(preset, options)
    own = engine is None
    engine = engine or embedded_engine()
    dialect = (dialect or dialect_of(engine.info)).variant(chosen.prompts)
    reading = dialect.read_problem(problem)
    queue: asyncio.Queue[ev.Event | None] = asyncio.Queue()
    stop = Stop(cancel)
    ctx = Context(
        Problem(problem, answer),
        reading.canonical,
        engine,
        dialect,
        chosen,
        seed,
        queue.put_nowait,
        stop,
        calibration_of(engine),
    )
    ctx.emit(started(ctx, preset))
    refusal = reading.message if reading.verdict == "outside" and not anyway else None
    task = asyncio.create_task(_run(ctx, refusal, queue))
    try:
        while (event := await queue.get()) is not None:
            yield event
    finally:
        # whoever read the events has left: stop the engine's work rather than drop it
        stop.halt()
        await task
        if own:
            await engine.close()


def started(
    ctx: Context, strategy: str, settings: Mapping[str, Any] | None = None
) -> ev.RunStarted:
    """The first event of a run. settings: switches beside the pipeline's own."""
    return ev.RunStarted(
        run=uuid.uuid4().hex[:12],
        problem=ctx.problem.text,
        expected=ctx.problem.expected,
        strategy=strategy,
        seed=ctx.seed,
        options=ctx.options.as_dict()
        | {"tau_used": ctx.tau(), "trust_used": ctx.trust()}
        | dict(settings or {}),
        engine=described(ctx.engine.info),
    )


def described(info: EngineInfo) -> dict[str, Any]:
    """An engine's info as events hold it: what JSON gives back as it was."""
    others = [list(other) for other in info.others]
    return dataclasses.asdict(info) | {"notes": list(info.notes), "others": others}


async def _run(ctx: Context, refusal: str | None, queue: asyncio.Queue[ev.Event | None]) -> None:
    try:
        if refusal is not None:
            ctx.emit(ev.RunEnded(status="refused", message=refusal))
        else:
            await close_run(ctx, lambda: STRATEGIES[ctx.options.strategy](ctx))
    finally:
        queue.put_nowait(None)


async def close_run(ctx: Context, strategy: Callable[[], Awaitable[str | None]]) -> ev.Status:
    """Run a strategy to its end, whatever that is: the answer is graded, and how it ended is
    the run's last event and is returned."""
    status, message = await _outcome(ctx, strategy)
    ctx.emit(ev.RunEnded(status=status, message=message))
    return status


async def _outcome(
    ctx: Context, strategy: Callable[[], Awaitable[str | None]]
) -> tuple[ev.Status, str]:
    try:
        answer = await strategy()
        await _grade(ctx, answer)
        return ("unsolved" if answer is None else "solved"), ""
    except Stopped:
        return "stopped", "stopped by request"
    except Exhausted:
        return "unsolved", "the budget ran out before an answer was found"
    except Refused as error:
        return "refused", str(error)
    except EngineError as error:
        return "failed", str(error)


async def _grade(ctx: Context, answer: str | None) -> None:
    expected = ctx.problem.expected
    if answer is None or expected is None or not expected.strip():
        return
    comparison = await compare_async(expected, answer)
    ctx.emit(ev.Graded(expected=expected, verdict=comparison.verdict, reason=comparison.reason))

"""Stages 2 and 3, assess and assign: a difficulty in [0, 1] for each sub-problem (SCALE eq. 3), and
the mode that follows from it (eq. 4).

Knows static ratings (all before solving, as published), dynamic and late ones (with earlier results
filled in, the equation as written), calibration and the threshold. Does not know how a mode works.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from scale_core.pipeline.context import Context
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev

SAMPLED_TEMPERATURE = 0.7
"""Temperature of ratings that are sampled (the paper's value for non-thinking calls)."""


async def assess(ctx: Context, plan: Plan) -> dict[str, ev.Rated]:
    """Rate every step before anything is solved, all at once; by step id.

    With dynamic ratings these are provisional wherever a step depends on an earlier result; with
    late ones such a step is not rated yet.
    """
    if ctx.options.assign != "threshold":
        ctx.progress("assess", 0, 0, "not needed: every step's mode is fixed")
        return {}
    steps = [s for s in plan.steps if ctx.options.rating != "late" or not s.depends_on]
    total = len(steps)
    words = f"{total} step" + "s" * (total != 1)
    ctx.progress("assess", 0, total, f"rating {words}")
    ratings = await ctx.together([_first(ctx, plan, step) for step in steps])
    ctx.progress("assess", total, total, f"{words} rated")
    return dict(zip((s.id for s in steps), ratings, strict=True))


async def rate_now(
    ctx: Context, plan: Plan, step: SubProblem, known: Mapping[str, str], had: ev.Rated | None
) -> ev.Rated | None:
    """The rating to decide by, just before the step runs: the one it had, unless that was
    provisional or is still to be made; None if modes are not decided by ratings."""
    if ctx.options.assign != "threshold" or (had is not None and not had.provisional):
        return had
    if had is None and step is plan.last and ctx.options.force_last is not None:
        return await _first(ctx, plan, step)
    return await rate(ctx, plan, step, known)


async def _first(ctx: Context, plan: Plan, step: SubProblem) -> ev.Rated:
    if step is plan.last and ctx.options.force_last is not None:
        forced = ev.Rated(
            node=step.id, raw=None, calibrated=None, used=ctx.options.force_last, forced=True
        )
        ctx.emit(forced)
        return forced
    dynamic = ctx.options.rating != "static"
    known: Mapping[str, str] | None = {} if dynamic and not step.depends_on else None
    return await rate(ctx, plan, step, known, provisional=dynamic and known is None)


async def rate(
    ctx: Context,
    plan: Plan,
    step: SubProblem,
    results: Mapping[str, str] | None,
    *,
    provisional: bool = False,
) -> ev.Rated:
    """Ask for one difficulty and emit it; unreadable replies are retried with new seeds.

    If none can be read the step counts as hard (1.0), which costs tokens rather than accuracy.
    """
    raw = await _ask(ctx, plan, step, results)
    if raw is None:
        ctx.fallback(step.id, "rated hard", "no rating could be read")
        rated = ev.Rated(node=step.id, raw=None, calibrated=None, used=1.0, provisional=provisional)
    else:
        calibrated = ctx.calibration(raw) if ctx.options.calibrated else None
        rated = ev.Rated(
            node=step.id,
            raw=raw,
            calibrated=calibrated,
            used=raw if calibrated is None else calibrated,
            provisional=provisional,
        )
    ctx.emit(rated)
    return rated


async def _ask(
    ctx: Context, plan: Plan, step: SubProblem, results: Mapping[str, str] | None
) -> float | None:
    sampled = not ctx.options.expected_rating or ctx.options.rating_samples > 1
    prompt = ctx.dialect.rate(ctx.text, plan, step, results)
    # static and dynamic ratings of a step are different places, so their seeds differ
    place = 0 if results is None else 1
    for attempt in range(ctx.options.retries + 1):
        ctx.retried(step.id, "rate", attempt, "the rating could not be read")
        samples = await ctx.ask(
            step.id,
            "rate",
            prompt,
            n=ctx.options.rating_samples,
            temperature=SAMPLED_TEMPERATURE if sampled or attempt else 0.0,
            max_tokens=ctx.dialect.limits.rate,
            attempt=attempt,
            place=place,
            logprobs=10,
        )
        ratings = [
            r
            for s in samples
            if (r := ctx.dialect.read_rating(s, ctx.options.expected_rating)) is not None
        ]
        if ratings:
            return fmean(ratings)
    return None


def assign(policy: str, difficulty: float | None, tau: float, last: bool) -> tuple[Mode, str]:
    """The mode and the reason in words. At exactly tau a step is System 1 (strict >).

    policy: threshold, system1, system2 or last. Raises ValueError if the threshold policy gets no
    difficulty.
    """
    if policy in ("system1", "system2"):
        mode = Mode(policy)
        return mode, f"every step runs in {mode.label}"
    if policy == "last":
        return (Mode.SYSTEM2, "the last step") if last else (Mode.SYSTEM1, "not the last step")
    if difficulty is None:
        raise ValueError("the threshold policy needs a difficulty")
    if difficulty > tau:
        return Mode.SYSTEM2, f"difficulty {difficulty:.2f} is above the threshold {tau:.2f}"
    return Mode.SYSTEM1, f"difficulty {difficulty:.2f} is not above the threshold {tau:.2f}"

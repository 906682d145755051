"""Stages 2 and 3, assess and assign: a difficulty in [0, 1] for each sub-problem (SCALE eq. 3), and
the mode that follows from it (eq. 4).

Knows static ratings (all before solving, as published), dynamic and late ones (with earlier results
filled in, the equation as written), those by an attempt, calibration and the threshold. Does not
know how a mode works.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from scale_core.answers.grouping import majority_async
from scale_core.pipeline.context import Context
from scale_core.pipeline.drafts import holding
from scale_core.pipeline.parse_cache import ParsedSample
from scale_core.pipeline.step_sampler import StepSampler
from scale_core.pipeline.verify import WITNESSES
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev

SAMPLED_TEMPERATURE = 0.7
"""Temperature of ratings that are sampled (the paper's value for non-thinking calls)."""


async def assess(ctx: Context, plan: Plan) -> dict[str, ev.Rated]:
    """Rate every step before anything is solved, all at once; by step id.

    With dynamic ratings these are provisional wherever a step depends on an earlier result; with
    late ones such a step is not rated yet, and by an attempt none is.
    """
    if ctx.options.assign != "threshold":
        ctx.progress("assess", 0, 0, "not needed: every step's mode is fixed")
        return {}
    if ctx.options.rating == "attempt":
        ctx.progress("assess", 0, 0, "each step as it runs, by System 1's own answer")
        return {}
    steps = [s for s in plan.steps if ctx.options.rating != "late" or not s.depends_on]
    total = len(steps)
    words = f"{total} step" + "s" * (total != 1)
    ctx.progress("assess", 0, total, f"rating {words}")
    ratings = await ctx.together([_first(ctx, plan, step) for step in steps])
    ctx.progress("assess", total, total, f"{words} rated")
    return dict(zip((s.id for s in steps), ratings, strict=True))


async def rate_now(sampler: StepSampler, had: ev.Rated | None) -> ev.Rated | None:
    """The rating to decide by, just before the step runs: the one it had, unless that was
    provisional or is still to be made; None if modes are not decided by ratings."""
    ctx, plan, step = sampler.ctx, sampler.plan, sampler.step
    if ctx.options.assign != "threshold" or (had is not None and not had.provisional):
        return had
    if had is None and step is plan.last and ctx.options.force_last is not None:
        return await _first(ctx, plan, step)
    if ctx.options.rating == "attempt":
        return await _by_attempt(sampler)
    return await rate(ctx, plan, step, sampler.known)


async def _by_attempt(sampler: StepSampler) -> ev.Rated:
    """System 1 answers, and how unsure it was is the difficulty: a cascade. Where the outline wrote
    the result down at once and it still holds, that is its answer. Else it is asked, and what it
    says stays the sub-problem's first System 1 sample, so that nothing is asked twice. Where an
    engine tells no probabilities, answers that disagree are doubt. An adaptation: the paper asks
    for a number."""
    ctx, plan, step = sampler.ctx, sampler.plan, sampler.step
    draft = await holding(plan, step, sampler.known)
    if draft is not None and draft.sure is not None:
        return _rated(ctx, step.id, round(1.0 - draft.sure, 6), how="draft")
    drawn = await sampler.draw_all(Mode.SYSTEM1, answers_of(ctx))
    if (sure := _confidence(ctx, drawn)) is None:
        if len(drawn) <= WITNESSES:
            drawn += await sampler.draw_all(Mode.SYSTEM1, 1 + WITNESSES - len(drawn))
        _, votes = await majority_async([d.result for d in drawn])
        sure = votes[0][1] / len(drawn) if votes else 0.0
    return _rated(ctx, step.id, round(1.0 - sure, 6), how="attempt")


def answers_of(ctx: Context) -> int:
    """How many System 1 answers an attempt draws: one, or where nothing tells how sure the model
    was of it, enough to hold against each other."""
    return ctx.options.system1_samples if ctx.engine.info.logprobs else 1 + WITNESSES


def _confidence(ctx: Context, drawn: Sequence[ParsedSample]) -> float | None:
    """The model's in the answer it is surest of; 0 if none can be read, None if it tells none."""
    read = [ctx.dialect.confidence(d.sample) for d in drawn if d.result is not None]
    if not read:
        return 0.0
    return max((c for c in read if c is not None), default=None)


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
        return _rated(ctx, step.id, raw, provisional=provisional)
    ctx.emit(rated)
    return rated


def _rated(
    ctx: Context, node: str, raw: float, *, provisional: bool = False, how: str = "asked"
) -> ev.Rated:
    calibrated = ctx.calibration(raw) if ctx.options.calibrated else None
    rated = ev.Rated(
        node=node,
        raw=raw,
        calibrated=calibrated,
        used=raw if calibrated is None else calibrated,
        provisional=provisional,
        how=how,
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

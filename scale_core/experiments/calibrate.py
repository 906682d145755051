"""Calibration of a model's ratings on dev problems: how often System 1 fails where it said how hard
a sub-problem is.

Of real models' plans nobody knows the right intermediate results. What the majority of several
System 2 samples says is taken for right, and where the problem's answer is known, only problems
count in which those majorities lead to it: then the inputs of every step were right, too. That
leaves out the hardest problems, so the fit is kind to sub-problems of such. Knows one problem at a
time and the fit over all. Does not know files or the command line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scale_core.answers.grouping import compare_async, group_async, majority_async
from scale_core.dialects.base import Dialect
from scale_core.engines.base import Engine, EngineError, Sample
from scale_core.pipeline.assess import rate
from scale_core.pipeline.calibration import TRUSTED, BothModes, Calibration, choose_tau, fit
from scale_core.pipeline.context import Context, Stop, derive
from scale_core.pipeline.decompose import decompose
from scale_core.pipeline.drafts import holding
from scale_core.pipeline.options import Options
from scale_core.problem import Mode, Plan, Problem, SubProblem
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage

LEAST = 24
"""System 1 samples without which nothing is fitted."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Samples of each sub-problem: fast ones are judged, slow ones say what is right. at_once:
    problems worked on side by side."""

    fast: int = 4
    slow: int = 3
    at_once: int = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """One System 1 sample of a sub-problem beside one of System 2."""

    raw: float
    right: bool
    accepted: bool
    slow_right: bool
    fast_cost: float
    check_cost: float
    slow_cost: float

    def outcome(self, calibration: Calibration) -> BothModes:
        return BothModes(
            calibration(self.raw), self.right, self.accepted, self.slow_right,
            self.fast_cost, self.check_cost, self.slow_cost,
        )  # fmt: skip


@dataclass
class Findings:
    """What one problem taught. reason: why it taught nothing, or not all it could."""

    problem: Problem
    seen: list[Seen] = field(default_factory=list)
    steps: int = 0
    reason: str = ""
    usage: Usage = field(default_factory=Usage)


async def study(
    problems: Sequence[Problem],
    engine: Engine,
    dialect: Dialect,
    options: Options,
    amounts: Amounts = Amounts(),
    seed: int = 0,
    stop: Stop | None = None,
    on_findings: Callable[[Findings], None] = lambda findings: None,
) -> list[Findings]:
    """Work on all problems; `on_findings` is told of each as it ends. Raises Stopped."""
    turn = asyncio.Semaphore(amounts.at_once)
    options = options.with_({"merge": False})  # every piece is to be seen in both modes
    stop = stop or Stop()

    async def one(place: int, problem: Problem) -> Findings:
        async with turn:
            run = Run()
            reading = dialect.read_problem(problem.text)
            ctx = Context(
                problem, reading.canonical, engine, dialect, options, derive(seed, place),
                run.apply, stop, Calibration(),
            )  # fmt: skip
            findings = await _Student(ctx, run, amounts).learn()
            on_findings(findings)
            return findings

    tasks = [asyncio.create_task(one(i, p)) for i, p in enumerate(problems)]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        stop.halt()
        await asyncio.wait(tasks)


@dataclass
class _Student:
    """One problem: its plan, and each sub-problem in both modes, with what is taken for right of
    the earlier ones."""

    ctx: Context
    run: Run
    amounts: Amounts

    async def learn(self) -> Findings:
        findings = Findings(self.ctx.problem)
        try:
            plan = await decompose(self.ctx)
            findings.steps = len(plan.steps)
            findings.reason = await self._steps(plan, findings.seen)
        except EngineError as error:
            findings.reason = str(error)
        findings.usage = self.run.ledger.total
        return findings

    async def _steps(self, plan: Plan, seen: list[Seen]) -> str:
        right: dict[str, str] = {}
        for step in plan.steps:
            known = {id: right[id] for id in plan.behind(step)}
            slow = await self._solve(plan, step, known, Mode.SYSTEM2, self.amounts.slow)
            value, votes = await majority_async(slow)
            if value is None or 2 * votes[0][1] <= len(slow):
                return f"System 2 has no majority for {step.name}"
            truth = await self._last(plan, value) if step is plan.last else value
            if truth is None:
                seen.clear()
                return "System 2 does not arrive at the known answer"
            right[step.id] = truth
            seen += await self._compare(plan, step, known, truth, slow)
        return ""

    async def _last(self, plan: Plan, value: str) -> str | None:
        """What is right of the last step: the known answer, if System 2 agrees with it, or if
        there was no earlier step that could have misled it."""
        expected = self.ctx.problem.expected
        if expected is None:
            return value
        agrees = (await compare_async(expected, value)).verdict == "equal"
        if agrees or len(plan.steps) == 1:
            return value if agrees else expected
        return None

    async def _compare(
        self,
        plan: Plan,
        step: SubProblem,
        known: dict[str, str],
        truth: str,
        slow: Sequence[str | None],
    ) -> list[Seen]:
        if self.ctx.options.rating == "attempt":
            tried = await self._attempts(plan, step, known)
            raw, fast = [r for r, _ in tried], [result for _, result in tried]
        else:
            rated = await rate(self.ctx, plan, step, known)
            if rated.raw is None:
                return []
            fast = await self._solve(plan, step, known, Mode.SYSTEM1, self.amounts.fast)
            raw = [rated.raw] * len(fast)
        accepted = await self._accepted(plan, step, known, fast)
        equal = await _equal(truth, [*fast, *slow])
        costs = [self._cost(step, stage) for stage in ("system1", "verify", "system2")]
        return [
            Seen(
                raw[i],
                equal[i],
                result is not None and accepted.get(result, False),
                equal[len(fast) + i % len(slow)],
                *costs,
            )
            for i, result in enumerate(fast)
        ]

    async def _attempts(
        self, plan: Plan, step: SubProblem, known: dict[str, str]
    ) -> list[tuple[float, str | None]]:
        """(rating, result) of System 1's answers as a run would rate them: what came with the
        outline, if it did, else what is answered when asked. Of an answer that cannot be read or
        that tells no probability nothing is learnt."""
        draft = await holding(plan, step, known)
        if draft is not None and draft.sure is not None:
            return [(1.0 - draft.sure, draft.result)]
        samples = await self._sampled(plan, step, known, Mode.SYSTEM1, self.amounts.fast)
        asked = plan.asked(step, self.ctx.text)
        read = [
            (self.ctx.dialect.confidence(s), self.ctx.dialect.read_result(s, Mode.SYSTEM1, asked))
            for s in samples
        ]
        return [(1.0 - sure, found) for sure, found in read if sure is not None and found]

    async def _solve(
        self, plan: Plan, step: SubProblem, known: dict[str, str], mode: Mode, n: int
    ) -> list[str | None]:
        """The results of n samples, None for those that cannot be read."""
        samples = await self._sampled(plan, step, known, mode, n)
        asked = plan.asked(step, self.ctx.text)
        return [self.ctx.dialect.read_result(sample, mode, asked) for sample in samples]

    async def _sampled(
        self, plan: Plan, step: SubProblem, known: dict[str, str], mode: Mode, n: int
    ) -> Sequence[Sample]:
        ctx = self.ctx
        return await ctx.ask(
            step.id,
            mode.value,
            ctx.dialect.solve(ctx.text, plan, step, known, mode),
            n=n,
            temperature=ctx.temperature(mode),
            max_tokens=ctx.max_tokens(mode),
        )

    async def _accepted(
        self, plan: Plan, step: SubProblem, known: dict[str, str], fast: Sequence[str | None]
    ) -> dict[str, bool]:
        """Whether the verifier accepts each result that came up."""
        if self.ctx.options.verify == "none":
            return {}
        if self.ctx.options.rating == "attempt":  # the rating was the look at it
            return {result: True for result in fast if result is not None}
        found: dict[str, bool] = {}
        for place, result in enumerate(dict.fromkeys(r for r in fast if r is not None)):
            prompt = self.ctx.dialect.verify(self.ctx.text, plan, step, known, result)
            if prompt is None:
                continue
            sample: Sample
            (sample,) = await self.ctx.ask(
                step.id, "verify", prompt, max_tokens=self.ctx.dialect.limits.verify, place=place
            )
            found[result] = (
                self.ctx.dialect.read_verdict(sample) or 0.0
            ) >= self.ctx.options.accept
        return found

    def _cost(self, step: SubProblem, stage: str) -> float:
        """Mean tokens of one sample in a stage, its prompt included; 0 where the engine does not
        count."""
        for entry in self.run.ledger.entries:
            if (entry.node, entry.stage) == (step.id, stage) and entry.samples:
                prompt, completion = entry.usage.prompt or 0, entry.usage.completion or 0
                return prompt / entry.calls + completion / entry.samples
        return 0.0


async def _equal(truth: str, results: Sequence[str | None]) -> list[bool]:
    """Which results have the value that is right."""
    readable = [i for i, r in enumerate(results) if r is not None]
    members = await group_async([truth, *(results[i] or "" for i in readable)])
    same = next(m for m in members if 0 in m)
    right = {readable[m - 1] for m in same if m}
    return [i in right for i in range(len(results))]


def calibrated(findings: Sequence[Findings], how: str = "asked") -> Calibration:
    """The map from ratings to the chance that System 1 fails, and the threshold under it. how: the
    ratings were made, as in `Calibration.how`.

    Raises ValueError if there are too few samples to fit anything to.
    """
    seen = [s for f in findings for s in f.seen]
    if len(seen) < LEAST:
        raise ValueError(
            f"only {len(seen)} System 1 samples could be judged, {LEAST} are the least; "
            "more or easier problems are needed"
        )
    least = max(6, min(40, len(seen) // 8))
    points = fit([s.raw for s in seen], [not s.right for s in seen], least)
    mapped = Calibration(points)
    tau = choose_tau([s.outcome(mapped) for s in seen])
    problems = sum(bool(f.seen) for f in findings)
    known = sum(bool(f.seen) and f.problem.expected is not None for f in findings)
    source = (
        f"isotonic, {len(seen)} System 1 samples of sub-problems of {problems} dev problems; right "
        f"is what the majority of System 2 says, checked against {known} known answers"
    )
    return Calibration(points, tau, TRUSTED * tau, source, how)

"""Spaces: what a step-level search grows on. One depth is a sub-problem of the plan, or a step of
a chain of thought.

Knows how a path is extended by a number of rollouts and how each new step is read and scored. Does
not know how rollouts are shared out or how the search ends.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from scale_core.dialects.base import Prompt
from scale_core.engines.base import Sample
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
from scale_core.pipeline.parse_cache import ParsedSample
from scale_core.pipeline.step_sampler import StepSampler
from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev

T = TypeVar("T")
NEUTRAL = 0.5
"""Score of a step that the verifier cannot judge."""


@dataclass(frozen=True, slots=True)
class Path:
    """A partial solution. `results`: of the sub-problems so far; `text`: of the steps so far, each
    in `pieces`. `scores`: the verifier's score of each step. `tree`: its subtree, for DVTS. ended:
    "", "done", "length", "repetition" or "unreadable"."""

    id: str = "root"
    depth: int = 0
    parent: str | None = None
    tree: int = 0
    results: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    result: str | None = None
    ended: str = ""
    sample: int = 0
    tokens: int | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Expansion:
    """One rollout: a step that extends a path."""

    piece: str
    result: str | None
    score: float | None
    ended: str
    sample: int
    tokens: int | None


class Space(Protocol):
    """`grow` extends each path by its count, in order; fewer where the budget runs out."""

    ctx: Context

    @property
    def last(self) -> int:
        """The deepest depth."""
        ...

    def node(self, depth: int) -> str: ...

    def step(self, depth: int) -> SubProblem | None: ...

    async def grow(
        self, paths: Sequence[Path], counts: Sequence[int], depth: int
    ) -> list[list[Expansion]]: ...

    def beyond(self, path: Path, expansion: Expansion, depth: int) -> Mapping[str, str]:
        """The path's results with the new one."""
        ...

    def answer(self, path: Path) -> str | None:
        """The whole problem's answer on a finished path."""
        ...


@dataclass
class PlanSpace:
    """Depth t is the plan's t-th sub-problem. Paths that gave it the same earlier results share a
    prompt, and take that prompt's samples one after another."""

    ctx: Context
    plan: Plan
    samplers: dict[tuple[str, ...], StepSampler] = field(default_factory=dict)
    scores: dict[int, list[float | None]] = field(default_factory=dict)

    @property
    def last(self) -> int:
        return len(self.plan.steps)

    def node(self, depth: int) -> str:
        return self.plan.steps[depth - 1].id

    def step(self, depth: int) -> SubProblem | None:
        return self.plan.steps[depth - 1]

    async def grow(
        self, paths: Sequence[Path], counts: Sequence[int], depth: int
    ) -> list[list[Expansion]]:
        step = self.plan.steps[depth - 1]
        needed = self.plan.behind(step)
        given = needed if set(needed) == set(step.depends_on) else self._others(step)
        samplers = [self._sampler(step, path, given, needed) for path in paths]
        wanted: dict[int, tuple[StepSampler, int]] = {}
        for sampler, count in zip(samplers, counts, strict=True):
            if sampler is not None and count:
                wanted[id(sampler)] = (sampler, wanted.get(id(sampler), (sampler, 0))[1] + count)
        await each(self.ctx, [self._draw(sampler, n) for sampler, n in wanted.values()])
        taken: dict[int, int] = {}
        grown = []
        for sampler, count in zip(samplers, counts, strict=True):
            if sampler is None:
                grown.append([Expansion("", None, None, "unreadable", i, 0) for i in range(count)])
                continue
            first = taken.get(id(sampler), 0)
            taken[id(sampler)] = first + count
            grown.append(self._read(sampler, first, count, depth))
        return grown

    async def _draw(self, sampler: StepSampler, n: int) -> None:
        """ParsedSample, then judge what is new."""
        scores = self.scores.setdefault(id(sampler), [])
        try:
            await sampler.draw_all(Mode.SYSTEM2, n)
            for draw in sampler.drawn[len(scores) :]:
                scores.append(await sampler.check(draw))
        except Exhausted:
            return

    def _others(self, step: SubProblem) -> tuple[str, ...]:
        return tuple(s.id for s in self.plan.steps if s is not step)

    def _sampler(
        self, step: SubProblem, path: Path, given: Sequence[str], needed: Sequence[str]
    ) -> StepSampler | None:
        """None where the earlier results make the sub-problem impossible for the model. given:
        the results that tell its prompt from another's."""
        key = (step.id, *[path.results.get(i, "") for i in given])
        if key not in self.samplers:
            known = {i: path.results[i] for i in needed}
            if self.ctx.dialect.refuse(self.plan, step, known):
                return None
            self.samplers[key] = StepSampler(self.ctx, self.plan, step, known)
        return self.samplers[key]

    def _read(self, sampler: StepSampler, first: int, count: int, depth: int) -> list[Expansion]:
        expansions, scores = [], self.scores.get(id(sampler), [])
        for number in range(first, min(first + count, len(sampler.drawn))):
            draw = sampler.drawn[number]
            score = scores[number] if number < len(scores) else None
            if draw.result is None:
                score = 0.0
            ended = "" if draw.result is not None else "unreadable"
            if not ended and depth == self.last:
                ended = "done"
            expansions.append(_expansion(draw, score, ended))
        return expansions

    def beyond(self, path: Path, expansion: Expansion, depth: int) -> Mapping[str, str]:
        if expansion.result is None:
            return path.results
        return {**path.results, self.node(depth): expansion.result}

    def answer(self, path: Path) -> str | None:
        return path.result


def _expansion(draw: ParsedSample, score: float | None, ended: str) -> Expansion:
    sample = draw.sample
    return Expansion(sample.text, draw.result, score, ended, sample.index, sample.completion_tokens)


@dataclass
class TextSpace:
    """Depth t is the t-th step of a chain of thought: text up to the dialect's delimiter."""

    ctx: Context
    last: int
    cursor: dict[str, int] = field(default_factory=dict)
    checked: dict[Prompt, float | None] = field(default_factory=dict)

    def node(self, depth: int) -> str:
        return ev.WHOLE_NODE

    def step(self, depth: int) -> SubProblem | None:
        return None

    async def grow(
        self, paths: Sequence[Path], counts: Sequence[int], depth: int
    ) -> list[list[Expansion]]:
        wanted: dict[str, int] = {}
        for path, count in zip(paths, counts, strict=True):
            wanted[path.text] = wanted.get(path.text, 0) + count
        drawn = await each(self.ctx, [self._draw(t, n, depth) for t, n in wanted.items() if n])
        samples = dict(zip((t for t, n in wanted.items() if n), drawn, strict=True))
        grown = []
        for path, count in zip(paths, counts, strict=True):
            mine = samples.get(path.text, [])[:count]
            samples[path.text] = samples.get(path.text, [])[count:]
            grown.append([await self._read(path, sample, depth) for sample in mine])
        return grown

    async def _draw(self, text: str, n: int, depth: int) -> list[Sample]:
        """Stop at the delimiter; without it at the last depth, so that the path can end."""
        dialect, first = self.ctx.dialect, self.cursor.get(text, 0)
        self.cursor[text] = first + n
        got: list[Sample] = []
        try:
            while len(got) < n:
                got += await self.ctx.ask(
                    ev.WHOLE_NODE,
                    "chain",
                    dialect.chain_on(self.ctx.text, text),
                    n=n - len(got),
                    first=first + len(got),
                    place=depth,
                    temperature=self.ctx.options.system2_temperature,
                    max_tokens=self.ctx.options.system2_max_tokens or dialect.limits.chain,
                    stop=() if depth == self.last else (dialect.delimiter,),
                )
        except Exhausted:
            pass
        return got

    async def one(
        self, path: Path, depth: int, first: int, cap: int, last: bool
    ) -> tuple[Expansion, Sample]:
        """One continuation under a token limit of its own. Raises Exhausted."""
        dialect = self.ctx.dialect
        (sample,) = await self.ctx.ask(
            ev.WHOLE_NODE,
            "chain",
            dialect.chain_on(self.ctx.text, path.text),
            first=first,
            place=depth,
            temperature=self.ctx.options.system2_temperature,
            max_tokens=cap,
            stop=() if last else (dialect.delimiter,),
        )
        return await self._read(path, sample, depth), sample

    async def _read(self, path: Path, sample: Sample, depth: int) -> Expansion:
        delimiter = self.ctx.dialect.delimiter
        read = self.ctx.dialect.read_answer
        answer = read(sample, self.ctx.text) if sample.finish == "stop" else None
        lines = [line for line in sample.text.split(delimiter) if line.strip()]
        line = lines[-1] if lines else ""
        prompt, result = self.ctx.dialect.claim(line, self.ctx.text, path.text)
        score = await self._score(path, line, prompt, sample)
        ended = self._ended(sample, line, depth)
        piece = sample.text + (delimiter if not ended else "")
        return Expansion(
            piece, result or answer, score, ended, sample.index, sample.completion_tokens
        )

    def _ended(self, sample: Sample, line: str, depth: int) -> str:
        if sample.cut:
            return sample.finish
        if not line:
            return "done" if depth > 1 else "unreadable"
        return "done" if sample.stopped_by is None else ""

    async def _score(
        self, path: Path, line: str, prompt: Prompt | None, sample: Sample
    ) -> float | None:
        if self.ctx.checker == "prm":
            scores = await self.ctx.judge(ev.WHOLE_NODE, [(*path.pieces, line)])
            return scores[0][-1]
        if self.ctx.checker == "confidence":
            probability = self.ctx.parsed.probability(sample)
            if probability is not None:
                return probability
        if prompt is None:
            return None
        if prompt not in self.checked:
            try:
                (verdict,) = await self.ctx.ask(
                    ev.WHOLE_NODE, "verify", prompt, max_tokens=self.ctx.dialect.limits.verify
                )
            except Exhausted:
                return None
            self.checked[prompt] = self.ctx.dialect.read_verdict(verdict)
        return self.checked[prompt]

    def beyond(self, path: Path, expansion: Expansion, depth: int) -> Mapping[str, str]:
        return path.results

    def answer(self, path: Path) -> str | None:
        sample = Sample(0, path.text, "stop", None)
        return self.ctx.dialect.read_answer(sample, self.ctx.text)


async def each(ctx: Context, parts: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """All at once with a rollout budget, one after another with tokens: only then is it known
    what is left for the next."""
    if ctx.budget.unit == "rollouts":
        return await ctx.together(parts)
    return [await part for part in parts]

"""The published step-level search over text, quirks and all, on a real engine.

Drives `allocation.published_search`: its caps, drops, padding, cutting and votes, in which
completions may vote twice. Each slot has samples of its own, so equal paths go on differently.
Knows how a slot becomes a request and an outcome. Does not know the loop's arithmetic. Embeddings
are of the whole path without the question, as published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from scale_core.allocation import published_search as loop
from scale_core.allocation.published_arithmetic import PublishedError
from scale_core.engines.base import Sample
from scale_core.pipeline.budget import Exhausted
from scale_core.pipeline.context import Context
from scale_core.strategies.search.rules import elect, vectors
from scale_core.strategies.search.spaces import NEUTRAL, Expansion, Path, TextSpace, each
from scale_core.strategies.settings import Settings
from scale_core.trace import events as ev

METHODS = {"beam": "beam", "dvts": "dvts", "rebase": "rebase", "dora": "dora_paper"}


async def run_published(ctx: Context, rule: str, settings: Settings, width: int) -> str | None:
    """Search `width` paths wide as released; the answer, None if the released loop crashes or
    nobody voted for one."""
    method = "dora_release" if (rule, settings.variant) == ("dora", "prefilter") else METHODS[rule]
    most = ctx.options.system2_max_tokens or ctx.dialect.limits.chain
    if rule == "dvts":
        width = max(settings.beam, width - width % settings.beam)
    plan = loop.Settings(
        cast(loop.Method, method),
        width,
        settings.beam,
        settings.T_b,
        settings.T_s,
        settings.depth,
        most,
        min(256, most),
    )
    return await _Published(ctx, settings, plan).run()


@dataclass
class _Published:
    ctx: Context
    settings: Settings
    plan: loop.Settings
    texts: dict[loop.Slot, Path] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)

    async def run(self) -> str | None:
        state = loop.start(self.plan)
        space = TextSpace(self.ctx, self.plan.num_iterations)
        try:
            while (step := loop.plan(state)) is not None:
                grown = await self._grow(space, step)
                if len(grown) < len(step.parents):
                    raise Exhausted
                state = loop.observe(state, await self._outcomes(step, grown))
            return await self._elect(loop.final(state))
        except PublishedError as error:
            self.ctx.emit(ev.StepFailed(node=ev.WHOLE_NODE, reason=f"as released: {error}"))
            return None

    async def _grow(
        self, space: TextSpace, step: loop.Plan
    ) -> list[tuple[Path, Expansion, Sample]]:
        """One continuation for each slot, in order."""
        depth, last = step.iteration + 1, step.iteration + 1 == self.plan.num_iterations
        paths = [Path() if p is None else self.texts[p] for p in step.parents]
        self._tell(step, paths)
        parts = []
        for path, cap in zip(paths, step.caps, strict=True):
            place = f"{path.text}/{cap}"
            first = self.used.get(place, 0)
            self.used[place] = first + 1
            parts.append(space.one(path, depth, first, cap, last))
        found = await each(self.ctx, parts)
        for number, (path, (expansion, _)) in enumerate(zip(paths, found, strict=True)):
            self.texts[step.iteration, number] = Path(
                id=f"{depth}.{number}",
                depth=depth,
                parent=path.id if path.depth else None,
                pieces=(*path.pieces, expansion.piece),
                scores=(*path.scores, NEUTRAL if expansion.score is None else expansion.score),
                result=expansion.result,
                ended=expansion.ended,
                sample=expansion.sample,
                tokens=expansion.tokens,
            )
            self._propose(self.texts[step.iteration, number])
        return [(p, g, s) for p, (g, s) in zip(paths, found, strict=True)]

    async def _outcomes(
        self, step: loop.Plan, grown: Sequence[tuple[Path, Expansion, Sample]]
    ) -> list[loop.Outcome]:
        paths = [self.texts[step.iteration, i] for i in range(len(grown))]
        rows = (
            await vectors(self.ctx, ev.WHOLE_NODE, [p.text for p in paths])
            if self.plan.method.startswith("dora")
            else None
        )
        answer = self.ctx.dialect.read_answer
        return [
            loop.Outcome(
                tokens=sample.completion_tokens or 0,
                ended=sample.stopped_by is None,
                score=path.scores[-1],
                embedding=None if rows is None else rows[i].tolist(),
                empty=not sample.text,
                boxed=answer(Sample(0, path.text, "stop", None)) is not None
                and sample.stopped_by is None,
            )
            for i, (path, (_, _, sample)) in enumerate(zip(paths, grown, strict=True))
        ]

    def _tell(self, step: loop.Plan, paths: Sequence[Path]) -> None:
        counts: dict[str, int] = {}
        for path in paths:
            counts[path.id] = counts.get(path.id, 0) + 1
        fair = len(paths) / max(1, len(counts))
        shares = tuple(ev.Share(id, n, round(fair, 3)) for id, n in counts.items())
        self.ctx.emit(
            ev.Allocated(
                node=ev.WHOLE_NODE, round=step.iteration + 1, rule=self.plan.method,
                budget=len(paths), shares=shares, note="as released",
            )
        )  # fmt: skip

    def _propose(self, path: Path) -> None:
        self.ctx.emit(
            ev.Proposed(
                node=ev.WHOLE_NODE,
                id=path.id,
                depth=path.depth,
                parent=path.parent,
                sample=path.sample,
                result=path.result,
                score=round(path.scores[-1], 4),
                total=round(path.scores[-1], 4),
                tokens=path.tokens,
                ended=path.ended,
            )
        )

    async def _elect(self, voters: Sequence[loop.Path]) -> str | None:
        """As released: the last score weighs a completion, and duplicates vote."""
        paths = [self.texts[voter.steps[-1]] for voter in voters if voter.steps]
        read = self.ctx.dialect.read_answer
        answers = [read(Sample(0, p.text, "stop", None)) for p in paths]
        elected = await elect(
            answers, [p.scores[-1] for p in paths], self.settings.vote, official=True
        )
        if elected is None:
            return None
        winner, votes = elected
        self.ctx.emit(ev.Answered(answer=winner, node=ev.WHOLE_NODE, votes=votes))
        return winner

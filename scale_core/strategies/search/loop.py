"""The step-level search that all tree strategies share: extend, score, split, repeat, vote.

Knows the loop, widths, which paths are finished and how they elect an answer. Does not know what a
step is (spaces.py) or how rollouts are split (rules.py). Finished paths are kept and never
voted twice; a path that cannot go on (cut off, unreadable) has no vote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat

from scale_core.allocation.published_arithmetic import PublishedError
from scale_core.pipeline.context import Context
from scale_core.pipeline.decompose import decompose
from scale_core.problem import Mode
from scale_core.strategies.search.published import run_published
from scale_core.strategies.search.rules import Split, elect, rounded, split, total
from scale_core.strategies.search.spaces import (
    NEUTRAL,
    Expansion,
    Path,
    PlanSpace,
    Space,
    TextSpace,
)
from scale_core.strategies.settings import LaneConfig, Runner, Settings, even, open_budget
from scale_core.trace import events as ev

ROOT = Path()


def searcher(rule: str) -> Runner:
    """The lane that searches with this rule: dora, rebase, beam or dvts."""

    async def run(ctx: Context, config: LaneConfig) -> str | None:
        settings = config.settings
        space: Space
        if settings.steps == "text" and settings.official:
            return await run_published(ctx, rule, settings, _text_width(ctx, config))
        if settings.steps == "text":
            space = TextSpace(ctx, settings.depth)
            width = _text_width(ctx, config)
            widths = Widths([width] * settings.depth, settings.width)
        else:
            plan = await decompose(ctx)
            limit = open_budget(ctx, config, len(plan.steps))
            space = PlanSpace(ctx, plan)
            widths = Widths(even(limit, len(plan.steps)), settings.width)
        return await Search(ctx, space, rule, settings, widths).run()

    return run


def _text_width(ctx: Context, config: LaneConfig) -> int:
    """Paths searched at once: the average budget of a sub-problem, as for lanes with a plan."""
    open_budget(ctx, config, 1, "rollouts here are steps of chains of thought: compare tokens")
    budget = config.budget
    if budget is None or budget.unit == "tokens":
        return 4
    ctx.budget.limit = None
    return max(1, int(budget.amount))


@dataclass
class Widths:
    """Rollouts of each depth. policy: constant; shrink: one less for each finished path (original
    REBASE); reuse: what finished paths do not need goes to the depths that remain."""

    planned: list[int]
    policy: str
    finished: int = 0

    def at(self, depth: int) -> int:
        planned = self.planned[depth - 1]
        if self.policy == "shrink":
            return max(0, planned - self.finished)
        return planned

    def save(self, depth: int, unused: int) -> None:
        """Rollouts of this depth that were not needed, for `reuse`."""
        rest = len(self.planned) - depth
        if self.policy == "reuse" and rest:
            for i, more in enumerate(even(unused, rest)):
                self.planned[depth + i] += more


@dataclass
class Search:
    """One search from the root to the vote."""

    ctx: Context
    space: Space
    rule: str
    settings: Settings
    widths: Widths
    finished: list[Path] = field(default_factory=list)

    async def run(self) -> str | None:
        active: list[Path] = [ROOT]
        for depth in range(1, self.space.last + 1):
            width = self._width(depth)
            if not active or width < 1:
                break
            scores = [total(path, self.settings.aggregate) for path in active]
            try:
                shares = await split(
                    self.ctx, self.rule, self.settings, active, width, self.space, scores
                )
            except PublishedError as error:
                reason = f"as released: {error}"
                self.ctx.emit(ev.StepFailed(node=self.space.node(depth), reason=reason))
                return None
            self._tell(depth, width, active, shares)
            children = await self._grow(active, shares.counts, depth)
            self.finished += [c for c in children if c.ended]
            self.widths.finished = len(self.finished)
            active = [c for c in children if not c.ended]
            if not children:
                break
        return await self._elect()

    def _width(self, depth: int) -> int:
        """With a token budget: as many rollouts as its share of what is left pays for, at the
        mean price so far."""
        budget, planned = self.ctx.budget, self.widths.at(depth)
        if budget.unit == "rollouts" or budget.left is None:
            return planned
        share = max(0, budget.left) // max(1, self.space.last - depth + 1)
        return max(1, share // self._price()) if budget.left > 0 else 0

    def _price(self) -> int:
        """Mean tokens of a rollout so far, its verification included; a guess before the first."""
        return max(1, self._spent // self._rolled) if self._rolled else self._guess

    _rolled: int = 0
    _spent: int = 0
    _guess: int = 60

    async def _grow(self, active: list[Path], counts: Sequence[int], depth: int) -> list[Path]:
        before = self.ctx.budget.spent
        self._start(depth, active)
        grown = await self.space.grow(active, counts, depth)
        self._spent += self.ctx.budget.spent - before
        self._rolled += sum(map(len, grown))
        children: list[Path] = []
        for path, expansions in zip(active, grown, strict=True):
            for expansion in expansions:
                children.append(self._child(path, expansion, depth, len(children)))
        self.widths.save(depth, sum(counts) - len(children))
        self._announce(children, depth)
        return children

    def _child(self, path: Path, expansion: Expansion, depth: int, number: int) -> Path:
        score = NEUTRAL if expansion.score is None else expansion.score
        tree = path.tree if depth > 1 else number // self.settings.beam
        return Path(
            id=f"{depth}.{number}",
            depth=depth,
            parent=path.id if path.depth else None,
            tree=tree,
            results=self.space.beyond(path, expansion, depth),
            pieces=(*path.pieces, expansion.piece),
            scores=(*path.scores, score),
            result=expansion.result,
            ended=expansion.ended,
            sample=expansion.sample,
            tokens=expansion.tokens,
        )

    # ---- events ----------------------------------------------------------------------------

    def _tell(self, depth: int, width: int, active: list[Path], shares: Split) -> None:
        factors = [_named(name, values) for name, values in shares.factors]
        numbers = zip(*factors, strict=True) if factors else repeat((), len(active))
        told = tuple(
            ev.Share(path.id, count, fair, behind, "active" if count else "pruned", group)
            for path, count, fair, behind, group in zip(
                active, shares.counts, even(width, len(active)), numbers, shares.groups, strict=True
            )
        )
        self.ctx.emit(
            ev.Allocated(
                node=self.space.node(depth), round=depth, rule=shares.rule, budget=width,
                shares=told, effective=shares.effective, note=shares.note,
            )
        )  # fmt: skip

    def _start(self, depth: int, active: list[Path]) -> None:
        step = self.space.step(depth)
        if step is None:
            return
        best = active[0].results
        received = tuple((i, best[i]) for i in step.depends_on if i in best)
        self.ctx.emit(
            ev.StepStarted(node=step.id, mode=Mode.SYSTEM2, text=step.text, received=received)
        )

    def _announce(self, children: list[Path], depth: int) -> None:
        node = self.space.node(depth)
        scores = rounded([path.scores[-1] for path in children], 4)
        totals = rounded([total(path, self.settings.aggregate) for path in children], 4)
        first: dict[tuple[str | None, str], str] = {}
        now = self.ctx.now
        for path, score, whole in zip(children, scores, totals, strict=True):
            same = first.setdefault((path.parent, path.text), path.id)
            self.ctx.emit(
                ev.Proposed(
                    t=now,
                    node=node,
                    id=path.id,
                    depth=depth,
                    parent=path.parent,
                    sample=path.sample,
                    result=path.result,
                    score=score,
                    total=whole,
                    tokens=path.tokens,
                    ended=path.ended,
                    same_as=None if same == path.id else same,
                )
            )
        self._settle(children, depth)

    def _settle(self, children: list[Path], depth: int) -> None:
        step = self.space.step(depth)
        if step is None:
            return
        readable = [p for p in children if p.result is not None]
        if not readable:
            self.ctx.emit(ev.StepFailed(node=step.id, reason="no result could be read"))
            return
        votes = [(p.result or "", 1) for p in readable]
        counted: dict[str, int] = {}
        for value, n in votes:
            counted[value] = counted.get(value, 0) + n
        ranked = tuple(sorted(counted.items(), key=lambda v: -v[1]))
        self.ctx.emit(
            ev.StepSolved(node=step.id, mode=Mode.SYSTEM2, result=ranked[0][0], votes=ranked)
        )

    # ---- the vote --------------------------------------------------------------------------

    async def _elect(self) -> str | None:
        done = [p for p in self.finished if p.ended == "done"]
        weights = [total(path, self.settings.aggregate) for path in done]
        answers = [self.space.answer(path) for path in done]
        elected = await elect(answers, weights, self.settings.vote)
        if elected is None:
            return None
        winner, votes = elected
        node = self.space.node(done[0].depth)
        self.ctx.emit(ev.Answered(answer=winner, node=node, votes=votes))
        return winner


def _named(name: str, values: Sequence[float | None]) -> list[tuple[str, float | None]]:
    """(name, value) of each candidate; equal ones are one object."""
    pairs = {value: (name, value) for value in set(values)}
    return [pairs[value] for value in values]

"""An evaluation: every problem of a set by every strategy, and what came of each, as a row.

A strategy is a preset, run alone and without a limit, or a lane, run beside the others on one
budget. Knows how a run becomes a row, how rows become JSON and come back, and how many runs go on
at once. Each row is a function of problem, terms and model alone, so rows may be made in any order
and a part of them later. Does not know files (evaluation_file.py) nor what rows add up to
(evaluation_summary.py).
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal, get_args

from scale_core.engines.base import Engine
from scale_core.experiments.problem_sets import Posed
from scale_core.pipeline.context import Stop
from scale_core.problem import Mode
from scale_core.runs.lanes import lane_of, run_lanes
from scale_core.strategies.settings import Caps
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import NodeState, Run
from scale_core.trace.usage import Usage

Outcome = Literal["right", "wrong", "untold", "unreadable", "refused", "failed"]
"""untold: there is an answer, but whether it equals the expected one could not be told. unreadable:
no answer came out that could be read. refused: before a token was spent, or for too small a budget.
failed: the engine did, or the program."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
ANSWERED = ("right", "wrong", "untold")


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides a row, beside the problem and the model. budget: None for presets, each run
    alone; else what each lane may spend. options: switches that differ from the preset's;
    settings: of the lanes' rules."""

    budget: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class StepRow:
    """A sub-problem: its difficulty as the model gave it and calibrated, None where it was not
    rated, and what happened. `probability`, `accepted`: of the last verdict on a result, None
    without one. `tokens`: None where the engine does not count."""

    id: str
    raw: float | None
    calibrated: float | None
    mode: Mode | None
    state: str
    escalated: bool
    doubted: bool
    probability: float | None
    accepted: bool | None
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """What one strategy made of one problem.

    `problem`: its number in the set, from 0; `wanted`: steps of a solution by hand. `answer`: as it
    was read. `marked`: the answer stands, but the run says that it may be wrong; None where nothing
    was judged. `plan`: sub-problems; `first_try`: an outline could be read at the first try; both
    None without a plan. `seconds`: by the clock, with all that ran beside it.
    """

    problem: int
    strategy: str
    outcome: Outcome
    gold: str
    answer: str | None = None
    why: str = ""
    marked: bool | None = None
    plan: int | None = None
    first_try: bool | None = None
    usage: Usage = Usage()
    calls: int = 0
    rollouts: int = 0
    seconds: float = 0.0
    steps: tuple[StepRow, ...] = ()
    wanted: int | None = None
    source: str = ""
    id: str = ""

    @property
    def key(self) -> tuple[int, str]:
        return self.problem, self.strategy

    @property
    def uncached(self) -> int | None:
        """Prompt tokens that no cache served; None where the engine does not say."""
        prompt, cached = self.usage.prompt, self.usage.cached
        return None if prompt is None or cached is None else prompt - cached

    def as_json(self) -> dict[str, Any]:
        return {"kind": "row", **dataclasses.asdict(self, dict_factory=ev.plain)}

    @staticmethod
    def of(data: Mapping[str, Any]) -> Row:
        """The inverse of `as_json`. Raises ValueError."""
        row = ev.build(Row, data)
        if row.outcome not in OUTCOMES or not isinstance(row.usage, Usage):
            raise ValueError("not a row of an evaluation")
        return row


# ---- a run as a row ------------------------------------------------------------------------


def row_of(posed: Posed, strategy: str, run: Run, seconds: float | None = None) -> Row:
    """The row of a run that has ended. seconds: None for what the run's own clock says."""
    outcome = outcome_of(run)
    return Row(
        problem=posed.number,
        strategy=strategy,
        outcome=outcome,
        gold=posed.problem.expected or "",
        answer=run.answer.answer if run.answer else None,
        why=_why(run),
        marked=_marked(run) if outcome in ANSWERED else None,
        plan=len(run.plan.steps) if run.plan else None,
        first_try=_first_try(run),
        usage=run.ledger.total,
        calls=sum(entry.calls for entry in run.ledger.entries),
        rollouts=run.rollouts,
        seconds=round(run.seconds if seconds is None else seconds, 3),
        steps=tuple(_step(run, node) for node in run.steps),
        wanted=posed.steps,
        source=posed.source,
        id=posed.id,
    )


def outcome_of(run: Run) -> Outcome:
    """How a run that has ended counts."""
    if run.status in ("refused", "failed"):
        return "refused" if run.status == "refused" else "failed"
    if run.answer is None or run.grade is None:
        return "unreadable"
    match run.grade.verdict:
        case "equal":
            return "right"
        case "different":
            return "wrong"
    return "untold"


def _why(run: Run) -> str:
    """What there is to say about the outcome: of a grade, a refusal, a failure."""
    if run.end is not None and run.end.message:
        return run.end.message
    if run.grade is not None:
        return run.grade.reason
    return "; ".join(dict.fromkeys(node.failure for node in run.nodes.values() if node.failure))


def _marked(run: Run) -> bool | None:
    if run.plan is None:
        return None
    return run.unsure is not None or any(node.doubted for node in run.steps)


def _first_try(run: Run) -> bool | None:
    if run.plan is None:
        return None
    again = any(isinstance(event, ev.Retried) and event.stage == "outline" for event in run.events)
    return not again and any(outline.valid for outline in run.outlines)


def _step(run: Run, node: NodeState) -> StepRow:
    rating, last = node.rating, node.verified[-1] if node.verified else None
    return StepRow(
        id=node.id,
        raw=rating.raw if rating else None,
        calibrated=rating.calibrated if rating else None,
        mode=node.mode,
        state=node.state,
        escalated=node.escalated is not None,
        doubted=node.doubted,
        probability=last.probability if last else None,
        accepted=last.accepted if last else None,
        tokens=run.ledger.of_node(node.id).total,
    )


def failed(posed: Posed, strategy: str, why: str, seconds: float) -> Row:
    """The row of what broke before a run could say so itself."""
    return Row(
        posed.number, strategy, "failed", posed.problem.expected or "", why=why,
        seconds=round(seconds, 3), wanted=posed.steps, source=posed.source, id=posed.id,
    )  # fmt: skip


# ---- many runs -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Evaluation:
    """Problems, strategies (presets without a budget, lanes with one), terms and the engine."""

    problems: Sequence[Posed]
    strategies: Sequence[str]
    terms: Terms
    engine: Engine
    caps: Caps | None = None

    def jobs(self, done: Collection[tuple[int, str]] = ()) -> list[tuple[Posed, tuple[str, ...]]]:
        """What is still to run, problem by problem: each preset by itself, lanes always together,
        as what one may spend follows from the plan that they share."""
        found: list[tuple[Posed, tuple[str, ...]]] = []
        for posed in self.problems:
            left = [name for name in self.strategies if (posed.number, name) not in done]
            if self.terms.budget is None:
                found += [(posed, (name,)) for name in left]
            elif left:
                found.append((posed, tuple(self.strategies)))
        return found

    async def run(
        self,
        on_row: Callable[[Row], None],
        *,
        done: Collection[tuple[int, str]] = (),
        at_once: int = 8,
        cancel: Stop | None = None,
    ) -> None:
        """Make the rows that are not `done`; `on_row` is called with each as it ends, so that an
        error of its own ends the evaluation. Runs that were stopped on the way have no row."""
        stop, jobs = cancel or Stop(), iter(self.jobs(done))

        async def work() -> None:
            for posed, names in jobs:  # one iterator for all workers: each takes what is next
                for row in await self._rows(posed, names, stop):
                    if row.key not in done:
                        on_row(row)
                if stop.is_set():
                    return

        workers = [asyncio.create_task(work()) for _ in range(at_once)]
        try:
            await asyncio.gather(*workers)
        finally:
            stop.halt()
            await asyncio.wait(workers)

    async def _rows(self, posed: Posed, names: tuple[str, ...], stop: Stop) -> list[Row]:
        """A row for each strategy, whatever happens; none for those that were stopped."""
        began = monotonic()
        try:
            duel = await self._duel(posed, names, stop)
        except Exception as error:  # a bug of ours costs one row, not the evaluation
            if stop.is_set():
                return []
            what = f"{type(error).__name__}: {error}"
            return [failed(posed, name, what, monotonic() - began) for name in names]
        return list(self._read(posed, names, duel, monotonic() - began))

    async def _duel(self, posed: Posed, names: tuple[str, ...], stop: Stop) -> dv.Duel:
        terms = self.terms
        alone = terms.budget is None
        lanes = [lane_of(names[0], terms.options)] if alone else list(names)
        events = run_lanes(
            posed.problem.text, lanes, terms.budget, answer=posed.problem.expected,
            preset=names[0] if alone else "scale", options=terms.options, settings=terms.settings,
            seed=terms.seed, engine=self.engine, cancel=stop, anyway=terms.anyway, caps=self.caps,
        )  # fmt: skip
        return dv.Duel([event async for event in events])

    def _read(
        self, posed: Posed, names: tuple[str, ...], duel: dv.Duel, seconds: float
    ) -> Iterator[Row]:
        if duel.status == "stopped":
            return
        for name, run in zip(names, duel.lanes.values(), strict=True):
            if run.start is None:  # no lane of a refused duel begins
                why = duel.end.message if duel.end else ""
                yield dataclasses.replace(failed(posed, name, why, seconds), outcome="refused")
            else:
                yield row_of(posed, name, run, seconds if self.terms.budget is None else None)

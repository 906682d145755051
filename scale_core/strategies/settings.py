"""What a lane is set to: the switches of the allocation rules, its budget, its configuration.

Knows names, defaults, bounds and where a default comes from, how a budget is written, and how a
lane opens its budget once its plan is there, and ends. Does not know what a rule does. The page,
the command line and Python read this one table of switches; the pipeline's own (tau, ratings,
verifier) are in `pipeline.options`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from scale_core.pipeline.calibration import DifficultyProfile
from scale_core.pipeline.context import Context
from scale_core.pipeline.options import Switches, switch
from scale_core.problem import Plan
from scale_core.trace import events as ev
from scale_core.trace.events import Unit


class Settings(Switches):
    """Switches of all lanes of a duel."""

    spare: bool = switch(
        True,
        "SCALE: a sub-problem in System 2 stops as soon as its result is believed enough, and "
        "what it did not need is saved; off: it uses its whole share and the majority counts.",
    )
    T_b: float = switch(
        0.1,
        "DORA, REBASE: temperature of the quality softmax (both papers: 0.1).",
        low=0.0,
        high=1000000.0,
    )
    T_s: float = switch(
        0.01,
        "DORA: temperature of the similarity softmax (paper: 0.01).",
        low=0.0,
        high=1000000.0,
    )
    kappa: float = switch(
        0.5,
        "Apportionment: divisors B + kappa; 1/2 rounds to nearest, 0 gives one to each first, "
        "large ones give all to the best.",
        low=0.0,
        high=1000000.0,
    )
    directions: Literal["value", "soft", "cluster"] = switch(
        "value",
        "DORA: what makes candidates one direction: value = the same intermediate result, "
        "soft = similarity of embeddings (paper), cluster = embeddings above a threshold.",
    )
    scope: Literal["last", "path"] = switch(
        "last",
        "DORA: compare candidates by their last step or by the whole path (paper).",
    )
    similar: float = switch(
        0.95,
        "DORA with clusters: least cosine similarity of one direction.",
        low=-1.0,
        high=1.0,
    )
    variant: Literal["paper", "prefilter"] = switch(
        "paper",
        "DORA: the paper's equations, or the release's prefilter in front of them.",
    )
    rebase: Literal["repository", "original"] = switch(
        "repository", "REBASE: as in DORA's repository, or the original ceiling rule."
    )
    beam: int = switch(4, "Beam, DVTS: beam width M (paper: 4).", low=1, high=256)
    steps: Literal["plan", "text"] = switch(
        "plan",
        "Search: what one depth is: plan = a sub-problem of the shared plan (adaptation), "
        "text = a step of a chain of thought, up to the delimiter (as published; no plan is "
        "paid).",
    )
    depth: int = switch(12, "Search over text: most steps (paper: 40).", low=1, high=100)
    aggregate: Literal["last", "min", "prod"] = switch(
        "last",
        "Search: a path's score: its last step's (paper), the least one, or their product.",
    )
    vote: Literal["weighted", "majority", "best"] = switch(
        "weighted",
        "Search: how the final candidates elect the answer (paper: weighted).",
    )
    width: Literal["constant", "shrink", "reuse"] = switch(
        "constant",
        "Search: the number of rollouts at each depth: constant, shrink = one less for each "
        "finished path (original REBASE), reuse = what finished paths free goes to later "
        "depths.",
    )
    decided: bool = switch(
        False,
        "Self-consistency: stop as soon as no further chain can change the majority, and save the "
        "rest; off: every chain is drawn (as published).",
    )
    official: bool = switch(
        False, "Search: the published code's arithmetic and loop, quirks and all."
    )
    bandit_rule: Literal["elimination", "ucb", "gap", "entropy", "two-stage", "uniform"] = switch(
        "elimination",
        "Bandit: which arm is pulled next (ucb, gap, entropy: forms reconstructed from a summary).",
    )
    solved_by: Literal["score", "agreement"] = switch(
        "score",
        "Bandit: what ends a sub-problem: score = its probability of being right reaches "
        "gamma, agreement = equal results by the Beta rule.",
    )
    gamma: float = switch(
        0.9, "Bandit by score: at which a sub-problem is solved.", low=0.0, high=1.0
    )
    confident: float = switch(
        0.85,
        "Bandit with agreement: confidence in the majority at which a sub-problem is solved. "
        "2 equal results give .875, 3 give .938, 4 give .969.",
        low=0.5,
        high=0.9999,
    )
    lam: float = switch(
        1.0,
        "Bandit: lambda, the weight of the uncertainty bonus of ucb and entropy.",
        low=0.0,
        high=100.0,
    )
    pulls: int = switch(1, "Bandit: K, samples of an arm in one round (paper: 1).", low=1, high=64)
    max_sample: int = switch(
        0,
        "Bandit: most samples of one arm; 0: four times the average budget.",
        low=0,
        high=4096,
    )


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that a person may ask one lane to spend."""

    rollouts: int = 10_000
    tokens: int = 2_000_000

    def of(self, unit: Unit) -> int:
        return self.rollouts if unit == "rollouts" else self.tokens


_BUDGET = re.compile(r"\s*+(\d{1,9}(?:\.\d{1,3})?)\s*+(/\s*step|tok(?:ens?)?|rollouts?)?\s*+", re.I)


@dataclass(frozen=True, slots=True)
class BudgetSpec:
    """What each lane may spend: `amount` rollouts in all, rollouts a sub-problem on average
    (`per_step`), or tokens. `cap`: what it may not exceed in all, None for no cap."""

    amount: float
    unit: Unit = "rollouts"
    per_step: bool = False
    cap: int | None = None

    @staticmethod
    def read(text: str, caps: Caps | None = None) -> BudgetSpec:
        """32 or 32 rollouts: in all; 4/step: on average; 2000 tokens. Raises ValueError, also for
        more than the caps."""
        found = _BUDGET.fullmatch(text) if len(text) < 100 else None
        if found is None:
            raise ValueError(
                f'a budget is written "32", "4/step" or "2000 tokens", not {text[:100]!r}'
            )
        kind = (found[2] or "").lower()
        unit: Unit = "tokens" if kind.startswith("tok") else "rollouts"
        cap = None if caps is None else caps.of(unit)
        spec = BudgetSpec(float(found[1]), unit, kind.startswith("/"), cap)
        spec._within_cap(spec.amount)
        return spec

    def limit(self, steps: int) -> int:
        """The total for a plan of this many sub-problems (at least 1). Raises ValueError if that
        is less than one rollout a sub-problem, no token, or more than the cap."""
        if self.unit == "rollouts" and self._amount(steps) < steps:
            raise ValueError(
                f"{self} is less than one rollout for each of the {steps} sub-problems"
            )
        return self.total(steps)

    def total(self, steps: int) -> int:
        """The total, whether or not a plan of this size fits into it. Raises ValueError if it is
        less than 1 or more than the cap."""
        total = self._amount(steps)
        if total < 1:
            raise ValueError("a budget must be at least 1")
        self._within_cap(total)
        return total

    def _amount(self, steps: int) -> int:
        return int(self.amount * steps + 1e-9) if self.per_step else int(self.amount)

    def _within_cap(self, total: float) -> None:
        if self.cap is not None and total > self.cap:
            raise ValueError(f"a lane may spend at most {self.cap} {self.unit} here, not {self}")

    def __str__(self) -> str:
        amount = f"{self.amount:.3f}".rstrip("0").rstrip(".")
        return f"{amount}/step" if self.per_step else f"{amount} {self.unit}"


class Refused(ValueError):
    """The lane cannot run with this configuration; the message says why, in words for people."""


@dataclass(frozen=True)
class LaneConfig:
    """`budget`: None for no limit. `planned`: resolves to the size of the shared plan as soon as
    one lane has it (1 if none will), for lanes that have none. `profile`: of the model's dev
    set."""

    settings: Settings = field(default_factory=Settings)
    budget: BudgetSpec | None = None
    planned: asyncio.Future[int] | None = None
    profile: DifficultyProfile | None = None


Runner = Callable[[Context, LaneConfig], Awaitable[str | None]]
"""Runs a lane; returns its answer, None if it found none."""


def open_budget(ctx: Context, config: LaneConfig, steps: int, note: str = "") -> int:
    """Tell what may be spent on a plan of this size and put it into the lane's meter. In tokens
    the plan itself is already paid from it. Raises Refused, also without a budget."""
    if config.budget is None:
        raise Refused("this lane shares out a budget: give it one")
    try:
        limit = config.budget.limit(max(1, steps))
    except ValueError as error:
        raise Refused(str(error)) from None
    ctx.budget.limit = limit
    ctx.emit(ev.Budgeted(limit=limit, unit=config.budget.unit, steps=steps, note=note))
    return limit


def finish(ctx: Context, plan: Plan, results: dict[str, str]) -> str | None:
    """The last sub-problem's result is the answer."""
    answer = results.get(plan.last.id)
    if answer is not None:
        ctx.emit(ev.Answered(answer=answer, node=plan.last.id))
    return answer


def even(total: int, parts: int) -> list[int]:
    """A total split into equal whole parts; what is left over goes to the first ones."""
    return [total // parts + (i < total % parts) for i in range(parts)]

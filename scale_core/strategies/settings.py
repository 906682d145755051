"""The switches of the lanes' allocation rules, and how a budget is written.

Knows names, defaults, bounds and where a default comes from. Does not know what a rule does with
them. The Compare page, the replay lab, the command line and Python read this one table; the
pipeline's own switches (tau, ratings, verifier) are in `scale_core.pipeline.options`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from scale_core.pipeline.options import check, switch
from scale_core.trace.events import Unit


@dataclass(frozen=True, slots=True)
class Settings:
    """Switches of all lanes of a duel. Raises ValueError, in words for people, if out of bounds."""

    spare: bool = switch(
        True,
        "SCALE: a sub-problem in System 2 stops as soon as its result is believed enough, and what "
        "it did not need is saved; off: it uses its whole share and the majority counts.",
    )
    T_b: float = switch(
        0.1, "DORA, REBASE: temperature of the quality softmax (both papers: 0.1).", low=0.0,
        high=1e6,
    )  # fmt: skip
    T_s: float = switch(
        0.01, "DORA: temperature of the similarity softmax (paper: 0.01).", low=0.0, high=1e6
    )
    kappa: float = switch(
        0.5, "Apportionment: divisors B + kappa; 1/2 rounds to nearest, 0 gives one to each first, "
        "large ones give all to the best.", low=0.0, high=1e6,
    )  # fmt: skip
    directions: str = switch(
        "value",
        "DORA: what makes candidates one direction: value = the same intermediate result, "
        "soft = similarity of embeddings (paper), cluster = embeddings above a threshold.",
        choices=("value", "soft", "cluster"),
    )
    scope: str = switch(
        "last", "DORA: compare candidates by their last step or by the whole path (paper).",
        choices=("last", "path"),
    )  # fmt: skip
    similar: float = switch(
        0.95, "DORA with clusters: least cosine similarity of one direction.", low=-1.0, high=1.0
    )
    variant: str = switch(
        "paper", "DORA: the paper's equations, or the release's prefilter in front of them.",
        choices=("paper", "prefilter"),
    )  # fmt: skip
    rebase: str = switch(
        "repository", "REBASE: as in DORA's repository, or the original ceiling rule.",
        choices=("repository", "original"),
    )  # fmt: skip
    beam: int = switch(4, "Beam, DVTS: beam width M (paper: 4).", low=1, high=256)
    steps: str = switch(
        "plan",
        "Search: what one depth is: plan = a sub-problem of the shared plan (adaptation), text = a "
        "step of a chain of thought, up to the delimiter (as published; no plan is paid).",
        choices=("plan", "text"),
    )
    depth: int = switch(12, "Search over text: most steps (paper: 40).", low=1, high=100)
    aggregate: str = switch(
        "last", "Search: a path's score: its last step's (paper), the least one, or their product.",
        choices=("last", "min", "prod"),
    )  # fmt: skip
    vote: str = switch(
        "weighted", "Search: how the final candidates elect the answer (paper: weighted).",
        choices=("weighted", "majority", "best"),
    )  # fmt: skip
    width: str = switch(
        "constant",
        "Search: the number of rollouts at each depth: constant, shrink = one less for each "
        "finished path (original REBASE), reuse = what finished paths free goes to later depths.",
        choices=("constant", "shrink", "reuse"),
    )
    official: bool = switch(
        False, "Search: the published code's arithmetic and loop, quirks and all."
    )
    bandit_rule: str = switch(
        "elimination",
        "Bandit: which arm is pulled next (ucb, gap, entropy: forms reconstructed from a summary).",
        choices=("elimination", "ucb", "gap", "entropy", "two-stage", "uniform"),
    )
    solved_by: str = switch(
        "score",
        "Bandit: what ends a sub-problem: score = its probability of being right reaches gamma, "
        "agreement = equal results by the Beta rule.",
        choices=("score", "agreement"),
    )
    gamma: float = switch(
        0.9, "Bandit by score: at which a sub-problem is solved.", low=0.0, high=1.0
    )
    confident: float = switch(
        0.85, "Bandit with agreement: confidence in the majority at which a sub-problem is solved. "
        "2 equal results give .875, 3 give .938, 4 give .969.", low=0.5, high=0.9999,
    )  # fmt: skip
    lam: float = switch(
        1.0, "Bandit: lambda, the weight of the uncertainty bonus of ucb and entropy.",
        low=0.0, high=100.0,
    )  # fmt: skip
    pulls: int = switch(1, "Bandit: K, samples of an arm in one round (paper: 1).", low=1, high=64)
    max_sample: int = switch(
        0, "Bandit: most samples of one arm; 0: four times the average budget.", low=0, high=4096
    )

    def __post_init__(self) -> None:
        for f in fields(self):
            check(f.name, getattr(self, f.name), str(f.type), f.metadata)

    def with_(self, changes: Mapping[str, Any]) -> Settings:
        """A copy with some switches changed. Raises ValueError for a name that is no switch."""
        unknown = set(changes) - {f.name for f in fields(self)}
        if unknown:
            known = ", ".join(f.name for f in fields(self))
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}; there are {known}")
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


_BUDGET = re.compile(r"\s*+(\d{1,9}(?:\.\d{1,3})?)\s*+(/\s*step|tok(?:ens?)?|rollouts?)?\s*+", re.I)


@dataclass(frozen=True, slots=True)
class Budget:
    """What each lane may spend: `amount` rollouts in all, rollouts a sub-problem on average
    (`per_step`), or tokens."""

    amount: float
    unit: Unit = "rollouts"
    per_step: bool = False

    @staticmethod
    def read(text: str) -> Budget:
        """32 or 32 rollouts: in all; 4/step: on average; 2000 tokens. Raises ValueError."""
        found = _BUDGET.fullmatch(text)
        if found is None:
            raise ValueError(f'a budget is written "32", "4/step" or "2000 tokens", not {text!r}')
        amount, unit = float(found[1]), (found[2] or "").lower()
        if unit.startswith("tok"):
            return Budget(amount, "tokens")
        return Budget(amount, "rollouts", unit.startswith("/"))

    def limit(self, steps: int) -> int:
        """The total for a plan of this many sub-problems (at least 1). Raises ValueError if that
        is less than one rollout a sub-problem, or no token."""
        total = int(self.amount * steps + 1e-9) if self.per_step else int(self.amount)
        if self.unit == "rollouts" and total < steps:
            raise ValueError(
                f"{self} is less than one rollout for each of the {steps} sub-problems"
            )
        if total < 1:
            raise ValueError("a budget must be at least 1")
        return total

    def __str__(self) -> str:
        amount = f"{self.amount:g}"
        return f"{amount}/step" if self.per_step else f"{amount} {self.unit}"

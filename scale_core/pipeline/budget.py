"""A budget meter: what a lane may still spend, and what is promised to requests under way.

Knows rollouts and tokens. Most tokens are reserved before a request is issued, so a lane exceeds
its budget by one sample at most. Does not know who spends, or on what step.
"""

from __future__ import annotations

from scale_core.trace.events import SOLVING, Unit
from scale_core.trace.usage import Usage


class Exhausted(Exception):
    """The budget does not pay for another sample."""


class BudgetMeter:
    """`limit` in `unit`; None: not known yet (a plan comes before the rollouts it is counted in)
    or no limit. A slice is a meter whose spending also counts in its parent's."""

    def __init__(
        self, limit: int | None = None, unit: Unit = "rollouts", parent: BudgetMeter | None = None
    ) -> None:
        self.limit, self.unit, self._parent = limit, unit, parent
        self.spent = 0
        self._promised = 0
        self._seen: dict[str, tuple[int, int]] = {}

    @property
    def left(self) -> int | None:
        """What is neither spent nor promised; it can be negative by one sample."""
        return None if self.limit is None else self.limit - self.spent - self._promised

    def slice(self, limit: int) -> BudgetMeter:
        return BudgetMeter(limit, self.unit, self)

    def reserve(self, stage: str, n: int, tokens: int) -> int:
        """Reserve for up to n samples; how many of them may be issued. Raises Exhausted if none.

        rollouts: one for each sample that tries to solve something, nothing else counts.
        tokens: each sample's most, prompt and reply; the last one may begin while at least one
        token is left.
        """
        granted = self._affordable(stage, n, tokens)
        if granted < 1:
            raise Exhausted
        self._promise(self._price(stage, granted, tokens))
        return granted

    def settle(self, stage: str, granted: int, tokens: int, usage: Usage | None) -> None:
        """The request is over: release what was promised and charge what it cost. None: it failed
        before anything was counted. Tokens that an engine does not report count as reserved."""
        price = self._price(stage, granted, tokens)
        self._promise(-price)
        if usage is None:
            return
        if usage.total is not None:
            self._note(stage, granted, usage.total)
        if self.unit == "rollouts":
            self._charge(price)
        else:
            self._charge(price if usage.total is None else usage.total)

    def mean(self, stage: str) -> float | None:
        """Tokens of a sample of this stage so far, prompt included; None before there was one."""
        samples, tokens = self._seen.get(stage, (0, 0))
        return tokens / samples if samples else None

    def _note(self, stage: str, n: int, tokens: int) -> None:
        samples, before = self._seen.get(stage, (0, 0))
        self._seen[stage] = (samples + n, before + tokens)
        if self._parent is not None:
            self._parent._note(stage, n, tokens)

    def _price(self, stage: str, n: int, tokens: int) -> int:
        if self.unit == "rollouts":
            return n if stage in SOLVING else 0
        return n * tokens

    def _affordable(self, stage: str, n: int, tokens: int) -> int:
        most = n if self._parent is None else self._parent._affordable(stage, n, tokens)
        if self.left is None:
            return most
        if self.unit == "rollouts":
            return min(most, self.left if stage in SOLVING else n)
        return min(most, -(-self.left // tokens))

    def _promise(self, amount: int) -> None:
        self._promised += amount
        if self._parent is not None:
            self._parent._promise(amount)

    def _charge(self, amount: int) -> None:
        self.spent += amount
        if self._parent is not None:
            self._parent._charge(amount)

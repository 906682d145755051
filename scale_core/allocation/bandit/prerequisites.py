"""Prerequisites among arms: who waits for whom.

Knows a directed acyclic graph of arm numbers. Does not know pulls or results.
"""

from __future__ import annotations

from collections.abc import Sequence


class Prerequisites:
    """needs[i]: the arms that must be done before arm i; an empty sequence for none at all.

    Raises ValueError for a wrong length, an unknown arm or a cycle.
    """

    def __init__(self, arms: int, needs: Sequence[Sequence[int]] = ()) -> None:
        if needs and len(needs) != arms:
            raise ValueError(f"prerequisites for {len(needs)} arms, but there are {arms}")
        self._needs = {i: tuple(dict.fromkeys(js)) for i, js in enumerate(needs) if js}
        self._dependants: dict[int, list[int]] = {}
        for i, js in self._needs.items():
            for j in js:
                if not 0 <= j < arms:
                    raise ValueError(f"arm {i} needs arm {j}, which does not exist")
                self._dependants.setdefault(j, []).append(i)
        self._refuse_cycles()

    def __bool__(self) -> bool:
        return bool(self._needs)

    def needs(self, arm: int) -> tuple[int, ...]:
        return self._needs.get(arm, ())

    def dependants(self, arm: int) -> Sequence[int]:
        """Arms that need this one directly."""
        return self._dependants.get(arm, ())

    def descendants(self, arm: int) -> list[int]:
        """Arms that need this one directly or through others, in arrival order."""
        found: set[int] = set()
        stack = [arm]
        while stack:
            new = [i for i in self.dependants(stack.pop()) if i not in found]
            found.update(new)
            stack += new
        return sorted(found)

    def _refuse_cycles(self) -> None:
        waiting = {i: len(js) for i, js in self._needs.items()}
        stack = [j for j in self._dependants if j not in waiting]
        while stack:
            for i in self.dependants(stack.pop()):
                waiting[i] -= 1
                if not waiting[i]:
                    stack.append(i)
        if stuck := [i for i, left in waiting.items() if left]:
            raise ValueError(f"arms {stuck} need one another")

"""The engine's line in the header: what it is, or how far it is on its way.

Knows what an engine says of itself, while it loads and afterwards. Does not know Gradio.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from time import monotonic
from typing import Any

from scale_core.engines.base import EngineError
from scale_core.engines.loading import Loading
from scale_core.views.formats import shorten

TICK = 1.0  # seconds between two looks at an engine that is not ready
AGAIN = 15.0  # seconds until a server that did not answer is asked again
_LONGEST = 300


class EngineLine:
    """Follows one engine; shared by all visitors, and nothing in it is theirs."""

    def __init__(self, engine: Any, seed: int) -> None:
        self._engine, self._seed = engine, seed
        self._probe: asyncio.Task[Any] | None = None
        self._failure, self._asked = "", -math.inf
        self.settled = not (hasattr(engine, "state") or self._probes)

    @property
    def _probes(self) -> bool:
        return hasattr(self._engine, "probe")

    async def look(self) -> dict[str, Any]:
        """The line as it is now. Asks a server what it can do, the first time."""
        if self._probes and not self.settled:
            await self._ask()
        return self.now()

    def now(self) -> dict[str, Any]:
        state = getattr(self._engine, "state", None)
        if isinstance(state, Loading):
            self.settled = state.settled
            if state.phase != "ready":
                return {**on_the_way(state), "seed": self._seed}
        found = {**describe(self._engine.info), "seed": self._seed}
        return found | ({"ok": False, "notes": [self._failure]} if self._failure else {})

    async def _ask(self) -> None:
        if self._probe is None and monotonic() - self._asked >= AGAIN:
            self._asked = monotonic()
            self._probe = asyncio.create_task(self._engine.probe())
        if self._probe is None or not self._probe.done():
            return
        probe, self._probe = self._probe, None
        error = None if probe.cancelled() else probe.exception()
        self._failure = shorten(str(error), _LONGEST) if isinstance(error, EngineError) else ""
        self.settled = error is None


def on_the_way(state: Loading) -> dict[str, Any]:
    """What is said while a model loads, or instead of it once it failed to."""
    if state.phase == "failed":
        return {"parts": [shorten(state.text, _LONGEST)], "ok": False, "notes": [state.text]}
    return {"parts": [state.text, f"{state.seconds:.0f} s"], "ok": False, "notes": []}


def describe(info: Any) -> Mapping[str, Any]:
    """What a ready engine is."""
    notes = list(info.notes)
    if not info.reproducible and not notes:
        notes = ["The same seed may give another run on this engine."]
    parts = [info.model, info.device, *_size(info.parameters)]
    return {"parts": [p for p in parts if p], "ok": True, "seed": 0, "notes": notes}


def _size(count: int | None) -> list[str]:
    if count is None:
        return []
    return [
        f"{count / 1e9:.1f} B parameters" if count >= 1e9 else f"{count / 1e6:.1f} M parameters"
    ]

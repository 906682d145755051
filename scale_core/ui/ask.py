"""What a visitor wants run, as a value.

Knows names and defaults. Does not know what they may be (bounds.py), nor who runs it (player.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ask:
    """What a visitor wants run. budget None: the preset's one lane, without a limit. options,
    settings: what differs from the preset and from the lanes' defaults."""

    problem: str
    answer: str = ""
    lanes: tuple[str, ...] = ()
    budget: str | None = None
    preset: str = "scale"
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    anyway: bool = False

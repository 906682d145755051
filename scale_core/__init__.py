"""Where should a reasoning model spend its compute? Plans, strategies and their traces.

The names below are loaded when they are first asked for, so that importing a part of the package
loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scale_core.engines.catalogue import embedded_engine
    from scale_core.runs.lanes import run_lanes
    from scale_core.runs.replay import replay
    from scale_core.runs.solve import duel, solve

__all__ = ["duel", "embedded_engine", "replay", "run_lanes", "solve"]
__version__ = "0.2.0"

_HOMES = {
    "duel": "runs.solve",
    "embedded_engine": "engines.catalogue",
    "replay": "runs.replay",
    "run_lanes": "runs.lanes",
    "solve": "runs.solve",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

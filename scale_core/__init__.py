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
    from scale_core.trace.duel import Duel
    from scale_core.trace.run import Run
    from scale_core.views import figures
    from scale_core.views.frames import frame

__all__ = [
    "Duel", "Run", "duel", "embedded_engine", "figures", "frame", "replay", "run_lanes", "solve"
]  # fmt: skip
__version__ = "0.2.0"

_HOMES = {
    "Duel": "trace.duel",
    "Run": "trace.run",
    "duel": "runs.solve",
    "embedded_engine": "engines.catalogue",
    "figures": "views.figures",
    "frame": "views.frames",
    "replay": "runs.replay",
    "run_lanes": "runs.lanes",
    "solve": "runs.solve",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES[name]}")
    return getattr(home, name, home)

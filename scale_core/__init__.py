"""Where should a reasoning model spend its compute? Plans, strategies and their traces."""

from scale_core.engines.catalogue import embedded_engine
from scale_core.runs.lanes import duel, replay
from scale_core.runs.solve import solve

__all__ = ["duel", "embedded_engine", "replay", "solve"]
__version__ = "0.2.0"

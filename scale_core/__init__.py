"""Where should a reasoning model spend its compute? Plans, strategies and their traces."""

from scale_core.api import embedded_engine, solve
from scale_core.compare import duel, replay

__all__ = ["duel", "embedded_engine", "replay", "solve"]
__version__ = "0.2.0"

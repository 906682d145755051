"""Where should a reasoning model spend its compute? Plans, strategies and their traces."""

from scale_core.api import embedded_engine, solve
from scale_core.compare import duel

__all__ = ["duel", "embedded_engine", "solve"]
__version__ = "0.1.0"

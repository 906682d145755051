"""Where this program keeps what belongs to its user: runs, calibrations of other models.

Knows the environment's word for it and the place that is usual on this system. Does not know what
is kept there.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "SCALE_EXPLORER_DATA"
"""A folder; or only where runs are kept: a database's URL, or `none` for nowhere."""
NONE = "none"


def named(data: str | None = None) -> str | None:
    """What was asked for by name, in an option or in the environment; None if nothing was."""
    return data or os.environ.get(VARIABLE) or None


def nowhere(data: str | None) -> bool:
    return data is not None and data.strip().lower() == NONE


def data_folder() -> Path:
    """The folder; a database or `none` leaves it where it usually is."""
    own = named()
    if own and not nowhere(own) and "://" not in own:
        return Path(own).expanduser()
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "scale-explorer"

"""`python -m scale_core`: the command line."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import NoReturn

from scale_core.cli.common import INTERRUPTED
from scale_core.cli.main import main


def leave_at_once() -> NoReturn:
    """End an interrupted command. A thread may still be loading a model: Python would end it inside
    a native library, and some of these abort the process then."""
    atexit._run_exitfuncs()  # engines' other processes end
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    code = main()
    if code == INTERRUPTED:
        leave_at_once()
    sys.exit(code)

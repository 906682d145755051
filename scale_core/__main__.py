"""`python -m scale_core`: the command line."""

from __future__ import annotations

import sys

from scale_core.cli.main import script

if __name__ == "__main__":
    sys.exit(script())

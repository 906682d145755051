"""What the browser tests are told by the environment; see conftest.py."""

import os
import tempfile
from pathlib import Path

SCRIPTED = os.environ.get("SCALE_UI_SCRIPTED") == "1"
PATIENCE = 1000 * int(os.environ.get("SCALE_UI_PATIENCE", "60"))
CHROMIUM = os.environ.get("SCALE_CHROMIUM", "/usr/bin/chromium")
CLOSED = Path(tempfile.gettempdir()) / f"scale-ui-closed-{os.getpid()}.log"
"""Where the scripted app writes a line for each stream of events that was closed."""

"""What the browser tests are told by the environment; see conftest.py."""

import os

PATIENCE = 1000 * int(os.environ.get("SCALE_UI_PATIENCE", "60"))
CHROMIUM = os.environ.get("SCALE_CHROMIUM", "/usr/bin/chromium")

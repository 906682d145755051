"""What the browser tests are told by the environment; see conftest.py."""

import os

from scale_core.views.figures import files

PATIENCE = 1000 * int(os.environ.get("SCALE_UI_PATIENCE", "60"))
try:
    CHROMIUM = files.browser()
except files.NoBrowser:
    CHROMIUM = ""

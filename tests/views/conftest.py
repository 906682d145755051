"""Makes the scripted run of tests/browser available to the tests of the pictures."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))

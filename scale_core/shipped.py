"""Where the files that ship with the app lie: the embedded model, scripts, examples, prices.

Knows the two places: `assets/` of a checkout, or the copy that an installed package carries. Does
not know what the files hold.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "assets"

ASSETS = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "assets"

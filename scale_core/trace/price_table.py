"""The table of prices that is in force: the shipped one, and a person's own over it.

Knows where the tables lie. Does not know what is in them (trace/prices.py).
"""

from __future__ import annotations

import os
from pathlib import Path

from scale_core.shipped import ASSETS
from scale_core.trace.prices import Prices, PricesError

SHIPPED = ASSETS / "prices.csv"
VARIABLE = "SCALE_PRICES"


def load(own: str | Path | None = None) -> Prices:
    """The shipped prices and, over them, those of `own`, else of the file that SCALE_PRICES names.

    Raises PricesError, with the file's name, if one cannot be read.
    """
    own = own or os.environ.get(VARIABLE) or None
    prices = _read(SHIPPED)
    return prices if own is None else prices | _read(Path(own))


def _read(path: Path) -> Prices:
    try:
        return Prices.read(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeError, PricesError) as error:
        raise PricesError(f"the prices in {path} cannot be used: {error}") from None

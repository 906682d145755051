"""The option --prices, which commands and the app share, and the table that it means.

Knows arguments. Does not know tables (trace/prices.py) or what they are used for.
"""

from __future__ import annotations

import argparse

from scale_core.cli.options import UsageError
from scale_core.trace.prices import Prices, PricesError, load


def add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prices",
        metavar="FILE",
        help="prices of models, over assets/prices.csv (else SCALE_PRICES)",
    )


def of(args: argparse.Namespace) -> Prices:
    """The table in force. Raises UsageError if it cannot be read."""
    try:
        return load(args.prices)
    except PricesError as error:
        raise UsageError(str(error)) from None

"""`--figure FILE` of the commands: the charts of what was run, replayed or looked back on.

Knows the option, that a name or a missing browser is complained about before anything runs, and
which charts a command has. Does not know how they are drawn or saved (views/figures).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from scale_core.cli import show
from scale_core.cli.common import UsageError, in_words
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices

if TYPE_CHECKING:
    from scale_core.views.figures import Sheet


def add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--figure",
        type=Path,
        metavar="FILE",
        help="save the charts there: as .html, which opens anywhere, or as .png or .svg where a "
        "Chromium or Chrome is found",
    )


def check(args: argparse.Namespace) -> None:
    """Raises UsageError if the charts cannot be saved under the name that is given."""
    if args.figure is None:
        return
    from scale_core.views.figures import files  # Plotly is imported only where it is asked for

    if not args.figure.absolute().parent.is_dir():
        raise UsageError(f"{args.figure} cannot be written: its folder is not there")
    with in_words():
        if files.kind_of(args.figure) != ".html":
            files.browser()


def lanes(args: argparse.Namespace, duel: Duel, prices: Prices) -> None:
    """Save the charts of lanes that ran, if that was asked for. Raises UsageError."""
    if args.figure is not None and any(run.start for run in duel.lanes.values()):
        from scale_core.views import figures

        save(args, duel, figures.of(show.alone(duel) or duel, prices))


def save(args: argparse.Namespace, duel: Duel, sheets: list[Sheet]) -> None:
    """Raises UsageError."""
    from scale_core.views import figures

    problem = duel.start.problem if duel.start else ""
    try:
        figures.save(sheets, args.figure, title=f"SCALE: {problem}")
    except (OSError, figures.NoBrowser) as error:
        raise UsageError(f"{args.figure} cannot be written: {error}") from None

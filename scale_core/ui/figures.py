"""A chart opened on the page: the same data as an interactive Plotly figure, in a dialog.

Knows what the dialog asks for, and that figures come from the functions that Python's users call.
Does not know how data are made (the pages) or figures (`views/figures`), nor how the dialog looks
(assets/js/drawings/figure.js).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from scale_core.ui import scripts
from scale_core.ui.form import QUICK
from scale_core.ui.pages import LanesPage
from scale_core.ui.player import Session
from scale_core.ui.theme import drawing
from scale_core.views import figures, units
from scale_core.views.figures import files
from scale_core.views.units import UNITS, Unit

HERE = "<script>/* Plotly */</script>"
"""Where it goes in a page that is saved: the browser has it already and puts it in."""
_LONGEST = 120  # characters of a title


@dataclass(frozen=True, slots=True)
class Wish:
    """What the dialog asks for. number: is told back, so that the browser knows the answer to its
    last question from earlier ones'."""

    chart: str
    lane: str
    title: str
    unit: Unit
    dark: bool
    number: int

    @classmethod
    def of(cls, event: gr.EventData) -> Wish:
        """Raises ValueError or AttributeError for what no dialog asks."""
        unit = next((u for u in UNITS if u == event.unit), UNITS[0])
        title = units.shorten(str(event.title), _LONGEST)
        return cls(
            str(event.chart), str(event.lane), title, unit, event.dark is True, int(event.number)
        )


class OpenFigure:
    """The dialog, shared by the pages: a chart is of one of them."""

    def __init__(self, pages: Sequence[LanesPage]) -> None:
        self.pages = pages

    def lay_out(self) -> None:
        start = {"script": scripts.PLOTLY}
        self.dialog = drawing("figure", "ask", "save", value=start, elem_id="sx-figure")

    def connect(self) -> None:
        sessions = [page.session for page in self.pages]
        self.dialog.ask(self._figure, sessions, [self.dialog], **QUICK)
        self.dialog.save(self._saved, sessions, [self.dialog], **QUICK)

    async def _figure(
        self, explore: Session, compare: Session, event: gr.EventData
    ) -> dict[str, Any]:
        """On the event loop, so that no event is added to a run meanwhile."""
        wish = Wish.of(event)
        sheet, name = self._drawn(wish, (explore, compare))
        return {"number": wish.number, "name": name, "figure": sheet.figure.to_json()}

    async def _saved(
        self, explore: Session, compare: Session, event: gr.EventData
    ) -> dict[str, Any]:
        """The page of one figure, in two halves: between them goes Plotly's script."""
        wish = Wish.of(event)
        sheet, name = self._drawn(wish, (explore, compare))
        before, after = files.html([sheet], f"SCALE: {wish.title}", HERE).split(HERE)
        page = [f"{before}<script>", f"</script>{after}"]
        return {"number": wish.number, "name": name, "page": page}

    def _drawn(self, wish: Wish, sessions: Sequence[Session]) -> tuple[figures.Sheet, str]:
        """The figure, and what a file of it is called. Raises ValueError where nothing is drawn
        under this name."""
        for page, session in zip(self.pages, sessions, strict=True):
            data = page.chart(session, wish.chart, wish.lane)
            if data is not None:
                figure = figures.DRAWN[wish.chart](data, wish.unit, wish.dark)
                return figures.Sheet(wish.title, figure), f"scale-{wish.chart}"
        raise ValueError(f"there is no chart {wish.chart}")

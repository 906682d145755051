"""Figures as files: HTML that needs nothing else, and pictures, for which a browser is driven.

Knows how a page is written with Plotly's script in it, so that it opens anywhere and asks nobody
for anything; where browsers are found; and how one turns that page into a PNG or an SVG without a
window. Kaleido does the same for single figures, but needs such a browser too, and two packages
more. Does not know what the figures show.
"""

from __future__ import annotations

import html as markup
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import plotly
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from scale_core.views.figures.layout import HEIGHT, WIDTH, ink

SCRIPT = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
KINDS = (".html", ".png", ".svg")
VARIABLE = "SCALE_CHROMIUM"
"""Names a browser in the environment."""
BROWSERS = (
    "chromium-headless-shell", "chrome-headless-shell",  # without windows: the quickest to start
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
    "microsoft-edge", "brave-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)  # fmt: skip
FLAGS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars",
    "--force-device-scale-factor=2", "--virtual-time-budget=15000",
)  # fmt: skip
PATIENCE = 120  # seconds that a browser may take
TITLE = 34  # pixels of a figure's title
MARGIN = 24


class NoBrowser(ValueError):
    """A picture cannot be made: no browser was found, or the one that was failed."""


class Sheet(NamedTuple):
    """A figure and what it is called."""

    title: str
    figure: go.Figure


def save(sheets: Sequence[Sheet] | go.Figure, path: str | Path, title: str = "SCALE") -> None:
    """Write figures into one file; its ending says what it becomes. title: of the page.

    Raises ValueError for another ending, NoBrowser, and OSError.
    """
    path = Path(path)
    kind = kind_of(path)
    if isinstance(sheets, go.Figure):
        sheets = [Sheet("", sheets)]
    if kind == ".html":
        path.write_text(html(sheets, title), encoding="utf-8")
    elif kind == ".png":
        path.write_bytes(_png(sheets, title))
    else:
        path.write_text(_svg(sheets, title), encoding="utf-8")


def kind_of(path: str | Path) -> str:
    """Raises ValueError if figures cannot be saved under this name."""
    kind = Path(path).suffix.lower()
    if kind not in KINDS:
        raise ValueError(f"a figure is saved as {', '.join(KINDS[:-1])} or {KINDS[-1]}, not {path}")
    return kind


# ---- HTML ------------------------------------------------------------------------------------


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0 auto; max-width: {width}px; padding: {margin}px; background: {paper};
  color: {text}; font: 14px/1.4 "IBM Plex Sans", system-ui, sans-serif; }}
h2 {{ font-size: 15px; line-height: {line}px; margin: 0; overflow: hidden; white-space: nowrap;
  text-overflow: ellipsis; }}
</style>
{script}
</head>
<body>
{body}
<script>
const figures = {figures};
const ready = Promise.all(figures.map((figure, i) => Plotly.newPlot(
  `figure${{i}}`, figure.data, figure.layout, {config})));
{more}
</script>
</body>
</html>
"""


def html(
    sheets: Sequence[Sheet] | go.Figure, title: str = "SCALE", script: str | None = None
) -> str:
    """A page that needs no network: Plotly's script is in it. script: another element that brings
    it."""
    sheets = [Sheet("", sheets)] if isinstance(sheets, go.Figure) else sheets
    script = f"<script>{get_plotlyjs()}</script>" if script is None else script
    return _page(sheets, title, script, {"responsive": True})


def _page(
    sheets: Sequence[Sheet], title: str, script: str, config: dict[str, Any], more: str = ""
) -> str:
    """script: the element that brings Plotly; more: a script that follows."""
    c = ink(_dark(sheets))
    body = "\n".join(
        (f"<h2>{markup.escape(sheet.title)}</h2>" if sheet.title else "")
        + f'<div id="figure{i}"></div>'
        for i, sheet in enumerate(sheets)
    )
    return PAGE.format(
        title=markup.escape(title), body=body, more=more, script=script, width=WIDTH,
        margin=MARGIN, line=TITLE, paper=c.paper, text=c.text, figures=as_script(sheets),
        config=json.dumps({**config, "displaylogo": False, "showSendToCloud": False}),
    )  # fmt: skip


def as_script(sheets: Sequence[Sheet]) -> str:
    """The figures as JSON that no markup can end."""
    found = "[" + ",".join(sheet.figure.to_json() for sheet in sheets) + "]"
    return found.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _dark(sheets: Sequence[Sheet]) -> bool:
    return any(sheet.figure.layout.paper_bgcolor == ink(True).paper for sheet in sheets)


# ---- pictures --------------------------------------------------------------------------------


def browser() -> str:
    """A Chromium or one of its kin: the one that SCALE_CHROMIUM names, else the first that is
    found. Raises NoBrowser."""
    named = os.environ.get(VARIABLE)
    for name in (named,) if named else BROWSERS:
        if found := shutil.which(name):
            return found
    raise NoBrowser(
        f"there is no browser {named}, which {VARIABLE} names" if named else
        "a PNG or SVG is drawn by a Chromium or Chrome, and none was found: name one with "
        f"{VARIABLE}, or save the figure as .html"
    )  # fmt: skip


def _png(sheets: Sequence[Sheet], title: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "figures.png"
        size = f"{WIDTH + 2 * MARGIN},{_height(sheets) + 2 * MARGIN}"
        _drive(sheets, title, "", folder, f"--screenshot={picture}", f"--window-size={size}")
        if not picture.exists():
            raise NoBrowser("the browser did not draw the figures")
        return picture.read_bytes()


_AS_SVG = """
const drawn = (figure, i) => Plotly.toImage(`figure${i}`, {
  format: 'svg', width: WIDTH, height: figure.layout.height });
ready.then(() => Promise.all(figures.map(drawn))).then((urls) => {
  document.body.textContent = JSON.stringify(urls);
  document.body.id = 'drawn';
});
"""
_DUMPED = re.compile(r'<body id="drawn"[^>]*>(\[.*?\])\s*</body>', re.DOTALL)


def _svg(sheets: Sequence[Sheet], title: str) -> str:
    """The figures below each other in one drawing."""
    script = _AS_SVG.replace("WIDTH", str(WIDTH))
    with tempfile.TemporaryDirectory() as folder:
        found = _DUMPED.search(_drive(sheets, title, script, folder, "--dump-dom"))
    if found is None:
        raise NoBrowser("the browser did not draw the figures")
    drawings = [unquote(url.partition(",")[2]) for url in json.loads(found[1])]
    c, top, parts = ink(_dark(sheets)), MARGIN, []
    for sheet, drawing in zip(sheets, drawings, strict=True):
        if sheet.title:
            named = markup.escape(sheet.title)
            parts.append(f'<text x="{MARGIN}" y="{top + TITLE // 2}">{named}</text>')
            top += TITLE
        parts.append(drawing.replace("<svg", f'<svg x="{MARGIN}" y="{top}"', 1))
        top += sheet.figure.layout.height or HEIGHT
    size = f'width="{WIDTH + 2 * MARGIN}" height="{top + MARGIN}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="background:{c.paper}">'
        f'<title>{markup.escape(title)}</title><rect width="100%" height="100%" fill="{c.paper}"/>'
        f'<g font-family="system-ui, sans-serif" font-size="15" font-weight="700" fill="{c.text}">'
        + "\n".join(parts)
        + "</g></svg>\n"
    )


def _height(sheets: Sequence[Sheet]) -> int:
    return sum(
        (sheet.figure.layout.height or HEIGHT) + TITLE * bool(sheet.title) for sheet in sheets
    )


def _drive(sheets: Sequence[Sheet], title: str, more: str, folder: str, *flags: str) -> str:
    """What the browser prints when it opens the page of these figures. folder: for the page and
    the browser's own files. Raises NoBrowser."""
    file = Path(folder) / "figures.html"
    script = f'<script src="{SCRIPT.as_uri()}"></script>'
    page = _page(sheets, title, script, {"displayModeBar": False}, more)
    file.write_text(page, encoding="utf-8")
    command = [browser(), *FLAGS, *_sandbox(), f"--user-data-dir={folder}/profile", *flags]
    try:
        done = subprocess.run(
            [*command, file.as_uri()], capture_output=True, timeout=PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoBrowser(f"{command[0]} did not draw the figures: {error}") from None
    return done.stdout.decode("utf-8", "replace")


def _sandbox() -> tuple[str, ...]:
    """Chromium refuses to sandbox what root runs. The page is ours, without anybody's script."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ("--no-sandbox",) if root else ()

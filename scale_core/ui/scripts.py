"""The page's scripts: the ES modules of assets/js in one file, what starts a drawing, and Plotly's
script, for who opens a figure.

Knows when a component finds the scripts there and when it has to wait for them. What is in them is
part of their address, so a browser may keep them for ever, and a page never gets those of another
release. Does not know what they draw.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache

import plotly
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scale_core.shipped import ASSETS
from scale_core.ui.bundle import Bundle, bundle
from scale_core.views.figures.files import SCRIPT

ENTRY = "page.js"
# Below Gradio's own prefix: its node server, where it renders the page, passes on nothing else.
PREFIX = "gradio_api/scale"
PLOTLY = f"{PREFIX}/plotly-{plotly.__version__}/plotly.min.js"
"""Where Plotly's script is, which its Python package carries, from the page on."""
KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}

# A promise is kept a moment later, and the page would jump: so who finds the script there draws at
# once. Gradio's own scripts are found by `document.baseURI`, too: it holds behind a proxy. Gradio
# finds a component's events by their names in this text.
START = """\
/* events: %(events)s */
const part = { element, props, watch, trigger };
if (window.scalePage) window.scalePage.draw('%(name)s', part);
else import(new URL('%(page)s', document.baseURI)).then(
  (page) => page.draw('%(name)s', part),
  (error) => {
    console.error(error);
    element.append('This part of the page could not be loaded. Please reload the page.');
  },
);"""


@cache
def modules() -> Mapping[str, str]:
    """The text of every module, by its path in assets/js."""
    folder = ASSETS / "js"
    files = sorted(folder.rglob("*.js"))
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in files}


@cache
def page() -> Bundle:
    return bundle(modules(), ENTRY)


@cache
def address() -> str:
    """Where the script is, from the page on."""
    return f"{PREFIX}/{hashlib.sha256(page().text.encode()).hexdigest()[:16]}/{ENTRY}"


def start(name: str, *events: str) -> str:
    """`js_on_load` of the component that drawings/NAME.js draws. events: those that it triggers."""
    if f"drawings/{name}.js" not in modules():
        raise FileNotFoundError(f"there is no assets/js/drawings/{name}.js")
    told = ", ".join(map(repr, events)) or "none"
    return START % {"events": told, "name": name, "page": address()}


def called(name: str) -> str:
    """The `js` of an event that calls what page.js exports under this name."""
    page = f"(await import(new URL('{address()}', document.baseURI)))"
    return f"async (...given) => {page}.{name}(...given)"


def head() -> str:
    """For the page's head: the script comes while Gradio's own do."""
    return f'<script type="module" src="{address()}"></script>'


@cache
def _packed() -> bytes:
    """Plotly's script in a third of its size."""
    return gzip.compress(SCRIPT.read_bytes(), mtime=0)


def _plotly(request: Request) -> Response:
    """No coroutine: packing takes a moment, and has a thread of its own."""
    headers = {**KEPT, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(SCRIPT.read_bytes(), media_type="text/javascript", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(_packed(), media_type="text/javascript", headers=headers)


def routes() -> list[Route]:
    async def script(_: Request) -> Response:
        return Response(page().text, media_type="text/javascript", headers=KEPT)

    async def source_map(_: Request) -> Response:
        return Response(page().source_map, media_type="application/json", headers=KEPT)

    return [
        Route(f"/{address()}", script),
        Route(f"/{address()}.map", source_map),
        Route(f"/{PLOTLY}", _plotly),
    ]

"""The page's look: theme, style sheets, and components that a script draws (scripts.py).

Knows the fonts (served by Gradio itself, so no other host is asked) and the files in assets/.
Does not know the page's content.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import gradio as gr

from scale_core.runs.files import LARGEST
from scale_core.shipped import ASSETS
from scale_core.ui import scripts
from scale_core.views import colours

WEIGHTS = (400, 700)  # Gradio's 600 files hold only a few letters
STYLES = ("style", "compare", "look", "words", "figure", "runs", "gallery", "record", "login")


@cache
def asset(name: str) -> str:
    """The text of a file in assets/, as "css/style.css"."""
    return (ASSETS / name).read_text(encoding="utf-8")


def examples() -> list[dict[str, Any]]:
    """Families of example problems with their answers."""
    found: list[dict[str, Any]] = json.loads(asset("examples.json"))
    return found


def drawing(name: str, *events: str, value: Any = None, elem_id: str, tag: str = "div") -> gr.HTML:
    """A component that assets/js/drawings/NAME.js draws from its JSON value. events: those that
    the drawing triggers, to listen to."""
    return gr.HTML(
        value=value,
        html_template=f'<{tag} class="sx-{name}"></{tag}>',
        js_on_load=scripts.start(name, *events),
        apply_default_css=False,
        elem_id=elem_id,
        padding=False,
    )


def table(value: Any) -> gr.Dataframe:
    return gr.Dataframe(
        value=value, interactive=False, elem_classes="sx-table", show_label=False, buttons=[]
    )


def theme() -> gr.themes.Base:
    accent = gr.themes.Color(
        "#fdf1ec", "#fbe0d6", "#f7c3b1", "#f19d82", "#ea774f", colours.ACCENT, "#cb421b",
        "#a83615", "#862d14", "#6b2613", "#3d140a", name="accent")  # fmt: skip
    return gr.themes.Base(
        primary_hue=accent,
        neutral_hue=gr.themes.colors.slate,
        font=[gr.themes.LocalFont("IBM Plex Sans", weights=WEIGHTS), "system-ui", "sans-serif"],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=WEIGHTS), "monospace"],
        radius_size=gr.themes.sizes.radius_md,
    )


def launch_settings() -> dict[str, Any]:
    """Arguments for `Blocks.launch`. Gradio's own run history is off: it would keep problems in
    the browser of whoever shares it; of the footer only the link to the API stays."""
    return {
        "theme": theme(),
        "css": colours.ramp_css() + "".join(asset(f"css/{name}.css") for name in STYLES),
        "head": scripts.head(),
        "app_kwargs": {"routes": scripts.routes()},
        "footer_links": ["api"],
        "run_history": False,
        "max_file_size": LARGEST,
        "show_error": False,
    }

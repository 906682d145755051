"""Short texts and small values between a run and the page: what each drawing gets, and what a
person is told about a problem. Pure.

Knows the view model and readings. Does not know Gradio.
"""

from __future__ import annotations

import html
from typing import Any

from scale_core.dialects.base import Reading
from scale_core.views import formats


def pieces(view: dict[str, Any], note: str = "") -> tuple[dict[str, Any], ...]:
    """The view model as each drawing's own part: strip, board, answer."""
    message = note or view["answer"]["message"]
    strip = {
        "status": view["status"],
        "stages": view["stages"],
        "line": view["line"],
        "line_end": _last_line(view["status"], message),
        "currency": view["currency"],
    }
    if view["status"] == "empty":
        strip = {"status": "empty"}
    board = {key: view[key] for key in ("run", "status", "tau", "nodes", "edges", "currency")}
    common = {key: view[key] for key in ("status", "run", "t", "currency")}
    answer = {**view["answer"], **common}
    return strip, board, answer


def duel_pieces(view: dict[str, Any], note: str = "") -> tuple[dict[str, Any], ...]:
    """A duel's view model as each drawing's own part: head, lanes, heat map."""
    common = {key: view[key] for key in ("duel", "status", "recorded")}
    line = _last_line(view["status"], note or view["head"]["message"])
    head = {**view["head"], **common, "t": view["t"], "line_end": line}
    units = {"currency": head["currency"]}
    return (
        head,
        {**common, **units, "t": view["t"], "lanes": view["lanes"]},
        {**common, **view["heat"]},
    )


def _last_line(status: str, message: str) -> str:
    words = {
        "solved": "Done",
        "unsolved": "No answer was found",
        "stopped": "Stopped",
        "failed": "The run failed",
        "refused": "Not run",
    }
    text = words.get(status, "")
    return formats.shorten(f"{text}: {message}" if message else text, 160)


def preview(text: str, reading: str | None) -> str:
    """The problem as mathematics where it is one, else nothing: the box shows it already."""
    shown = reading if reading is not None else text
    formula = formats.latex(shown.strip().rstrip("?.="))
    if formula is not None and shown.strip():
        return f"$${formula}$$"
    return "" if reading is None else as_text(formats.bounded(reading, 400))


def notice(text: str, reading: Reading) -> dict[str, str] | None:
    """One line while someone types; the whole message comes when they press Run."""
    if not text.strip():
        return None
    if reading.verdict == "inside":
        return {"kind": "ok", "text": reading.message or "The model knows this kind of problem."}
    first = reading.message.split(". ")[0].rstrip(".")
    return {
        "kind": "warn" if reading.verdict == "doubtful" else "info",
        "text": formats.shorten(first or "The model may not understand this", 150) + ".",
    }


def refusal(problem: str, reading: Reading, anyway: bool) -> str:
    if not problem.strip():
        return "Type a problem first, or pick an example."
    if reading.verdict == "outside" and not anyway:
        return reading.message or "The embedded model does not understand this kind of problem."
    if reading.verdict == "doubtful" and not anyway:
        return reading.message or "The embedded model may not understand this."
    return ""


def as_text(text: str) -> str:
    """A text for Markdown that shows exactly these characters and never becomes markup."""
    safe = html.escape(text, quote=True)
    return "".join(f"&#{ord(c)};" if c in "\\`*_{}[]()+-.!|~$^=:" else c for c in safe)

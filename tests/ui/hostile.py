"""Recorded runs in which people and models wrote what should break a page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from tests import recorded

TEXT = (
    "</script><script>document.title='broken'</script><img src=\"http://evil.test/x.png\" "
    "onerror=\"document.title='broken'\"><style>@import 'http://evil.test/x.css';</style>"
    "<!--\u2028\u202e $\\text{<b>}$ {0} ${x} `\\"
)


def hostile_run() -> Run:
    return Run([_event(e) for e in recorded.run_events("recorded_run_escalated")])


def hostile_duel() -> dv.Duel:
    return dv.Duel(
        replace(e, event=_event(e.event)) if isinstance(e, dv.LaneEvent)
        else replace(e, problem=TEXT, expected=TEXT) if isinstance(e, dv.DuelStarted)
        else e
        for e in recorded.duel_events()
    )  # fmt: skip


def _event(event: ev.Event) -> ev.Event:
    match event:
        case ev.RunStarted():
            engine = {**event.engine, "model": TEXT, "notes": [TEXT]}
            return replace(event, problem=TEXT, expected=TEXT, strategy=TEXT, engine=engine)
        case ev.Sampled():
            samples = tuple(replace(s, text=TEXT + s.text, tokens=()) for s in event.samples)
            return replace(event, prompt=TEXT, samples=samples)
        case ev.Planned():
            steps = tuple(replace(step, text=TEXT) for step in event.steps)
            return replace(event, steps=steps, outline=TEXT)
        case _:
            return _texts(event)


def _texts(event: Any) -> Any:
    """Whatever is a text for people."""
    names = {"text", "reason", "result", "answer", "expected", "message", "what"}
    fields = {name for name in names if isinstance(getattr(event, name, None), str)}
    return replace(event, **dict.fromkeys(fields, TEXT))

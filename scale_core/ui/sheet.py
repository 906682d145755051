"""A run or a duel as one HTML file that opens anywhere and asks nobody for anything.

Knows which of the page's own drawings stand on it and which values they are given, once: the same
modules, joined by the same bundler, draw them. Every text is a JSON value in a script that no
browser runs, and the file's own policy forbids it any request. Does not know gradio or how anything
is drawn (assets/js/sheet.js and the drawings).
"""

from __future__ import annotations

import base64
import hashlib
import html as markup
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from scale_core.shipped import ASSETS
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.trace.redaction import redacted_duel
from scale_core.trace.run import Run
from scale_core.ui.bundle import bundle
from scale_core.ui.scripts import modules
from scale_core.views import charts, colours, graph, maths, tables, units
from scale_core.views import duel as duel_view
from scale_core.views.inspector import inspect
from scale_core.views.why import telling, why

ENTRY = "sheet.js"
STYLES = ("sheet", "style", "compare", "figure")
MOST = 6_000_000
"""Characters of what clicks open; what comes after is left out, and its drawing shows its hint."""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; script-src '{digest}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="gradio-container">
<main id="sheet"></main>
<noscript>This page draws itself with a script of its own, which is switched off here.</noscript>
<script type="application/json" id="values">{values}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def html(record: Run | dv.Duel, prices: Prices = units.NO_PRICES) -> str:
    """The file's text. Addresses and paths of older records are not in it."""
    duel = record if isinstance(record, dv.Duel) else _around(record)
    duel = dv.Duel(redacted_duel(duel.events))
    script = _script()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = colours.ramp_css() + "".join(_asset(f"css/{name}.css") for name in STYLES)
    problem = duel.start.problem if duel.start else ""
    return _PAGE.format(
        title=markup.escape(units.shorten(problem, 80) or "SCALE"),
        style=style,
        digest=f"sha256-{digest}",
        values=as_script(values(duel, prices)),
        script=script,
    )


def as_script(value: Any) -> str:
    """JSON that ends no script, whatever is in it."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e")


def values(duel: dv.Duel, prices: Prices = units.NO_PRICES) -> dict[str, Any]:
    """Everything that the sheet's script needs."""
    run = _alone(duel)
    body = _of_duel(duel, prices) if run is None else _of_run(run, prices)
    return {"head": _head(duel, run), "drawings": {**body, "several": run is None}}


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _script() -> str:
    """The sheet's own modules; the note of a source map would lead nowhere."""
    text = bundle(modules(), ENTRY).text
    return re.sub(r"\n//# sourceMappingURL=\S*\n$", "\n", text).replace("</script", "<\\/script")


def _alone(duel: dv.Duel) -> Run | None:
    """The run of one lane without a budget, which is drawn large."""
    one = len(duel.lanes) == 1 and not (duel.start and duel.start.budget)
    return next(iter(duel.lanes.values())) if one else None


def _around(run: Run) -> dv.Duel:
    """A run as the only lane of a duel without a budget."""
    events: list[dv.DuelEvent] = []
    name = "run"
    if start := run.start:
        name = start.strategy
        events.append(
            dv.DuelStarted(
                duel=start.run, problem=start.problem, expected=start.expected,
                lanes=(dv.Lane(name, name),), budget="", seed=start.seed, settings={},
                options=start.options, engine=start.engine, calibration={}, preset=name,
            )
        )  # fmt: skip
    events += [dv.LaneEvent(t=event.t, lane=name, event=event) for event in run.events]
    if run.end is not None:
        events.append(dv.DuelEnded(t=run.end.t, status=run.end.status, message=run.end.message))
    return dv.Duel(events)


# ---- what is on it -------------------------------------------------------------------------


def _head(duel: dv.Duel, run: Run | None) -> dict[str, Any]:
    start = duel.start
    if start is None:
        return {"problem": ["Nothing of this run was written."], "facts": []}
    engine: Mapping[str, Any] = start.engine
    model = " · ".join(str(engine[k]) for k in ("model", "device") if engine.get(k))
    how = start.preset if run else f"{len(duel.lanes)} lanes, {start.budget} each"
    answer = run.answer.answer if run and run.answer else None
    return {
        "problem": maths.pieces(units.bounded(start.problem, 8000)),
        "answer": None if answer is None else maths.whole(units.bounded(answer, 400)),
        "expected": None if start.expected is None else maths.whole(str(start.expected)[:400]),
        "facts": [
            ["status", duel.status],
            ["strategy" if run else "duel", how],
            ["model", units.shorten(model, 160)],
            ["seed", str(start.seed)],
            ["time", units.seconds(duel.seconds)],
        ],
    }


def _of_run(run: Run, prices: Prices) -> dict[str, Any]:
    view = graph.view(run, prices)
    common = {key: view[key] for key in ("run", "status", "currency")}
    nodes = [node["id"] for node in view["nodes"]]
    first = next((n.id for n in run.steps if n.calls), nodes[0] if nodes else None)
    ending = units.shorten(run.end.message if run.end else "The run did not end.", 160)
    return {
        "strip": {**common, "stages": view["stages"], "line": view["line"], "line_end": ending},
        "board": {**common, **{key: view[key] for key in ("tau", "nodes", "edges")}},
        "answer": {**view["answer"], **common, "t": view["t"]},
        "course": charts.course(run, prices),
        "nodes": charts.nodes(run, prices),
        "inspector": None,
        "opened": _held((id, inspect(run, id, prices)) for id in nodes),
        "first": first,
        "tables": [_table("Every token in a table", tables.ledger(run, prices))],
    }


def _of_duel(duel: dv.Duel, prices: Prices) -> dict[str, Any]:
    view = duel_view.view(duel, None, None, prices)
    common = {key: view[key] for key in ("duel", "status", "recorded")}
    timed = {**common, "t": view["t"], "currency": view["head"]["currency"]}
    ending = units.shorten(view["head"]["message"], 160)
    found = telling(duel)
    wanted = [(lane, id) for lane, run in duel.lanes.items() for id in _things(run)]
    wanted.sort(key=lambda thing: thing != found)  # the most telling is surely in the file
    return {
        "race": {**view["head"], **timed, "line_end": ending},
        "lanes": {**timed, "lanes": view["lanes"]},
        "heat": {**common, **view["heat"]},
        "spend": charts.spend(duel, prices),
        "split": charts.stages(duel, prices),
        "rounds": charts.rounds(duel),
        "why": None,
        "opened": _held((f"{lane}\n{id}", why(duel, lane, id, prices)) for lane, id in wanted),
        "first": None if found is None else "\n".join(found),
        "tables": [
            _table("Lanes", tables.lane_table(duel, prices)),
            _table("Every token of every lane in a table", tables.duel_ledger(duel, prices)),
        ],
    }


def _things(run: Run) -> Iterator[str]:
    """What can be clicked in a lane: itself, its nodes and steps, its candidates."""
    yield ""
    steps = [step.id for step in run.plan.steps] if run.plan else []
    yield from dict.fromkeys([ev.PLAN_NODE, *steps, *run.nodes, *run.candidates])


def _held(cards: Iterator[tuple[str, dict[str, Any] | None]]) -> dict[str, Any]:
    """By name what a click opens, as far as the file's bound goes."""
    found: dict[str, Any] = {}
    size = 0
    for name, card in cards:
        if card is None:
            continue
        size += len(json.dumps(card))
        if size > MOST:
            break
        found[name] = card
    return found


def _table(title: str, table: tables.Table) -> dict[str, Any]:
    shown = (table.get("metadata") or {}).get("display_value") or table["data"]
    return {"title": title, "headers": table["headers"], "rows": shown}

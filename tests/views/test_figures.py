"""Figures hold the numbers of the page's data, in steps, in every unit; text is never markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import scripted
from scripted import whole
from test_frontier_view import look, worth
from test_sweep_view import swept

from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.prices import Prices
from scale_core.trace.run import Run
from scale_core.views import charts, figures, hindsight, units
from scale_core.views.figures import files
from scale_core.views.figures.layout import ink, plain
from tests import recorded

HEAD = "model,input,cached,output,currency\n"
PRICES = Prices.read(HEAD + "abacus,2,1,8,EUR\n")


@pytest.fixture(scope="module")
def duel() -> Duel:
    return Duel(recorded.duel_events())


@pytest.fixture(scope="module", params=["recorded_run", "recorded_run_escalated"])
def run(request: Any) -> Run:
    return Run(recorded.run_events(request.param))


def amounts(series: dict[str, Any], unit: str) -> list[float]:
    """A series of a chart's data in a unit."""
    found = series["points"] if "points" in series and unit == "tokens" else None
    if found is not None:
        return [n for _, n in found]
    return list(series["tokens"] if unit == "tokens" else series["costs"][unit])


# ---- what was spent ----------------------------------------------------------------------------


@pytest.mark.parametrize("unit", units.UNITS)
def test_a_duels_spending_is_the_pages(duel: Duel, unit: units.Unit) -> None:
    told = charts.spend(duel, PRICES)["series"]
    lines = figures.spending(duel, PRICES, unit).data
    assert [line.name for line in lines] == [series["label"] for series in told]
    for line, series in zip(lines, told, strict=True):
        assert list(line.x) == [t for t, _ in series["points"]]
        assert list(line.y) == amounts(series, unit)
        assert line.line.shape == "hv"  # tokens arrive at events, not in between
        assert len(line.customdata) == len(line.x)


@pytest.mark.parametrize("unit", units.UNITS)
def test_a_runs_spending_is_the_pages(run: Run, unit: units.Unit) -> None:
    told = charts.course(run, PRICES)
    areas = figures.spending(run, PRICES, unit).data
    assert [area.name for area in areas] == [s["label"] for s in told["series"]]
    for area, series in zip(areas, told["series"], strict=True):
        assert list(area.x[:-1]) == told["times"] and list(area.y[:-1]) == amounts(series, unit)
        assert area.x[-1] > area.x[-2] and area.y[-1] == area.y[-2], "the last step has a width"
        assert area.line.shape == "hv" and area.stackgroup


def test_a_step_is_where_the_tokens_came(run: Run) -> None:
    told = charts.course(run)
    spent = [e for e in run.events if isinstance(e, ev.Sampled)]
    assert len(spent) < charts.POINTS
    for at, event in enumerate(spent, 1):
        assert told["times"][at] == round(event.t, 2)
        grew = sum(s["tokens"][at] - s["tokens"][at - 1] for s in told["series"])
        assert grew == event.usage.total


@pytest.mark.parametrize("unit", units.UNITS)
def test_bars_are_the_pages(duel: Duel, run: Run, unit: units.Unit) -> None:
    for view, made in (
        (charts.stages(duel, PRICES), figures.by_stage(duel, PRICES, unit)),
        (charts.nodes(run, PRICES), figures.by_node(run, PRICES, unit)),
    ):
        rows = [row if unit == "tokens" else row["costs"][unit] for row in view["rows"]]
        kinds = view["kinds"] if unit == "tokens" and "kinds" in view else view["stages"]
        names = {key: name for key, name, _ in kinds}
        for bar in made.data:
            (key,) = (key for key, name in names.items() if name == bar.name)
            assert list(bar.x) == [dict(row["parts"]).get(key, 0) for row in rows]
        ends = [sum(bar.x[i] for bar in made.data) for i in range(len(rows))]
        assert ends == pytest.approx([row["total"] for row in rows], rel=1e-4)
        assert len(made.layout.annotations) == len(rows)


def test_a_cache_makes_a_pale_line_of_what_there_would_have_been() -> None:
    cached = Duel(
        e if not isinstance(getattr(e, "event", None), ev.Sampled) else _half_cached(e)
        for e in recorded.duel_events()
    )
    lines = figures.spending(cached, PRICES, "FLOPs").data
    pale = [line for line in lines if line.opacity == 0.5]
    assert len(pale) == len(cached.lanes) and len(lines) == 2 * len(pale)
    assert all(a.y[-1] < b.y[-1] for a, b in zip(lines[::2], lines[1::2], strict=True))


def _half_cached(told: Any) -> Any:
    usage = told.event.usage
    return replace(told, event=replace(told.event, usage=replace(usage, cached=usage.prompt // 2)))


# ---- rounds, and looking back ------------------------------------------------------------------


def test_rounds_are_the_pages(duel: Duel) -> None:
    view = charts.rounds(duel)
    for lane in view["lanes"]:
        if not lane["rounds"]:
            continue
        bars = figures.rounds(duel, lane["lane"]).data
        for i, told in enumerate(lane["rounds"]):
            given = [bar.y[i] for bar in bars if bar.y[i]]
            assert given == [p[2] for p in told["pieces"]] + [told["rest"]] * bool(told["rest"])
            assert sum(given) == told["budget"]
    first = figures.rounds(duel)
    assert first.layout.xaxis.title.text == "round of DORA"
    assert figures.rounds(duel, "cot").layout.annotations[0].text == "No rounds of allocation."


def test_the_frontier_and_regrets_are_the_pages() -> None:
    lanes = (worth("scale", 0.72, 459, 159, 0.08), worth("dora", 0.72, 460, 160, 0.08),
             worth("cot", 0.1, 150, None, 0.2, best=None))  # fmt: skip
    made = Duel(scripted.duel("x", "36", lanes=scripted.ALL))
    view = hindsight.frontier(look(*lanes), made)
    line, *points = figures.frontier(look(*lanes), made).data
    assert line.line.shape == "hv"
    assert list(zip(line.x, line.y, strict=True))[1:-1] == [tuple(p) for p in view["line"]]
    for point, lane in zip(points, view["lanes"], strict=True):
        assert (point.x[0], point.y[0]) == (lane["x"][0], lane["y"][0])
        assert point.x[0] - point.error_x.arrayminus[0] == pytest.approx(lane["x"][1])
        assert point.y[0] + point.error_y.array[0] == pytest.approx(lane["y"][2])
        assert list(zip(point.x, point.y, strict=True))[1:] == [
            tuple(best) for best in [lane["best"]] if best
        ]
    assert points[0].marker.size[0] > points[1].marker.size[0]  # one spot: both can be seen
    tokens, short = figures.regrets(look(*lanes), made).data
    assert list(tokens.x) == [159.0, 160.0, None] and list(short.x) == [8.0, 8.0, 20.0]


def test_the_sweep_is_the_pages() -> None:
    made = Duel(scripted.duel("x", "36", lanes=("scale",)))
    view = hindsight.sweep(swept(), made)
    rated, points = figures.sweep(swept(), made).data
    assert list(zip(points.x, points.y, strict=True)) == [(p["x"], p["y"]) for p in view["points"]]
    assert points.marker.color[1] == ink(False).accent != points.marker.color[0]
    ends = [x for x in rated.x if x is not None]
    assert ends[1::2] == [p["rated"] for p in view["points"] if p["rated"] is not None]


# ---- what is unknown, and text -------------------------------------------------------------------


def test_what_is_unknown_is_said() -> None:
    unpriced = Prices()
    duel, run = Duel(recorded.duel_events()), Run(recorded.run_events())
    for made in (
        figures.spending(duel, unpriced, "money"), figures.spending(run, unpriced, "money"),
        figures.by_stage(duel, unpriced, "money"), figures.by_node(run, unpriced, "money"),
    ):  # fmt: skip
        (note,) = made.layout.annotations
        assert note.text.startswith("Unknown: no price for abacus.")
        assert made.layout.yaxis.visible is False


def test_text_of_models_and_users_is_never_markup() -> None:
    made = whole_duel("hostile")
    sheets = [*figures.of(made), *figures.of(Run(whole("hostile")))]
    for sheet in sheets:
        shown = json.loads(sheet.figure.to_json())
        for text in _texts(shown["data"]) + _texts(shown["layout"].get("annotations", [])):
            assert not re.search(r"<(?!br>|extra>|/extra>)|\$", text)
    page = files.html(sheets, "<b>&amp;")
    assert page.count("<script>") == 2 and "<b>&amp;" not in page
    assert "window.hacked" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", page.split("</script>")[-2])
    assert plain("<b>a</b> $x$ &lt;") == "‹b›a‹/b› ＄x＄ ＆lt;"


def whole_duel(problem: str) -> Duel:
    return Duel(scripted.duel(problem, "36", lanes=scripted.ALL))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list) else []


def test_empty_records_have_figures() -> None:
    for unit in units.UNITS:
        assert not figures.spending(Run(), PRICES, unit).data
        assert not figures.spending(Duel(), PRICES, unit).data
        assert not figures.by_node(Run(), PRICES, unit).data
    assert [sheet.title for sheet in figures.of(Duel())] == [
        "Tokens as they were spent", "What they were spent on"
    ]  # fmt: skip


def test_dark_is_the_pages_dark(run: Run) -> None:
    made = figures.spending(run, dark=True)
    assert made.layout.paper_bgcolor == ink(True).paper != ink(False).paper
    assert ink(True).paper in files.html(made).split("</style>")[0]


# ---- files ---------------------------------------------------------------------------------------


def test_a_file_of_another_kind_is_refused(tmp_path: Path, run: Run) -> None:
    for name in ("a.gif", "a", "html"):
        with pytest.raises(ValueError, match=r"saved as \.html, \.png or \.svg"):
            figures.save(figures.of(run), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_without_a_browser_a_picture_says_what_to_do(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCALE_CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(figures.NoBrowser, match="SCALE_CHROMIUM names"):
        figures.save(figures.of(run), tmp_path / "a.png")
    monkeypatch.delenv("SCALE_CHROMIUM")
    monkeypatch.setattr(files, "BROWSERS", ("no-such-browser",))
    with pytest.raises(figures.NoBrowser, match=r"or save the figure as \.html"):
        figures.save(figures.of(run), tmp_path / "a.svg")
    monkeypatch.setattr(files, "BROWSERS", ("false",))  # a program that is there and fails
    with pytest.raises(figures.NoBrowser, match="did not draw"):
        figures.save(figures.of(run), tmp_path / "a.svg")
    figures.save(figures.of(run), tmp_path / "a.html")
    assert (tmp_path / "a.html").stat().st_size > 3_000_000

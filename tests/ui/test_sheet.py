"""A run as a file of its own: what is in it, and that no text of it is markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.ui import sheet
from tests import recorded
from tests.ui.hostile import TEXT, hostile_duel, hostile_run


class Elements(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def values_of(page: str) -> Any:
    (text,) = re.findall(r'<script type="application/json" id="values">(.*?)</script>', page)
    return json.loads(text)


RECORDS = {
    "run": lambda: Run(recorded.run_events("recorded_run_escalated")),
    "failed": lambda: Run(recorded.run_events("recorded_run_failed")),
    "duel": lambda: dv.Duel(recorded.duel_events()),
    "hostile run": hostile_run,
    "hostile duel": hostile_duel,
    "empty": Run,
    "begun": lambda: Run(recorded.run_events()[:1]),
    "half": lambda: Run(recorded.run_events()[:12]),
}


@pytest.mark.parametrize("name", RECORDS)
def test_its_elements_are_ours_whatever_is_in_it(name: str) -> None:
    page = sheet.html(RECORDS[name]())
    tags = [tag for tag, _ in Elements(page).found]
    assert tags == [
        "html", "head", "meta", "meta", "meta", "meta", "title", "style", "body", "main",
        "noscript", "script", "script",
    ]  # fmt: skip
    assert not [a for _, a in Elements(page).found if set(a) & {"src", "href", "onerror"}]
    assert TEXT not in page
    ours = re.sub(r'id="values">.*?</script>', "", page)
    assert "sourceMappingURL" not in ours and "@import" not in ours
    assert not re.search(r"url\((?!#)", ours), "only parts of the page itself are named"


def test_a_run_s_nodes_can_all_be_opened() -> None:
    run = RECORDS["run"]()
    held = values_of(sheet.html(run))["drawings"]
    assert set(held["opened"]) == {node["id"] for node in held["board"]["nodes"]}
    told = json.dumps(held["opened"])
    for event in run.events:
        if isinstance(event, ev.Sampled) and event.node in run.nodes:
            assert json.dumps(event.prompt)[1:-1] in told


def test_a_duel_s_things_can_be_opened() -> None:
    duel = RECORDS["duel"]()
    held = values_of(sheet.html(duel))["drawings"]
    for lane, run in duel.lanes.items():
        assert f"{lane}\n" in held["opened"]
        for step in run.plan.steps if run.plan else ():
            assert f"{lane}\n{step.id}" in held["opened"]
    assert held["first"] in held["opened"]


def test_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    all_of_it = values_of(sheet.html(RECORDS["duel"]()))["drawings"]["opened"]
    monkeypatch.setattr(sheet, "MOST", 40_000)
    held = values_of(sheet.html(RECORDS["duel"]()))["drawings"]
    assert held["first"] in held["opened"] and len(held["opened"]) < len(all_of_it)
    assert len(json.dumps(held["opened"])) < 42_000


def test_formulas_and_no_address() -> None:
    start, *rest = recorded.run_events()
    assert isinstance(start, ev.RunStarted)
    engine = {**start.engine, "device": "http://box.lan:8000/v1", "model": "/home/ann/m"}
    changed = replace(start, problem=r"What is \(\frac{1}{2}\)?", engine=engine)
    page = sheet.html(Run([changed, *rest]))
    assert "mfrac" in page and "box.lan" not in page and "/home/ann" not in page

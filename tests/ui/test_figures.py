"""What the dialog of an open figure gets, and Plotly's script, without a browser."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import gradio as gr
import pytest
from starlette.testclient import TestClient

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.trace.duel import Duel
from scale_core.ui import scripts
from scale_core.ui.page import Page
from scale_core.ui.player import Player, Session
from scale_core.ui.theme import launch_settings
from scale_core.views import figures
from scale_core.views.figures import files


@pytest.fixture(scope="module")
def page(engine: OnnxEngine) -> Page:
    page = Page(Player(engine), 0)
    with gr.Blocks() as blocks:
        page.lay_out()
        page.connect(blocks)
    return page


@pytest.fixture
def sessions(recorded: Duel) -> tuple[Session, Session]:
    explore, compare = Session(), Session()
    run = recorded.lanes["scale"]
    explore.duel.lanes["scale"], compare.duel = run, recorded
    return explore, compare


def wish(chart: str, **more: Any) -> gr.EventData:
    said = {"lane": "", "title": "A chart", "unit": "tokens", "dark": False, "number": 7}
    return gr.EventData(None, {"chart": chart, **said, **more})


def asked(page: Page, sessions: tuple[Session, Session], event: gr.EventData) -> dict[str, Any]:
    return asyncio.run(page.figure._figure(*sessions, event))


def test_a_figure_is_the_one_that_python_gives(
    page: Page, sessions: tuple[Session, Session]
) -> None:
    prices = page.player.prices
    run, duel = sessions[0].run, sessions[1].duel
    told = {
        "course": figures.spending(run, prices, "FLOPs", True),
        "nodes": figures.by_node(run, prices, "FLOPs", True),
        "spend": figures.spending(duel, prices, "FLOPs", True),
        "split": figures.by_stage(duel, prices, "FLOPs", True),
        "rounds": figures.rounds(duel, "bandit", True),
    }
    for chart, figure in told.items():
        found = asked(page, sessions, wish(chart, unit="FLOPs", dark=True, lane="bandit"))
        assert found["number"] == 7 and found["name"] == f"scale-{chart}"
        assert json.loads(found["figure"]) == json.loads(figure.to_json())


def test_what_was_looked_back_on_can_be_opened_until_a_new_duel(
    page: Page, sessions: tuple[Session, Session]
) -> None:
    with pytest.raises(ValueError, match="no chart sweep"):
        asked(page, sessions, wish("sweep"))
    point = {"x": 10, "y": 0.5, "range": [0.2, 0.8], "rated": None, "chosen": True, "tau": "0 to 1",
             "slow": "all", "short": "τ < 1"}  # fmt: skip
    sessions[1].found["sweep"] = {"points": [point], "measure": "right"}
    assert "10" in asked(page, sessions, wish("sweep"))["figure"]
    sessions[1].begin()
    with pytest.raises(ValueError, match="no chart sweep"):
        asked(page, sessions, wish("sweep"))


def test_a_saved_page_has_a_place_for_the_script(
    page: Page, sessions: tuple[Session, Session]
) -> None:
    event = wish("spend", title="<script>alert(1)</script>")
    found = asyncio.run(page.figure._saved(*sessions, event))
    before, after = found["page"]
    assert before.endswith("<script>") and after.startswith("</script>")
    assert "alert(1)" not in before.replace("&lt;script&gt;alert(1)", "") + after.replace(
        "&lt;script&gt;alert(1)", ""
    )
    data = json.loads(after.split("const figures = ")[1].split(";\n")[0])
    assert len(data[0]["data"]) == 4 and '"showSendToCloud": false' in after


def test_plotly_s_script_is_served_and_not_asked_for_at_first(engine: OnnxEngine) -> None:
    settings = launch_settings()
    assert "plotly" not in settings["head"] and "plotly" in scripts.PLOTLY
    blocks = gr.Blocks()
    blocks.root_path = "/under/a/proxy"
    client = TestClient(gr.routes.App.create_app(blocks, app_kwargs=settings["app_kwargs"]))
    text = files.SCRIPT.read_bytes()
    packed = client.get("/" + scripts.PLOTLY, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and packed.content == text
    assert int(packed.headers["content-length"]) == len(gzip.compress(text, mtime=0))
    plain = client.get("/" + scripts.PLOTLY, headers={"accept-encoding": "identity"})
    assert plain.content == text and "immutable" in plain.headers["cache-control"]

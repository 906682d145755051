"""What a run that is played again tells of its time."""

from __future__ import annotations

from dataclasses import replace

from scale_core.trace import duel as dv
from scale_core.trace.duel import Duel
from scale_core.views.film import MOST, film
from tests.recorded import duel_events


def test_moments_are_the_plan_and_every_lanes_end_in_order() -> None:
    duel = Duel(duel_events())
    told = film(duel)
    assert told is not None and duel.start is not None
    assert told["run"] == duel.start.duel and told["total"] == round(duel.seconds, 3)
    times = [moment["t"] for moment in told["moments"]]
    assert times == sorted(times) and times[0] > 0 and times[-1] <= told["total"]
    texts = [moment["text"] for moment in told["moments"]]
    assert any(text.startswith("plan of ") for text in texts)
    assert len(texts) == min(MOST, 1 + len(duel.lanes))
    for lane in duel.start.lanes:
        answer = duel.lanes[lane.name].answer
        assert answer is not None and f"{lane.label}: {answer.answer}" in texts


def test_a_lane_that_is_alone_tells_its_steps() -> None:
    events = [e for e in duel_events() if not isinstance(e, dv.LaneEvent) or e.lane == "scale"]
    start = events[0]
    assert isinstance(start, dv.DuelStarted)
    only = tuple(lane for lane in start.lanes if lane.name == "scale")
    alone = Duel([replace(start, lanes=only), *events[1:]])
    told = film(alone)
    assert told is not None
    texts = [moment["text"] for moment in told["moments"]]
    steps = alone.lanes["scale"].steps
    assert texts[0] == f"plan of {len(steps)} steps" and len(texts) == 1 + len(steps)
    assert all(" = " in text for text in texts[1:])


def test_what_has_not_ended_has_no_film() -> None:
    assert film(Duel()) is None
    assert film(Duel(duel_events()[:-1])) is None

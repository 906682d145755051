"""What was worked out from a fold holds until its next event."""

from __future__ import annotations

from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.run import Run

ASKED = ev.Fallback(node="1", what="w", reason="r")


def how_many(run: Run) -> list[int]:
    return [len(run.events)]


def lanes_of(duel: dv.Duel) -> list[str]:
    return list(duel.lanes)


def test_it_is_made_once_until_an_event_is_added() -> None:
    run = Run([ASKED])
    first = run.once(how_many)
    assert first == [1] and run.once(how_many) is first
    run.apply(ASKED)
    assert run.once(how_many) == [2]


def test_folds_share_nothing() -> None:
    one, other = Run([ASKED]), Run([ASKED, ASKED])
    assert (one.once(how_many), other.once(how_many)) == ([1], [2])


def test_an_event_of_a_lane_is_one_of_the_duel() -> None:
    duel = dv.Duel()
    assert duel.once(lanes_of) == []
    duel.apply(dv.LaneEvent(lane="dora", event=ASKED))
    assert duel.once(lanes_of) == ["dora"]

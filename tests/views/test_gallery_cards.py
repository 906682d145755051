"""The gallery's cards: each has a picture of what its recording holds."""

from __future__ import annotations

import json

from scale_core.gallery import exhibits
from scale_core.views.gallery import STEPS, cards


def test_each_recording_has_a_card_with_its_picture() -> None:
    made = {card["name"]: card for card in cards()}
    assert len(json.dumps(cards())) < 40_000
    for exhibit in exhibits():
        card, duel = made[exhibit.name], exhibit.duel()
        assert card["look"] == exhibit.look and card["duel"] is (exhibit.kind == "duel")
        assert len(card["picture"]) == len(duel.lanes)
        for row, run in zip(card["picture"], duel.lanes.values(), strict=True):
            assert len(row["marks"]) == (min(STEPS, len(run.steps)) if run.plan else 1)
            assert all(0 <= mark["level"] <= 20 for mark in row["marks"])
            assert row["verdict"] == (run.grade.verdict if run.grade else None)


def test_an_escalation_is_in_the_picture() -> None:
    (card,) = [card for card in cards() if card["name"] == "escalated"]
    marks = card["picture"][0]["marks"]
    assert any(m["escalated"] for m in marks) and any(m["round"] for m in marks)

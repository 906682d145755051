"""What is sent of the words that are being written: whose, how many, bounded, and harmless."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from scale_core.engines.base import Delta, OnDelta, Request
from scale_core.runs.live_words import KEPT, LiveWords
from scale_core.views.live import LINE, NODES, first, view

ASKED = Request("prompt", n=3, node="1", stage="system2")
Listen = Callable[..., OnDelta]


@pytest.fixture
def live() -> LiveWords:
    return LiveWords()


@pytest.fixture
def listen(live: LiveWords) -> Iterator[Listen]:
    """`listen(lane, node=...)`: another request under way."""
    with ExitStack() as stack:
        yield lambda lane="scale", **of: stack.enter_context(
            live.listening(lane, replace(ASKED, **of))
        )


def shown(live: LiveWords, opened: tuple[str, str] | None = None, lines: bool = False) -> Any:
    return view("run", live.writing(), {}, opened, lines=lines)["lanes"]


def test_only_what_has_words_is_being_written(live: LiveWords, listen: Listen) -> None:
    hear, _ = listen(), listen(node="2")
    assert first(live.writing()) is None and shown(live) == {}
    hear(Delta(1, "so", tokens=3))
    assert first(live.writing()) == ("scale", "1")
    assert shown(live) == {
        "scale": {
            "1": {"name": "1", "stage": "System 2", "sample": 1, "tokens": 3, "others": 2,
                  "thought": "", "reply": ""}
        }
    }  # fmt: skip


def test_words_come_whole_where_they_are_read_and_as_a_line_where_a_line_shows(
    live: LiveWords, listen: Listen
) -> None:
    for lane in ("scale", "dora"):
        for node in ("1", "2"):
            hear = listen(lane, node=node)
            hear(Delta(0, f"thought {lane} " * 40, thinking=True))
            hear(Delta(0, f"reply {node} " * 40))
    sizes = {
        (lane, node): (len(w["thought"]), len(w["reply"]))
        for lane, nodes in shown(live, ("dora", "2"), lines=True).items()
        for node, w in nodes.items()
    }
    assert sizes["dora", "2"] == (len("thought dora ") * 40, len("reply 2 ") * 40)
    for place in (("scale", "1"), ("dora", "1")):
        assert all(LINE < size <= 2 * LINE for size in sizes[place]), sizes
    assert sizes["scale", "2"] == (0, 0)
    assert {w["reply"] for w in shown(live)["scale"].values()} == {""}


def test_a_text_that_was_cut_says_so_and_its_end_is_there(live: LiveWords, listen: Listen) -> None:
    hear, whole = listen(), ""
    for i in range(KEPT):
        hear(Delta(0, f"{i} "))
        whole += f"{i} "
        reply = shown(live, ("scale", "1"))["scale"]["1"]["reply"]
        cut = reply.removeprefix("…")
        assert whole.endswith(cut) and (cut != whole) == reply.startswith("…")
    assert KEPT <= len(cut) < 2 * KEPT


def test_the_size_is_bounded(live: LiveWords, listen: Listen) -> None:
    for lane in ("a", "b", "c", "d"):
        for node in range(3 * NODES):
            listen(lane, node=f"{node}")(Delta(0, "é" * 50_000, thinking=node % 2 == 0))
    found = shown(live, ("a", "1"), lines=True)
    assert {len(nodes) for nodes in found.values()} == {NODES}
    assert len(json.dumps(found, ensure_ascii=False)) < 2 * KEPT + 4 * (NODES * 200 + 2 * LINE)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\x00b\x1b[31mc", "a�b�[31mc"),
        ("\u202eevil\u2066", "�evil�"),
        ("half \ud83d", "half �"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ],
)
def test_hostile_text_is_sent_as_text(
    live: LiveWords, listen: Listen, written: str, sent: str
) -> None:
    listen()(Delta(0, written))
    reply = shown(live, ("scale", "1"))["scale"]["1"]["reply"]
    assert reply == sent and reply.encode()


def test_names_are_those_of_the_page(live: LiveWords, listen: Listen) -> None:
    for node, stage in (("plan", "outline"), ("whole", "chain"), ("1", "rate")):
        listen(node=node, stage=stage)(Delta(0, "x"))
    found = shown(live)["scale"]
    assert [(w["name"], w["stage"]) for w in found.values()] == [
        ("plan", "outline"), ("problem", "whole problem"), ("1", "rating"),
    ]  # fmt: skip

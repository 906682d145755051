"""Thoughts are told from replies, whole or streamed, with the same result."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines.openai.think_tags import TAGS, Live, split


@pytest.mark.parametrize(
    ("text", "cut", "expected", "reply", "thought"),
    [
        ("42", False, False, "42", None),
        ("42", False, True, "42", None),
        ("<think>hm</think>\n\n42", False, True, "42", "hm"),
        ("\n<think>\nhm\n</think>42", False, False, "42", "hm"),
        ("<think>\n\n</think>\n\n42", False, False, "42", None),
        ("<think>and so on", True, True, "", "and so on"),
        ("<think>and so on", False, False, "", "and so on"),
        ("the template opened it</think>\n42", False, True, "42", "the template opened it"),
        ("and so on", True, True, "", "and so on"),
        ("cut within the reply", True, False, "cut within the reply", None),
        ("<think>hm</think>42 is <think> a tag?", True, True, "42 is <think> a tag?", "hm"),
        ("[THINK]hm[/THINK]42", False, True, "42", "hm"),
        ("<thinking>hm</thinking>42", False, True, "42", "hm"),
        ("<think", False, False, "<think", None),
        ("", True, True, "", None),
        ("I am thinking of a <thin> line", False, True, "I am thinking of a <thin> line", None),
    ],
)
def test_split(text: str, cut: bool, expected: bool, reply: str, thought: str | None) -> None:
    assert split(text, cut, expected) == (reply, thought)


def stream(pieces: list[str], cut: bool, expected: bool) -> tuple[str, str, int]:
    """What somebody who follows the deltas has in the end: reply, thought, restarts."""
    reply = thought = ""
    restarts = 0

    def show(text: str, thinking: bool, restart: bool) -> None:
        nonlocal reply, thought, restarts
        if restart:
            reply, thought, restarts = "", "", restarts + 1
        if thinking:
            thought += text
        else:
            reply += text

    live = Live(show, expected)
    for piece in pieces:
        live.feed(piece)
    live.finish(cut)
    return reply, thought, restarts


FRAGMENTS = [tag for pair in TAGS for tag in pair] + [
    "<th",
    "ink>",
    "</think",
    ">",
    "\n",
    "a",
    " b",
]


@settings(deadline=None)
@given(
    parts=st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=8),
    cuts=st.lists(st.integers(0, 60), max_size=12),
    cut=st.booleans(),
    expected=st.booleans(),
)
def test_streaming_splits_as_the_whole_text_does(
    parts: list[str], cuts: list[int], cut: bool, expected: bool
) -> None:
    text = "".join(parts)
    borders = sorted({0, len(text), *(c for c in cuts if c < len(text))})
    pieces = [text[a:b] for a, b in pairwise(borders)]
    wanted_reply, wanted_thought = split(text, cut, expected)
    reply, thought, restarts = stream(pieces, cut, expected)
    assert reply == wanted_reply
    assert thought.strip() == (wanted_thought or "")
    assert restarts <= 1


def test_a_closed_thought_is_shown_as_it_comes_without_a_restart() -> None:
    pieces = ["<th", "ink>let", " me ", "see</thi", "nk>\n", "\n4", "2"]
    assert stream(pieces, False, True) == ("42", "let me see", 0)


def test_what_a_server_calls_a_thought_is_one() -> None:
    shown: list[tuple[str, bool, bool]] = []
    live = Live(lambda *piece: shown.append(piece), True)
    live.reasoning("hm")
    live.feed("</think> is a tag")
    live.finish(True)
    assert shown == [("hm", True, False), ("</think> is a tag", False, False)]

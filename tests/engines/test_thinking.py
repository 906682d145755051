"""A reply is parted into thought and text, whole or as it grows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines.think_tags import Growing, Parts, split, visible

QUICK = settings(max_examples=100, deadline=None)

REPLIES = [
    ("42", False, Parts(None, "42")),
    ("<think>\nhm\n</think>\n\n42", False, Parts("hm", "42")),
    ("\n <think>hm</think>42", False, Parts("hm", "42")),
    ("hm\n</think>\n42", True, Parts("hm", "42")),
    ("<think>hm", False, Parts("hm", "", closed=False)),
    ("hm", True, Parts("hm", "", closed=False)),
    ("<think></think>42", False, Parts("", "42")),
    ("a < b <thin", False, Parts(None, "a < b <thin")),
    ("<thi", False, Parts(None, "<thi")),
    ("so <think> is a word", False, Parts(None, "so <think> is a word")),
    ("<think>a</think>b</think>c", False, Parts("a", "b</think>c")),
    ("", False, Parts(None, "")),
    ("", True, Parts("", "", closed=False)),
    ("<think>a</think>b", True, Parts("a", "b")),
    ("<think>a</thin", False, Parts("a</thin", "", closed=False)),
]


@pytest.mark.parametrize(("reply", "opened", "parts"), REPLIES)
def test_split(reply: str, opened: bool, parts: Parts) -> None:
    assert split(reply, opened) == parts


@pytest.mark.parametrize(("reply", "opened", "parts"), REPLIES)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_growing_comes_to_the_same(reply: str, opened: bool, parts: Parts, size: int) -> None:
    growing, taken = Growing((), opened), ""
    for i in range(0, len(reply), size):
        assert not growing.feed(reply[i : i + size])
        taken += growing.take()
    assert growing.finish() == parts
    assert taken + growing.take() == parts.text


@QUICK
@given(st.text(alphabet="<think>/ \nab", max_size=60), st.booleans(), st.integers(1, 9))
def test_growing_and_split_agree(reply: str, opened: bool, size: int) -> None:
    growing = Growing((), opened)
    for i in range(0, len(reply), size):
        growing.feed(reply[i : i + size])
    whole = growing.finish()
    if "</think>" in reply and not opened and not reply.lstrip().startswith("<think>"):
        return  # only a whole reply can tell that its beginning was a thought
    assert whole == split(reply, opened)


def test_whether_a_piece_is_thought_is_known_as_it_comes() -> None:
    growing = Growing(())
    states = []
    for piece in ("<th", "ink>", "hm", "</thi", "nk>", "42"):
        growing.feed(piece)
        states.append(growing.thinking)
    assert states == [False, True, True, True, False, False]


@pytest.mark.parametrize("size", [1, 2, 5, 50])
def test_stop_texts_count_in_the_text_only(size: int) -> None:
    reply, growing = "<think>a STOP b</think>\nc STOP d", Growing(("STOP",))
    pieces = iter(reply[i : i + size] for i in range(0, len(reply), size))
    assert any(growing.feed(piece) for piece in pieces)
    assert growing.finish() == Parts("a STOP b", "c ")


def test_a_stop_text_that_is_not_complete_is_held_back() -> None:
    growing = Growing(("STOP",))
    growing.feed("a ST")
    assert growing.take() == "a "
    growing.feed("AB")
    assert growing.take() == "STAB"


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("42", "42"),
        ("<think>a</think> 42", "42"),
        ("a</think> 42", "42"),
        ("<think>a</think>4<think>b</think>2", "42"),
        ("42<think>and more", "42"),
        ("<thinking>a</thinking>42", "42"),
        ("<reasoning>a</reasoning>42", "42"),
        ("<thought>a</thought>42", "42"),
        ("<think>a", ""),
        ("<think>a</think>b</think>42", "42"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("", ""),
    ],
)
def test_visible(reply: str, shown: str) -> None:
    assert visible(reply) == shown


@pytest.mark.parametrize("tag", ["<think>", "</think>", "<think></think>", "</think><think>", "<"])
def test_many_tags_are_no_trouble(tag: str) -> None:
    reply = tag * 3000
    assert "<think>" not in visible(reply)
    split(reply)
    growing = Growing(())
    for i in range(0, len(reply), 5):
        growing.feed(reply[i : i + 5])
    growing.finish()

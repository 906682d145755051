"""Thoughts are told from replies: whole, as they grow, with stop texts, and by token ids."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines.think_tags import (
    TAGS,
    Growing,
    Markers,
    Parts,
    Piece,
    Splitter,
    joined,
    spans,
    split,
    visible,
)

# ---- whole and streamed ----------------------------------------------------------------------


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
    assert split(text, cut_thought=cut and expected) == (reply, thought)


def stream(pieces: list[str], cut: bool, expected: bool) -> tuple[str, str, int]:
    """What somebody who follows the pieces has in the end: reply, thought, restarts."""
    splitter = Splitter(lone="restart")
    shown = [new for piece in pieces for new in splitter.feed(piece)]
    shown += splitter.finish(cut_thought=cut and expected)
    thought, reply = joined(shown)
    return reply, thought, sum(piece.restart for piece in shown)


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
    pieces = [text[a:b] for a, b in itertools.pairwise(borders)]
    wanted_reply, wanted_thought = split(text, cut_thought=cut and expected)
    reply, thought, restarts = stream(pieces, cut, expected)
    assert reply == wanted_reply
    assert thought.strip() == (wanted_thought or "")
    assert restarts <= 1


def test_a_closed_thought_is_shown_as_it_comes_without_a_restart() -> None:
    pieces = ["<th", "ink>let", " me ", "see</thi", "nk>\n", "\n4", "2"]
    assert stream(pieces, False, True) == ("42", "let me see", 0)


def test_what_a_server_calls_a_thought_is_one() -> None:
    splitter = Splitter(lone="restart")
    assert splitter.set_apart() == []
    assert splitter.feed("</think> is a tag") == [Piece("</think> is a tag")]
    assert splitter.finish(cut_thought=True) == []


def test_what_was_held_back_is_reply_once_a_server_sets_thoughts_apart() -> None:
    splitter = Splitter(lone="restart")
    assert splitter.feed("<thi") == []
    assert splitter.set_apart() == [Piece("<thi")]


# ---- with stop texts --------------------------------------------------------------------------

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


def grown(reply: str, opened: bool, size: int) -> Parts:
    growing = Growing((), opened)
    for i in range(0, len(reply), size):
        growing.feed(reply[i : i + size])
    return growing.finish()


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
def test_the_size_of_the_pieces_does_not_matter(reply: str, opened: bool, size: int) -> None:
    whole = grown(reply, opened, 100)
    assert grown(reply, opened, size) == whole
    lone = not opened and not reply.lstrip().startswith("<think>")
    if lone and "</think>" not in reply:  # else the whole reply tells that its begin was a thought
        assert whole == Parts(None, reply)


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


# ---- by token ids -----------------------------------------------------------------------------

# One token a character, but for the markers (100, 101).
MARKERS = Markers("<think>", "</think>", (100,), (101,))
# The same where the tokenizer has no tokens for them.
SPELT = Markers("<think>", "</think>", tuple(map(ord, "<think>")), tuple(map(ord, "</think>")))


def decode(ids: object) -> str:
    names = {100: "<think>", 101: "</think>"}
    return "".join(names.get(i) or chr(i) for i in ids)  # type: ignore[attr-defined]


def encode(text: str) -> list[int]:
    found = re.findall(r"</?think>|.", text, re.DOTALL)
    return [{"<think>": 100, "</think>": 101}.get(piece) or ord(piece) for piece in found]


def marked(
    text: str, *cuts: int, left_open: bool = False, expected: bool = False
) -> tuple[str | None, str, bool]:
    splitter, shown = MARKERS.splitter(left_open, expected), list[Piece]()
    places = [0, *sorted(cuts), len(text)]
    for a, b in itertools.pairwise(places):
        shown += splitter.feed(text[a:b])
    inside = splitter.inside
    thought, reply = joined([*shown, *splitter.finish()])
    return (thought.strip() if splitter.thinks else None), reply, inside


CASES = [
    ("<think>\nso\n</think>\n\n42", {}, ("so", "42", False)),
    ("<think>\n\n</think>\n\n42", {}, ("", "42", False)),
    ("  <think>so</think>42", {}, ("so", "42", False)),
    ("so\n</think>\n\n42", {"left_open": True}, ("so", "42", False)),
    ("<think>so it goes", {}, ("so it goes", "", True)),
    ("so it goes", {"left_open": True}, ("so it goes", "", True)),
    ("so</think", {"left_open": True}, ("so</think", "", True)),
    ("42", {}, (None, "42", False)),
    ("\n\n42", {}, (None, "\n\n42", False)),
    ("<thin", {}, (None, "<thin", False)),
    ("<thing>", {}, (None, "<thing>", False)),
    ("", {}, (None, "", False)),
    ("4 <think>2</think>", {}, (None, "4 <think>2</think>", False)),
    ("so</think>42", {}, (None, "so</think>42", False)),
    ("so</think>42", {"expected": True}, ("so", "42", False)),
    ("42", {"expected": True}, (None, "42", False)),
    ("<think>a</think>b</think>c", {"expected": True}, ("a", "b</think>c", False)),
    ("<think>a<think>b</think>c", {}, ("a<think>b", "c", False)),
]


@pytest.mark.parametrize(("text", "how", "wanted"), CASES)
def test_markers(text: str, how: dict[str, bool], wanted: tuple[str | None, str, bool]) -> None:
    assert marked(text, **how) == wanted
    assert marked(text, *range(len(text)), **how) == wanted


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "/", "think>", "\n", " ", "a"])),
    st.lists(st.integers(0, 60)),
    st.booleans(),
    st.booleans(),
)
def test_cuts_do_not_matter_and_nothing_is_lost(
    parts: list[str], cuts: list[int], left_open: bool, expected: bool
) -> None:
    text = "".join(parts)
    how = {"left_open": left_open, "expected": expected}
    whole = marked(text, **how)
    assert marked(text, *(min(c, len(text)) for c in cuts), **how) == whole
    thought, reply, _ = whole
    assert text.endswith(reply)
    left = text.replace("<think>", "", 1) if thought is not None and not left_open else text
    kept = (thought or "") + reply
    assert not set(kept) - set(left)
    if thought is None:
        assert reply == text


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "\n", " ", "a", "b"])),
    st.booleans(),
    st.booleans(),
)
def test_tokens_and_text_agree(parts: list[str], left_open: bool, expected: bool) -> None:
    text = "".join(parts)
    ids = encode(text)
    thought, reply, _ = marked(text, left_open=left_open, expected=expected)
    count, start = spans(ids, MARKERS, left_open, expected, decode)
    assert decode(ids[start:]).lstrip("\n") == reply or (thought is None and start == 0)
    assert (thought is None) == ((count, start) == (0, 0)) or left_open
    assert count <= start <= len(ids)
    if thought is not None:
        assert len(thought) <= len(decode(ids[:start]))


@pytest.mark.parametrize(
    ("text", "left_open", "wanted"),
    [
        ("<think>abc</think>\n\n42", False, (3, 5)),
        ("abc</think>42", True, (3, 4)),
        ("<think>abc", False, (3, 4)),
        ("abc", True, (3, 3)),
        ("42", False, (0, 0)),
        ("", True, (0, 0)),
    ],
)
def test_spans(text: str, left_open: bool, wanted: tuple[int, int]) -> None:
    assert spans(encode(text), MARKERS, left_open, False, decode) == wanted


def test_spans_where_markers_are_spelt() -> None:
    ids = list(map(ord, "<think>abc</think>42"))
    assert spans(ids, SPELT, False, False, decode) == (3, len("<think>abc</think>"))
    # the tokenizer has cut the marker at another place: 300 stands for "c</"
    odd = Markers("<think>", "</think>", (100,), (101,))
    cut = [100, *map(ord, "ab"), 300, *map(ord, "think>42")]

    def reads(ids: object) -> str:
        return "".join({100: "<think>", 300: "c</"}.get(i) or chr(i) for i in ids)  # type: ignore[attr-defined]

    count, start = spans(cut, odd, False, False, reads)
    assert reads(cut[start:]) == "42"
    assert count >= 3


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("user: 1+1 <think>\n", True),
        ("user: 1+1 <think>\n\n</think>\n\n", False),
        ("<think>a</think> again <think>", True),
        ("user: 1+1", False),
        ("", False),
    ],
)
def test_a_prompt_may_leave_a_thought_open(prompt: str, wanted: bool) -> None:
    assert MARKERS.left_open(encode(prompt)) is wanted

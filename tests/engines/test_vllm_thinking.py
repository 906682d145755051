"""Thoughts are told from replies, in whole texts and piece by piece, by text and by tokens."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_core.engines.vllm.thinking import Markers, Splitter, spans

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


def split(
    text: str, *cuts: int, left_open: bool = False, expected: bool = False
) -> tuple[str | None, str, bool]:
    splitter = Splitter(MARKERS, left_open, expected)
    places = [0, *sorted(cuts), len(text)]
    fed = [splitter.feed(text[a:b]) for a, b in itertools.pairwise(places)]
    fed.append(splitter.feed("", last=True))
    thought = "".join(piece for piece, _ in fed)
    assert thought.strip() == (splitter.thought or "")
    return splitter.thought, "".join(piece for _, piece in fed), splitter.inside


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
def test_split(text: str, how: dict[str, bool], wanted: tuple[str | None, str, bool]) -> None:
    assert split(text, **how) == wanted
    assert split(text, *range(len(text)), **how) == wanted


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
    whole = split(text, **how)
    assert split(text, *(min(c, len(text)) for c in cuts), **how) == whole
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
    thought, reply, _ = split(text, left_open=left_open, expected=expected)
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


def test_without_markers_everything_is_reply() -> None:
    splitter = Splitter(None)
    assert splitter.feed("<think>a</think>") == ("", "<think>a</think>")
    assert splitter.thought is None

"""Streams: framing, growing samples, and usage however a server reports it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines.base import Delta
from scale_core.engines.openai.errors import RequestError
from scale_core.engines.openai.stream import CallerError, Events, Stream
from scale_core.engines.openai.usage import ratios, seen
from scale_core.engines.openai.wire import Key
from scale_core.trace.usage import Usage

UNKNOWN = Usage(None, None, None, None)


@settings(deadline=None)
@given(
    texts=st.lists(st.text(max_size=20).filter(lambda t: "\r" not in t), max_size=5),
    end=st.sampled_from(["\n", "\r\n"]),
    cuts=st.lists(st.integers(0, 300), max_size=10),
)
def test_events_come_out_however_the_bytes_are_cut(
    texts: list[str], end: str, cuts: list[int]
) -> None:
    wanted = [json.dumps(text).encode() for text in texts]
    wire = b"".join(
        f": ping{end}{end}event: x{end}data: ".encode() + data + f"{end}{end}".encode()
        for data in wanted
    )
    borders = sorted({0, len(wire), *(c for c in cuts if c < len(wire))})
    events = Events()
    found = [data for a, b in pairwise(borders) for data in events.feed(wire[a:b])]
    assert found == wanted


def test_data_lines_join_and_the_last_event_needs_no_blank_line() -> None:
    events = Events()
    assert list(events.feed(b'data: {"a":\ndata: 1}\n\ndata:[DO')) == [b'{"a":\n1}']
    assert list(events.feed(b"NE]")) == []
    assert events.last() == b"[DONE]"


def piece(index: int, text: str, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": {"content": text}, "finish_reason": finish}
    return {"choices": [choice]} | more


def used(prompt: int, completion: int) -> dict[str, Any]:
    return {"usage": {"prompt_tokens": prompt, "completion_tokens": completion}}


def streamed(
    events: list[Any], n: int = 1, done: bool = True, deltas: list[Delta] | None = None
) -> Stream:
    stream = Stream(Key(None), n, 0, False, None if deltas is None else deltas.append, False)
    for event in events:
        stream.take(json.dumps(event).encode())
    if done:
        stream.take(b"[DONE]")
        stream.close()
    return stream


def test_samples_grow_side_by_side() -> None:
    deltas: list[Delta] = []
    events = [piece(1, "b"), piece(0, "a"), piece(1, "B", "stop"), piece(0, "A", "length")]
    reply = streamed(events, 2, deltas=deltas).reply()
    assert [(c.text, c.finish) for c in reply.choices if c] == [("aA", "length"), ("bB", "stop")]
    said = [(d.index, d.text, d.tokens, d.done) for d in deltas]
    assert said == [
        (1, "b", 1, False), (0, "a", 1, False), (1, "B", 2, False), (1, "", 2, True),
        (0, "A", 2, False), (0, "", 2, True),
    ]  # fmt: skip


BOTH = [piece(i, "a", "stop") for i in (0, 1)]
TWO = Usage(5, None, 4, None)


@pytest.mark.parametrize(
    ("events", "n", "usage"),
    [
        # a last piece without choices counts everything
        ([piece(0, "a", "stop"), {"choices": []} | used(5, 7)], 1, Usage(5, None, 7, None)),
        # running counts belong to their sample; the last piece settles it
        (
            [
                piece(0, "a", **used(5, 1)),
                piece(1, "b", **used(5, 1)),
                piece(0, "", "stop", **used(5, 2)),
                piece(1, "", "stop", **used(5, 3)),
            ],
            2,
            Usage(5, None, 5, None),
        ),
        # the count of all samples on the last choice, if it is of no fewer than came
        (
            [piece(0, "a", "stop"), piece(1, "b", "stop", **used(5, 9))],
            2,
            Usage(5, None, 9, None),
        ),
        ([piece(0, "a", "stop"), piece(1, "b", "stop", **used(5, 1))], 2, UNKNOWN),
        # one total a sample, or one that grows: what came tells which
        ([*BOTH, {"choices": []} | used(5, 2), {"choices": []} | used(5, 2)], 2, TWO),
        ([*BOTH, {"choices": []} | used(5, 2), {"choices": []} | used(5, 4)], 2, TWO),
        ([piece(0, "a", "stop", **used(5, 9))], 1, Usage(5, None, 9, None)),
        ([piece(0, "a", "stop")], 1, UNKNOWN),
    ],
)
def test_usage_of_a_whole_stream(events: list[Any], n: int, usage: Usage) -> None:
    assert streamed(events, n).reply().usage == usage


def test_usage_of_a_broken_stream_is_what_had_been_reported() -> None:
    running = [
        piece(0, "a", **used(5, 1)),
        piece(0, "b", **used(5, 2)),
        piece(1, "c", **used(5, 1)),
    ]
    assert streamed(running, 3, done=False).reply().usage == Usage(5, None, 3, None)
    assert streamed([piece(0, "a")], 1, done=False).reply().usage == UNKNOWN
    listed = piece(0, "a")
    listed["choices"][0]["token_ids"] = [1, 2]
    assert streamed([listed], 2, done=False).reply().usage == Usage(None, None, 2, None)


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([piece(0, "a")], "broke off"),
        ([], "broke off"),
        ([piece(0, "a", "error")], "broke off a sample"),
        ([{"choices": []}], "broke off"),
    ],
)
def test_a_stream_that_just_ends_is_a_fault(events: list[Any], reason: str) -> None:
    stream = streamed(events, done=False)
    with pytest.raises(RequestError, match=reason):
        stream.close()


def test_an_end_mark_without_reasons_is_an_end() -> None:
    assert streamed([piece(0, "a")]).reply().choices[0].finish == "stop"  # type: ignore[union-attr]
    with pytest.raises(RequestError, match="no choices"):
        streamed([])


@pytest.mark.parametrize("data", [b"{", b"[]", b"3", b'{"error": {"message": "oom"}}'])
def test_bad_pieces_are_faults(data: bytes) -> None:
    with pytest.raises(RequestError):
        streamed([], done=False).take(data)


@pytest.mark.parametrize("index", [-1, 1, 10**9, "0", None, True])
def test_pieces_of_samples_that_nobody_asked_for_are_left_alone(index: Any) -> None:
    stream = streamed([piece(0, "a", "stop")], done=False)
    stream.take(json.dumps(piece(index, "b")).encode())
    assert [c.text for c in stream.reply().choices if c] == ["a"]


def test_the_listener_s_own_error_is_told_apart() -> None:
    def listen(delta: Delta) -> None:
        raise OSError("the listener's own")

    stream = Stream(Key(None), 1, 0, False, listen, False)
    with pytest.raises(CallerError) as caught:
        stream.take(json.dumps(piece(0, "a")).encode())
    assert isinstance(caught.value.error, OSError)


def test_a_repeated_stream_says_so_once() -> None:
    deltas: list[Delta] = []
    stream = Stream(Key(None), 2, 4, False, deltas.append, True)
    for event in (piece(0, "a"), piece(0, "b"), piece(1, "c")):
        stream.take(json.dumps(event).encode())
    assert [(d.index, d.text, d.restart) for d in deltas] == [
        (4, "a", True), (4, "b", False), (5, "c", True),
    ]  # fmt: skip


# ---- samples that go in circles --------------------------------------------------------------

ROUND = "and round we go, "


def test_a_sample_that_goes_in_circles_is_ended_and_what_it_says_then_is_only_counted() -> None:
    deltas: list[Delta] = []
    looping = [piece(0, ROUND) for _ in range(200)]
    stream = streamed([piece(1, "b"), *looping], 2, done=False, deltas=deltas)
    assert not stream.complete and not stream.circling, "the other one goes on"
    stream.take(json.dumps(piece(1, "B", "stop")).encode())
    assert stream.complete and stream.circling
    stream.close()
    first, second = stream.reply().choices
    assert first is not None and second is not None
    assert (first.finish, second.finish, second.text) == ("repetition", "stop", "bB")
    assert 1000 <= len(first.text) <= 1300 and first.pieces == 200
    assert "".join(d.text for d in deltas if d.index == 0) == first.text
    assert [d.done for d in deltas if d.index == 0].count(True) == 1


def test_a_server_that_ends_it_itself_is_waited_for() -> None:
    """Its usage comes then. What it says of the end counts no more than what it said before."""
    looping = [piece(0, ROUND) for _ in range(100)]
    stream = streamed(looping, done=False)
    assert stream.circling
    for event in (piece(0, "", "length"), {"choices": []} | used(5, 101)):
        stream.take(json.dumps(event).encode())
        assert stream.complete and not stream.circling
    (choice,) = stream.reply().choices
    assert choice is not None and choice.finish == "repetition"
    assert stream.reply().usage == Usage(5, None, 101, None)


@pytest.mark.parametrize("listed", ["token_ids", "logprobs", "neither"])
def test_all_tokens_that_came_of_it_are_counted(listed: str) -> None:
    def event() -> dict[str, Any]:
        found = piece(0, ROUND)
        row = {"token": ROUND, "logprob": -0.1, "top_logprobs": []}
        more = {"token_ids": [1, 2, 3], "logprobs": {"content": [row] * 3}}
        found["choices"][0] |= {k: v for k, v in more.items() if k == listed}
        return found

    (choice,) = streamed([event() for _ in range(150)], done=False).reply().choices
    assert choice is not None and choice.finish == "repetition"
    assert seen(choice, ratios().reply) == (150 if listed == "neither" else 450)


def test_thoughts_and_replies_are_one_text_and_an_end_is_an_end() -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning": ROUND}, "finish_reason": None}]}
    stream = streamed([thought] * 100, done=False)
    (choice,) = stream.reply().choices
    assert choice is not None and stream.circling and choice.text == ""
    assert len(choice.thought or "") < 1300
    whole = streamed([piece(0, ROUND * 200, "length")])
    (choice,) = whole.reply().choices
    assert choice is not None and (choice.finish, choice.text) == ("length", ROUND * 200)

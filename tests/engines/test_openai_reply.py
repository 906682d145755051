"""Replies of both endpoints are read, and whatever else a server may send does no harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines.base import Sample, Token
from scale_core.engines.openai.errors import RequestError
from scale_core.engines.openai.reply import Choice, Reply, parse, read, samples
from scale_core.engines.openai.usage import Ratio, checked, ratios, read_usage, token_counts
from scale_core.engines.openai.wire import Key
from scale_core.trace.usage import Usage

UNKNOWN = Usage(None, None, None, None)


def got(data: dict[str, Any], n: int = 1, expected: bool = False) -> tuple[Sample, ...]:
    reply = read(data, n)
    return samples(reply, 0, 5, expected, reply.usage, Ratio())


def chat(finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}


@pytest.mark.parametrize(
    ("data", "text", "thinking"),
    [
        ({"choices": [{"text": "42"}]}, "42", None),
        (chat(content="42"), "42", None),
        (chat(content="42", reasoning="hm"), "42", "hm"),
        (chat(content="42", reasoning_content="hm"), "42", "hm"),
        (chat(content="42", reasoning="hm", reasoning_content="hm"), "42", "hm"),
        (chat(content="42", reasoning=None, reasoning_content=""), "42", None),
        (chat(content=None, reasoning="hm"), "", "hm"),
        (chat(content="<think>hm</think>42"), "42", "hm"),
        (chat(content=[{"type": "text", "text": "4"}, {"type": "text", "text": "2"}]), "42", None),
        (
            chat(
                content=[
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "42"},
                ]
            ),
            "42",
            "hm",
        ),
        (chat(content=42), "", None),
    ],
)
def test_text_and_thought(data: dict[str, Any], text: str, thinking: str | None) -> None:
    (sample,) = got(data)
    assert (sample.text, sample.thinking) == (text, thinking)


def test_a_thought_cut_by_the_limit_that_comes_as_plain_content_is_a_thought() -> None:
    (cut,) = got(chat("length", content="let me see"), expected=True)
    assert (cut.text, cut.thinking, cut.finish) == ("", "let me see", "length")
    (quick,) = got(chat("length", content="let me see"), expected=False)
    assert (quick.text, quick.thinking) == ("let me see", None)
    (ended,) = got(chat("stop", content="42"), expected=True)
    assert (ended.text, ended.thinking) == ("42", None)
    (reply,) = got(chat("length", content="so 4", reasoning="hm"), expected=True)
    assert (reply.text, reply.thinking) == ("so 4", "hm")


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("tool_calls", "stop"),
        (None, "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("abort", "abort"),
        ("content_filter", "abort"),
    ],
)
def test_reasons(reason: str | None, finish: str) -> None:
    assert got(chat(reason, content="x"))[0].finish == finish


def test_choices_may_come_in_any_order_or_not_at_all() -> None:
    data = {"choices": [{"index": 2, "text": "c"}, {"index": 0, "text": "a"}]}
    reply = read(data, 3)
    assert [choice and choice.text for choice in reply.choices] == ["a", None, "c"]
    with pytest.raises(RequestError, match="no choices"):
        read({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}, 3)
    with pytest.raises(RequestError, match="no choices"):
        read({"choices": [{"index": 3, "text": "d"}]}, 3)


def test_an_empty_reply_still_reports_its_tokens() -> None:
    with pytest.raises(RequestError) as caught:
        read({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}, 1)
    assert caught.value.usage == Usage(5, None, 7, None)


@pytest.mark.parametrize(
    ("data", "usage"),
    [
        (None, UNKNOWN),
        ([], UNKNOWN),
        ({}, UNKNOWN),
        ({"prompt_tokens": 5, "completion_tokens": 7}, Usage(5, None, 7, None)),
        ({"prompt_tokens": 0, "completion_tokens": 7}, Usage(None, None, 7, None)),
        ({"prompt_tokens": -5, "completion_tokens": 7.5}, UNKNOWN),
        ({"prompt_tokens": True, "completion_tokens": "7"}, UNKNOWN),
        (
            {
                "prompt_tokens": 5,
                "completion_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(5, 0, 7, 3),
        ),
        (
            {
                "prompt_tokens": 5,
                "completion_tokens": 7,
                "prompt_tokens_details": None,
                "completion_tokens_details": {"reasoning_tokens": None},
            },
            Usage(5, None, 7, None),
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 7, "prompt_cache_hit_tokens": 4},
            Usage(5, 4, 7, None),
        ),
        (
            {
                "prompt_tokens": 5,
                "completion_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 6},
                "reasoning_tokens": 8,
            },
            Usage(5, None, 15, 8),  # more thinking than tokens: it was counted apart
        ),
    ],
)
def test_usage_is_what_was_said_and_nothing_else(data: Any, usage: Usage) -> None:
    assert read_usage(data) == usage


def test_counts_that_the_texts_contradict_are_unknown_or_reckoned() -> None:
    def known(usage: dict[str, Any], **message: str) -> Usage:
        reply = read(chat(**message) | {"usage": {"prompt_tokens": 5} | usage}, 1)
        came = [choice for choice in reply.choices if choice]
        thinks = any(c.thought or "<think>" in c.text for c in came)
        return checked(reply.usage, came, thinks, Ratio())

    none = {"completion_tokens": 7, "reasoning_tokens": 0}
    assert known(none, content="42").thinking == 0
    assert known(none, content="42", reasoning="hm").thinking is None
    assert known(none, content="<think>hm</think>42").thinking is None
    assert known({"completion_tokens": 0}, content="") == Usage(5, None, 0, None)
    assert known({"completion_tokens": 0}, content="42") == Usage(5, None, 1, None, 1)


def test_tokens_of_both_shapes() -> None:
    columns = {
        "tokens": ["4", "2"],
        "token_logprobs": [None, -0.25],
        "top_logprobs": [None, {"3": -2.0, "2": -0.25}],
    }
    content = [
        {"token": "4", "logprob": None},
        {
            "token": "2",
            "logprob": -0.25,
            "top_logprobs": [{"token": "3", "logprob": -2.0}, {"token": "2", "logprob": -0.25}],
        },
    ]
    wanted = (Token("4"), Token("2", -0.25, (("2", -0.25), ("3", -2.0))))
    plain = {"choices": [{"text": "42", "logprobs": columns}]}
    assert got(plain)[0].tokens == wanted
    chatty = chat(content="42")
    chatty["choices"][0]["logprobs"] = {"content": content}
    assert got(chatty)[0].tokens == wanted
    reply = read(plain, 1)
    one = samples(reply, 0, 1, False, reply.usage, Ratio())[0]
    assert one.tokens[1].alternatives == (("2", -0.25),)
    assert samples(reply, 0, None, False, reply.usage, Ratio())[0].tokens == ()


def test_tokens_of_each_sample() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 7}

    def counts(first: dict[str, Any], second: dict[str, Any]) -> list[int | None]:
        data = {"choices": [{"text": "a"} | first, {"text": "b"} | second], "usage": usage}
        return [s.completion_tokens for s in got(data, 2)]

    assert counts({}, {}) == [None, None]
    assert counts({"token_ids": [1, 2, 3]}, {"token_ids": [1]}) == [3, 1]
    assert counts({"token_ids": [1, 2, 3]}, {}) == [None, None]
    three, four = (
        {"logprobs": {"tokens": ["x"] * k, "token_logprobs": [-1.0] * k}} for k in (3, 4)
    )
    assert counts(three, four) == [3, 4]
    assert counts(three, three) == [4, 3]  # an end token is not listed
    assert got({"choices": [{"text": "a"}], "usage": usage})[0].completion_tokens == 7


def test_an_error_inside_a_good_status_is_an_error() -> None:
    body = json.dumps({"error": {"message": "out of memory", "code": 503}}).encode()
    with pytest.raises(RequestError, match="out of memory") as caught:
        parse(body, Key(None))
    assert caught.value.again
    with pytest.raises(RequestError, match="does not know the model") as caught:
        parse(b'{"error": {"message": "no model x", "code": 404}}', Key(None))
    assert not caught.value.again


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 10**5, b'"x"'])
def test_what_is_no_object_is_a_fault(body: bytes) -> None:
    with pytest.raises(RequestError, match="not"):
        parse(body, Key(None))


def test_json_that_only_some_parsers_take() -> None:
    odd = (
        b'{"choices": [{"text": "\\ud83d",'
        b' "logprobs": {"tokens": ["x"], "token_logprobs": [NaN]}}]}'
    )
    (sample,) = got(parse(odd, Key(None)))
    assert sample.tokens == (Token("x"),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "choices index text message content reasoning logprobs tokens token_logprobs token "
                "top_logprobs usage prompt_tokens completion_tokens finish_reason token_ids "
                "prompt_tokens_details cached_tokens thinking logprob".split()
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None)
@given(data=st.dictionaries(st.sampled_from(["choices", "usage"]), JSON), n=st.integers(1, 3))
def test_no_json_breaks_the_reader(data: dict[str, Any], n: int) -> None:
    try:
        reply: Reply = read(data, n)
    except RequestError:
        return
    found = samples(reply, 0, 2, True, reply.usage, Ratio())
    assert len(found) == n
    for sample in found:
        assert isinstance(sample.text, str)
        assert sample.completion_tokens is None or sample.completion_tokens >= 0


@given(
    st.lists(st.integers(1, 4000), min_size=2, max_size=8), st.integers(0, 8), st.booleans()
)  # fmt: skip
def test_a_total_is_shared_out_among_its_samples_and_nothing_is_lost(
    lengths: list[int], more: int, listed: bool
) -> None:
    """llama.cpp counts end tokens and does not list them: every sample has its own count all the
    same, at most one off."""
    samples = [
        Choice("a" * n, None, "stop", [Token("a", -0.1)] * n if listed else (), pieces=n)
        for n in lengths
    ]
    ends = len(lengths)
    counts = token_counts(samples, Usage(10, 0, sum(lengths) + ends + more, 0), ratios().reply)
    known = [count for count in counts if count is not None]
    assert len(known) == ends and sum(known) == sum(lengths) + ends + more
    if not more:
        assert all(abs(c - (n + 1)) <= ends for c, n in zip(known, lengths, strict=True))
    assert token_counts(samples, Usage(10, 0, None, 0), ratios().reply) == [None] * ends

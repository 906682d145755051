"""Addresses, keys and faults: what people type, what servers say, and what is shown of it."""

from __future__ import annotations

import copy
import json
import pickle
import time
from email.utils import formatdate

import pytest
from yarl import URL

from scale_core.engines.openai.errors import back_off, from_status, message_of, retry_after
from scale_core.engines.openai.wire import Key, clean, key_from_environment, local, read_urls
from scale_core.trace.usage import Usage

SECRET = "sk-secret-0123456789"
UNKNOWN = Usage(None, None, None, None)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("http://localhost:8000", "http://localhost:8000/v1"),
        (" https://example.org/ ", "https://example.org/v1"),
        ("https://example.org/api/openai/v1", "https://example.org/api/openai/v1"),
        ("http://[::1]:8000", "http://[::1]:8000/v1"),
    ],
)
def test_base_urls(typed: str, url: str) -> None:
    assert read_urls([typed]) == (URL(url),)


def test_base_urls_are_taken_once_and_one_text_is_one_url() -> None:
    urls = read_urls(["http://a:1", "http://b:2", "http://a:1/v1/"])
    assert [str(u) for u in urls] == ["http://a:1/v1", "http://b:2/v1"]
    assert len(read_urls("http://a:1")) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "", "localhost:8000", "ftp://a/v1", "http://", "/v1", "http://a:99999",
        f"http://me:{SECRET}@a/v1", f"http://a/v1?key={SECRET}", f"http://a/v1#{SECRET}",
    ],
)  # fmt: skip
def test_other_texts_are_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_urls([typed])
    assert SECRET not in str(caught.value)


def test_no_url_at_all() -> None:
    with pytest.raises(ValueError, match="at least one"):
        read_urls([])


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.5/v1", True),
        ("http://[::1]/v1", True),
        ("http://10.0.0.1/v1", False),
        ("http://example.org/v1", False),
    ],
)
def test_local(url: str, here: bool) -> None:
    assert local(URL(url)) is here


def test_a_key_is_written_into_the_header_and_nowhere_else() -> None:
    key = Key(f" {SECRET}\n")
    assert key.headers() == {"Authorization": f"Bearer {SECRET}"}
    assert SECRET not in f"{key!r} {key}"
    for store in (pickle.dumps, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError) as caught:
            store(key)
        assert SECRET not in str(caught.value)
    assert Key(None).headers() == Key("  ").headers() == {}


@pytest.mark.parametrize("text", ["a\nb", "clé", "a\x00b"])
def test_a_key_that_no_header_can_hold(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        Key(text)
    assert text not in str(caught.value)


def test_the_key_comes_from_the_variable_that_the_caller_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "one")
    monkeypatch.setenv("MY_KEY", " two ")
    monkeypatch.setenv("EMPTY_KEY", " ")
    assert key_from_environment() == "one"
    assert key_from_environment("MY_KEY") == "two"
    assert key_from_environment("EMPTY_KEY") is None
    assert key_from_environment("NO_SUCH_KEY") is None


def test_a_server_s_words_are_one_line_without_the_key() -> None:
    text = clean(f"bad\x1b[31m\n\n key {SECRET} " + "x" * 1000, Key(SECRET))
    assert text.startswith("bad [31m key (key) x")
    assert len(text) == 300
    # cut after the key was taken out, never through it
    assert SECRET[:5] not in clean("y" * 290 + SECRET, Key(SECRET))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "oom", "type": "x"}}, "oom"),
        ({"error": "oom"}, "oom"),
        ({"message": "oom"}, "oom"),
        ({"object": "error", "message": "oom", "code": 400}, "oom"),
        ({"detail": "oom"}, "oom"),
        ({"detail": [{"loc": ["body", "n"], "msg": "not a number"}]}, "not a number"),
        ({"error": {"code": 7}}, '{"code":7}'),
        ([], "[]"),
    ],
)
def test_the_words_of_an_error_body(body: object, words: str) -> None:
    assert message_of(json.dumps(body).encode()) == words


def test_the_words_of_bodies_that_are_not_json() -> None:
    assert message_of(b"plain words") == "plain words"
    assert message_of(b"<html><h1>502</h1></html>") == ""
    assert message_of(b"[" * 10**6) != ""


@pytest.mark.parametrize(
    ("status", "said", "reason", "again", "usage"),
    [
        (401, "Incorrect API key", "refused the key", False, Usage()),
        (403, "", "refused the key", False, Usage()),
        (404, "The model `x` does not exist", "does not know the model", False, Usage()),
        (404, "Not Found", "nothing at this address", False, Usage()),
        (400, "maximum context length is 4096 tokens", "context", False, Usage()),
        (400, "the request exceeds the available context size", "context", False, Usage()),
        (400, "The decoder prompt (length 9) is longer than the maximum model length of 4",
         "context", False, Usage()),
        (413, "input is too long", "context", False, Usage()),
        (400, "temperature must be positive", "refused the request", False, Usage()),
        (422, "n: not a number", "refused the request", False, Usage()),
        (429, "slow down", "too many requests", True, Usage()),
        (429, "You exceeded your current quota", "no credit", False, Usage()),
        (402, "", "no credit", False, Usage()),
        (302, "", "redirects", False, Usage()),
        (408, "", "status 408", True, Usage()),
        (500, "oops", "status 500: oops", True, UNKNOWN),
        (501, "", "status 501", False, UNKNOWN),
        (502, "", "status 502", True, UNKNOWN),
        (503, "loading model", "status 503: loading model", True, Usage()),
        (504, "", "status 504", True, UNKNOWN),
        (529, "overloaded", "status 529", True, Usage()),
    ],
)  # fmt: skip
def test_statuses(status: int, said: str, reason: str, again: bool, usage: Usage) -> None:
    body = json.dumps({"error": {"message": said}}).encode()
    fault = from_status(status, {}, body, Key(None))
    assert reason in fault.reason
    assert fault.again is again
    assert fault.usage == usage


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 0.25 "}, 0.25),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": formatdate(time.time() - 1000, usegmt=True)}, 0.0),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_a_date() -> None:
    ahead = retry_after({"Retry-After": formatdate(time.time() + 100, usegmt=True)})
    assert ahead is not None and 90 < ahead <= 100


def test_back_off_doubles_and_is_bounded() -> None:
    waits = [[back_off(k, 0.5) for _ in range(50)] for k in range(2000)][::400]
    for k, some in zip(range(0, 2000, 400), waits, strict=True):
        longest = min(8.0, 0.5 * 2.0 ** min(k, 10))
        assert all(0.75 * longest <= wait <= longest for wait in some)

"""No address, path or key is in an event that is given to others, whatever an engine says."""

from __future__ import annotations

import asyncio
import base64
import json
import urllib.parse
from collections.abc import Iterator
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines.openai.capabilities import Capabilities
from scale_core.engines.openai.engine import OpenAIEngine, RetryPolicy
from scale_core.runs.solve import solve
from scale_core.trace import duel as dv
from scale_core.trace import events as ev
from scale_core.trace.redaction import (
    KEY,
    LONGEST,
    Redaction,
    Secrets,
    model_name,
    redacted,
    redacted_duel,
)
from scale_core.trace.usage import Usage
from scale_core.views import export
from tests import recorded

SECRET = "sk-proj-Ab3dEf6hIj9L"
MANY = settings(max_examples=60, deadline=None, derandomize=True)

WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=3, max_size=12)
NAME = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12).map(lambda w: f"zq{w}")
PORT = st.integers(10, 65535).map(str)
NUMBERED = st.one_of(
    st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(lambda ip: f"[{ip.exploded}]")
)
DOMAIN = st.tuples(NAME, NAME, st.sampled_from(["com", "org", "internal", "ai", "de", "lan"])).map(
    ".".join
)
HOST = NUMBERED | DOMAIN
PLACE = st.one_of(
    st.tuples(st.sampled_from(["http", "https", "grpc", "file"]), HOST | NAME, PORT, WORD).map(
        lambda p: (f"{p[0]}://{p[1]}:{p[2]}/{p[3]}", p[1])
    ),
    st.tuples(HOST, PORT).map(lambda p: (f"{p[0]}:{p[1]}", p[0])),
    st.tuples(NAME, PORT).map(lambda p: (f"{p[0]}:{p[1]}", p[0])),
    HOST.map(lambda host: (host, host)),
)
FOLDER = st.lists(NAME, min_size=2, max_size=5).flatmap(
    lambda parts: st.sampled_from(
        ["/" + "/".join(parts), "~/" + "/".join(parts), "../" + "/".join(parts),
         "C:\\" + "\\".join(parts), "\\\\" + "\\".join(parts), f"'/{parts[0]} of/{parts[-1]}'"]
    ).map(lambda path: (path, parts))
)  # fmt: skip
BEFORE = st.sampled_from(["", "it is at ", "(", "at: ", "2 servers: ", "could not read ", "url="])
AFTER = st.sampled_from(["", ".", ", and more", "; tried again in 3 s.", ")", " is out: refused"])


@MANY
@given(PLACE, BEFORE, AFTER, st.sampled_from(["device", "name", "notes"]))
def test_no_address_stays_in_what_an_engine_says(
    place: tuple[str, str], before: str, after: str, field: str
) -> None:
    text, host = place
    said = f"{before}{text}{after}"
    info = Redaction().engine({"model": "m", field: [said] if field == "notes" else said})
    assert host not in json.dumps(info), info
    assert "server 1" in json.dumps(info) or text.startswith("file:")


@MANY
@given(FOLDER, BEFORE, AFTER)
def test_no_folder_stays_in_what_an_engine_says(
    folder: tuple[str, list[str]], before: str, after: str
) -> None:
    path, parts = folder
    told = Redaction().text(f"{before}{path}{after}")
    assert not [part for part in parts if part in told], told


@MANY
@given(FOLDER.filter(lambda f: not f[0].startswith("'")))
def test_of_a_models_folder_only_the_last_name_stays(folder: tuple[str, list[str]]) -> None:
    path, parts = folder
    info = Redaction().engine({"model": path, "others": [["judge", path, None]]})
    assert info == {"model": parts[-1], "others": [["judge", parts[-1], None]]}


@MANY
@given(PLACE, st.sampled_from(["", "/qwen", "/owner/qwen"]))
def test_no_address_stays_in_a_models_name(place: tuple[str, str], rest: str) -> None:
    text, host = place
    if rest or "://" in text or text.count(":") != 1 or "." in host:
        name = model_name(text + rest)
        assert host not in name or (name == host and ":" not in text), name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("abacus", "abacus"),
        ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B"),
        ("Qwen/Qwen3/onnx@main", "Qwen/Qwen3/onnx@main"),
        ("qwen3:8b", "qwen3:8b"),
        ("/srv/hub/models--Qwen--Qwen3-8B/snapshots/0a1b", "Qwen/Qwen3-8B"),
        ("http://box:8000/models/x", "x"),
        ("http://box:8000", "model"),
        ("10.0.0.1:8000/team/qwen", "qwen"),
        ("10.0.0.1", "model"),
        ("box:8000/qwen", "qwen"),
        ("models.corp.lan/team/qwen", "qwen"),
        ("box.lan:8000", "model"),
        ("hf.co/owner/name:Q4_K_M", "hf.co/owner/name:Q4_K_M"),
        ("llama3:70", "llama3:70"),
        ("owner/llama-3.2.ai", "owner/llama-3.2.ai"),
        ("gpt-4.1", "gpt-4.1"),
        ("~/", "model"),
    ],
)
def test_a_models_name(name: str, shown: str) -> None:
    assert model_name(name) == shown


@pytest.mark.parametrize(
    "text",
    [
        "llama.cpp server",
        "CPU, 2 threads",
        "Thinking is switched by /think and /no_think in the prompt.",
        "Its context is held to 4,096 tokens to save memory.",
        "System 1/2, tokens/s, e.g. 3:4, at 12:30:45, and/or vLLM 0.11.2",
        "the budget ran out before an answer was found",
    ],
)
def test_what_names_no_place_stays_as_it_is(text: str) -> None:
    assert Redaction().text(text) == text


def test_the_address_of_a_file_is_a_path() -> None:
    assert Redaction().text("see file:///home/ann/x.") == "see (path)."


def test_a_server_keeps_its_number_throughout_a_run() -> None:
    redaction = Redaction()
    device = "2 servers: http://10.0.0.1:8000/v1, http://box.lan/v1; at most 64 requests at a time"
    info = redaction.engine({"device": device, "notes": ["http://box.lan/v1 is out: refused"]})
    assert info["device"] == "2 servers: server 1, server 2; at most 64 requests at a time"
    assert info["notes"] == ["server 2 is out: refused"]
    assert redaction.text("box.lan: no reply; 10.0.0.1:8000 is busy, box.lan: no reply.") == (
        "server 2: no reply; server 1 is busy, server 2: no reply."
    )


# ---- keys ----------------------------------------------------------------------------------


def disguises(key: str) -> Iterator[str]:
    yield key
    yield key.upper()
    yield f"{key[:5]} {key[5:]}"
    yield "\u200b".join(key)
    yield urllib.parse.quote(key, safe="")
    yield "".join(f"%{byte:02X}" for byte in key.encode())
    yield "".join(f"%25{byte:02x}" for byte in key.encode())
    yield "".join(f"\\u{ord(c):04x}" for c in key)
    yield "".join(f"&#{ord(c)};" for c in key)
    yield key.encode().hex()
    for offset in range(4):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"x" * offset + key.encode() + b"y" * offset).decode()


KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=40)


@MANY
@given(KEYS, st.text(max_size=10), st.text(max_size=10))
def test_a_known_key_is_found_in_every_dress(key: str, before: str, after: str) -> None:
    secrets = Secrets([key])
    for dress in disguises(key):
        told = secrets.hide(f"{before} {dress} {after}")
        assert KEY in told and dress not in told
        assert not secrets.hide(told).count(dress)


@MANY
@given(st.text(max_size=200), KEYS)
def test_a_text_without_the_key_stays_as_it_is(text: str, key: str) -> None:
    assert Secrets([key]).hide(text) == text or key.lower() in "".join(text.split()).lower()
    assert Secrets([]).hide(text) == text


def test_a_short_key_is_only_found_as_it_is() -> None:
    assert Secrets(["abc"]).hide("abc, ABC") == "(key), ABC"


@pytest.mark.parametrize("told", ["hf_AbCdEfGhIjKlMnOpQrSt", "sk-or-v1-0123456789abcdef0123"])
def test_an_unknown_key_is_known_by_its_form(told: str) -> None:
    assert Redaction().text(f"the key {told} was refused") == "the key (key) was refused"


def test_a_key_is_in_no_field_of_any_event() -> None:
    tokens = (ev.Token("sk-proj-"), ev.Token("Ab3dEf6hIj9L"))
    sample = ev.Sample(0, f"I am {SECRET}", "stop", 2, thinking=SECRET, tokens=tokens)
    events: list[ev.Event] = [
        ev.RunStarted(
            run="r", problem=SECRET, expected=SECRET, strategy="cot", seed=0,
            options={SECRET: SECRET}, engine={"model": f"/m/{SECRET}", "notes": [SECRET]},
        ),
        ev.Sampled(
            node="1", stage="chain", prompt=SECRET, seed=0, temperature=0, top_p=1, max_tokens=9,
            n=1, samples=(sample,), usage=Usage(), seconds=0,
        ),
        ev.RunEnded(status="failed", message=f"bad key {SECRET}"),
    ]  # fmt: skip
    text = json.dumps([ev.to_json(event) for event in redacted(events, [SECRET])])
    assert SECRET not in text and "Ab3dEf6hIj9L" not in text
    assert [ev.from_json(row) for row in json.loads(text)]


# ---- whole runs ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["recorded_run", "recorded_run_escalated", "recorded_run_failed"])
def test_a_run_of_the_embedded_model_has_nothing_to_hide(name: str) -> None:
    events = recorded.run_events(name)
    assert redacted(events, [SECRET]) == list(events)


@pytest.mark.parametrize("name", ["recorded_duel", "recorded_duel_tokens"])
def test_nor_has_a_duel(name: str) -> None:
    events = recorded.duel_events(name)
    assert redacted_duel(events, [SECRET]) == list(events)


def test_redacting_twice_changes_nothing_more() -> None:
    told = old_duel()
    once = redacted_duel(told)
    assert redacted_duel(once) == once != told


def old_duel() -> list[dv.DuelEvent]:
    """As a release wrote it that knew no better."""
    engine = {
        "name": "vLLM server", "model": "/home/ann/models/m", "others": [],
        "device": "http://box.lan:8000/v1; at most 8 requests at a time",
        "notes": ["http://box.lan:8000/v1 is out: refused"],
    }  # fmt: skip
    lane = dv.Lane("cot", "CoT")
    run = ev.RunStarted(
        run="r", problem="p", expected=None, strategy="cot", seed=0, options={}, engine=engine
    )
    failed = "http://box.lan:8000/v1: nothing at /home/ann/models/m"
    return [
        dv.DuelStarted(
            duel="d", problem="p", expected=None, lanes=(lane,), budget="4", seed=0, settings={},
            options={}, engine=engine, calibration={"source": "/home/ann/fit.json", "points": []},
        ),
        dv.LaneEvent(lane="cot", event=run),
        dv.LaneEvent(lane="cot", event=ev.Fallback(node="1", what="repeated", reason=failed)),
        dv.LaneEvent(lane="cot", event=ev.RunEnded(status="failed", message=failed)),
        dv.DuelEnded(status="failed", message=failed),
    ]  # fmt: skip


def test_an_older_file_is_redacted_when_it_is_exported() -> None:
    lines = export.json_lines(dv.Duel(old_duel()))
    assert not [word for word in ("box", "ann", "http", "/home") if word in lines], lines
    start, *_, end = [json.loads(line) for line in lines.splitlines()]
    assert start["engine"]["model"] == "m"
    assert start["engine"]["notes"] == ["server 1 is out: refused"]
    assert end["message"] == "server 1: nothing at (path)"


@pytest.mark.parametrize("many", [False, True])
def test_a_server_that_cannot_be_reached_is_a_number_in_the_events(many: bool) -> None:
    """At the source: what the engine says of itself, and why it failed."""
    urls = ["http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1"][: 2 if many else 1]
    engine = OpenAIEngine(
        urls, "m", key=SECRET, capabilities=Capabilities(chat=True), retry=RetryPolicy(retries=0)
    )

    async def go() -> list[ev.Event]:
        try:
            return [event async for event in solve("What is 2+2?", engine=engine, preset="cot")]
        finally:
            await engine.close()

    events = asyncio.run(go())
    text = json.dumps([ev.to_json(event) for event in events])
    assert "127.0.0.1" not in text and SECRET not in text
    start, end = events[0], events[-1]
    assert isinstance(start, ev.RunStarted) and isinstance(end, ev.RunEnded)
    assert start.engine["device"].startswith("2 servers: server 1, server 2;" if many else "server")
    assert end.status == "failed" and "server" in end.message and "refused" in end.message


PIECES = (
    "http://a.b/", "a.b.com/", "/a b", "%25", "1:", "[::", "::1 ", r"\\a b\ ", "'/a", "sk-", "a:1",
    "10.0.0.1 ", "http://x.lan:1 ", "%4", "&#1", "sk-proj-Ab3dEf6hIj9 ",
)  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_long_texts_take_time_in_proportion(piece: str) -> None:
    def taken(size: int) -> float:
        text = piece * (size // len(piece))
        began = process_time()
        Redaction([SECRET]).text(text)
        return process_time() - began

    small, large = min(taken(2_000) for _ in range(3)), taken(LONGEST)
    assert large < 0.05 + 40 * small, (small, large)


def test_words_without_end_are_cut() -> None:
    assert len(Redaction().text("a " * LONGEST)) == LONGEST + 1


def test_hostile_files_with_many_servers_take_time_in_proportion() -> None:
    events: Any = [
        ev.RunEnded(status="failed", message=f"http://h{i}.lan:{i % 60000}/v1 and x.lan")
        for i in range(5_000)
    ]
    began = process_time()
    redacted(events)
    assert process_time() - began < 5

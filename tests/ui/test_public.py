"""A public app on a socket: what is open, what is bounded, who is whose. The real page with the
embedded model, asked over HTTP."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scale_core.store.store import Query
from scale_core.ui import gate
from scale_core.ui.bounds import PUBLIC, Each
from scale_core.ui.callers import forwarded, neighbourhood
from scale_core.ui.operations import TOKEN
from scale_core.ui.pages.compare import ComparePage
from scale_core.ui.pages.explore import ExplorePage
from tests.ui.public_app import App, public_app, where

BOUNDS = replace(
    PUBLIC, upload=50_000, at_once=Each(1, 1, 2), waiting=Each(1, 1, 4), tokens=1500,
    sessions=Each(None, 5, 50), imports=Each(None, 3, 50),
)  # fmt: skip
HAS_MCP = importlib.util.find_spec("mcp") is not None
LONG = "Let x=89*76. Let y=x mod 58. Let z=y*47. What is z-695?"


@pytest.fixture(scope="module")
def app(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with public_app(model_dir, tmp_path_factory.mktemp("public"), BOUNDS, mcp=HAS_MCP) as app:
        yield app


@pytest.mark.parametrize(
    "path",
    [
        "monitoring", "monitoring/summary", "gradio_api/file=/etc/passwd",
        "gradio_api/queue/status", "gradio_api/proxy=http://127.0.0.1/",
        "gradio_api/runs", "operator/counters",
    ],
)  # fmt: skip
def test_what_the_app_does_not_need_is_not_there(app: App, path: str) -> None:
    assert app.get(path)[0] == 404


def test_the_page_is_there_and_says_what_is_kept(app: App) -> None:
    status, page = app.get("config")
    assert status == 200
    assert "It goes after 30 days" in page and "Delete all of mine" in page


def test_health_is_told_and_counters_to_the_operator_alone(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app.get("healthz") == (200, '{"engine":"ok","store":"ok"}')
    assert app.solve(**where("9.1.0.1"))[0] == 200
    monkeypatch.setenv(TOKEN, "open sesame")
    for word in ("", "Bearer ", "Bearer open", "open"):
        assert app.get("operator/counters", Authorization=word)[0] == 404
    status, told = app.get("operator/counters", Authorization="Bearer open sesame")
    assert status == 200 and json.loads(told)["runs solved"] >= 1
    monkeypatch.setattr(app.player.engine._batcher, "fault", "it broke")
    assert app.get("healthz") == (503, '{"engine":"failing","store":"ok"}')


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((["7"],), "problem must be a text, not a list"),
        (("7*8", 56), "answer must be a text, not a number"),
        (("7*8", "", {"a": 1}), "preset must be a text, not an object"),
        (("7*8", "", "scale", "0.4"), "tau must be a number from 0 to 1"),
        (("7*8", "", "scale", True), "tau must be a number from 0 to 1"),
        (("7*8", "", "scale", None, "1"), "seed must be a whole number"),
        (("7*8", "", "scale", None, 1.5), "seed must be a whole number"),
        (("7*8", "", "scale", None, -1), "seed must be a whole number"),
        (("7" * 2001,), "a problem has at most 2,000 characters"),
    ],
)
def test_values_of_another_kind_are_told(app: App, values: tuple[Any, ...], words: str) -> None:
    before = app.player.engine.counters
    status, answer = app.solve(*values, **where("9.1.0.2"))
    assert status == 500 and words in answer["error"]
    assert app.player.engine.counters == before


def test_a_program_s_run_draws_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*_: Any) -> Any:
        raise AssertionError("nobody sees it")

    for page in (ExplorePage, ComparePage):
        monkeypatch.setattr(page, "drawn", drawn)
    assert app.solve(**where("9.1.0.7"))[0] == 200


def test_a_duel_s_values_too(app: App) -> None:
    for lanes, budget, words in (
        ("scale", "4", "lanes must be a list of names"),
        ([1], "4", "a lane's name must be a text"),
        (None, "500/step", "at most 128 rollouts"),
        (["scale"] * 7, "4", "at most 6 lanes"),
    ):
        data = ["What is 7*8?", "", lanes, budget, None, 0]
        status, answer = app.post("gradio_api/run/duel", {"data": data}, **where("9.1.0.3"))
        assert status == 500 and words in answer["error"]


@pytest.mark.parametrize(
    ("way", "body", "words"),
    [
        ("run/solve", {"data": []}, "needs 5 values (problem, answer, preset, tau, seed), not 0"),
        ("run/solve", {"data": ["7*8"]}, "not 1"),
        ("run/duel", {"data": ["7*8", "", None, "4", None, 0, 1]}, "needs 6 values"),
        ("call/v2/solve", {}, "No value provided for required argument: problem"),
        ("call/v2/solve", {"problem": "7*8", "foo": 1}, "`foo` is not a valid"),
        ("run/solve", {"data": "x"}, "should be a valid list"),
        ("run/solve", {}, "Field required"),
        ("run/nothing", {"data": []}, "There is no nothing here; there are duel and solve."),
        ("run/solve", {"data": [], "fn_index": 99999}, "Something went wrong inside the program"),
    ],
)
def test_a_call_with_too_few_values_or_too_many_is_told_so(
    app: App, way: str, body: Any, words: str
) -> None:
    status, answer = app.post(f"gradio_api/{way}", body, **where("9.1.0.6"))
    assert status >= 400 and words in str(answer)


def test_the_queue_tells_it_too(app: App) -> None:
    """The way of Gradio's own clients."""
    call = app.post("gradio_api/call/solve", {"data": ["7*8"]}, **where("9.1.0.6"))[1]
    told = app.get(f"gradio_api/call/solve/{call['event_id']}", **where("9.1.0.6"))[1]
    assert "event: error" in told and "needs 5 values" in told


@pytest.mark.skipif(not HAS_MCP, reason="the MCP package is not installed")
def test_mcp_answers_in_json_and_tells_what_is_wrong(app: App) -> None:
    wrong, text = app.tool("solve", problem="What is 7*8?", answer="56")
    assert not wrong and json.loads(text)["verdict"] == "equal"
    wrong, text = app.tool("duel", problem="What is 7*8?", lanes=["scale"], budget="4")
    assert not wrong and json.loads(text)["balances"] is True
    for arguments, words in (
        ({}, "'problem' is a required property"),
        ({"problem": 5}, "5 is not of type 'string'"),
        ({"problem": "7*8", "foo": 1}, "`foo` is not a valid"),
        ({"problem": "7*8", "tau": 7}, "Please check the options: tau must be a number from 0"),
        ({"problem": "7" * 2001}, "Please check the options: a problem has at most 2,000"),
    ):
        wrong, text = app.tool("solve", **arguments)
        assert wrong and words in text and not text.startswith("'Please")


def test_a_run_ends_where_it_has_processed_what_it_may(app: App) -> None:
    data = [LONG, "", ["uniform"], "32/step", None, 0]
    status, answer = app.post("gradio_api/run/duel", {"data": data}, **where("9.1.0.4"))
    assert status == 200
    assert answer["data"][0]["status"] == "stopped"
    assert "at most 1,500 tokens" in answer["data"][0]["message"]


def test_past_the_queue_no_more_run_at_once_and_no_more_wait(app: App) -> None:
    """Of one address one runs, one waits, the others are refused; another address is next."""
    answers: list[tuple[int, Any]] = []
    data = {"data": [LONG, "", ["uniform"], "16/step", None, 0]}

    def ask(address: str) -> None:
        answers.append(app.post("gradio_api/run/duel", data, **where(address)))

    crowd = [threading.Thread(target=ask, args=("9.2.0.1",)) for _ in range(6)]
    for thread in crowd:
        thread.start()
    until = time.monotonic() + 60
    while len(answers) < 4 and time.monotonic() < until:
        assert app.player.admission.running <= 2
        time.sleep(0.02)
    refused = [answer["error"] for status, answer in answers if status == 500]
    assert len(refused) == 4 and all("may wait" in words or "wait" in words for words in refused)
    ask("9.2.0.2")
    assert answers[-1][0] == 200
    for thread in crowd:
        thread.join()
    assert [status for status, _ in answers].count(200) == 3


def test_bodies_are_bounded(app: App) -> None:
    with socket.create_connection(app.address.split("/")[2].split(":")) as s:
        s.sendall(
            b"POST /gradio_api/run/solve HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"
        )
        assert b" 413 " in s.recv(100)


def test_a_slow_body_is_given_up(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "SLOW", 0.3)
    with socket.create_connection(app.address.split("/")[2].split(":")) as s:
        s.sendall(b"POST /gradio_api/run/solve HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n{")
        assert b" 408 " in s.recv(100)


def test_a_body_without_end_or_depth_is_no_trouble(app: App) -> None:
    """Sent in pieces without a length it is cut at the same size."""
    with socket.create_connection(app.address.split("/")[2].split(":")) as s:
        s.sendall(
            b"POST /gradio_api/run/solve HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        with contextlib.suppress(OSError):  # it hangs up
            for _ in range(20):
                s.sendall(b"%x\r\n" % 60_000 + b"a" * 60_000 + b"\r\n")
        assert b" 413 " in s.recv(100)
    for deep in (b"[" * 200_000, b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
        status, answer = app.post("gradio_api/run/solve", deep, **where("9.5.0.2"))
        assert status >= 400 and "Traceback" not in str(answer)
    assert app.solve(**where("9.5.0.2"))[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "../../../../etc/passwd", "static/../../../../etc/passwd", "static/..%2f..%2fetc/passwd",
        "assets/..%2f..%2f..%2f..%2fetc/passwd", "gradio_api/scale/../../../app.py",
        "gradio_api/scale/..%2f..%2f..%2fapp.py", "theme.css/../../app.py", "%2e%2e/etc/passwd",
        "gradio_api/file%3d/etc/passwd", "gradio_api//file=/etc/passwd", "//etc/passwd",
        "gradio_api/./file=app.py", "gradio_api/component_server", "static//etc/passwd",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_app(app: App, path: str) -> None:
    """As it is, without what clients make of dots."""
    answer = raw(app, path)
    assert b"root:" not in answer and b"SCALE Explorer: `python app.py`" not in answer
    assert re.match(rb"HTTP/1.1 (3\d\d|4\d\d) ", answer)


def raw(app: App, path: str) -> bytes:
    host = app.address.split("/")[2]
    with socket.create_connection(host.split(":")) as s:
        s.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: s.recv(65536), b""))


def test_made_up_ids_lead_nowhere(app: App) -> None:
    """Of another's event, session, or run."""
    mine = app.post("gradio_api/call/solve", {"data": ["What is 7*8?", "", "scale", None, 0]},
                    **where("9.8.0.1"))[1]["event_id"]  # fmt: skip
    assert re.fullmatch(r"[0-9a-f]{32}", mine)
    for id in ("0" * 32, mine[:-1] + "g", "..%2f" + mine, mine + "0"):
        assert b'"56"' not in raw(app, f"gradio_api/call/solve/{id}")
    told = raw(app, "gradio_api/queue/data?session_hash=0000000000")
    assert b"session_not_found" in told and b"process_completed" not in told
    assert "56" in app.get(f"gradio_api/call/solve/{mine}", **where("9.8.0.1"))[1]


def test_an_address_is_believed_of_a_trusted_proxy_alone() -> None:
    """What a client wrote stands before what the proxy adds."""
    told = {b"x-forwarded-for": b"1.2.3.4, 9.9.9.9, 10.0.0.1"}
    assert forwarded(told) == "9.9.9.9"
    assert forwarded({b"x-forwarded-for": b"evil, <script>"}) == ""
    scope = {"type": "http", "headers": list(told.items()), "client": ("8.8.8.8", 1)}
    assert gate.Gate(None, trusted=False)._address(scope) == "8.8.8.8"  # type: ignore[arg-type]
    assert gate.Gate(None, trusted=True)._address(scope) == "9.9.9.9"  # type: ignore[arg-type]
    assert neighbourhood("2001:db8:1:2:3::4") == neighbourhood("2001:db8:1:2::9")


def test_uploads_are_small_few_never_served_and_do_not_stay(app: App) -> None:
    def upload(size: int) -> tuple[int, str]:
        head = b'Content-Disposition: form-data; name="files"; filename="a.jsonl"'
        body = b"--x\r\n" + head + b"\r\n\r\n" + b"a" * size + b"\r\n--x--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=x", **where("9.3.0.1")}
        return app.asked(urllib.request.Request(app.address + "gradio_api/upload", body, kind))

    status, names = upload(1000)
    (name,) = json.loads(names)
    assert status == 200 and Path(name).is_relative_to(app.uploads)
    assert app.get(f"gradio_api/file={name}")[0] == 404
    assert upload(60_000)[0] == 413
    upload(1000)
    status, told = upload(1000)
    assert status == 429 and "at most 3 times a minute" in told


def test_open_pages_are_bounded_by_address(app: App) -> None:
    """Whoever makes up sessions gets only so many, and others still get theirs."""

    def join(session: str, address: str) -> int:
        body = {"data": [None], "fn_index": 0, "session_hash": session}
        return app.post("gradio_api/queue/join", body, **where(address))[0]

    forged = [join(f"forged{i}", "9.4.0.1") for i in range(8)]
    assert forged[:5] == [200] * 5 and forged[5:] == [429] * 3
    assert [join(f"mine{i}", "9.4.0.2") for i in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("limit", "again", "why", "health"),
    [
        ("max_page_count={}", "max_page_count=1073741823", "database or disk is full", 200),
        ("query_only=1", "query_only=0", "attempt to write a readonly database", 503),
    ],
    ids=["full", "read-only"],
)
def test_a_disk_that_cannot_be_written_to_is_told_and_nothing_is_lost(
    app: App, caplog: pytest.LogCaptureFixture, limit: str, again: str, why: str, health: int
) -> None:
    """SQLite is told so: it meets the same errors. What was stored stays, runs go on, and once
    there is room they are stored again. A sign of life needs no more room."""
    store = app.player.store
    assert store is not None

    writes = store.writer.submit(lambda c: c.connection.dbapi_connection).result()

    def kept() -> dict[str, Any]:
        return {run.key: store.events(run.key) for run in store.find("", Query(limit=1000))}

    assert app.solve(**where("9.9.1.1"))[0] == 200
    before = kept()
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    writes.execute(f"PRAGMA {limit.format(pages)}")
    try:
        data = {"data": [LONG, "", ["uniform", "scale"], "8/step", None, 0]}
        status, answer = app.post("gradio_api/run/duel", data, **where("9.9.1.2"))
        assert status == 200 and answer["data"][0]["balances"]
        assert app.get("healthz")[0] == health
    finally:
        writes.execute(f"PRAGMA {again}")
    assert why in caplog.text
    after = kept()
    assert {key: after[key] for key in before} == before
    assert app.get("healthz")[0] == 200
    assert app.solve(**where("9.9.1.3"))[0] == 200
    assert store.count("") == len(after) + 1


def test_nothing_tells_how_the_program_is_made(app: App) -> None:
    for body in ({"data": []}, {"data": "x"}, {"fn_index": 99999}, [], {"data": [{}] * 5}):
        _, answer = app.post("gradio_api/run/solve", body, **where("9.5.0.1"))
        assert "Traceback" not in str(answer) and "scale_core" not in str(answer)

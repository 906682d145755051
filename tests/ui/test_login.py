"""Logins: without one nothing of a closed app can be reached, and with one the runs are its own.
Gradio's own with a file of names, and Hugging Face's against a small OpenID provider of our own."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gradio_client import Client

from scale_core.cli import logins
from scale_core.ui import login
from scale_core.ui.bounds import PUBLIC, Each
from scale_core.ui.visitors import LOGIN, login_name, login_of
from tests.ui.public_app import App, public_app, where
from tests.ui.test_public import HAS_MCP


def owner(name: str) -> str:
    """Under which name the runs of a login are."""
    return login_of(SimpleNamespace(scope={LOGIN: name}))


# ---- a file of names ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def closed(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("closed")
    (folder / "names").write_text("ann:a secret\nbob:another:one\n")
    may = logins.read(str(folder / "names"))
    bounds = replace(PUBLIC, logins=Each(None, 4, 100))
    with public_app(model_dir, folder, bounds, may, mcp=HAS_MCP) as app:
        yield app


def enter(app: App, name: str, password: str, address: str = "9.6.0.1") -> int:
    """Log in as the page's form does; the cookie is kept."""
    form = urllib.parse.urlencode({"username": name, "password": password}).encode()
    request = urllib.request.Request(f"{app.address}login", form, where(address))
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            for told in answer.headers.get_all("Set-Cookie"):
                key, _, value = told.partition(";")[0].partition("=")
                app.cookies[key] = value
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    "path",
    [
        "config", "gradio_api/info", "gradio_api/openapi.json", "gradio_api/mcp/",
        "gradio_api/mcp/schema", "gradio_api/heartbeat/abc", "gradio_api/queue/data?session_hash=a",
        "gradio_api/upload_progress?upload_id=a", "gradio_api/call/solve/abc",
    ],
)  # fmt: skip
def test_without_a_login_nothing_is_told(closed: App, path: str) -> None:
    closed.cookies.clear()
    assert closed.get(path)[0] == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("run/solve", {"data": ["What is 7*8?", "", "scale", None, 0]}),
        ("api/solve", {"data": ["What is 7*8?", "", "scale", None, 0]}),
        ("call/solve", {"data": ["What is 7*8?", "", "scale", None, 0]}),
        ("call/v2/solve", {"problem": "What is 7*8?"}),
        ("queue/join", {"data": [None], "fn_index": 0, "session_hash": "abcdef"}),
        ("mcp/", {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}),
        ("upload", {}), ("cancel", {"session_hash": "a", "fn_index": 0, "event_id": "b"}),
        ("reset", {"event_id": "b"}),
    ],
)  # fmt: skip
def test_without_a_login_nothing_is_run(closed: App, path: str, body: Any) -> None:
    closed.cookies.clear()
    for cookies in ({}, {"access-token-unsecure-x": "1", "session": "e30="}):
        closed.cookies.update(cookies)
        assert closed.post(f"gradio_api/{path}", body)[0] == 401
    assert closed.player.engine.counters.total == 0


def test_the_page_without_a_login_is_the_form_alone(closed: App) -> None:
    closed.cookies.clear()
    status, page = closed.get("")
    assert status == 200 and "sx-problem" not in page and "What is kept" not in page


def test_whoever_logs_in_has_runs_of_their_own(closed: App) -> None:
    """Over POST and MCP with the cookie, and through Gradio's client with name and password."""
    store = closed.player.store
    assert store is not None
    closed.cookies.clear()
    assert enter(closed, "ann", "a secret") == 200
    assert "sx-problem" in closed.get("")[1]
    assert closed.solve()[0] == 200
    assert store.count(owner("ann")) == 1
    if HAS_MCP:
        wrong, text = closed.tool("solve", problem="What is 6*7?")
        assert not wrong and json.loads(text)["answer"] == "42"
        assert store.count(owner("ann")) == 2
    closed.cookies.clear()
    client = Client(closed.address, auth=("bob", "another:one"), verbose=False)
    assert client.predict(problem="What is 7*8?", api_name="/solve")["answer"] == "56"
    assert store.count(owner("bob")) == 1 and store.count("") == 0


def test_guessing_passwords_is_slow(closed: App) -> None:
    closed.cookies.clear()
    tries = [enter(closed, "ann", f"guess {i}", "9.6.0.9") for i in range(6)]
    assert tries == [400] * 4 + [429] * 2
    assert enter(closed, "ann", "a secret", "9.6.0.8") == 200, "of another address"
    closed.cookies.clear()


# ---- Hugging Face ------------------------------------------------------------------------------


class Provider(BaseHTTPRequestHandler):
    """Enough of an OpenID provider: it gives whoever comes a token that says they are Ann."""

    nonce = ""

    def do_GET(self) -> None:
        from joserfc.jwk import RSAKey

        at = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
        if self.path == "/jwks":
            key: RSAKey = self.server.key  # type: ignore[attr-defined]
            self.answer({"keys": [key.as_dict(private=False)]})
            return
        self.answer({
            "issuer": at, "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token", "jwks_uri": f"{at}/jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
        })  # fmt: skip

    def do_POST(self) -> None:
        from joserfc import jwt

        key, at = self.server.key, f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
        claims = {
            "iss": at, "aud": "our-id", "sub": "4711", "preferred_username": "ann",
            "name": "Ann", "profile": "", "picture": "", "nonce": Provider.nonce,
            "iat": int(time.time()), "exp": int(time.time()) + 600,
        }  # fmt: skip
        header = {"alg": "RS256", "kid": key.as_dict()["kid"]}
        token = jwt.encode(header, claims, key)
        self.answer({"access_token": "a", "token_type": "bearer", "expires_in": 600,
                     "id_token": token})  # fmt: skip

    def answer(self, told: Any) -> None:
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def space(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with what a Space's environment has, but for the provider's address."""
    pytest.importorskip("authlib")
    from gradio import oauth
    from joserfc.jwk import RSAKey

    provider = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    provider.key = RSAKey.generate_key(auto_kid=True)  # type: ignore[attr-defined]
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    told = dict(
        zip(
            login.NEEDED,
            ("our-id", "our-secret", "openid profile", f"http://127.0.0.1:{provider.server_port}"),
            strict=True,
        )
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
            patch.setattr(oauth, name, value)  # Gradio reads them when it is imported
        patch.setenv("SYSTEM", "spaces")
        patch.setenv("SPACE_ID", "owner/name")
        # without what lets people edit a Space while it runs
        patch.setattr("gradio.http_server.get_space", lambda: None)
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider has no certificate
        with public_app(model_dir, tmp_path_factory.mktemp("space")) as app:
            yield app
    provider.shutdown()
    provider.server_close()


def sign_in(app: App) -> None:
    """What a browser does: to the provider with a state, and back with a code."""
    app.cookies.clear()
    status, there = app.get("login/huggingface?_target_url=/")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(there).query))
    assert status == 302 and "/authorize?" in there and asked["client_id"] == "our-id"
    Provider.nonce = asked["nonce"]
    back = urllib.parse.urlsplit(asked["redirect_uri"])
    code = urllib.parse.urlencode({"code": "c", "state": asked["state"]})
    status, target = app.get(f"{back.path[1:]}?{back.query}&{code}")
    assert (status, target) == (307, "/")


def test_whoever_signs_in_with_hugging_face_has_runs_of_their_own(space: App) -> None:
    store = space.player.store
    assert store is not None
    space.cookies.clear()
    assert space.solve(**where("9.7.0.1"))[0] == 200
    assert store.count("") == 1, "nobody has to sign in"
    sign_in(space)
    assert space.solve(**where("9.7.0.1"))[0] == 200
    mine = owner("huggingface 4711")
    assert (store.count(""), store.count(mine)) == (1, 1)
    session = space.cookies["session"]
    space.cookies["session"] = session[:9] + ("A" if session[9] != "A" else "B") + session[10:]
    assert space.solve(**where("9.7.0.2"))[0] == 200
    space.cookies["session"] = session
    space.get("logout")
    assert space.solve(**where("9.7.0.2"))[0] == 200
    assert (store.count(""), store.count(mine)) == (3, 1), "forged, and signed out"


def test_the_button_is_there_and_no_function_for_programs(space: App) -> None:
    space.cookies.clear()
    assert '"elem_id":"sx-login"' in space.get("config")[1].replace(" ", "")
    assert sorted(json.loads(space.get("gradio_api/info")[1])["named_endpoints"]) == [
        "/duel", "/solve",
    ]  # fmt: skip


def test_a_login_ends_when_its_time_is_over() -> None:
    info = {"userinfo": {"sub": "4711"}, "expires_at": time.time() + 60}
    assert login_name({"session": {"oauth_info": info}}) == "huggingface 4711"
    assert login_name({"session": {"oauth_info": info | {"expires_at": time.time() - 1}}}) == ""


def test_elsewhere_nobody_is_asked_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYSTEM", raising=False)
    for name in login.NEEDED:
        monkeypatch.setenv(name, "x")
    assert not login.offered(), "this is no Space"
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "owner/name")
    monkeypatch.delenv("OAUTH_CLIENT_SECRET")
    assert not login.offered(), "its README does not ask for logins"

"""The real page with the embedded model on a socket, as `app.py --public` serves it, for tests that
ask it over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.store.store import Store
from scale_core.ui.admission import Admission
from scale_core.ui.bounds import PUBLIC, Bounds
from scale_core.ui.operations import Operations
from scale_core.ui.page import page_of
from scale_core.ui.player import Player
from scale_core.ui.serving import drain, settings


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirections are answers like others."""

    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_Stay)


@dataclass
class App:
    """cookies: those that the next request has."""

    address: str
    player: Player
    operations: Operations
    uploads: Path
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        return self.asked(urllib.request.Request(self.address + path, headers=headers))

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = {"Content-Type": "application/json", **headers}
        status, text = self.asked(urllib.request.Request(self.address + path, data, kind))
        return status, json.loads(text)

    def solve(self, *values: Any, **headers: str) -> tuple[int, Any]:
        data = [*values, *("What is 7*8?", "", "scale", None, 0)[len(values) :]]
        return self.post("gradio_api/run/solve", {"data": data}, **headers)

    def tool(self, name: str, **arguments: Any) -> tuple[bool, str]:
        """A call over MCP: whether it went wrong, and its text."""
        call = {"name": name, "arguments": arguments}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        kinds = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        request = urllib.request.Request(
            f"{self.address}gradio_api/mcp/", json.dumps(body).encode(), kinds
        )
        status, text = self.asked(request)
        assert status == 200, text
        result = json.loads(text.partition("data: ")[2])["result"]
        return result["isError"], result["content"][0]["text"]

    def asked(self, request: urllib.request.Request) -> tuple[int, str]:
        if self.cookies:
            told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            request.add_header("Cookie", told)
        try:
            with OPENER.open(request, timeout=120) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            for told in error.headers.get_all("Set-Cookie") or []:
                name, _, value = told.partition(";")[0].partition("=")
                self.cookies[name] = value
            return error.code, error.headers.get("Location") or error.read().decode()


def where(address: str) -> dict[str, str]:
    """The header with which a proxy says where a request comes from."""
    return {"X-Forwarded-For": address}


@contextlib.contextmanager
def public_app(
    model_dir: Path,
    folder: Path,
    bounds: Bounds = PUBLIC,
    login: Callable[[str, str], bool] | None = None,
    mcp: bool = False,
) -> Iterator[App]:
    """folder: for what is uploaded and stored. login: Gradio's `auth`."""
    uploads = folder / "uploads"
    uploads.mkdir()
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    engine, store = OnnxEngine(model_dir), Store.at(str(folder / "data"))
    admission = Admission(bounds)
    operations = Operations(engine, store, admission)
    player = Player(
        engine, caps=bounds.caps, store=store, admission=admission, operations=operations
    )
    blocks = page_of(player, public=True)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    blocks.launch(
        server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True, auth=login,
        mcp_server=mcp, **settings(player, operations, True, uploads),
    )  # fmt: skip
    try:
        yield App(f"http://127.0.0.1:{port}/", player, operations, uploads)
    finally:
        drain(player)
        blocks.close(verbose=False)
        asyncio.run(engine.close())
        store.close()
        os.environ.pop("GRADIO_TEMP_DIR", None)

"""The gate: what of the server's addresses is public, and how much may come through them.

Knows which of Gradio's routes this app has no use for, how large and how slow a request may be, how
many requests, imports, logins and open pages a visitor's address may have, whose word about
addresses is believed, what is closed to whoever has to log in first, and which sessions nobody has
any more. Stands before every route, whatever it is called by, and answers where one fails. Does not
know runs (admission.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, time
from typing import Any

from scale_core.ui.admission import Caller, Rates, Refusal
from scale_core.ui.bounds import HOME, Bounds
from scale_core.ui.callers import forwarded, neighbourhood
from scale_core.ui.visitors import LOGIN, asks_login, login_name
from scale_core.ui.work import WRONG

LOG = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CLOSED = (
    "/monitoring", "/gradio_api/monitoring", "/gradio_api/file", "/file", "/gradio_api/proxy=",
    "/gradio_api/stream", "/gradio_api/process_recording", "/gradio_api/deep_link",
    "/gradio_api/component_server", "/gradio_api/vibe", "/gradio_api/undo-vibe", "/gradio_api/dev",
    "/gradio_api/run-history", "/gradio_api/runs", "/gradio_api/profiling",
    "/gradio_api/custom_component", "/gradio_api/queue/status",
)  # fmt: skip
"""Beginnings of routes that the app does not use: among them the one that serves uploads back, and
those that tell what others do."""
WITHOUT_LOGIN = tuple(
    f"/gradio_api/{name}"
    for name in ("user", "login_check", "app_id", "startup-events", "token", "scale/")
)
"""Beginnings of what a page asks for to show the form in which one logs in. Gradio itself leaves
MCP, heartbeats and the ends of events open."""
UPLOAD = "/gradio_api/upload"
ENVELOPE = 20_000  # bytes around a file that is uploaded
SLOW = 30.0  # seconds that a body may take
SLOW_UPLOAD = 300.0
IDLE = 240.0  # seconds after which a session whose page is gone is forgotten
SWEEP = 15.0  # seconds between two looks for such sessions
_SESSION = re.compile(r'"session_hash"\s*:\s*"([^"\\]{1,200})"')
_NAMED = re.compile(r"/gradio_api/(?:run|api|call|call/v2)/(\w{1,50})/?")
_HEARTBEAT = re.compile(r"/gradio_api/heartbeat/([^/?]{1,200})")


class _Answer(Exception):
    """What is answered instead of what was asked for."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


@dataclass
class Gate:
    """An ASGI middleware. trusted: a proxy stands before the app, and tells who asks. uploads: the
    folder of files that are imported, where nobody else has any."""

    app: App
    bounds: Bounds = HOME
    trusted: bool = False
    uploads: Path | None = None
    clock: Callable[[], float] = monotonic
    here: Counter[str] = field(default_factory=Counter)  # sessions whose page is open
    _addresses: dict[str, str] = field(default_factory=dict)  # of those: where from
    _swept: float = 0.0

    def __post_init__(self) -> None:
        self._requests = Rates(self.bounds.requests, "ask", self.clock)
        self._imports = Rates(self.bounds.imports, "import files", self.clock)
        self._logins = Rates(self.bounds.logins, "try to log in", self.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = str(scope["path"]).removeprefix(scope.get("root_path") or "")
        address = self._address(scope)
        scope[LOGIN], began = login_name(scope), False

        async def sent(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            self._may_come(scope, path, address)
            if scope["method"] == "POST":
                receive = await self._body(scope, path, address, receive)
            beat = _HEARTBEAT.match(path)
            if beat is None:
                await self.app(scope, receive, sent)
            else:
                await self._page(beat[1], address, scope, receive, sent)
        except _Answer as answer:
            await _answered(send, answer)
        except Exception as error:
            if began:
                raise
            LOG.exception("a request failed")
            await _answered(send, _failed(path, error))

    # ---- who and what ------------------------------------------------------------------------

    def _address(self, scope: Scope) -> str:
        """Where it comes from; from here on the scope says so too."""
        client = scope.get("client")
        address = str(client[0]) if client else ""
        if self.trusted:
            address = forwarded(dict(scope["headers"])) or address
            scope["client"] = (address, 0)
        return neighbourhood(address)

    def _may_come(self, scope: Scope, path: str, address: str) -> None:
        if path.startswith(CLOSED):
            raise _Answer(404, "There is nothing here.")
        inner = path.startswith("/gradio_api") and not path.startswith(WITHOUT_LOGIN)
        if inner and asks_login(scope) and not scope[LOGIN]:
            raise _Answer(401, "Please log in first.")
        if path.rstrip("/") == "/login" and scope["method"] == "POST":
            self._counted(self._logins, address)
        if path.startswith("/gradio_api"):
            self._counted(self._requests, address)
        if path.startswith(UPLOAD) and not path.startswith(f"{UPLOAD}_progress"):
            self._counted(self._imports, address)

    def _counted(self, rates: Rates, address: str) -> None:
        try:
            rates.count(Caller("", address))
        except Refusal as refusal:
            raise _Answer(429, f"Too much at once: {refusal}.") from None

    # ---- bodies ------------------------------------------------------------------------------

    async def _body(self, scope: Scope, path: str, address: str, receive: Receive) -> Receive:
        """What gives the request's body to the app: all of it at once, or of a file as it comes."""
        if path.startswith(UPLOAD):
            return _bounded(receive, scope, self.bounds.upload + ENVELOPE, SLOW_UPLOAD)
        read = _bounded(receive, scope, self.bounds.body, SLOW)
        parts, more = [], True
        while more:
            message = await read()
            if message["type"] != "http.request":
                raise _Answer(400, "The request broke off.")
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        text = body.decode("utf-8", "replace")
        named, said = _NAMED.fullmatch(path), _SESSION.search(text)
        if named and '"fn_index"' not in text:
            _there_is(scope, named[1])
        self._known(scope, said[1] if said else "", address)
        given = False

        async def whole() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        return whole

    # ---- sessions ----------------------------------------------------------------------------

    def _known(self, scope: Scope, session: str, address: str) -> None:
        """A session is asked for; Gradio makes each that is not there. A new one is an open page,
        of which there are only so many. None is asked for by programs, which get one for a call."""
        holder = getattr(scope.get("app"), "state_holder", None)
        if holder is None:
            return
        self._sweep(holder)
        if not session or session in holder:
            return
        bounds = self.bounds.sessions
        mine = sum(self._addresses.get(id) == address for id in list(holder.session_data))
        if mine >= bounds.address or len(holder.session_data) >= bounds.total:
            self._sweep(holder, at_once=True)
            mine = sum(self._addresses.get(id) == address for id in list(holder.session_data))
        if mine >= bounds.address:
            raise _Answer(429, "Too many pages are open at your address. Please close some.")
        if len(holder.session_data) >= bounds.total:
            raise _Answer(503, "Too many pages are open. Please try again in a minute.")
        self._addresses[session] = address

    def _sweep(self, holder: Any, at_once: bool = False) -> None:
        """Forget the sessions whose page is gone: after a while, since a page that slept comes back
        with the one that it had; at once, where there is no room."""
        if not at_once and self.clock() - self._swept < SWEEP:
            return
        self._swept = self.clock()
        for id in list(holder.session_data):
            used = holder.time_last_used.get(id)
            age = IDLE if used is None else time() - used.timestamp()
            if not self.here[id] and age >= (SWEEP if at_once else IDLE):
                holder.session_data.pop(id, None)
                holder.time_last_used.pop(id, None)
        self._tidy()
        self._addresses = {
            id: place for id, place in self._addresses.items() if id in holder.session_data
        }

    def _tidy(self) -> None:
        """Remove what was uploaded and not imported, or only in part."""
        for file in list(self.uploads.rglob("*")) if self.uploads else ():
            with contextlib.suppress(OSError):
                if file.is_file() and time() - file.stat().st_mtime >= IDLE:
                    file.unlink()

    async def _page(
        self, session: str, address: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """The connection that a page keeps open for as long as it is there."""
        self._known(scope, session, address)
        self.here[session] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.here[session] -= 1
            if not self.here[session]:
                del self.here[session]


def _there_is(scope: Scope, name: str) -> None:
    """Raises an answer where the page has no function of this name for programs."""
    functions = scope["app"].get_blocks().fns.values()
    if name not in {function.api_name for function in functions}:
        names = {f.api_name for f in functions if f.api_visibility == "public" and f.api_name}
        raise _Answer(404, f"There is no {name} here; there are {' and '.join(sorted(names))}.")


def _failed(path: str, error: Exception) -> _Answer:
    """What is answered where a route failed. Gradio's newest way to call a function by names tells
    of names that are missing or that there are not, and answers nothing."""
    if isinstance(error, TypeError) and path.startswith("/gradio_api/call/v2/"):
        return _Answer(422, f"Please check the values: {error}")
    return _Answer(500, WRONG)


def _bounded(receive: Receive, scope: Scope, most: int, patience: float) -> Receive:
    """The same messages, until they are too many or too slow."""
    too_large = _Answer(413, f"This is larger than {most:,} bytes.")
    said = dict(scope["headers"]).get(b"content-length", b"")
    if said.isdigit() and int(said[:20]) > most:
        raise too_large
    until, got, done = monotonic() + patience, 0, False

    async def read() -> Message:
        nonlocal got, done
        if done:
            return await receive()  # the client leaves
        try:
            message = await asyncio.wait_for(receive(), max(0.0, until - monotonic()))
        except TimeoutError:
            raise _Answer(408, "The request took too long.") from None
        got += len(message.get("body", b""))
        done = not message.get("more_body", False)
        if got > most:
            raise too_large
        return message

    return read


async def _answered(send: Send, answer: _Answer) -> None:
    body = json.dumps({"detail": answer.text, "error": answer.text}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""Connections to model servers: one attempt at a time, kept alive between them.

Knows aiohttp, event loops and how a connection fails. Does not know what is asked, when to try
again, or which server to take. aiohttp's own errors never leave this module, not even as a cause:
they carry the request's headers, and the key is in them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp
from yarl import URL

from scale_core.engines.base import Cancel
from scale_core.engines.cancel import StopSignal
from scale_core.engines.openai.errors import (
    RequestError,
    Silent,
    TimedOut,
    TimeoutScope,
    from_status,
)
from scale_core.engines.openai.stream import Events, Stream
from scale_core.engines.openai.wire import Key
from scale_core.trace.usage import Usage

# Servers on uvicorn close idle connections after 5 s; one that is about to be closed is not used.
_KEEP = 4.0
_LARGEST = 256 * 2**20  # bytes of one reply, or of a whole stream
_ERROR = 2**16
_STALE = 3  # connections that the server has closed in turn, before one is opened for sure
_DRAIN = 1.0  # seconds between the end of the events and the end of the stream
_READABLE = {"application/json", "text/json", "text/plain", "application/octet-stream"}
_JSON = {
    "Content-Type": "application/json",
    "User-Agent": "scale-explorer",
    "Accept-Encoding": "identity",  # a few bytes that unpack to gigabytes are not worth their risk
}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds before something is given up.

    connect: no connection. reply: no complete reply where nothing is streamed, and nothing new
    where it is (the request may wait its turn at a busy server). alive: after so long without
    anything new the server is asked whether it is alive, and has as long to answer; one that is
    not is given up at once. stream: a whole stream.
    """

    connect: float = 10.0
    reply: float = 900.0
    alive: float = 30.0
    stream: float = 3600.0


class Session:
    """The connections of one event loop. waits: called whenever a server that is asked for long
    turned out to be alive."""

    def __init__(
        self, key: Key, timeouts: Timeouts, waits: Callable[[URL], None] = lambda url: None
    ) -> None:
        loop = asyncio.get_running_loop()
        self.loop = loop
        self.closing = StopSignal()
        self.closed = False
        self.waits = waits
        self.probing = asyncio.Lock()
        self._key = key
        self._timeouts = timeouts
        self.beats: set[Heartbeat] = set()
        self._session = aiohttp.ClientSession(
            trace_configs=[_reuse_noted()],
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP),
            headers=_JSON | key.headers(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeouts.connect),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            read_bufsize=2**18,
        )
        self._keeper: AsyncGenerator[None] = self._keep()

    async def open(self) -> None:
        """Tie the connections to the loop's life: when the loop ends it closes its asynchronous
        generators, and this one closes the connections. Nobody has to remember it."""
        await anext(self._keeper)

    async def close(self) -> None:
        """Close all connections; what waits for a reply ends as if its time were up."""
        self.closed = True
        self.closing.set()
        await self._keeper.aclose()

    async def _keep(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            self.closed = True
            await self._session.close()

    def limit(self, cancel: Cancel | None, seconds: float) -> TimeoutScope:
        """What waits inside ends on Stop, after so many seconds or when the session closes."""
        return TimeoutScope(cancel, seconds, self.closing)

    @property
    def waited(self) -> float:
        """Seconds that the server has been silent on the request that waits longest."""
        now = self.loop.time()
        return max((now - beat.heard for beat in self.beats), default=0.0)

    async def is_alive(self, url: URL) -> bool:
        """Whether the server of a request's URL answers anything at all."""
        try:
            async with asyncio.timeout(self._timeouts.alive):
                for asked in (_base(url) / "models", url.with_path("/health")):
                    with contextlib.suppress(aiohttp.ClientError, OSError, ValueError):
                        async with self._session.get(asked, allow_redirects=False):
                            return True
        except TimeoutError:
            pass
        return False

    def _check_open(self) -> None:
        if self.closed:
            raise RequestError("the engine is closed", again=False, usage=Usage())

    async def exchange(self, url: URL, body: bytes | None, cancel: Cancel | None) -> bytes:
        """The complete reply to a JSON body, or to a GET where there is none. Raises RequestError,
        Cancelled."""
        self._check_open()
        method = "GET" if body is None else "POST"
        seconds = self._timeouts.reply
        fault: RequestError
        try:
            with self.limit(cancel, seconds) as scope, self._heartbeat(url, scope):
                response = await self._fresh(method, url, body)
                if response.status == 200 and _is_usual(response.headers):
                    return await response.read()  # which lets go of the connection, come what may
                async with response:
                    reply = await _read(response)
                if response.status < 300:
                    return reply
                fault = from_status(response.status, response.headers, reply, self._key)
        except TimedOut:
            fault = RequestError(f"no reply within {seconds:g} s", down=True)
        except Silent:
            fault = self._silent()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            fault = _connection_fault(error)
        raise RequestError("the engine is closed", again=False) if self.closed else fault

    async def stream(self, url: URL, body: bytes, into: Stream, cancel: Cancel | None) -> None:
        """Feed a streamed reply's events into `into` until it ends. Raises RequestError,
        Cancelled."""
        self._check_open()
        fault: RequestError
        seconds = self._timeouts.reply
        try:
            with self.limit(cancel, seconds) as scope, self._heartbeat(url, scope) as beat:
                async with await self._fresh("POST", url, body) as response:
                    if response.status < 300:
                        await self._events(response, into, scope, beat)
                        return
                    reply = await _read(response)
                    fault = from_status(response.status, response.headers, reply, self._key)
        except TimedOut:
            if into.done or into.complete:
                return
            fault = RequestError(f"nothing new in the stream for {seconds:g} s", down=True)
        except Silent:
            fault = self._silent()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if into.done:
                return
            fault = _connection_fault(error)
        raise RequestError("the engine is closed", again=False) if self.closed else fault

    async def _fresh(self, method: str, url: URL, body: bytes | None) -> aiohttp.ClientResponse:
        """The response. A connection that was kept open and that the server has closed meanwhile
        is opened anew: the request never reached it."""
        for _ in range(_STALE):
            sent = _Sent()
            try:
                return await self._session.request(
                    method, url, data=body, allow_redirects=False, trace_request_ctx=sent
                )
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if not sent.reused or isinstance(error, aiohttp.ClientConnectorError):
                    raise
        return await self._session.request(method, url, data=body, allow_redirects=False)

    def _heartbeat(self, url: URL, scope: TimeoutScope) -> Heartbeat:
        return Heartbeat(self, url, scope, self._timeouts.alive)

    def _silent(self) -> RequestError:
        return RequestError(
            f"the server is silent, also when asked whether it is alive, for "
            f"{2 * self._timeouts.alive:g} s",
            down=True,
        )

    async def _events(
        self,
        response: aiohttp.ClientResponse,
        into: Stream,
        scope: TimeoutScope,
        beat: Heartbeat,
    ) -> None:
        _check_plain(response)
        if response.content_type in _READABLE:  # a server that does not stream
            into.take(await _read(response))
            into.take(b"[DONE]")
            return
        if response.content_type != "text/event-stream":
            raise RequestError(
                f"the server sent {response.content_type} instead of a stream of events"
            )
        events, size = Events(), 0
        ends = self.loop.time() + self._timeouts.stream
        async for chunk in response.content.iter_any():
            for data in events.feed(chunk):
                into.take(data)
                # comments that only keep the line open do not come here, and so do not count
                scope.extend(_DRAIN if into.done else self._timeouts.reply)
                beat.hear()
                if into.circling:
                    response.close()  # which tells the server that nobody listens any more
                    return
            size += len(chunk)
            if size > _LARGEST:
                raise RequestError("the stream is larger than any reply should be")
            if self.loop.time() > ends:
                raise RequestError(f"the stream did not end within {self._timeouts.stream:g} s")
        last = events.last()
        if last is not None and not into.done:
            into.take(last)


class Heartbeat:
    """`with` it around what waits for a server: one that is silent for `every` seconds is asked
    whether it is alive, and again and again; if it is not, the wait ends with Silent. heard: when
    something new came last."""

    def __init__(self, session: Session, url: URL, scope: TimeoutScope, every: float) -> None:
        self._session, self._url, self._scope, self._every = session, url, scope, every
        self._timer: asyncio.TimerHandle | None = None
        self._asking: asyncio.Task[None] | None = None
        self.heard = 0.0

    def hear(self) -> None:
        self.heard = self._session.loop.time()

    def __enter__(self) -> Heartbeat:
        self.hear()
        self._session.beats.add(self)
        self._timer = self._session.loop.call_later(self._every, self._look)
        return self

    def __exit__(self, *error: object) -> None:
        self._session.beats.discard(self)
        for pending in (self._timer, self._asking):
            if pending is not None:
                pending.cancel()

    def _look(self) -> None:
        left = self.heard + self._every - self._session.loop.time()
        if left > 0.001:
            self._timer = self._session.loop.call_later(left, self._look)
        else:
            self._asking = self._session.loop.create_task(self._ask())

    async def _ask(self) -> None:
        if await self._session.is_alive(self._url):
            self._session.waits(self._url)
            self._timer = self._session.loop.call_later(self._every, self._look)
        else:
            self._scope.end(Silent)


@dataclass(slots=True)
class _Sent:
    """Whether a request went over a connection that was open already."""

    reused: bool = False


def _reuse_noted() -> aiohttp.TraceConfig:
    """Tells a request's `_Sent` of the connection."""

    async def note(_: object, context: SimpleNamespace, __: object) -> None:
        if isinstance(sent := context.trace_request_ctx, _Sent):
            sent.reused = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(note)
    return trace


def _base(url: URL) -> URL:
    """The base URL of a request's: without the path that is below it."""
    for below in ("/chat/completions", "/completions", "/embeddings", "/models"):
        if url.path.endswith(below):
            return url.with_path(url.path.removesuffix(below))
    return url.with_path("/v1")


def _is_usual(headers: Mapping[str, str]) -> bool:
    """JSON of a stated and bearable size: the case that has to be fast."""
    if headers.get("Content-Type") != "application/json" or "Content-Encoding" in headers:
        return False
    return len(headers.get("Content-Length", "too long")) < 8


def _check_plain(response: aiohttp.ClientResponse) -> None:
    """Raises RequestError for a packed body: none was asked for, and what it unpacks to has no
    bound."""
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        raise RequestError("the server packed its reply, which it was asked not to do")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body; of an error as much as words need. Raises RequestError if it is of the wrong
    kind or larger than any reply."""
    good = response.status < 300
    if good:
        _check_plain(response)
    if good and response.content_type not in _READABLE:
        raise RequestError(f"the server sent {response.content_type} instead of JSON")
    largest = _LARGEST if good else _ERROR
    if (response.content_length or largest + 1) <= largest:
        return await response.read()
    parts, size = [], 0
    async for chunk in response.content.iter_any():
        parts.append(chunk)
        size += len(chunk)
        if size > largest and good:
            raise RequestError("the reply is larger than any reply should be")
        if size > largest:
            break
    return b"".join(parts)


def _connection_fault(error: Exception) -> RequestError:
    """The fault behind a client error, without its words: they can hold what was sent."""
    match error:
        case aiohttp.ClientSSLError():
            return RequestError("no trusted TLS connection", again=False, usage=Usage(), dead=True)
        case aiohttp.ClientConnectorDNSError():
            return RequestError("the server's name is not known", usage=Usage(), dead=True)
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return RequestError("the connection was refused", usage=Usage(), dead=True)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return RequestError("no connection to the server", usage=Usage(), dead=True)
        case aiohttp.ServerDisconnectedError():
            return RequestError("the server closed the connection without a reply", down=True)
        case aiohttp.ClientPayloadError():
            return RequestError("the reply broke off", down=True)
        case aiohttp.ClientResponseError():
            return RequestError("the server does not speak proper HTTP", down=True)
        case aiohttp.InvalidURL():
            return RequestError("the address is not valid", again=False, usage=Usage(), dead=True)
        case _:
            return RequestError("the connection broke off", down=True)

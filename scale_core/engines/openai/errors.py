"""What can end one attempt: an error, in words, and whether asking again may help; Stop; the end of
its time.

Knows HTTP statuses, error bodies of the usual servers and Retry-After; one task, the signals that
end its wait and a deadline. Does not know connections, retries' timing beyond the back-off rule, or
what was asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from time import time
from types import TracebackType

from scale_core.engines.base import Cancel
from scale_core.engines.openai.usage import UNKNOWN
from scale_core.engines.openai.wire import Key, clean, dumps, loads
from scale_core.trace.usage import Usage

_BUSY = {408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529}
# With these a server says that it did not run the request, so nothing was spent.
_NOT_RUN = {503, 521, 522, 523, 529}
_CONTEXT = re.compile(
    r"context[ _](?:length|window|size|limit)|exceeds? the (?:available )?context|"
    r"too many (?:input |prompt )?tokens|(?:prompt|input)[^.]{0,40} (?:is )?too long|"
    r"longer than (?:the )?(?:maximum )?model length|max_model_len|max_total_tokens",
    re.IGNORECASE,
)
_QUOTA = re.compile(r"insufficient_quota|billing|credit balance|exceeded your current quota", re.I)
_LONGEST = 8.0


class RequestError(Exception):
    """Why one attempt failed.

    reason: for people. again: asking again may help. wait: seconds that the server asked for.
    down: it counts against the server's health; dead: the server cannot be reached at all.
    usage: what the attempt reported before it broke. status: of HTTP, 0 if there was none.
    said: the server's own words, if any.
    """

    def __init__(
        self,
        reason: str,
        *,
        again: bool = True,
        wait: float | None = None,
        down: bool = False,
        dead: bool = False,
        usage: Usage = UNKNOWN,
        status: int = 0,
        said: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        self.wait = wait
        self.down = down or dead
        self.dead = dead
        self.usage = usage
        self.status = status
        self.said = said

    @property
    def loading(self) -> bool:
        """The server is up and still loads its model (llama.cpp says so): it will answer."""
        return self.status == 503 and "loading" in self.said.lower()

    @property
    def refused(self) -> bool:
        """The server understood and said no: to a field or a value that it does not take."""
        return 400 <= self.status < 500 and self.status not in {401, 402, 403, 408, 425, 429}


def from_status(status: int, headers: Mapping[str, str], body: bytes, key: Key) -> RequestError:
    """The fault that an HTTP status of 300 or more stands for."""
    said = clean(message_of(body), key)
    spent = Usage() if status < 500 or status in _NOT_RUN else UNKNOWN
    reason, again = _status_words(status, said)
    return RequestError(
        reason,
        again=again,
        wait=retry_after(headers) if again else None,
        down=status in (502, 503, 504) or status >= 520,
        usage=spent,
        status=status,
        said=said,
    )


def from_error(error: object, key: Key, usage: Usage = UNKNOWN) -> RequestError:
    """The fault that an error object inside a reply of status 200 stands for."""
    code = error.get("code") if isinstance(error, Mapping) else None
    said = clean(message_of(dumps({"error": error})), key)
    status = code if isinstance(code, int) and 300 <= code < 600 else 0
    reason, again = _status_words(status, said) if status else (f"the server failed: {said}", True)
    return RequestError(reason, again=again, usage=usage, status=status, said=said)


def _status_words(status: int, said: str) -> tuple[str, bool]:
    tail = f": {said}" if said else ""
    if status in (401, 403):
        return f"the server refused the key (status {status})", False
    if _CONTEXT.search(said) and status in (400, 413, 422, 500):
        return f"prompt and reply do not fit into the model's context{tail}", False
    if status == 429 and not _QUOTA.search(said):
        return f"the server has too many requests (429){tail}", True
    if status == 402 or status == 429:
        return f"the account has no credit left{tail}", False
    if status < 400:
        return f"the address redirects elsewhere (status {status}); give the final one", False
    if status == 404 and "model" in said.lower():
        return f"the server does not know the model{tail}", False
    if status == 404:
        return f"there is nothing at this address (404){tail}", False
    if status in _BUSY:
        return f"the server failed with status {status}{tail}", True
    if status < 500:
        return f"the server refused the request (status {status}){tail}", False
    return f"the server failed with status {status}{tail}", False


def message_of(body: bytes) -> str:
    """The words in an error body: OpenAI's, FastAPI's and plain forms. Markup says nothing."""
    text = body[:65536].decode("utf-8", "replace").strip()
    try:
        data = loads(text.encode())
    except ValueError:
        return "" if text.startswith("<") else text
    for name in ("error", "message", "detail", "msg"):
        while isinstance(data, dict) and data.get(name):
            data = data[name]
    if isinstance(data, list) and data:
        data = data[0].get("msg", data[0]) if isinstance(data[0], dict) else data[0]
    return data if isinstance(data, str) else dumps(data).decode()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from Retry-After (a number or a date) or retry-after-ms; None if absent or wrong."""
    for name, scale in (("retry-after-ms", 1e-3), ("Retry-After", 1.0)):
        text = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d{0,6})?", text):
            return float(text) * scale
        if text and scale == 1:
            try:
                return max(0.0, parsedate_to_datetime(text).timestamp() - time())
            except (ValueError, TypeError, OverflowError):
                return None
    return None


def back_off(attempt: int, first: float) -> float:
    """Seconds to wait after failed attempt 0, 1, ...: doubling, at most 8, less up to a quarter so
    that many clients do not come back at once."""
    longest: float = min(_LONGEST, first * 2.0 ** min(attempt, 32))
    return longest * (1 - 0.25 * random.random())


class Cancelled(Exception):
    """The caller pressed Stop."""


class TimedOut(Exception):
    """The deadline passed."""


class Silent(Exception):
    """The server no longer says anything."""


class TimeoutScope:
    """`with` it around what waits: raises Cancelled at once on Stop, TimedOut after `seconds`
    (`extend` puts that off) or when `closing` is set. A cancelled task is left to be cancelled.

    It ends its task's wait the way asyncio.timeout does: by cancelling the task and taking the
    cancellation back, so that somebody else's cancellation still counts.
    """

    __slots__ = ("_before", "_cancel", "_closing", "_deadline", "_ended", "_leave", "_loop",
                 "_task", "_timer")  # fmt: skip

    def __init__(self, cancel: Cancel | None, seconds: float, closing: Cancel) -> None:
        self._loop = asyncio.get_running_loop()
        self._cancel, self._closing = cancel, closing
        self._deadline = self._loop.time() + seconds
        self._ended: type[Exception] | None = None
        self._leave: list[Callable[[], object]] = []
        self._timer: asyncio.TimerHandle | None = None

    def extend(self, seconds: float) -> None:
        """The deadline is `seconds` from now."""
        earlier, self._deadline = self._deadline, self._loop.time() + seconds
        if self._deadline < earlier:
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._deadline != float("inf"):
            self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        if self._loop.time() >= self._deadline:
            self.end(TimedOut)
        else:  # it was put off since the timer was set
            self._set_timer()

    def end(self, reason: type[Exception]) -> None:
        if self._ended is None and self._leave:
            self._ended = reason
            self._task.cancel()

    def _ender(self, reason: type[Exception]) -> Callable[[], None]:
        def end() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is gone: nothing waits
                self._loop.call_soon_threadsafe(self.end, reason)

        return end

    def __enter__(self) -> TimeoutScope:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a timeout scope needs a task")
        self._task, self._before = task, task.cancelling()
        self._leave = [self._closing.subscribe(self._ender(TimedOut))]
        if self._cancel is not None:
            self._leave.append(self._cancel.subscribe(self._ender(Cancelled)))
        self._set_timer()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        leave, self._leave = self._leave, []
        for unsubscribe in leave:
            unsubscribe()
        if self._timer is not None:
            self._timer.cancel()
        if self._ended is None:
            return
        ours = self._task.uncancel() <= self._before
        if ours and kind is asyncio.CancelledError:
            raise self._ended from None

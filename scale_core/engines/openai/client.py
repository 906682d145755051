"""What all requests of one engine share: connections by event loop, retries and the accounts.

Knows how to run an attempt, or many, to the end. Does not know what is asked.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from scale_core.engines.base import Cancel, EngineError
from scale_core.engines.openai.address import Key
from scale_core.engines.openai.load_balancer import Balance
from scale_core.engines.openai.retry import Accounts, Outcome, Persistence
from scale_core.engines.openai.sample_request import Fetch
from scale_core.engines.openai.session import Link, Patience
from scale_core.trace.usage import Usage

T = TypeVar("T")


class Client:
    """Runs attempts on any event loop; each loop has connections of its own."""

    def __init__(self, key: Key, patience: Patience, persistence: Persistence) -> None:
        self.key = key
        self.accounts = Accounts()
        self._patience = patience
        self.persistence = persistence
        self._links: dict[asyncio.AbstractEventLoop, Link] = {}
        self._lock = threading.Lock()
        self._closed = False

    def open_link(self) -> Link | None:
        """The running loop's connections if there are any."""
        link = self._links.get(asyncio.get_running_loop())
        return None if link is None or link.closed else link

    async def link(self) -> Link:
        """The running loop's connections. Raises EngineError once the engine is closed."""
        link = self.open_link()
        if self._closed:
            raise EngineError("the engine is closed")
        if link is None:
            link = Link(self.key, self._patience)
            with self._lock:
                self._links = {loop: k for loop, k in self._links.items() if not k.closed}
                self._links[link.loop] = link
            await link.open()
        return link

    async def fetch(
        self,
        balance: Balance,
        path: str,
        content: bytes | None,
        *,
        cancel: Cancel | None = None,
        accounts: Accounts | None = None,
    ) -> Outcome[dict[str, Any] | None]:
        """One JSON object."""
        link = await self.link()
        attempt = Fetch(link, self.key, path, content, cancel)
        accounts = accounts or self.accounts
        return await self.persistence.run(link, balance, accounts, cancel, attempt)

    async def close(self) -> None:
        self._closed = True
        here = asyncio.get_running_loop()
        for link in list(self._links.values()):
            if link.loop is here:
                await link.close()
            elif link.loop.is_running():
                away = asyncio.run_coroutine_threadsafe(link.close(), link.loop)
                await asyncio.wrap_future(away)


class Brake:
    """The caller's stop signal with one of our own: pulled when a request's other part failed."""

    def __init__(self, asked: Cancel | None) -> None:
        self._asked = asked
        self._pulled = False

    def pull(self) -> None:
        self._pulled = True

    def is_set(self) -> bool:
        return self._pulled or (self._asked is not None and self._asked.is_set())


async def all_of(
    parts: Sequence[Coroutine[Any, Any, T]], brake: Brake, usage_of: Callable[[T], Usage]
) -> list[T]:
    """All results, in order. If a part fails the brake is pulled, so that the others end and charge
    what they spent; then an EngineError carries the usage of all."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.done() and task.exception() for task in tasks):
            brake.pull()
        await asyncio.wait(tasks)
    finally:  # whoever waited here was cancelled: so is everything below
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    errors = [error for task in tasks if (error := task.exception())]
    if not errors:
        return [task.result() for task in tasks]
    spent = Usage.sum(usage_of(task.result()) for task in tasks if not task.exception())
    for error in errors:
        if not isinstance(error, EngineError):
            raise error
        spent += error.usage
    raise EngineError(str(errors[0]), spent)

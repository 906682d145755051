"""Probing every server of an engine, once.

Knows which servers are asked, the time that a probe may take, and what was found out lately. Does
not know which requests tell what (openai_probe).
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from yarl import URL

from scale_core.engines.base import Cancel, EngineError
from scale_core.engines.openai.cancellation import Guard, Late
from scale_core.engines.openai.capabilities import Capabilities, weakest
from scale_core.engines.openai.client import Client
from scale_core.engines.openai.codec import dumps
from scale_core.engines.openai.errors import UNKNOWN
from scale_core.engines.openai.load_balancer import Balance, Place
from scale_core.engines.openai.probe import Probe
from scale_core.engines.openai.retry import Accounts, RequestFailed
from scale_core.engines.openai.session import Link
from scale_core.engines.openai.stream import Stream

_SECONDS = 180.0  # a server may have to load the model first
_FRESH = 600.0
_found: dict[tuple[str, str, bool | None], tuple[float, Capabilities]] = {}


async def examine(
    client: Client,
    balance: Balance,
    model: str,
    chat: bool | None,
    accounts: Accounts,
    *,
    cancel: Cancel | None,
    again: bool,
) -> Capabilities:
    """What all servers that can be reached can do. What was found out within ten minutes is not
    asked again unless `again`. Raises EngineError if none can be used; Halted."""
    link = await client.link()
    try:
        with Guard(link.watch, cancel, _SECONDS):
            found = await asyncio.gather(
                *(
                    _one(client, link, place.url, model, chat, accounts, again)
                    for place in balance.places
                ),
                return_exceptions=True,
            )
    except Late:
        raise EngineError(f"the probe of the server took longer than {_SECONDS:g} s") from None
    return _sorted_out(balance, found)


def _sorted_out(balance: Balance, found: list[Capabilities | BaseException]) -> Capabilities:
    good = [caps for caps in found if isinstance(caps, Capabilities)]
    for place, error in zip(balance.places, found, strict=True):
        if isinstance(error, RequestFailed) and error.dead and good:
            balance.condemn(place.url, str(error).removeprefix(f"{place.shown}: "))
        elif isinstance(error, BaseException):
            raise error
    return weakest(good)


async def _one(
    client: Client,
    link: Link,
    url: URL,
    model: str,
    chat: bool | None,
    accounts: Accounts,
    again: bool,
) -> Capabilities:
    place = (str(url), model, chat)
    when, caps = _found.get(place, (0.0, Capabilities()))
    if when and monotonic() - when < _FRESH and not again:
        return caps
    alone = Balance([url], 4)

    async def ask(path: str, fields: dict[str, Any] | None) -> dict[str, Any]:
        content = None if fields is None else dumps(fields)
        outcome = await client.fetch(alone, path, content, accounts=accounts)
        assert outcome.result is not None
        return outcome.result

    async def ask_stream(path: str, fields: dict[str, Any]) -> Stream:
        attempt = _Streamed(client, link, path, dumps(fields))
        outcome = await client.persistence.run(link, alone, accounts, None, attempt)
        return outcome.result

    caps = await Probe(ask, ask_stream, model, chat).run()
    _found[place] = (monotonic(), caps)
    return caps


class _Streamed:
    """The attempt to get one small stream."""

    def __init__(self, client: Client, link: Link, path: str, content: bytes) -> None:
        self._client = client
        self._link = link
        self._path = path
        self._content = content
        self.usage = UNKNOWN

    def stopped(self) -> Stream:
        return Stream(self._client.key, 1, 0, False, None, False)

    async def go(self, place: Place) -> Stream:
        stream = Stream(self._client.key, 1, 0, False, None, False)
        try:
            await self._link.stream(place.below(self._path), self._content, stream, None)
            stream.close()
        finally:
            self.usage = stream.reply().usage
        return stream

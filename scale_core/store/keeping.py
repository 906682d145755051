"""Runs kept from where they are started: a place opened for one run, or for as long as an app runs.

Knows that a place which was named must work, while the usual one may fail: a read-only home must
not keep anybody from solving. Does not know who starts runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from scale_core.store import database
from scale_core.store.recorder import reason, recorded
from scale_core.store.store import Store
from scale_core.trace import duel as dv

LOG = logging.getLogger(__name__)


class Unusable(ValueError):
    """A place for runs that cannot be used, and why in words. named: it was asked for."""

    def __init__(self, why: str, named: bool) -> None:
        super().__init__(why)
        self.named = named


def opened(data: str | None = None) -> Store | None:
    """The store at a place as `--data` names it; None where nothing is to be kept. Raises
    Unusable."""
    where = database.place(data)
    if where is None:
        return None
    try:
        return Store.at(where)
    except Exception as error:  # of the database, the file system or the driver
        raise Unusable(reason(error), data is not None) from None


@contextlib.asynccontextmanager
async def kept(
    events: AsyncIterator[dv.DuelEvent], data: str | None
) -> AsyncIterator[AsyncIterator[dv.DuelEvent]]:
    """The same events, each stored at this place before it is handed on. Raises ValueError for a
    place that was named and cannot be used; otherwise a run that cannot be stored is a warning."""
    try:
        store = await asyncio.to_thread(opened, data)
    except Unusable as error:
        if error.named:
            raise
        LOG.warning("the run is not stored: %s", error)
        store = None
    try:
        source = events if store is None else recorded(events, store.record())
        async with contextlib.aclosing(source) as found:  # type: ignore[type-var]
            yield found
    finally:
        if store is not None:
            await asyncio.to_thread(store.close)

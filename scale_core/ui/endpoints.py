"""The page's endpoints for programs: the same lanes, without pictures.

Knows what a client may ask for, that whatever it sends is of the type that it should be, what it is
told, and how it shows that a client has left. Does not know the page.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

from gradio.context import LocalContext
from gradio.events import api as endpoint

from scale_core.strategies.lanes import DEFAULT
from scale_core.strategies.settings import BudgetSpec
from scale_core.ui.ask import Ask
from scale_core.ui.callers import caller_of, request_now
from scale_core.ui.calls import Told
from scale_core.ui.performance import Visit
from scale_core.ui.player import Player, Session
from scale_core.ui.visitors import login_of
from scale_core.ui.work import friendly
from scale_core.views import export

MOST_LANES = 100  # names that are looked at; more than there are
MCP = "/gradio_api/mcp"
LOOK = 0.25  # seconds between two looks whether a client is still there


def serve(player: Player) -> None:
    """`solve` and `duel`, in the Blocks that is being built."""

    async def solve(
        problem: str,
        answer: str = "",
        preset: str = "scale",
        tau: float | None = None,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Solve a maths problem with SCALE and tell what it cost.

        Args:
            problem: the problem, in the language the model understands
            answer: the expected answer, to grade the run; empty if unknown
            preset: scale, faithful, system1, system2, last, cot or self-consistency
            tau: threshold between System 1 and System 2 in [0, 1]; null: fitted
            seed: the same seed gives the same run
        """
        with _told():
            ask = Ask(
                _text("problem", problem), _text("answer", answer), preset=_text("preset", preset),
                options=_options(tau), seed=_seed(seed),
            )  # fmt: skip
        session = await _played(player, ask)
        return _given(export.summary(session.run, player.prices))

    async def duel(
        problem: str,
        answer: str = "",
        lanes: list[str] | None = None,
        budget: str = "4/step",
        tau: float | None = None,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Run several strategies side by side on one maths problem with the same budget.

        Args:
            problem: the problem, in the language the model understands
            answer: the expected answer, to grade the lanes; empty if unknown
            lanes: any of uniform, scale, dora, bandit, rebase, beam, dvts, optimal, self-consistency, cot; null: the first four
            budget: what each lane may spend: 32 (rollouts in all), 4/step or 2000 tokens
            tau: threshold between System 1 and System 2 in [0, 1]; null: fitted
            seed: the same seed gives the same duel
        """  # noqa: E501 (Gradio tells of each argument the first line only)
        with _told():
            ask = Ask(
                _text("problem", problem), _text("answer", answer), _lanes(lanes),
                _text("budget", budget), options=_options(tau), seed=_seed(seed),
            )  # fmt: skip
            BudgetSpec.read(ask.budget or "", player.caps)
        session = await _played(player, ask)
        return _given(export.duel_summary(session.duel, player.prices))

    for function in (solve, duel):
        # past Gradio's queue, since the player has its own: then MCP calls it here, as whoever
        # asks, and not through a client of the app's own
        endpoint(function, api_name=function.__name__, queue=False, concurrency_limit=None)


# ---- what is asked ---------------------------------------------------------------------------
# Gradio hands on whatever JSON it was sent.


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """A ValueError is told to the client."""
    try:
        yield
    except ValueError as error:
        raise Told(friendly(error)) from None


def _text(name: str, value: Any) -> str:
    """A text; none is an empty one. Raises ValueError."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, not {_kind(value)}")
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _lanes(value: Any) -> tuple[str, ...]:
    """Names of lanes; none are the first four. Raises ValueError."""
    if value is None or value == []:
        return tuple(DEFAULT)
    if not isinstance(value, list):
        raise ValueError(f"lanes must be a list of names, not {_kind(value)}")
    return tuple(_text("a lane's name", name) for name in value[:MOST_LANES])


def _options(tau: Any) -> dict[str, Any]:
    """Raises ValueError."""
    if tau is None:
        return {}
    if isinstance(tau, bool) or not isinstance(tau, int | float) or not 0 <= tau <= 1:
        raise ValueError("tau must be a number from 0 to 1, or null")
    return {"tau": float(tau)}


def _seed(value: Any) -> int:
    """Raises ValueError."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or not 0 <= value < 2**53:
        raise ValueError("seed must be a whole number that is not negative")
    return int(value)


def _kind(value: Any) -> str:
    """What JSON calls a value."""
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return kinds.get(type(value), "an object")


async def _played(player: Player, ask: Ask) -> Session:
    """The session after its lanes have ended; they are stopped if the client leaves before."""
    session, owner = Session(), login_of(request_now())
    session.visit, session.caller = Visit(owner=owner or None), caller_of()
    async with stopped_when_left(session.stop):
        async for frame in player.play(session, ask, heard=False):
            if frame.problem:
                raise Told(frame.problem)
    return session


def _given(found: dict[str, Any]) -> dict[str, Any]:
    """What a client gets. For MCP Gradio makes a text of it, which is to be JSON, not Python: so it
    gets that there."""
    path = str(getattr(getattr(request_now(), "url", None), "path", ""))
    return cast(dict[str, Any], json.dumps(found)) if MCP in path else found


# ---- clients that leave ----------------------------------------------------------------------


@contextlib.asynccontextmanager
async def stopped_when_left(stop: Callable[[], None]) -> AsyncIterator[None]:
    """Call `stop` once nobody waits for the result of this call any more.

    A call through Gradio's queue (its client, /call/) is an event, which Gradio marks when the
    stream on which its client listens, or the client's heartbeat, breaks off. A call that is
    answered where it was asked (POST /run/, MCP) has its own connection."""
    blocks, call = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    event = blocks._queue.event_ids_to_events.get(call or "") if blocks else None
    request = request_now()

    async def left() -> bool:
        if event is not None:
            return event.closed or not event.alive
        return request is not None and await request.is_disconnected()

    async def watch() -> None:
        while not await left():
            await asyncio.sleep(LOOK)
        stop()

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()

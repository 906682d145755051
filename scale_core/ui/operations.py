"""For whoever runs the app: whether it is well, what it has done, and a log that machines read.

Knows the counters, the address that says whether engine and store work, and the one that tells the
counters to whoever has the operator's token. Nothing here has a visitor's text, unless that was
asked for. Does not know visitors or runs themselves.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scale_core.store.store import Store
from scale_core.trace.duel import Duel
from scale_core.ui.admission import Admission, Caller

LOG = logging.getLogger(__name__)
TOKEN = "SCALE_OPERATOR_TOKEN"
"""The environment variable with the operator's token; without it nobody may read the counters."""
PATIENCE = 5.0  # seconds that the store may take


def logged(place: str | None) -> None:
    """Where the log goes: a file, "-" for standard error, or nowhere."""
    if not place:
        return
    handler = logging.StreamHandler() if place == "-" else logging.FileHandler(place, "a", "utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    LOG.propagate = False


@dataclass
class Operations:
    """engine, store, admission: what is watched. texts: whether problems may be in the log."""

    engine: Any
    store: Store | None
    admission: Admission
    texts: bool = False
    counters: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.time)
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def ended(self, duel: Duel, caller: Caller, problem: str = "") -> None:
        """A run has ended. problem: what went wrong, in words for people."""
        status = "failed" if problem else duel.status
        tokens = sum(run.ledger.total.total or 0 for run in duel.lanes.values())
        self.counters.update({"runs": 1, f"runs {status}": 1, "tokens": tokens})
        start = duel.start
        self.log(
            "run",
            visitor=self._name(caller.visitor),
            address=self._name(caller.address),
            status=status,
            lanes=[lane.name for lane in start.lanes] if start else [],
            budget=start.budget if start else "",
            seconds=round(duel.seconds, 2),
            tokens=tokens,
            **({"problem": start.problem if start else ""} if self.texts else {}),
        )

    def refused(self, caller: Caller, why: str) -> None:
        self.counters["refusals"] += 1
        self.log("refused", visitor=self._name(caller.visitor), why=why)

    def log(self, what: str, **facts: Any) -> None:
        """One line of JSON."""
        LOG.info("%s", json.dumps({"at": round(time.time(), 3), "event": what, **facts}))

    def _name(self, name: str) -> str:
        """The same for the same visitor, as long as the app runs, and of use to nobody else."""
        return hashlib.sha256(self._salt + name.encode()).hexdigest()[:12] if name else ""

    # ---- addresses -----------------------------------------------------------------------------

    def routes(self) -> list[Route]:
        return [Route("/healthz", self._health), Route("/operator/counters", self._counted)]

    async def _health(self, _: Request) -> Response:
        """200 if the engine is alive and the store can be written to, else 503."""
        told = {"engine": self._engine(), "store": await self._stored()}
        well = all(said in ("ok", "loading", "off") for said in told.values())
        return JSONResponse(told, 200 if well else 503)

    def _engine(self) -> str:
        """Not why it fails: that is for the log."""
        if getattr(self.engine, "fault", ""):
            return "failing"
        state = getattr(self.engine, "state", None)
        phase = getattr(state, "phase", "ready")
        return {"ready": "ok", "failed": "failing"}.get(phase, "loading")

    async def _stored(self) -> str:
        if self.store is None:
            return "off"
        try:
            await asyncio.wait_for(asyncio.to_thread(self.store.probe), PATIENCE)
        except Exception as error:  # of the database, the file system or the driver
            LOG.warning("the store cannot be written to: %r", error)
            return "failing"
        return "ok"

    async def _counted(self, request: Request) -> Response:
        token = os.environ.get(TOKEN, "")
        said = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or not secrets.compare_digest(said.encode(), token.encode()):
            return Response("There is nothing here.", 404)
        return JSONResponse(
            {
                "seconds": round(time.time() - self.began),
                "running": self.admission.running,
                "waiting": self.admission.waiting,
                **dict(sorted(self.counters.items())),
            }
        )

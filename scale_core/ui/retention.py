"""What is kept of visitors' runs and for how long, where people come who are not known.

Knows when old runs go, and how what is kept is said on the page. Does not know how runs are stored
(store/), or who visitors are.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from scale_core.store.store import Store
from scale_core.ui.bounds import MEGABYTE, Bounds

LOG = logging.getLogger(__name__)
EVERY = 600.0  # seconds between two looks
UNDO = 3600.0  # seconds that a deletion can be taken back for
SPACE = "SPACE_ID"
"""The environment variable that every Hugging Face Space has."""
PERSISTENT = Path("/data")
"""Where a Space's storage is mounted that outlives it, if it has one."""


def on_a_space() -> bool:
    return bool(os.environ.get(SPACE))


def storage() -> str | None:
    """The folder of a Space's own storage; None where there is none, or no Space."""
    there = on_a_space() and PERSISTENT.is_dir() and os.access(PERSISTENT, os.W_OK)
    return str(PERSISTENT / "scale-explorer") if there else None


def lasting(store: Store) -> bool:
    """Whether what is stored outlives the app: on a Space only what is in its own storage, or in a
    database elsewhere."""
    url = store.engine.url
    elsewhere = not url.drivername.startswith("sqlite")
    return not on_a_space() or elsewhere or str(url.database).startswith(f"{PERSISTENT}/")


class Retention:
    """Purges the store now and then, in a thread that ends with the program, or at `close`."""

    def __init__(self, store: Store, bounds: Bounds, every: float = EVERY) -> None:
        self._store, self._bounds, self._every = store, bounds, every
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="retention", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            try:
                purge(self._store, self._bounds)
            except Exception:  # a lost database comes back; the next look tries again
                LOG.exception("old runs could not be removed")
            if self._closed.wait(self._every):
                return


def purge(store: Store, bounds: Bounds) -> int:
    """Remove what is too old or too much; returns how many runs went."""
    return store.purge(
        undo=UNDO, days=bounds.days, quota=bounds.stored, in_all=bounds.stored_in_all
    )


def told(store: Store | None, bounds: Bounds, public: bool) -> str:
    """What the page says of what it keeps, in Markdown."""
    if store is None:
        return "Nothing that you run here is kept once the page is gone."
    said = [
        "What you run is kept with its problem, the model's replies and what you named it. It is "
        "yours: it belongs to a name that your browser made up and keeps (no cookie), or to your "
        "login, and nobody else sees it unless you share it."
    ]
    if public:
        said.append(
            f"It goes after {bounds.days} days, and the oldest earlier where yours are more than "
            f"{bounds.stored // MEGABYTE} MB. Whoever runs this app could read it; its log has no "
            "text of yours, unless it was started with --log-problems. Your address is counted for "
            "the bounds, for a minute, and not stored."
        )
    if not lasting(store):
        said.append("**This Space has no storage of its own: your runs end when it restarts.**")
    return " ".join(said)

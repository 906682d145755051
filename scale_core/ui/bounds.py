"""What a visitor may ask for, and all visitors together: one table, for people who are not known.

Knows every bound of the app, where each counts (a visitor, an address, all), which hold at home and
which on the open internet, and how what is too much is told before anything is spent. Does not know
how it is counted (admission.py, gate.py, retention.py), or any page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from scale_core.strategies.settings import Caps
from scale_core.ui.ask import Ask

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Each:
    """A bound of one visitor, of one address (a school is one), and of all together. None: whoever
    counts does not know visitors."""

    visitor: int | None
    address: int
    total: int


def bound(value: Any, what: str) -> Any:
    return field(default=value, metadata={"what": what})


@dataclass(frozen=True, slots=True)
class Bounds:
    """Those of a public app, unless told otherwise."""

    problem: int = bound(2_000, "characters of a problem")
    answer: int = bound(200, "characters of an expected answer")
    outlines: int = bound(8, "outlines of a plan")
    samples: int = bound(16, "samples of one step, of one rating, or of a whole run")
    retries: int = bound(4, "retries of a step")
    lanes: int = bound(6, "lanes of a duel")
    rollouts: int = bound(128, "rollouts that a lane's budget may have")
    lane_tokens: int = bound(20_000, "tokens that a lane's budget may have")
    tokens: int = bound(100_000, "tokens that a run may process; then it is stopped")
    a_minute: Each = bound(Each(6, 40, 300), "runs that are started in a minute")
    at_once: Each = bound(Each(2, 8, 16), "runs at the same time")
    waiting: Each = bound(Each(2, 16, 48), "runs that wait for their turn")
    requests: Each = bound(Each(None, 3_000, 12_000), "requests to the page in a minute")
    sessions: Each = bound(Each(None, 60, 300), "pages that are open")
    imports: Each = bound(Each(None, 20, 60), "files that are imported in a minute")
    logins: Each = bound(Each(None, 10, 100), "tries to log in in a minute, with --auth")
    body: int = bound(500_000, "bytes of a request that is no import")
    upload: int = bound(8 * MEGABYTE, "bytes of files that are imported together")
    stored: int = bound(20 * MEGABYTE, "bytes of runs that are kept for a visitor, the newest")
    stored_in_all: int = bound(2_000 * MEGABYTE, "bytes of runs that are kept in all, the newest")
    days: int = bound(30, "days that a run is kept")

    @property
    def caps(self) -> Caps:
        return Caps(self.rollouts, self.lane_tokens)


PUBLIC = Bounds()
_MUCH = 10**12
HOME = Bounds(
    problem=4_000, answer=200, outlines=32, samples=256, retries=10, lanes=32, rollouts=10_000,
    lane_tokens=2_000_000, tokens=_MUCH, a_minute=Each(_MUCH, _MUCH, _MUCH),
    at_once=Each(16, 16, 16), waiting=Each(_MUCH, _MUCH, 1_000), requests=Each(None, _MUCH, _MUCH),
    sessions=Each(None, 2_000, 2_000), imports=Each(None, _MUCH, _MUCH), logins=Each(None, 10, 100),
    body=5 * MEGABYTE, upload=64 * 2**20, stored=_MUCH, stored_in_all=_MUCH, days=_MUCH,
)  # fmt: skip
"""For a person and whom they let in: what the command line takes, and as many runs as work well
side by side."""


def check(ask: Ask, bounds: Bounds) -> None:
    """Raises ValueError, in words for people, for what is more than may be asked for."""
    _most(len(ask.problem), bounds.problem, "a problem has at most {} characters")
    _most(len(ask.answer), bounds.answer, "an expected answer has at most {} characters")
    _most(len(ask.lanes), bounds.lanes, "a duel has at most {} lanes here")
    _most_of(ask.options, bounds)
    _most_of(ask.settings, bounds)


def _most(found: int, most: int, words: str) -> None:
    if found > most:
        raise ValueError(words.format(f"{most:,}"))


def _most_of(switches: Mapping[str, Any], bounds: Bounds) -> None:
    """Switches that make a run longer."""
    most = {
        "outlines": bounds.outlines,
        "rating_samples": bounds.samples,
        "samples": bounds.samples,
        "system1_samples": bounds.samples,
        "system2_samples": bounds.samples,
        "pulls": bounds.samples,
        "retries": bounds.retries,
        "system2_max_tokens": bounds.lane_tokens,
        "thinking_budget": bounds.lane_tokens,
        "max_sample": bounds.rollouts,
    }
    for name in most.keys() & switches.keys():
        value = switches[name]
        if isinstance(value, int | float) and value > most[name]:
            raise ValueError(f"{name} may be at most {most[name]:,} here, not {value:,}")


def table(bounds: Bounds = PUBLIC) -> str:
    """The bounds in Markdown, for the README."""
    head = "| what | a visitor | an address | all together |\n|---|---:|---:|---:|\n"
    return head + "".join(f"| {' | '.join(row)} |\n" for row in _rows(bounds))


def _rows(bounds: Bounds) -> Iterator[tuple[str, ...]]:
    for f in fields(bounds):
        value, what = getattr(bounds, f.name), f.metadata["what"]
        if isinstance(value, Each):
            own = "" if value.visitor is None else f"{value.visitor:,}"
            yield what, own, f"{value.address:,}", f"{value.total:,}"
        elif f.name.endswith("_in_all"):
            yield what, "", "", f"{value:,}"
        else:
            yield what, f"{value:,}", "", ""

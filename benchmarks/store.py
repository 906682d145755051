"""How fast stored runs are found, and what storing costs.

    python benchmarks/store.py [--runs 100000] [--url postgresql://...]

Fills an empty store with runs that differ in problem, model, strategy, verdict, tags and owner,
then times pages of 50 of one owner's runs, filtered, sorted and searched in every way that the page
offers, and an event's way to disk. Prints median and 95th percentile in milliseconds of each.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter, time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402

from scale_core.store import search  # noqa: E402
from scale_core.store.recorder import columns, searched  # noqa: E402
from scale_core.store.store import Query, Store  # noqa: E402
from scale_core.store.summary import Summary  # noqa: E402
from scale_core.store.tables import RUNS, TAGS  # noqa: E402
from scale_core.trace import duel as dv  # noqa: E402
from scale_core.trace import events as ev  # noqa: E402

WORDS = [f"{a}{b}" for a in "bar cel dor fen gal hum jor kin lor mip".split()
         for b in "a ata eno ilo or umba esse irk oon y".split()]  # fmt: skip
MODELS = ("abacus", "Qwen3-8B", "Llama-3.1-8B", "gpt")
STRATEGIES = ("scale", "uniform", "dora", "bandit", "cot")


def summary(rng: random.Random) -> Summary:
    text = "What is " + " ".join(rng.choices(WORDS, k=25)) + f" {rng.randrange(10_000)}?"
    return Summary(
        duel=rng.random() < 0.5, problem=text, answer=str(rng.randrange(1000)),
        model=rng.choice(MODELS), strategies=tuple(rng.sample(STRATEGIES, 2)), status="solved",
        verdict=rng.choice(("equal", "different", "could not tell", None)),
        tokens=rng.randrange(10_000), seconds=rng.random() * 60, events=0, size=50_000,
    )  # fmt: skip


def fill(store: Store, count: int) -> None:
    """Runs without events: lists do not read them."""
    rng, now = random.Random(0), time()
    for first in range(0, count, 1000):
        rows = [summary(rng) for _ in range(first, min(count, first + 1000))]

        def write(
            connection: sa.Connection, rows: Sequence[Summary] = rows, first: int = first
        ) -> None:
            for i, row in enumerate(rows, first):
                values = columns(row) | {
                    "key": f"{i:022}", "writer": "w", "name": "",
                    "owner": "me" if rng.random() < 0.9 else "you",
                    "created": now - (count - i) * 60.0,
                }  # fmt: skip
                run = connection.execute(sa.insert(RUNS).values(**values)).inserted_primary_key
                assert run is not None
                search.put(connection, run[0], searched(row))
                if rng.random() < 0.2:
                    connection.execute(sa.insert(TAGS).values(run=run[0], tag=rng.choice(WORDS)))

        store.writer.submit(write).result()


def questions(now: float) -> dict[str, Callable[[random.Random], Query]]:
    def word(rng: random.Random) -> str:
        return rng.choice(WORDS)

    return {
        "newest": lambda rng: Query(),
        "page 200": lambda rng: Query(offset=10_000),
        "rare words": lambda rng: Query(text=f"{word(rng)} {word(rng)} {word(rng)}"),
        "a word of every run": lambda rng: Query(text="what"),
        "a beginning": lambda rng: Query(text=word(rng)[:2]),
        "model and verdict": lambda rng: Query(model=rng.choice(MODELS), verdict="different"),
        "strategy": lambda rng: Query(strategy=rng.choice(STRATEGIES)),
        "tag": lambda rng: Query(tag=word(rng)),
        "a day": lambda rng: Query(since=now - 86_400 * 2, until=now - 86_400),
        "most tokens": lambda rng: Query(order="tokens"),
        "text, filter, order": lambda rng: Query(
            text=word(rng), model=rng.choice(MODELS), order="seconds"
        ),
    }


def timed(act: Callable[[], object], times: int) -> tuple[float, float]:
    took = []
    for _ in range(times):
        began = perf_counter()
        act()
        took.append(1000 * (perf_counter() - began))
    return median(took), sorted(took)[int(0.95 * (times - 1) + 0.5)]


async def storing(store: Store, events: int) -> list[float]:
    recording, took = store.record("me"), []
    start = dv.DuelStarted(
        duel="d", problem="p", expected=None, lanes=(dv.Lane("scale", "SCALE"),), budget="", seed=0,
        settings={}, options={}, engine={}, calibration={},
    )  # fmt: skip
    await recording.add(start)
    for i in range(events):
        progress = ev.Progress(phase="execute", done=i, total=events, text="x" * 500)
        event = dv.LaneEvent(t=float(i), lane="scale", event=progress)
        began = perf_counter()
        await recording.add(replace(event))
        took.append(1000 * (perf_counter() - began))
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--url", help="an empty PostgreSQL database (default: SQLite in a folder)")
    parser.add_argument("--times", type=int, default=40)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.at(args.url or folder)
        began = perf_counter()
        fill(store, args.runs)
        print(f"{args.runs:,} runs filled in {perf_counter() - began:.0f} s")
        print("| ms | median | p95 |\n|---|---|---|")
        rng = random.Random(1)
        for name, make in questions(time()).items():
            middle, high = timed(lambda make=make: store.find("me", make(rng)), args.times)  # type: ignore[misc]
            print(f"| {name} | {middle:.1f} | {high:.1f} |", flush=True)
        took = sorted(asyncio.run(storing(store, 500)))
        print(f"| one event to disk | {median(took):.2f} | {took[int(0.95 * len(took))]:.2f} |")
        store.close()


if __name__ == "__main__":
    main()

"""Records duels and runs of the embedded model for tests: `python tests/data/record.py`.

Knows which problems are worth keeping. The files are there to be opened by later releases, so a new
recording gets a new name; it never replaces an old one.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scale_core import duel, embedded_engine, solve  # noqa: E402
from scale_core.engines.base import Engine  # noqa: E402
from scale_core.strategies.lanes import LANES  # noqa: E402
from scale_core.trace import duel as dv  # noqa: E402
from scale_core.trace import events as ev  # noqa: E402

FOLDER = ROOT / "tests" / "data"
WHOLE = "What is (8476 mod 37 + 9281 mod 53) * 47?", "423"
DUELS = {
    "recorded_duel": (*WHOLE, "4/step"),
    "recorded_duel_tokens": (*WHOLE, "600 tokens"),
}
RUNS = {
    "recorded_run": WHOLE,
    "recorded_run_escalated": (
        "A train travels 85 km per hour for 4 hours and then another 60 km. How far does it travel "
        "in total?",
        "400",
    ),
    "recorded_run_failed": (
        "A box holds 18 pencils. How many pencils are left over when 200 pencils are packed into "
        "full boxes?",
        "2",
    ),
}


def save(name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    path = FOLDER / f"{name}.jsonl.gz"
    if path.exists():
        print(f"{path.name} is kept as it is")
        return
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes")


async def record(engine: Engine) -> None:
    for name, (problem, answer, budget) in DUELS.items():
        lanes = tuple(LANES)
        found = [
            dv.to_json(e)
            async for e in duel(problem, answer=answer, lanes=lanes, budget=budget, engine=engine)
        ]
        save(name, found)
    for name, (problem, answer) in RUNS.items():
        save(name, [ev.to_json(e) async for e in solve(problem, answer=answer, engine=engine)])
    await engine.close()


if __name__ == "__main__":
    asyncio.run(record(embedded_engine()))

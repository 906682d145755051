"""What a slider of the replay lab costs the server: `python benchmarks/replay.py [--rollouts N]`.

Runs one duel on the embedded model with N rollouts in all for each lane (1000), then decides it
anew from its samples, as a moved slider does, builds what the page shows of it, and the figure of
the chart that a visitor may have opened. Prints the best and the median of several processor
times, in milliseconds (this process's own, so that a busy machine does not count), and how many
bytes the lanes' drawings and the figure take.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import gradio as gr  # noqa: E402

import scale_core  # noqa: E402
from scale_core.engines.base import Engine  # noqa: E402
from scale_core.ui.page import Page  # noqa: E402
from scale_core.ui.pages.compare import ComparePage  # noqa: E402
from scale_core.ui.player import Frame, Player, Session  # noqa: E402
from scale_core.views import figures  # noqa: E402

PROBLEM, ANSWER = "Let x=89*76. Let y=x mod 58. Let z=y*47. What is z-695?", "997"
TIMES = 9


def compare_page(engine: Engine) -> ComparePage:
    page = Page(Player(engine), seed=0)
    with gr.Blocks():
        page.lay_out()
    return page.compare


async def recorded(engine: Engine, lanes: Sequence[str], rollouts: int) -> Session:
    session = Session()
    async for event in scale_core.duel(
        PROBLEM, answer=ANSWER, lanes=lanes, budget=str(rollouts), engine=engine, data="none"
    ):
        session.duel.apply(event)
    return session


def spending_figure(page: ComparePage, session: Session) -> str:
    """The opened chart of tokens as they were spent, as it goes to the browser."""
    figure = figures.DRAWN["spend"](page.chart(session, "spend", ""), "tokens", False)
    return figure.to_json()


async def measure(engine: Engine, lanes: Sequence[str], rollouts: int) -> None:
    page, session = compare_page(engine), await recorded(engine, lanes, rollouts)
    duel = session.duel
    decide, show, open_figure = [], [], []
    for i in range(TIMES):
        began = process_time()
        session.replayed = await scale_core.replay(duel, settings={"T_b": 0.1 + 0.05 * (i % 3)})
        decided = process_time()
        drawn = page.drawn(session, Frame(big=True, running=False))
        shown = process_time()
        figure = spending_figure(page, session)
        figured = process_time()
        decide.append(1000 * (decided - began))
        show.append(1000 * (shown - decided))
        open_figure.append(1000 * (figured - shown))
    candidates = sum(len(run.candidates) for run in duel.lanes.values())
    size = len(json.dumps(drawn[page.cards]["lanes"]))
    both = [a + b for a, b in zip(decide, show, strict=True)]
    each = [a + b for a, b in zip(both, open_figure, strict=True)]
    print(f"{', '.join(lanes)}: {candidates} candidates, {size} bytes, figure {len(figure)}")
    print(f"  the first time, when nothing is kept yet: {both[0]:.1f} ms")
    parts = {"decide": decide, "show": show, "both": both, "figure": open_figure, "all": each}
    for name, values in parts.items():
        print(f"  {name:<8} best {min(values):7.1f}  median {statistics.median(values):7.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rollouts", type=int, default=1000, help="budget of each lane")
    rollouts = parser.parse_args().rollouts
    asyncio.run(measured(rollouts))


async def measured(rollouts: int) -> None:
    engine = scale_core.embedded_engine()
    for lanes in (("dora",), ("uniform", "scale", "dora", "bandit")):
        await measure(engine, lanes, rollouts)
    await engine.close()


if __name__ == "__main__":
    main()

"""Makes the gallery's exhibits of a chat model: `python -m scale_core.experiments.gallery_chat
--base-url http://127.0.0.1:8080/v1 --model NAME`.

Knows the problems, which are worded here, and what is said of a recording. Recordings of real
models take minutes, so each problem is run once and kept whatever came of it, right or wrong; its
sentences say what came. Does not know the page, or how a recording is written (gallery.py).
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from scale_core.engines.catalogue import open_engine
from scale_core.experiments.gallery import Wanted, add, is_right, labels, listed
from scale_core.gallery import FOLDER
from scale_core.problem import Mode
from scale_core.trace import duel as dv
from scale_core.trace.run import Run

LANES = ("uniform", "scale", "dora", "bandit", "cot")
DUELS = (
    (
        "Bread in bags",
        "A bakery makes 4 trays of 18 rolls every morning. It keeps 12 rolls for its own café and "
        "sells the others in bags of 5. How many bags does it fill each morning?",
        "12",
    ),
    (
        "A tank that leaks",
        "A pump fills an empty tank of 240 litres with 15 litres a minute, while 3 litres a minute "
        "run out through a leak. After how many minutes is the tank full?",
        "20",
    ),
    (
        "A price up and down",
        "A jacket costs 80 euros. Its price rises by 25 percent, and a month later it falls by 20 "
        "percent. What does the jacket cost then, in euros?",
        "80",
    ),
    (
        "Two stops",
        "A train leaves with 96 passengers. At the first stop a third of them get off and 14 get "
        "on; at the second stop half of those aboard get off. How many passengers go on?",
        "39",
    ),
    (
        "Between the roots",
        "What is the sum of all integers n for which n^2 - 10n + 21 is negative?",
        "15",
    ),
    ("A remainder of a power", "What is the remainder when 7^5 is divided by 9?", "4"),
)
RUNS = (
    (
        "Whichever runs out first",
        "A florist ties 7 roses and 5 tulips into every bouquet. She has 84 roses and 50 tulips. "
        "How many whole bouquets can she tie?",
        "10",
    ),
    (
        "A weekend is no weekday",
        "Nora reads 25 pages on each of five weekdays, and twice as many on each of the two days "
        "of a weekend. How many pages does she read in 2 weeks?",
        "450",
    ),
    (
        "From the bill to the minutes",
        "A phone plan costs 12 euros a month and 5 cents for every minute. One month the bill says "
        "19 euros. How many minutes were spent on the phone?",
        "140",
    ),
    (
        "A rectangle from its perimeter",
        "A rectangle is 3 cm longer than it is wide, and its perimeter is 34 cm. What is its area "
        "in square centimetres?",
        "70",
    ),
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Record the gallery's exhibits of a chat model.")
    parser.add_argument("--base-url", required=True, metavar="URL")
    parser.add_argument("--model", required=True, metavar="NAME")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR")
    parser.add_argument("--budget", default="2/step", help="of each lane of a duel")
    parser.add_argument("--only", metavar="NAME", nargs="*", help="exhibits, by their names")
    found = parser.parse_args(arguments)
    asyncio.run(make(found.out, found.base_url, found.model, found.budget, found.only))


async def make(
    out: Path, url: str, model: str, budget: str, only: Sequence[str] | None = None
) -> None:
    """Record all of them, or those of some names."""
    engine = open_engine("openai", model, base_urls=[url])
    try:
        for want in wanted(budget):
            if only is None or want.name in only:
                await add(out, want, engine)
    finally:
        await engine.close()


def wanted(budget: str) -> list[Wanted]:
    runs = [Wanted(named(t), t, [(p, a)], run_told) for t, p, a in RUNS]
    return runs + [Wanted(named(t), t, [(p, a)], duel_told, LANES, budget) for t, p, a in DUELS]


def named(title: str) -> str:
    return title.lower().replace(" ", "_")


# ---- sentences -----------------------------------------------------------------------------


def duel_told(duel: dv.Duel) -> str:
    """Who was right, and what the dearest and the cheapest lane were charged, of those whose tokens
    are known: some must be."""
    right, wrong = labels(duel, True), labels(duel, False)
    lanes = duel.start.lanes if duel.start else ()
    known = [(duel.lanes[lane.name].ledger.total.total, lane.label) for lane in lanes]
    spent = sorted((total, label) for total, label in known if total is not None)
    (least, cheap), (most, dear) = spent[0], spent[-1]
    cost = f"{dear} was charged {most:,} tokens, {cheap} {least:,}"
    if not wrong:
        return f"Every lane is right, and {cost}: see where the dear ones spent them."
    if not right:
        return (
            f"No lane is right, though {cost}: read the plan, which the lanes share, and the first "
            "reply that goes wrong."
        )
    return f"{listed(right)} got it right, {listed(wrong)} did not; {cost}. Open the last step."


def run_told(duel: dv.Duel) -> str:
    """Which results stood already in the plan's own reply, and what was worked out again."""
    (run,) = duel.lanes.values()
    slow = sum(node.mode is Mode.SYSTEM2 for node in run.steps)
    if not slow:
        told = "One reply holds the plan and the calculations, and the model was sure of each"
    elif slow == len(run.steps) == 1:
        told = "The plan's own calculations were unsure, so the problem was worked out in one piece"
    else:
        told = f"The sure pieces were kept, {_pieces(slow)} worked out with them known"
    return f"{told}: {_verdict(run)}"


def _pieces(count: int) -> str:
    return "the last one was" if count == 1 else f"{count} were"


def _verdict(run: Run) -> str:
    if is_right(run):
        return "open a step to see how sure it was."
    return "and yet the answer is wrong. Find the first false line."


if __name__ == "__main__":
    main()

"""Makes the gallery again, on the embedded model: `python -m scale_core.experiments.gallery`.

Knows what each exhibit is to show, the problems that may show it, and how its sentences follow from
what was recorded: none is written by hand, so none can be untrue. The first recording that shows
what it should is taken. Exhibits of other models stay (gallery_chat.py). Does not know the page, or
how recordings are read (scale_core/gallery.py).
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scale_core.engines.base import Engine
from scale_core.engines.catalogue import embedded_engine
from scale_core.gallery import FOLDER, INDEX, LARGEST, Exhibit
from scale_core.problem import Mode
from scale_core.runs.lanes import DETAIL, run_lanes
from scale_core.trace import duel as dv
from scale_core.trace.run import NodeState, Run

SEEDS = range(12)
LANES = ("uniform", "scale", "dora", "rebase", "bandit", "optimal", "self-consistency", "cot")
PUZZLES = (
    ("What is (8476 mod 37 + 9281 mod 53) * 47?", "423"),
    ("What is (94*87 - 68*59) mod 37?", "22"),
    ("Let m=68*79. Let n=m+57*84. What is n mod 53?", "37"),
)
HARD = (
    ("Let x=89*76. Let y=x mod 58. Let z=y*47. What is z-695?", "997"),
    ("What is (967*48 + 385*76) mod 89?", "26"),
    ("What is (392452 mod 68 + 216910 mod 29) * 47?", "2021"),
    ("Let x=9047//21. Let y=x*86. What is y mod 67?", "63"),
    ("What is (8721//16 + 392452 mod 68) * 39?", "22191"),
    ("Let p=298849 mod 51. Let q=p*79. What is q mod 43?", "21"),
)
STORIES = (
    (
        "A train travels 85 km per hour for 4 hours and then another 60 km. How far does it travel "
        "in total?",
        "400",
    ),
    ("35 cows and 4 ducks are in a field. How many legs do they have in all?", "148"),
    ("What is (37*48 + 125*16) mod 13?", "6"),
    ("Let a=23*14. Let b=a-58. Let c=a+b. What is c mod 31?", "28"),
    (
        "A library has 487 books and lends out 208 of them. Then 15 come back. How many books are "
        "there now?",
        "294",
    ),
    (
        "A hall has 9 rows of 8 seats and 640 more seats upstairs. How many seats are there in "
        "all?",
        "712",
    ),
    ("What is 6*5 + 651 - 286?", "395"),
    ("Let p=15*46. Let q=p+401. Let r=q-738. What is r?", "353"),
    ("Let a=861-573. Let b=a+467. What is b-389?", "366"),
    (
        "A bakery makes 326 rolls in the morning and 485 in the afternoon. It sells 647 of them. "
        "How many rolls are left?",
        "164",
    ),
    ("Let a=6*7. Let b=905-478. What is b+a?", "469"),
    ("What is the sum of the digits of 98 plus 524-268?", "273"),
)
DOUBTFUL = (
    (
        "A farmer sold 3 sheep for $90 each and 5 goats for $60 each. With the money he bought a "
        "cow for $400 and hay at $17 a bale. How many bales did he buy?",
        "10",
    ),
    (
        "At a party there are 15 guests. Each guest drinks 2 glasses of juice and 1 glass of "
        "water, and a bottle holds 5 glasses of either kind. How many bottles are needed?",
        "9",
    ),
    (
        "A box holds 18 pencils. How many pencils are left over when 200 pencils are packed into "
        "full boxes?",
        "2",
    ),
    (
        "A shop sells pens in packs of 12. Mia needs 100 pens and has 23. How many packs must she "
        "buy?",
        "7",
    ),
    ("What is (967*48 + 385*76) mod 89?", "26"),
)


@dataclass(frozen=True)
class Wanted:
    """What an exhibit is to show. shows: a sentence on what to look at, None if a recording does
    not show it."""

    name: str
    title: str
    problems: Sequence[tuple[str, str]]
    shows: Callable[[dv.Duel], str | None]
    lanes: tuple[str, ...] = ("scale",)
    budget: str | None = None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Make the gallery's recordings again.")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR")
    asyncio.run(make(parser.parse_args(arguments).out))


async def make(out: Path, wanted: Sequence[Wanted] | None = None) -> list[Exhibit]:
    """Record every exhibit into a folder, and the index. Raises ValueError if none of an exhibit's
    problems shows what it should."""
    engine = embedded_engine()
    try:
        return [await add(out, want, engine) for want in (WANTED if wanted is None else wanted)]
    finally:
        await engine.close()


async def add(out: Path, want: Wanted, engine: Engine) -> Exhibit:
    """Record one exhibit into a folder, in the place of the one of its name or at the end. Raises
    ValueError if none of its problems shows what it should, or its file would be too large."""
    out.mkdir(parents=True, exist_ok=True)
    duel, look = await _recorded(want, engine)
    made = _exhibit(want, duel, look)
    _save(out / f"{want.name}.jsonl.gz", duel)
    index = out / INDEX
    rows = json.loads(index.read_text(encoding="utf-8")) if index.exists() else []
    places = {row["name"]: place for place, row in enumerate(rows)}
    place = places.get(want.name, len(rows))
    rows[place : place + 1] = [asdict(made)]
    index.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{want.name}: {made.outcome} {look}", flush=True)
    return made


async def _recorded(want: Wanted, engine: Engine) -> tuple[dv.Duel, str]:
    for seed, (problem, answer) in _tries(want.problems):
        events = run_lanes(
            problem, want.lanes, want.budget, answer=answer, seed=seed, engine=engine,
            detail=0 if want.budget else DETAIL,
        )  # fmt: skip
        duel = dv.Duel([event async for event in events])
        if look := want.shows(duel):
            return duel, look
    raise ValueError(f"no problem of {want.name} shows what it should")


def _tries(problems: Sequence[tuple[str, str]]) -> Iterator[tuple[int, tuple[str, str]]]:
    for seed in SEEDS:
        for problem in problems:
            yield seed, problem


def _save(path: Path, duel: dv.Duel) -> None:
    lines = "".join(json.dumps(dv.to_json(event)) + "\n" for event in duel.events)
    data = gzip.compress(lines.encode(), mtime=0)
    if len(data) > LARGEST:
        raise ValueError(f"{path.name} would have {len(data):,} bytes, {LARGEST:,} are allowed")
    path.write_bytes(data)


def _exhibit(want: Wanted, duel: dv.Duel, look: str) -> Exhibit:
    start = duel.start
    assert start is not None  # it was just run
    return Exhibit(
        want.name,
        "duel" if want.budget else "run",
        want.title,
        str(start.engine["model"]),
        start.problem,
        tuple(lane.label for lane in start.lanes) if want.budget else (start.preset,),
        start.budget,
        _outcome(duel),
        look,
    )


# ---- sentences -----------------------------------------------------------------------------


def is_right(run: Run) -> bool:
    return run.grade is not None and run.grade.verdict == "equal"


def _outcome(duel: dv.Duel) -> str:
    runs = list(duel.lanes.values())
    right, tokens = sum(map(is_right, runs)), duel.physical.total
    if len(runs) > 1:
        return f"{right} of {len(runs)} lanes are right; {tokens:,} tokens were generated."
    (run,) = runs
    answer = run.answer.answer[:40] if run.answer else None
    if answer is None:
        return f"No answer was found, for {tokens:,} tokens."
    return f"The answer {answer} is {'right' if is_right(run) else 'wrong'}, for {tokens:,} tokens."


def labels(duel: dv.Duel, right: bool, among: Collection[str] | None = None) -> list[str]:
    lanes = duel.start.lanes if duel.start else ()
    return [
        lane.label
        for lane in lanes
        if is_right(duel.lanes[lane.name]) is right and (among is None or lane.name in among)
    ]


def listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _numbered(run: Run, node: NodeState) -> str:
    return f"#{run.steps.index(node) + 1}"


def lanes_differ(duel: dv.Duel) -> str | None:
    """Of the lanes that share the plan some are right and some are not."""
    planned = {name for name, run in duel.lanes.items() if run.plan}
    wrong = labels(duel, False, planned)
    if not wrong or not labels(duel, True, planned):
        return None
    return (
        f"The plan and the budget were the same, and yet {listed(wrong)} went wrong: compare "
        "the steps in the heat map with those of a lane that is right."
    )


def is_hard(duel: dv.Duel) -> str | None:
    """At least half of the lanes are wrong, but not all."""
    right = labels(duel, True)
    if not 0 < len(right) <= len(duel.lanes) // 2:
        return None
    return (
        f"Most lanes fail here, and only {listed(right)} came through: open the steps of one that "
        "failed and find the first false result."
    )


def escalated(duel: dv.Duel) -> str | None:
    """A step began in System 1 and was worked out in System 2, rightly; another stayed."""
    (run,) = duel.lanes.values()
    node = next((node for node in run.steps if node.escalated), None)
    stayed = any(other.mode is Mode.SYSTEM1 and not other.escalated for other in run.steps)
    if node is None or not stayed or not is_right(run):
        return None
    return (
        f"Step {_numbered(run, node)} looked easy and was answered at once, the answer was doubted "
        "and the step escalated: open it and read both replies."
    )


def goes_wrong(duel: dv.Duel) -> str | None:
    """The answer is wrong; whether a step was doubted is told as it is."""
    (run,) = duel.lanes.values()
    if run.answer is None or run.grade is None or run.grade.verdict != "different":
        return None
    node = next((node for node in run.steps if node.doubted), None)
    if node is None:
        return (
            "Every step was believed, and yet the answer is wrong: open the plan and the steps "
            "and find the first that is false."
        )
    return (
        f"Nothing convinced the verifier of step {_numbered(run, node)}, so the likeliest result "
        "stands and is marked as doubted: here the doubt was right."
    )


WANTED = (
    Wanted(
        "lanes_differ", "The same plan, the same budget, other answers", PUZZLES, lanes_differ,
        LANES, "4/step",
    ),
    Wanted("hard", "Where most lanes fail", HARD, is_hard, LANES, "3/step"),
    Wanted("escalated", "An easy step that was not", STORIES, escalated),
    Wanted("goes_wrong", "A wrong answer", DOUBTFUL, goes_wrong),
)  # fmt: skip

if __name__ == "__main__":
    main()

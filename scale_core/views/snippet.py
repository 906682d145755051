"""A Python program that runs a recorded run or duel again: the same problem, switches and seed.

Knows how a start's switches become arguments of `solve` and `duel`, only those that differ from the
preset's. What people and models wrote stands in it as literals only. Does not know how a server was
reached: no address is in events, so whoever runs the program puts an engine of their own in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scale_core.pipeline.options import PRESETS, Options
from scale_core.strategies.settings import Settings
from scale_core.trace.duel import Duel, DuelStarted
from scale_core.trace.events import RunStarted
from scale_core.trace.run import Run

_PROGRAM = '''\
"""A run of SCALE Explorer, to be run again.{recorded}"""

import asyncio

from scale_core import {names}

PROBLEM = {problem}


async def main():
    events = {call}(
        PROBLEM,
{arguments}
    )
    return {fold}([event async for event in events])


if __name__ == "__main__":
{told}
'''
_RUN = """\
    run = asyncio.run(main())
    print(run.answer.answer if run.answer else None, run.ledger.total.total)"""
_DUEL = """\
    for lane, run in asyncio.run(main()).lanes.items():
        print(lane, run.answer.answer if run.answer else None, run.ledger.total.total)"""


def python(record: Run | Duel) -> str:
    """The program. It prints the answer and the tokens; of a duel those of each lane. Raises
    ValueError for a record that has not started."""
    start = record.start
    if start is None:
        raise ValueError("nothing of this run was written, so it cannot be run again")
    duel = isinstance(start, DuelStarted) and bool(start.budget)
    arguments = {
        "answer": start.expected,
        **(_of_duel(start) if isinstance(start, DuelStarted) else _of_run(start)),
        "seed": start.seed,
        "engine": None,
        "anyway": record.status != "refused",
    }
    fold, call = ("Duel", "duel") if duel else ("Run", "solve")
    return _PROGRAM.format(
        recorded=_recorded(start.engine),
        names=f"{fold}, {call}",
        problem=ascii(str(start.problem)),
        call=call,
        fold=fold,
        arguments="\n".join(f"        {k}={_literal(v)}," for k, v in arguments.items()),
        told=_DUEL if duel else _RUN,
    )


def _of_duel(start: DuelStarted) -> dict[str, Any]:
    if not start.budget:
        return _solved(start.preset, start.options)
    changed = _changed(start.settings, Settings().as_dict())
    return {
        "lanes": [lane.name for lane in start.lanes],
        "budget": start.budget,
        "settings": changed,
        "options": _changed(start.options, Options().as_dict()),
    }


def _of_run(start: RunStarted) -> dict[str, Any]:
    return _solved(start.strategy, start.options)


def _solved(preset: str, options: Mapping[str, Any]) -> dict[str, Any]:
    named = preset if preset in PRESETS else "scale"
    return {"preset": named, "options": _changed(options, PRESETS[named].options.as_dict())}


def _changed(recorded: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Switches that this release has, too, where they differ."""
    return {k: v for k, v in recorded.items() if k in usual and v != usual[k]}


def _literal(value: Any) -> str:
    return ascii(value)


def _recorded(engine: Mapping[str, Any]) -> str:
    """On what it ran, unless that is the embedded model, which an engine of None stands for."""
    remote, chat = bool(engine.get("remote")), bool(engine.get("chat"))
    if not (remote or chat):
        return ""
    about = f"{engine.get('model', '')} on {engine.get('name', '')}"
    plain = "".join(c for c in about if c.isascii() and c.isprintable() and c not in "\"'\\{}")
    return f"\n\nIt ran on {plain[:200]}: put that engine in place of None.\n"

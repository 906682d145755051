"""What is being written, as one small JSON value: provisional, and apart from the run's history.

Knows how much of it is worth sending: all that is kept where a reader has it open, a line where
only a line shows, and elsewhere that something is written and how long it is. Does not know where
words come from, how often they are sent or how they are drawn. The page's script writes every text
with textContent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scale_core.runs.live_words import KEPT, Tail, Writing
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import units

LINE = 80
"""Last characters of a lane's words at least; at most twice as many."""
NODES = 40
"""Nodes of a lane that are said to be written, at most."""

Place = tuple[str, str]
"""A lane, and a node of it."""

_NAMES = {ev.PLAN_NODE: "plan", ev.WHOLE_NODE: "problem"}


def view(
    id: str,
    writing: Sequence[Writing],
    runs: Mapping[str, Run],
    opened: Place | None,
    *,
    lines: bool,
) -> dict[str, Any]:
    """What has words, by lane and node. id: of the run or the duel that it belongs to. opened:
    whose words are read; they come whole. lines: the last words of each lane's first node, too."""
    lanes: dict[str, dict[str, Any]] = {}
    for one in writing:
        nodes = lanes.setdefault(one.lane, {}) if one.sample.begun else None
        if nodes is None or len(nodes) == NODES:
            continue
        size = LINE if lines and not nodes else 0
        nodes[one.node] = _written(
            one, runs.get(one.lane), KEPT if (one.lane, one.node) == opened else size
        )
    return {"run": id, "lanes": lanes}


def first(writing: Sequence[Writing]) -> Place | None:
    """The node whose words came first, of those that are being written."""
    return next(((one.lane, one.node) for one in writing if one.sample.begun), None)


def _written(one: Writing, run: Run | None, size: int) -> dict[str, Any]:
    plan = run.plan if run else None
    return {
        "name": _NAMES.get(one.node) or units.step_name(plan, one.node),
        "stage": units.STAGE_NAMES.get(one.stage, one.stage),
        "sample": one.sample.index,
        "tokens": one.sample.tokens,
        "others": one.others,
        "thought": _end(one.sample.thought, size),
        "reply": _end(one.sample.reply, size),
    }


def _end(tail: Tail, size: int) -> str:
    """The last characters, with a sign where there are more before."""
    text = tail.last(size) if size else ""
    return ("…" if text and tail.length > len(text) else "") + units.clean(text)

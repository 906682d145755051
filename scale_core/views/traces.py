"""Right runs as a set to fine-tune on: chat JSON lines, SCALE's second setting.

Knows which runs are kept and how a plan's trace becomes one reply (docs/traces.md says it for
people). Does not know files or stores. The paper keeps the traces whose answer is right and does
not say how it flattens them, nor gives a control, so both are ours and written down.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from scale_core.problem import Mode
from scale_core.trace import events as ev
from scale_core.trace.duel import Duel
from scale_core.trace.run import NodeState, Run

OPEN, CLOSE = "<think>", "</think>"
_MARK = re.compile(r"</?think>")


def chat(records: Iterable[Run | Duel], *, control: bool = False) -> Iterator[dict[str, Any]]:
    """A row for each right run, equal ones once: a user's turn with the problem, an assistant's
    with thought and answer. control: plain traces, of runs that took the problem in one piece,
    instead of those with a plan. `problem_id` is the same for both, so that sets can be joined."""
    seen: set[str] = set()
    for run in (run for record in records for run in _runs(record)):
        reply = _reply(run, control)
        if run.start is None or reply is None:
            continue
        row = _row(run, run.start, reply)
        messages = json.dumps(row["messages"])
        if messages not in seen:
            seen.add(messages)
            yield row


def chat_lines(records: Iterable[Run | Duel], *, control: bool = False) -> str:
    return "".join(json.dumps(row) + "\n" for row in chat(records, control=control))


def _runs(record: Run | Duel) -> Iterable[Run]:
    return record.lanes.values() if isinstance(record, Duel) else [record]


def _row(run: Run, start: ev.RunStarted, reply: str) -> dict[str, Any]:
    problem = start.problem.encode(errors="replace")
    return {
        "messages": [
            {"role": "user", "content": start.problem},
            {"role": "assistant", "content": reply},
        ],
        "problem_id": hashlib.blake2b(problem, digest_size=8).hexdigest(),
        "strategy": start.strategy,
        "model": start.engine.get("model"),
        "seed": start.seed,
        "tokens": run.ledger.total.total,
    }


def _reply(run: Run, control: bool) -> str | None:
    """None: the run is not right, is of the other kind, or a part of its trace is missing."""
    if run.grade is None or run.grade.verdict != "equal" or run.answer is None:
        return None
    planned = bool(run.plan and len(run.steps) and all(s.calls for s in run.steps))
    if planned is control:
        return None
    thought = _planned(run) if planned else _whole(run)
    if thought is None:
        return None
    return f"{OPEN}\n{thought}\n{CLOSE}\n\n\\boxed{{{run.answer.answer}}}"


def _planned(run: Run) -> str | None:
    """Each step with what was asked, what was thought and said, and its result."""
    parts = []
    for number, node in enumerate(run.steps, 1):
        sample = _sample(node, node.result)
        if sample is None or node.result is None:
            return None
        asked = node.filled or node.text
        parts.append(f"Step {number}: {asked}\n{_text(sample)}\nResult {number}: {node.result}")
    return "\n\n".join(parts)


def _whole(run: Run) -> str | None:
    node = run.nodes.get(run.answer.node) if run.answer else None
    sample = _sample(node, node.result) if node else None
    return _text(sample) if sample else None


def _text(sample: ev.Sample) -> str:
    """Thought and reply as one text, without marks that would end the thought."""
    parts = [sample.thinking or "", sample.text]
    return "\n".join(text for part in parts if (text := _MARK.sub("", part).strip()))


def _sample(node: NodeState, result: str | None) -> ev.Sample | None:
    """The sample that gave the result: the one that was accepted, else the first of the node's
    last mode that is whole and holds it; None if there is none."""
    calls = [call for call in node.calls if call.stage in _stages(node.mode)]
    found = [(call, s) for call in calls for s in call.samples if s.finish == "stop"]
    for verified in reversed(node.verified):
        if verified.accepted and verified.result == result:
            for call, sample in reversed(found):
                if call.stage == verified.mode.value and sample.index == verified.index:
                    return sample
    holding = (s for _, s in reversed(found) if result is not None and result in s.text)
    return next(holding, found[-1][1] if found else None)


def _stages(mode: Mode | None) -> tuple[str, ...]:
    return (mode.value, "chain") if mode is not None else ev.SOLVING

"""The inspector: everything about one node as JSON, sent only when the node is opened.

Knows what is worth showing of a node and bounds its size. Does not know the page; the script
writes every text with textContent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scale_core.problem import Mode
from scale_core.trace import events as ev
from scale_core.trace.prices import Prices
from scale_core.trace.run import NodeState, Run
from scale_core.views import units
from scale_core.views.graph import ANSWER
from scale_core.views.units import STAGE_NAMES

TEXT = 4000  # characters of a prompt or a reply
CALLS, SAMPLES, TOKENS = 40, 32, 1500  # how much of a node is shown at most


def inspect(run: Run, id: str, prices: Prices = units.NO_PRICES) -> dict[str, Any] | None:
    """The inspector's JSON for a node of this run, None if it has no such node."""
    if id == ANSWER:
        return _answer(run, prices)
    if id == ev.PLAN_NODE and run.start is not None:
        return _plan(run, prices)
    node = run.nodes.get(id)
    return None if node is None else _step(run, node, prices)


def _row(name: str, value: str | None) -> list[list[str]]:
    return [] if value is None else [[name, value]]


# ---- a step --------------------------------------------------------------------------------


def _step(run: Run, node: NodeState, prices: Prices) -> dict[str, Any]:
    step = run.plan.by_id.get(node.id) if run.plan else None
    asked = node.filled or node.text or "whole problem"
    title = f"{step.name} · {units.pretty(asked)}" if step else units.pretty(asked)
    return {
        "id": node.id,
        "title": units.shorten(title, 120),
        "state": node.state,
        "result": None if node.result is None else units.bounded(node.result, 400),
        "facts": _facts(run, node, prices),
        "notes": _notes(node),
        "calls": calls(node.calls),
        "more": max(0, len(node.calls) - CALLS),
        "outlines": [],
    }


def _facts(run: Run, node: NodeState, prices: Prices) -> list[list[str]]:
    verified = node.verified[-1] if node.verified else None
    received = ", ".join(f"#{a} = {units.shorten(b, 20)}" for a, b in node.received)
    return [
        *_row("state", node.state + (", doubted" if node.doubted else "")),
        *_row("mode", _mode(node)),
        *_row("why", units.shorten(node.reason, 160) or None),
        *_row("as outlined", units.pretty(node.text) if node.filled != node.text else None),
        *_row("received", received or None),
        *_row("difficulty", _rating(node.rating)),
        *_row(
            "first rated",
            _rating(node.first_rating) if node.first_rating is not node.rating else None,
        ),
        *_row("verifier", _verdict(verified)),
        *_row("agreement", _agreement(run, node)),
        *_row("time", _time(node)),
        *_spent_rows(run, node.id, prices),
    ]


def _mode(node: NodeState) -> str | None:
    if node.mode is None:
        return None
    sign = "①" if node.mode is Mode.SYSTEM1 else "②"
    return f"{sign} {node.mode.label}" + (", escalated" if node.escalated else "")


def _rating(rating: ev.Rated | None) -> str | None:
    if rating is None:
        return None
    parts = [
        f"{rating.used:.2f}",
        f"raw {units.UNKNOWN if rating.raw is None else format(rating.raw, '.2f')}",
        f"calibrated {'no' if rating.calibrated is None else format(rating.calibrated, '.2f')}",
    ]
    if rating.provisional:
        parts.append("provisional")
    if rating.forced:
        parts.append("forced")
    if rating.how != "asked":
        parts.append("by System 1's own answer")
    return " · ".join(parts)


def _verdict(verified: ev.Verified | None) -> str | None:
    if verified is None:
        return None
    p = units.UNKNOWN if verified.probability is None else f"{verified.probability:.2f}"
    return f"{p} that {units.shorten(verified.result, 24)} is right · " + (
        "accepted" if verified.accepted else "doubted"
    )


def _agreement(run: Run, node: NodeState) -> str | None:
    solved = [e for e in run.events if isinstance(e, ev.StepSolved) and e.node == node.id]
    votes = solved[-1].votes if solved else ()
    total = sum(n for _, n in votes)
    if total < 2:
        return None
    return ", ".join(f"{units.shorten(value, 20)}: {n} of {total}" for value, n in votes[:6])


def _time(node: NodeState) -> str | None:
    if node.started is None:
        return None
    if node.ended is None:
        return f"since {units.seconds(node.started)}"
    return f"{units.seconds(node.ended - node.started)}, from {units.seconds(node.started)}"


def _spent_rows(run: Run, id: str, prices: Prices) -> list[list[str]]:
    """The tokens by stage, and what they cost together."""
    rates = units.rates_of(run.start, prices)
    own = [e for e in run.ledger.entries if e.node == id]
    cost = units.line(units.cost(rates, own), units.currency(rates))
    return [*_token_rows(run, id), *([["cost", cost]] if own else [])]


def _token_rows(run: Run, id: str) -> list[list[str]]:
    rows = []
    for entry in run.ledger.entries:
        if entry.node != id:
            continue
        usage = entry.usage
        parts = [f"{units.count(usage.prompt)} prompt", f"{units.count(usage.completion)} out"]
        if usage.cached or usage.cached is None:
            parts.insert(1, f"{units.count(usage.cached)} cached")
        if usage.thinking or usage.thinking is None:
            parts.append(f"{units.count(usage.thinking)} thinking")
        rows.append([f"tokens, {STAGE_NAMES.get(entry.stage, entry.stage)}", " · ".join(parts)])
    return rows


def _notes(node: NodeState) -> list[dict[str, str]]:
    """Whatever did not go straight: escalation, retries, fallbacks, failure."""
    notes = []
    if node.escalated is not None:
        notes.append({"kind": "escalated", "text": units.bounded(node.escalated, 400)})
    for retry in node.retries[:CALLS]:
        stage = STAGE_NAMES.get(retry.stage, retry.stage)
        text = f"{stage}, attempt {retry.attempt}: {units.bounded(retry.reason, 300)}"
        notes.append({"kind": "tried again", "text": text})
    for fallback in node.fallbacks[:CALLS]:
        text = f"{units.bounded(fallback.what, 200)}: {units.bounded(fallback.reason, 300)}"
        notes.append({"kind": "fallback", "text": text})
    if node.failure:
        notes.append({"kind": "failed", "text": units.bounded(node.failure, 400)})
    for check in node.verified[:-1][:CALLS]:
        notes.append({"kind": "checked", "text": _verdict(check) or ""})
    return notes


# ---- calls ---------------------------------------------------------------------------------


def calls(made: Sequence[ev.Sampled]) -> list[dict[str, Any]]:
    """The latest calls, oldest first, with a budget of tokens that carry probabilities."""
    left = TOKENS
    shown = []
    for call in made[-CALLS:]:
        samples = []
        for sample in call.samples[:SAMPLES]:
            samples.append(_sample(sample, left))
            left -= len(sample.tokens)
        shown.append(_call(call, samples))
    return shown


def _call(call: ev.Sampled, samples: list[dict[str, Any]]) -> dict[str, Any]:
    heading = STAGE_NAMES.get(call.stage, call.stage)
    if call.attempt:
        heading += f", attempt {call.attempt + 1}"
    return {
        "main": call.stage in (*ev.SOLVING, "outline"),
        "heading": heading,
        "how": f"seed {call.seed} · temperature {call.temperature:g} · top-p {call.top_p:g} · "
        f"at most {call.max_tokens} tokens{_thinking(call)} · {units.seconds(call.seconds)}",
        "cost": f"{units.count(call.usage.prompt)} + {units.count(call.usage.completion)} tokens",
        "prompt": units.bounded(call.prompt, TEXT),
        "samples": samples,
        "more": max(0, len(call.samples) - SAMPLES),
    }


def _sample(sample: ev.Sample, left: int) -> dict[str, Any]:
    ends = {
        "stop": "",
        "length": "cut off: token limit",
        "repetition": "cut off: went in circles",
        "abort": "stopped",
    }
    return {
        "index": sample.index,
        "text": units.bounded(sample.text, TEXT),
        "thinking": None if sample.thinking is None else units.bounded(sample.thinking, TEXT),
        "end": ends.get(sample.finish, sample.finish) + _cut(sample),
        "tokens": [_token(token) for token in sample.tokens[: max(0, left)]],
        "more": max(0, len(sample.tokens) - max(0, left)),
    }


def _thinking(call: ev.Sampled) -> str:
    if call.thinking is None:
        return ""
    if not call.thinking:
        return " · thinking off"
    most = "" if call.thinking_budget is None else f", at most {call.thinking_budget} tokens of it"
    return f" · thinking on{most}"


def _cut(sample: ev.Sample) -> str:
    if not sample.thought_cut:
        return ""
    return (", " if sample.finish != "stop" else "") + "thought ended at its budget"


def _probability(logprob: float | None) -> float | None:
    return None if logprob is None else round(math.exp(min(0.0, logprob)), 3)


def _token(token: ev.Token) -> list[Any]:
    others = [
        [units.shorten(repr(text)[1:-1], 16), _probability(p)] for text, p in token.alternatives[:5]
    ]
    return [units.bounded(token.text, 60), _probability(token.logprob), others]


# ---- plan and answer -----------------------------------------------------------------------


def _plan(run: Run, prices: Prices) -> dict[str, Any]:
    node = run.nodes.get(ev.PLAN_NODE) or NodeState(ev.PLAN_NODE)
    return {
        "id": ev.PLAN_NODE,
        "title": "Plan",
        "state": "solved" if run.plan else ("running" if run.end is None else "stopped"),
        "result": None,
        "facts": [
            *_row("chosen because", run.planned.how if run.planned else None),
            *_row("steps", str(len(run.plan.steps)) if run.plan else None),
            *_row(
                "given",
                ", ".join(f"{a} = {b}" for a, b in run.planned.givens) or None
                if run.planned
                else None,
            ),
            *_spent_rows(run, ev.PLAN_NODE, prices),
        ],
        "notes": _notes(node),
        "calls": calls(node.calls),
        "more": max(0, len(node.calls) - CALLS),
        "outlines": [_outline(run, outline) for outline in run.outlines[:SAMPLES]],
    }


def _outline(run: Run, outline: ev.OutlineRead) -> dict[str, Any]:
    chosen = run.planned is not None and run.planned.outline == outline.text
    if not outline.valid:
        mark = "refused"
    elif outline.duplicate_of is not None:
        mark = f"same as {outline.duplicate_of + 1}"
    else:
        mark = "chosen" if chosen else "valid"
    return {
        "index": outline.index + 1,
        "text": units.bounded(outline.text, 1000),
        "mark": mark,
        "reason": units.bounded(outline.reason, 300),
    }


def _answer(run: Run, prices: Prices) -> dict[str, Any] | None:
    if run.start is None:
        return None
    grade = run.grade
    by = run.answer.node if run.answer else None
    total = run.ledger.total
    rates, cost = units.of_run(run, prices)
    return {
        "id": ANSWER,
        "title": "Answer",
        "state": "solved" if run.answer else run.status,
        "result": units.bounded(run.answer.answer, 400) if run.answer else None,
        "facts": [
            *_row("problem", units.bounded(run.start.problem, 600)),
            *_row("comes from", f"step {by}" if by else None),
            *_row("expected", units.bounded(grade.expected, 200) if grade else None),
            *_row("verdict", grade.verdict if grade else None),
            *_row("because", grade.reason or None if grade else None),
            *_row("status", f"{run.status} {run.end.message if run.end else ''}".strip()),
            *_row("time", units.seconds(run.seconds)),
            *_row(
                "tokens",
                f"{units.count(total.prompt)} prompt · "
                f"{units.count(total.cached)} cached · "
                f"{units.count(total.completion)} out · "
                f"{units.count(total.thinking)} thinking",
            ),
            *_row("cost", units.line(cost, units.currency(rates))),
        ],
        "notes": [],
        "calls": [],
        "more": 0,
        "outlines": [],
    }

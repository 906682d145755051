"""A check's recording holds what its verdict is read from, and little else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_core.dialects.abacus.dialect import NO, YES, AbacusDialect
from scale_core.dialects.base import Dialect
from scale_core.dialects.chat.dialect import ChatDialect
from scale_core.runs.solve import duel
from scale_core.trace import duel as dv
from scale_core.trace.events import Sample, Token
from tests.pipeline.chat_scripted import ANSWER, PROBLEM, ChatEngine

WORDS = (
    "Verdict", ":", " yes", "yes", " no", "No", "**", " right", " wrong", "correct", "in", "The ",
    "12 + 24 = 36", "\n", ".", "是", " n", "t", "[", "]", "So", " result", " is",
)  # fmt: skip
LOGPROB = st.floats(-20, 0)


def tokens(words: tuple[str, ...]) -> st.SearchStrategy[tuple[Token, ...]]:
    piece = st.sampled_from(words)
    seen = st.lists(st.tuples(piece, LOGPROB), max_size=5).map(tuple)
    return st.lists(st.builds(Token, piece, LOGPROB, seen), max_size=12).map(tuple)


@pytest.mark.parametrize("kind", ["chat", "abacus"])
@given(data=st.data())
def test_the_verdict_is_the_same_without_the_alternatives_of_other_tokens(
    kind: str, data: st.DataObject
) -> None:
    dialect: Dialect = ChatDialect() if kind == "chat" else AbacusDialect()
    words = WORDS if kind == "chat" else (YES, NO, "1", "2", "=")
    whole = data.draw(tokens(words))
    few = tuple(t if dialect.weighs(t) else replace(t, alternatives=()) for t in whole)
    text = "".join(token.text for token in whole)
    full, thin = (Sample(0, text, "stop", len(whole), tokens=found) for found in (whole, few))
    assert dialect.read_verdict(thin) == dialect.read_verdict(full)


def test_a_duel_keeps_them_only_where_the_verdict_stands() -> None:
    async def go() -> dv.Duel:
        shown = dv.Duel()
        engine = ChatEngine(logprobs=True)
        how: dict[str, Any] = {
            "engine": engine,
            "options": {"prompts": "ours"},
            "lanes": ["bandit"],
        }
        async for event in duel(PROBLEM, answer=ANSWER, budget="4/step", **how):
            shown.apply(event)
        return shown

    (lane,) = asyncio.run(go()).lanes.values()
    checks = [e for e in lane.events if e.kind == "sampled" and e.stage == "verify"]
    kept = [bool(t.alternatives) for e in checks for s in e.samples for t in s.tokens]
    assert any(kept) and not all(kept)

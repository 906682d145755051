"""The page's endpoints for programs: the same runs and duels, without pictures.

Knows what a client may ask for and what it is told. Does not know the page.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import api as endpoint

from scale_core.ui.handlers import Ask, Player, Session
from scale_core.ui.player import Challenge, DuelPlayer, DuelSession
from scale_core.views import export

PEOPLE = 16  # runs at the same time; more wait their turn
FIRST = ("uniform", "scale", "dora", "bandit")


def serve(player: Player, duels: DuelPlayer) -> None:
    """`solve` and `duel`, in the Blocks that is being built."""

    async def solve(
        problem: str,
        answer: str = "",
        preset: str = "scale",
        tau: float | None = None,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Solve a maths problem with SCALE and tell what it cost.

        Args:
            problem: the problem, in the language the model understands
            answer: the expected answer, to grade the run; empty if unknown
            preset: scale, faithful, system1, system2, last, cot or self-consistency
            tau: threshold between System 1 and System 2 in [0, 1]; null: fitted
            seed: the same seed gives the same run
        """
        return await _solve(player, Ask(problem, answer, preset, tau, seed))

    async def duel(
        problem: str,
        answer: str = "",
        lanes: list[str] | None = None,
        budget: str = "4/step",
        tau: float | None = None,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Run several strategies side by side on one maths problem with the same budget.

        Args:
            problem: the problem, in the language the model understands
            answer: the expected answer, to grade the lanes; empty if unknown
            lanes: any of uniform, scale, dora, bandit, rebase, beam, dvts, optimal,
                self-consistency and cot; null: the first four
            budget: what each lane may spend: 32 (rollouts in all), 4/step or 2000 tokens
            tau: threshold between System 1 and System 2 in [0, 1]; null: fitted
            seed: the same seed gives the same duel
        """
        named = tuple(lanes or FIRST)
        return await _duel(duels, Challenge(problem, answer, named, budget, tau, seed))

    for function in (solve, duel):
        endpoint(
            function, api_name=function.__name__, concurrency_limit=PEOPLE, concurrency_id="run"
        )


async def _solve(player: Player, ask: Ask) -> dict[str, Any]:
    session = Session()
    async for frame in player.play(session, ask):
        if frame.problem:
            raise gr.Error(frame.problem, print_exception=False)
    return export.summary(session.run, player.prices)


async def _duel(player: DuelPlayer, challenge: Challenge) -> dict[str, Any]:
    session = DuelSession()
    async for frame in player.play(session, challenge):
        if frame.problem:
            raise gr.Error(frame.problem, print_exception=False)
    return export.duel_summary(session.duel, player.prices)

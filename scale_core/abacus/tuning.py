"""What is fitted on the dev set: the calibration of ratings and the default threshold.

Knows the criterion of each. Does not touch test cases.
"""

from __future__ import annotations

from collections.abc import Sequence

from scale_core.abacus import measure
from scale_core.abacus.evaluate import Rating, rate_steps
from scale_core.engines.base import Engine
from scale_core.pipeline.calibration import TRUSTED, BothModes, Calibration, choose_tau, fit
from scale_core.problem import Mode

PER_FAMILY = 1500
ACCEPT = 0.5


async def outcomes(
    engine: Engine, ratings: Sequence[Rating], calibration: Calibration
) -> list[BothModes]:
    ops = [r.op for r in ratings]
    fast = await measure.solved(engine, ops, Mode.SYSTEM1, seed=11)
    slow = await measure.solved(engine, ops, Mode.SYSTEM2, seed=12)
    checks = {id(c.solved): c for c in await measure.checked(engine, fast)}
    out = []
    for rating, f, s in zip(ratings, fast, slow, strict=True):
        check = checks.get(id(f))
        prompt = len(str(f.op)) + 2  # digits and signs are one token each
        checking = 0 if check is None else prompt + 1 + len(f.result or "") + check.tokens
        out.append(
            BothModes(
                calibration(rating.dynamic),
                f.right,
                check is not None and check.probability >= ACCEPT,
                s.right,
                prompt + f.tokens,
                checking,
                prompt + s.tokens,
            )
        )
    return out


async def tune(engine: Engine) -> Calibration:
    """Fit the map from ratings to failures, then the threshold under that map."""
    found = await rate_steps(engine, "dev", PER_FAMILY)
    points = fit([r.dynamic for r in found], [r.failed for r in found])
    mapped = Calibration(points)
    tau = choose_tau(await outcomes(engine, found, mapped))
    print(f"{len(points)} calibration points from {len(found)} steps, tau {tau}", flush=True)
    source = f"isotonic, {len(found)} dev sub-problems of the six families"
    return Calibration(points, tau, TRUSTED * tau, source)

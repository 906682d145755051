"""Allocations: one step of every published rule (`out`) for given scores and embeddings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from scale_core.allocation.baselines import beam, dvts, uniform
from scale_core.allocation.dora import dora
from scale_core.allocation.published_arithmetic import cosines
from scale_core.allocation.rebase import rebase, rebase_original
from scale_core.allocation.shares import Allocation
from tests.oracles.report import Case, Report, cases, close, need, numbers, rows, same

NAME = "allocations"
WITHIN = 1e-6


def recognises(data: Any) -> bool:
    return any("out" in case and "scores" in case for case in cases(data))


def check(data: Any, report: Report) -> None:
    for position, case in enumerate(cases(data)):
        name = f"case {case.get('id', position)}"
        report.check(name, partial(_readable, case))
        report.passed -= 1  # being readable is no check
        out = case["out"]
        if "S" in case:
            report.check(f"{name} S", partial(_similarity, case))
        for method, expected in out.items():
            reason = _skipped(method, expected)
            if reason:
                report.skipped[reason] += 1
            else:
                report.check(f"{name} {method}", partial(_compare, case, method, expected))


def _readable(case: Case) -> None:
    k = need(case, "k", int)
    numbers(case, "scores", k)
    rows(case, "embeddings", k)
    need(case, "n", int)
    need(case, "beam_width", int)
    need(case, "T_b", int, float)
    need(case, "T_s", int, float)
    for method in need(case, "out", dict):
        need(case["out"], method, dict)
    if "S" in case:
        rows(case, "S", k)


def _skipped(method: str, expected: Case) -> str:
    if method == "dora_topp":
        return "dora_topp (not to be imitated)"
    if "error" in expected:
        return "the published code failed"
    if method == "beam" and expected.get("tie_at_cut"):
        return "beam tie at the cut"
    return "" if method in RULES else f"unknown rule {method}"


def _similarity(case: Case) -> None:
    ours = cosines(np.array(case["embeddings"], np.float32))
    for i, (row, theirs) in enumerate(zip(ours.tolist(), case["S"], strict=True)):
        close(f"S[{i}]", row, theirs, WITHIN)


def _dora(case: Case, prefilter: bool) -> Allocation:
    return dora(
        case["scores"], np.array(case["embeddings"], np.float32), case["n"],
        t_b=case["T_b"], t_s=case["T_s"], prefilter=prefilter, published=True,
    )  # fmt: skip


RULES: dict[str, Callable[[Case], Allocation]] = {
    "uniform": lambda c: uniform(c["k"], c["n"], published=True),
    "beam": lambda c: beam(c["scores"], c["n"], c["beam_width"], published=True),
    "dvts": lambda c: dvts(c["scores"], c["n"], c["beam_width"], published=True),
    "rebase": lambda c: rebase(c["scores"], c["n"], t_b=c["T_b"], published=True),
    "dora_paper": lambda c: _dora(c, prefilter=False),
    "dora_release": lambda c: _dora(c, prefilter=True),
    "rebase_original": lambda c: rebase_original(c["scores"], c["n"], t_b=c["T_b"], published=True),
}


def _compare(case: Case, method: str, expected: Case) -> None:
    k = case["k"]
    ours = RULES[method](case)
    kept = np.arange(k) if ours.kept is None else np.flatnonzero(ours.kept)
    compared = 0
    for key, counts in (("raw", ours.raw), ("realized", ours.counts)):
        if key in expected:
            assert counts is not None
            same(key, counts.tolist(), numbers(expected, key, k))
            compared += 1
    if "kept" in expected:
        same("kept", kept.tolist(), numbers(expected, "kept"))
    for key, factor in (("w", ours.weight), ("gamma", ours.gamma), ("w_prime", ours.share)):
        if key in expected:
            assert factor is not None
            theirs = numbers(expected, key)
            # The prefilter's factors may be listed for the survivors only.
            listed = factor if len(theirs) == k else factor[kept]
            close(key, np.nan_to_num(listed).tolist(), theirs, WITHIN)
    if not compared:
        need(expected, "realized", list)

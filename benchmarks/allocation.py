"""Speed and memory of the allocation rules, next to numpy doing the least that must be done.

    python benchmarks/allocation.py [--quick] [--only WORD]

Each benchmark is a function in BENCHMARKS that prints its own lines; times are the best of a few
turns in one run, and the ratios are what to read. DORA's weights are compared with the bare float32
matrix product E @ E.T (numpy knows that it is symmetric and halves the work) and, where that fits,
with a direct transcription of the published formulas; a peak of memory is that of a process of
its own (Linux), embeddings and numpy included.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scale_core.allocation.apportion import apportion  # noqa: E402
from scale_core.allocation.dora import dora  # noqa: E402
from scale_core.strategies.search.text_vectors import FEATURES, NGRAMS, ngrams  # noqa: E402

WIDTH = 1024
T_B, T_S = 0.1, 0.01
KINDS = ("unlike", "clusters", "narrow")
LARGEST_DENSE = 12_000  # the transcription holds two k x k matrices in float64


def best_of(turns: int, *runs: Callable[[], object]) -> list[float]:
    """The shortest time of each, in seconds; the runs take turns."""
    times = [[_seconds(run) for run in runs] for _ in range(turns)]
    return [min(column) for column in zip(*times, strict=True)]


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def embeddings(kind: str, k: int) -> NDArray[np.float32]:
    """unlike: nearly at right angles. clusters: k / 100 of them, cosine 0.99 inside, a tenth of
    the rows repeated. narrow: all in one cone, cosine 0.9, like prefixes of one solution."""
    rng = np.random.default_rng(7)
    own = rng.standard_normal((k, WIDTH), dtype=np.float32)
    if kind == "unlike":
        return own
    count = 1 if kind == "narrow" else k // 100
    centres = rng.standard_normal((count, WIDTH), dtype=np.float32)
    own *= np.float32(1 / 3 if kind == "narrow" else 0.1)
    own += centres[rng.integers(0, count, k)]
    if kind == "clusters":
        own[rng.permutation(k)[: k // 10]] = own[: k // 10]
    return own


def scores_of(k: int) -> NDArray[np.float64]:
    return np.random.default_rng(8).beta(8, 1.2, k)


def transcription(scores: NDArray[np.float64], rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Eq. 10-12 as they stand, in float64."""
    w = np.exp(scores / T_B) / np.exp(scores / T_B).sum()
    e = rows.astype(np.float64)
    e /= np.linalg.norm(e, axis=1, keepdims=True)
    p = np.exp((e @ e.T - 1) / T_S)
    gamma = p.diagonal() / p.sum(axis=1)
    product = w * gamma
    return product / product.sum()


def dora_weights(quick: bool) -> None:
    for k in (1_000, 3_000) if quick else (1_000, 10_000, 30_000):
        print(f"\nDORA's weights, {k:,} candidates, {WIDTH} dimensions, N = k")
        print("  embeddings  E @ E.T s  published s    ours s  ours/E @ E.T  counts  peak MB")
        for kind in KINDS:
            print(f"  {kind:<10}", end=" ", flush=True)
            _compare(k, kind)


def _compare(k: int, kind: str) -> None:
    rows, scores = embeddings(kind, k), scores_of(k)
    dense = k <= LARGEST_DENSE
    bare, ours = best_of(
        3 if dense else 2,
        lambda: rows @ rows.T,
        lambda: dora(scores, rows, k, t_b=T_B, t_s=T_S),
    )
    published, counts = "        -", "     -"
    if dense:
        start = time.perf_counter()
        expected = apportion(transcription(scores, rows), k, scores=scores)
        published = f"{time.perf_counter() - start:9.3f}"
        same = np.array_equal(expected, dora(scores, rows, k, t_b=T_B, t_s=T_S).counts)
        counts = "  same" if same else "DIFFER"
    peak = _peak(k, kind)
    print(f"{bare:10.3f}  {published:>11}  {ours:8.3f}  {ours / bare:12.2f}  {counts}  {peak:7.0f}")


def _peak(k: int, kind: str) -> float:
    command = [sys.executable, __file__, "--peak", str(k), "--kind", kind]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_peak(k: int, kind: str) -> None:
    """For the process of its own: embeddings are made in place, so that ours is the peak."""
    rows = np.empty((k, WIDTH), np.float32)
    for start in range(0, k, 1000):
        part = embeddings(kind, min(1000, k - start))
        part += np.float32(1e-3 * start)  # not the same rows again
        rows[start : start + 1000] = part
    dora(scores_of(k), rows, k, t_b=T_B, t_s=T_S)
    status = Path("/proc/self/status").read_text()  # getrusage would report the parent's peak
    print(int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1000)


def apportioning(quick: bool) -> None:
    k = 100_000 if quick else 1_000_000
    print(f"\napportion over {k:,} weights: seconds, and as a ratio to np.round(N w)")
    w = np.random.default_rng(9).pareto(1.0, k)
    for budget in (k // 1000, k, 1000 * k):
        for kappa in (0.0, 0.5, 20.0, np.inf):
            rounding, ours = best_of(
                3,
                lambda n=budget: np.round(n * (w / w.sum())),
                lambda n=budget, c=kappa: apportion(w, n, c),
            )
            print(f"  N = {budget:<13,} kappa = {kappa:<5} {ours:7.3f} {ours / rounding:7.1f}")


# One function a benchmark; a new rule adds its own here.
def bandit_steps(quick: bool) -> None:
    """A step of every rule of the bandit (benchmarks/bandit.py)."""
    import bandit

    bandit.report(10_000 if quick else 100_000)


def text_vectors(quick: bool) -> None:
    """Hashed n-grams of 1,024 candidates, beside scikit-learn's where it is installed."""
    try:
        from sklearn.feature_extraction.text import HashingVectorizer
    except ImportError:
        HashingVectorizer = None
    print("\nvectors of 1,024 texts: seconds, and as a ratio to scikit-learn's")
    rng = np.random.default_rng(10)
    for length in (40, 200) if quick else (40, 200, 1000):
        letters = rng.choice(list("0123456789+-*/=#; "), (1024, length))
        texts = ["".join(row) for row in letters.tolist()]
        if HashingVectorizer is None:
            print(f"  {length:>5} characters {best_of(5, lambda t=texts: ngrams(t))[0]:7.3f}")
            continue
        theirs = HashingVectorizer(
            analyzer="char", ngram_range=NGRAMS, n_features=FEATURES, lowercase=False
        )
        ours, other = best_of(
            5, lambda t=texts: ngrams(t), lambda t=texts, v=theirs: v.transform(t).toarray()
        )
        print(f"  {length:>5} characters {ours:7.3f} {ours / other:7.2f}")


BENCHMARKS: list[Callable[[bool], None]] = [
    dora_weights,
    apportioning,
    text_vectors,
    bandit_steps,
]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes")
    parser.add_argument("--only", default="", metavar="WORD", help="benchmarks with it in the name")
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--kind", default=KINDS[0], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print_peak(options.peak, options.kind)
        return
    for benchmark in BENCHMARKS:
        if options.only in benchmark.__name__:
            benchmark(options.quick)


if __name__ == "__main__":
    main()

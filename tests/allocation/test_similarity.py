"""Sums and components over distinct embeddings: block by block as in one piece."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scale_core.allocation import similarity
from scale_core.allocation.similarity import Kernel, Units, components

TEMPERATURES = [0.0, 1e-300, 1e-8, 1e-5, 9e-4, 1e-3, 0.01, 0.1, 1.0, 1e6, 1e300]


def clustered(count: int, width: int, noise: float, seed: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((6, width))
    return centres[rng.integers(0, 6, count)] + noise * rng.standard_normal((count, width))


def formula(
    vectors: NDArray[np.float64], sizes: NDArray[np.int64], t: float
) -> NDArray[np.float64]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    gaps = np.minimum(unit @ unit.T, 1) - 1
    gaps[gaps > -1e-13] = 0
    with np.errstate(over="ignore"):
        return np.asarray((gaps == 0 if t == 0 else np.exp(gaps / t)) @ sizes)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 32 from 16 vectors on, so that a few hundred make many blocks and odd ends."""
    monkeypatch.setattr(similarity, "DENSE", 16)
    monkeypatch.setattr(similarity, "BLOCK", 32)


@pytest.mark.parametrize("t", TEMPERATURES)
@pytest.mark.parametrize("noise", [1e-4, 0.05, 0.3, 3.0])
@pytest.mark.usefixtures("small_blocks")
def test_blocks_agree_with_the_whole_matrix(noise: float, t: float) -> None:
    vectors = clustered(205, 48, noise)
    vectors[40:45] = 3 * vectors[30:35]  # parallel, not identical
    sizes = np.random.default_rng(1).integers(1, 9, len(vectors))
    for rows in (vectors, vectors.astype(np.float32)):
        units = Units(rows)
        kernel = Kernel(units, sizes, t)
        expected = formula(rows.astype(np.float64), sizes, t)
        assert kernel.doubt < 2e-3
        rounding = 1e-9 if t < 1e-100 else max(1e-9, 1e-15 / t)  # of a cosine in float64
        assert kernel.sums == pytest.approx(expected, rel=max(kernel.doubt, rounding))
        some = np.array([3, 204, 40, 0])
        assert kernel.exact(some) == pytest.approx(expected[some], rel=rounding)


@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_real_sizes_stay_far_below_the_doubt(noise: float) -> None:
    vectors = clustered(1500, 256, noise).astype(np.float32)
    sizes = np.ones(len(vectors), np.int64)
    kernel = Kernel(Units(vectors), sizes, 0.01)
    error = np.abs(kernel.sums / formula(vectors.astype(np.float64), sizes, 0.01) - 1)
    assert 0 < kernel.doubt <= 2e-4 and error.max() < kernel.doubt / 3


def test_small_numbers_are_done_in_float64() -> None:
    vectors, sizes = clustered(300, 32, 0.1), np.arange(300) + 1
    kernel = Kernel(Units(vectors), sizes, 0.01)
    assert kernel.doubt == 0
    assert kernel.sums == pytest.approx(formula(vectors, sizes, 0.01), rel=1e-11)


def walk(linked: NDArray[np.bool_]) -> list[int]:
    """The lowest index of each one's component, by following links."""
    root = [-1] * len(linked)
    for first in range(len(linked)):
        ahead = [first] if root[first] < 0 else []
        while ahead:
            here = ahead.pop()
            if root[here] < 0:
                root[here] = first
                ahead += np.flatnonzero(linked[here]).tolist()
    return root


@pytest.mark.parametrize("threshold", [-1.0, 0.0, 0.3, 0.8, 0.9, 0.97, 1.0])
@pytest.mark.usefixtures("small_blocks")
def test_components_in_blocks_are_those_of_the_graph(threshold: float) -> None:
    vectors = clustered(150, 24, 0.5)
    vectors[70:75] = 7 * vectors[60:65]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = np.where(unit @ unit.T > 1 - 1e-13, 1.0, unit @ unit.T)
    assert components(Units(vectors), threshold).tolist() == walk(cosines >= threshold)


@pytest.mark.parametrize("count", [0, 1, 3, 100])
def test_components_in_one_piece(count: int) -> None:
    vectors = clustered(count, 24, 0.5)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert components(Units(vectors), 0.8).tolist() == walk(unit @ unit.T >= 0.8)


@pytest.mark.usefixtures("small_blocks")
def test_a_long_chain_is_one_component() -> None:
    angles = np.random.default_rng(2).permutation(np.arange(180)) * np.pi / 180
    vectors = np.column_stack((np.cos(angles), np.sin(angles)))
    assert set(components(Units(vectors), float(np.cos(np.pi / 180)) - 1e-12)) == {0}
    assert len(set(components(Units(vectors), float(np.cos(np.pi / 180)) + 1e-12))) == 180

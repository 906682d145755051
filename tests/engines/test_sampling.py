"""Noise and token choice: the distribution is right and rows do not touch each other."""

from __future__ import annotations

import numpy as np
import pytest

from scale_core.engines.embedded import sampling
from scale_core.engines.embedded.sampling import Floats, Picker, log_probabilities, top, uniforms


def _logits(rows: int, vocabulary: int, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed)
    return random.normal(0, 3, (rows, vocabulary)).astype(np.float32)


def _full(rows: int, value: float) -> Floats:
    return np.full(rows, value, np.float32)


def test_noise_is_a_function_of_seed_index_and_step() -> None:
    long = uniforms(3, 7, 300)
    assert np.array_equal(long[:10], uniforms(3, 7, 10))
    assert not np.array_equal(long, uniforms(3, 8, 300))
    assert not np.array_equal(long, uniforms(4, 7, 300))
    assert long.min() >= 0
    assert long.max() < 1
    for seed in (-1, 2**64, 2**200):  # any integer is a seed
        assert not np.array_equal(uniforms(seed, 0, 4), uniforms(0, 0, 4))


def test_noise_of_neighbouring_samples_is_uncorrelated() -> None:
    noise = np.stack([uniforms(seed, index, 500) for seed in range(4) for index in range(4)])
    assert abs(noise.mean() - 0.5) < 0.02
    correlation = np.corrcoef(noise) - np.eye(len(noise))
    assert abs(correlation).max() < 0.25


@pytest.mark.parametrize("vocabulary", [5, 32, 1000, 1024])
@pytest.mark.parametrize("top_p", [1.0, 0.8])
def test_pick_does_not_depend_on_the_other_rows(vocabulary: int, top_p: float) -> None:
    logits, random = _logits(64, vocabulary), np.random.default_rng(1)
    noise = random.random(64).astype(np.float32)
    temperature = random.choice([0.0, 0.3, 1.0], 64).astype(np.float32)
    picker = Picker(64, vocabulary)
    together = picker.pick(logits, temperature, _full(64, top_p), noise)
    transposed = np.asfortranarray(logits)
    every = picker.pick(transposed, temperature, _full(64, top_p), noise)
    assert np.array_equal(every, together)
    for size in (1, 2, 7, 33):
        for start in range(0, 64 - size, size):
            now = slice(start, start + size)
            apart = picker.pick(logits[now], temperature[now], _full(size, top_p), noise[now])
            assert np.array_equal(apart, together[now])


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.5, 1.0), (2.0, 0.7)])
def test_pick_follows_the_distribution(temperature: float, top_p: float) -> None:
    draws, vocabulary = 40_000, 50
    logits = _logits(1, vocabulary)[0]
    wanted = np.exp(logits.astype(float) / temperature)
    wanted /= wanted.sum()
    order = np.argsort(-wanted)
    inside = order[: 1 + int((wanted[order].cumsum() < top_p).sum())]
    nucleus = np.zeros(vocabulary)
    nucleus[inside] = wanted[inside] / wanted[inside].sum()
    noise = np.random.default_rng(2).random(draws).astype(np.float32)
    rows = np.broadcast_to(logits, (draws, vocabulary))
    ids = Picker(draws, vocabulary).pick(
        rows, _full(draws, temperature), _full(draws, top_p), noise
    )
    seen = np.bincount(ids, minlength=vocabulary) / draws
    assert (seen[nucleus == 0] == 0).all()
    spread = np.sqrt(nucleus * (1 - nucleus) / draws)
    assert (abs(seen - nucleus) <= 5 * spread + 3 / draws).all()  # the rarest: a few draws


def test_impossible_tokens_are_never_drawn_at_the_edges_of_the_noise() -> None:
    for vocabulary in (3, 40, 1024):
        logits = np.full((2, vocabulary), -np.inf, np.float32)
        logits[:, vocabulary // 2] = 0
        for noise in (0.0, 0.5, float(np.nextafter(np.float32(1), np.float32(0))), 1.0):
            ids = Picker(2, vocabulary).pick(logits, _full(2, 0.6), _full(2, 1), _full(2, noise))
            assert ids.tolist() == [vocabulary // 2] * 2


def test_greedy_takes_the_likeliest_and_lowest() -> None:
    logits = np.array([[0, 5, 5, 1], [9, 0, 9, 9]], np.float32)
    ids = Picker(2, 4).pick(logits, _full(2, 0), _full(2, 1), _full(2, 0.99))
    assert ids.tolist() == [1, 0]


def test_tiny_temperatures_do_not_overflow() -> None:
    with np.errstate(all="raise", under="ignore"):
        ids = Picker(1, 100).pick(_logits(1, 100), _full(1, 1e-38), _full(1, 1), _full(1, 0.5))
    assert ids[0] == _logits(1, 100).argmax()


def test_log_probabilities_are_exact_and_rowwise() -> None:
    logits = _logits(64, 1024)
    ours = log_probabilities(logits)
    exact = logits.astype(float)
    exact = exact - np.log(np.exp(exact).sum(axis=1, keepdims=True))
    assert abs(ours - exact).max() < 1e-5
    assert np.array_equal(log_probabilities(np.asfortranarray(logits)), ours)
    for size in (1, 2, 7):
        assert np.array_equal(log_probabilities(logits[5 : 5 + size]), ours[5 : 5 + size])


@pytest.mark.parametrize("count", [0, 1, 5, 20, 21, 64, 100])
def test_top_is_a_stable_sort(count: int) -> None:
    logprobs = np.random.default_rng(3).integers(-9, 0, (6, 64)).astype(np.float32)  # many ties
    wanted = np.argsort(-logprobs, axis=1, kind="stable")[:, :count]
    assert np.array_equal(top(logprobs, count), wanted)


@pytest.mark.parametrize("top_p", [0.01, 0.3, 0.8, 0.95, 0.9999, 1.0])
@pytest.mark.parametrize("sharpness", [0.01, 1.0, 5.0])
def test_the_nucleus_of_a_large_vocabulary_is_the_same(top_p: float, sharpness: float) -> None:
    rng = np.random.default_rng(7)
    logits = rng.normal(size=(2, 20_000)).astype(np.float32) * np.float32(sharpness)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    found = sampling._nucleus(weights, np.full(2, top_p, np.float32)) > 0
    for row, kept in zip(weights.astype(np.float64), found, strict=True):
        order = np.argsort(-row, kind="stable")
        needed = int(np.searchsorted(np.cumsum(row[order]), top_p * row.sum())) + 1
        # up to one token, as sums are rounded
        assert abs(int(kept.sum()) - min(needed, len(row))) <= 1 + 1e-5 * needed
        assert kept[order[: int(kept.sum())]].all()

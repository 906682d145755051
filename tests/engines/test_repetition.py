"""Loops are found, soon and however the text is cut; texts without one never are."""

from __future__ import annotations

import gzip
import json
import random
import string
from itertools import pairwise
from pathlib import Path
from time import process_time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.engines.repetition import COUNTING, EVERY, EXACT, Repetition, smallest_block
from scale_core.engines.vllm.sampling import _circles
from scale_core.gallery import FOLDER

ROOT = Path(__file__).resolve().parents[2]


def found_at(text: str, cuts: list[int] | None = None) -> int | None:
    """Characters that had been fed when the loop was found; None if it was not."""
    seen = Repetition()
    borders = sorted({0, len(text), *(c for c in cuts or () if c < len(text))})
    for a, b in pairwise(borders):
        if seen.feed(text[a:b]):
            return b
    return None


def noise(seed: int, length: int) -> str:
    letters = string.ascii_letters + string.digits + " .,\n"
    return "".join(random.Random(seed).choices(letters, k=length))


# ---- loops -----------------------------------------------------------------------------------


@settings(deadline=None, max_examples=80)
@given(
    block=st.integers(1, 400).flatmap(lambda n: st.text(min_size=n, max_size=n)),
    before=st.integers(0, 3000),
    seed=st.integers(0, 2**32),
    step=st.integers(1, 300),
)
def test_a_planted_loop_is_found_soon_however_it_is_cut(
    block: str, before: int, seed: int, step: int
) -> None:
    start = noise(seed, before)
    needed = max(8 * len(block), 2_000) + EVERY
    text = start + block * (needed // len(block) + 2)
    at = found_at(text, list(range(0, len(text), step)))
    assert at is not None
    assert at <= before + needed + step


@settings(deadline=None, max_examples=50)
@given(
    texts=st.lists(st.text(alphabet="ab1 \n", max_size=700), max_size=4),
    block=st.text(alphabet="ab12 \n", min_size=1, max_size=60),
    copies=st.integers(0, 300),
    cuts=st.lists(st.integers(0, 20_000), max_size=40),
)
def test_the_pieces_make_no_difference(
    texts: list[str], block: str, copies: int, cuts: list[int]
) -> None:
    text = block.join(texts) + block * copies
    by_sign = list(range(len(text)))
    assert (found_at(text) is None) == (found_at(text, cuts) is None)
    assert (found_at(text) is None) == (found_at(text, by_sign) is None)


@settings(deadline=None, max_examples=30)
@given(
    words=st.lists(st.text("abcdefgh ,.", min_size=3, max_size=40), min_size=1, max_size=4),
    first=st.integers(0, 10**6),
    before=st.integers(0, 1000),
)
def test_counting_on_and_on_is_found(words: list[str], first: int, before: int) -> None:
    def copy(i: int) -> str:
        return "".join(f"{word}{i}" for word in words) + "; "

    block = sum(len(word) + 1 for word in words) + 2
    copies = COUNTING.needed(block) // block + 2 * EVERY // block + 2
    text = noise(1, before) + "".join(copy(first + i) for i in range(copies))
    assert found_at(text) is not None


def test_the_bounds_are_the_ones_that_are_written() -> None:
    for block, copies in (("x", 2_000), ("abc def", 286), ("a line of text\n", 67)):
        assert EXACT.loop("?" + block * copies)
        assert not EXACT.loop("?" + block * (copies - 1))
    assert EXACT.loop(noise(0, 400) * 8) and not EXACT.loop(noise(0, 400) * 7)
    assert not EXACT.loop(noise(0, 401) * 20)
    step = "Step 0: add 0. "
    assert COUNTING.loop(step * 534) and not COUNTING.loop(step * 533)
    assert COUNTING.loop(noise(0, 200) * 256) and not COUNTING.loop(noise(0, 200) * 255)


@given(st.text("ab", min_size=1, max_size=40), st.integers(1, 12))
def test_the_smallest_block_is_the_smallest(text: str, most: int) -> None:
    end = text[-most:]
    places = [p for p in range(1, most + 1) if len(text) >= most + p and text[:-p].endswith(end)]
    assert smallest_block(text, most) == (min(places, default=0) if len(text) > most else 0)


def test_vllms_one_range_of_blocks_holds_a_multiple_of_every_block() -> None:
    asked = _circles(SimpleNamespace(RepetitionDetectionParams=SimpleNamespace))
    sizes = range(asked.min_pattern_size, asked.max_pattern_size + 1)
    assert all(any(size % block == 0 for size in sizes) for block in range(1, sizes[-1] + 1))
    assert asked.min_count == EXACT.copies and asked.min_count * sizes[0] == 512


# ---- texts without a loop --------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from(["ab", "01", string.printable]))
def test_random_text_is_no_loop(seed: int, letters: str) -> None:
    assert found_at("".join(random.Random(seed).choices(letters, k=40_000))) is None


CASES = (
    "Case {i}: if x = {i}, then 3 * {i} + 7 = {j}, which is not 1000, so x is not {i}.\n",
    "| {i} | {j} | {k} |\n",
    "Day {i}: he has {j} apples and eats 2, so {k} are left.\n",
)


@pytest.mark.parametrize("line", CASES)
def test_a_table_and_a_listing_of_cases_are_honest(line: str) -> None:
    rows = [line.format(i=i, j=3 * i + 7, k=3 * i + 5) for i in range(1, 201)]
    assert found_at("Let us try them all.\n" + "".join(rows)) is None


def test_what_is_often_said_again_is_honest() -> None:
    rows = [f"{w} and {v}: no.\n" for w in ("red", "blue", "green") for v in range(60)]
    assert found_at("".join(rows)) is None
    assert found_at("".join(f"{n}, " for n in range(2, 3000))) is None, "a row of numbers"
    assert found_at("Name" + "-" * 900 + "\n" + "a | b\n" * 20) is None
    assert found_at("The answer is 4.\nWait, let me check that again.\n" * 7) is None
    assert found_at("0 & 0 & 0 & 1 \\\\\n" * 50) is None, "a matrix"


def test_no_recorded_reply_is_a_loop() -> None:
    """What a model really wrote: alone and, not the same twice, one after another."""
    folders = (FOLDER, ROOT / "tests" / "data")
    files = sorted(path for folder in folders for path in folder.glob("*.jsonl.gz"))
    texts = [text for path in files for text in recorded(path)]
    assert len(texts) > 300
    assert not [text for text in texts if found_at(text)]
    assert found_at("\n".join(dict.fromkeys(texts))) is None


def recorded(path: Path) -> list[str]:
    """The texts of all samples of a recording."""
    events = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    inner = [event.get("event", event) for event in events]
    return [
        (sample["thinking"] or "") + sample["text"]
        for event in inner if event["kind"] == "sampled" for sample in event["samples"]
    ]  # fmt: skip


def test_what_people_wrote_is_no_loop() -> None:
    """Prose, tables, lists and code: the repository itself."""
    kinds = ("*.md", "docs/*.md", "scale_core/**/*.py", "assets/**/*.js", "assets/**/*.css")
    files = sorted({path for kind in kinds for path in ROOT.glob(kind)})
    assert len(files) > 100
    assert not [path for path in files if found_at(path.read_text("utf-8"))]


def test_a_long_text_costs_little() -> None:
    """A text of the longest reply, a token at a time, whatever it looks like."""
    for text in (noise(3, 130_000), "".join(f"{i}: no\n" + noise(i, 5) for i in range(9_000))):
        seen, began = Repetition(), process_time()
        for at in range(0, len(text), 4):
            seen.feed(text[at : at + 4])
        assert not seen.found
        assert process_time() - began < 2

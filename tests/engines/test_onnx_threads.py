"""The number of threads is measured, kept for the same model and machine, and never above what is
lent."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_core import user_data
from scale_core.engines.onnx_chat import threads
from scale_core.engines.onnx_chat.engine import OnnxChatEngine
from scale_core.engines.onnx_chat.model import ChatModel
from scale_core.engines.onnx_chat.threads import FILE, SLACK, Choice, choose, lent, measured

FOLDER = Path(__file__).resolve().parents[1] / "data" / "tiny_chat"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A quiet machine whose measurements are kept in a folder of the test's own."""
    monkeypatch.setenv(user_data.VARIABLE, str(tmp_path / "data"))
    monkeypatch.setattr(threads, "_load", lambda: 0.0)
    return tmp_path / "data" / FILE


class Watch:
    """Rates of a machine, and which were asked for."""

    def __init__(self, **rates: float) -> None:
        self.rates = {int(name[1:]): rate for name, rate in rates.items()}
        self.asked: list[int] = []

    def __call__(self, number: int) -> float:
        self.asked.append(number)
        return self.rates.get(number, float(number))


@given(st.integers(1, 200), st.integers(1, 200), st.floats(0.1, 1e4))
def test_no_more_threads_than_help(most: int, cores: int, rate: float) -> None:
    """Cores that add up until memory is the limit: then fewer threads are as fast."""
    choice = measured(most, lambda number: rate * min(number, cores))
    assert choice.threads in choice.rates and 1 <= choice.threads <= most
    best = max(choice.rates.values())
    assert choice.rates[choice.threads] >= best * (1 - SLACK)
    assert most <= cores or choice.threads >= min(cores, most) / 1.06
    assert choice.threads == 1 or choice.threads < 2 * cores / (1 - SLACK)


def test_what_was_measured_is_kept_for_the_same_model(kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder)
    watch = Watch()
    first = choose(folder, "0.18", watch)
    assert first.threads == lent() and watch.asked[0] == lent()
    again = Watch()
    assert (choose(folder, "0.18", again), again.asked) == (first, [])
    assert choose(folder, "0.19", again).rates and again.asked, "another version"
    other = Watch()
    os.utime(folder / "model.onnx", (1, 1))
    choose(folder, "0.18", other)
    assert other.asked, "another file"
    assert len(json.loads(kept.read_text())) == 3


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"%s": 3}', '{"%s": {"threads": "2", "rates": {}}}',
                '{"%s": {"threads": 100000, "rates": {"1": 2}}}', '{"%s": {"threads": 1}}']
)  # fmt: skip
def test_a_file_that_is_not_ours_is_measured_over(kept: Path, content: str) -> None:
    kept.parent.mkdir()
    key = json.dumps(threads._key(FOLDER, "1"))[1:-1]
    kept.write_text(content.replace("%s", key))
    watch = Watch()
    assert choose(FOLDER, "1", watch).threads == lent()
    assert watch.asked


def test_on_a_busy_machine_it_is_not_kept(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_load", lambda: 3.0 * lent())
    assert choose(FOLDER, "1", Watch()).rates
    assert not kept.exists()


def test_nor_where_nothing_is_to_be_kept(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(user_data.VARIABLE, "none")
    assert choose(FOLDER, "1", Watch()).rates
    assert not kept.exists()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "100000 100000\n"}, 1),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu.max": "nonsense\n"}, None),
        ({"cpu.max": "100000000 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({}, None),
    ],
)
def test_a_container_s_share_is_all_there_is(
    tmp_path: Path, files: dict[str, str], expected: int | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert lent(tmp_path) == (expected or lent(tmp_path / "nowhere"))


def test_the_engine_says_how_it_chose(kept: Path) -> None:
    pytest.importorskip("onnxruntime_genai")
    for number, words in ((None, "measured here"), (None, "measured here"), (1, "as asked for")):
        engine = OnnxChatEngine(FOLDER, threads=number)
        assert any(words in note for note in engine.info.notes)
        assert engine.info.device.startswith("CPU, ")
        asyncio.run(engine.close())
    (entry,) = json.loads(kept.read_text()).values() if kept.exists() else [None]
    assert entry is None or entry["threads"] in range(1, lent() + 1)


def test_the_number_of_threads_changes_no_bit() -> None:
    pytest.importorskip("onnxruntime_genai")
    found = []
    for number in (1, 2, 3):
        track = ChatModel(FOLDER, number).track(64)
        track.append(range(3, 40))
        found.append([track.logits(), *(track.advance(id) for id in (5, 9, 300))])
    assert all(
        np.array_equal(a, b) for other in found[1:] for a, b in zip(found[0], other, strict=True)
    )


def test_words_for_people() -> None:
    assert Choice(2, {2: 31.42, 1: 17.0}).words() == (
        "measured here, in tokens a second: 1: 17, 2: 31.4"
    )

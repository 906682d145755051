"""A Space as it is laid out: what is in it, what its head says, and that it starts from there."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client

from scale_core.cli import engine as cli_engine
from scale_core.cli import main as cli
from scale_core.cli import space as cli_space
from scale_core.cli.common import USAGE, UsageError

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds for a start on a busy machine


def head(folder: Path) -> dict[str, str]:
    _, block, _ = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return dict(line.split(": ", 1) for line in block.splitlines())


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spaces") / "cpu"
    assert cli.main(["space", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def address(space: Path) -> Iterator[str]:
    """The app started from the folder, as a Space starts it, with nothing else to import from."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "SCALE_ARGS")}
    env |= {"GRADIO_ANALYTICS_ENABLED": "False", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, head(space)["app_file"], "--port", str(port)]
    process = subprocess.Popen(command, cwd=space, env=env)
    url = f"http://127.0.0.1:{port}/"
    try:
        until = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, "the app ended before it served the page"
            assert time.monotonic() < until, "the app did not start in time"
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.slow
def test_the_page_is_served_from_the_folder(address: str) -> None:
    with urllib.request.urlopen(address, timeout=30) as answer:
        page = answer.read().decode()
    assert answer.status == 200 and "SCALE Explorer" in page


@pytest.mark.slow
def test_the_embedded_model_solves_there(address: str) -> None:
    client = Client(address, verbose=False)
    found = client.predict("What is 7*8?", "56", "scale", None, 0, api_name="/solve")
    assert found["verdict"] == "equal" and found["tokens"]["total"] > 0


def test_a_space_has_what_the_app_needs_and_nothing_else(space: Path) -> None:
    names = {p.relative_to(space).as_posix() for p in space.rglob("*") if p.is_file()}
    tops = {name.split("/")[0] for name in names}
    assert tops == {
        ".gitattributes", "LICENSE", "README.md", "app.py", "assets", "requirements.txt",
        "scale_core",
    }  # fmt: skip
    parts = "abacus/onnx/model.onnx.data", "prices.csv", "css/style.css", "js/page.js"
    assert {f"assets/{part}" for part in parts} <= names
    assert not [n for n in names if re.search(r"__pycache__|\.pyc$|abacus/hf/", n)]
    assert {"scale_core/dialects/abacus/words.txt", "scale_core/engines/vllm/engine.py"} <= names


def test_binary_files_are_left_to_git_lfs(space: Path) -> None:
    """The Hub refuses others, and any file of more than 10 MB."""
    rules = (space / ".gitattributes").read_text(encoding="utf-8").splitlines()
    patterns = [rule.split()[0] for rule in rules]
    for path in space.rglob("*"):
        if path.is_file() and (b"\0" in path.read_bytes() or path.stat().st_size > 10_000_000):
            assert any(path.match(pattern) for pattern in patterns), path


def test_the_head_is_that_of_the_repository_with_hardware_and_login(space: Path) -> None:
    assert head(space) == {**head(ROOT), "suggested_hardware": "cpu-basic", "hf_oauth": "true"}
    assert head(space)["sdk"] == "gradio" and head(space)["app_file"] == "app.py"
    same = (space / "requirements.txt").read_text(encoding="utf-8")
    own = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert same.replace("gradio[oauth]>", "gradio>") == own != same and "vllm" not in same


def test_a_space_with_a_gpu_brings_vllm_and_starts_it(tmp_path: Path) -> None:
    words = ["--out", str(tmp_path / "gpu"), "--args=--model a/b --max-model-len 4096"]
    assert cli.main(["space", "--gpu", *words]) == 0
    start = (tmp_path / "gpu" / "space.py").read_text(encoding="utf-8")
    assert "'--model a/b --max-model-len 4096'" in start
    told = head(tmp_path / "gpu")
    assert told["suggested_hardware"] == "l4x1" and told["app_file"] == "space.py"
    needs = (tmp_path / "gpu" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [n for n in needs if n.startswith("vllm")] and [
        n for n in needs if "gradio[oauth]>" in n
    ]
    assert not [n for n in needs if n.startswith("-r")]  # one file: the Hub installs no other


@pytest.mark.parametrize(("own", "used"), [(None, "--model x --seed 3"), ("--seed 4", "--seed 4")])
def test_the_start_of_a_gpu_space_hands_over_its_arguments(
    tmp_path: Path, own: str | None, used: str
) -> None:
    """Run with an app.py that only tells what it was started with: no card is needed for that."""
    cli_space.lay_out(tmp_path / "gpu", "t4-small", "--model x --seed 3")
    tells = "import os\ndef main():\n    print(os.environ['SCALE_ARGS'])\n"
    (tmp_path / "gpu" / "app.py").write_text(tells)
    env = {k: v for k, v in os.environ.items() if k != "SCALE_ARGS"}
    env |= {} if own is None else {"SCALE_ARGS": own}
    told = subprocess.run(
        [sys.executable, "space.py"], cwd=tmp_path / "gpu", env=env, capture_output=True, text=True
    )
    assert told.stdout.strip() == used, told.stderr


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for more in ([], ["--replace"]):
        assert cli.main(["space", "--out", str(tmp_path), *more]) == USAGE
        assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_an_earlier_space_is_laid_out_anew_if_asked_for(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("kept")
    assert cli.main(["space", "--gpu", "--out", str(tmp_path)]) == 0
    (tmp_path / "scale_core" / "gone.py").write_text("")
    assert cli.main(["space", "--out", str(tmp_path)]) == USAGE
    assert cli.main(["space", "--out", str(tmp_path), "--replace"]) == 0
    assert not (tmp_path / "scale_core" / "gone.py").exists()
    assert not (tmp_path / "space.py").exists() and (tmp_path / "app.py").exists()
    assert (tmp_path / ".git" / "config").read_text() == "kept"


@pytest.mark.parametrize("inside", ["..", ".", "assets", "scale_core/x"])
def test_the_app_itself_is_never_overwritten(inside: str) -> None:
    with pytest.raises(UsageError, match="the app's own folder"):
        cli_space.lay_out(ROOT / inside, "cpu-basic", replace=True)
    assert (ROOT / "app.py").exists() and not (ROOT / "scale_core/x").exists()


def test_options_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE_ARGS", "--base-url http://a/v1 --model 'a b'")
    assert cli_engine.from_environment() == ["--base-url", "http://a/v1", "--model", "a b"]
    monkeypatch.setenv("SCALE_ARGS", "--model 'a")
    with pytest.raises(UsageError, match="SCALE_ARGS"):
        cli_engine.from_environment()
    monkeypatch.delenv("SCALE_ARGS")
    assert cli_engine.from_environment() == []


@pytest.mark.slow
def test_the_app_reads_them() -> None:
    env = {**os.environ, "SCALE_ARGS": "--context 5"}
    told = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert told.returncode != 0 and "--context belongs to --engine onnx" in told.stderr

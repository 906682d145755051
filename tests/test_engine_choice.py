"""Command-line options become an engine and its dialect; what is nobody's option is vLLM's."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

import pytest

from scale_core.cli import engine as cli_engine
from scale_core.cli import main as cli
from scale_core.cli.common import FAILED, UsageError
from scale_core.engines import catalogue as api_engines
from scale_core.engines.base import Engine, EngineError
from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.engines.loading import LoadingEngine, ready
from scale_core.engines.openai.engine import OpenAIEngine
from scale_core.runs.lanes import dialect_of
from tests.engines.vllm_settings import HAS_VLLM

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINT = ROOT / "assets" / "abacus" / "hf"
SERVER = ("--base-url", "http://127.0.0.1:1/v1", "--model", "m")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="test")
    commands = made.add_subparsers(required=True)
    solve = commands.add_parser("solve")
    solve.add_argument("problem")
    solve.add_argument("--seed", type=int)
    solve.add_argument("--json", action="store_true")
    cli_engine.add_to(solve)
    commands.add_parser("options").add_argument("--all")
    return made


def parsed(*argv: str) -> argparse.Namespace:
    return cli_engine.parse(parser(), ["solve", *argv])


# ---- which arguments are whose ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "problem", "rest"),
    [
        ("1+1 --model a/b --max-model-len 512", "1+1", "--max-model-len 512"),
        ("1+1 --model a/b --enforce-eager --seed 3 -tp 2 --json", "1+1", "--enforce-eager -tp 2"),
        ("--model a/b --max-model-len=512 1+1", "1+1", "--max-model-len=512"),
        ("--model a/b --max-model-len 512 1+1", "1+1", "--max-model-len 512"),
        ("1+1 --model a/b --max-num-seqs -1 --x.y 2", "1+1", "--max-num-seqs -1 --x.y 2"),
        ("--model a/b --enforce-eager -- -3+5", "-3+5", "--enforce-eager"),
        ("1+1 --model=a/b --engine=vllm", "1+1", ""),
        ("- --model a/b --quantization awq", "-", "--quantization awq"),
    ],
)
def test_unknown_options_are_vllms(argv: str, problem: str, rest: str) -> None:
    args = parsed(*argv.split())
    assert (args.problem, args.rest, args.model) == (problem, rest.split(), "a/b")


@pytest.mark.parametrize(
    "argv",
    [
        ["solve", "1+1", "--max-model-len", "512"],
        ["solve", "1+1", "--engine", "openai", "--base-url", "http://x/v1", "--tp", "2"],
        ["options", "--nonsense"],
        ["solve", "--model", "a/b", "--enforce-eager", "1+1"],  # the word is taken for its value
    ],
)
def test_where_vllm_does_not_run_they_are_errors(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli_engine.parse(parser(), argv)
    assert stopped.value.code == 2
    assert "arguments" in capsys.readouterr().err


def test_the_programs_own_options_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option of every command is told from vLLM's."""
    known = set(cli_engine._options(cli.parser()))
    assert {"--problems", "--lanes", "--list-options", "--base-url", "--version", "-h"} <= known
    with pytest.raises(SystemExit):
        cli.main(["solve", "1+1", "--nonsense"])
    assert "--nonsense" in capsys.readouterr().err


# ---- which engine ----------------------------------------------------------------------------


def test_the_engine_is_guessed(model_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "genai_config.json").write_text("{}")
    for argv, wanted in (
        ([], "embedded"),
        (["--model", str(model_dir)], "embedded"),
        (["--model", str(tmp_path)], "onnx"),
        (["--model", "Qwen/Qwen3-8B"], "vllm"),
        (["--model", str(CHECKPOINT)], "vllm"),
        (["--model", "m", "--base-url", "http://127.0.0.1:1/v1"], "openai"),
        (["--engine", "onnx"], "embedded"),
        (["--engine", "onnx", "--model", "owner/name"], "onnx"),
        (["--engine", "vllm", "--model", str(tmp_path)], "vllm"),
    ):
        assert cli_engine.kind(parsed("1+1", *argv)) == wanted, argv


@pytest.mark.parametrize("value", ["--dtype float32 --max-model-len=99", "--enforce-eager"])
def test_options_of_the_other_models_are_theirs(value: str) -> None:
    args = parsed("1+1", "--model", "a/b", "--prm", "p", "--prm-args", value, "--seed", "3", "-tp",
                  "2", f"--embedder-args={value}")  # fmt: skip
    assert (args.prm_args, args.embedder_args, args.seed) == (value, value, 3)
    assert args.rest == ["-tp", "2"]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--engine", "vllm"], "--model"),
        (["--engine", "openai", "--model", "m"], "--base-url"),
        (["--base-url", "http://127.0.0.1:1/v1"], "--model"),
        (["--base-url", "nonsense", "--model", "m"], "base URL"),
        (["--engine", "embedded", "--base-url", "http://x/v1"], "belongs to --engine openai"),
        (["--prm", "x/y"], "belongs to --engine vllm and openai"),
        (["--model", "a/b", "--context", "99"], "belongs to --engine onnx and openai"),
        (["--in-flight", "8"], "belongs to --engine openai"),
        ([*SERVER, "--in-flight", "0"], "in_flight"),
        (["--patience", "60"], "belongs to --engine openai"),
        ([*SERVER, "--patience", "0"], "patience"),
        ([*SERVER, "--prm-url", "http://127.0.0.1:2/v1"], "--prm-url needs --prm"),
        ([*SERVER, "--extra", "{top_k: 20}"], "--extra is not JSON"),
        ([*SERVER, "--extra", "20"], "--extra must be a JSON object"),
    ],
)
def test_options_that_do_not_fit_together_are_told(argv: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        cli_engine.opened(parsed("1+1", *argv))


def close(engine: Engine) -> None:
    asyncio.run(engine.close())


def test_a_server_is_opened_with_all_its_addresses() -> None:
    engine = cli_engine.opened(
        parsed("1+1", "--model", "m", "--prm", "p", "--embedder", "e", "--base-url",
               "http://127.0.0.1:1/v1", "--base-url", "http://127.0.0.1:2/v1")
    )  # fmt: skip
    info = engine.info
    assert all(f"http://127.0.0.1:{port}/v1" in info.device for port in (1, 2))
    assert info.scores_steps and info.embeds and info.chat
    assert dialect_of(info).name == "chat"
    close(engine)


def test_what_a_server_is_told_beside_its_address() -> None:
    engine = cli_engine.opened(
        parsed("1+1", *SERVER, "--prm", "p", "--prm-url", "http://127.0.0.1:2/v1", "--in-flight",
               "3", "--context", "1234", "--extra", '{"top_k": 20}')
    )  # fmt: skip
    assert isinstance(engine, OpenAIEngine)
    assert engine.state.limit == 3 and "at most 3 requests" in engine.info.device
    assert engine.info.context == 1234 and engine.info.scores_steps
    assert engine._extra == {"top_k": 20}
    close(engine)


def test_the_embedded_engine_is_there_at_once(model_dir: Path) -> None:
    engine = cli_engine.opened(parsed("1+1", "--model", str(model_dir)))
    assert isinstance(engine, OnnxEngine)
    asyncio.run(ready(engine, asyncio.Event()))
    close(engine)


def test_vllm_is_on_its_way_at_once_and_says_what_it_will_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}

    def load(self: LoadingEngine, load: Any, early: Any, watch: Any = None) -> None:
        given.update(early=early, watch=watch)

    monkeypatch.setattr(LoadingEngine, "__init__", load)
    args = parsed("1+1", "--model", "Qwen/Qwen3-8B", "--prm", "Qwen/Qwen2.5-Math-PRM-7B")
    cli_engine.opened(args)
    early = given["early"]
    assert (early.name, early.model, early.chat) == ("vLLM", "Qwen/Qwen3-8B", True)
    assert early.scores_steps and not early.embeds and early.schema and early.thinking_switch
    assert given["watch"] is cli_engine.tell
    cli_engine.opened(parsed("1+1", "--model", str(CHECKPOINT)))
    assert not given["early"].chat
    assert dialect_of(given["early"]).name == "abacus"


def test_what_is_asked_in_messages_is_seen_in_its_folder(tmp_path: Path) -> None:
    assert api_engines.is_chat("owner/name")
    assert not api_engines.is_chat(str(CHECKPOINT))
    assert not api_engines.is_chat(str(tmp_path))
    (tmp_path / "tokenizer_config.json").write_text('{"chat_template": "{{ messages }}"}')
    assert api_engines.is_chat(str(tmp_path))


@pytest.mark.skipif(HAS_VLLM, reason="vLLM is installed")
def test_without_vllm_the_command_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["solve", "1+1", "--model", "Qwen/Qwen3-8B"]) == FAILED
    err = capsys.readouterr().err
    assert "requirements-gpu.txt" in err
    assert len(err.splitlines()) <= 4


@pytest.mark.vllm
def test_vllms_refusal_of_an_argument_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["solve", "1+1", "--model", str(CHECKPOINT), "--max-model-length", "3"])
    assert code == FAILED
    assert "--max-model-length" in capsys.readouterr().err


@pytest.mark.vllm
def test_a_model_that_is_not_there_fails_in_words(tmp_path: Path) -> None:
    engine = api_engines.open_engine("vllm", tmp_path)

    async def wait() -> None:
        assert isinstance(engine, LoadingEngine)
        await engine.ready()

    with pytest.raises(EngineError, match="could not load"):
        asyncio.run(wait())

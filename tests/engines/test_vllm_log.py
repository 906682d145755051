"""vLLM's log is read for progress and for the cause of a failure."""

from __future__ import annotations

import pytest

from scale_core.engines.vllm.library import Log

STARTED = """\
INFO\tResolved architecture: Qwen3ForCausalLM
INFO\tInitializing a V1 LLM engine with config: download_dir=None, {long}compile
INFO\tDownloading weights of Qwen/Qwen3-8B
INFO\tStarting to load model Qwen/Qwen3-8B...
INFO\tLoading weights took 3.21 seconds
WARNING\tcompile is slow today
INFO\tDynamo bytecode transform time: 5.12 s
INFO\ttorch.compile takes 20.1 s in total
INFO\tGPU KV cache size: 104,832 tokens
INFO\tGraph capturing finished in 12 secs
INFO\tinit engine (profile, create kv cache, warmup model) took 51.03 s
"""
FAILED = """\
ERROR\tEngineCore failed to start.
Traceback (most recent call last):
  File "core.py", line 1512, in run_engine_core
    raise ValueError("no")
ValueError: Free memory on device (3.1/79.2 GiB) is less than desired GPU memory utilization
INFO\tshutting down
ERROR\tcould not start
Traceback (most recent call last):
RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}
"""


def told(text: str) -> tuple[list[tuple[str, str]], str | None]:
    phases: list[tuple[str, str]] = []
    log = Log("M", lambda phase, line: phases.append((phase, line)))
    for line in text.splitlines():
        log.read(line)
    cause = log.cause()
    log.close()
    return phases, cause


def test_phases_come_once_each_and_in_order() -> None:
    phases, cause = told(STARTED.replace("{long}", "x" * 400))
    assert phases == [
        ("loading", "M: downloading"),
        ("loading", "M: loading weights"),
        ("compiling", "M: compiling"),
        ("compiling", "M: warming up"),
    ]
    assert cause is None


def test_the_cause_is_the_exception_and_not_its_wrapper() -> None:
    _, cause = told(FAILED)
    assert cause is not None
    assert cause.startswith("ValueError: Free memory on device")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory.", True),
        ("huggingface_hub.errors.RepositoryNotFoundError: 404 Client Error.", True),
        ("OSError: can't load tokenizer", True),
        ("INFO\tno Error here", False),
        ("    raise ValueError(x)", False),
        ("WARNING\tErrors are rare", False),
    ],
)
def test_which_lines_name_an_exception(line: str, found: bool) -> None:
    assert (told(line)[1] is not None) is found


def test_a_closed_log_still_knows_its_cause() -> None:
    log = Log("M", lambda phase, line: None)
    log.read("OSError: gone")
    log.close()
    assert log.cause() == "OSError: gone"

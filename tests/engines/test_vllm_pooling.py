"""Process reward models and an embedder in a real vLLM, against the same models in Transformers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scale_core.engines.base import EngineError, Request
from scale_core.engines.vllm.pooling import STEP, SYSTEM, VllmEmbedder, VllmPrm
from scale_core.trace.usage import Usage
from tests.engines import tiny_models
from tests.engines.vllm_settings import ARGUMENTS

pytestmark = pytest.mark.vllm

PROBLEM = "What is 2+3*4?"
SOLUTIONS = [
    ["First 3*4=12.", "Then 2+12=14.", "The answer is \\boxed{14}."],
    ["2+3=5.\n\n", "5*4=20."],
    [],
    ["14"],
    ["", "14"],
    [f"A step that ends {STEP} early.", "14"],
]
TEXTS = ["First 3*4=12.", "2+3=5.", "First 3*4=12.", "x" * 900]


@contextmanager
def closing(engine: Any) -> Iterator[Any]:
    try:
        yield engine
    finally:
        asyncio.run(engine.close())


# ---- process reward models -------------------------------------------------------------------


def prompt_of(coder: Any, steps: list[str]) -> list[int]:
    """The published protocol, put together by hand."""
    bare = [step.replace(STEP, "").strip("\n") for step in steps]
    text = (
        f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{PROBLEM}<|im_end|>\n"
        f"<|im_start|>assistant\n{STEP.join(bare)}{STEP}<|im_end|>\n"
    )
    found: list[int] = coder.encode(text, add_special_tokens=False)
    return found


def by_token_classifier(folder: Path) -> Callable[[Any], Any]:
    from transformers import Qwen2ForTokenClassification

    model = Qwen2ForTokenClassification.from_pretrained(folder).eval()
    return lambda ids: model(input_ids=ids).logits[0]


def by_process_reward_model(folder: Path) -> Callable[[Any], Any]:
    import torch
    from safetensors.torch import load_file
    from transformers import Qwen2Config, Qwen2Model

    weights = load_file(folder / "model.safetensors")
    body = Qwen2Model(Qwen2Config.from_pretrained(folder))
    body.load_state_dict(
        {n.removeprefix("model."): w for n, w in weights.items() if n.startswith("model.")}
    )
    body.eval()

    def logits(ids: Any) -> Any:
        hidden = body(input_ids=ids).last_hidden_state[0]
        one = hidden @ weights["score.0.weight"].T + weights["score.0.bias"]
        return torch.relu(one) @ weights["score.2.weight"].T + weights["score.2.bias"]

    return logits


KINDS = {
    "token_classifier": (tiny_models.token_classifier, by_token_classifier),
    "process_reward_model": (tiny_models.process_reward_model, by_process_reward_model),
}


@pytest.mark.parametrize("kind", KINDS)
def test_step_scores_are_those_of_the_published_protocol(kind: str, tmp_path: Path) -> None:
    """softmax(logits)[1] at each step's marker, as Transformers computes it."""
    import torch
    from transformers import AutoTokenizer

    make, reference = KINDS[kind]
    coder = AutoTokenizer.from_pretrained(make(tmp_path))
    logits, marker = reference(tmp_path), coder.get_vocab()[STEP]
    with closing(VllmPrm(str(tmp_path), ARGUMENTS)) as prm:
        assert prm.info.scores_steps and not prm.info.embeds
        scores, usage = asyncio.run(prm.score_steps(PROBLEM, SOLUTIONS))
        assert [len(row) for row in scores] == [len(steps) for steps in SOLUTIONS]
        read = 0
        for steps, row in zip(SOLUTIONS, scores, strict=True):
            if not steps:
                continue
            ids = torch.tensor([prompt_of(coder, steps)])
            read += ids.shape[1]
            with torch.no_grad():
                wanted = torch.softmax(logits(ids), -1)[ids[0] == marker, 1]
            assert row == pytest.approx(wanted.tolist(), abs=2e-4)
        assert (usage.prompt, usage.completion, usage.thinking) == (read, 0, 0)
        assert prm.counters == usage
        check_refusals(prm)


def check_refusals(prm: VllmPrm) -> None:
    with pytest.raises(EngineError, match="too long"):
        asyncio.run(prm.score_steps(PROBLEM, [["x" * 600]]))
    with pytest.raises(EngineError, match="write"):
        asyncio.run(prm.sample(Request("x")))
    with pytest.raises(EngineError, match="embeddings"):
        asyncio.run(prm.embed(["x"]))
    assert asyncio.run(prm.score_steps(PROBLEM, [])) == ([], Usage())


# ---- embeddings ------------------------------------------------------------------------------


def test_embeddings_are_the_models_own(tmp_path: Path) -> None:
    """The first token's last hidden state, at length 1, as BGE-M3 makes its dense vectors."""
    import torch
    from transformers import AutoTokenizer, XLMRobertaModel

    tiny_models.embedder(tmp_path)
    coder = AutoTokenizer.from_pretrained(tmp_path)
    model = XLMRobertaModel.from_pretrained(tmp_path, add_pooling_layer=False).eval()
    with closing(VllmEmbedder(str(tmp_path), ARGUMENTS)) as embedder:
        assert embedder.info.embeds and not embedder.info.scores_steps
        vectors, usage = asyncio.run(embedder.embed(TEXTS))
        read = 0
        for text, vector in zip(TEXTS, vectors, strict=True):
            ids = torch.tensor([coder(text, truncation=True, max_length=512)["input_ids"]])
            read += ids.shape[1]
            with torch.no_grad():
                state = model(input_ids=ids).last_hidden_state[0, 0]
            wanted = torch.nn.functional.normalize(state, dim=0)
            assert vector == pytest.approx(wanted.tolist(), abs=2e-4)
        assert vectors[0] == pytest.approx(vectors[2], abs=1e-5)
        assert (usage.prompt, usage.completion) == (read, 0)
        assert embedder.counters == usage
        with pytest.raises(EngineError, match="empty"):
            asyncio.run(embedder.embed([""]))
        with pytest.raises(EngineError, match="steps"):
            asyncio.run(embedder.score_steps("x", [["y"]]))

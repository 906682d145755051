"""Makes tests/data/tiny_chat: a random chat model of a few thousand weights, for the tests.

Run by hand (python tests/data/make_tiny_chat.py [FOLDER]); needs what training needs
(requirements-train.txt). The architecture is Qwen3's; the weights are noise, the tokenizer is
trained on the sentences below, and the chat template, written for the tests, has Qwen3's switch.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "tiny_chat"
ENDS = ("<|endoftext|>", "<|im_end|>")
SPECIAL = (*ENDS, "<|im_start|>")
TAGS = ("<think>", "</think>")
CONTEXT = 2048

SENTENCES = """Solve the problem. Every step of the plan has a result that later steps need.
Reply with one whole number from 0 to 9: how difficult is step 2? Problem: what is 12 + 30?
The result of the step goes into \\boxed{42}. {"steps": [{"task": "Add the numbers", "needs": []}]}
Is the result right? Verdict: yes. Verdict: no. The answer is 7, and so x = 3 and y = 5.
System and user take turns; the assistant thinks first, then it answers in a few words.
"""

TEMPLATE = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
"""


def make_tokenizer() -> object:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES.splitlines(), trainer)
    tokenizer.add_tokens([AddedToken(tag, special=False, normalized=False) for tag in TAGS])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=ENDS[1],
        pad_token=ENDS[0],
        model_max_length=CONTEXT,
        chat_template=TEMPLATE,
    )


def make_checkpoint(folder: Path) -> None:
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=CONTEXT,
        initializer_range=0.3,
        tie_word_embeddings=True,
        eos_token_id=[tokenizer.convert_tokens_to_ids(end) for end in ENDS[::-1]],
        pad_token_id=tokenizer.convert_tokens_to_ids(ENDS[0]),
        bos_token_id=None,
    )
    model = Qwen3ForCausalLM(config)
    model.to(torch.bfloat16).save_pretrained(folder)


def make(folder: Path = FOLDER) -> None:
    """Write the onnxruntime-genai folder (float32, CPU)."""
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        checkpoint, built = Path(work) / "checkpoint", Path(work) / "onnx"
        make_checkpoint(checkpoint)
        builder = [sys.executable, "-m", "onnxruntime_genai.models.builder"]
        where = ["-m", str(checkpoint), "-o", str(built), "-c", str(Path(work) / "cache")]
        subprocess.run([*builder, *where, "-p", "fp32", "-e", "cpu"], check=True)
        shutil.copytree(built, folder)


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:2]))

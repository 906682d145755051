"""Chat templates and tokenizers of model folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from scale_core.engines.base import EngineError, Message
from scale_core.engines.onnx_chat.text import ChatTemplate, ChatTokenizer

FOLDER = Path(__file__).resolve().parents[1] / "data" / "tiny_chat"
CHAT = (Message("system", "Be brief."), Message("user", "  1 < 2?\n"), Message("assistant", "Yes"),
        Message("user", "<b>{{ 7 * 7 }}</b> {% raw %}"))  # fmt: skip

TEMPLATES = {
    "as ours": (FOLDER / "chat_template.jinja").read_text(),
    "opens the thought": (
        "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] | trim }}"
        "{% endfor %}{% if add_generation_prompt %}<|assistant|><think>\n{% endif %}"
    ),
    "header ids and a date": (
        "{{- bos_token }}\n{%- if not date is defined %}{% set date = strftime_now('%d %b %Y') %}"
        "{% endif %}{%- for message in messages %}{{- '<|start_header_id|>' + message['role'] + "
        "'<|end_header_id|>\\n\\n' + (date if loop.first else '') + message['content'] | trim + "
        "'<|eot_id|>' }}{%- endfor %}{%- if add_generation_prompt %}"
        "{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"
    ),
    "loop controls and a generation block": (
        "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}"
        "{% endgeneration %}{% continue %}{% endif %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
        "{% if tools is not none %}TOOLS {{ tools | tojson }}{% endif %}"
    ),
    "namespace, strip and json": (
        "{%- set ns = namespace(n=0) %}{%- for m in messages %}{% set ns.n = ns.n + 1 %}"
        "{{ ns.n }}:{{ {'c': m.content.strip('\\n'), 'é': '<>'} | tojson }}\n{% endfor %}"
        "{% if thinking is defined and thinking %}<think>{% endif %}"
    ),
}


def folder(tmp_path: Path, template: Any, **config: Any) -> Path:
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"bos_token": {"content": "<s>"}, "eos_token": "<|im_end|>", **config})
    )
    if template is not None:
        (tmp_path / "chat_template.jinja").write_text(template, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("thinking", [True, False, None])
def test_templates_render_as_their_own_library_does(
    tmp_path: Path, name: str, thinking: bool | None
) -> None:
    transformers = pytest.importorskip("transformers")
    if "date" in name:
        pytest.skip("the library takes the day's date")
    reference = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(FOLDER / "tokenizer.json"), bos_token="<s>", eos_token="<|im_end|>"
    )
    switch = {} if thinking is None else {"enable_thinking": thinking, "thinking": thinking}
    wanted = reference.apply_chat_template(
        [{"role": m.role, "content": m.content} for m in CHAT],
        chat_template=TEMPLATES[name],
        tokenize=False,
        add_generation_prompt=True,
        **switch,
    )
    rendered = ChatTemplate(folder(tmp_path, TEMPLATES[name])).render(CHAT, thinking)
    if thinking is False and wanted.rstrip().endswith("<think>"):
        wanted = f"{wanted.rstrip()}\n\n</think>\n\n"
    assert rendered.text == wanted
    assert rendered.opened == wanted.rstrip().endswith("<think>")


def test_what_a_person_writes_is_no_template(tmp_path: Path) -> None:
    text = ChatTemplate(folder(tmp_path, TEMPLATES["as ours"])).render(CHAT, False).text
    assert "<b>{{ 7 * 7 }}</b> {% raw %}" in text


def test_the_prompt_is_the_same_every_day(tmp_path: Path) -> None:
    text = (
        ChatTemplate(folder(tmp_path, TEMPLATES["header ids and a date"])).render(CHAT, None).text
    )
    assert text.startswith("<s><|start_header_id|>system<|end_header_id|>\n\n01 Jan 2025Be brief.")


@pytest.mark.parametrize(
    ("template", "switches", "thinks"),
    [
        (TEMPLATES["as ours"], True, True),
        (TEMPLATES["opens the thought"], True, True),
        (TEMPLATES["namespace, strip and json"], True, True),
        (TEMPLATES["header ids and a date"], False, False),
        ("{{ messages[0].content.split('</think>')[-1] }}", False, True),
    ],
)
def test_whether_it_thinks(tmp_path: Path, template: str, switches: bool, thinks: bool) -> None:
    found = ChatTemplate(folder(tmp_path, template))
    assert (found.switches, found.thinks) == (switches, thinks)


def test_without_a_system_role_it_goes_before_the_question(tmp_path: Path) -> None:
    template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}"
        "{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    )
    rendered = ChatTemplate(folder(tmp_path, template)).render(CHAT[:2], None)
    assert rendered.text == "<user>Be brief.\n\n  1 < 2?\n"


def test_templates_in_the_configuration(tmp_path: Path) -> None:
    plain = folder(tmp_path, None, chat_template="{{ messages[0].content }}!")
    assert ChatTemplate(plain).render(CHAT, None).text == "Be brief.!"
    several = [{"name": "tool", "template": "t"}, {"name": "default", "template": "d"}]
    assert (
        ChatTemplate(folder(tmp_path, None, chat_template=several)).render(CHAT, None).text == "d"
    )


@pytest.mark.parametrize(
    "template",
    [
        "{{ messages.__class__.__base__.__subclasses__() }}",
        "{{ ''.__class__.__mro__ }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{{ self.__init__.__globals__ }}",
        "{{ messages.append({}) }}",
        "{{ raise_exception('never') }}",
        "{{ messages[99].content }}",
        "{{ 1 + 'a' }}",
        "{% include '/etc/passwd' %}",
        "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    ],
)
def test_templates_can_do_nothing_but_write(tmp_path: Path, template: str) -> None:
    with pytest.raises(EngineError):
        ChatTemplate(folder(tmp_path, template))


# ---- tokens --------------------------------------------------------------------------------

TEXTS = [
    "What is 12 + 30?",
    "naïve 二 😀 x",
    "  two  spaces\n\n\ttabs ",
    "\\boxed{42}",
    "<think>a</think>",
]


def _metaspace(folder: Path) -> Path:
    """A tokenizer as SentencePiece's models have it: ▁ for spaces, bytes for what it lacks."""
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    trainer = trainers.BpeTrainer(vocab_size=120, show_progress=False)
    learner.train_from_iterator(["What is the sum of 12 and 30? two spaces"] * 3, trainer)
    learned = json.loads(learner.to_str())["model"]
    names = ["<unk>", "<s>", *(f"<0x{i:02X}>" for i in range(256)), *learned["vocab"]]
    merges = [tuple(pair) for pair in learned["merges"]]
    vocabulary = {name: i for i, name in enumerate(names)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
         decoders.Strip(" ", 1, 0)]
    )  # fmt: skip
    tokenizer.add_special_tokens([AddedToken("<s>", special=True)])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.mark.parametrize("text", TEXTS)
def test_streamed_pieces_join_to_the_text(tmp_path: Path, text: str) -> None:
    for path in (FOLDER, _metaspace(tmp_path)):
        tokenizer = ChatTokenizer(path)
        ids = tokenizer.encode(text, 1000)
        reference = Tokenizer.from_file(str(path / "tokenizer.json"))
        assert ids == reference.encode(text, add_special_tokens=False).ids
        stream = tokenizer.stream()
        assert "".join(map(stream.feed, ids)) == reference.decode(ids, skip_special_tokens=False)


def test_special_tokens_are_named_but_not_said() -> None:
    tokenizer = ChatTokenizer(FOLDER)
    ids = tokenizer.encode("<|im_start|>a<think>b</think><|im_end|>", 100)
    labels = [tokenizer.label(i) for i in ids]
    assert labels == ["<|im_start|>", "a", "<think>", "b", "</think>", "<|im_end|>"]
    stream = tokenizer.stream()
    assert "".join(map(stream.feed, ids)) == "a<think>b</think>"
    assert tokenizer.knows("<think>") and not tokenizer.knows("<thought>")
    assert tokenizer.label(10**6) == ""


def test_text_that_is_far_too_long_is_refused_unread() -> None:
    tokenizer = ChatTokenizer(FOLDER)
    with pytest.raises(EngineError, match="at least"):
        tokenizer.encode("x" * 10**7, 100)
    with pytest.raises(EngineError, match="101 tokens"):
        tokenizer.encode("~" * 101, 100)
    assert len(tokenizer.encode("~" * 100, 100)) == 100

"""Text in and out of a chat model's folder: its tokenizer and its chat template.

Knows tokenizer.json, tokenizer_config.json and chat_template.jinja, as Hugging Face writes them.
Templates are programs of whoever made the model: they run in Jinja's sandbox, and the date that
some of them ask for is a fixed one, so that a prompt is the same every day. Does not know the
model or how tokens are drawn.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

from scale_core.engines.base import EngineError, Message
from scale_core.engines.think_tags import CLOSE, OPEN

_TODAY = datetime(2025, 1, 1)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prompt's text. opened: its end has opened the model's thought."""

    text: str
    opened: bool


# ---- tokens --------------------------------------------------------------------------------


class ChatTokenizer:
    """A tokenizer.json. Raises EngineError if there is none that can be used."""

    def __init__(self, folder: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # the library raises bare Exception
            raise EngineError(f"no usable tokenizer in {folder}: {error}") from error
        added = self._tokenizer.get_added_tokens_decoder()
        hidden = {i for i, token in added.items() if token.special}
        self._hidden = hidden - {self._tokenizer.token_to_id(tag) for tag in (OPEN, CLOSE)}
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=True)
        self.size = max(vocabulary.values(), default=-1) + 1
        self._longest = max(map(len, vocabulary), default=1)
        self.label = lru_cache(maxsize=65536)(self._label)

    def encode(self, text: str, limit: int) -> list[int]:
        """Token ids; names of special tokens in the text become those tokens.

        Raises EngineError if there are more than `limit`; text that must be far over the limit
        is refused by its length alone.
        """
        least = -(-len(text) // self._longest)
        ids: list[int] = []
        if least <= limit:
            whole = text.encode("utf-8", "replace").decode("utf-8")
            ids = self._tokenizer.encode(whole, add_special_tokens=False).ids
        if max(least, len(ids)) > limit:
            count = f"{len(ids)}" if ids else f"at least {least}"
            raise EngineError(f"the prompt is too long: {count} tokens, the model takes {limit}")
        return ids

    def knows(self, name: str) -> bool:
        """Whether a text is one token of its own."""
        return self._tokenizer.token_to_id(name) is not None

    def stream(self) -> TextStream:
        return TextStream(self._tokenizer, self._hidden)

    def _label(self, id: int) -> str:
        """How a token is shown: its text, special ones under their own names."""
        if id in self._hidden:
            return self._tokenizer.id_to_token(id) or ""
        return str(self._tokenizer.decode([id], skip_special_tokens=False))


class TextStream:
    """Tokens become text one by one; special tokens add none, half characters wait."""

    def __init__(self, tokenizer: Tokenizer, hidden: set[int]) -> None:
        self._tokenizer, self._hidden = tokenizer, hidden
        self._stream = DecodeStream(skip_special_tokens=False)

    def feed(self, id: int) -> str:
        if id in self._hidden:
            return ""
        return self._stream.step(self._tokenizer, id) or ""


# ---- templates -----------------------------------------------------------------------------


class _Generation(Extension):
    """`{% generation %}` marks what a model is trained on; it shows what is inside."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return list(body)


class ChatTemplate:
    """A model's own template. Raises EngineError if the folder has none or it cannot be read.

    switches: the prompts with and without thinking differ.
    """

    def __init__(self, folder: Path) -> None:
        config = _config(folder)
        self._source = _source(folder, config)
        names = ("bos_token", "eos_token", "pad_token", "unk_token")
        self._tokens = {n: t for n in names if (t := _token(config.get(n))) is not None}
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.loopcontrols", _Generation],
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = _TODAY.strftime
        try:
            self._template = environment.from_string(self._source)
        except TemplateError as error:
            raise EngineError(f"the chat template in {folder} cannot be read: {error}") from error
        probe = (Message("user", "1 + 1"),)
        on, off = self.render(probe, True), self.render(probe, False)
        self.switches = on != off
        self.thinks = on.opened or OPEN in self._source or CLOSE in self._source

    def render(self, messages: Sequence[Message], thinking: bool | None) -> Rendered:
        """The prompt. With thinking off, a thought that the template opens all the same is closed
        at once. A last message of the assistant's is the beginning of its reply, to be continued.
        Raises EngineError if the template refuses the messages."""
        if len(messages) > 1 and messages[-1].role == "assistant":
            begun = self.render(messages[:-1], thinking)
            text = f"{begun.text}{messages[-1].content}"
            return Rendered(text, begun.opened and CLOSE not in messages[-1].content)
        try:
            text = self._render(messages, thinking)
        except TemplateError:
            # Some models know no system role: what it says goes in front of the first question.
            text = self._again(messages, thinking)
        opened = text.rstrip().endswith(OPEN)
        if opened and thinking is False:
            return Rendered(f"{text.rstrip()}\n\n{CLOSE}\n\n", False)
        return Rendered(text, opened)

    def _again(self, messages: Sequence[Message], thinking: bool | None) -> str:
        try:
            return self._render(_without_system(messages), thinking)
        except TemplateError as error:
            raise EngineError(f"the chat template refuses this prompt: {error}") from error

    def _render(self, messages: Sequence[Message], thinking: bool | None) -> str:
        switch = {} if thinking is None else {"enable_thinking": thinking, "thinking": thinking}
        try:
            return self._template.render(
                messages=[{"role": m.role, "content": m.content} for m in messages],
                add_generation_prompt=True,
                tools=None,
                documents=None,
                **switch,
                **self._tokens,
            )
        except (TypeError, ValueError, OverflowError, MemoryError, RecursionError) as error:
            raise TemplateError(str(error)) from error


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _source(folder: Path, config: dict[str, Any]) -> str:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text("utf-8")
    found = config.get("chat_template")
    if isinstance(found, list):  # several by name
        named = {t.get("name"): t.get("template") for t in found if isinstance(t, dict)}
        found = named.get("default") or next(iter(named.values()), None)
    if not isinstance(found, str):
        raise EngineError(f"{folder} has no chat template: it is not a chat model's folder")
    return found


def _token(value: Any) -> str | None:
    content = value.get("content") if isinstance(value, dict) else value
    return content if isinstance(content, str) else None


def _without_system(messages: Sequence[Message]) -> list[Message]:
    said = "\n\n".join(m.content for m in messages if m.role == "system")
    rest = [m for m in messages if m.role != "system"]
    if said and rest:
        rest[0] = Message(rest[0].role, f"{said}\n\n{rest[0].content}")
    return rest


def _to_json(value: Any, indent: int | None = None, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise(message: str) -> None:
    raise TemplateError(message)

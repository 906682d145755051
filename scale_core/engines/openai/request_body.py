"""How a request is written: its JSON, and how long a reply it may ask for.

Knows both endpoints' field names, the capabilities that decide what may be in it, and, so that
prompt and reply fit into the model's context, a guess of a prompt's length and what servers say
when they refuse. Does not know connections or replies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from scale_core.engines.base import EngineError, Message, Request
from scale_core.engines.openai.capabilities import Capabilities
from scale_core.engines.openai.wire import loads

_MASK = 2**64 - 1
_SEEDS = 2**31 - 2**20  # 31 bits fit every server; room is left for those that add the index


def seed_of(seed: int, index: int) -> int:
    """The seed sent for samples from `index` on. One of its own for each index, so that sample 3
    asked for alone is not a copy of sample 0. Mixed by SplitMix64 (Steele, Lea, Flood 2014)."""
    x = (seed + (index + 1) * 0x9E3779B97F4A7C15) & _MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & _MASK
    return (x ^ x >> 31) % _SEEDS


def fields_of(
    request: Request,
    model: str,
    caps: Capabilities,
    extra: dict[str, Any],
    *,
    n: int,
    first: int,
    stream: bool,
) -> dict[str, Any]:
    """The request for samples first .. first + n - 1. `extra`: fields that the caller adds."""
    prompt = request.prompt
    chat = not isinstance(prompt, str)
    fields: dict[str, Any] = {"model": model}
    if isinstance(prompt, str):
        fields["prompt"] = prompt
    else:
        fields["messages"] = _messages(prompt, caps, request.thinking)
    fields[caps.limit if chat else "max_tokens"] = request.max_tokens
    fields["temperature"] = request.temperature
    fields["top_p"] = request.top_p
    if caps.seed:
        fields["seed"] = seed_of(request.seed, first)
    if n > 1:
        fields["n"] = n
        if caps.token_ids:
            fields["return_token_ids"] = True
    _add_wishes(fields, request, caps, chat)
    if stream:
        fields |= stream_fields(caps.stream_usage, caps.running_usage)
    fields |= dict(caps.fixed)
    if caps.left_out:
        fields = {name: value for name, value in fields.items() if name not in caps.left_out}
    return fields | extra


def _add_wishes(fields: dict[str, Any], request: Request, caps: Capabilities, chat: bool) -> None:
    """What not every request asks for."""
    if request.stop and caps.stop:
        fields["stop"] = list(request.stop)
    if request.logprobs is not None and caps.logprobs is not None:
        fields |= logprob_fields(min(request.logprobs, caps.logprobs), chat)
    if chat and caps.thinks:
        fields |= thinking_fields(request.thinking, request.thinking_budget, caps)
    if request.schema is not None and caps.schema:
        schema = _loaded(request.schema)
        fields["response_format"] = schema_field(schema if caps.bounds else unbounded(schema))


def _messages(
    prompt: tuple[Message, ...], caps: Capabilities, thinking: bool | None
) -> list[dict[str, str]]:
    messages = [{"role": m.role, "content": m.content} for m in prompt]
    if caps.thinking == "tags" and thinking is not None:
        for message in reversed(messages):
            if message["role"] == "user":
                message["content"] += " /think" if thinking else " /no_think"
                break
    return messages


def logprob_fields(alternatives: int, chat: bool) -> dict[str, Any]:
    """At least one alternative is asked for: some servers take 0 for none at all."""
    if chat:
        return {"logprobs": True, "top_logprobs": max(1, alternatives)}
    return {"logprobs": max(1, alternatives)}


def thinking_fields(
    thinking: bool | None, budget: int | None, caps: Capabilities
) -> dict[str, Any]:
    """Templates think by default, so the switch is sent both ways. Templates name it differently;
    a name that a template does not use has no effect."""
    fields: dict[str, Any] = {}
    if thinking is not None and caps.thinking == "template":
        fields["chat_template_kwargs"] = {"enable_thinking": thinking, "thinking": thinking}
    if thinking is not None and caps.thinking == "effort":
        fields["reasoning_effort"] = caps.efforts[thinking]
    if budget is not None and caps.thinking_budget and caps.expects_thought(thinking):
        fields["thinking_token_budget"] = budget
    return fields


def _loaded(schema: str) -> Any:
    try:
        return loads(schema.encode())
    except ValueError as error:
        raise EngineError(f"the schema is not valid JSON: {error}") from None


def schema_field(schema: Any) -> dict[str, Any]:
    return {
        "type": "json_schema",
        "json_schema": {"name": "reply", "schema": schema, "strict": True},
    }


def stream_fields(usage: bool, running: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {"stream": True}
    if usage:
        fields["stream_options"] = {"include_usage": True} | (
            {"continuous_usage_stats": True} if running else {}
        )
    return fields


_CHARACTERS = 3  # that count as one token: English has about four, digits fewer
_MESSAGE = 8  # tokens that a template puts around a message, and at the end

_CONTEXT = re.compile(r"(?:context length|context window|max_model_len)\D{0,20}(\d+)", re.I)
_PROMPT = re.compile(
    r"(?<!\d)(\d+) (?:tokens? )?"
    r"(?:in the (?:messages|prompt)|from the input|in your prompt|input tokens)",
    re.I,
)
_MOST = re.compile(r"at most (\d+) (?:completion|output) tokens", re.I)


def guessed(prompt: str | tuple[Message, ...], wanted: int, context: int | None) -> int:
    """Tokens to ask for: `wanted`, or what a guess leaves of a known context; at least a quarter
    of the context, since the guess may be far off for short ones."""
    if context is None:
        return wanted
    texts = (prompt,) if isinstance(prompt, str) else tuple(m.content for m in prompt)
    used = sum(len(text) // _CHARACTERS + _MESSAGE for text in texts)
    return min(wanted, max(context - used, context // 4, 1))


def told(said: str, wanted: int) -> int | None:
    """Tokens that a refusal in words leaves room for, if it says so and they are fewer than
    `wanted`."""
    context, prompt, most = (p.search(said) for p in (_CONTEXT, _PROMPT, _MOST))
    if most:
        room = int(most[1])
    elif context and prompt:
        room = int(context[1]) - int(prompt[1])
    else:
        return None
    return room if 0 < room < wanted else None


# ---- what a server refuses -------------------------------------------------------------------

BOUNDS = frozenset(
    "minLength maxLength pattern format minimum maximum exclusiveMinimum exclusiveMaximum "
    "multipleOf minItems maxItems uniqueItems minProperties maxProperties".split()
)
"""What a JSON schema says of sizes and forms, which some servers refuse."""

_BOTH = re.compile(
    r"temperature\W+(?:and|or|with)\W+top_p|top_p\W+(?:and|or|with)\W+temperature", re.I
)
_ONLY = re.compile(
    r"(?:only|must be|has to be|equal to|default|supports?|allowed)\D{0,40}?(-?\d+(?:\.\d+)?)", re.I
)
_SCHEMA = re.compile(r"schema|response_format|structured|grammar|guided", re.I)


def unbounded(schema: Any) -> Any:
    """A JSON schema without bounds; names of properties stay, whatever they are."""
    if isinstance(schema, list):
        return [unbounded(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {key: unbounded(inner) for key, inner in value.items()}
        if name in ("properties", "$defs", "definitions") and isinstance(value, dict)
        else unbounded(value)
        for name, value in schema.items()
        if name not in BOUNDS
    }


def conceded(caps: Capabilities, said: str, sent: Mapping[str, Any]) -> Capabilities | None:
    """How the server is to be asked after it refused this body in these words; None if they name
    nothing that can be done without."""
    if "response_format" in sent and (_SCHEMA.search(said) or _names(said, BOUNDS)):
        return replace(caps, bounds=False) if caps.bounds else replace(caps, schema=False)
    if "max_completion_tokens" in said and "max_tokens" in sent:
        return replace(caps, limit="max_completion_tokens")
    if _BOTH.search(said) and "top_p" in sent:
        return replace(caps, left_out=caps.left_out | {"top_p"})
    for name in _names(said, sent):
        if (found := _without(caps, name, said, sent)) is not None:
            return found
    return None


def _names(said: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are in the words, in the words' order."""
    places = ((re.search(rf"(?<![\w\\]){re.escape(name)}(?!\w)", said), name) for name in names)
    return [name for _, name in sorted((m.start(), name) for m, name in places if m)]


def _without(
    caps: Capabilities, name: str, said: str, sent: Mapping[str, Any]
) -> Capabilities | None:
    """The capabilities without a field, or with the one value of it that the server takes."""
    if name == "seed":
        return replace(caps, seed=False)
    if name == "stop":
        return replace(caps, stop=False)
    if name in ("logprobs", "top_logprobs"):
        return replace(caps, logprobs=_fewer(said, caps.logprobs))
    if name in ("temperature", "top_p"):
        named = [float(m[1]) for m in _ONLY.finditer(said)]
        other = [value for value in named if value != sent[name]]
        if other and name not in dict(caps.fixed):
            return replace(caps, fixed=(*caps.fixed, (name, other[0])))
        return replace(caps, left_out=caps.left_out | {name})
    if name == "n":
        most = _fewer(said, sent[name])
        return replace(caps, most_together=most) if most else replace(caps, together=False)
    if name in ("model", "messages", "prompt", "stream"):
        return None
    return replace(caps, left_out=caps.left_out | {name})


def _fewer(said: str, most: int | None) -> int | None:
    """How many the server does give, if it says so and they are fewer than were asked for."""
    numbers = [int(n) for n in re.findall(r"\d+", said)]
    fewer = [n for n in numbers if most is not None and 0 < n < most]
    return max(fewer, default=None)

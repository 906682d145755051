"""How long a reply may be asked for, so that prompt and reply fit into the model's context.

Some servers cut a reply to the room there is, others refuse a request that asks for more. Knows a
guess of a prompt's length from its text, and what servers say when they refuse. Does not know
connections.
"""

from __future__ import annotations

import re

from scale_core.engines.base import Message

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

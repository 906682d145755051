"""Reading a server's JSON: choices, tokens, thoughts and usage, in both API shapes.

Knows the fields of `/completions` and `/chat/completions` replies as vLLM, SGLang, llama.cpp,
Ollama and hosted servers write them. Does not know connections or streams. Whatever has the wrong
type is treated as absent: a server's text is hostile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scale_core.engines.base import Finish, Sample, Token
from scale_core.engines.openai.errors import RequestError, from_error
from scale_core.engines.openai.usage import Ratio, read_usage, token_counts
from scale_core.engines.openai.wire import Key, loads
from scale_core.engines.think_tags import split, unframed
from scale_core.trace.usage import Usage

CUT = frozenset(
    "length max_tokens model_length max_length max_output_tokens max_new_tokens token_limit "
    "truncated".split()
)
"""Reasons that mean: the token limit ended the sample."""
CIRCLES = "repetition"
"""Reason that means: the sample went in circles and was ended. vLLM's word, and ours."""
ENDED = frozenset(
    "stop eos eos_token end_turn end stop_sequence stop_token complete completed done finished "
    "tool_calls function_call".split()
)
"""Reasons that mean: the model ended the sample, or a stop text did. Any other reason does not."""


@dataclass(slots=True, eq=False)
class Choice:
    """One sample as the server gave it. `finish` None: it has not ended. `thought` None: the server
    does not set thoughts apart. `count`: tokens generated, where the server lists their ids.
    `pieces`: of a stream that brought text. Once it went in circles, text and tokens stay as they
    are, while `count` and `pieces` go on to tell what is spent."""

    text: str = ""
    thought: str | None = None
    finish: str | None = None
    tokens: Sequence[Token] = ()
    count: int | None = None
    pieces: int = 0


@dataclass(slots=True, eq=False)
class Reply:
    """What one request brought back. choices[i] None: nothing came for it."""

    choices: list[Choice | None]
    usage: Usage


def parse(body: bytes, key: Key) -> dict[str, Any]:
    """The reply's JSON object. Raises RequestError if it is none, or if it carries an error."""
    try:
        data = loads(body)
    except ValueError:
        raise RequestError("the reply is not valid JSON") from None
    if not isinstance(data, dict):
        raise RequestError("the reply is not a JSON object")
    if data.get("error"):
        raise from_error(data["error"], key, read_usage(data.get("usage")))
    return data


def read(data: dict[str, Any], wanted: int) -> Reply:
    """The reply to a request for `wanted` samples; fewer may come back. Raises RequestError if
    none did, or if the server broke one off."""
    usage = read_usage(data.get("usage"))
    choices: list[Choice | None] = [None] * wanted
    found = []
    for place, item in enumerate(listed(data.get("choices"))):
        if not isinstance(item, dict):
            continue
        index = item.get("index")
        at = index if type(index) is int else place
        if 0 <= at < wanted:
            choice = choices[at] = read_choice(item)
            found.append(choice)
            if choice.finish == "error":
                raise RequestError("the server broke off a sample", usage=usage)
    if not found:
        raise RequestError("the reply holds no choices", usage=usage)
    return Reply(choices, usage)


def read_choice(item: dict[str, Any]) -> Choice:
    """One choice of a whole reply, of either endpoint. Without a reason it ended by itself."""
    finish = item.get("finish_reason")
    message = item.get("message")
    if type(message) is dict:
        text, thought = read_parts(message)
    else:
        text, thought = texts(item.get("text")), None
    choice = Choice(text, thought, reason(finish) or "stop")
    if logprobs := item.get("logprobs"):
        choice.tokens = read_tokens(logprobs)
    if type(ids := item.get("token_ids")) is list:
        choice.count = len(ids)
    return choice


def reason(value: Any) -> str | None:
    """A finish reason in the spelling of the sets above; None if there is none."""
    if not isinstance(value, str) or not value.strip():
        return None
    return value.strip().lower().replace("-", "_").rpartition(".")[2]


def was_cut(finish: str | None) -> bool:
    """Whether the sample would have gone on, and a thought in it with it."""
    return finish in CUT or finish == CIRCLES


def misplaced(choice: Choice) -> bool:
    """Whether the reply came as a thought and nothing else came, though the sample ended by
    itself: the server's reasoning parser is mis-set."""
    return choice.finish in ENDED and not choice.text.strip() and bool(choice.thought)


def read_parts(message: dict[str, Any]) -> tuple[str, str | None]:
    """(text, thought) of a message or of a streamed piece of one.

    The thought's field was `reasoning_content` and became `reasoning`; some servers write both,
    some put it among the parts of the content.
    """
    content = message.get("content")
    thought = message.get("reasoning") or message.get("reasoning_content")
    if isinstance(content, str) and not thought:
        return content, None
    if isinstance(content, list):
        inner = "".join(texts(p.get("thinking")) for p in content if isinstance(p, dict))
        return texts(content), texts(thought) or inner or None
    return content if isinstance(content, str) else "", texts(thought) or None


def texts(value: Any) -> str:
    """A text, or the joined texts of a list of parts."""
    if isinstance(value, str):
        return value
    return "".join(
        part["text"] for part in listed(value)
        if isinstance(part, dict) and isinstance(part.get("text"), str)
    )  # fmt: skip


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def read_tokens(logprobs: Any) -> list[Token]:
    """The tokens with their log-probabilities: chat's `content` list or completions' columns."""
    if not isinstance(logprobs, dict):
        return []
    if isinstance(content := logprobs.get("content"), list):
        return [_chat_token(entry) for entry in content if isinstance(entry, dict)]
    tokens, values = listed(logprobs.get("tokens")), listed(logprobs.get("token_logprobs"))
    tops = listed(logprobs.get("top_logprobs")) or [None] * len(tokens)
    return [
        Token(token, _logprob(value), _ranked(top.items() if isinstance(top, dict) else ()))
        for token, value, top in zip(tokens, values, tops, strict=False)
        if isinstance(token, str)
    ]


def _chat_token(entry: dict[str, Any]) -> Token:
    top = [
        (e.get("token"), e.get("logprob"))
        for e in listed(entry.get("top_logprobs"))
        if isinstance(e, dict)
    ]
    return Token(texts(entry.get("token")), _logprob(entry.get("logprob")), _ranked(top))


def _ranked(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[str, float], ...]:
    found = [(t, v) for t, lp in pairs if isinstance(t, str) and (v := _logprob(lp)) is not None]
    return tuple(sorted(found, key=lambda pair: -pair[1]))


def _logprob(value: Any) -> float | None:
    """A log-probability, to five decimals: more are noise, and make recordings twice as large."""
    right = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return round(float(value), 5) if right else None


def samples(
    reply: Reply,
    first: int,
    alternatives: int | None,
    expected: bool,
    usage: Usage,
    ratio: Ratio,
) -> tuple[Sample, ...]:
    """The samples of a reply, from index `first` on. What never came is an aborted one.

    alternatives: how many were asked for, None = no log-probabilities. expected: the model was to
    think.
    """
    if len(reply.choices) == 1:
        only = reply.choices[0] or Choice()
        tokens = usage.completion if only.count is None else only.count
        return (_sample(only, first, tokens, alternatives, expected),)
    counts = token_counts(reply.choices, usage, ratio)
    return tuple(
        [
            _sample(choice or Choice(), first + i, counts[i], alternatives, expected)
            for i, choice in enumerate(reply.choices)
        ]
    )


def _sample(
    choice: Choice, index: int, tokens: int | None, alternatives: int | None, expected: bool
) -> Sample:
    text, thought = choice.text, choice.thought
    if thought is None:
        text, thought = split(text, cut_thought=expected and was_cut(choice.finish))
    text, thought = unframed(text), unframed(thought) if thought else thought
    shown: tuple[Token, ...] = ()
    if alternatives is not None:
        shown = tuple(_trimmed(token, alternatives) for token in choice.tokens)
    return Sample(index, text, _finish(choice.finish), tokens, thought, shown)


def _trimmed(token: Token, alternatives: int) -> Token:
    if len(token.alternatives) <= alternatives:
        return token
    return Token(token.text, token.logprob, token.alternatives[:alternatives])


def _finish(reason: str | None) -> Finish:
    if reason in CUT:
        return "length"
    if reason == CIRCLES:
        return "repetition"
    return "stop" if reason in ENDED else "abort"

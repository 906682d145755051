"""What one server can do with one model, and how the page puts it.

Knows the capabilities that the probe finds out and the notes on what is missing. Does not know how
they are found out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Thinking = Literal["none", "template", "tags", "effort", "always"]
"""How a model's thinking is switched: not at all since it never thinks; by the chat template's
`enable_thinking`; by `/think` and `/no_think` in the prompt; by `reasoning_effort`; not at all
since it always thinks."""

LOCAL_SERVERS = ("vLLM", "SGLang", "llama.cpp", "Ollama")
"""Servers that hand over every thought: where none comes, none was spent."""

ASSUMED_CONTEXT = 8192
MOST_TOGETHER = 128
"""Most samples in one request; more are asked for in several."""

_RANKS: tuple[Thinking, ...] = ("always", "none", "effort", "tags", "template")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """chat: prompts are messages. together: several samples in one request, at most `most_together`
    (llama.cpp's server takes as many as it has slots). seed: it is taken;
    repeats: the same seed gave the same reply. logprobs: most alternatives a token, None = none.
    efforts: levels for System 1 and System 2. stream_logprobs: streamed samples have
    log-probabilities too, where any have. running_usage: a stream counts as it goes, so that a
    stopped one is charged exactly. token_ids: each sample's tokens are listed. limit: the field of
    the token limit. left_out: fields that the server refuses; fixed: those of which it takes only
    one value. stop: stop texts are taken, else replies are cut here. bounds: schemas may say how
    long and how large things are. counts_one: of several samples its usage counts one. says_cut:
    it was seen to say that the token limit ended a reply, so that "stop" is believed. patterns:
    it lists no models but patterns of their names.
    """

    chat: bool = True
    server: str = ""
    context: int | None = None
    parameters: int | None = None
    together: bool = True
    most_together: int = MOST_TOGETHER
    seed: bool = True
    repeats: bool = True
    logprobs: int | None = 20
    schema: bool = True
    thinking: Thinking = "none"
    efforts: tuple[str, str] = ("low", "high")
    thinking_budget: bool = False
    usage: bool = True
    cached: bool = True
    reasoning: bool = True
    stream: bool = True
    stream_usage: bool = True
    stream_logprobs: bool = True
    running_usage: bool = False
    token_ids: bool = False
    limit: str = "max_tokens"
    left_out: frozenset[str] = frozenset()
    fixed: tuple[tuple[str, float], ...] = ()
    stop: bool = True
    bounds: bool = True
    counts_one: bool = False
    says_cut: bool = False
    patterns: bool = False

    @property
    def at_once(self) -> int:
        """Most samples that one request may ask for."""
        return self.most_together if self.together else 1

    @property
    def switches(self) -> bool:
        return self.thinking in ("template", "tags", "effort")

    @property
    def thinks(self) -> bool:
        return self.thinking != "none"

    def streams(self, *, long: bool, logprobs: bool) -> bool:
        """Whether a request is streamed: a long one, so that Stop keeps what came, any other unless
        the whole reply would tell more than the stream. Whether anybody listens changes nothing:
        every way in asks for the same. logprobs: they are wanted."""
        counted = self.stream_usage or not self.usage
        weighed = self.stream_logprobs or self.logprobs is None or not logprobs
        return self.stream and (long or (counted and weighed))

    def expects_thought(self, asked: bool | None) -> bool:
        """Whether a sample begins with a thought: asked for, or not to be helped."""
        return (
            self.thinks if asked is None else self.thinking == "always" or (asked and self.thinks)
        )


def weakest(found: list[Capabilities]) -> Capabilities:
    """What all of several servers can do."""
    result = found[0]
    for other in found[1:]:
        contexts = [c for c in (result.context, other.context) if c is not None]
        levels = [n for n in (result.logprobs, other.logprobs) if n is not None]
        flags = {
            name: getattr(result, name) and getattr(other, name)
            for name in (
                "together", "seed", "repeats", "schema", "thinking_budget", "usage", "cached",
                "reasoning", "stream", "stream_usage", "stream_logprobs", "running_usage",
                "token_ids", "stop", "bounds", "says_cut",
            )
        }  # fmt: skip
        result = replace(
            result,
            server=result.server if result.server == other.server else "",
            context=min(contexts, default=None),
            most_together=min(result.most_together, other.most_together),
            parameters=result.parameters if result.parameters == other.parameters else None,
            logprobs=min(levels) if len(levels) == 2 else None,
            thinking=min(result.thinking, other.thinking, key=_RANKS.index),
            left_out=result.left_out | other.left_out,
            fixed=tuple(dict([*result.fixed, *other.fixed]).items()),
            counts_one=result.counts_one or other.counts_one,
            patterns=result.patterns or other.patterns,
            **flags,
        )
    return result


def notes(caps: Capabilities) -> tuple[str, ...]:
    """What is missing, one sentence each."""
    if caps.together:
        together = (
            "Several samples are drawn in one request from one seed: sample i alone cannot be "
            "asked for again."
        )
    else:
        together = "Samples are asked for one by one: this server does not take n."
    said = [
        (True, together),
        (
            1 < caps.at_once < MOST_TOGETHER,
            f"The server takes at most {caps.most_together} samples a request: more are asked for "
            "in several.",
        ),
        (not caps.seed, "The server takes no seed: no run can be repeated."),
        (caps.seed and not caps.repeats, "The same seed gave another reply: runs do not repeat."),
        (caps.logprobs is None, "No log-probabilities: ratings are read from the text."),
        (not caps.schema, "No JSON schema: outlines and ratings are read from free text."),
        (
            caps.context is None,
            f"The context is not known; {ASSUMED_CONTEXT:,} tokens are assumed.",
        ),
        (not caps.usage, "The server reports no token counts: they are unknown."),
        (caps.usage and not caps.cached, "Cached prompt tokens are not reported: unknown."),
        (not caps.stream, "Nothing is streamed."),
        (caps.stream and not caps.stream_usage, "Streamed samples come without token counts."),
        (
            caps.stream and caps.logprobs is not None and not caps.stream_logprobs,
            "Streamed samples come without log-probabilities.",
        ),
        (
            caps.stream_usage and not caps.running_usage,
            "What a stopped request cost is unknown: the server counts only at the end.",
        ),
        (bool(caps.left_out), f"The server refuses: {', '.join(sorted(caps.left_out))}."),
        *((True, f"The server takes only {name} {value:g}.") for name, value in caps.fixed),
        (not caps.stop, "The server takes no stop texts: replies are cut here."),
        (caps.schema and not caps.bounds, "JSON schemas are sent without bounds."),
        (caps.counts_one, "Its token counts are of one sample: several are reckoned from text."),
        (caps.patterns, "The server lists only patterns of models: the name was tried."),
        *_thinking_notes(caps),
    ]
    return tuple(sentence for applies, sentence in said if applies)


def _thinking_notes(caps: Capabilities) -> list[tuple[bool, str]]:
    low, high = caps.efforts
    partly = caps.thinking == "effort" and low != "none"
    return [
        (caps.thinking == "always", "This model always thinks: System 1 thinks too."),
        (caps.thinking == "tags", "Thinking is switched by /think and /no_think in the prompt."),
        (
            caps.thinking == "effort",
            f"Thinking is switched by reasoning effort: System 1 {low}, System 2 {high}"
            + (", so System 1 thinks a little too." if partly else "."),
        ),
        (caps.switches and not caps.thinking_budget, "No thinking budget: only the token limit."),
        (
            caps.thinks and caps.usage and not caps.reasoning,
            "Thinking tokens are not reported: unknown.",
        ),
    ]

"""One request in vLLM, from submission to its last output, and what came out of it.

Knows vLLM's outputs and how a sample is put together from them: text, tokens, thought, counts.
Does not know prompts' wording, templates or how vLLM is run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scale_core.engines.base import Cancel, EngineError, Finish, Sample, Token
from scale_core.engines.think_tags import Splitter, joined, spans
from scale_core.engines.vllm.args import load
from scale_core.engines.vllm.host import Host
from scale_core.engines.vllm.text import Texts
from scale_core.trace.usage import Usage

Pieces = tuple[str, str]  # new text of a thought and of a reply
Reader = Callable[[int, Mapping[int, Any] | None], Token]  # of an id and what vLLM says of it

_NAMES = itertools.count()
_BROKEN = ("EngineDeadError", "EngineGenerateError")  # what vLLM raises once it had the request


@dataclass
class Part:
    """One sample while it grows. `forced`: tokens that were put in by us, not generated.

    reader: where log-probabilities are wanted. Tokens are read as they come, while vLLM makes
    the next ones, not all at the end.
    """

    splitter: Splitter | None
    left_open: bool = False
    expected: bool = False
    reader: Reader | None = None
    ids: list[int] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    reply: list[str] = field(default_factory=list)
    finish: str | None = None
    stopped_by: str | None = None
    forced: int = 0

    @property
    def inside(self) -> bool:
        """Whether it ends inside a thought."""
        return self.splitter is not None and self.splitter.inside

    @property
    def thought(self) -> str | None:
        thinks = self.splitter is not None and self.splitter.thinks
        return "".join(self.thoughts).strip() if thinks else None

    @property
    def generated(self) -> int:
        return len(self.ids) - self.forced

    def take(self, output: Any) -> Pieces:
        """Add what vLLM says is new; returns the new text."""
        self._grow(output.token_ids, output.logprobs)
        self.finish = output.finish_reason
        self.stopped_by = output.stop_reason if isinstance(output.stop_reason, str) else None
        return self._add(output.text, last=self.finish is not None)

    def force(self, text: str, ids: Sequence[int]) -> Pieces:
        """Put in text that the model did not write."""
        self._grow(ids, None)
        self.forced += len(ids)
        return self._add(text)

    def _grow(self, ids: Sequence[int], ranks: Iterable[Mapping[int, Any] | None] | None) -> None:
        self.ids += ids
        if self.reader is not None:
            self.tokens += map(self.reader, ids, ranks or [None] * len(ids))

    def _add(self, text: str, last: bool = False) -> Pieces:
        if self.splitter is None:
            thought, reply = "", text
        else:
            rest = self.splitter.finish if last else list
            thought, reply = joined([*self.splitter.feed(text), *rest()])
        self.thoughts.append(thought)
        self.reply.append(reply)
        return thought, reply


OnText = Callable[[int, Pieces], None]


class Call:
    """Runs one vLLM request for some samples (parts) of one prompt.

    cached: tokens of the prompt that none of them had to read, None while vLLM has not said.
    read: vLLM has taken the prompt in.
    """

    def __init__(self, host: Host, prompt: Sequence[int], parts: Sequence[Part]) -> None:
        self._host = host
        self.prompt = list(prompt)
        self.parts = parts
        self.cached: int | None = None
        self.read = False

    async def run(
        self,
        params: Any,
        stop: Cancel,
        on_text: OnText | None = None,
        **keywords: Any,
    ) -> None:
        """Generate until all parts have ended. Raises EngineError, in words."""
        name = f"scale-{next(_NAMES)}"
        prompt = load("vllm.inputs").tokens_input(self.prompt)
        self.read = True
        try:
            with self._host.aborted_by(stop, name):
                async for output in self._host.llm.generate(prompt, params, name, **keywords):
                    self._take(output, on_text)
        except Exception as error:
            self.read = type(error).__name__ in _BROKEN
            raise self._host.in_words(error) from error
        failed = next((p.finish for p in self.parts if p.finish == "error"), None)
        if failed:
            raise EngineError("vLLM reports an error inside this request")

    def _take(self, output: Any, on_text: OnText | None) -> None:
        cached = output.num_cached_tokens
        # Before a first token vLLM says 0 whatever it will be.
        if cached is not None and any(o.token_ids for o in output.outputs):
            self.cached = cached if self.cached is None else min(self.cached, cached)
        for piece in output.outputs:
            pieces = self.parts[piece.index].take(piece)
            if on_text is not None:
                on_text(piece.index, pieces)


def thinking_of(part: Part, texts: Texts) -> tuple[int, int]:
    """(tokens of thought, where the reply begins) in a part's ids."""
    if texts.markers is None:
        return 0, 0
    return spans(part.ids, texts.markers, part.left_open, part.expected, texts.decode)


def usage_of(calls: Sequence[Call], texts: Texts) -> Usage:
    """What some calls for the same samples cost: each read a prompt, together they made parts."""
    parts = {id(part): part for call in calls for part in call.parts}.values()
    made = sum(part.generated for part in parts)
    thought = sum(thinking_of(part, texts)[0] for part in parts)
    read = [Usage(len(call.prompt), call.cached, 0, 0) for call in calls if call.read]
    return Usage.sum([*read, Usage(0, 0, made, thought)])


def sample_of(index: int, part: Part, texts: Texts, budget: int | None) -> Sample:
    """A part as callers see it. `tokens` are the reply's, so that they join to its text.

    budget: the thinking budget it had; a thought that reached it was cut.
    """
    count, start = thinking_of(part, texts)
    thought = part.thought
    cut = budget is not None and thought is not None and (part.forced > 0 or count >= budget)
    tokens = tuple(part.tokens[start:])
    if start:
        blank = sum(1 for _ in itertools.takewhile(lambda t: not t.text.strip("\n"), tokens))
        tokens = tokens[blank:]
    text, ended = "".join(part.reply), _finish(part)
    return Sample(
        index, text, ended, part.generated, thought, tokens, part.stopped_by, thought_cut=cut
    )


def _finish(part: Part) -> Finish:
    if part.finish == "stop" or part.finish == "length":
        return "stop" if part.finish == "stop" else "length"
    return "abort"


def token_reader(texts: Texts, wanted: int) -> Reader:
    """Reads tokens with the `wanted` likeliest alternatives of each."""

    def read(chosen: int, ranks: Mapping[int, Any] | None) -> Token:
        own = None if ranks is None else ranks.get(chosen)
        if ranks is None or own is None:
            return Token(texts.decode([chosen]))
        likeliest = sorted((p for p in ranks.values() if p.rank <= wanted), key=lambda p: p.rank)
        alternatives = tuple((p.decoded_token or "", p.logprob) for p in likeliest)
        return Token(own.decoded_token or "", own.logprob, alternatives)

    return read

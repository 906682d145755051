"""The engine protocol: what a strategy may ask of a model server, whatever runs behind it.

Knows requests, samples, tokens and the promises an engine can make. Does not know prompts'
wording (dialects), why a sample is asked for (strategies) or any particular runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from scale_core.engines.cancel import Cancel
from scale_core.trace.events import Finish, Sample, Token
from scale_core.trace.usage import Usage

__all__ = [
    "Cancel", "Completion", "Delta", "Engine", "EngineError", "EngineInfo", "Finish", "Message",
    "OnDelta", "Request", "Sample", "Token",
]  # fmt: skip


class EngineError(RuntimeError):
    """The engine could not serve a request; the message is fit to be shown to a person.

    usage: what the failed request had already spent and the engine's counters hold (attempts that
    reported tokens before they broke). Whoever catches the error charges it.
    """

    def __init__(self, message: str = "", usage: Usage | None = None) -> None:
        super().__init__(message)
        self.usage = usage or Usage()


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """Ask for samples `first .. first + n - 1` of one prompt.

    Sample i is a function of (prompt, parameters, seed, i) alone, so asking for
    samples 0..15 at once or one by one gives the same sixteen texts.

    prompt: text for a plain language model, messages for a chat model.
    temperature: 0 is greedy. top_p: nucleus mass in (0, 1].
    stop: texts that end a sample; they are not part of it.
    logprobs: alternatives wanted for each token; None = no log-probabilities at all.
    thinking: True/False for models with a thinking switch, None where there is none.
    thinking_budget: most thinking tokens before the reply must begin; None = no limit of its own.
    node, stage: what it is for; not part of what identifies a sample. run: whose it is: an engine
    that cannot serve all at once lets runs take turns.
    schema: JSON schema (as text) that the reply must follow; engines whose info does not list
    `schema` ignore it, so a reader has to cope with any text.
    """

    prompt: str | tuple[Message, ...]
    n: int = 1
    first: int = 0
    seed: int = 0
    max_tokens: int = 256
    temperature: float = 0.6
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    logprobs: int | None = None
    thinking: bool | None = None
    thinking_budget: int | None = None
    schema: str | None = None
    node: str = field(default="", compare=False)
    stage: str = field(default="", compare=False)
    run: str = field(default="", compare=False)

    @property
    def indices(self) -> range:
        return range(self.first, self.first + self.n)

    @property
    def tag(self) -> str:
        """What it is for, in one word."""
        return f"{self.node}/{self.stage}"

    def __post_init__(self) -> None:
        if self.n < 1 or self.first < 0:
            raise ValueError(f"n must be >= 1 and first >= 0, got n={self.n}, first={self.first}")
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be >= 1, got {self.max_tokens}")
        if self.temperature < 0 or not 0 < self.top_p <= 1:
            raise ValueError(
                f"temperature must be >= 0 and top_p in (0, 1], "
                f"got {self.temperature} and {self.top_p}"
            )


@dataclass(frozen=True, slots=True)
class Delta:
    """New text of sample `index`, as it is generated.

    thinking: it belongs to the thought, not to the reply.
    restart: forget this sample's earlier deltas, it begins anew (a broken stream was repeated, or
    what looked like a reply turned out to be a thought). Since the last restart, the deltas that
    are not thinking join to the sample's text.
    tokens: of the sample so far, as well as can be told before its end; 0 if not at all.
    done: the sample has ended; then the text may be empty.
    """

    index: int
    text: str
    thinking: bool = False
    restart: bool = False
    tokens: int = 0
    done: bool = False


OnDelta = Callable[[Delta], None]


@dataclass(frozen=True, slots=True)
class Completion:
    """The answer to one request: its samples in index order and what the engine counted.

    faults: what went wrong on the way and was tried again, in words; empty as a rule.
    """

    samples: tuple[Sample, ...]
    usage: Usage
    seconds: float = 0.0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What the engine is and what it can promise; shown on the page.

    reproducible: sample i depends on (prompt, parameters, seed, i) alone, bitwise.
    parameters: size of the model, None if unknown. context: longest prompt + completion.
    chat: prompts are messages, not plain text. schema, thinking_budget: the request's fields of
    that name are honoured. scores_steps: `score_steps` works (a process reward model is loaded).
    remote: a server runs it, so how long it computed is not known. others: (stage, model,
    parameters) of models beside this one that serve a stage.
    notes: promises that are missing, in plain words.
    """

    name: str
    model: str
    device: str
    context: int
    parameters: int | None = None
    reproducible: bool = False
    logprobs: bool = False
    embeds: bool = False
    thinking_switch: bool = False
    thinking_budget: bool = False
    schema: bool = False
    chat: bool = False
    scores_steps: bool = False
    remote: bool = False
    others: tuple[tuple[str, str, int | None], ...] = ()
    notes: tuple[str, ...] = field(default=())


class Engine(Protocol):
    """Samples and embeds; counts every token.

    Cancelling is co-operative: once `cancel` is set, each unfinished sample ends within one
    token step with finish "abort", and the completion carries what was spent. A task
    that is cancelled while it waits frees its request too.
    """

    @property
    def info(self) -> EngineInfo: ...

    @property
    def counters(self) -> Usage:
        """Everything this engine has processed since it started."""
        ...

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: OnDelta | None = None,
    ) -> Completion:
        """Generate the request's samples. `on_delta` is called on the event loop's thread.

        Raises EngineError when the request cannot be served (prompt too long, engine closed).
        """
        ...

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        """One vector a text. Raises EngineError if `info.embeds` is False."""
        ...

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """A process reward model's probability that each step of each solution is right.

        Raises EngineError if `info.scores_steps` is False.
        """
        ...

    async def close(self) -> None: ...

"""Any OpenAI-compatible server as an engine: vLLM's, SGLang, llama.cpp, Ollama, hosted ones.

    engine = OpenAIEngine(
        ["http://127.0.0.1:8000/v1"], "Qwen/Qwen3-8B", key=key_from_environment()
    )
    await engine.probe()      # what the server can do; the first request does it otherwise
    engine.info.chat          # whether the model is to be asked in messages or in plain text
    engine.info.notes         # what is missing, and which servers are out
    engine.state              # servers, requests in flight and waiting, attempts repeated
    await engine.close()

Messages go to `/chat/completions` and plain text to `/completions`, whatever `info.chat` says: it
says which dialect suits the model. Several base URLs serve the same model: the one with the fewest
outstanding requests is asked, a dead one is left out and tried again. `embed_url` and `prm_url`
name servers of their own for `embed` and `score_steps` (vLLM serves one model each).

`counters` hold every token of this engine's requests, those of attempts that broke off or were
stopped too. A server's report is checked against what came; what it leaves out or contradicts is
reckoned and marked (`Usage.reckoned`), and `state.reported` is what it said. Where a server reports
nothing at all the sum is unknown (None). The probe's own tokens are
apart (`state.probe`): they belong to no run.

Knows how the parts work together. Does not know JSON fields (`request_body`, `reply`, `stream`),
connections (`session`), servers (`load_balancer`), retries (`retry`) or what a capability means
(`capabilities`, `probe`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic, perf_counter
from typing import Any

from yarl import URL

from scale_core.engines.base import (
    Cancel,
    Completion,
    EngineInfo,
    OnDelta,
    Request,
    Sample,
)
from scale_core.engines.loading import Loading
from scale_core.engines.openai.auxiliary import AuxiliaryEndpoints, Server
from scale_core.engines.openai.capabilities import ASSUMED_CONTEXT, Capabilities, notes
from scale_core.engines.openai.errors import Cancelled
from scale_core.engines.openai.load_balancer import LoadBalancer, ServerState
from scale_core.engines.openai.probe import examine
from scale_core.engines.openai.retry import Client, RetryPolicy, UsageCounter
from scale_core.engines.openai.sample_request import Batches, Job
from scale_core.engines.openai.session import Timeouts
from scale_core.engines.openai.stream import CallerError
from scale_core.engines.openai.wire import Key, key_from_environment, local, read_urls
from scale_core.trace.usage import Usage

__all__ = ["EngineState", "OpenAIEngine", "RetryPolicy", "Timeouts", "key_from_environment"]

_RECKONED = "The server did not count every token: {:,} were reckoned from what came."
_BUSY = "The server is busy: a request has been waiting for {:.0f} s."
_OPEN_KEY = "The key travels without encryption: the address is not https."
_NOT_PROBED = "Not probed yet: what the server can do is not known."


@dataclass(frozen=True, slots=True)
class EngineState:
    """What goes on. limit: most requests in flight at each server. waiting: requests for which no
    server has room. waited: seconds that a server has been silent on the request that waits
    longest. repeated: attempts after a fault. silent: attempts that did not report their tokens.
    reported: the sum of what was reported. probe: what the probe cost."""

    servers: tuple[ServerState, ...]
    limit: int
    waiting: int
    waited: float
    repeated: int
    silent: int
    reported: Usage
    probe: Usage


class OpenAIEngine:
    """See the module. Serves any number of event loops and threads.

    base_urls: up to and including `/v1`, which is added where there is no path at all.
    chat: None lets the probe decide. context: tokens; None takes what the server says.
    max_in_flight: requests at a time at each server; more wait.
    together: several samples in one request, where the server can. False asks one by one: dearer,
    but sample i can be asked for again alone.
    stream: whether replies come as streams where that tells no less; whether anybody listens makes
    no difference. stream_from: requests for at least so many tokens are streamed in any case, so
    that Stop keeps text and tokens, a stall is noticed and a reply that goes in circles is cut.
    extra: fields added to every request (say, {"top_k": 20}).
    capabilities: what the probe would find out; given, nothing is probed.
    embed_model, prm_model: served by the base URLs unless a URL of their own is given. The reward
    model is served by vLLM and speaks Qwen2.5-Math-PRM's protocol.
    watch: called on the loop's thread whenever a server that lets a request wait turns out to be
    alive.
    Raises ValueError for a URL, a key or a number that cannot be used.
    """

    def __init__(
        self,
        base_urls: Sequence[str],
        model: str,
        *,
        key: str | None = None,
        chat: bool | None = None,
        context: int | None = None,
        max_in_flight: int = 64,
        together: bool = True,
        stream: bool = True,
        stream_from: int = 2048,
        extra: Mapping[str, Any] | None = None,
        timeouts: Timeouts | None = None,
        retry: RetryPolicy | None = None,
        capabilities: Capabilities | None = None,
        embed_model: str | None = None,
        embed_url: str | None = None,
        prm_model: str | None = None,
        prm_url: str | None = None,
        watch: Callable[[Loading], None] | None = None,
    ) -> None:
        if max_in_flight < 1 or not model.strip():
            raise ValueError("a model's name and max_in_flight >= 1 are needed")
        self._urls = read_urls(base_urls)
        hidden, key = Key(key), None
        self._watch, self._began = watch, monotonic()
        self._client = Client(
            hidden, timeouts or Timeouts(), retry or RetryPolicy(), self._tell_waiting
        )
        self._balancer = LoadBalancer(self._urls, max_in_flight)
        self._model, self._chat, self._context = model, chat, context
        self._together, self._stream, self._stream_from = together, stream, stream_from
        self._extra = dict(extra or {})
        self._probed = UsageCounter()
        self._news: tuple[str, ...] = ()
        self._caps: Capabilities | None = None
        self._info: EngineInfo | None = None
        if capabilities:
            self._learn(capabilities)

        embedder = _server(embed_model, embed_url, self._balancer)
        judge = _server(prm_model, prm_url, self._balancer)
        self._embeds, self._judges = embedder is not None, judge is not None
        self._extras = AuxiliaryEndpoints(self._client, (self._balancer, model), embedder, judge)
        self._parts = Batches(self._client, self._balancer, self._one_by_one)
        beside = {"judge": prm_model, "embed": embed_model}
        self._others = tuple((stage, name, None) for stage, name in beside.items() if name)

    # What it is

    @property
    def info(self) -> EngineInfo:
        if self._info is None:
            self._info = self._describe()
        reckoned, waited = self._client.counter.reckoned, self._client.waited
        slow = waited >= self._client.timeouts.alive
        if not (self._balancer.troubled or reckoned or slow):
            return self._info
        out = [s for s in self._balancer.states() if not s.alive]
        news = (f"{s.url} is out: {s.reason}; tried again in {s.retry_in:g} s." for s in out)
        sums = (_RECKONED.format(reckoned),) if reckoned else ()
        busy = (_BUSY.format(waited),) if slow else ()
        return replace(self._info, notes=(*self._info.notes, *sums, *busy, *news))

    def _describe(self) -> EngineInfo:
        caps = self._caps or Capabilities(chat=self._chat is not False)
        missing = notes(caps) if self._caps else (_NOT_PROBED,)
        if self._client.key and any(u.scheme == "http" and not local(u) for u in self._urls):
            missing += (_OPEN_KEY,)
        where = ", ".join(str(url) for url in self._urls)
        many = f"{len(self._urls)} servers: " if len(self._urls) > 1 else ""
        return EngineInfo(
            name=f"{caps.server or 'OpenAI-compatible'} server",
            model=self._model,
            device=f"{many}{where}; at most {self._balancer.limit} requests at a time",
            context=caps.context or self._context or ASSUMED_CONTEXT,
            parameters=caps.parameters,
            reproducible=False,
            logprobs=caps.logprobs is not None,
            embeds=self._embeds,
            thinking_switch=caps.switches,
            thinking_budget=caps.thinking_budget,
            schema=caps.schema,
            chat=caps.chat,
            scores_steps=self._judges,
            remote=True,
            others=self._others,
            notes=(*missing, *self._news),
        )

    @property
    def capabilities(self) -> Capabilities | None:
        """What the probe found out; None before it."""
        return self._caps

    @property
    def counters(self) -> Usage:
        return self._client.counter.total

    @property
    def state(self) -> EngineState:
        counter, balancer = self._client.counter, self._balancer
        return EngineState(
            balancer.states(), balancer.limit, balancer.waiting, self._client.waited,
            counter.repeated, counter.silent, counter.reported, self._probed.reported,
        )  # fmt: skip

    async def probe(self, *, again: bool = False, cancel: Cancel | None = None) -> EngineInfo:
        """Find out what the servers can do, by about a dozen requests of at most 32 tokens.

        again: even if it was found out within the last ten minutes. Raises EngineError if no server
        can be reached, the key is refused or the model is not there.
        """
        with contextlib.suppress(Cancelled):
            await self._examine(cancel, again)
        return self.info

    async def _examine(self, cancel: Cancel | None, again: bool = False) -> Capabilities:
        session = await self._client.session()
        async with session.probing:
            if self._caps is None or again:
                found = await examine(
                    self._client, self._balancer, self._model, self._chat, self._probed,
                    cancel=cancel, again=again,
                )  # fmt: skip
                return self._learn(found)
            return self._caps

    def _learn(self, caps: Capabilities) -> Capabilities:
        caps = replace(caps, context=self._context or caps.context)
        self._caps = caps if self._together else replace(caps, together=False)
        self._info = None
        return self._caps

    def _one_by_one(self) -> None:
        """The server takes n and does not do it."""
        if self._caps is not None:
            self._learn(replace(self._caps, together=False))

    def _tell_waiting(self, url: URL) -> None:
        if self._watch is not None:
            waited = self._client.waited
            text = f"{url.host}: busy but alive; a request has been waiting for {waited:.0f} s"
            self._watch(Loading("loading", text, monotonic() - self._began))

    # What it does

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: OnDelta | None = None,
    ) -> Completion:
        """Generate the request's samples; see `Engine.sample`.

        Samples of one request are drawn from one seed where the server can; asked for one by one,
        sample i has a seed of its own. A fault is met by the same request again, a few times; what
        happened is in `Completion.faults`. Raises EngineError, with the usage of all attempts, once
        that is hopeless.
        """
        began = perf_counter()
        try:
            caps = self._caps or await self._examine(cancel)
        except Cancelled:
            rest = range(request.first, request.first + request.n)
            return Completion(tuple(Sample(i, "", "abort", 0) for i in rest), Usage())
        try:
            done = await self._parts.all(self._job(request, caps, cancel, on_delta))
        except CallerError as error:
            raise error.error from None
        samples = tuple(map(self._client.key.scrub_sample, done.result))
        return Completion(samples, done.usage, perf_counter() - began, done.faults)

    def _job(
        self,
        request: Request,
        caps: Capabilities,
        cancel: Cancel | None,
        on_delta: OnDelta | None,
    ) -> Job:
        long = request.max_tokens >= self._stream_from
        streamed = (long or self._stream) and caps.streams(
            long=long, logprobs=request.logprobs is not None
        )
        chat = not isinstance(request.prompt, str)
        expected = chat and caps.thinks and caps.expects_thought(request.thinking)
        return Job(
            request, self._model, caps, self._extra, cancel, on_delta, streamed, chat, expected,
            self._learn_more,
        )  # fmt: skip

    def _learn_more(self, news: Capabilities | str) -> None:
        """What a request told of the server beside its reply."""
        if isinstance(news, str):
            self._news = self._news if news in self._news else (*self._news, news)
            self._info = None
        else:
            self._learn(news)

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        """One vector a text, by `/embeddings`. Raises EngineError if no embed_model was named."""
        return await self._extras.embed(texts)

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """Judgements by vLLM's `/pooling`. Raises EngineError if no prm_model was named."""
        return await self._extras.score_steps(problem, solutions)

    async def close(self) -> None:
        """Close all connections; what is pending fails. May be called twice."""
        await self._client.close()


def _server(name: str | None, url: str | None, shared: LoadBalancer) -> Server | None:
    """A model of its own at a URL of its own or at those of the others."""
    if name is None:
        return None
    return (LoadBalancer(read_urls([url]), shared.limit) if url else shared), name

"""Finding out what servers can do: a dozen small requests, once for each server and model.

Knows which requests tell which capability apart, the time that this may take, and what was found
out lately. What a server takes without effect counts as missing wherever the reply can show it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from yarl import URL

from scale_core.engines.base import Cancel, EngineError
from scale_core.engines.openai.capabilities import Capabilities, Thinking, weakest
from scale_core.engines.openai.errors import RequestError, TimedOut
from scale_core.engines.openai.load_balancer import LoadBalancer, ServerSlot
from scale_core.engines.openai.reply import CUT, Choice, listed, misplaced, read
from scale_core.engines.openai.request_body import conceded, logprob_fields, schema_field, unbounded
from scale_core.engines.openai.retry import Client, RequestFailed, UsageCounter
from scale_core.engines.openai.session import Session
from scale_core.engines.openai.stream import Stream
from scale_core.engines.openai.usage import UNKNOWN, count, read_usage
from scale_core.engines.openai.wire import dumps
from scale_core.engines.think_tags import TAGS
from scale_core.trace.usage import Usage

Fields = dict[str, Any]
AskJson = Callable[[str, Fields | None], Awaitable[Fields]]
"""(path below the base URL, or from the root if it begins with a slash; body, or None to get)
-> JSON object. Raises EngineError."""
AskStream = Callable[[str, Fields], Awaitable[Stream]]

_PLAIN = "Ten random words:"
_LETTERS = "Write ten random words, nothing else."
_WORD = "Write one word, nothing else."
_SCHEMA = {  # with bounds, as the real ones have them
    "type": "object",
    "properties": {
        "count": {"type": "integer", "minimum": 0, "maximum": 9},
        "words": {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 0},
    },
    "required": ["count"],
    "additionalProperties": False,
}
_OWNERS = {"vllm": "vLLM", "sglang": "SGLang", "llamacpp": "llama.cpp", "library": "Ollama"}
_HYBRID = re.compile(r"qwen-?3(?!.{0,100}(?:2507|instruct|coder))", re.IGNORECASE)
_EFFORT = re.compile(r"gpt-oss|gpt-5|(?:^|/)o[134](?:-|$)", re.IGNORECASE)
_FEW = 12  # tokens of a reply that only has to differ from another
_SOME = 32  # tokens of a reply that has to show whether it begins with a thought


@dataclass
class Probe:
    """One server's examination. `chat` None: chat if the server can."""

    ask: AskJson
    ask_stream: AskStream
    model: str
    chat: bool | None
    known: Fields = field(default_factory=dict)  # what was found out, by capability
    left_out: set[str] = field(default_factory=set)

    async def run(self) -> Capabilities:
        """Raises EngineError if the server cannot be used at all."""
        await self._card()
        first = await self._basics()
        usage = read_usage(first.get("usage"))
        self.known["usage"] = usage.completion is not None
        await asyncio.gather(self._several(), self._written(), self._schema(), self._thinking())
        caps = Capabilities(**self.known, left_out=frozenset(self.left_out))
        return replace(caps, chat=bool(self.chat), reasoning=caps.reasoning or not caps.thinks)

    # What the server says of itself

    async def _card(self) -> None:
        """The list of models: the server's make, the context, whether the model is there."""
        try:
            cards = listed((await self.ask("models", None)).get("data"))
        except RequestFailed as error:
            if error.dead:
                raise
            return  # a server without a proper list: the first request will tell
        named = {c["id"]: c for c in cards if isinstance(c, dict) and isinstance(c.get("id"), str)}
        card = named.get(self.model) or named.get(f"{self.model}:latest")
        single = len(named) == 1 and next(iter(named.values())).get("owned_by") == "llamacpp"
        if card is None and single:  # llama.cpp serves its one model under every name
            card = next(iter(named.values()))
        if card is None:
            self.known["patterns"] = any("*" in name for name in named)
            if named and len(named) < 50 and not self.known["patterns"]:
                raise EngineError(f"there is no model {self.model}; there are: {_some(named)}")
            return
        self._read_card(card)
        if self._make == "llama.cpp":
            await self._props()

    @property
    def _make(self) -> str:
        return str(self.known.get("server", ""))

    async def _props(self) -> None:
        """llama.cpp's card has the context that the model was trained with, this the one it has."""
        try:
            settings = (await self.ask("/props", None)).get("default_generation_settings")
        except EngineError:
            return
        if isinstance(settings, dict) and (size := count(settings.get("n_ctx"))):
            self.known["context"] = size

    def _read_card(self, card: Fields) -> None:
        meta = card.get("meta") if isinstance(card.get("meta"), dict) else {}
        assert isinstance(meta, dict)
        self.known["server"] = _OWNERS.get(str(card.get("owned_by")), "")
        sizes = (card.get("max_model_len"), card.get("context_length"), card.get("context_window"),
                 meta.get("n_ctx"), meta.get("n_ctx_train"))  # fmt: skip
        self.known["context"] = next((n for size in sizes if (n := count(size))), None)
        self.known["parameters"] = count(meta.get("n_params")) or None

    # The endpoint and the fields without which nothing can be asked

    async def _basics(self) -> Fields:
        """One plain request, by chat or completions; drops fields that the server refuses."""
        if self.chat is not None:
            return await self._plain()
        try:
            self.chat = True
            return await self._plain()
        except RequestFailed as error:
            if error.dead:
                raise
            reason = error  # no chat template: some servers refuse, some just fail
        try:
            self.chat = False
            return await self._plain()
        except RequestFailed:
            raise reason from None

    async def _plain(self) -> Fields:
        for _ in range(4):
            try:
                return await self._request(_FEW, {})
            except RequestFailed as error:
                if not (error.refused and self._give_way(error.said)):
                    raise
        raise EngineError("the server refuses every form of the simplest request")

    def _give_way(self, said: str) -> bool:
        """Leave out, change or rename the field that the server complains of; False if none."""
        before = self._body(_FEW, {})[1]
        caps = Capabilities(
            limit=self.known.get("limit", "max_tokens"),
            left_out=frozenset(self.left_out),
            fixed=self.known.get("fixed", ()),
        )
        if (found := conceded(caps, said, before)) is None:
            return False
        self.known |= {"limit": found.limit, "fixed": found.fixed}
        self.left_out = set(found.left_out)
        return self._body(_FEW, {})[1] != before

    async def _request(self, tokens: int, extra: Fields, prompt: str = "") -> Fields:
        path, body = self._body(tokens, extra, prompt)
        return await self.ask(path, body)

    def _body(self, tokens: int, extra: Fields, prompt: str = "") -> tuple[str, Fields]:
        body: Fields = {"model": self.model, "temperature": 1.0, "top_p": 1.0}
        if self.chat:
            body["messages"] = [{"role": "user", "content": prompt or _LETTERS}]
            body[self.known.get("limit", "max_tokens")] = tokens
        else:
            body |= {"prompt": prompt or _PLAIN, "max_tokens": tokens}
        body |= extra | dict(self.known.get("fixed", ()))
        for name in self.left_out:
            body.pop(name, None)
        return ("chat/completions" if self.chat else "completions"), body

    async def _try(self, tokens: int, extra: Fields, prompt: str = "") -> Fields | None:
        """A request with something in it that the server may not take: None if it does not."""
        try:
            return await self._request(tokens, extra, prompt)
        except EngineError:
            return None

    # One capability after another

    async def _several(self) -> None:
        """n and seed in one: two samples, twice, from the same seed; apart where that fails."""
        ids: Fields = {"return_token_ids": True} if self._make == "vLLM" else {}
        pair = await self._try(_FEW, {"n": 2, "seed": 7} | ids)
        seeded = pair is not None
        both = _choices(pair or await self._try(_FEW, {"n": 2} | ids), 2)
        self.known["together"] = None not in both
        self.known["token_ids"] = all(c and c.count for c in both)
        self._judge_counts(pair, both)
        if seeded and self.known["together"]:
            wanted, again = _texts(pair, 2), await self._try(_FEW, {"n": 2, "seed": 7})
        else:
            first, again = [await self._try(_FEW, {"seed": 7}) for _ in range(2)]
            seeded, wanted = first is not None, _texts(first, 1)
        self.known["seed"] = seeded
        self.known["repeats"] = seeded and _texts(again, len(wanted)) == wanted

    def _judge_counts(self, pair: Fields | None, both: list[Choice | None]) -> None:
        """Two samples that the limit cut have twice as many tokens as it allows."""
        made = read_usage((pair or {}).get("usage")).completion
        cut = all(c is not None and c.finish in CUT for c in both)
        self.known["counts_one"] = cut and made is not None and 0 < made <= _FEW
        self.known["says_cut"] = any(c is not None and c.finish in CUT for c in both)

    async def _written(self) -> None:
        await self._logprobs()
        await self._streaming()

    async def _logprobs(self) -> None:
        self.known["logprobs"] = None
        for most in (20, 5, 1):
            reply = await self._try(2, logprob_fields(most, bool(self.chat)))
            choice = _choices(reply, 1)[0]
            if choice and any(token.logprob is not None for token in choice.tokens):
                self.known["logprobs"] = most
                return

    async def _schema(self) -> None:
        """A prompt that asks for something else: JSON comes back only if the schema rules."""
        quiet = _switch(False) if self.chat else {}
        for schema in (_SCHEMA, unbounded(_SCHEMA)):
            form = {"response_format": schema_field(schema)}
            reply = await self._try(_SOME, form | quiet)
            if reply is None and quiet:
                reply = await self._try(_SOME, form)
            if reply is not None:
                break
        choice = _choices(reply, 1)[0]
        self.known["bounds"] = schema is _SCHEMA
        self.known["schema"] = choice is not None and choice.text.lstrip().startswith("{")

    async def _streaming(self) -> None:
        """With log-probabilities where a whole reply has them: some servers give none in streams,
        or refuse them there."""
        most = self.known["logprobs"]
        weighed = {} if most is None else logprob_fields(most, bool(self.chat))
        usage: Fields = {"include_usage": True}
        running = usage | {"continuous_usage_stats": True}
        tries = [(options, weighed) for options in (running, usage, {})]
        if weighed:
            tries += [(usage, {}), ({}, {})]
        for options, more in tries:
            extra: Fields = {"stream": True} | ({"stream_options": options} if options else {})
            try:
                stream = await self.ask_stream(*self._body(_FEW, extra | more))
            except EngineError:
                continue
            reply = stream.reply()
            tokens = [token for choice in reply.choices if choice for token in choice.tokens]
            self.known["stream"] = stream.pieces > 1
            self.known["stream_usage"] = reply.usage.completion is not None
            self.known["stream_logprobs"] = any(token.logprob is not None for token in tokens)
            self.known["running_usage"] = stream.counts_running
            return
        self.known |= {"stream": False, "stream_usage": False, "running_usage": False}

    async def _thinking(self) -> None:
        """Whether the model thinks, and what switches it. With the template's switch the prompt
        itself changes, which its token count shows even where the thought is not set apart."""
        self.known |= {"thinking": "none", "thinking_budget": False}
        if not self.chat:
            plain = await self._try(2, {})
            self._details([plain])
            return
        on, off = await asyncio.gather(
            self._try(_SOME, _switch(True)),
            self._try(_SOME, _switch(False)),
        )
        plain = on or await self._try(_SOME, {})
        self._details([on, off, plain])
        # Ollama's prompt count leaves out what its cache had, and it knows no template switch
        other_prompt = on and off and _prompt(on) != _prompt(off) and self._make != "Ollama"
        if on and off and (other_prompt or _thinks(on) != _thinks(off)):
            self.known["thinking"] = "template"
            self.known["thinking_budget"] = await self._budget(on)
        else:
            self.known["thinking"] = await self._other_switch(plain)

    async def _other_switch(self, plain: Fields | None) -> Thinking:
        thinks = plain is not None and _thinks(plain) and not await self._misplaces(plain)
        if thinks and _HYBRID.search(self.model):
            quiet = await self._try(_SOME, {}, f"{_LETTERS} /no_think")
            if quiet and not _thinks(quiet):
                return "tags"
        if thinks or _EFFORT.search(self.model):
            for low in ("none", "minimal", "low"):
                quiet = await self._try(_SOME, {"reasoning_effort": low})
                works = quiet and (not _thinks(quiet) or _EFFORT.search(self.model))
                if works and await self._try(2, {"reasoning_effort": "high"}):
                    self.known["efforts"] = (low, "high")
                    return "effort"
        return "always" if thinks else "none"

    async def _misplaces(self, plain: Fields) -> bool:
        """Whether replies come as thoughts: one that is short enough to end by itself shows it."""
        if _reply(plain).text.strip():
            return False
        word = await self._try(_SOME, {}, _WORD)
        return word is not None and misplaced(_reply(word))

    async def _budget(self, free: Fields) -> bool:
        """A tiny budget must let a reply begin within tokens that the free thought used up."""
        if _reply(free).text or not _reply(free).thought:
            return False
        bound = await self._try(_SOME, _switch(True) | {"thinking_token_budget": 4})
        return bool(bound and _reply(bound).thought and _reply(bound).text)

    def _details(self, replies: list[Fields | None]) -> None:
        usages = [read_usage(reply.get("usage")) for reply in replies if reply]
        self.known["cached"] = any(usage.cached is not None for usage in usages)
        self.known["reasoning"] = any(usage.thinking is not None for usage in usages)


def _switch(thinking: bool) -> Fields:
    return {"chat_template_kwargs": {"enable_thinking": thinking, "thinking": thinking}}


def _some(names: Fields) -> str:
    shown = [str(name)[:80] for name in sorted(names)][:10]
    return ", ".join(shown) + (", ..." if len(names) > 10 else "")


def _choices(data: Fields | None, wanted: int) -> list[Choice | None]:
    try:
        return read(data or {}, wanted).choices
    except RequestError:
        return [None] * wanted


def _texts(data: Fields | None, wanted: int) -> list[str]:
    return [f"{c.thought or ''}|{c.text}" if c else "" for c in _choices(data, wanted)]


def _reply(data: Fields) -> Choice:
    return _choices(data, 1)[0] or Choice()


def _prompt(data: Fields) -> int | None:
    return read_usage(data.get("usage")).prompt


def _thinks(data: Fields) -> bool:
    """Whether the reply holds a thought, or the server counted one that it keeps to itself."""
    choice = _reply(data)
    if misplaced(choice):
        return False
    shown = bool(choice.thought) or any(tag in choice.text for pair in TAGS for tag in pair)
    return shown or bool(read_usage(data.get("usage")).thinking)


_FRESH = 600.0
_found: dict[tuple[str, str, bool | None], tuple[float, Capabilities]] = {}


async def examine(
    client: Client,
    balancer: LoadBalancer,
    model: str,
    chat: bool | None,
    counter: UsageCounter,
    *,
    cancel: Cancel | None,
    again: bool,
) -> Capabilities:
    """What all servers that can be reached can do. What was found out within ten minutes is not
    asked again unless `again`. Raises EngineError if none can be used; Cancelled."""
    session = await client.session()
    try:
        with session.limit(cancel, client.policy.patience):
            found = await asyncio.gather(
                *(
                    _one(client, session, slot.url, model, chat, counter, again)
                    for slot in balancer.slots
                ),
                return_exceptions=True,
            )
    except TimedOut:
        seconds = client.policy.patience
        raise EngineError(f"the server was not probed within {seconds:g} s (--patience)") from None
    return _sorted_out(balancer, found)


def _sorted_out(balancer: LoadBalancer, found: list[Capabilities | BaseException]) -> Capabilities:
    good = [caps for caps in found if isinstance(caps, Capabilities)]
    for slot, error in zip(balancer.slots, found, strict=True):
        if isinstance(error, RequestFailed) and error.dead and good:
            balancer.condemn(slot.url, str(error).removeprefix(f"{slot.shown}: "))
        elif isinstance(error, BaseException):
            raise error
    return weakest(good)


async def _one(
    client: Client,
    session: Session,
    url: URL,
    model: str,
    chat: bool | None,
    counter: UsageCounter,
    again: bool,
) -> Capabilities:
    place = (str(url), model, chat)
    when, caps = _found.get(place, (0.0, Capabilities()))
    if when and monotonic() - when < _FRESH and not again:
        return caps
    alone = LoadBalancer([url], 4)

    async def ask(path: str, fields: dict[str, Any] | None) -> dict[str, Any]:
        content = None if fields is None else dumps(fields)
        outcome = await client.fetch(alone, path, content, counter=counter)
        assert outcome.result is not None
        return outcome.result

    async def ask_stream(path: str, fields: dict[str, Any]) -> Stream:
        attempt = _Streamed(client, session, path, dumps(fields))
        outcome = await client.policy.run(session, alone, counter, None, attempt)
        return outcome.result

    caps = await Probe(ask, ask_stream, model, chat).run()
    _found[place] = (monotonic(), caps)
    return caps


class _Streamed:
    """The attempt to get one small stream."""

    def __init__(self, client: Client, session: Session, path: str, content: bytes) -> None:
        self._client = client
        self._session = session
        self._path = path
        self._content = content
        self.usage = self.reported = UNKNOWN

    def spent(self, reported: Usage) -> Usage:
        return self.usage if reported == UNKNOWN else reported

    def stopped(self) -> Stream:
        return Stream(self._client.key, 1, 0, False, None, False)

    async def go(self, place: ServerSlot) -> Stream:
        stream = Stream(self._client.key, 1, 0, False, None, False)
        try:
            await self._session.stream(place.below(self._path), self._content, stream, None)
            stream.close()
        finally:
            self.usage = self.reported = stream.reply().usage
        return stream

"""A small OpenAI-compatible server for tests: real HTTP, real text, and faults on request.

It speaks `/completions`, `/chat/completions` (whole and streamed), `/embeddings`, `/pooling` and
`/models`. Its texts come from the embedded model or from a script. `Traits` say what it can do and
how it writes, so that one server stands for many makes; a fault plan says what goes wrong with
which request. It keeps a tally of every token that it reported, by key.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import itertools
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from aiohttp import web

from scale_core.engines.base import EngineError, Request
from scale_core.engines.embedded.engine import OnnxEngine

Json = dict[str, Any]
MODEL = "test-model"


@dataclass(frozen=True)
class Generated:
    """One sample: its text in pieces, one a token, with optional alternatives."""

    pieces: tuple[str, ...]
    tops: tuple[tuple[tuple[str, float], ...], ...] = ()
    logprobs: tuple[float, ...] = ()
    tokens: int = 0
    finish: str = "stop"
    thought: tuple[str, ...] = ()
    loop: tuple[str, ...] = ()  # said again and again after the pieces, until the client leaves


Source = Callable[[str, Json], Awaitable[tuple[list[Generated], int]]]
"""(prompt, request) -> samples and the number of prompt tokens."""


def from_engine(engine: OnnxEngine) -> Source:
    """Texts of the embedded model: the same request always gives the same texts."""

    async def generate(prompt: str, body: Json) -> tuple[list[Generated], int]:
        request = Request(
            prompt,
            n=body.get("n", 1),
            seed=body.get("seed", 0),
            max_tokens=body.get("max_tokens", 16),
            temperature=body.get("temperature", 1.0),
            top_p=body.get("top_p", 1.0),
            stop=tuple(body.get("stop", ())),
            logprobs=20,
        )
        done = await engine.sample(request)
        made = []
        for sample in done.samples:
            tokens = sample.tokens
            if "".join(t.text for t in tokens) != sample.text:
                tokens = tokens[:-1]  # the end token is no text
            made.append(
                Generated(
                    tuple(t.text for t in tokens),
                    tuple(t.alternatives for t in tokens),
                    tuple(t.logprob or 0.0 for t in tokens),
                    sample.completion_tokens or 0,
                    sample.finish,
                )
            )
        return made, done.usage.prompt or 0

    return generate


def scripted(
    reply: Callable[[str, int, int], str] = lambda prompt, seed, i: f"{prompt} {seed} {i}",
    thought: str = "",
    logprob: float = -0.5,
) -> Source:
    """Texts of a function of (prompt, seed, index), cut at the token limit; words are tokens, each
    of the same log-probability."""

    async def generate(prompt: str, body: Json) -> tuple[list[Generated], int]:
        limit = body.get("max_tokens") or body.get("max_completion_tokens") or 16
        kwargs = body.get("chat_template_kwargs") or {}
        thinks = thought and kwargs.get("enable_thinking", True)
        made = []
        for i in range(body.get("n", 1)):
            before = words(thought)[:limit] if thinks else ()
            text = reply(prompt, body.get("seed", 0), i)
            after = words(text)[: limit - len(before)]
            cut = len(before) + len(after) >= limit
            made.append(
                Generated(
                    after,
                    tuple(((w, logprob), ("x", -1.5)) for w in after),
                    tuple(logprob for _ in after),
                    len(before) + len(after) + (not cut),
                    "length" if cut else "stop",
                    before,
                )
            )
        return made, len(words(prompt)) + (4 if thought and not thinks else 0)

    return generate


def answering(thought: str = "") -> Source:
    """Replies to our own prompts, concise and detailed: a plan of two steps, the second hard, and
    what belongs to it. A thought comes before whatever is asked for with care."""
    tasks = (("Count the blue marbles", []), ("Add the 12 red ones to #1", [1]))
    plan = {"steps": [{"task": task, "needs": needs} for task, needs in tasks]}

    def reply(prompt: str, seed: int, i: int) -> str:
        if "Your piece: " not in prompt:
            return concise(prompt)
        asked = prompt.rpartition("Your piece: ")[2]
        if asked.startswith("a plan"):
            return json.dumps(plan)
        if asked.startswith("say how hard"):
            return json.dumps({"difficulty": 9 if "sub-problem #2" in asked else 0})
        if asked.startswith("check"):
            return "It is.\nVerdict: yes"
        result = 24 if asked.startswith("sub-problem #1") else 36
        return f"That makes \\boxed{{{result}}} in all."

    quick, careful = scripted(reply), scripted(reply, thought)

    async def generate(prompt: str, body: Json) -> tuple[list[Generated], int]:
        slow = "with care" in prompt or "Reason step by step" in prompt
        return await (careful if slow else quick)(prompt, body)

    return generate


def concise(prompt: str) -> str:
    """The reply to a prompt in few words."""
    last = prompt.rstrip().splitlines()[-1]
    if last.startswith("List the steps"):
        return "1. blue marbles: 12 * 2 = 24\n2. all marbles: 24 + 12 = 36"
    alone = "\nblue marbles." in prompt
    return f"That makes \\boxed{{{24 if alone else 36}}} in all."


def words(text: str) -> tuple[str, ...]:
    parts = text.split(" ")
    return tuple(w + " " for w in parts[:-1]) + ((parts[-1],) if parts[-1] else ())


@dataclass(frozen=True)
class Traits:
    """What the server can do and how it writes.

    refuses: fields that it answers with 400. ignores: fields that it takes without effect.
    thoughts: the field of a thought, "inline" for tags in the text, "open" for an end tag alone,
    "plain" for no mark at all. strict: how it refuses a request whose prompt and max_tokens
    exceed its context, with {context}, {prompt}, {total} and {asked}; empty: it cuts the reply.
    only: fields of which it takes one value. either: temperature and top_p exclude each other.
    bounds: schemas may have them. misplaced: a reply comes as a thought. on_top: thinking is not
    part of the completion's tokens. stream_logprobs: its streams have log-probabilities. finishes:
    how it spells reasons. repeats: the last event of a stream says everything once more.
    counts_one: its usage is of one sample; in a stream one total for each. listed: what /models
    says, if that is not `models`. halves: it counts half of the tokens. closes: seconds until it
    closes an idle connection. most: samples that it takes in one request; too_many: how it says so.
    """

    owner: str = "vllm"
    context: int | None = 4096
    models: tuple[str, ...] = (MODEL,)
    models_status: int = 200
    chat: bool = True
    chat_status: int = 400
    refuses: frozenset[str] = frozenset()
    ignores: frozenset[str] = frozenset()
    thoughts: str = "reasoning"
    usage: bool = True
    cached: bool = True
    reasoning: bool = True
    running: bool = True
    token_ids: bool = True
    schema: bool = True
    strict: str = ""
    only: tuple[tuple[str, float], ...] = ()
    either: bool = False
    bounds: bool = True
    misplaced: bool = False
    on_top: bool = False
    stream_logprobs: bool = True
    finishes: tuple[tuple[str, str], ...] = ()
    repeats: bool = False
    counts_one: bool = False
    listed: tuple[str, ...] = ()
    halves: bool = False
    closes: float = 75.0
    most: int = 1000
    too_many: str = ""


Fault = str
FREE = ("429", "429 wait", "503")
SILENT = ("500", "502", "drop", "malformed", "html", "truncated", "stall", "reset")
COUNTED = ("empty", "error with usage")
HALFWAY = ("malformed", "reset", "truncated", "stall", "pings")
ALL = (*FREE, *SILENT, *COUNTED)
Plan = Callable[[bytes, int], Fault | None]
"""(request, how often it came before) -> what goes wrong with it."""


def at_most(twice: int, kinds: Sequence[Fault], share: float = 0.6, seed: int = 0) -> Plan:
    """Each request meets faults its first few times, at most `twice`; which ones follows from the
    request alone."""

    def plan(body: bytes, before: int) -> Fault | None:
        digest = hashlib.blake2b(b"%d/%d/" % (seed, before) + body, digest_size=8).digest()
        dice = random.Random(digest)
        return dice.choice(kinds) if before < twice and dice.random() < share else None

    return plan


def always(kind: Fault) -> Plan:
    return lambda body, before: kind


@dataclass
class Server:
    """One running server. `asked`: the bodies that came. `aborted`: requests whose client left."""

    source: Source
    traits: Traits = Traits()
    plan: Plan = lambda body, before: None
    pace: float = 0.0  # seconds between the pieces of a stream, and before a whole reply
    hangs: bool = False  # nothing is answered at all, not even what models there are
    url: str = ""
    asked: list[Json] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    tally: dict[str, Counter[str]] = field(default_factory=dict)
    connections: set[Any] = field(default_factory=set)
    running: int = 0
    most: int = 0
    aborted: int = 0
    begun: list[float] = field(default_factory=list)  # when a stream's first piece was written
    made: int = 0  # tokens of all samples, whoever counts them
    seen: Counter[bytes] = field(default_factory=Counter)

    async def models(self, request: web.Request) -> web.Response:
        self.headers.append(request.headers.copy())
        if self.hangs:
            await asyncio.sleep(60)
        if self.traits.models_status != 200:
            return problem(self.traits.models_status, "no list")
        cards = [
            {"id": name, "owned_by": self.traits.owner, "max_model_len": self.traits.context}
            for name in self.traits.listed or self.traits.models
        ]
        return web.json_response({"object": "list", "data": cards})

    async def generate(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        body = json.loads(content)
        self.asked.append(body)
        self.headers.append(request.headers.copy())
        self.connections.add(request.transport)
        whose = request.headers.get("Authorization", "").encode() + content
        before = self.seen[whose]
        self.seen[whose] += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self._serve(request, body, self.plan(content, before))
        except (asyncio.CancelledError, ConnectionError):
            self.aborted += 1
            raise
        finally:
            self.running -= 1

    async def _serve(
        self, request: web.Request, body: Json, fault: Fault | None
    ) -> web.StreamResponse:
        if fault:
            self.faults[fault] += 1
        if (early := self._refused(request, body) or early_fault(fault)) is not None:
            return early
        if fault == "drop":
            return abort(request)
        chat = request.path.endswith("chat/completions")
        for name in self.traits.ignores:
            body.pop(name, None)
        try:
            samples, prompt = await self.source(_prompt(body), body)
        except EngineError as error:
            return problem(400, f"This model's maximum context length is exceeded: {error}")
        answer = _Answer(self.traits, chat, body, samples, prompt)
        self.made += answer.made
        if body.get("stream"):
            return await self._stream(request, answer, fault)
        await asyncio.sleep(self.pace)
        return await self._whole(request, answer, fault)

    def _refused(self, request: web.Request, body: Json) -> web.Response | None:
        if request.path.endswith("chat/completions") and not self.traits.chat:
            return problem(self.traits.chat_status, "this model has no chat template")
        if body.get("model") not in self.traits.models:
            return problem(404, f"The model `{body.get('model')}` does not exist.")
        for name in sorted(self.traits.refuses & body.keys()):
            instead = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
            return problem(400, f"Unsupported parameter: {name}.{instead}")
        for name, value in self.traits.only:
            if body.get(name, value) != value:
                return problem(
                    400,
                    f"Unsupported value: '{name}' does not support {body[name]} with this model. "
                    f"Only the default ({value:g}) value is supported.",
                )
        if body.get("n", 1) > self.traits.most:
            bounds = f"1 <= value <= {self.traits.most}"
            said = f"Field 'n': Value must be between {bounds}, but got {body['n']}"
            return problem(400, self.traits.too_many or said)
        if self.traits.either and {"temperature", "top_p"} <= body.keys():
            return problem(400, "`temperature` and `top_p` cannot both be specified.")
        form = json.dumps(body.get("response_format", ""))
        if not self.traits.bounds and any(f'"{name}"' in form for name in ("minLength", "maxItems",
                                                                          "minimum")):  # fmt: skip
            return problem(400, "Invalid schema for response_format: 'maxItems' is not permitted.")
        asked, prompt = body.get("max_tokens", 16), len(words(_prompt(body)))
        context = self.traits.context or 0
        if self.traits.strict and prompt + asked > context:
            sizes = {"context": context, "prompt": prompt, "asked": asked, "total": prompt + asked}
            return problem(400, self.traits.strict.format(**sizes))
        return None

    async def _whole(
        self, request: web.Request, answer: _Answer, fault: Fault | None
    ) -> web.StreamResponse:
        data = answer.whole()
        if fault == "stall":
            await asyncio.sleep(3600)
        if fault in COUNTED:
            data["choices"] = []
            data |= {"error": {"message": "out of memory"}} if fault != "empty" else {}
        text = json.dumps(data)
        if fault == "malformed":
            return web.Response(text=text[:-9], content_type="application/json")
        if fault in ("truncated", "reset"):
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            response.content_length = len(text)
            await response.prepare(request)
            await response.write(text[: len(text) // 2].encode())
            await asyncio.sleep(0.02)
            return abort(request, response)
        if fault == "html":
            return web.Response(text="<html>please wait</html>", content_type="text/html")
        if fault == "packed":
            return packed("application/json")
        self.report(request, data.get("usage"))
        return web.Response(text=text, content_type="application/json")

    async def _stream(
        self, request: web.Request, answer: _Answer, fault: Fault | None
    ) -> web.StreamResponse:
        if fault == "html":
            return web.Response(text="<html>please wait</html>", content_type="text/html")
        if fault == "packed":
            return packed("text/event-stream")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while fault == "flood":
            await response.write(b"data: {" + b" " * 2**20 + b"}\n\n")
        events = list(answer.events())
        if fault in COUNTED:
            counts = {"choices": [], "usage": answer.usage()}
            events = [counts, {"error": {"message": "out of memory"}}]
        middle = len(events) // 2 if fault in HALFWAY else 0
        running: dict[int, Json] = {}
        last: Json | None = None
        self.begun.append(monotonic())
        for event in events[:middle] if middle else events:
            await response.write(b": still here\n\ndata: " + json.dumps(event).encode() + b"\n\n")
            if usage := event.get("usage"):
                last = None if event["choices"] else usage
                for choice in event["choices"]:
                    running[choice["index"]] = usage
            await asyncio.sleep(self.pace)
        for event in answer.going_on():
            self.made += 1
            await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            await asyncio.sleep(self.pace)
        self.report(request, last or _sum(running.values()))
        if not middle:
            await response.write(b"data: [DONE]\n\n" if fault not in COUNTED else b"")
            return response
        if fault == "malformed":
            await response.write(b'data: {"choices": [{"ind\n\n')
        while fault in ("stall", "pings"):
            await asyncio.sleep(0.05)
            await response.write(b": still here\n\n" if fault == "pings" else b"")
        await asyncio.sleep(0.02)  # what was written arrives before the connection breaks
        return abort(request, response) if fault == "reset" else response

    def report(self, request: web.Request, usage: Json | None) -> None:
        if usage:
            tally = self.tally.setdefault(request.headers.get("Authorization", ""), Counter())
            tally.update({k: v for k, v in usage.items() if isinstance(v, int)})

    async def embeddings(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        texts = body["input"]
        data = [{"index": i, "embedding": [float(len(t)), 1.0]} for i, t in enumerate(texts)]
        usage = {"prompt_tokens": sum(len(words(t)) for t in texts), "completion_tokens": 0}
        return web.json_response({"data": data[::-1], "usage": usage})

    async def pooling(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        steps = body["messages"][-1]["content"].split("<extra_0>")[:-1]
        rows = [[1 - p, p] for p in ((len(s) % 10) / 10 for s in steps)]
        usage = {"prompt_tokens": 10 * len(steps), "completion_tokens": 0}
        return web.json_response({"data": [{"index": 0, "data": rows}], "usage": usage})


class _Answer:
    """A reply in the server's style."""

    def __init__(
        self, traits: Traits, chat: bool, body: Json, samples: Sequence[Generated], prompt: int
    ) -> None:
        self._traits = traits
        self._chat = chat
        self._body = body
        self._samples = samples
        self._prompt = prompt
        self._ids = traits.token_ids and bool(body.get("return_token_ids"))
        if traits.schema and '"count"' in json.dumps(body.get("response_format", "")):
            pieces = ('{"count":', " 3}")
            tops = tuple(((piece, -0.5),) for piece in pieces)
            self._samples = [Generated(pieces, tops, (-0.5, -0.5), 3) for _ in samples]

    @property
    def made(self) -> int:
        return sum(sample.tokens for sample in self._samples)

    def usage(self) -> Json | None:
        if not self._traits.usage:
            return None
        counted = self._samples[:1] if self._traits.counts_one else self._samples
        thought = sum(len(s.thought) for s in counted)
        made = sum(s.tokens for s in counted) - thought * self._traits.on_top
        if self._traits.halves:
            made //= 2
        usage: Json = {"prompt_tokens": self._prompt, "completion_tokens": made}
        if self._traits.on_top:
            usage["total_tokens"] = self._prompt + made + thought
        if self._traits.cached:
            usage["prompt_tokens_details"] = {"cached_tokens": self._prompt // 2}
        if self._traits.reasoning:
            usage["completion_tokens_details"] = {"reasoning_tokens": thought}
        return usage

    def whole(self) -> Json:
        choices = []
        for i, sample in enumerate(self._samples):
            text, fields = self._styled("".join(sample.pieces), "".join(sample.thought))
            choice: Json = {"index": i, "finish_reason": self._reason(sample)}
            choice |= {"message": {"content": text, **fields}} if self._chat else {"text": text}
            if self._body.get("logprobs"):
                choice["logprobs"] = self._logprobs(sample, range(_length(sample)))
            if self._ids:
                choice["token_ids"] = list(range(sample.tokens))
            choices.append(choice)
        return {"choices": choices} | ({"usage": u} if (u := self.usage()) else {})

    def _reason(self, sample: Generated) -> str:
        return dict(self._traits.finishes).get(sample.finish, sample.finish)

    def _styled(self, text: str, thought: str) -> tuple[str | None, Json]:
        style = self._traits.thoughts
        if self._traits.misplaced:
            return None, {"reasoning_content": text}
        if not thought:
            return text, {}
        if style in ("inline", "open", "plain"):
            begin = "<think>" if style == "inline" else ""
            end = "</think>\n\n" if text and style != "plain" else ""
            return f"{begin}{thought}{end}{text}", {}
        return text, {style: thought}

    def events(self) -> list[Json]:
        """The pieces of all samples in turn, as a server that batches them writes them."""
        queues = [self._pieces(i, sample) for i, sample in enumerate(self._samples)]
        events = [queue.pop(0) for _ in range(max(map(len, queues))) for queue in queues if queue]
        options = self._body.get("stream_options") or {}
        endless = any(sample.loop for sample in self._samples)
        if options.get("include_usage") and not endless and (usage := self.usage()):
            totals = [usage]
            if self._traits.counts_one:
                totals = [usage | {"completion_tokens": s.tokens} for s in self._samples]
            events += [{"choices": [], "usage": usage} for usage in totals]
        return events

    def _pieces(self, index: int, sample: Generated) -> list[Json]:
        style = self._traits.thoughts
        marked = style in ("reasoning", "reasoning_content")
        parts = [(piece, True) for piece in sample.thought] + [(p, False) for p in sample.pieces]
        if sample.thought and style == "inline":
            parts.insert(0, ("<thi", False))
            parts.insert(1, ("nk>", False))
        if sample.thought and sample.pieces and style in ("inline", "open"):
            at = len(parts) - len(sample.pieces)
            parts[at:at] = [("</th", False), ("ink>\n\n", False)]
        events = []
        made = 0
        for piece, thought in parts:
            field = style if thought and marked else "content"
            if self._traits.misplaced:
                field = "reasoning_content"
            choice: Json = {"index": index, "finish_reason": None}
            choice |= {"delta": {field: piece}} if self._chat else {"text": piece}
            if thought or piece in sample.pieces:  # and not a tag
                if self._body.get("logprobs") and self._traits.stream_logprobs:
                    choice["logprobs"] = self._logprobs(sample, range(made, made + 1))
                if self._ids:
                    choice["token_ids"] = [0]
                made += 1
            events.append(self._counted(choice, made))
        if sample.loop:
            return events
        end: Json = {"index": index, "finish_reason": self._reason(sample)}
        whole = "".join(sample.pieces) if self._traits.repeats else ""
        said = {"content": whole} if whole else {}
        end |= {"delta": said} if self._chat else {"text": whole}
        if self._ids:
            end["token_ids"] = [0] * (sample.tokens - made)
        return [*events, self._counted(end, sample.tokens)]

    def going_on(self) -> Iterator[Json]:
        """What comes after the events of samples that go in circles: no end."""
        looping = [(i, s) for i, s in enumerate(self._samples) if s.loop]
        made = {i: _length(s) for i, s in looping}
        for turn in itertools.count() if looping else ():
            for i, sample in looping:
                piece, made[i] = sample.loop[turn % len(sample.loop)], made[i] + 1
                thinks = bool(sample.thought) and not sample.pieces
                field = self._traits.thoughts if thinks else "content"
                choice: Json = {"index": i, "finish_reason": None}
                choice |= {"delta": {field: piece}} if self._chat else {"text": piece}
                if self._body.get("logprobs") and self._traits.stream_logprobs:
                    row = {"token": piece, "logprob": -0.1, "top_logprobs": []}
                    choice["logprobs"] = {"content": [row]}
                if self._ids:
                    choice["token_ids"] = [0]
                yield self._counted(choice, made[i])

    def _counted(self, choice: Json, made: int) -> Json:
        options = self._body.get("stream_options") or {}
        event: Json = {"choices": [choice]}
        if self._traits.running and self._traits.usage and options.get("continuous_usage_stats"):
            event["usage"] = {"prompt_tokens": self._prompt, "completion_tokens": made}
        return event

    def _logprobs(self, sample: Generated, which: range) -> Json:
        most = self._body.get("top_logprobs", self._body["logprobs"])
        tokens = (*sample.thought, *sample.pieces)
        before = len(sample.thought)
        tops = ((("x", -1.5),),) * before + sample.tops
        values = (-0.5,) * before + sample.logprobs
        if self._chat:
            return {
                "content": [
                    {
                        "token": tokens[i],
                        "logprob": values[i],
                        "top_logprobs": [{"token": t, "logprob": lp} for t, lp in tops[i][:most]],
                    }
                    for i in which
                ]
            }
        return {
            "tokens": [tokens[i] for i in which],
            "token_logprobs": [values[i] for i in which],
            "top_logprobs": [dict(tops[i][:most]) for i in which],
        }


def _length(sample: Generated) -> int:
    return len(sample.thought) + len(sample.pieces)


def _prompt(body: Json) -> str:
    if "messages" in body:
        return str(body["messages"][-1]["content"])
    return str(body["prompt"])


def _sum(usages: Any) -> Json | None:
    counted = list(usages)
    if not counted:
        return None
    return counted[0] | {"completion_tokens": sum(u["completion_tokens"] for u in counted)}


def problem(status: int, message: str, **headers: str) -> web.Response:
    error = {"error": {"message": message, "type": "error", "code": status}}
    return web.json_response(error, status=status, headers=headers)


def early_fault(fault: Fault | None) -> web.Response | None:
    match fault:
        case "429":
            return problem(429, "slow down")
        case "429 wait":
            return problem(429, "slow down", **{"Retry-After": "0.02"})
        case "429 long":
            return problem(429, "come back tomorrow", **{"Retry-After": "86400"})
        case "401":
            return problem(401, "Incorrect API key provided: sk-secret-key.")
        case "loading":
            return problem(503, "Loading model")
        case "500" | "502" | "503":
            return problem(int(fault), "something broke")
        case "302":
            return web.Response(status=302, headers={"Location": "http://elsewhere/"})
    return None


def packed(kind: str) -> web.Response:
    """A body that unpacks to a thousand times its size, whatever the client accepts."""
    headers = {"Content-Type": kind, "Content-Encoding": "gzip"}
    return web.Response(body=gzip.compress(bytes(2**27)), headers=headers)


def abort(request: web.Request, response: web.StreamResponse | None = None) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return response or web.Response()


@asynccontextmanager
async def serving(server: Server, port: int = 0) -> AsyncIterator[Server]:
    """The server on this loop, at `server.url`."""
    app = web.Application(client_max_size=2**24)
    app.router.add_get("/v1/models", server.models)
    for path in ("/v1/completions", "/v1/chat/completions"):
        app.router.add_post(path, server.generate)
    app.router.add_post("/v1/embeddings", server.embeddings)
    app.router.add_post("/pooling", server.pooling)
    runner = web.AppRunner(
        app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1,
        keepalive_timeout=server.traits.closes,
    )  # fmt: skip
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address = runner.addresses[0]
    server.url = f"http://{address[0]}:{address[1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()

"""The ONNX engine for chat models: any folder of onnxruntime-genai, or one from the Hub.

Knows where a model lies, here or on the Hugging Face Hub (what marks such a folder is its
genai_config.json), how a request becomes an order for the worker's process and how its answer
becomes samples. Does not know how tokens are drawn (`worker`), the library (`model`) or the pipes
(`process`). Needs onnxruntime-genai, jinja2 and tokenizers; no torch.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from scale_core.engines.base import (
    Cancel,
    Completion,
    Delta,
    EngineError,
    EngineInfo,
    OnDelta,
    Request,
    Sample,
    Token,
)
from scale_core.engines.cancel import StopSignal
from scale_core.engines.onnx_chat.process import WorkerProcess
from scale_core.engines.onnx_chat.text import ChatTemplate, ChatTokenizer, Rendered
from scale_core.engines.onnx_chat.worker import CUT, Order
from scale_core.engines.onnx_file import count_parameters
from scale_core.trace.usage import Usage

PACKAGE = "onnxruntime_genai"
INSTALL = "pip install -r requirements-onnx-chat.txt"
CONTEXT = 8192
"""Longest prompt + reply unless asked otherwise: each running request holds a cache of its length,
a third of a megabyte a token for a model of four thousand million parameters. What is kept of
earlier prompts stays within what two requests of the longest may take."""


class OnnxChatEngine:
    """Serves one chat model. Messages go through its own chat template; a prompt that is a text
    goes to the model as it is.

    model: a folder, or `owner/name[/folder][@revision]` on the Hub. context: longest prompt +
    reply, at most what the model was made for. threads: of one step, by default as many as make it
    fastest, which is measured at the model's first use here (seconds, and as often as it is loaded
    for that: two or three times).

    A sample depends on (prompt, parameters, seed, index) alone: samples are generated one after
    the other from the same state, requests in turns. So n samples take n times as long as one;
    what they share is the reading of the prompt, which requests that begin alike share, too:
    `cached` in their usage depends on what ran before, no sample does. On graphics processors
    this is not promised.
    Raises EngineError, in words for people, if the model cannot be used.
    """

    def __init__(
        self, model: str | Path, *, context: int | None = None, threads: int | None = None
    ) -> None:
        if importlib.util.find_spec(PACKAGE) is None:
            raise EngineError(f"chat models on ONNX need the package {PACKAGE}: {INSTALL}")
        if (context is not None and context < 16) or (threads is not None and threads < 1):
            raise ValueError(f"need context >= 16 and threads >= 1, got {context}, {threads}")
        path = folder_of(str(model))
        longest, ends, graph = _shape(path)
        self._tokenizer = ChatTokenizer(path)
        self._template = ChatTemplate(path)
        self._context = min(longest, context or CONTEXT)
        self._cut = len(self._tokenizer.encode(CUT, 10_000))
        self._counted = Usage()
        arguments = [str(path.resolve()), str(threads or 0), str(self._context), *map(str, ends)]
        self._process = WorkerProcess(arguments, self._count)
        weakref.finalize(self, self._process.close)
        name = path.name if Path(model).expanduser().is_dir() else str(model)
        self._info = self._describe(name, longest, graph)

    def _describe(self, name: str, longest: int, graph: Path) -> EngineInfo:
        ready, template = self._process.ready, self._template
        processor, threads = ready["device"] == "CPU", int(ready["threads"])
        notes = [f"Threads: {threads}, {ready['chosen']}."] if processor else []
        if self._context < longest:
            notes.append(f"Its context is held to {self._context:,} tokens to save memory.")
        if not ready["steady"] or not processor:
            notes.append("On this device the same seed may give another sample.")
        if not template.switches:
            notes.append(
                "Its template has no switch for thinking."
                if template.thinks
                else "It has no thinking mode: System 2 only works with more care."
            )
        if not ready["grammars"]:
            notes.append("Replies cannot be held to a form here, so more of them are unreadable.")
        plural = "s" if threads > 1 else ""
        return EngineInfo(
            name="ONNX Runtime GenAI",
            model=name,
            device=f"CPU, {threads} thread{plural}" if processor else str(ready["device"]),
            context=self._context,
            parameters=count_parameters(graph),
            reproducible=bool(ready["steady"]) and processor,
            logprobs=True,
            thinking_switch=template.switches,
            thinking_budget=template.thinks,
            schema=bool(ready["grammars"]),
            chat=True,
            notes=tuple(notes),
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def counters(self) -> Usage:
        """All tokens of the requests that have ended, those that were stopped included."""
        return self._counted

    async def sample(
        self,
        request: Request,
        *,
        cancel: Cancel | None = None,
        on_delta: OnDelta | None = None,
    ) -> Completion:
        """Generate the request's samples; see `Engine.sample`.

        max_tokens is cut to what fits in the context, and a thinking budget by as much, but to no
        less than half of it. A schema is left out of account while the model thinks. Raises
        EngineError if the prompt does not fit, is empty, or if the worker has failed.
        """
        if "" in request.stop:
            raise EngineError("a stop text must not be empty")
        order = self._order(request, on_delta is not None)

        def deliver(message: dict[str, Any]) -> None:
            for delta in message["deltas"]:
                assert on_delta is not None
                on_delta(Delta(*delta))

        began = time.perf_counter()
        answer = await self._ask({"op": "sample", **asdict(order)}, cancel, deliver)
        samples = tuple(_sample(record) for record in answer["samples"])
        return Completion(samples, Usage(*answer["counts"]), time.perf_counter() - began)

    def _order(self, request: Request, stream: bool) -> Order:
        rendered = self._render(request)
        prompt = self._tokenizer.encode(rendered.text, self._context - 1)
        if not prompt:
            raise EngineError("the prompt is empty")
        limit = min(request.max_tokens, self._context - len(prompt))
        thinks = rendered.opened or (request.thinking is not False and self._template.thinks)
        return Order(
            prompt=prompt,
            n=request.n,
            first=request.first,
            seed=request.seed,
            limit=limit,
            temperature=request.temperature,
            top_p=request.top_p,
            stop=list(request.stop),
            logprobs=request.logprobs,
            opened=rendered.opened,
            budget=self._budget(request, limit) if thinks else None,
            schema=None if thinks or not self._info.schema else _grammar(request.schema),
            stream=stream,
        )

    def _render(self, request: Request) -> Rendered:
        if isinstance(request.prompt, str):
            return Rendered(request.prompt, False)
        return self._template.render(request.prompt, request.thinking)

    def _budget(self, request: Request, limit: int) -> int | None:
        """The thought's limit under the reply's; None where no room is left to end it."""
        if request.thinking_budget is None or limit <= self._cut + 1:
            return None
        budget = request.thinking_budget
        if limit < request.max_tokens:
            budget = min(budget, max(budget - (request.max_tokens - limit), limit // 2))
        return max(1, min(budget, limit - self._cut - 1))

    async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
        """Always raises EngineError: the library gives logits only."""
        raise EngineError("this engine does not make embeddings")

    async def score_steps(
        self, problem: str, solutions: Sequence[Sequence[str]]
    ) -> tuple[list[list[float]], Usage]:
        """Always raises EngineError: no process reward model is part of this engine."""
        raise EngineError("this engine has no process reward model")

    async def close(self) -> None:
        """End the worker; pending requests get EngineError. May be called twice."""
        await asyncio.to_thread(self._process.close)

    async def _ask(
        self,
        message: dict[str, Any],
        cancel: Cancel | None,
        on_part: Callable[[dict[str, Any]], None],
    ) -> dict[str, Any]:
        call = self._process.call(message, on_part)
        stopped = StopSignal(cancel)
        leave = stopped.subscribe(lambda: self._process.abort(call.id))
        try:
            return await call.future
        finally:
            leave()
            # Cancelled while it waited, or its callback failed: the worker need not go on. No
            # effect once answered.
            if not call.answered:
                self._process.abort(call.id)

    def _count(self, counts: list[int]) -> None:
        self._counted = self._counted + Usage(*counts)


def _grammar(schema: str | None) -> str | None:
    """A JSON schema with the spacing that models are used to, and no other: a weak one could go
    on with white space for ever. Raises EngineError if the schema is not JSON."""
    if schema is None:
        return None
    try:
        found = json.loads(schema)
    except ValueError as error:
        raise EngineError(f"the reply's schema is not JSON: {error}") from error
    if isinstance(found, dict):
        spacing = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
        found = {"x-guidance": spacing, **found}
    return json.dumps(found)


def _sample(record: dict[str, Any]) -> Sample:
    tokens = tuple(
        Token(text, logprob, tuple((t, lp) for t, lp in others))
        for text, logprob, others in record["tokens"]
    )
    return Sample(**{**record, "tokens": tokens})


def _shape(folder: Path) -> tuple[int, list[int], Path]:
    """(context, end tokens, the graph's file). Raises EngineError."""
    try:
        model = json.loads((folder / "genai_config.json").read_text("utf-8"))["model"]
        ends = model["eos_token_id"]
        graph = folder / model["decoder"]["filename"]
        if not graph.is_file():
            raise EngineError(f"{folder} is incomplete: {graph.name} is missing")
        return int(model["context_length"]), ends if isinstance(ends, list) else [ends], graph
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(f"no usable model in {folder}: {error!r}") from error


MARK = "genai_config.json"
_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}(?:/[\w./-]{1,200})?(?:@[\w./-]{1,100})?")


def folder_of(model: str) -> Path:
    """The folder of a model: a path, or `owner/name[/folder][@revision]` on the Hub, which is
    downloaded unless it is in the Hub's cache. Raises EngineError in words for people."""
    path = Path(model).expanduser()
    if path.is_dir():
        if not (path / MARK).is_file():
            below = sorted(str(p.parent.relative_to(path)) for p in path.glob(f"*/**/{MARK}"))
            hint = f"; there are {', '.join(below)}" if below else ""
            raise EngineError(f"{model} is not a model folder: it has no {MARK}{hint}")
        return path
    if not _ID.fullmatch(model) or model.startswith((".", "/")):
        raise EngineError(f"{model} is neither a folder nor a model's name on the Hub")
    return _downloaded(model)


def _downloaded(model: str) -> Path:
    try:
        from huggingface_hub import HfApi
    except ModuleNotFoundError as error:
        raise EngineError(
            "models from the Hub need a package: pip install huggingface_hub"
        ) from error
    name, _, revision = model.partition("@")
    owner, repository, *inner = name.split("/", 2)
    repo, wanted = f"{owner}/{repository}", inner[0].strip("/") if inner else ""
    api = HfApi()
    try:
        files = api.list_repo_files(repo, revision=revision or None)
        folder = choose(files, wanted, repo)
        patterns = [f"{folder}/*" if folder else "*"]
        root = api.snapshot_download(
            repo,
            revision=revision or None,
            allow_patterns=patterns,
            ignore_patterns=_unneeded(folder),
        )
    except EngineError:
        raise
    except Exception as error:  # its errors have many ancestors, and its HTTP client's are its own
        return _cached(repo, revision, wanted, error)
    return Path(root) / folder


def _cached(repo: str, revision: str, wanted: str, reason: Exception) -> Path:
    """The copy in the Hub's cache, when the Hub itself cannot be asked."""
    from huggingface_hub import scan_cache_dir

    for cached in scan_cache_dir().repos if _has_cache() else ():
        if (cached.repo_id, cached.repo_type) != (repo, "model"):
            continue
        for found in cached.revisions:
            if (revision or "main") in {*found.refs, found.commit_hash}:
                root = found.snapshot_path
                files = [file.file_path.relative_to(root).as_posix() for file in found.files]
                return root / choose(files, wanted, repo)
    line = (str(reason).strip() or type(reason).__name__).splitlines()[0]
    raise EngineError(f"{repo} could not be loaded from the Hub: {line}") from reason


def _has_cache() -> bool:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE).is_dir()


def choose(files: list[str], wanted: str, repo: str) -> str:
    """The folder in a repository, "" for its root. One that is not asked for by name must be the
    only one, or the only one for processors (CPU). Raises EngineError."""
    found = sorted(
        "" if str(p.parent) == "." else str(p.parent)
        for p in map(PurePosixPath, files)
        if p.name == MARK
    )
    if wanted:
        found = [f for f in found if f == wanted or f.startswith(f"{wanted}/")]
    if not found:
        where = f" under {wanted}" if wanted else ""
        raise EngineError(f"{repo} has no model of onnxruntime-genai{where} (no {MARK})")
    if len(found) > 1:
        processors = [f for f in found if "cpu" in f.lower()]
        found = processors if len(processors) == 1 else found
    if len(found) > 1:
        names = ", ".join(f"{repo}/{f}" if f else repo for f in found)
        raise EngineError(f"{repo} has several models; name one of: {names}")
    return found[0]


def _unneeded(folder: str) -> list[str] | None:
    """From a repository whose model is at its root: not its pictures and papers."""
    return None if folder else ["*.md", "*.png", "*.jpg", "*.pdf", ".*"]

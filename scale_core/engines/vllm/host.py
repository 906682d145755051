"""One vLLM engine in a thread of its own, with an event loop of its own.

Knows how vLLM is started, reached from any event loop, watched and ended. Does not know requests
or prompts. A thread, because vLLM is bound to one event loop while pages, command line and tests
bring their own, and because it blocks for minutes while it loads.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping, Sequence
from multiprocessing import resource_tracker
from typing import Any, TypeVar

from scale_core.engines.base import Cancel, EngineError
from scale_core.engines.loading import Report, silent
from scale_core.engines.vllm.library import Log, engine_args, load

T = TypeVar("T")
Prepare = Callable[[Any], None]

_AGAIN = 0.02  # seconds between two attempts to abort a request
_STARTING = threading.Lock()  # one engine at a time: each measures the memory that is free


class Host:
    """Blocks until vLLM is ready. Raises EngineError, with the cause in words, where it fails.

    arguments: vLLM's own, as on its command line. defaults: those used where the arguments do
    not say. prepare: may change vLLM's parsed arguments before the engine starts.
    llm: vLLM's AsyncLLM; only the functions given to `do` may touch it.
    """

    def __init__(
        self,
        model: str,
        arguments: Sequence[str] = (),
        *,
        defaults: Mapping[str, str | None] | None = None,
        prepare: Prepare | None = None,
        report: Report = silent,
    ) -> None:
        self.model = model
        self.llm: Any = None
        self._loads = _Loads()
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._running: set[str] = set()  # names of the requests that vLLM has
        self._closed = False
        self._ended = threading.Lock()
        self._thread = threading.Thread(target=_serve, args=(self._loop,), daemon=True, name="vllm")
        self._thread.start()
        self._log = Log(model, report)
        try:
            with _STARTING, _environment(), self._log.starting():
                report("starting", f"{model}: starting vLLM")
                args = engine_args(model, arguments, defaults or {})
                if prepare is not None:
                    prepare(args)
                self.llm = self._start(args)
        except BaseException as error:
            self._give_up()
            if isinstance(error, EngineError) or not isinstance(error, Exception):
                raise
            raise EngineError(
                f"vLLM could not load {model}: {self._log.cause() or error}"
            ) from error
        # Also when the program ends: vLLM's processes must not outlive it.
        self._finish = weakref.finalize(self, _end, self._loop, self._thread, [self.llm])

    def _start(self, args: Any) -> Any:
        work = _start(args, self._loads)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @property
    def running(self) -> int:
        """Requests that vLLM's scheduler runs or keeps waiting, by its own last report."""
        return self._loads.total

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in vLLM's loop and wait for it in the caller's; cancelling the caller
        cancels it. Raises EngineError once the host is closed."""
        tracked = self._tracked(work)
        try:
            if self._closed:
                raise closed()
            future = asyncio.run_coroutine_threadsafe(tracked, self._loop)
        except (EngineError, RuntimeError):  # RuntimeError: the loop is closed
            tracked.close()
            work.close()
            raise closed() from None
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if self._closed and future.cancelled() and not _cancelling():
                raise closed() from None
            raise

    async def _tracked(self, work: Coroutine[Any, Any, T]) -> T:
        return await self.spawn(work)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task in vLLM's loop that ends with the host at the latest. Called in that loop."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @contextlib.contextmanager
    def aborted_by(self, stop: Cancel, request_id: str) -> Any:
        """Inside, a vLLM request is aborted once `stop` is set. Called in vLLM's loop."""

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and vLLM with it
                self._loop.call_soon_threadsafe(lambda: self.spawn(self._abort(request_id)))

        self._running.add(request_id)
        leave = stop.subscribe(tell)
        try:
            yield
        finally:
            leave()
            self._running.discard(request_id)

    async def _abort(self, request_id: str) -> None:
        # Repeated until the request is gone: an abort that comes before vLLM has taken the
        # request in does nothing.
        while request_id in self._running:
            with contextlib.suppress(Exception):  # a dead engine: its requests fail by themselves
                await self.llm.abort([request_id])
            await asyncio.sleep(_AGAIN)

    def close(self) -> None:
        """End vLLM and its processes; pending work fails. Blocks for a few seconds at most. May
        be called twice and from any thread but vLLM's own."""
        self._closed = True
        with self._ended:
            if not self._thread.is_alive():
                return
            cancelled = asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop)
            with contextlib.suppress(Exception):
                cancelled.result(5)
            self.llm = None
            self._finish()
            self._loads.clear()
            self._log.close()

    async def _cancel_all(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _give_up(self) -> None:
        self._closed = True
        _end(self._loop, self._thread, [])
        self._log.cause()
        self._log.close()

    def in_words(self, error: Exception) -> EngineError:
        """What a person is told when vLLM raises on a request."""
        if isinstance(error, EngineError):
            return error
        if type(error).__name__ == "EngineDeadError":
            cause = self._log.cause() or "its log above may say why"
            return EngineError(f"vLLM's engine process has ended: {cause}")
        if type(error).__name__ == "EngineGenerateError" and error.__cause__ is not None:
            return EngineError(f"vLLM failed on this request: {error.__cause__}")
        return EngineError(f"vLLM refused this request: {error}")


def closed() -> EngineError:
    return EngineError("the engine is closed")


def _cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    # vLLM's processes inherit this thread's signal mask. Ctrl-C at a terminal goes to them too,
    # and would kill them before the program has told them to stop and counted what was spent.
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # started later, it would unblock the signal again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    asyncio.set_event_loop(loop)
    loop.run_forever()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread, llms: list[Any]) -> None:
    """Shut vLLM down in its own thread, let go of it, then stop the thread."""
    if not thread.is_alive():
        return

    def finish() -> None:
        try:
            while llms:
                llms.pop().shutdown()
        finally:
            loop.stop()

    loop.call_soon_threadsafe(finish)
    if thread is not threading.current_thread():  # a garbage collection may run there
        thread.join()
        gc.collect()  # vLLM's objects are cycles, and their end must not be Python's end


@contextlib.contextmanager
def _environment() -> Any:
    """vLLM's processes are spawned, not forked: this one has threads already."""
    name = "VLLM_WORKER_MULTIPROC_METHOD"
    before = os.environ.get(name)
    os.environ[name] = "spawn"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


async def _start(args: Any, loads: _Loads) -> Any:
    usage = load("vllm.usage.usage_lib").UsageContext.ENGINE_CONTEXT
    config = args.create_engine_config(usage)
    llm = load("vllm.v1.engine.async_llm").AsyncLLM
    return llm.from_vllm_config(
        config,
        usage_context=usage,
        stat_loggers=[_logger_of(loads)],
        disable_log_stats=True,  # only its own periodic log: ours is asked at every step
    )


class _Loads:
    """Requests running and waiting in each of vLLM's engine processes."""

    def __init__(self) -> None:
        self._of: dict[int, int] = {}

    @property
    def total(self) -> int:
        return sum(self._of.values())

    def set(self, index: int, count: int) -> None:
        self._of[index] = count

    def clear(self) -> None:
        self._of.clear()


def _logger_of(loads: _Loads) -> Any:
    base = load("vllm.v1.metrics.loggers").StatLoggerBase

    class Watcher(base):  # type: ignore[misc, valid-type]
        """Keeps how many requests each engine process has."""

        def __init__(self, vllm_config: Any, engine_index: int = 0) -> None:
            self._index = engine_index

        def record(self, scheduler_stats: Any, *_: Any, **__: Any) -> None:
            if scheduler_stats is not None:
                names = "num_running_reqs", "num_waiting_reqs", "num_skipped_waiting_reqs"
                loads.set(self._index, sum(getattr(scheduler_stats, n, 0) for n in names))

        def log_engine_initialized(self) -> None:
            """Nothing to tell: the phases come from the log."""

    return Watcher

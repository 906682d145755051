"""A model of onnxruntime-genai as tokens in, logits out. Runs in the worker's process.

Knows that library: loading with as many threads as are fastest, its generators (one sequence each),
going back to an earlier place, and drawing under a grammar. Does not know requests, text or how a
token is drawn.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from scale_core.engines.embedded.sampling import Floats
from scale_core.engines.onnx_chat.threads import Choice, choose

_NEUTRAL = {
    "do_sample": False,
    "batch_size": 1,
    "num_beams": 1,
    "num_return_sequences": 1,
    "min_length": 0,
    "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
}
"""Search options that leave the model's logits alone, whatever the folder's own settings."""


_OPENING = (3, 4, 5, 6)


def library() -> str:
    """The library's version."""
    import onnxruntime_genai as og

    return str(og.__version__)


class ChatModel:
    """Raises RuntimeError (the library's) if the folder cannot be loaded.

    device: what it runs on. grammars: constrained decoding is built in. rewinds: going back in a
    sequence, and on from there, gives the very same logits as reading it anew. steady: so does
    reading it twice.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        import onnxruntime_genai as og

        self._og = og
        config = og.Config(str(folder))
        options = {"session_options": {"intra_op_num_threads": threads}}
        config.overlay(json.dumps({"model": {"decoder": options}}))
        self._model = og.Model(config)
        self.device = str(self._model.device_type)
        self.vocabulary = 0
        self.rewinds = False
        self.steady = self._is_steady()

    def track(self, length: int, schema: str | None = None) -> Track:
        """A new sequence of at most `length` tokens; schema: of the JSON that it must be."""
        parameters = self._og.GeneratorParams(self._model)
        parameters.set_search_options(**_NEUTRAL, max_length=length)
        if schema is not None:
            parameters.set_guidance("json_schema", schema)
        return Track(self._og.Generator(self._model, parameters), length, schema)

    def rate(self, seconds: float = 0.5) -> float:
        """Tokens a second of a short sequence; measured for so long and for eight tokens at least.
        The mean: where threads have to wait for a core it is a few steps that take long."""
        track, made = self._probe(), 0
        track.advance(3)
        began = time.perf_counter()
        while made < 8 or (self.rewinds and time.perf_counter() < began + seconds):
            if self.rewinds:
                track.rewind(4)
            track.advance(3)
            made += 1
        return made / (time.perf_counter() - began)

    def _is_steady(self) -> bool:
        first, again = self._probe(), self._probe()
        first_next, again_next = first.advance(3), again.advance(3)
        self.vocabulary = first_next.shape[1]
        try:
            self.rewinds = self._goes_back(first, first_next)
        except Exception:  # some architectures cannot
            self.rewinds = False
        return np.array_equal(first_next, again_next)

    def _goes_back(self, used: Track, expected: Floats) -> bool:
        """To the end of its beginning, on with other tokens, and to where it has read nothing."""
        used.rewind(4)
        same = np.array_equal(used.advance(3), expected)
        used.rewind(4)
        fresh = self._probe()
        for track in (used, fresh):
            track.append([6, 5, 4])
        same = same and np.array_equal(used.logits(), fresh.logits())
        used.rewind(0)
        used.append(_OPENING)
        return same and np.array_equal(used.advance(3), expected)

    def _probe(self) -> Track:
        track = self.track(16)
        track.append(_OPENING)
        return track

    @cached_property
    def grammars(self) -> bool:
        try:
            self.track(8, '{"type": "boolean"}').append([3, 4])
        except Exception:
            return False
        return True


def load(folder: Path, threads: int) -> tuple[ChatModel, Choice]:
    """The model with so many threads; 0: as many as make it fastest, which is measured unless it
    was before. Another number of threads means to load it anew."""
    if threads:
        return ChatModel(folder, threads), Choice(threads, {})
    loaded: dict[int, ChatModel] = {}

    def at(number: int) -> ChatModel:
        if number not in loaded:
            loaded.clear()  # first: two at once may not fit into memory
            loaded[number] = ChatModel(folder, number)
        return loaded[number]

    def rate(number: int) -> float:
        if any(model.device != "CPU" for model in loaded.values()):
            return 0.0  # threads do not matter there: the first number will do
        return at(number).rate()

    choice = choose(folder, library(), rate)
    return at(choice.threads), choice


class Track:
    """One sequence of at most `length` tokens. Every call computes; none may run beside another."""

    def __init__(self, generator: Any, length: int, schema: str | None) -> None:
        self._generator = generator
        self.length, self.schema = length, schema
        self._at = 0  # tokens so far

    def append(self, ids: Sequence[int]) -> None:
        self._generator.append_tokens(np.asarray(ids, np.int32))
        self._at += len(ids)

    def advance(self, id: int) -> Floats:
        self.append([id])
        return self.logits()

    def logits(self) -> Floats:
        """Those after the last token [1, vocabulary]."""
        logits = np.array(self._generator.get_logits(), dtype=np.float32)
        return logits.reshape(-1, logits.shape[-1])[-1:]

    def draw(self, scores: Floats) -> int:
        """Append the best-scored token that the grammar allows, and say which it was."""
        self._generator.set_logits(scores.reshape(1, 1, -1))
        self._generator.generate_next_token()
        self._at += 1
        return int(self._generator.get_next_tokens()[0])

    def rewind(self, length: int) -> None:
        """Back to the first `length` tokens; a grammar begins anew."""
        if length < self._at:
            self._generator.rewind_to(length)
            self._at = length

"""The exported decoder behind plain arrays: prompts in, logits and key/value caches out.

Knows the model folder's format (onnxruntime-genai's: model.onnx, genai_config.json), ONNX
Runtime and its GroupQueryAttention cache layout. Does not know samples, requests or threads:
one thread at a time may use a `Decoder`.

The library's own Generator cannot take a request into a running batch, so we drive the same
graph ourselves. Each sample has a row ("slot") in one cache buffer; a step runs the first b rows
in place. The graph reads a row's length as the sum of its attention mask, so rows of different
lengths share a step and no padding is computed.
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

from scale_core.engines.base import EngineError
from scale_core.engines.embedded.sampling import Floats, Ints
from scale_core.engines.onnx_file import count_parameters

# Prompts shorter than this are padded to it: a matrix of one row takes another code path, with
# other rounding, than the same row beside others.
_SHORTEST = 2
_FLOORS = (1, 2, 4, 16)  # smallest batches tried until results stop depending on the batch


@dataclass(frozen=True, slots=True)
class Shape:
    """What genai_config.json says: sizes, the input and output names, the end tokens."""

    layers: int
    heads: int
    head_size: int
    vocabulary: int
    context: int
    ends: tuple[int, ...]
    inputs: dict[str, str]
    outputs: dict[str, str]
    weights: Path

    @staticmethod
    def read(folder: Path) -> Shape:
        """Raises EngineError if the folder is not a model of onnxruntime-genai."""
        try:
            model = json.loads((folder / "genai_config.json").read_text("utf-8"))["model"]
            decoder = model["decoder"]
            ends = model["eos_token_id"]
            return Shape(
                layers=decoder["num_hidden_layers"],
                heads=decoder["num_key_value_heads"],
                head_size=decoder["head_size"],
                vocabulary=model["vocab_size"],
                context=model["context_length"],
                ends=tuple(ends) if isinstance(ends, list) else (ends,),
                inputs=decoder["inputs"],
                outputs=decoder["outputs"],
                weights=folder / decoder["filename"],
            )
        except (OSError, ValueError, KeyError) as error:
            raise EngineError(f"no usable model in {folder}: {error!r}") from error


class Decoder:
    """The model, the cache of `rows` slots, and one step for the first b of them.

    tokens [rows, 1] and lengths [rows] are the step's inputs, to be filled in place: the token
    to read and the number of tokens in the slot, that one included.
    """

    def __init__(self, folder: Path, rows: int, threads: int) -> None:
        self.shape = shape = Shape.read(folder)
        self.parameters = count_parameters(shape.weights)
        self._session = _session(shape.weights, threads)
        size = (2 * shape.layers, rows, shape.heads, shape.context, shape.head_size)
        # Anonymous memory: pages come as slots use them. (numpy's own would come in huge pages,
        # nearly all of it at once.)
        memory = mmap.mmap(-1, 4 * math.prod(size))
        self._cache = np.frombuffer(memory, np.float32).reshape(size)
        self.tokens = np.zeros((rows, 1), np.int64)
        self.lengths = np.full(rows, _SHORTEST, np.int64)
        self._mask = np.zeros((rows, shape.context), np.int64)
        self._logits = np.zeros((rows, 1, shape.vocabulary), np.float32)
        self._bindings: dict[int, Any] = {}
        self._floor = 1
        try:
            self.reproducible = self._find_floor(rows)
        except Exception as error:  # ONNX Runtime's classes are not in a public place
            raise EngineError(f"cannot run {shape.weights}: {error}") from error

    def step(self, rows: int) -> Floats:
        """Read one token in each of the first `rows` slots. Logits [rows, vocabulary], which
        the next step overwrites."""
        size = max(rows, self._floor)
        self._mask[:size, 0] = self.lengths[:size]
        if size not in self._bindings:
            cache = self._cache[:, :size]
            arrays = self.tokens[:size], self._mask[:size], self._logits[:size]
            self._bindings[size] = self._bind(*arrays, cache)
        self._session.run_with_iobinding(self._bindings[size])
        return self._logits[:rows, 0]

    def prefill(self, prompts: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """Read whole prompts, outside the slots. Positions past a prompt's end hold garbage.

        Returns logits [b, longest, vocabulary] and a cache [2 layers, b, heads, longest, size].
        """
        shape, rows = self.shape, max(len(prompts), self._floor)
        longest = max(_SHORTEST, *map(len, prompts))
        tokens = np.zeros((rows, longest), np.int64)
        mask = np.zeros((rows, longest), np.int64)
        mask[:, 0] = 1
        for row, prompt in enumerate(prompts):
            tokens[row, : len(prompt)] = prompt
            mask[row, 0] = len(prompt)
        logits = np.empty((rows, longest, shape.vocabulary), np.float32)
        size = (2 * shape.layers, rows, shape.heads, longest, shape.head_size)
        cache = np.empty(size, np.float32)
        self._session.run_with_iobinding(self._bind(tokens, mask, logits, cache))
        return logits, cache

    def load(self, first: int, end: int, cache: Floats) -> None:
        """Put a prompt's cache [2 layers, heads, length, size] into slots first .. end - 1."""
        self._cache[:, first:end, :, : cache.shape[2]] = cache[:, None]

    def move(self, source: int, target: int, length: int) -> None:
        """Copy `length` positions of one slot's cache into another."""
        self._cache[:, target, :, :length] = self._cache[:, source, :, :length]

    def _bind(self, tokens: Ints, mask: Ints, logits: Floats, cache: Floats) -> Any:
        binding = self._session.io_binding()
        ins, outs = self.shape.inputs, self.shape.outputs
        _point(binding.bind_input, ins["input_ids"], tokens)
        _point(binding.bind_input, ins["attention_mask"], mask)
        _point(binding.bind_output, outs["logits"], logits)
        for layer in range(self.shape.layers):
            for kind, part in (("key", cache[2 * layer]), ("value", cache[2 * layer + 1])):
                _point(binding.bind_input, ins[f"past_{kind}_names"] % layer, part)
                _point(binding.bind_output, outs[f"present_{kind}_names"] % layer, part)
        return binding

    def _find_floor(self, rows: int) -> bool:
        """Whether logits are independent of the batch, bit for bit, on this very machine.

        Matrix kernels may round differently for a single row than for many; if they do, steps
        are padded to the smallest batch from which on they do not.
        """
        for floor in _FLOORS:
            self._floor = min(floor, rows)
            if self._is_independent(rows):
                return True
        return False

    def _is_independent(self, rows: int) -> bool:
        random = np.random.default_rng(0)
        lengths = [n for n in (5, 1, 19) if n < self.shape.context]
        prompts = [random.integers(0, self.shape.vocabulary, n).tolist() for n in lengths]
        return all(
            np.array_equal(self._probe([prompt], 1), self._probe([prompt, *prompts], many))
            for prompt in prompts
            for many in {min(2, rows), min(7, rows), rows}
        )

    def _probe(self, prompts: list[list[int]], rows: int) -> Floats:
        """Logits after the first prompt and one step later, the step in a batch of `rows` whose
        other slots hold the other prompts in turn."""
        logits, cache = self.prefill(prompts)
        for row in range(rows):
            prompt = prompts[row % len(prompts)]
            self.load(row, row + 1, cache[:, row % len(prompts), :, : len(prompt)])
            self.tokens[row] = prompt[0]
            self.lengths[row] = len(prompt) + 1
        return np.concatenate([logits[0, len(prompts[0]) - 1], self.step(rows)[0]])


def _session(weights: Path, threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads would take the core on which the event loop runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise EngineError(f"cannot load {weights}: {error}") from error


def _point(bind: Any, name: str, array: NDArray[Any]) -> None:
    """Bind without a copy. The array must be contiguous and outlive the binding's runs."""
    bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)

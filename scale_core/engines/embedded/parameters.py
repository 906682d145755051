"""How many parameters an ONNX file holds, without the onnx package.

Knows just enough of the protobuf wire format to walk over a file's initialisers. Does not know
what they are for, nor where their data lies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

_GRAPH, _INITIALIZER, _DIMS, _DATA_TYPE, _NAME = 7, 5, 1, 2, 8  # field numbers in onnx.proto
_FLOATS = {1, 10, 11, 16}  # float32, float16, float64, bfloat16
_TABLES = ("cos_cache", "sin_cache")  # rotary tables: computed, not learned


def count_parameters(path: Path) -> int | None:
    """Number of learned parameters; None if some are quantised or the file is not ONNX."""
    try:
        data = memoryview(path.read_bytes())
        tensors = [
            _tensor(tensor)
            for number, graph in _fields(data)
            if number == _GRAPH and isinstance(graph, memoryview)
            for field, tensor in _fields(graph)
            if field == _INITIALIZER and isinstance(tensor, memoryview)
        ]
    except (OSError, ValueError, IndexError):
        return None
    large = [t for t in tensors if t[1] > 1 and t[2] not in _TABLES]
    if any(kind not in _FLOATS for kind, _, _ in large):
        return None
    return sum(size for _, size, _ in large) or None


def _tensor(data: memoryview) -> tuple[int, int, str]:
    """Element type, number of elements and name of one TensorProto."""
    dims: list[int] = []
    kind, name = 0, ""
    for number, value in _fields(data):
        if number == _DIMS:
            dims += _packed(value) if isinstance(value, memoryview) else [value]
        elif number == _DATA_TYPE and isinstance(value, int):
            kind = value
        elif number == _NAME and isinstance(value, memoryview):
            name = bytes(value).decode()
    return kind, math.prod(dims), name


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field number and value of each field; nested messages and texts come as views."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        elif wire == 2:
            length, at = _varint(data, at)
            yield number, data[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {wire}")


def _packed(data: memoryview) -> list[int]:
    values, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        values.append(value)
    return values


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7

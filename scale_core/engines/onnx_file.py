"""How many parameters an ONNX file holds, from what it says of its weights.

Knows the file format (protobuf), the operators that keep their weights packed, and that a model may
use its table of tokens a second time as its last matrix: exporters then write it twice, often in
two precisions. Does not run anything, and reads no weights but a few rows of that table.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Field numbers in onnx.proto.
_GRAPH, _NODE, _INITIALIZER = 7, 1, 5
_DIMS, _DATA_TYPE, _NAME, _RAW, _EXTERNAL = 1, 2, 8, 9, 13
_INPUT, _OP_TYPE, _ATTRIBUTE = 1, 4, 5
_KEY, _VALUE = 1, 2
_ATTRIBUTE_NAME, _ATTRIBUTE_INT = 1, 3
_FLOATS = {1: 4, 10: 2, 11: 8, 16: 2}  # float32, float16, float64, bfloat16: bytes
_TABLES = ("cos_cache", "sin_cache")  # rotary tables: computed, not learned
_PACKED = {"MatMulNBits": 1, "GatherBlockQuantized": 0}  # operators: the place of their weights
_SMALL = 4096  # whole numbers: shapes and the like
_ROWS = 16  # of a matrix: enough to see whether it is another one
_SAME = 0.8  # correlation in size: four bits leave 0.99, 32 unrelated numbers 0.14


@dataclass(frozen=True, slots=True)
class _Tensor:
    """raw: its numbers, if they are in this file; where: (file, first byte), if in another."""

    kind: int
    dims: tuple[int, ...]
    name: str
    raw: memoryview | None
    where: tuple[str, int] | None

    @property
    def size(self) -> int:
        return math.prod(self.dims)


@dataclass(frozen=True, slots=True)
class _Node:
    op: str
    inputs: tuple[str, ...]
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A matrix of `rows` times `columns` parameters, as its weights are stored. bits: of a packed
    parameter; 0: not packed. across: rows and columns are stored the other way round."""

    weights: _Tensor
    rows: int
    columns: int
    bits: int = 0
    across: bool = False


def count_parameters(path: Path) -> int | None:
    """Number of learned parameters, those of packed matrices too, and what is stored twice once;
    None if some are quantised in another way or the file is not ONNX."""
    try:
        with path.open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        graphs = [g for n, g in _fields(data) if n == _GRAPH and isinstance(g, memoryview)]
        parts = [
            (n, part) for g in graphs for n, part in _fields(g) if isinstance(part, memoryview)
        ]
        tensors = {t.name: t for n, part in parts if n == _INITIALIZER for t in [_tensor(part)]}
        nodes = [node for n, part in parts if n == _NODE for node in [_node(part)]]
        return _count(tensors, nodes, path.parent)
    except (OSError, ValueError, IndexError):
        return None


def _count(tensors: Mapping[str, _Tensor], nodes: list[_Node], folder: Path) -> int | None:
    matrices, rest = list[_Matrix](), dict(tensors)
    packed = [node for node in nodes if node.op in _PACKED]
    # first those that say their shape: of a table that is a matrix as well, the other one does not
    for node in sorted(packed, key=lambda node: "N" not in node.numbers):
        at = _PACKED[node.op]
        stored = rest.pop(node.inputs[at], None)
        for name in node.inputs[at + 1 : at + 4]:  # scales and zero points
            rest.pop(name, None)
        if stored is not None:
            matrices.append(_packed_matrix(stored, node))
    loose = [t for t in rest.values() if t.size > 1 and not t.name.startswith(_TABLES)]
    if any(t.kind not in _FLOATS and t.size > _SMALL for t in loose):
        return None
    learned = sum(m.rows * m.columns for m in matrices)
    learned += sum(t.size for t in loose if t.kind in _FLOATS)
    matrices += _plain_matrices(rest, nodes)
    return learned - _twice(matrices, _tables(matrices, nodes), folder) or None


def _packed_matrix(stored: _Tensor, node: _Node) -> _Matrix:
    bits = node.numbers.get("bits", 4)
    if "N" in node.numbers:
        return _Matrix(stored, node.numbers["N"], node.numbers.get("K", 0), bits)
    # a table says nothing of its shape: 8 bits hold two of its numbers, unless it says so
    return _Matrix(stored, stored.dims[0], stored.size // stored.dims[0] * 8 // bits, bits)


def _plain_matrices(tensors: Mapping[str, _Tensor], nodes: list[_Node]) -> list[_Matrix]:
    """Those of tables and of matrix products, which have theirs the other way round."""
    found = {}
    for node in nodes:
        for name in node.inputs[:2]:
            tensor = tensors.get(name)
            if tensor and len(tensor.dims) == 2 and tensor.kind in _FLOATS:
                rows, columns = tensor.dims
                if node.op == "Gather":
                    found[name] = _Matrix(tensor, rows, columns)
                elif node.op == "MatMul":
                    found.setdefault(name, _Matrix(tensor, columns, rows, across=True))
    return list(found.values())


def _tables(matrices: list[_Matrix], nodes: list[_Node]) -> list[_Matrix]:
    names = {n.inputs[0] for n in nodes if n.op in ("Gather", "GatherBlockQuantized") and n.inputs}
    return [m for m in matrices if m.weights.name in names]


def _twice(matrices: list[_Matrix], tables: list[_Matrix], folder: Path) -> int:
    """Parameters of matrices that repeat a table."""
    return sum(
        matrix.rows * matrix.columns
        for table in tables
        for matrix in matrices
        if matrix not in tables
        and (matrix.rows, matrix.columns) == (table.rows, table.columns)
        and _alike(matrix, table, folder)
    )


def _alike(one: _Matrix, other: _Matrix, folder: Path) -> bool:
    """Whether a few of their rows rise and fall together, in each block that has a scale of its
    own (32 numbers, or a multiple): then neither zero points nor scales, which may be negative,
    matter."""
    if one.rows < _ROWS or one.columns % 32:
        return False
    try:
        pairs = [
            (_row(one, at, folder), _row(other, at, folder))
            for at in range(0, one.rows, max(1, one.rows // _ROWS))
        ]
    except (OSError, ValueError):
        return False
    a, b = (np.stack(side).reshape(-1, 32) for side in zip(*pairs, strict=True))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    spread = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    told = spread > 0
    together = np.abs((a * b).sum(axis=1)[told] / spread[told])
    return bool(told.any()) and bool(np.mean(together) > _SAME)


def _row(matrix: _Matrix, at: int, folder: Path) -> NDArray[np.float64]:
    """Its numbers; those of a packed row as they are stored, without scale and zero point.

    Raises OSError or ValueError if they cannot be read."""
    if matrix.bits:
        if matrix.bits not in (1, 2, 4, 8):
            raise ValueError("numbers across bytes")
        each = 8 // matrix.bits
        stored = _bytes(matrix.weights, at * matrix.columns // each, matrix.columns // each, folder)
        shifts = np.arange(each, dtype=np.uint8) * matrix.bits
        mask = np.uint8((1 << matrix.bits) - 1)
        return ((stored[:, None] >> shifts) & mask).ravel().astype(np.float64)
    kind = matrix.weights.kind
    size = _FLOATS[kind]
    if matrix.across:
        starts = range(at * size, matrix.columns * matrix.rows * size, matrix.rows * size)
        stored = np.concatenate([_bytes(matrix.weights, s, size, folder) for s in starts])
    else:
        stored = _bytes(matrix.weights, at * matrix.columns * size, matrix.columns * size, folder)
    if kind == 16:  # bfloat16: the upper half of a float32
        return (stored.view("<u2").astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return stored.view({1: "<f4", 10: "<f2", 11: "<f8"}[kind]).astype(np.float64)


def _bytes(tensor: _Tensor, start: int, count: int, folder: Path) -> NDArray[np.uint8]:
    if tensor.where is not None:
        name, first = tensor.where
        with (folder / name).open("rb") as file:
            file.seek(first + start)
            found = np.frombuffer(file.read(count), np.uint8)
    else:
        found = np.frombuffer((tensor.raw or b"")[start : start + count], np.uint8)
    if len(found) != count:
        raise ValueError("the weights are not there")
    return found


# ---- protobuf ------------------------------------------------------------------------------


def _node(data: memoryview) -> _Node:
    """A NodeProto; attributes that are no whole numbers are left out."""
    fields = [(n, v) for n, v in _fields(data) if isinstance(v, memoryview)]
    op = next((bytes(v).decode() for n, v in fields if n == _OP_TYPE), "")
    inputs = tuple(bytes(v).decode() for n, v in fields if n == _INPUT)
    numbers: dict[str, int] = {}
    for number, attribute in fields if op in _PACKED else ():
        if number == _ATTRIBUTE:
            inner = dict(_fields(attribute))
            name, value = inner.get(_ATTRIBUTE_NAME), inner.get(_ATTRIBUTE_INT)
            if isinstance(name, memoryview) and isinstance(value, int):
                numbers[bytes(name).decode()] = value
    return _Node(op, inputs, numbers)


def _tensor(data: memoryview) -> _Tensor:
    """Element type, shape, name and place of one TensorProto."""
    dims: list[int] = []
    kind, name, raw, outside = 0, "", None, dict[str, str]()
    for number, value in _fields(data):
        if number == _DIMS:
            dims += _packed(value) if isinstance(value, memoryview) else [value]
        elif number == _DATA_TYPE and isinstance(value, int):
            kind = value
        elif isinstance(value, memoryview):
            if number == _NAME:
                name = bytes(value).decode()
            elif number == _RAW:
                raw = value
            elif number == _EXTERNAL:
                entry: dict[int, Any] = dict(_fields(value))
                outside[bytes(entry[_KEY]).decode()] = bytes(entry.get(_VALUE, b"")).decode()
    location = outside.get("location")
    where = (location, int(outside.get("offset", 0))) if location else None
    return _Tensor(kind, tuple(dims), name, raw, where)


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

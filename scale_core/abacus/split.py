"""What is kept out of training: operand pairs of large classes, and problem texts.

Membership is a hash of the thing itself, so training and test sets are disjoint by
construction, whatever seeds they are drawn from. Knows nothing of prompts or models.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Literal

from scale_core.abacus.grammar import Operation

SMALL_CLASS = 10_000
PARTS = 50


def _bucket(text: str) -> int:
    return zlib.crc32(text.encode()) % PARTS


def operand_class(op: Operation) -> tuple[str, int, int]:
    """(operator, digits of the left operand, digits of the right operand or 0)."""
    sizes = [len(str(abs(int(o)))) for o in op.operands]
    return (op.op, sizes[0], sizes[1] if len(sizes) > 1 else 0)


def class_size(op: Operation) -> int:
    """Number of operand pairs in the operation's class (non-negative operands)."""
    _, left, right = operand_class(op)
    count = 10 if left == 1 else 9 * 10 ** (left - 1)
    return count * (1 if right == 0 else 10 if right == 1 else 9 * 10 ** (right - 1))


def held_out(op: Operation) -> bool:
    """True if this filled operation is kept for tests (one in 50 of each large class)."""
    return class_size(op) >= SMALL_CLASS and _bucket(str(op)) == 0


def text_part(text: str) -> Literal["train", "dev", "test"]:
    """Which part a problem text belongs to (1 in 50 test, 1 in 50 dev)."""
    bucket = _bucket(text)
    return "test" if bucket == 0 else "dev" if bucket == 1 else "train"


def trainable(text: str, steps: Iterable[Operation]) -> bool:
    return text_part(text) == "train" and not any(held_out(op) for op in steps)

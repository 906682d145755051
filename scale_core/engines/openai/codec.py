"""JSON in and out, fast where it can be and tolerant where it must be.

Knows that orjson is several times faster than the standard library and refuses what some model
servers write and some prompts hold: lone surrogates, NaN, Infinity. Does not know what is in it.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


def dumps(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate, or a number beyond 64 bits
        return json.dumps(value).encode()


def loads(data: bytes) -> Any:
    """Raises ValueError for anything that is not JSON, be it too deep or not text at all."""
    try:
        return orjson.loads(data)
    except ValueError:
        pass
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None

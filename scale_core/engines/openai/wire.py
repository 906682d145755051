"""What goes over the wire to any model server: where it is, the key that it wants, JSON in and out.

Knows base URLs as people type them and how to keep a key out of every text: a key lives in one
object that shows nothing, and is written into one header. Knows that orjson is several times faster
than the standard library and refuses what some servers write and some prompts hold: lone
surrogates, NaN, Infinity. Does not know requests or replies.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import orjson
from yarl import URL

from scale_core.engines.base import Sample
from scale_core.trace.redaction import Secrets

KEY_VARIABLE = "OPENAI_API_KEY"
_FORM = "a base URL looks like http://127.0.0.1:8000/v1"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")


def key_from_environment(variable: str = KEY_VARIABLE) -> str | None:
    """The key in an environment variable, None if it is unset or blank."""
    return (os.environ.get(variable) or "").strip() or None


class Key:
    """An API key, or none. It has no text form, cannot be copied into a file, and is read only to
    write the request header. Raises ValueError for a key that no header can hold."""

    __slots__ = ("__secrets", "__text")

    def __init__(self, text: str | None) -> None:
        text = (text or "").strip()
        if not (text.isascii() and text.isprintable()):
            raise ValueError("the key has characters that no HTTP header can hold")
        self.__text = text
        self.__secrets = Secrets([text])

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __repr__(self) -> str:
        return "Key(hidden)" if self.__text else "Key(none)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not stored")

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.__text}"} if self.__text else {}

    def scrub(self, text: str) -> str:
        """`text` without the key, should a server have echoed it, in whatever dress."""
        return self.__secrets.hide(text)

    def scrub_sample(self, sample: Sample) -> Sample:
        """The same of what a model wrote: an event holds it."""
        return self.__secrets.hide_in(sample) if self.__text else sample


def clean(text: str, key: Key, limit: int = 300) -> str:
    """A server's own words, fit to be shown: one line, no key, at most `limit` characters."""
    line = _CONTROL.sub(" ", key.scrub(text)).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def read_urls(urls: Sequence[str]) -> tuple[URL, ...]:
    """The servers' base URLs without repeats. `/v1` is added where there is no path at all.

    Raises ValueError; the text does not repeat a URL, since people put secrets into them.
    """
    if isinstance(urls, str):
        urls = (urls,)
    found = dict.fromkeys(_read_url(text) for text in urls)
    if not found:
        raise ValueError(f"at least one base URL is needed; {_FORM}")
    return tuple(found)


def _read_url(text: str) -> URL:
    try:
        url = URL(text.strip())
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(_FORM)
    if url.user or url.password or url.query_string or url.fragment:
        raise ValueError(
            "a base URL carries no user, key or query: put the key into an environment variable"
        )
    path = url.path.rstrip("/") or "/v1"
    return url.with_path(path)


def local(url: URL) -> bool:
    """Whether the server is on this machine."""
    if url.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(url.host or "").is_loopback
    except ValueError:
        return False


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

"""Who a visitor is: whose runs a page lists and opens.

Knows the names that a browser makes up for itself and its tab (assets/js/parts/visitor.js), and
when everybody who opens the page is one person, whose runs are those of the command line, of Python
and of programs, too. Does not know pages or stored runs.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import re
import secrets
import time
from collections.abc import MutableMapping
from typing import Any, Literal
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

Rule = Literal["one", "many", "local"]
"""Whether all visitors are one person, each browser is one, or those are one who come from this
machine itself."""
ONE = ""
"""Whose runs those of the command line, of Python and of programs are."""
LOGIN = "scale.login"
"""Where the gate writes into a request's scope who is logged in: what lies behind it (MCP) is an
application of its own, which does not know."""
_NAMES = re.compile(r"([0-9a-f]{32}) ([0-9a-f]{32})")
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def names_of(visitor: str | None) -> tuple[str, str]:
    """A browser's name and its tab's. Whoever has none that cannot be guessed gets one that holds
    as long as the page does."""
    found = _NAMES.fullmatch(visitor or "")
    return (found[1], found[2]) if found else (secrets.token_hex(16), secrets.token_hex(16))


def owner_of(rule: Rule, name: str, request: Any) -> str:
    """Whose runs a browser of this name has. request: with which it came, as Gradio tells it."""
    if login := login_of(request):
        return login
    one = rule == "one" or (rule == "local" and is_local(request))
    return ONE if one else name


def login_of(request: Any) -> str:
    """The name under which the runs of whoever logged in are, wherever they do; else empty.
    request: Gradio's or Starlette's."""
    scope = getattr(getattr(request, "request", None) or request, "scope", {})
    login = str(scope.get(LOGIN, ""))
    return f"login-{hashlib.sha256(login.encode()).hexdigest()[:32]}" if login else ""


def asks_login(scope: MutableMapping[str, Any]) -> bool:
    """Whether nobody may come in without a login."""
    return getattr(scope.get("app"), "auth", None) is not None


def login_name(scope: MutableMapping[str, Any]) -> str:
    """Whose login a request has: Gradio's own, told by a cookie, or that of Hugging Face, which the
    session has; empty if it has none. scope: of ASGI."""
    if asks_login(scope):
        app, cookies = scope["app"], HTTPConnection(scope).cookies
        kinds = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
        found = (app.tokens.get(cookies[kind]) for kind in kinds if kind in cookies)
        return next((str(name) for name in found if name), "")
    id = hugging_face(scope).get("sub")  # the name may pass to somebody else
    return f"huggingface {id}" if id else ""


def hugging_face(scope: MutableMapping[str, Any]) -> dict[str, Any]:
    """What Hugging Face told of who logged in there; nothing where nobody did, or long ago."""
    told = scope.get("session", {}).get("oauth_info") or {}
    lasts = told.get("expires_at", math.inf) > time.time()
    return dict(told.get("userinfo") or {}) if lasts else {}


def is_local(request: Any) -> bool:
    """Whether a browser on this machine asked this machine, with no proxy between that told of
    itself. A proxy that hides passes a foreign page's `Origin` on, which no browser leaves out."""
    headers, client = request.headers, request.client
    if client is None or not is_loopback(client.host):
        return False
    if any(name in headers for name in _FORWARDED):
        return False
    places = f"//{headers.get('host', '')}", headers.get("origin", "")
    return all(is_loopback(_host(place)) for place in places)


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""

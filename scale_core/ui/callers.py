"""Who calls, to count by: a visitor's name or login, and the address that a request comes from.

Knows what of a request may be believed of its address. Does not know whose runs somebody has
(visitors.py), or what they may do (bounds.py, admission.py).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from gradio.context import LocalContext

from scale_core.ui.admission import Caller
from scale_core.ui.visitors import login_of


def caller_of(owner: str | None = None) -> Caller:
    """Who counts for the event that is being handled. A program has no name: its address counts."""
    request = request_now()
    if request is None:
        return Caller(owner or "")
    address = address_of(request)
    return Caller(owner or login_of(request) or f"address {address}", address)


def request_now() -> Any:
    """The request with which the event that is being handled was asked for; None if there is none.
    MCP hands on Starlette's own; everything else has it inside Gradio's."""
    found = LocalContext.request.get(None)
    return getattr(found, "request", None) or found


def address_of(request: Any) -> str:
    """Where a request comes from, as far as the gate believes it."""
    client = getattr(request, "client", None)
    return neighbourhood(client.host) if client else ""


def forwarded(headers: Mapping[bytes, bytes]) -> str:
    """Who a trusted proxy says is asking: of the addresses that it and those before it wrote, the
    last one that is on the open internet, as whoever asks may have written the first ones."""
    said = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
    found = [address for word in said if (address := _address(word.strip()))]
    there = [address for address in found if ipaddress.ip_address(address).is_global]
    return (there or found or [""])[-1]


def _address(word: str) -> str:
    try:
        return str(ipaddress.ip_address(word[:60].removeprefix("[").partition("]")[0]))
    except ValueError:
        return ""


def neighbourhood(address: str) -> str:
    """What counts as one address: of the sixth version a whole network, since one person has it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)

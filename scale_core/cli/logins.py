"""Logins from a file: lines of NAME:PASSWORD, for an app that not everybody may open.

Knows the file's form and that passwords are compared in constant time. Does not know what a login
may do.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from scale_core.cli.common import UsageError

Login = Callable[[str, str], bool]


def read(name: str) -> Login:
    """Whether somebody with this password may come in. Raises UsageError."""
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--auth: {name} cannot be read: {error}") from None
    known: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, colon, password = line.partition(":")
        if not colon or not user.strip() or not password:
            raise UsageError(f"--auth: line {number} of {name} is not NAME:PASSWORD")
        known[user.strip()] = password
    if not known:
        raise UsageError(f"--auth: {name} names nobody")

    def may(user: str, password: str) -> bool:
        right = known.get(user)
        same = secrets.compare_digest((right or "").encode(), password.encode())
        return right is not None and same

    return may

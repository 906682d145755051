"""What stands in public collections of problems, and must not be repeated by a story.

Knows the runs of eight words of a text (lower case, numbers and names as one sign each). Does not
know what a text means. The collections themselves are not here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

RUN = 8
COMMON = 3
_WORD = re.compile(r"[A-Za-z]+|[0-9][0-9,.]*")
_NUMBERS = frozenset(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred dozen""".split()
)


@cache
def _names() -> frozenset[str]:
    here = files("scale_core.abacus.words")
    listed = (here.joinpath(name).read_text("utf-8").lower() for name in ("girls.txt", "boys.txt"))
    return frozenset(" ".join(listed).split())


def signs(text: str) -> list[str]:
    """The words of a text in lower case; numbers are `0` and names `@`."""
    names, out = _names(), list[str]()
    for word in _WORD.findall(text):
        low = word.lower()
        if word[0].isdigit() or low in _NUMBERS:
            if not out or out[-1] != "0":
                out.append("0")
        else:
            out.append("@" if low in names else low)
    return out


def runs(text: str) -> Iterator[str]:
    words = signs(text)
    return (" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


def rare_runs(problems: Iterable[str]) -> set[str]:
    """The runs that fewer than `COMMON` of the problems hold."""
    counts: dict[str, int] = {}
    for problem in problems:
        for run in set(runs(problem)):
            counts[run] = counts.get(run, 0) + 1
    return {run for run, count in counts.items() if count < COMMON}


def collected(folder: Path) -> list[str]:
    """Every problem of a folder of JSON lines."""
    return [
        json.loads(line)["problem"]
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]

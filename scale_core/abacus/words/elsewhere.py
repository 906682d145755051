"""What stands in public collections of problems, and must not be repeated by a story.

Knows the runs of eight words of a text (lower case, numbers and names as one sign each) and the
hashes of those runs that only one or two problems of the collections used for measuring hold.
The collections themselves are not here; `python -m scale_core.abacus.words.elsewhere FOLDER`
makes the file of hashes anew from JSON lines with a `problem`. Does not know what a text means.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

RUN = 8
COMMON = 3
_FILE = "elsewhere.bin"
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


@cache
def _known() -> frozenset[int]:
    hashes = array("I")
    hashes.frombytes(files("scale_core.abacus.words").joinpath(_FILE).read_bytes())
    if sys.byteorder == "big":
        hashes.byteswap()
    return frozenset(hashes)


def stands_elsewhere(text: str) -> bool:
    """Whether a text shares a run with a problem of the collections."""
    known = _known()
    return any(zlib.crc32(run.encode()) in known for run in runs(text))


def collected(folder: Path) -> list[str]:
    """Every problem of a folder of JSON lines."""
    return [
        json.loads(line)["problem"]
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]


if __name__ == "__main__":
    hashes = array(
        "I", sorted({zlib.crc32(r.encode()) for r in rare_runs(collected(Path(sys.argv[1])))})
    )
    if sys.byteorder == "big":
        hashes.byteswap()
    Path(__file__).with_name(_FILE).write_bytes(hashes.tobytes())

"""How many threads one step of a model takes: as many as help, found by measuring.

More threads than cores that are free make a step slower, fewer leave cores idle, and where that
turns depends on the model, on the memory's speed and on what a container lends. So the number is
measured at a model's first use on a machine, and kept. Knows what the machine lends this process
and where measurements are kept. Does not know models: whoever asks brings the stopwatch.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scale_core import user_data

SLACK = 0.05
"""Fewer threads that are slower by no more than this are preferred: they leave cores to others."""
FILE = "onnx_threads.json"
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Choice:
    """rates: tokens a second by number of threads; empty if they were asked for."""

    threads: int
    rates: dict[int, float]

    def words(self) -> str:
        """How the number was chosen, for people."""
        if not self.rates:
            return "as asked for"
        tried = ", ".join(f"{n}: {rate:.3g}" for n, rate in sorted(self.rates.items()))
        return f"measured here, in tokens a second: {tried}"


def lent(root: Path = _CGROUP) -> int:
    """Cores that this process may keep busy: those that it is bound to, or a container's share of
    the processors if that is less."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota = _quota(root)
    return cores if quota is None else max(1, min(cores, round(quota)))


def _quota(root: Path) -> float | None:
    """Processors that a control group (Linux's, version 2 or 1) grants; None for all."""
    try:
        granted, period = (root / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            granted = (root / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (root / "cpu" / "cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        share = int(granted) / int(period)  # "max" and -1: no limit
    except (ValueError, ZeroDivisionError):
        return None
    return share if share > 0 else None


def measured(most: int, rate: Callable[[int], float]) -> Choice:
    """From `most` threads down by halves, while fewer are as fast. rate: tokens a second of a
    number of threads, measured at the call."""
    best, rates = most, {most: rate(most)}
    while best > 1:
        fewer = best // 2
        rates[fewer] = rate(fewer)
        if rates[fewer] < rates[best] * (1 - SLACK):
            break
        best = fewer
    return Choice(best, rates)


def choose(folder: Path, library: str, rate: Callable[[int], float]) -> Choice:
    """What was measured earlier for the model in `folder` on such a machine, or else is now. A
    measurement on a machine that is busy with other things is used, but not kept."""
    most, key = lent(), _key(folder, library)
    known = _recall(key, most)
    if known is not None:
        return known
    busy = _load() > most / 2
    choice = measured(most, rate)
    if not busy:
        _keep(key, choice)
    return choice


def _load() -> float:
    """Processes that computed or wanted to, in the last minute's mean; 0 where nobody says."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return 0.0


def _key(folder: Path, library: str) -> str:
    """What the best number depends on: the model's files, the library, the machine's processor
    and how much of it is lent."""
    files = sorted(folder.glob("*.onnx*"))
    stats = [(f.name, s.st_size, int(s.st_mtime)) for f in files for s in [f.stat()]]
    return json.dumps([str(folder.resolve()), stats, library, _processor(), lent()])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _file() -> Path | None:
    return None if user_data.nowhere(user_data.named()) else user_data.data_folder() / FILE


def _recall(key: str, most: int) -> Choice | None:
    entry: Any = _entries().get(key)
    try:
        choice = Choice(entry["threads"], {int(n): float(r) for n, r in entry["rates"].items()})
    except (TypeError, KeyError, ValueError, AttributeError):  # none, or not ours
        return None
    fits = type(choice.threads) is int and 1 <= choice.threads <= most
    return choice if fits else None


def _entries() -> dict[str, Any]:
    path = _file()
    try:
        found = json.loads(path.read_text("utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(key: str, choice: Choice) -> None:
    """Without a place to write to, it is measured again next time."""
    path = _file()
    if path is None:
        return
    entry = {"threads": choice.threads, "rates": choice.rates}
    own = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(json.dumps({**_entries(), key: entry}, indent=1), "utf-8")
        own.replace(path)
    except OSError:
        return

"""Who is next for a slot: runs take turns; the engine's thread is not needed to ask."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from scale_core.engines.embedded.waiting import Waiting


@dataclass(eq=False)
class Job:
    name: str
    run: str
    wanted: int


def served(waiting: Waiting[Job], free: int) -> Counter[str]:
    """Slots are taken as they are shared out; what each request got."""
    got: Counter[str] = Counter()
    for job, count in waiting.shares(free).items():
        got[job.name] += count
        job.wanted -= count
        waiting.taken(job, count)
        if not job.wanted:
            waiting.remove(job)
    return got


def test_within_a_run_first_come_is_first_served() -> None:
    waiting: Waiting[Job] = Waiting()
    waiting.add([Job("first", "a", 5), Job("second", "a", 5)])
    assert served(waiting, 7) == {"first": 5, "second": 2}
    assert served(waiting, 7) == {"second": 3}
    assert not waiting


def test_runs_share_equally_whatever_they_ask_for() -> None:
    waiting: Waiting[Job] = Waiting()
    waiting.add([Job("many", "a", 1000), Job("few", "b", 3), Job("some", "c", 100)])
    assert served(waiting, 63) == {"many": 30, "few": 3, "some": 30}


def test_who_comes_later_gets_what_becomes_free() -> None:
    waiting: Waiting[Job] = Waiting()
    many, late = Job("many", "a", 1000), Job("late", "b", 10)
    waiting.add([many])
    assert served(waiting, 64) == {"many": 64}
    waiting.add([late])
    for _ in range(4):
        waiting.freed(many)
    assert served(waiting, 4) == {"late": 4}


def test_equals_take_turns() -> None:
    """With one slot only, nobody is always first."""
    waiting: Waiting[Job] = Waiting()
    jobs = [Job(name, name, 10) for name in "abc"]
    waiting.add(jobs)
    order = []
    for _ in range(9):
        (name,) = served(waiting, 1)
        order.append(name)
        waiting.freed(next(job for job in jobs if job.name == name))
    assert order == list("abc" * 3)

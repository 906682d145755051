"""Stop signals call back, whoever sets them, and leave nobody listening who has left."""

from __future__ import annotations

import asyncio
import threading
from time import monotonic

from scale_core.engines.cancel import _POLLER, StopSignal, any_set, subscribe


class Asked:
    """A signal of somebody else's make: it can only be asked."""

    def __init__(self) -> None:
        self.pressed = False

    def is_set(self) -> bool:
        return self.pressed


def test_a_signal_calls_back_once_and_at_once_if_it_is_set() -> None:
    signal, told = StopSignal(), list[str]()
    signal.subscribe(lambda: told.append("first"))
    leave = signal.subscribe(lambda: told.append("left"))
    leave()
    signal.set()
    signal.set()
    signal.subscribe(lambda: told.append("late"))
    assert told == ["first", "late"] and signal.is_set()


def test_a_child_follows_every_parent_and_listens_only_while_it_is_listened_to() -> None:
    long_lived, other = StopSignal(), StopSignal()
    for _ in range(100):
        child = StopSignal(long_lived, other, None)
        leave = child.subscribe(lambda: None)
        assert long_lived._callbacks and other._callbacks
        leave()
    assert not long_lived._callbacks and not other._callbacks
    child, told = StopSignal(long_lived, other), list[int]()
    child.subscribe(lambda: told.append(1))
    other.set()
    assert told == [1] and child.is_set() and not long_lived._callbacks
    grandchild = StopSignal(StopSignal(other))
    grandchild.subscribe(lambda: told.append(2))
    assert told == [1, 2]


def test_a_child_does_not_stop_its_parent() -> None:
    parent = StopSignal()
    StopSignal(parent).set()
    assert not parent.is_set()


def test_signals_that_can_only_be_asked_are_asked_and_forgotten() -> None:
    for plain in (threading.Event(), Asked()):
        heard = threading.Event()
        leave = subscribe(plain, heard.set)
        assert not heard.wait(0.05)
        if isinstance(plain, Asked):
            plain.pressed = True
        else:
            plain.set()
        assert heard.wait(5)
        leave()
    for _ in range(10):
        subscribe(threading.Event(), lambda: None)()
    assert not _POLLER._asked


def test_any_thread_may_set_a_signal_that_a_loop_waits_for() -> None:
    async def go(signal: StopSignal, setter: StopSignal | threading.Event) -> float:
        threading.Timer(0.1, setter.set).start()
        began = monotonic()
        await asyncio.wait_for(any_set(None, StopSignal(), signal), 5)
        return monotonic() - began

    own, event = StopSignal(), threading.Event()
    assert 0.05 < asyncio.run(go(own, own)) < 2
    assert 0.05 < asyncio.run(go(StopSignal(event), event)) < 2


def raced() -> list[int]:
    """Two threads subscribe while a third sets the parent; who was told."""
    parent, gate, told = StopSignal(), threading.Barrier(3), list[int]()
    child = StopSignal(parent)

    def listen() -> None:
        gate.wait()
        child.subscribe(lambda: told.append(1))

    def press() -> None:
        gate.wait()
        parent.set()

    threads = [threading.Thread(target=f) for f in (listen, listen, press)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_many_threads_at_once_lose_no_callback() -> None:
    assert all(raced() == [1, 1] for _ in range(200))

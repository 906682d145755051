"""Several servers: who is asked, who waits, who is left out and tried again."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from scale_core.engines.openai.load_balancer import LoadBalancer, ServerSlot


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def balance(count: int, limit: int = 100, clock: Clock | None = None) -> LoadBalancer:
    urls = [URL(f"http://server{i}/v1") for i in range(count)]
    return LoadBalancer(urls, limit, clock or Clock())


def take(servers: LoadBalancer, avoid: ServerSlot | None = None) -> ServerSlot:
    place = servers.take(avoid)
    assert place is not None
    return place


@settings(deadline=None)
@given(
    moves=st.lists(st.integers(0, 9), max_size=80),
    count=st.integers(1, 4),
    limit=st.integers(1, 5),
)
def test_the_least_busy_server_with_room_is_taken(moves: list[int], count: int, limit: int) -> None:
    servers = balance(count, limit)
    held: list[ServerSlot] = []
    for move in moves:
        if move < 6:
            before = Counter(place.shown for place in held)
            place = servers.take()
            if len(held) == count * limit:
                assert place is None
            else:
                assert place is not None
                assert before[place.shown] == min(before[p.shown] for p in servers.slots)
                held.append(place)
        elif held:
            servers.done(held.pop(move % len(held)))
        assert [s.in_flight for s in servers.states()] == [
            sum(p is place for p in held) for place in servers.slots
        ]


def test_equals_take_turns() -> None:
    servers = balance(3)
    order = []
    for _ in range(6):
        place = take(servers)
        order.append(place.shown[13])
        servers.done(place)
    assert order == ["0", "1", "2", "0", "1", "2"]


def test_a_server_that_cannot_be_reached_is_left_out_at_once() -> None:
    clock = Clock()
    servers = balance(2, clock=clock)
    place = take(servers)
    servers.done(place, "the connection was refused", dead=True)
    assert servers.troubled
    state = servers.states()[0]
    assert (state.alive, state.reason, state.retry_in) == (False, "the connection was refused", 1.0)
    assert {take(servers).shown for _ in range(5)} == {"http://server1/v1"}


def test_a_server_that_answers_badly_is_left_out_after_three_failures_in_a_row() -> None:
    servers = balance(2)
    bad = servers.slots[0]
    for good_between in (True, False):
        for _ in range(3):
            assert not servers.troubled
            while take(servers) is not bad:
                pass
            servers.done(bad, "status 502")
            if good_between:
                bad.outstanding += 1
                servers.done(bad)
    assert servers.troubled


def test_one_request_tries_a_dead_server_again() -> None:
    clock = Clock()
    servers = balance(2, clock=clock)
    first = take(servers)
    servers.done(first, "refused", dead=True)
    assert take(servers) is not first
    clock.now += 1.0
    trial = take(servers)
    assert trial is first
    assert take(servers) is not first
    assert take(servers) is not first
    # it fails: out for twice as long
    servers.done(trial, "refused", dead=True)
    clock.now += 1.5
    assert take(servers) is not first
    clock.now += 0.5
    assert take(servers) is first
    # it works: in again, and a later death counts from the start
    servers.done(first)
    assert not servers.troubled
    assert take(servers) is first
    servers.done(first, "refused", dead=True)
    assert servers.states()[0].retry_in == 1.0


def test_the_pause_is_bounded() -> None:
    clock = Clock()
    servers = balance(1, clock=clock)
    for _ in range(2000):
        servers.done(take(servers), "refused", dead=True)
        clock.now += servers.states()[0].retry_in
    servers.done(take(servers), "refused", dead=True)
    assert servers.states()[0].retry_in == 60.0


def test_many_requests_that_fail_together_are_one_death() -> None:
    servers = balance(1)
    for place in [take(servers) for _ in range(20)]:
        servers.done(place, "refused", dead=True)
    assert servers.states()[0].retry_in == 1.0


def test_when_all_are_dead_the_one_that_comes_back_first_is_asked() -> None:
    clock = Clock()
    servers = balance(2, clock=clock)
    for place in (take(servers), take(servers)):
        servers.done(place, "refused", dead=True)
        clock.now += 0.25
    assert take(servers) is servers.slots[0]


def test_when_all_are_out_one_that_answers_is_asked_before_one_that_cannot_be_reached() -> None:
    clock = Clock()
    servers = balance(2, clock=clock)
    unreachable, busy = take(servers), take(servers)
    servers.done(unreachable, "refused", dead=True)
    clock.now += 0.5
    servers.done(busy, "too busy", rest=30)
    assert take(servers) is busy


def test_a_server_that_asks_for_a_pause_gets_it() -> None:
    clock = Clock()
    servers = balance(2, clock=clock)
    place = take(servers)
    servers.done(place, rest=5)
    assert not servers.states()[0].alive
    assert take(servers) is not place
    clock.now += 5
    assert take(servers) is place


def test_the_server_that_just_failed_is_avoided_if_there_is_another() -> None:
    servers = balance(2)
    first = take(servers)
    servers.done(first, "status 500")
    second = take(servers)
    assert second is not first
    assert take(servers, avoid=first) is second
    assert take(balance(1), avoid=None) is not None
    alone = balance(1)
    assert take(alone, avoid=alone.slots[0]) is alone.slots[0]


def test_a_server_known_to_be_dead_beforehand() -> None:
    servers = balance(2)
    servers.condemn(URL("http://server0/v1"), "refused")
    assert {take(servers).shown for _ in range(3)} == {"http://server1/v1"}
    assert servers.other(servers.slots[0])
    assert not servers.other(servers.slots[1])


def test_those_who_wait_are_served_in_turn_and_those_who_leave_lose_nothing() -> None:
    async def run() -> None:
        servers = balance(1, limit=2)
        held = [take(servers), take(servers)]
        served: list[int] = []

        async def wait(number: int) -> None:
            place = await servers.wait()
            served.append(number)
            await asyncio.sleep(0)
            servers.done(place)

        tasks = [asyncio.create_task(wait(i)) for i in range(6)]
        await asyncio.sleep(0)
        assert servers.waiting == 6
        assert servers.take() is None
        tasks[1].cancel()
        servers.done(held.pop())
        tasks[0].cancel()  # just when its place was handed to it
        servers.done(held.pop())
        await asyncio.gather(*tasks, return_exceptions=True)
        assert served == [2, 3, 4, 5]
        assert servers.states()[0].in_flight == servers.waiting == 0

    asyncio.run(asyncio.wait_for(run(), 10))


@pytest.mark.parametrize("seed", range(3))
def test_many_threads_never_hold_more_than_the_limit(seed: int) -> None:
    servers = LoadBalancer([URL("http://a/v1"), URL("http://b/v1")], 3)
    held: Counter[str] = Counter()
    worst: Counter[str] = Counter()
    lock = threading.Lock()

    async def work(number: int) -> None:
        for step in range(20):
            place = servers.take() or await servers.wait()
            with lock:
                held[place.shown] += 1
                worst[place.shown] = max(worst[place.shown], held[place.shown])
            await asyncio.sleep(0.0005 * ((number + step + seed) % 3))
            with lock:
                held[place.shown] -= 1
            servers.done(place)

    async def crowd(first: int) -> None:
        await asyncio.wait_for(asyncio.gather(*(work(first + i) for i in range(6))), 30)

    threads = [threading.Thread(target=asyncio.run, args=(crowd(6 * i),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert sum(s.served for s in servers.states()) == 4 * 6 * 20
    assert max(worst.values()) <= 3
    assert [s.in_flight for s in servers.states()] == [0, 0]

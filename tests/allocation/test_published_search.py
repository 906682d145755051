"""The published search loop, its quirks one by one, and what holds for every replay."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.published_arithmetic import PublishedError
from scale_core.allocation.published_search import (
    METHODS,
    Method,
    Outcome,
    Path,
    Plan,
    Settings,
    State,
    final,
    observe,
    plan,
    start,
)

QUICK = settings(max_examples=150, deadline=None, derandomize=True)
SMALL = Settings("rebase", 4, 2, num_iterations=5, max_tokens=100, max_tokens_per_step=10)
AXES = ([1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0])


def step(score: float, tokens: int = 5, axis: int = 0) -> Outcome:
    return Outcome(tokens, ended=False, score=score, embedding=AXES[axis])


def end(score: float, tokens: int = 5) -> Outcome:
    return Outcome(tokens, ended=True, score=score, embedding=AXES[0])


def play(settings: Settings, *depths: Sequence[Outcome]) -> State:
    state = start(settings)
    for outcomes in depths:
        state = observe(state, outcomes)
    return state


def planned(state: State) -> Plan:
    found = plan(state)
    assert found is not None
    return found


def test_it_starts_with_n_copies_of_the_prompt() -> None:
    assert planned(start(SMALL)) == Plan(0, (None,) * 4, (10,) * 4, None)


def test_rebase_copies_in_the_order_of_candidates() -> None:
    state = play(SMALL, [step(0.9), step(0.1), step(0.9, tokens=7), step(0.1)])
    assert planned(state) == Plan(1, ((0, 0), (0, 0), (0, 2), (0, 2)), (10,) * 4, (2, 0, 2, 0))


def test_beam_repeats_its_survivors_cyclically() -> None:
    state = play(replace(SMALL, method="beam"), [step(s) for s in (0.9, 0.1, 0.8, 0.2)])
    assert planned(state).parents == ((0, 0), (0, 2), (0, 0), (0, 2))
    wide = replace(SMALL, method="beam", beam_width=8)
    state = play(wide, [step(s) for s in (0.9, 0.1, 0.8, 0.2)])
    assert planned(state).parents == ((0, 0), (0, 1), (0, 2), (0, 3)), "N // M = 0 keeps all"


def test_dora_divides_among_the_alike() -> None:
    first = [step(0.9, axis=axis) for axis in (0, 0, 0, 1)]
    assert planned(play(replace(SMALL, method="dora_paper"), first)).raw == (1, 1, 1, 2)
    assert planned(play(replace(SMALL, method="dora_paper"), first)).parents[-1] == (0, 3)
    bad = [step(0.9), step(0.9, axis=1), step(0.1, axis=1), step(0.9)]
    released = planned(play(replace(SMALL, method="dora_release"), bad))
    assert released.raw == (1, 2, 1), "of those that REBASE would keep"
    assert released.parents == ((0, 0), (0, 1), (0, 1), (0, 3))


def test_caps_shrink_with_the_allowance_and_grow_at_the_end() -> None:
    settings = replace(SMALL, num_iterations=3, max_tokens=16)
    state = play(settings, [step(0.9, tokens=9)] * 4)
    assert planned(state).caps == (7,) * 4
    state = play(replace(SMALL, num_iterations=2), [step(0.9, tokens=9)] * 4)
    assert planned(state).caps == (91,) * 4, "no step limit at the last depth"


def test_a_path_cut_at_the_step_s_limit_is_dropped() -> None:
    state = play(SMALL, [end(0.9, tokens=10), end(0.8, tokens=9), step(0.5), step(0.5)])
    assert [p.steps for p in state.dropped] == [((0, 0),)]
    assert [p.steps for p in state.completed] == [((0, 1),)]
    assert planned(state).parents == ((0, 2), (0, 2), (0, 3), (0, 3))
    last = play(replace(SMALL, num_iterations=1), [end(0.9, tokens=10)] * 4)
    assert len(last.completed) == 4, "but not at the last depth"


def test_an_empty_text_and_a_spent_allowance_end_a_path() -> None:
    settings = replace(SMALL, max_tokens=12)
    second = [step(0.9, tokens=4), *[step(0.9, tokens=1)] * 3]
    state = play(settings, [step(0.9, tokens=8)] * 4, second)
    assert [p.tokens for p in state.completed] == [12]
    empty = replace(step(0.9, tokens=0), empty=True)
    assert [p.steps for p in play(SMALL, [empty] + [step(0.5)] * 3).completed] == [((0, 0),)]


def test_the_earliest_completions_vote_and_the_rest_does_not() -> None:
    first = [end(0.2), step(0.9), step(0.9), end(0.1)]
    state = play(SMALL, first, [end(0.7), end(0.8), step(0.9), end(0.9)])
    assert state.over and plan(state) is None
    assert [path.score for path in final(state)] == [0.2, 0.1, 0.7, 0.8]
    ranked = replace(state, settings=replace(SMALL, sort_completed=True))
    assert [path.score for path in final(ranked)] == [0.9, 0.8, 0.7, 0.2]


def test_too_few_completions_vote_twice() -> None:
    state = play(SMALL, [end(0.2), end(0.3, tokens=10), end(0.4), end(0.5)])
    assert [path.score for path in final(state)] == [0.2, 0.4, 0.5, 0.2]


def test_no_completion_crashes() -> None:
    state = play(SMALL, [end(0.5, tokens=10)] * 4)
    assert plan(state) is None
    with pytest.raises(PublishedError, match="no path was completed") as caught:
        final(state)
    assert caught.value.error.startswith("ZeroDivisionError")


def test_counts_that_all_round_to_0_crash_when_they_are_used() -> None:
    state = replace(play(SMALL, [step(0.5)] * 4), raw=(0, 0, 0, 0))
    with pytest.raises(PublishedError, match="every count rounds to 0"):
        plan(state)


def test_dvts_keeps_the_best_of_each_subtree_and_returns_all_samples() -> None:
    settings = replace(SMALL, method="dvts", num_iterations=3)
    state = play(settings, [step(0.1, tokens=3), step(0.9, tokens=4), end(0.8), step(0.8)])
    # The second subtree ended with its winner (the first on ties); the first goes on.
    assert planned(state) == Plan(1, ((0, 1), (0, 1)), (10, 10), None)
    state = observe(state, [step(0.3, tokens=1), step(0.2, tokens=9)])
    assert planned(state).caps == (95, 95)
    state = observe(state, [step(0.4, tokens=2), end(0.5, tokens=6)])
    assert plan(state) is None
    assert final(state) == (
        Path(((0, 1), (1, 0), (2, 0)), 11, 0.4, AXES[0]),
        Path(((0, 1), (1, 0), (2, 1)), 11, 0.5, AXES[0]),
        Path(((0, 2),), 5, 0.8, AXES[0]),
        Path(((0, 3),), 5, 0.8, AXES[0]),
    ), "unfinished ones too; the winner's tokens stand for all of its siblings"


def test_dvts_scores_a_cut_sample_0_and_looks_for_boxes() -> None:
    settings = replace(SMALL, method="dvts")
    cut = [end(0.9, tokens=10), step(0.2), replace(step(0.9), boxed=True), step(0.3)]
    state = play(settings, cut)
    assert planned(state).parents == ((0, 1), (0, 1))
    assert final(state)[0].score == 0.9, "it votes with its own score all the same"
    last = play(replace(settings, num_iterations=1), cut)
    assert last.returned[0][0].tokens == 10, "at the last depth it is not cut, and wins"


METHOD = st.sampled_from(METHODS)


@QUICK
@given(METHOD, st.sampled_from([1, 2, 4, 8]), st.sampled_from([1, 2, 4]), st.integers(0, 10**6))
def test_every_replay_ends_and_keeps_its_bounds(
    method: Method, n: int, width: int, seed: int
) -> None:
    if method == "dvts" and n % width:
        return
    rng = random.Random(seed)
    settings = Settings(method, n, width, num_iterations=6, max_tokens=60, max_tokens_per_step=12)
    state, spent = start(settings), 0
    while (ahead := plan(state)) is not None:
        assert len(ahead.parents) == (n if method != "dvts" else len(state.subtree) * width)
        assert all(1 <= cap <= 60 for cap in ahead.caps)
        assert all(p is None or p[0] == ahead.iteration - 1 for p in ahead.parents)
        outcomes = [
            Outcome(rng.randint(1, cap), rng.random() < 0.2, rng.random(), rng.choice(AXES))
            for cap in ahead.caps
        ]
        spent += sum(outcome.tokens for outcome in outcomes)
        state = observe(state, outcomes)
        assert ahead.iteration < 6
    try:
        voters = final(state)
    except PublishedError:
        assert not state.completed
        return
    assert len(voters) == n
    assert all(path.tokens <= 60 for path in voters)
    assert sum({path.steps: path.tokens for path in state.completed}.values()) <= spent * n
    with pytest.raises(ValueError, match="the search is over"):
        observe(state, [])


def test_a_search_replays_from_any_state() -> None:
    """States are values: observing twice from one state gives the same, and changes nothing."""
    state = play(SMALL, [step(0.9), step(0.1), step(0.9), step(0.1)])
    again = observe(state, [end(0.5)] * 4)
    assert observe(state, [end(0.5)] * 4) == again
    assert planned(state).iteration == 1


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown method 'mcts'"):
        Settings("mcts", 4)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        Settings("beam", 0)
    with pytest.raises(ValueError, match="DVTS needs M"):
        Settings("dvts", 6, 4)
    with pytest.raises(ValueError, match="3 outcomes for 4 slots"):
        observe(start(SMALL), [step(0.5)] * 3)
    with pytest.raises(ValueError, match=r"scores\[1\] is missing"):
        observe(start(SMALL), [step(0.5), step(float("nan")), step(0.5), step(0.5)])

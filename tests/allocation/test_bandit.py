"""The bandit's contract: budgets, caps, batches, pending pulls, streams, plans, agreement."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.allocation.bandit.algorithm import Bandit
from scale_core.allocation.bandit.rules import Rule
from scale_core.allocation.bandit.values import Decision, Settings, State, Unit
from scale_core.allocation.votes import MAJORITY, Agreement
from tests.allocation.streams import oracle, play, pull

QUICK = settings(max_examples=60, deadline=None, derandomize=True)
FIRST = st.lists(st.integers(1, 12), min_size=1, max_size=10)
RULES = st.sampled_from([*Rule])
EXPLORING = st.sampled_from([rule for rule in Rule if rule.eliminates])
DIAMOND = [[], [0], [0], [1, 2]]


def pulled(log: list) -> list[int]:  # type: ignore[type-arg]
    return [record.decision.arm for record in log]


# Budgets


@QUICK
@given(FIRST, st.integers(0, 60), RULES, st.integers(1, 4), st.none() | st.integers(1, 9))
def test_budget_cap_and_elimination_hold(
    first: list[int], budget: int, rule: Rule, k: int, cap: int | None
) -> None:
    settings_ = Settings(budget, rule, k=k, max_sample=cap, any_k=True)
    log = play(bandit := Bandit(len(first), settings_), oracle(first))
    assert bandit.spent == len(log) <= budget
    solved: set[int] = set()
    for record in log:
        if rule.eliminates:
            first_of_batch = record.pulls - record.decision.pulls == 1
            assert record.decision.arm not in solved or not first_of_batch
        if record.state is State.SOLVED:
            solved.add(record.decision.arm)
    for i in range(len(first)):
        assert cap is None or bandit.arm(i).pulls <= cap
        assert bandit.arm(i).pulls == bandit.arm(i).drawn == pulled(log).count(i)
    assert (
        solved
        == set(bandit.solved)
        == {i for i, number in enumerate(first) if number <= bandit.arm(i).pulls}
    )
    assert log == play(Bandit(len(first), settings_), oracle(first)), "the same again"


def test_a_budget_below_one_round_serves_the_first_arms() -> None:
    bandit = Bandit(5, Settings(3))
    assert pulled(play(bandit, oracle([9] * 5))) == [0, 1, 2]
    assert [bandit.state(i) for i in range(5)] == [State.UNAFFORDABLE] * 5


@pytest.mark.parametrize("rule", list(Rule))
def test_batches_are_whole_or_not_made(rule: Rule) -> None:
    bandit = Bandit(3, Settings(8, rule, k=3, any_k=True, explore=0.0))
    assert pulled(play(bandit, oracle([99] * 3))) == [0] * 3 + [1] * 3
    assert bandit.left == 2, "never overdrawn, not even by a part of a batch"


def test_the_last_partial_round_goes_to_the_fewest_pulls() -> None:
    bandit = Bandit(3, Settings(7), [[], [], [0]])
    log = play(bandit, oracle([2, 99, 99]))
    assert pulled(log) == [0, 1, 0, 1, 2, 2, 1], "the late arm catches up before the others go on"


def test_all_solved_early_saves_the_rest() -> None:
    bandit = Bandit(4, Settings(40))
    play(bandit, oracle([1, 2, 1, 3]))
    assert bandit.finished
    assert (bandit.spent, bandit.left, bandit.solved) == (7, 33, (0, 1, 2, 3))
    assert bandit.uniform == 12, "Uniform pulls all as often as the hardest"
    assert bandit.decide() == bandit.decide(5) == ()


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule.eliminates])
def test_a_capped_arm_is_not_a_solved_one(rule: Rule) -> None:
    bandit = Bandit(2, Settings(20, rule, max_sample=3))
    play(bandit, oracle([99, 2]))
    assert [bandit.state(i) for i in (0, 1)] == [State.CAPPED, State.SOLVED]
    assert (bandit.arm(0).pulls, bandit.left) == (3, 15)


def test_a_batch_is_cut_at_the_cap() -> None:
    bandit = Bandit(1, Settings(30, k=4, max_sample=6))
    assert [d.count for d in bandit.decide()] == [4]
    play_on = Bandit(1, Settings(30, k=4, max_sample=6))
    assert len(play(play_on, oracle([99]))) == 6


@pytest.mark.parametrize(
    ("budget", "shares"), [(9, [3, 3, 3]), (11, [4, 4, 3]), (2, [1, 1, 0]), (0, [0, 0, 0])]
)
def test_uniform_gives_each_its_share_whatever_happens(budget: int, shares: list[int]) -> None:
    bandit = Bandit(3, Settings(budget, Rule.UNIFORM))
    play(bandit, oracle([1, 1, 99]))
    assert [bandit.arm(i).pulls for i in range(3)] == shares
    chain = Bandit(3, Settings(budget, Rule.UNIFORM), [[], [0], [1]])
    play(chain, oracle([1, 1, 99]))
    assert [chain.arm(i).pulls for i in range(3)] == shares, "the first of a plan takes no more"


def test_two_stages() -> None:
    bandit = Bandit(4, Settings(16, Rule.TWO_STAGE, explore=0.5))
    log = play(bandit, oracle([1, 2, 5, 99]))
    assert pulled(log)[:8] == [0, 1, 2, 3] * 2, "the first stage pulls solved arms too"
    assert pulled(log)[8:] == [2, 3] * 4, "the second what is unsolved, evenly, to the end"
    assert bandit.solved == (0, 1, 2)


@pytest.mark.parametrize("k", [3, 4])
def test_k_above_half_the_share_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="at most 2"):
        Bandit(5, Settings(20, k=k))
    Bandit(5, Settings(20, k=2))
    Bandit(5, Settings(2))  # K = 1 is always allowed
    Bandit(5, Settings(20, k=k, any_k=True))


# Rewards


def test_errors_count_and_never_eliminate() -> None:
    bandit = Bandit(1, Settings(5, gamma=0.0))
    (decision,) = bandit.decide()
    record = bandit.observe(decision, None)
    assert (record.state, record.reward, record.pulls, record.left) == (State.ACTIVE, 0.0, 1, 4)
    (decision,) = bandit.decide()
    assert bandit.observe(decision, 0.0).state is State.SOLVED, "with gamma 0 any score passes"


def test_of_equal_scores_the_earlier_stays_best() -> None:
    bandit = Bandit(1, Settings(5))
    scores = [0.2, 0.7, 0.7, 0.1, 0.7]
    play(bandit, lambda arm, n: scores[n - 1])
    view = bandit.arm(0)
    assert (view.best, view.best_at, view.state) == (0.7, 1, State.UNAFFORDABLE)
    assert view.mean == pytest.approx(sum(scores) / 5)
    assert Bandit(1, Settings(5)).arm(0).best is None


@pytest.mark.parametrize("reward", [-0.1, 1.1, math.nan, math.inf])
def test_nonsense_from_an_oracle_is_refused_and_changes_nothing(reward: float) -> None:
    bandit = Bandit(1, Settings(5))
    (decision,) = bandit.decide()
    with pytest.raises(ValueError, match="reward"):
        bandit.observe(decision, reward)
    with pytest.raises(ValueError, match="cost"):
        bandit.observe(decision, 0.5, cost=2)
    assert (bandit.t, bandit.spent, bandit.arm(0).pending) == (0, 0, 1)
    bandit.observe(decision, 0.5)
    with pytest.raises(ValueError, match="pending"):
        bandit.observe(decision, 0.5)


def test_a_parallel_batch_counts_in_full_and_keeps_its_best() -> None:
    bandit = Bandit(1, Settings(20, gamma=0.8, k=4))
    (decision,) = bandit.decide()
    states = [bandit.observe(decision, r).state for r in (0.1, 0.85, 0.95, 0.2)]
    assert states == [State.ACTIVE] + [State.SOLVED] * 3
    assert (bandit.spent, bandit.arm(0).best, bandit.arm(0).best_at) == (4, 0.95, 2)
    assert bandit.decide() == ()


def test_a_sequential_batch_stops_inside_and_is_refunded() -> None:
    bandit = Bandit(1, Settings(20, k=4))
    (decision,) = bandit.decide()
    assert bandit.left == 16
    bandit.observe(decision, 0.0)
    bandit.observe(decision, 1.0)
    refund = bandit.release(decision)
    assert (refund.pulls, refund.cost, refund.left, bandit.spent) == (2, 0, 18, 2)
    assert bandit.finished
    with pytest.raises(ValueError, match="pending"):
        bandit.release(decision)


# Records


def test_records_explain_each_pull() -> None:
    bandit = Bandit(2, Settings(10, Rule.UCB, gamma=0.9, lam=0.5))
    for decision, key in zip(bandit.decide(), ("x", "y"), strict=True):
        assert (decision.t, decision.pulls, decision.index) == (0, 0, math.inf)
        bandit.observe(decision, 0.6 if key == "x" else 0.3, key=key)
    (decision,) = bandit.decide()
    bonus = 0.5 * math.sqrt(math.log(2))
    wanted = Decision(
        ticket=3, t=2, arm=0, rule=Rule.UCB, count=1, pulls=1, mean=0.6, bonus=bonus,
        index=0.6 + bonus, gap=pytest.approx(0.3), entropy=0.0, left=7,
    )  # fmt: skip
    assert decision == wanted
    record = bandit.observe(decision, 0.9, key="z")
    assert (record.decision, record.t, record.reward, record.cost) == (decision, 3, 0.9, 1)
    assert (record.state, record.pulls, record.left, record.uniform) == (State.SOLVED, 2, 7, 4)
    assert record.counted
    view = bandit.arm(0)
    assert view.answers == (("x", 1), ("z", 1)) and view.accepted == "z"
    assert view.entropy == pytest.approx(math.log(2))
    assert view.share == 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.t = 0  # type: ignore[misc]


@QUICK
@given(FIRST, st.integers(0, 60), RULES)
def test_the_log_adds_up(first: list[int], budget: int, rule: Rule) -> None:
    log = play(bandit := Bandit(len(first), Settings(budget, rule)), oracle(first))
    assert [r.t for r in log] == list(range(1, len(log) + 1))
    for record in log:
        decision = record.decision
        assert record.pulls == decision.pulls + 1
        assert record.uniform == len(first) * record.pulls
        assert decision.gap == pytest.approx(1 - decision.mean)
        assert record.left <= budget - record.t
    assert not log or log[-1].left == bandit.left == budget - len(log)


# Pending pulls


def test_a_pending_pull_counts_as_a_failure_in_the_order() -> None:
    bandit = Bandit(3, Settings(30))
    assert [d.arm for d in bandit.decide(2)] == [0, 1]
    assert [d.arm for d in bandit.decide(2)] == [2, 0]
    assert [d.arm for d in bandit.decide(3)] == [1, 2, 0]
    assert [bandit.arm(i).pending for i in range(3)] == [3, 2, 2]
    assert bandit.decide() == (), "a round waits for its pulls"


def test_a_pending_pull_lowers_the_mean() -> None:
    bandit = Bandit(2, Settings(30, Rule.UCB, lam=0.0))
    for decision, score in zip(bandit.decide(), (0.6, 0.4), strict=True):
        bandit.observe(decision, score)
    first, second = bandit.decide(1)[0], bandit.decide(1)[0]
    assert (first.arm, second.arm) == (0, 1), "0.6 / 2 is below 0.4"
    third = bandit.decide(1)[0]
    assert (third.arm, third.mean, third.pulls, third.t) == (0, 0.3, 2, 4)


def test_newly_free_arms_need_not_wait_for_the_round() -> None:
    bandit = Bandit(3, Settings(30), [[], [], [0]])
    first, _ = bandit.decide()
    assert bandit.decide() == ()
    bandit.observe(first, 1.0)
    assert [d.arm for d in bandit.decide()] == [2]


@QUICK
@given(FIRST, EXPLORING, st.integers(1, 3), st.integers(1, 8), st.data())
def test_reservations_hold_under_any_interleaving(
    first: list[int], rule: Rule, k: int, cap: int, data: st.DataObject
) -> None:
    """Pulls pending in any order, costs up to the worst case: never over the budget."""
    n = len(first)
    worst = data.draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    budget = data.draw(st.integers(0, 150))
    settings_ = Settings(budget, rule, k=k, max_sample=cap, unit=Unit.TOKENS, any_k=True)
    bandit, pending, spent = Bandit(n, settings_, worst=worst), list[Decision](), 0
    reward = oracle(first)
    ended = False
    for _ in range(40):
        solved, most = set(bandit.solved), data.draw(st.sampled_from([0, 1, 2, 5, None]))
        for decision in bandit.decide(most):
            assert decision.arm not in solved
            pending += [decision] * decision.count
        reserved = sum(worst[d.arm] for d in pending)
        assert bandit.left == budget - spent - reserved >= 0
        assert all(bandit.arm(i).pulls + bandit.arm(i).pending <= cap for i in range(n))
        if not pending:
            if ended := most != 0:
                break
            continue
        decision = pending.pop(data.draw(st.integers(0, len(pending) - 1)))
        cost = data.draw(st.integers(0, worst[decision.arm]))
        bandit.observe(decision, reward(decision.arm, bandit.arm(decision.arm).pulls + 1), cost)
        spent += cost
        assert bandit.spent == spent <= budget
    if ended:
        assert bandit.finished
        left_open = [bandit.state(i) for i in range(n)]
        assert State.ACTIVE not in left_open and State.BLOCKED not in left_open


def test_only_what_exceeds_the_worst_case_can_exceed_the_budget() -> None:
    bandit = Bandit(2, Settings(20, unit=Unit.TOKENS), worst=10)
    one, two = bandit.decide()
    bandit.observe(one, 0.0, cost=13)
    bandit.observe(two, 0.0, cost=10)
    assert (bandit.spent, bandit.left) == (23, -3)
    assert bandit.finished
    assert bandit.state(0) is State.UNAFFORDABLE


def test_cheap_arms_go_on_when_dear_ones_cannot_be_paid() -> None:
    bandit = Bandit(3, Settings(24, unit=Unit.TOKENS), worst=[10, 4, 4])
    log = play(bandit, oracle([99] * 3), cost=lambda arm, n: [9, 3, 3][arm])
    assert pulled(log) == [0, 1, 2, 1, 2]
    assert bandit.state(0) is State.UNAFFORDABLE
    assert bandit.spent == 21
    pairs = Bandit(3, Settings(25, unit=Unit.TOKENS), worst=[4, 4, 10])
    log = play(pairs, oracle([99] * 3), cost=lambda arm, n: 4, most=2)
    assert pulled(log) == [0, 1, 2, 0, 1, 0]


def test_an_arm_waits_for_reserved_tokens_to_come_back() -> None:
    bandit = Bandit(2, Settings(12, unit=Unit.TOKENS), worst=[10, 5])
    (first,) = bandit.decide()
    assert first.arm == 0 and bandit.state(1) is State.UNAFFORDABLE
    assert not bandit.finished
    bandit.observe(first, 1.0, cost=3)
    assert bandit.state(1) is State.ACTIVE
    assert [d.arm for d in bandit.decide()] == [1]


def test_a_prompt_that_grew_is_reserved_for() -> None:
    bandit = Bandit(2, Settings(20, unit=Unit.TOKENS), worst=5)
    bandit.price(1, 18)
    assert [d.arm for d in bandit.decide()] == [0]
    assert bandit.state(1) is State.UNAFFORDABLE
    with pytest.raises(ValueError, match="exactly 1"):
        Bandit(2, Settings(20)).price(1, 2)


def test_a_released_generation_is_charged_what_it_cost() -> None:
    bandit = Bandit(1, Settings(20, unit=Unit.TOKENS), worst=8)
    (decision,) = bandit.decide()
    assert bandit.release(decision, cost=5).left == 15
    assert (bandit.arm(0).pulls, bandit.arm(0).pending, bandit.spent) == (0, 0, 5)


# Streams


@QUICK
@given(FIRST, st.integers(0, 80), st.integers(1, 9), EXPLORING, st.sampled_from([None, 1, 3]))
def test_a_stream_never_revisits(
    first: list[int], budget: int, cap: int, rule: Rule, most: int | None
) -> None:
    bandit = Bandit(len(first), Settings(budget, rule, max_sample=cap, stream=True))
    arms = pulled(play(bandit, oracle(first), most=most))
    assert arms == sorted(arms)
    wanted = [i for i, number in enumerate(first) for _ in range(min(number, cap))]
    assert arms == wanted[:budget]


def test_a_stream_waits_for_the_arm_at_hand() -> None:
    bandit = Bandit(3, Settings(20, max_sample=2, stream=True))
    one = bandit.decide(1)[0]
    two = bandit.decide(4)[0]
    assert (one.arm, two.arm, bandit.decide(4)) == (0, 0, ())
    assert [bandit.state(i) for i in range(3)] == [State.ACTIVE, State.BLOCKED, State.BLOCKED]
    bandit.release(two)
    bandit.observe(one, 1.0)
    assert bandit.decide()[0].arm == 1
    with pytest.raises(ValueError, match="again"):
        bandit.reopen(0)


def test_a_stream_does_not_pass_an_arm_whose_pulls_hold_the_money() -> None:
    settings_ = Settings(12, max_sample=3, unit=Unit.TOKENS, stream=True)
    bandit = Bandit(2, settings_, worst=[10, 2])
    (first,) = bandit.decide()
    assert bandit.decide(1) == (), "the second could be paid, but the first may go on"
    bandit.release(first)
    assert bandit.decide()[0].arm == 0


def test_a_stream_needs_a_cap_and_no_plan() -> None:
    with pytest.raises(ValueError, match="max_sample"):
        Settings(10, stream=True)
    with pytest.raises(ValueError, match="wait for one another"):
        Bandit(2, Settings(10, max_sample=3, stream=True), [[], [0]])


# Plans


@QUICK
@given(
    st.lists(st.integers(1, 9), min_size=4, max_size=4),
    st.integers(0, 60),
    EXPLORING,
    st.sampled_from([None, 1, 2]),
)
def test_only_arms_whose_prerequisites_are_solved_are_pulled(
    first: list[int], budget: int, rule: Rule, most: int | None
) -> None:
    bandit, solved = Bandit(4, Settings(budget, rule), DIAMOND), set[int]()
    for record in play(bandit, oracle(first), most=most):
        assert solved.issuperset(DIAMOND[record.decision.arm])
        if record.state is State.SOLVED:
            solved.add(record.decision.arm)
    for i, needs in enumerate(DIAMOND):
        assert (bandit.state(i) is State.BLOCKED) == (not solved.issuperset(needs))


def test_opening_an_arm_again_costs_its_dependants_their_samples() -> None:
    bandit = Bandit(4, Settings(60), DIAMOND)
    play(bandit, oracle([2, 1, 3, 2]), key=lambda arm, n: f"{arm}.{n}")
    spent, drawn = bandit.spent, [bandit.arm(i).drawn for i in range(4)]
    assert bandit.solved == (0, 1, 2, 3) and bandit.arm(2).accepted == "2.3"
    bandit.reopen(1)
    assert [bandit.state(i) for i in range(4)] == [
        State.SOLVED, State.ACTIVE, State.SOLVED, State.BLOCKED,
    ]  # fmt: skip
    assert (bandit.arm(3).pulls, bandit.arm(3).best, bandit.arm(3).answers) == (0, None, ())
    assert (bandit.arm(1).pulls, bandit.arm(1).best, bandit.arm(1).mean) == (1, 0.0, 0.0)
    assert bandit.arm(1).accepted is None
    assert bandit.spent == spent, "nothing is refunded"
    assert [bandit.arm(i).drawn for i in range(4)] == drawn
    log = play(bandit, oracle([2, 3, 3, 1]))
    assert pulled(log) == [1, 1, 3]
    assert bandit.solved == (0, 1, 2, 3)
    bandit.reopen(0)
    assert [bandit.arm(i).pulls for i in range(4)] == [2, 0, 0, 0]
    assert [bandit.state(i) for i in (1, 2, 3)] == [State.BLOCKED] * 3


def test_pulls_on_their_way_when_their_arm_lost_its_samples_are_only_charged() -> None:
    bandit = Bandit(2, Settings(20), [[], [0]])
    bandit.observe(bandit.decide()[0], 1.0)
    late = bandit.decide()[0]
    bandit.reopen(0)
    assert bandit.arm(1).pending == 0
    record = bandit.observe(late, 1.0)
    assert not record.counted
    assert (record.state, record.pulls, record.left) == (State.BLOCKED, 0, 18)
    assert bandit.arm(1).drawn == 1 and bandit.solved == ()
    assert [d.arm for d in bandit.decide()] == [0]


def test_a_capped_arm_can_be_taken_as_it_is() -> None:
    bandit = Bandit(3, Settings(20, max_sample=2), [[], [0], [1]])
    play(bandit, oracle([99, 1, 99]))
    assert bandit.finished and bandit.state(1) is State.BLOCKED
    bandit.take(0)
    play(bandit, oracle([99, 1, 99]))
    assert [bandit.state(i) for i in range(3)] == [State.TAKEN, State.SOLVED, State.CAPPED]
    with pytest.raises(ValueError, match="done"):
        bandit.take(0)
    bandit.reopen(0)
    assert [bandit.state(i) for i in range(3)] == [State.CAPPED, State.BLOCKED, State.BLOCKED]
    with pytest.raises(ValueError, match="waits"):
        bandit.take(1)


def test_an_arm_that_was_taken_gets_no_more_pulls() -> None:
    bandit = Bandit(3, Settings(20), [[], [0], []])
    bandit.take(0)
    assert bandit.state(0) is State.TAKEN
    assert [d.arm for d in bandit.decide()] == [1, 2]


def test_a_late_success_does_not_change_what_others_build_on() -> None:
    bandit = Bandit(2, Settings(20, gamma=0.5), [[], [0]])
    early, late = bandit.decide(1)[0], bandit.decide(1)[0]
    bandit.observe(early, 0.6, key="a")
    assert bandit.decide(1)[0].arm == 1
    bandit.observe(late, 0.9, key="b")
    assert (bandit.arm(0).best, bandit.arm(0).accepted, bandit.arm(0).pulls) == (0.6, "a", 2)
    taken = Bandit(2, Settings(20), [[], [0]])
    late = taken.decide()[0]
    taken.take(0)
    assert taken.observe(late, 1.0).state is State.TAKEN
    assert taken.decide()[0].arm == 1


# Agreement


ANSWERS = st.lists(
    st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=12, max_size=12),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("agreement", [Agreement(), MAJORITY, Agreement(level=0.6, least=2)])
@given(answers=ANSWERS, rule=EXPLORING, most=st.sampled_from([None, 1, 3]))
@QUICK
def test_agreement_never_rests_on_one_sample(
    agreement: Agreement, answers: list[list[str | None]], rule: Rule, most: int | None
) -> None:
    n = len(answers)
    bandit = Bandit(n, Settings(12 * n, rule, max_sample=12, agreement=agreement))
    log = play(bandit, lambda arm, n: None, key=lambda arm, n: answers[arm][n - 1], most=most)
    for record in log:
        assert record.state is not State.SOLVED or record.pulls >= agreement.least
    for i in range(n):
        view = bandit.arm(i)
        seen = answers[i][: view.pulls]
        assert dict(view.answers) == {key: seen.count(key) for key in seen}
        stops = [m for m in range(2, 13) if _enough(agreement, answers[i][:m])]
        assert view.pulls == (stops[0] if stops else 12)
        assert (view.state is State.SOLVED) == bool(stops)
        if stops:
            assert view.accepted == view.leader is not None
            assert view.gap <= 1e-12


def _enough(agreement: Agreement, seen: list[str | None]) -> bool:
    counts = {key: seen.count(key) for key in seen}
    return agreement.reached(agreement.value(counts), len(seen))


def test_four_equal_answers_close_an_arm() -> None:
    bandit = Bandit(1, Settings(20, agreement=Agreement()))
    log = play(bandit, lambda arm, n: None, key=lambda arm, n: "7")
    assert [r.state for r in log] == [State.ACTIVE] * 3 + [State.SOLVED]
    assert [r.decision.mean for r in log] == [0.0, 0.75, 0.875, 0.9375]
    bandit.reopen(0)
    assert (bandit.arm(0).pulls, bandit.arm(0).answers, bandit.state(0)) == (0, (), State.ACTIVE)


def test_rewards_do_not_close_an_arm_under_agreement() -> None:
    bandit = Bandit(1, Settings(6, agreement=MAJORITY))
    log = play(bandit, lambda arm, n: 1.0, key=lambda arm, n: n)
    assert len(log) == 6 and bandit.solved == ()


def test_entropy_prefers_diverse_answers() -> None:
    bandit = Bandit(2, Settings(40, Rule.ENTROPY, lam=0.1))
    for key in ("a", "b"):
        for decision in bandit.decide(2):
            bandit.observe(decision, 0.0, key=None if decision.arm == 0 else key)
    assert bandit.decide()[0].arm == 1
    assert [bandit.arm(i).entropy for i in (0, 1)] == pytest.approx([0, math.log(2)])


# The rest


def test_switching_the_rule_keeps_what_is_known() -> None:
    bandit = Bandit(3, Settings(30))
    for decision in bandit.decide():
        bandit.observe(decision, [0.1, 0.8, 0.3][decision.arm])
    bandit.switch(Rule.GAP)
    assert bandit.decide()[0].arm == 1
    with pytest.raises(ValueError, match="exploration"):
        bandit.switch(Rule.UNIFORM)


@pytest.mark.parametrize(
    "change",
    [
        {"budget": -1},
        {"gamma": 1.5},
        {"explore": -0.1},
        {"k": 0},
        {"max_sample": 0},
        {"lam": math.inf},
        {"eps": 0.0},
    ],
)
def test_settings_outside_their_ranges_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Settings(**{"budget": 10, **change})  # type: ignore[arg-type]


def test_arms_and_costs_must_make_sense() -> None:
    with pytest.raises(ValueError, match="at least one arm"):
        Bandit(0, Settings(5))
    with pytest.raises(ValueError, match="costs of 3"):
        Bandit(2, Settings(5, unit=Unit.TOKENS), worst=[1, 1, 1])
    with pytest.raises(ValueError, match="set the unit"):
        Bandit(2, Settings(5), worst=2)
    with pytest.raises(ValueError, match="at least 1"):
        Bandit(2, Settings(5, unit=Unit.TOKENS), worst=0)
    with pytest.raises(ValueError, match="at least 0"):
        Bandit(2, Settings(5)).decide(-1)


def test_one_pull_at_a_time_is_the_round_in_pieces() -> None:
    first = [3, 1, 4, 1, 5, 9, 2, 6]
    whole = Bandit(8, Settings(25))
    single = Bandit(8, Settings(25))
    assert pulled(play(whole, oracle(first))) == pulled(play(single, oracle(first), most=1))
    two = Bandit(8, Settings(25))
    batch = two.decide()
    for decision in reversed(batch):
        pull(two, decision, oracle(first))
    assert [d.arm for d in two.decide()] == [0, 2, 4, 5, 6, 7], "the order within a round is free"

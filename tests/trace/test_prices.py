"""Cost: prices are read, unknown stays unknown, and parts add up to the whole."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_core.trace.prices import Cost, Price, Prices, PricesError, Rate
from scale_core.trace.usage import Usage, total
from tests.pipeline.scripted import ScriptedEngine, play

HEAD = "model,input,cached,output,currency,parameters,note\n"
TABLE = HEAD + '# a remark\nOne,1.5,0.5,4,EUR,8e9,"a, b"\n\nfree,0,0,0,,,\nhalf,2,,3,USD,,\n'

counts = st.none() | st.integers(0, 10**6)
amounts = st.none() | st.decimals(0, 1000, places=4)


@st.composite
def usages(draw: st.DrawFn, known: bool = False) -> Usage:
    prompt = draw(st.integers(0, 10**6) if known else counts)
    cached = draw(st.integers(0, prompt or 0) | (st.nothing() if known else st.none()))
    completion = draw(st.integers(0, 10**6) if known else counts)
    thinking = draw(st.integers(0, completion or 0) | st.none())
    return Usage(prompt, cached, completion, thinking)


rates = st.builds(
    Rate,
    st.just("m"),
    st.none() | st.builds(Price, amounts, amounts, amounts, st.just("USD")),
    st.none() | st.integers(1, 10**12),
    st.booleans(),
)


# ---- arithmetic ----------------------------------------------------------------------------


@given(rates, st.lists(st.tuples(usages(), st.none() | st.integers(0, 1000)), max_size=6))
def test_parts_add_up_to_the_whole(rate: Rate, parts: list[tuple[Usage, int | None]]) -> None:
    """The sum of the parts' costs is the cost of the sum, where that can be known at all."""
    added = Cost.sum(rate.cost(usage, seconds) for usage, seconds in parts)
    whole = rate.cost(Usage.sum(u for u, _ in parts), total(s for _, s in parts))
    if parts:
        assert (added.money, added.flops, added.flops_cached, added.seconds) == (
            whole.money, whole.flops, whole.flops_cached, whole.seconds
        )  # fmt: skip
    assert parts or added == Cost()


@given(rates, usages(), usages())
def test_unknown_is_never_made_known_by_adding(rate: Rate, a: Usage, b: Usage) -> None:
    one, both = rate.cost(a, None), rate.cost(a, None) + rate.cost(b, 1.0)
    for name in ("money", "flops", "flops_cached", "seconds"):
        assert getattr(one, name) is not None or getattr(both, name) is None


@given(usages(known=True), st.integers(1, 10**12))
def test_flops_are_two_for_each_parameter_and_token(usage: Usage, size: int) -> None:
    cost = Rate("m", parameters=size).cost(usage)
    processed = (usage.prompt or 0) + (usage.completion or 0)
    assert cost.flops == 2 * size * processed
    assert cost.flops_cached == 2 * size * (processed - (usage.cached or 0))


@given(usages(known=True))
def test_money_is_the_bill(usage: Usage) -> None:
    price = Prices.read(TABLE).of("one")
    bill = Rate("one", price).cost(usage)
    fresh = (usage.prompt or 0) - (usage.cached or 0)
    cents = 1.5 * fresh + 0.5 * (usage.cached or 0) + 4 * (usage.completion or 0)
    assert bill.currency == "EUR" and bill.money is not None
    assert float(bill.money) == pytest.approx(cents / 1e6, rel=1e-12)


@pytest.mark.parametrize(
    ("model", "usage", "money"),
    [
        ("nobody", Usage(1, 0, 1), None),  # no line: never 0
        ("free", Usage(10, None, 5), 0),  # the same for cached tokens: no need to know them
        ("one", Usage(10, None, 5), None),
        ("one", Usage(None, 0, 5), None),
        ("half", Usage(10, 0, 5), None),  # its price of cached tokens is not known
        ("one", Usage(1_000_000, 1_000_000, 0), 0.5),
    ],
)
def test_what_is_not_known_stays_unknown(model: str, usage: Usage, money: float | None) -> None:
    assert Rate(model, Prices.read(TABLE).of(model)).cost(usage).money == money


def test_thinking_is_part_of_the_completion_and_costs_no_more() -> None:
    rate = Prices.read(TABLE).rates({"model": "ONE"}).main
    assert rate.cost(Usage(10, 0, 9, 9)) == rate.cost(Usage(10, 0, 9, 0))


def test_two_currencies_have_no_sum() -> None:
    euro, dollar = Cost(Decimal(1), "EUR"), Cost(Decimal(2), "USD")
    assert (euro + dollar).money is None
    assert (euro + Cost()).money == 1 and (Cost() + euro).currency == "EUR"


# ---- an engine's rates ---------------------------------------------------------------------


def test_a_model_beside_the_main_one_has_its_own_price_and_size() -> None:
    engine = {"model": "one", "parameters": 5, "others": [["judge", "half", 7]]}
    rates = Prices.read(TABLE).rates(engine)
    assert rates.of("system1").parameters == 8_000_000_000  # the table's word counts
    assert rates.of("judge").parameters == 7
    assert rates.cost("judge", Usage(10, 0, 0)).money is None


def test_a_servers_seconds_are_not_its_work() -> None:
    rates = Prices().rates({"model": "x", "parameters": None, "remote": True})
    assert rates.cost("system1", Usage(1, 0, 1), 2.0).seconds is None
    assert Prices().rates({"model": "x"}).cost("system1", Usage(1, 0, 1), 2.0).seconds == 2.0


def test_a_runs_cost_adds_up_over_its_nodes() -> None:
    run = play(ScriptedEngine())
    rates = Prices.read(TABLE).rates({"model": "one"})
    by_entry = Cost.sum(rates.cost(e.stage, e.usage, e.seconds) for e in run.ledger.entries)
    by_event = Cost.sum(rates.of_event(event) for event in run.events)
    total = rates.main.cost(run.ledger.total)
    assert by_entry.money == by_event.money == total.money and total.money
    assert by_entry.flops_cached == by_event.flops_cached == total.flops_cached
    assert by_entry.seconds == pytest.approx(by_event.seconds)


# ---- the table -----------------------------------------------------------------------------


def test_a_table_is_read() -> None:
    prices = Prices.read(TABLE)
    assert prices.of(" ONE ") == Price(
        Decimal("1.5"), Decimal("0.5"), Decimal(4), "EUR", 8_000_000_000, "a, b"
    )
    half = prices.of("half")
    assert half is not None and half.cached is None and half.parameters is None
    assert Prices.read("model,input,cached,output,currency\nx,1,1,1,USD\n").of("x") is not None


def test_a_table_of_ones_own_comes_first() -> None:
    own = Prices.read(HEAD + "free,1,1,1,USD,,\n")
    joined = Prices.read(TABLE) | own
    assert joined.of("free") == own.of("free") and joined.of("one") is not None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("x,1,1,one,USD,,", "line 2, output"),
        ("x,-1,1,1,USD,,", "line 2, input"),
        ("x,nan,1,1,USD,,", "line 2, input"),
        ("x,1e99,1,1,USD,,", "line 2, input"),
        ("# remark\nx,1,1,inf,USD,,", "line 3, output"),
        ("x,1,1,1,,,", "currency"),
        (",1,1,1,USD,,", "no model"),
        ("x,1,1,1,USD,,\nX,1,1,1,USD,,", "line 3: again x"),
        ("x,1,1,1,USD,many,", "parameters"),
        ('x,1,1,1,USD,,"a" b', "CSV"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(lines: str, said: str) -> None:
    with pytest.raises(PricesError, match=said):
        Prices.read(HEAD + lines + "\n")


def test_a_table_without_its_columns_is_refused() -> None:
    with pytest.raises(PricesError, match="no column output"):
        Prices.read("model,input,cached\nx,1,1\n")

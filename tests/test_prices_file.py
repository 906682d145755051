"""The tables of prices on disk: what ships, and a person's own over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scale_core.trace import prices as tables
from scale_core.trace.prices import PricesError
from scale_core.trace.usage import Usage

OWN = "model,input,cached,output,currency\nabacus,1,1,1,EUR\nmine,2,1,4,EUR\n"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tables.VARIABLE, raising=False)


def test_only_the_embedded_model_ships_with_a_price() -> None:
    """No price of anybody's is guessed: it would be presented as a fact."""
    prices = tables.load()
    assert list(prices.rows) == ["abacus"]
    cost = prices.rates({"model": "abacus", "parameters": 10}).cost("rate", Usage(5, 1, 5), 0.5)
    assert (cost.money, cost.currency, cost.flops, cost.flops_cached) == (0, "", 200, 180)


def test_a_file_of_ones_own_is_laid_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "own.csv"
    file.write_text(OWN, encoding="utf-8-sig")  # as spreadsheets save it
    assert set(tables.load(file).rows) == {"abacus", "mine"}
    monkeypatch.setenv(tables.VARIABLE, str(file))
    price = tables.load().of("abacus")
    assert price is not None and price.currency == "EUR"


@pytest.mark.parametrize("text", [None, b"model,input\n", b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: bytes | None) -> None:
    file = tmp_path / "own.csv"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(PricesError, match=r"own\.csv"):
        tables.load(file)

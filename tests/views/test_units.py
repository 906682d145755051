"""Amounts are the same text in Python and on the page: the page's own script, run by itself."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_core.shipped import ASSETS
from scale_core.trace.prices import Cost
from scale_core.views import units
from scale_core.views.figures import files
from scale_core.views.units import Unit

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--no-first-run", "--allow-file-access-from-files"]  # fmt: skip


def amounts() -> Iterator[float | None]:
    """200: unknown, none, halves, the edges of each prefix and of three digits, and any others."""
    yield from (None, 0, 1, 0.125, 2.5, 100.5, 12345, 9.994, 9.995, 9.996, 99.94, 99.95, 99.96)
    yield from (999, 999.4, 999.5, 1000, 999499, 999500, 1e-13, 5e-13, 0.000999949, 0.00099995)
    yield from (2**53 + 1.0, 123456789012345678.0, 1e21, 9.995e23, 1e24, 1.5e30, 0.5, 1.5, 0.045)
    some = random.Random(5)
    for i in range(168):
        size = 10 ** some.uniform(-14, 25)
        yield -size if i % 5 == 0 else (round(size, 2) if i % 3 == 0 else size)


AMOUNTS = list(amounts())
ASKED = [[n, unit, money] for n in AMOUNTS for unit, money in
         [("tokens", ""), ("rollouts", ""), ("money", "USD"), ("money", ""), ("FLOPs", ""),
          ("time", "")]]  # fmt: skip
SCRIPT = """
import * as units from '%s';
const told = {amount: ASKED.map((a) => units.amount(...a)),
  said: ASKED.filter((a) => a[1] !== 'rollouts').map((a) => units.said(...a)),
  tokens: AMOUNTS.map((n) => units.tokens(n)), proportion: SHARES.map((s) => units.proportion(s))};
console.log(JSON.stringify(told));
"""
SHARES = [0, 1, 0.0049, 0.005, 0.125, 0.345, 0.995, 0.9949, 0.4999, *(i / 61 for i in range(1, 61))]


def in_node(script: str, folder: Path) -> str:
    file = folder / "told.mjs"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(["node", str(file)], capture_output=True, timeout=60, check=True)
    return done.stdout.decode()


def in_chromium(script: str, folder: Path) -> str:
    file = folder / "told.html"
    script = script.replace("console.log(", "document.body.append('TOLD' + ").replace("</", "<\\/")
    page = f'<meta charset="utf-8"><body><script type="module">{script}</script>'
    file.write_text(page, encoding="utf-8")
    command = [files.browser(), *FLAGS, f"--user-data-dir={folder}", "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    told = done.stdout.decode().split("TOLD")[-1].split("</body>")[0]
    return told.replace("&lt;", "<").replace("&gt;", ">")


def run(script: str, folder: Path) -> str:
    """What the script prints: in node where it is, else in a browser."""
    if shutil.which("node"):
        return in_node(script, folder)
    try:
        return in_chromium(script, folder)
    except files.NoBrowser:
        pytest.skip("neither node nor Chromium is here to run the page's script")


def test_the_page_and_python_write_the_same_text(tmp_path: Path) -> None:
    assert len(AMOUNTS) == 200
    module = (ASSETS / "js" / "pure" / "units.js").resolve().as_uri()
    asked = f"const ASKED = {json.dumps(ASKED)}, AMOUNTS = {json.dumps(AMOUNTS)}, "
    asked += f"SHARES = {json.dumps(SHARES)};"
    told = json.loads(run(asked + SCRIPT % module, tmp_path))
    named = [(n, unit, money) for n, unit, money in ASKED if unit != "rollouts"]
    assert told == {
        "amount": [units.written(n, unit, money) for n, unit, money in ASKED],
        "said": [units.said(n, unit, money) for n, unit, money in named],
        "tokens": [units.tokens(n) for n in AMOUNTS],
        "proportion": [units.proportion(share) for share in SHARES],
    }


# ---- words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (None, "money", "unknown"),
        (0, "money", "EUR 0"),
        (0.00001234, "money", "EUR 0.0000123"),
        (12.345, "money", "EUR 12.3"),
        (1234.5, "money", "EUR 1\u2009235"),  # a bill is not rounded to hundreds
        (12345, "money", "EUR 12\u2009345"),
        (-0.25, "money", "−EUR 0.25"),
        (999, "FLOPs", "999"),
        (999_600, "FLOPs", "1 M"),
        (4.119e9, "FLOPs", "4.12 G"),
        (3e25, "FLOPs", "30\u2009000 Z"),
        (0.5, "time", "0.50 s"),
        (0.125, "time", "0.13 s"),
        (61.23, "time", "61.2 s"),
        (1234.5, "time", "1\u2009235 s"),
        (1234, "tokens", "1\u2009234"),
        (-0.2, "tokens", "0"),
    ],
)
def test_amounts_in_words(amount: float | None, unit: Unit, text: str) -> None:
    assert units.written(amount, unit, "EUR") == text


@given(st.floats(1, 1e20))
def test_flops_keep_three_digits(amount: float) -> None:
    number, _, prefix = units.flops(amount).partition(" ")
    power = ("", "k", "M", "G", "T", "P", "E", "Z").index(prefix)
    assert float(number) * 1000**power == pytest.approx(amount, rel=0.006)
    assert float(number) < 1000


@pytest.mark.parametrize(
    ("amount", "unit", "currency", "text"),
    [
        (None, "money", "EUR", "money unknown"),
        (0, "money", "", "nothing billed"),
        (0, "money", "EUR", "EUR 0"),
        (4.119e9, "FLOPs", "", "4.12 GFLOPs"),
        (999, "FLOPs", "", "999 FLOPs"),
        (1, "tokens", "", "1 token"),
        (1.5, "time", "", "1.50 s"),
    ],
)
def test_amounts_that_stand_alone(
    amount: float | None, unit: Unit, currency: str, text: str
) -> None:
    assert units.said(amount, unit, currency) == text


def test_a_cost_in_a_line() -> None:
    whole = Cost(Decimal("0.00123"), "EUR", 5_000_000_000, 4_120_000_000, 1.2)
    line = "EUR 0.00123 · 4.12 GFLOPs (5 G without a cache) · 1.20 s of requests"
    assert units.line(whole, "EUR") == line
    assert units.line(Cost(None, "", None, None, None), "") == (
        "money unknown · FLOPs unknown · time unknown"
    )

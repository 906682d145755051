"""Answers as people and models spell them: the same value, another one, or no telling.

Every pair is compared both ways round: comparison is symmetric.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from scale_core.answers import grouping
from scale_core.answers.grouping import compare, group, majority

EQ, NE, UNSURE = "equal", "different", "could not tell"


@pytest.fixture(scope="module", autouse=True)
def _end_worker() -> Iterator[None]:
    yield
    grouping.close()


PAIRS = [
    (r"1,\!250", "1250", EQ),
    (r"12,\! 345", "12345", EQ),
    (r"1{,}\!250", "1250", EQ),
    (r"1\!,\!250", "1250", EQ),
    ("1'250", "1250", EQ),
    (r"10,\!080", "10,080", EQ),
    (r"1\,250", "1250", EQ),
    ("1<x<2", "(1,2)", EQ),
    (r"x\ge 3", r"[3,\infty)", EQ),
    (r"x \in [2,5)", r"2\le x<5", EQ),
    (r"x\in(1,2)", "(1,2)", EQ),
    ("x<3 or x>5", r"(-\infty,3)\cup(5,\infty)", EQ),
    ("[-1,1]", r"-1\le x\le 1", EQ),
    (r"(-\infty,4]", r"x\leq4", EQ),
    (r"(-\infty,4)", r"x\leq4", NE),
    ("2>x>1", "(1,2)", EQ),
    (r"28\%", r"28 \text{ percent}", EQ),
    (r"28\%", "28 pct", EQ),
    ("28 per cent", "28 %", EQ),
    (r"28\text{ percent}", "28percent", EQ),
    ("28 %", "29 percent", NE),
    ("12_{5}", "12_5", EQ),
    ("12_5", "13_5", NE),
    ("12_8", "12", UNSURE),
    (r"12_{\text{eight}}", "12_8", EQ),
    ("1A_{16}", "1a_16", EQ),
    ("(12)_8", "12_8", EQ),
    ("12_8", "10_{10}", EQ),
    ("12 base 8", "12_8", EQ),
    ("12₅", "12_{5}", EQ),
    ("2E7_{16}", "2E7_{16}", EQ),
    (r"0.\overline{3}", "1/3", EQ),
    (r"0.1\overline{6}", r"\frac{1}{6}", EQ),
    (r"0.\bar{3}", "1/3", EQ),
    ("0.(3)", "1/3", EQ),
    (r"0.\overline{142857}", "1/7", EQ),
    (r"0.\overline{9}", "1", EQ),
    (r"0.\dot{3}", "1/3", EQ),
    (r"2.\overline{3}", "7/3", EQ),
    (r"0.\overline{3}", "0.3", NE),
    (r"\emptyset", r"\varnothing", EQ),
    (r"\emptyset", r"\{\}", EQ),
    ("∅", r"\emptyset", EQ),
    (r"\emptyset", "0", NE),
    (r"\emptyset", r"\{1\}", NE),
    (r"\text{no solution}", "no solution", EQ),
    (r"\text{June 20}", "June 20", EQ),
    (r"\textbf{(C)}", "C", EQ),
    (r"\text{C}", "(C)", EQ),
    (r"\text{5 apples}", "5 apples", EQ),
    (r"\text{3:30 PM}", "3:30 PM", EQ),
    (r"\mathrm{AB}", "AB", EQ),
    (r"\text{A, B}", "A, B", EQ),
    (r"\textrm{even}", "even", EQ),
    (r"\text{Yes}", "yes", EQ),
    (r"\text{x}", "x", EQ),
    (r"15\text{ cm}^2", "15 cm^2", EQ),
    ("15 cm²", r"15\,\mathrm{cm}^{2}", EQ),
    ("15 square centimeters", r"15\text{ cm}^2", EQ),
    ("15 sq cm", "15 cm^2", EQ),
    (r"15\text{ m}^2", "15 square meters", EQ),
    ("15 m^2", "15 square meters", EQ),
    ("15 cm^2", "15 cm^3", UNSURE),
    ("15 cm^2", "15", EQ),
    ("15 centimetres", "15 cm", EQ),
    ("15 square units", "15", EQ),
    ("15 cubic inches", r"15 \text{ in}^3", EQ),
    (r"15\text{ cm}^2", r"15\text{ cm}", UNSURE),
    ("½", "1/2", EQ),
    ("2½", "5/2", EQ),
    ("⅔", r"\frac23", EQ),
    ("½x", "x/2", EQ),
    ("10⁶", "1000000", EQ),
    ("10^6", "1,000,000", EQ),
    ("3×10⁻²", "0.03", EQ),
    ("x⁴", "x^4", EQ),
    ("2⁻¹", "1/2", EQ),
    ("42。", "42", EQ),
    ("`42`", "42", EQ),
    ("``42``", "42", EQ),
    ('"42"', "42", EQ),
    ("“yes”", "yes", EQ),
    ("42．", "42", EQ),
    ("1, 2", "1, 3", NE),
    ("1,2", "1,2,3", NE),
    ("1, 2", "2, 1", EQ),
    ("(1,2)", "(1,3)", NE),
    (r"\{1,2\}", r"\{1,3\}", NE),
    ("1, 2", r"1 \text{ and } 2", EQ),
    ("x=1, y=2", "x=1, y=3", NE),
    ("x=1,y=2", "y=2,x=1", EQ),
    ("x=1 or x=2", "1, 2", EQ),
    (r"\pm 2", "2,-2", EQ),
    ("±3", "-3, 3", EQ),
    (r"3 \pm 2", "5, 1", EQ),
    ("1, 2, 3", "1; 2; 3", EQ),
    ("[1,2,3]", "[1,2,4]", NE),
    ("Alice, Bob", "Alice, Carol", NE),
    (r"1,\sqrt2", r"1,\sqrt3", NE),
    ("1/2, 3", "0.5, 3", EQ),
    ("a, b", "a, c", NE),
    (r"90^\circ", r"\frac{\pi}{2}", UNSURE),
    ("90 degrees", r"\pi/2", UNSURE),
    (r"\frac{\pi}{2}", "90°", UNSURE),
    (r"\frac{\pi}{2} \text{ rad}", "90°", UNSURE),
    (r"90^\circ", "90", EQ),
    (r"90^\circ", "91 degrees", NE),
    (r"90^{\circ}", "90 degrees", EQ),
    ("90", "90 degree", EQ),
    ("3:30", "3:30 PM", UNSURE),
    ("3:30 p.m.", "3:30 PM", EQ),
    ("3:30 PM", "3:30 AM", NE),
    ("15:30", "3:30 PM", EQ),
    ("3:30", "4:45 PM", NE),
    ("3:30", "03:30", EQ),
    ("2:3", "4:6", EQ),
    ("2:3", "3:4", NE),
    ("3:30 PM", r"3:30 \text{ p.m.}", EQ),
    ("3:2", "3/2", EQ),
    (r"11,\! 111,\! 111,\! 100", "11111111100", EQ),
    (r"1,\!250\text{ dollars}", "$1250", EQ),
    (r"\$1,\!000,\!000", "1000000", EQ),
    ("12{,}345", "12345", EQ),
    (r"(-\infty, 2]", r"x \le 2", EQ),
    (r"x \leq 2", r"(-\infty,2]", EQ),
    (r"0 < x \le 5", "(0,5]", EQ),
    ("(0,5]", "[0,5]", NE),
    ("x > 3", r"(3, \infty)", EQ),
    (r"x \neq 3", r"(-\infty,3)\cup(3,\infty)", EQ),
    (r"x\in[0,1]\cup[2,3]", r"[0,1]\cup[2,3]", EQ),
    (r"(0,1)\cup(1,2)", r"(1,2)\cup(0,1)", EQ),
    ("t>3", r"(3,\infty)", EQ),
    ("50%", r"50\text{ percent}", EQ),
    (r"12.5\%", "12.5 percent", EQ),
    ("5 %", "5%", EQ),
    (r"\frac{1}{2}\%", "0.5%", EQ),
    ("2516_8", "2516_{8}", EQ),
    ("110_2", "6", UNSURE),
    ("1001_{2}", "9_{10}", EQ),
    ("204_{5}", "204_{6}", NE),
    ("(204)_{5}", "204_5", EQ),
    ("0.1_2", "0.1_{2}", EQ),
    (r"0.\overline{12}", "4/33", EQ),
    (r"1.\overline{6}", r"\frac53", EQ),
    (r"-0.\overline{3}", "-1/3", EQ),
    (r"0.\overline{3}", "0.333", NE),
    (r"\text{Monday}", "Monday", EQ),
    (r"\text{(E)}", "E", EQ),
    (r"\text{increasing}", "Increasing", EQ),
    (r"\text{no real solutions}", "no real solutions", EQ),
    (r"\text{ellipse}", "ellipse", EQ),
    (r"\text{yes}", "Yes.", EQ),
    (r"10\text{ ft}^2", "10 square feet", EQ),
    (r"10 \mbox{ cm}^2", "10cm^2", EQ),
    ("12 inches^2", "12 square inches", EQ),
    (r"12\text{ in}^2", "12 sq in", EQ),
    (r"36\text{ units}^2", "36", EQ),
    (r"36\pi\text{ cm}^2", r"36\pi", EQ),
    (r"36\pi \text{ square units}", r"36\pi", EQ),
    (r"9\sqrt{3}\text{ cm}^2", r"9\sqrt{3}", EQ),
    (r"5\text{ cm}", "5 centimeters", EQ),
    ("6 hours", "6 hrs", EQ),
    (r"\$5", "5 dollars", EQ),
    ("1½", r"\frac32", EQ),
    ("¾", "0.75", EQ),
    ("2¹⁰", "1024", EQ),
    ("5×10³", "5000", EQ),
    ("x²+1", "x^2+1", EQ),
    ("CO₂", "CO_2", EQ),
    ("42.", "42", EQ),
    ("`x+1`", "x+1", EQ),
    ("答案", "答案", EQ),
    ("3, 5, 7", "3, 5, 9", NE),
    ("(1,2,3)", "(1,2,4)", NE),
    (r"\{2,3\}", r"\{3,2\}", EQ),
    ("1,2,3", "1, 2, 3", EQ),
    ("2 and 3", "3 and 2", EQ),
    (r"\left(\frac{1}{2},3\right)", "(0.5, 3)", EQ),
    (r"\left(3,\frac{\pi}{2}\right)", r"(3,\pi/2)", EQ),
    ("red, blue", "red, green", NE),
    ("1, -2", "-2, 1", EQ),
    ("x=2,x=3", "2,3", EQ),
    ("1,2", r"1,\sqrt{4}", EQ),
    (r"\frac{1}{2},\frac{1}{3}", "1/2, 1/4", NE),
    (r"180^\circ", r"\pi", UNSURE),
    (r"45^{\circ}", "45", EQ),
    (r"45^\circ", r"\frac{\pi}{4}\text{ radians}", UNSURE),
    ("10:00", "10:00 AM", UNSURE),
    ("12:15 PM", "12:15", UNSURE),
    ("7:05 pm", "7:05 PM", EQ),
    ("3:30 PM", "2:30 PM", NE),
    ("noon", "12:00 PM", UNSURE),
    (r"\sqrt{2}", r"\sqrt{3}", NE),
    ("5", "5.0", EQ),
    (r"\frac{3}{4}", "75%", UNSURE),
    ("1/2", "1/3", NE),
    ("x=5", "5", EQ),
    ("f(x)=2x", "2x", EQ),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}", EQ),
    ("2+3i", "3i+2", EQ),
    (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}", EQ),
    ("1,000", "1000", EQ),
    ("−5", "-5", EQ),
    (r"\text{A}", "B", NE),
    (r"\dfrac{9}{2}", "4.5", EQ),
    (r"3\frac{1}{5}", "3.2", EQ),
    ("10 - 2x", "-2x+10", EQ),
]


@pytest.mark.parametrize(("a", "b", "verdict"), PAIRS)
def test_pairs_both_ways_round(a: str, b: str, verdict: str) -> None:
    for found in (compare(a, b), compare(b, a)):
        assert found.verdict == verdict, found.reason
        assert found.reason.endswith(".")


POOL = [
    "(1,2)", "1<x<2", r"x\in(1,2)", "[1,2]", r"1\le x\le 2", "1/3", r"0.\overline{3}", "0.3",
    "15 cm", "15", "15 kg", "x = 15", r"\sqrt{4}", "2", "12_5", "12_{5}", "12", "1, 2", "2, 1",
    r"\{2, 1\}", "½", "0.5", "50%", "3:30 PM", "3:30", "15:30", "Paris", "paris.", "even",
    r"\text{even}", "x+1", "1+x", "90°", r"\frac{\pi}{2}", "A", "(A)", "B", r"\emptyset",
]  # fmt: skip


def partition(answers: list[str]) -> set[frozenset[str]]:
    return {frozenset(answers[i] for i in members) for members in group(answers)}


@pytest.mark.parametrize("seed", range(6))
def test_grouping_does_not_depend_on_the_order(seed: int) -> None:
    assert partition(random.Random(seed).sample(POOL, len(POOL))) == partition(POOL)


def test_votes_for_a_value_are_counted_together_however_it_is_written() -> None:
    spellings = ["1<x<2", "(1,2)", "7", "7"]
    for answers in (spellings, spellings[::-1], [*spellings[1:], spellings[0]]):
        assert sorted(count for _, count in majority(answers)[1]) == [2, 2]
    assert majority(["½", "0.5", "3"])[1] == [("½", 2), ("3", 1)]

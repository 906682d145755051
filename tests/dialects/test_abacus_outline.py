"""The language of outlines: what is one, what is none, and which sizes were taught."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.dialects.abacus.outline import (
    Line,
    Operation,
    in_range,
    parse_line,
    parse_operation,
    parse_outline,
    render_outline,
)

QUICK = settings(max_examples=80, deadline=None, derandomize=True)

WELL_FORMED = [
    ("#1=37*48", "#1=37*48"),
    ("#1=37*48;#2=#1+1", "#1=37*48;#2=#1+1"),
    (" #1=37*48 ; #2=#1+1\n", "#1=37*48;#2=#1+1"),
    ("a=3;b=4;c=a*b", "a=3;b=4;c=a*b"),
    ("n=-12;#1=n%5", "n=-12;#1=n%5"),
    ("#1=ds(1234)", "#1=ds(1234)"),
    ("#1=gcd(12,18);#2=gcd(#1,4)", "#1=gcd(12,18);#2=gcd(#1,4)"),
    ("#1=-7+(-5)", "#1=-7+(-5)"),
    ("#1=7--5", "#1=7-(-5)"),
    ("#1=9//2;#2=9/3;#3=#1-#2", "#1=9//2;#2=9/3;#3=#1-#2"),
    ("#1=2+3;#2=#1*#1", "#1=2+3;#2=#1*#1"),
    ("#12=2+3", "#12=2+3"),
]

MALFORMED = [
    "",
    " ",
    ";",
    "#1",
    "#1=",
    "=2+3",
    "2+3",
    "#1=5",
    "a=3;b=4",
    "#1=2+3;",
    ";#1=2+3",
    "#1=2+3;;#2=#1+1",
    "#1=2+3,#2=#1+1",
    "#1=2+3\n#2=#1+1",
    "#1 = 2+3",
    "#1=2 + 3",
    "#1==2+3",
    "#1=2+3=5",
    "#1=2+3+4",
    "#1=(2+3)*4",
    "#1=2^3",
    "#1=2**3",
    "#1=2***3",
    "#1=2×3",
    "#1=2x3",
    "#1=2+",
    "#1=+2",
    "#1=*3",
    "#1=2+#2",
    "#1=#1+1",
    "#1=2+3;#1=4+5",
    "#1=2+3;#2=#3+1;#3=1+1",
    "#1=a+1",
    "a=1;a=2;#1=a+1",
    "#100=2+3",
    "#=2+3",
    "ab=2+3",
    "#a=2+3",
    "1=2+3",
    "#1=2.5+3",
    "#1=1e3+2",
    "#1=0x10+2",
    "#1=1,000+2",
    "#1=2+3%",
    "#1=$2+3",
    "#1=gcd(12)",
    "#1=gcd(12,18,6)",
    "#1=gcd 12,18",
    "#1=GCD(12,18)",
    "#1=lcm(4,6)",
    "#1=gcd(12,18",
    "#1=ds()",
    "#1=ds(1,2)",
    "#1=ds(12)+1",
    "#1=sqrt(9)",
    "#1=(5)+3",
    "#1=5+(3)",
    "#1=(-5+3",
    "#1=2///3",
    "#1=2%%3",
    "#1=1234567890;#2=#1+1",
    "a=1234567890;#1=a+1",
    "#1=2+3;a=7",
    "#1=2+3 #2=#1+1",
    "#1=2+3.",
    "The answer is #1=2+3",
    "#1=2+3 because",
    '```json {"step1": "add"}```',
    "#1:2+3",
    "#1=\u0662+x",
    "#1=2+3\x00",
    "<|go|>#1=2+3",
    "#1=2+3<|end|>",
    "#1=None",
    "#1=None+1",
]


@pytest.mark.parametrize(("text", "canonical"), WELL_FORMED)
def test_well_formed(text: str, canonical: str) -> None:
    lines = parse_outline(text)
    assert lines is not None
    assert render_outline(lines) == canonical
    assert parse_outline(canonical) == lines


def test_the_table_of_malformed_outlines_is_long() -> None:
    assert len(set(MALFORMED)) >= 40


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed(text: str) -> None:
    assert parse_outline(text) is None


@pytest.mark.parametrize("digits", [10, 4000, 5000, 100_000])
def test_huge_numbers_are_refused_or_read_but_never_an_exception(digits: int) -> None:
    lines = parse_outline(f"#1={'9' * digits}+1")
    assert lines is None or isinstance(lines[0].what, Operation)
    assert parse_outline(f"a={'9' * digits};#1=a+1") is None


@pytest.mark.parametrize(("count", "valid"), [(24, True), (25, False), (5000, False)])
def test_the_number_of_lines_is_bounded(count: int, valid: bool) -> None:
    text = ";".join(f"#{i}=1+1" if i < 100 else "x" for i in range(1, count + 1))
    assert (parse_outline(text) is not None) is valid


OPERANDS = st.integers(-999, 999) | st.sampled_from(["#1", "#12", "a", "Z"])


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    op = draw(st.sampled_from(["+", "-", "*", "/", "//", "%", "gcd", "ds"]))
    return Operation(op, draw(OPERANDS), None if op == "ds" else draw(OPERANDS))


@QUICK
@given(operations())
def test_operations_are_written_and_read_back(operation: Operation) -> None:
    assert parse_operation(str(operation)) == operation


@QUICK
@given(st.text(alphabet="#123ab=+-*/%;(),gcdsy \n", max_size=40))
def test_reading_never_raises_and_is_stable(text: str) -> None:
    lines = parse_outline(text)
    if lines is not None:
        assert parse_outline(render_outline(lines)) == lines


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("2+3", ()),
        ("#1+3", ("#1",)),
        ("#2*#1", ("#2", "#1")),
        ("#1*#1", ("#1",)),
        ("gcd(a,#3)", ("a", "#3")),
        ("ds(#1)", ("#1",)),
    ],
)
def test_references(text: str, references: tuple[str, ...]) -> None:
    operation = parse_operation(text)
    assert operation is not None
    assert operation.references == references


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("#1+#2", {"#1": 5, "#2": -7}, "5+(-7)"),
        ("#1+#2", {"#1": 5}, "5+#2"),
        ("#1+#2", {}, "#1+#2"),
        ("ds(a)", {"a": 12}, "ds(12)"),
        ("2+3", {"a": 1}, "2+3"),
        ("#1+#12", {"#1": 5, "#12": 6}, "5+6"),
        ("gcd(a,b)", {"a": 4, "b": 6}, "gcd(4,6)"),
    ],
)
def test_fill(text: str, values: dict[str, int], filled: str) -> None:
    operation = parse_operation(text)
    assert operation is not None
    assert str(operation.fill(values)) == filled


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("999999+999999", True),
        ("1000000+1", False),
        ("-999999-1", True),
        ("1-1000000", False),
        ("9999*99", True),
        ("99*9999", True),
        ("10000*2", False),
        ("100*100", False),
        ("999999%99", True),
        ("5%100", False),
        ("5%0", False),
        ("5%-3", False),
        ("-5%3", True),
        ("1000000//3", False),
        ("8/0", False),
        ("8/2", True),
        ("gcd(9999,9999)", True),
        ("gcd(10000,2)", False),
        ("gcd(0,4)", False),
        ("gcd(4,-2)", False),
        ("ds(999999)", True),
        ("ds(1000000)", False),
        ("#1+1", False),
        ("ds(#1)", False),
    ],
)
def test_in_range(text: str, inside: bool) -> None:
    operation = parse_operation(text)
    assert operation is not None
    assert in_range(operation) is inside


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a=5", Line("a", 5)),
        ("#1=2+3", Line("#1", Operation("+", 2, 3))),
        ("a=b", None),
        ("=5", None),
        ("a=", None),
    ],
)
def test_lines(text: str, line: Line | None) -> None:
    assert parse_line(text) == line

"""The symbolic check of two answers: math-verify reads them as LaTeX and judges them, and its
"equal" counts only if both sides also agree in numbers.

Knows sympy and math-verify, which are imported only when asked. Runs in the process that worker.py
bounds in time and memory. Text is never evaluated as Python.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

EXTRA_BYTES = 1 << 30
"""Memory that the process may use above what it has after its imports."""
DIGITS = 100
POINTS = 4
"""Numbers are compared to this many digits, formulas at this many points."""
TINY = 1e-40


def read(text: str) -> Any:
    """The sympy object that math-verify reads in a LaTeX text, or None. Only its LaTeX reader is
    used: the other one calls sympy's parse_expr. The letter i is the imaginary unit. Inequalities
    joined by "or" and "and" are read one by one."""
    import sympy as sp  # type: ignore[import-untyped]

    for word, join in ((" or ", sp.Or), (" and ", sp.And)):
        parts = text.split(word)
        conditions = [_read(part) for part in parts] if 1 < len(parts) <= 8 else []
        if conditions and all(isinstance(c, sp.Rel | sp.And) for c in conditions):
            return join(*conditions)
    return _read(text)


@lru_cache(maxsize=1024)
def _read(text: str) -> Any:
    import sympy as sp
    from math_verify import LatexExtractionConfig, parse  # type: ignore[import-untyped]

    config = [LatexExtractionConfig()]
    text = "$" + text.replace("$", " ").replace("\n", " ") + "$"
    found = parse(text, config, fallback_mode="no_fallback", parsing_timeout=None)
    if not found or isinstance(found[0], str):
        return None
    return found[0].subs({s: sp.I for s in found[0].free_symbols if s.name == "i"})


def judge(first: str, second: str) -> tuple[str, str]:
    """(verdict, reason): our own numbers first, then math-verify, which is asked both ways."""
    a, b = _as_sets(read(first), read(second))
    if a is None or b is None:
        return "could not tell", "One of them could not be read as mathematics."
    ours = check(a, b)
    if ours is False:
        return "different", "Their values differ."
    theirs = _verified(a, b) or _verified(b, a)
    if ours and theirs:
        return "equal", "They are the same mathematically."
    if ours:
        return "could not tell", "Their values agree, but a proof of equality was not found."
    if theirs:
        return "could not tell", "They may be equal, but their values could not be compared."
    return "could not tell", "They are written in ways that could not be compared."


def _verified(gold: Any, answer: Any) -> bool:
    from math_verify import verify

    return bool(verify(gold, answer, timeout_seconds=None))


def check(a: Any, b: Any) -> bool | None:
    """Whether a and b agree in numbers; None where numbers cannot say."""
    import sympy as sp

    if a.has(sp.nan, sp.zoo) or b.has(sp.nan, sp.zoo):
        return None
    if a == b:
        return True
    if isinstance(a, sp.MatrixBase) and isinstance(b, sp.MatrixBase):
        return _every(a, b) if a.shape == b.shape else False
    if isinstance(a, sp.MatrixBase) or isinstance(b, sp.MatrixBase):
        return None
    if isinstance(a, sp.Eq) != isinstance(b, sp.Eq):  # y = 2x + 1 against 2x + 1
        a, b = _right_side(a), _right_side(b)
    a, b = _as_sets(a, b)
    if isinstance(a, sp.Rel) and isinstance(b, sp.Rel):
        return _check_relations(a, b)
    if isinstance(a, sp.And) and isinstance(b, sp.And):
        return _check_unordered(a.args, b.args)
    if isinstance(a, sp.Interval) and isinstance(b, sp.Interval):
        if (a.left_open, a.right_open) != (b.left_open, b.right_open):
            return False
        return _every((a.start, a.end), (b.start, b.end))
    if isinstance(a, sp.Expr) and isinstance(b, sp.Expr):
        return _check_values(a, b)
    return _check_items(a, b)


def _right_side(a: Any) -> Any:
    import sympy as sp

    named = isinstance(a, sp.Eq) and isinstance(a.lhs, sp.Symbol | sp.core.function.AppliedUndef)
    return a.rhs if named else a


def _as_sets(a: Any, b: Any) -> tuple[Any, Any]:
    """1 < x < 2 as an interval if the other one is a set: (1, 2), or x \\in (1, 2)."""
    import sympy as sp

    def as_set(x: Any) -> Any:
        if isinstance(x, sp.Eq) and isinstance(x.rhs, sp.Set):
            return x.rhs
        inequality = isinstance(x, sp.And | sp.Or | sp.Rel) and not isinstance(x, sp.Eq)
        return x.as_set() if inequality and len(x.free_symbols) == 1 else x

    if isinstance(a, sp.Set) or isinstance(b, sp.Set):
        return as_set(a), as_set(b)
    return a, b


def _every(a: Any, b: Any) -> bool | None:
    """Pair by pair: False if one pair differs, True if all agree."""
    pairs = [check(x, y) for x, y in zip(a, b, strict=True)]
    return False if False in pairs else None if None in pairs else True


def _check_items(a: Any, b: Any) -> bool | None:
    """Tuples, finite sets, unions, and a plain value as a set of one. (1, 2) reads as an interval
    and counts as a pair beside a tuple or a set of two."""
    import sympy as sp

    def items(x: Any) -> list[Any] | None:
        if isinstance(x, sp.Tuple | sp.FiniteSet | sp.Union):
            return list(x.args)
        if isinstance(x, sp.Interval) and x.left_open and x.right_open:
            return [x.start, x.end]
        return [x] if isinstance(x, sp.Expr) else None

    xs, ys = items(a), items(b)
    if xs is None or ys is None or isinstance(a, sp.Union) != isinstance(b, sp.Union):
        return None
    if len(xs) != len(ys):
        return None if isinstance(a, sp.Union) else False
    ordered = not isinstance(a, sp.FiniteSet | sp.Union) and not isinstance(b, sp.FiniteSet)
    return _every(xs, ys) if ordered else _check_unordered(xs, ys)


def _check_unordered(xs: Any, ys: Any) -> bool | None:
    """Each has a partner on the other side; False if one differs from all of them."""
    if len(xs) != len(ys):
        return None
    table = [[check(x, y) for y in ys] for x in xs]
    rows = table + [list(column) for column in zip(*table, strict=True)]
    if all(True in row for row in rows):
        return True
    return False if any(all(cell is False for cell in row) for row in rows) else None


def _check_relations(a: Any, b: Any) -> bool | None:
    """Equations agree if left minus right of one is a constant multiple of the other's, and
    inequalities if that constant is positive. Otherwise only straight lines are surely different.
    """
    import sympy as sp

    def normal(r: Any) -> tuple[Any, Any]:
        flip = isinstance(r, sp.StrictLessThan | sp.LessThan)
        kind = {sp.StrictLessThan: sp.StrictGreaterThan, sp.LessThan: sp.GreaterThan}
        return kind.get(type(r), type(r)), (r.rhs - r.lhs if flip else r.lhs - r.rhs)

    try:
        (kind_a, left), (kind_b, right) = normal(a), normal(b)
        points = zip(_values(left), _values(right), strict=True)
        if kind_a is not kind_b or left.free_symbols != right.free_symbols:
            return None
        ratios = [x / y for x, y in points if x is not None and y is not None and y != 0]
    except TypeError:  # x \in [1, 2] reads as an equation with a set
        return None
    if len(ratios) == POINTS and all(_close(r, ratios[0]) for r in ratios) and ratios[0] != 0:
        positive = ratios[0].imag == 0 and ratios[0].real > 0
        return bool(positive or kind_a in (sp.Eq, sp.Ne))
    lines = all(_is_linear(e) for e in (left, right))
    return False if lines and len(ratios) == POINTS else None


def _is_linear(e: Any) -> bool:
    return bool(e.is_polynomial(*e.free_symbols)) and e.as_poly(*e.free_symbols).total_degree() == 1


def _check_values(a: Any, b: Any) -> bool | None:
    a, b = a.doit(), b.doit()
    if a.is_Rational and b.is_Rational:
        return bool(a == b)
    if a.is_infinite or b.is_infinite:
        return True if a == b else False if a.is_extended_real and b.is_extended_real else None
    pairs = zip(_values(a), _values(b), strict=True)
    seen = [_close(x, y) for x, y in pairs if x is not None and y is not None]
    if not seen or (all(seen) and a != b and (_absorbs(a) or _absorbs(b))):
        return None
    return all(seen)


def _absorbs(e: Any) -> bool:
    """Whether something tiny is added or raised to, so that its digits are not among those that
    are compared: e^{10^{-200}} is not 1."""
    import sympy as sp

    for node in sp.preorder_traversal(e):
        for part in node.args if not node.is_Mul else ():
            if part.is_number and 0 < abs(part.evalf(5)) < TINY:
                return True
    return False


@lru_cache(maxsize=2048)
def _values(e: Any) -> tuple[Any, ...]:
    """The expression's values at fixed points, as mpmath numbers; None where it has none."""
    import mpmath  # type: ignore[import-untyped]

    values: list[Any] = []
    for k in range(POINTS):
        point = {s: _coordinate(s.name, k) for s in e.free_symbols}
        value = e.doit().subs(point).evalf(DIGITS, maxn=4 * DIGITS)
        with mpmath.workdps(DIGITS):
            finite = value.is_number and value.is_finite
            values.append(mpmath.mpmathify(value._to_mpmath(350)) if finite else None)
    return tuple(values)


def _coordinate(name: str, k: int) -> Any:
    """A fraction that depends on the variable's name and the point alone, of either sign."""
    import sympy as sp

    noise = zlib.crc32(f"{name} {k}".encode())
    return sp.Rational((noise % 1999 + 101) * (-1) ** k, 997)


def _close(x: Any, y: Any) -> bool:
    """Relative, so that 1/2^99 is not 1/2^98."""
    import mpmath

    with mpmath.workdps(DIGITS):
        limit = mpmath.mpf(10) ** (10 - DIGITS) * max(abs(x), abs(y))
        return bool(abs(x - y) <= limit)


def _plain_number(code: str, *_: object) -> Any:
    """In place of sympy's eval. Even the LaTeX reader comes by it, with the digits of a number:
    they are read here, decimals as exact fractions; any other code is refused."""
    import sympy as sp

    found = re.fullmatch(r"Integer \(([0-9]+) \)|Float \('([0-9]*\.[0-9]*)' \)", code.strip())
    if found is None:
        raise ValueError("text is never evaluated here")
    return sp.Rational(found[1] or found[2])


def prepare() -> None:
    """Import, refuse Python evaluation for good, and bound the memory."""
    import logging

    import sympy.parsing.sympy_parser as parser  # type: ignore[import-untyped]
    import sympy.physics.units  # type: ignore[import-untyped]  # noqa: F401 (it needs eval to import)

    parser.eval_expr = _plain_number
    logging.disable(logging.CRITICAL)
    judge(r"\frac{1}{2}+x", "x+0.5")
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + EXTRA_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (ImportError, OSError, ValueError):
        pass  # no such limit on this system; the time limit remains

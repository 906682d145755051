"""Scratchpads: how the embedded model is taught to work, step by step, and to check a result.

Knows, for each atomic operation, the written work of System 2 and the shorter work of the
verifier. It is a teacher: used to make training data, never on the path of a run. Does not
know problems or prompts.

Sums inside other work are written `1600+320:0291=1920`: after the colon the digits from the
right (each needs only its column and the carry), after `=` the number itself. A line of long
division is `462:5*90=450,21=12`: the part divided, digit times divisor, and the remainder, again
from the right first.
"""

from __future__ import annotations

from scale_core.abacus.grammar import Operation, apply
from scale_core.dialects.abacus.dialect import NO, YES


def _reversed(value: int) -> str:
    return str(abs(value))[::-1] + ("-" if value < 0 else "")


def _add_columns(a: int, b: int) -> str:
    top, low = str(a)[::-1], str(b)[::-1]
    if len(low) > len(top):
        top, low = low, top
    carry, out = 0, []
    for i, digit in enumerate(top):
        terms = [digit] + ([low[i]] if i < len(low) else []) + (["1"] if carry else [])
        total = sum(map(int, terms))
        out.append("+".join(terms) + f"={total}")
        carry = total // 10
    return ";".join(out) + f";={a + b}"


def _subtract_columns(a: int, b: int) -> str:
    """a >= b >= 0, from the right; a borrowed ten is written into the upper digit."""
    top, low = str(a)[::-1], str(b)[::-1]
    borrow, out = 0, []
    for i, digit in enumerate(top):
        lower = int(low[i]) if i < len(low) else 0
        ten = 10 if int(digit) - borrow < lower else 0
        term = str(ten + int(digit)) + (f"-{lower}" if i < len(low) else "")
        out.append(term + ("-1" if borrow else "") + f"={ten + int(digit) - lower - borrow}")
        borrow = 1 if ten else 0
    return ";".join(out) + f";={a - b}"


def _work_sum(a: int, b: int) -> str:
    if b < 0:
        return f"{a}-{-b};" + _work_difference(a, -b)
    if a < 0:
        return f"{b}-{-a};" + _work_difference(b, -a)
    return _add_columns(a, b)


def _work_difference(a: int, b: int) -> str:
    if b < 0:
        return f"{a}+{-b};" + _work_sum(a, -b)
    if a < 0:
        return f"-({-a}+{b});" + _flip(_add_columns(-a, b))
    if a < b:
        return f"-({b}-{a});" + _flip(_subtract_columns(b, a))
    return _subtract_columns(a, b)


def _flip(work: str) -> str:
    """Negate the final result of a piece of work."""
    head, _, result = work.rpartition("=")
    return f"{head}={'' if result == '0' else '-'}{result}"


def _work_product(a: int, b: int) -> str:
    if a < 0 or b < 0:
        work = f"{abs(a)}*{abs(b)};" + _work_product(abs(a), abs(b))
        return _flip(work) if (a < 0) != (b < 0) else work
    split, whole = (a, b) if len(str(a)) > len(str(b)) else (b, a)
    digits = str(split)
    if len(digits) == 1:
        return f"{a}*{b}={a * b};={a * b}"
    out, total = [], None
    for i, digit in enumerate(digits):
        if digit == "0":
            continue
        part = int(digit) * 10 ** (len(digits) - 1 - i)
        out.append(f"{whole}*{part}={whole * part}")
        if total is None:
            total = whole * part
        else:
            new = total + whole * part
            out.append(f"{total}+{whole * part}:{_reversed(new)}={new}")
            total = new
    return ";".join(out) + f";={a * b}"


def division_lines(a: int, b: int) -> list[tuple[int, int, int, int]]:
    """Long division of a >= 0 by b > 0: (current, quotient digit, product, remainder)."""
    digits, take = str(a), 1
    while take < len(digits) and int(digits[:take]) < b:
        take += 1
    current, rest = int(digits[:take]), digits[take:]
    lines = []
    while True:
        q = current // b
        lines.append((current, q, q * b, current - q * b))
        if not rest:
            return lines
        current, rest = (current - q * b) * 10 + int(rest[0]), rest[1:]


def _divide(a: int, b: int) -> str:
    return "".join(f"{c}:{q}*{b}={p},{_reversed(r)}={r};" for c, q, p, r in division_lines(a, b))


def _work_division(op: str, a: int, b: int) -> str:
    q, r = divmod(abs(a), b)
    work = (f"{-a};" if a < 0 else "") + _divide(abs(a), b)
    if op == "/":
        return work + (f"={'-' if a < 0 and q else ''}{q}" if r == 0 else "=?")
    if a < 0 and r:
        q, fix = -(q + 1), f"{b}-{r}={b - r};"
        return work + (fix + f"={b - r}" if op == "%" else f"-{-q - 1}-1={q};={q}")
    return work + f"={r if op == '%' else (-q if a < 0 else q)}"


def _euclid(a: int, b: int) -> list[tuple[int, int]]:
    a, b = max(a, b), min(a, b)
    rounds = []
    while b:
        rounds.append((a, b))
        a, b = b, a % b
    return rounds


def _work_gcd(a: int, b: int) -> str:
    rounds = _euclid(a, b)
    return "".join(f"{x}%{y};{_divide(x, y)}" for x, y in rounds) + f"={rounds[-1][1]}"


def _running_sums(n: int) -> list[int]:
    sums = [0]
    for digit in str(n):
        sums.append(sums[-1] + int(digit))
    return sums[1:]


def _work_digits(n: int) -> str:
    digits, sums = str(n), _running_sums(n)
    out = [f"{sums[i - 1]}+{digits[i]}={sums[i]}" for i in range(1, len(digits))]
    return ";".join([*out, f"={sums[-1]}"])


def work(op: Operation) -> str:
    """System 2's written work for a filled operation, ending in `=result` (`=?`: inexact)."""
    a, b = int(op.left), None if op.right is None else int(op.right)
    if b is None:
        return _work_digits(a)
    if op.op == "+":
        return _work_sum(a, b)
    if op.op == "-":
        return _work_difference(a, b)
    if op.op == "*":
        return _work_product(a, b)
    if op.op == "gcd":
        return _work_gcd(a, b)
    return _work_division(op.op, a, b)


def _nines(n: int) -> str:
    """Running residues modulo 9, one digit for each digit of n (casting out nines)."""
    out, r = "", 0
    for digit in str(abs(n)):
        r = (r + int(digit)) % 9
        out += str(r)
    return out


def _compare(value: int, claimed: int) -> str:
    """The true value from the right, digit by digit beside the claimed one, and the verdict: at
    the first digit that differs it is no."""
    true, said = _reversed(value), _reversed(claimed)
    for i, digit in enumerate(true):
        if said[i : i + 1] != digit:
            return true[: i + 1] + NO
    return true + (YES if len(said) == len(true) else NO)


def _check_product(a: int, b: int, product: int, right: bool) -> str:
    x, y = _nines(a), _nines(b)
    residue = int(x[-1]) * int(y[-1]) % 9
    return f"{x},{y}:{residue};{_nines(product)}:{YES if right else NO}"


def _check_floor(a: int, b: int, claimed: int) -> str:
    """Quotient digits beside the claimed ones, from the left, with the remainders between."""
    lines, said, out = division_lines(a, b), str(claimed), ""
    for i, (_, q, _, r) in enumerate(lines):
        out += str(q)
        if said[i : i + 1] != str(q):
            return out + NO
        if i < len(lines) - 1:
            out += f",{_reversed(r)};"
    return out + (YES if len(said) == len(lines) else NO)


def _terse(a: int, b: int) -> str:
    return "".join(f"{p},{_reversed(r)};" for _, _, p, r in division_lines(a, b))


def _check_remainder(a: int, b: int, claimed: int) -> str:
    if a < 0:
        return _terse(-a, b) + _compare(a % b, claimed)
    *before, (_, _, product, rest) = division_lines(a, b)
    work = "".join(f"{p},{_reversed(r)};" for _, _, p, r in before)
    return f"{work}{product},{_compare(rest, claimed)}"


def check(op: Operation, claimed: int) -> str:
    """The verifier's work and verdict on `op = claimed`.

    Sums are redone from the right, products and exact quotients checked modulo 9, remainders
    and floors by a terse long division (remainders written from the right); the result is held
    against the claimed one digit by digit. Less than half as long as System 2's work.
    """
    a, b = int(op.left), 0 if op.right is None else int(op.right)
    value = apply(op.op, *(int(o) for o in op.operands))
    if op.op == "/":
        return _check_product(b, claimed, a, value == claimed)
    assert value is not None
    if op.op == "*" and max(abs(a), abs(b)) > 9:
        return _check_product(a, b, claimed, value == claimed)
    if op.op == "//" and a >= 0:
        return _check_floor(a, b, claimed)
    if op.op == "%":
        return _check_remainder(a, b, claimed)
    if op.op == "gcd":
        work = "".join(_terse(x, y) for x, y in _euclid(a, b))
    elif op.op == "ds":
        work = "".join(f"{total}," for total in _running_sums(a)[:-1])
    else:
        work = _terse(-a, b) if op.op == "//" else ""
    return work + _compare(value, claimed)

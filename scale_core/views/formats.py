"""Texts as people read them, the same everywhere: cleaned, shortened, expressions with their signs.

Knows signs and stages' names. Does not know numbers (`units.py`), runs or pictures. Texts stay
text: nothing here makes markup, and whoever shows them escapes them.
"""

from __future__ import annotations

import re

from scale_core.problem import Plan

STAGE_NAMES = {
    "outline": "outline", "choose": "choice", "rate": "rating",
    "system1": "System 1", "system2": "System 2", "extract": "extraction",
    "verify": "verifier", "chain": "whole problem", "judge": "step judge", "embed": "embeddings",
}  # fmt: skip

_ARITHMETIC = re.compile(r"[\d\s#A-Za-z+\-*/%^()=.,]{1,200}")
_WORDY = re.compile(r"[A-Za-z]{2,}")
_FUNCTIONS = re.compile(r"\b(gcd|lcm|ds|mod|div)\b", re.IGNORECASE)
_SIGNS = (("//", " div "), ("*", " × "), ("/", " ÷ "), ("%", " mod "))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Without control and direction-changing characters, which could disguise what is shown."""
    return _CONTROL.sub("�", text)


def is_arithmetic(text: str) -> bool:
    """Whether a text is a bare expression: numbers, names of one letter and signs."""
    rest = _FUNCTIONS.sub("", text)
    return bool(_ARITHMETIC.fullmatch(text)) and not _WORDY.search(rest)


def step_name(plan: Plan | None, id: str, length: int = 8) -> str:
    """What a sub-problem is called; its id where the plan does not hold it."""
    step = plan.by_id.get(id) if plan else None
    return shorten(step.name if step else id, length)


def pretty(text: str) -> str:
    """`37*48` as `37 × 48`; any other text as it is."""
    text = clean(text)
    if not is_arithmetic(text):
        return text
    for sign, shown in _SIGNS:
        text = text.replace(sign, shown)
    text = re.sub(r"(?<=[\w)])\s*([+\-=])\s*(?=[\w(#])", r" \1 ", text)
    text = re.sub(r"\s+", " ", text).strip()
    return text.replace("-", "\u2212").replace("ds(", "digit sum (").replace(",", ", ")


def shorten(text: str, length: int) -> str:
    """One line of at most `length` characters."""
    line = " ".join(clean(text[: 4 * length + 40]).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def bounded(text: str, length: int) -> str:
    """All of a text, or its start and how much is left out."""
    text = clean(text)
    if len(text) <= length:
        return text
    return f"{text[:length]}\n… {len(text) - length:,} more characters"


_SOLVE = re.compile(r"(.{1,100}), solve for ([A-Za-z])")
_PLAIN_SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-"})


def latex(text: str) -> str | None:
    """An expression, a let-chain (`a = 3 × 4; a + 5`) or an equation (`…, solve for x`) in LaTeX;
    None for any other text, which is never passed to a renderer."""
    if len(text) > 240:
        return None
    clauses = [_clause(clause.strip()) for clause in text.split(";")]
    known = [clause for clause in clauses if clause is not None]
    return r",\quad ".join(known) if len(known) == len(clauses) else None


def _clause(text: str) -> str | None:
    if match := _SOLVE.fullmatch(text):
        equation = _clause(match[1])
        return None if equation is None else rf"{equation},\ \text{{solve for }}{match[2]}"
    text = text.translate(_PLAIN_SIGNS).replace("digit sum of", "ds")
    if not is_arithmetic(text):
        return None
    out = re.sub(r"#(\d+)", r"\\#\1", text)
    out = re.sub(r"%|\bmod\b", r" \\bmod ", out)
    out = out.replace("//", r" \mathbin{\mathrm{div}} ").replace("*", r" \times ")
    out = out.replace("/", r" \div ")
    out = re.sub(r"\^(\d+)", r"^{\1}", out)
    out = re.sub(r"\bds\b", r"\\operatorname{digit\\ sum}", out)
    return re.sub(r"\b(gcd|lcm)\b", r"\\operatorname{\1}", out)

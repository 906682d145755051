"""Surface variety for tests: a canonical problem text as people type it.

Knows notations of expressions, number theory, let-chains and equations: spaces, unicode and LaTeX
signs, thousands separators, polite openings. `canonical(dress(text, rng))` is the text again, but
for the case of its first letter and a polite opening's effect on it. Does not rephrase, does not
know word problems (their texts come back as they are) and is not used in training or in runs.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from scale_core.dialects.abacus.canonical import is_formal

_SIGNS = {
    "*": ("*", "*", "\u00d7", "\u00d7", "\u00b7", "\u22c5", "x", "X"),
    "/": ("/", "/", "\u00f7"),
    "-": ("-", "-", "\u2212", "\u2013"),
    "%": ("%", " mod ", " mod ", " modulo "),
    "^": ("^", "^", "**", "raised"),
}
_LATEX = {
    "*": (r"\times ", r"\cdot "),
    "/": (r"\div ", "/"),
    "-": ("-",),
    "%": (r"\bmod ", r" \mod "),
    "^": ("^", "braces"),
}
_DELIMITERS = (("$", "$"), ("$", "$"), (r"\( ", r" \)"), ("$$", "$$"), (r"\[", r"\]"))
_POLITE = ("please tell me ", "Can you tell me ", "Hey, ", "Hello! ", "ok so ")
_POLITE_ORDER = (*_POLITE, "please ", "Could you please ", "can you ")
_PART = re.compile(r"[0-9]+|[A-Za-z]+|//|[-+*/%^()=,]|.")
_CORE = re.compile(r"(?=.*[0-9A-Za-z)])[-0-9A-Za-z+*/%^()=,]+?(?=[=?.,;:]*$)")
_CASED = re.compile(r"[A-Z][a-z]")


@dataclass(frozen=True, slots=True)
class _Style:
    """One person's habits, the same through a text."""

    signs: dict[str, str]
    latex: bool
    delimiters: tuple[str, str]
    spaced: bool
    tight_brackets: bool
    thousands: bool
    pure: bool  # no letter can be meant by an x

    @classmethod
    def draw(cls, text: str, rng: random.Random) -> _Style:
        latex = rng.random() < 0.3
        signs = {sign: rng.choice(forms) for sign, forms in (_LATEX if latex else _SIGNS).items()}
        pure = "=" not in text.rstrip("?=. ") and not re.search(r"\b[A-Za-z]\b", text)
        return cls(
            signs,
            latex,
            rng.choice(_DELIMITERS),
            rng.random() < 0.6,
            rng.random() < 0.8,
            rng.random() < 0.4,
            pure,
        )


def _power(style: _Style, exponent: str) -> str:
    form = style.signs["^"]
    if form == "raised":
        return {"2": "\u00b2", "3": "\u00b3"}[exponent]
    return f"^{{{exponent}}}" if form == "braces" else f"{form}{exponent}"


def _sign(style: _Style, sign: str, before: str, after: str) -> str:
    """A binary sign in this style; `x` only where it cannot be a letter."""
    form = style.signs.get(sign, sign)
    if form in ("x", "X") and not (
        (before.isdigit() and after.isdigit()) or (style.pure and not after.isalpha())
    ):
        form = "*"
    return f" {form.strip()} " if style.spaced or (sign == "%" and form != "%") else form


def _number(style: _Style, digits: str, called: bool) -> str:
    if not style.thousands or called or len(digits) < 4:
        return digits
    return f"{int(digits):,}".replace(",", "{,}" if style.latex else ",")


def _bracket(style: _Style, part: str) -> str:
    if style.latex and not style.tight_brackets:
        return {"(": r"\left( ", ")": r" \right)"}[part]
    return part if style.tight_brackets else {"(": "( ", ")": " )"}[part]


def _mathematics(core: str, style: _Style) -> str:
    """An unspaced piece of mathematics in this style."""
    parts = _PART.findall(core)
    made: list[str] = []
    called = bool(re.search("gcd|lcm", core, re.IGNORECASE))
    skip = False
    for i, part in enumerate(parts):
        before = parts[i - 1] if i else ""
        after = parts[i + 1] if i + 1 < len(parts) else ""
        if skip:
            skip = False
        elif part == "^":
            made.append(_power(style, after))
            skip = True
        elif part.isdigit():
            made.append(_number(style, part, called))
        elif part in "()":
            made.append(_bracket(style, part))
        elif part == ",":
            made.append(" , " if style.spaced else ",")
        elif part == "-" and not (before.isalnum() or before == ")"):
            made.append(style.signs["-"])
        elif part in ("+", "-", "*", "/", "//", "%", "="):
            made.append(_sign(style, part, before, after))
        else:
            made.append(part)
    text = "".join(made)
    return style.delimiters[0] + text + style.delimiters[1] if style.latex else text


def _dress_chunk(chunk: str, style: _Style) -> str:
    match = _CORE.match(chunk)
    if match is None or not re.search(r"[0-9]", chunk):
        return chunk
    return _mathematics(match[0], style) + chunk[match.end() :]


def _open(text: str, rng: random.Random) -> str:
    """Another case for the first letter, or a polite opening before a lead word."""
    if rng.random() < 0.2 and (lead := re.match(r"(?:what|compute|evaluate|find) ", text, re.I)):
        polite = _POLITE if lead[0].lower() == "what " else _POLITE_ORDER
        return rng.choice(polite) + text[0].lower() + text[1:]
    if rng.random() < 0.3 and _CASED.match(text):
        return text[0].lower() + text[1:]
    if rng.random() < 0.2 and re.match("[a-z]{3}", text) and not text.startswith(("gcd(", "lcm(")):
        return text[0].upper() + text[1:]
    return text


def dress(text: str, rng: random.Random) -> str:
    """The same problem as somebody may type it."""
    if not is_formal(text):
        return text
    style = _Style.draw(text, rng)
    gap = "  " if rng.random() < 0.1 else " "
    dressed = gap.join(_dress_chunk(chunk, style) for chunk in text.split(" "))
    return _open(dressed, rng) + ("\n" if rng.random() < 0.1 else "")

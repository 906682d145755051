"""The canonical form of a typed problem: the notation that the embedded model was taught.

Knows typed notations (unicode signs, LaTeX, thousands separators, polite words), how tokens and
their neighbours write the mathematics of a formal text (`x` and `mod` as operators, products
without a sign, brackets around negative operands, where spaces go), and the taught equivalents.
Rewrites notation only: does not know what a text means, whether it is in the language, precedence,
or any value.

The text comes from strangers: every step is linear or runs on at most `LIMIT` characters, special
tokens are broken up, and what does not settle within `ROUNDS` stays as `clean` left it.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

LIMIT = 2000
ROUNDS = 40
_READ = 50_000

_SIGNS = {
    "*": "\u00d7\u2715\u2716\u2a2f\u00b7\u22c5\u2219\u2217",
    "/": "\u00f7\u2215",
    "-": "\u2212\u2010\u2011",
    "'": "\u2018\u2019\u02bc\u2032",
    '"': "\u201c\u201d\u201e",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000",
    "\n": "\r\u0085\u2028\u2029\u000b\u000c",
}
_TABLE: dict[int, str | None] = {
    **{code: None for code in (*range(32), *range(0x7F, 0xA0)) if code != 10},
    **{code: None for code in (*range(0x200B, 0x2010), *range(0x202A, 0x202F))},
    **{code: None for code in (0x2060, *range(0x2066, 0x206A), 0xFE0E, 0xFE0F, 0xFEFF, 0xAD)},
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **{ord(sign): plain for plain, signs in _SIGNS.items() for sign in signs},
}
_UNPRINTABLE = re.compile("[\ud800-\udfff\U000e0000-\U000e007f]")
_ASSIGNMENT = re.compile(r"(?:[Ll]et\s+)?[A-Za-z]\s*:?=[^=]*[0-9A-Za-z)]")


def _join_lines(text: str) -> str:
    """One line; a line that only sets a name becomes a sentence of its own."""
    lines = [line.strip() for line in text.split("\n")]
    ended = [
        f"{line}." if len(line) < 200 and _ASSIGNMENT.fullmatch(line) else line
        for line in lines[:-1]
    ]
    return " ".join([*ended, lines[-1]])


def clean(text: str) -> str:
    """Plain signs, one line, no invisible characters and no special tokens; linear time.

    Removing whole runs such as `<<||` at once cannot bring a new `<|` together.
    """
    text = _UNPRINTABLE.sub("", text[:_READ].translate(_TABLE))
    text = re.sub(r"(?<!\|)\|+>+", "", re.sub(r"(?<!<)<+\|+", "", text))
    if "\n" in text:
        text = _join_lines(text)
    return re.sub(" +", " ", text).strip()[:LIMIT].rstrip()


_LATEX = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\\(?:times|cdot|ast)(?![A-Za-z])", "*"),
        (r"\\div(?![A-Za-z])", "/"),
        (r"\\b?mod(?![A-Za-z])", " mod "),
        (r"\\pmod ?\{([^{}]*)\}", r" (mod \1)"),
        (r"\\(?:left|right|[bB]igg?[lr]?) ?(?=[()\[\]])", ""),
        (r"\\(?:[,;:! ]|q?quad(?![A-Za-z]))", " "),
        (r"\\(?:text|mathrm|mathbf|operatorname) ?\{([^{}]*)\}", r"\1"),
        (r"\\(gcd|lcm)(?![A-Za-z])", r"\1"),
        (r"\^ ?\{ ?([0-9]+) ?\}", r"^\1"),
        (r"(?<=[0-9])\{,\}(?=[0-9])", ","),
        (r"\\([%$])", r"\1"),
        (r"\\[()\[\]]", " "),
    )
)
_FRACTION = re.compile(r"\\[dt]?frac ?\{([^{}]*)\} ?\{([^{}]*)\}")
_MATH = re.compile(r"\${1,2}([^$]+)\${1,2}(?![0-9])")
_MATH_WORDS = {"mod", "gcd", "lcm", "hcf", "gcf"}
_WORDY = re.compile(r"(?<!\\)[A-Za-z]{2,}")


def _fraction(match: re.Match[str]) -> str:
    top, bottom = (
        part if re.fullmatch(r"[0-9]+|[A-Za-z]", part) else f"({part})"
        for part in (match[1].strip(), match[2].strip())
    )
    return f"{top}/{bottom}"


def _undollar(match: re.Match[str]) -> str:
    """What a pair of dollar signs holds if it is mathematics; two prices keep theirs."""
    words = set(_WORDY.findall(re.sub(r"\\[A-Za-z]+", "", match[1])))
    return f" {match[1]} " if {word.lower() for word in words} <= _MATH_WORDS else match[0]


def _plain_latex(text: str) -> str:
    before = text
    if "$" in text:
        text = _MATH.sub(_undollar, text)
    if "\\" in text or "{" in text:
        for pattern, plain in _LATEX:
            text = pattern.sub(plain, text)
        text = _FRACTION.sub(_fraction, text)
    return text if text == before else re.sub(r" +(?=[.,;:?!](?: |$))", "", text)


_CALL = re.compile(r"\b(?:gcd|lcm|hcf|gcf)(?: of)? ?\(", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<![0-9.,])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9]|,[0-9])")
_NO_CENTS = re.compile(r"([$€£] ?[0-9]+)\.00?(?![0-9])")


def _close(text: str, start: int) -> int:
    """Where the bracket before `start` is closed, else the end of the text."""
    depth = 1
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return len(text)


def _join_thousands(text: str) -> str:
    """1,250 as 1250, except between the brackets of gcd and lcm, where the comma separates."""
    parts, at = [], 0
    while (call := _CALL.search(text, at)) is not None:
        end = _close(text, call.end())
        parts += [_plain_number(text[at : call.start()]), text[call.start() : end]]
        at = end
    return "".join([*parts, _plain_number(text[at:])])


def _plain_number(text: str) -> str:
    """Thousands joined; a price without cents, as $9.00, in whole dollars."""
    whole = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    return _NO_CENTS.sub(r"\1", whole)


_FORMAL = """
    what is what's whats are how much does do equal equals make give compute evaluate calculate
    find work out determine simplify solve the value of result answer to for in and by if when on
    then be from after let set suppose define given where with satisfies equation expression
    number integer mod modulo gcd lcm hcf gcf greatest highest largest least lowest smallest common
    divisor factor multiple remainder divided dividing multiplied sum product difference between
    digit digits square squares squared cubed cube power raised plus minus times such that so now
    hi hello hey ok okay please pls plz kindly can could would will you me tell need want know
    help show quick question problem exercise thanks thank"""
FORMAL_WORDS = frozenset(_FORMAL.split())
_SIGNED = re.compile(r"[0-9)] ?(?:[+*^%]|//|\*\*|=) ?[-(0-9]")


def is_formal(text: str) -> bool:
    """Whether a text is mathematics with a few set words, not a story."""
    if _SIGNED.search(text) or "=" in text:
        return True
    words = re.findall(r"[A-Za-z][A-Za-z']+", text)
    return all(word.lower() in FORMAL_WORDS for word in words)


_POLITE = re.compile(
    r"(?:hi|hello|hey|ok|okay|so|now|please|pls|plz|kindly|(?:can|could|would|will) you|help me"
    r"|(?:i )?(?:need|want) to(?: know)?|tell me|show me|give me|do you know|quick question"
    r"|question|problem|exercise)(?![A-Za-z'])[ ,.:!]*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"[ ,]*(?<![A-Za-z])(?:please|pls|plz|thanks|thank you)[ .!]*(?=\??$)", re.IGNORECASE
)
_PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), plain)
    for pattern, plain in (
        (r"^how much (?:is|are) ", "What is "),
        (r"^what (?:does|do) ([^?]+?) (?:equal|make|give)(?: to)? ?\??$", r"What is \1?"),
        (r"^whats (?=[^a-z])", "What's "),
        (r"^what is the (?:result|answer) (?:of|to) ", "What is the value of "),
        (r"^(?:find|compute|calculate) the (?:result|answer) (?:of|to) ", "Find the value of "),
        (r" (?:is equal to|equals?|is) ?\?*$", "=?"),
        (r" multiplied by (?=[0-9(a-z](?![a-z]))", "*"),
        (r" (?:raised )?to the power(?: of)? (?=[0-9])", "^"),
        (r"(?<=[0-9)]) cubed(?![a-z])", "^3"),
        (r"(?<=[0-9a-z)]) (?:be|is equal to|equals?) (?=[-0-9(a-z](?![a-z]))", "="),
    )
)
_DIVIDED = re.compile(r" divided by (?=[0-9(a-z](?![a-z]))", re.IGNORECASE)


def _plain_words(text: str) -> str:
    """Polite words away, the nearest taught lead, operations in words as signs."""
    while (polite := _POLITE.match(text)) is not None and re.search("[0-9]", text[polite.end() :]):
        text = text[polite.end() :]
    text = _THANKS.sub("", text)
    for pattern, plain in _PHRASES:
        text = pattern.sub(plain, text)
    if "remainder" not in text.lower():
        text = _DIVIDED.sub("/", text)
    if not re.search(r"=|[0-9] ?[a-z](?![A-Za-z0-9])", text):
        text = re.sub(r"^([Ss])olve:? (?=[0-9(])", "Compute ", text)
    return text


# ---- signs, brackets and spaces ----------------------------------------------------------------

_TOKEN = re.compile(
    r"(?P<number>[0-9]+)|(?P<word>[A-Za-z]+(?:'[a-z]+)?)|(?P<op>\*\*|//|:=|[-+*/%^=\u2013\u2014])"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<raised>[\u00b2\u00b3])|(?P<stop>[.,;:?!])"
    r"|(?P<other>\S)"
)
_CALLS = ("gcd", "lcm", "hcf", "gcf")
_DASHES = ("\u2013", "\u2014")
_PLAIN = {"**": "^", ":=": "=", **dict.fromkeys(_DASHES, "-")}
_ROUND = {"[": "(", "{": "(", "]": ")", "}": ")"}


@dataclass(slots=True)
class _Token:
    kind: str  # number, name (one letter), word, call, op, minus (a sign), open, close, stop, other
    text: str
    spaced: bool  # whether a space came before it

    @property
    def ends(self) -> bool:
        return self.kind in ("number", "name", "close")

    @property
    def starts(self) -> bool:
        return self.kind in ("number", "name", "open", "call", "minus")


_EDGE = _Token("edge", "", False)


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind, part = match.lastgroup or "other", match[0]
        spaced = match.start() > 0 and text[match.start() - 1] == " "
        if kind == "raised":
            found += [
                _Token("op", "^", False),
                _Token("number", "2" if part == "\u00b2" else "3", False),
            ]
            continue
        if kind == "word":
            kind = "name" if len(part) == 1 else kind
        found.append(_Token(kind, part, spaced))
    return found


def _near(tokens: list[_Token], i: int) -> _Token:
    return tokens[i] if 0 <= i < len(tokens) else _EDGE


def _operators(tokens: list[_Token], words: Container[str]) -> None:
    """Name what stands between two values: `x`, `mod`, dashes; tell a sign from a minus."""
    equation = any(
        token.text in ("=", ":=") and _near(tokens, i + 1).kind not in ("edge", "stop")
        for i, token in enumerate(tokens)
    )
    letters = sum(token.kind == "name" and token.text not in "xX" for token in tokens)
    for i, token in enumerate(tokens):
        before, after = _near(tokens, i - 1), _near(tokens, i + 1)
        low = token.text.lower()
        if low == "x" and before.kind in ("number", "close"):
            if after.kind == "number" or (after.kind == "open" and not equation and not letters):
                token.kind, token.text = "op", "*"
        elif low in ("mod", "modulo") and before.ends and after.starts:
            token.kind, token.text = "op", "%"
        elif low in _CALLS and after.kind == "open":
            token.kind = "call"
            token.text = token.text if low in ("gcd", "lcm") else "gcd"
        elif token.kind == "op":
            dash = token.text in _DASHES
            if not dash or before.ends or after.starts:
                token.text = _PLAIN.get(token.text, token.text)
            if token.text == "-" and not before.ends:
                token.kind = "minus"
        elif token.kind == "word" and token.text.isupper() and low in words and low not in _CALLS:
            token.text = low if i else low.capitalize()


def _products(tokens: list[_Token]) -> list[_Token]:
    """Write the product signs that people leave out, where letters cannot be meant."""
    pure = not any(token.kind == "name" for token in tokens)
    made: list[_Token] = []
    known: set[str] = set()
    clause = ""
    for i, token in enumerate(tokens):
        before = made[-1] if made else _EDGE
        if token.kind == "name" and _near(tokens, i + 1).text == "=" and before.kind != "op":
            clause = token.text if before.kind != "number" else clause
        if token.kind in ("stop", "word") and clause:
            known.add(clause)
            clause = ""
        joined = before.kind == "close" and token.kind in ("open", "number")
        joined = joined or (before.kind == "number" and token.kind == "open")
        if pure or known:
            named = before.kind == "number" and token.kind == "name" and token.text in known
            if (joined or named) and _near(tokens, i + 1).text not in ("=", "mod"):
                made.append(_Token("op", "*", False))
        made.append(token)
    return made


def _negatives(tokens: list[_Token]) -> list[_Token]:
    """5+-3 as 5+(-3), which is how a negative operand is taught."""
    made: list[_Token] = []
    i = 0
    while i < len(tokens):
        token, after = tokens[i], _near(tokens, i + 1)
        operand = made and made[-1].kind == "op" and made[-1].text not in ("=", "^")
        if operand and token.kind == "minus" and after.kind == "number":
            made += [_Token("open", "(", False), token, after, _Token("close", ")", False)]
            i += 2
        else:
            made.append(token)
            i += 1
    return made


def _run_start(tokens: list[_Token], end: int) -> int:
    """Where the unbroken mathematics that ends before `end` begins."""
    start = end
    while start and (tokens[start - 1].ends or tokens[start - 1].kind in ("op", "minus", "open")):
        start -= 1
    return start


def _congruence(tokens: list[_Token]) -> list[_Token]:
    """A closing `(mod 7)` takes the remainder of the whole expression before it."""
    for i in range(1, len(tokens) - 3):
        after = tokens[i : i + 4]
        shape = [token.kind for token in after]
        if shape != ["open", "word", "number", "close"] or after[1].text.lower() != "mod":
            continue
        start = _run_start(tokens, i)
        run = tokens[start:i]
        if not run or not run[-1].ends or any(token.text == "=" for token in run):
            continue
        tail = [_Token("op", "%", False), after[2], *tokens[i + 4 :]]
        if any(token.text in ("+", "-") for token in run):
            first = _Token("open", "(", run[0].spaced)
            run = [first, *run, _Token("close", ")", False)]
        return [*tokens[:start], *run, *tail]
    return tokens


def _tight(tokens: list[_Token], i: int, chunk: str, calls: int) -> bool:
    """Whether no space belongs before token i; `chunk` is the unspaced text before it."""
    before, token, after = _near(tokens, i - 1), tokens[i], _near(tokens, i + 1)
    if token.kind == "stop" or before.kind in ("open", "minus") or token.kind == "close":
        return True
    if before.kind == "call" or (before.text == "," and calls):
        return True
    if token.kind == "op":
        last = token.text == "=" and after.kind in ("edge", "stop")
        return before.ends and (after.starts or last)
    if before.kind == "op":
        return token.starts and _near(tokens, i - 2).ends
    if before.kind == "number" and token.kind in ("name", "open"):
        equation = any(other.text == "=" for other in tokens)
        return equation and not ("=" in chunk and after.text == "=")
    return False


def _join(tokens: list[_Token]) -> str:
    parts: list[str] = []
    chunk, depth = "", 0
    calls: list[int] = []
    for i, token in enumerate(tokens):
        before = _near(tokens, i - 1)
        apart = before.kind == "stop" and token.kind in ("word", "name", "call") and not calls
        space = i > 0 and (apart or (token.spaced and not _tight(tokens, i, chunk, len(calls))))
        chunk = token.text if space else chunk + token.text
        parts.append(f" {token.text}" if space else token.text)
        if token.kind == "open":
            depth += 1
            if before.kind == "call":
                calls.append(depth)
        elif token.kind == "close":
            if calls and calls[-1] == depth:
                calls.pop()
            depth -= 1
    return "".join(parts)


def write_math(text: str, words: Container[str]) -> str:
    """A formal text with its mathematics as the model was taught to see it; `words` are those
    whose capitals carry no meaning."""
    tokens = _tokens(text)
    _operators(tokens, words)
    if "[[" not in text and "{" not in text:
        for token in tokens:
            token.text = _ROUND.get(token.text, token.text)
    return _join(_negatives(_products(_congruence(tokens))))


# ---- the whole ---------------------------------------------------------------------------------


def _rewrite(text: str) -> str:
    text = _join_thousands(_plain_latex(text))
    return write_math(_plain_words(text), FORMAL_WORDS) if is_formal(text) else text


def canonical(text: str) -> str:
    """The text as the model should see it; idempotent, at most about `LIMIT` characters."""
    start = current = clean(text)
    if len(start) >= LIMIT:
        return start
    for _ in range(ROUNDS):
        after = clean(_rewrite(current))
        if after == current:
            return after
        current = after
    return start

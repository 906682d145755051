"""The canonical form of a typed problem: the notation that the embedded model was taught.

Knows typed notations (unicode signs, LaTeX, thousands separators, spaces, polite words) and their
taught equivalents; `abacus.spacing` writes the mathematics itself. Rewrites notation only: does
not know what a text means, whether it is in the language, or any value.

The text comes from strangers: every step is linear or runs on at most `LIMIT` characters, special
tokens are broken up, and what does not settle within `ROUNDS` stays as `clean` left it.
"""

from __future__ import annotations

import re

from scale_core.dialects.abacus.spacing import write_math

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
    return _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)


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

"""Whether a typed problem is inside the embedded model's language, and how it was understood.

Knows the shapes of the five families and what surely belongs to other mathematics or to none.
Looks at the text only: it computes nothing, so it cannot see an intermediate result that grows
too large, a division that is not exact, or a story whose numbers do not belong together.
Notation, grammar and vocabulary live in their own modules.
"""

from __future__ import annotations

import re

from scale_core.dialects.abacus.canonical import FORMAL_WORDS, canonical, is_formal
from scale_core.dialects.abacus.syntax import Unreadable, operations, parse, too_large, unusual
from scale_core.dialects.abacus.vocabulary import judge_story, other_world
from scale_core.dialects.base import Reading
from scale_core.dialects.expression import Formula, Node, equation

__all__ = ["canonical", "read_problem"]

MAX_LENGTH = 600
MAX_OPERATIONS = 5
MAX_LETS = 5
_HOPELESS = 15  # operations or letters: far beyond what was taught, not worth a try
_TERSE = 9  # up to so many words, a single strange one makes the problem
_RAW_LENGTH = 5_000

HELP = (
    "The built-in model understands whole-number arithmetic: expressions of up to 5 operations, "
    "remainders, gcd, lcm and digit sums, let-chains, linear equations in one unknown, and short "
    'word problems. For example: "What is (37*48+125*16) mod 13?" or "Emma buys 7 books at $12 '
    'each and pays with $100. How much change does she get?" Other problems need a larger '
    'model: see "Larger models" in the README.'
)


class _Outside(Exception):
    """Surely outside; the message is one sentence that says why."""


_LEAD = re.compile(
    r"(?:then|what is|what's|compute|evaluate|calculate|find|work out|determine|simplify|solve"
    r"|the value of|value of|[:,])(?![A-Za-z])[ :,]*",
    re.IGNORECASE,
)


def _bare(text: str) -> str:
    """The text without lead words and closing marks."""
    while (lead := _LEAD.match(text)) is not None:
        text = text[lead.end() :]
    return text.rstrip("?.=:;, ")


def _check(node: Node) -> str:
    """Raise if surely too large; otherwise what is unusual about it, or nothing."""
    if (problem := too_large(node)) is not None:
        raise _Outside(problem)
    count = operations(node)
    if count > _HOPELESS:
        raise _Outside(f"It has {count} operations.")
    if count > MAX_OPERATIONS:
        return f"It has {count} operations, and up to {MAX_OPERATIONS} were taught."
    return unusual(node) or ""


def _names(node: Node) -> set[str]:
    return {part.text for part in node.walk() if part.op == "name"}


def _unread(text: str) -> str:
    """The notice for words and signs that are no expression; raises if a word gives it away."""
    strange = [w for w in re.findall(r"[A-Za-z']{2,}", text) if w.lower() not in FORMAL_WORDS]
    if not strange:
        return "I am not sure how it is worded, so the model may misread it."
    if len(text.split()) <= _TERSE:
        raise _Outside(f"I do not know what '{strange[0][:20]}' means here.")
    problem, notice = judge_story(text)
    if problem:
        raise _Outside(problem)
    return notice


def _expression(text: str) -> tuple[Formula | None, str]:
    """(formula, notice) of an expression or a number-theory phrase."""
    body = _bare(text)
    try:
        node, ambiguous = parse(body, implicit=True)
    except Unreadable as problem:
        if not re.search(r"[A-Za-z]{2}", body):
            raise _Outside(f"This is not a complete expression. {problem}") from None
        return None, _unread(text)
    if _names(node):
        raise _Outside("It has letters whose values are not given.")
    notice = _check(node) or ("" if operations(node) else "There is nothing to calculate in it.")
    if ambiguous:
        return None, "It can be read in two ways; brackets would make it clear."
    return Formula((node,)), notice


_MATH_CHUNK = re.compile(r"[-0-9A-Za-z+*/%^()=,]+")
_CHUNK_END = ".,;:?!"


def _chunks(text: str) -> list[str]:
    """The parts between spaces that hold an equals sign."""
    parts = (part.rstrip(_CHUNK_END) for part in text.split())
    return [part for part in parts if "=" in part and _MATH_CHUNK.fullmatch(part)]


def _parse(text: str, implicit: bool = False) -> Node:
    try:
        return parse(text, implicit)[0]
    except Unreadable as problem:
        raise _Outside(f"I cannot read '{text[:40]}'. {problem}") from None


def _chain(text: str, chunks: list[str]) -> tuple[Formula | None, str]:
    """(formula, notice) of a let-chain; `chunks` are its assignments."""
    if len(chunks) > _HOPELESS:
        raise _Outside(f"It sets {len(chunks)} letters.")
    known: set[str] = set()
    set_to, notices = list[Node](), []
    for chunk in chunks:
        name, _, value = chunk.partition("=")
        node = _parse(value)
        if not _names(node) <= known:
            raise _Outside("It has more than one unknown, or a letter without a value.")
        notices.append(_check(node))
        set_to.append(equation(Node("name", text=name), node))
        known.add(name)
    if not 2 <= len(chunks) <= MAX_LETS:
        count = "a single letter" if len(chunks) == 1 else f"{len(chunks)} letters"
        notices.append(f"It sets {count}, and 2 to {MAX_LETS} were taught.")
    question = _bare(text[text.rindex(chunks[-1]) + len(chunks[-1]) :].lstrip(" .,;:?!"))
    notice = next(filter(None, notices), "")
    try:
        node, _ = parse(question)
    except Unreadable:
        return None, notice or "I am not sure what it asks for."
    if not _names(node) <= known:
        raise _Outside("It asks for a letter without a value.")
    notice = notice or _check(node)
    return Formula((*set_to, node)), notice


def _degree(node: Node) -> int:
    """The power of the unknown; 9 where it is divided by."""
    if node.op == "name":
        return 1
    degrees = [_degree(arg) for arg in node.args]
    if node.op == "^" and degrees[0]:
        return 9
    if node.op == "*":
        return sum(degrees)
    if node.op in ("+", "-", "neg") or not any(degrees):
        return max(degrees, default=0)
    return 1 if node.op == "/" and not degrees[1] else 9


_LINEAR = ("num", "name", "neg", "+", "-", "*")


def _equation(text: str, chunk: str) -> tuple[Formula | None, str]:
    """(formula, notice) of an equation in one unknown."""
    sides = chunk.split("=")
    if len(sides) != 2:
        raise _Outside("It has more than one equals sign in a row.")
    trees = [_parse(side, implicit=True) for side in sides]
    names = _names(trees[0]) | _names(trees[1])
    if len(names) != 1:
        raise _Outside(
            "It has more than one unknown."
            if names
            else "It states an equation between numbers and asks for nothing."
        )
    if max(map(_degree, trees)) > 1:
        raise _Outside("The unknown is squared, multiplied by itself or divided by.")
    notice = next(filter(None, map(_check, trees)), "")
    if any(sum(part.op == "name" for part in tree.walk()) > 1 for tree in trees):
        notice = notice or "The unknown appears more than once on a side."
    if any(part.op not in _LINEAR for tree in trees for part in tree.walk()):
        notice = notice or "It has operations that were not taught inside equations."
    return Formula((equation(*trees),), names.pop()), notice


_RIDDLE = re.compile(r"(?<![a-z])(?:what|which|a|the) number(?![a-z])")


def _formal(text: str) -> tuple[Formula | None, str]:
    if _RIDDLE.search(text.lower()) and not re.search(r"[a-z]\)?=|=\(?[a-z]", text):
        return None, _unread(text)  # "8 times what number=4176?"
    body = re.sub(r"[=? .]+$", "", text)
    if "=" not in body:
        return _expression(text)
    chunks = _chunks(re.sub(r",(?=[A-Za-z]=)", ", ", body))
    set_names = [re.match(r"[A-Za-z]=", chunk) is not None for chunk in chunks]
    if chunks and all(set_names) and not re.search(r"=.*[A-Za-z](?![a-z(])", chunks[0]):
        return _chain(body, chunks)
    if len(chunks) > 1:
        raise _Outside("It has more than one equation.")
    if not chunks:
        raise _Outside("I cannot read its equation.")
    return _equation(body, chunks[0])


def _judge(text: str, shown: str) -> tuple[Formula | None, str]:
    """(formula, notice) of a text that may be inside; raises if it is surely not."""
    if not shown:
        raise _Outside("There is no problem to solve yet.")
    if len(shown) > MAX_LENGTH or len(text) > _RAW_LENGTH:
        raise _Outside(f"It is longer than {MAX_LENGTH} characters.")
    if (reason := other_world(shown)) is not None:
        raise _Outside(reason)
    if is_formal(shown) and re.search("[0-9]", shown):
        return _formal(shown)
    problem, notice = judge_story(shown)
    if problem:
        raise _Outside(problem)
    return None, notice


def read_problem(text: str) -> Reading:
    """What the text's looks say about it: no arithmetic, bounded time, never an exception."""
    shown = canonical(text)
    try:
        formula, notice = _judge(text, shown)
    except _Outside as reason:
        return Reading("outside", shown, None, f"{reason} {HELP}")
    return Reading("doubtful" if notice else "inside", shown, formula, notice)


def formula_of(text: str) -> Formula | None:
    """An expression or an equation as it stands, whatever its sizes; None for any other text. For
    models whose language it need not be in."""
    body = _bare(canonical(text[:_RAW_LENGTH]))
    sides = body.split("=")
    if not re.search("[0-9A-Za-z]", body) or len(body) > MAX_LENGTH or len(sides) > 2:
        return None
    try:
        trees = [parse(side, implicit=True)[0] for side in sides]
    except Unreadable:
        return None
    return Formula((equation(*trees) if len(trees) == 2 else trees[0],))

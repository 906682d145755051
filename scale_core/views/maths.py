"""LaTeX inside a text as MathML, which browsers draw by themselves, without fonts or scripts.

Knows which parts of a text are formulas and which elements and attributes a formula may have; what
cannot be read stays text. The result is JSON: nothing of it is ever parsed as markup. Does not know
pages.
"""

from __future__ import annotations

import html
from typing import Any
from xml.etree import ElementTree

LONGEST, MOST, DEEPEST = 1000, 100, 60
"""Characters of a formula, formulas of a text, elements inside each other."""
_MARKS = (("$$", "$$", True), ("\\[", "\\]", True), ("\\(", "\\)", False), ("$", "$", False))
_TAGS = frozenset(
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msup msub msubsup mover munder munderover "
    "mtable mtr mtd mstyle mpadded mphantom menclose".split()
)
_ATTRIBUTES = frozenset(
    "display mathvariant stretchy fence separator accent linethickness columnalign notation "
    "displaystyle scriptlevel width height depth form minsize maxsize lspace rspace".split()
)

Piece = str | dict[str, Any]
"""A text, or {"tex": as it was written, "block": on a line of its own, "tree": MathML}."""


def pieces(text: str) -> list[Piece]:
    """A text cut into what is a formula and what is not."""
    found: list[Piece] = []
    at, ended = 0, set[str]()
    while len(found) < 2 * MOST and (opened := _opening(text, at, ended)):
        start, (left, right, block) = opened
        end = text.find(right, start + len(left))
        if end < 0:
            ended.add(left)
            continue
        inner = text[start + len(left) : end]
        tree = _tree(inner, block) if _is_formula(text, inner, left, end) else None
        if tree is None:
            found.append(text[at : start + len(left)])
            at = start + len(left)
            continue
        after = end + len(right)
        found += [text[at:start], {"tex": text[start:after], "block": block, "tree": tree}]
        at = after
    return [piece for piece in [*found, text[at:]] if piece]


def whole(text: str) -> list[Piece]:
    """An answer: where it has commands, all of it is a formula."""
    tree = _tree(text, False) if "\\" in text else None
    return [{"tex": text, "block": False, "tree": tree}] if tree else [text]


def _opening(text: str, at: int, ended: set[str]) -> tuple[int, tuple[str, str, bool]] | None:
    """The next mark, of two at one place the longer. ended: marks that nothing closes any more."""
    found = [(text.find(m[0], at), m) for m in _MARKS if m[0] not in ended]
    there = [(place, i, mark) for i, (place, mark) in enumerate(found) if place >= 0]
    if not there:
        return None
    place, _, mark = min(there, key=lambda found: found[:2])
    return place, mark


def _is_formula(text: str, inner: str, left: str, end: int) -> bool:
    """Not so: `$5 and $7`."""
    if not inner.strip() or len(inner) > LONGEST:
        return False
    money = left == "$" and (inner != inner.strip() or text[end + 1 : end + 2].isdigit())
    return not money


def _tree(tex: str, block: bool) -> list[Any] | None:
    from latex2mathml.converter import convert_to_element  # late: few texts have a formula

    if len(tex) > LONGEST:
        return None
    try:
        element = convert_to_element(tex, display="block" if block else "inline")
        return _allowed(element, 0)
    except Exception:  # of any kind, for a text that is no LaTeX
        return None


def _allowed(element: ElementTree.Element, depth: int) -> list[Any]:
    """[tag, attributes, children]: what may be in a formula, the rest as a plain row. Raises
    ValueError where it is too deep."""
    if depth > DEEPEST:
        raise ValueError("too deep")
    tag = element.tag if element.tag in _TAGS else "mrow"
    attributes = {k: str(v)[:40] for k, v in element.attrib.items() if k in _ATTRIBUTES}
    text = html.unescape(element.text or "")
    children = [_allowed(child, depth + 1) for child in element]
    return [tag, attributes, [text, *children] if text else children]

"""Sets of problems with known answers, as files hold them.

Knows the two forms: JSON lines with `problem` (or `question`) and, where known, `answer`, `steps`,
`source` and `id`; and tab-separated lines of a problem and its answer, after a source if there are
three. Does not know where a file lies or what its problems are for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scale_core.answers.grouping import extract
from scale_core.problem import Problem


@dataclass(frozen=True, slots=True)
class Posed:
    """One problem of a set. `number`: its place there, from 0. `steps`: of a solution by hand,
    None where nobody counted them. `id`, `source`: the file's own words, empty without."""

    number: int
    problem: Problem
    steps: int | None = None
    source: str = ""
    id: str = ""


def read_problems(text: str, *, tabs: bool = False) -> list[Posed]:
    """All problems of a file's text; blank lines are none. tabs: it is tab-separated.

    The value is taken out of an answer that is a whole solution (`... #### 18`, a box). Raises
    ValueError, naming the line.
    """
    read = _from_tabs if tabs else _from_json
    lines = [(at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    return [read(number, at, line) for number, (at, line) in enumerate(lines)]


def _from_json(number: int, at: int, line: str) -> Posed:
    try:
        row = json.loads(line)
        text = row.get("problem") or row["question"]
    except (ValueError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f'line {at} has no "problem"') from error
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f'line {at} has no "problem"')
    steps = row.get("steps")
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int)):
        raise ValueError(f'line {at}: "steps" is no whole number')
    return Posed(
        number, _problem(text, row.get("answer")), steps, _word(row, "source"), _word(row, "id")
    )


def _word(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)


def _from_tabs(number: int, at: int, line: str) -> Posed:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) not in (2, 3) or not cells[-2]:
        raise ValueError(f"line {at} is no problem and answer with a tab between them")
    return Posed(number, _problem(*cells[-2:]), source=cells[0] if len(cells) == 3 else "")


def _problem(text: str, answer: object) -> Problem:
    known = None if answer is None else extract(str(answer)) or str(answer).strip()
    return Problem(text.strip(), known or None)


def chosen(
    problems: Iterable[Posed],
    *,
    steps: int | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[Posed]:
    """`limit` problems of so many steps, leaving out the first `offset` of them; None: all."""
    fitting = [p for p in problems if steps in (None, p.steps)]
    return fitting[offset:][:limit]

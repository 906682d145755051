"""Outlines as chat models write them: JSON of many shapes, numbered lines, bullets.

Knows how steps and what they need are found in a reply and made into a plan: the last JSON value
that is a plan, else the last list of lines (`1.`, `Step 2:`, `(c)`, bullets). Does not know how an
outline was asked for. Texts are hostile: every pattern looks at a bounded stretch of text, and
nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scale_core.dialects.chat import relaxed_json
from scale_core.engines.think_tags import visible
from scale_core.problem import Plan, SubProblem

MAX_STEPS, MAX_TASK = 24, 1200

_LISTS = ("steps", "plan", "outline", "subproblems", "subtasks", "tasks", "subquestions",
          "questions", "subgoals", "goals", "problems", "parts", "answer", "output",
          "response", "result", "json", "data")  # fmt: skip
_TASKS = ("task", "step", "description", "text", "subproblem", "question", "subquestion", "goal",
          "subgoal", "subtask", "problem", "action", "title", "name", "content", "what",
          "instruction", "objective", "summary")  # fmt: skip
_NEEDS = ("needs", "need", "dependson", "dependencies", "depends", "dependency", "requires",
          "required", "uses", "inputs", "input", "prerequisites", "after", "from")  # fmt: skip
_IDS = ("id", "number", "no", "index", "nr", "stepnumber", "stepid", "step", "key", "label")
_NUMBERED = re.compile(r"[a-z _-]{0,20}[#.:]{0,2}(\d{1,3})[.:)]?'{0,9}", re.IGNORECASE)
_REFERENCE = re.compile(r"#(\d{1,2})(?!\d)|\bsteps? (\d{1,2})(?!\d)", re.IGNORECASE)
_LABEL = re.compile(
    r"[\s*_#>`-]{0,8}(?:(?:sub-?(?:problem|task|goal|question)|step|task|part|problem|шаг|步骤"
    r"|ステップ)\s{0,3}#?(?:\d{1,2}|[A-L])\b|第\s?[\d一二三四五六七八九十]{1,3}\s?步骤?"
    r"|\(?\d{1,2}(?=[.):、．：])|[([]\d{1,2}(?=[\])]))[*_\s.):\]–—：、．-]{1,8}",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"[(\[]\s{0,3}(?:needs?|uses?|depends? on|requires?|after|from)\b([^()\[\]]{0,80})[)\]]\s?\.?$",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"[.…·\s\-_*]*|<[^<>]{0,200}>|\[[^\[\]]{0,200}\]")


@dataclass(frozen=True, slots=True)
class Draft:
    """One step as it was written: `label` as other steps may name it, `needs` as labels, None
    where the reply does not say."""

    label: str
    task: str
    needs: tuple[str, ...] | None


def read_plan(reply: str, complete: bool = True, chain: bool = False, least: int = 2) -> Plan | str:
    """The plan a reply states, or in words why it states none.

    complete: the reply was not cut off. A cut reply counts only if its JSON was closed before.
    chain: every step needs the one before it, whatever the reply says (SCALE as published).
    least: lines without which a list in plain text is none.
    """
    text = visible(reply)[-relaxed_json.MAX_CHARS :]
    if not text:
        return "the reply is empty" if complete else "the reply was cut off before the outline"
    drafts = _from_json(text, complete)
    if not drafts and complete:
        drafts = [Draft(item.label, item.text, None) for item in listed(text, least)]
        if len(drafts) < least:
            return "this is neither JSON nor a list of steps"
    if not drafts:
        return "the outline was cut off"
    drafts = _sound(drafts)
    if not drafts:
        return "the steps are empty"
    if len(drafts) > MAX_STEPS:
        return f"the outline has {len(drafts)} steps, more than {MAX_STEPS}"
    return plan_of(drafts, chain)


# ---- JSON ----------------------------------------------------------------------------------


def _from_json(text: str, complete: bool) -> list[Draft]:
    """The steps of the last value that is a plan, one of objects before one of mere texts, and
    both before a list that is announced as something else; of objects that follow each other,
    all."""
    found, single, surest = list[Draft](), list[Draft](), 0
    text = _inner(text)
    for begin, value in relaxed_json.placed(text):
        items = _items(value, 0)
        drafts = [d for i, item in enumerate(items, 1) if (d := _draft(*item, i)) is not None]
        if len(drafts) == len(items) and drafts:
            before = text[max(0, begin - 80) : begin].rstrip().rpartition("\n")[2]
            plain = isinstance(value, list) and all(isinstance(item, str) for item in value)
            named = " ".join(value)[:200].replace("_", " ") if isinstance(value, dict) else ""
            sure = 1 if _is_aside(before) or _is_aside(named) else 2 if plain else 3
            found, surest = (drafts, sure) if sure >= surest else (found, surest)
        elif isinstance(value, dict) and (one := _draft("", value, len(single) + 1)) is not None:
            single.append(one)
    return found or (single if complete and len(single) > 1 else [])


def _inner(text: str) -> str:
    """JSON that was written as a JSON string, taken out of it."""
    if text[:1] == '"' and text[-1:] == '"' and '\\"' in text:
        return text[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
    return text


def _items(value: Any, depth: int) -> list[tuple[str, Any]]:
    """(label, step) pairs of a value that is a list of steps or contains one; else []."""
    if depth > 3:
        return []
    if isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], dict | list) and not _task_of(value[0]):
            return _items(value[0], depth + 1)
        kept = [item for item in value if item not in (None, "", {}, [])]
        return [("", item) for item in kept] if _tasks(kept) else []
    if not isinstance(value, dict):
        return []
    numbered = [(m[1], item) for key, item in value.items() if (m := _NUMBERED.fullmatch(key))]
    if numbered and _tasks([item for _, item in numbered]):
        return sorted(numbered, key=lambda pair: int(pair[0]))
    named = {_plain(key): item for key, item in value.items()}
    inner = [named[key] for key in _LISTS if isinstance(named.get(key), list | dict)]
    if not inner and len(value) == 1:
        inner = [item for item in value.values() if isinstance(item, list | dict)]
    return next((found for item in inner if (found := _items(item, depth + 1))), [])


def _tasks(values: Sequence[Any]) -> bool:
    return bool(values) and all(_task_of(item) for item in values)


def _plain(key: str) -> str:
    return re.sub(r"[^a-z]", "", key[:60].lower())


def _task_of(item: Any) -> str:
    """What a step asks for, "" if this is no step."""
    if isinstance(item, str):
        return item
    if isinstance(item, list):
        texts = [part for part in item if isinstance(part, str) and not part.isdigit()]
        return texts[0] if texts else ""
    if not isinstance(item, dict):
        return ""
    named = {_plain(key): v for key, v in item.items() if isinstance(v, str)}
    texts = [named[key] for key in _TASKS if not _is_label(named.get(key, "1"))]
    if not texts and len(item) == 1:
        texts = list(named.values())
    if not texts and len(item) <= 3:  # {"step1": "...", "needs": []}
        texts = [v for k, v in item.items() if isinstance(v, str) and _NUMBERED.fullmatch(k)]
    return texts[0] if texts else ""


def _is_label(text: str) -> bool:
    return _NUMBERED.fullmatch(text.strip()) is not None


def _draft(label: str, item: Any, place: int) -> Draft | None:
    task = _task_of(item)
    if not task:
        return None
    needs: tuple[str, ...] | None = None
    if isinstance(item, dict):
        label = label or _label_of(item)
        needs = next((_labels(v) for k, v in item.items() if _plain(k) in _NEEDS), None)
    elif isinstance(item, list) and isinstance(item[-1], list):
        needs = _labels(item[-1])
    return Draft(label or str(place), task, needs)


def _label_of(item: dict[str, Any]) -> str:
    named = {_plain(key): value for key, value in item.items()}
    for key in _IDS:
        value = named.get(key)
        if isinstance(value, int) or (isinstance(value, str) and len(value) < 20):
            return _label(str(value))
    return next((m[1] for key in item if (m := _NUMBERED.fullmatch(key))), "")


def _label(text: str) -> str:
    numbered = _NUMBERED.fullmatch(text.strip())
    return numbered[1] if numbered else text.strip().lower()


def _labels(value: Any) -> tuple[str, ...]:
    """What a step says it needs: [1, 2], ["step1"], "1, 2", 1, "none", null."""
    if isinstance(value, dict):
        value = list(value)
    parts = value if isinstance(value, list) else [value]
    texts = [p if isinstance(p, str) else str(p) for p in parts if isinstance(p, str | int)]
    split = [p for text in texts for p in re.split(r"[,;&]| and ", text[:200])]
    return tuple(_label(part) for part in split if part.strip())


# ---- lists in plain text ---------------------------------------------------------------------

MAX_LINES, MAX_LINE = 400, 2000

_DECOR = r"[>#*_\s]{0,12}"
_WORD = (
    r"(?:sub[- ]?(?:problem|task|goal|question)|step|task|part|problem|phase|stage|schritt|étape"
    r"|etape|paso|passo|шаг|этап|krok|stap|adım|步骤|步驟|子问题|ステップ|手順|단계)"
)
_HAN = "一二三四五六七八九十"
_NAMED = re.compile(
    rf"{_DECOR}{_WORD}\s{{0,3}}(?:#|no\.?|nr\.?)?\s?(\d{{1,2}}|[ivx]{{1,5}}|[a-l]|[{_HAN}]{{1,3}})"
    r"\b[*_\s]{0,6}(?:[:.)\]–—：．、）-][*_\s]{0,6}|$)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    rf"{_DECOR}[(\[#（]?(\d{{1,2}})(?:[.):\]：．、）]|\s?단계[:：.]?|\s[-–—](?=\s))(?!\d)[)*_\s]{{0,6}}"
)
_ORDINAL = re.compile(
    rf"{_DECOR}(?:第\s?(\d{{1,2}}|[{_HAN}]{{1,3}})\s?(?:个?(?:子问题|步骤|步)|ステップ)[*_\s]{{0,6}}[:：.、，,]?"
    rf"|[（(]?([{_HAN}]{{1,3}})[、．)）])[*_\s]{{0,6}}"
)
_LETTER = re.compile(r"[>*_\s]{0,12}(?:\(([a-l])\)|([a-l])\))[*_\s]{1,6}", re.IGNORECASE)
_ROMAN = re.compile(r"[>*_\s]{0,12}\(?([ivx]{1,5})[.)][*_\s]{1,6}", re.IGNORECASE)
_BULLET = re.compile(r"[>\s]{0,12}(?:[-*+•‣▪●–—→]|\[[ xX]?\])\s{1,6}(?:\[[ xX]?\]\s{1,3})?")
_CIRCLED = re.compile(r"\s{0,12}([①-⑳])\s{0,6}")
_VALUES = {"i": 1, "v": 5, "x": 10}
_ASIDE = re.compile(
    r"\b(?:facts?|givens?|known|data|information|notes?|remarks?|checks?|checking|assumptions?"
    r"|variables|quantities|hints?|formulas?|definitions?|summary|answers?|results?|examples?"
    r"|constraints|tips|notation|reasons?|why)\b|已知|条件|注意|说明",
    re.IGNORECASE,
)
_PLAN = re.compile(r"\b(?:plan|steps|outline|sub-?(?:problems|tasks|goals))\b|步骤|计划", re.I)


@dataclass(frozen=True, slots=True)
class Item:
    """label: the number it bears, or its place among bullets."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str  # number, letter, roman or bullet
    named: bool  # "Step 1", not just "1."
    indent: int
    number: int
    text: str


def listed(text: str, least: int = 2) -> list[Item]:
    """The items of the last list in the text, [] if there is none. Numbers count before letters,
    letters before bullets; items that are indented further belong to the one above them."""
    lines = text.splitlines()[:MAX_LINES]
    marks = [_marked(line[:MAX_LINE]) for line in lines]
    for kind in ("number", "letter", "roman", "bullet"):
        own = [m for m in marks if m is not None and m.kind == kind]
        if len(own) < least:
            continue
        found = _runs(lines, marks, kind, min(m.indent for m in own), least)
        if len(found) >= least:
            return found
    return []


def _runs(
    lines: Sequence[str], marks: Sequence[_Line | None], kind: str, indent: int, least: int
) -> list[Item]:
    """The items of the last run of a kind that its heading does not call something else: a number
    that does not rise begins a new run, and so do bullets below a new heading."""
    runs: list[tuple[str, list[tuple[int, list[str]]]]] = []
    heading, fresh = "", True
    current: _Line | None = None  # whose text may go on in the next line
    for line, mark in zip(lines, marks, strict=True):
        items = runs[-1][1] if runs else []
        if mark is not None and mark.kind == kind and mark.indent <= indent + 1:
            if not items or (fresh if kind == "bullet" else mark.number <= items[-1][0]):
                items = []
                runs.append((heading, items))
            items.append((mark.number if kind != "bullet" else len(items) + 1, [mark.text]))
            current, fresh = mark, False
        elif not line.strip():
            current = current if current is not None and not "".join(items[-1][1]) else None
        elif current is not None and _goes_on(line, current, "".join(items[-1][1])):
            items[-1][1].append(line[:MAX_LINE].strip())
        else:
            current, heading = None, line[:MAX_LINE]
            fresh = fresh or heading.rstrip(" *_").endswith((":", "："))
    plans = [items for heading, items in runs if not _is_aside(heading) and len(items) >= least]
    items = plans[-1] if plans else runs[-1][1] if runs else []
    texts = [(number, " ".join(part for part in parts if part)) for number, parts in items]
    return [Item(str(number), text) for number, text in texts if text]


def _is_aside(heading: str) -> bool:
    """Whether a heading announces a list that is no plan: facts, notes, checks."""
    return _ASIDE.search(heading) is not None and _PLAN.search(heading) is None


def _goes_on(line: str, mark: _Line, text: str) -> bool:
    """Whether a line continues an item: a mark alone has its text below it; else the line is
    indented, or goes on with a sentence, or stands below a "Step 1"."""
    begun = line.lstrip()
    if begun.startswith("```"):
        return False
    return not text or mark.named or len(line) - len(begun) > mark.indent or not begun[0].isupper()


def _marked(line: str) -> _Line | None:
    indent = len(line) - len(line.lstrip())
    for kind, number, end in _readings(line):
        named = kind == "number" and _NAMED.match(line) is not None
        return _Line(kind, named, indent, number, line[end:].strip())
    return None


def _readings(line: str) -> Iterator[tuple[str, int, int]]:
    """(kind, number, where the text begins) of a line's mark, surest reading first."""
    if m := _NAMED.match(line):
        yield "number", _number(m[1]), m.end()
    if (m := _NUMBER.match(line)) and not line[m.end() :].startswith("="):
        yield "number", int(m[1]), m.end()
    if m := _ORDINAL.match(line):
        yield "number", _number(m[1] or m[2]), m.end()
    if m := _CIRCLED.match(line):
        yield "number", ord(m[1]) - ord("①") + 1, m.end()
    if m := _ROMAN.match(line):
        yield "roman", _number(m[1]), m.end()
    if m := _LETTER.match(line):
        yield "letter", ord((m[1] or m[2]).lower()) - ord("a") + 1, m.end()
    if m := _BULLET.match(line):
        yield "bullet", 0, m.end()


def _number(text: str) -> int:
    """`12`, `iv`, `c` or `十二` as a number."""
    low = text.lower()
    if low.isdigit():
        return int(low)
    if low[0] in _HAN:
        tens, ten, ones = low.rpartition("十")
        units = _HAN.index(ones[0]) + 1 if ones else 0
        return 10 * (_HAN.index(tens[0]) + 1 if tens else bool(ten)) + units
    if not set(low) <= set(_VALUES):
        return ord(low[0]) - ord("a") + 1
    values = [_VALUES[c] for c in low]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-a if a < b else a for a, b in pairs)


# ---- the plan ------------------------------------------------------------------------------


def _sound(drafts: Sequence[Draft]) -> list[Draft]:
    """Steps with a text, each text once; a repeated step's label goes to its first writing."""
    kept: dict[str, Draft] = {}
    same: dict[str, str] = {}
    for draft in drafts:
        task, noted = tidy(draft.task)
        if _EMPTY.fullmatch(task):
            continue
        needs = draft.needs if noted is None else noted
        first = kept.setdefault(task.casefold(), Draft(draft.label, task, needs))
        same[draft.label] = first.label
    return [
        Draft(d.label, d.task, None if d.needs is None else tuple(same.get(n, n) for n in d.needs))
        for d in kept.values()
    ]


def tidy(task: str) -> tuple[str, tuple[str, ...] | None]:
    """A step's text in one line without its number, and the needs that a note at its end names."""
    text = " ".join(task[: 2 * MAX_TASK].split())
    label = _LABEL.match(text)
    if label is not None and label.end() < len(text):
        text = text[label.end() :].strip()
    for mark in ("**", "__"):
        if text.startswith(mark) and text.count(mark) == 2:
            text = text.replace(mark, "").strip()
    noted: tuple[str, ...] | None = None
    if note := _NOTE.search(text, max(0, len(text) - 120)):
        noted = tuple(re.findall(r"\d{1,2}", note[1]))
        text = text[: note.start()].strip() or text
    if len(text) > MAX_TASK:
        text = text[: MAX_TASK - 1].rstrip() + "…"
    return text, noted


def plan_of(drafts: Sequence[Draft], chain: bool = False) -> Plan:
    """The plan of sound drafts. What a step needs and was not solved before it is left out; a
    step that does not say needs the one before it; the last one needs what nobody else does."""
    labels = [d.label for d in drafts]
    based = labels if len(set(labels)) == len(labels) else [str(i + 1) for i in range(len(drafts))]
    zero = _from_zero(drafts, based)
    if zero:
        based = [str(i) for i in range(len(drafts))]
    needs: list[list[int]] = []
    for place, draft in enumerate(drafts):
        known = {label: at for at, label in enumerate(based[:place])}
        if chain or draft.needs is None:
            wanted = [place - 1] if place else []
        else:
            wanted = [known[n] for n in draft.needs if n in known]
        if not chain and not zero:
            wanted += _mentioned(draft.task, place)
        needs.append(sorted(set(wanted)))
    used = {i for wanted in needs for i in wanted}
    needs[-1] = sorted({*needs[-1], *(i for i in range(len(drafts) - 1) if i not in used)})
    steps = tuple(
        SubProblem(str(i + 1), f"#{i + 1}", draft.task, tuple(str(n + 1) for n in needs[i]))
        for i, draft in enumerate(drafts)
    )
    return Plan(steps, outline_text(steps))


def _from_zero(drafts: Sequence[Draft], labels: Sequence[str]) -> bool:
    """Whether needs count the steps from 0: 0 is needed, no step bears it, and counted so no step
    needs itself or a later one."""
    needs = [[int(n) for n in d.needs or () if n.isdigit()] for d in drafts]
    if not any(0 in wanted for wanted in needs) or "0" in labels:
        return False
    plain = all(label == str(i + 1) for i, label in enumerate(labels))
    return plain and all(n < place for place, wanted in enumerate(needs) for n in wanted)


def _mentioned(task: str, place: int) -> Iterator[int]:
    """Earlier steps that a task speaks of as #2 or step 2."""
    for first, second in _REFERENCE.findall(task):
        number = int(first or second)
        if 1 <= number <= place:
            yield number - 1


def outline_text(steps: Iterable[SubProblem]) -> str:
    """The plan in one way of writing; equal plans have equal texts."""
    return "\n".join(step_line(step) for step in steps)


def step_line(step: SubProblem) -> str:
    needs = ", ".join(f"#{id}" for id in step.depends_on)
    return f"{step.name} {step.text}{f' [needs {needs}]' if needs else ''}"

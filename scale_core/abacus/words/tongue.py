"""A small language for telling problems in many ways, and the story that collects the telling.

A template is a sentence with choices and slots: `[Later|Then], {A} {~find} {b:thing}.`
  [x|y]     one of the choices (they nest; an empty one is allowed)
  {slot}    a word of the story's cast
  {S}, {Q}  the main person again, by name or pronoun (in a question more often by name)
  {a}       a number of the story, in digits or words; `{a:thing}` with the noun that fits it
  {~find}   the verb in the story's tense, agreeing with the main person {A}; `{=find}` with one
            thing or person, `{+find}` with several

Knows templates, tense and agreement, how numbers are written, and how an expression over the
story's numbers becomes the outline with its operands in the order of the text. Does not know any
schema of arithmetic or any noun.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache

from scale_core.abacus.grammar import Line, Operation, apply

Term = str | int | tuple[str, "Term", "Term"]
"""A number's slot, a constant of the language ("twice": 2), or an operation on two terms."""


class Unfit(Exception):
    """The numbers or words drawn do not fit this telling: draw afresh."""


_IRREGULAR = dict(
    pair.split("/")
    for pair in """
    be/was have/had do/did find/found buy/bought get/got give/gave take/took eat/ate sell/sold
    lose/lost make/made put/put bring/brought catch/caught see/saw spend/spent pay/paid win/won
    throw/threw break/broke send/sent keep/kept hold/held leave/left go/went come/came read/read
    write/wrote draw/drew grow/grew drive/drove ride/rode run/ran swim/swam fly/flew build/built
    cut/cut lend/lent drink/drank feed/fed hide/hid lay/laid set/set sing/sang sew/sewed stick/stuck
    think/thought begin/began forget/forgot know/knew meet/met tell/told say/said feel/felt let/let hang/hung
    split/split dig/dug blow/blew fall/fell need/needed want/wanted lead/led shoot/shot teach/taught
    wear/wore steal/stole bake/baked cost/cost fit/fit quit/quit tear/tore sweep/swept bend/bent
    stand/stood sit/sat choose/chose freeze/froze weave/wove beat/beat outgrow/outgrew spread/spread lie/lay hear/heard
    burst/burst deal/dealt ring/rang rise/rose sleep/slept slide/slid string/strung""".split()
)
_DOUBLED = frozenset(
    "admit chat hum knit skip tap tip pin plan stop drop spot trip ship chop swap grab rip pop tag mop wrap zip net step hop trot trim snip slip".split()
)


@cache
def past(verb: str) -> str:
    """The past form; a verb may carry a particle: `give away`."""
    head, space, rest = verb.partition(" ")
    if head in _IRREGULAR:
        form = _IRREGULAR[head]
    elif head.endswith("e"):
        form = head + "d"
    elif head.endswith("y") and head[-2] not in "aeiou":
        form = head[:-1] + "ied"
    elif head in _DOUBLED:
        form = head + head[-1] + "ed"
    else:
        form = head + "ed"
    return form + space + rest


@cache
def third(verb: str) -> str:
    """The present form of `he`."""
    head, space, rest = verb.partition(" ")
    if head in ("be", "have"):
        form = "is" if head == "be" else "has"
    elif head.endswith(("s", "x", "ch", "sh", "z", "o")):
        form = head + "es"
    elif head.endswith("y") and head[-2] not in "aeiou":
        form = head[:-1] + "ies"
    else:
        form = head + "s"
    return form + space + rest


_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(value: int) -> str:
    """A number below 100 in words."""
    if value < 20:
        return _ONES[value]
    ten, one = divmod(value, 10)
    return _TENS[ten - 2] + (f"-{_ONES[one]}" if one else "")


Part = str | tuple[str, str] | list[list["Part"]]  # text, ("slot", name), choices


@cache
def _parse(template: str) -> list[Part]:
    """The template as parts; choices are lists of alternatives."""
    stack: list[list[list[Part]]] = [[[]]]
    for piece in re.findall(r"\[|\]|\||\{[^{}]*\}|[^\[\]|{}]+", template):
        if piece == "[":
            stack.append([[]])
        elif piece == "]":
            choices = stack.pop()
            stack[-1][-1].append(choices)
        elif piece == "|" and len(stack) > 1:
            stack[-1].append([])
        elif piece[0] == "{":
            stack[-1][-1].append(("slot", piece[1:-1]))
        else:
            stack[-1][-1].append(piece)
    if len(stack) != 1:
        raise ValueError(f"unbalanced: {template}")
    return stack[0][0]


def _renamed(template: str, slots: dict[str, str]) -> str:
    for old, new in slots.items():
        template = template.replace(f"{{{old}}}", f"{{{new}}}").replace(f"{{{old}:", f"{{{new}:")
    return template


def _sentences(text: str) -> str:
    """Every sentence with a capital."""
    return _START.sub(lambda m: m[1] + m[2].upper(), text.strip())


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


_START = re.compile(r"([.?!] +)([a-z])")
_GAPS = re.compile(r" +(?=[.,?!;:])| +(?= )|^ +| +$")
_AN = re.compile(r"(?<![A-Za-z])([Aa]) (?=(?!one |uni|use|eu)[aeiou]|hour)")
_ONE_OF = re.compile(
    r"(?<![\w,.-])((?:1|one) of (?:them|the [a-z]+(?: [a-z]+)?) )(are|were|go|get|break|come|turn)\b"
)
_OF_ONE = {
    "are": "is", "were": "was", "go": "goes", "get": "gets", "break": "breaks", "come": "comes",
    "turn": "turns",
}  # fmt: skip


class Story:
    """One problem in the making: its words, numbers and sentences."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.present = rng.random() < 0.28
        self.plural = False
        self.words: dict[str, str] = {
            "total": "[in all|altogether|in total|all together|total]",
            "more": "[more|other|additional|extra|]",
        }
        self.nouns: dict[str, tuple[str, str]] = {}
        self.numbers: dict[str, int] = {}
        self.facts: list[tuple[str, str]] = []
        self.question = ""
        self.top = rng.choice((12, 20, 30, 60, 99, 99, 99, 99, 300, 999, 5000))
        self.mentioned: list[str] = []
        self._spelling = rng.choice((0.0, 0.0, 0.0, 0.1, 0.4, 0.95))

    # ----- drawing

    def pick(self, *options: str) -> str:
        return self.rng.choice(options)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def draw(self, slot: str, low: int, high: int) -> int:
        """A number of low..high for a slot, smaller ones somewhat more often."""
        if low > high:
            raise Unfit
        x = self.rng.random()
        value = low + int((high - low + 1) * x * (0.45 + 0.55 * x))
        self.numbers[slot] = value
        return value

    def noun(self, slot: str, singular: str, plural: str) -> None:
        self.nouns[slot] = (singular, plural)
        self.words[slot], self.words[slot + "1"] = plural, singular

    def alias(self, slot: str, other: str) -> None:
        """Let a slot name the noun of another one."""
        self.noun(slot, *self.nouns[other])

    def difference(self, a: str, b: str, t: str = "", u: str = "") -> tuple[str, str, str]:
        """The larger number less the smaller; `hi` and `lo` become the nouns that go with them."""
        if self.numbers[a] == self.numbers[b]:
            raise Unfit
        if self.numbers[a] < self.numbers[b]:
            a, b, t, u = b, a, u, t
        if t:
            self.alias("hi", t)
            self.alias("lo", u)
        return ("-", a, b)

    # ----- telling

    def fill(self, template: str) -> str:
        """The template told: choices made, slots filled."""
        out: list[str] = []
        self._fill(_parse(template), out)
        told = _AN.sub(r"\1n ", _GAPS.sub("", "".join(out)))
        return _ONE_OF.sub(lambda m: m[1] + _OF_ONE[m[2]], told)

    def _fill(self, parts: Sequence[Part], out: list[str]) -> None:
        for i, part in enumerate(parts):
            if part == ("slot", "are") and self._single(parts, i):
                out.append("is" if self.present else "was")
            elif isinstance(part, str):
                out.append(part)
            elif isinstance(part, tuple):
                said = self._slot(part[1])
                if out and out[-1].endswith("$") and not said[0].isdigit():
                    said = str(self.numbers[part[1].partition(":")[0]])
                out.append(said)
            else:
                self._fill(self.rng.choice(part), out)

    def _single(self, parts: Sequence[Part], i: int) -> bool:
        """Whether what stands right before or behind the slot `i` is one thing, as in `{n:pen} {are}`."""
        if i >= 2 and parts[i - 1] == " ":
            return self._is_one(parts[i - 2]) and (i < 3 or parts[i - 3] != " and ")
        return parts[i + 1 : i + 2] == [" "] and self._is_one(parts[i + 2])

    def _is_one(self, part: Part) -> bool:
        number, colon, _ = part[1].partition(":") if isinstance(part, tuple) else ("", "", "")
        return bool(colon) and self.numbers.get(number) == 1

    def _slot(self, name: str) -> str:
        if name[0] == "~":
            return self._verb(name[1:], self.plural)
        if name[0] in "=+":
            return self._verb(name[1:], name[0] == "+")
        number, _, noun = name.partition(":")
        if number in self.numbers:
            said = self._number(number)
            if not noun:
                return said
            return f"{said} {self.nouns[noun][0 if self.numbers[number] == 1 else 1]}"
        if name in _AGAIN:
            return self._slot(self.rng.choice(_AGAIN[name]))
        if name == "is" and self.words.get("A") == "I":
            return "am" if self.present else "was"
        if name in _AGREEING:
            return _AGREEING[name][(0 if self.present else 2) + self.plural]
        word = self.words[name]
        return self.fill(word) if "[" in word or "{" in word else word

    def _verb(self, verb: str, plural: bool) -> str:
        verb = self.words.get(verb, verb)
        if not self.present:
            return past(verb) if verb != "be" else ("were" if plural else "was")
        if plural:
            return "are" if verb == "be" else verb
        return third(verb)

    def _number(self, slot: str) -> str:
        value = self.numbers[slot]
        if slot not in self.mentioned:
            self.mentioned.append(slot)
        limit = 12 if self._spelling < 0.5 else 20
        if 0 < value <= limit and self.rng.random() < self._spelling:
            return in_words(value)
        if value == 12 and self.rng.random() < 0.1:
            return "a dozen"
        if value < 100 and self._spelling > 0.9 and self.rng.random() < 0.3:
            return in_words(value)
        return f"{value:,}" if value > 999 and self.rng.random() < 0.5 else str(value)

    def fact(self, *templates: str, lead: str = "", **slots: str) -> None:
        """Add a clause that states something; `slots` renames the template's number slots."""
        self.facts.append((lead, _renamed(self.rng.choice(templates), slots)))

    def ask(self, *templates: str, **slots: str) -> None:
        """Set the question."""
        self.question = _renamed(self.rng.choice(templates), slots)

    def text(self) -> str:
        """The whole story: clauses joined to sentences, and the question where it stands."""
        rng, facts = self.rng, list(self.facts)
        draw = rng.random()
        if facts and draw < 0.32:
            lead, last = facts.pop()
            before, _, last = last.rpartition(". ")  # only one sentence stands behind an "if"
            if before:
                facts.append((lead, before))
            body = self._joined(facts)
            clause = self.fill(last)
            question = self.fill(self.question)
            if draw < 0.27:
                word = rng.choice(("if", "if", "if", "if", "if", "when", "given that"))
                # many writers set a full stop behind an if-clause
                stop = ". " if word == "if" and rng.random() < 0.2 else ", "
                tail = _capital(f"{word} {clause}{stop}{question}")
            else:
                tail = _capital(f"{question.rstrip('?')} if {clause}?")
            return _sentences(f"{body} {tail}")
        if draw < 0.35:
            question = _capital(self.fill(self.question))
            return _sentences(f"{question} {self._joined(facts)}")
        body = self._joined(facts)
        question = self.fill(self.question)
        if rng.random() < 0.05 and question.startswith("how m"):
            question = rng.choice(
                ("can you tell: {}?", "tell me, {}?", "work this out: {}?", "do you know: {}?")
            ).format(question.rstrip("?"))
        return _sentences(f"{body} {_capital(question)}")

    def _joined(self, facts: Sequence[tuple[str, str]]) -> str:
        """The clauses as sentences, some of them two in one."""
        out = ""
        for i, (lead, template) in enumerate(facts):
            draw = self.rng.random()
            joined = bool(out) and draw < (0.12 if i == len(facts) - 1 else 0.04)
            led = lead and not joined and self.rng.random() < 0.8
            said = self.fill(f"{lead} {template}" if led else template)
            if joined:
                out += self.rng.choice((" and ", ", and ", ", but ", "; ", " and then ")) + said
            else:
                out += (". " if out else "") + _capital(said)
        return out + "." if out else ""

    # ----- the end

    def value(self, term: Term) -> int:
        """The exact value; raises where a step is negative or inexact."""
        if isinstance(term, int):
            return term
        if isinstance(term, str):
            return self.numbers[term]
        op, left, right = term
        found = apply(op, self.value(left), self.value(right))
        if found is None or found < 0:
            raise Unfit
        return found

    def outline(self, answer: Term) -> list[Line]:
        """The steps of the answer, operands and steps in the order in which the text names them."""
        place = {slot: i for i, slot in enumerate(self.mentioned)}

        def first(term: Term) -> int:
            if isinstance(term, tuple):
                return min(first(term[1]), first(term[2]))
            return 999 if isinstance(term, int) else place[term]

        lines: list[Line] = []

        def write(term: Term) -> str | int:
            if not isinstance(term, tuple):
                return self.value(term)
            op, left, right = term
            later = first(right) < first(left)
            done = (
                [write(t) for t in (right, left)][::-1]
                if later
                else [write(t) for t in (left, right)]
            )
            if op in "+*" and _swapped(left, right, later):
                done.reverse()
            lines.append(Line(f"#{len(lines) + 1}", Operation(op, *done)))
            return lines[-1].name

        write(answer)
        return lines


def _swapped(left: Term, right: Term, later: bool) -> bool:
    """Whether the operands of a sum or product change places: earlier results come first, then
    what the text names first."""
    inner = isinstance(left, tuple), isinstance(right, tuple)
    return inner == (False, True) or (inner[0] == inner[1] and later)


# the main person again: as a subject mostly by a pronoun, in a question mostly by name
_AGAIN = {"S": ("he", "he", "he", "A_", "A_"), "Q": ("he", "A_", "A_")}
_AGREEING = {
    # singular and plural in the present, then in the past
    "has": ("has", "have", "had", "had"),
    "is": ("is", "are", "was", "were"),
    "does": ("does", "do", "did", "did"),
    "do": ("does", "does", "did", "did"),
    "are": ("are", "are", "were", "were"),
    "be": ("is", "is", "was", "was"),
    "have": ("have", "have", "had", "had"),
    "hath": ("has", "has", "had", "had"),
}

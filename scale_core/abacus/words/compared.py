"""Comparisons and equal groups told on their own, with every place unknown.

Schemas: compare (difference, compared or referent unknown; the wording that agrees with the
operation and the one that contradicts it), equalise, multiplicative comparison (product, size or
factor unknown), equal groups (product, number or size unknown), arrays. Knows each telling and
its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit


def _owning(s: Story) -> None:
    """Cast how both have their things: `{own_a}` and `{own_b}`, and `{own}` in a question."""
    if s.chance(0.5):
        s.words |= {"own_a": "{has}", "own_b": "{hath}", "own": "have"}
    else:
        s.words |= {"own_a": "{~gain}", "own_b": "{=gain}", "own": "{gain}"}


def amounts_compared(s: Story) -> Term:
    """More and fewer: compared or referent unknown, with a total now and then."""
    people(s, 2)
    things(s, 1)
    _owning(s)
    s.draw("d", 1, s.draw("b", 2, s.top) - 1)
    less = s.chance(0.5)
    s.words["more"] = "[fewer|less]" if less else "more"
    if s.chance(0.5):
        # what is known is compared with what is not: "more" then means to subtract
        s.fact(
            "{A} {own_a} {b:t}. {he} {own_a} {d} {more} {t} than {B}",
            "{A} {own_a} {b:t}, which is {d} {more} than {B}",
            "{A} {own_a} {d} {more} {t} than {B}. {A_} {own_a} {b} [{t}|]",
            "{A} {own_a} {b:t} and that is {d} {more} than what {B} {own_b}",
            "{A} {own_a} {b:t}. that is {d} {more} than {B} {own_b}",
        )
        sign = "+" if less else "-"
    else:
        s.fact(
            "{A} {own_a} {b:t}. {B} {own_b} {d} {more} {t} than {A_}",
            "{B} {own_b} {d} {more} {t} than {A}. {A_} {own_a} {b} [{t}|]",
            "{A} {own_a} {b:t} and {B} {own_b} {d} {more}",
            "{A} {own_a} {b:t}, but {B} {own_b} {d} {more}",
        )
        sign = "-" if less else "+"
    other: Term = (sign, "b", "d")
    if s.chance(0.75):
        s.ask("how many [{t}|] {do} {B_} {own}?", "how many {t} {do} {B_} {own}?")
        return other
    s.ask(
        "how many {t} do they have {total}?",
        "how many {t} is that {total}?",
        "how many {t} do both have together?",
    )
    return ("+", "b", other)


# unit, its plural, how it is stated, upward, downward, how it is asked for, a usual top
MEASURES = (
    ("year", "years", "is {n} years old", "older", "younger", "how old is", 90),
    ("centimeter", "centimeters", "is {n} centimeters tall", "taller", "shorter", "how tall is", 200),
    ("inch", "inches", "is {n} inches tall", "taller", "shorter", "how tall is", 90),
    ("kilogram", "kilograms", "weighs {n} kilograms", "heavier", "lighter", "how heavy is", 99),
)  # fmt: skip
MEASURES_OF_THINGS = (
    ("meter", "meters", "is {n} meters long", "longer", "shorter", "how long is", 300),
    ("foot", "feet", "is {n} feet long", "longer", "shorter", "how long is", 99),
    ("foot", "feet", "is {n} feet deep", "deeper", "shallower", "how deep is", 99),
    ("inch", "inches", "is {n} inches wide", "wider", "narrower", "how wide is", 99),
    ("dollar", "dollars", "costs {n} dollars", "more expensive", "cheaper", "how much is", 300),
    ("mile", "miles", "is {n} miles away", "farther", "nearer", "how far away is", 300),
    ("gram", "grams", "weighs {n} grams", "heavier", "lighter", "how heavy is", 900),
)
EVENTS = (
    ("minute", "minutes", "takes {n} minutes", "longer", "shorter", "how long is", 90),
    ("hour", "hours", "lasts {n} hours", "longer", "shorter", "how long is", 30),
)


def measures_compared(s: Story) -> Term:
    """Older, taller, heavier, dearer, farther: difference, compared or referent unknown."""
    people(s, 2)
    s.present = True
    s.words["who"] = "who"
    draw = s.rng.random()
    if draw < 0.45 and not s.plural:
        measure = s.rng.choice(MEASURES)
    elif draw < 0.85:
        s.words["who"] = "which"
        measure = s.rng.choice(MEASURES_OF_THINGS)
        things(s, 2)
        for slot, noun in (("A", "t1"), ("B", "u1")):
            s.words[slot] = s.words[slot + "_"] = f"the {{{noun}}}"
    else:
        s.words["who"] = "which"
        measure = s.rng.choice(EVENTS)
        first, second = s.rng.sample(("film", "bus ride", "show", "lesson", "walk", "concert"), 2)
        for slot, noun in (("A", first), ("B", second)):
            s.words[slot] = s.words[slot + "_"] = f"the {noun}"
    one, many, stated, upward, downward, how, top = measure
    s.plural = False
    s.noun("unit", one, many)
    top = min(top, max(s.top, 20))
    s.draw("d", 2, s.draw("b", 4, top) - 1)
    down = s.chance(0.5)
    s.words |= {
        "stated": stated.replace("{n}", "{b}"),
        "stated2": stated.replace("{n}", "{e}"),
        "longer": downward if down else upward,
        "than": (downward if down else upward) + " than",
        "up": upward,
        "down": downward,
        "how": how,
    }
    draw = s.rng.random()
    if draw < 0.4:
        s.fact(
            "{A} {stated}. {B} is {d:unit} {than} {A_}",
            "{A} {stated}. {B} is {than} {A_} by {d:unit}",
            "compared with {A}, {B} is {d:unit} {longer}. {A_} {stated}",
            "beside {A}, {who} {stated}, {B} is {d:unit} {longer}",
        )
        s.ask("{how} {B_}?", "{how} {B_} [then|]?")
        return ("-" if down else "+", "b", "d")
    if draw < 0.7:
        s.fact(
            "{A} {stated}. {A_} is {d:unit} {than} {B}",
            "compared with {B}, {A} is {d:unit} {longer}. {A_} {stated}",
            "{A}, {who} is {d:unit} {than} {B}, {stated}",
        )
        s.ask("{how} {B_}?")
        return ("+" if down else "-", "b", "d")
    s.draw("e", 2, top)
    term = s.difference("b", "e")
    s.fact("{A} {stated} while {B} {stated2}", "{A} {stated} and {B} {stated2}")
    bigger, smaller = ("{A_}", "{B_}") if term[1] == "b" else ("{B_}", "{A_}")
    s.words |= {"bigger": bigger, "smaller": smaller}
    s.ask(
        "how many {unit} {up} is {bigger} than {smaller}?",
        "how much {up} is {bigger} than {smaller}?",
        "by how many {unit} is {smaller} {down} than {bigger}?",
        "how much {down} is {smaller} than {bigger}?",
    )
    return term


def later_age(s: Story) -> Term:
    """An age some years ago or from now."""
    people(s, 1)
    if s.plural:
        raise Unfit
    s.present = True
    s.noun("year", "year", "years")
    a, n = s.draw("a", 5, 80), s.draw("n", 1, 30)
    s.fact(
        "{A} is {a} [years old|] [now|today|]",
        "{A} is {a} years old",
        "{A} turned {a} [today|this year]",
    )
    if s.chance(0.5):
        s.ask(
            "how old will {A_} be when {n:year} have passed?",
            "how old will {he} be {n:year} from now?",
            "what will {his} age be {n:year} later?",
        )
        return ("+", "a", "n")
    if n >= a:
        raise Unfit
    s.ask("how old was {A_} {n:year} ago?", "what was {his} age {n:year} ago?")
    return ("-", "a", "n")


def equalise(s: Story) -> Term:
    """How many more (or fewer) until both have as many."""
    people(s, 2)
    things(s, 1)
    s.draw("a", 2, s.top)
    s.draw("b", 2, s.top)
    term = s.difference("a", "b")
    s.fact(
        "{A} {has} {a:t} and {B} {hath} {b} [{t}|]",
        "{A} {has} {a:t}. {B} {hath} {b:t}",
        "{B} {hath} {b:t} and {A} {has} {a:t}",
    )
    more, fewer = ("{A_}", "{B_}") if term[1] == "a" else ("{B_}", "{A_}")
    s.words |= {"richer": more, "poorer": fewer}
    s.ask(
        "how many more [{t}|] must {poorer} get to have as many as {richer}?",
        "how many [{t}|] must {poorer} get to catch up with {richer}?",
        "how many {t} [must|should] {richer} [give away|lose|remove] to have as many as {poorer}?",
        "how many more must {poorer} get so that both have the same number?",
    )
    return term


TIMES = {
    2: "[twice|twice|two times|2 times]",
    3: "[three times|3 times]",
    4: "[four times|4 times]",
    5: "[five times|5 times]",
    6: "[six times|6 times]",
    10: "[ten times|10 times]",
}


def times_compared(s: Story) -> Term:
    """Times as many: product, size or factor unknown; half as many."""
    people(s, 2)
    things(s, 1)
    factor = s.rng.choice((2, 2, 3, 3, 4, 5, 6, 10))
    s.words["times"] = TIMES[factor]
    b = s.draw("b", 2, min(s.top, 99))
    draw = s.rng.random()
    if draw < 0.35:
        _owning(s)
        s.fact(
            "{B} {own_b} {b:t}. {A} {own_a} {times} as many {t}",
            "{A} {own_a} {times} as many {t} as {B}. {B_} {own_b} {b}",
            "{B} {own_b} {b:t} and {A} {own_a} {times} [that|that many]",
        )
        if s.chance(0.25):
            s.ask("how many {t} do they have {total}?", "how many {t} is that for both together?")
            return ("+", ("*", "b", factor), "b")
        s.ask("how many [{t}|] {does} {A_} {own}?")
        return ("*", "b", factor)
    if draw < 0.5:
        s.numbers["b"] = b * 2
        s.fact(
            "{B} {hath} {b:t}. {A} {has} half as many",
            "{A} {has} half as many {t} as {B}. {B_} {hath} {b}",
            "{B} {hath} {b:t} and {A} {has} half of that",
        )
        s.ask("how many [{t}|] {does} {A_} have?")
        return ("/", "b", 2)
    if draw < 0.75:
        s.numbers["b"] = b * factor
        s.fact(
            "{A} {has} {b:t}. that is {times} as many as {B}",
            "{A} {has} {b:t}, {times} as many as {B} [{hath}|]",
            "{A} {has} {times} as many {t} as {B}. {A_} {has} {b}",
        )
        s.ask("how many [{t}|] {do} {B_} have?")
        return ("/", "b", factor)
    s.numbers["b"], s.numbers["c"] = b * s.rng.randint(2, 12), b
    s.fact("{A} {has} {b:t} and {B} {hath} {c} [{t}|]", "{B} {hath} {c:t}. {A} {has} {b:t}")
    s.ask(
        "how many times as many {t} {does} {A_} have as {B_}?",
        "{A_} {has} how many times as many {t} as {B_}?",
    )
    return ("/", "b", "c")


# ----- equal groups


def _groups(s: Story) -> None:
    """Cast so many groups `a` of a size `b`, `x` in all, and now and then an idle number."""
    people(s, 2)
    things(s, 2)
    days(s)
    s.numbers["x"] = s.draw("a", 2, min(s.top, 90)) * s.draw("b", 2, min(s.top, 60))
    if s.chance(0.2):
        s.draw("j", 2, 90)
        s.fact("{A} {has} {j:u}", "each {box1} costs ${j}", "{B} {hath} {j:box}")


def groups_counted(s: Story) -> Term:
    """So many groups of a size: how many in all."""
    _groups(s)
    s.words["while"] = s.pick("day for {a} days", "week for {a} weeks", "hour for {a} hours")
    s.fact(
        "{A} {has} {a:box} with {b:t} in each",
        "there {are} {a:box} of {b:t} each",
        "{A} {~put} {b:t} [in|into] each {box1}. {he} {~fill} {a:box}",
        "each {box1} has {b:t}. there {are} {a:box}",
        "{t} come in {box} of {b}. {A} {~buy} {a:box}",
        "{A} {~arrange} {t} in {a} rows of {b}",
        "there {are} {a} rows of {t} with {b} in [each|every] row",
        "each of {a} [children|friends|people] {=have} {b:t}",
        "{A} {~give} {b:t} to each of {a} [children|friends|people]",
        "{A} {~need} {b:t} for [each|one] {box1} and {~make} {a:box}",
        "{A} {~gain} {b:t} [each|every|per|a] {while}",
        "[each|every] {box1} {=need} {b:t} and there {are} {a:box}",
    )
    s.ask(
        "how many {t} {are} there {total}?",
        "how many {t} is that [{total}|]?",
        "what is the total number of {t}?",
        "how many {t} {are} there?",
        "how many {t} {are} needed?" if "{~need}" in s.facts[-1][1] else "how many {t} are there?",
    )
    return ("*", "a", "b")


def groups_measured(s: Story) -> Term:
    """All of it and the size of a group: how many groups."""
    _groups(s)
    draw = s.rng.random()
    if draw < 0.12:
        s.fact(
            "{A} {~give} {b:t} to each [child|friend|person]. {he} {~give} away {x:t} {total}",
            "{A} {~hand out} {x:t}. each [child|friend|person] {=get} {b}",
        )
        s.ask("how many [people|children|friends] got {t}?", "to how many did {he} give {t}?")
    elif draw < 0.3:
        s.fact(
            "{A} {~gain} {x:t} {total}, {b} [each|every|per|a] day",
            "{A} {~use} {b:t} [each|a|every] day and {has} {x:t}",
            "{A} {has} {x:t} and {~lose} {b} of them [each|every] day",
        )
        s.ask(
            "how many days {be} that?",
            "how many days does it take?",
            "after how many days is it done?",
        )
    else:
        s.fact(
            "{A} {has} {x:t}. {he} {~put} {b} [of them|] in each {box1}",
            "{A} {~pack} {x:t} in {box} of {b} [each|]",
            "{A} {has} {x:t}. each {box1} holds {b} [{t}|]",
            "{A} {~put} {b:t} in each {box1}. {he} {has} {x:t}",
            "{A} {~want} to [split|divide|sort] {x:t} into {box} of {b}",
            "there {are} {x:t} with {b} in each {box1}",
            "each {box1} {=need} {b:t} and {A} {has} {x}",
        )
        s.ask(
            "how many {box} {does} {Q} [need|have|get]?",
            "how many {box} {are} there?",
            "how many {box} {are} needed?",
            "how many {box} can {Q} make?",
        )
    return ("/", "x", "b")


def groups_shared(s: Story) -> Term:
    """All of it and the number of groups: how many in each."""
    _groups(s)
    draw = s.rng.random()
    if draw < 0.45:
        s.fact(
            "{A} {~divide} {x:t} [equally|evenly|] among {a} [children|friends|people]",
            "{A} {~share} {x:t} [equally|evenly|fairly|] [with|among] {a} [friends|people|children]",
            "{A} {~give} an equal number of {t} to {a} [friends|people]. {he} {~give} away {x:t}",
            "{a} [friends|children] {+share} {x:t} [equally|fairly]",
        )
        s.ask(
            "how many {t} {do} each [one|of them|person] get?",
            "how many [{t}|] {do} [each|every] one [get|receive|have]?",
            "how many {t} {are} there for each?",
        )
    elif draw < 0.57:
        s.fact(
            "{A} {~gain} {x:t} in {a} days, the same number each day",
            "in {a} days {A} {~gain} {x:t}",
        )
        s.ask(
            "how many {t} {does} {Q} {gain} [each|per|every|a] day?",
            "how many is that [per|a] day?",
        )
    elif draw < 0.67:
        s.fact("{x:t} {are} arranged in {a} equal rows", "{A} {~plant} {x:t} in {a} rows")
        s.ask("how many {t} are in [each|one] row?", "how many {t} {do} [each|one] row have?")
    else:
        s.fact(
            "{A} {has} {x:t} in {a:box}, [with|] the same [number|amount] in each",
            "{A} {~put} {x:t} into {a:box}, equally many in each",
            "{a:box} hold {x:t} {total}, all the same number",
            "{a} {box} of the same size [have|hold] {x:t} {total}",
            "{A} {~split} {x:t} into {a} equal {box}",
        )
        s.ask(
            "how many {t} {are} in [each|every|one] {box1}?",
            "how many {t} does [each|one] {box1} [have|hold]?",
        )
    return ("/", "x", "a")


MAKERS = (
    (amounts_compared, 5),
    (measures_compared, 3),
    (later_age, 1),
    (equalise, 2),
    (times_compared, 4),
    (groups_counted, 8),
    (groups_measured, 8),
    (groups_shared, 8),
)

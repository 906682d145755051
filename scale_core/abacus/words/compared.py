"""Comparisons and equal groups told on their own, with every place unknown.

Schemas: compare (difference, compared or referent unknown; the wording that agrees with the
operation and the one that contradicts it), equalise, multiplicative comparison (product, size or
factor unknown), equal groups (product, number or size unknown), arrays. Knows each telling and
its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit

MEASURES = (
    # unit, verb phrase with the number, comparative, "is ... than" question word, typical top
    ("year", "is {n} years old", "older", "younger", "how old is", 90),
    ("centimeter", "is {n} centimeters tall", "taller", "shorter", "how tall is", 200),
    ("inch", "is {n} inches tall", "taller", "shorter", "how tall is", 90),
    ("pound", "weighs {n} pounds", "heavier", "lighter", "how heavy is", 200),
    ("kilogram", "weighs {n} kilograms", "heavier", "lighter", "how heavy is", 99),
    ("meter", "is {n} meters long", "longer", "shorter", "how long is", 300),
    ("foot", "is {n} feet long", "longer", "shorter", "how long is", 99),
    ("dollar", "costs {n} dollars", "more expensive", "cheaper", "how much is", 300),
    ("minute", "takes {n} minutes", "longer", "shorter", "how long is", 90),
    ("mile", "is {n} miles away", "farther", "nearer", "how far away is", 300),
)


def amounts_compared(s: Story) -> Term:
    """More and fewer: compared or referent unknown, with a total or difference now and then."""
    people(s, 2)
    things(s, 1)
    less = s.chance(0.5)
    b = s.draw("b", 2, s.top)
    s.draw("d", 1, b - 1)
    word = "[fewer|less]" if less else "more"
    have = s.pick("have", "have", "gain")
    has_a, has_b = ("{has}", "{hath}") if have == "have" else ("{~gain}", "{=gain}")
    inconsistent = s.chance(0.5)
    if inconsistent:
        # the known one is compared with the unknown one
        s.fact(
            f"{{A}} {has_a} {{b:t}}. {{he}} {has_a} {{d}} {word} [{{t}}|] than {{B}}",
            f"{{A}} {has_a} {{b:t}}, which is {{d}} {word} than {{B}}",
            f"{{A}} {has_a} {{d}} {word} {{t}} than {{B}}. {{A_}} {has_a} {{b}} [{{t}}|]",
            f"{{A}} {has_a} {{b:t}} and that is {{d}} {word} than what {{B}} {has_b}",
            f"{{A}} {has_a} {{b:t}}. that is {{d}} {word} than {{B}} {has_b}",
        )
        sign = "+" if less else "-"
    else:
        s.fact(
            f"{{A}} {has_a} {{b:t}}. {{B}} {has_b} {{d}} {word} [{{t}}|] than {{A_}}",
            f"{{B}} {has_b} {{d}} {word} {{t}} than {{A}}. {{A_}} {has_a} {{b}} [{{t}}|]",
            f"{{A}} {has_a} {{b:t}} and {{B}} {has_b} {{d}} {word}",
            f"{{A}} {has_a} {{b:t}}, but {{B}} {has_b} {{d}} {word}",
        )
        sign = "-" if less else "+"
    other: Term = (sign, "b", "d")
    do = "{do}"
    if s.chance(0.75):
        s.ask(
            f"how many [{{t}}|] {do} {{B_}} {{{have}}}?"
            if have == "gain"
            else f"how many [{{t}}|] {do} {{B_}} have?",
            f"how many {{t}} {do} {{B_}} {{{have}}} [then|]?"
            if have == "gain"
            else f"how many {{t}} {do} {{B_}} have?",
        )
        return other
    s.ask(
        "how many {t} do they have {total}?",
        "how many {t} is that {total}?",
        "how many {t} do both have together?",
    )
    return ("+", "b", other)


def measures_compared(s: Story) -> Term:
    """Older, taller, heavier, dearer, farther: difference, compared or referent unknown."""
    people(s, 2)
    if s.words["A"] in ("I", "you", "we"):
        raise Unfit
    s.present = True
    unit, states, upward, downward, how, top = s.rng.choice(MEASURES)
    s.noun("unit", unit, {"foot": "feet", "inch": "inches"}.get(unit, unit + "s"))
    if unit in ("meter", "foot", "dollar", "minute", "mile") or s.plural:
        things(s, 2)
        s.plural = False
        s.words["A"] = s.words["A_"] = f"the {s.words['t1']}"
        s.words["B"] = s.words["B_"] = f"the {s.words['u1']}"
    if unit == "minute":
        s.words["A"] = s.words["A_"] = "the " + s.pick(
            "first film", "bus ride", "show", "lesson", "walk"
        )
        s.words["B"] = s.words["B_"] = "the " + s.pick(
            "second film", "train ride", "concert", "break", "game"
        )
    b = s.draw("b", 3, min(top, max(s.top, 20)))
    s.draw("d", 1, b - 1)
    down = s.chance(0.5)
    word = downward if down else upward
    by = s.pick("{d:unit} " + word, "{d:unit} " + word, word + " by {d:unit}")
    stated = states.replace("{n}", "{b}")
    draw = s.rng.random()
    if draw < 0.4:
        s.fact(
            f"{{A}} {stated}. {{B}} is {by} than {{A_}}".replace(
                " by {d:unit} than {A_}", " than {A_} by {d:unit}"
            ),
            f"{{B}} is {{d:unit}} {word} than {{A}}. {{A_}} {stated}",
            f"{{B}} is {{d:unit}} {word} than {{A}}, and {{A_}} {stated}",
        )
        s.ask(
            f"{how} {{B_}}?",
            f"{how} {{B_}}?",
            f"{how} {{B_}} [then|]?",
        )
        return ("-" if down else "+", "b", "d")
    if draw < 0.7:
        s.fact(
            f"{{A}} {stated}. {{A_}} is {{d:unit}} {word} than {{B}}",
            f"{{A}} is {{d:unit}} {word} than {{B}}. {{A_}} {stated}",
            f"{{A}} {stated} and is {{d:unit}} {word} than {{B}}",
        )
        s.ask(f"{how} {{B_}}?")
        return ("+" if down else "-", "b", "d")
    s.draw("e", 2, min(top, max(s.top, 20)))
    if s.numbers["e"] == b:
        raise Unfit
    s.fact(
        f"{{A}} {stated}. {{B}} {states.replace('{n}', '{e}')}",
        f"{{A}} {stated} and {{B}} {states.replace('{n}', '{e}')}",
    )
    bigger = b > s.numbers["e"]
    x, y = ("{A_}", "{B_}") if bigger else ("{B_}", "{A_}")
    s.ask(
        f"how many {{unit}} {upward} is {x} than {y}?",
        f"how much {upward} is {x} than {y}?",
        f"by how many {{unit}} is {y} {downward} than {x}?",
        f"how much {downward} is {y} than {x}?",
    )
    return ("-", "b", "e") if bigger else ("-", "e", "b")


def later_age(s: Story) -> Term:
    """Ages now, some years ago or from now."""
    people(s, 2)
    if s.plural:
        raise Unfit
    s.present = True
    a, n = s.draw("a", 5, 80), s.draw("n", 1, 30)
    ahead = s.chance(0.5)
    s.fact(
        "{A} is {a} [years old|] [now|today|]",
        "{A} is {a} years old",
        "{A} turned {a} [today|this year]",
    )
    if ahead:
        s.ask(
            "how old will {A_} be in {n} years?",
            "how old will {he} be {n} years from now?",
            "what will {his} age be after {n} years?",
        )
        return ("+", "a", "n")
    if n >= a:
        raise Unfit
    s.ask("how old was {A_} {n} years ago?", "what was {his} age {n} years ago?")
    return ("-", "a", "n")


def equalise(s: Story) -> Term:
    """How many more (or fewer) until both have as many."""
    people(s, 2)
    things(s, 1)
    a, b = s.draw("a", 2, s.top), s.draw("b", 2, s.top)
    if a == b:
        raise Unfit
    s.fact(
        "{A} {has} {a:t} and {B} {hath} {b} [{t}|]",
        "{A} {has} {a:t}. {B} {hath} {b:t}",
        "{B} {hath} {b:t} and {A} {has} {a:t}",
    )
    if a > b:
        s.ask(
            "how many more [{t}|] {do} {B_} need to have as many as {A_}?",
            "how many [{t}|] must {B_} get to catch up with {A_}?",
            "how many {t} [must|should] {A_} [give away|lose|remove] to have the same number as {B_}?",
            "how many more must {B_} get so that both have the same number?",
        )
        return ("-", "a", "b")
    s.ask(
        "how many more [{t}|] {does} {A_} need to have as many as {B_}?",
        "how many [{t}|] must {A_} get to have the same number as {B_}?",
        "how many {t} [must|should] {B_} [give away|lose] to have as many as {A_}?",
    )
    return ("-", "b", "a")


TIMES = {2: ("twice", "two times", "2 times"), 3: ("three times", "3 times"), 4: ("four times", "4 times"),
         5: ("five times", "5 times"), 6: ("six times", "6 times"), 10: ("ten times", "10 times")}  # fmt: skip


def times_compared(s: Story) -> Term:
    """Times as many: product, size or factor unknown; half as many."""
    people(s, 2)
    things(s, 1)
    f = s.rng.choice((2, 2, 3, 3, 4, 5, 6, 10))
    word = s.rng.choice(TIMES[f])
    b = s.draw("b", 2, min(s.top, 99))
    draw = s.rng.random()
    if draw < 0.35:
        s.fact(
            f"{{B}} {{hath}} {{b:t}}. {{A}} {{has}} {word} as many [{{t}}|]",
            f"{{A}} {{~gain}} {word} as many {{t}} as {{B}}. {{B_}} {{=gain}} {{b}}",
            f"{{B}} {{=gain}} {{b:t}} and {{A}} {{~gain}} {word} [that|that many|as many]",
        )
        if s.chance(0.25):
            s.ask(
                "how many [{t}|] do they have {total}?", "how many {t} is that for both together?"
            )
            return ("+", ("*", "b", f), "b")
        s.ask(
            "how many {t} {does} {A_} have?"
            if "has" in s.facts[-1][1]
            else "how many {t} {does} {A_} {gain}?"
        )
        return ("*", "b", f)
    if draw < 0.5:
        s.numbers["b"] = b * 2
        s.fact(
            "{B} {hath} {b:t}. {A} {has} half as many",
            "{A} {has} half as many {t} as {B}. {B_} {hath} {b}",
            "{B} {hath} {b:t} and {A} {has} half of that",
        )
        s.ask("how many {t} {does} {A_} have?", "how many {does} {A_} have?")
        return ("/", "b", 2)
    if draw < 0.75:
        s.numbers["b"] = b * f
        s.fact(
            f"{{A}} {{has}} {{b:t}}. that is {word} as many as {{B}}",
            f"{{A}} {{has}} {{b:t}}, {word} as many as {{B}} [{{hath}}|]",
            f"{{A}} {{has}} {word} as many {{t}} as {{B}}. {{A_}} {{has}} {{b}}",
        )
        s.ask("how many {t} {do} {B_} have?", "how many [{t}|] {do} {B_} have?")
        return ("/", "b", f)
    k = s.draw("k", 2, 12)
    s.numbers["b"] = b * k
    s.numbers["c"] = b
    s.fact("{A} {has} {b:t} and {B} {hath} {c} [{t}|]", "{B} {hath} {c:t}. {A} {has} {b:t}")
    s.ask(
        "how many times as many {t} {does} {A_} have as {B_}?",
        "{A_} {has} how many times as many {t} as {B_}?",
    )
    return ("/", "b", "c")


def groups_unknown(s: Story) -> Term:
    """Equal groups and arrays: the product, the number of groups or their size is asked for."""
    people(s, 2)
    things(s, 2)
    days(s)
    a, b = s.draw("a", 2, min(s.top, 90)), s.draw("b", 2, min(s.top, 60))
    s.numbers["x"] = a * b
    if a * b > 9999:
        raise Unfit
    if s.chance(0.25):
        s.draw("j", 2, 90)  # a number that plays no part
        s.fact(
            "{A} [also|] {has} {j:u}",
            "each {box1} costs ${j}",
            "{A} is {j} years old" if not s.plural else "they {has} {j:u}",
            "{B} {hath} {j:box}",
            "it {=take} {j} minutes",
        )
    draw = s.rng.random()
    if draw < 0.34:
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
            "{A} {~gain} {b:t} [each|every|per|a] "
            + s.pick("day for {a} days", "week for {a} weeks", "hour for {a} hours"),
        )
        s.ask(
            "how many {t} {are} there {total}?",
            "how many {t} is that [{total}|]?",
            "how many {t} {does} {he} need {total}?"
            if "need" in s.facts[-1][1]
            else "what is the total number of {t}?",
            "how many {t} {are} there?",
        )
        return ("*", "a", "b")
    if draw < 0.68:
        s.fact(
            "{A} {has} {x:t}. {he} {~put} {b} [of them|] in each {box1}",
            "{A} {~pack} {x:t} in {box} of {b} [each|]",
            "{A} {has} {x:t}. each {box1} holds {b} [{t}|]",
            "{A} {~put} {b:t} in each {box1}. {he} {has} {x:t}",
            "{A} {~give} {b:t} to each [child|friend|person]. {he} {~give away} {x:t} {total}",
            "{A} {~gain} {x:t} {total}, {b} [each|every|per|a] day",
            "{A} {~want} to [split|divide|sort] {x:t} into {box} of {b}",
            "there {are} {x:t} with {b} in each {box1}",
            "{S} {~use} {b:t} [each|a|every] day and {has} {x:t}",
        )
        last = s.facts[-1][1]
        if "child|" in last:
            s.ask("how many [people|children|friends] got {t}?", "to how many did {he} give {t}?")
        elif "day" in last:
            s.ask(
                "how many days [is|was] that?",
                "for how many days {does} {he} do that?",
                "how many days does it take?",
            )
        else:
            s.ask(
                "how many {box} {does} {he} [need|have|fill|get]?",
                "how many {box} {are} there?",
                "how many {box} {are} needed?",
                "how many {box} can {he} make?",
            )
        return ("/", "x", "b")
    s.fact(
        "{A} {has} {x:t} in {a:box}, [with|] the same [number|amount] in each",
        "{A} {~put} {x:t} equally into {a:box}",
        "{a:box} hold {x:t} {total}, all the same number",
        "{A} {~divide} {x:t} [equally|evenly|] among {a} [children|friends|people]",
        "{A} {~share} {x:t} [equally|evenly|fairly|] [with|among] {a} [friends|people|children]",
        "{A} {~gain} {x:t} in {a} days, the same number each day",
        "{x:t} {are} arranged in {a} equal rows",
        "{A} {~give} an equal number of {t} to {a} [friends|people|children]. {he} {~give away} {x:t}",
        "{a} {box} of the same size [have|hold] {x:t} {total}",
    )
    last = s.facts[-1][1]
    if "friends" in last:
        s.ask("how many {t} {do} each [one|of them|person] get?", "how many [{t}|] {do} [each|every] [friend|child|person] [get|receive|have]?",
              "how many {t} {are} there for each?")  # fmt: skip
    elif "days" in last:
        s.ask(
            "how many {t} {does} {he} {gain} [each|per|every|a] day?",
            "how many is that [per|a|each] day?",
        )
    elif "rows" in last:
        s.ask("how many {t} are in [each|one] row?")
    else:
        s.ask(
            "how many {t} {are} in [each|every|one] {box1}?",
            "how many {t} does [each|one] {box1} [have|hold]?",
        )
    return ("/", "x", "a")

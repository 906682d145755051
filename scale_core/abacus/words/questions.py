"""What is asked about an amount: itself, groups, shares, leftovers, its worth, what is missing.

Each question tells what else it needs, asks, and returns the answer's term. `{all}` is what is
put, packed or shared: the rest where something was taken away. Does not know how the amount came.
"""

from __future__ import annotations

from collections.abc import Callable

from scale_core.abacus.words.cast import plural
from scale_core.abacus.words.tongue import Story, Term, Unfit


def left(s: Story, now: Term) -> Term:
    s.ask(
        "how many {x} {does} {Q} have left?",
        "how many {x} {does} {Q} have left?",
        "how many [{x}|] {does} {Q} still have?",
        "how many {x} {are} left?",
        "how many are left?",
        "how many [{x}|] {does} {Q} have now?",
        "how many [{x}|] {are} still there?",
        "how many {x} {+remain}?",
        "how many {x} will {Q} have left?",
        "how many {x} {are} left [over|] for {him}?",
        "what number of {x} {does} {Q} have [left|now]?",
        "with how many {x} {does} {Q} end up?",
        "how many [{x}|] would {Q} have?",
        "what {be} the number of {x} left?",
    )
    return now


def total(s: Story, now: Term) -> Term:
    s.ask(
        "how many {x} {does} {Q} have now?",
        "how many {x} {does} {Q} have {total}?",
        "how many [{x}|] {does} {Q} have?",
        "how many {x} {are} there [now|{total}|]?",
        "how many are there {total}?",
        "with how many {x} {does} {Q} end up?",
        "how many {x} will {Q} have?",
        "how many {x} would {Q} have {total}?",
        "what is the total number of {x}?",
        "{total}, how many {x} {does} {Q} have?",
        "how many {x} {does} {Q} have [then|at the end|after that|in the end]?",
        "what is the total?",
    )
    return now


def _divisor(s: Story, now: Term) -> None:
    """Draw a divisor of the amount into the slot `z`."""
    value = s.value(now)
    found = [d for d in range(2, min(value, 60)) if value % d == 0]
    if not found:
        raise Unfit
    s.numbers["z"] = s.rng.choice(found)


def packed(s: Story, now: Term) -> Term:
    _divisor(s, now)
    s.fact(
        "{S} {~put} {all} [in|into] {case} of {z} [{x}|]",
        "{S} {~put} {all} [in|into] {case}, {z} [{x}|] [to a|to each|per] {case1}",
        "each {case1} [holds|can hold|has room for|fits|takes] {z} [{x}|]",
        "{z} [{x}|] fit [in|into] [a|one] {case1}",
        "{S} can [put|fit|carry] {z} [{x}|] [in|into|with] [one|a single] {case1}",
        "{S} {~want} to put {all} in {case} of {z}",
        "{S} {~load} {z} into every {case1}",
        "{S} {~pack} {all} {z} to a {case1}",
        "each {case1} {=need} {z:x}",
    )
    s.ask(
        "how many {case} {are} there?",
        "how many {case} {does} {A_} need?",
        "how many {case} {does} {A_} need for [them|all {x}|the {x}]?",
        "how many {case} can {he} fill?",
        "how many {case} will {he} [have|fill|use] [for this|]?",
        "how many {case} {are} needed?",
        "how many {case} {does} {he} [use|fill|make|end up with]?",
    )
    return ("/", now, "z")


def carried(s: Story, now: Term) -> Term:
    _divisor(s, now)
    if s.chance(0.6):
        s.fact(
            "{S} can [only|] carry {z} [{x}|of them|] at [a time|once]",
            "{S} can take {z} [{x}|] [on|in] [each|one] trip",
        )
        s.ask(
            "how many trips {does} {he} [need|make|have to make]?",
            "how many trips [will|must] {he} make?",
            "how many times {does} {he} have to [go|walk]?",
        )
    else:
        s.fact("only {z} [{x}|] [can be moved|can be washed|fit] at [a time|once]")
        s.ask(
            "how many [loads|rounds|turns] [are|will be] needed?",
            "how many [loads|turns] does it take?",
        )
    return ("/", now, "z")


def used_up(s: Story, now: Term) -> Term:
    _divisor(s, now)
    unit = s.pick("day", "day", "hour", "week")
    s.noun("time", unit, unit + "s")
    s.fact(
        "{S} {~work} through {z} [of them|{x}] [a|per|each|every] {time1}",
        "{z} of them {are} [used|taken|sold|finished] [each|every] {time1}",
        "{S} {~use} {z} [{x}|of them|] [a|each|every] {time1}",
    )
    s.ask(
        "how many {time} will [they|it] last?",
        "how many {time} [does|will] it take [to finish|until all are gone|in all|]?",
        "after how many {time} are they all [gone|done]?",
    )
    return ("/", now, "z")


SHARERS = (
    ("friend", "friends"),
    ("child", "children"),
    ("student", "students"),
    ("cousin", "cousins"),
    ("person", "people"),
    ("neighbor", "neighbors"),
    ("kid", "kids"),
    ("team", "teams"),
)


def shared(s: Story, now: Term) -> Term:
    _divisor(s, now)
    s.noun("who", *s.rng.choice(SHARERS))
    s.fact(
        "{S} {~share} {all} [equally|evenly|fairly] [among|between|with] [{his}|] {z:who}",
        "{S} {~share} {all} [among|with] {his} {z:who}",
        "{S} {~divide} {all} [equally|evenly] among {z:who}",
        "{z:who} {+share} {all} [equally|evenly|fairly]",
        "{S} {~give} {all} to {z:who} so that each {=get} the same [number|amount]",
        "{S} {~hand out} {all} equally to {z:who}",
    )
    s.ask(
        "how many {x} {be} [that|it] for each {who1}?",
        "how many [{x}|] {do} each {who1} get?",
        "how many [{x}|] will each {who1} [get|receive|have]?",
        "how many {x} {do} [every|each] {who1} [get|receive|end up with]?",
        "how many {x} {do} each [of them|one|person] get?",
    )
    return ("/", now, "z")


def spread(s: Story, now: Term) -> Term:
    _divisor(s, now)
    s.fact(
        "{S} {~spread} {all} [equally|evenly|fairly] over {z:case}",
        "{S} {~divide} {all} [equally|evenly|] [between|among|into] {z:case}",
        "{S} {~sort} {all} into {z:case} with the same [number|amount] in each",
        "{S} {~arrange} {all} in {z} equal {case}",
        "{S} {has} {z:case} [for them|] and {~put} the same [number|amount] in each",
        "they {are} [split|sorted|packed|divided] into {z} equal {case}",
    )
    s.ask(
        "how many {x} {are} in [each|every|one] {case1}?",
        "how many [{x}|] [go|will go|went] into each {case1}?",
        "how many [{x}|] {do} each {case1} [have|hold|get]?",
        "how many {x} {does} {Q} put in each {case1}?",
    )
    return ("/", now, "z")


def leftover(s: Story, now: Term) -> Term:
    value = s.value(now)
    z = s.draw("z", 2, min(max(3, value - 1), 30))
    if value % z == 0 or z > value:
        raise Unfit
    if s.chance(0.6):
        s.fact(
            "{S} {~put} them [in|into] {case} of {z}",
            "each {case1} holds [exactly|] {z}",
            "{S} {~share} them equally among {z} [friends|children|people], as far as they go",
        )
        s.ask(
            "how many {x} are left over?",
            "how many [{x}|] {are} left [over|]?",
            "how many [{x}|] remain?",
        )
        return ("%", now, "z")
    s.fact(
        "{S} {~put} them [in|into] {case} of {z}",
        "each {case1} holds [exactly|] {z}",
        "{S} {~fill} as many {case} of {z} as {he} can",
    )
    s.ask(
        "how many full {case} {does} {he} get?",
        "how many {case} can {he} fill [completely|]?",
        "how many full {case} are there?",
    )
    return ("//", now, "z")


def _each(s: Story, now: Term) -> None:
    s.draw("z", 2, min(99, max(3, 9000 // max(s.value(now), 1))))


def priced(s: Story, now: Term) -> Term:
    _each(s, now)
    s.fact(
        "each [{x1}|] costs [${z}|{z} dollars|{z} cents]",
        "{S} {~pay} [${z}|{z} dollars] [for every one|for each {x1}|apiece]",
        "the [price|cost] of [each|one|a] {x1} is [${z}|{z} dollars]",
    )
    s.ask(
        "how much {does} {he} pay for [all of them|them all|the lot]?",
        "{total}, how much {does} {he} pay?",
        "how much do [they|the {x}] cost {total}?",
        "what is the total [cost|price]?",
        "how much money {does} {he} [need|spend|pay] [{total}|for them|]?",
        "how much {does} {A_} spend?",
    )
    return ("*", now, "z")


def sold(s: Story, now: Term) -> Term:
    _each(s, now)
    s.fact(
        "{S} {~sell} {all} for [${z}|{z} dollars] [apiece|a piece|per {x1}]",
        "{S} {~get} [${z}|{z} dollars] for [each of them|every {x1}]",
        "[${z}|{z} dollars] {be} what [each|one] {x1} [sells for|brings|is worth]",
        "{S} {~earn} [${z}|{z} dollars] [for|per] {x1}",
    )
    s.ask(
        "how much [money|] {does} {he} [earn|make|get|receive]?",
        "how much money will {he} [earn|make|get] from them [{total}|]?",
        "how many dollars {does} {he} [get|earn|make]?",
        "how much are they worth {total}?",
    )
    return ("*", now, "z")


def scored(s: Story, now: Term) -> Term:
    _each(s, now)
    s.fact(
        "each {x1} [is worth|gives|scores|earns] {z} points [in the game|]",
        "{z} points {be} given for [each|every] {x1}",
        "{S} {~get} {z} points for [each|every] {x1}",
    )
    s.ask(
        "how many points {does} {he} [get|collect|earn] [{total}|]?",
        "how many points is that [{total}|]?",
        "what {be} {his} [score|total]?",
    )
    return ("*", now, "z")


def timed(s: Story, now: Term) -> Term:
    _each(s, now)
    s.words["unit"] = s.pick("minutes", "minutes", "hours", "days", "seconds")
    s.fact(
        "[each|every] {x1} takes {z} {unit} [to check|to make|to clean|to finish|]",
        "{S} {~spend} {z} {unit} on each [of them|{x1}|one]",
        "it takes {him} {z} {unit} to [clean|fix|paint|check|read|move] [one|each|each {x1}]",
    )
    s.ask(
        "how many {unit} {does} {he} need [{total}|for all of them|for them|]?",
        "how long does it take {him} {total}?",
        "how many {unit} will it take [{him}|] [{total}|]?",
        "how long will [they|all of them|the rest] take?",
    )
    return ("*", now, "z")


MADE_OF = tuple(
    (one, plural(one))
    for one in "page piece part seed bead drop wheel spot person window leg button layer petal".split()
)
WEIGHTS = ("pounds", "grams", "ounces", "kilograms")
LENGTHS = ("inches", "feet", "meters", "centimeters")


def measured(s: Story, now: Term) -> Term:
    _each(s, now)
    if s.chance(0.5):
        s.noun("o", *s.rng.choice(MADE_OF))
        s.fact(
            "each {x1} has {z:o}",
            "[each|every] [one|of them|{x1}] [holds|has|needs|takes] {z:o}",
            "there are {z:o} [in|on|for] [each|every] {x1}",
        )
        s.ask(
            "how many {o} are there {total}?",
            "how many {o} is that [{total}|]?",
            "how many {o} {does} {he} [have|need|get|use] [{total}|]?",
            "what is the total number of {o}?",
        )
    else:
        heavy = s.chance(0.5)
        s.words["unit"] = s.pick(*(WEIGHTS if heavy else LENGTHS))
        s.words["size"] = "weighs {z} {unit}" if heavy else "is {z} {unit} long"
        s.fact("[each|every] {x1} {size}", "[one|a single] {x1} {size}")
        s.ask(
            "how many {unit} is that {total}?",
            "how many {unit} are [they|the {x}|all {x}] together?",
            "how many {unit} do they [make|come to] {total}?",
        )
    return ("*", now, "z")


def missing(s: Story, now: Term) -> Term:
    value = s.value(now)
    s.numbers["z"] = value + s.rng.randint(1, max(2, min(s.top, 500)))
    s.fact(
        "{S} {~need} {z:x} [{total}|] [for the party|for a project|for the class|for a game|]",
        "{S} {~want} [to have|to get|] {z:x} [{total}|]",
        "{his} goal {be} {z:x}",
        "the {box1} [has room for|holds|can hold] {z} [{x}|]",
        "a full [set|collection|{box1}] has {z:x}",
    )
    s.ask(
        "how many more [{x}|] {does} {he} need?",
        "how many more [{x}|] {does} {A_} [need|have to get|want]?",
        "how many [more|] are [missing|still missing|still needed]?",
        "how many more [{x}|] [must|should] {he} get?",
        "how many {x} {does} {he} still need?",
        "how many [more|] {x} {does} {he} lack?",
    )
    return ("-", "z", now)


def beside(s: Story, now: Term) -> Term:
    value = s.value(now)
    s.draw("z", 1, max(2, 2 * value))
    if s.numbers["z"] == value:
        raise Unfit
    s.fact("{D} {hath} {z:x}", "{D} {=gain} {z:x}", "{D} [only|] {hath} {z} [of them|{x}|]")
    if s.numbers["z"] > value:
        s.ask(
            "how many more {x} {do} {D_} have than {A_}?",
            "how many fewer {x} {does} {A_} have than {D_}?",
            "how many more [{x}|] must {A_} get to have as many as {D_}?",
        )
        return ("-", "z", now)
    s.ask(
        "how many more {x} {does} {A_} have than {D_}?",
        "how many fewer {x} {do} {D_} have than {A_}?",
        "how many more must {D_} get to have as many [{x}|] as {A_}?",
    )
    return ("-", now, "z")


def together(s: Story, now: Term) -> Term:
    s.draw("z", 2, s.top)
    s.fact("{D} {hath} {z:x}", "{D} {=gain} {z:x}", "{D} {hath} {z} [{x}|]")
    s.ask(
        "how many {x} do they have {total}?",
        "how many {x} do {A_} and {D_} have [{total}|together]?",
        "how many {x} are there {total}?",
    )
    return ("+", now, "z")


QUESTIONS: tuple[tuple[Callable[[Story, Term], Term], int], ...] = (
    (packed, 14),
    (carried, 3),
    (used_up, 3),
    (shared, 7),
    (spread, 7),
    (leftover, 3),
    (priced, 5),
    (sold, 4),
    (scored, 3),
    (timed, 3),
    (measured, 4),
    (missing, 7),
    (beside, 6),
    (together, 5),
)

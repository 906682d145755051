"""Groups within groups, groups packed anew, and what one takes told before what there is.

Schemas: product of three numbers; equal groups regrouped; capacity or price first, then a sum or
difference that is loaded, shared or paid for. Knows each telling and its term. Does not know groups
of one level.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit


def nested(s: Story) -> Term:
    """So many in each of so many in each of so many."""
    people(s, 1)
    things(s, 1)
    a, b = s.draw("a", 2, 12), s.draw("b", 2, 12)
    s.draw("c", 2, max(3, min(s.top, 2000 // (a * b))))
    s.noun("unit", *s.rng.choice((("day", "days"), ("week", "weeks"), ("visit", "visits"))))
    if s.chance(0.6):
        s.fact(
            "{A} {has} {a:case}, every one with {b:box} inside, and a {box1} {=hold} {c:t}",
            "in each of {a:case} {+stand} {b:box} with {c:t} apiece",
            "a {box1} {=take} {c:t}, a {case1} {b:box}, and {A} {~fill} {a:case}",
            "{a:case} {+arrive}. {b:box} {are} in every {case1}, {c:t} in every {box1}",
        )
    else:
        s.fact(
            "{a} helpers each {+fill} {b:box}, with {c:t} per {box1}",
            "{A} {~use} {c:t} for a {box1} and {~make} {b:box} [a|every] {unit1} for {a:unit}",
            "on each of {a:unit}, {A} {~gain} {b:box} with {c:t} in every {box1}",
        )
    s.ask(
        "how many {t} is that {total}?",
        "how many {t} {are} there {total}?",
        "what is the total number of {t}?",
    )
    return ("*", ("*", "a", "b"), "c")


def regrouped(s: Story) -> Term:
    """Groups of one size packed anew: into how many of another size, or how many into each."""
    people(s, 1)
    things(s, 1)
    a, b = s.draw("a", 2, min(s.top, 40)), s.draw("b", 2, min(s.top, 40))
    divisors = [d for d in range(2, 61) if a * b % d == 0 and d not in (a, b)]
    if not divisors:
        raise Unfit
    s.numbers["c"] = s.rng.choice(divisors)
    s.fact(
        "{A} {~empty} {a:box} of {b:t} each onto a table",
        "{A} {~gain} {b:t} each day for {a} days",
        "{a} rows with {b:t} apiece {are} taken apart",
        "{A} {~get} {b:t} from each of {a} helpers",
        "{A} {has} {a:box}, {b:t} in every one",
    )
    if s.chance(0.5):
        s.fact(
            "all {t} {+go} into {case} of {c}",
            "{he} {~pack} them [anew|again], {c} to a {case1}",
            "a {case1} {=have} room for {c:t}",
        )
        s.ask(
            "how many {case} {are} full then?",
            "how many {case} will that be?",
            "how many {case} {are} needed?",
        )
    else:
        s.fact(
            "all {t} {+go} into {c:case}, equally many in each",
            "{he} {~spread} them evenly over {c:case}",
            "{c} [friends|players|families] {+share} them evenly",
        )
        s.ask(
            "how many {t} {do} each [of them|one] get?",
            "how many {t} is that for each?",
        )
    return ("/", ("*", "a", "b"), "c")


def capacity_first(s: Story) -> Term:
    """What goes at a time is told before the two lots, or the lot and what of it drops out."""
    people(s, 2)
    things(s, 2)
    whole = s.draw("z", 2, 20) * s.draw("k", 2, min(s.top, 40))
    s.words["cart"] = s.pick("cart", "boat", "lift", "sled", "basket", "trolley")
    joined = s.chance(0.6)
    s.alias("x", "kind" if joined and s.chance(0.5) else "t")
    (how, question) = s.rng.choice(
        (
            ("{A's} {cart} [takes|carries] only {z:x} at a time", "how many trips are needed?"),
            ("{A} can lift {z:x} at once", "how many times {does} {Q} have to go?"),
            ("each {case1} has room for {z:x}", "how many {case} {are} full then?"),
            ("a {case1} takes {z:x}", "how many {case} will {he} need?"),
            ("{A} can check {z:x} in one hour", "how many hours {does} {Q} need?"),
            ("a page of the list has room for {z:x}", "how many pages {does} {Q} need?"),
        )
    )
    s.fact(how)
    if joined:
        s.numbers["b"] = whole - s.draw("a", 1, whole - 1)
        s.words["both"] = (
            "{a} [from one side|from upstairs|from the yard] and {b} [from the other|from below]"
            if s.nouns["x"] == s.nouns["t"]
            else "{a:t} and {b:u}"
        )
        s.fact(
            "{he} {has} {both} [to move|to deal with|]",
            "{both} are waiting for {him}",
            "now {both} have to be dealt with",
        )
        now: Term = ("+", "a", "b")
    else:
        s.numbers["a"] = whole + s.draw("b", 1, max(2, min(s.top, 200)))
        s.fact(
            "of the {a:t} there, {b} can stay where they are",
            "{he} {has} {a:t}, but {b} of them {are} [done already|no use]",
            "there {are} {a:t}. {B} {=see} to {b} of them and {A_} to the others",
        )
        now = ("-", "a", "b")
    s.ask(question)
    return ("/", now, "z")


def price_first(s: Story) -> Term:
    """What one costs or counts is told before how many do not count."""
    people(s, 1)
    things(s, 1)
    days(s)
    s.draw("z", 2, 60)
    s.draw("b", 1, s.draw("a", 3, min(s.top, 90)) - 1)
    if s.chance(0.3):
        s.words["what"] = "how many points"
        s.fact("a {t1} [counts|gives|earns] {z} points", "{z} points are given for every {t1}")
        s.fact(
            "of {a:t}, {A} {~miss} {b}",
            "{A} {~reach} all but {b} of {a:t}",
            "there {are} {a:t}, and {b} {+escape} {him}",
        )
    else:
        s.words["what"] = s.pick("how much money", "how many dollars", "what sum")
        s.fact(
            "a {t1} [sells for|brings in] [${z}|{z} dollars]",
            "[${z}|{z} dollars] {be} the going rate for a {t1}",
        )
        s.fact(
            "{A} {~bring} {a:t} to market and {~carry} {b} back home",
            "of {A's} {a:t}, {b} {are} not sold",
            "{A} {has} {a:t} on the stand, and all but {b} {+find} a buyer",
        )
    s.ask("{what} {does} {Q} get [{total}|for the others|]?", "{what} is that [{total}|]?")
    return ("*", ("-", "a", "b"), "z")


MAKERS = ((nested, 2), (regrouped, 3), (capacity_first, 4), (price_first, 2))

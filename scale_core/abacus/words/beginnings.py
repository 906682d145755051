"""How an amount begins: owned or lying about, two parts or two times, groups, a comparison, a pool.

Each beginning tells it, gives the noun that the amount is counted in to the slot `x` and returns
its term. Does not know what happens to it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable

from scale_core.abacus.words.tongue import Story, Term


def owned(s: Story) -> Term:
    s.draw("a", 2, s.top)
    s.alias("x", "t")
    s.fact(
        "{A} {has} {a:t}",
        "{A} {has} {a:t}",
        "{A} {has} {a:t} {where}",
        "{A} {~start} [out|] with {a:t}",
        "{A} {~own} {a:t}",
        "{A} {~gain} {a:t}",
        "{A} {~gain} {a:t} {where}",
        "{A} {has} [a collection of|a set of|a total of|exactly|about to use] {a:t}",
        "there {are} {a:t} in {A's} {box1}",
        "{A} {~keep} {a:t} in [a|the] {box1}",
        "{A's} {box1} {=hold} {a:t}",
        "[one day|last week|this morning|yesterday|on {his} birthday] {A} {~gain} {a:t}",
        "{A} [already|] {has} {a:t} in {his} {box1}",
    )
    return "a"


def lying(s: Story) -> Term:
    s.draw("a", 2, s.top)
    s.alias("x", "t")
    s.fact(
        "there {are} {a:t} {where}",
        "there {are} {a:t} in [a|the] {box1}",
        "[a|the|one] {box1} {=hold} {a:t}",
        "[a|the] {box1} {=have} {a:t} in it",
        "{a:t} {are} {where}",
        "{a:t} {are} in [a|the] {box1}",
        "[a|the] {box1} {=contain} {a:t}",
        "{A} {~see} {a:t} {where}",
    )
    return "a"


def two_parts(s: Story) -> Term:
    s.draw("a", 2, s.top)
    s.draw("b", 2, s.top)
    s.alias("x", "kind")
    s.fact(
        "{A} {has} {a:t} and {b:u}",
        "{A} {~gain} {a:t} and {b:u}",
        "{A} {~gain} {a:t} and {b:u} {where}",
        "{A} {~gain} {a:t}, and {b:u} [too|as well]",
        "there {are} {a:t} and {b:u} {where}",
        "there {are} {a:t} in [a|the] {box1} and {b:u} [besides|beside them|in it too]",
        "{A} {~gain} {a:t}. {he} also {~gain} {b:u}",
        "{A} {has} both {t} and {u}: {a:t} and {b:u}",
        "in the {box1} {are} {a:t} and {b:u}",
        "{A} {~gain} {a:t} {where} and {b:u} {where2}",
    )
    return ("+", "a", "b")


def two_times(s: Story) -> Term:
    s.draw("a", 2, s.top)
    s.draw("b", 2, s.top)
    s.alias("x", "t")
    s.fact(
        "{A} {~gain} {a:t} {day1} and {b} [more|] {day2}",
        "{day1} {A} {~gain} {a:t} and {day2} {he} {~gain} {b} [more|]",
        "{A} {~gain} {a:t} {day1}. {day2} {he} {~gain} {b} more",
        "{A} {~gain} {a:t} {where} and {b} [more|others] {where2}",
        "{A} {~gain} {a} {day1} and {b:t} {day2}",
        "{A} {~gain} {a:t} in [one|the first] {box1} and {b} in [another|the second|the other]",
        "{A} {~gain} {a:t} from {B} and {b} from {C}",
        "{A} {has} two {box}. [One|The first] {=hold} {a:t} and the other {=hold} {b}",
    )
    return ("+", "a", "b")


def groups(s: Story) -> Term:
    s.draw("a", 2, min(s.top, 60))
    s.draw("b", 2, min(s.top, 40))
    s.alias("x", "t")
    s.fact(
        "{A} {has} {a:box} of {t} with {b:t} in each [{box1}|]",
        "{A} {has} {a:box} with {b:t} in each",
        "{A} {~gain} {a:box} of {t}. [Each|Every] {box1} {=hold} {b:t}",
        "{A} {has} {a:box} of {b:t} each",
        "{A} {~gain} {a:box}, [each with|each of them with|and each {=hold}] {b:t}",
        "there {are} {a:box} [{where}|] with {b:t} in [each|every one]",
        "each {box1} {=hold} {b:t} and {A} {has} {a:box}",
        "{A} {~put} {b:t} in each of {a:box}",
        "{A} {~fill} {a:box} with {b:t} each",
        "there {are} {b:t} in each {box1}. {A} {has} {a:box}",
        "{A} {~buy} {a:box} of {t} and there {are} {b} in [each|a] {box1}",
        "{A} {~arrange} {his} {t} in {a:box} of {b} [each|]",
        "{A} {~get} {b:t} every day for {a} days",
        "{A} {~gain} {b:t} a day. {he} {~keep} this up for {a} days",
        "{a} [friends|children|people|cousins|neighbors] each {+give} {A} {b:t}",
    )
    return ("*", "a", "b")


def more_than(s: Story) -> Term:
    fewer = s.chance(0.45)
    most = s.draw("a", 2, s.top) - 1
    s.draw("b", 1, most if fewer else s.top)
    s.alias("x", "t")
    s.words["more"] = "[fewer|less]" if fewer else "more"
    s.fact(
        "{B} {hath} {a:t}. {A} {has} {b} {more} {t} than {B_}",
        "{A} {has} {b} {more} {t} than {B}. {B_} {hath} {a} [{t}|]",
        "{B} {=gain} {a:t}. {A} {~gain} {b} {more} {t} than {B_}",
        "{A} {~gain} {b} {more} {t} than {B}, who {=gain} {a}",
        "{A} {has} {b} {more} {t} than {B} and {B_} {hath} {a:t}",
    )
    return ("-" if fewer else "+", "a", "b")


def times_as_many(s: Story) -> Term:
    factor = s.numbers["f"] = s.rng.choice((2, 2, 2, 3, 3, 4, 5, 6, 10))
    s.words["times"] = {2: "[twice|2 times|two times]", 3: "[three times|3 times]"}.get(
        factor, "{f} times"
    )
    s.draw("a", 2, min(s.top, 99))
    s.alias("x", "t")
    s.fact(
        "{B} {hath} {a:t}. {A} {has} {times} as many [{t}|]",
        "{B} {hath} {a:t} and {A} {has} {times} as many as {B_}",
        "{A's} {t} are {times} as many as {B's}. {B_} {hath} {a} [{t}|]",
        "{A} {~gain} {times} as many {t} as {B}, who {=gain} {a}",
    )
    return ("*", "a", factor)


def pooled(s: Story) -> Term:
    s.draw("a", 2, s.top)
    s.draw("b", 2, s.top)
    s.alias("x", "t")
    s.fact(
        "{A} {has} {a:t} and {B} {hath} {b} [{t}|]",
        "{A} {has} {a:t}. {B} {hath} {b:t}",
        "{A} {~gain} {a:t} and {B} {=gain} {b}",
        "{A} {has} {a:t} [while|and] {B} {hath} {b:t}",
        "{B} {=gain} {b:t} and {A} {~gain} {a}",
    )
    if s.chance(0.5):
        s.fact(
            "they [combine what they have|join their collections|keep them together]",
            "they put them all [together|in one {box1}|into one pile]",
            "they [share|pool|combine] their {t}",
            "{B_} {=give} {him} all of {hisB} {t}",
        )
    return ("+", "a", "b")


BEGINNINGS: tuple[tuple[Callable[[Story], Term], int], ...] = (
    (owned, 40),
    (lying, 14),
    (two_parts, 18),
    (two_times, 14),
    (groups, 22),
    (more_than, 9),
    (times_as_many, 7),
    (pooled, 9),
)

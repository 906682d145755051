"""What happens to an amount: some more, some away, both, to several, in packs, half of it.

Each change tells it, draws its numbers into slots of its own and returns the term afterwards.
Does not know how the amount began or what is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from scale_core.abacus.words.tongue import Story, Term

LEADS = "[Later|Then|After that,|A day later|Later that day|Afterwards|That evening|Soon after|]"


def joined(s: Story, now: Term, n: str) -> Term:
    s.draw(n, 1, s.top)
    s.fact(
        "{S} {~gain} {n} more [{x}|]",
        "{S} {~gain} {n} more [{x}|]",
        "{S} {~gain2} [another|an additional] {n} [{x}|]",
        "{S} {~gain2} {n:x} {day1}",
        "{B} {=give} {him} {n} more [{x}|]",
        "{B} {=give} {him} {n} [more|of {hisB} own|new ones|]",
        "{B} {=bring} {n} more",
        "{S} {~get} {n} more [{x}|] from {B}",
        "{n} more {x} {are} [added|brought|put in|found]",
        "{n} [more|other] {x} [{+arrive}|{+come}]",
        "{S} {~find} {n} more {where2}",
        "{S} {~add} {n} more [{x}|]",
        "{his} [mother|friend|brother|aunt|grandpa|teacher] {=give} {him} {n} [more|]",
        lead=LEADS,
        n=n,
    )
    return ("+", now, n)


def separated(s: Story, now: Term, n: str) -> Term:
    s.draw(n, 1, s.value(now) - 1)
    s.fact(
        "{S} {~lose} {n} [{x}|of the {x}|]",
        "{S} {~lose} {n} [of these|{x}|of {his} {x}]",
        "{S} {~lose2} {n} [of them|{x}|of the {x}] {day1}",
        "{S} {~give} {n} [of them|{x}|] to {B}",
        "{S} {~give} {B} {n} [of them|{x}|of the {x}]",
        "{B} {=take} {n} [of them|{x}|]",
        "{B} {=buy} {n} [of them|of the {x}] from {him}",
        "{n} of [them|the {x}] {are} [lost|sold|used|broken|taken|thrown out|gone|given away]",
        "{n} of [them|the {x}] [{+break}|{+get} lost|{+go} missing]",
        "{S} {~use} {n} [of them|{x}] {day1}",
        "{S} {~lose} {n} [{x}|] and {~keep} the rest",
        "{n} [{x}|of them] [{+leave}|{+fall} out|{+disappear}]",
        "{n} of [them|the {x}] {+turn} out to be [bad|broken|damaged|rotten|wet|old]",
        lead=LEADS,
        n=n,
    )
    return ("-", now, n)


def lost_twice(s: Story, now: Term, n: str) -> Term:
    m, value = n + "2", s.value(now)
    s.draw(m, 1, value - s.draw(n, 1, value // 2) - 1)
    s.fact(
        "{S} {~lose} {n} and {~lose2} {m} [of them|]",
        "{S} {~lose} {n} of them {day1} and {m} {day2}",
        "{B} {=get} {n} [of them|] from {him} and {C} {=get} {m}",
        "{S} {~give} {B} {n} [of them|] and {C} another {m}",
        "{n} of the {x} {+go} to {B}, {m} to {C}",
        "first {S} {~give} {n} to {B}, then {m} to {C}",
        "{B} {=take} {n} and {C} {=take} {m} [of them|]",
        "{S} {~lose} {n:x}, and [then|later] {he} {~give} {B} {m} more",
        lead=LEADS,
        n=n,
        m=m,
    )
    return ("-", ("-", now, n), m)


def swapped(s: Story, now: Term, n: str) -> Term:
    """Some away and then some more, told in one breath."""
    m = n + "2"
    s.draw(n, 1, s.value(now) - 1)
    s.draw(m, 1, s.top)
    s.fact(
        "{S} {~lose} {n} [of them|{x}] and [then|later] {~gain} {m} [more|others|different ones]",
        "{S} {~give} {B} {n} [of them|] and {~get} {m} from {C}",
        "{S} {~lose} {n:x} but {~gain2} {m} [more|others]",
        "{S} {~lose2} {n} of them, but then [another {m}|{m} more] {are} [brought|added]",
        lead=LEADS,
        n=n,
        m=m,
    )
    return ("+", ("-", now, n), m)


def gave_each(s: Story, now: Term, n: str) -> Term:
    m, value = n + "2", s.value(now)
    s.draw(m, 1, (value - 1) // s.draw(n, 2, min(12, max(2, value // 3))))
    s.fact(
        "{S} {~give} {m} [of them|{x}] to each of {his} {n} [friends|cousins|children|classmates]",
        "{S} {~give} {n} [friends|children|people|neighbors] {m:x} each",
        "for {n} days {S} {~lose} {m:x} [a|each|every] day",
        "{n} [friends|children|people|visitors] {+take} {m} each",
        "{S} {~use} {m} of them for each of {n} [projects|days|meals|tables]",
        "{S} {~fill} {n:case} with {m} [of them|{x}] each",
        lead=LEADS,
        n=n,
        m=m,
    )
    return ("-", now, ("*", n, m))


def bought_packs(s: Story, now: Term, n: str) -> Term:
    m = n + "2"
    s.draw(n, 2, 12)
    s.draw(m, 2, min(30, s.top))
    s.fact(
        "{S} {~gain} {n:case} of {m:x} each",
        "{S} {~gain} {n} [more|] {case} with {m:x} in each",
        "{S} {~gain} {n:case}, each with {m} [more|] {x}",
        "{B} {=bring} {him} {n:case} of {x} and each {case1} {=hold} {m}",
        "{n} friends each {+give} {him} {m} more",
        lead=LEADS,
        n=n,
        m=m,
    )
    return ("+", now, ("*", n, m))


def halved(s: Story, now: Term, n: str) -> Term:
    s.fact(
        "{S} {~lose} half of them",
        "{S} {~lose} half [of {his}|of the|the] {x}",
        "{S} {~give} half of them to {B}",
        "half of them {are} [broken|gone|used|sold]",
        lead=LEADS,
    )
    return ("/", now, 2)


CHANGES: tuple[tuple[Callable[[Story, Term, str], Term], int], ...] = (
    (joined, 26),
    (separated, 34),
    (lost_twice, 7),
    (swapped, 8),
    (gave_each, 9),
    (bought_packs, 6),
    (halved, 3),
)
LESSENING = frozenset((separated, lost_twice, gave_each, halved))

"""Stories that follow one amount: how it begins, what happens to it, what is asked about it.

Schemas: combine, change, equal groups and comparison as beginnings; joining, separating, giving to
several and halving as changes; the rest, grouping, sharing, leftovers, worth and what is missing
as questions; and the same changes with the start, the change or the other part unknown. Knows how
each is told and the term that answers it.
"""

from __future__ import annotations

from collections.abc import Callable

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit

LEADS = "[Later|Then|After that,|The next day|Later that day|Afterwards|That evening|Soon after|]"


def _top(s: Story) -> int:
    return s.top


# ----- beginnings: each returns the amount and sets the noun `x` that it is counted in


def _same(s: Story, slot: str) -> None:
    s.nouns["x"] = s.nouns[slot]
    s.words["x"], s.words["x1"] = s.words[slot], s.words[slot + "1"]


def owned(s: Story) -> Term:
    s.draw("a", 2, _top(s))
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
    _same(s, "t")
    return "a"


def lying(s: Story) -> Term:
    s.draw("a", 2, _top(s))
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
    _same(s, "t")
    return "a"


def two_parts(s: Story) -> Term:
    s.draw("a", 2, _top(s))
    s.draw("b", 2, _top(s))
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
    _same(s, "kind")
    return ("+", "a", "b")


def two_times(s: Story) -> Term:
    days(s)
    s.draw("a", 2, _top(s))
    s.draw("b", 2, _top(s))
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
    _same(s, "t")
    return ("+", "a", "b")


def groups(s: Story) -> Term:
    s.draw("a", 2, min(_top(s), 60))
    s.draw("b", 2, min(_top(s), 40))
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
    _same(s, "t")
    return ("*", "a", "b")


def more_than(s: Story) -> Term:
    s.draw("a", 2, _top(s))
    fewer = s.chance(0.45)
    s.draw("b", 1, s.numbers["a"] - 1 if fewer else _top(s))
    word = "[fewer|less]" if fewer else "more"
    s.fact(
        f"{{B}} {{hath}} {{a:t}}. {{A}} {{has}} {{b}} {word} [{{t}}|] than {{B_}} [does|]",
        f"{{A}} {{has}} {{b}} {word} {{t}} than {{B}}. {{B_}} {{hath}} {{a}} [{{t}}|]",
        f"{{B}} {{=gain}} {{a:t}}. {{A}} {{~gain}} {{b}} {word} than {{B_}}",
        f"{{A}} {{~gain}} {{b}} {word} {{t}} than {{B}}, who {{=gain}} {{a}}",
        f"{{A}} {{has}} {{b}} {word} {{t}} than {{B}} and {{B_}} {{hath}} {{a:t}}",
    )
    _same(s, "t")
    return ("-" if fewer else "+", "a", "b")


def times_as_many(s: Story) -> Term:
    factor = s.rng.choice((2, 2, 2, 3, 3, 4, 5, 6, 10))
    s.numbers["f"] = factor
    word = {2: "[twice|2 times|two times]", 3: "[three times|3 times]"}.get(factor, "{f} times")
    s.draw("a", 2, min(_top(s), 99))
    s.fact(
        f"{{B}} {{hath}} {{a:t}}. {{A}} {{has}} {word} as many [{{t}}|]",
        f"{{B}} {{hath}} {{a:t}} and {{A}} {{has}} {word} as many as {{B_}}",
        f"{{A}} {{has}} {word} as many {{t}} as {{B}}. {{B_}} {{hath}} {{a}} [{{t}}|]",
        f"{{A}} {{~gain}} {word} as many {{t}} as {{B}}, who {{=gain}} {{a}}",
    )
    _same(s, "t")
    return ("*", "a", factor)


def pooled(s: Story) -> Term:
    s.draw("a", 2, _top(s))
    s.draw("b", 2, _top(s))
    s.fact(
        "{A} {has} {a:t} and {B} {hath} {b} [{t}|]",
        "{A} {has} {a:t}. {B} {hath} {b:t}",
        "{A} {~gain} {a:t} and {B} {=gain} {b}",
        "{A} {has} {a:t} [while|and] {B} {hath} {b:t}",
        "{B} {=gain} {b:t} and {A} {~gain} {a}",
    )
    s.fact(
        "they {together}",
        "they put them all [together|in one {box1}|into one pile]",
        "they [share|pool|combine] their {t}",
        "{B_} {=give} {him} all of {hisB} {t}",
    ) if s.chance(0.5) else None
    _same(s, "t")
    s.words["together"] = "[combine what they have|join their collections|keep them together]"
    return ("+", "a", "b")


# ----- changes


def joined(s: Story, now: Term, n: str) -> Term:
    s.draw(n, 1, _top(s))
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
        f"{{his}} {s.pick('mother', 'friend', 'brother', 'aunt', 'grandpa', 'teacher')} "
        "{=give} {him} {n} [more|]",
        lead=LEADS,
        n=n,
    )
    return ("+", now, n)


def separated(s: Story, now: Term, n: str) -> Term:
    s.draw(n, 1, s.value(now) - 1)
    s.fact(
        "{S} {~lose} {n} [of them|{x}|of the {x}|]",
        "{S} {~lose} {n} [of them|{x}|of {his} {x}]",
        "{S} {~lose2} {n} [of them|{x}|of the {x}] {day1}",
        "{S} {~give} {n} [of them|{x}|] to {B}",
        "{S} {~give} {B} {n} [of them|{x}|of the {x}]",
        "{B} {=take} {n} [of them|{x}|]",
        "{B} {=buy} {n} [of them|of the {x}] from {him}",
        "{n} of [them|the {x}] {are} [lost|sold|used|broken|taken|thrown out|gone|given away]",
        "{n} of [them|the {x}] [{+break}|{+get} lost|{+go} missing]",
        "{S} {~use} {n} [of them|{x}] {day1}",
        "{S} {~lose} {n} and {~keep} the rest",
        "{n} [{x}|of them] [{+leave}|{+fall} out|{+disappear}]",
        "{n} of [them|the {x}] {+turn} out to be [bad|broken|damaged|rotten|wet|old]",
        lead=LEADS,
        n=n,
    )
    return ("-", now, n)


def lost_twice(s: Story, now: Term, n: str) -> Term:
    m = n + "2"
    value = s.value(now)
    s.draw(n, 1, value // 2)
    s.draw(m, 1, value - s.numbers[n] - 1)
    s.fact(
        "{S} {~lose} {n} and {~lose2} {m} [of them|]",
        "{S} {~lose} {n} of them {day1} and {m} {day2}",
        "{S} {~give} {n} to {B} and {m} to {C}",
        "{B} {=take} {n} and {C} {=take} {m} [of them|]",
        "{S} {~lose} {n:x}, and [then|later] {he} {~give} {B} {m} more",
        lead=LEADS,
        n=n,
        m=m,
    )
    return ("-", ("-", now, n), m)


def swapped(s: Story, now: Term, n: str) -> Term:
    """Some away and some more, in either order, told in one breath."""
    m = n + "2"
    s.draw(n, 1, s.value(now) - 1)
    s.draw(m, 1, _top(s))
    s.fact(
        "{S} {~lose} {n} [of them|{x}] and [then|later|] {~gain} {m} [more|new ones|others]",
        "{S} {~give} {B} {n} [of them|] and {~get} {m} from {C}",
        "{S} {~lose} {n:x} but {~gain2} {m} [more|others]",
        "{S} {~lose2} {n} of them, but then [another {m}|{m} more] {are} [brought|added]",
        lead=LEADS,
        n=n,
        m=m,
    )
    return ("+", ("-", now, n), m)


def gave_each(s: Story, now: Term, n: str) -> Term:
    m = n + "2"
    value = s.value(now)
    s.draw(n, 2, min(12, max(2, value // 3)))
    s.draw(m, 1, (value - 1) // s.numbers[n])
    s.fact(
        "{S} {~give} {m} [of them|{x}] to each of {his} {n} [friends|cousins|children|classmates]",
        "{S} {~give} {n} [friends|children|people|neighbors] {m:x} each",
        "{S} {~lose} {m:x} [a|each|every] day for {n} days",
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
    s.draw(m, 2, min(30, _top(s)))
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
    half: Term = ("/", now, 2)
    return half


# ----- questions


def rest(s: Story, now: Term, down: bool) -> Term:
    if down:
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
            "how many {x} {does} {Q} end up with?",
            "how many [{x}|] would {Q} have?",
            "what {be} the number of {x} left?",
        )
    else:
        s.ask(
            "how many {x} {does} {Q} have now?",
            "how many {x} {does} {Q} have {total}?",
            "how many [{x}|] {does} {Q} have?",
            "how many {x} {are} there [now|{total}|]?",
            "how many are there {total}?",
            "how many {x} {does} {Q} end up with?",
            "how many {x} will {Q} have?",
            "how many {x} would {Q} have {total}?",
            "what is the total number of {x}?",
            "{total}, how many {x} {does} {Q} have?",
            "how many {x} {does} {Q} have [then|at the end|after that|in the end]?",
            "what is the total?",
        )
    return now


def _divisor(s: Story, value: int, low: int = 2) -> int:
    found = [d for d in range(low, min(value, 60)) if value % d == 0]
    if not found:
        raise Unfit
    return s.rng.choice(found)


def packed(s: Story, now: Term, down: bool) -> Term:
    value = s.value(now)
    s.numbers["z"] = _divisor(s, value)
    rest = "the rest" if down and s.chance(0.6) else "[them|all of them|the {x}|all the {x}]"
    s.fact(
        f"{{S}} {{~put}} {rest} [in|into] {{case}} of {{z}} [each|]",
        f"{{S}} {{~put}} {rest} [in|into] {{case}} with {{z}} [{{x}}|] in each [{{case1}}|one|]",
        "each {case1} [holds|can hold|has room for|fits|takes] {z} [{x}|]",
        "{z} [{x}|] fit [in|into] [a|one|each] {case1}",
        "{S} can [put|fit|carry] {z} [{x}|] [in|into|with] each {case1}",
        f"{{S}} {{~want}} to put {rest} in {{case}} of {{z}}",
        "{S} {~put} {z} in each {case1}",
        f"{{S}} {{~pack}} {rest} {{z}} to a {{case1}}",
        "each {case1} {=need} {z:x}",
    )
    s.ask(
        "how many {case} {are} there?",
        "how many {case} {does} {A_} need?",
        "how many {case} {does} {A_} need for [them|all {x}|the {x}]?",
        "how many {case} can {he} fill?",
        "how many {case} will {he} [need|have|fill|use]?",
        "how many {case} {are} needed?",
        "how many {case} {does} {he} [use|fill|make|end up with]?",
    )
    return ("/", now, "z")


def trips(s: Story, now: Term, down: bool) -> Term:
    value = s.value(now)
    if value > 200:
        raise Unfit
    s.numbers["z"] = _divisor(s, value)
    s.fact(
        "{S} can [only|] carry {z} [{x}|of them|] at [a time|once]",
        "{S} can take {z} [{x}|] [on|in] [each|one] trip",
        "only {z} [{x}|] [can be moved|can be washed|fit] at [a time|once]",
        "{S} {~work} through {z} [of them|{x}] [a|per|each|every] [day|hour|week]",
        "{z} of them {are} [used|taken|sold|finished] [each|every] day",
    )
    last = s.facts[-1][1]
    if "trip" in last or "carry" in last:
        s.ask(
            "how many trips {does} {he} [need|make|have to make]?",
            "how many trips [will|must] {he} make?",
            "how many times {does} {he} have to [go|walk]?",
        )
    elif "only" in last:
        s.ask(
            "how many [loads|rounds|turns] [are|will be] needed?",
            "how many [loads|turns] does it take?",
        )
    else:
        unit = next((w for w in ("hour", "week") if w in last), "day")
        s.words["unit"] = unit + "s"
        if "[day|hour|week]" in last:
            s.facts[-1] = ("", last.replace("[day|hour|week]", unit))
            s.words["unit"] = unit + "s"
        s.ask(
            "how many {unit} will [they|it] last?",
            "how many {unit} [does|will] it take [to finish|until all are gone|in all|]?",
            "after how many {unit} are they all [gone|done]?",
        )
        if "[day|hour|week]" not in last:
            s.words["unit"] = "days"
    return ("/", now, "z")


def shared(s: Story, now: Term, down: bool) -> Term:
    value = s.value(now)
    s.numbers["z"] = _divisor(s, value)
    rest = "the rest" if down and s.chance(0.6) else "[them|all of them|the {x}|all the {x}]"
    people_ = s.pick(
        "friends", "children", "students", "cousins", "people", "neighbors", "kids", "teams"
    )
    one = {"children": "child", "people": "person"}.get(people_, people_[:-1])
    if s.chance(0.5):
        s.fact(
            f"{{S}} {{~share}} {rest} [equally|evenly|fairly|] [among|between|with] [{{his}}|] {{z}} {people_}",
            f"{{S}} {{~divide}} {rest} [equally|evenly] among {{z}} {people_}",
            f"{{z}} {people_} {{+share}} {rest} [equally|evenly|fairly]",
            f"{{S}} {{~give}} {rest} to {{z}} {people_} so that each [gets|got] the same [number|amount]",
            f"{{S}} {{~hand out}} {rest} equally to {{z}} {people_}",
        )
        s.ask(
            f"how many {{x}} {{be}} [that|it] for each {one}?",
            f"how many [{{x}}|] {{do}} each {one} get?",
            f"how many [{{x}}|] will each {one} [get|receive|have]?",
            f"how many {{x}} {{do}} [every|each] {one} [get|receive|end up with]?",
            "how many {x} {do} each [of them|one|person] get?",
        )
    else:
        s.fact(
            f"{{S}} {{~put}} {rest} [equally|evenly] [in|into] {{z:case}}",
            f"{{S}} {{~divide}} {rest} [equally|evenly|] [between|among|into] {{z:case}}",
            f"{{S}} {{~sort}} {rest} into {{z:case}} with the same [number|amount] in each",
            f"{{S}} {{~arrange}} {rest} in {{z}} equal {{case}}",
            "{S} {has} {z:case} [for them|] and {~put} the same [number|amount] in each",
            "they {are} [split|put|packed|divided] equally into {z:case}",
        )
        s.ask(
            "how many {x} {are} in [each|every|one] {case1}?",
            "how many [{x}|] [go|will go|went] into each {case1}?",
            "how many [{x}|] {do} each {case1} [have|hold|get]?",
            "how many {x} {do} {he} put in each {case1}?"
            if not s.plural
            else "how many {x} are in each {case1}?",
        )
    return ("/", now, "z")


def leftover(s: Story, now: Term, down: bool) -> Term:
    value = s.value(now)
    z = s.draw("z", 2, min(max(3, value - 1), 30))
    if value % z == 0 or z > value:
        raise Unfit
    s.fact(
        "{S} {~put} them [in|into] {case} of {z}",
        "each {case1} holds [exactly|] {z}",
        "{S} {~share} them equally among {z} [friends|children|people], as far as they go",
        "{S} {~fill} as many {case} of {z} as {he} can",
    )
    if s.chance(0.6) or "share" in s.facts[-1][1]:
        s.ask(
            "how many {x} are left over?",
            "how many [{x}|] {are} left [over|]?",
            "how many [{x}|] remain?",
            "how many {x} do not fit in?",
        )
        return ("%", now, "z")
    s.ask(
        "how many full {case} {does} {he} get?",
        "how many {case} can {he} fill [completely|]?",
        "how many full {case} are there?",
    )
    return ("//", now, "z")


def worth(s: Story, now: Term, down: bool) -> Term:
    value = s.value(now)
    s.draw("z", 2, min(99, max(3, 9000 // max(value, 1))))
    left = "[each|each of the remaining {x}|every one that is left]" if down else "each [{x1}|]"
    kind = s.rng.choice(("price", "price", "earn", "points", "minutes", "weigh", "hold", "need"))
    if kind == "price":
        s.fact(
            f"{left} costs [${{z}}|{{z}} dollars|{{z}} cents]",
            "{S} {~pay} [${z}|{z} dollars] [for each|for each {x1}|apiece|each]",
            "the [price|cost] of [each|one|a] {x1} is [${z}|{z} dollars]",
        )
        s.ask(
            "how much {does} {he} pay {total}?",
            "how much do [they|the {x}] cost {total}?",
            "what is the total [cost|price]?",
            "how much money {does} {he} [need|spend|pay] [{total}|for them|]?",
            "how much {does} {A_} spend?",
        )
    elif kind == "earn":
        s.fact(
            "{S} {~sell} [the rest|all of them|them] for [${z}|{z} dollars] [each|apiece|a piece]",
            "{S} {~get} [${z}|{z} dollars] for each [of them|{x1}]",
            "each {x1} [brings|is sold for|is worth|sells for] [${z}|{z} dollars]",
            "{S} {~earn} [${z}|{z} dollars] [for|per] {x1}",
        )
        s.ask(
            "how much [money|] {does} {he} [earn|make|get|receive]?",
            "how much money will {he} [earn|make|get] [{total}|]?",
            "how many dollars {does} {he} [get|earn|make]?",
            "how much are they worth {total}?",
        )
    elif kind == "points":
        s.fact(
            "each [{x1}|of them|one] [is worth|gives|scores|earns] {z} points",
            "{S} {~get} {z} points for [each|every] {x1}",
        )
        s.ask(
            "how many points {does} {he} [get|have|score|earn] [{total}|]?",
            "how many points is that [{total}|]?",
            "what {be} {his} [score|total]?",
        )
    elif kind == "minutes":
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
    elif kind == "weigh":
        s.words["unit"] = s.pick(
            "pounds", "grams", "ounces", "kilograms", "inches", "feet", "liters"
        )
        verb = (
            "is {z} {unit} long" if s.words["unit"] in ("inches", "feet") else "weighs {z} {unit}"
        )
        verb = "holds {z} {unit}" if s.words["unit"] == "liters" else verb
        s.fact(f"[each|every] {{x1}} {verb}", f"[one|a single] {{x1}} {verb}")
        s.ask(
            "how many {unit} is that {total}?",
            "how many {unit} are [they|the {x}|all {x}] together?",
            "how many {unit} do they [make|come to] {total}?",
        )
    else:
        s.noun("o", *s.rng.choice((("page", "pages"), ("piece", "pieces"), ("part", "parts"),
                                   ("seed", "seeds"), ("leaf", "leaves"), ("bead", "beads"),
                                   ("cup of flour", "cups of flour"), ("drop", "drops"),
                                   ("wheel", "wheels"), ("spot", "spots"), ("person", "people"))))  # fmt: skip
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
    return ("*", now, "z")


def missing(s: Story, now: Term, down: bool) -> Term:
    value = s.value(now)
    s.numbers["z"] = value + s.rng.randint(1, max(2, min(_top(s), 500)))
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


def beside(s: Story, now: Term, down: bool) -> Term:
    value = s.value(now)
    s.draw("z", 1, max(2, 2 * value))
    if s.numbers["z"] == value:
        raise Unfit
    s.fact("{D} {hath} {z:x}", "{D} {=gain} {z:x}", "{D} [only|] {hath} {z} [of them|{x}|]")
    if s.numbers["z"] > value:
        s.ask(
            "how many more {x} {do} {D_} have than {A_}?",
            "how many fewer {x} {does} {A_} have than {D_}?",
            "how many {x} [more|must {A_} get] to have as many as {D_}?"
            if s.chance(0.3)
            else "by how many {x} is {D_} ahead of {A_}?",
        )
        return ("-", "z", now)
    s.ask(
        "how many more {x} {does} {A_} have than {D_}?",
        "how many fewer {x} {do} {D_} have than {A_}?",
        "how many more [does|will] {D_} need to have as many [{x}|] as {A_}?",
    )
    return ("-", now, "z")


def together(s: Story, now: Term, down: bool) -> Term:
    s.draw("z", 2, _top(s))
    s.fact("{D} {hath} {z:x}", "{D} {=gain} {z:x}", "{D} {hath} {z} [{x}|]")
    s.ask(
        "how many {x} do they have {total}?",
        "how many {x} do {A_} and {D_} have [{total}|together]?",
        "how many {x} {have} they {total}?" if s.present else "how many {x} did they have {total}?",
        "how many {x} are there {total}?",
    )
    return ("+", now, "z")


Beginning = Callable[[Story], Term]
Change = Callable[[Story, Term, str], Term]
Question = Callable[[Story, Term, bool], Term]

BEGINNINGS: tuple[tuple[Beginning, int], ...] = (
    (owned, 40),
    (lying, 14),
    (two_parts, 18),
    (two_times, 14),
    (groups, 22),
    (more_than, 9),
    (times_as_many, 7),
    (pooled, 9),
)
CHANGES: tuple[tuple[Change, int], ...] = (
    (joined, 26),
    (separated, 34),
    (lost_twice, 7),
    (swapped, 8),
    (gave_each, 9),
    (bought_packs, 6),
    (halved, 3),
)
QUESTIONS: tuple[tuple[Question, int], ...] = (
    (rest, 40),
    (packed, 14),
    (trips, 6),
    (shared, 14),
    (leftover, 3),
    (worth, 18),
    (missing, 7),
    (beside, 6),
    (together, 5),
)


def _one(s: Story, options: tuple[tuple[Callable[..., Term], int], ...]) -> Callable[..., Term]:
    return s.rng.choices([f for f, _ in options], [w for _, w in options])[0]


def tracked(s: Story) -> Term:
    """One amount through up to two changes, and a question about it."""
    people(s, 4)
    things(s, 2)
    days(s)
    begin = _one(s, BEGINNINGS)
    now = begin(s)
    changes = s.rng.choices((0, 1, 2), (30, 55, 15))[0]
    down = False
    for i in range(changes):
        change = _one(s, CHANGES)
        now = change(s, now, f"n{i}")
        down = change in (separated, lost_twice, gave_each, halved)
    question = _one(s, QUESTIONS)
    if changes == 0 and begin in (owned, lying) and question is rest:
        raise Unfit
    return question(s, now, down)


# ----- unknowns


def unknown_change(s: Story) -> Term:
    """Start and end are told, the change is asked for."""
    people(s, 2)
    things(s, 1)
    days(s)
    _same(s, "t")
    a = s.draw("a", 2, _top(s))
    if s.chance(0.5):
        s.numbers["b"] = a + s.rng.randint(1, max(2, _top(s)))
        s.fact("{A} {has} {a:t}", "{A} {~start} with {a:t}", "there {are} {a:t} {where}",
               "[a|the] {box1} {=hold} {a:t}", "{A} {~gain} {a:t} {day1}")  # fmt: skip
        s.fact(
            "{S} {~gain} [some|some more|a few more|several more] [{x}|]",
            "{B} {=give} {him} [some|some more|a few more] [{x}|]",
            "[some|some more] {x} {are} [added|brought in|put in]",
            "{S} {~gain} more {x} {day2}",
            lead=LEADS,
        )
        s.fact(
            "now {he} {has} {b} [{x}|]",
            "now there {are} {b} [{x}|] [{total}|]",
            "{he} {~end up} with {b:x}",
            "{he} then {has} {b:x}",
            "[in the end|at the end] {he} {has} {b:x}",
            "that [makes|made] {b:x} {total}",
        )
        s.ask(
            "how many {x} {does} {he} {gain}?",
            "how many {x} did {A_} {gain}?",
            "how many [{x}|] were [added|new]?",
            "how many {x} did {he} get?",
            "how many more {x} {does} {he} have now [than before|than at first]?",
            "how many new {x} [are|were] there?",
        )
        return ("-", "b", "a")
    s.draw("b", 1, a - 1)
    s.fact("{A} {has} {a:t}", "{A} {~start} with {a:t}", "there {are} {a:t} {where}",
           "[a|the] {box1} {=hold} {a:t}", "{A} {~gain} {a:t} {day1}")  # fmt: skip
    s.fact(
        "{S} {~lose} [some|a few|several|a number] [of them|of the {x}]",
        "{S} {~lose} [some|a few|several] {x}",
        "{S} {~give} some [{x}|of them] to {B}",
        "{B} {=take} some [{x}|of them]",
        "some of [them|the {x}] [{+break}|{+get} lost|{are} gone]",
        lead=LEADS,
    )
    s.fact(
        "now {he} {has} [only|] {b} [{x}|left|{x} left|]",
        "{b} [{x}|] {are} left",
        "there {are} [only|still|now] {b} [left|{x}|]",
        "{he} {~be} left with {b} [{x}|]",
        "{he} [still|] {has} {b} [of them|{x}]",
    )
    s.ask(
        "how many {x} {does} {he} {lose}?",
        "how many [{x}|] did {A_} {lose}?",
        "how many [{x}|] {are} [gone|missing]?",
        "how many fewer {x} {does} {he} have now?",
        "how many {x} did {he} [part with|let go of]?",
    )
    return ("-", "a", "b")


def unknown_start(s: Story) -> Term:
    """The change and the end are told, the start is asked for; sometimes two changes."""
    people(s, 3)
    things(s, 1)
    days(s)
    _same(s, "t")
    up, twice = s.chance(0.45), s.chance(0.3)
    s.fact("{A} {has} [some|a number of|several] {x}", "there {are} some {x} {where}",
           "{A} {~gain} [some|a few] {x}", "{A} {has} [a few|some] {x} in [a|the] {box1}")  # fmt: skip
    start = s.rng.randint(2, max(3, _top(s)))
    now = start
    term_ops: list[tuple[str, str]] = []
    for i in range(2 if twice else 1):
        n = f"n{i}"
        if up:
            now += s.draw(n, 1, _top(s))
            s.fact(
                "{S} {~gain} {n} more [{x}|]",
                "{B} {=give} {him} {n} more [{x}|]",
                "{n} [more|new] {x} {are} [added|bought|brought]",
                "{S} {~find} {n} more",
                lead=LEADS,
                n=n,
            )
        else:
            now -= s.draw(n, 1, now - 1)
            s.fact(
                "{S} {~lose} {n} [of them|{x}|of the {x}]",
                "{S} {~give} {n} [of them|{x}|] to {B}",
                "{S} {~give} {B} {n} [of them|{x}|]",
                "{n} of them {are} [lost|taken|sold|used]",
                lead=LEADS,
                n=n,
            )
        term_ops.append(("-" if up else "+", n))
        up = s.chance(0.5)
    s.numbers["e"] = now
    s.fact(
        "now {he} {has} {e} [{x}|] [{total}|]"
        if term_ops[-1][0] == "-"
        else "{he} {has} {e} [{x}|] left",
        "now there {are} {e} [{x}|]",
        "now {he} {has} {e} [{x}|]",
        "that [leaves|left] {him} with {e} [{x}|]",
        "{he} {~end up} with {e} [{x}|]",
        "{e} {are} left" if term_ops[-1][0] == "+" else "there {are} {e} now",
    )
    s.ask(
        "how many {x} did {he} have at [first|the start|the beginning]?",
        "how many {x} did {A_} have [to begin with|in the beginning|at first|originally]?",
        "how many {x} were there [at first|before|originally|to start with]?",
        "how many {x} did {he} start with?",
        "how many did {he} have before?",
        "with how many {x} did {he} begin?",
        "what number of {x} did {he} have at first?",
    )
    term: Term = "e"
    for op, n in reversed(term_ops):
        term = (op, term, n)
    return term


def other_part(s: Story) -> Term:
    """The whole and one part (or two) are told, the other part is asked for."""
    people(s, 2)
    things(s, 3)
    days(s)
    a = s.draw("a", 4, _top(s))
    b = s.draw("b", 1, a - 2)
    three = s.chance(0.25) and a - b > 2
    if three:
        s.draw("c", 1, a - b - 1)
    mid = "{b} {are} {t}, {c} {are} {u} and the [rest|others] {are} {v}" if three else (
        "{b} [of them|] {are} {t} and the [rest|others] {are} {v}")  # fmt: skip
    draw = s.rng.random()
    if draw < 0.55 or three:
        s.fact(
            "{A} {has} {a:kind}. " + mid,
            "there {are} {a:kind} {where}. " + mid,
            "{A} {~gain} {a:kind}. " + mid,
            "of {A's} {a:kind}, " + mid,
            "[in|out of] {a:kind}, " + mid,
        )
        s.ask(
            "how many {v} {are} there?",
            "how many {v} {does} {A_} have?",
            "how many [of them|of the {kind}] {are} {v}?",
            "what {be} the number of {v}?",
        )
    elif draw < 0.8:
        s.fact(
            "{A} and {B} [have|got|collected|picked|found] {a:t} together. {A_} {~gain} {b} [of them|]",
            "together {A} and {B} have {a:t}. {A_} {has} {b} [of them|]",
            "{A} {~gain} {b} of the {a:t} that {he} and {B} have [together|]"
            if not s.plural
            else "together {A} and {B} have {a:t}. {A_} {has} {b}",
        )
        s.ask(
            "how many [{t}|] {do} {B_} have?",
            "how many of the {t} are {B's}?",
            "how many {t} belong to {B_}?",
        )
    else:
        s.fact(
            "in two days {A} {~gain} {a:t} [{total}|]. {he} {~gain} {b} [of them|] on the first day",
            "{A} {has} {a:t} in two {box}. One {box1} {=hold} {b}",
            "{A} {~put} {his} {a:t} in two {box}, {b} of them in the first [one|{box1}]",
        )
        last = s.facts[-1][1]
        if "two days" in last:
            s.ask("how many [{t}|] {does} {he} {gain} on the second day?")
        else:
            s.ask(
                "how many [{t}|] are in the [other|second] [{box1}|one]?",
                "how many {t} does the [other|second] {box1} hold?",
            )
    whole: Term = ("-", "a", "b")
    return ("-", whole, "c") if three else whole

"""What becomes of them all: so many things or people, and then one deed on the whole.

More come, some go, groups of so many, so many groups, so much a day, so much each. The same
beginnings (`amounts`) stand before each deed, so that only the deed and the question decide between
sum, difference, product and quotient. Knows each telling and its term.
"""

from __future__ import annotations

from scale_core.abacus.words.amounts import (
    amount,
    cast_crowd,
    cast_things,
    crowd,
    some_gone,
    some_missing,
    split,
)
from scale_core.abacus.words.cast import people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit, past


def grouped(s: Story) -> Term:
    """Groups of so many: how many groups, or how many are left over."""
    cast_things(s)
    c = s.draw("c", 2, 20)
    exact = s.chance(0.84)
    n = c * s.rng.randint(2, 20) + (0 if exact else s.rng.randint(1, c - 1))
    now = amount(s, n)
    draw = s.rng.random() * (1.0 if exact else 0.75)
    if draw < 0.5:
        s.fact(
            "{c} [of them|{x}|] fit in [a|one|each] {v1}",
            "{he} {~put} {c} in each {v1}",
            "a {v1} {=hold} {c} [of them|{x}|]",
            "they {+go} into {v} of {c} [each|]",
            "{he} {~pack} them in {v} of {c}",
            "each {v1} {=hold} {c}",
            "{he} {~want} {c:x} in every {v1}",
        )
        s.ask(
            *(
                ("how many {v} {does} {he} need?", "how many {v} {do} they fill?",
                 "how many {v} are there?", "how many {v} is that?", "how many {v} can {he} fill?",
                 "how many {v} {are} full then?")
                if exact
                else ("how many {v} can be filled completely?", "how many full {v} is that?",
                      "how many full {v} can {Q} make?")
            )
        )  # fmt: skip
    elif draw < 0.75:
        s.fact(
            "{c} [of them|{x}|] are needed for [one|each|a] {m1}",
            "[one|each|a] {m1} {=take} {c} [of them|{x}|]",
            "{he} {~use} {c} for each {m1}",
            "it {=take} {c:x} to make one {m1}",
            "for every {c} [of them|{x}|] {he} can make one {m1}",
        )
        s.ask(
            *(
                ("how many {m} can {he} make?", "how many {m} is that enough for?",
                 "how many {m} will there be?", "for how many {m} are there enough {x}?")
                if exact
                else ("how many whole {m} can {he} make?", "how many {m} can be finished?")
            )
        )  # fmt: skip
    else:
        unit = s.pick("day", "day", "week", "hour", "month", "minute")
        s.noun("unit", unit, unit + "s")
        s.words["use_up"] = s.pick("{~use} up", "{~give} away", "{~work}", "{~sell}", "{~need}")
        s.fact(
            "{he} {use_up} {c} [of them|] [a|each|every|per] {unit1}",
            "{he} {use_up} {c} [of them|] {unit1} after {unit1}",
            "[every|each] {unit1} {he} {use_up} {c}",
            "{he} only {use_up} {c:x} [a|each] {unit1}",
        )
        s.ask(
            "how many {unit} will they last?",
            "for how many {unit} are there enough [of them|]?",
            "in how many {unit} will {he} be through with [them|the {x}]?",
            "after how many {unit} are there none left?",
            "how long will they last, in {unit}?",
            "for how many {unit} will {he} have {x}?",
        )
    if not exact and s.chance(0.55):
        s.ask(
            "how many [{x}|] are left over?",
            "how many [{x}|of them] are left [over|] when all the full ones are set aside?",
            "how many [{x}|] remain [at the end|]?",
            "how many [{x}|] {does} {he} have left over?",
        )
        return ("%", now, "c")
    return ("/" if exact else "//", now, "c")


def dealt(s: Story) -> Term:
    """So many equal groups: how many in each."""
    cast_things(s)
    c = s.draw("c", 2, 20)
    n = c * s.rng.randint(2, 25)
    now = amount(s, n)
    rest = "the rest" if isinstance(now, tuple) and now[0] == "-" else "them"
    s.words["those"] = s.pick(rest, "them", "the {x}") if rest == "them" else rest
    if s.chance(0.6):
        s.fact(
            "{he} {~put} {those} into {c:v}, the same number in each",
            "{he} {~divide} {those} [evenly|equally|] among {c:v}",
            "{he} {~spread} {those} evenly over {c:v}",
            "{those} {+go} into {c:v} of the same size" if rest != "them" else "they {+go} into {c:v} of the same size",
            "there {are} {c:v} for {those}, and each {=get} as many",
            "{c:v} {+hold} {those}, all of them as many",
        )  # fmt: skip
        s.ask(
            "how many [{x}|] are there in [each|every|one] {v1}?",
            "how many [{x}|] does each {v1} hold?",
            "how many [{x}|] {+go} in [each|one] {v1}?",
            "how many will be in a {v1}?",
        )
    else:
        s.fact(
            "{he} {~share} {those} with {c} people, and all of them get as many",
            "{he} {~hand} {those} out to {c} children, the same number to each",
            "{c} neighbors {+get} {those} in equal shares",
            "{c} friends {+split} {those} evenly [among them|]",
            "{he} {~use} {those} up in {c} days, as many on one day as on another",
        )
        if "days" in s.facts[-1][1]:
            s.ask("how many {does} {Q} use [each|a] day?", "how many [{x}|] is that a day?")
        else:
            s.ask(
                "how many [{x}|] {do} each of them get?",
                "how many [{x}|] is that for each [of them|one|person]?",
                "how many [{x}|] does one of them have [then|]?",
            )
    return ("/", now, "c")


def each(s: Story) -> Term:
    """So much for each: how much for all."""
    cast_things(s)
    wanted = s.chance(0.2)
    n = s.rng.randint(2, 40)
    now = some_missing(s, n) if wanted else amount(s, n)
    s.draw("c", 2, 20)
    s.words["rest"] = (
        "the missing {x}" if wanted else s.pick("all of them", "all the {x}", "the {x}")
    )
    if isinstance(now, tuple) and now[0] == "-" and not wanted:
        s.words["rest"] = s.pick("the rest", "the others", "those that are left")
    draw = s.rng.random()
    if draw < 0.35:
        s.fact(
            "each [of them|{x1}|one|] {=cost} ${c}",
            "[every|each|a|one] {x1} {=cost} {c} dollars",
            "the price [for each|of a|of one] {x1} {=be} ${c}",
            "they {+cost} {c} dollars [each|apiece]",
        )
        s.ask(
            "what {do} {rest} cost [{total}|]?",
            "how many dollars is that for {rest}?",
            "what sum is that for {rest}, in dollars?",
            "what is the price of {rest} together?",
        )
    elif draw < 0.6:
        s.fact(
            "{he} {~sell} them for {c} dollars each",
            "{he} {~get} ${c} for each [{x1}|of them|]",
            "each [{x1}|one|] {=bring} {him} {c} dollars",
            "each is worth {c} points",
            "{he} {~earn} {c} points [with each|for every] {x1}",
        )
        points = "points" in s.facts[-1][1]
        s.words["worth"] = "points" if points else "dollars"
        s.ask(
            "how many {worth} is that for {rest}?",
            "how many {worth} {do} {rest} bring {him}?",
            "what {do} {rest} bring {him} [{total}|], in {worth}?",
        )
    elif draw < 0.8:
        unit = s.pick("minute", "hour", "day")
        s.noun("unit", unit, unit + "s")
        s.fact(
            "{he} {~take} {c:unit} to {work} [each|each one|one of them|one {x1}]",
            "{he} {~need} {c:unit} [for each|for each {x1}|for one of them]",
            "[each|every] {x1} {=take} {c:unit} to {work}",
        )
        s.ask(
            "{he} will {work} {rest} in how many {unit}?",
            "how many {unit} {does} {he} need for {rest}?",
            "how long does it take {him} to {work} {rest}, in {unit}?",
        )
    else:
        s.fact(
            "{he} {~use} {c:t} for each [{x1}|of them|]",
            "[each|every] {x1} {=need} {c:t}",
            "{c:t} {+go} with each {x1}",
        )
        s.ask(
            "how many {t} {does} {he} need for {rest}?",
            "how many {t} is that for {rest}?",
            "how many {t} {do} {rest} need [{total}|]?",
        )
    return ("*", now, "c")


def fewer(s: Story) -> Term:
    """Some of them all go: how many are left; or what is left: how many went."""
    cast_things(s)
    c = s.draw("c", 1, max(2, s.top))
    now = amount(s, c + s.rng.randint(1, max(2, s.top)))
    if now == "a":
        raise Unfit
    s.words["worked"] = past(s.words["work"])
    s.words["throw"] = s.pick("throw out", "hand on", "part with")
    if s.chance(0.65):
        s.fact(
            "{he} {~throw} {c} [of them|{x}]",
            "{c} of [them|the {x}|{his} {x}] {are} {gone}",
            "{he} {has} already {worked} {c} [of them|of the {x}]",
            "only {c} of them {are} [in use|needed]",
            "{he} {~manage} to {work} {c} of the {x} [before dinner|]",
            "{B} {=take} {c} of them",
            "all but {c} {are} {gone}",
            lead="[Then|Later|After that|Meanwhile|By now|]",
        )
        said = s.facts[-1][1]
        if said.startswith("all but"):
            s.ask("how many [{x}|] {are} {gone}?", "how many of the {x} is that?")
        elif "worked" in said or "{work}" in said:
            s.ask(
                "how many {x} {does} {he} [still|] have to {work}?",
                "how many [more|] [{x}|] are [still|] to be {worked}?",
                "how many did {he} not {work}?",
                "how many {x} are left to {work}?",
            )
        else:
            s.ask(
                "how many {x} {does} {he} [still|] have?",
                "how many [{x}|] {are} [there|] left?",
                "how many [of the {x}|{x}] remain?",
                "how many {x} {does} {he} end up with?",
                "how many [{x}|of them] {are} not?" if "only" in said else "how many {x} are over?",
            )
        return ("-", now, "c")
    s.words["shed"] = s.pick("throw out", "give away", "sell", "lose", "use", "trade in")
    s.fact(
        "{he} {~shed} some [of them|of the {x}|] and {has} {c} left",
        "after {he} {~shed} some, {c} {are} left",
        "[in the end|at night|by Sunday], {c} {are} left",
        "{he} {~come} home with {c} [of them|]",
    )
    if "{~shed}" in s.facts[-1][1]:
        s.ask("how many [{x}|] did {he} {shed}?", "how many [{x}|] {does} {he} {shed}?")
    else:
        s.ask("how many [{x}|] are gone?", "how many fewer is that than before?")
    return ("-", now, "c")


def further(s: Story) -> Term:
    """More of them come, after some have gone or been counted."""
    cast_things(s)
    s.draw("c", 1, max(2, s.top))
    n = s.rng.randint(2, max(3, s.top))
    now = some_gone(s, n) if s.chance(0.65) else amount(s, n)
    if now == "a":
        raise Unfit
    s.fact(
        "{he} {~get} {c} [others|new ones]",
        "another {c} [of them|{x}|] {+come} in",
        "{B} {=bring} [{him}|] {c} more [{x}|]",
        "{he} {~buy} {c} new ones",
        "then {c} more {+turn} up",
        "{he} {has} {c} new {x} [as well|]",
        "{he} {~find} {c} more [of them|{x}|]",
        lead="[Then|Later|After that|And|But|]",
    )
    s.ask(
        "how many {x} {does} {he} have [now|then|]?",
        "how many {x} [would|will] {he} have?",
        "how many {x} [would|will] that be?",
        "how many [{x}|] {are} there [now|in the end|{total}|]?",
        "how many {x} {does} {he} end up with?",
    )
    return ("+", now, "c")


def crowded(s: Story) -> Term:
    """People of two sorts, or those who stay: groups, shares, what each has or pays."""
    cast_crowd(s)
    draw = s.rng.random()
    if draw < 0.3:
        c = s.draw("c", 2, 20)
        now = crowd(s, c * s.rng.randint(2, 20))
        s.fact(
            "[the rest|all] of them {+sit} {c} to a {v1}",
            "{c} [people|{x}|] {+fit} in a {v1}",
            "there {are} {c} [people|] in [each|every] {v1}",
            "they {+form} {v} of {c}",
            "each {v1} {=take} {c} [of them|people|]",
        )
        s.ask(
            "how many {v} {are} there?",
            "how many {v} do they need?",
            "how many {v} is that?",
            "how many {v} [did|will] they fill?",
        )
        return ("/", now, "c")
    if draw < 0.5:
        c = s.draw("c", 2, 20)
        now = crowd(s, c * s.rng.randint(2, 20))
        s.fact(
            "they {+make} up {c} {v} of the same size",
            "they {+divide} up into {c} equal {v}",
            "there {are} {c:v} for them, each with as many people",
        )
        s.ask(
            "how many [people|{x}|] are there in each {v1}?",
            "how many [{x}|people] is that [to a|for each] {v1}?",
        )
        return ("/", now, "c")
    if draw < 0.8:
        now = crowd(s, s.rng.randint(2, 40))
        s.draw("c", 2, 20)
        if s.chance(0.5):
            s.fact(
                "each [of them|person|] {=get} {c:t}",
                "everybody [who is there|left|] {=have} {c:t}",
                "there {are} {c:t} for each of them",
                "{A} {~want} {c:t} for each person [there|]",
            )
            s.ask(
                "how many {t} is that [{total}|]?",
                "how many {t} {does} {Q} need?" if "{~want}" in s.facts[-1][1] else "how many {t} do they have {total}?",
                "how many {t} are there {total}?",
            )  # fmt: skip
        else:
            s.fact(
                "each [of them|person|] {=pay} ${c}",
                "it {=cost} {c} dollars a person",
                "the price for each is ${c}",
            )
            s.ask(
                "how much do they pay {total}?",
                "how many dollars is that [{total}|]?",
                "how much money is that for all of them?",
            )
        return ("*", now, "c")
    c = s.draw("c", 1, max(2, min(90, s.top)))
    if s.chance(0.5):
        now = crowd(s, c + s.rng.randint(1, max(2, s.top)))
        if now == "a":
            raise Unfit
        s.present = False
        s.fact(
            "[only|] {c} of them [were picked|got a seat|won something|had a ticket]",
            "{c} [people|{x}|of them] got [a prize|a place|chosen]",
            "{c} of the {x} {left_}",
        )
        s.ask(
            "how many [{x}|people|] did not?",
            "how many {x} were not among them?",
            "how many others were there?",
        )
        if "{left_}" in s.facts[-1][1]:
            s.ask("how many [{x}|] were [left|still there]?", "how many {x} remained?")
        return ("-", now, "c")
    now = crowd(s, s.rng.randint(2, max(3, s.top)))
    if now == "a":
        raise Unfit
    s.fact(
        "{c} more {+come}",
        "[then|later] {c} others {+join} them",
        "{c} new {x} {+come} [in|along]",
    )
    s.ask("how many {x} are there now?", "how many {x} is that [{total}|]?", "how many are there?")
    return ("+", now, "c")


def purse(s: Story) -> Term:
    """Money from two sides, or less what was spent: how many things or weeks it is enough for."""
    people(s, 2)
    things(s, 2)
    c = s.draw("c", 2, 15)
    n = c * s.rng.randint(2, 20)
    s.words["job"], s.words["job2"] = s.rng.sample(
        (
            "raking leaves", "walking dogs", "washing windows", "baking bread", "selling lemonade",
            "tutoring", "delivering papers", "shoveling snow", "mending bikes", "babysitting",
            "painting fences", "carrying bags",
        ), 2,
    )  # fmt: skip
    s.words["item"] = s.pick(
        "lamp", "coat", "ball", "radio", "tent", "drum", "kite", "pair of boots"
    )
    draw = s.rng.random()
    now: Term
    if draw < 0.4:
        split(s, n)
        s.fact(
            "{A} {~earn} {a} dollars {job} and {b} dollars {job2}",
            "{A} {~make} ${a} from {job} and ${b} from {job2}",
            "{A} {has} {a} dollars and {~get} {b} [dollars|] more [from {B}|for {his} birthday|]",
            "{B} {=give} {A} {b} dollars. {he} [also|] {has} {a} dollars of {his} own",
        )
        now = ("+", "a", "b")
    elif draw < 0.85:
        s.numbers["a"] = n + s.draw("b", 1, 60)
        s.fact(
            "{A} {has} {a} dollars and {~spend} {b} [of them|] on a [new|] {item}",
            "{A} {~earn} ${a} {job}. a [new|] {item} {=cost} {him} ${b}",
            "{A} {~make} {a} dollars {job}, but {~spend} {b} dollars on a {item}",
            "of {his} {a} dollars, {A} {~pay} {b} for a {item}",
            "{A} {~save} {a} dollars. {he} {~use} {b} dollars of it for a {item}",
        )
        now = ("-", "a", "b")
    else:
        s.numbers["a"] = n
        s.fact("{A} {has} {a} dollars", "{A} {~earn} ${a} {job}", "{A} {~save} {a} dollars")
        now = "a"
    left = s.pick("with [that|this money|this]", "")
    if isinstance(now, tuple) and now[0] == "-":
        left = "with [the rest|what is left|the remaining money|the money [that is|] left]"
    s.words["left_over"] = left
    draw = s.rng.random()
    if draw < 0.4:
        s.fact("[a|one|each] {t1} {=cost} {c} dollars", "{t} {+cost} ${c} [each|apiece|a piece]")
        s.ask(
            "how many {t} can {he} buy {left_over}?",
            "how many {t} can {A_} [afford|get] {left_over}?",
            "how many {t} is that enough for?",
        )
    elif draw < 0.65:
        if len(s.facts) > 1:
            raise Unfit
        s.ask(
            "how many {c} dollar {t} can {he} buy {left_over}?",
            "how many {t} at ${c} each can {A_} buy {left_over}?",
            "how many {t} for {c} dollars each can {he} get {left_over}?",
        )
    else:
        unit = s.pick("week", "day", "month")
        s.noun("unit", unit, unit + "s")
        s.fact(
            "{he} {~use} {c} dollars [a|each|per|every] {unit1}",
            "{he} only {~need} ${c} [a|each] {unit1}",
            "[each|every] {unit1} {he} {~pay} {c} dollars for lunch",
        )
        s.ask(
            "how many {unit} will the [money|rest] last [{him}|]?",
            "for how many {unit} is the [money|rest] enough?",
            "after how many {unit} is the money gone?",
            "how long will the money last {him}, in {unit}?",
        )
    return ("/", now, "c")


def by_and_by(s: Story) -> Term:
    """So much at a time for so long, and then some more or less: what there is then."""
    cast_things(s)
    unit = s.pick("week", "week", "day", "month", "hour", "year")
    s.noun("unit", unit, unit + "s")
    c, n = s.draw("c", 2, 40), s.draw("n", 2, 20)
    money = s.chance(0.45)
    s.words["much"] = "{c} dollars" if money else "{c:x}"
    s.words["collect"] = (
        s.pick("save", "earn", "put aside", "get", "make") if money else s.words["get"]
    )
    s.fact(
        "{A} {~collect} {much} [every|each|a|per] {unit1}",
        "[every|each] {unit1} {A} {~collect} {much}",
        "{A} {~collect} {much} {unit1} after {unit1}",
    )
    s.words["then_"] = s.pick(
        "after {n:unit} {he}", "after {n:unit}, {he}", "{n:unit} later {he}",
        "{he} {~do} so for {n:unit}. then {he}", "for {n:unit}. then {he}",
    )  # fmt: skip
    if s.words["then_"].startswith("for"):
        lead, told = s.facts.pop()
        s.facts.append((lead, f"{told} for {{n:unit}}"))
        s.words["then_"] = "then {he}"
    less = s.chance(0.7)
    s.draw("b", 1, c * n - 1 if less else max(2, s.top))
    if less:
        s.fact(
            "{then_} {~spend} {b} [dollars|of them|]" if money else "{then_} {~lose} {b} [of them|]",
            "{then_} {~pay} {b} dollars for a {t1}" if money else "{then_} {~give} {b} away",
            "{then_} {~give} {B} {b} dollars" if money else "{then_} {~sell} {b:x}",
        )  # fmt: skip
    else:
        s.fact(
            "{then_} {~find} {b} dollars" if money else "{then_} {~find} {b} more",
            "{then_} {~get} {b} [dollars|] from {B}",
        )
    s.ask(
        "what {has} {he} [left|got left|still], in dollars?" if money and less
        else "what {has} {he} [now|then|], in dollars?" if money
        else "how many [{x}|] {does} {he} have [left|]?" if less
        else "how many [{x}|] {does} {he} have [now|then|{total}]?",
        "how [much|many dollars] is left?" if money and less
        else "how [much|many dollars] is that [now|{total}|]?" if money
        else "how many {x} are left?" if less else "how many {x} is that?",
    )  # fmt: skip
    return ("-" if less else "+", ("*", "c", "n"), "b")


def done_each(s: Story) -> Term:
    """So many of them are to be done and some are; each has so much in it: what is left, or done."""
    cast_things(s)
    a = s.draw("a", 3, 30)
    s.draw("b", 1, a - 1)
    s.draw("c", 2, 15)
    s.words["worked"] = past(s.words["work"])
    whole = s.pick(
        "{A} {has} {a:v} [of {x}|] to look through",
        "{A} {~have} to empty {a:v}",
        "there {are} {a:v} for {A} to carry",
        "{A} {~buy} {a:v} of {x}",
    )
    size = s.pick(
        "{c:x} {are} in [each|every] {v1}",
        "[each|a|every] {v1} {=hold} {c:x}",
        "there {are} {c:x} to a {v1}",
    )
    part = s.pick(
        "{he} {has} [already|] finished {b} [of them|of the {v}|{v}]",
        "{b} [of them|{v}|of the {v}] are done",
        "{b} of the {v} are [empty|gone] now",
    )
    order = [size, whole, part] if s.chance(0.4) else [whole, size, part]
    for telling in (
        order if s.chance(0.75) else [whole, part.replace("of them", "of the {v}"), size]
    ):
        s.fact(telling)
    if s.chance(0.7):
        s.ask(
            "how many [more|] {x} are still to come?",
            "how many {x} are in the {v} that are left?",
            "how many {x} are [there|] left?",
            "how many {x} {does} {he} have yet?",
        )
        return ("*", ("-", "a", "b"), "c")
    s.ask("how many {x} were in those?", "how many {x} {has} {he} finished with?")
    return ("*", "b", "c")


def both_each(s: Story) -> Term:
    """So many of one sort and so many of another in each: all of them."""
    cast_things(s)
    s.draw("a", 2, 30)
    s.draw("b", 1, 20)
    s.draw("c", 1, 20)
    inside = s.pick(
        "[each|every|a] {v1} {=hold} {b:p} and {c:q}",
        "in [each|every] {v1} there {are} {b:p} and {c:q}",
        "{b:p} and {c:q} {+go} into each {v1}",
        "each [{v1}|of them|one] {has} {b:p} and {c:q} inside",
        "there {are} {b:p} and {c:q} to a {v1}",
    )
    if s.chance(0.35):
        s.fact(
            "{A} {~see to} {a:v}, with {b:p} and {c:q} in each",
            "{A} {has} {a:v} of {b:p} and {c:q} each",
            "there {are} {a:v}, each of them with {b:p} and {c:q}",
        )
    else:
        s.fact("{A} {has} {a:v}", "there {are} {a:v}", "{A} {~unpack} {a:v} of {x}")
        s.fact(inside)
    draw = s.rng.random()
    if draw < 0.6:
        s.ask(
            "how many {x} is that [{total}|]?",
            "how many {x} are there [{total}|]?",
            "how many {x} {does} {he} have [{total}|]?",
            "what is the number of {x}, {p} and {q} together?",
        )
        return ("*", ("+", "b", "c"), "a")
    if draw < 0.9:
        s.ask("how many {p} are there [{total}|]?", "how many {p} {does} {he} have?")
        return ("*", "a", "b")
    term = s.difference("b", "c", "p", "q")
    s.ask("how many more {hi} than {lo} are there in each {v1}?", "by how many do the {hi} outnumber the {lo} in one {v1}?")  # fmt: skip
    return term


MAKERS = (
    (grouped, 24),
    (dealt, 14),
    (each, 24),
    (fewer, 22),
    (further, 16),
    (crowded, 18),
    (purse, 16),
    (by_and_by, 12),
    (done_each, 9),
    (both_each, 9),
)

"""Teams, fairs and purses: what the others did, what two earnings buy, two deeds of one price.

Schemas: a whole less one part, by what each of the others did; a sum or difference of money by a
price, a rate or a number; a sum times a price; two purchases and one that was not made; what is left
of groups, sold or packed; groups of two sizes. Knows each telling and its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit


def rest_of_team(s: Story) -> Term:
    """All of it, one's part, and what each of the others does: how many others, or all of it."""
    people(s, 1)
    things(s, 1)
    k, z = s.draw("k", 2, 20), s.draw("z", 2, 20)
    a = s.draw("a", 2, min(s.top, 99))
    s.numbers["n"] = a + k * z
    s.words["made"], one, many = s.rng.choice(
        (
            ("score", "point", "points"),
            ("raise", "dollar", "dollars"),
            ("plant", "larch", "larches"),
            ("shell", "pea", "peas"),
            ("row", "mile", "miles"),
            ("sort", "bottle", "bottles"),
            ("catch", "herring", "herrings"),
        )
    )
    s.noun("x", one, many)
    s.words["group"] = s.pick("crew", "class", "troop", "band", "club", "group")
    if s.chance(0.6):
        s.fact(
            "{A's} {group} {=made} {n:x} [{total}|]. {a} of these {+be} {A's}",
            "of the {n:x} that {A's} {group} {=made}, {A} {~made} {a}",
            "{A} {~made} {a} of the {n:x} of {his} {group}",
        )
        s.fact(
            "all the others {+made} {z} each",
            "each of the others {=made} {z}",
            "everyone else {=made} {z:x}",
        )
        s.ask("how many others {are} there?", "how many others {are} in the {group}?")
        return ("/", ("-", "n", "a"), "z")
    s.fact("{A} {~made} {a:x}", "{A} alone {~made} {a:x}")
    s.fact("each of the {k} others in the {group} {=made} {z}", "the other {k} {+made} {z} each")
    s.ask("how many {x} did the {group} {made} {total}?", "how many {x} is that {total}?")
    return ("+", ("*", "k", "z"), "a")


def two_earnings(s: Story) -> Term:
    """Two earnings, or one less an expense: how long they last or how much they buy."""
    people(s, 2)
    things(s, 1)
    n = s.draw("z", 2, 20) * s.draw("k", 2, 30)
    up = s.chance(0.6)
    dollars = s.pick("dollars", "dollars", "euros", "coins")
    if up:
        s.numbers["b"] = n - s.draw("a", 2, n - 2)
        s.fact(
            f"{{A}} {{~earn}} {{a}} {dollars} by [pulling weeds|feeding hens|carrying bags] and {{b}} by [sweeping yards|painting gates]",
            f"{{A}} {{has}} {{a}} {dollars} and {{B}} {{=give}} {{him}} {{b}} more",
            f"{{A}} {{~save}} {{a}} {dollars} and {{~find}} another {{b}}",
            f"[the first|one] job {{=pay}} {{A}} {{a}} {dollars}, [the second|another] {{b}}",
        )
    else:
        s.numbers["a"] = n + s.draw("b", 2, max(3, min(s.top, 99)))
        s.fact(
            f"{{A}} {{has}} {{a}} {dollars} and {{~lend}} {{B}} {{b}}",
            f"{{A}} {{~earn}} {{a}} {dollars}, but {{b}} {{+go}} for [rent|a debt|a fine]",
            f"of {{his}} {{a}} {dollars} {{A}} {{~put}} {{b}} [aside|in the bank]",
        )
    now: Term = ("+" if up else "-", "a", "b")
    draw = s.rng.random()
    if draw < 0.4:
        unit = s.pick("day", "week", "month")
        s.fact(
            f"{{he}} {{~spend}} {{z}} {dollars} [a|each|every] {unit}",
            f"{{he}} {{~need}} {{z}} {dollars} per {unit}",
        )
        s.ask(
            f"for how many {unit}s will that be enough?",
            f"how many {unit}s can {{Q}} live on it?",
            f"after how many {unit}s is it all spent?",
        )
        return ("/", now, "z")
    if draw < 0.75:
        s.fact(f"a {{t1}} {{=cost}} {{z}} {dollars}", f"{{t}} {{+be}} {{z}} {dollars} apiece")
        s.ask("how many {t} can {Q} buy?", "how many {t} can {Q} get for that money?")
        return ("/", now, "z")
    s.fact("{he} {~spend} it all on {k:t} of one price", "it {=buy} {him} exactly {k:t}")
    s.ask("how much was each {t1}?", f"how many {dollars} did one {{t1}} cost?")
    return ("/", now, "k")


RIDES = tuple(
    tuple(part.strip() for part in ride.split("/"))
    for ride in """
    go down the slide/go on the swing boat/ride/rides/token/tokens,
    row across the lake/row around the island/trip/trips/dollar/dollars,
    throw rings/throw darts/try/tries/coin/coins, climb the tower/climb the wall/climb/climbs/ticket/tickets,
    jump off the low board/jump off the high board/jump/jumps/point/points,
    ring the small bell/ring the big bell/ring/rings/second/seconds,
    polish the left wing/polish the right wing/round/rounds/minute/minutes""".split(",")
)


def rides(s: Story) -> Term:
    """Two deeds done so many times, each at the same price: all of it, or the price."""
    people(s, 1)
    things(s, 1)
    days(s)
    s.words["one_"], s.words["two_"], ride, many, unit, units = s.rng.choice(RIDES)
    s.noun("x", ride, many)
    s.noun("unit", unit, units)
    s.draw("a", 2, 30)
    s.draw("b", 2, 30)
    z = s.draw("z", 2, 20)
    s.numbers["n"] = (s.numbers["a"] + s.numbers["b"]) * z
    s.words["is_"] = "{=bring}" if units == "points" else "{=take}"
    s.fact(
        "{a} times {A} {~one_}, and {b} times {he} {~two_}",
        "{A} {~one_} {a} times and {~two_} {b} times",
        "{day1} {A} {~one_} {a} times. {day2} {he} {~two_} {b} times",
    )
    if s.chance(0.7):
        s.fact("[every|each|one] {x1} {is_} {z:unit}", "for [every|each] {x1} it {=be} {z:unit}")
        s.ask("how many {unit} is that {total}?", "how many {unit} is that for all {x}?")
        return ("*", ("+", "a", "b"), "z")
    s.fact("all {x} {is_all} {n:unit} [{total}|together]")
    s.words["is_all"] = "{+bring}" if units == "points" else "{+take}"
    s.ask("how many {unit} is that for each {x1}?", "how many {unit} per {x1} is that?")
    return ("/", "n", ("+", "a", "b"))


def not_bought(s: Story) -> Term:
    """What was bought, what was wanted and not bought, and who paid: what was spent, or compared."""
    people(s, 2)
    things(s, 3)
    for slot in "abc":
        s.draw(slot, 2, s.top)
    dollar = s.pick("${n}", "${n}", "{n} dollars")
    for slot in "abc":
        s.words["$" + slot] = dollar.replace("n", slot)
    s.fact(
        "{A} {~pay} {$a} for [a {t1}|{t}] and {$b} for [a {u1}|{u}]",
        "{A} {~spend} {$a} on {t}. [then|] {he} {~spend} {$b} on {u}",
        "[a {t1}|the {t}] {=cost} {A} {$a} and [a {u1}|the {u}] {$b}",
    )
    if s.chance(0.7):
        s.fact(
            "[a {v1}|the {v}] for {$c} {=stay} in the shop",
            "{he} {~like} {v} for {$c} too but {~leave} them there",
            "{B} {=pay} {$c} for {v}",
            "{he} {~return} home {c} minutes later",
        )
    draw = s.rng.random()
    if draw < 0.6:
        s.ask(
            "how much did {A_} spend [{total}|]?",
            "how much money is that for {A_} {total}?",
            "what did {A_} pay {total}?",
            "how much did {A_} pay for the {t} and the {u} together?",
        )
        return ("+", "a", "b")
    term = s.difference("a", "b", "t", "u")
    s.ask(
        "how much more did {A_} pay for the {hi} than for the {lo}?",
        "how much less did the {lo} cost than the {hi}?",
    )
    return term


def stand(s: Story) -> Term:
    """So many trays of so many, some of the things gone, and the rest sold or packed."""
    people(s, 2)
    things(s, 2)
    a, b = s.draw("a", 2, 20), s.draw("b", 2, 20)
    c = s.draw("c", 2, a * b - 1)
    s.fact(
        "{A} {~carry} {a:box} with {b:t} each to the fair",
        "there {are} {b:t} in each of {A's} {a:box}",
        "{A} {~load} {a:box} and {~put} {b:t} in each",
    )
    s.fact(
        "{c} of the {t} {+get} wet",
        "{B} {=take} {c} of the {t} home",
        "{c:t} {+be} [for|a present for] {B}",
        "the wind {=carry} off {c:t}",
    )
    rest: Term = ("-", ("*", "a", "b"), "c")
    fitting = [d for d in range(2, 13) if (a * b - c) % d == 0]
    if fitting and s.chance(0.5):
        s.numbers["z"] = s.rng.choice(fitting)
        s.fact(
            "{he} {~sell} the rest by the {case1}, {z} in each",
            "the others {+go} in {case} of {z}",
            "each customer {=get} {z} of the others",
        )
        if "customer" in s.facts[-1][1]:
            s.ask("for how many customers are there enough?", "how many customers is that?")
        else:
            s.ask("how many {case} is that?", "how many {case} {does} {Q} need for them?")
        return ("/", rest, "z")
    s.draw("z", 2, 20)
    s.fact(
        "{he} {~sell} the others for {z} dollars [apiece|each]",
        "the rest {=bring} {z} dollars [apiece|each]",
        "people {+pay} {z} dollars for each of the others",
    )
    s.ask("how much money {does} {Q} take in?", "how many dollars {does} {Q} make [{total}|]?")
    return ("*", rest, "z")


def two_piles(s: Story) -> Term:
    """Two sorts of groups, each of its own size: all of it, or by how much one sort has more."""
    people(s, 2)
    things(s, 1)
    a, b = s.draw("a", 2, 20), s.draw("b", 2, 30)
    c, d = s.draw("c", 2, 20), s.draw("d", 2, 30)
    s.fact(
        "{A} {~gain} {a:box} of {b:t} and {c:case} of {d}",
        "{A} {has} {b:t} in each of {a:box} and {d} in each of {c:case}",
        "{A} {~bring} {a:box}, each with {b:t}. {B} {=bring} {c:case}, each with {d}",
        "there {are} {a:box} with {b:t} apiece, and {c:case} with {d} apiece",
    )
    first: Term = ("*", "a", "b")
    second: Term = ("*", "c", "d")
    if s.chance(0.6):
        s.ask(
            "how many {t} {are} there {total}?",
            "how many {t} is that {total}?",
            "what is the total number of {t}?",
        )
        return ("+", first, second)
    if a * b == c * d or s.nouns["box"] == s.nouns["case"]:
        raise Unfit
    more = a * b > c * d
    s.words["hi"], s.words["lo"] = ("{box}", "{case}") if more else ("{case}", "{box}")
    s.ask(
        "how many more {t} are in the {hi} than in the {lo}?",
        "how many fewer {t} are in the {lo} than in the {hi}?",
    )
    return ("-", first, second) if more else ("-", second, first)


MAKERS = (
    (stand, 5),
    (two_piles, 4),
    (rest_of_team, 3),
    (two_earnings, 4),
    (rides, 3),
    (not_bought, 3),
)

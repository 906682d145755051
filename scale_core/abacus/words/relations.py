"""Comparisons that are told, and what follows from them: at two times, of two kinds, with two others.

Schemas: one relation between two times, kinds or people with either side known; a relation to two
people together; a part and the whole or the rest, and by how much they differ; relations of two
kinds of which one is asked for. Knows each telling and its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit, past

DEEDS = tuple(
    tuple(part.strip() for part in deed.split("/"))
    for deed in """
    bike/mile/miles, swim/pool length/pool lengths, fold/napkin/napkins, chat with/stranger/strangers,
    play with/puppy/puppies, walk/block/blocks, hum/tune/tunes, type/page/pages, sell/waffle/waffles,
    pick/bean/beans, rake/leaf pile/leaf piles, polish/boot/boots, spot/deer/deer, tie/knot/knots,
    do/cartwheel/cartwheels, peel/shrimp/shrimp, stamp/form/forms, rehearse/scene/scenes,
    juggle/orange/oranges, feed/parrot/parrots, light/lantern/lanterns, plant/pansy/pansies,
    count/comet/comets, serve/bowl of stew/bowls of stew, mend/net/nets, meet/tourist/tourists,
    milk/goat/goats, weave/mat/mats, carve/whistle/whistles, record/song/songs""".split(",")
)


def _deed(s: Story) -> None:
    people(s, 3)
    things(s, 2)
    days(s)
    draw = s.rng.random()
    if draw < 0.6:
        s.words["deed"], one, many = s.rng.choice(DEEDS)
        s.noun("t", one, many)
    elif draw < 0.8:
        s.words["deed"] = s.words["gain"]
    else:
        s.words["deed"] = "have"
    s.words["deeds"] = past(s.words["deed"])


def _step(s: Story, base: str, word: str = "more") -> str:
    """Draw `d`, by how much one is above or below the amount `base`; the sign, and the word for it."""
    up = s.chance(0.5) or s.numbers[base] < 4
    s.draw("d", 2, s.top if up else s.numbers[base] - 1)
    s.words[word] = "more" if up else s.pick("fewer", "fewer", "less")
    return "+" if up else "-"


def two_times(s: Story) -> Term:
    """So many more or fewer at one time than at another; one of them is known."""
    _deed(s)
    b = s.draw("b", 3, s.top)
    sign = _step(s, "b")
    known_first = s.chance(0.5)
    # the relation says: {one} = {two} + or - d
    s.words["one"], s.words["two"] = ("{day1}", "{day2}") if s.chance(0.5) else ("{day2}", "{day1}")
    relation = s.pick(
        "{A} {~deed} {d} {more} {t} {one} than {two}",
        "{one} {A} {~deed} {d} {more} {t} than {two}",
        "{A} {~deed} {d} {more} {t} {one} than [{he} {~do}|] {two}",
    )
    s.words["known"], s.words["asked"] = ("{two}", "{one}") if known_first else ("{one}", "{two}")
    fact = s.pick("{A} {~deed} {b:t} {known}", "{known} {A} {~deed} {b:t}", "{known} it {be} {b:t}")
    if "it {be}" in fact or s.chance(0.6):
        s.fact(relation)
        s.fact(fact)
    else:
        s.fact(fact)
        s.fact(relation)
    if not known_first:
        sign = "-" if sign == "+" else "+"
    if sign == "-" and s.numbers["d"] >= b:
        raise Unfit
    other: Term = (sign, "b", "d")
    if s.chance(0.2):
        s.ask(
            "how many {t} did {A_} {deed} {one} and {two} together?",
            "how many {t} did {Q} {deed} {total}?",
        )
        return ("+", "b", other)
    s.ask(
        "how many {t} did {A_} {deed} {asked}?",
        "{asked}, how many {t} did {Q} {deed}?",
        "how many [{t}|] did {Q} {deed} {asked}?",
        "what was the number of {t} {asked}?",
    )
    return other


def over_both(s: Story) -> Term:
    """Somebody has more or fewer than two others together."""
    _deed(s)
    s.words["own"] = s.words["deed"]
    a, b = s.draw("a", 2, s.top), s.draw("b", 2, s.top)
    s.numbers["n"] = a + b
    sign = _step(s, "n")
    summed = s.chance(0.5)
    if summed:
        s.fact(
            "together {A} and {B} {+own} {n:t}",
            "{A} and {B} {+own} {n:t} [together|between them]",
            "the {t} of {A} and {B} {+come} to {n}",
        )
        if s.chance(0.25):
            s.draw("k", 2, s.top)
            s.fact("{k} more of these are {A's} than {B's}", "{k} of them {+be} very old")
    else:
        s.fact("{A} {~own} {a:t} and {B} {=own} {b}", "{A} {~own} {a:t}, {B} {=own} {b:t}")
    s.fact(
        "{C} {=own} {d} {more} {t} than both of them together",
        "{C} {=own} {d} {more} [{t}|of them] than [what|all that] {A_} and {B_} {+own} together",
        "compared with the two, {C} {=own} {d} {more}",
    )
    s.ask("how many {t} did {C_} {own}?", "how many [{t}|] is that for {C_}?")
    return (sign, "n" if summed else ("+", "a", "b"), "d")


def two_relations(s: Story) -> Term:
    """More of one kind and fewer of another than somebody else; one kind, with either side known."""
    _deed(s)
    a, b = s.draw("a", 3, s.top), s.draw("b", 3, s.top)
    first = _step(s, "a", "more1")
    s.numbers["e"] = s.numbers["d"]
    second = _step(s, "b", "more2")
    s.numbers["d"], s.numbers["e"] = s.numbers["e"], s.numbers["d"]
    s.fact(
        "{A} {~deed} {d} {more1} {t} [and|but] {e} {more2} {u} than {B}",
        "compared with {B}, {A} {~deed} {d} {more1} {t} and {e} {more2} {u}",
    )
    s.words["act"] = s.words["deed"]
    forward = s.chance(0.6)
    who = "{B_} {=deed}" if forward else "{A_} {~deed}"
    s.fact(
        f"{who} {{a:t}} and {{b:u}}", f"{who} {{b:u}} and {{a:t}}", f"{who} {{a:t}}, and {{b:u}}"
    )
    s.words["other"] = "{A_}" if forward else "{B_}"
    i = s.rng.randrange(2)
    s.alias("x", "tu"[i])
    sign = (first, second)[i]
    if not forward:
        sign = "-" if sign == "+" else "+"
    if sign == "-" and s.numbers["de"[i]] >= (a, b)[i]:
        raise Unfit
    if s.chance(0.15) and forward:
        if s.numbers["a"] == s.numbers["b"]:
            raise Unfit
        more = a > b
        s.words["hi"], s.words["lo"] = ("{t}", "{u}") if more else ("{u}", "{t}")
        s.ask("how many more {hi} than {lo} did {B_} {deed}?")
        return ("-", "a", "b") if more else ("-", "b", "a")
    s.ask(
        "how many {x} did {other} {deed}?",
        "what was the number of {x} for {other}?",
    )
    return (sign, "ab"[i], "de"[i])


# where a whole is, and the two parts of it
WHOLES = tuple(
    tuple(part.strip() for part in whole.split("/"))
    for whole in """
    in the choir/singer/singers/soprano/sopranos/tenor/tenors, in the valley/farm/farms/dairy farm/dairy farms/sheep farm/sheep farms,
    at the camp/camper/campers/beginner/beginners/old hand/old hands, in the fleet/boat/boats/sailboat/sailboats/rowboat/rowboats,
    in the audience/guest/guests/grown-up/grown-ups/child/children, in the forest/tree/trees/spruce/spruces/beech/beeches,
    in the bowl/bead/beads/wooden bead/wooden beads/glass bead/glass beads, on the shelf/jar/jars/full jar/full jars/empty jar/empty jars,
    in the club/member/members/chess player/chess players/checkers player/checkers players,
    in the kennel/dog/dogs/terrier/terriers/poodle/poodles, in the band/musician/musicians/drummer/drummers/trumpeter/trumpeters,
    on the street/house/houses/brick house/brick houses/log cabin/log cabins, in the crew/worker/workers/mason/masons/roofer/roofers,
    in the album/stamp/stamps/local stamp/local stamps/foreign stamp/foreign stamps,
    in the flock/bird/birds/gray goose/gray geese/white goose/white geese,
    at the college/student/students/freshman/freshmen/senior/seniors""".split(",")
)


def _whole(s: Story) -> None:
    people(s, 2)
    things(s, 2)
    place, one, many, t, ts, u, us = s.rng.choice(WHOLES)
    s.words["in_it"] = place
    s.noun("kind", one, many)
    pairs = [(t, ts), (u, us)]
    s.rng.shuffle(pairs)
    s.noun("t", *pairs[0])
    s.noun("u", *pairs[1])


def rest_by_difference(s: Story) -> Term:
    """One part, and by how much it differs from the other: the other part, or the whole."""
    _whole(s)
    a = s.draw("a", 4, max(9, s.top))
    more = s.chance(0.5)
    s.draw("d", 2, a - 2 if more else s.top)
    s.words["by"] = "more" if more else "fewer"
    first = s.pick(
        "{in_it} there {are} {a:t} and the [rest|others] {are} {u}",
        "there {are} {a:t} {in_it}, all others {are} {u}",
        "there {are} {a:t} {in_it}",
        "{A} {~count} {a:t} {in_it}",
    )
    second = s.pick(
        "there {are} {d} {by} {t} than {u}",
        "{in_it} there {are} {d} {by} {t} than {u}",
        "the {t} {are} {d} {by} than the {u}",
    )
    told = [first, second] if s.chance(0.65) or "rest" in first else [second, first]
    for telling in told:
        s.fact(telling)
    other: Term = ("-" if more else "+", "a", "d")
    if s.chance(0.5):
        s.ask("how many {u} {are} there {in_it}?", "how many {u} {are} there?")
        return other
    s.ask("how many {kind} {are} there {in_it} [{total}|]?", "how many {kind} {are} there in all?")
    return ("+", "a", other)


def part_against_rest(s: Story) -> Term:
    """A whole and one part: the other part, or by how much the parts differ."""
    _whole(s)
    a = s.draw("a", 5, max(9, s.top))
    b = s.draw("b", 2, a - 2)
    s.fact(
        "there {are} {a:kind} {in_it}, {b} of them {t} and the [rest|others] {u}",
        "{in_it} there {are} {a:kind}: {t} and {u}. {b} {are} {t}",
        "{b:t} {are} {in_it}. with the {u} there {are} {a:kind} [{total}|]",
        "of the {a:kind} {in_it}, {b} {are} {t}. the others {are} {u}",
        "{A} {~count} {a:kind} {in_it}. there {are} {b:t} and some {u}",
    )
    rest: Term = ("-", "a", "b")
    if s.chance(0.5):
        s.ask(
            "how many {u} {are} there [{in_it}|]?",
            "how many of the {kind} {are} {u}?",
            "how many {kind} {are} not {t}?",
        )
        return rest
    if a - b == b:
        raise Unfit
    more = a - b > b
    s.words["hi"], s.words["lo"] = ("{u}", "{t}") if more else ("{t}", "{u}")
    s.ask(
        "how many more {hi} than {lo} {are} there [{in_it}|]?",
        "how many fewer {lo} than {hi} {are} {in_it}?",
        "by how many do the {hi} outnumber the {lo}?",
    )
    return ("-", rest, "b") if more else ("-", "b", rest)


def shared_weight(s: Story) -> Term:
    """What two have or carry together and what one of them has: the other's, or the difference."""
    _deed(s)
    if s.words["A"] in ("I", "you", "we"):
        raise Unfit
    a = s.draw("a", 5, max(9, s.top))
    b = s.draw("b", 2, a - 2)
    if s.chance(0.4):
        unit = s.pick("pound", "kilogram", "ounce")
        s.noun("t", unit, unit + "s")
        s.words["deed"], s.words["goods"] = s.pick("bring", "carry", "harvest", "lift"), "of {u}"
    else:
        s.words["goods"] = ""
    s.words["own"] = s.words["deed"]
    whole = s.pick(
        "{A} and {B} {+own} {a:t} {goods} [together|{total}]",
        "together {A} and {B} {+own} {a:t} {goods}",
        "between them, {A} and {B} {+own} {a:t} {goods}",
    )
    part = s.pick("{A_} {~own} {b} of them", "{b} of these {+be} {A's}", "{A_} {~own} {b:t}")
    if s.chance(0.7):
        s.fact(whole)
        s.fact(part)
    else:
        s.fact("{A} {~own} {b:t} {goods}")
        s.fact("together with {B} {he} {~own} {a:t}", "with those of {B}, it {be} {a:t}")
    rest: Term = ("-", "a", "b")
    if s.chance(0.45):
        s.ask("how many {t} did {B_} {own}?", "how many {t} {+be} {B's}?")
        return rest
    if a - b == b:
        raise Unfit
    more = a - b > b
    s.words["hi"], s.words["lo"] = ("{B_}", "{A_}") if more else ("{A_}", "{B_}")
    s.ask(
        "how many more {t} did {hi} {own} than {lo}?",
        "how many fewer {t} did {lo} {own} than {hi}?",
        "by how many {t} {be} {hi} ahead of {lo}?",
    )
    return ("-", rest, "b") if more else ("-", "b", rest)


MAKERS = (
    (two_times, 7),
    (over_both, 3),
    (two_relations, 5),
    (rest_by_difference, 4),
    (part_against_rest, 4),
    (shared_weight, 4),
)

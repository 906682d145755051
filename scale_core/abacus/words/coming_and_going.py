"""Two opposite changes of one amount: some come, some go, and any of the numbers is asked for.

Schemas: change with its result, the first or the second change unknown, and by how much more came
than went. Knows each telling and its term. Does not know single changes.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit


def _away(s: Story) -> None:
    s.fact(
        "{b} of the {t} {are} [used|sold|lent out|taken away] [{day1}|]",
        "{he} {~lose} {b} [by accident|on the way|{day1}]",
        "{B} {=borrow} {b:t}",
        "{b:t} {+go} to {B}",
        "{he} {~part} with {b} [of these|]",
        "{S} {~lose2} {b:t} [at once|one by one|]",
    )


def _back(s: Story) -> None:
    s.fact(
        "{c} [new|fresh|other] {t} [{+arrive}|{+turn up}] [{day2}|]",
        "{C} {=add} {c} [more|]",
        "{he} {~find} {c} [more|] [in a drawer|in the attic|behind a door]",
        "{S} {~gain} {c} more {t} [{where2}|]",
        "with {c} [new|extra] ones from {C} {he} {~fill} [the gap|{his} {box1} again]",
    )


def came_and_went(s: Story) -> Term:
    """Some go and some come, in either order: what there is then."""
    people(s, 3)
    things(s, 2)
    days(s)
    s.draw("b", 1, s.draw("a", 3, s.top) - 1)
    s.draw("c", 1, s.top)
    away_first = s.chance(0.55)
    s.fact(
        "{A} {~begin} the [day|week|job] with {a:t}",
        "{a:t} {are} [waiting|piled up|ready] {where}",
        "{A} {has} {a:t} [at home|to look after|in {his} {box1}]",
        "at first {A's} {box1} {=hold} {a:t}",
        "{A} {~gain} {a:t}",
    )
    if s.chance(0.25):
        s.fact(
            "{b} {+go} out and {c} {+come} in"
            if away_first
            else "{c} {+come} in and {b} {+go} out",
            "{he} {~trade} {b} of them for {c} others"
            if away_first
            else "{C} {=bring} {him} {c} and {B} {=carry} off {b}",
        )
    else:
        for tell in (_away, _back) if away_first else (_back, _away):
            tell(s)
    s.ask(
        "how many {t} {does} {Q} have now?",
        "how many {t} {are} there [now|in the end|by evening]?",
        "how many {t} {does} {Q} have after all that?",
        "how many {t} will that leave?",
        "what number of {t} {be} that in the end?",
        "counting again, how many {t} {does} {Q} find?",
    )
    return ("+", ("-", "a", "b"), "c") if away_first else ("-", ("+", "a", "c"), "b")


# the place, who is there (one, several), how they come, how they go, where they then are
PLACES = tuple(
    tuple(part.strip() for part in place.split("/"))
    for place in """
    the ferry/traveler/travelers/board/step off/on deck,
    the hall/dancer/dancers/walk in/slip out/inside,
    the harbor/sailboat/sailboats/sail in/sail off/at anchor,
    the parking deck/van/vans/roll in/roll out/on the deck,
    the reading room/reader/readers/sit down/stand up/at the tables,
    the pond/swan/swans/land/fly off/on the water,
    the cable car/hiker/hikers/climb in/climb out/in the car,
    the museum/visitor/visitors/enter/head home/in the rooms,
    the hive/bee/bees/fly in/fly out/in the hive,
    the ice rink/skater/skaters/join/quit/on the ice,
    the tram/rider/riders/hop on/hop off/aboard,
    the meadow/goat/goats/trot in/run away/in the grass""".split(",")
)


def in_and_out(s: Story) -> Term:
    """A place that some enter and others leave: who is there then, came, went, or the surplus."""
    place, one, many, s.words["come_in"], s.words["go_out"], s.words["there"] = s.rng.choice(PLACES)
    people(s, 1)
    s.noun("t", one, many)
    s.words["place"] = place
    a = s.draw("a", 4, s.top)
    b, c = s.draw("b", 1, a - 1), s.draw("c", 1, s.top)
    e = s.numbers["e"] = a - b + c
    s.fact(
        "{place} {=have} {a:t}",
        "there {are} {a:t} {there}",
        "[early on|at noon|when {A} {~look} first], {a:t} {are} {there}",
        "{A} {~count} {a:t} {there}",
    )
    draw = s.rng.random()
    if draw < 0.25:
        s.fact(
            "before long {b} {+go_out} and {c} {+come_in}",
            "within the hour {c} [more|others] {+come_in}, but {b} {+go_out}",
            "{b} {t} {+go_out}. {c} others {+come_in}",
        )
        s.ask("how many {t} {are} {there} now?", "how many {t} {does} {A_} count [then|now]?")
        return ("+", ("-", "a", "b"), "c")
    out_told = draw < 0.8
    if out_told:
        s.fact(
            "{b} of them {+go_out} while [some|several|a few] others {+come_in}",
            "some [more|new ones] {+come_in} and {b} {+go_out}",
            "{b} {t} {+go_out}, and others {+come_in}",
        )
    else:
        s.fact(
            "{c} [more|new] {t} {+come_in} while some {+go_out}",
            "some {+go_out}, and {c} others {+come_in}",
        )
    s.fact(
        "[by evening|an hour later|after that] {e:t} {are} {there}",
        "when {A} {~look} again, there {are} {e} {there}",
        "now {A} {~count} {e:t}",
    )
    if draw < 0.55:
        if e == a:
            raise Unfit
        more, fewer = ("come_in", "go_out") if e > a else ("go_out", "come_in")
        s.words |= {"more_verb": s.words[more], "fewer_verb": s.words[fewer]}
        s.ask(
            "how many more {t} {+more_verb} than {+fewer_verb}?",
            "by how many {+do} those that {+more_verb} outnumber those that {+fewer_verb}?",
            "how many fewer {t} {+fewer_verb} than {+more_verb}?",
        )
        return ("-", "e", "a") if e > a else ("-", "a", "e")
    if out_told:
        s.ask("how many {t} {+come_in}?", "what number of {t} {+come_in} [meanwhile|in that time]?")
        return ("-", "e", ("-", "a", "b"))
    s.ask("how many {t} {+go_out}?", "what number of {t} {+go_out} [meanwhile|in that time]?")
    return ("-", ("+", "a", "c"), "e")


MAKERS = ((came_and_went, 7), (in_and_out, 3))

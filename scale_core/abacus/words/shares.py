"""Shares, seats, rows, paces and lengths: one step, often with a number too many.

Schemas: sharing and grouping with the rule before or after the whole, one of two kinds shared;
so many places on each of the vessels; boxes within cases of which only the boxes count; arrays;
time, way and speed; what is left of a way; two lengths. Knows each telling and its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit

SHARERS = tuple(
    tuple(pair.split("/"))
    for pair in """friend/friends cousin/cousins pupil/pupils neighbor/neighbors helper/helpers
    guest/guests child/children team/teams sister/sisters camper/campers""".split()
)


def _times(s: Story) -> None:
    """Draw `n` = `a` times `b`."""
    s.numbers["n"] = s.draw("a", 2, min(s.top, 40)) * s.draw("b", 2, min(s.top, 60))


def one_kind_shared(s: Story) -> Term:
    """Two kinds, one of which is shared or grouped; or one kind, and what somebody brings."""
    people(s, 2)
    things(s, 2)
    s.noun("who", *s.rng.choice(SHARERS))
    _times(s)
    s.draw("k", 2, s.top)
    s.fact(
        "{A} {has} {n:t} and {k:u}",
        "{A} {has} {k:u} and {n:t}",
        "there {are} {n:t} and {k:u} {where}",
        "{A} {has} {n:t}. {B} {=bring} {him} {k:u}",
        "{A} {~gain} {n:t}. {B} {=come} along with {k:u}",
    )
    draw = s.rng.random()
    if draw < 0.45:
        s.fact(
            "{he} {~share} the {t} evenly among {a:who}",
            "the {t} {are} for {a:who}, equally many for each",
            "{a:who} {+divide} the {t} fairly",
            "{he} {~deal} the {t} out to {a:who}",
        )
        s.ask(
            "how many {t} {do} each {who1} get?",
            "how many {t} {be} [that|there] for each {who1}?",
            "how many {t} are there per {who1}?",
        )
        return ("/", "n", "a")
    if draw < 0.7:
        s.fact(
            "the {t} {+go} into {a:box}, the same number in each",
            "{he} {~have} {a:box} for the {t} and {~fill} them alike",
            "there {are} {a:box} for the {t}",
        )
        s.ask("how many {t} {+go} into each {box1}?", "how many {t} {are} in a {box1}?")
        return ("/", "n", "a")
    s.fact(
        "{he} {~put} the {t} into {box} of {b}",
        "{b} {t} fit in one {box1}",
        "every {who1} {=get} {b} of the {t}",
    )
    if "who1" in s.facts[-1][1]:
        s.ask("for how many {who} are there {t} enough?", "how many {who} can get {t}?")
    else:
        s.ask("how many {box} {does} {Q} need for the {t}?", "how many {box} of {t} {are} there?")
    return ("/", "n", "b")


SEATS = tuple(
    tuple(part.strip() for part in seat.split("/"))
    for seat in """
    skier/skiers/place/places/gondola/gondolas, dancer/dancers/chair/chairs/table/tables,
    hiker/hikers/bunk/bunks/cabin/cabins, letter/letters/slot/slots/tray/trays,
    singer/singers/spot/spots/riser/risers, diner/diners/stool/stools/counter/counters,
    plate/plates/groove/grooves/rack/racks, boot/boots/peg/pegs/board/boards,
    sailor/sailors/hammock/hammocks/deck/decks, rider/riders/saddle/saddles/carriage/carriages,
    actor/actors/mirror/mirrors/dressing room/dressing rooms, loaf/loaves/hollow/hollows/mold/molds,
    cyclist/cyclists/bracket/brackets/trailer/trailers, penguin/penguins/perch/perches/ice floe/ice floes""".split(
        ","
    )
)


def seats(s: Story) -> Term:
    """So many who need places, and the places on each: how many of these; or all the places."""
    people(s, 1)
    things(s, 1)
    one, many, place, places, on, ons = s.rng.choice(SEATS)
    s.noun("x", one, many)
    s.noun("p", place, places)
    s.noun("v", on, ons)
    _times(s)
    if s.chance(0.7):
        s.fact(
            "there {are} {n:x} and {b:p} [on|in|at] each {v1}",
            "{n:x} {+come}. [each|every|one] {v1} {=have} {b:p}",
            "[each|every|a] {v1} {=have} {b:p}, and there {are} {n:x}",
            "with {b:p} to a {v1}, {A} {~want} to find room for {n:x}",
            "{A} {~look} after {n:x}. there {are} {b:p} per {v1}",
        )
        s.ask(
            "how many {v} are needed?",
            "how many {v} {does} {Q} need?",
            "how many {v} will {n:x} fill?",
            "how many {v} does it take [for all of them|for everyone|]?",
        )
        return ("/", "n", "b")
    s.fact(
        "there {are} {a:v} with {b:p} each",
        "{a:v} {are} ready, and [each|every] {v1} {=have} {b:p}",
        "{A} {~set} up {a:v}. there {are} {b:p} on each",
    )
    s.ask("for how many {x} is there room?", "how many {x} find a {p1}?", "how many {p} is that?")
    return ("*", "a", "b")


def groups_wanted(s: Story) -> Term:
    """A wish for groups, before or after how many there are: the number of groups or their size."""
    people(s, 1)
    things(s, 1)
    _times(s)
    by_size = s.chance(0.6)
    s.words["groups"] = s.pick("groups", "heaps", "sets", "rows", "{box}", "bundles", "teams")
    s.words["group"] = {"{box}": "{box1}"}.get(s.words["groups"], s.words["groups"][:-1])
    wish = (
        s.pick(
            "{A} {~want} to [divide|split|sort|arrange] {his} {t} into {groups} of {b}",
            "{A} {~make} {groups} of {b} from {his} {t}",
            "{A's} {t} {+come} in {groups} of {b}",
            "{b:t} {+make} one {group}",
        )
        if by_size
        else s.pick(
            "{A} {~want} to [divide|split|sort|arrange] {his} {t} into {a} equal {groups}",
            "{A} {~make} {a} {groups} of the same size from {his} {t}",
        )
    )
    if s.chance(0.6):
        s.fact(wish)
        s.fact("{A_} {has} {n:t}", "{he} {has} {n} [of them|{t}|{t} {total}]", "there are {n:t}")
    else:
        s.fact("{A} {has} {n:t}", "there are {n:t} {where}", "{A} {~gain} {n:t}")
        s.fact(wish)
    if by_size:
        s.ask(
            "how many {groups} {does} {Q} get?",
            "how many {groups} will [there be|that make]?",
            "how many {groups} are there?",
            "how many {groups} can {Q} make?",
        )
        return ("/", "n", "b")
    s.ask(
        "how many {t} are in [each|one|every] {group}?",
        "how big is each {group}?",
        "how many [{t}|] belong in a {group}?",
    )
    return ("/", "n", "a")


def boxes_and_cases(s: Story) -> Term:
    """So many boxes of so many, and a number about cases, shelves or packages that plays no part."""
    people(s, 2)
    things(s, 2)
    _times(s)
    s.draw("k", 2, 40)
    idle = s.pick(
        "a {case1} {=hold} {k:box}",
        "there are {k:box} to a {case1}",
        "{k:box} fit on a cart",
        "{B} {=have} {k} [{box}|such {box}] too",
        "every {t1} {=come} with {k:u}",
        "a {box1} {=weigh} {k} pounds",
    )
    if s.chance(0.65):
        facts = [
            "{A} {has} {a:box} of {t}",
            s.pick("each {box1} {=hold} {b} [{t}|]", "there are {b:t} in a {box1}"),
        ]
        facts.insert(s.rng.choice((1, 2)), idle)
        for telling in facts:
            s.fact(telling)
        s.ask(
            "how many {t} {does} {Q} have?",
            "how many {t} {are} there [{total}|]?",
            "how many {t} is that?",
        )
        return ("*", "a", "b")
    s.draw("p", 2, s.top)
    s.draw("q", 2, s.top)
    s.fact("{A} {has} {p:t} on a {case1}", "there {are} {p:t} {where}", "{A} {~gain} {p:t}")
    s.fact(
        "every {t1} {=come} with {k:u}",
        "each {t1} {=come} in a {box1} of {k} grams",
        "each {t1} {=weigh} {k} grams",
    )
    s.fact("{he} {~add} {q:t}", "{B} {=bring} {q:t} [more|]", "{q} more {t} {are} put there")
    s.ask("how many {t} {are} there [now|then|in all]?", "how many {t} {does} {A_} have now?")
    return ("+", "p", "q")


ARRAYS = tuple(
    tuple(part.strip() for part in array.split("/"))
    for array in """
    the vineyard/vine/vines, the parking deck/car/cars, the theater/seat/seats, the graveyard/stone/stones,
    the quilt/patch/patches, the chessboard/square/squares, the wall/tile/tiles, the nursery/sapling/saplings,
    the choir loft/singer/singers, the sheet/stamp/stamps, the mosaic/pebble/pebbles, the roof/slate/slates""".split(
        ","
    )
)


def arrays(s: Story) -> Term:
    """Rows and columns: all of it, or the one from the other."""
    people(s, 1)
    things(s, 1)
    s.words["field_"], one, many = s.rng.choice(ARRAYS)
    s.noun("x", one, many)
    _times(s)
    if s.chance(0.65):
        s.fact(
            "{field_} {=have} {a} rows and {b} columns of {x}",
            "{field_} {=have} {a} rows. {b:x} stand in each [row|of them|one]",
            "{A} {~look} at {field_}: {b} columns and {a} rows [of {x}|]",
            "in {field_} there {are} {b:x} in every one of the {a} rows",
        )
        s.ask(
            "how many {x} {are} there [{total}|]?",
            "how many {x} is that?",
            "how many {x} {does} {Q} count?",
        )
        return ("*", "a", "b")
    s.fact(
        "{field_} {=have} {n:x} in {a} equal rows",
        "{A} {~see} {n:x} in {field_}. they {+form} {a} equal rows",
    )
    s.ask("how many {x} {are} in each row?", "how many columns {are} there?")
    return ("/", "n", "a")


MOVES = tuple(
    tuple(move.split("/"))
    for move in """march/mile/miles sail/mile/miles paddle/mile/miles skate/kilometer/kilometers
    hike/kilometer/kilometers ride/kilometer/kilometers gallop/mile/miles roll/meter/meters
    crawl/meter/meters swim/yard/yards trot/mile/miles cruise/mile/miles ski/kilometer/kilometers
    stroll/kilometer/kilometers drive/mile/miles fly/mile/miles limp/meter/meters""".split()
)


def paces(s: Story) -> Term:
    """Way, time and speed: any of them, now and then with a number too many."""
    people(s, 2)
    things(s, 1)
    s.words["move"], one, many = s.rng.choice(MOVES)
    s.noun("w", one, many)
    hour = "minute" if one in ("meter", "yard") else "hour"
    s.noun("h", hour, hour + "s")
    _times(s)  # a: hours, b: speed, n: way
    at = "at {b:w} [per|a|each] {h1}"
    draw = s.rng.random()
    if draw < 0.4:
        s.fact(
            f"{{A}} {{~move}} {{n:w}} {at}",
            f"{at} {{A}} {{~move}} {{n:w}}",
            f"it {{be}} {{n:w}} to {{B's}} hut. {{A}} {{~move}} there {at}",
            f"{{A}} {{~have}} {{n:w}} to go and {{~move}} {at}",
        )
        s.ask(
            "how long {does} {Q} {move}?",
            "how long {is} {he} on the way?",
            "for how many {h} {does} {Q} {move}?",
            "how long does that take?",
        )
        return ("/", "n", "b")
    if draw < 0.65:
        s.fact(
            "{A} {~move} {n:w} in {a:h}",
            "in {a:h} {A} {~move} {n:w}",
            "{A} {~need} {a:h} for the {n:w} to {B's} hut",
            "{A} {~move} {n:w}. it {=take} {a:h}",
        )
        s.ask(
            "how fast {does} {Q} {move}?",
            "how many {w} [per|each|in one] {h1} {does} {Q} {move}?",
            "what {be} {his} speed in {w} [per|each] {h1}?",
        )
        return ("/", "n", "a")
    s.fact(
        f"{{A}} {{~move}} for {{a:h}} {at}",
        f"{at} {{A}} {{~move}} for {{a:h}}",
        f"to {{move}} to {{B's}} hut {{=take}} {{A}} {{a:h}} {at}",
    )
    s.ask(
        "how far {does} {Q} {move}?",
        "how far is that?",
        "how many {w} is that?",
        "how long is the way?",
    )
    return ("*", "a", "b")


def way_left(s: Story) -> Term:
    """A way or a length and part of it: the rest; or two of them end to end."""
    people(s, 2)
    things(s, 2)
    a = s.draw("a", 4, max(9, s.top))
    b = s.draw("b", 2, a - 1)
    if s.chance(0.5):
        s.words["move"], one, many = s.rng.choice(MOVES)
        s.noun("w", one, many)
        s.fact(
            "it {be} {a:w} to {B's} hut. {A} {has} [already|] gone {b}",
            "{A} {~want} to {move} {a:w} and {~rest} after {b}",
            "{B} {=live} {a:w} away. {A} {~move} {b:w} of the way",
        )
        if s.chance(0.4):
            s.draw("k", 2, 40)
            s.fact(
                "[there|then] {he} {~buy} {k:t}",
                "{he} {~rest} for {k} minutes",
                "{he} {~carry} {k} pounds",
            )
        s.ask(
            "how far {does} {Q} still have to go?",
            "how far is the rest of the way?",
            "how many {w} are left?",
            "how many more {w} must {Q} {move}?",
        )
        return ("-", "a", "b")
    unit, units = s.rng.choice(
        (
            ("inch", "inches"),
            ("foot", "feet"),
            ("meter", "meters"),
            ("paper clip", "paper clips"),
        )
    )
    s.noun("w", unit, units)
    if s.chance(0.5):
        s.fact(
            "{A's} {t1} is {a:w} long and {B's} {t1} is {b:w} long",
            "a {t1} of {a:w} and a {u1} of {b:w} lie end to end",
            "the {t1} measures {a:w}. behind it lies a {u1} of {b:w}",
        )
        s.ask(
            "how long are both together?",
            "how long are they, end to end?",
            "how many {w} long is that {total}?",
        )
        return ("+", "a", "b")
    s.fact(
        "{A's} {t1} is {a:w} long and {B's} {t1} is {b:w} long",
        "the {t1} measures {a:w}, the {u1} {b:w}",
    )
    s.ask(
        "how much longer is the first [one|]?",
        "by how many {w} are they different?",
        "how many {w} longer is the first than the second?",
    )
    if a == b:
        raise Unfit
    return ("-", "a", "b")


MAKERS = (
    (one_kind_shared, 5),
    (seats, 4),
    (groups_wanted, 4),
    (boxes_and_cases, 5),
    (arrays, 3),
    (paces, 6),
    (way_left, 5),
)

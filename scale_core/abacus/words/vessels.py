"""Equal groups in their own words: pages of stickers, nests of eggs, benches of fans.

Schemas: product, number of groups and size of a group, each with numbers that play no part; some of
the groups or of the things gone or added before or after; two kinds in each group. Knows each
telling and its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit

# a vessel, what is in it, how a vessel has its things, how things come to be there, at most so many
VESSELS = tuple(
    tuple(part.strip() for part in vessel.split("/"))
    for vessel in """
    page/pages/sticker/stickers/hold/paste, nest/nests/duckling/ducklings/contain/find,
    wagon/wagons/seat/seats/have/count, tart/tarts/wedge/wedges/have/cut,
    stall/stalls/pony/ponies/hold/put, booklet/booklets/coupon/coupons/contain/clip,
    bouquet/bouquets/peony/peonies/have/tie, necklace/necklaces/pearl/pearls/have/string,
    bunch/bunches/grape/grapes/have/pick, hutch/hutches/rabbit/rabbits/hold/put,
    shelf/shelves/trophy/trophies/hold/set, tower/towers/cube/cubes/have/stack,
    choir/choirs/singer/singers/have/count, chapter/chapters/page/pages/have/read,
    crate/crates/bottle/bottles/hold/load, sheet/sheets/stamp/stamps/contain/buy,
    bench/benches/fan/fans/seat/see, row/rows/cabbage/cabbages/have/plant,
    bag/bags/walnut/walnuts/contain/pour, coat/coats/button/buttons/have/sew,
    rack/racks/bike/bikes/hold/park, envelope/envelopes/picture/pictures/contain/slip,
    hive/hives/frame/frames/have/check, string/strings/lamp/lamps/have/hang,
    pouch/pouches/gold piece/gold pieces/contain/count, tent/tents/scout/scouts/sleep/count,
    carton/cartons/doughnut/doughnuts/hold/pack, boat/boats/rower/rowers/carry/count,
    album/albums/portrait/portraits/contain/glue, kit/kits/screw/screws/contain/sort,
    bar of chocolate/bars of chocolate/piece/pieces/have/break,
    pack of gum/packs of gum/stick/sticks/contain/chew, set/sets/marker/markers/contain/buy,
    ladder/ladders/rung/rungs/have/paint, tray/trays/ice cube/ice cubes/make/freeze,
    box of tea/boxes of tea/tea bag/tea bags/hold/stack, team/teams/runner/runners/have/meet,
    floor/floors/flat/flats/have/build, bus/buses/tourist/tourists/carry/count""".split(",")
)


def _vessels(s: Story) -> None:
    """Cast `{x}` in `{v}`: `a` vessels of `b` things, `n` in all, and another kind `{y}`."""
    people(s, 3)
    things(s, 2)
    days(s)
    if s.chance(0.8):
        one, many, thing, all_of_them, s.words["holding"], s.words["deed"] = s.rng.choice(VESSELS)
        s.noun("v", one, many)
        s.noun("x", thing, all_of_them)
    else:
        s.alias("v", "box")
        s.alias("x", "t")
        s.words["holding"], s.words["deed"] = "hold", s.words["gain"]
    s.alias("y", "u")
    s.numbers["n"] = s.draw("a", 2, min(s.top, 60)) * s.draw("b", 2, min(s.top, 60))


def _size(s: Story) -> None:
    s.fact(
        "each {v1} {=holding} {b:x}",
        "[each|every] {v1} {=holding} {b:x}",
        "[a|one] {v1} {=holding} {b:x}",
        "there {are} {b:x} in [each|every|a] {v1}",
        "{b:x} belong [to|in] each {v1}",
        "[each|every one] of the {v} {=holding} {b:x}",
    )


def _count(s: Story) -> None:
    s.fact(
        "{A} {has} {a:v}",
        "there {are} {a:v}",
        "{A} {~see} {a:v}",
        "{A} {~get} {a:v} [from {B}|{day1}|]",
        "{A} {~order} {a:v}",
        "there {are} {a:v} to look after",
    )


def _idle(s: Story, share: float) -> None:
    """A number that plays no part, behind the first fact or behind them all."""
    if s.chance(share):
        s.draw("k", 2, max(12, s.top))
        idle = s.pick(
            "there {are} [also|] {k:y}",
            "{A} also {has} {k:y}",
            "{C} {=bring} {k:y}",
            "it {=take} {k} minutes to count them",
            "{B} {=have} {k} [other|] {v}",
            "a {v1} {=cost} {k} dollars",
            "{A} {is} number {k} in line",
        )
        s.facts.insert(s.rng.choice((1, len(s.facts))), ("", idle))


def _all(s: Story) -> None:
    for tell in (_count, _size) if s.chance(0.6) else (_size, _count):
        tell(s)


def product(s: Story) -> Term:
    """So many vessels of so many: all of them."""
    _vessels(s)
    if s.chance(0.3):
        s.fact(
            "{A} {~deed} {b:x} for each of {a:v}",
            "{A} {~fill} {a:v} with {b:x} each",
            "in each of {a:v} there {are} {b:x}",
            "{a:v} of {b:x} each {are} {where}",
        )
    else:
        _all(s)
    _idle(s, 0.35)
    s.ask(
        "how many {x} {are} there {total}?",
        "how many {x} {are} in the {v}?",
        "how many {x} {are} there in {a:v}?",
        "how many {x} {does} {Q} have [{total}|]?",
        "how many {x} is that [{total}|]?",
        "what is the total number of {x}?",
        "how many {x} {+be} there in all the {v} together?",
    )
    return ("*", "a", "b")


def divided(s: Story) -> Term:
    """All of them and the size or the number of the vessels: the other."""
    _vessels(s)
    whole = s.pick(
        "{A} {has} {n:x}",
        "there {are} {n:x} [{total}|]",
        "{A} {~deed} {n:x}",
        "{A} {has} {n:x} {total}",
        "{n:x} {are} {where}",
    )
    count_asked = s.chance(0.55)
    part = (
        s.pick(
            "each {v1} {=holding} {b:x}",
            "there {are} {b:x} in [each|every] {v1}",
            "{b} of them {+go} [to|into] each {v1}",
            "{b:x} {+make} one {v1}",
            "they {+come} in {v} of {b}",
            "{A} {~put} {b} in a {v1}",
        )
        if count_asked
        else s.pick(
            "they {are} in {a:v}, the same number in each",
            "there {are} {a:v}, all alike",
            "the {x} {are} shared evenly over {a:v}",
            "{a:v} {+hold} equally many",
            "{A} {~split} them evenly into {a:v}",
        )
    )
    told = [whole, part] if s.chance(0.7) or "them" in part or "they" in part else [part, whole]
    for telling in told:
        s.fact(telling)
    _idle(s, 0.35)
    if count_asked:
        s.ask(
            "how many {v} {are} there?",
            "how many {v} {does} {Q} [have|need|fill]?",
            "how many {v} is that?",
            "how many {v} {are} needed?",
            "how many {v} can {Q} make?",
        )
        return ("/", "n", "b")
    s.ask(
        "how many {x} {are} [there |]in each {v1}?",
        "how many {x} {do} [each|every|one] {v1} have?",
        "how many {x} are there per {v1}?",
        "how big {be} each {v1}?",
    )
    return ("/", "n", "a")


def less_some(s: Story) -> Term:
    """Vessels of so many, and some of the things gone or added: what there is then."""
    _vessels(s)
    _all(s)
    up = s.chance(0.4)
    s.draw("c", 2, s.top if up else max(2, s.numbers["n"] - 1))
    if up:
        s.fact(
            "{A} also {has} {c} [loose|single|extra] {x}",
            "{c:x} more {are} left over",
            "{B} {=bring} {c} more {x}",
            "besides, there {are} {c} [loose|single] {x}",
        )
        s.ask(
            "how many {x} {are} there {total}?",
            "how many {x} {does} {Q} have {total}?",
            "how many {x} is that with the others?",
        )
        return ("+", ("*", "a", "b"), "c")
    s.fact(
        "{A} only {~need} {c} of the {x}" if s.chance(0.3) else "{c} of the {x} {are} gone",
        "{B} {=take} {c:x}",
        "{A} {~give} {c:x} to {B}",
        "{c:x} {are} [damaged|sold|used up]",
    )
    s.ask(
        "how many {x} {+remain}?",
        "how many {x} {are} left [over|]?",
        "how many {x} {does} {Q} not need?"
        if "only" in s.facts[-1][1]
        else "how many {x} {does} {Q} still have?",
        "how many {x} {are} [left|still there]?",
    )
    return ("-", ("*", "a", "b"), "c")


def fewer_vessels(s: Story) -> Term:
    """Some vessels gone, come or empty before they are counted out."""
    _vessels(s)
    up = s.chance(0.45)
    m = s.draw("m", 2, min(s.top, 40) if up else max(2, s.numbers["a"] - 1))
    if not up and m >= s.numbers["a"]:
        raise Unfit
    count = s.pick("{A} {has} {a:v}", "there {are} {a:v}", "{A} {~order} {a:v}")
    change = (
        s.pick(
            "{B} {=have} {m} [more|] {v}",
            "{day2} {A} {~get} {m} more {v}",
            "{m} more {v} {+arrive}",
            "{A} {~add} {m} [more|others]",
        )
        if up
        else s.pick(
            "{m} of the {v} {are} empty",
            "{A} {~give} {m:v} to {B}",
            "{A} {~leave} out {m} of them",
            "but {m} {v} {+go} missing",
            "{A} {~forget} {m} of them",
            "all but {r} {are} empty",
        )
    )
    s.numbers["r"] = s.numbers["a"] - m
    facts = [count, change]
    size = "each {v1} {=holding} {b:x}" if s.chance(0.5) else "there {are} {b:x} in each {v1}"
    facts.insert(s.rng.choice((0, 2, 2)), size)
    for telling in facts:
        s.fact(telling)
    if up:
        s.ask(
            "how many {x} {are} there {total}?",
            "how many {x} do the {v} have {total}?",
            "how many {x} is that {total}?",
        )
        return ("*", ("+", "a", "m"), "b")
    if "all but" in change:
        s.ask("how many {x} {are} there?", "how many {x} is that?")
        return ("*", "r", "b")
    s.ask(
        "how many {x} {does} {Q} have [then|left|]?",
        "how many {x} {are} there in the other {v}?",
        "how many {x} {are} in the rest of the {v}?",
        "how many {x} is that for those that remain?",
    )
    return ("*", ("-", "a", "m"), "b")


def repacked(s: Story) -> Term:
    """Two numbers joined, or one without some, then by so many to a vessel."""
    _vessels(s)
    n = s.numbers["n"]
    up = s.chance(0.5)
    if up:
        s.numbers["q"] = n - s.draw("p", 1, n - 1)
        start = s.pick(
            "{A} {~deed} {p:x} {day1} and {q} {day2}",
            "{A} {has} {p} [old|small] and {q} [new|large] {x}",
            "there {are} {p} {x} here and {q} over there",
            "{A} {has} {p:x}, {B} {=have} {q}",
            "{A} {~get} {p:x} from {B} and {q} from {C}",
        )
    else:
        s.numbers["p"] = n + s.draw("q", 2, max(3, s.top))
        start = s.pick(
            "{A} {has} {p:x}, but {q} of them {are} [broken|missing|no good]",
            "of {p:x}, {q} {+get} lost",
            "{A} {~deed} {p:x}. {q} of them {+go} to {B}",
            "there {are} {p:x}. {A} {~set} {q} aside for {C}",
            "{q} of the {p:x} {are} spoken for",
        )
    now: Term = ("+" if up else "-", "p", "q")
    by_size = s.chance(0.6)
    s.words["lot"] = "all of them" if up else "the rest"
    rule = (
        s.pick(
            "each {v1} {=holding} {b}",
            "{b} [{x}|] {+go} in a {v1}",
            "{A} {~put} {lot} in {v} of {b}",
            "{A} {~make} {v} of {b}",
        )
        if by_size
        else s.pick(
            "{A} {~spread} {lot} evenly over {a:v}",
            "{lot} {+go} into {a:v}, equally many in each",
            "{a:v} {+get} equal parts of {lot}",
        )
    )
    told = [rule, start] if "{lot}" not in rule and s.chance(0.3) else [start, rule]
    for telling in told:
        s.fact(telling)
    if by_size:
        s.ask(
            "how many {v} {are} there?",
            "how many {v} {does} {Q} need?",
            "how many {v} can {Q} fill?",
            "how many {v} will that be?",
        )
        return ("/", now, "b")
    s.ask("how many {x} {are} in each {v1}?", "how many {x} {do} each {v1} get?")
    return ("/", now, "a")


def two_sorts(s: Story) -> Term:
    """Vessels with two kinds in each: one kind, both, or by how many they differ."""
    _vessels(s)
    c = s.draw("c", 2, 40)
    s.fact(
        "{A} {has} {a:v} with {b:x} and {c:y} in each",
        "each of {a:v} {=holding} {b:x} and {c:y}",
        "there {are} {a:v}. each {v1} {=holding} {c:y} and {b:x}",
        "{A} {~fill} {a:v}, each with {b:x} and {c:y}",
    )
    draw = s.rng.random()
    if draw < 0.4:
        s.alias("z", s.pick("x", "y"))
        term: Term = ("*", "a", "b" if s.nouns["z"] == s.nouns["x"] else "c")
        s.ask(
            "how many {z} {are} there [{total}|]?",
            "how many {z} {does} {Q} have?",
            "how many {z} {are} in the {v} [{total}|]?",
        )
        return term
    if draw < 0.75 or s.numbers["b"] == c:
        s.ask("how many {x} and {y} {are} there {total}?", "how many {x} and {y} is that {total}?")
        return ("*", "a", ("+", "b", "c"))
    term = s.difference("b", "c", "x", "y")
    s.ask(
        "how many more {hi} than {lo} {are} in each {v1}?",
        "how many fewer {lo} than {hi} {are} in one {v1}?",
    )
    return term


MAKERS = (
    (product, 8),
    (divided, 10),
    (less_some, 5),
    (fewer_vessels, 6),
    (repacked, 9),
    (two_sorts, 4),
)

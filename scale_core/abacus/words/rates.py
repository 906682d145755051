"""Rates, loads and mixed groups: what work, travel and packing ask.

Schemas: rate (amount, time or pace unknown), capacity (loads, trips, tables), products of a sum or
difference, sums and differences of products. Knows each telling and its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import container, days, people, plural, things
from scale_core.abacus.words.tongue import Story, Term

# who (a person where it is empty), what is done, the unit of the amount, the unit of time
RATES = tuple(
    tuple(part.strip() for part in rate.split("/"))
    for rate in """
    /read/poem/day, /drive/mile/hour, /ride/kilometer/hour, /walk/mile/day, /run/lap/minute,
    /type/word/minute, /swim/lap/day, /write/page/hour, /drink/mug of tea/day, /bake/cake/hour,
    /knit/scarf/week, /solve/puzzle/hour, /plant/tree/day, /practice/hour/day, /make/bracelet/hour,
    /pick/bag of apples/hour, /feed/cat/day, /paint/picture/month, /wash/plate/minute,
    the press/stamp/coin/minute, the factory/produce/toy/day, the printer/print/page/minute,
    the cow/give/liter of milk/day, the train/travel/mile/hour, the plane/fly/kilometer/hour,
    the hose/fill/gallon/minute, the shop/sell/cake/day, the plant/grow/inch/week,
    the car/use/liter of fuel/day, the horse/eat/pound of hay/day, the faucet/leak/drop/minute,
    the worm/dig/inch/hour, the bus/carry/passenger/trip, the elevator/climb/floor/minute,
    the candle/burn/inch/hour, the robot/build/chair/week, the bakery/bake/loaf/hour,
    the ship/sail/mile/day, the spider/catch/fly/day, the pump/lift/bucket/minute""".split(",")
)


def _rate(s: Story) -> None:
    """Cast who does how much of what in which time."""
    people(s, 2)
    days(s)
    who, s.words["work"], amount, time = s.rng.choice(RATES)
    s.noun("t", amount, plural(amount))
    s.noun("time", time, time + "s")
    s.words["per"] = "[each|every|a|per] {time1}"
    if who:
        s.plural = False
        s.words["A"] = who.replace("the", s.pick("the", "the", "a"), 1)
        s.words["A_"], s.words["he"], s.words["him"] = who, "it", "it"
    s.draw("b", 2, min(s.top, 30))
    s.numbers["x"] = s.draw("a", 2, min(s.top, 99)) * s.numbers["b"]


def paced(s: Story) -> Term:
    """An amount, a time and a pace: the amount, the time or the pace is asked for."""
    _rate(s)
    draw = s.rng.random()
    if draw < 0.2:
        s.fact(
            "for {b:time} {A} {~work} {a:t} {per}",
            "{A} {~work} {a:t} {per} and {~keep} on for {b:time}",
        )
        s.ask("{total}, how many {t} {does} {Q} {work}?", "how many {t} is that [{total}|]?")
        return ("*", "a", "b")
    if draw < 0.45:
        _pace(s)
        s.ask(
            "how many {t} within {b:time} {does} {Q} {work}?",
            "how many {t} [will|can|would] {Q} {work} in {b:time}?",
            "how many {t} is that in {b:time}?",
            "how many {t} [is that|will it be] after {b:time}?",
        )
        return ("*", "a", "b")
    if draw < 0.7:
        _pace(s)
        s.ask(
            "[to {work}|for] {x:t}, how many {time} {does} {Q} need?",
            "{x:t} take {him} how many {time}?",
            "to {work} {x:t} it takes how many {time}?",
            "how long [does|will] {x:t} take?",
            "after how many {time} {has} {he} done {x:t}?",
        )
        return ("/", "x", "a")
    if s.words["time1"] == "hour" and s.words["t1"] in ("mile", "kilometer") and s.chance(0.7):
        return _speed(s)
    s.fact(
        "{A} {~work} {x:t} in {b:time}",
        "in {b:time} {A} {~work} {x:t}",
        "{A} {~work} {x:t} in {b:time}, always the same number",
    )
    s.ask(
        "[per|each|every|for each] {time1}, how many {t} {does} {Q} {work}?",
        "how many {t} is that [per|a|each] {time1}?",
        "in one {time1}, how many {t} {does} {Q} {work}?",
    )
    return ("/", "x", "b")


def _speed(s: Story) -> Term:
    """A way at a speed: how long it takes, or how far it is."""
    s.words["speed"] = "[at|with] [a speed of|] {a:t} [per|an] hour"
    if s.chance(0.5):
        s.fact("{A} {~work} {x:t} {speed}", "the way {be} {x:t} long. {A} {~work} {speed}")
        s.ask(
            "how long {does} {Q} {work}?",
            "for how many hours {does} {Q} {work}?",
            "how long {is} {he} on the way?",
        )
        return ("/", "x", "a")
    s.fact(
        "{speed}, {A} {~work} for {b:time} [without a stop|on end|to get there]",
        "{A} {~need} {b:time} for the way, {speed}",
    )
    s.ask(
        "how far {does} {Q} {work}?",
        "how far is it?",
        "how long is the way?",
        "how many {t} is that?",
    )
    return ("*", "b", "a")


def _pace(s: Story) -> None:
    s.fact(
        "{A} {~work} {a:t} {per}",
        "{A} can {work} {a:t} {per}",
        "in one {time1} {A} {~work} {a:t}",
        "{A} can {work} {a:t} in [a|one] {time1}",
    )


def rest_of_the_way(s: Story) -> Term:
    """A goal with some of it done: how long the rest takes at a pace."""
    _rate(s)
    s.numbers["y"] = s.numbers["x"] + s.draw("c", 1, min(s.numbers["x"], 500))
    s.fact(
        "{A} {has} to {work} {y:t}. {c} are already done",
        "{A} {~need} to {work} {y:t} {total} and {~do} {c} [today|at first|so far]",
        "{A} {~want} to {work} {y:t} and {c} are done",
        "there {are} {y:t} to {work}. {A} {~work} {c} {day1}",
    )
    s.fact("{he} {~work} {a} [more|] {per}", "{he} can {work} {a} {per}")
    s.ask(
        "how many more {time} {does} {Q} need?",
        "how many {time} will the rest take?",
        "in how many {time} will {he} be done?",
    )
    return ("/", ("-", "y", "c"), "a")


def two_paces(s: Story) -> Term:
    """Two stretches, each at its own pace."""
    _rate(s)
    s.draw("c", 2, min(s.top, 60))
    s.draw("d", 2, 20)
    s.fact(
        "for {b:time} {A} {~work} {a:t} {per}, after that for {d:time} {c:t} {per}",
        "for {b:time} {A} {~work} {a:t} {per}. for another {d:time} {he} {~work} {c:t} {per}",
    )
    s.ask("{total}, how many {t} {does} {Q} {work}?", "how many {t} is that {total}?")
    return ("+", ("*", "a", "b"), ("*", "c", "d"))


# ----- a sum or a difference, then by so many at a time

CAPACITIES = (
    # what one takes, the question
    ("the [machine|washer|oven] [takes|holds] {z} [{x}|] at a time", "how many loads {does} {he} need?"),
    ("{he} can carry {z} [{x}|] at [a time|once]", "how many trips {does} {he} [make|need]?"),
    ("each {case1} [holds|has room for|can hold] {z} [{x}|]", "how many {case} {does} {he} [need|fill]?"),
    ("each {case1} [holds|can hold] {z}", "how many {case} are [needed|there]?"),
    ("{he} {~put} {z} on each {case1}", "how many {case} {are} there?"),
    ("{z} [{x}|] go in one {case1}", "how many {case} {does} {he} need?"),
    ("{he} {~make} [groups|teams|sets] of {z}", "how many [groups|teams|sets] are there?"),
    ("{he} can finish {z} [{x}|] [an|each|per] hour", "how many hours will it take {him}?"),
    ("{he} {~use} {z} [{x}|] [a|each|per] day", "how many days will they last?"),
    ("{z} of them are [sold|used|done] [each|every] day", "how many days {does} it take?"),
    ("each {case1} {=get} {z:x}", "how many {case} are there?"),
    ("a {case1} costs {z} [{x}|]", "how many {case} can {he} [get|buy] for them?"),
    ("for {z} of them {he} {~get} a {case1}", "how many {case} {does} {he} get?"),
)  # fmt: skip


def loads(s: Story) -> Term:
    """Two numbers joined, or one less another, then packed, carried or shared out."""
    people(s, 3)
    things(s, 2)
    days(s)
    whole = s.draw("z", 2, 20) * s.draw("k", 2, min(s.top, 40))
    now = _joined(s, whole) if s.chance(0.55) else _lessened(s, whole)
    if s.chance(0.3):
        s.fact(
            "they {are} [put|packed|shared] equally [in|into|among] {k:case}",
            "{he} {~fill} {k:case} with equal parts of {rest}",
            "{he} {~share} {rest} out [fairly|evenly] to {k} [friends|children|people]",
        )
        s.ask(
            "how many {x} does each [one|of them] get?"
            if "{~share}" in s.facts[-1][1]
            else "how many {x} {are} in each [{case1}|one]?"
        )
        return ("/", now, "k")
    how, question = s.rng.choice(CAPACITIES)
    s.fact(how)
    s.ask(question)
    return ("/", now, "z")


def _joined(s: Story, whole: int) -> Term:
    s.numbers["b"] = whole - s.draw("a", 1, whole - 1)
    one_kind = s.chance(0.5)
    s.alias("x", "t" if one_kind else "kind")
    s.words["rest"] = "them"
    if one_kind:
        s.fact(
            "{A} {~gain} {a:t} {day1} and {b} [more|] {day2}",
            "{A} {has} {a:t} and {~gain2} {b} more",
            "{A} {has} {a:t} [in|on|from] one {box1} and {b} [in|on|from] another",
            "{A} {~gain} {a:t} {where} and {b} {where2}",
        )
    else:
        s.fact(
            "{A} {has} {a:t} and {b:u}",
            "{A} {~gain} {a:t} and {b:u} [{where}|]",
            "there {are} {a:t} and {b:u} [{where}|]",
        )
    return ("+", "a", "b")


def _lessened(s: Story, whole: int) -> Term:
    s.numbers["a"] = whole + s.draw("b", 1, max(2, min(s.top, 200)))
    s.words["rest"] = "the rest"
    if s.chance(0.15):
        s.noun("t", "person", "people")
        s.fact(
            "{A} {~invite} {a} people, but {b} of them {+do} not come",
            "{a} people {+come}, and {b} of them {+go} home",
        )
    else:
        s.fact(
            "{A} {has} {a:t}, but {b} of them {are} [broken|missing|sick|spoiled|late|lost]",
            "{A} {has} {a:t} and {~lose} {b} [of them|]",
            "there {are} {a:t} and {b} of them [{+go} away|{are} not needed]",
            "{A} {~gain} {a:t}. {he} {~give} {b} to {B}",
            "{A} {~gain} {a:t}. {b} of them {+go} to {B}",
        )
    s.alias("x", "t")
    return ("-", "a", "b")


# ----- groups


def two_in_each(s: Story) -> Term:
    """Groups that each hold two kinds: all of it, or one kind."""
    _groups(s)
    s.draw("c", 1, min(s.top, 40))
    s.fact(
        "{A} {has} {a:box} with {b:t} and {c:u} in each [{box1}|]",
        "there {are} {a:box}. each [{box1}|one] has {b:t} and {c:u}",
        "each {box1} [holds|has] {b:t} and {c:u}. {A} {has} {a:box}",
        "{A} {~fill} {a:box}. [each|every one] gets {b:t} and {c:u}",
        "in each of {A's} {a:box} {are} {b:t} and {c:u}",
    )
    if s.chance(0.25):
        s.ask("how many {t} {does} {Q} have [{total}|]?", "how many {t} {are} there {total}?")
        return ("*", "a", "b")
    s.ask(
        "how many {kind} {are} there {total}?",
        "how many {kind} {does} {Q} have [{total}|]?",
        "how many {t} and {u} [are there|is that] {total}?",
        "what is the total number of {kind}?",
    )
    return ("*", "a", ("+", "b", "c"))


def _groups(s: Story) -> None:
    people(s, 3)
    things(s, 2)
    days(s)
    s.draw("a", 2, min(s.top, 30))
    s.draw("b", 2, min(s.top, 40))


def groups_left(s: Story) -> Term:
    """Groups of which some are gone, then counted out."""
    _groups(s)
    s.draw("m", 1, s.numbers["a"] - 1)
    s.fact(
        "{A} {has} {a:box} of {t} and {~give} [{m} of them|{m:box}|{m}] to {B}",
        "{A} {~gain} {a:box} of {t}, but [{m} of them|{m:box}|{m}] {+get} [lost|broken|sold]",
        "{A} {has} {a:box} of {t}. {he} {~lose} {m:box}",
        "{A} {has} {a:box} of {t} and {m} of them {are} [empty|open|gone]",
        "{A} {~gain} {a:box} of {t}. {B} {=get} {m:box} from {him}",
    )
    s.fact(
        "each {box1} [has|holds] {b:t} [in it|inside|]",
        "there {are} {b:t} in [each|every] {box1}",
        "[each|every|a] {box1} has {b:t}",
    )
    s.ask(
        "how many {t} {does} {Q} still have?",
        "how many {t} {does} {Q} have [left|]?",
        "how many {t} {are} left?",
        "how many {t} are in the other {box}?",
    )
    return ("*", ("-", "a", "m"), "b")


def groups_joined(s: Story) -> Term:
    """Two lots of groups of one size, counted out together."""
    _groups(s)
    s.draw("m", 1, 30)
    kinds = s.chance(0.4)
    s.alias("x", "kind" if kinds else "t")
    if kinds:
        s.fact(
            "{A} {~gain} {a:box} of {t} and {m:box} of {u}",
            "there {are} {a:box} of {t} and {m:box} of {u}",
            "{A} {has} {a:box} of {t} and also {m:box} of {u}",
        )
    else:
        s.fact(
            "{A} {has} {a:box} of {t} and {B} {hath} {m}",
            "{A} {~gain} {a:box} of {t} {day1} and {m} more {day2}",
            "{A} {has} {a} [small|old|blue] {box} and {m} [big|new|red] {box} of {t}",
        )
    s.fact("[each|every] {box1} [has|holds] {b} [{x}|]", "there {are} {b:x} in [each|every] {box1}")
    s.ask(
        "how many {x} {are} there {total}?",
        "how many {x} is that [{total}|]?",
        "what is the total number of {x}?",
    )
    return ("*", ("+", "a", "m"), "b")


def groups_and_singles(s: Story) -> Term:
    """Groups of one size, and some more or fewer single ones."""
    _groups(s)
    product = s.numbers["a"] * s.numbers["b"]
    c = s.draw("c", 1, max(2, s.top))
    s.fact(
        "{A} {has} {a:box} with {b:t} in each",
        "{A} {has} {a:box} of {b:t} each",
        "each {box1} has {b:t} and {A} {has} {a:box}",
        "{A} {~arrange} {t} in {a} rows of {b}",
    )
    if s.chance(0.55) or c >= product:
        s.fact(
            "{S} [also|] {has} {c} [loose|single|extra|more] {t}",
            "{S} {~gain} {c} more [{t}|]",
            "there {are} {c} more {t} [outside|on the floor|beside them]",
            "{c:t} {are} left over",
        )
        s.ask("how many {t} {are} there {total}?", "how many {t} {does} {Q} have [{total}|]?")
        return ("+", ("*", "a", "b"), "c")
    s.fact(
        "{S} {~lose} {c} [of the {t}|{t}]",
        "{c} of the {t} {are} [bad|broken|gone]",
        "{S} {~give} {c:t} to {B}",
    )
    s.ask(
        "how many {t} {are} left?",
        "how many {t} {does} {Q} have [left|now]?",
        "how many {t} {does} {Q} still have?",
    )
    return ("-", ("*", "a", "b"), "c")


def two_sizes(s: Story) -> Term:
    """Two lots of groups, each of its own size, with one thing in all."""
    _groups(s)
    container(s, "case", things(s, 2))
    s.draw("c", 2, 30)
    s.draw("d", 2, 30)
    s.fact(
        "{A} {has} {a:box} of {b:t} [each|] and {c:case} of {d:t} [each|]",
        "{A} {has} {a:box} with {b:t} each and {c:case} with {d} [{t}|] each",
        "there {are} {a:box} with {b:t} in each and {c:case} with {d} in each",
    )
    s.ask(
        "how many {t} {are} there {total}?",
        "how many {t} {does} {Q} have {total}?",
        "how many {t} is that?",
    )
    return ("+", ("*", "a", "b"), ("*", "c", "d"))


TASKS = tuple(
    tuple(task.strip().split("/"))
    for task in """
    paint/painted, clean/cleaned, check/checked, make/made, install/installed, wrap/wrapped,
    bake/baked, pack/packed, read/read, label/labeled, build/built, fix/fixed, plant/planted,
    sew/sewn, sort/sorted, fold/folded, print/printed, buy/bought, collect/collected""".split(",")
)


def still_to_do(s: Story) -> Term:
    """So many in all and some done; each needs so much: what the rest needs."""
    people(s, 2)
    things(s, 2)
    s.draw("b", 1, s.draw("a", 3, min(s.top, 60)) - 1)
    s.draw("z", 2, 30)
    s.words["work"], s.words["done"] = s.rng.choice(TASKS)
    s.words["unit"] = s.pick("minutes", "hours", "{u}", "dollars", "{u}")
    s.fact(
        "{A} {has} {a:t} to {work} and {has} [already|] {done} {b} [of them|]",
        "{A} {~need} to {work} {a:t}. {b} are [already|] {done}",
        "{A} {~want} {a:t} and [already|] {has} {b} [of them|]",
        "{A} {~plan} to {work} {a:t}. so far {he} {has} {done} {b}",
        "[out of|of] {a:t}, {A} {has} {done} {b}",
    )
    if s.words["unit"] == "dollars":
        s.fact(
            "each {t1} costs {z} dollars",
            "{z} dollars {be} the price of each",
            "{t} cost ${z} each",
        )
        s.ask(
            "for the rest, how much [money|] {does} {Q} need?",
            "how many dollars {does} {Q} still need?",
            "[for all of them|to finish], how much more money {does} {Q} need?",
        )
    else:
        s.fact(
            "each {t1} [takes|needs] {z} {unit}",
            "{he} {~need} {z} {unit} [for each|for one|per] {t1}",
            "it takes {z} {unit} to {work} [one|each] [{t1}|]",
            "each one takes {z} {unit}",
        )
        s.ask(
            "how many {unit} {does} {Q} still need [for the rest|]?",
            "how many [more|] {unit} will the rest [take|need]?",
            "how many {unit} are needed for the others?",
            "how many {unit} {does} {Q} need [for the others|to finish]?",
        )
    return ("*", ("-", "a", "b"), "z")


MAKERS = (
    (paced, 5),
    (rest_of_the_way, 1),
    (two_paces, 1),
    (loads, 8),
    (two_in_each, 3),
    (groups_left, 3),
    (groups_joined, 3),
    (groups_and_singles, 3),
    (two_sizes, 2),
    (still_to_do, 5),
)

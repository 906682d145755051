"""How many there are, told in one of many ways: the beginnings of the stories in `uses`.

An amount is two parts of a kind, what is left of it, what is missing from it, or simply so many, of
things or of people. Knows kinds of things and crowds, each telling and its term. Does not know what
becomes of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scale_core.abacus.words.cast import days, people, plural, things
from scale_core.abacus.words.tongue import Story, Term, Unfit


@dataclass(frozen=True, slots=True)
class Kind:
    """Things of one kind: two or more sorts of it, how one comes by them, what may have become of
    some, what one does with each, what holds them and what is made of them. `{gain}` and `{work}`
    are verbs, `gone` stands behind `were`."""

    one: str
    sorts: tuple[str, ...]
    gain: tuple[str, ...]
    gone: tuple[str, ...]
    work: str
    vessels: tuple[str, ...]
    made: str


def _kind(line: str) -> Kind:
    one, sorts, gain, gone, work, vessels, made = (part.strip() for part in line.split("/"))

    def several(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split(","))

    return Kind(one, several(sorts), several(gain), several(gone), work, several(vessels), made)


KINDS = tuple(
    _kind(line)
    for line in """
    photo/beach photo, mountain photo, birthday photo/take, receive/blurred, erased, too dark/print/album, frame/collage
    task/grammar task, geometry task, history task/get, copy down/skipped, too hard, cancelled/solve/sheet, page/quiz
    blanket/woolen blanket, cotton blanket, felt blanket/fold, buy, inherit/torn, lent out, moth-eaten/wash/chest, load/tent
    file/sound file, film file, text file/store, download/deleted, damaged, double/open/folder, disk/backup
    novel/spy novel, sea novel, love novel/buy, borrow/secondhand, damaged, returned/read/shelf, crate/gift set
    tart/plum tart, lemon tart, nut tart/bake, order/burnt, eaten, sold/glaze/tray, carton/buffet
    ticket/bus ticket, raffle ticket, bonus ticket/win, buy/used, lost, worn out/stamp/envelope, roll/prize
    sweet/mint sweet, toffee, caramel/get, collect/eaten, sticky, stale/wrap/pouch, tin/gift bag
    plank/oak plank, pine plank, cedar plank/saw, buy, stack/warped, split, sold/sand/pile, truckload/bench
    bead/glass bead, wooden bead, clay bead/buy, find, sort/chipped, lost, too big/thread/jar, string/bracelet
    tile/blue tile, white tile, slate tile/order, make/cracked, missing, laid/lay/row, pallet/tabletop
    stamp/foreign stamp, old stamp, local stamp/trade for, collect/torn, double, swapped/sort/page, album/set
    seed/bean seed, melon seed, pepper seed/buy, gather/rotten, eaten by mice, planted/plant/pot, bed/herb box
    apple/red apple, green apple, yellow apple/pick, buy/bruised, wormy, handed out/peel/sack, barrel/strudel
    egg/duck egg, hen egg, goose egg/gather, buy/broken, boiled, sold/paint/carton, nest/omelet
    candle/tall candle, short candle, scented candle/pour, buy/burnt down, sold, crooked/light/box, row/candlestick
    drawing/pencil drawing, ink drawing, chalk drawing/make, finish/smudged, sold, given away/frame/folder, wall/calendar
    letter/love letter, business letter, thank-you letter/get, write/lost, answered, unreadable/answer/bundle, bag/scrapbook
    bulb/tulip bulb, lily bulb, crocus bulb/buy, dig up/dry, planted, frozen/plant/bed, bucket/border
    shell/round shell, flat shell, pink shell/find, gather/broken, dropped, given away/clean/bucket, jar/necklace
    plate/soup plate, dinner plate, cake plate/buy, unpack/chipped, dropped, dirty/rinse/stack, rack/table setting
    bottle/water bottle, juice bottle, milk bottle/fill, collect/leaky, empty, drunk up/label/crate, rack/gift basket
    chair/folding chair, garden chair, kitchen chair/rent, buy/wobbly, taken, lent out/paint/row, van/corner
    muffin/bran muffin, berry muffin, corn muffin/bake, buy/eaten, sold, burnt/ice/tin, plate/breakfast basket
    flower/white flower, red flower, wild flower/cut, pick, buy/wilted, crushed, given away/water/bunch, vase/wreath
    robot/big robot, little robot, toy robot/build, buy/faulty, sold, taken apart/test/shelf, crate/display
    scarf/silk scarf, knit scarf, winter scarf/sew, knit, own/worn out, sold, given to charity/iron/drawer, box/outfit
    lantern/paper lantern, tin lantern, garden lantern/hang, make/broken, blown out, taken down/light/string, box/arch
    fish/striped fish, spotted fish, silver fish/catch, buy/set free, sold, sick/feed/tank, bowl/pond
    goat/brown goat, black goat, spotted goat/raise, buy/sold, sick, lost in the hills/milk/pen, barn/herd
    bolt/steel bolt, brass bolt, iron bolt/buy, count/rusty, bent, used up/tighten/bag, drawer/hinge
    sticker/animal sticker, star sticker, space sticker/collect, get/torn, used, traded/paste/page, sheet/poster
    pancake/thick pancake, thin pancake, sweet pancake/fry, serve/burnt, eaten, torn/flip/plate, stack/breakfast
    brick/red brick, gray brick, toy brick/stack, order/broken, missing, used/lay/row, load/tower
    form/tax form, travel form, school form/print, receive/filled in, missing, returned/sign/stack, folder/report
    window/attic window, kitchen window, shop window/wash, install/broken, open, clean/wash/wall, floor/sunroom
    hat/straw hat, felt hat, sun hat/sell, buy, try on/too small, sold, blown away/brush/shelf, hatbox/costume
    pie slice/cherry slice, apple slice, pumpkin slice/cut, serve/eaten, dropped, left out/wrap/plate, tray/dessert
    balloon/round balloon, long balloon, silver balloon/blow up, buy/popped, flown off, flat/inflate/bunch, bag/arch
    coin/gold coin, copper coin, old coin/find, save/fake, spent, lost/polish/pouch, purse/chain""".strip().split("\n")
)  # fmt: skip

# a group, its two sorts, what may have become of some, what holds so many of them
CROWDS = tuple(
    tuple(tuple(part.strip() for part in field.split(",")) for field in line.split("/"))
    for line in """
    dancer, dancers/man, men/woman, women/left early, sat down, went home/circle, circles
    camper, campers/girl, girls/boy, boys/overslept, got sick, stayed in camp/tent, tents
    visitor, visitors/grown-up, grown-ups/youngster, youngsters/went home, left, got tired/bench, benches
    runner, runners/senior, seniors/junior, juniors/gave up, fell behind, dropped out/team, teams
    singer, singers/tenor, tenors/soprano, sopranos/were hoarse, stayed away, left/row, rows
    worker, workers/mason, masons/carpenter, carpenters/were sick, quit, took the day off/van, vans
    passenger, passengers/tourist, tourists/local, locals/got off, missed the boat, stayed behind/boat, boats
    scout, scouts/cub, cubs/ranger, rangers/stayed home, got lost, went swimming/canoe, canoes
    musician, musicians/drummer, drummers/flutist, flutists/were late, quit, stood up/bus, buses
    guest, guests/cousin, cousins/neighbor, neighbors/could not make it, said no, left early/table, tables
    pupil, pupils/third grader, third graders/fourth grader, fourth graders/were absent, caught a cold, passed/room, rooms
    fan, fans/grown-up, grown-ups/teenager, teenagers/went for snacks, left, were turned away/bench, benches
    player, players/beginner, beginners/expert, experts/resigned, were out, lost/board, boards
    rider, riders/lady, ladies/gentleman, gentlemen/fell off, turned back, rested/wagon, wagons""".strip().split("\n")
)  # fmt: skip

PLACES = tuple(
    tuple(part.strip() for part in pair.split("/"))
    for pair in """
    at the lake/at the castle, in the morning/in the evening, on Monday/on Tuesday, from the attic/from the cellar,
    at the fair/on the way home, before lunch/after lunch, at home/at school, in May/in June,
    on the first day/on the second day, from {B}/from {C}, on the left/on the right, in one box/in the other box,
    yesterday/today, at the first stand/at the second stand, upstairs/downstairs, in the front/in the back,
    in the first half/in the second half, for {B}/for {C}, on Saturday/on Sunday, from one shop/from another""".split(",")
)  # fmt: skip


def cast_things(s: Story) -> None:
    """A kind `{x}` with two sorts `{p}` and `{q}`, its verbs, vessels `{v}` and what is made `{m}`."""
    people(s, 3)
    things(s, 2)
    days(s)
    s.words |= {"here": "", "there_": ""}
    if s.chance(0.6):
        kind = s.rng.choice(KINDS)
        sorts = s.rng.sample(kind.sorts, 2)
        s.noun("x", kind.one, plural(kind.one))
        for slot, sort in zip("pq", sorts, strict=True):
            s.noun(slot, sort, plural(sort))
        vessel = s.rng.choice(kind.vessels)
        s.noun("v", vessel, plural(vessel))
        s.noun("m", kind.made, plural(kind.made))
        s.words |= {"get": s.rng.choice(kind.gain), "work": kind.work}
        s.words["gone"] = s.rng.choice(kind.gone)
    else:
        s.alias("x", "kind")
        s.alias("p", "t")
        s.alias("q", "u")
        s.alias("v", "box")
        made = s.pick("gift", "kit", "display", "order", "set", "model")
        s.noun("m", made, plural(made))
        s.words |= {"get": s.words["gain"], "work": s.pick("count", "clean", "check", "label")}
        s.words["gone"] = s.pick("lost", "stolen", "damaged", "sold", "useless", "given away")


def cast_crowd(s: Story) -> None:
    people(s, 3)
    things(s, 2)
    days(s)
    whole, first, second, gone, vessel = s.rng.choice(CROWDS)
    s.noun("x", *whole)
    s.noun("p", *first)
    s.noun("q", *second)
    s.noun("v", *vessel)
    s.words["left_"] = s.rng.choice(gone)
    s.words["event"] = s.pick(
        "the party", "the trip", "the show", "the contest", "the outing", "the march", "practice"
    )


# ----- how many there are: each tells of n things and gives the term

Amount = Callable[[Story, int], Term]


def split(s: Story, n: int) -> None:
    a = s.draw("a", 1, n - 1)
    s.numbers["b"] = n - a


def _two_sorts(s: Story, n: int) -> Term:
    split(s, n)
    two = s.pick("", "", "two kinds of {x}. ", "some {x}. ")
    s.fact(
        f"{{A}} {{~get}} {two}{{he}} {{~get}} {{a:p}} and {{b:q}}" if two else "{A} {~get} {a:p} and {b:q}",
        "{A} {has} {a:p} and {b:q}",
        "{A} {has} {a:p} as well as {b:q} to {work}",
        "there {are} {a:p} and {b:q}",
        "{A's} {x} {+be} {a:p} and {b:q}",
        "{A} {~get} {a:p}, and {B} {=bring} {him} {b:q}",
        "{A} {~want} to {work} {a:p} and {b:q}",
    )  # fmt: skip
    return ("+", "a", "b")


def _two_places(s: Story, n: int) -> Term:
    split(s, n)
    s.words["here"], s.words["there_"] = s.rng.choice(PLACES)
    s.fact(
        "{A} {~get} {a:x} {here} and {b} {there_}",
        "{here} {A} {~get} {a:x}, {there_} {he} {~get} {b}",
        "{here}, {A} {~get} {a:x}. {there_}, {he} {~get} {b} more",
        "{A} {~get} {a:x} {here} and another {b} {there_}",
        "{A} {has} {a:x} {here} and {b:x} {there_}",
    )
    return ("+", "a", "b")


def _two_owners(s: Story, n: int) -> Term:
    split(s, n)
    s.fact(
        "{A} {has} {a:x} and {B} {=have} {b}",
        "{A} {~get} {a:x}, {B} {=get} {b} [more|]",
        "{B} {=get} {b:x}. {A} {~get} {a}",
        "{B} {=have} {b:x}. {A} {has} {a}",
    )
    s.fact(
        "they {+put} [all|] their {x} together",
        "they {+pool} [what they have|their {x}]",
        "together they {+own} them now",
        "all their {x} {+go} [on one heap|into one place]",
    )
    return ("+", "a", "b")


def _two_vessels(s: Story, n: int) -> Term:
    split(s, n)
    s.words["two"] = s.pick("two", "two", "a couple of")
    s.fact(
        "{A} {~buy} {two} {v}. one {=hold} {a:x} and the other [one|] {=hold} {b}",
        "there {are} {two} {v}, one with {a:x} and one with {b}",
        "{A} {has} {two} {v} of {x}: {a} in the first and {b} in the second",
        "of {A's} {two} {v}, one {has} {a:x} in it. the other {has} {b}",
    )
    return ("+", "a", "b")


def some_gone(s: Story, n: int) -> Term:
    b = s.draw("b", 1, max(2, s.top))
    s.numbers["a"] = n + b
    start = s.pick(
        "{A} {has} {a:x}", "{A} {~get} {a:x}", "there {are} {a:x}", "{A} {~begin} with {a:x}"
    )
    away = s.pick(
        "{b} of them {are} {gone}",
        "{b} of the {x} {are} {gone}",
        "{b} {are} {gone}",
        "{he} {~keep} {b} [of them|] for {himself}",
        "{B} {=get} {b} of them",
        "{he} {~lose} {b}",
        "{he} {~put} {b} of them aside",
        "{he} {~hand} {b} of them to {B}",
    )
    if s.chance(0.4):
        s.fact(f"{start}, but {away}", f"{start}, of which {away}" if away[:8] == "{b} {are" else f"{start} and {away}")  # fmt: skip
    else:
        s.fact(start)
        s.fact(away, lead="[Then|Later|By evening|Sadly,|]")
    return ("-", "a", "b")


def some_missing(s: Story, n: int) -> Term:
    b = s.draw("b", 1, max(2, s.top))
    s.numbers["a"] = n + b
    goal = s.pick(
        "{A} {~need} {a:x}", "{A} {~want} to {get} {a:x}", "the plan {=ask} for {a:x}",
        "it {=take} {a:x} to fill the order",
    )  # fmt: skip
    got = s.pick(
        "{he} {has} {b} so far", "{b} are there already", "{he} already {has} {b}",
        "{b} are [finished|ready]",
    )  # fmt: skip
    if s.chance(0.4):
        s.fact(f"{goal} and {got}", "{A} {has} {b:x} but {~need} {a} [{total}|]")
    else:
        s.fact(goal)
        s.fact(got)
    return ("-", "a", "b")


def _plain(s: Story, n: int) -> Term:
    s.numbers["a"] = n
    s.fact(
        "{A} {has} {a:x}",
        "{A} {~get} {a:x}",
        "there {are} {a:x}",
        "{A} {~get} {a:x} {day1}",
        "{A} {has} {a:x} to {work}",
    )
    return "a"


def _beside(s: Story, n: int) -> Term:
    """Two sorts, of which the one plays no part: from here on `{x}` is the other one."""
    s.numbers["a"] = n
    s.draw("k", 1, max(2, s.top))
    s.alias("x", "p")
    s.fact(
        "{A} {has} {a:p} and {k:q}",
        "there {are} {a:p} and {k:q}",
        "{A} {~get} {a:p} and {k:q}",
        "{A} {has} {k:q} and {a:p}",
        "{A} {has} {a:p}, and {B} {=have} {k:q}",
        "{A} {has} {a:p}. {B} {=bring} {k:q} along",
    )
    s.fact(
        "{he} {~work} only the {p}",
        "the {q} {+stay} where they are",
        "{B} {=take} the {q}. what follows is about the {p}",
        "nobody {=touch} the {q}. {he} {~take} the {p}",
        "{he} {~begin} with the {p}",
    )
    return "a"


AMOUNTS: tuple[tuple[Amount, int], ...] = (
    (_two_sorts, 9),
    (_two_places, 8),
    (_two_owners, 4),
    (_two_vessels, 4),
    (some_gone, 9),
    (_plain, 12),
    (_beside, 5),
)


def crowd(s: Story, n: int) -> Term:
    """People of two sorts, or those who stay."""
    draw = s.rng.random()
    if draw < 0.5:
        split(s, n)
        s.fact(
            "{a:p} and {b:q} {+come} to {event}",
            "there {are} {a:p} and {b:q} at {event}",
            "{A} {~invite} {a:p} and {b:q} to {event}",
            "{event} {=bring} together {a:p} and {b:q}",
            "{a:p} {+come} to {event}, and so {+do} {b:q}",
        )
        return ("+", "a", "b")
    if draw < 0.85:
        b = s.draw("b", 1, max(2, min(60, s.top)))
        s.numbers["a"] = n + b
        s.present = False
        s.fact(
            "there were {a:x} at {event} when {b} [of them|] {left_}",
            "{A} expected {a:x} for {event}, but {b} {left_}",
            "{a:x} came to {event}. {b} of them {left_}",
            "of the {a:x} at {event}, {b} {left_}",
            "{A} counted {a:x}. then {b} {left_}",
        )
        return ("-", "a", "b")
    s.numbers["a"] = n
    s.fact("there {are} {a:x} at {event}", "{a:x} {+come} to {event}", "{A} {~bring} {a:x}")
    return "a"


def amount(s: Story, n: int) -> Term:
    if n < 2:
        raise Unfit
    told = s.rng.choices([a for a, _ in AMOUNTS], [w for _, w in AMOUNTS])[0]
    return told(s, n)

"""Who and what a story is about: people, things with their verbs and places, containers, days.

Knows words and draws them: common ones by field (flowers are picked, coins are saved), rare ones
from lists by the thousand, and made-up ones, so that a word seen for the first time is nothing
special. Does not know stories. The lists: names from Faker (MIT), nouns from wonderwords (MIT).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from scale_core.abacus.words.tongue import Story


@cache
def _listed(name: str) -> tuple[str, ...]:
    return tuple(files("scale_core.abacus.words").joinpath(name).read_text("utf-8").split())


@dataclass(frozen=True, slots=True)
class Field:
    """Things of one kind: what they are called together, how they are come by and lost, where
    they are kept and where they are found."""

    kind: tuple[str, str]
    things: tuple[str, ...]
    gain: tuple[str, ...]
    lose: tuple[str, ...]
    kept: tuple[str, ...]
    where: tuple[str, ...]


_PLURALS = dict(
    pair.split("/")
    for pair in """child/children man/men woman/women person/people foot/feet tooth/teeth
    goose/geese mouse/mice ox/oxen leaf/leaves knife/knives shelf/shelves loaf/loaves scarf/scarves
    wolf/wolves calf/calves half/halves sheep/sheep deer/deer fish/fish moose/moose shrimp/shrimp
    potato/potatoes tomato/tomatoes mango/mangoes hero/heroes cactus/cacti bookshelf/bookshelves
    quiz/quizzes policeman/policemen fireman/firemen salmon/salmon squid/squid""".split()
)


@cache
def plural(noun: str) -> str:
    head, space, last = noun.rpartition(" ")
    if " of " in noun:
        first, of, rest = noun.partition(" of ")
        return plural(first) + of + rest
    if last in _PLURALS:
        form = _PLURALS[last]
    elif last.endswith("y") and last[-2:-1] not in tuple("aeiou"):
        form = last[:-1] + "ies"
    elif last.endswith(("s", "x", "ch", "sh", "z")):
        form = last + "es"
    else:
        form = last + "s"
    return head + space + form


def _field(kind: str, things: str, gain: str, lose: str, kept: str, where: str) -> Field:
    def split(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.replace("\n", " ").split(","))

    return Field(
        (kind, plural(kind)), split(things), split(gain), split(lose), split(kept), split(where)
    )


FIELDS: tuple[Field, ...] = (
    _field(
        "flower",
        "rose, tulip, daisy, lily, sunflower, orchid, violet, carnation, poppy, marigold, daffodil,"
        "iris, peony, dandelion, wildflower, lavender stem",
        "pick, buy, cut, gather, grow, get, plant",
        "give away, sell, throw out, use, hand out, wrap",
        "vase, bouquet, basket, bucket, pot, bed, row",
        "in the garden, at the market, in the meadow, at the flower shop, in the yard",
    ),
    _field(
        "fruit",
        "apple, orange, pear, peach, plum, banana, cherry, lemon, lime, mango, strawberry, apricot,"
        "fig, melon, kiwi, grape, coconut, watermelon, green apple, blueberry, pineapple",
        "pick, buy, gather, get, collect, bring, receive, find, harvest",
        "eat, sell, give away, use, throw away, squeeze, drop, share",
        "basket, bag, crate, box, bowl, bucket, sack, carton",
        "in the orchard, at the market, from the tree, at the farm, in the kitchen",
    ),
    _field(
        "vegetable",
        "carrot, potato, onion, tomato, pumpkin, cucumber, turnip, cabbage, radish, beet, pepper,"
        "squash, eggplant, leek, corn cob, bean plant",
        "pick, dig up, buy, grow, get, pull, harvest, gather",
        "eat, sell, give away, use, throw away, cook, lose, peel",
        "basket, bag, crate, sack, box, row, bed, bin",
        "in the garden, on the farm, at the market, in the field, at the grocery store",
    ),
    _field(
        "animal",
        "dog, cat, cow, horse, sheep, goat, pig, rabbit, chicken, duck, hen, fox, monkey, turtle,"
        "lion, tiger, elephant, frog, lizard, goose, camel, llama, donkey, deer, zebra, pony",
        "get, see, buy, feed, count, rescue, raise, adopt",
        "sell, give away, lose, release, move",
        "pen, cage, barn, stable, field, stall",
        "at the zoo, on the farm, in the barn, at the shelter, in the forest, near the river",
    ),
    _field(
        "bird",
        "bird, pigeon, crow, sparrow, robin, parrot, owl, gull, duck, swan, pelican, seagull,"
        "finch, penguin, flamingo, hawk, heron",
        "see, spot, count, feed, photograph",
        "scare off, lose sight of, release",
        "tree, nest, cage, branch, pond, wire, fence",
        "in the park, on the roof, by the lake, in the tree, on the wires, at the pond",
    ),
    _field(
        "water animal",
        "fish, goldfish, trout, salmon, crab, shrimp, catfish, guppy, tadpole, starfish, clam,"
        "lobster, minnow, snail",
        "catch, buy, get, net, find",
        "release, lose, throw back, sell, eat, give away, return",
        "tank, bucket, bowl, aquarium, net, cooler",
        "at the lake, in the river, at the pier, in the pond, at the pet store",
    ),
    _field(
        "insect",
        "ant, bee, butterfly, beetle, caterpillar, spider, fly, ladybug, grasshopper, cricket,"
        "worm, moth, firefly, dragonfly",
        "catch, find, see, count, collect",
        "release, lose, free, let go",
        "jar, box, leaf, bush, log, nest",
        "in the garden, in the grass, under a rock, on a leaf, in the yard",
    ),
    _field(
        "coin",
        "coin, penny, nickel, dime, quarter, silver coin, gold coin, token, old coin, foreign coin",
        "find, save, get, collect, earn, receive, win",
        "spend, lose, give away, use, trade, drop",
        "bank, jar, heap, purse, stack, roll, bag, pouch",
        "in the drawer, under the couch, on the street, at the arcade, in the car",
    ),
    _field(
        "sweet",
        "candy, lollipop, chocolate, gumdrop, caramel, jelly bean, mint, gummy bear, nougat bar,"
        "marshmallow, toffee, cube of fudge, stick of gum, licorice stick, candy cane, truffle",
        "buy, get, receive, collect, win, find, bring",
        "eat, give away, share, hand out, sell, lose, drop",
        "bag, jar, box, bowl, packet, tin, pack, heap",
        "at the party, at the shop, on the table, from the store, at the parade",
    ),
    _field(
        "pastry",
        "cookie, cake, cupcake, muffin, pie, brownie, doughnut, pancake, waffle, croissant, bun,"
        "roll, scone, biscuit, pizza, sandwich, bagel, taco, burger, hot dog, pretzel, tart",
        "bake, make, buy, prepare, cook, bring, order, get",
        "eat, sell, serve, give away, burn, share, drop, deliver",
        "tray, box, plate, pan, rack, bag, platter, tin",
        "in the kitchen, at the bakery, for the party, for the fair, at the cafe",
    ),
    _field(
        "drink",
        "soda, juice box, bottle of water, cup of tea, glass of milk, smoothie, lemonade,"
        "can of cola, bottle of syrup, carton of milk, cup of coffee, milkshake, water bottle",
        "buy, bring, order, get, make, sell, pour",
        "drink, sell, serve, spill, give away, use",
        "cooler, crate, case, tray, box, shelf, fridge",
        "at the stand, at the game, for the picnic, in the fridge, at the shop",
    ),
    _field(
        "toy",
        "toy, doll, ball, kite, marble, puzzle, block, robot, teddy bear, toy car, paper lantern, yo-yo,"
        "board game, action figure, stuffed animal, train set, top, video game, water gun, card",
        "buy, get, receive, win, collect, find, make, bring",
        "lose, give away, sell, break, donate, trade, lend, pop",
        "box, shelf, bin, bag, chest, basket, drawer",
        "at the store, at the fair, in the closet, in the playroom, for a birthday, in the attic",
    ),
    _field(
        "collectible",
        "stamp, sticker, baseball card, postcard, shell, seashell, bottle cap, badge, comic book,"
        "rock, stone, bead, button, poster, magnet, keychain, fossil, gem, trading card, feather,"
        "pebble, ticket stub, wrapper, figurine, medal, ribbon",
        "collect, find, buy, get, receive, trade for, gather, win",
        "lose, give away, sell, trade, throw away, donate, misplace, mail",
        "album, box, jar, binder, drawer, bag, page, case, folder",
        "on the beach, at the fair, in the park, at a garage sale, in the attic, on a trip",
    ),
    _field(
        "volume",
        "book, novel, magazine, story, comic, dictionary, textbook, picture book, cookbook, diary",
        "buy, borrow, read, get, receive, order, find, bring",
        "return, sell, give away, donate, lend, lose, finish",
        "shelf, box, bookcase, bag, stack, cart, backpack",
        "in the library, at the bookstore, at the book fair, in the classroom, online",
    ),
    _field(
        "school supply",
        "pencil, pen, eraser, crayon, marker, notebook, ruler, folder, paper clip, sheet of cardboard,"
        "binder, glue stick, index card, pair of scissors, highlighter, envelope, sharpener, tack",
        "buy, get, bring, find, order, receive, collect",
        "use, lose, lend, give away, break, hand out, drop",
        "box, drawer, desk, pack, case, cup, bag, pouch, cabinet",
        "at school, in the classroom, at the office, in the desk, at the supply store",
    ),
    _field(
        "piece of clothing",
        "shirt, sock, hat, dress, jacket, sweater, scarf, glove, mitten, skirt, coat, belt, tie,"
        "T-shirt, pair of sandals, pair of jeans, cap, necklace, bracelet, ring, towel, blanket",
        "buy, get, sew, wash, receive, knit, fold, iron",
        "sell, donate, give away, lose, return, outgrow, throw out",
        "drawer, closet, box, suitcase, bag, load, hanger, rack",
        "at the mall, in the closet, at the shop, in the laundry, on sale",
    ),
    _field(
        "plant",
        "tree, oak tree, maple tree, pine tree, palm tree, apple tree, bush, rosebush, shrub,"
        "willow, birch, cedar, fruit tree, sapling, fern, cactus, vine",
        "plant, grow, buy, water, add",
        "cut down, lose, remove, sell, chop down, dig up",
        "row, garden, park, field, yard, hill",
        "in the park, along the road, in the garden, behind the school, on the hill",
    ),
    _field(
        "vehicle",
        "car, truck, bus, bike, motorcycle, scooter, van, boat, train, tractor, taxi, wagon, sled,"
        "canoe, airplane, jeep, tricycle",
        "see, count, buy, wash, repair, rent, build",
        "sell, lose, return, move",
        "garage, lot, row, street, station, harbor",
        "in the parking lot, at the station, on the street, at the shop, by the dock",
    ),
    _field(
        "child",
        "child, boy, girl, student, kid, player, camper, guest, visitor, dancer, singer, teacher,"
        "worker, passenger, scout, adult, parent, swimmer, runner, actor, customer, neighbor, person",
        "invite, meet, see, count, greet, welcome",
        "send home, lose, dismiss",
        "team, class, bus, table, tent, room, group, bench, row, line",
        "in the room, at the party, on the bus, at the camp, on the playground, in the gym",
    ),
    _field(
        "piece of furniture",
        "chair, table, lamp, desk, bed, shelf, bench, sofa, stool, mirror, clock, rug, pillow,"
        "curtain, bookshelf, cabinet, fan, window, door",
        "buy, build, paint, make, order, move, install, get",
        "sell, break, give away, move out, donate, return, throw out",
        "room, truck, floor, house, hall, office",
        "in the house, in the office, at the factory, at the school, in the workshop",
    ),
    _field(
        "picture",
        "picture, photo, painting, drawing, song, video, file, app, game, e-mail, letter, message,"
        "poem, postcard, page, movie, text message",
        "take, make, save, download, receive, add, get, send",
        "delete, lose, remove, erase, send, give away",
        "album, folder, frame, wall, disk, page, drawer",
        "on the phone, on the computer, on the trip, on the camera, at the museum, online",
    ),
    _field(
        "tool",
        "nail, screw, bolt, brick, board, plank, tile, hammer, rope, bucket, ladder, pipe, wire,"
        "battery, light bulb, brush, log, bag of sand, can of paint, wheel, tire, lock, key",
        "buy, use, get, find, order, carry, bring, make",
        "use, lose, sell, break, lend, throw away, waste",
        "box, shed, truck, heap, shelf, crate, row, cart",
        "at the hardware store, in the shed, at the site, in the garage, in the yard",
    ),
    _field(
        "dish",
        "cup, plate, bowl, spoon, fork, knife, glass, mug, pot, pan, jar, bottle, napkin, straw,"
        "egg, candle, loaf of bread, wedge of cheese, slice of cake, can of soup, noodle, peanut",
        "buy, wash, get, bring, use, set out, find",
        "break, use, give away, drop, sell, lose, put away",
        "shelf, box, cabinet, table, rack, tray, drawer, basket, carton",
        "in the kitchen, at the restaurant, at the party, on the table, in the cupboard",
    ),
    _field(
        "task",
        "problem, worksheet, test, question, puzzle, page, report, project, chapter, lesson, paper,"
        "exam, assignment, quiz, exercise, form, chore",
        "finish, get, receive, do, grade, check, complete",
        "finish, skip, lose, hand in, complete, turn in",
        "folder, heap, binder, pack, set, notebook",
        "at school, for homework, in math class, at home, in the workbook, before dinner",
    ),
    _field(
        "reward",
        "ticket, token, point, coupon, prize, pass, stamp, star, voucher, credit, badge",
        "win, earn, buy, get, collect, receive, score",
        "use, spend, lose, trade in, give away, sell",
        "booklet, roll, sheet, pack, strip, book",
        "at the arcade, at the fair, at the carnival, in the game, at the raffle",
    ),
)

GENERAL = Field(
    ("item", "items"),
    (),
    tuple("find buy get collect receive gather make bring order win".split()),
    (
        "lose", "sell", "give away", "use", "throw away", "donate", "break", "trade", "drop",
        "return", "lend", "hand out",
    ),
    tuple("box bag drawer shelf basket jar crate case bin tray heap sack".split()),
    (
        "at the store", "in the house", "at the market", "in the garage", "at school",
        "on the table", "in the room", "at the fair", "online", "in the shed",
    ),
)  # fmt: skip

ADJECTIVES = tuple(
    """red blue green yellow white black pink purple orange brown gray silver golden small large big
    little tiny huge new old fresh ripe clean dirty broken shiny plastic wooden metal paper glass
    round square long short striped plain spotted sour salty soft hard heavy light cheap
    expensive fancy painted empty full wild young tall rare common lucky dark bright warm cold hot
    frozen dried regular diet chocolate vanilla red-striped math science art history""".split()
)
# so common in problems that alone, between stock phrases, they would say what others have said:
# these stand with an adjective
WELL_WORN = frozenset(
    part.strip()
    for part in """apple, banana, orange, peach, pear, plum, lemon, lime, cherry, strawberry,
    carrot, potato, tomato, turnip, pumpkin, dog, cat, duck, goose, fish, frog, grasshopper, bird,
    penny, nickel, dime, quarter, candy, chocolate, cookie, cake, cupcake, muffin, brownie, pie,
    pizza, soda, toy, ball, marble, puzzle, block, paper lantern, video game, card, action figure,
    sticker, baseball card, seashell, starfish, bottle cap, bead, wrapper, book, pencil, pen,
    eraser, crayon, marker, notebook, ruler, shirt, sock, hat, jacket, T-shirt, ring, necklace,
    tree, car, truck, child, boy, girl, student, kid, player, customer, adult, person, worker,
    chair, table, desk, picture, video, song, app, game, letter, movie, message, cup, bottle, egg,
    problem, worksheet, page, chapter, question, test, ticket, point, rose, tulip,
    noodle, magazine, file, pig, horse, sheep, cow, hen, rabbit, chicken, robin, orchid, daisy, oak tree, apple tree,
    onion, grape, watermelon, blueberry, coin, roll, story, folder, binder, sweater, scarf, mitten,
    glove, bush, bike, bus, train, camper, guest, parent, neighbor, visitor, teacher, bed, shelf,
    window, bookshelf, log, nail, wheel, tire, bucket, jar, pot, glass, peanut, lesson, form,
    paper, stone, gem, feather, stamp, coupon, pass, towel, bottle of syrup, juice box, water bottle""".split(
        ","
    )
)
CONTAINERS = tuple(
    """box bag basket crate jar shelf drawer tray pack packet carton case bin sack bucket cabinet
    chest album folder page row table team bus room tank cage pen tent cart truck suitcase bottle
    plate bowl rack group heap stack bundle set envelope locker van boat car wagon bench box
    column section tower floor desk roll purse backpack cooler cup platter pouch tin tub barrel
    vase pot cluster bunch string chain sheet board aisle line class squad hive nest""".split()
)
RELATIVES = tuple(
    """brother sister mother father mom dad friend cousin uncle aunt grandmother grandfather grandma
    grandpa neighbor teacher classmate""".split()
)
ROLES = tuple(
    """farmer teacher baker florist waiter librarian chef builder painter coach gardener tailor
    shopkeeper fisherman mechanic magician carpenter clown nurse janitor grocer jeweler plumber
    driver ranger barber zookeeper clerk collector principal postman cook captain potter vendor
    cashier worker reporter photographer student boy girl man woman kid""".split()
)
PLACES = tuple(
    """school shop store bakery library zoo museum factory farm restaurant cafe hotel club company
    garden park market office camp hospital theater town village toy store pet store bookstore
    grocery store warehouse community center gym""".replace("toy store", "toy-store")
    .replace("pet store", "pet-store")
    .replace("grocery store", "grocery-store")
    .replace("community center", "community-center")
    .split()
)
DAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
_START = "b bl br c ch d dr f fl g gr h j k kl l m n p pl qu r s sh sk st t th tr v w y z".split()
_MIDDLE = "a e i o u ai ea oo ou a e i o".split()
_END = "b ck d f g l ll m n nd ng nk p r rt s st t x zz mp lt".split()


def made_up(rng: random.Random, syllables: int = 0) -> str:
    """A word that is in no dictionary."""
    word = ""
    for _ in range(syllables or rng.choice((1, 2, 2, 3))):
        word += rng.choice(_START) + rng.choice(_MIDDLE)
    return word + (rng.choice(_END) if rng.random() < 0.7 else "")


def any_noun(rng: random.Random) -> str:
    """A singular noun from the long list, or a made-up one."""
    return made_up(rng) if rng.random() < 0.15 else rng.choice(_listed("nouns.txt"))


def _name(rng: random.Random, boy: bool) -> str:
    if rng.random() < 0.12:
        return made_up(rng).capitalize()
    return rng.choice(_listed("boys.txt" if boy else "girls.txt"))


_HE = {"he": "he", "his": "his", "him": "him", "himself": "himself"}
_SHE = {"he": "she", "his": "her", "him": "her", "himself": "herself"}
_THEY = {"he": "they", "his": "their", "him": "them", "himself": "themselves"}


def _possessive(name: str) -> str:
    plural_or_long = name.startswith("the ") or (len(name) > 3 and name[-2] == "e")
    return name + ("'" if name.endswith("s") and plural_or_long else "'s")


def person(story: Story, slot: str = "A", *, groups: bool = True) -> None:
    """Cast a person for a slot; the main person `A` may be several people, I, we, or a shop."""
    rng, words = story.rng, story.words
    boy, draw = rng.random() < 0.5, rng.random()
    forms = _HE if boy else _SHE
    name = _name(rng, boy)
    if slot == "A" and groups and draw < 0.09:
        story.plural, forms = True, _THEY
        kind = rng.random()
        if kind < 0.3:
            name = f"{name} and {_name(rng, not boy)}"
        elif kind < 0.75:
            name = "the " + rng.choice(
                "scouts children students workers players neighbors teachers campers twins girls"
                " boys friends volunteers farmers".split()
            )
        else:
            name, forms = ("we", {"he": "we", "his": "our", "him": "us", "himself": "ourselves"})
    elif slot == "A" and groups and draw < 0.12:
        story.plural = True
        name, forms = rng.choice(
            (
                ("I", {"he": "I", "his": "my", "him": "me", "himself": "myself"}),
                ("you", {"he": "you", "his": "your", "him": "you", "himself": "yourself"}),
            )
        )
    elif draw < 0.18:
        title = rng.choice(
            ("Mr.", "Mr.", "Uncle", "Dr.", "Coach") if boy else ("Mrs.", "Ms.", "Aunt")
        )
        name = f"{title} {name}"
    elif draw < 0.25:
        name = f"{rng.choice(('a', 'the', 'the'))} {rng.choice(ROLES)}"
    elif draw < 0.29 and slot != "A" and not story.words.get("A", "the").startswith(("the", "a ")):
        name = "{his} " + rng.choice(RELATIVES)
    elif draw < 0.29 and slot == "A":
        forms = {"he": "it", "his": "its", "him": "it", "himself": "itself"}
        name = "the " + rng.choice(PLACES).replace("-", " ")
    suffix = "" if slot == "A" else slot
    words[slot] = name
    words[slot + "'s"] = {"I": "my", "we": "our", "you": "your"}.get(name, _possessive(name))
    for form, word in forms.items():
        words[form + suffix] = word
    if name[:2] in ("a ", "an"):
        words[slot + "_"] = "the " + name.partition(" ")[2]
    else:
        words[slot + "_"] = name


def people(story: Story, count: int) -> None:
    """Distinct persons for the slots A, B, C, ..."""
    for slot in "ABCDE"[:count]:
        for _ in range(20):
            person(story, slot, groups=slot == "A")
            others = [story.words[other] for other in "ABCDE"[: "ABCDE".index(slot)]]
            if story.words[slot] not in others:
                break


def actor(story: Story) -> str:
    """The main person again: by name or as a pronoun."""
    return "{he}" if story.rng.random() < 0.6 else "{A_}"


def things(story: Story, count: int = 1) -> Field:
    """Cast things for the slots t, u, v and what they are together for `kind`; returns the field
    they are of."""
    rng = story.rng
    draw = rng.random()
    slots = ("t", "u", "v", "w")[: max(count, 1)]
    if draw < 0.62:
        field = rng.choice(FIELDS)
        base = rng.sample(field.things, max(3, count))
        story.noun("kind", *field.kind)
    else:
        field = GENERAL
        base = [any_noun(rng) for _ in range(max(3, count))]
        story.noun(
            "kind", *rng.choice((("item", "items"), ("thing", "things"), ("object", "objects")))
        )
    if rng.random() < 0.33:
        # one thing in several colours or sizes
        adjectives = rng.sample(ADJECTIVES, len(slots))
        for slot, adjective in zip(slots, adjectives, strict=True):
            story.noun(slot, f"{adjective} {base[0]}", plural(f"{adjective} {base[0]}"))
        if base[0] not in WELL_WORN:
            story.noun("kind", base[0], plural(base[0]))
    else:
        for slot, noun in zip(slots, base, strict=False):
            if noun in WELL_WORN or rng.random() < 0.12:
                noun = f"{rng.choice(ADJECTIVES)} {noun}"
            story.noun(slot, noun, plural(noun))
    words = story.words
    words["gain"], words["gain2"] = (
        rng.sample(field.gain, 2) if len(field.gain) > 1 else field.gain * 2
    )
    words["lose"], words["lose2"] = rng.sample(field.lose, 2)
    words["where"], words["where2"] = rng.sample(field.where, 2)
    container(story, "box", field)
    container(story, "case", field)
    return field


def container(story: Story, slot: str, field: Field) -> None:
    rng = story.rng
    noun = rng.choice(field.kept if rng.random() < 0.6 else CONTAINERS)
    if rng.random() < 0.06:
        noun = made_up(rng)
    story.noun(slot, noun, plural(noun))


def days(story: Story) -> None:
    """Three times in order for the slots day1..day3, with their prepositions."""
    rng = story.rng
    kind = rng.random()
    if kind < 0.35:
        start = rng.randrange(5)
        found = [f"on {d}" for d in DAYS[start : start + 3]]
    elif kind < 0.5:
        start = rng.randrange(10)
        found = [f"in {d}" for d in MONTHS[start : start + 3]]
    elif kind < 0.68:
        found = rng.choice(
            (
                ["in the morning", "around noon", "in the evening"],
                ["before noon", "in the afternoon", "at night"],
                ["early in the day", "after lunch", "before bedtime"],
            )
        )
    elif kind < 0.8:
        found = ["on the first day", "on the second day", "on the third day"]
    elif kind < 0.9:
        unit = rng.choice(("week", "month", "year", "hour"))
        found = [f"during the {nth} {unit}" for nth in ("first", "second", "third")]
    else:
        found = ["the day before yesterday", "yesterday", "today"]
    story.words |= {f"day{i + 1}": day for i, day in enumerate(found)}

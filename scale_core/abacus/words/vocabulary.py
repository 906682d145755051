"""Names, things, verbs and small phrases that the scenarios share.

Knows words and how to draw among them. Does not know stories or outlines.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

Problem = tuple[str, list[str]]
Person = tuple[str, str, str, str]  # name, subject form, the same capitalised, possessive
Money = tuple[str, str, str]  # before the amount, after it, the unit's plural
T = TypeVar("T")

SHE = """Emma Olivia Mia Sofia Aisha Maria Lena Nora Hannah Chloe Zoe Ivy Grace Lucy Amara Priya
Mei Yuki Fatima Leila Ingrid Clara Rosa Elena Julia Sara Anna Lily Ruby Maya Nina Tara Jade Eva
Alice Bella Wendy Janet Carmen Daisy Molly Kate Amy Kim Linda Susan Jenny Rachel Tina
Zara""".split()
HE = """Liam Noah Ben Tom Jack Omar Ali Hassan Diego Carlos Mateo Luca Marco Ivan Oleg Kofi Kwame
Ravi Arjun Chen Kenji Hugo Felix Oscar Max Leo Sam Adam Daniel David Peter Paul John James Mark
Lucas Ethan Jacob Eric Finn Henry Jamal Tyler Victor Walter Yusuf Simon Pedro Bob
Mike""".split()
SHE_TITLED = ("Mrs. Lopez", "Ms. Clark", "Mrs. Okafor", "Ms. Singh")
HE_TITLED = ("Mr. Brown", "Mr. Khan", "Mr. Novak", "Mr. Tanaka")


def people(names: Sequence[str], subject: str, possessive: str) -> list[Person]:
    pronoun = [(n, subject, subject.capitalize(), possessive) for n in names]
    return pronoun + [(n, n, n, possessive) for n in names]


CHILDREN: list[Person] = people(SHE, "she", "her") + people(HE, "he", "his")
PEOPLE: list[Person] = CHILDREN + people(SHE_TITLED, "she", "her") + people(HE_TITLED, "he", "his")
NAMES: list[str] = SHE + HE

MONEY: tuple[Money, ...] = (
    ("$", "", "dollars"),
    ("$", "", "dollars"),
    ("$", "", "dollars"),
    ("", " dollars", "dollars"),
    ("", " euros", "euros"),
    ("", " coins", "coins"),
    ("", " cents", "cents"),
)
BIG_MONEY: tuple[Money, ...] = MONEY[:5]

# Things, as (singular, plural).
GOODS = tuple(
    (w, w + "s")
    for w in """book pen pencil notebook apple orange banana sandwiche lemon melon pear muffin
    cupcake ticket toy ball kite shirt hat scarve cap belt plate cup mug spoon bowl candle lamp
    pillow towel basket bucket flower rose plant chocolate doughnut burger pizza juice ruler eraser
    folder marker crayon puzzle game doll robot magnet keychain postcard poster sticker ribbon
    bracelet necklace ring bag backpack umbrella T-shirt jacket sock blanket cushion clock battery
    bulb hammer brush helmet racket cookie pie cake bagel croissant salad yogurt carrot potato
    onion cucumber pumpkin coconut mango pineapple""".split()
    if w not in ("sandwiche", "scarve", "battery", "brush", "juice", "potato", "mango")
) + (
    ("sandwich", "sandwiches"),
    ("scarf", "scarves"),
    ("battery", "batteries"),
    ("brush", "brushes"),
    ("box of crayons", "boxes of crayons"),
    ("pair of socks", "pairs of socks"),
    ("bottle of juice", "bottles of juice"),
    ("loaf of bread", "loaves of bread"),
    ("carton of milk", "cartons of milk"),
    ("bag of rice", "bags of rice"),
    ("mango", "mangoes"),
    ("toothbrush", "toothbrushes"),
    ("glass", "glasses"),
)
COLLECT = tuple(
    """stamps cards marbles stickers coins shells comics badges buttons beads postcards magnets
    figurines stones rocks keychains dinosaurs seashells posters dolls""".split()
) + ("toy cars", "trading cards", "baseball cards", "model planes", "old coins")
SMALL = tuple(
    """candies sweets cookies marbles stickers pencils crayons beads balloons grapes cherries
    strawberries nuts peanuts toffees lollipops chocolates raisins buttons cards crackers plums
    apples oranges shells erasers walnuts""".split()
)
PACKED = tuple(
    """eggs muffins apples oranges pencils bottles candles bulbs cupcakes doughnuts tiles books
    toys pears peaches tomatoes lemons cookies soaps batteries mugs jars cans pens balls tulips
    roses bagels""".split()
)
BOX = (
    ("box", "boxes"),
    ("pack", "packs"),
    ("bag", "bags"),
    ("crate", "crates"),
    ("carton", "cartons"),
    ("basket", "baskets"),
    ("tray", "trays"),
    ("case", "cases"),
)
BAKED = tuple(
    """cookies muffins cupcakes rolls buns pies cakes brownies scones pastries biscuits bagels
    doughnuts pretzels""".split()
)
FRUIT = tuple(
    """apple pear plum orange lemon mango peach fig olive apricot almond banana lime""".split()
)
WORKS = """shirts chairs bicycles toys lamps bottles bricks tables shoes phones bags boxes tyres
candles radios clocks screws tents dolls mugs""".split()

BUY = (
    ("buys", "bought"),
    ("buys", "bought"),
    ("purchases", "purchased"),
    ("picks up", "picked up"),
    ("gets", "got"),
    ("orders", "ordered"),
    ("chooses", "chose"),
)
LOSE = (
    ("gives away", "gave away"),
    ("loses", "lost"),
    ("donates", "donated"),
    ("sells", "sold"),
    ("trades away", "traded away"),
    ("throws out", "threw out"),
)
GAIN = (
    ("buys", "bought"),
    ("finds", "found"),
    ("gets", "got"),
    ("wins", "won"),
    ("receives", "received"),
    ("collects", "collected"),
    ("is given", "was given"),
)
HAS = (("has", "had"), ("owns", "owned"), ("keeps", "kept"), ("starts with", "started with"))
DO = ("does", "did")
ALL = ("altogether", "in all", "in total")
SHARE = (
    "shared equally among",
    "divided equally among",
    "split evenly among",
    "shared fairly between",
    "handed out equally to",
    "distributed equally among",
)
GROUP = ("friends", "children", "cousins", "students", "neighbors", "classmates", "pupils", "kids")
TIMES = {
    2: ("twice as {}", "two times as {}", "2 times as {}"),
    3: ("three times as {}", "3 times as {}"),
    4: ("four times as {}", "4 times as {}"),
    5: ("five times as {}", "5 times as {}"),
}
WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()


def choice(rng: random.Random, options: Sequence[T]) -> T:
    return options[int(rng.random() * len(options))]


def whole(rng: random.Random, low: int, high: int) -> int:
    """A whole number of low..high, the smaller ones somewhat more often."""
    x = rng.random()
    return low + int((high - low + 1) * x * (0.4 + 0.6 * x))


def spelled(rng: random.Random, number: int) -> str:
    """The number as digits, or now and then, if it is small, as a word."""
    return WORDS[number] if number <= 12 and rng.random() < 0.15 else str(number)


def times_as(rng: random.Random, factor: int, word: str) -> str:
    return choice(rng, TIMES[factor]).format(word)


def closing(rng: random.Random, fact: str, question: str) -> str:
    """The last fact and the question: two sentences, or one that begins with "If"."""
    if rng.random() < 0.3:
        return f"If {fact.removeprefix('then ')}, {question[0].lower()}{question[1:]}"
    return f"{fact[0].upper()}{fact[1:]}. {question}"


def two_names(rng: random.Random) -> tuple[str, str]:
    first = choice(rng, NAMES)
    second = choice(rng, NAMES)
    while second == first:
        second = choice(rng, NAMES)
    return first, second


def banknote(rng: random.Random, need: int) -> int:
    """An amount of money above need: mostly a round one."""
    if rng.random() < 0.7:
        for note in (10, 20, 50, 100, 200, 500):
            if note > need and rng.random() < 0.8:
                return note
    return need + 1 + whole(rng, 0, min(60, 998 - need))

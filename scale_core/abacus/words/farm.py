"""Legs and wheels, and rectangles: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    BIG_MONEY,
    NAMES,
    Problem,
    choice,
    closing,
    times_as,
    whole,
)

_FOUR = "cows sheep goats horses pigs dogs rabbits donkeys cats".split()
_BIRDS = "chickens ducks geese hens turkeys roosters".split()
_WHEELS = (
    ("cars", 4),
    ("bicycles", 2),
    ("motorbikes", 2),
    ("tricycles", 3),
    ("vans", 4),
    ("scooters", 2),
)


def legs(rng: random.Random) -> Problem:
    """Legs on a farm, wheels in a parking lot."""
    a, b = whole(rng, 2, 60), whole(rng, 2, 60)
    if rng.random() < 0.5:
        part, body, move = "legs", "animals", "run away"
        one, x = choice(rng, _FOUR), 4
        two, y = (choice(rng, _BIRDS), 2) if rng.random() < 0.8 else (choice(rng, _FOUR), 4)
        if rng.random() < 0.4:
            one, x, two, y = two, y, one, x
        place = choice(
            rng,
            (
                "on a farm",
                "in a barn",
                "in a field",
                "in a meadow",
                "in a yard",
                f"on {choice(rng, NAMES)}'s farm",
            ),
        )
    else:
        part, body, move = "wheels", "vehicles", "leave"
        (one, x), (two, y) = choice(rng, _WHEELS), choice(rng, _WHEELS)
        place = choice(
            rng,
            (
                "in a parking lot",
                "in a garage",
                "on a street",
                "in front of a school",
                "at a shop",
                "in a car park",
            ),
        )
    if one == two:
        one, x, two, y = ("cows", 4, "ducks", 2) if part == "legs" else ("cars", 4, "bicycles", 2)
    extra = f" A {one[:-1]} has {x} {part}." if one == "tricycles" else ""
    extra += f" A {two[:-1]} has {y} {part}." if two == "tricycles" else ""
    has = choice(
        rng,
        (
            f"There are {a} {one} and {b} {two} {place}.",
            f"{place[0].upper()}{place[1:]} there are {a} {one} and {b} {two}.",
            f"{place[0].upper()}{place[1:]} you can see {a} {one} and {b} {two}.",
            f"{a} {one} and {b} {two} are {place}.",
            f"Someone counts {a} {one} and {b} {two} {place}.",
            f"We see {a} {one} {place}, and next to them there are {b} {two}.",
        ),
    )
    how = choice(
        rng,
        (
            f"How many {part} are there {choice(rng, ALL)}?",
            f"How many {part} do they have {choice(rng, ALL)}?",
            f"What is the total number of {part}?",
            f"Find the total number of {part}.",
            f"How many {part} do all the {one} and {two} have together?",
        ),
    )
    variant = int(rng.random() * 4)
    if variant < 2:
        return f"{has}{extra} {how}", [f"#1={a}*{x}", f"#2={b}*{y}", "#3=#1+#2"]
    if variant == 2:
        gone = whole(rng, 2, a + b - 1)
        come = whole(rng, 2, 40)
        fact = choice(
            rng,
            (
                f"{gone} of them {move} and then {come} others arrive",
                f"{gone} {body} {move} and {come} more come",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many {body} are there now?",
                f"How many {body} are there in the end?",
                f"Find the number of {body} that are there now.",
            ),
        )
        return f"{has} {closing(rng, fact, ask)}", [f"#1={a}+{b}", f"#2=#1-{gone}", f"#3=#2+{come}"]
    k = 2 + int(rng.random() * 4)
    text = choice(
        rng,
        (
            f"There are {a} {one} {place}, and there are {times_as(rng, k, 'many')} {two}.",
            f"There are {a} {one} {place}. The number of {two} is {k} times as large.",
            f"There are {a} {one} {place}. There are {times_as(rng, k, 'many')} {two} as {one}.",
        ),
    )
    ask = choice(
        rng,
        (
            f"How many {one} and {two} are there together?",
            f"How many {body} are there {choice(rng, ALL)}?",
            f"What is the total number of {body}?",
        ),
    )
    return f"{text} {ask}", [f"#1={a}*{k}", f"#2={a}+#1"]


def rectangle(rng: random.Random) -> Problem:
    thing = choice(
        rng,
        (
            "garden",
            "field",
            "room",
            "playground",
            "park",
            "yard",
            "pool",
            "floor",
            "tablecloth",
            "picture",
            "poster",
            "farm plot",
        ),
    )
    unit = (
        choice(rng, ("meters", "meters", "feet"))
        if thing not in ("picture", "poster", "tablecloth")
        else choice(rng, ("centimeters", "cm", "inches"))
    )
    a, b = whole(rng, 3, 80), whole(rng, 2, 60)
    short = unit.replace("meters", "m") if unit == "meters" and rng.random() < 0.4 else unit
    name = choice(rng, NAMES)
    base = choice(
        rng,
        (
            f"A rectangular {thing} is {a} {short} long and {b} {short} wide.",
            f"The length of a rectangular {thing} is {a} {short} and the width is {b} {short}.",
            f"{name} has a rectangular {thing} with sides of {a} {short} and {b} {short}.",
            f"A {thing} has the shape of a rectangle with sides of {a} {short} and {b} {short}.",
            f"{name} measures a rectangular {thing}. It is {a} {short} long and {b} {short} wide.",
            f"A rectangular {thing} measures {a} {short} by {b} {short}.",
        ),
    )
    pre, post, cash = choice(rng, BIG_MONEY)
    variant = int(rng.random() * 5)
    around, price = [f"#1={a}+{b}", "#2=#1*2"], whole(rng, 2, 30)
    one = {
        "meters": "meter",
        "feet": "foot",
        "centimeters": "centimeter",
        "cm": "cm",
        "inches": "inch",
    }[unit]
    if variant == 0:
        ask = choice(
            rng,
            (
                "What is its perimeter?",
                f"Find the perimeter of the {thing}.",
                f"What is the perimeter of the {thing} in {unit}?",
                f"What is the distance once around the {thing}?",
                f"How many {unit} of ribbon go around the edge?",
                f"How many {unit} is it all the way around the {thing}?",
            ),
        )
        return f"{base} {ask}", around
    if variant == 1:
        fact = choice(
            rng,
            (
                f"a border around it costs {pre}{price}{post} per {one}",
                f"a fence around the edge costs {pre}{price}{post} per {one}",
            ),
        )
        ask = choice(
            rng,
            (
                "How much does it cost to go all the way around?",
                "What is the total cost?",
                f"How many {cash} does the whole edge cost?",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [*around, f"#3=#2*{price}"]
    if variant == 2:
        fact = choice(
            rng,
            (
                f"covering one square {one} costs {pre}{price}{post}",
                f"every square {one} costs {pre}{price}{post}",
            ),
        )
        ask = choice(
            rng,
            (
                f"How much does the whole {thing} cost?",
                "What is the total cost?",
                f"How many {cash} does it cost to cover the whole {thing}?",
            ),
        )
        if a * b <= 999:
            return f"{base} {closing(rng, fact, ask)}", [f"#1={a}*{b}", f"#2=#1*{price}"]
    if variant in (2, 3):
        used = min(whole(rng, 1, a * b - 1), 999)
        fact = choice(
            rng,
            (
                f"{used} square {unit} of it are already painted",
                f"an area of {used} square {unit} is covered",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many square {unit} are left?",
                "What area remains?",
                f"How large is the rest in square {unit}?",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [f"#1={a}*{b}", f"#2=#1-{used}"]
    k = 2 + int(rng.random() * 3)
    text = f"A rectangular {thing} is {b} {short} wide and its length is {k} times the width."
    text = text.replace("2 times", "2 times" if rng.random() < 0.5 else "twice")
    if rng.random() < 0.5:
        return f"{text} {choice(rng, ('What is the area?', f'Find the area of the {thing}.'))}", [
            f"#1={b}*{k}",
            f"#2={b}*#1",
        ]
    ask = choice(
        rng,
        (
            "What is the perimeter?",
            f"Find the perimeter of the {thing}.",
            f"How many {unit} is it around the {thing}?",
        ),
    )
    return f"{text} {ask}", [f"#1={b}*{k}", f"#2={b}+#1", "#3=#2*2"]

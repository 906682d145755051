"""Orchards, and rows and seats: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    BIG_MONEY,
    FRUIT,
    PEOPLE,
    Problem,
    choice,
    closing,
    spelled,
    whole,
)


def orchard(rng: random.Random) -> Problem:
    name, sub, _cap, _ = choice(rng, PEOPLE)
    who = choice(rng, (name, name, "A farmer", "A gardener"))
    sub = sub if who == name else "the " + who[2:]
    t = int(rng.random() * 2)
    fruit = choice(rng, FRUIT)
    plural = "peaches" if fruit == "peach" else "mangoes" if fruit == "mango" else fruit + "s"
    trees, each = whole(rng, 3, 40), whole(rng, 5, 60)
    pick = choice(
        rng,
        (
            ("picks", "picked"),
            ("gathers", "gathered"),
            ("collects", "collected"),
            ("harvests", "harvested"),
        ),
    )[t]
    base = choice(
        rng,
        (
            f"{who} {('has', 'had')[t]} {trees} {fruit} trees and {pick} {each} {plural} "
            f"from each tree.",
            f"{who} {pick} {each} {plural} from each of {trees} trees.",
            f"In a garden there {('are', 'were')[t]} {trees} {fruit} trees. Each tree "
            f"{('gives', 'gave')[t]} {each} {plural}.",
            f"An orchard {('has', 'had')[t]} {trees} {fruit} trees, and every tree "
            f"{('bears', 'bore')[t]} {each} {plural}.",
            f"{who} {('grows', 'grew')[t]} {trees} {fruit} trees, with {each} {plural} on each.",
            f"There {('are', 'were')[t]} {trees} {fruit} trees with {each} {plural} on every tree.",
        ),
    )
    swap = f"of {trees} trees" in base
    first = f"#1={each}*{trees}" if swap else f"#1={trees}*{each}"
    total = trees * each
    gone = min(whole(rng, 2, total - 1), 999)
    lose = choice(
        rng,
        (
            f"{sub} {('sells', 'sold')[t]} {gone} of the {plural}",
            f"{gone} {plural} {('are', 'were')[t]} sold at the market",
            f"{gone} of the {plural} {('are', 'were')[t]} rotten and thrown away",
            f"{gone} {plural} {('are', 'were')[t]} eaten by birds",
        ),
    )
    variant = int(rng.random() * 4)
    if variant == 0:
        ask = choice(
            rng,
            (
                f"How many {plural} {('are', 'were')[t]} left?",
                f"How many {plural} {('remain', 'remained')[t]}?",
                f"Find the number of {plural} left.",
                f"What {('is', 'was')[t]} the number of {plural} left?",
            ),
        )
        return f"{base} {closing(rng, lose, ask)}", [first, f"#2=#1-{gone}"]
    if variant == 1:
        size = 2 + int(rng.random() * 11)
        while total % size:
            size -= 1
        if size > 1:
            fact = f"all the {plural} {('are', 'were')[t]} put into baskets of {size}"
            ask = choice(
                rng,
                (
                    f"How many baskets {('are', 'were')[t]} filled?",
                    f"How many baskets {('are', 'were')[t]} needed?",
                    "Find the number of baskets.",
                ),
            )
            return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1/{size}"]
    rows, per = whole(rng, 3, 30), whole(rng, 3, 30)
    plant = ("plants", "planted")[t]
    base = choice(
        rng,
        (
            f"{who} {plant} {rows} rows of {fruit} trees with {per} trees in each row.",
            f"{who} {plant} {fruit} trees in {rows} rows, {per} trees per row.",
            f"A garden {('has', 'had')[t]} {rows} rows with {per} {fruit} trees in each.",
        ),
    )
    if variant in (1, 2):
        other = whole(rng, 2, 90)
        fact = choice(
            rng,
            (
                f"{other} of the trees {('die', 'died')[t]} in the winter",
                f"a storm {('destroys', 'destroyed')[t]} {other} trees",
                f"{other} trees {('are', 'were')[t]} cut down",
            ),
        )
        if other >= rows * per:
            rows, per, other = 9, 8, 7
            base = f"{who} {plant} 9 rows of {fruit} trees with 8 trees in each row."
            fact = "7 of the trees had to be removed" if t else "7 of the trees have to be removed"
        ask = choice(
            rng,
            (
                f"How many trees {('are', 'were')[t]} left?",
                f"How many {fruit} trees {('remain', 'remained')[t]}?",
                f"How many trees {('are', 'were')[t]} still standing?",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [f"#1={rows}*{per}", f"#2=#1-{other}"]
    if rows * per > 900:
        rows = 9
        base = f"A garden {('has', 'had')[t]} 9 rows with {per} {fruit} trees in each."
    kilos = whole(rng, 2, 40)
    fact = choice(
        rng,
        (
            f"each tree {('gives', 'gave')[t]} {kilos} kg of fruit",
            f"every tree {('produces', 'produced')[t]} {kilos} kg of {plural}",
        ),
    )
    ask = choice(
        rng,
        (
            f"How many kg of fruit {('are', 'were')[t]} there {choice(rng, ALL)}?",
            f"How many kilograms {('are', 'were')[t]} harvested {choice(rng, ALL)}?",
            "What is the total harvest in kg?",
        ),
    )
    return f"{base} {closing(rng, fact, ask)}", [f"#1={rows}*{per}", f"#2=#1*{kilos}"]


def grid(rng: random.Random) -> Problem:
    """Rows and seats, shelves and jars: an array, then something taken, added or compared."""
    place, row, seat, verb, gone = choice(
        rng,
        (
            ("A cinema", "row", "seats", "taken", "free"),
            ("A theater", "row", "seats", "sold", "empty"),
            ("A school hall", "row", "chairs", "occupied", "free"),
            ("A concert hall", "row", "seats", "reserved", "still free"),
            ("A stadium section", "row", "seats", "taken", "empty"),
            ("A train", "car", "seats", "occupied", "free"),
            ("A restaurant", "room", "tables", "taken", "free"),
            ("A hotel", "floor", "rooms", "booked", "empty"),
        ),
    )
    the = "the" + place[1:]
    a, b = whole(rng, 3, 40), whole(rng, 4, 40)
    num, ask_all = spelled(rng, a), choice(rng, ALL)
    base = choice(
        rng,
        (
            f"{place} has {num} {row}s with {b} {seat} in each {row}.",
            f"{place} has {num} {row}s, and each {row} has {b} {seat}.",
            f"In {the} there are {num} {row}s of {b} {seat} each.",
            f"There are {num} {row}s in {the}. Every {row} has {b} {seat}.",
            f"{place} has {num} {row}s, with {b} {seat} per {row}.",
            f"The {seat} in {the} are arranged in {num} {row}s of {b}.",
        ),
    )
    first = f"#1={a}*{b}"
    variant = int(rng.random() * 4)
    if variant == 0:
        used = min(whole(rng, 2, a * b - 1), 999)
        fact = choice(
            rng,
            (
                f"{used} {seat} are {verb}",
                f"{used} of the {seat} are already {verb}",
                f"tonight {used} {seat} are {verb}",
                f"{used} of them are {verb}",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many {seat} are {gone}?",
                f"How many of the {seat} are {gone}?",
                f"Find the number of {seat} that are {gone}.",
                f"What is the number of {seat} that are {gone}?",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1-{used}"]
    ask = choice(
        rng,
        (
            f"How many {seat} are there {ask_all}?",
            f"What is the total number of {seat}?",
            f"Find the total number of {seat}.",
            f"How many {seat} does {the} have now?",
        ),
    )
    if variant == 1:
        more = whole(rng, 2, 99)
        fact = choice(
            rng,
            (
                f"{more} extra {seat} are added",
                f"the owner adds {more} more {seat}",
                f"another {more} {seat} are added later",
                f"{more} new {seat} are built",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1+{more}"]
    if variant == 2:
        c, d = whole(rng, 2, 20), whole(rng, 3, 30)
        text = choice(
            rng,
            (
                f"The new part has {c} {row}s with {d} {seat} each.",
                f"There are also {c} larger {row}s with {d} {seat} each.",
                f"Besides these, there are {c} {row}s with {d} {seat} in each.",
            ),
        )
        return f"{base} {text} {ask}", [first, f"#2={c}*{d}", "#3=#1+#2"]
    pre, post, unit = choice(rng, BIG_MONEY)
    a, b, price = whole(rng, 3, 20), whole(rng, 4, 30), whole(rng, 3, 40)
    text = f"{place} has {a} {row}s with {b} {seat} in each {row}."
    kind = "room costs" if seat == "rooms" else "seat costs"
    fact = choice(rng, (f"one {kind} {pre}{price}{post}", f"every {kind} {pre}{price}{post}"))
    ask = choice(
        rng,
        (
            f"How much money comes in when {the} is full?",
            f"How many {unit} are collected when all places are sold?",
            "What is the income if everything is sold?",
        ),
    )
    return f"{text} {fact[0].upper()}{fact[1:]}. {ask}", [f"#1={a}*{b}", f"#2=#1*{price}"]

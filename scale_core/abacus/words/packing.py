"""Packing with leftovers, and scores of games: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    BOX,
    DO,
    MONEY,
    PACKED,
    PEOPLE,
    Problem,
    choice,
    closing,
    spelled,
    two_names,
    whole,
)


def packing(rng: random.Random) -> Problem:
    name = choice(rng, PEOPLE)[0]
    who = choice(rng, (name, name, "A shop", "A bakery", "A farmer", "A factory", "The store"))
    it = who if who == name else choice(rng, ("the owner", "a worker", "someone"))
    things = choice(rng, PACKED)
    box, boxes = choice(rng, BOX)
    size = whole(rng, 3, 24)
    variant = int(rng.random() * 5)
    hold = "a dozen" if size == 12 and rng.random() < 0.6 else spelled(rng, size)
    into = choice(
        rng,
        (
            f"each {box} holds {hold} {things}",
            f"exactly {hold} {things} fit in one {box}",
            f"the {things} are packed in {boxes} of {hold}",
            f"{it} puts {hold} {things} in each {box}",
            f"there is room for {hold} {things} in every {box}",
            f"{it} packs them into {boxes} with {hold} in each",
            f"the {things} go into {boxes} that hold {hold} each",
        ),
    )
    full = choice(
        rng,
        (
            f"How many full {boxes} are there?",
            f"How many {boxes} can be filled completely?",
            f"How many full {boxes} can be made?",
            f"Find the number of full {boxes}.",
            f"What is the greatest number of {boxes} that can be filled?",
        ),
    )
    rest = choice(
        rng,
        (
            f"How many {things} are left over?",
            f"How many {things} do not fit in a full {box}?",
            f"How many {things} remain after filling as many {boxes} as possible?",
            f"How many {things} will be left over?",
            f"Find the number of {things} left over after packing full {boxes}.",
        ),
    )
    a = whole(rng, 28, 300)
    b = whole(rng, 12, 200)
    if variant == 0:
        text = choice(
            rng,
            (
                f"{who} has {a} {things} and gets {b} more.",
                f"{who} had {a} {things} and then bought another {b}.",
                f"There are {a} {things} on one shelf and {b} {things} on another.",
                f"{who} prepared {a} {things} in the morning and {b} in the afternoon.",
                f"{who} has {a} red {things} and {b} blue {things}."
                if things in ("pencils", "pens", "balls", "mugs", "candles", "tiles", "toys")
                else f"{who} has {a} small {things} and {b} large {things}.",
                f"On Monday {who[0].lower() + who[1:] if who != name else who} packed away {a} "
                f"{things} and on Tuesday {b} more.",
            ),
        )
        lines = [f"#1={a}+{b}"]
        total = a + b
    elif variant == 1:
        b = whole(rng, 1, a - size)
        text = choice(
            rng,
            (
                f"{who} has {a} {things}, but {b} of them are damaged and thrown away.",
                f"There were {a} {things} in the kitchen, and {b} of them were used.",
                f"{who} had {a} {things} and sold {b} of them.",
                f"Out of {a} {things}, {b} were broken and could not be packed.",
                f"{who} gets a delivery of {a} {things}, and {b} of them are bad.",
                f"{who} started with {a} {things} and gave away {b}.",
            ),
        )
        lines = [f"#1={a}-{b}"]
        total = a - b
        into = choice(
            rng,
            (
                f"the rest are packed in {boxes} of {hold}",
                f"the remaining {things} are put into {boxes} of {hold}",
                f"each {box} holds {hold} of the {things} that remain",
            ),
        )
    elif variant == 2:
        k, m = whole(rng, 5, 30), whole(rng, 6, 30)
        text = choice(
            rng,
            (
                f"{who} has {k} shelves with {m} {things} on each shelf.",
                f"There are {k} rows of {things} with {m} in each row.",
                f"{who} receives {k} large sacks with {m} {things} in each.",
                f"{who} makes {things} for {k} days, exactly {m} every day.",
                f"A truck brings {k} pallets, and each pallet carries {m} {things}.",
                f"There are {k} tables, and on each of them lie {m} {things}.",
            ),
        )
        lines = [f"#1={k}*{m}"]
        total = k * m
    elif variant == 3:
        price = whole(rng, 2, 40)
        pre, post, unit = choice(rng, MONEY)
        count = whole(rng, 2, 30)
        a = count * size
        text = choice(
            rng,
            (
                f"{who} has {a} {things}.",
                f"There are {a} {things} ready to be sold.",
                f"{who} wants to sell {a} {things}.",
                f"A team prepared {a} {things} for the market.",
                f"{who} has prepared {a} {things} for the fair.",
                f"This week {a} {things} are going to be sold.",
            ),
        )
        tag = f"{pre}{price}{post}"
        fact = choice(
            rng,
            (
                f"every {box} is sold for {tag}",
                f"one {box} costs {tag}",
                f"the price of a {box} is {tag}",
                f"each full {box} sells for {tag}",
            ),
        )
        ask = choice(
            rng,
            (
                f"How much money do all the {boxes} bring in?",
                f"How many {unit} are earned if every {box} is sold?",
                f"How much money is made from selling all the {boxes}?",
                f"What is the total value of the {boxes}?",
                f"How much are all the {boxes} worth {choice(rng, ALL)}?",
            ),
        )
        if ask.startswith("How many") and " if " in ask:
            tail = f"{fact[0].upper()}{fact[1:]}. {ask}"
        else:
            tail = closing(rng, fact, ask)
        return f"{text} {into[0].upper()}{into[1:]}. {tail}", [f"#1={a}/{size}", f"#2=#1*{price}"]
    else:
        groups = whole(rng, 2, 9)
        total = groups * size
        while total < 20 or total > 400:
            groups = whole(rng, 3, 16)
            total = groups * size
        b = whole(rng, 3, total - 3)
        a = total - b
        text = choice(
            rng,
            (
                f"{who} has {a} {things} and gets {b} more.",
                f"{who} had {a} {things} and then bought another {b}.",
                f"There are {a} {things} on one table and {b} {things} on another.",
                f"{who} prepared {a} {things} in the morning and {b} in the afternoon.",
                f"{who} received {a} {things} yesterday and {b} {things} today.",
                f"In the storeroom there are {a} old {things} and {b} new ones.",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many {boxes} are needed for all the {things}?",
                f"How many {boxes} does it take to hold all of them?",
                f"How many {boxes} will be used?",
                f"Find the number of {boxes} needed for all of them.",
            ),
        )
        return f"{text} {closing(rng, into, ask)}", [f"#1={a}+{b}", f"#2=#1/{size}"]
    if rng.random() < 0.5:
        return f"{text} {closing(rng, into, full)}", [*lines, f"#2=#1//{size}"]
    return f"{text} {closing(rng, into, rest)}", [*lines, f"#2=#1%{size}"]


def scores(rng: random.Random) -> Problem:
    a, b = two_names(rng)
    t = int(rng.random() * 2)
    game = choice(
        rng, ("basketball game", "quiz", "dart game", "card game", "math contest", "board game")
    )
    n, p, m, q = whole(rng, 2, 20), whole(rng, 2, 9), whole(rng, 2, 20), whole(rng, 2, 9)
    score = choice(rng, (("scores", "scored"), ("gets", "got"), ("wins", "won")))[t]
    base = choice(
        rng,
        (
            f"In a {game}, {a} {score} {p} points in each of {n} rounds.",
            f"{a} {score} {p} points per round and {('plays', 'played')[t]} {n} "
            f"rounds of a {game}.",
            f"For every correct move in a {game} there {('are', 'were')[t]} {p} points, and {a} "
            f"{('makes', 'made')[t]} {n} of them.",
        ),
    )
    first, variant = f"#1={p}*{n}", int(rng.random() * 3)
    ask = choice(
        rng,
        (
            f"How many points {DO[t]} {a} have {choice(rng, ALL)}?",
            f"What {('is', 'was')[t]} {a}'s score?",
            f"Find the total number of points for {a}.",
            f"How many points {DO[t]} {a} have in the end?",
        ),
    )
    if variant == 0:
        lost = whole(rng, 1, min(n * p - 1, 60))
        fact = choice(
            rng,
            (
                f"{a} {('loses', 'lost')[t]} {lost} points for mistakes",
                f"{lost} points {('are', 'were')[t]} taken away at the end",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1-{lost}"]
    if variant == 1:
        fact = choice(
            rng,
            (
                f"{a} also {score} {q} points in each of {m} bonus rounds",
                f"{a} then {score} {q} points in each of {m} more rounds",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2={q}*{m}", "#3=#1+#2"]
    fact = f"{b} {score} {choice(rng, ('twice', '2 times'))} as many points as {a}"
    ask = choice(
        rng, (f"How many points {DO[t]} {b} have?", f"What {('is', 'was')[t]} {b}'s score?")
    )
    return f"{base} {closing(rng, fact, ask)}", [first, "#2=#1*2"]

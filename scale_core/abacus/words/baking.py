"""Baking: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    BAKED,
    DO,
    MONEY,
    PEOPLE,
    Problem,
    choice,
    closing,
    spelled,
    whole,
)


def baking(rng: random.Random) -> Problem:
    name, sub, _cap, pos = choice(rng, PEOPLE)
    t = int(rng.random() * 2)
    things, do = choice(rng, BAKED), DO[t]
    tray = choice(rng, ("tray", "batch", "pan", "sheet"))
    trays = "batches" if tray == "batch" else tray + "s"
    a, b = whole(rng, 2, 20), whole(rng, 4, 36)
    dozen = "a dozen" if b == 12 else str(b)
    bake = choice(rng, (("bakes", "baked"), ("makes", "made"), ("prepares", "prepared")))[t]
    if rng.random() < 0.15:
        b = 12
        base = choice(
            rng,
            (
                f"{name} {bake} {spelled(rng, a)} dozen {things}.",
                f"For a party, {name} {bake} {a} dozen {things}.",
                f"{name} {bake} {a} dozen {things} for the fair.",
            ),
        )
    else:
        base = choice(
            rng,
            (
                f"{name} {bake} {spelled(rng, a)} {trays} of {things} with {dozen} in each {tray}.",
                f"{name} {bake} {a} {trays} of {things}, and each {tray} "
                f"{('has', 'had')[t]} {dozen} {things}.",
                f"{name} {bake} {a} {trays} with {dozen} {things} on each {tray}."
                if tray != "batch"
                else f"{name} {bake} {a} {trays} of {dozen} {things} each.",
                f"For a school fair, {name} {bake} {a} {trays} of {dozen} {things} each.",
                f"This morning {name} {bake} {a} {trays} of {things}. One {tray} "
                f"{('has', 'had')[t]} {dozen} {things}.",
            ),
        )
    first, total = f"#1={a}*{b}", a * b
    gone = min(whole(rng, 1, total - 1), 999)
    lose = choice(
        rng,
        (
            f"{pos} family {('eats', 'ate')[t]} {gone} of them",
            f"{name} {('gives', 'gave')[t]} {gone} {things} to the neighbors",
            f"{sub} {('sells', 'sold')[t]} {gone} of the {things}",
            f"{gone} of them {('are', 'were')[t]} burnt and thrown away",
            f"the guests {('eat', 'ate')[t]} {gone} {things}",
            f"{gone} {things} {('get', 'got')[t]} eaten",
            f"{sub} {('takes', 'took')[t]} {gone} {things} to school",
        ),
    )
    left = choice(
        rng,
        (
            f"How many {things} {('are', 'were')[t]} left?",
            f"How many {things} {do} {name} have left?",
            f"How many {things} {('remain', 'remained')[t]}?",
            f"How many {things} {do} {sub} still have?",
            f"Find the number of {things} that {('are', 'were')[t]} left.",
        ),
    )
    variant = int(rng.random() * 4)
    if variant == 0:
        return f"{base} {closing(rng, lose, left)}", [first, f"#2=#1-{gone}"]
    if variant == 1:
        more = whole(rng, 2, 99)
        text = choice(
            rng, (f"Later {sub} {bake} {more} more.", f"Then {sub} {bake} another {more}.")
        )
        text2 = f"{lose[0].upper()}{lose[1:]}."
        return f"{base} {text2} {text} {left}", [first, f"#2=#1-{gone}", f"#3=#2+{more}"]
    if variant == 2:
        pre, post, unit = choice(rng, MONEY)
        price = whole(rng, 2, 30)
        tag = f"{pre}{price}{post}"
        if total > 900:
            a, b, total = 6, 20, 120
            base, first = f"{name} {bake} 6 trays of {things} with 20 in each tray.", "#1=6*20"
        fact = choice(
            rng,
            (
                f"{sub} {('sells', 'sold')[t]} all of them for {tag} each",
                f"every one {('is', 'was')[t]} sold for {tag}",
                f"{name} {('sells', 'sold')[t]} the {things} at {tag} apiece",
            ),
        )
        ask = choice(
            rng,
            (
                f"How much money {do} {name} make?",
                f"How many {unit} {do} {sub} earn?",
                f"What {('is', 'was')[t]} the total income?",
                f"How much {do} {name} earn {choice(rng, ALL)}?",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1*{price}"]
    need, people = whole(rng, 2, 6), whole(rng, 4, 60)
    have = min(whole(rng, 1, need * people - 1), 999)
    guest = choice(rng, ("guest", "child", "student", "visitor"))
    guests = "children" if guest == "child" else guest + "s"
    text = choice(
        rng,
        (
            f"{name} expects {people} {guests} and wants {need} {things} for each {guest}.",
            f"{name} invites {people} {guests}, and each {guest} gets {need} {things}.",
            f"There are {people} {guests} at {name}'s party. Each gets {need} {things}.",
        ),
    )
    fact = choice(
        rng,
        (
            f"{name} already has {have} {things}",
            f"{have} {things} are ready",
            f"{sub} has baked {have} {things} so far",
        ),
    )
    ask = choice(
        rng,
        (
            f"How many more {things} are needed?",
            f"How many {things} are still missing?",
            f"How many more {things} does {name} have to bake?",
        ),
    )
    return f"{text} {closing(rng, fact, ask)}", [f"#1={people}*{need}", f"#2=#1-{have}"]

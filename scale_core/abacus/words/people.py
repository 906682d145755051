"""Ages and sharing: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    BOX,
    BUY,
    DO,
    GAIN,
    GROUP,
    HAS,
    NAMES,
    PEOPLE,
    SHARE,
    SMALL,
    Problem,
    choice,
    closing,
    spelled,
    times_as,
    two_names,
    whole,
)


def ages(rng: random.Random) -> Problem:
    a, b = two_names(rng)
    third = choice(rng, NAMES)
    while third in (a, b):
        third = choice(rng, NAMES)
    kin = choice(rng, ("mother", "father", "grandmother", "uncle", "aunt", "teacher"))
    age, k, d = whole(rng, 4, 20), 2 + int(rng.random() * 4), whole(rng, 2, 15)
    years = spelled(rng, d)
    start = choice(
        rng,
        (
            f"{a} is {age} years old.",
            f"{a} is {age} years old now.",
            f"{a} turned {age} this year.",
            f"Today {a} is {age} years old.",
            f"{a} has just turned {age}.",
            f"This year {a} is {age} years old.",
        ),
    )
    many = times_as(rng, k, "old")
    variant = int(rng.random() * 5)
    if variant == 0:
        who = choice(rng, (b, f"{a}'s {kin}"))
        text = choice(rng, (f"{who} is {many} as {a}.", f"{who} is {many} as {a} is."))
        ask = choice(
            rng,
            (
                f"How old will {who} be in {years} years?",
                f"How old will {who} be {years} years from now?",
                f"What will be the age of {who} in {years} years?",
                f"In {years} years, how old will {who} be?",
            ),
        )
        return f"{start} {text} {ask}", [f"#1={age}*{k}", f"#2=#1+{d}"]
    if variant == 1:
        older = rng.random() < 0.6 or d >= age
        word = "older" if older else "younger"
        fact = choice(
            rng,
            (
                f"{b} is {years} years {word} than {a}",
                f"{a}'s friend {b} is {years} years {word}",
                f"{a}'s cousin {b} is {years} years {word} than {a}",
            ),
        )
        ask = choice(
            rng,
            (
                f"How old are {a} and {b} together?",
                "What is the sum of their ages?",
                "What is their total age in years?",
                "Find the sum of the two ages.",
                f"How many years old are {a} and {b} in total?",
            ),
        )
        return f"{start} {closing(rng, fact, ask)}", [
            f"#1={age}{'+' if older else '-'}{d}",
            f"#2={age}+#1",
        ]
    if variant == 2:
        older = rng.random() < 0.6 or d >= age
        word = "older" if older else "younger"
        text = choice(
            rng,
            (
                f"{b} is {years} years {word} than {a}.",
                f"{a}'s cousin {b} is {years} years {word} than {a}.",
            ),
        )
        fact = f"{third} is {many} as {b}"
        ask = choice(
            rng,
            (
                f"How old is {third}?",
                f"What is {third}'s age?",
                f"Find the age of {third}.",
                f"How many years old is {third} today?",
            ),
        )
        return f"{start} {text} {closing(rng, fact, ask)}", [
            f"#1={age}{'+' if older else '-'}{d}",
            f"#2=#1*{k}",
        ]
    if variant == 3:
        other = whole(rng, 3, 60)
        text = choice(
            rng,
            (
                f"{a} is {age} years old and {b} is {other} years old.",
                f"{a} is {age} and {b} is {other} years old.",
                f"{a} is {age} years old today, while {b} is {other}.",
            ),
        )
        ask = choice(
            rng,
            (
                f"What will be the sum of their ages in {years} years?",
                f"How old will they be together in {years} years?",
                f"In {years} years, what will their ages add up to?",
                f"What will their total age be {years} years from now?",
            ),
        )
        return f"{text} {ask}", [f"#1={age}+{d}", f"#2={other}+{d}", "#3=#1+#2"]
    who = f"{a}'s {kin}"
    text = choice(rng, (f"{who} is {many} as {a}.", f"{who} is {many} as {a} is."))
    ask = choice(
        rng,
        (
            f"How many years older than {a} is {who}?",
            "What is the difference between their ages?",
            f"By how many years is {who} older than {a}?",
            "How many years lie between the two of them?",
        ),
    )
    return f"{start} {text} {ask}", [f"#1={age}*{k}", f"#2=#1-{age}"]


def sharing(rng: random.Random) -> Problem:
    name, sub, cap, _pos = choice(rng, PEOPLE)
    t = int(rng.random() * 2)
    things, group = choice(rng, SMALL), choice(rng, GROUP)
    heads, each = whole(rng, 2, 15), whole(rng, 3, 30)
    total = heads * each
    num = spelled(rng, heads)
    shares = choice(
        rng,
        (
            f"the {things} {('are', 'were')[t]} {choice(rng, SHARE)} {num} {group}",
            f"{sub} {('shares', 'shared')[t]} them equally among {num} {group}",
            f"{sub} {('splits', 'split')[t]} them evenly among {num} {group}",
            f"{sub} {('divides', 'divided')[t]} all of them equally among {num} {group}",
            f"{num} {group} {('share', 'shared')[t]} them equally",
        ),
    )
    ask = choice(
        rng,
        (
            f"How many {things} {DO[t]} each of them get?",
            f"How many {things} {DO[t]} each one receive?",
            f"How many {('does', 'did')[t]} each person get?",
            f"Find the number of {things} for each person.",
            f"What {('is', 'was')[t]} each person's share?",
        ),
    )
    has = choice(rng, HAS[:1] + HAS[3:])[t]
    variant = int(rng.random() * 5)
    if variant == 0:
        b = whole(rng, 1, total - 2)
        a = total - b
        text = choice(
            rng,
            (
                f"{name} {has} {a} {things} and {choice(rng, GAIN)[t]} {b} more.",
                f"{name} {has} {a} {things}. {cap} {choice(rng, GAIN)[t]} another {b} {things}.",
                f"{name} {('has', 'had')[t]} {a} {things} in one bag and {b} in another.",
            ),
        )
        return f"{text} {closing(rng, shares, ask)}", [f"#1={a}+{b}", f"#2=#1/{heads}"]
    if variant == 1:
        b = whole(rng, 2, 40)
        a = total + b
        text = choice(
            rng,
            (
                f"{name} {has} {a} {things} and {('keeps', 'kept')[t]} {b} of them.",
                f"{name} {has} {a} {things}. {cap} {('sets', 'set')[t]} {b} aside.",
                f"{name} {has} {a} {things} but {('loses', 'lost')[t]} {b} of them.",
            ),
        )
        shares = choice(
            rng,
            (
                f"the rest {('are', 'were')[t]} {choice(rng, SHARE)} {num} {group}",
                f"the remaining {things} {('are', 'were')[t]} {choice(rng, SHARE)} {num} {group}",
                f"{sub} {('shares', 'shared')[t]} the rest equally among {num} {group}",
                f"{sub} {('divides', 'divided')[t]} the others evenly among {num} {group}",
            ),
        )
        return f"{text} {closing(rng, shares, ask)}", [f"#1={a}-{b}", f"#2=#1/{heads}"]
    if variant in (2, 3):
        packs = heads * whole(rng, 1, 4) if heads < 6 else heads
        size = whole(rng, 4, 30)
        box, boxes = choice(rng, BOX[:3])
        packs = max(packs, 2)
        if variant == 3:
            packs = whole(rng, 2, 12)
            while packs * size < heads:
                size += 3
        dozen = "a dozen" if size == 12 else str(size)
        text = choice(
            rng,
            (
                f"{name} {choice(rng, BUY)[t]} {packs} {boxes} of {things} with {dozen} in "
                f"each {box}.",
                f"{name} {('has', 'had')[t]} {packs} {boxes}, and each {box} "
                f"{('holds', 'held')[t]} {dozen} {things}.",
                f"{name} {('opens', 'opened')[t]} {packs} {boxes} that "
                f"{('contain', 'contained')[t]} {dozen} {things} each.",
            ),
        )
        if variant == 2:
            return f"{text} {closing(rng, shares, ask)}", [f"#1={packs}*{size}", f"#2=#1/{heads}"]
        if heads == 2:
            heads, shares = 3, shares.replace("two", "three").replace("2", "3")
        ask = choice(
            rng,
            (
                f"How many {things} {('are', 'were')[t]} left over?",
                f"How many {things} {('remain', 'remained')[t]} if everyone must get the same?",
                f"How many {things} could not be shared?",
                "How many are left after everyone gets the same whole number?",
            ),
        )
        tail = f"{shares[0].upper()}{shares[1:]} as far as possible. {ask}"
        return f"{text} {tail}", [f"#1={packs}*{size}", f"#2=#1%{heads}"]
    eaten = whole(rng, 1, each - 1)
    friend = choice(rng, ("one friend", "one of them", "a girl", "one boy"))
    text = choice(
        rng,
        (
            f"{name} {has} {total} {things}.",
            f"{name} {('brings', 'brought')[t]} {total} {things} to a party.",
            f"There {('are', 'were')[t]} {total} {things} in {name}'s jar.",
        ),
    )
    verb = choice(rng, (("gives away", "gave away"), ("uses up", "used up"), ("loses", "lost")))[t]
    fact = f"{friend} then {verb} {eaten}"
    which = {"one friend": "this friend", "one of them": "this person"}.get(friend)
    which = which or ("the girl" if friend == "a girl" else "the boy")
    ask = choice(
        rng,
        (
            f"How many {things} {DO[t]} {which} have left?",
            f"How many {things} {('are', 'were')[t]} left for {which}?",
            f"Then how many {things} {DO[t]} {which} still have?",
        ),
    )
    shares = f"{shares[0].upper()}{shares[1:]}"
    return f"{text} {shares}. {closing(rng, fact, ask)}", [f"#1={total}/{heads}", f"#2=#1-{eaten}"]

"""Saving and earning: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    BIG_MONEY,
    CHILDREN,
    DO,
    NAMES,
    PEOPLE,
    Problem,
    choice,
    closing,
    spelled,
    whole,
)


def saving(rng: random.Random) -> Problem:
    name, sub, cap, pos = choice(rng, CHILDREN)
    pre, post, unit = choice(rng, BIG_MONEY)
    goal = choice(
        rng,
        (
            "bike",
            "guitar",
            "tablet",
            "skateboard",
            "camera",
            "phone",
            "tent",
            "game",
            "drum",
            "telescope",
            "pair of skates",
            "coat",
        ),
    )
    amount, weeks, had = whole(rng, 2, 60), whole(rng, 3, 20), whole(rng, 5, 200)
    span = choice(rng, ("week", "week", "month", "day"))
    num = spelled(rng, weeks)
    save = choice(
        rng,
        (
            ("saves", "saved"),
            ("puts aside", "put aside"),
            ("sets aside", "set aside"),
            ("puts", "put"),
            ("adds", "added"),
            ("keeps", "kept"),
        ),
    )
    t = int(rng.random() * 2)
    where = {"puts": " in a jar", "adds": f" to {pos} savings"}.get(save[0], "")
    tag = f"{pre}{amount}{post}"
    every = f"{name} {save[t]} {tag}{where} {choice(rng, ('each', 'every'))} {span}"
    variant = int(rng.random() * 5)
    total = amount * weeks
    left = choice(
        rng,
        (
            f"How much money {DO[t]} {sub} have left?",
            f"How many {unit} {('are', 'were')[t]} left?",
            f"How many {unit} {DO[t]} {name} still have?",
            f"How much {DO[t]} {name} have then?",
        ),
    )
    if variant == 0:
        text = choice(
            rng,
            (
                f"{name} already {('has', 'had')[t]} {pre}{had}{post}.",
                f"{name}'s piggy bank {('holds', 'held')[t]} {pre}{had}{post}.",
                f"{name} {('starts', 'started')[t]} with {pre}{had}{post} in savings.",
            ),
        )
        ask = choice(
            rng,
            (
                f"How much money will {name} have after {num} {span}s?",
                f"How many {unit} will {sub} have after {num} {span}s?",
                f"What will {name}'s savings be after {num} {span}s?",
            ),
        )
        if t:
            ask = f"How much {choice(rng, ('money ', ''))}did {name} have after {num} {span}s?"
        return f"{text} {every}. {ask}", [f"#1={amount}*{weeks}", f"#2={had}+#1"]
    if variant == 1:
        spent = whole(rng, 2, min(total - 1, 900))
        fact = choice(
            rng,
            (
                f"after that {sub} {('spends', 'spent')[t]} {pre}{spent}{post} on a {goal}",
                f"then {sub} {('buys', 'bought')[t]} a {goal} for {pre}{spent}{post}",
                f"{sub} then {('pays', 'paid')[t]} {pre}{spent}{post} for a {goal}",
            ),
        )
        return f"{every} for {num} {span}s. {fact[0].upper()}{fact[1:]}. {left}", [
            f"#1={amount}*{weeks}",
            f"#2=#1-{spent}",
        ]
    if variant == 2:
        while total + 5 > 990:
            weeks -= 1
            total = amount * weeks
        had = whole(rng, 2, min(300, 998 - total))
        price = total + had
        text = choice(
            rng,
            (
                f"{name} wants to buy a {goal} that costs {pre}{price}{post}.",
                f"A {goal} costs {pre}{price}{post}, and {name} wants to buy it.",
                f"{name} needs {pre}{price}{post} for a new {goal}.",
            ),
        )
        mid = choice(
            rng,
            (
                f"{cap} already has {pre}{had}{post}.",
                f"{cap} has {pre}{had}{post} so far.",
                f"So far {sub} has saved {pre}{had}{post}.",
            ),
        )
        fact = f"{sub} {save[0]} {tag}{where} every {span}"
        ask = choice(
            rng,
            (
                f"How many {span}s will it take to get the rest?",
                f"How many {span}s does {name} need to save?",
                f"After how many {span}s can {sub} buy the {goal}?",
                f"In how many {span}s will {name} have enough?",
            ),
        )
        return f"{text} {mid} {closing(rng, fact, ask)}", [f"#1={price}-{had}", f"#2=#1/{amount}"]
    if variant == 3:
        cost = whole(rng, 1, amount - 1)
        weeks2 = spelled(rng, weeks)
        text = choice(
            rng,
            (
                f"{name} {('gets', 'got')[t]} {tag} of pocket money every {span}",
                f"Each {span}, {name} {('receives', 'received')[t]} {tag}",
                f"{name} {('earns', 'earned')[t]} {tag} every {span}",
            ),
        )
        use = choice(
            rng,
            (
                f" and {('spends', 'spent')[t]} {pre}{cost}{post} of it.",
                f" and {('uses', 'used')[t]} {pre}{cost}{post} of that for snacks.",
                f". Out of this, {sub} {('spends', 'spent')[t]} {pre}{cost}{post}.",
            ),
        )
        ask = choice(
            rng,
            (
                f"How much {DO[t]} {name} save in {weeks2} {span}s?",
                f"How many {unit} {DO[t]} {sub} save in {weeks2} {span}s?",
                f"What {('is', 'was')[t]} saved after {weeks2} {span}s?",
            ),
        )
        return (
            f"{text}{use} {choice(rng, ('The rest is saved.', 'Everything else is saved.'))} {ask}",
            [f"#1={amount}-{cost}", f"#2=#1*{weeks}"],
        )
    other = choice(rng, NAMES)
    while other == name:
        other = choice(rng, NAMES)
    amount2 = whole(rng, 2, 60)
    text = (
        f"{every}, and {other} {save[t]} {pre}{amount2}{post}{where.replace(pos, 'the')} every "
        f"{span}."
    )
    ask = choice(
        rng,
        (
            f"How much do they save together in {num} {span}s?",
            f"How many {unit} do both of them have after {num} {span}s?",
            f"What are their total savings after {num} {span}s?",
        ),
    )
    return f"{text} {ask}", [f"#1={amount}+{amount2}", f"#2=#1*{weeks}"]


def earning(rng: random.Random) -> Problem:
    name, sub, cap, _ = choice(rng, PEOPLE)
    pre, post, unit = choice(rng, BIG_MONEY)
    t = int(rng.random() * 2)
    do = DO[t]
    rate, hours = whole(rng, 4, 60), whole(rng, 2, 40)
    tag = f"{pre}{rate}{post}"
    job = choice(
        rng,
        (
            "babysitting",
            "mowing lawns",
            "walking dogs",
            "washing cars",
            "at a cafe",
            "in a bakery",
            "delivering papers",
            "painting fences",
            "tutoring",
            "in a shop",
        ),
    )
    earn = choice(
        rng, (("earns", "earned"), ("makes", "made"), ("gets", "got"), ("is paid", "was paid"))
    )[t]
    swap = rng.random() < 0.3
    base = (
        choice(
            rng,
            (
                f"{name} {('works', 'worked')[t]} {hours} hours {job} and {earn} {tag} an hour.",
                f"{name} {('spends', 'spent')[t]} {hours} hours {job} and {earn} {tag} per hour.",
                f"In {hours} hours of work, {name} {earn} {tag} for every hour.",
            ),
        )
        if swap
        else choice(
            rng,
            (
                f"{name} {earn} {tag} per hour {job} and {('works', 'worked')[t]} {hours} hours.",
                f"{name} {earn} {tag} an hour. {cap} {('works', 'worked')[t]} {hours} hours.",
                f"For each hour {job}, {name} {earn} {tag}. {cap} "
                f"{('works', 'worked')[t]} for {hours} hours.",
                f"{name} {earn} {tag} for every hour {job}, and {sub} "
                f"{('works', 'worked')[t]} {hours} hours.",
            ),
        )
    )
    first = f"#1={hours}*{rate}" if swap else f"#1={rate}*{hours}"
    total = rate * hours
    ask = choice(
        rng,
        (
            f"How much money {do} {name} earn {choice(rng, ALL)}?",
            f"How many {unit} {do} {sub} earn {choice(rng, ALL)}?",
            "What is the total amount earned?",
            "Find the total earnings.",
        ),
    )
    variant = int(rng.random() * 4)
    if variant < 2:
        cost = min(whole(rng, 2, total - 1), 999)
        thing = choice(rng, ("food", "tools", "rent", "bus tickets", "clothes", "lunch", "books"))
        fact = choice(
            rng,
            (
                f"{sub} {('spends', 'spent')[t]} {pre}{cost}{post} on {thing}",
                f"{sub} {('has', 'had')[t]} to pay {pre}{cost}{post} for {thing}",
                f"{name} then {('uses', 'used')[t]} {pre}{cost}{post} for {thing}",
            ),
        )
        ask = choice(
            rng,
            (
                f"How much money {('is', 'was')[t]} left?",
                f"How much money {do} {name} have left?",
                f"How many {unit} {do} {sub} have left?",
                f"How much {do} {name} keep?",
                f"How many {unit} {('remain', 'remained')[t]}?",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1-{cost}"]
    if variant == 2:
        tip = whole(rng, 2, 99)
        fact = choice(
            rng,
            (
                f"{sub} also {('gets', 'got')[t]} {pre}{tip}{post} in tips",
                f"there {('is', 'was')[t]} a bonus of {pre}{tip}{post} as well",
                f"{sub} {('receives', 'received')[t]} an extra {pre}{tip}{post}",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1+{tip}"]
    a, b = whole(rng, 2, 9), whole(rng, 2, 9)
    d1, d2 = choice(rng, (("Monday", "Tuesday"), ("Saturday", "Sunday"), ("Friday", "Saturday")))
    text = choice(
        rng,
        (
            f"{name} {('works', 'worked')[t]} {a} hours on {d1} and {b} hours on {d2}.",
            f"On {d1} {name} {('works', 'worked')[t]} for {a} hours, and on {d2} for {b} hours.",
        ),
    )
    fact = choice(
        rng,
        (
            f"the pay {('is', 'was')[t]} {tag} per hour",
            f"{sub} {earn} {tag} an hour",
            f"{name} {earn} {tag} for each hour",
        ),
    )
    return f"{text} {closing(rng, fact, ask)}", [f"#1={a}+{b}", f"#2=#1*{rate}"]

"""Tickets, and tanks that fill and drain: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    BIG_MONEY,
    DO,
    NAMES,
    Problem,
    banknote,
    choice,
    closing,
    spelled,
    whole,
)


def tickets(rng: random.Random) -> Problem:
    pre, post, unit = choice(rng, BIG_MONEY)
    event = choice(
        rng,
        (
            "a concert",
            "the zoo",
            "a museum",
            "a play",
            "the circus",
            "a film",
            "a match",
            "the fair",
            "a boat ride",
            "a puppet show",
        ),
    )
    p, q, a, b = whole(rng, 5, 40), whole(rng, 2, 20), whole(rng, 2, 120), whole(rng, 2, 120)
    tag, tag2 = f"{pre}{p}{post}", f"{pre}{q}{post}"
    variant = int(rng.random() * 3)
    group = variant == 2
    if group:
        a, b = whole(rng, 2, 8), whole(rng, 2, 9)
    who = choice(rng, (f"{choice(rng, NAMES)}'s family", "A group", "A club"))
    seen = (
        choice(
            rng,
            (
                f"{a} adults and {b} children came",
                f"{a} adult tickets and {b} child tickets were sold",
                f"there were {a} adults and {b} children",
            ),
        )
        if not group
        else choice(
            rng,
            (
                f"{who} buys {a} adult tickets and {b} child tickets",
                f"{who} with {a} adults and {b} children goes there",
            ),
        )
    )
    cost = choice(
        rng,
        (
            f"Tickets for {event} cost {tag} for adults and {tag2} for children.",
            f"An adult ticket for {event} costs {tag} and a child ticket costs {tag2}.",
            f"For {event}, adults pay {tag} and children pay {tag2}.",
            f"Adults pay {tag} each for {event}, while children pay {tag2} each.",
        ),
    )
    lines = [f"#1={a}*{p}", f"#2={b}*{q}", "#3=#1+#2"]
    if not group:
        if rng.random() < 0.3:
            cost = choice(
                rng,
                (
                    f"For {event}, {a} adults paid {tag} each and {b} children paid {tag2} each.",
                    f"{a} adult tickets at {tag} and {b} child tickets at {tag2} were sold "
                    f"for {event}.",
                ),
            )
            seen = ""
        else:
            lines[0], lines[1] = f"#1={p}*{a}", f"#2={q}*{b}"
    else:
        lines[0], lines[1] = f"#1={p}*{a}", f"#2={q}*{b}"
    if variant == 0:
        ask = choice(
            rng,
            (
                "How much money was collected?",
                f"How many {unit} were collected {choice(rng, ALL)}?",
                "What was the total income?",
                "How much did they pay altogether?",
                "Find the total amount of money.",
            ),
        )
    elif variant == 1:
        ask = choice(
            rng,
            (
                "How much more did the adults pay than the children?",
                f"By how many {unit} is the adults' total larger than the children's?",
            ),
        )
        if a * p <= b * q:
            ask = ask.replace("adults", "grown-ups").replace("children", "adults")
            ask = ask.replace("grown-ups", "children")
            lines[2] = "#3=#2-#1"
        else:
            lines[2] = "#3=#1-#2"
        if a * p == b * q:
            ask, lines[2] = "How much money was collected in total?", "#3=#1+#2"
    else:
        total = a * p + b * q
        purse = banknote(rng, total)
        seen2 = f"{cost} {seen}."
        fact = choice(rng, (f"they pay with {pre}{purse}{post}", f"they have {pre}{purse}{post}"))
        ask = (
            "How much change do they get?"
            if "pay" in fact
            else choice(rng, ("How much money is left?", f"How many {unit} are left after that?"))
        )
        return f"{seen2} {closing(rng, fact, ask)}", [*lines, f"#4={purse}-#3"]
    return f"{cost} {closing(rng, seen, ask) if seen else ask}", lines


def tank(rng: random.Random) -> Problem:
    tank = choice(rng, ("tank", "pool", "barrel", "pond", "bathtub", "container", "cistern"))
    unit = choice(rng, ("liters", "liters", "litres", "gallons"))
    t = int(rng.random() * 2)
    rate, time, start = whole(rng, 3, 40), whole(rng, 2, 30), whole(rng, 10, 800)
    what, num = choice(rng, ("pump", "tap", "hose", "pipe")), spelled(rng, time)
    span, hold = choice(rng, ("minute", "minute", "hour")), ("holds", "held")[t]
    start_text = choice(
        rng,
        (
            f"A {tank} {hold} {start} {unit} of water.",
            f"There {('are', 'were')[t]} {start} {unit} of water in a {tank}.",
            f"A {tank} {('contains', 'contained')[t]} {start} {unit} of water.",
        ),
    )
    fill = choice(
        rng,
        (
            f"a {what} {('adds', 'added')[t]} {rate} {unit} per {span} for {num} {span}s",
            f"a {what} {('pours', 'poured')[t]} in {rate} {unit} every {span} for {num} {span}s",
            f"water {('runs', 'ran')[t]} in at {rate} {unit} per {span} for {num} {span}s",
        ),
    )
    ask = choice(
        rng,
        (
            f"How many {unit} of water {('are', 'were')[t]} in the {tank} then?",
            f"How much water {('is', 'was')[t]} in the {tank} in the end?",
            f"How many {unit} {DO[t]} the {tank} hold after that?",
            f"Find the number of {unit} in the {tank} at the end.",
        ),
    )
    variant = int(rng.random() * 4)
    first = f"#1={rate}*{time}"
    if variant == 0:
        return f"{start_text} {closing(rng, fill, ask)}", [first, f"#2={start}+#1"]
    if variant == 1:
        start = rate * time + whole(rng, 2, 998 - rate * time) if rate * time < 990 else 999
        if start <= rate * time:
            rate, time, num = 20, 30, "30"
        text = choice(
            rng,
            (
                f"A {tank} {hold} {start} {unit} of water.",
                f"There {('are', 'were')[t]} {start} {unit} of water in a {tank}.",
            ),
        )
        fact = choice(
            rng,
            (
                f"{rate} {unit} {('flow', 'flowed')[t]} out every {span} for {num} {span}s",
                f"it {('leaks', 'leaked')[t]} {rate} {unit} per {span} for {num} {span}s",
                f"a {what} {('drains', 'drained')[t]} {rate} {unit} each {span} for {num} {span}s",
            ),
        )
        left = choice(
            rng,
            (
                f"How many {unit} {('are', 'were')[t]} left?",
                f"How much water {('remains', 'remained')[t]}?",
                f"How many {unit} of water {('are', 'were')[t]} still in the {tank}?",
            ),
        )
        return f"{text} {closing(rng, fact, left)}", [f"#1={rate}*{time}", f"#2={start}-#1"]
    if variant == 2:
        used = min(whole(rng, 1, rate * time - 1), 999)
        fact = choice(
            rng,
            (
                f"then {used} {unit} {('are', 'were')[t]} used for the garden",
                f"after that {used} {unit} {('are', 'were')[t]} drained",
                f"later {used} {unit} {('are', 'were')[t]} taken out",
            ),
        )
        return f"Into an empty {tank}, {fill}. {closing(rng, fact, ask)}", [first, f"#2=#1-{used}"]
    out = whole(rng, 1, rate - 1)
    need = (rate - out) * time
    text = choice(
        rng,
        (
            f"A {what} brings {rate} {unit} of water per {span} into an empty {tank}, but "
            f"{out} {unit} leak out every {span}.",
            f"Every {span} {rate} {unit} flow into an empty {tank} and {out} {unit} flow out.",
        ),
    )
    fact = choice(rng, (f"the {tank} holds {need} {unit}", f"{need} {unit} fit into the {tank}"))
    ask = choice(
        rng, (f"How many {span}s does it take to fill it?", f"After how many {span}s is it full?")
    )
    if need > 999:
        ask = f"How many {unit} are in the {tank} after {time} {span}s?"
        return f"{text} {ask}", [f"#1={rate}-{out}", f"#2=#1*{time}"]
    return f"{text} {closing(rng, fact, ask)}", [f"#1={rate}-{out}", f"#2={need}/#1"]

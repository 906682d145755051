"""Collections, and things that come and go: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    COLLECT,
    DO,
    GAIN,
    HAS,
    LOSE,
    NAMES,
    PEOPLE,
    Problem,
    choice,
    closing,
    times_as,
    whole,
)


def collection(rng: random.Random) -> Problem:
    name, sub, cap, _pos = choice(rng, PEOPLE)
    other = choice(rng, NAMES)
    while other == name:
        other = choice(rng, NAMES)
    t = int(rng.random() * 2)
    things, do = choice(rng, COLLECT), DO[t]
    a = whole(rng, 6, 400)
    has = choice(rng, HAS)[t]
    variant = int(rng.random() * 7)
    start = choice(
        rng,
        (
            f"{name} {has} {a} {things}.",
            f"{name} {has} {a} {things} in a collection.",
            f"There {('are', 'were')[t]} {a} {things} in {name}'s collection.",
            f"{name} {('collects', 'collected')[t]} {things} and {('has', 'had')[t]} {a} of them.",
            f"In a box, {name} {has} {a} {things}.",
            f"{name} {('counts', 'counted')[t]} {a} {things} at home.",
        ),
    )
    b, c = whole(rng, 2, a - 2), whole(rng, 2, 150)
    lose = choice(
        rng,
        (
            f"{choice(rng, LOSE)[t]} {b} of them",
            f"{choice(rng, LOSE)[t]} {b} {things}",
            f"{('gives', 'gave')[t]} {b} of them to {other}",
            f"{('gives', 'gave')[t]} {other} {b} {things}",
        ),
    )
    gain = choice(
        rng,
        (
            f"{choice(rng, GAIN)[t]} {c} more",
            f"{choice(rng, GAIN)[t]} another {c}",
            f"{choice(rng, GAIN)[t]} {c} new ones",
        ),
    )
    now = choice(
        rng,
        (
            f"How many {things} {do} {name} have now?"
            if not t
            else f"How many {things} did {name} have in the end?",
            f"How many {things} {do} {sub} have then?",
            f"How many {things} {('are', 'were')[t]} there in the end?",
            f"Find the number of {things} {name} {('has', 'had')[t]} in the end.",
        ),
    )
    if variant == 0:
        return f"{start} {cap} {lose}. {closing(rng, f'{sub} then {gain}', now)}", [
            f"#1={a}-{b}",
            f"#2=#1+{c}",
        ]
    if variant == 1:
        return f"{start} {cap} {gain}. {closing(rng, f'{sub} then {lose}', now)}", [
            f"#1={a}+{c}",
            f"#2=#1-{b}",
        ]
    if variant == 2:
        x = whole(rng, 1, a - 2)
        y = whole(rng, 1, a - x - 1)
        third = choice(rng, ("a cousin", "a friend", "a sister", "a neighbor", "a brother"))
        give = ("gives", "gave")[t]
        mid = choice(
            rng, (f"{cap} {give} {x} to {other}", f"{cap} {choice(rng, LOSE)[t]} {x} of them")
        )
        left = choice(
            rng,
            (
                f"How many {things} {do} {name} have left?",
                f"How many {things} {('remain', 'remained')[t]}?",
                f"How many {do} {sub} still have?",
                f"How many {('are', 'were')[t]} left?",
            ),
        )
        return f"{start} {mid}. {closing(rng, f'{sub} then {give} {y} to {third}', left)}", [
            f"#1={a}-{x}",
            f"#2=#1-{y}",
        ]
    k = 2 + int(rng.random() * 4)
    has = ("has", "had")[t]
    if variant in (3, 4):
        half = rng.random() < 0.25
        a += a % 2 if half else 0
        much = (
            f"half as many {things} as {name}"
            if half
            else (
                f"{times_as(rng, k, 'many')} {things} as {name}"
                if rng.random() < 0.6
                else f"{times_as(rng, k, 'many')} as {name}"
            )
        )
        first = f"#1={a}/2" if half else f"#1={a}*{k}"
        base = f"{name} {has} {a} {things}."
        if variant == 3:
            ask = choice(
                rng,
                (
                    f"How many {things} {do} they have {choice(rng, ALL)}?",
                    f"How many {things} {do} they have together?",
                    f"How many {things} {do} the two of them have {choice(rng, ALL)}?",
                    f"What {('is', 'was')[t]} the total number of {things}?",
                ),
            )
            return f"{base} {closing(rng, f'{other} {has} {much}', ask)}", [first, f"#2={a}+#1"]
        d = whole(rng, 1, min(a // 2 - 1, 99))
        verb = choice(rng, LOSE)[t]
        ask = choice(
            rng,
            (
                f"How many {things} {do} {other} have left?",
                f"How many {do} {other} still have?",
                f"How many {things} {('are', 'were')[t]} left for {other}?",
            ),
        )
        return (
            f"{base} {other} {has} {much}. {closing(rng, f'{other} then {verb} {d} of them', ask)}",
            [first, f"#2=#1-{d}"],
        )
    d = whole(rng, 2, min(a - 2, 90))
    more = rng.random() < 0.5
    much = f"{d} {'more' if more else 'fewer'} {things} than {name}"
    base, op = f"{name} {has} {a} {things}.", "+" if more else "-"
    if variant == 5:
        ask = choice(
            rng,
            (
                f"How many {things} {do} they have {choice(rng, ALL)}?",
                f"How many {do} the two friends have together?",
                f"What {('is', 'was')[t]} the total number of {things}?",
            ),
        )
        return f"{base} {closing(rng, f'{other} {has} {much}', ask)}", [
            f"#1={a}{op}{d}",
            f"#2={a}+#1",
        ]
    half_of = choice(rng, (f"half of the {things}", "half of them"))
    if a % 2:
        a += 1
    verb = choice(rng, LOSE)[t]
    left = choice(
        rng,
        (
            f"How many {things} {do} {name} have then?",
            f"How many {things} {('are', 'were')[t]} there in the end?",
        ),
    )
    return (
        f"{name} {has} {a} {things}. {cap} {verb} {half_of}, and the other half "
        f"{('stays', 'stayed')[t]}"
        f". {closing(rng, f'later {sub} {gain}', left)}"
    ), [f"#1={a}/2", f"#2=#1+{c}"]


def counts(rng: random.Random) -> Problem:
    """People, cars or books that come and go: two or three changes of one count."""
    place, who, come, go, now = choice(
        rng,
        (
            ("on a bus", "passengers", "get on", "get off", "on the bus"),
            ("on a train", "people", "get on", "get off", "on the train"),
            ("in a parking lot", "cars", "drive in", "leave", "in the parking lot"),
            ("in a library", "books", "are returned", "are borrowed", "in the library"),
            ("on a playground", "children", "join in", "go home", "on the playground"),
            ("in a pond", "ducks", "fly in", "fly away", "in the pond"),
            ("in a tree", "birds", "land there", "fly away", "in the tree"),
            ("in a museum", "visitors", "enter", "leave", "in the museum"),
            ("in a store", "toys", "are delivered", "are sold", "in the store"),
            ("in a garden", "butterflies", "arrive", "fly off", "in the garden"),
        ),
    )
    a = whole(rng, 5, 400)
    b, c = whole(rng, 2, a - 2), whole(rng, 4, 200)
    when = choice(rng, ("Then", "Later", "After a while", "At noon", "In the afternoon"))
    base = choice(
        rng,
        (
            f"There are {a} {who} {place}.",
            f"{place[0].upper()}{place[1:]} there are {a} {who}.",
            f"At first there are {a} {who} {place}.",
            f"In the morning, {a} {who} are {place}.",
            f"We can count {a} {who} {place}.",
            f"{a} {who} are {place}.",
        ),
    )
    ask = choice(
        rng,
        (
            f"How many {who} are {now} now?",
            f"How many {who} are there in the end?",
            f"How many {who} are {now} after that?",
            f"Find the number of {who} {now} now.",
        ),
    )
    variant = int(rng.random() * 4)
    if variant == 0:
        fact = choice(rng, (f"{c} more {come}", f"another {c} {come}"))
        return f"{base} {when} {b} of them {go}. {closing(rng, f'after that {fact}', ask)}", [
            f"#1={a}-{b}",
            f"#2=#1+{c}",
        ]
    if variant == 1:
        d = whole(rng, 2, a + c - 1)
        return f"{base} {when}, {c} more {come}. {closing(rng, f'after that {d} {go}', ask)}", [
            f"#1={a}+{c}",
            f"#2=#1-{d}",
        ]
    if variant == 2:
        d = whole(rng, 2, a - b + c - 1)
        return (
            f"{base} {when} {b} {go} and {c} {come}. "
            f"{closing(rng, f'a little later {d} more {go}', ask)}",
            [f"#1={a}-{b}", f"#2=#1+{c}", f"#3=#2-{d}"],
        )
    half = rng.random() < 0.7
    k = 2 if half else 3
    a = k * whole(rng, 3, 120)
    d = whole(rng, 2, a // k)
    base = f"There are {a} {who} {place}."
    part = choice(rng, ("Half of them", f"Half of the {who}")) if half else "A third of them"
    return f"{base} {part} {go}. {closing(rng, f'after that {d} {come}', ask)}", [
        f"#1={a}/{k}",
        f"#2=#1+{d}",
    ] if half else [f"#1={a}/3", f"#2={a}-#1", f"#3=#2+{d}"]

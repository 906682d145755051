"""Factories and stairs: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    DO,
    PEOPLE,
    WORKS,
    Problem,
    choice,
    closing,
    spelled,
    two_names,
    whole,
)


def factory(rng: random.Random) -> Problem:
    things = choice(rng, WORKS)
    who = choice(rng, ("A factory", "A workshop", "A machine", "A company", "A small plant"))
    the, t = "the" + who[1:], int(rng.random() * 2)
    make = choice(rng, (("makes", "made"), ("produces", "produced"), ("turns out", "turned out")))[
        t
    ]
    rate, time = whole(rng, 6, 300), whole(rng, 2, 30)
    span = choice(rng, ("day", "hour", "week"))
    num, do = spelled(rng, time), DO[t]
    base = choice(
        rng,
        (
            f"{who} {make} {rate} {things} per {span} for {num} {span}s.",
            f"{who} {make} {rate} {things} every {span}. It {('runs', 'ran')[t]} "
            f"for {num} {span}s.",
            f"Each {span} {the} {make} {rate} {things}, and this "
            f"{('lasts', 'lasted')[t]} {num} {span}s.",
            f"{who} {make} {rate} {things} each {span} during {num} {span}s.",
            f"{who} {('works', 'worked')[t]} at a rate of {rate} {things} a {span} "
            f"for {num} {span}s.",
            f"{who} {make} {things} for some time, {rate} every {span}, for {num} {span}s.",
        ),
    )
    first, total = f"#1={rate}*{time}", rate * time
    variant = int(rng.random() * 4)
    if variant == 0:
        bad = min(whole(rng, 1, total - 1), 300)
        fact = choice(
            rng,
            (
                f"{bad} of the {things} {('are', 'were')[t]} broken",
                f"{bad} {things} {('have', 'had')[t]} to be thrown away",
                f"{bad} {things} {('fail', 'failed')[t]} the test",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many good {things} {('are', 'were')[t]} left?",
                f"How many {things} can be sold?" if not t else f"How many {things} could be sold?",
                f"Find the number of good {things}.",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1-{bad}"]
    ask = choice(
        rng,
        (
            f"How many {things} {('are', 'were')[t]} made {choice(rng, ALL)}?",
            f"How many {things} {do} {the} make {choice(rng, ALL)}?",
            f"What {('is', 'was')[t]} the total number of {things}?",
        ),
    )
    if variant == 1:
        rate2, time2 = whole(rng, 5, 200), whole(rng, 2, 20)
        text = choice(
            rng,
            (
                f"Then it {make} {rate2} {things} per {span} for {time2} more {span}s.",
                f"After that it {make} {rate2} each {span} for another {time2} {span}s.",
            ),
        )
        return f"{base} {text} {ask}", [first, f"#2={rate2}*{time2}", "#3=#1+#2"]
    a, b = whole(rng, 5, 99), whole(rng, 5, 99)
    if variant == 2:
        text = choice(
            rng,
            (
                f"One machine {make} {a} {things} an hour and another {make} {b} an hour.",
                f"The old machine {make} {a} {things} per hour, the new one {make} {b}.",
                f"{two_names(rng)[0]}'s machine {make} {a} {things} each hour, and a second "
                f"one {make} {b}.",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many {things} {('do', 'did')[t]} both of them make in {num} hours?",
                f"How many {things} {('are', 'were')[t]} made together in {num} hours?",
                f"What {('is', 'was')[t]} their total output after {num} hours?",
            ),
        )
        return f"{text} {ask}", [f"#1={a}+{b}", f"#2=#1*{time}"]
    days, per, more = whole(rng, 2, 12), whole(rng, 5, 70), whole(rng, 2, 20)
    text = choice(
        rng,
        (
            f"{who} {make} {per * days} {things} in {days} days, the same number each day.",
            f"With a steady output, {the} {make} {per * days} {things} in {days} days.",
        ),
    )
    ask = choice(
        rng,
        (
            f"How many {things} would it make in {more} days?",
            f"How many {things} can {the} make in {more} days at this rate?",
            f"At this rate, how many {things} are made in {more} days?",
        ),
    )
    return f"{text} {ask}", [f"#1={per * days}/{days}", f"#2=#1*{more}"]


def stairs(rng: random.Random) -> Problem:
    name, sub, _cap, _ = choice(rng, PEOPLE)
    t = int(rng.random() * 2)
    floors, steps, times = whole(rng, 2, 20), whole(rng, 8, 30), whole(rng, 2, 12)
    place = choice(rng, ("building", "tower", "lighthouse", "castle", "house", "hotel"))
    climb = choice(rng, (("climbs", "climbed"), ("walks up", "walked up"), ("goes up", "went up")))[
        t
    ]
    base = choice(
        rng,
        (
            f"A {place} has {floors} staircases with {steps} steps each.",
            f"The stairs of a {place} have {floors} parts with {steps} steps in each part.",
            f"In a {place} there are {floors} flights of stairs, each with {steps} steps.",
        ),
    )
    first = f"#1={floors}*{steps}"
    variant = int(rng.random() * 3)
    if variant == 0:
        fact = f"{name} {climb} all of them {spelled(rng, times)} times a day"
        ask = choice(
            rng,
            (
                f"How many steps {('is', 'was')[t]} that per day?",
                f"How many steps {DO[t]} {sub} climb in one day?",
                f"What {('is', 'was')[t]} the total number of steps in a day?",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1*{times}"]
    if variant == 1:
        done = min(whole(rng, 2, floors * steps - 1), 999)
        fact = choice(
            rng, (f"{name} has already climbed {done} steps", f"{name} stops after {done} steps")
        )
        ask = choice(
            rng,
            (
                "How many steps are left?",
                f"How many more steps does {name} have to climb?",
                "How many steps remain to the top?",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1-{done}"]
    up = whole(rng, 3, 30)
    down, more = whole(rng, 2, up - 1), whole(rng, 2, 20)
    low = whole(rng, 1, 9)
    text = choice(
        rng,
        (
            f"An elevator starts on floor {low} and goes up {up} floors.",
            f"{name} enters the elevator on floor {low} and rides up {up} floors.",
            f"From floor {low} of a tower, {name} goes up {up} floors.",
        ),
    )
    fact = choice(
        rng,
        (
            f"then it goes down {down} floors and up {more} more floors",
            f"after that it goes down {down} floors and then up {more} floors",
        ),
    )
    fact = fact if text.startswith("An") else fact.replace(" it ", f" {sub} ")
    ask = choice(
        rng,
        (
            "On which floor does the ride end?",
            "What floor is reached in the end?",
            "Which floor is it now?",
        ),
    )
    ask = ask if text.startswith("An") else f"On which floor is {name} now?"
    return f"{text} {closing(rng, fact, ask)}", [f"#1={low}+{up}", f"#2=#1-{down}", f"#3=#2+{more}"]

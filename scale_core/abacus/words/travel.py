"""Journeys: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    DO,
    PEOPLE,
    Problem,
    choice,
    closing,
    spelled,
    whole,
)


def journey(rng: random.Random) -> Problem:
    name, sub, cap, _ = choice(rng, PEOPLE)
    unit, fast = choice(rng, (("km", 90), ("kilometers", 90), ("miles", 70)))
    who, walk, long = choice(
        rng,
        (
            (name, ("drives", "drove"), 1),
            (name, ("cycles", "cycled"), 0),
            (name, ("rides a bike", "rode a bike"), 0),
            ("A train", ("travels", "traveled"), 1),
            ("A bus", ("travels", "traveled"), 1),
            ("A truck", ("goes", "went"), 1),
            ("A car", ("moves", "moved"), 1),
            ("A boat", ("sails", "sailed"), 0),
        ),
    )
    t = int(rng.random() * 2)
    go, do = walk[t], DO[t]
    it, _cap_it = (sub, cap) if who == name else ("it", "It")
    the = who if who == name else "the" + who[1:]
    speed, hours = whole(rng, 20, fast) if long else whole(rng, 5, 25), whole(rng, 2, 9)
    num = spelled(rng, hours)
    rate = choice(rng, (f"{speed} {unit} per hour", f"{speed} {unit} an hour"))
    leg = choice(
        rng,
        (
            f"{who} {go} at {rate} for {num} hours.",
            f"{who} {go} for a while at a speed of {rate}. This part takes {num} hours.",
            f"At a constant speed of {rate}, {the} {go} for {num} hours.",
            f"{who} {go} at a steady {rate} during the first {num} hours.",
            f"{who} {go} with an average speed of {rate} for {num} hours.",
            f"{who} {go} for some time at {rate}. After {num} hours {it} "
            f"{('stops', 'stopped')[t]}.",
        ),
    )
    far = choice(
        rng,
        (
            f"How far {do} {the} go {choice(rng, ALL)}?",
            f"How many {unit} {do} {the} travel {choice(rng, ALL)}?",
            f"What {('is', 'was')[t]} the total distance?",
            f"Find the total distance in {unit}.",
            f"How long {('is', 'was')[t]} the whole trip in {unit}?",
        ),
    )
    variant = int(rng.random() * 6)
    first = f"#1={speed}*{hours}"
    if variant == 0:
        more = whole(rng, 3, 150)
        extra = choice(
            rng,
            (
                f"then {it} {go} another {more} {unit}",
                f"after a break, {it} {go} {more} {unit} more",
                f"later {it} {go} {more} more {unit}",
            ),
        )
        return f"{leg} {extra[0].upper()}{extra[1:]}. {far}", [first, f"#2=#1+{more}"]
    if variant == 1:
        speed2, hours2 = whole(rng, 5, speed + 10), whole(rng, 2, 8)
        extra = choice(
            rng,
            (
                f"Then {it} {go} at {speed2} {unit} per hour for {hours2} hours.",
                f"After that {it} {go} at {speed2} {unit} per hour for {hours2} more hours.",
                f"Next, {it} {go} at {speed2} {unit} an hour for another {hours2} hours.",
            ),
        )
        return f"{leg} {extra} {far}", [first, f"#2={speed2}*{hours2}", "#3=#1+#2"]
    if variant == 2:
        total = speed * hours + whole(rng, 2, 200)
        fact = choice(
            rng,
            (
                f"the whole trip {('is', 'was')[t]} {total} {unit} long",
                f"the destination {('is', 'was')[t]} {total} {unit} from the start",
                f"the total distance {('is', 'was')[t]} {total} {unit}",
                f"the planned route {('is', 'was')[t]} {total} {unit} long",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many {unit} {('are', 'were')[t]} left?",
                f"How far {do} {the} still have to go?",
                f"How many more {unit} {do} {the} have to travel?",
                f"What distance {('remains', 'remained')[t]}?",
            ),
        )
        return f"{leg} {closing(rng, fact, ask)}", [first, f"#2={total}-#1"]
    if variant == 3:
        way = speed * hours
        text = choice(
            rng,
            (
                f"The distance between two towns is {way} {unit}.",
                f"Two cities are {way} {unit} apart.",
                f"The road from the village to the lake is {way} {unit} long.",
            ),
        )
        round_trip = choice(rng, ("there and back", "from one to the other and back again"))
        plan = f"{who} {go} {round_trip}, which {('is', 'was')[t]} twice the distance"
        fact = f"{the} {go} at {rate}"
        fact = f"the speed {('is', 'was')[t]} {rate}" if rng.random() < 0.5 else fact
        ask = choice(
            rng,
            (
                "How many hours does the round trip take?",
                "How long does the whole trip take in hours?",
                "How many hours are needed for both ways?",
            ),
        )
        return f"{text} {plan}. {closing(rng, fact, ask)}", [f"#1={way}*2", f"#2=#1/{speed}"]
    if variant == 4:
        hours2 = hours + whole(rng, 1, 7)
        way = speed * hours
        text = choice(
            rng,
            (
                f"{who} {go} {way} {unit} in {num} hours.",
                f"{who} {('covers', 'covered')[t]} {way} {unit} in {num} hours.",
                f"{who} {('needs', 'needed')[t]} to go {way} {unit} and "
                f"{('takes', 'took')[t]} {num} hours for it.",
            ),
        )
        ask = choice(
            rng,
            (
                f"At the same speed, how far would {the} go in {hours2} hours?",
                f"How many {unit} would {the} travel in {hours2} hours at this speed?",
                f"If the speed stays the same, how far can {the} go in {hours2} hours?",
                f"How far would {it} get in {hours2} hours at that rate?",
            ),
        )
        return f"{text} {ask}", [f"#1={way}/{hours}", f"#2=#1*{hours2}"]
    hours2 = whole(rng, 2, 6)
    way = speed * (hours + hours2)
    first_part = min(max(way * hours // (hours + hours2) + whole(rng, -9, 9), 2), way - 2, 998)
    rest = way - first_part
    text = (
        f"{who} {go} {first_part} {unit} in the first {num} hours and "
        f"{rest} {unit} in the next {hours2} hours."
    )
    ask = choice(
        rng,
        (
            f"What {('is', 'was')[t]} the average speed in {unit} per hour?",
            f"Find the average speed of the trip in {unit} per hour.",
            f"How many {unit} per hour {do} {the} go on average?",
        ),
    )
    return f"{text} {ask}", [f"#1={first_part}+{rest}", f"#2={hours}+{hours2}", "#3=#1/#2"]

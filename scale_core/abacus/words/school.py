"""School trips and reading: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    DO,
    NAMES,
    PEOPLE,
    Problem,
    choice,
    closing,
    spelled,
    whole,
)


def school(rng: random.Random) -> Problem:
    a, b = whole(rng, 3, 16), whole(rng, 12, 35)
    bus = choice(
        rng, (("bus", "buses"), ("van", "vans"), ("minibus", "minibuses"), ("boat", "boats"))
    )
    base = choice(
        rng,
        (
            f"A school has {spelled(rng, a)} classes with {b} students in each class.",
            f"There are {a} classes in a school, and each class has {b} pupils.",
            f"In a school there are {a} classrooms with {b} children in every room.",
            f"{choice(rng, NAMES)}'s school has {a} classes of {b} students.",
            f"A summer camp has {a} groups with {b} children in each group.",
            f"There are {a} teams at the sports day, and every team has {b} children.",
        ),
    )
    kids = "students" if "students" in base else "pupils" if "pupils" in base else "children"
    total, first = a * b, f"#1={a}*{b}"
    variant = int(rng.random() * 5)
    if variant == 0:
        more = whole(rng, 2, 60)
        fact = choice(
            rng,
            (
                f"{more} teachers also come along on the trip",
                f"{more} adults go on the trip with all the {kids}",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many people go {choice(rng, ALL)}?",
                "How many people are on the trip?",
                "What is the total number of people?",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1+{more}"]
    if variant == 1:
        out = min(whole(rng, 2, 60), total - 1)
        fact = choice(
            rng,
            (
                f"today {out} {kids} are absent",
                f"{out} {kids} are sick and stay at home",
                f"{out} of the {kids} are away",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many {kids} are present?",
                f"How many {kids} are there today?",
                f"Find the number of {kids} who are present.",
            ),
        )
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1-{out}"]
    if variant == 2:
        girls = min(whole(rng, 2, total - 1), 999)
        fact = f"{girls} of the {kids} are {choice(rng, ('girls', 'boys'))}"
        ask = f"How many are {'boys' if 'girls' in fact else 'girls'}?"
        return f"{base} {closing(rng, fact, ask)}", [first, f"#2=#1-{girls}"]
    seats, buses = whole(rng, 6, 50), whole(rng, 2, 14)
    total = seats * buses
    more = whole(rng, 2, min(40, total - 2))
    text = choice(
        rng,
        (
            f"{total - more} students and {more} teachers go on a trip.",
            f"A group of {total - more} children and {more} adults visits a museum.",
            f"For an outing, {total - more} pupils and {more} parents sign up.",
            f"On a school trip there are {total - more} students and {more} teachers.",
            f"{total - more} girls and {more} boys are going to the zoo.",
        ),
    )
    if variant == 3:
        fact = choice(
            rng,
            (
                f"each {bus[0]} carries {seats} people",
                f"one {bus[0]} has room for {seats} people",
                f"they travel in full {bus[1]} with {seats} people in each",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many {bus[1]} are needed?",
                f"How many {bus[1]} do they need?",
                f"Find the number of {bus[1]} needed for everyone.",
            ),
        )
        return f"{text} {closing(rng, fact, ask)}", [f"#1={total - more}+{more}", f"#2=#1/{seats}"]
    fact = choice(
        rng,
        (
            f"they are divided equally among {buses} {bus[1]}",
            f"there are {buses} {bus[1]} with the same number of people in each",
            f"everyone is seated evenly in {buses} {bus[1]}",
        ),
    )
    ask = choice(
        rng,
        (
            f"How many people are in each {bus[0]}?",
            f"How many people ride in one {bus[0]}?",
            f"How many people does each {bus[0]} carry?",
        ),
    )
    return f"{text} {closing(rng, fact, ask)}", [f"#1={total - more}+{more}", f"#2=#1/{buses}"]


def reading(rng: random.Random) -> Problem:
    name, sub, cap, _ = choice(rng, PEOPLE)
    t = int(rng.random() * 2)
    read, do = ("reads", "read")[t], DO[t]
    book = choice(rng, ("book", "novel", "storybook", "comic", "textbook", "mystery book"))
    per, days = whole(rng, 4, 60), whole(rng, 2, 14)
    week = days == 7 and rng.random() < 0.6
    span = "a week" if week else f"{spelled(rng, days)} days"
    every = choice(
        rng,
        (
            f"{name} {read} {per} pages a day for {span}.",
            f"{name} {read} {per} pages of a {book} every day for {span}.",
            f"Each day {name} {read} {per} pages, and this {('goes', 'went')[t]} on for {span}.",
            f"{name} {read} {per} pages per day during {span}.",
            f"Every evening {name} {read} {per} pages. {cap} {('does', 'did')[t]} so for {span}.",
            f"{name} {('manages', 'managed')[t]} {per} pages each day for {span}.",
        ),
    )
    variant = int(rng.random() * 4)
    if variant == 0:
        total = per * days + whole(rng, 2, 150)
        fact = choice(
            rng,
            (
                f"the {book} {('has', 'had')[t]} {total} pages",
                f"there {('are', 'were')[t]} {total} pages in the {book}",
                f"the whole {book} {('is', 'was')[t]} {total} pages long",
            ),
        )
        ask = choice(
            rng,
            (
                f"How many pages {('are', 'were')[t]} left?",
                f"How many pages {do} {name} still have to read?",
                f"How many more pages {do} {sub} need to read?",
                "Find the number of pages that remain.",
            ),
        )
        return f"{every} {closing(rng, fact, ask)}", [f"#1={per}*{days}", f"#2={total}-#1"]
    ask = choice(
        rng,
        (
            f"How many pages {do} {name} read {choice(rng, ALL)}?",
            f"How many pages {do} {sub} read {choice(rng, ALL)}?",
            "What is the total number of pages?",
            "Find the total number of pages read.",
        ),
    )
    if variant == 1:
        per2, days2 = whole(rng, 4, 50), whole(rng, 2, 12)
        text = choice(
            rng,
            (
                f"Then {sub} {read} {per2} pages a day for {days2} more days.",
                f"After that {sub} {read} {per2} pages each day for {days2} days.",
                f"For the next {{}} days {sub} {read} {{}} pages a day.",
            ),
        )
        swap = "{}" in text
        text = text.format(days2, per2)
        second = f"#2={days2}*{per2}" if swap else f"#2={per2}*{days2}"
        return f"{every} {text} {ask}", [f"#1={per}*{days}", second, "#3=#1+#2"]
    if variant == 2:
        more = whole(rng, 2, 90)
        fact = choice(
            rng,
            (
                f"on the last day {sub} {read} {more} more pages",
                f"then {sub} {read} the last {more} pages",
                f"{sub} {read} another {more} pages after that",
            ),
        )
        return f"{every} {closing(rng, fact, ask)}", [f"#1={per}*{days}", f"#2=#1+{more}"]
    done = min(whole(rng, 5, 200), 990 - per * days) if per * days < 980 else 5
    total = min(per * days, 980) + done
    if per * days > 980:
        per, days, total = 49, 10, 495
    text = choice(
        rng,
        (
            f"A {book} has {total} pages, and {name} has already read {done} of them.",
            f"{name} is reading a {book} of {total} pages and has finished {done} pages.",
            f"{name} has a {book} with {total} pages. So far {sub} has read {done} pages.",
        ),
    )
    if rng.random() < 0.5:
        fact = choice(
            rng, (f"{name} reads {per} pages a day", f"{sub} now reads {per} pages every day")
        )
        ask = choice(
            rng,
            (
                f"How many days does {sub} need to finish the {book}?",
                f"In how many days will {name} finish the {book}?",
                "How many days will it take to read the rest?",
            ),
        )
        return f"{text} {closing(rng, fact, ask)}", [f"#1={total}-{done}", f"#2=#1/{per}"]
    goal = choice(
        rng, (f"{sub} wants to finish it in {days} days", f"the rest must be read in {days} days")
    )
    ask = choice(
        rng,
        (
            f"How many pages must {sub} read each day?",
            f"How many pages per day does {name} have to read?",
        ),
    )
    return f"{text} {closing(rng, goal, ask)}", [f"#1={total}-{done}", f"#2=#1/{days}"]

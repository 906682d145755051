"""More numbers than are asked for: deeds of two kinds by several people or at several times.

Schemas: sum or difference of two chosen numbers among three or four; what was missed or found bad
plays no part; two people's amounts before and now. Knows the deeds, each telling and its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit, past

# a deed and two kinds of what it is done to
DEEDS = tuple(
    tuple(part.strip() for part in deed.split("/"))
    for deed in """
    bake/oat bar/oat bars/rye roll/rye rolls, write/thank-you note/thank-you notes/postcard/postcards,
    solve/number puzzle/number puzzles/word riddle/word riddles, paint/fence post/fence posts/gate/gates,
    sell/raffle slip/raffle slips/lemon tart/lemon tarts, photograph/heron/herons/beaver/beavers,
    knit/bonnet/bonnets/shawl/shawls, plant/tulip bulb/tulip bulbs/garlic clove/garlic cloves,
    catch/perch/perch/pike/pike, grow/zucchini/zucchini/artichoke/artichokes,
    pick/gooseberry/gooseberries/hazelnut/hazelnuts, find/pine cone/pine cones/snail shell/snail shells,
    repair/bicycle/bicycles/scooter/scooters, wash/spoon/spoons/soup bowl/soup bowls,
    run/short lap/short laps/long lap/long laps, sing/ballad/ballads/march/marches,
    fold/paper crane/paper cranes/paper boat/paper boats, read/comic strip/comic strips/fairy tale/fairy tales,
    see/falcon/falcons/owl/owls, sew/apron/aprons/curtain/curtains, mow/lawn/lawns/meadow/meadows,
    do/squat/squats/pull-up/pull-ups, collect/acorn/acorns/chestnut/chestnuts, deliver/bouquet/bouquets/wreath/wreaths,
    buy/candlestick/candlesticks/vase/vases, carry/crate of plums/crates of plums/crate of figs/crates of figs,
    draw/castle/castles/dragon/dragons, peel/turnip/turnips/beet/beets, win/silver token/silver tokens/gold token/gold tokens,
    visit/lighthouse/lighthouses/castle/castles, learn/French word/French words/Greek word/Greek words,
    shear/brown sheep/brown sheep/black sheep/black sheep, press/glass of cider/glasses of cider/glass of grape juice/glasses of grape juice,
    type/business letter/business letters/report/reports, answer/phone call/phone calls/text message/text messages""".split(",")
)  # fmt: skip


def _deed(s: Story) -> None:
    """Cast people, times and a deed: `{~deed}`, `{t}` and `{u}`."""
    people(s, 3)
    things(s, 3)
    days(s)
    if s.chance(0.75):
        verb, one, many, other, others = s.rng.choice(DEEDS)
        s.words["deed"] = verb
        s.noun("t", one, many)
        s.noun("u", other, others)
    else:
        s.words["deed"] = s.words["gain"]
    s.words["deeds"] = past(s.words["deed"])


IDLE = (
    "[later|in the evening|afterwards] it {=turn} out that {i} of [them|the {t}] {+be} [spoiled|faulty|useless]",
    "[all|it all] took {i} [days|hours]",
    "they {+need} {i} hours for it",
    "they {+get} {i} dollars for it",
    "{i} [other people|neighbors|children] {+watch} them",
    "the {t} {+cost} {i} dollars",
    "{i} of [all|] the {t} {are} [torn|broken|dirty]",
)


def _idle(s: Story, share: float) -> None:
    if s.chance(share):
        idle = s.rng.choice(IDLE)
        s.draw("i", 1, s.numbers["a"] - 1 if "{i} of" in idle else max(12, s.top))
        s.fact(idle)


def joint_sum(s: Story) -> Term:
    """Two or three people do the same, one of them something else too: all of one kind."""
    _deed(s)
    three, other = s.chance(0.45), s.pick("", "A", "B", "C", "C", "C")
    if other == "C" and three:
        other = s.pick("A", "B")
    for slot in "abcd":
        s.draw(slot, 2, s.top)
    side = " and {d:u}" if s.chance(0.6) else ""
    first = "{A} {~deed} {a:t}" + (side if other == "A" else "")
    second = "{B} {=deed} {b:t}" + (side if other == "B" else "")
    if other == "C":
        told = [first, second, "{C} {=deed} {d:u}"]
        if s.chance(0.35):
            told = [first, told[2], second]
    else:
        told = [first, second, "{C} {=deed} {c:t}"] if three else [first, second]
    if s.chance(0.5):
        for telling in told:
            s.fact(telling)
    elif len(told) == 2:
        s.fact(f"{told[0]} and {told[1]}", f"{told[0]}, {told[1]}", f"{told[0]} while {told[1]}")
    else:
        s.fact(f"{told[0]}, {told[1]}, and {told[2]}", f"{told[0]} and {told[1]}. {told[2]}")
    _idle(s, 0.4)
    s.ask(
        "how many {t} {are} {deeds} {total}?"
        if s.words["deed"] not in ("do", "see", "run", "sing") and " " not in s.words["deed"]
        else "how many {t} is that {total}?",
        "how many {t} did they {deed} [{total}|together]?",
        "how many {t} did [all of them|they all|everybody] {deed} together?",
        "what is the total number of {t}?",
        "{total}, how many {t} did they {deed}?",
    )
    both: Term = ("+", "a", "b")
    return ("+", both, "c") if three and other != "C" else both


def joint_rest(s: Story) -> Term:
    """Two people's or two times' deeds, some of it lost or bad: what is left, or good."""
    _deed(s)
    if s.words["deed"] in ("run", "sing", "do", "see", "visit", "mow", "learn", "answer"):
        raise Unfit  # nothing is left of these
    c = s.draw("a", 2, s.top) + s.draw("b", 2, s.top)
    s.draw("c", 2, c - 1)
    s.fact(
        "{A} {~deed} {a:t} and {B} {=deed} {b}",
        "{A} {~deed} {a:t}, {B} {=deed} {b:t}",
        "{A} {~deed} {a:t} {day1} and {b} more {day2}",
        "{day1} {A} {~deed} {a:t}. {day2} {he} {~deed} {b}",
        "{A} {~deed} {a:t} with {B} and another {b} alone",
    )
    s.words["whose"] = "they" if "{B}" in s.facts[-1][1] and "alone" not in told(s) else "{he}"
    if s.chance(0.5):
        s.fact(
            "{c} of them are [spoiled|faulty|too small|no good]",
            "{c} of all these turn out [spoiled|faulty|useless]",
            "only {c} are [good enough|fit to keep]",
        )
        if "only" in told(s):
            s.ask("how many {t} are not good enough?", "how many {t} are of no use?")
        else:
            s.ask(
                "how many good {t} are there?",
                "how many of the {t} are good?",
                "how many [good|usable] {t} does that leave?",
            )
    else:
        s.fact(
            "[later|in the evening|then] {whose} {+lose} {c} of them"
            if s.words["whose"] == "they" or s.plural
            else "[later|in the evening|then] {he} {~lose} {c} of them",
            "{C} {=get} {c} of them",
            "{c} of these {+go} to {C}",
        )
        s.ask(
            "how many {t} {are} left?",
            "how many {t} do {whose} have left?"
            if s.words["whose"] == "they"
            else "how many {t} {does} {he} have left?",
            "how many {t} {are} still there?",
        )
    return ("-", ("+", "a", "b"), "c")


def told(s: Story) -> str:
    """The last fact's template."""
    return s.facts[-1][1]


def season(s: Story) -> Term:
    """What is done in one time, missed in it, done before and planned: what is asked of them."""
    people(s, 2)
    things(s, 1)
    s.words["go_to"], one, many, s.words["leave_out"] = s.rng.choice(
        (
            ("attend", "concert", "concerts", "skip"),
            ("play", "chess match", "chess matches", "sit out"),
            ("watch", "hockey match", "hockey matches", "miss"),
            ("visit", "art show", "art shows", "skip"),
            ("join", "bike tour", "bike tours", "miss"),
            ("enter", "race", "races", "skip"),
            ("take", "swimming lesson", "swimming lessons", "miss"),
            ("hear", "lecture", "lectures", "miss"),
        )
    )
    s.present = False
    s.noun("x", one, many)
    unit = s.pick("year", "season", "month", "summer", "term")
    s.words |= {"this": f"this {unit}", "last": f"last {unit}", "next": f"next {unit}"}
    for slot in "abck":
        s.draw(slot, 2, min(s.top, 99))
    missed, coming = s.chance(0.55), s.chance(0.45)
    s.words["but"] = (
        "[, but {~leave_out} {k}|and {~leave_out} {k}|, though {he} {~leave_out} {k} [others|]]"
    )
    s.fact(
        "{this} {A} {~go_to} {a:x}" + (" {but}" if missed else ""),
        "{A} {~go_to} {a:x} {this}" + (" {but}" if missed else ""),
    )
    s.fact("{last} {he} {~go_to} {b} [{x}|]", "{he} {~go_to} {b:x} {last}", "{last} it was {b:x}")
    if coming:
        s.fact("{next} {he} will {go_to} {c}", "{he} {~hope} to {go_to} {c} [{x}|] {next}")
    draw = s.rng.random()
    if coming and draw < 0.5:
        s.ask(
            "how many {x} will that be {total}?",
            "{total}, how many {x} will {Q} {go_to}?",
            "how many {x} will {Q} {go_to} over the three {unit}?".replace("{unit}", unit + "s"),
        )
        return ("+", ("+", "a", "b"), "c")
    if draw < 0.75:
        s.ask(
            "how many {x} did {A_} {go_to} [{total}|] {this} and {last}?",
            "counting {last} and {this}, how many {x} did {Q} {go_to}?",
            *(() if coming else ("how many {x} did {A_} {go_to} {total}?",) * 4),
        )
        return ("+", "a", "b")
    if s.numbers["a"] == s.numbers["b"]:
        raise Unfit
    more = s.numbers["a"] > s.numbers["b"]
    s.words["more"] = "more" if more else "fewer"
    s.ask("how many {more} {x} did {A_} {go_to} {this} than {last}?")
    return ("-", "a", "b") if more else ("-", "b", "a")


def times_and_kinds(s: Story) -> Term:
    """One person's deeds of two kinds at two times: a kind's sum, a time's sum, a difference."""
    _deed(s)
    for slot in "abcd":
        s.draw(slot, 2, s.top)
    s.fact(
        "{day1} {A} {~deed} {a:t} and {b:u}",
        "{A} {~deed} {a:t} and {b:u} {day1}",
        "{A} {~deed} {a:t} {day1}, and {b:u} too",
    )
    s.fact(
        "{day2} {he} {~deed} {c:t} and {d:u}",
        "{day2} it {=be} {d:u} and {c:t}",
        "{he} {~deed} {d:u} and {c:t} {day2}",
        "{c:t} and {d:u} {+follow} {day2}",
    )
    return _asked_of_table(s, "{A_}", "{A_}", ("{day1}", "{day2}"))


def two_people_two_kinds(s: Story) -> Term:
    """Two people's deeds of two kinds: a kind's sum, a person's sum, a difference."""
    _deed(s)
    for slot in "abcd":
        s.draw(slot, 2, s.top)
    s.fact("{A} {~deed} {a:t} and {b:u}", "{A} {~deed} {a:t}, and also {b:u}")
    s.fact(
        "{B} {=deed} {c:t} and {d:u}",
        "{B} {=deed} {d:u} and {c:t}",
        "{d:u} and {c:t} {be} what {B} {=deed}",
    )
    return _asked_of_table(s, "{A_}", "{B_}", ("", ""))


def _asked_of_table(s: Story, first: str, second: str, whens: tuple[str, str]) -> Term:
    """A question about the cells a, b (first row: t, u) and c, d (second row)."""
    s.words |= {"first": first, "second": second, "when1": whens[0], "when2": whens[1]}
    same = first == second
    draw = s.rng.random()
    if draw < 0.3:
        left, right = s.rng.choice((("a", "c"), ("b", "d")))
        s.alias("x", "t" if left == "a" else "u")
        s.ask(
            "how many {x} did {first} {deed} {total}?"
            if same
            else "how many {x} did {first} and {second} {deed} [together|{total}]?",
            "how many {x} did {who} {deed} {total}?".replace("{who}", first if same else "they"),
            "what is the total number of {x}?",
        )
        return ("+", left, right)
    if draw < 0.45:
        i = s.rng.randrange(2)
        s.words["one"], s.words["when"] = (first, second)[i], whens[i]
        s.ask(
            "how many {t} and {u} did {one} {deed} {when} [together|{total}|]?",
            "{when}, how many {t} and {u} did {one} {deed}?"
            if same
            else "how many {t} and {u} together did {one} {deed}?",
        )
        return ("+", "ac"[i], "bd"[i])
    if draw < 0.75:
        left, right = s.rng.choice((("a", "c"), ("b", "d")))
        s.alias("x", "t" if left == "a" else "u")
        term = s.difference(left, right)
        if term[1] == right:
            s.words |= {"first": second, "second": first, "when1": whens[1], "when2": whens[0]}
        if same:
            s.ask(
                "how many more {x} did {first} {deed} {when1} than {when2}?",
                "how many fewer {x} did {first} {deed} {when2} than {when1}?",
                "{when1}, how many more {x} did {first} {deed} than {when2}?",
            )
        else:
            s.ask(
                "how many more {x} did {first} {deed} than {second}?",
                "how many fewer {x} did {second} {deed} than {first}?",
                "by how many {x} {be} {first} ahead of {second}?",
            )
        return term
    i = s.rng.randrange(2)
    term = s.difference("ac"[i], "bd"[i], "t", "u")
    s.words["one"], s.words["when"] = (first, second)[i], whens[i]
    s.ask(
        "how many more {hi} than {lo} did {one} {deed} {when}?",
        "how many fewer {lo} than {hi} did {one} {deed} {when}?",
    )
    return term


def before_and_now(s: Story) -> Term:
    """What two people had before and one or both have now: together, apart, or one's change."""
    people(s, 2)
    things(s, 1)
    if s.chance(0.5):
        s.noun("t", *s.rng.choice((("dollar", "dollars"), ("point", "points"), ("euro", "euros"))))
    a, b = s.draw("a", 2, s.top), s.draw("b", 2, s.top)
    s.numbers["p"] = a + s.rng.randint(2, max(3, s.top))
    s.numbers["q"] = b + s.rng.randint(2, max(3, s.top))
    s.present = False
    both = s.chance(0.55)
    s.words["then"] = "[last week|a month ago|on Monday|at first|before the fair]"
    s.fact(
        "{then} {A} had {a:t} and {B} had {b}",
        "{then} {B} had {b:t} and {A} had {a:t}",
        "{A} had {a:t} {then}, {B} {b}",
    )
    s.fact(
        "since then {A_} {~work} [hard|every day] and now {has_now} {p:t}",
        "{A_} {~earn} some more and now {has_now} {p}",
        "now {A_} {has_now} {p:t}",
    )
    s.words["has_now"] = "have" if s.plural else "has"
    if both:
        s.fact("{B_} now has {q}", "{B_} {=get} some too and has {q:t} now")
    else:
        s.fact("{B_} {=do} nothing new", "nothing {=change} for {B_}")
    end: Term = "q" if both else "b"
    draw = s.rng.random()
    if draw < 0.35:
        s.ask(
            "how many {t} do they have together now?", "how many {t} do both have now [{total}|]?"
        )
        return ("+", "p", end)
    if draw < 0.5:
        s.ask("how many {t} did they have together {then}?", "how many {t} did both have before?")
        return ("+", "a", "b")
    if draw < 0.8:
        i = s.rng.randrange(2 if both else 1)
        s.words["one"] = ("{A_}", "{B_}")[i]
        s.ask(
            "how many {t} did {one} [get|earn|gain] since then?",
            "how many more {t} did {one} get?",
        )
        return ("-", "pq"[i], "ab"[i])
    now = s.numbers["q" if both else "b"]
    if now == s.numbers["p"]:
        raise Unfit
    up = s.numbers["p"] > now
    s.words["x_"], s.words["y_"] = ("{A_}", "{B_}") if up else ("{B_}", "{A_}")
    s.words["do_"] = "do" if s.plural and up else "does"
    s.ask("by how many {t} {do_} {x_} have more now than {y_}?")
    return ("-", "p", end) if up else ("-", end, "p")


MAKERS = (
    (joint_sum, 9),
    (joint_rest, 6),
    (season, 4),
    (times_and_kinds, 7),
    (two_people_two_kinds, 6),
    (before_and_now, 4),
)

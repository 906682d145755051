"""Stories with more numbers than the question needs: two kinds, two people or two times.

A ledger has two columns (red and blue, mornings and evenings, Ann and Ben) and up to three rows
(at first, what went or came, what is there now). The story tells some of the cells and the
question asks for one, a sum or a difference, so that the reader must choose. Knows the tellings
and the term of each question; numbers that are not asked for are its point.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit, past

LEADS = "[Later|Then|After that,|A day later|Later on|Afterwards|]"


def _change(s: Story, away: bool) -> None:
    """Cast the words of a loss or a gain: `{act}`, `{more}`, `{of_the}`, `{moved}`, `{left}`."""
    s.words["act"] = s.words["lose" if away else "gain2"]
    s.words["acted"] = past(s.words["act"])
    s.words["extra"] = "" if away else "more"
    s.words["of_the"] = "of the" if away else "more"
    s.words["moved"] = "[sold|lost|used|taken away]" if away else "[added|brought|put in]"
    s.words["left"] = "[left|now|]" if away else "[now|then|{total}|]"
    s.words["there"] = "left" if away else "there [now|{total}]"
    s.words["new"] = "gone" if away else "new"


def two_kinds(s: Story) -> Term:
    """Two kinds at first, some of one or both go or come; one cell, sum or difference is asked."""
    people(s, 2)
    things(s, 2)
    days(s)
    away = s.chance(0.6)
    _change(s, away)
    for first, moved in (("a", "p"), ("b", "q")):
        most = s.draw(first, 2, s.top) - 1
        s.draw(moved, 1, most if away else s.top)
    s.fact(
        "{A} {has} {a:t} and {b:u}",
        "there {are} {a:t} and {b:u} {where}",
        "there {are} {a:t} and {b:u} in [a|the] {box1}",
        "{A} {~gain} {a:t} and {b:u}",
        "{A} {has} {a:t}. {he} [also|] {has} {b:u}",
        "{A} {has} {a:t} [as well as|along with|beside] {b:u}",
    )
    told = s.pick("t", "u", "both", "both", "both")
    if told == "both":
        s.fact(
            "{S} {~act} {p} {extra} {t} and {q} {extra} {u} [{day1}|]",
            "{S} {~act} {p} {extra} {t} and {q} {extra} {u}",
            "{S} {~act} {q} {extra} {u} and {p} {extra} {t}",
            "{p} {extra} {t} and {q} {extra} {u} {are} {moved}",
            lead=LEADS,
        )
    else:
        s.alias("x", told)
        s.fact(
            "{S} {~act} {n} {extra} {x}",
            "{S} {~act} {n} {of_the} {x}",
            "{S} {~give} {n} of the {x} to {B}" if away else "{B} {=give} {him} {n} more {x}",
            lead=LEADS,
            n="p" if told == "t" else "q",
        )
    sign = "-" if away else "+"
    ends: dict[str, Term] = {"t": (sign, "a", "p"), "u": (sign, "b", "q")}
    if told != "both":
        return _ask_end(s, told, ends) if s.chance(0.75) else _ask_first(s)
    draw = s.rng.random()
    if draw < 0.46:
        return _ask_end(s, s.pick("t", "u"), ends)
    if draw < 0.58:
        return _ask_first(s)
    return _ask_change(s) if draw < 0.76 else _ask_ends(s, ends)


def _ask_end(s: Story, kind: str, ends: dict[str, Term]) -> Term:
    s.alias("x", kind)
    s.ask(
        "how many {x} {does} {he} have {left}?",
        "how many {x} {does} {A_} [still|now] have?",
        "how many {x} {are} there {left}?",
        "how many {x} {are} {there}?",
        "what {be} the number of {x} {left}?",
    )
    return ends[kind]


def _ask_first(s: Story) -> Term:
    if s.chance(0.5):
        s.ask(
            "how many {kind} did {A_} have [at first|in the beginning|before]?",
            "how many {t} and {u} were there [{total}|] at first?",
            "how many {t} and {u} did {he} have [before|to begin with]?",
        )
        return ("+", "a", "b")
    term = s.difference("a", "b", "t", "u")
    s.ask(
        "how many more {hi} than {lo} did {A_} have [at first|in the beginning|to start with]?",
        "how many more {hi} than {lo} were there [at first|before|in the beginning]?",
        "how many fewer {lo} than {hi} were there at first?",
    )
    return term


def _ask_change(s: Story) -> Term:
    if s.chance(0.35):
        s.ask(
            "how many {kind} {does} {he} {act} [{total}|]?",
            "how many {t} and {u} {does} {A_} {act} [together|{total}]?",
        )
        return ("+", "p", "q")
    term = s.difference("p", "q", "t", "u")
    s.ask(
        "how many more {hi} than {lo} {does} {he} {act}?",
        "how many fewer {lo} than {hi} {does} {A_} {act}?",
        "by how many did the {hi} {he} {acted} outnumber the {lo}?",
    )
    return term


def _ask_ends(s: Story, ends: dict[str, Term]) -> Term:
    if s.chance(0.35):
        s.ask(
            "how many {kind} {does} {he} have {left}?",
            "how many {t} and {u} {are} {there}?",
        )
        return ("+", ends["t"], ends["u"])
    s.numbers["end t"], s.numbers["end u"] = (s.value(ends[kind]) for kind in "tu")
    _, more, less = s.difference("end t", "end u", "t", "u")
    s.ask(
        "how many more {hi} than {lo} {does} {he} have {left}?",
        "how many more {hi} than {lo} {are} {there}?",
        "how many fewer {lo} than {hi} {are} there now?",
    )
    return ("-", ends[more[-1]], ends[less[-1]])


def before_and_after(s: Story) -> Term:
    """Two kinds before and after: what went or came is asked, or what is there."""
    people(s, 2)
    things(s, 2)
    away = s.chance(0.6)
    _change(s, away)
    for before, after in (("a", "e"), ("b", "f")):
        count = s.draw(before, 3, s.top)
        s.numbers[after] = s.rng.randint(1, count - 1) if away else count + s.rng.randint(1, s.top)
    s.fact(
        "{A} {has} {a:t} and {b:u}",
        "there {are} {a:t} and {b:u} [{where}|in the {box1}]",
        "{A} {~begin} with {a:t} and {b:u}",
    )
    s.fact(
        "after {S} {acted} some, {he} {has} {e:t} and {f:u}",
        "now {he} {has} {e:t} and {f:u}",
        "{S} {~act} some {t} and some {u}. now there {are} {e:t} and {f:u}",
        "[at the end|a week later] there {are} {e:t} and {f:u}",
    )
    if s.chance(0.7):
        before, after, kind = ("a", "e", "t") if s.chance(0.5) else ("b", "f", "u")
        s.alias("x", kind)
        s.ask(
            "how many {x} {does} {he} {act}?",
            "how many {x} did {A_} {act}?",
            "how many {x} {+be} {new}?",
        )
        return ("-", before, after) if away else ("-", after, before)
    term = s.difference("e", "f", "t", "u")
    s.ask(
        "how many more {hi} than {lo} {does} {he} have now?",
        "how many more {hi} than {lo} {are} {there}?",
    )
    return term


SPORTS = (
    ("run", "lap", "laps"),
    ("score", "point", "points"),
    ("drive", "mile", "miles"),
    ("read", "page", "pages"),
    ("climb", "step", "steps"),
    ("hike", "trail", "trails"),
    ("make", "call", "calls"),
    ("do", "knee bend", "knee bends"),
    ("swim", "length", "lengths"),
    ("type", "word", "words"),
)


def times_of_day(s: Story) -> Term:
    """Two or three times of one doing; some of them are asked for."""
    people(s, 2)
    things(s, 1)
    days(s)
    if s.chance(0.3):
        s.words["gain"], *noun = s.rng.choice(SPORTS)
        s.noun("t", *noun)
    slots = "abc" if s.chance(0.55) else "ab"
    order = list(range(len(slots)))
    if s.chance(0.3):
        s.rng.shuffle(order)
    for slot in slots:
        s.draw(slot, 1, s.top)
    told = [f"{{{slots[i]}}} {{day{i + 1}}}" for i in order]
    told[0] = f"{{{slots[order[0]]}:t}} {{day{order[0] + 1}}}"
    s.fact(
        "{A} {~gain} " + ", ".join(told[:-1]) + " and " + told[-1],
        "{A} {~gain} " + ", ".join(told[:-1]) + " and " + told[-1],
        "{A} {~gain} " + told[0] + "".join(". {he} {~gain} " + t for t in told[1:]),
    )
    draw = s.rng.random()
    if draw < 0.8 and (draw < 0.5 or len(slots) == 3):
        i, j = s.rng.sample(range(len(slots)), 2)
        if s.numbers[slots[i]] < s.numbers[slots[j]]:
            i, j = j, i
        s.words["then"], s.words["other"] = s.words[f"day{i + 1}"], s.words[f"day{j + 1}"]
        if draw < 0.5:
            s.ask(
                "how many more {t} {then} than {other} {does} {he} {gain}?",
                "{then}, how many more {t} {does} {Q} {gain} than {other}?",
                "compared with {then}, how many fewer {t} {does} {A_} {gain} {other}?",
                "by how many {t} {be} the number {then} larger than the number {other}?",
            )
            return s.difference(slots[i], slots[j])
        s.ask(
            "how many {t} {does} {he} {gain} {then} and {other} [together|{total}|]?",
            "{then} and {other} together, how many {t} {does} {Q} {gain}?",
        )
        return ("+", slots[i], slots[j])
    s.ask(
        "how many {t} {does} {he} {gain} {total}?",
        "how many {t} {does} {A_} {gain} [in those days|altogether]?",
        "what {be} the total number of {t}?",
    )
    return _sum(slots)


def _sum(slots: str) -> Term:
    total: Term = slots[0]
    for slot in slots[1:]:
        total = ("+", total, slot)
    return total


def people_and_kinds(s: Story) -> Term:
    """Several people with things of one or two kinds; only some of them are asked for."""
    people(s, 3)
    things(s, 2)
    odd = s.chance(0.55)  # the third has something else
    s.alias("third", "u" if odd else "t")
    for slot in "abc":
        s.draw(slot, 1, s.top)
    told = s.rng.choice(
        (
            ["{A} {~gain} {a:t}", "{B} {=gain} {b:t}", "{C} {=gain} {c:third}"],
            ["{A} {has} {a:t}", "{B} {hath} {b:t}", "{C} {hath} {c:third}"],
        )
    )
    if s.chance(0.4):
        told = s.rng.sample(told, 3)
    if s.chance(0.5):
        s.fact(
            ", ".join(told[:2]) + ", and " + told[2],
            " and ".join(told[:2]) + ". " + told[2],
        )
    else:
        for telling in told:
            s.fact(telling)
    draw = s.rng.random()
    if odd and draw < 0.55:
        s.ask(
            "how many {t} {are} there {total}?",
            "how many {t} do they have {total}?",
            "how many {t} are there in all?",
            "how many {t} do {A_} and {B_} have [together|{total}]?",
        )
        return ("+", "a", "b")
    if draw < 0.8:
        term = s.difference("a", "b")
        if term[1] == "a":
            s.ask(
                "how many {t} more {does} {A_} have than {B_}?",
                "how many fewer {t} {do} {B_} have than {A_}?",
            )
        else:
            s.ask(
                "how many {t} more {do} {B_} have than {A_}?",
                "how many fewer {t} {does} {A_} have than {B_}?",
            )
        return term
    s.alias("x", "kind" if odd else "t")
    s.ask("how many {x} do they have {total}?", "how many {x} are there {total}?")
    return _sum("abc")


def two_groupings(s: Story) -> Term:
    """Two kinds, each in groups of its own; one kind is asked for, or both."""
    people(s, 1)
    things(s, 2)
    for groups, size in (("a", "k"), ("b", "m")):
        s.draw(groups, 2, 40)
        s.draw(size, 2, 30)
    return s.rng.choice((_size_of_one, _count_of_one, _count_of_one, _count_of_both))(s)


def _size_of_one(s: Story) -> Term:
    s.numbers["x"] = s.numbers["a"] * s.numbers["k"]
    s.numbers["y"] = s.numbers["b"] * s.numbers["m"] + s.rng.choice((0, 0, 1, 3))
    s.fact(
        "{A} {has} {x:t} and {y:u}",
        "there {are} {x:t} and {y:u} [{where}|in {A's} collection]",
    )
    s.fact(
        "the {t} {are} [put|sorted|packed] [in|into] {a:box} and the {u} [in|into] {b:case}",
        "the {u} {are} put into {b:case} and the {t} into {a:box}",
        "{he} {~put} the {t} in {a:box} and the {u} in {b:case}",
    )
    s.ask(
        "how many {t} {are} in each {box1}?",
        "how many {t} does each {box1} [hold|have]?",
        "how big is each {box1} of {t}?",
    )
    return ("/", "x", "a")


def _count_of_one(s: Story) -> Term:
    s.fact(
        "{A} {has} {a:box} with {k:t} [in each|each] and {b:case} with {m:u} [in each|each]",
        "there {are} {k:t} in each {box1} and {m:u} in each {case1}. {A} {has} {a:box} and {b:case}",
        "each {box1} has {k:t}, each {case1} has {m:u}. there {are} {a:box} and {b:case}",
    )
    s.ask(
        "how many {t} {does} {he} have?",
        "how many {t} {are} there {total}?",
        "how many {t} are in the {box} [{total}|]?",
    )
    return ("*", "a", "k")


def _count_of_both(s: Story) -> Term:
    s.fact(
        "{A} {has} {a:box} of {t} and {b:case} of {u}. each {box1} holds {k:t} and each {case1} holds {m:u}",
        "each {box1} holds {k:t} and each {case1} {m:u}. {A} {has} {a:box} and {b:case}",
    )
    products: dict[str, Term] = {"t": ("*", "a", "k"), "u": ("*", "b", "m")}
    if s.chance(0.5):
        s.ask(
            "how many {kind} {does} {he} have [{total}|]?",
            "how many {t} and {u} {are} there {total}?",
        )
        return ("+", products["t"], products["u"])
    left, right = (s.value(products[kind]) for kind in "tu")
    if left == right:
        raise Unfit
    more, less = ("t", "u") if left > right else ("u", "t")
    s.alias("hi", more)
    s.alias("lo", less)
    s.ask(
        "how many more {hi} than {lo} {are} there?",
        "how many more {hi} than {lo} {does} {he} have?",
    )
    return ("-", products[more], products[less])

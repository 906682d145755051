"""Comparisons between parts of a story: two uses, two weeks, three people in line, times and more.

Schemas: difference of two uses beside an idle total, of a sum and a number, of two differences;
compared or referent unknown through two relations; so many more than twice as many; a fraction
and its rest. Knows each telling and its term. Does not know comparisons of two plain numbers.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.compared import TIMES
from scale_core.abacus.words.tongue import Story, Term, Unfit

USES = tuple(
    tuple(use.split("/"))
    for use in """for the soup/for the salad, on a tower/on a bridge, in the hall/in the yard,
    for the front/for the back, on the big wall/on the small wall, for {B}/for {C},
    at noon/at night, for the first shelf/for the second shelf, on a castle/on a wagon,
    for the play/for the parade, in the kitchen/in the cellar""".replace("\n    ", " ").split(", ")
)


def uses_compared(s: Story) -> Term:
    """Two uses or losses of one stock: by how many one exceeds the other, both, or the rest."""
    people(s, 3)
    things(s, 1)
    p, q = s.draw("p", 1, s.top), s.draw("q", 1, s.top)
    s.draw("a", p + q + 1, p + q + max(2, s.top))
    stock = s.chance(0.65)
    if stock:
        s.fact(
            "{A} {has} {a:t} [at hand|in store|in {his} {box1}]",
            "there {are} {a:t} in {A's} {box1}",
            "out of a stock of {a:t} {A} {~take} what {he} {~need}",
        )
    two_verbs = s.chance(0.4)
    if two_verbs:
        s.fact(
            "{A} {~lose} {p:t} and {~lose2} {q}",
            "{p} {t} {A_} {~lose}, {q} {he} {~lose2}",
            "{A} {~lose2} {q:t} after {he} [first|] {~lose} {p}",
        )
    else:
        s.words["one"], s.words["two"] = s.rng.choice(USES)
        s.fact(
            "{A} {~use} {p:t} {one} and {q} {two}",
            "{one}, {A} {~use} {p:t}, and {two} {q}",
            "{q} {t} {A_} {~use} {two} and {p} {one}",
        )
    draw = s.rng.random()
    if stock and draw < 0.2:
        s.ask("how many {t} {are} left [over|untouched]?", "how many {t} {does} {Q} still have?")
        return ("-", ("-", "a", "p"), "q")
    if draw < 0.35:
        s.ask(
            "how many {t} {does} {Q} {lose} or {lose2} [{total}|]?"
            if two_verbs
            else "how many {t} {does} {Q} use [{total}|for both]?"
        )
        return ("+", "p", "q")
    if p == q:
        raise Unfit
    first, second = ("lose", "lose2") if two_verbs else ("one", "two")
    if p < q:
        first, second = second, first
    s.words |= {"hi": s.words[first], "lo": s.words[second]}
    if two_verbs:
        s.ask(
            "how many more {t} {does} {Q} {hi} than {he} {~lo}?",
            "how many fewer {t} {does} {Q} {lo} than {hi}?",
            "how many more {t} {does} {Q} {hi} than {lo}?",
        )
    else:
        s.ask(
            "how many more {t} {does} {Q} use {hi} than {lo}?",
            "how many fewer {t} {does} {Q} use {lo} than {hi}?",
            "{hi}, how many more {t} {does} {Q} use than {lo}?",
        )
    return ("-", "p", "q") if p > q else ("-", "q", "p")


def spans_compared(s: Story) -> Term:
    """Two kinds in one week and a number in another: by how many the weeks differ."""
    people(s, 1)
    things(s, 2)
    s.words["span"] = s.pick("week", "month", "year", "weekend", "season")
    s.words["one_span"], s.words["other_span"] = s.rng.choice(
        (
            ("this {span}", "last {span}"),
            ("last {span}", "this {span}"),
            ("in the second {span}", "in the {span} before"),
        )
    )
    total = s.draw("p", 1, s.top) + s.draw("q", 1, s.top)
    r = s.draw("r", 1, 2 * s.top)
    if r == total:
        raise Unfit
    s.alias("x", "kind" if s.chance(0.7) else "t")
    s.words["mixed"] = (
        "{p:t} and {q:u}" if s.nouns["x"] == s.nouns["kind"] else "{p:t} and then {q} more"
    )
    s.fact(
        "{A} {~gain} {mixed} {one_span}. {other_span} {he} {~gain} {r:x}",
        "{other_span} {A} {~gain} {r:x}, but {one_span} {mixed}",
        "{one_span} {A} {~gain} {mixed}, compared with {r:x} {other_span}",
    )
    first, second = ("one_span", "other_span") if total > r else ("other_span", "one_span")
    s.words |= {"hi": f"{{{first}}}", "lo": f"{{{second}}}"}
    s.ask(
        "{hi}, how many more {x} {does} {Q} {gain} than {lo}?",
        "how many more {x} {hi} than {lo} {be} that?",
        "how many fewer {x} {lo} than {hi} {does} {Q} {gain}?",
    )
    both: Term = ("+", "p", "q")
    return ("-", both, "r") if total > r else ("-", "r", both)


def _relation(s: Story, number: str, word: str, most: int) -> int:
    """Draw a step up or down for the slot `number`, its word for `word`; returns the signed step."""
    up = most < 2 or s.chance(0.5)
    size = s.draw(number, 1, s.top if up else most - 1)
    s.words[word] = "more" if up else s.pick("fewer", "less")
    return size if up else -size


def three_in_line(s: Story) -> Term:
    """One above or below another, who is above or below a third: an end, or both ends compared."""
    people(s, 3)
    things(s, 1)
    middle = s.draw("m", 3, s.top)
    up = _relation(s, "d", "first", middle)  # what the first has over the second
    if s.chance(0.5):
        # the third is known: the second is told by it, the first by the second
        step = _relation(s, "e", "second", middle)
        s.numbers["c"] = middle - step
        if middle - step < 1:
            raise Unfit
        s.fact(
            "{A} {has} {d} {first} {t} than {B}, and {B_} {hath} {e} {second} {t} than {C}",
            "{A} {has} {d} {first} {t} than {B}, who {=have} {e} {second} {t} than {C}",
            "{B} {hath} {e} {second} {t} than {C}, while {A} {has} {d} {first} {t} than {B_}",
        )
        s.fact("{C_} {hath} {c:t}", "{C_} {=count} {c:t}")
        second: Term = ("+" if step > 0 else "-", "c", "e")
        if s.chance(0.25):
            s.ask("how many {t} {do} {B_} have?", "how many {t} belong to {B_}?")
            return second
        s.ask("how many {t} {does} {A_} have?", "how many {t} belong to {A_}?")
        return ("+" if up > 0 else "-", second, "d")
    over = _relation(s, "e", "second", middle)  # what the third has over the second
    s.fact(
        "{A} {has} {d} {first} {t} than {B}, and {C} {hath} {e} {second} {t} than {B_}",
        "compared with {B}, {A} {has} {d} {first} {t} and {C} {e} {second}",
    )
    if s.chance(0.6):
        s.fact("{B_} {hath} {m:t}", "{B_} {=count} {m:t}")
        if s.chance(0.35):
            s.ask("how many {t} {do} {C_} have?", "how many {t} belong to {C_}?")
            return ("+" if over > 0 else "-", "m", "e")
    if up == over:
        raise Unfit
    if up > over:
        s.ask(
            "how many more {t} {does} {A_} have than {C_}?",
            "{A_} {has} how many more {t} than {C_}?",
            "how many fewer {t} {do} {C_} have than {A_}?",
        )
    else:
        s.ask(
            "how many more {t} {do} {C_} have than {A_}?",
            "{C_} {hath} how many more {t} than {A_}?",
            "how many fewer {t} {does} {A_} have than {C_}?",
        )
    if (up > 0) != (over > 0):
        return ("+", "d", "e")
    return ("-", "d", "e") if abs(up) > abs(over) else ("-", "e", "d")


def times_and_more(s: Story) -> Term:
    """So many more or fewer than twice, three times ... as many: compared or referent unknown."""
    people(s, 2)
    things(s, 1)
    k = s.rng.choice((2, 2, 2, 3, 3, 4, 5))
    s.words["times"] = TIMES[k]
    b = s.draw("b", 2, min(s.top, 99))
    up = s.chance(0.6)
    d = s.draw("d", 1, min(s.top, 60) if up else k * b - 1)
    s.words["more"], s.words["plus"] = ("more", "plus") if up else ("[fewer|less]", "minus")
    s.fact(
        "{A} {has} {d} {more} than {times} as many {t} as {B}",
        "{A} {has} {d:t} {more} than {times} what {B} {hath}",
        "{times} the number of {B's} {t}, {plus} {d}, {be} what {A} {has}",
    )
    if s.chance(0.65):
        s.fact("{B_} {hath} {b:t}", "{B_} {hath} {b} [of them|]")
        s.ask("how many {t} {does} {A_} have?", "how many {t} belong to {A_}?")
        return ("+" if up else "-", ("*", "b", k), "d")
    s.numbers["a"] = k * b + (d if up else -d)
    s.fact("{A_} {has} {a:t}", "{A_} {has} {a} [of them|]")
    s.ask("how many {t} {do} {B_} have?", "how many {t} belong to {B_}?")
    return ("/", ("-" if up else "+", "a", "d"), k)


FRACTIONS = {3: "a third", 4: "a quarter", 5: "a fifth", 10: "a tenth", 2: "half"}


def fractions(s: Story) -> Term:
    """A half, a third, a quarter of a number, or what remains of it."""
    people(s, 2)
    things(s, 2)
    days(s)
    k = s.rng.choice((2, 3, 3, 4, 4, 5, 10))
    s.words["part"] = FRACTIONS[k]
    s.numbers["n"] = k * s.draw("k", 1, min(s.top, 200))
    part: Term = ("/", "n", k)
    s.fact(
        "{A} {has} {n:t} and {~lose} {part} of them",
        "{part} of {A's} {n:t} {+go} to {B}",
        "{A} {~gain} {n:t}. {day1} {he} {~give} {part} of them to {B}",
        "of the {n:t} {where}, {part} {+get} lost",
    )
    if s.chance(0.5):
        s.ask(
            "how many {t} {+be} left?",
            "how many {t} {+remain}?",
            "how many {t} {+be} not among those?",
        )
        return part if k == 2 else ("-", "n", part)
    s.ask("how many {t} is that?", "how many {t} {+be} in that part?", "how many {t} {+go} away?")
    return part


MAKERS = (
    (uses_compared, 5),
    (spans_compared, 4),
    (three_in_line, 4),
    (times_and_more, 3),
    (fractions, 2),
)

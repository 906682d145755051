"""Stories whose end is told and whose change, start or other part is asked for.

Knows the tellings and the term of each. Does not know stories that run forwards.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.changes import LEADS
from scale_core.abacus.words.tongue import Story, Term, Unfit


def _cast(s: Story, count: int = 1) -> None:
    people(s, 3)
    things(s, count)
    days(s)
    s.alias("x", "t")


def _begin(s: Story) -> None:
    s.fact(
        "{A} {has} {a:t}",
        "{A} {~start} with {a:t}",
        "there {are} {a:t} {where}",
        "[a|the] {box1} {=hold} {a:t}",
        "{A} {~gain} {a:t} {day1}",
        "{A} {has} {a:t} in {his} {box1}",
    )


def gain_unknown(s: Story) -> Term:
    """Start and a larger end: what came."""
    _cast(s)
    s.numbers["b"] = s.draw("a", 2, s.top) + s.rng.randint(1, max(2, s.top))
    _begin(s)
    s.fact(
        "{S} {~gain} [some|some more|a few more|several more] [{x}|]",
        "{B} {=give} {him} [some|some more|a few more] [{x}|]",
        "[some|some more] {x} {are} [added|brought in|put in]",
        "{S} {~gain} more {x} {day2}",
        lead=LEADS,
    )
    s.fact(
        "now {he} {has} {b} [{x}|]",
        "now there {are} {b} [{x}|] [{total}|]",
        "{he} {~end up} with {b:x}",
        "{he} then {has} {b:x}",
        "[in the end|at the end] {he} {has} {b:x}",
        "that {=make} {b:x} {total}",
    )
    s.ask(
        "how many {x} {does} {he} {gain}?",
        "how many {x} did {A_} {gain}?",
        "how many [{x}|] were [added|new]?",
        "how many {x} did {he} get?",
        "how many more {x} {does} {he} have now [than before|than at first]?",
        "how many new {x} {+be} there?",
    )
    return ("-", "b", "a")


def loss_unknown(s: Story) -> Term:
    """Start and a smaller end: what went."""
    _cast(s)
    s.draw("b", 1, s.draw("a", 2, s.top) - 1)
    _begin(s)
    s.fact(
        "{S} {~lose} [some|a few|several|a number] [of them|of the {x}]",
        "{S} {~lose} [some|a few|several] {x}",
        "{S} {~give} some [{x}|of them] to {B}",
        "{B} {=take} some [{x}|of them]",
        "some of [them|the {x}] [{+break}|{+get} lost|{are} gone]",
        lead=LEADS,
    )
    s.fact(
        "now {he} {has} [only|] {b} [{x}|{x} left|of them|of them left]",
        "{b} [{x}|] {are} left",
        "there {are} [only|still|now] {b} [left|{x}|]",
        "{he} {~be} left with {b} [{x}|]",
        "{he} {~keep} {b} [of them|{x}]",
    )
    s.ask(
        "how many {x} {does} {he} {lose}?",
        "how many [{x}|] did {A_} {lose}?",
        "how many [{x}|] {are} [gone|missing]?",
        "how many fewer {x} {does} {he} have now?",
        "how many {x} did {he} [part with|let go of]?",
    )
    return ("-", "a", "b")


def start_unknown(s: Story) -> Term:
    """One or two changes and the end: what there was at first."""
    _cast(s)
    s.fact(
        "{A} {has} [some|a number of|several] {x}",
        "there {are} some {x} {where}",
        "{A} {~gain} [some|a few] {x}",
        "{A} {has} [a few|some] {x} in [a|the] {box1}",
    )
    now = s.rng.randint(2, max(3, s.top))
    back: list[tuple[str, str]] = []
    for n in ("n0", "n1")[: 2 if s.chance(0.3) else 1]:
        if s.chance(0.45):
            now += s.draw(n, 1, s.top)
            back.append(("-", n))
            s.fact(
                "{S} {~gain} {n} more {x}",
                "{S} {~gain} another {n} [{x}|]",
                "{B} {=give} {him} {n} more [{x}|]",
                "{n} [more|new] {x} {are} [added|bought|brought]",
                "{S} {~find} {n} more",
                lead=LEADS,
                n=n,
            )
        else:
            now -= s.draw(n, 1, now - 1)
            back.append(("+", n))
            s.fact(
                "{S} {~lose} {n} [of them|{x}|of the {x}]",
                "{S} {~give} {n} [of them|{x}|] to {B}",
                "{n} [of them|of the {x}] {+go} to {B}",
                "{n} of them {are} [lost|taken|sold|used]",
                lead=LEADS,
                n=n,
            )
    s.numbers["e"] = now
    s.words["still"] = "left" if back[-1][0] == "+" else "now"
    s.fact(
        "{he} {has} {e:x} {still}",
        "now there {are} {e} [{x}|]",
        "now {he} {has} {e} [{x}|]",
        "that {=leave} {him} with {e} [{x}|]",
        "{he} {~end up} with {e} [{x}|]",
        "{he} {~keep} {e} [{x}|of them]",
    )
    s.ask(
        "how many {x} did {he} have at [first|the start|the beginning]?",
        "how many {x} did {A_} have [to begin with|in the beginning|at first|originally]?",
        "how many {x} were there [at first|before|originally|to start with]?",
        "how many {x} did {he} start with?",
        "how many did {he} have before?",
        "with how many {x} did {he} begin?",
        "what number of {x} did {he} have at first?",
    )
    term: Term = "e"
    for op, n in reversed(back):
        term = (op, term, n)
    return term


def part_unknown(s: Story) -> Term:
    """The whole and one or two kinds of it: the other kind."""
    _cast(s, 3)
    rest = s.draw("a", 4, s.top) - s.draw("b", 1, s.numbers["a"] - 2)
    three = s.chance(0.25)
    if three:
        s.draw("c", 1, rest - 1)
    s.words["parts"] = (
        "{b} {are} {t}, {c} {are} {u} and the [rest|others] {are} {v}"
        if three
        else "{b} [of them|] {are} {t} and the [rest|others] {are} {v}"
    )
    s.fact(
        "{A} {has} {a:kind}. {parts}",
        "there {are} {a:kind} {where}. {parts}",
        "{A} {~gain} {a:kind}. {parts}",
        "of {A's} {a:kind}, {parts}",
        "[in|out of] {a:kind}, {parts}",
    )
    s.ask(
        "how many {v} {are} there?",
        "how many {v} {does} {A_} have?",
        "how many [of them|of the {kind}] {are} {v}?",
        "what {be} the number of {v}?",
    )
    return ("-", ("-", "a", "b"), "c") if three else ("-", "a", "b")


def partner_unknown(s: Story) -> Term:
    """What two have together and what one has: what the other has."""
    _cast(s)
    s.draw("b", 1, s.draw("a", 4, s.top) - 2)
    if s.words["A"] in ("I", "you", "we"):
        raise Unfit
    s.fact(
        "{A} and {B} [have|got|collected|picked|found] {a:t} together. {A_} {~gain} {b} [of them|]",
        "together {A} and {B} have {a:t}. {A_} {has} {b} [of them|]",
        "{A} {~gain} {b} of the {a:t} that {A_} and {B} have [together|]",
    )
    s.ask(
        "how many [{t}|] {do} {B_} have?",
        "how many of the {t} are {B's}?",
        "how many {t} belong to {B_}?",
    )
    return ("-", "a", "b")


def place_unknown(s: Story) -> Term:
    """What two times or places hold and what one of them holds: what the other one holds."""
    _cast(s)
    s.draw("b", 1, s.draw("a", 4, s.top) - 2)
    if s.chance(0.5):
        s.fact(
            "in two days {A} {~gain} {a:t} [{total}|]. {he} {~gain} {b} [of them|] on the first day",
            "{A} {~gain} {a:t} in two days. {b} of them {+come} from the first day",
        )
        s.ask(
            "how many [{t}|] {does} {he} {gain} on the second day?",
            "how many {t} {+be} from the second day?",
        )
    else:
        s.fact(
            "{A} {has} {a:t} in two {box}. One {box1} {=hold} {b}",
            "{A} {~put} {his} {a:t} in two {box}, {b} of them in the first [one|{box1}]",
        )
        s.ask(
            "how many [{t}|] are in the [other|second] [{box1}|one]?",
            "how many {t} does the [other|second] {box1} hold?",
        )
    return ("-", "a", "b")


def second_unknown(s: Story) -> Term:
    """The start, one of two changes and the end: the other change."""
    _cast(s)
    a = s.draw("a", 5, max(9, s.top))
    b = s.draw("b", 1, a - 3)
    s.numbers["e"] = s.rng.randint(1, a - b - 1)
    s.fact("{A} {has} {a:t}", "there {are} {a:t} {where}", "{A} {~start} with {a:t}")
    s.fact(
        "{S} {~give} {b} to {B} and {~lose} some more",
        "{S} {~lose} {b} and {~give} some to {B}",
        "{b} of them {are} [sold|used|broken] and some more {are} [lost|taken]",
        "after losing {b} {he} {~give} some to {B}",
        lead=LEADS,
    )
    s.fact(
        "{he} {has} {e} left",
        "now there {are} {e} [left|{x}]",
        "in the end {he} {has} {e} [{x}|]",
    )
    if "some to {B}" in s.facts[1][1]:
        s.ask("how many {x} did {he} give to {B_}?", "how many [{x}|] did {B_} get?")
    elif "and {~lose} some" in s.facts[1][1]:
        s.ask("how many {x} did {he} {lose}?")
    else:
        s.ask("how many {x} were gone the second time?", "how many more {x} {are} gone after that?")
    return ("-", ("-", "a", "b"), "e")


def whole_unknown(s: Story) -> Term:
    """What is done and what is still to come: all of it."""
    _cast(s)
    s.draw("a", 1, s.top)
    s.draw("b", 1, s.top)
    s.fact(
        "{A} {has} used {a:t} and {b} are still [left|unused|there]",
        "{a} of the {t} {are} [done|gone|finished] and {b} are still to come",
        "{A} {has} finished {a:t} and {has} {b} to go",
        "{A} {has} sorted {a:t} so far. {b} remain",
    )
    s.ask(
        "how many {t} are there {total}?",
        "how many {t} were there [at first|before]?",
        "how many {t} does that make {total}?",
    )
    return ("+", "a", "b")


MAKERS = (
    (second_unknown, 2),
    (whole_unknown, 2),
    (gain_unknown, 4),
    (loss_unknown, 4),
    (start_unknown, 9),
    (part_unknown, 3),
    (partner_unknown, 1),
    (place_unknown, 1),
)

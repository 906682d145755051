"""What happens at a place: something is added or goes, and any of the numbers is asked for.

Schemas: change with its result, the change or the start unknown, in every order of telling, with
numbers that play no part (another kind, a property, the place's room); which of two changes was
larger; how many more stayed than went. Knows each telling and its term. Does not know the places.
"""

from __future__ import annotations

from scale_core.abacus.words.scenes import scene
from scale_core.abacus.words.tongue import Story, Term, Unfit

THEN = "[Later|Then|After that,|Soon|An hour later|Overnight|The next day|]"


def _cast(s: Story) -> None:
    """A scene, where things change by themselves, by somebody's hand, or either way."""
    scene(s)
    s.words["by"] = s.pick("itself", "hand", "either")


def _told(s: Story, n: str, alone: tuple[str, ...], by_hand: tuple[str, ...]) -> None:
    """One change; what changes is named unless it can only be what was told last. `n` is the slot
    of its number; where that is empty, the number is not told."""
    kind = s.words["by"]
    options = alone if kind == "itself" else by_hand if kind == "hand" else alone + by_hand
    if not s.facts or "k" in s.numbers or "b" in s.numbers:
        options = tuple(option for option in options if option.count("{x}"))
    vague = s.pick("some", "some", "several", "a few")
    told = s.rng.choice(options).replace("N", f"{{{n}}}" if n else vague)
    if "k" in s.numbers or "b" in s.numbers or not s.facts:
        told = told.replace("[{x}|]", "{x}").replace("[them|the {x}]", "the {x}")
    s.fact(told, lead=THEN if s.facts else "")


def _more(s: Story, n: str) -> None:
    _told(
        s,
        n,
        (
            "N more {+turn_in}",
            "N [more|other|new] {x} {+turn_in}",
            "N [others|more] {+turn_in}",
            "N {x} {+turn_in} [as well|too|]",
        ),
        (
            "{A} {~set_in} N [more|other|] {x} {set_in*}",
            "{A} {~set_in} N more {set_in*}",
            "with {B's} help {A} {~set_in} N [more|new|] {x} {set_in*}",
            "{B} {=set_in} N more [{x}|] {set_in*}",
            "{A} {~decide} to {set_in} N more {x} {set_in*}, and {~do} so",
        ),
    )


def _fewer(s: Story, n: str) -> None:
    _told(
        s,
        n,
        (
            "N of [them|the {x}] {+turn_out}",
            "N {x} {+turn_out}",
            "N of the {x} {+turn_out}",
        ),
        (
            "{A} {~set_out} N [{x}|of the {x}] {set_out*}",
            "{A} {~set_out} N of [them|the {x}] {set_out*}",
            "{B} {=set_out} N [of the|] {x} {set_out*}",
            "[by mistake|in a hurry|at last] {A} {~set_out} N {x} {set_out*}",
            "{A} {~have} to {set_out} N {x} {set_out*}",
        ),
    )


def _will(s: Story, up: bool) -> None:
    if up:
        s.fact(
            "{A} will {set_in} {n} [more|other|] {x} {set_in*} [today|soon|]",
            "{A} {~plan} to {set_in} {n} [more|] {x} {set_in*}",
            "{n} more {x} will {turn_in} [soon|tomorrow|]",
        )
    else:
        s.fact(
            "{A} will {set_out} {n} [of the|] {x} {set_out*} [today|soon|]",
            "{A} {~plan} to {set_out} {n} {x} {set_out*}",
            "{n} of the {x} will {turn_out} [soon|tomorrow|]",
        )


def _start(s: Story, a: str = "{a:x}") -> None:
    """What was there; now and then beside another kind that plays no part."""
    if s.chance(0.4):
        s.draw("k", 2, s.top)
        a = s.pick(f"{a} and {{k:y}}", f"{a} and {{k:y}}", f"{{k:y}} and {a}")
    for_all = s.pick(
        "there {are} N {place}",
        "there {are} N {place}",
        "N {are} {place}",
        "{A} {~count} N {place}",
        "{place} there {are} N [at first|to begin with|]",
        "{A} {~begin} with N {place}",
        "{A} {has} N {place}",
        "[originally|at first|early on] there {are} N {place}",
        "[last week|in spring|on Monday|this morning] there were N {place}",
    )
    s.fact(for_all.replace("N", a))


IDLE = (
    "{i} of [them|these|the {x}] {are} [damaged|striped|rather small|a bit odd|older than the others]",
    "there {be} room for {i} [{x}|{sort}|] {place}",
    "{C} {=watch} it for {i} minutes",
    "it {=take} {i} people to see to all that",
    "{C} {hath} {i} [{x}|{y}] too, but somewhere else",
    "{i} {y} {+turn_in} as well",
    "this {=cost} {C} {i} dollars",
    "that {=happen} within {i} hours",
    "[of all {x}|all in all], {i} {are} new to {C}",
)


def _idle(s: Story, share: float) -> None:
    """A number that plays no part, behind the first fact or behind them all."""
    if s.chance(share):
        idle = s.rng.choice(IDLE)
        some = " of [" in idle or "new to" in idle  # no more than there are
        s.draw("i", 1, s.numbers.get("a", s.numbers.get("n", 2)) - 1 if some else max(12, s.top))
        s.facts.insert(1 if s.chance(0.5) else len(s.facts), ("", idle))


def result(s: Story) -> Term:
    """A start and a change: what is there then; the change comes first now and then."""
    _cast(s)
    up = s.chance(0.5)
    most = s.draw("a", 4, s.top) - 2
    s.draw("n", 2, s.top if up else most)
    change = _more if up else _fewer
    draw = s.rng.random()
    if draw < 0.2:
        s.present = True
        _start(s)
        _will(s, up)
        _idle(s, 0.25)
        s.ask(
            "how many {x} will there be {place} [then|after that|]?",
            "how many {x} will be {place} [when that is done|in the end|]?",
            "how many {x} will {Q} have {place}?",
        )
        return ("+" if up else "-", "a", "n")
    if draw < 0.38:
        change(s, "n")
        s.fact(
            "before that, there were {a} [{x}|] {place}",
            "[initially|at first|until then] there were {a} {place}",
            "there had been {a} [before|] {place}",
            "[the number|their number] had been {a} until then",
        )
    else:
        _start(s)
        change(s, "n")
        _idle(s, 0.3)
    s.ask(
        "how many {x} {are} {place} [now|then|in the end|after that]?",
        "how many {x} {are} there [now|in the end]?",
        "how many {x} {does} {Q} have {place} [now|]?",
        "how many {x} {does} {Q} count {place} [now|at the end]?",
        "how many {x} {are} there {total}?" if up else "how many {x} {are} [left|still] {place}?",
        "what {be} the number of {x} now?",
        "how many {x} does that [make|leave] {place}?" if up else "how many {x} does that leave?",
        "how many {x} are {place} in all?" if up else "how many [{x}|] {+remain} [{place}|]?",
    )
    return ("+" if up else "-", "a", "n")


def change_asked(s: Story) -> Term:
    """A start and an end: how many came or went."""
    _cast(s)
    up = s.chance(0.55)
    a = s.draw("a", 4, s.top)
    s.numbers["e"] = a + s.rng.randint(2, max(3, s.top)) if up else s.rng.randint(1, a - 2)
    _start(s)
    (_more if up else _fewer)(s, "")
    told = s.facts[-1][1]
    by_hand = "set_in}" in told or "set_out}" in told
    if not by_hand and s.chance(0.3):
        s.facts.pop()
        s.words["later"] = s.pick("a year later", "today", "this morning", "after the rain", "now")
        s.fact("{later} there {are} {e:x} {place}", "{later} {A} {~count} {e:x}")
        s.ask(
            "how many {x} {+turn_in}?" if up else "how many {x} {+turn_out}?",
            "how many more {x} {are} there than before?"
            if up
            else "how many fewer {x} {are} there than before?",
            "by how many did the {x} increase?" if up else "by how many did the {x} decrease?",
        )
        return ("-", "e", "a") if up else ("-", "a", "e")
    _end(s)
    if by_hand:
        s.words["agent"] = "{Q}" if "{A}" in told else "{B_}"
        s.ask(
            "how many {x} did {agent} {set_in} {set_in*}?"
            if up
            else "how many {x} did {agent} {set_out} {set_out*}?",
            "how many [{x}|] did {agent} {set_in} {set_in*}?"
            if up
            else "how many [{x}|] did {agent} {set_out} {set_out*}?",
        )
    else:
        s.ask(
            "how many {x} {+turn_in}?" if up else "how many {x} {+turn_out}?",
            "how many {x} {are} [new|added]?" if up else "how many {x} {are} [gone|missing] now?",
            "by how many did their number [grow|rise]?" if up else "by how many did they lessen?",
        )
    return ("-", "e", "a") if up else ("-", "a", "e")


def _end(s: Story) -> None:
    s.fact(
        "now there {are} {e:x} {place}",
        "now there {are} {e} [{x}|]",
        "[in the end|afterwards|at the end] {A} {~count} {e:x} {place}",
        "there {are} {e:x} {place} now",
        "that {=make} it {e:x} {place}",
        "{e:x} {are} {place} [now|at the end|after that]",
        "{A} {has} {e:x} {place} now",
    )


def start_asked(s: Story) -> Term:
    """One or two changes and the end: what was there before them."""
    _cast(s)
    e = s.rng.randint(3, max(4, s.top))
    steps = s.rng.choice(("+", "-", "-", "--", "+-", "-+", "++"))
    vague = s.chance(0.55)
    if vague:
        s.fact(
            "there {are} some {x} {place}",
            "{A} {has} [some|a number of] {x} {place}",
            "a number of {x} {are} {place}",
        )
    now: Term = "e"
    for n, sign in zip(("n", "m"), steps, strict=False):
        if sign == "+":
            e += s.draw(n, 2, s.top)
            _more(s, n)
        else:
            e -= s.draw(n, 2, e - 1)
            _fewer(s, n)
    for n, sign in reversed(list(zip(("n", "m"), steps, strict=False))):
        now = ("-" if sign == "+" else "+", now, n)
    s.numbers["e"] = e
    _end(s)
    if not vague and s.chance(0.3):
        s.facts = [s.facts[-1], *s.facts[:-1]]
        first, rest = s.facts[0], s.facts[1:]
        if len(rest) > 1:
            raise Unfit
        s.facts = [first, ("", "[that is after|this is since] {event}")]
        s.words["event"] = rest[0][1]
    if vague:
        _idle(s, 0.15)
    s.ask(
        "how many {x} were {place} [at first|before|to begin with|originally]?",
        "how many {x} had been {place} [before|at the start]?",
        "how many {x} were there [in the beginning|before that]?",
        "how many {x} did {A_} have {place} [at the start|before]?",
        "what was the number of {x} before?",
    )
    return now


def two_changes(s: Story) -> Term:
    """A start and two changes: the end, what was there between them, or the changes compared."""
    _cast(s)
    a = s.draw("a", 6, max(12, s.top))
    signs = s.rng.choice(("+-", "-+", "++", "--"))
    now = a
    draw = s.rng.random()
    if draw > 0.7:
        s.words["by"] = "itself"
    _start(s)
    for n, sign in zip(("n", "m"), signs, strict=True):
        now += s.draw(n, 2, s.top) if sign == "+" else -s.draw(n, 2, now - 1)
        (_more if sign == "+" else _fewer)(s, n)
    after: Term = (signs[0], "a", "n")
    if draw < 0.55:
        s.ask(
            "how many {x} {are} {place} [now|in the end|at the end|after all that]?",
            "how many {x} {does} {Q} have {place} [then|in the end|]?",
            "how many {x} would there be {place}?",
            "how many {x} {are} there {total} after that?",
            "how many {x} does that leave {place}?",
        )
        return (signs[1], after, "m")
    if draw < 0.7:
        s.ask(
            "how many {x} were {place} between the two changes?",
            "how many {x} {are} there after the first change?",
        )
        return after
    if signs[0] != signs[1]:
        came, went = ("n", "m") if signs[0] == "+" else ("m", "n")
        term = s.difference(came, went)
        high, low = (
            ("{+turn_in}", "{+turn_out}") if term[1] == came else ("{+turn_out}", "{+turn_in}")
        )
        s.words |= {"high": high, "low": low}
        s.ask(
            "how many more {x} {high} than {low}?",
            "how many fewer {x} {low} than {high}?",
            "by how many is the number that {high} larger than the number that {low}?",
        )
        return term
    s.words["moved"] = "{+turn_in}" if signs[0] == "+" else "{+turn_out}"
    s.ask("how many {x} {moved} {total}?", "{total}, how many {x} {moved}?")
    return ("+", "n", "m")


def stayed_or_went(s: Story) -> Term:
    """So many, of whom some went: how many more stayed than went, or the other way round."""
    _cast(s)
    a = s.draw("a", 5, max(9, s.top))
    n = s.draw("n", 2, a - 2)
    stay = a - n
    if stay == n:
        raise Unfit
    s.words["by"] = "itself"
    _start(s)
    _fewer(s, "n")
    if s.chance(0.4):
        s.ask("how many {x} did not {turn_out}?", "how many {x} {+stay}?")
        return ("-", "a", "n")
    high, low = ("stay", "turn_out") if stay > n else ("turn_out", "stay")
    s.words |= {"high": s.words.get(high, high), "low": s.words.get(low, low)}
    s.ask(
        "how many more {x} {+high} than {+low}?",
        "how many fewer {x} {+low} than {+high}?",
        "how many more {x} {+high} compared with those that {+low}?",
    )
    kept: Term = ("-", "a", "n")
    return ("-", kept, "n") if stay > n else ("-", "n", kept)


def kinds_then_more(s: Story) -> Term:
    """Two kinds, one of which grows or shrinks: it alone, both, or by how many they differ then."""
    _cast(s)
    a, b = s.draw("a", 3, s.top), s.draw("b", 2, s.top)
    up = s.chance(0.6)
    n = s.draw("n", 2, s.top if up else a - 1)
    s.fact(
        "there {are} {a:x} and {b:y} {place}",
        "{A} {has} {b:y} and {a:x} {place}",
        "{place} there {are} {a:x} and {b:y}",
        "{a:x} and {b:y} {are} {place}",
        "{A} {~count} {b:y} and {a:x} {place}",
    )
    (_more if up else _fewer)(s, "n")
    now: Term = ("+" if up else "-", "a", "n")
    end = a + n if up else a - n
    draw = s.rng.random()
    if draw < 0.45:
        s.ask(
            "how many {x} {are} {place} [now|in the end|]?",
            "how many {x} {does} {Q} have {place} now?",
            "how many {x} {are} there [now|{total}|]?",
            "what number of {x} {be} that?",
        )
        return now
    if draw < 0.65:
        s.ask("how many {x} and {y} {are} there {total} now?", "how many {x} and {y} is that now?")
        return ("+", now, "b")
    if end == b:
        raise Unfit
    s.alias("hi", "x" if end > b else "y")
    s.alias("lo", "y" if end > b else "x")
    s.ask(
        "how many more {hi} than {lo} {are} {place} [now|]?",
        "how many fewer {lo} than {hi} {are} there now?",
        "by how many do the {hi} outnumber the {lo} now?",
    )
    return ("-", now, "b") if end > b else ("-", "b", now)


MAKERS = (
    (result, 18),
    (change_asked, 10),
    (start_asked, 9),
    (two_changes, 9),
    (stayed_or_went, 3),
    (kinds_then_more, 7),
)

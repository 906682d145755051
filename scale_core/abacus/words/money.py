"""Stories about money: what is left, what things cost, what it buys, wages and savings.

Knows whole dollars and cents, how they are written (`{$a}` is the amount `a` with its unit), and
the term of each question.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.tongue import Story, Term

_STYLES = ("${n}", "${n}", "${n}", "{n} dollars", "{n} dollars")
_UNITS = ("cents", "euros", "coins", "bucks", "pounds", "pesos")


def _money(s: Story, *slots: str) -> None:
    """Cast people, things and days, and decide how the story writes its amounts."""
    people(s, 3)
    things(s, 3)
    days(s)
    style = s.rng.choice(_STYLES) if s.chance(0.83) else "{n} " + s.pick(*_UNITS)
    for slot in slots:
        s.words["$" + slot] = style.replace("{n}", f"{{{slot}}}")
    s.words["dollars"] = "dollars" if style[0] == "$" else style.removeprefix("{n} ")
    s.words["much"] = "[how much|how much money|how many {dollars}]"


def _purse(s: Story) -> None:
    s.fact(
        "{A} {has} {$a} [to spend|with {him}|in hand]",
        "{A} {has} {$a} in {his} [purse|pocket|bank|wallet|account]",
        "{A} {~take} {$a} to the [store|market|fair|bazaar]",
        "{A} {~carry} {$a} in {his} [purse|pocket|wallet|bag]",
        "{A} {~get} {$a} [from {B}|as a present]",
        "{A} {~save} {$a} [at home|over time|in all]",
        "{$a} {+lie} in {A's} [purse|money box|coat]",
    )


def _expense(s: Story) -> None:
    s.fact(
        "{S} {~spend} {$b} on [a {t1}|{t}|lunch|a gift|shoes]",
        "{S} {~pay} {$b} for [a {t1}|the {t}|a ticket]",
        "for {$b} {S} {~buy} [a {t1}|some {t}]",
        "[a {t1}|a ticket|lunch] {=take} {$b} of it",
        "{S} {~use} {$b} to [get|buy] [a {t1}|some {t}]",
        lead="[Then|Later|]" if s.facts else "",
    )


def _income(s: Story) -> None:
    s.fact(
        "{S} {~earn} {$c} [more|] by [washing cars|walking dogs|raking leaves|mowing lawns]",
        "{S} {~earn} {$c} [more|] for helping {B}",
        "{S} {~earn} {$c} by selling {u}",
        "{B} {=give} {him} {$c} [more|] [as a gift|for {his} help|in cash]",
        "{S} {~get} [another|] {$c} from {B}",
        lead="[Then|Later|]",
    )


def _ask_left(s: Story) -> None:
    s.ask(
        "[then|after that], {much} {does} {Q} have left?",
        "what {does} {Q} have left [of the money|]?",
        "how much is left [over|]?",
        "how much [of it|of the money] {does} {Q} still have?",
        "how much of {his} money {=remain}?",
    )


def kept_after_one(s: Story) -> Term:
    """An amount and one expense: what is left."""
    _money(s, "a", "b")
    s.draw("b", 1, s.draw("a", 4, max(20, s.top)) - 2)
    _purse(s)
    _expense(s)
    if s.chance(0.1):
        s.ask("how much change {does} {he} get?")
    else:
        _ask_left(s)
    return ("-", "a", "b")


def kept_after_two(s: Story) -> Term:
    """An amount and two expenses: what is left, or what was spent."""
    _money(s, "a", "b", "c")
    a = s.draw("a", 4, max(20, s.top))
    s.draw("c", 1, a - s.draw("b", 1, a - 2) - 1)
    _purse(s)
    s.fact(
        "{S} {~spend} {$b} {day1} and {$c} {day2}",
        "{S} {~pay} {$b} for a {t1} and {$c} for a {u1}",
        "{S} {~pay} {$b} for {t} and {$c} for {u}",
        "{$b} {+go} on {t} and {$c} on {u}",
        "{S} {~spend} {$b} on {t}, then {$c} on {u}",
        "a {t1} {=cost} {$b} of it, a {u1} {$c} [more|]",
    )
    if s.chance(0.2):
        s.ask("{much} {does} {he} spend [{total}|]?", "what {be} the total spent?")
        return ("+", "b", "c")
    _ask_left(s)
    return ("-", ("-", "a", "b"), "c")


def spent_and_got(s: Story) -> Term:
    """An amount, an expense and an income, in either order."""
    _money(s, "a", "b", "c")
    s.draw("b", 1, s.draw("a", 4, max(20, s.top)) - 2)
    s.draw("c", 1, s.top)
    _purse(s)
    spent_first = s.chance(0.5)
    for tell in (_expense, _income) if spent_first else (_income, _expense):
        tell(s)
    s.ask(
        "[now|after all this], {much} {does} {Q} have?",
        "with {much} {does} {Q} end up?",
        "[in the end|then|after that], {much} {does} {Q} have?",
    )
    return ("+", ("-", "a", "b"), "c") if spent_first else ("-", ("+", "a", "c"), "b")


def spent_unknown(s: Story) -> Term:
    """What there was and what is left: what was spent; or two expenses, one of them unknown."""
    _money(s, "a", "b", "e")
    a = s.draw("a", 6, max(20, s.top))
    two = s.chance(0.3)
    s.numbers["e"] = a - s.draw("b", 1, a - 3) - (s.rng.randint(1, 2) if two else 0)
    _purse(s)
    if two:
        s.fact(
            "{S} {~buy} a {t1} and a {u1} and {has} {$e} left. for the {t1} {he} {~pay} {$b}",
            "{S} {~spend} {$b} on {t} and the rest of what is gone on {u}. {$e} {+be} left [over|in the end]",
        )
        s.ask(
            "{much} {do} the {u} cost?" if s.chance(0.3) else "how much did {he} pay for the {u1}?"
        )
        return ("-", ("-", "a", "e"), "b")
    s.fact(
        "{S} {~buy} [some {t}|a {t1}]. {he} {has} {$e} left [over|in hand|for later]",
        "after [shopping|buying {t}] {he} {has} {$e} left [over|to spend]",
        "{S} {~spend} some of it and {~keep} {$e} [of it|for later]",
        "now {he} {has} [only|no more than] {$e} [there|to spend]",
    )
    s.ask(
        "{much} {does} {Q} spend [on that|there]?",
        "what sum did {Q} [spend|pay]?",
        "how much [of it|of the money] {=be} gone?",
    )
    return ("-", "a", "e")


def had_before(s: Story) -> Term:
    """What was spent (or earned) and what is there now: what there was."""
    _money(s, "b", "e")
    b, earned_ = s.draw("b", 1, s.top), s.chance(0.3)
    s.numbers["e"] = s.rng.randint(1, s.top) + (b if earned_ else 0)
    if earned_:
        s.fact(
            "{A} {~earn} {$b} [today|{day1}|]. with that {he} {has} {$e} [in hand|{total}]",
            "{A} {~get} {$b} from {B}, which {=bring} {his} money to {$e}",
        )
    else:
        s.fact(
            "{A} {~spend} {$b} on [{t}|a {t1}]. that {=leave} {him} {$e} [for later|to spend]",
            "after {he} spent {$b}, {A} {has} {$e} left [over|in {his} pocket]",
            "{A} {~pay} {$b} for a {t1} and {~keep} the other {$e}",
        )
    s.ask(
        "[before that|at first|to begin with], {much} did {Q} have?",
        "what sum did {Q} start with?",
        "with how much money did {Q} begin?",
        "how much was there [before|at first|in the beginning]?",
    )
    return ("-", "e", "b") if earned_ else ("+", "b", "e")


def two_prices(s: Story) -> Term:
    """Two prices or expenses: their sum or difference."""
    _money(s, "b", "c")
    s.draw("b", 1, s.top)
    s.draw("c", 1, s.top)
    if s.chance(0.5):
        s.fact(
            "{A} {~spend} {$b} on {t} and later {$c} on {u}",
            "{$b} of {A's} money {+go} on {t}, {$c} on {u}",
            "{A} {~pay} {$b} for {t} and {$c} for {u}",
        )
        if s.chance(0.5):
            s.ask("{much} {does} {he} spend {total}?", "{much} is that {total}?")
            return ("+", "b", "c")
        term = s.difference("b", "c", "t", "u")
        s.ask("how much more {does} {he} spend on {hi} than on {lo}?")
        return term
    s.fact(
        "a {t1} costs {$b} and a {u1} costs {$c}",
        "the price of a {t1} is {$b} and that of a {u1} is {$c}",
    )
    if s.chance(0.4):
        s.ask("how much do both cost together?", "what is the total [cost|price|]?")
        return ("+", "b", "c")
    term = s.difference("b", "c", "t", "u")
    s.ask(
        "how much more does the {hi1} cost than the {lo1}?",
        "how much cheaper is the {lo1} than the {hi1}?",
        "how many {dollars} more than a {lo1} does a {hi1} cost?",
    )
    return term


# ----- price and number


def _buying(s: Story) -> Term:
    """So many at a price; returns the cost."""
    s.draw("n", 2, min(s.top, 40))
    s.draw("p", 2, min(s.top, 60))
    s.fact(
        "{A} {~buy} {n:t} for {$p} each",
        "{A} {~buy} {n:t}. each {t1} costs {$p}",
        "{A} {~buy} {n:t}. {$p} {be} the price of one",
        "{A} {~buy} {n:t} at {$p} [each|apiece|a piece]",
        "{t} cost {$p} each. {A} {~buy} {n}",
        "one {t1} costs {$p}. {A} {~want} {n} of those",
        "the price of a {t1} is {$p} and {A} {~buy} {n}",
        "{A} {~buy} {n:t} that cost {$p} each",
        "every {t1} is {$p} and {A} {~get} {n} [of those|]",
    )
    return ("*", "n", "p")


def cost_of_many(s: Story) -> Term:
    """Price times number: the cost, the change from a note, or what is missing for it."""
    _money(s, "p", "w")
    cost = _buying(s)
    draw = s.rng.random()
    if draw < 0.5:
        s.ask(
            "{total}, {much} {does} {Q} [pay|spend]?",
            "{much} {does} {Q} pay for [all of them|the lot]?",
            "{much} {does} {Q} need?",
            "what is the total [cost|price]?",
            "how much do [they|the {t}] cost [{total}|]?",
            "how many {dollars} is that?",
        )
        return cost
    if draw < 0.8:
        s.numbers["w"] = s.value(cost) + s.rng.randint(1, max(2, s.top))
        if s.chance(0.4):
            s.facts.insert(0, ("", "{A} {has} {$w} [to spend|in hand|with {him}]"))
        else:
            s.fact("{S} {~hand} over {$w}", "{S} {has} {$w} with {him}", "{S} {~bring} {$w} along")
        if s.chance(0.3):
            s.ask("how much change {does} {Q} get [back|]?", "what {does} {Q} get back?")
        else:
            _ask_left(s)
        return ("-", "w", cost)
    s.draw("w", 1, s.value(cost) - 1)
    s.fact(
        "{S} {has} [only|just|no more than] {$w} [so far|to spend|with {him}]",
        "{S} {has} saved {$w} so far",
    )
    s.ask(
        "how much more [money|] {does} {Q} need?",
        "how many more {dollars} {+be} needed?",
        "{much} is missing?",
    )
    return ("-", cost, "w")


def price_or_number(s: Story) -> Term:
    """The cost with the price or the number unknown."""
    _money(s, "p", "x")
    s.numbers["x"] = s.draw("n", 2, min(s.top, 40)) * s.draw("p", 2, min(s.top, 60))
    if s.chance(0.5):
        s.fact(
            "{A} {~pay} {$x} for {n:t}",
            "{n:t} cost {$x} [{total}|]",
            "{A} {~buy} {n:t} for [a total of|] {$x}",
            "{A} {~spend} {$x} on {n:t} [of the same price|]",
        )
        s.ask(
            "how much {do} [each|one|a] {t1} cost?",
            "what {be} the price of [one|each|a] {t1}?",
            "how many {dollars} is that for each {t1}?",
            "how much is one {t1}?",
        )
        return ("/", "x", "n")
    if s.chance(0.5):
        s.fact(
            "{A} {has} {$x}. [each|a|one] {t1} costs {$p}",
            "{t} cost {$p} each. {A} {has} {$x}",
            "a {t1} costs {$p} and {A} {has} {$x} to spend",
        )
        s.ask("how many {t} can {Q} buy?", "how many {t} can {Q} [get|afford]?")
    else:
        s.fact(
            "{A} {~spend} {$x} on {t} that cost {$p} each",
            "{A} {~pay} {$x} for {t} at {$p} each",
        )
        s.ask("how many {t} {does} {Q} buy?", "how many {t} is that?")
    return ("/", "x", "p")


def rest_buys(s: Story) -> Term:
    """An amount more or less another one, spent on things of one price: how many."""
    _money(s, "p", "w", "y")
    cost = s.draw("n", 2, min(s.top, 40)) * s.draw("p", 2, min(s.top, 60))
    y = s.draw("y", 1, max(2, min(s.top, 300)))
    more = s.chance(0.4) and y < cost
    s.numbers["w"] = cost - y if more else cost + y
    s.fact(
        "{A} {has} {$w} [to spend|in hand]",
        "{A} {~save} {$w} [in all|at home]",
        "{A} {~get} {$w} from {B}",
    )
    if more:
        s.fact(
            "{S} {~earn} another {$y}",
            "{C} {=give} {him} {$y} on top",
            "{S} {~find} {$y} [in a drawer|at home]",
        )
    else:
        s.fact("{S} {~spend} {$y} on [a {u1}|{u}]", "{S} {~give} {$y} to {C}", "{S} {~lose} {$y}")
    s.fact("each {t1} costs {$p}", "{t} [cost|are] {$p} each", "a {t1} is {$p}")
    s.words["rest"] = "[all {his} money|all of it]" if more else "[the rest|what is left]"
    s.ask(
        "how many {t} can {Q} buy?",
        "how many {t} can {Q} [buy|get] with {rest}?",
        "how many {t} at that price can {Q} afford?",
    )
    return ("/", ("+" if more else "-", "w", "y"), "p")


def two_purchases(s: Story) -> Term:
    """Two kinds at two prices: the cost of all, of one kind, the difference, or the number."""
    _money(s, "p", "q")
    s.draw("n", 2, min(s.top, 40))
    s.draw("p", 2, min(s.top, 60))
    s.draw("m", 2, min(s.top, 30))
    s.draw("q", 2, min(s.top, 40))
    s.fact(
        "{A} {~buy} {n:t} for {$p} each and {m:u} for {$q} apiece",
        "a {t1} costs {$p} and a {u1} costs {$q}. {A} {~buy} {n:t} and {m:u}",
        "each {t1} costs {$p}, each {u1} {$q}. {A} {~buy} {n:t} and {m:u}",
        "{A} {~buy} {n:t} at {$p} each. {he} also {~get} {m:u} at {$q} a piece",
    )
    left: Term = ("*", "n", "p")
    right: Term = ("*", "m", "q")
    draw = s.rng.random()
    if draw < 0.5:
        s.ask(
            "{total}, {much} {does} {Q} [spend|pay]?",
            "{much} {does} {Q} pay for everything?",
            "what is the total [cost|price]?",
            "{much} {does} {Q} need?",
        )
        return ("+", left, right)
    if draw < 0.7:
        s.ask(
            "for the {t} alone, {much} {does} {Q} pay?",
            "how much do the {t} cost?",
            "of that, {much} {be} for the {t}?",
        )
        return left
    if draw < 0.82:
        s.ask("how many {kind} {does} {he} buy?", "how many things {does} {he} buy {total}?")
        return ("+", "n", "m")
    s.numbers["left"], s.numbers["right"] = s.value(left), s.value(right)
    first, _ = s.difference("left", "right", "t", "u")[1:]
    s.ask(
        "how much more {does} {he} spend on {hi} than on {lo}?",
        "how much more do the {hi} cost than the {lo}?",
    )
    return ("-", left, right) if first == "left" else ("-", right, left)


def one_price(s: Story) -> Term:
    """One price for a sum or a difference of numbers."""
    _money(s, "p")
    n = s.draw("n", 2, min(s.top, 40))
    s.draw("p", 2, min(s.top, 60))
    if s.chance(0.6):
        s.draw("m", 2, min(s.top, 40))
        two = s.chance(0.35)
        if two:
            s.fact(
                "{A} {~buy} {n:t} and {B} {=buy} {m}. each {t1} costs {$p}",
                "each {t1} costs {$p}. {A} {~buy} {n} and {B} {=buy} {m}",
            )
            s.ask("{much} do they spend {total}?", "how much do they cost {total}?")
        else:
            s.fact(
                "{A} {~buy} {n:t} and {m:u}, {$p} for each [thing|one]",
                "every {kind1} costs {$p}. {A} {~buy} {n:t} and {m:u}",
                "{A} {~buy} {n:t} {day1} and {m} {day2}. they are {$p} each",
                "all {kind} are {$p} each and {A} {~buy} {n:t} and {m:u}",
            )
            s.ask("{total}, {much} {does} {Q} spend?", "what is the total [cost|]?")
        return ("*", ("+", "n", "m"), "p")
    s.draw("m", 1, n - 1)
    s.fact(
        "{A} {has} {n:t} but {~sell} only those that work. {m} are broken",
        "{A} {has} {n:t} to sell, but {m} of them are [broken|bad|damaged]",
        "{A} {~make} {n:t} and {~keep} {m} [of them|]",
        "{A} {has} {n:t} and {~sell} all but {m}",
    )
    s.fact(
        "each [{t1}|of the others|good one] [is sold for|sells for|brings] {$p} [in the end|at the market|online]",
        "{S} {~get} {$p} for each [of the others|one]",
    )
    s.ask("{much} {does} {Q} [make|earn|get]?", "{much} [can|will] {Q} [earn|make]?")
    return ("*", ("-", "n", "m"), "p")


# ----- work and saving

JOBS = tuple(
    tuple(job.strip().split("/"))
    for job in """
    mow/lawn/lawns, wash/car/cars, walk/dog/dogs, clean/window/windows, rake/yard/yards,
    deliver/package/packages, paint/fence/fences, teach/lesson/lessons, sweep/floor/floors,
    shovel/driveway/driveways, fix/bike/bikes, wrap/gift/gifts, sew/shirt/shirts,
    serve/table/tables, groom/cat/cats, write/page/pages, pick/basket/baskets, cut/hedge/hedges,
    sell/mug of cider/mugs of cider, carry/box/boxes, water/garden/gardens""".split(",")
)
GAMES = tuple(
    tuple(job.strip().split("/"))
    for job in """
    finish/level/levels, win/round/rounds, beat/opponent/opponents, sort/crate/crates,
    catch/monster/monsters, hit/target/targets, find/secret door/secret doors, solve/riddle/riddles,
    read/book/books, collect/star/stars""".split(",")
)


def _wage(s: Story) -> None:
    """So much pay, or so many points, for each job."""
    _money(s, "p", "w", "x")
    points = s.chance(0.35)
    s.words["work"], *noun = s.rng.choice(GAMES if points else JOBS)
    s.noun("job", *noun)
    if points:
        s.words |= {f"${slot}": f"{{{slot}}} points" for slot in "pwx"}
        s.words["dollars"], s.words["much"] = "points", "how many points"
    s.draw("n", 2, min(s.top, 30))
    s.draw("p", 2, 40)
    s.fact(
        "{A} {~earn} {$p} for [each|every] {job1} {he} {~work}",
        "{A} {~get} {$p} [for each|per|a] {job1}",
        "{A} {~get} {$p} out of each {job1}",
        "{A} {~earn} {$p} [for each|per|a] {job1}",
    )


def paid_by_job(s: Story) -> Term:
    """All jobs, some left undone, two batches; pay known and the number of jobs asked for."""
    _wage(s)
    n = s.numbers["n"]
    draw = s.rng.random()
    if draw < 0.3:
        s.fact("{S} {~work} {n:job} [{day1}|]")
        term: Term = ("*", "n", "p")
    elif draw < 0.55:
        s.draw("m", 1, n - 1)
        s.fact(
            "{S} {has} {n:job} to {work}, but {he} {~forget} {m} [of them|]",
            "there {are} {n:job}, and {he} {~work} all but {m} of them",
            "out of {n:job} {he} {~leave} out {m}",
            "of {n:job}, {m} {are} not done",
            "{S} {has} {n:job} but {does} not {work} {m} of them",
        )
        term = ("*", ("-", "n", "m"), "p")
    elif draw < 0.8:
        s.draw("m", 1, 30)
        s.fact(
            "{S} {~work} {n:job} {day1} and {m} {day2}",
            "{S} {~work} {n:job}, and later {m} more",
            "{S} {~work} {n:job} {day1}. {he} {~work} {m} more {day2}",
        )
        term = ("*", ("+", "n", "m"), "p")
    else:
        s.numbers["x"] = n * s.numbers["p"]
        s.fact("{S} {~earn} {$x} [{total}|]", "{S} {~get} {$x} [in one day|{day1}|]")
        s.ask("how many {job} {does} {Q} {work}?", "how many {job} is that?")
        return ("/", "x", "p")
    s.ask(
        "{much} {does} {Q} [earn|get|make] [{total}|]?",
        "{much} is that [{total}|]?",
        "{much} will {Q} [have|get]?",
    )
    return term


def paid_and_more(s: Story) -> Term:
    """Pay for jobs beside what was there, or less what is spent of it."""
    _wage(s)
    w = s.draw("w", 1, max(3, s.top))
    if s.chance(0.6) or w >= s.numbers["n"] * s.numbers["p"]:
        s.facts = [("", "{A} [already|] {has} {$w}")]
        s.fact("{he} {~get} {$p} for each {job1}", "{S} {~earn} {$p} [for each|per|a] {job1}")
        s.fact("{S} {~work} {n:job}")
        s.ask("{much} {does} {Q} have {total}?", "now, {much} {does} {Q} have?")
        return ("+", ("*", "n", "p"), "w")
    s.fact("{S} {~work} {n:job}")
    if s.words["dollars"] == "points":
        s.fact(
            "{S} {~lose} {$w} [for mistakes|by bad luck|through a trap]",
            "a trap {=cost} {him} {$w} of them",
        )
    else:
        s.fact("{S} {~spend} {$w} of it on [{t}|a {t1}|lunch]", "{he} {~pay} {$w} for tools")
    s.ask("{much} {does} {Q} have left [over|in the end]?", "{much} {does} {Q} keep?")
    return ("-", ("*", "n", "p"), "w")


def saved_up(s: Story) -> Term:
    """So much a week for some weeks, towards a goal or beside what is there."""
    _money(s, "p", "g", "w")
    unit = s.pick("week", "day", "month", "hour", "year")
    s.noun("time", unit, unit + "s")
    s.words["save"] = (
        "earn" if unit == "hour" else s.pick("save", "earn", "get", "make", "put away")
    )
    s.words["rate"] = "{~save} {$p} [each|every|a|per] {time1}"
    n, p, w = s.draw("n", 2, 30), s.draw("p", 2, 60), s.draw("w", 2, max(3, s.top))
    draw = s.rng.random()
    if draw < 0.3:
        s.fact(
            "{A} {rate} for {n:time} [in a row|on end]",
            "{A} {rate}. {he} {~keep} it up for {n:time} [in a row|without a break]",
            "in {n:time} {A} {rate}",
        )
        s.ask("{much} is that [{total}|]?", "{much} {does} {Q} have [then|at the end|after that]?")
        return ("*", "n", "p")
    if draw < 0.55:
        s.numbers["g"] = n * p
        s.fact(
            "{A} {rate}. {he} {~want} to buy a {t1} [for|that costs] {$g}",
            "a {t1} costs {$g}. {A} {rate}",
            "{A} {~need} {$g} for a {t1} and {rate}",
        )
        s.ask(
            "how many {time} will that take?",
            "after how many {time} can {he} buy it?",
            "how many {time} of saving {does} {Q} need?",
        )
        return ("/", "g", "p")
    if draw < 0.8:
        s.numbers["g"] = w + n * p
        s.fact(
            "{A} {~want} a {t1} that costs {$g}. {he} {has} {$w} already",
            "a {t1} costs {$g} and {A} {has} [only|just] {$w}",
        )
        s.fact("{he} {rate}")
        s.ask(
            "until {he} {has} [the rest|enough], how many {time} will pass?",
            "in how many {time} can {he} buy it?",
            "how many more {time} {does} {Q} need?",
        )
        return ("/", ("-", "g", "w"), "p")
    s.fact("{A} {has} {$w} [already|saved]", "{A} {~start} [out|off] with {$w} [saved|in hand]")
    s.fact(
        "{he} {rate} for {n:time} [in a row|on end]",
        "{he} {rate} and {does} so for {n:time} [in a row|on end]",
    )
    s.ask("{much} {does} {Q} have [then|in the end|after that|{total}]?")
    return ("+", ("*", "n", "p"), "w")


MAKERS = (
    (kept_after_one, 3),
    (kept_after_two, 3),
    (spent_and_got, 3),
    (spent_unknown, 3),
    (had_before, 2),
    (two_prices, 2),
    (cost_of_many, 5),
    (price_or_number, 4),
    (rest_buys, 3),
    (two_purchases, 3),
    (one_price, 4),
    (paid_by_job, 6),
    (paid_and_more, 2),
    (saved_up, 4),
)

"""Stories about money: prices, change, what is left, what it buys, wages and savings.

Knows whole dollars and cents, how they are written, and the term of each question.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import actor, days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit


def _money(s: Story, *slots: str) -> None:
    """How the story writes each amount: `{$a}` and so on become slots of their own."""
    style = s.rng.choice(
        ("${n}", "${n}", "${n}", "{n} dollars", "{n} dollars", "{n} [cents|euros|coins|bucks]")
    )
    if "|" in style:
        style = "{n} " + s.pick("cents", "euros", "coins", "bucks")
    for slot in slots:
        s.words["$" + slot] = style.replace("{n}", "{" + slot + "}")
    s.words["dollars"] = style.removeprefix("{n} ") if style[0] == "{" else "dollars"


def _setting(s: Story) -> str:
    people(s, 3)
    things(s, 3)
    days(s)
    return actor(s)


def left_to_spend(s: Story) -> Term:
    """An amount, one to three expenses or gifts; what is left, was spent or was there."""
    he = _setting(s)
    _money(s, "a", "b", "c", "e")
    a = s.draw("a", 4, max(20, s.top))
    b = s.draw("b", 1, a - 2)
    draw = s.rng.random()
    spend = s.pick("spend {$b} on [a {t1}|{t}|lunch|a gift|shoes]", "pay {$b} for [a {t1}|the {t}|a ticket]",
                   "buy [a {t1}|some {t}] for {$b}")  # fmt: skip
    verb = spend.partition(" ")
    told = f"{{~{verb[0]}}} {verb[2]}"
    have = s.pick("{A} {has} {$a}", "{A} {has} {$a} in {his} [purse|pocket|bank|wallet|account]", "{A} {~go} to the [store|market|fair|mall] with {$a}",
                  "{A} {~get} {$a} [from {B}|for {his} birthday]", "{A} {~save} {$a}")  # fmt: skip
    if draw < 0.22:
        s.fact(have)
        s.fact(f"{he} {told}")
        s.ask("how much [money|] {does} {he} have left?", "how many {dollars} {does} {A_} have left?", "how much is left?", "how much [money|] {does} {A_} have now?",
              "how much change {does} {he} get?")  # fmt: skip
        return ("-", "a", "b")
    if draw < 0.4:
        s.draw("c", 1, a - b - 1)
        s.fact(have)
        s.fact(
            f"{he} {told} and {{$c}} on [a {{u1}}|{{u}}|a drink]".replace(
                "for {$b} and",
                "for {$b}, and spends" if s.present and not s.plural else "for {$b} and spent",
            ),
            f"{he} {{~spend}} {{$b}} {{day1}} and {{$c}} {{day2}}",
            f"{he} {{~buy}} a {{t1}} for {{$b}} and a {{u1}} for {{$c}}",
            f"{he} {{~pay}} {{$b}} for {{t}} and {{$c}} for {{u}}",
        )
        s.ask(
            "how much [money|] {does} {he} have left?",
            "how many {dollars} are left?",
            "how much is left [over|]?",
        )
        return ("-", ("-", "a", "b"), "c")
    if draw < 0.58:
        s.draw("c", 1, s.top)
        away = f"{he} {told}"
        more = f"{he} {{~earn}} {{$c}} [more|] [by {{washing}}|for helping {{B}}|]".replace(
            "{washing}",
            s.pick("washing cars", "walking dogs", "raking leaves", "selling {u}", "mowing lawns"),
        )
        gift = s.pick(
            more,
            "{B} {=give} {him} {$c} [more|]",
            f"{he} {{~get}} [another|] {{$c}} from {{B}}",
        )
        s.fact(have)
        first = s.chance(0.5)
        if first:
            s.fact(away)
            s.fact(gift, lead="[Then|Later|]")
        else:
            s.fact(gift)
            s.fact(away, lead="[Then|Later|]")
        s.ask(
            "how much [money|] {does} {he} have now?",
            "how many {dollars} {does} {A_} have [now|in the end]?",
            "how much [money|] {does} {he} end up with?",
        )
        return ("+", ("-", "a", "b"), "c") if first else ("-", ("+", "a", "c"), "b")
    if draw < 0.74:
        s.numbers["e"] = a - b
        s.fact(have)
        s.fact(f"{he} {{~buy}} [some {{t}}|a {{t1}}]. {{he}} {{has}} {{$e}} left", "after [shopping|buying {t}] {he} {has} {$e} left",
               f"{he} {{~spend}} some of it and {{has}} {{$e}} left", "now {he} {has} [only|] {$e}")  # fmt: skip
        s.ask(
            "how much {does} {he} spend?",
            "how much money did {he} spend?",
            "how much did the {t} cost?" if "{t" in s.facts[-1][1] else "how much did {A_} spend?",
        )
        return ("-", "a", "e")
    if draw < 0.88:
        s.fact(
            f"{{A}} {told}. now {{he}} {{has}} {{$e}} left",
            "after {he} spent {$b}, {A} {has} {$e} left",
        )
        s.numbers["e"] = a - b
        s.ask(
            "how much money did {he} have [before|at first|to begin with]?",
            "how much did {he} start with?",
            "how many {dollars} did {A_} have in the beginning?",
        )
        return ("+", "b", "e")
    s.draw("c", 1, s.top)
    if s.numbers["c"] == b:
        raise Unfit
    more = b > s.numbers["c"]
    s.fact(
        "{A} {~spend} {$b} on {t} and {$c} on {u}",
        "{A} {~pay} {$b} for a {t1} and {$c} for a {u1}",
        "a {t1} costs {$b} and a {u1} costs {$c}",
    )
    last = s.facts[-1][1]
    if s.chance(0.5):
        s.ask(
            "how much {does} {he} spend {total}?"
            if "costs" not in last
            else "how much do both cost together?",
            "what is the total [cost|]?",
        )
        return ("+", "b", "c")
    x, y = ("{t}", "{u}") if more else ("{u}", "{t}")
    if "costs" in last or "for a" in last:
        x, y = ("the {t1}", "the {u1}") if more else ("the {u1}", "the {t1}")
        s.ask(f"how much more {{do}} {x} cost than {y}?", f"how much cheaper is {y} than {x}?")
    else:
        s.ask(f"how much more {{does}} {{he}} spend on {x} than on {y}?")
    return ("-", "b", "c") if more else ("-", "c", "b")


def bought_many(s: Story) -> Term:
    """Price and number: cost, price, number; change, missing money, two kinds."""
    he = _setting(s)
    _money(s, "p", "q", "w", "e", "x")
    n, p = s.draw("n", 2, min(s.top, 40)), s.draw("p", 2, min(s.top, 60))
    cost = n * p
    draw = s.rng.random()
    buys = s.pick(
        "{A} {~buy} {n:t} for {$p} each",
        "{A} {~buy} {n:t}. each [{t1}|one] costs {$p}",
        "{A} {~buy} {n:t} at {$p} [each|apiece|a piece]",
        "{t} cost {$p} each. {A} {~buy} {n}",
        "one {t1} costs {$p}. {A} {~want} {n} of them",
        "the price of a {t1} is {$p} and {A} {~buy} {n}",
        "{A} {~buy} {n:t} that cost {$p} each",
        "every {t1} is {$p} and {A} {~get} {n} [of them|]",
    )
    cost_term: Term = ("*", "n", "p")
    if draw < 0.22:
        s.fact(buys)
        s.ask(
            "how much {does} {he} [pay|spend] [{total}|]?",
            "how much [money|] {does} {A_} need?",
            "what is the total [cost|price]?",
            "how much do [they|the {t}] cost [{total}|]?",
            "how many {dollars} is that?",
        )
        return cost_term
    if draw < 0.36:
        s.numbers["w"] = cost + s.rng.randint(1, max(2, s.top))
        s.fact(buys)
        s.fact(
            f"{he} {{~pay}} with {{$w}}",
            f"{he} {{has}} {{$w}} [with {{him}}|]",
            f"{he} {{~bring}} {{$w}}",
        ) if s.chance(0.6) else s.facts.insert(0, ("", "{A} {has} {$w}"))
        s.ask(
            "how much [money|] {does} {he} have left?",
            "how much change {does} {he} get [back|]?",
            "how much is left?",
            "how much [money|] will {A_} have left?",
        )
        return ("-", "w", cost_term)
    if draw < 0.46:
        s.draw("w", 1, cost - 1)
        s.fact(buys.replace("{~buy}", "{~want} to buy").replace("{~get}", "{~want}"))
        s.fact(f"{he} [already|only|] {{has}} {{$w}}", f"{he} {{~save}} {{$w}} so far")
        s.ask(
            "how much more [money|] {does} {he} need?",
            "how many more {dollars} {does} {A_} need?",
            "how much [money|] is {he} short of?" if not s.plural else "how much more is needed?",
        )
        return ("-", cost_term, "w")
    if draw < 0.58:
        s.numbers["x"] = cost
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
    if draw < 0.70:
        s.numbers["x"] = cost
        s.fact(
            "{A} {has} {$x}. [each|a|one] {t1} costs {$p}",
            "{t} cost {$p} each. {A} {has} {$x}",
            "{A} {~spend} {$x} on {t} that cost {$p} each",
            "{A} {~pay} {$x} for {t} at {$p} each",
        )
        s.ask("how many [{t}|] {does} {he} buy?" if "spend" in s.facts[-1][1] or "pay" in s.facts[-1][1] else "how many {t} can {he} buy?",
              "how many {t} is that?")  # fmt: skip
        return ("/", "x", "p")
    if draw < 0.80:
        s.draw("y", 1, max(2, min(s.top, 300)))
        s.numbers["w"] = cost + s.numbers["y"]
        _money(s, "p", "w", "y")
        earned = s.chance(0.4) and s.numbers["y"] < cost
        if earned:
            s.numbers["w"] = cost - s.numbers["y"]
        s.fact("{A} {has} {$w}")
        s.fact(
            f"{he} {{~earn}} {{$y}} more"
            if earned
            else f"{he} {{~spend}} {{$y}} on [a {{u1}}|{{u}}]",
            "{B} {=give} {him} {$y} more" if earned else f"{he} {{~give}} {{$y}} to {{B}}",
        )
        s.fact("each {t1} costs {$p}", "{t} [cost|are] {$p} each")
        s.ask(
            "how many {t} can {he} buy?",
            "how many {t} can {A_} [buy|get] with "
            + ("all {his} money?" if earned else "the rest?"),
            "how many {t} at that price can {he} afford?",
        )
        return ("/", ("+" if earned else "-", "w", "y"), "p")
    if draw < 0.90:
        s.draw("m", 2, min(s.top, 30))
        s.draw("q", 2, min(s.top, 40))
        s.fact("{A} {~buy} {n:t} for {$p} each and {m:u} for {$q} each", "a {t1} costs {$p} and a {u1} costs {$q}. {A} {~buy} {n:t} and {m:u}",
               "{A} {~buy} {n:t} and {m:u}. each {t1} costs {$p} and each {u1} costs {$q}", "{A} {~buy} {n:t} at {$p} each. {he} also {~get} {m:u} at {$q} each")  # fmt: skip
        right: Term = ("*", "m", "q")
        which = s.rng.random()
        if which < 0.5:
            s.ask(
                "how much {does} {he} [spend|pay] {total}?",
                "what is the total [cost|price]?",
                "how much {does} {A_} need to pay?",
            )
            return ("+", cost_term, right)
        if which < 0.7:
            s.ask(
                "how much {does} {he} [spend|pay] for the {t}?",
                "how much do the {t} cost?",
                "how much {does} {A_} spend on {t}?",
            )
            return cost_term
        if which < 0.85:
            s.ask("how many {kind} {does} {he} buy?", "how many things {does} {he} buy {total}?")
            return ("+", "n", "m")
        if s.value(right) == cost:
            raise Unfit
        more = cost > s.value(right)
        x, y = ("t", "u") if more else ("u", "t")
        s.ask(
            f"how much more {{does}} {{he}} spend on {{{x}}} than on {{{y}}}?",
            f"how much more do the {{{x}}} cost than the {{{y}}}?",
        )
        return ("-", cost_term, right) if more else ("-", right, cost_term)
    # one price, two numbers
    s.draw("m", 2, min(s.top, 40))
    plus = s.chance(0.6) or s.numbers["m"] >= n
    if plus:
        s.fact("{A} {~buy} {n:t} and {m:u}. each [thing|of them|one] costs {$p}", "{A} {~buy} {n:t} and {B} {=buy} {m}. each {t1} costs {$p}",
               "every {kind1} costs {$p}. {A} {~buy} {n:t} and {m:u}", "{A} {~buy} {n:t} {day1} and {m} {day2}. they are {$p} each")  # fmt: skip
        s.ask(
            "how much {does} {he} spend {total}?"
            if "{B}" not in s.facts[-1][1]
            else "how much do they spend {total}?",
            "what is the total [cost|]?",
            "how much do they cost {total}?",
        )
        return ("*", ("+", "n", "m"), "p")
    s.fact("{A} {has} {n:t} but {~sell} only those that work. {m} are broken",
           "{A} {has} {n:t} to sell, but {m} of them are [broken|bad|damaged]", "{A} {~make} {n:t} and {~keep} {m} [of them|]")  # fmt: skip
    s.fact(
        "each [{t1}|of the others|good one] [is sold for|sells for|brings] {$p}",
        f"{he} {{~sell}} the [rest|others] for {{$p}} each",
    )
    s.ask(
        "how much [money|] {does} {he} [make|earn|get]?",
        "how many {dollars} {does} {A_} [make|earn]?",
        "how much [can|will] {he} [earn|make]?",
    )
    return ("*", ("-", "n", "m"), "p")


JOBS = (
    ("mow", "lawn", "lawns"), ("wash", "car", "cars"), ("walk", "dog", "dogs"), ("clean", "window", "windows"), ("rake", "yard", "yards"),
    ("deliver", "package", "packages"), ("paint", "fence", "fences"), ("teach", "lesson", "lessons"), ("shovel", "driveway", "driveways"),
    ("fix", "bike", "bikes"), ("wrap", "gift", "gifts"), ("sew", "shirt", "shirts"), ("recycle", "bag", "bags"), ("serve", "table", "tables"),
    ("groom", "cat", "cats"), ("sell", "cup of lemonade", "cups of lemonade"), ("write", "page", "pages"), ("finish", "level", "levels"),
    ("pick", "basket", "baskets"), ("sweep", "floor", "floors"), ("win", "round", "rounds"), ("beat", "opponent", "opponents"),
)  # fmt: skip


def earned(s: Story) -> Term:
    """Pay (or points) for each job: all jobs, jobs left out, two batches, what it buys."""
    he = _setting(s)
    _money(s, "p", "w", "x", "q")
    verb, one, many = s.rng.choice(JOBS)
    s.noun("job", one, many)
    s.words["do"] = verb
    points = s.chance(0.3) or verb in ("finish", "win", "beat", "recycle")
    if points:
        for slot in ("p", "w", "x"):
            s.words["$" + slot] = f"{{{slot}}} points"
        s.words["dollars"] = "points"
    n, p = s.draw("n", 2, min(s.top, 30)), s.draw("p", 2, 40)
    rate = s.pick("{A} {~earn} {$p} for [each|every] {job1} {he} {~" + verb + "}", "{A} {~get} {$p} [for each|per|a] {job1}", "{A} {~charge} {$p} [for each|per] {job1}" if not points else "each {job1} gives {$p}",
                  "for each {job1} {A} {~get} {$p}")  # fmt: skip
    much = "how many points" if points else s.pick("how much [money|]", "how many {dollars}")
    draw = s.rng.random()
    if draw < 0.3:
        s.fact(rate)
        s.fact(f"{he} {{~{verb}}} {{n:job}}", f"{he} {{~{verb}}} {{n:job}} {{day1}}")
        s.ask(
            f"{much} {{does}} {{he}} [earn|get|make] [{{total}}|]?",
            f"{much} is that?",
            f"{much} will {{he}} [have|get]?",
        )
        return ("*", "n", "p")
    if draw < 0.5:
        s.draw("m", 1, n - 1)
        s.fact(rate)
        s.fact(f"{he} {{has}} {{n:job}} to {verb}, but {{he}} {{~forget}} {{m}} [of them|]",
               f"there {{are}} {{n:job}}, and {{he}} {{~{verb}}} all but {{m}} of them", "out of {n:job} {he} {~leave} out {m}",
               "of {n:job}, {m} {are} not done")  # fmt: skip
        s.ask(
            f"{much} {{does}} {{he}} [earn|get|make|score]?",
            f"{much} did {{he}} [get|make] {{total}}?",
        )
        return ("*", ("-", "n", "m"), "p")
    if draw < 0.68:
        s.draw("m", 1, 30)
        s.fact(rate)
        s.fact(f"{he} {{~{verb}}} {{n:job}} {{day1}} and {{m}} {{day2}}", f"{he} {{~{verb}}} {{n:job}}, and later {{m}} more")  # fmt: skip
        s.ask(
            f"{much} {{does}} {{he}} [earn|get|make] {{total}}?",
            f"{much} {{does}} {{A_}} [earn|have] altogether?",
        )
        return ("*", ("+", "n", "m"), "p")
    if draw < 0.84:
        s.draw("w", 1, max(3, s.top))
        plus = s.chance(0.7)
        s.fact(rate)
        s.fact(f"{he} {{~{verb}}} {{n:job}}")
        if plus or s.numbers["w"] >= n * p:
            s.facts.insert(0, ("", "{A} [already|] {has} {$w}"))
            s.facts[1] = ("", s.facts[1][1].replace("{A}", "{he}"))
            s.ask(f"{much} {{does}} {{he}} have [now|{{total}}]?")
            return ("+", ("*", "n", "p"), "w")
        s.fact(f"{he} {{~spend}} {{$w}} [of it|]" if not points else f"{he} {{~lose}} {{w}} points")
        s.ask(f"{much} {{does}} {{he}} have left?")
        return ("-", ("*", "n", "p"), "w")
    s.numbers["x"] = n * p
    s.fact(rate)
    s.fact(f"{he} {{~earn}} {{$x}} [{{total}}|]", f"{he} {{~get}} {{$x}} [in one day|{{day1}}|]")
    s.ask(
        f"how many {{job}} {{does}} {{he}} {verb}?",
        f"how many {{job}} did {{A_}} {verb}?",
        "how many {job} was that?",
    )
    return ("/", "x", "p")


def saved_up(s: Story) -> Term:
    """So much a week for some weeks, towards a goal or beside what is there."""
    he = _setting(s)
    _money(s, "p", "g", "w")
    n, p = s.draw("n", 2, 30), s.draw("p", 2, 60)
    unit = s.pick("week", "day", "month", "hour", "year")
    save = "earn" if unit == "hour" else s.pick("save", "earn", "get", "put aside", "make")
    s.noun("time", unit, unit + "s")
    rate = f"{{A}} {{~{save}}} {{$p}} [each|every|a|per] {unit}"
    draw = s.rng.random()
    if draw < 0.3:
        s.fact(
            rate + " for {n:time}",
            f"{rate}. {{he}} {{~keep}} it up for {{n:time}}",
            f"in {{n:time}} {{A}} {{~{save}}} {{$p}} each {unit}",
        )
        s.ask(
            f"how much [money|] {{does}} {{he}} {save} {{total}}?"
            if " " not in save
            else "how much money is that?",
            "how much [money|] is that [{total}|]?",
            "how much [money|] {does} {A_} have [then|at the end]?",
        )
        return ("*", "n", "p")
    if draw < 0.55:
        s.numbers["g"] = n * p
        s.fact(
            f"{rate}. {{he}} {{~want}} to buy a {{t1}} [for|that costs] {{$g}}",
            f"a {{t1}} costs {{$g}}. {rate}",
            f"{{A}} {{~need}} {{$g}} for a {{t1}} and {{~{save}}} {{$p}} [each|every|a] {unit}",
        )
        s.ask(
            "how many {time} does {he} have to wait?"
            if not s.plural
            else "how many {time} does it take?",
            "how many {time} will it take [{him}|]?",
            "after how many {time} can {he} buy it?",
            "how many {time} {does} {A_} need?",
        )
        return ("/", "g", "p")
    if draw < 0.8:
        s.draw("w", 2, max(3, s.top))
        s.numbers["g"] = s.numbers["w"] + n * p
        s.fact(
            "{A} {~want} a {t1} that costs {$g}. {he} [already|] {has} {$w}",
            "a {t1} costs {$g} and {A} {has} {$w}",
        )
        s.fact(f"{he} {{~{save}}} {{$p}} [each|every|a] {unit}")
        s.ask(
            "how many {time} will it take [{him}|] [to get the rest|]?",
            "in how many {time} can {he} buy it?",
            "how many [more|] {time} {does} {he} need?",
        )
        return ("/", ("-", "g", "w"), "p")
    s.draw("w", 2, max(3, s.top))
    s.fact("{A} {has} {$w}", "{A} {~start} with {$w}")
    s.fact(f"{he} {{~{save}}} {{$p}} [each|every|a] {unit} for {{n:time}}")
    s.ask("how much [money|] {does} {he} have [then|in the end|after that|now|{total}]?")
    return ("+", ("*", "n", "p"), "w")

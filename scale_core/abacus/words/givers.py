"""Who gives whom, and who is asked about; what is taken told before what there was.

Schemas: a gift, loss or find of one of two people, each of whose amounts is told; a change followed
by one of another thing; a removal told first; money that is still to be earned. Knows each telling
and its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit

# told of a giver and a getter; N is what changes hands
GIFTS = (
    "{giver} {~3give} {getter} N [more|] [{t}|]",
    "{giver} {~3give} N [more|] {t} to {getter}",
    "{giver} {~3hand} N {t} over to {getter}",
    "{giver} {~3hand} {getter} N [of them|{t}]",
    "{giver} {~3mail} {getter} N {t}",
    "{giver} {~3pass} N {t} on to {getter}",
    "{giver} {~3let} {getter} have N [of {his3}|] {t}",
    "{getter} {~4get} N {t} from {giver}",
    "{getter} {~4receive} N {t} from {giver}",
    "{getter} {~4buy} N [of the|] {t} from {giver}",
    "{getter} {~4borrow} N {t} from {giver}",
    "{getter} {~4accept} N {t} that {giver} {~3offer}",
)


def _gift(s: Story, giver: str, getter: str, n: str) -> None:
    """Tell that one gives another so many."""
    told = s.rng.choice(GIFTS).replace("N", f"{{{n}}}")
    for slot, who in (("3", giver), ("4", getter)):
        told = told.replace("{~" + slot, "{~" if who == "A" else "{=")
    his = "{his}" if giver == "A" else f"{{his{giver}}}"
    told = told.replace("{his3}", his)
    told = told.replace("{giver}", f"{{{giver}_}}").replace("{getter}", f"{{{getter}_}}")
    s.fact(told, lead="[Then|Later|One day|After that,|]" if s.facts else "")


def _owner(s: Story, who: str, n: str) -> None:
    has, verb = ("{has}", "~") if who == "A" else ("{hath}", "=")
    s.fact(
        f"{{{who}}} {has} {{{n}:t}}",
        f"{{{who}}} {has} {{{n}:t}}",
        f"{{{who}}} {{{verb}begin}} with {{{n}:t}}",
        f"{{{who}}} {{{verb}own}} {{{n}:t}}",
        f"{{{who}}} {has} {{{n}:t}} [at home|at first|in {{{who}'s}} {{box1}}]",
    )


def gift(s: Story) -> Term:
    """One gives another some: what the one or the other has then, or had, or how many it was."""
    people(s, 2)
    things(s, 2)
    if s.words["A"] in ("I", "you", "we"):
        raise Unfit
    to_main = s.chance(0.5)
    a, b = s.draw("a", 3, s.top), s.draw("b", 3, s.top)
    n = s.draw("n", 2, s.top if to_main else a - 1)
    if to_main and n > b:
        s.numbers["b"] = b = n + s.rng.randint(1, max(2, s.top))
    both = s.chance(0.4)
    _owner(s, "A", "a")
    if both:
        _owner(s, "B", "b")
        if s.chance(0.3):
            s.facts.reverse()
    giver, getter = ("B", "A") if to_main else ("A", "B")
    if not both:
        s.words["B_"] = s.words["B"]
    if s.chance(0.3):
        s.draw("k", 1, a - 1)
        s.fact(
            "{k} of {A's} {t} {are} [torn|scratched|rather old|red|signed]",
            "{A_} also {has} {k:u}",
            "there {are} {k:u} beside {A's} {t}",
        )
    _gift(s, giver, getter, "n")
    other = both and s.chance(0.5)
    who = "B" if other else "A"
    s.words["who"] = f"{{{who}_}}"
    s.words["do_"] = "{does}" if who == "A" else "{do}"
    s.words["end_"] = "{has}" if who == "A" else "{hath}"
    up = (who == "A") == to_main
    s.ask(
        "how many {t} {do_} {who} have now?",
        "how many {t} {do_} {who} have [then|after that|in the end]?",
        "how many {t} {do_} {who} end with?",
        "how many {t} will {who} have?",
        "with how many {t} {do_} {who} end up?",
        "how many {t} {do_} {who} have {total} now?"
        if up
        else "how many {t} {do_} {who} have left?",
        "what number of {t} {do_} {who} have now?",
    )
    return ("+" if up else "-", "b" if other else "a", "n")


def one_of_two(s: Story) -> Term:
    """Two people's amounts, and one of them finds or loses some: what one has then."""
    people(s, 3)
    things(s, 2)
    a, b = s.draw("a", 3, s.top), s.draw("b", 3, s.top)
    mover = s.pick("A", "B")
    up = s.chance(0.45)
    s.draw("n", 2, s.top if up else (a if mover == "A" else b) - 1)
    _owner(s, "A", "a")
    _owner(s, "B", "b")
    if s.chance(0.4):
        s.facts.reverse()
    v = "~" if mover == "A" else "="
    if up:
        s.fact(
            f"{{{mover}_}} {{{v}pick up}} another {{n}}",
            f"{{{mover}_}} {{{v}gain}} {{n}} more [{{t}}|]",
            f"{{C}} {{=bring}} {{{mover}_}} {{n}} more",
            f"{{{mover}_}} {{{v}win}} {{n}} [more|] {{t}}",
        )
    else:
        s.fact(
            f"{{{mover}_}} {{{v}lose}} {{n}} [{{t}}|of them]",
            f"{{{mover}_}} {{{v}give}} {{n}} [{{t}}|] to {{C}}",
            f"{{C}} {{=take}} {{n}} of {{{mover}'s}} {{t}}",
            f"{{n}} of {{{mover}'s}} {{t}} {{+go}} to {{C}}",
            f"{{{mover}_}} {{{v}share}} {{n}} with {{C}}",
        )
    kept: Term = ("+" if up else "-", mover.lower(), "n")
    s.words["who"] = f"{{{mover}_}}"
    s.words["do_"] = "{does}" if mover == "A" else "{do}"
    if s.chance(0.8):
        s.ask(
            "how many {t} {do_} {who} have [now|then]?",
            "how many {t} {do_} {who} end with?",
            "how many {t} will {who} have?",
            "how many {t} {do_} {who} have in the end?",
        )
        return kept
    s.ask("how many {t} do they have {total} now?", "how many {t} is that for both now?")
    return ("+", kept, "a" if mover == "B" else "b")


def then_another_thing(s: Story) -> Term:
    """A change of one thing, and then something of another thing, which plays no part."""
    people(s, 2)
    things(s, 2)
    a = s.draw("a", 3, s.top)
    up = s.chance(0.6)
    s.draw("n", 2, s.top if up else a - 1)
    s.draw("k", 2, s.top)
    s.fact("{A} {has} {a:t}", "{A} {~begin} with {a:t}", "there are {a:t} in {A's} {box1}")
    if up:
        s.fact(
            "{S} {~gain} {n} more",
            "{B} {=give} {A_} {n} more",
            "{A_} {~get} {n} [more|others] from {B}",
        )
    else:
        s.fact(
            "{S} {~lose} {n} [of them|]",
            "{A_} {~give} {B} {n}",
            "{B} {=get} {n} of these from {A_}",
        )
    s.fact(
        "[later|then|after that] {A_} {~order} {k:u} [too|at the market|]",
        "[on the way home|in the evening] {he} also {~get} {k:u}",
        "[later|then] {B_} {=come} by with {k:u}",
        "{he} {~put} them next to {k:u}",
        "{A_} {~swap} {k:u} for something else",
    )
    s.ask(
        "how many {t} {does} {A_} have [now|in the end|]?",
        "how many {t} {does} {A_} have {total}?" if up else "how many {t} {does} {A_} have left?",
        "how many {t} {does} {Q} end with?",
        "how many {t} {are} there?",
    )
    return ("+" if up else "-", "a", "n")


def taken_out(s: Story) -> Term:
    """What is taken out of a box or put into it first, then what was in it before."""
    people(s, 2)
    things(s, 2)
    a = s.draw("a", 3, s.top)
    up = s.chance(0.35)
    s.draw("n", 2, s.top if up else a - 1)
    s.draw("j", 2, s.top)
    if s.chance(0.3):
        s.draw("k", 2, s.top)
        s.words["also"] = "{B} {=have} {k} [{t}|] in a {case1}"
    change = (
        s.pick(
            "{A} {~lay} {n:t} in [a|the] {box1}",
            "{A} {~add} {n:t} to [a|the] {box1}",
            "{n:t} {are} put into [a|the] {box1}",
        )
        if up
        else s.pick(
            "{A} {~pull} {n:t} out of [a|the] {box1}",
            "{A} {~remove} {n:t} from [a|the] {box1}",
            "{n:t} {are} missing from [a|the] {box1}",
            "{A} {~empty} {n:t} out of [a|the] {box1}",
        )
    )
    before = s.pick(
        "[earlier|before that|at first] the {box1} held {a}",
        "there were {a} [{t}|] in it [before|until then|at the start]",
        "there were {a:t} and {j:u} in it [before|at first]",
        "before, it had {a} [{t}|] in it",
        "the {box1} had {a} [{t}|] to begin with",
    )
    s.fact(change)
    if "also" in s.words and s.chance(0.5):
        s.fact("{also}")
    s.fact(before.replace(" in it", " in the {box1}") if "k" in s.numbers else before)
    s.ask(
        "how many {t} are in the {box1} now?",
        "how many {t} are now in the {box1}?",
        *(
            ()
            if up
            else (
                "how many {t} are left in the {box1}?",
                "how many {t} did that leave in the {box1}?",
            )
        ),
    )
    return ("+" if up else "-", "a", "n")


def to_earn(s: Story) -> Term:
    """What somebody has and what something costs: what is still to be earned, or what is over."""
    people(s, 1)
    things(s, 1)
    a, b = s.draw("a", 2, s.top), s.draw("b", 2, s.top)
    if a == b:
        raise Unfit
    s.words["money"] = s.pick("dollars", "dollars", "euros", "coins", "tickets", "points")
    s.fact("{A} {has} {a} {money}", "{A} {~own} {a} {money}", "{A's} jar {=hold} {a} {money}")
    if a < b:
        if s.chance(0.5):
            s.fact("a {t1} {=cost} {b}", "{he} {~want} a {t1} for {b} {money}")
            s.ask(
                "how many [more|] {money} must {Q} [earn|get|save] for it?",
                "how many {money} {does} {Q} lack?",
                "how many {money} more {does} {Q} need [to buy it|]?",
            )
        else:
            s.ask(
                "how many {money} must {Q} earn to reach the {b} that a {t1} costs?",
                "how many [more|] {money} must {Q} find for a {t1} of {b} {money}?",
                "to pay {b} {money} for a {t1}, how many must {Q} still get?",
            )
        return ("-", "b", "a")
    s.fact("{he} {~buy} a {t1} for {b}", "a {t1} {=cost} {him} {b}", "{b} of them {+go} for a {t1}")
    s.ask(
        "what number of {money} {does} {Q} have [then|left|after that]?",
        "how many {money} {are} left?",
        "how many {money} does that leave {him}?",
    )
    return ("-", "a", "b")


MAKERS = (
    (gift, 10),
    (one_of_two, 5),
    (then_another_thing, 5),
    (taken_out, 4),
    (to_earn, 7),
)

"""Lengths, ways and times that shrink, grow, add up or are partly behind: how long, how far.

Schemas: change and combine with measures, with the result, the change, the start or a part unknown.
Knows each telling and its term. Does not know things that are counted.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import people
from scale_core.abacus.words.tongue import Story, Term

UNITS = (("inch", "inches"), ("meter", "meters"), ("foot", "feet"), ("centimeter", "centimeters"))
SHORTENED = tuple(
    tuple(part.split("/"))
    for part in """rope/trim off, ribbon/snip off, candle/burn down, plank/saw off, beard/shave off,
    hose/cut away, carpet/trim off, pencil/wear down, log/chop off, braid/snip off""".replace(
        "\n    ", " "
    ).split(", ")
)
GROWN = tuple(
    tuple(part.split("/"))
    for part in """vine/grow, scarf/get longer by, icicle/grow, fence/get longer by, beanstalk/shoot up,
    wall/get longer by, braid/grow, trench/get longer by""".replace("\n    ", " ").split(", ")
)


def _length(s: Story, changes: tuple[tuple[str, ...], ...]) -> None:
    people(s, 1)
    s.words["thing"], s.words["act"] = s.rng.choice(changes)
    s.words["it"] = "{A's} {thing}"
    s.noun("unit", *s.rng.choice(UNITS))


def shortened(s: Story) -> Term:
    """A length and what is taken from it: what is left, what was taken, or what there was."""
    _length(s, SHORTENED)
    b = s.draw("b", 1, s.draw("a", 4, min(max(12, s.top), 400)) - 1)
    s.numbers["e"] = s.numbers["a"] - b
    alone = s.words["act"] in ("burn down", "wear down")  # nobody does it
    after = "[after that|now] it [{=measure} {e:unit}|{be} {e:unit} long]"
    draw = s.rng.random()
    if draw < 0.7:
        s.fact("{it} {be} {a:unit} long [at first|]", "{it} {=measure} {a:unit} [at first|]")
    if draw < 0.4:
        s.fact("it {=act} by {b:unit}" if alone else "{he} {~act} {b:unit} of it")
        s.ask("how long {be} it [then|now|after that]?", "how many {unit} of it {are} left?")
        return ("-", "a", "b")
    if draw < 0.7:
        s.fact("it {=act} [a bit|somewhat]" if alone else "{he} {~act} a piece of it")
        s.fact(after)
        s.ask(
            "how many {unit} {are} gone?",
            "how much shorter {be} it [now|]?",
            "how long {be} the missing piece?",
        )
        return ("-", "a", "e")
    s.fact("{it} {=act} by {b:unit}" if alone else "{A} {~act} {b:unit} of {his} {thing}")
    s.fact(after)
    s.ask("how long was it before?", "how many {unit} did it measure [at first|before that]?")
    return ("+", "b", "e")


def grown(s: Story) -> Term:
    """A length and what is added to it: what it is then, what was added, or what there was."""
    _length(s, GROWN)
    s.numbers["e"] = s.draw("a", 2, min(s.top, 400)) + s.draw("b", 1, min(s.top, 99))
    draw = s.rng.random()
    if draw < 0.4:
        s.fact("{it} {be} {a:unit} long", "{it} {=measure} {a:unit}")
        s.fact("[within a month|in spring|by Sunday|] it {=act} [another|] {b:unit}")
        s.ask("how long {be} it [then|now|after that]?", "how many {unit} {do} it measure now?")
        return ("+", "a", "b")
    if draw < 0.7:
        s.fact("{it} {be} {a:unit} long at first", "[in May|last week] {it} {=measure} {a:unit}")
        s.fact("[now|a month later|by Sunday] it {=measure} {e:unit}")
        s.ask("how many {unit} were added?", "how much longer {be} it now?")
        return ("-", "e", "a")
    s.fact("[within a month|in spring|by Sunday] {it} {=act} {b:unit}")
    s.fact("[now|after that] it {=measure} {e:unit}")
    s.ask("how long was it before?", "how many {unit} did it measure at first?")
    return ("-", "e", "b")


WAYS = tuple(
    tuple(part.split("/"))
    for part in """hike/trail/mile/miles, ride/road/kilometer/kilometers, row/river/mile/miles,
    crawl/tunnel/yard/yards, climb/cliff/foot/feet, walk/path/block/blocks, sail/route/mile/miles,
    drive/track/kilometer/kilometers, run/course/lap/laps""".replace("\n    ", " ").split(", ")
)


def partway(s: Story) -> Term:
    """A way and what of it is behind or ahead; stretches that add up; a rest after two stretches."""
    people(s, 1)
    s.words["go"], s.words["way"], *unit = s.rng.choice(WAYS)
    s.noun("unit", *unit)
    b, c = s.draw("b", 1, max(6, s.top)), s.draw("c", 1, max(6, s.top))
    draw = s.rng.random()
    if draw < 0.2:
        s.fact(
            "{A} {~go} {b:unit} [before lunch|to a hut|to a bridge] and then {c} more",
            "the first part of the {way} {be} {b:unit} long, the second {c:unit}. {A} {~go} both",
        )
        s.ask("how far {does} {Q} {go} {total}?", "how far is that {total}?")
        return ("+", "b", "c")
    two = draw > 0.6
    s.draw("a", b + (c if two else 0) + 1, b + c + max(6, s.top))
    s.fact(
        "the {way} {be} {a:unit} long",
        "{A} {~want} to {go} {a:unit} {total}",
        "it {be} {a:unit} to the end of the {way}",
    )
    if two:
        s.fact(
            "{A} {~go} {b:unit} to a [bridge|hut|tree] and {c:unit} to a [well|gate|rock]",
            "after {b:unit} {A} {~rest}, then {he} {~go} another {c}",
        )
        term: Term = ("-", ("-", "a", "b"), "c")
    else:
        s.fact(
            "{A} {has} [come|covered] {b:unit} [so far|of it|already]",
            "{b:unit} {are} [behind {him}|done]",
            "{A} {~stop} after {b:unit}",
        )
        term = ("-", "a", "b")
    s.ask(
        "how far {does} {Q} still have to {go}?",
        "how far is it [from there|] to the end?",
        "how many {unit} {are} still ahead?",
        "how much farther {does} {Q} have to {go}?",
    )
    return term


SHOWS = ("film", "concert", "lesson", "match", "bus ride", "recording", "race", "meeting", "bath")


def lasting(s: Story) -> Term:
    """How long something lasts, has lasted or will still last; or two after one another."""
    people(s, 1)
    s.words["show"], s.words["other"] = s.rng.sample(SHOWS, 2)
    s.noun("unit", *s.rng.choice((("minute", "minutes"), ("second", "seconds"), ("hour", "hours"))))
    b = s.draw("b", 1, min(s.top, 90))
    draw = s.rng.random()
    if draw < 0.4:
        s.draw("a", b + 1, b + min(s.top, 120))
        s.fact("the {show} {=last} {a:unit}", "{A's} {show} {=take} {a:unit} {total}")
        s.fact(
            "{b:unit} [of it|] {are} over",
            "{A} {~leave} [it|] after {b:unit}",
            "{A} {~come} {b:unit} late",
        )
        s.ask(
            "how many {unit} [of it|of the {show}] {+remain}?",
            "for how many [more|further] {unit} will it go on?",
        )
        return ("-", "a", "b")
    s.draw("c", 1, min(s.top, 90))
    if draw < 0.7:
        s.fact(
            "the {show} {=last} {b:unit} and the {other} [after it|] {c:unit}",
            "{A} {~spend} {b:unit} on the {show}, then {c:unit} on the {other}",
        )
        s.ask("how long is that {total}?", "how many {unit} {+do} both take together?")
        return ("+", "b", "c")
    s.fact(
        "for {b:unit} {A} {~wait}, then the {show} {=begin} and {=last} {c:unit}",
        "{A} {has} {c:unit} of {show} behind {him} and {b:unit} to go",
    )
    s.ask(
        "how long {does} {Q} spend there {total}?"
        if "wait" in s.facts[-1][1]
        else "how long does the {show} take {total}?"
    )
    return ("+", "b", "c")


MAKERS = ((shortened, 2), (grown, 1), (partway, 3), (lasting, 1))

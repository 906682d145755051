"""Several numbers, most of them told by how they differ from another one; any of them is asked for.

Schemas: a web of comparisons between people, or between times, for one or two kinds: one number of
each kind is stated, the others hang on it directly or over one more, and what the question does not
need is told as well. Knows the tellings and how a number is reached. Does not know longer chains.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import days, people, things
from scale_core.abacus.words.chosen import DEEDS
from scale_core.abacus.words.tongue import Story, Term, Unfit

# a deed, a unit, and how the more and the less of it is said
FEATS = tuple(
    tuple(part.strip() for part in feat.split("/"))
    for feat in """
    throw/foot/feet/farther/less far, leap/inch/inches/farther/less far, hop/yard/yards/farther/less far,
    swim/lap/laps/more/fewer, climb/step/steps/higher/less high, wait/minute/minutes/longer/less long,
    kick/meter/meters/farther/less far, crawl/foot/feet/farther/less far, sing/verse/verses/more/fewer,
    row/mile/miles/farther/less far, sleep/hour/hours/longer/less long, sail/mile/miles/farther/less far""".split(",")
)  # fmt: skip


def _cast(s: Story) -> None:
    people(s, 3)
    things(s, 2)
    days(s)
    if s.plural:
        raise Unfit
    s.words |= {"up": "more", "down": s.pick("fewer", "fewer", "less"), "deed": "have"}
    if s.chance(0.35):
        s.words["deed"], unit, units, s.words["up"], s.words["down"] = s.rng.choice(FEATS)
        s.noun("t", unit, units)
    elif s.chance(0.5):
        s.words["deed"], *nouns = s.rng.choice(DEEDS)
        s.noun("t", *nouns[:2])
        s.noun("u", *nouns[2:])


def _so_many(s: Story, step: str, sign: str) -> str:
    """`step` more or fewer: 5 more pens, 5 feet farther."""
    way = "{up}" if sign == "+" else "{down}"
    return f"{{{step}}} {way} {{t}}" if s.words["up"] == "more" else f"{{{step}:t}} {way}"


def _compare(s: Story, one: str, other: str, step: str, sign: str) -> str:
    """The telling that `one` has `step` more or fewer than `other`."""
    what = _so_many(s, step, sign)
    return s.pick(
        f"{{{one}}} {{=deed}} {what} than {{{other}}}",
        f"{{{one}}} {{=deed}} {what} than {{{other}}} {{=do}}",
        f"compared with {{{other}}}, {{{one}}} {{=deed}} {what}",
    )


def _how_many(s: Story, what: str, who: str) -> str:
    """The question for a number of somebody's."""
    if s.words["deed"] == "have":
        return f"how many {what} does {who} have?"
    return f"how many {what} did {who} {{deed}}?"


def _stated(s: Story) -> str:
    return s.pick("{A} {=deed} {a:t}", "{A} {=deed} {a:t} {day1}")


def web(s: Story) -> Term:
    """Three people: one number, and two comparisons; any of the two others is asked for."""
    _cast(s)
    a = s.draw("a", 4, s.top)
    signs = s.pick("+", "-"), s.pick("+", "-")
    first = s.draw("d", 1, a - 1 if signs[0] == "-" else s.top)
    second = a + first if signs[0] == "+" else a - first
    shape = s.pick("line", "star", "backwards")
    base = second if shape == "line" else a
    sign = signs[1]
    s.draw("e", 1, max(1, base - 1) if (sign == "-") != (shape == "backwards") else s.top)
    b_term: Term = (signs[0], "a", "d")
    c_term: Term
    if shape == "backwards":  # A against C: C is found the other way round
        of_third = _compare(s, "A", "C", "e", sign)
        c_term = ("-" if sign == "+" else "+", "a", "e")
    elif shape == "line":
        of_third = _compare(s, "C", "B", "e", sign)
        c_term = (sign, b_term, "e")
    else:
        of_third = _compare(s, "C", "A", "e", sign)
        c_term = (sign, "a", "e")
    told = [_stated(s), _compare(s, "B", "A", "d", signs[0]), of_third]
    if s.chance(0.4):
        told = [told[1], told[2], told[0]] if s.chance(0.5) else [told[1], told[0], told[2]]
    for telling in told:
        s.fact(telling)
    last = s.chance(0.5)
    s.words["who"] = "{C}" if last else "{B}"
    s.ask(
        _how_many(s, "{t}", "{who}"),
        "how many {t} is that for {who}?",
        "what is {who's} number of {t}?",
    )
    s.words["who's"] = "{C's}" if last else "{B's}"
    return c_term if last else b_term


def between(s: Story) -> Term:
    """Somebody stands above one and below another; either of the three numbers is stated."""
    _cast(s)
    a = s.draw("a", 4, s.top)
    up = s.pick("+", "-")
    s.draw("d", 1, s.top if up == "-" else a - 1)  # against B: A has d more, so B has a - d
    s.draw("e", 1, s.top if up == "+" else a - 1)
    down = "-" if up == "+" else "+"
    what = _so_many(s, "d", up), _so_many(s, "e", down)
    s.fact(
        f"{{A}} {{=deed}} {what[0]} than {{B}} and {what[1]} than {{C}}",
        f"{{A}} {{=deed}} {what[0]} than {{B}}, but {what[1]} than {{C}}",
    )
    s.fact(_stated(s))
    ends: dict[str, Term] = {"B": (down, "a", "d"), "C": (up, "a", "e")}
    who = s.pick("B", "C")
    s.words["who"] = f"{{{who}}}"
    s.ask(_how_many(s, "{t}", "{who}"), "how many {t} is that for {who}?")
    return ends[who]


def two_webs(s: Story) -> Term:
    """Two kinds: both of one person stated, the other's told by how they differ; a kind, the sum or
    the difference of the kinds is asked for."""
    _cast(s)
    if s.words["up"] != "more":
        raise Unfit
    a, b = s.draw("a", 4, s.top), s.draw("b", 4, s.top)
    up1, up2 = s.pick("+", "-"), s.pick("+", "-")
    d = s.draw("d", 1, a - 1 if up1 == "-" else s.top)
    e = s.draw("e", 1, b - 1 if up2 == "-" else s.top)
    words = ["{up}" if up == "+" else "{down}" for up in (up1, up2)]
    relation = s.pick(
        f"{{B}} {{=deed}} {{d}} {words[0]} {{t}} and {{e}} {words[1]} {{u}} than {{A}}",
        f"{{B}} {{=deed}} {{d}} {words[0]} {{t}} but {{e}} {words[1]} {{u}} than {{A}}",
        f"compared with {{A}}, {{B}} {{=deed}} {{d}} {words[0]} {{t}} and {{e}} {words[1]} {{u}}",
    )
    stated = s.pick("{A} {=deed} {a:t} and {b:u}", "{A} {=deed} {b:u} and {a:t}")
    for telling in [stated, relation] if s.chance(0.4) else [relation, stated]:
        s.fact(telling)
    mine: dict[str, Term] = {"t": (up1, "a", "d"), "u": (up2, "b", "e")}
    values = {"t": a + d if up1 == "+" else a - d, "u": b + e if up2 == "+" else b - e}
    draw = s.rng.random()
    if draw < 0.55:
        kind = s.pick("t", "u")
        s.alias("x", kind)
        s.ask(_how_many(s, "{x}", "{B}"), "how many {x} is that for {B}?")
        return mine[kind]
    if draw < 0.7:
        s.alias("x", "t")
        term = s.difference("a", "b", "t", "u")
        s.ask(_how_many(s, "more {hi} than {lo}", "{A}"))
        return term
    if draw < 0.85:
        if values["t"] == values["u"]:
            raise Unfit
        hi, lo = ("t", "u") if values["t"] > values["u"] else ("u", "t")
        s.alias("hi", hi)
        s.alias("lo", lo)
        s.ask(_how_many(s, "more {hi} than {lo}", "{B}"))
        return ("-", mine[hi], mine[lo])
    kind = s.pick("t", "u")
    s.alias("x", kind)
    they = "do they have" if s.words["deed"] == "have" else "did they {deed}"
    s.ask(f"how many {{x}} {they} together?")
    return ("+", mine[kind], "a" if kind == "t" else "b")


MAKERS = ((web, 14), (between, 8), (two_webs, 9))

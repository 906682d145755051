"""Plans, recipes, harvests and stores: what is done, what is left, and what each takes.

Schemas: what a plan still needs, alone or times what each takes; what was made and not used; a
number that grows or falls by so much; the same thing at two places. Knows each telling and its
term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import people, things
from scale_core.abacus.words.tongue import Story, Term

JOBS = tuple(
    tuple(part.strip() for part in job.split("/"))
    for job in """
    paint/shutter/shutters/hour/hours, tile/bathroom/bathrooms/day/days, fry/fritter/fritters/minute/minutes,
    bind/diary/diaries/sheet/sheets, hem/curtain/curtains/meter/meters, build/birdhouse/birdhouses/board/boards,
    frame/portrait/portraits/nail/nails, wrap/present/presents/ribbon/ribbons, weld/gate/gates/rod/rods,
    bake/loaf/loaves/spoon of salt/spoons of salt, tune/piano/pianos/hour/hours, roof/cabin/cabins/plank/planks,
    check/form/forms/question/questions, shovel/driveway/driveways/minute/minutes,
    carve/bowl/bowls/hour/hours, sew/pillow/pillows/button/buttons, pot/fern/ferns/scoop of soil/scoops of soil,
    brew/kettle of tea/kettles of tea/spoon of leaves/spoons of leaves, defeat/troll/trolls/point/points,
    sell/lantern/lanterns/dollar/dollars, tutor/pupil/pupils/dollar/dollars, walk/poodle/poodles/dollar/dollars""".split(
        ","
    )
)


def still_needed(s: Story) -> Term:
    """A plan of so many, some of them done, and what each takes: what is done or what is left."""
    people(s, 2)
    things(s, 1)
    s.words["work"], one, many, unit, units = s.rng.choice(JOBS)
    s.noun("x", one, many)
    s.noun("unit", unit, units)
    s.words["gives"] = "{=bring}" if units in ("dollars", "points") else "{=take}"
    p = s.draw("p", 4, min(99, max(9, s.top)))
    s.draw("d", 2, p - 2)
    s.draw("z", 2, 30)
    each = s.pick(
        "each {x1} {gives} {z:unit}",
        "[every|a|one] {x1} {gives} {z:unit}",
        "{z:unit} {+be} what each {x1} {gives}",
    )
    done = s.chance(0.75)
    plan = (
        s.pick(
            "{A} {has} to {work} {p:x} and {has} already done {d}",
            "{A} {~want} to {work} {p:x}. {d} [of them|] are [already|] done",
            "there {are} {p:x} to {work}, of which {A} {has} finished {d}",
            "the plan {=ask} for {p:x}. {A} already {has} {d}",
            "of the {p:x} that {A} {has} to {work}, {d} are done",
        )
        if done
        else s.pick(
            "{A} {has} {p:x} to {work} but {~leave} out {d}",
            "{A} {~plan} to {work} {p:x} and {~do} all but {d}",
            "{A} {~forget} to {work} {d} of the {p:x}",
            "there {are} {p:x} to {work}, but {d} of them {are} cancelled",
        )
    )
    for telling in [plan, each] if s.chance(0.6) else [each, plan]:
        s.fact(telling)
    if done:
        s.ask(
            "how many {unit} [will|would] the rest [come to|make]?",
            "how many [more|] {unit} is that for the rest?",
            "how many {unit} are still to come?",
            "how many {unit} is it for those that are left?",
        )
    else:
        s.ask(
            "how many {unit} is that?",
            "how many {unit} is that for those that {he} {~do}?",
            "how many {unit} is that in the end?",
        )
    return ("*", ("-", "p", "d"), "z")


RECIPES = tuple(
    tuple(part.strip() for part in recipe.split("/"))
    for recipe in """
    dough/cup of rye flour/cups of rye flour, salad/olive/olives, soup/clove of garlic/cloves of garlic,
    sauce/ladle of stock/ladles of stock, punch/slice of lime/slices of lime, plaster/trowel of lime/trowels of lime,
    porridge/spoon of honey/spoons of honey, dye/drop of indigo/drops of indigo, jam/pound of quince/pounds of quince,
    fence/picket/pickets, bonfire/dry branch/dry branches, quilt/patch/patches, puppet/bead/beads,
    curry/pinch of salt/pinches of salt, cement/bucket of water/buckets of water""".split(",")
)


def recipe(s: Story) -> Term:
    """What something needs and what is in it: what is missing, or what it needs."""
    people(s, 2)
    things(s, 2)
    s.words["dish"], one, many = s.rng.choice(RECIPES)
    s.noun("x", one, many)
    a = s.draw("a", 3, min(s.top, 200))
    b = s.draw("b", 1, a - 1)
    s.numbers["r"] = a - b
    idle = s.chance(0.35)
    s.draw("k", 2, 30)
    whole = s.pick(
        "{A's} {dish} {=need} {a:x}" + (" and {k:u}" if idle else ""),
        "the {dish} {=call} for {a:x}" + (" and {k:u}" if idle else ""),
        "for the {dish} {A} {~need} {a:x}" + (" and {k:u}" if idle else ""),
        "a [good|proper] {dish} has {a:x} in it",
    )
    part = s.pick(
        "{A} [already|] {has} put in {b}",
        "{b} are [already|] in it",
        "so far {A} {~use} {b} [of them|]",
        "{A} {has} only {b:x}",
    )
    draw = s.rng.random()
    if draw < 0.7:
        for telling in [whole, part] if "of them" in part or s.chance(0.8) else [part, whole]:
            s.fact(telling)
        s.ask(
            "how many [more|] {x} {does} {Q} [still|] need?",
            "how many more {x} {does} {Q} have to [add|get]?",
            "how many {x} are [still|] missing?",
            "how many {x} must {Q} [still|] add?",
        )
        return ("-", "a", "b")
    s.fact("{A} {has} {b:x} for the {dish}", "{b:x} are in the {dish}")
    s.fact("[another|a further] {r} are [needed|missing]", "it {=need} {r} more")
    s.ask("how many {x} does the {dish} need {total}?", "how many {x} belong in the {dish}?")
    return ("+", "b", "r")


def made_and_used(s: Story) -> Term:
    """What was made or bought, now and then of two kinds, and what was used: what was not."""
    people(s, 2)
    things(s, 2)
    two, plus = s.chance(0.45), s.chance(0.5)
    a, b = s.draw("a", 3, s.top), s.draw("b", 2, s.top)
    added = two and plus
    s.draw("c", 1, (a + b if added else a) - 1)
    s.words["do_it"] = s.pick(
        "cook", "set out", "prepare", "order", "make", "unpack", "print", "rent"
    )
    s.fact(
        "{A} {~do_it} {a:t}" + (" and {b:u}" if two else ""),
        "for the [feast|show|meeting] {A} {~do_it} {a:t}" + (" and {b:u}" if two else ""),
    )
    s.alias("x", "kind" if added else "t")
    s.fact(
        "only {c} [{x}|of the {x}] are [needed|used|wanted]",
        "the guests {+take} [just|only|] {c} {x}",
        "[at the end|in the evening], {c} of the {x} are gone",
        "people {+ask} for {c} of the {x}",
    )
    if added:
        s.ask(
            "how many {x} are [not used|too many|left over]?",
            "how many {x} {does} {Q} have left?",
            "how many extra {x} did {A_} {do_it}?",
        )
        return ("-", ("+", "a", "b"), "c")
    s.ask(
        "how many {x} are [not used|too many|left over]?",
        "how many {x} {does} {Q} have left?",
        "how many {x} did {A_} {do_it} for nothing?",
        "how many {x} are over?",
    )
    return ("-", "a", "c")


GROWING = tuple(
    tuple(part.strip() for part in thing.split("/"))
    for thing in """
    harvest/sack of oats/sacks of oats, herd/goat/goats, library/volume/volumes, fleet/van/vans, debt/dollar/dollars,
    rent/dollar/dollars, orchestra/player/players, output/pot/pots, catch/ton of herring/tons of herring,
    stock/tire/tires, school/pupil/pupils, colony/penguin/penguins, crop/bushel of barley/bushels of barley,
    salary/dollar/dollars, collection/thimble/thimbles, vineyard/vine/vines, score/point/points""".split(
        ","
    )
)


def grew_by(s: Story) -> Term:
    """A number that grows or falls by so much from one time to the next: any of the three."""
    people(s, 1)
    things(s, 1)
    s.words["it_"], one, many = s.rng.choice(GROWING)
    s.noun("x", one, many)
    s.present = False
    unit = s.pick("year", "month", "season", "week")
    s.words |= {"was": f"last {unit}", "now_": f"this {unit}"}
    up = s.chance(0.6)
    a = s.draw("a", 3, s.top)
    d = s.draw("d", 2, s.top if up else a - 1)
    s.numbers["e"] = a + d if up else a - d
    s.words["grew"] = "[grew|rose|went up|increased]" if up else "[fell|shrank|went down|decreased]"
    old = s.pick("{was} {A's} {it_} was {a:x}", "{A's} {it_} came to {a:x} {was}")
    new = s.pick("{now_} it is {e:x}", "{now_} it comes to {e}", "now it is {e:x}")
    step = s.pick("{now_} it {grew} by {d} [{x}|]", "since then it has {changed} by {d} [{x}|]")
    s.words["changed"] = "[grown|risen|increased]" if up else "[fallen|shrunk|decreased]"
    draw = s.rng.random()
    if draw < 0.45:
        s.fact(old)
        s.fact(step)
        s.ask(
            "how many {x} is {A's} {it_} {now_}?",
            "how many {x} is it now?",
            "what is {A's} {it_} in {x} {now_}?",
        )
        return ("+" if up else "-", "a", "d")
    if draw < 0.75:
        s.fact(old)
        s.fact(new)
        s.words["more"] = "more" if up else "fewer"
        s.ask(
            "by how many {x} has it {changed}?",
            "how many {more} {x} is that than {was}?",
            "how many {x} {more} is that than before?",
        )
        return ("-", "e", "a") if up else ("-", "a", "e")
    s.fact("{now_} {A's} {it_} {grew} by {d} [{x}|]")
    s.fact("it is now {e:x}", "so it comes to {e:x} now")
    s.ask("how many {x} was it {was}?", "how many {x} was {A's} {it_} before?")
    return ("-", "e", "d") if up else ("+", "e", "d")


SITES = tuple(
    tuple(part.strip() for part in site.split("/"))
    for site in """
    in the attic/in the cellar, on the north slope/on the south slope, in the old wing/in the new wing,
    upstairs/downstairs, by sea/by rail, in the morning shift/in the night shift, on the island/on the mainland,
    in the front yard/in the back yard, at the main gate/at the side gate, in the first half/in the second half,
    on the left bank/on the right bank, indoors/outdoors, under the roof/under the stairs""".split(
        ","
    )
)


def two_sites(s: Story) -> Term:
    """The same thing at two places: all, the difference, or one of them from all."""
    people(s, 1)
    things(s, 2)
    s.words["here"], s.words["there_"] = s.rng.choice(SITES)
    a, b = s.draw("a", 2, s.top), s.draw("b", 2, s.top)
    s.numbers["n"] = a + b
    s.words["own"] = s.pick("have", "keep", "count", "store", "find", "need")
    if s.chance(0.3):
        s.draw("k", 2, s.top)
        s.words["beside"] = "and {k:u}"
    else:
        s.words["beside"] = ""
    draw = s.rng.random()
    if draw < 0.7:
        s.fact(
            "{A} {~own} {a:t} {here} {beside} and {b} {there_}"
            if not s.words["beside"]
            else "{A} {~own} {a:t} {beside} {here}, and {b:t} {there_}",
            "{here} {A} {~own} {a:t} {beside}. {there_} {he} {~own} {b} [more|] {t}",
            "{A} {~own} {a:t} {beside} {here}. [in addition,|also,|besides,] {he} {~own} {b:t} {there_}",
        )
        if draw < 0.5:
            s.ask(
                "how many {t} {does} {Q} {own} {total}?",
                "how many {t} is that [{total}|]?",
                "how many {t} are there overall?",
                "{here} and {there_} together, how many {t} {are} there?",
            )
            return ("+", "a", "b")
        term = s.difference("a", "b")
        more = term[1] == "a"
        s.words["hi"], s.words["lo"] = ("{here}", "{there_}") if more else ("{there_}", "{here}")
        s.ask("how many more {t} {are} {hi} than {lo}?", "how many fewer {t} {are} {lo} than {hi}?")
        return term
    s.fact(
        "{A} {~own} {n:t} [{total}|]. {a} of them are {here} and the rest [are|] {there_}",
        "of {A's} {n:t}, {a} are {here} and the others {there_}",
        "{here} {A} {~own} {a:t}. with those {there_} it is {n}",
    )
    s.ask("how many {t} are {there_}?", "how many [{t}|] {does} {Q} {own} {there_}?")
    return ("-", "n", "a")


MAKERS = (
    (still_needed, 6),
    (recipe, 14),
    (made_and_used, 5),
    (grew_by, 4),
    (two_sites, 5),
)

"""Turns that the other makers leave out: plans for the future, equal gifts, plans half done, scaled
prices, dozens and weeks, comparisons of two kinds at once; and what surrounds a story.

Knows these tellings, sentences that set a scene without numbers, and facts whose numbers play no
part. Does not know the other makers.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import people, plural, things
from scale_core.abacus.words.tongue import Story, Term, Unfit


def planned(s: Story) -> Term:
    """What there is, what will be added or taken, and what there will be; any of them unknown."""
    people(s, 2)
    things(s, 2)
    s.present = True
    up = s.chance(0.7)
    most = s.draw("a", 2, s.top) - 1
    n = s.draw("n", 1, s.top if up else most)
    s.numbers["e"] = s.numbers["a"] + (n if up else -n)
    s.words["who"], s.words["planning"] = s.rng.choice(
        (
            ("{B}", "{=plan}"),
            ("{A}", "{~plan}"),
            ("they", "{+want}"),
            ("[the|some] [helpers|neighbors|children|owners]", "{+want}"),
        )
    )
    s.words["do_it"] = (
        "[add|bring|put in|set up|get]" if up else "[take away|remove|sell|give away|cut]"
    )
    s.words["then"] = "[once that is done|after that|then|in the end|afterwards]"
    s.words["soon"] = "[today|tomorrow|this week|next week|later|]"
    s.words["these"] = "{t}" if up else "[{t}|of the {t}]"
    s.words["and_also"] = ""
    if s.chance(0.35):
        s.draw("k", 2, s.top)
        s.words["and_also"] = "[and|as well as] {k:u}"
    s.fact(
        "there are {a:t} {and_also} {where} [now|at the moment|]",
        "the {box1} holds {a:t} {and_also}",
        "{A} {has} {a:t} {and_also}",
        "{a:t} {and_also} stand {where}",
    )
    if s.chance(0.6):
        s.fact(
            "{who} will {do_it} {n} {these} {soon}",
            "{who} {planning} to {do_it} {n} {these} {soon}",
            "{who} will {do_it} {n} [more|] [{t}|]" if up else "{who} will {do_it} {n:t}",
        )
        s.ask(
            "how many {t} will there be {then}?",
            "how many {t} will that be?",
            "how many {t} will {A_} have {then}?",
            "how many {t} will there be {total}?",
        )
        return ("+" if up else "-", "a", "n")
    s.fact(
        "{who} will {do_it} some [more|] {t} {soon}" if up else "{who} will {do_it} some {these}"
    )
    s.fact("{then} there will be {e:t}", "there will be {e:t} {then}")
    s.words["went"] = "[added|new]" if up else "taken away"
    s.ask("how many {t} will {who} {do_it}?", "how many {t} [are|will be] {went}?")
    return ("-", "e", "a") if up else ("-", "a", "e")


SHARERS = (
    ("friend", "friends"),
    ("cousin", "cousins"),
    ("neighbor", "neighbors"),
    ("child", "children"),
    ("classmate", "classmates"),
)


def equal_gifts(s: Story) -> Term:
    """An equal number to each of several, and what is left: how many each, or how many before."""
    people(s, 1)
    things(s, 2)
    s.noun("who", *s.rng.choice(SHARERS))
    given = s.draw("n", 2, 20) * s.draw("k", 1, min(s.top, 40))
    s.numbers["a"] = given + s.draw("r", 1, s.top)
    draw = s.rng.random()
    if draw < 0.4:
        s.fact("{A} {has} {a:t}", "there {are} {a:t}", "{A} {~gain} {a:t}")
        s.fact(
            "{he} {~give} the same number to each of {his} {n:who} and {has} {r} left",
            "after giving an equal number to {n:who} {he} {has} {r} left",
            "{n:who} {+get} equal shares and {r} {are} left",
        )
        s.ask(
            "how many [{t}|] {do} each of them get?",
            "how many {t} {does} {Q} give to each [of them|one]?",
            "how many {t} {+go} to each?",
        )
        return ("/", ("-", "a", "r"), "n")
    if draw < 0.7:
        s.numbers["x"] = given
        s.draw("j", 2, s.top)
        s.fact(
            "{A} {~give} equal numbers of {t} and {u} to {his} {n:who}. {he} {has} {x:t} and {j:u} [at first|to begin with|]",
            "{A} {has} {x:t} and {j:u} for {n:who}",
        )
        s.ask(
            "how many {t} {do} each of them get?", "how many {t} are there for each [one|of them]?"
        )
        return ("/", "x", "n")
    s.fact(
        "{A} {~give} {k:t} to each of {n:who} and {has} {r} left",
        "{n:who} {+get} {k:t} each. {A} {~keep} {r}",
    )
    s.ask(
        "how many {t} did {A_} have [at first|to begin with|before]?",
        "how many {t} were there at first?",
    )
    return ("+", ("*", "n", "k"), "r")


PLANS = tuple(
    tuple(part.strip() for part in plan.split("/"))
    for plan in """
    the shed/board/beam, the mural/pot of red/pot of white, the raft/log/barrel,
    the stage/lamp/curtain, the treehouse/plank/rope, the float/paper rose/flag,
    the garden path/brick/slab, the mortar/shovel of sand/shovel of lime, the fence/post/rail,
    the patchwork/gray patch/green patch, the bridge/cable/bolt, the costume/bell/tassel,
    the soil mix/scoop of peat/scoop of clay, the chain/glass pearl/silver pearl,
    the greenhouse/pane/hinge, the stew/ladle of broth/ladle of lentils""".split(",")
)


def half_built(s: Story) -> Term:
    """What a plan asks for of two things, and what of one of them is already in place."""
    people(s, 1)
    things(s, 2)
    s.words["work_piece"] = s.pick("the plan", "the display", "the order", "the kit")
    if s.chance(0.6):
        s.words["work_piece"], *nouns = s.rng.choice(PLANS)
        for slot, noun in zip("tu", nouns, strict=True):
            s.noun(slot, noun, plural(noun))
    a, b = s.draw("a", 2, 20 if s.chance(0.6) else s.top), s.draw("b", 1, 20)
    p = s.draw("p", 1, a - 1)
    s.fact(
        "{work_piece} [needs|takes|asks for] {a:t} and {b:u}",
        "for {work_piece}, {A} {~need} {a:t} and {b:u}",
        "{A} {~plan} {work_piece} with {a:t} and {b:u}",
        "{b:u} and {a:t} belong to {work_piece}",
    )
    s.fact(
        "{A} [already|] {has} {p} of the {t} [in place|ready|at hand]",
        "{p:t} {are} [already|] [in place|there|done]",
        "by noon {he} {has} [placed|added|seen to] {p:t}",
    )
    need: Term = ("-", "a", "p")
    draw = s.rng.random()
    if draw < 0.65 or a - p == b:
        s.ask(
            "how many more {t} {does} {he} [still|] need?",
            "how many {t} {does} {A_} still have to add?",
            "how many {t} are [still|] missing?",
        )
        return need
    if b > a - p:
        s.ask(
            "how many more {u} than {t} {does} {he} [still|] need now?",
            "how many more {u} than {t} are still to be added?",
        )
        return ("-", "b", need)
    s.ask(
        "how many more {t} than {u} {does} {he} [still|] need now?",
        "how many fewer {u} than {t} are still to be added?",
    )
    return ("-", need, "b")


def several_kinds(s: Story) -> Term:
    """Two or three kinds counted; a sum or difference of two, or all."""
    people(s, 1)
    things(s, 3)
    slots = "abc" if s.chance(0.5) else "ab"
    for slot in slots:
        s.draw(slot, 1, s.top)
    three = len(slots) == 3
    s.words["mid"] = ", {b:u} and {c:v}" if three else "and {b:u}"
    s.fact(
        "{A} {has} {a:t} {mid}",
        "there {are} {a:t} {mid} {where}",
        "{A} {~gain} {a:t} {mid}",
        "there {are} {a:t} {mid} in [a|the] {box1}",
        "{a:t} {mid} {are} {where}",
        "{A} {~gain} {a:t} {mid} {where}",
        "{A} {~gain} {a:t}. {he} also {~gain} {b:u}" + (" and {c:v}" if three else ""),
    )
    i, j = s.rng.sample(range(len(slots)), 2)
    nouns = "tuv"[i], "tuv"[j]
    draw = s.rng.random()
    if draw < 0.5:
        term = s.difference(slots[i], slots[j], *nouns)
        s.ask(
            "how many more {hi} than {lo} {are} there?",
            "how many more {hi} than {lo} {does} {Q} have?",
            "how many fewer {lo} than {hi} {are} there?",
            "what is the difference between the number of {hi} and {lo}?",
            "how many more {hi} {are} there than {lo}?",
            "by how many {+do} the {hi} outnumber the {lo}?",
        )
        return term
    if three and draw < 0.7:
        s.alias("x", nouns[0])
        s.alias("y", nouns[1])
        s.ask(
            "how many {x} and {y} {are} there {total}?",
            "how many {x} and {y} {does} {Q} have [together|{total}]?",
        )
        return ("+", slots[i], slots[j])
    s.ask(
        "how many {kind} {are} there {total}?",
        "how many {kind} {does} {Q} have {total}?",
        "how many {kind} is that [{total}|]?",
        "how many are there altogether?",
    )
    total: Term = ("+", "a", "b")
    return ("+", total, "c") if three else total


def two_comparisons(s: Story) -> Term:
    """Somebody has more of one kind and fewer of another; one of them is asked for."""
    people(s, 2)
    things(s, 2)
    s.draw("m", 1, s.draw("a", 3, s.top) - 1)
    s.draw("n", 1, s.draw("b", 3, s.top) - 1)
    signs = s.rng.choice(("+-", "-+", "++"))
    words = {"+": "more", "-": s.pick("fewer", "less")}
    s.words["first"], s.words["second"] = (words[sign] for sign in signs)
    if s.chance(0.5):
        s.words |= {"own_a": "{has}", "own_b": "{hath}", "own": "have"}
    else:
        s.words |= {"own_a": "{~gain}", "own_b": "{=gain}", "own": "{gain}"}
    s.fact(
        "{A} {own_a} {m} {first} {t} [but|and] {n} {second} {u} than {B}. {B_} {own_b} {a:t} and {b:u}",
        "{B} {own_b} {a:t} and {b:u}. {A} {own_a} {m} {first} {t} and {n} {second} {u} than {B_}",
    )
    if s.chance(0.5):
        s.ask("how many {t} {does} {A_} {own}?")
        return (signs[0], "a", "m")
    s.ask("how many {u} {does} {A_} {own}?")
    return (signs[1], "b", "n")


RATIOS = (
    ("cost", "dollars"), ("take", "minutes"), ("take", "hours"), ("weigh", "pounds"),
    ("weigh", "grams"), ("give", "points"), ("need", "spoons of syrup"), ("hold", "liters"),
)  # fmt: skip


def scaled(s: Story) -> Term:
    """So many for so much: what another number costs, takes or weighs."""
    people(s, 1)
    things(s, 1)
    n = s.draw("n", 2, 12)
    s.numbers["x"] = n * s.draw("k", 2, min(s.top, 60))
    if s.draw("m", 2, 30) == n:
        raise Unfit
    if s.chance(0.25):
        s.words["work"], s.words["unit"] = s.rng.choice((("read", "pages"), ("drive", "miles")))
        s.fact(
            "in {n} hours {A} {~work} {x} {unit}",
            "it {=take} {A} {n} hours to {work} {x} {unit}",
        )
        s.ask(
            "how many {unit} is that in {m} hours?",
            "with no change of speed, how many {unit} will that be in {m} hours?",
        )
    else:
        s.words["do_it"], s.words["unit"] = s.rng.choice(RATIOS)
        s.fact("{n:t} {do_it} {x} {unit} [{total}|together|]", "{n:t} {do_it} {x} {unit}")
        s.ask(
            "how many {unit} do {m:t} {do_it}?",
            "how many {unit} would {m:t} {do_it}?",
            "how many {unit} is that for {m:t}?",
        )
    return ("*", ("/", "x", "n"), "m")


def dozens(s: Story) -> Term:
    """So many dozen, or pairs: how many; some of them gone now and then."""
    people(s, 1)
    things(s, 1)
    n = s.draw("n", 2, min(s.top, 40))
    if s.chance(0.35):
        s.fact("{A} {has} {n} pairs of {t}", "there {are} {n} pairs of {t} {where}")
        s.ask(
            "how many {t} is that?",
            "how many single {t} are there?",
            "how many {t} {does} {Q} have?",
        )
        return ("*", "n", 2)
    s.fact(
        "{A} {~gain} {n} dozen {t}", "{A} {has} {n} dozen {t}", "there {are} {n} dozen {t} {where}"
    )
    if s.chance(0.4):
        s.draw("c", 1, n * 12 - 1)
        s.fact("{he} {~lose} {c} [of the {t}|{t}]", "{c} of them {are} [broken|gone|sold]")
        s.ask("how many {t} are left?", "how many {t} {does} {Q} have left?")
        return ("-", ("*", "n", 12), "c")
    s.ask(
        "how many {t} is that?",
        "how many {t} {does} {Q} have?",
        "how many {t} are there {total}?",
    )
    return ("*", "n", 12)


def weeks(s: Story) -> Term:
    """So many a day for a week, or so many weeks in days."""
    people(s, 1)
    things(s, 1)
    s.draw("n", 2, min(s.top, 40))
    if s.chance(0.2):
        s.fact("{A} {is} away for {n} weeks", "the trip {=last} {n} weeks", "it {=take} {n} weeks")
        s.ask("how many days is that?", "how many days are there in {n} weeks?")
    elif s.chance(0.5):
        s.fact(
            "{A} {~gain} {n:t} [a|each|every|per] day for a week",
            "[each|every] day of [the|a] week {A} {~gain} {n:t}",
        )
        s.ask("how many {t} is that {total}?", "how many {t} {does} {Q} {gain} {total}?")
    else:
        s.fact("{A} {~use} {n:t} [a|each|every] day", "{A} {~gain} {n:t} [each|every] day")
        s.ask("how many {t} is that [in a week|for the whole week|per week]?")
    return ("*", "n", 7)


def halves(s: Story) -> Term:
    """Half of a number: given away, broken, or had by another."""
    people(s, 2)
    things(s, 1)
    s.numbers["n"] = 2 * s.draw("k", 1, min(s.top, 200))
    if s.chance(0.4):
        s.fact(
            "{A} {has} {n:t} and {~give} half of them to {B}",
            "{A} {~gain} {n:t}. {B} {=gain} half as many",
        )
        s.ask("how many {t} {do} {B_} have?", "how many [{t}|] {do} {B_} get?")
    else:
        s.fact(
            "half of the {n:t} {where} {are} [broken|sold|old]", "{A} {~lose} half of {his} {n:t}"
        )
        s.ask("how many {t} is that?", "how many {t} {are} [fine|left]?")
    return ("/", "n", 2)


def price_of_rest(s: Story) -> Term:
    """Money with some spent or earned, all of it for things of one price: the price of each."""
    people(s, 2)
    things(s, 2)
    cost = s.draw("n", 2, 12) * s.draw("p", 1, 40)
    b = s.draw("b", 1, max(3, s.top))
    more = s.chance(0.35) and b < cost
    s.numbers["a"] = cost - b if more else cost + b
    s.words["$a"], s.words["$b"] = s.rng.choice((("${a}", "${b}"), ("{a} dollars", "{b} dollars")))
    s.fact(
        "{A} {has} {$a} [to spend|in hand|with {him}]",
        "{A} {~save} {$a} [little by little|in a jar|over the months]",
        "{A's} purse {=hold} {$a}",
    )
    if more:
        s.fact("{he} {~get} {$b} more [from {B}|for {his} work|]", "{B} {=give} {him} another {$b}")
        s.fact(
            "with all of it {he} {~buy} {n:t} of the same price", "{he} {~spend} it all on {n:t}"
        )
    else:
        s.fact(
            "[a {u1}|lunch|a taxi] {=take} {$b} of it",
            "{he} {~lend} {B} {$b}",
            "first {he} {~spend} {$b} on [a {u1}|{u}]",
        )
        s.fact(
            "with the rest {he} {~buy} {n:t}",
            "the rest {be} just enough for {n:t}",
            "{he} {~use} the rest for {n:t} of the same price",
        )
    s.ask(
        "how much {do} [each|one|a] {t1} cost?",
        "what {be} the price of [each|one] {t1}?",
        "how much was each [{t1}|]?",
    )
    return ("/", ("+" if more else "-", "a", "b"), "n")


def aimed_at(s: Story) -> Term:
    """The question names the aim: how many to get, or to part with, so that so many are there."""
    people(s, 2)
    things(s, 1)
    s.draw("a", 2, s.top)
    s.draw("b", 1, s.top)
    term = s.difference("b", "a")
    s.fact("{A} {has} {a:t}", "there are {a:t} in {A's} {box1}", "{A} {has} {a:t} {where}")
    if term[1] == "b":
        s.ask(
            "how many {t} must {Q} {gain} to have {b}?",
            "how many more {t} {does} {Q} need to reach {b}?",
            "to have {b:t}, how many more must {Q} {gain}?",
            "how many must {Q} get so that there are {b}?",
        )
    else:
        s.ask(
            "how many {t} must {Q} {lose} to be left with {b}?",
            "how many {t} can {Q} {lose} if {he} {~want} to keep {b}?",
            "to keep only {b:t}, how many must {Q} {lose}?",
            "how many must go so that {b} remain?",
        )
    return term


def told_backwards(s: Story) -> Term:
    """The change comes first, and only then what there was before it."""
    people(s, 2)
    things(s, 1)
    up = s.chance(0.4)
    most = s.draw("a", 2, s.top) - 1
    s.draw("b", 1, s.top if up else most)
    if up:
        s.fact(
            "{A} {~gain} {b:t}. before that {he} had {a}",
            "{A} {~put} {b:t} into [a|the] {box1}. there were already {a} in it",
            "{B} {=give} {A} {b:t}, and {A_} already had {a}",
        )
        s.ask(
            "how many {t} {does} {A_} have {total}?"
            if "{box1}" not in s.facts[-1][1]
            else "how many {t} are in the {box1} now?"
        )
        return ("+", "b", "a")
    s.fact(
        "{A} {~lose} {b:t}. {he} had {a} [before|at first]",
        "{A} {~take} {b:t} out of [a|the] {box1}. there were {a} in it [before|at first|]",
        "{b} of the {t} {are} gone. there were {a} [to begin with|before]",
        "{A} {~give} {B} {b:t}. {he} had {a}",
    )
    s.ask(
        "how many {t} are left?",
        "how many {t} {+remain}?",
        "how many are left in the {box1}?"
        if "{box1}" in s.facts[-1][1]
        else "how many {t} are still there?",
    )
    return ("-", "a", "b")


def other_thing(s: Story) -> Term:
    """One thing that changes and another that plays no part, in any order."""
    people(s, 3)
    things(s, 2)
    away = s.chance(0.5)
    most = s.draw("a", 2, s.top) - 1
    s.draw("b", 1, most if away else s.top)
    s.draw("k", 1, s.top)
    idle = s.pick(
        "{S} [also|] {~gain} {k:u}",
        "{B} {=bring} {k:u}",
        "{C} {hath} {k:u}",
        "there {are} {k:u} too",
        "each {box1} holds {k:u}",
    )
    s.fact("{A} {has} {a:t}", "{A} {~gain} {a:t}", "there {are} {a:t} {where}")
    if s.chance(0.5):
        s.fact(idle)
    if away:
        s.fact(
            "{S} {~lose} {b} of the {t}", "{S} {~give} {b:t} to {B}", "{b} of the {t} {are} gone"
        )
    else:
        s.fact("{S} {~gain} {b} more {t}", "{B} {=give} {him} {b:t}", "{S} {~find} {b} more {t}")
    if len(s.facts) < 3:
        s.fact(idle, lead="[Later|Then|]")
    s.ask(
        "how many {t} {does} {Q} have [now|{total}|]?" if not away else "how many {t} are left?",
        "how many {t} {does} {Q} have [now|in the end]?",
    )
    return ("-" if away else "+", "a", "b")


def used_worth(s: Story) -> Term:
    """What was used or must be paid for, from all of it and what was not: its worth."""
    people(s, 1)
    things(s, 1)
    s.draw("b", 1, s.draw("a", 3, min(s.top, 90)) - 1)
    s.draw("z", 2, 30)
    s.words["$z"] = s.pick("${z}", "{z} dollars", "{z} points", "{z} cents")
    unit = s.words["$z"].rpartition(" ")[2]
    s.words["much"] = "how many points" if unit == "points" else "how much [money|]"
    s.fact(
        "{A} {~gain} {a:t}. in the end {he} {has} {b} of them left. each {t1} {=cost} {$z}",
        "{A} {~gain} {a:t} at {$z} each and {~use} all but {b}",
        "of {a:t}, {b} are free and the others cost {$z} each. {A} {~take} them all",
        "{A} {~begin} with {a:t} and {~end} with {b}. {$z} {be} the price of each one that {he} sold",
    )
    last = s.facts[-1][1]
    if "free" in last:
        s.ask("{much} {does} {Q} pay?", "{much} is that {total}?")
    elif "sold" in last:
        s.ask("{much} {does} {Q} [get|make|earn]?")
    else:
        s.ask("{much} is what {he} used worth?", "{much} did the used {t} cost?")
    return ("*", ("-", "a", "b"), "z")


def each_time(s: Story) -> Term:
    """So many times, so many each time; or all of it and how many each time."""
    people(s, 1)
    things(s, 1)
    s.numbers["x"] = s.draw("a", 2, min(s.top, 30)) * s.draw("b", 2, min(s.top, 60))
    s.words["place"] = s.pick("market", "shop", "river", "library", "beach", "orchard", "museum")
    if s.chance(0.6):
        s.fact(
            "{A} {~go} to the {place} {a} times [last month|this year|]. each time {he} {~gain} {b:t}",
            "each time {A} {~visit} the {place}, {he} {~gain} {b:t}. {he} {~go} {a} times",
            "{A} {~gain} {b:t} on each of {a} trips to the {place}",
        )
        s.ask("how many {t} {does} {Q} {gain} {total}?", "how many {t} is that?")
        return ("*", "a", "b")
    s.fact(
        "{A} {~go} to the {place} {a} times and {~gain} {x:t} {total}, each time the same number",
        "in {a} trips to the {place} {A} {~gain} {x:t}",
    )
    s.ask("how many {t} is that each time?", "how many {t} {does} {Q} {gain} on each trip?")
    return ("/", "x", "a")


FUELS = (
    ("kilometer", "kilometers", "liter of fuel", "liters of fuel"),
    ("mile", "miles", "gallon of diesel", "gallons of diesel"),
    ("mile", "miles", "tank", "tanks"),
    ("lap", "laps", "battery", "batteries"),
)


def fuelled(s: Story) -> Term:
    """How far so much fuel carries, or how much fuel a way takes."""
    people(s, 1)
    one, many, fuel, fuels = s.rng.choice(FUELS)
    s.noun("t", one, many)
    s.noun("u", fuel, fuels)
    s.words["car"] = "{A's} " + s.pick("car", "van", "boat", "motorbike", "toy car", "truck")
    s.numbers["x"] = s.draw("a", 2, 90) * s.draw("b", 2, 40)
    s.fact(
        "{car} {=go} {a:t} on one {u1}",
        "{car} {=need} one {u1} for {a:t}",
        "one {u1} {=take} {car} {a:t} far",
    )
    if s.chance(0.5):
        s.ask("how far does it go on {b:u}?", "how many {t} is that with {b:u}?")
        return ("*", "a", "b")
    s.ask("how many {u} does it need for {x:t}?", "how many {u} are needed to go {x:t}?")
    return ("/", "x", "a")


def floors(s: Story) -> Term:
    """The area of a cloth from its sides, or the height of a mosaic from its pieces and width."""
    people(s, 1)
    s.words["unit"] = s.pick("meters", "yards", "inches")
    s.words["cloth"] = s.pick("rug", "tablecloth", "quilt", "sail", "banner", "tarp", "poster")
    s.words["piece"] = s.pick("tiles", "patches", "stones", "mirrors", "squares")
    s.words["mosaic"] = s.pick("mosaic", "quilt", "terrace", "chessboard", "wall picture")
    s.numbers["x"] = s.draw("a", 2, 60) * s.draw("b", 2, 40)
    if s.chance(0.6):
        s.fact(
            "{A} {~spread} out a {cloth} of {a} by {b} {unit}",
            "one side of {A's} {cloth} measures {a} {unit}, the other {b}",
            "{A} {~cut} a {cloth} {b} {unit} wide from a roll, and {a} {unit} of its length",
        )
        s.ask(
            "how many square {unit} is that?",
            "how many square {unit} does the {cloth} hide?",
            "what is its area in square {unit}?",
        )
        return ("*", "a", "b")
    s.fact(
        "{A's} {mosaic} is made of {x} {piece}, {b} of them along the lower edge",
        "with {x} {piece} {A} {~lay} a full {mosaic} that is {b} {piece} wide",
    )
    s.ask("how many {piece} high is it?", "how many rows of {piece} does that make?")
    return ("/", "x", "b")


def chained_comparison(s: Story) -> Term:
    """Three people, each compared with the one before; the last is asked for."""
    people(s, 3)
    things(s, 1)
    now = s.draw("a", 3, s.top)
    first, second = s.rng.choice("+-"), s.rng.choice("+-")
    now += s.draw("b", 1, s.top) if first == "+" else -s.draw("b", 1, now - 1)
    if second == "-" and now < 2:
        raise Unfit
    s.draw("c", 1, s.top if second == "+" else now - 1)
    words = {"+": "more", "-": s.pick("fewer", "less")}
    s.words["first"], s.words["second"] = words[first], words[second]
    s.fact("{A} {has} {a:t}", "{A} {~gain} {a:t}")
    s.fact("{B} {hath} {b} {first} {t} than {A_}", "for {B} it {be} {b} {first} than for {A_}")
    s.fact(
        "{C} {hath} {c} {second} {t} than {B_}", "{C} {hath} {c} {second} {t} than {B_} [does|has]"
    )
    s.ask("how many [{t}|] {do} {C_} have?")
    return (second, (first, "a", "b"), "c")


MAKERS = (
    (each_time, 2),
    (fuelled, 6),
    (floors, 3),
    (chained_comparison, 1),
    (aimed_at, 2),
    (told_backwards, 2),
    (other_thing, 3),
    (used_worth, 2),
    (planned, 4),
    (equal_gifts, 3),
    (half_built, 9),
    (several_kinds, 6),
    (two_comparisons, 2),
    (scaled, 5),
    (dozens, 3),
    (weeks, 3),
    (halves, 3),
    (price_of_rest, 2),
)

SCENES = (
    "{A} {is} [getting ready for|planning|helping with] [a party|a trip|the school fair|a picnic|a big sale|a birthday]",
    "{A} {~like} {t}",
    "{A} {~want} to [clean|sort|tidy|fill] {his} {box1}",
    "it {be} a [warm|rainy|sunny|cold|long|busy] [day|morning|afternoon|week]",
    "{A} {~collect} {t}",
    "{A} {is} [at|on the way to|back from] [school|work|the market|the park|the library]",
    "{A} {is} [very|quite|] [happy|busy|tired|proud|hungry]",
    "[everyone|everybody] {=like} {t}",
    "{A} and {his} family {+be} on [vacation|a trip]",
    "after that {A} {~go} to see [a friend|the harbor|an old mill|the new bridge]",
    "{A} {~talk} about {t} [all day|the whole way home|]",
    "it {be} the [first|last] day of the [holidays|fair|month]",
    "{A} {~hear} a story about {t} [from a neighbor|on the radio]",
    "{A} {~help} {his} [mother|father|teacher|neighbor|friend] [at home|in the garden|at the shop|]",
)
EXTRAS = (
    "{A} {is} {k9} years old",
    "{A} {has} {k9} [brothers|sisters|cousins|dogs|cats|pens|hats]",
    "it {=take} {him} {k9} minutes to [get there|walk home]",
    "the [shop|school|room|park] {=have} {k9} [doors|windows|workers|benches]",
    "{A} {~pay} ${k9} for [lunch|the bus|a drink]",
    "{A} {~walk} {k9} blocks",
    "{A} {~wait} {k9} minutes",
    "each {box1} is {k9} inches [wide|long|tall]",
    "{k9} people {are} there",
    "the {box1} costs ${k9}",
    "it {be} {k9} degrees outside",
    "{A} {~live} at number {k9}",
    "bus {k9} {be} late [again|]",
    "the [fair|market|show] {=last} {k9} [days|hours]",
    "it {=rain} for {k9} minutes",
)
OPENINGS = (
    "[For|At] the [school fair|party|picnic|bake sale|game|carnival],",
    "[Last|This|One] [weekend|summer|week|winter|spring],",
    "On [a trip|vacation|Saturday|the weekend|the farm],",
    "[After|Before|During] [school|lunch|dinner|the game|work|class],",
    "[At|In] the [store|market|shop|park|school|library],",
    "[Yesterday|Today|This morning|Last night],",
    "For [a project|art class|homework|dinner|the holidays],",
)


def surround(s: Story) -> None:
    """Now and then a scene before the story, a fact that plays no part, an opening phrase."""
    draw = s.rng.random()
    owner = any("{A}" in fact for _, fact in s.facts)
    if not owner or s.words.get("A", "").startswith("{"):
        return
    if draw < 0.12 and "box1" in s.words and "t" in s.words:
        s.facts.insert(0, ("", s.rng.choice(SCENES)))
    elif draw < 0.22 and "box1" in s.words:
        s.draw("k9", 2, 60)
        s.facts.insert(s.rng.choice((0, len(s.facts), len(s.facts))), ("", s.rng.choice(EXTRAS)))
    elif draw < 0.31 and s.facts[0][1].startswith(("{A} ", "there {are}")) and not s.facts[0][0]:
        s.facts[0] = (s.rng.choice(OPENINGS), s.facts[0][1])

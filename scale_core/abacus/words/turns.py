"""Turns that the other makers leave out: plans for the future, equal gifts, recipes, scaled
prices, dozens and weeks, comparisons of two kinds at once; and what surrounds a story.

Knows these tellings, sentences that set a scene without numbers, and facts whose numbers play no
part. Does not know the other makers.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit


def planned(s: Story) -> Term:
    """What there is, what will be added or taken, and what there will be; any of them unknown."""
    people(s, 2)
    things(s, 2)
    s.present = True
    a, n = s.draw("a", 2, s.top), s.draw("n", 1, s.top)
    up = s.chance(0.7)
    if not up and n >= a:
        raise Unfit
    s.numbers["e"] = a + n if up else a - n
    odd = s.chance(0.35)
    extra = ""
    if odd:
        s.draw("k", 2, s.top)
        extra = s.pick(" and {k:u}", " as well as {k:u}")
    now = s.pick(
        "there are {a:t}" + extra + " {where} [now|at the moment|]",
        "the {box1} holds {a:t}" + extra,
        "{A} {has} {a:t}" + extra,
        "{a:t}" + (" and {k:u}" if odd else "") + " stand {where}",
    )
    who = s.pick("{B}", "[the|some] [workers|helpers|children|owners]", "{A}", "they")
    plan = {"{A}": "{~plan}", "{B}": "{=plan}"}.get(who, "{+plan}")
    does = "[add|bring|put in|plant|get]" if up else "[take away|remove|sell|give away|cut]"
    later = "[today|tomorrow|this week|next week|later|]"
    draw = s.rng.random()
    done = "[when they are done|after that|then|in the end|afterwards]"
    if draw < 0.55:
        s.fact(now)
        s.fact(
            f"{who} will {does} {{n}} [more|] {{t}} {later}"
            if up
            else f"{who} will {does} {{n:t}} {later}",
            f"{who} {plan} to {does} {{n}} [more|] [{{t}}|]"
            if up
            else f"{who} will {does} {{n}} of the {{t}}",
        )
        s.ask(
            f"how many {{t}} will there be {done}?",
            "how many {t} will that be?",
            f"how many {{t}} will {{A_}} have {done}?",
            "how many {t} will there be {total}?",
        )
        return ("+" if up else "-", "a", "n")
    s.fact(now)
    s.fact(
        f"{who} will {does} [some|some more] {{t}} {later}"
        if up
        else f"{who} will {does} some [of the|] {{t}} {later}"
    )
    s.fact(f"{done} there will be {{e:t}}", f"there will be {{e:t}} {done}")
    s.ask(
        f"how many {{t}} will {who} {does}?",
        f"how many {{t}} [are|will be] {'added' if up else 'taken away'}?",
    )
    return ("-", "e", "a") if up else ("-", "a", "e")


def equal_gifts(s: Story) -> Term:
    """An equal number to each of several, and what is left: how many each, to how many, at first."""
    people(s, 1)
    things(s, 2)
    n, k = s.draw("n", 2, 20), s.draw("k", 1, min(s.top, 40))
    r = s.draw("r", 1, s.top)
    s.numbers["a"] = n * k + r
    group = s.pick("friends", "cousins", "neighbors", "children", "classmates")
    draw = s.rng.random()
    if draw < 0.4:
        s.fact("{A} {has} {a:t}", "there {are} {a:t}", "{A} {~gain} {a:t}")
        s.fact(f"{{he}} {{~give}} the same number to each of {{his}} {{n}} {group} and {{has}} {{r}} left",
               f"after giving an equal number to {{n}} {group} {{he}} {{has}} {{r}} left", f"{{n}} {group} {{+get}} equal shares and {{r}} {{are}} left")  # fmt: skip
        s.ask(
            "how many [{t}|] {do} each of them get?",
            "how many {t} {does} {he} give to each [of them|one]?",
            "how many {t} {+go} to each?",
        )
        return ("/", ("-", "a", "r"), "n")
    if draw < 0.7:
        s.numbers["x"] = n * k
        s.draw("j", 2, s.top)
        s.fact(f"{{A}} {{~give}} equal numbers of {{t}} and {{u}} to {{his}} {{n}} {group}. {{he}} {{has}} {{x:t}} and {{j:u}} [at first|to begin with|]",
               f"{{A}} {{has}} {{x:t}} and {{j:u}} for {{n}} {group}")  # fmt: skip
        s.ask(
            "how many {t} {do} each of them get?", "how many {t} are there for each [one|of them]?"
        )
        return ("/", "x", "n")
    s.fact(
        f"{{A}} {{~give}} {{k:t}} to each of {{n}} {group} and {{has}} {{r}} left",
        f"{{n}} {group} {{+get}} {{k:t}} each. {{A}} {{~keep}} {{r}}",
    )
    s.ask(
        "how many {t} did {A_} have [at first|to begin with|before]?",
        "how many {t} were there at first?",
    )
    return ("+", ("*", "n", "k"), "r")


def recipe(s: Story) -> Term:
    """What is needed of two things and what is already there."""
    people(s, 1)
    things(s, 2)
    if s.chance(0.6):
        unit = s.pick("cup", "spoon", "pound", "ounce", "gram", "liter", "bag", "glass")
        one, two = s.rng.sample(
            (
                "flour",
                "sugar",
                "milk",
                "butter",
                "oil",
                "water",
                "salt",
                "rice",
                "cream",
                "honey",
                "cocoa",
            ),
            2,
        )
        form = "glasses" if unit == "glass" else unit + "s"
        s.noun("t", f"{unit} of {one}", f"{form} of {one}")
        s.noun("u", f"{unit} of {two}", f"{form} of {two}")
    a, b = s.draw("a", 2, 20 if s.chance(0.6) else s.top), s.draw("b", 1, 20)
    p = s.draw("p", 1, a - 1)
    s.fact(
        "[a|the] [recipe|dish|plan|cake|project] [needs|calls for|takes|asks for] {a:t} and {b:u}",
        "{A} {~need} {a:t} and {b:u} [for a {kind1}|for a cake|]",
        "{A} {~make} [a soup|a cake|dinner|a dish] with {a:t} and {b:u}",
    )
    s.fact(
        "{A} {has} [already|] [put in|added|used] {p:t}",
        "{p:t} {are} [already|] in [the bowl|it]",
        "so far {he} {has} put in {p:t}",
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
            "how many more {u} than {t} {does} {he} need now?",
            "how many more {u} than {t} are still to be added?",
        )
        return ("-", "b", need)
    s.ask("how many more {t} than {u} {does} {he} need now?")
    return ("-", need, "b")


def several_kinds(s: Story) -> Term:
    """Two or three kinds counted; a sum or difference of two, or all."""
    people(s, 1)
    things(s, 3)
    three = s.chance(0.5)
    for slot in "abc"[: 3 if three else 2]:
        s.draw(slot, 1, s.top)
    mid = ", {b:u} and {c:v}" if three else " and {b:u}"
    s.fact(
        "{A} {has} {a:t}" + mid,
        "there {are} {a:t}" + mid + " {where}",
        "{A} {~gain} {a:t}" + mid,
        "there {are} {a:t}" + mid + " in [a|the] {box1}",
        "{a:t}" + mid + " {are} {where}",
        "{A} {~gain} {a:t}" + mid + " {where}",
        "{A} {~gain} {a:t}. {he} also {~gain} {b:u}" + (" and {c:v}" if three else ""),
    )
    if three:
        i, j = s.rng.sample(range(3), 2)
    else:
        i, j = s.rng.sample(range(2), 2)
    x, y = "abc"[i], "abc"[j]
    nx, ny = "tuv"[i], "tuv"[j]
    draw = s.rng.random()
    if draw < 0.5:
        if s.numbers[x] == s.numbers[y]:
            raise Unfit
        if s.numbers[x] < s.numbers[y]:
            x, y, nx, ny = y, x, ny, nx
        s.ask(
            f"how many more {{{nx}}} than {{{ny}}} {{are}} there?",
            f"how many more {{{nx}}} than {{{ny}}} {{does}} {{he}} have?",
            f"how many fewer {{{ny}}} than {{{nx}}} {{are}} there?",
            f"what is the difference between the number of {{{nx}}} and {{{ny}}}?",
            f"how many more {{{nx}}} {{are}} there than {{{ny}}}?",
            f"by how many {{+do}} the {{{nx}}} outnumber the {{{ny}}}?",
        )
        return ("-", x, y)
    if three and draw < 0.7:
        s.ask(
            f"how many {{{nx}}} and {{{ny}}} {{are}} there {{total}}?",
            f"how many {{{nx}}} and {{{ny}}} {{does}} {{he}} have [together|{{total}}]?",
        )
        return ("+", x, y)
    s.ask(
        "how many {kind} {are} there {total}?",
        "how many {kind} {does} {he} have {total}?",
        "how many {kind} is that [{total}|]?",
        "how many are there altogether?",
    )
    total: Term = ("+", "a", "b")
    return ("+", total, "c") if three else total


def two_comparisons(s: Story) -> Term:
    """Somebody has more of one kind and fewer of another; one of them is asked for."""
    people(s, 2)
    things(s, 2)
    a, b = s.draw("a", 3, s.top), s.draw("b", 3, s.top)
    s.draw("m", 1, a - 1)
    s.draw("n", 1, b - 1)
    first, second = s.rng.sample(("more", "fewer"), 2) if s.chance(0.7) else ("more", "more")
    word = {"more": "more", "fewer": s.pick("fewer", "less")}
    has, hath = ("{has}", "{hath}") if s.chance(0.5) else ("{~gain}", "{=gain}")
    s.fact(
        f"{{A}} {has} {{m}} {word[first]} {{t}} [but|and] {{n}} {word[second]} {{u}} than {{B}}. {{B_}} {hath} {{a:t}} and {{b:u}}",
        f"{{B}} {hath} {{a:t}} and {{b:u}}. {{A}} {has} {{m}} {word[first]} {{t}} and {{n}} {word[second]} {{u}} than {{B_}}",
    )
    use = "have" if "hath" in hath else "{gain}"
    if s.chance(0.5):
        s.ask(f"how many {{t}} {{does}} {{A_}} {use}?")
        return ("+" if first == "more" else "-", "a", "m")
    s.ask(f"how many {{u}} {{does}} {{A_}} {use}?")
    return ("+" if second == "more" else "-", "b", "n")


def scaled(s: Story) -> Term:
    """So many for so much: what another number costs, takes or weighs."""
    people(s, 1)
    things(s, 1)
    n, k, m = s.draw("n", 2, 12), s.draw("k", 2, min(s.top, 60)), s.draw("m", 2, 30)
    if n == m:
        raise Unfit
    s.numbers["x"] = n * k
    unit = s.pick("dollars", "minutes", "hours", "pounds", "grams", "points", "pages", "miles")
    s.words["unit"] = unit
    verb = {
        "dollars": "cost",
        "minutes": "take",
        "hours": "take",
        "pounds": "weigh",
        "grams": "weigh",
    }.get(unit, "give")
    if unit in ("pages", "miles"):
        s.fact(f"in {{n}} hours {{A}} {{~{'read' if unit == 'pages' else 'drive'}}} {{x}} {unit}")
        s.ask(
            f"how many {unit} is that in {{m}} hours?",
            f"at the same speed, how many {unit} is that in {{m}} hours?",
        )
    else:
        s.fact(
            f"{{n:t}} {verb} {{x}} {{unit}} [{{total}}|together|]", f"{{n:t}} {verb} {{x}} {{unit}}"
        )
        s.ask(
            f"how many {{unit}} do {{m:t}} {verb}?",
            f"how many {{unit}} would {{m:t}} {verb}?",
            "how many {unit} is that for {m:t}?",
        )
    return ("*", ("/", "x", "n"), "m")


def known_numbers(s: Story) -> Term:
    """Words that mean a number: dozens, weeks, pairs, halves."""
    people(s, 2)
    things(s, 1)
    n = s.draw("n", 2, min(s.top, 40))
    draw = s.rng.random()
    if draw < 0.3:
        s.fact(
            "{A} {~gain} {n} dozen {t}",
            "{A} {has} {n} dozen {t}",
            "there {are} {n} dozen {t} {where}",
        )
        if s.chance(0.4):
            s.draw("c", 1, n * 12 - 1)
            s.fact("{he} {~lose} {c} [of them|]", "{c} of them {are} [broken|gone|sold]")
            s.ask("how many {t} are left?", "how many {t} {does} {he} have left?")
            return ("-", ("*", "n", 12), "c")
        s.ask(
            "how many {t} is that?",
            "how many {t} {does} {he} have?",
            "how many {t} are there {total}?",
        )
        return ("*", "n", 12)
    if draw < 0.6:
        s.fact(
            "{A} {~gain} {n:t} [a|each|every|per] day for a week",
            "[each|every] day of [the|a] week {A} {~gain} {n:t}",
            "{A} {~use} {n:t} [a|each|every] day",
        )
        s.ask("how many {t} is that [in a week|for the whole week|per week]?" if "week" not in s.facts[-1][1] else "how many {t} is that {total}?",
              "how many {t} is that in one week?")  # fmt: skip
        return ("*", "n", 7)
    if draw < 0.8:
        s.fact("{A} {has} {n} pairs of {t}", "there {are} {n} pairs of {t} {where}")
        s.ask(
            "how many {t} is that?",
            "how many single {t} are there?",
            "how many {t} {does} {he} have?",
        )
        return ("*", "n", 2)
    s.numbers["n"] = n * 2
    s.fact(
        "{A} {has} {n:t} and {~give} half of them to {B}",
        "half of the {n:t} {where} {are} [broken|sold|old]",
        "{A} {~gain} {n:t}. {B} {=gain} half as many",
    )
    last = s.facts[-1][1]
    s.ask("how many {t} {do} {B_} have?" if "{B}" in last else "how many {t} is that?")
    return ("/", "n", 2)


def price_of_rest(s: Story) -> Term:
    """Money with some spent, the rest for several things of one price: the price of each."""
    people(s, 2)
    things(s, 2)
    n, p = s.draw("n", 2, 12), s.draw("p", 1, 40)
    b = s.draw("b", 1, max(3, s.top))
    earned_ = s.chance(0.35) and b < n * p
    s.numbers["a"] = n * p - b if earned_ else n * p + b
    money = s.pick("${%s}", "{%s} dollars")
    s.fact("{A} {has} " + money % "a", "{A} {~save} " + money % "a")
    if earned_:
        s.fact(
            "{he} {~get} " + money % "b" + " more [from {B}|for {his} work|]",
            "{B} {=give} {him} another " + money % "b",
        )
        s.fact(
            "with all of it {he} {~buy} {n:t} of the same price", "{he} {~spend} it all on {n:t}"
        )
    else:
        s.fact(
            "{he} {~spend} " + money % "b" + " on [a {u1}|{u}]",
            "{he} {~give} " + money % "b" + " to {B}",
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
    return ("/", ("+" if earned_ else "-", "a", "b"), "n")


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
    elif draw < 0.20 and "box1" in s.words:
        s.draw("k9", 2, 60)
        s.facts.insert(s.rng.choice((0, len(s.facts), len(s.facts))), ("", s.rng.choice(EXTRAS)))
    elif draw < 0.29 and s.facts[0][1].startswith(("{A} ", "there {are}")) and not s.facts[0][0]:
        s.facts[0] = (s.rng.choice(OPENINGS), s.facts[0][1])

"""Stories with more numbers than the question needs: two kinds, two people or two times.

A ledger has two columns (red and blue, mornings and evenings, Ann and Ben) and up to three rows
(at first, what went or came, what is there now). The story tells some of the cells and the
question asks for one, a sum or a difference, so that the reader must choose. Knows the tellings
and the term of each question; numbers that are not asked for are its point.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import actor, days, people, things
from scale_core.abacus.words.tongue import Story, Term, Unfit

LEADS = "[Later|Then|After that,|The next day|Later on|Afterwards|]"


def _diff(s: Story, x: str, y: str) -> Term:
    if s.numbers[x] == s.numbers[y]:
        raise Unfit
    return ("-", x, y) if s.numbers[x] > s.numbers[y] else ("-", y, x)


def two_kinds(s: Story) -> Term:
    """Two kinds at first, some of one or both go or come; one cell, sum or difference is asked."""
    people(s, 2)
    things(s, 2)
    days(s)
    top, rng = s.top, s.rng
    away = s.chance(0.6)
    a, b = s.draw("a", 2, top), s.draw("b", 2, top)
    s.draw("p", 1, a - 1 if away else top)
    s.draw("q", 1, b - 1 if away else top)
    told = rng.choice(("first p", "first q", "both", "both", "both"))
    he = actor(s)
    s.fact(
        "{A} {has} {a:t} and {b:u}",
        "there {are} {a:t} and {b:u} {where}",
        "there {are} {a:t} and {b:u} in [a|the] {box1}",
        "{A} {~gain} {a:t} and {b:u}",
        "{A} {has} {a:t}. {he} [also|] {has} {b:u}",
        "{A} {has} {a:t} [as well as|along with|beside] {b:u}",
    )
    verb = "lose" if away else "gain2"
    more = "" if away else "more "
    if told == "both":
        s.fact(
            f"{he} {{~{verb}}} {{p}} {more}{{t}} and {{q}} {more}{{u}}",
            f"{he} {{~{verb}}} {{p}} {more}{{t}} and {{q}} {more}{{u}} {{day1}}",
            f"{he} {{~{verb}}} {{q}} {more}{{u}} and {{p}} {more}{{t}}",
            f"{{p}} {more}{{t}} and {{q}} {more}{{u}} {{are}} "
            + ("[sold|lost|used|taken away]" if away else "[added|brought|put in]"),
            lead=LEADS,
        )
    else:
        n, x = ("p", "t") if told == "first p" else ("q", "u")
        s.fact(
            f"{he} {{~{verb}}} {{n}} {more}{{{x}}}",
            f"{he} {{~{verb}}} {{n}} {'of the' if away else 'more'} {{{x}}}",
            f"{he} {{~give}} {{n}} of the {{{x}}} to {{B}}"
            if away
            else f"{{B}} {{=give}} {{him}} {{n}} more {{{x}}}",
            lead=LEADS,
            n=n,
        )
    sign = "-" if away else "+"
    end_t: Term = (sign, "a", "p")
    end_u: Term = (sign, "b", "q")
    left = "[left|now|]" if away else "[now|then|{total}|]"
    options = ["first", "first sum"]
    if told in ("both", "first p"):
        options += ["end t"] * 4
    if told in ("both", "first q"):
        options += ["end u"] * 4
    if told == "both":
        options += [
            "change diff",
            "change diff",
            "change sum",
            "ends sum",
            "ends diff",
            "ends diff",
        ]
    kind = rng.choice(options)
    if kind in ("end t", "end u"):
        x = kind[-1]
        s.ask(
            f"how many {{{x}}} {{does}} {{he}} have {left}?",
            f"how many {{{x}}} {{does}} {{A_}} [still|now] have?",
            f"how many {{{x}}} {{are}} there {left}?",
            f"how many {{{x}}} {{are}} left?"
            if away
            else f"how many {{{x}}} {{are}} there {{total}}?",
            f"what {{be}} the number of {{{x}}} {left}?",
        )
        return end_t if x == "t" else end_u
    if kind == "first":
        swap = a < b
        x, y = ("u", "t") if swap else ("t", "u")
        s.ask(
            f"how many more {{{x}}} than {{{y}}} {{does}} {{A_}} have [at first|in the beginning|to start with]?",
            f"how many more {{{x}}} than {{{y}}} were there [at first|before|in the beginning]?",
            f"how many fewer {{{y}}} than {{{x}}} were there at first?",
        )
        return _diff(s, "a", "b")
    if kind == "first sum":
        s.ask(
            "how many {kind} did {A_} have [at first|in the beginning|before]?",
            "how many {t} and {u} were there [{total}|] at first?",
            "how many {t} and {u} did {he} have [before|to begin with]?",
        )
        return ("+", "a", "b")
    verb = verb.rstrip("2") + ("2" if verb.endswith("2") else "")
    if kind == "change diff":
        swap = s.numbers["p"] < s.numbers["q"]
        x, y = ("u", "t") if swap else ("t", "u")
        s.ask(
            f"how many more {{{x}}} than {{{y}}} {{does}} {{he}} {{{verb}}}?",
            f"how many fewer {{{y}}} than {{{x}}} {{does}} {{A_}} {{{verb}}}?",
            f"by how many did the {{{x}}} {{he}} {past_of(s, verb)} outnumber the {{{y}}}?",
        )
        return _diff(s, "p", "q")
    if kind == "change sum":
        s.ask(
            f"how many {{kind}} {{does}} {{he}} {{{verb}}} [{{total}}|]?",
            f"how many {{t}} and {{u}} {{does}} {{A_}} {{{verb}}} [together|{{total}}]?",
        )
        return ("+", "p", "q")
    if kind == "ends sum":
        s.ask(
            f"how many {{kind}} {{does}} {{he}} have {left}?",
            "how many {t} and {u} {are} "
            + ("left [{total}|]?" if away else "there [now|{total}]?"),
        )
        return ("+", end_t, end_u)
    x_more = s.value(end_t) > s.value(end_u)
    if s.value(end_t) == s.value(end_u):
        raise Unfit
    x, y = ("t", "u") if x_more else ("u", "t")
    s.ask(
        f"how many more {{{x}}} than {{{y}}} {{does}} {{he}} have {left}?",
        f"how many more {{{x}}} than {{{y}}} {{are}} {'left' if away else 'there now'}?",
        f"how many fewer {{{y}}} than {{{x}}} {{are}} there now?",
    )
    return ("-", end_t, end_u) if x_more else ("-", end_u, end_t)


def past_of(s: Story, verb: str) -> str:
    """`has got` in the tense of questions."""
    from scale_core.abacus.words.tongue import past

    return past(s.words.get(verb, verb))


def before_and_after(s: Story) -> Term:
    """Two kinds before and after: what went or came is asked, or what is there."""
    people(s, 2)
    things(s, 2)
    away = s.chance(0.6)
    a, b = s.draw("a", 3, s.top), s.draw("b", 3, s.top)
    if away:
        s.draw("e", 1, a - 1)
        s.draw("f", 1, b - 1)
    else:
        s.numbers["e"] = a + s.rng.randint(1, s.top)
        s.numbers["f"] = b + s.rng.randint(1, s.top)
    he = actor(s)
    s.fact("{A} {has} {a:t} and {b:u}", "there {are} {a:t} and {b:u} [{where}|in the {box1}]",
           "{A} {~start} with {a:t} and {b:u}")  # fmt: skip
    verb = "lose" if away else "gain"
    s.fact(
        f"after {he} {past_of(s, verb)} some, {{he}} {{has}} {{e:t}} and {{f:u}}"
        + (" left" if away else ""),
        "now {he} {has} {e:t} and {f:u}",
        f"{he} {{~{verb}}} some {{t}} and some {{u}}. now there {{are}} {{e:t}} and {{f:u}}",
        "[at the end|a week later] there {are} {e:t} and {f:u}",
    )
    draw = s.rng.random()
    if draw < 0.7:
        n, m, x = ("a", "e", "t") if s.chance(0.5) else ("b", "f", "u")
        s.ask(
            f"how many {{{x}}} {{does}} {{he}} {{{verb}}}?",
            f"how many {{{x}}} did {{A_}} {{{verb}}}?",
            f"how many {{{x}}} [are|were] {'gone' if away else 'new'}?",
        )
        return ("-", n, m) if away else ("-", m, n)
    if s.numbers["e"] == s.numbers["f"]:
        raise Unfit
    more = s.numbers["e"] > s.numbers["f"]
    x, y = ("t", "u") if more else ("u", "t")
    s.ask(
        f"how many more {{{x}}} than {{{y}}} {{does}} {{he}} have now?",
        f"how many more {{{x}}} than {{{y}}} {{are}} " + ("left?" if away else "there now?"),
    )
    return ("-", "e", "f") if more else ("-", "f", "e")


def times_of_day(s: Story) -> Term:
    """Two or three times of one doing; some of them are asked for."""
    people(s, 2)
    things(s, 1)
    days(s)
    three = s.chance(0.55)
    slots = ["a", "b", "c"] if three else ["a", "b"]
    for slot in slots:
        s.draw(slot, 1, s.top)
    sport = s.chance(0.3)
    if sport:
        s.words["gain"] = s.pick(
            "run", "jump", "score", "drive", "read", "climb", "walk", "make", "do"
        )
        s.noun("t", *{"run": ("lap", "laps"), "jump": ("jump", "jumps"), "score": ("point", "points"),
                      "drive": ("mile", "miles"), "read": ("page", "pages"),
                      "climb": ("step", "steps"), "walk": ("mile", "miles"),
                      "make": ("call", "calls"), "do": ("push-up", "push-ups")}[s.words["gain"]])  # fmt: skip
    order = [0, 1, 2] if three else [0, 1]
    if s.chance(0.3):
        s.rng.shuffle(order)
    told = [f"{{{slots[i]}}} {{day{i + 1}}}" for i in order]
    first = order[0]
    told[0] = f"{{{slots[first]}:t}} {{day{first + 1}}}"
    s.fact(
        "{A} {~gain} " + ", ".join(told[:-1]) + " and " + told[-1],
        "{A} {~gain} " + ", ".join(told[:-1]) + " and " + told[-1],
        "{A} {~gain} " + told[0] + "".join(f". {{he}} {{~gain}} {t}" for t in told[1:]),
    )
    draw = s.rng.random()
    if draw < 0.5:
        i, j = s.rng.sample(range(len(slots)), 2)
        if s.numbers[slots[i]] < s.numbers[slots[j]]:
            i, j = j, i
        s.ask(
            f"how many more {{t}} {{does}} {{he}} {{gain}} {{day{i + 1}}} than {{day{j + 1}}}?",
            f"how many fewer {{t}} {{does}} {{A_}} {{gain}} {{day{j + 1}}} than {{day{i + 1}}}?",
            f"by how many {{t}} {{be}} the number {{day{i + 1}}} larger than the number {{day{j + 1}}}?",
        )
        return _diff(s, slots[i], slots[j])
    if draw < 0.8 and three:
        i, j = sorted(s.rng.sample(range(3), 2))
        s.ask(
            f"how many {{t}} {{does}} {{he}} {{gain}} {{day{i + 1}}} and {{day{j + 1}}} [together|{{total}}|]?",
            f"how many {{t}} {{does}} {{A_}} {{gain}} in all {{day{i + 1}}} and {{day{j + 1}}}?",
        )
        return ("+", slots[i], slots[j])
    s.ask(
        "how many {t} {does} {he} {gain} {total}?",
        "how many {t} {does} {A_} {gain} [in those days|altogether]?",
        "what {be} the total number of {t}?",
    )
    total: Term = ("+", slots[0], slots[1])
    return ("+", total, slots[2]) if three else total


def people_and_kinds(s: Story) -> Term:
    """Several people with things of one or two kinds; only some of them are asked for."""
    people(s, 3)
    things(s, 2)
    days(s)
    s.draw("a", 1, s.top)
    s.draw("b", 1, s.top)
    s.draw("c", 1, s.top)
    odd = s.chance(0.55)
    third_noun = "u" if odd else "t"
    tellings = ["{A} {~gain} {a:t}", "{B} {=gain} {b:t}", f"{{C}} {{=gain}} {{c:{third_noun}}}"]
    if s.chance(0.5):
        tellings = ["{A} {has} {a:t}", "{B} {hath} {b:t}", f"{{C}} {{hath}} {{c:{third_noun}}}"]
    if s.chance(0.4):
        s.rng.shuffle(tellings)
    if s.chance(0.5):
        s.fact(
            ", ".join(tellings[:2]) + ", and " + tellings[2],
            " and ".join(tellings[:2]) + ". " + tellings[2],
        )
    else:
        for telling in tellings:
            s.fact(telling)
    if s.plural and s.words["A"] in ("I", "we", "you"):
        s.words["A_"] = s.words["A"]
    draw = s.rng.random()
    if odd and draw < 0.55:
        s.ask(
            "how many {t} {are} there {total}?",
            "how many {t} do they have {total}?",
            "how many {t} are there in all?",
            "how many {t} do {A_} and {B_} have [together|{total}]?",
        )
        return ("+", "a", "b")
    if draw < 0.8:
        more = s.numbers["a"] > s.numbers["b"]
        if more:
            s.ask(
                "how many more {t} {does} {A_} have than {B_}?",
                "how many fewer {t} {do} {B_} have than {A_}?",
                "by how many {t} is {A_} ahead of {B_}?"
                if not s.plural
                else "how many fewer {t} {do} {B_} have than {A_}?",
            )
        else:
            s.ask(
                "how many more {t} {do} {B_} have than {A_}?",
                "how many fewer {t} {does} {A_} have than {B_}?",
            )
        return _diff(s, "a", "b")
    s.ask(
        "how many {kind} do they have [{total}|]?" if odd else "how many {t} do they have {total}?",
        "how many {kind} are there {total}?" if odd else "how many {t} are there {total}?",
    )
    total: Term = ("+", "a", "b")
    return ("+", total, "c")


def two_groupings(s: Story) -> Term:
    """Two kinds, each in groups of its own; one kind is asked for."""
    people(s, 1)
    things(s, 2)
    a, k = s.draw("a", 2, 40), s.draw("k", 2, 30)
    b, m = s.draw("b", 2, 40), s.draw("m", 2, 30)
    kind = s.rng.choice(("size", "product", "measure", "more"))
    if kind == "size":
        s.numbers["x"], s.numbers["y"] = a * k, b * m + s.rng.choice((0, 0, 1, 3))
        s.fact(
            "{A} {has} {x:t} and {y:u}",
            "there {are} {x:t} and {y:u} [{where}|in {A's} collection]",
        )
        s.fact(
            "the {t} {are} [put|sorted|packed] [in|into] {a:box} and the {u} [in|into] {b:case}",
            "the {u} {are} put into {b:case} and the {t} into {a:box}",
            "{he} {~put} the {t} in {a:box} and the {u} in {b:case}",
        )
        s.ask(
            "how many {t} {are} in each {box1}?",
            "how many {t} does each {box1} [hold|have]?",
            "how big is each {box1} of {t}?",
        )
        return ("/", "x", "a")
    if kind == "more":
        s.fact(
            "{A} {has} {a:box} of {t} and {b:case} of {u}. each {box1} holds {k:t} and each {case1} holds {m:u}",
            "each {box1} holds {k:t} and each {case1} {m:u}. {A} {has} {a:box} and {b:case}",
        )
        left, right = ("*", "a", "k"), ("*", "b", "m")
        if a * k == b * m:
            raise Unfit
        bigger = a * k > b * m
        x, y = ("t", "u") if bigger else ("u", "t")
        if s.chance(0.5):
            s.ask(
                "how many {kind} {does} {he} have [{total}|]?",
                "how many {t} and {u} {are} there {total}?",
            )
            return ("+", left, right)
        s.ask(
            f"how many more {{{x}}} than {{{y}}} {{are}} there?",
            f"how many more {{{x}}} than {{{y}}} {{does}} {{he}} have?",
        )
        return ("-", left, right) if bigger else ("-", right, left)
    s.fact(
        "{A} {has} {a:box} with {k:t} [in each|each] and {b:case} with {m:u} [in each|each]",
        "there {are} {k:t} in each {box1} and {m:u} in each {case1}. {A} {has} {a:box} and {b:case}",
        "each {box1} has {k:t}, each {case1} has {m:u}. there {are} {a:box} and {b:case}",
    )
    s.ask(
        "how many {t} {does} {he} have?",
        "how many {t} {are} there {total}?",
        "how many {t} are in the {box} [{total}|]?",
    )
    return ("*", "a", "k")

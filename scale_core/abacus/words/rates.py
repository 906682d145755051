"""Rates, times, distances, loads and mixed groups: what work, travel and packing ask.

Schemas: rate (amount, time or rate unknown), capacity (loads, trips, tables), products of a sum or
difference, sums and differences of products. Knows each telling and its term.
"""

from __future__ import annotations

from scale_core.abacus.words.cast import actor, container, days, people, things
from scale_core.abacus.words.tongue import Story, Term

RATES = (
    # subject or None for a person, verb, unit of amount, unit of time
    (None, "read", "page", "day"), (None, "drive", "mile", "hour"), (None, "ride", "kilometer", "hour"), (None, "walk", "mile", "day"),
    (None, "run", "lap", "minute"), (None, "type", "word", "minute"), (None, "swim", "lap", "day"), (None, "write", "page", "hour"),
    (None, "drink", "cup of water", "day"), (None, "bake", "cake", "hour"), (None, "knit", "scarf", "week"), (None, "solve", "puzzle", "hour"),
    (None, "plant", "tree", "day"), (None, "work", "hour", "day"), (None, "make", "bracelet", "hour"), (None, "pick", "bag of apples", "hour"),
    ("the machine", "make", "bottle", "minute"), ("the factory", "produce", "toy", "day"), ("the printer", "print", "page", "minute"),
    ("the cow", "give", "liter of milk", "day"), ("the train", "travel", "mile", "hour"), ("the plane", "fly", "kilometer", "hour"),
    ("the hose", "fill", "gallon", "minute"), ("the shop", "sell", "cake", "day"), ("the plant", "grow", "inch", "week"),
    ("the car", "use", "liter of fuel", "day"), ("the horse", "eat", "pound of hay", "day"), ("the faucet", "leak", "drop", "minute"),
    ("the hens", "lay", "egg", "day"), ("the worm", "dig", "inch", "hour"), ("the bus", "carry", "passenger", "trip"),
    ("the elevator", "climb", "floor", "minute"), ("the candle", "burn", "inch", "hour"), ("the robot", "build", "chair", "week"),
)  # fmt: skip


def _rate(s: Story) -> tuple[str, str]:
    """Cast a rate; returns (verb in the story's tense with subject, base verb)."""
    from scale_core.abacus.words.cast import plural

    subject, verb, amount, time = s.rng.choice(RATES)
    s.noun("t", amount, plural(amount))
    s.noun("time", time, time + "s")
    if subject is not None:
        if s.chance(0.4):
            subject = subject.replace("the ", "a ", 1) if subject != "the hens" else "hens"
        s.words["A"] = subject
        s.words["A_"] = subject.replace("a ", "the ", 1) if subject.startswith("a ") else subject
        s.words["he"] = "they" if subject.endswith("hens") else "it"
        s.plural = subject.endswith("hens")
    return f"{{~{verb}}}", verb


def paced(s: Story) -> Term:
    """An amount, a time and a pace, one of them unknown; a second stretch or a rest now and then."""
    people(s, 2)
    days(s)
    v, verb = _rate(s)
    a, b = s.draw("a", 2, min(s.top, 99)), s.draw("b", 2, min(s.top, 30))
    s.numbers["x"] = a * b
    per = "[each|every|a|per] {time1}"
    draw = s.rng.random()
    if draw < 0.3:
        s.fact(
            f"{{A}} {v} {{a:t}} {per} for {{b:time}}",
            f"{{A}} {v} {{a:t}} {per}",
            f"in one {{time1}} {{A}} {v} {{a:t}}",
            f"{{A}} can {verb} {{a:t}} in {s.pick('a', 'one')} {{time1}}",
        )
        if "for {b" in s.facts[-1][1]:
            s.ask(
                f"how many {{t}} {{does}} {{he}} {verb} {{total}}?",
                "how many {t} is that [{total}|]?",
            )
        else:
            s.ask(
                f"how many {{t}} {{does}} {{he}} {verb} in {{b:time}}?",
                f"how many {{t}} [will|can|would] {{he}} {verb} in {{b:time}}?",
                "how many {t} is that in {b:time}?",
                "how many {t} [is that|will it be] after {b:time}?",
            )
        return ("*", "a", "b")
    if draw < 0.5:
        s.fact(
            f"{{A}} {v} {{a:t}} {per}",
            f"{{A}} can {verb} {{a:t}} {per}",
            f"in one {{time1}} {{A}} {v} {{a:t}}",
        )
        s.ask(f"how many {{time}} {{does}} {{he}} need [to {verb}|for] {{x:t}}?", f"how many {{time}} does it take {{him}} to {verb} {{x:t}}?" if s.words["he"] != "it" else f"how many {{time}} does it take to {verb} {{x:t}}?",
              "how long [does|will] it take for {x:t}?", f"after how many {{time}} did {{he}} {verb} {{x:t}}?")  # fmt: skip
        return ("/", "x", "a")
    if draw < 0.7:
        s.fact(
            f"{{A}} {v} {{x:t}} in {{b:time}}",
            f"in {{b:time}} {{A}} {v} {{x:t}}",
            f"{{A}} {v} {{x:t}} in {{b:time}}, the same number {per}",
        )
        s.ask(
            f"how many {{t}} {{does}} {{he}} {verb} [per|each|every|a] {{time1}}?",
            "how many {t} is that [per|a|each] {time1}?",
            f"how many {{t}} {{does}} {{A_}} {verb} in one {{time1}}?",
        )
        return ("/", "x", "b")
    if draw < 0.85:
        c = s.draw("c", 1, a * b - 1)
        s.draw("c", 1, min(c + 1, a * b - 1, 500))
        s.numbers["y"] = a * b + s.numbers["c"]
        s.fact(f"{{A}} {{has}} to {verb} {{y:t}}. {{c}} are already done", f"{{A}} {{~need}} to {verb} {{y:t}} {{total}} and {{~do}} {{c}} [today|at first|so far]",
               f"{{A}} {{~want}} to {verb} {{y:t}} and {{c}} are done")  # fmt: skip
        s.fact(f"{{he}} {v} {{a}} [more|] {per}", f"{{he}} can {verb} {{a}} {per}")
        s.ask(
            "how many [more|] {time} {does} {he} need?",
            "how many {time} will the rest take?",
            "in how many {time} will {he} be done?",
        )
        return ("/", ("-", "y", "c"), "a")
    s.draw("c", 2, min(s.top, 60))
    s.draw("d", 2, 20)
    s.fact(f"{{A}} {v} {{a:t}} {per} for {{b:time}} and then {{c:t}} {per} for {{d:time}}",
           f"for {{b:time}} {{A}} {v} {{a:t}} {per}. then {{he}} {v} {{c:t}} {per} for {{d:time}}")  # fmt: skip
    s.ask(f"how many {{t}} {{does}} {{he}} {verb} {{total}}?", "how many {t} is that {total}?")
    return ("+", ("*", "a", "b"), ("*", "c", "d"))


def _capacity(s: Story) -> tuple[str, str, str]:
    """(what one takes, the question, the same for the rest): loads, trips, tables and the like."""
    return s.rng.choice(
        (
            (
                "the [machine|washer|oven] [takes|holds] {z} [{x}|] at a time",
                "how many loads {does} {he} need?",
                "",
            ),
            (
                "{he} can carry {z} [{x}|] at [a time|once]",
                "how many trips {does} {he} [make|need]?",
                "",
            ),
            (
                "each {case1} [holds|has room for|can hold] {z} [{x}|]",
                "how many {case} {does} {he} [need|fill]?",
                "",
            ),
            ("each {case1} [holds|can hold] {z}", "how many {case} are [needed|there]?", ""),
            ("{he} {~put} {z} on each {case1}", "how many {case} {are} there?", ""),
            ("{z} [{x}|] go in one {case1}", "how many {case} {does} {he} need?", ""),
            (
                "{he} {~make} [groups|teams|sets] of {z}",
                "how many [groups|teams|sets] are there?",
                "",
            ),
            (
                "{he} can finish {z} [{x}|] [an|each|per] hour",
                "how many hours will it take {him}?",
                "",
            ),
            ("{he} {~use} {z} [{x}|] [a|each|per] day", "how many days will they last?", ""),
            ("each {case1} {=get} {z:x}", "how many {case} are there?", ""),
        )
    )


def loads(s: Story) -> Term:
    """A sum or a difference, then by so many at a time."""
    people(s, 3)
    things(s, 2)
    days(s)
    plus = s.chance(0.55)
    z, k = s.draw("z", 2, 20), s.draw("k", 2, min(s.top, 40))
    whole = z * k
    if plus:
        s.draw("a", 1, whole - 1)
        s.numbers["b"] = whole - s.numbers["a"]
        s.fact("{A} {has} {a:t} and {b:u}", "{A} {~gain} {a:t} and {b:u} [{where}|]", "there {are} {a:t} and {b:u} [{where}|]",
               "{A} {~gain} {a:t} {day1} and {b} [more|] {day2}", "{A} {has} {a:t} and {~gain2} {b} more",
               "{A} {has} {a:t} [in one|on one|from one] {box1} and {b} [in|on|from] another")  # fmt: skip
        same = "{b:u}" not in s.facts[-1][1]
        x = "t" if same else "kind"
        now: Term = ("+", "a", "b")
    else:
        s.draw("b", 1, max(2, min(s.top, 200)))
        s.numbers["a"] = whole + s.numbers["b"]
        x = "t"
        s.fact("{A} {has} {a:t}, but {b} of them [are|were] [broken|missing|sick|spoiled|late|not there|lost]", "{A} {has} {a:t} and {~lose} {b} [of them|]",
               "there {are} {a:t} and {b} of them [{+go} away|{are} not needed]",
               "{A} {~gain} {a:t}. {he} {~give} {b} to {B}", "{A} {~invite} {a} people, but {b} of them {+do} not come",
               "{A} {~gain} {a:t}. {b} of them {+go} to {B}")  # fmt: skip
        if "people" in s.facts[-1][1]:
            s.noun("t", "person", "people")
        now = ("-", "a", "b")
    s.nouns["x"] = s.nouns[x]
    s.words["x"], s.words["x1"] = s.words[x], s.words[x + "1"]
    if s.chance(0.3):
        size = s.chance(0.5)
        if size:
            s.numbers["k"] = k
            s.fact("they {are} [put|packed|shared] equally [in|into|among] {k:case}", "{he} {~put} " + ("them" if plus else "the rest") + " equally into {k:case}",
                   "{he} {~share} " + ("them" if plus else "the rest") + " among {k} [friends|children|people]")  # fmt: skip
            last = s.facts[-1][1]
            s.ask(
                "how many {x} does each [one|person|child] get?"
                if "friends" in last
                else "how many {x} {are} in each [{case1}|one]?"
            )
            return ("/", now, "k")
    how, question, _ = _capacity(s)
    s.fact(how)
    s.ask(question)
    return ("/", now, "z")


def mixed_groups(s: Story) -> Term:
    """Groups that each hold two kinds; groups lost or joined before they are counted out."""
    people(s, 3)
    things(s, 2)
    days(s)
    a, b = s.draw("a", 2, min(s.top, 30)), s.draw("b", 2, min(s.top, 40))
    draw = s.rng.random()
    he = actor(s)
    if draw < 0.3:
        s.draw("c", 1, min(s.top, 40))
        s.fact("{A} {has} {a:box} with {b:t} and {c:u} in each [{box1}|]", "there {are} {a:box}. each [{box1}|one] has {b:t} and {c:u}", "each {box1} [holds|has] {b:t} and {c:u}. {A} {has} {a:box}",
               "{A} {~fill} {a:box}. [each|every one] gets {b:t} and {c:u}", "in each of {A's} {a:box} {are} {b:t} and {c:u}")  # fmt: skip
        which = s.rng.random()
        if which < 0.75:
            s.ask(
                "how many {kind} {are} there {total}?",
                "how many {kind} {does} {he} have [{total}|]?",
                "how many {t} and {u} [are there|is that] {total}?",
                "what is the total number of {kind}?",
            )
            return ("*", "a", ("+", "b", "c"))
        s.ask("how many {t} {does} {he} have [{total}|]?", "how many {t} {are} there {total}?")
        return ("*", "a", "b")
    if draw < 0.52:
        s.draw("m", 1, a - 1)
        s.fact("{A} {has} {a:box} of {t} and {~give} {m} [of them|{box}|] to {B}", "{A} {~gain} {a:box} of {t}, but {m} [of them|{box}|] {+get} [lost|broken|sold]",
               "{A} {has} {a:box} of {t}. {he} {~lose} {m} [of the|] {box}", "there {are} {a:box} of {t} and {m} of them are [empty|open|gone]")  # fmt: skip
        s.fact(
            "each {box1} [has|holds] {b:t} [in it|inside|]",
            "there {are} {b:t} in [each|every] {box1}",
            "[each|every|a] {box1} has {b:t}",
        )
        s.ask(
            "how many {t} {does} {he} [still|] have [left|]?"
            if "empty" not in s.facts[0][1]
            else "how many {t} are there?",
            "how many {t} {are} left?",
        )
        return ("*", ("-", "a", "m"), "b")
    if draw < 0.72:
        s.draw("m", 1, 30)
        s.fact("{A} {~gain} {a:box} of {t} and {m:box} of {u}", "{A} {has} {a:box} of {t} and {B} {hath} {m}", "{A} {~gain} {a:box} of {t} {day1} and {m} more {day2}", "there {are} {a:box} of {t} and {m:box} of {u}",
               "{A} {has} {a} [small|old|blue] {box} and {m} [big|new|red] {box} of {t}")  # fmt: skip
        s.fact(
            "[each|every] {box1} [has|holds] {b} [{kind}|]"
            if "{u}" in s.facts[0][1]
            else "[each|every] {box1} [has|holds] {b:t} [in it|]",
            "there {are} {b} in [each|every] {box1}",
        )
        x = "{kind}" if "{u}" in s.facts[0][1] else "{t}"
        s.ask(
            f"how many {x} {{are}} there {{total}}?",
            f"how many {x} is that [{{total}}|]?",
            f"how many {x} do they have {{total}}?"
            if "{B}" in s.facts[0][1]
            else f"how many {x} {{does}} {{he}} have {{total}}?",
        )
        return ("*", ("+", "a", "m"), "b")
    if draw < 0.88:
        c = s.draw("c", 1, max(2, s.top))
        plus = s.chance(0.55) or c >= a * b
        s.fact(
            "{A} {has} {a:box} with {b:t} in each",
            "{A} {has} {a:box} of {b:t} each",
            "each {box1} has {b:t} and {A} {has} {a:box}",
            "{A} {~arrange} {t} in {a} rows of {b}",
        )
        if plus:
            s.fact(
                f"{he} [also|] {{has}} {{c}} [loose|single|extra|more] {{t}}",
                f"{he} {{~gain}} {{c}} more [{{t}}|]",
                "there {are} {c} more {t} [outside|on the floor|beside them]",
                "{c:t} {are} left over",
            )
            s.ask("how many {t} {are} there {total}?", "how many {t} {does} {he} have [{total}|]?")
            return ("+", ("*", "a", "b"), "c")
        s.fact(
            f"{he} {{~lose}} {{c}} [of the {{t}}|{{t}}|of them]",
            "{c} of the {t} are [bad|broken|gone]",
            f"{he} {{~give}} {{c:t}} to {{B}}",
        )
        s.ask(
            "how many {t} {are} left?",
            "how many {t} {does} {he} have [left|now]?",
            "how many {t} {does} {he} still have?",
        )
        return ("-", ("*", "a", "b"), "c")
    container(s, "case", things(s, 2))
    s.draw("c", 2, 30)
    s.draw("d", 2, 30)
    s.fact("{A} {has} {a:box} of {b:t} [each|] and {c:case} of {d:t} [each|]", "{A} {has} {a:box} with {b:t} each and {c:case} with {d} [{t}|] each",
           "there {are} {a:box} with {b:t} in each and {c:case} with {d} in each")  # fmt: skip
    s.ask(
        "how many {t} {are} there {total}?",
        "how many {t} {does} {he} have {total}?",
        "how many {t} is that?",
    )
    return ("+", ("*", "a", "b"), ("*", "c", "d"))


def still_to_do(s: Story) -> Term:
    """So many units, some of them done; each needs so much: what the rest needs, gives or takes."""
    people(s, 2)
    things(s, 2)
    days(s)
    a = s.draw("a", 3, min(s.top, 60))
    s.draw("b", 1, a - 1)
    s.draw("z", 2, 30)
    verb, done = s.rng.choice((("paint", "painted"), ("clean", "cleaned"), ("check", "checked"), ("make", "made"), ("install", "installed"),
                               ("wrap", "wrapped"), ("bake", "baked"), ("pack", "packed"), ("read", "read"), ("grade", "graded"), ("build", "built"),
                               ("fix", "fixed"), ("plant", "planted"), ("sew", "sewn"), ("sort", "sorted"), ("fold", "folded"), ("print", "printed")))  # fmt: skip
    s.words["unit"] = s.pick("minutes", "hours", "{u}", "dollars", "{u}")
    s.fact(
        f"{{A}} {{has}} {{a:t}} to {verb} and {{has}} [already|] {done} {{b}} [of them|]",
        f"{{A}} {{~need}} to {verb} {{a:t}}. {{b}} are [already|] {done}",
        "{A} {~want} {a:t} and [already|] {has} {b} [of them|]",
        f"{{A}} {{~plan}} to {verb} {{a:t}}. so far {{he}} {{has}} {done} {{b}}",
        f"[out of|of] {{a:t}}, {{A}} {{has}} {done} {{b}}",
    )
    s.fact(
        "each {t1} [takes|needs] {z} {unit}",
        "{he} {~need} {z} {unit} [for each|for one|per] {t1}",
        "it takes {z} {unit} to " + verb + " [one|each] [{t1}|]",
        "every {t1} has {z:u} [on it|in it|]"
        if s.words["unit"] == "{u}"
        else "each one takes {z} {unit}",
        *(
            ("each {t1} costs {z} dollars", "each one costs ${z}")
            if s.words["unit"] == "dollars"
            else ()
        ),
    )
    long = s.words["unit"] in ("minutes", "hours")
    s.ask(
        "how many {unit} {does} {he} still need [for the rest|]?",
        "how many [more|] {unit} [will|does] the rest [take|need]?",
        "how long will the rest take?" if long else "how many {unit} are needed for the others?",
        "how many {unit} are still to come?"
        if s.chance(0.2)
        else "how many {unit} {does} {he} need [for the others|to finish]?",
    )
    return ("*", ("-", "a", "b"), "z")

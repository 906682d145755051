"""Numbers without a story: riddles about an unknown number, arithmetic in words, short let-chains.

Knows the tellings and the term of each. Let-chains are written as the dialect's canonical form
writes them (no blanks around signs); names of letters never reach an outline here, because every
letter stands for a number of the text.
"""

from __future__ import annotations

from scale_core.abacus.words.tongue import Story, Term, Unfit

_PLUS = "[plus|and|added to]"


def unknown_number(s: Story) -> Term:
    """What number plus 7 makes 15, and its relatives, in one or two steps."""
    a, x = s.draw("a", 1, s.top), s.rng.randint(1, max(9, s.top))
    draw = s.rng.random()
    be = "[is|makes|gives|equals|is equal to]"
    if draw < 0.3:
        s.numbers["c"] = x + a
        s.ask(
            f"what number plus {{a}} {be} {{c}}?",
            f"{{a}} plus what number {be} {{c}}?",
            "what must be added to {a} to [get|make] {c}?",
            f"if a number plus {{a}} {be} {{c}}, what is the number?",
            "I think of a number and add {a}. I get {c}. what is my number?",
            "which number is {a} less than {c}?",
            "the sum of a number and {a} is {c}. [what is|find] the number?",
            "{a} more than a number is {c}. what is the number?",
            "a number increased by {a} is {c}. [find the number.|what is it?]",
        )
        return ("-", "c", "a")
    if draw < 0.5:
        s.numbers["c"] = x
        s.ask(
            f"what number minus {{a}} {be} {{c}}?",
            "from what number do you take {a} to get {c}?",
            f"if a number minus {{a}} {be} {{c}}, what is the number?",
            "I think of a number and [take away|subtract] {a}. I get {c}. what is my number?",
            "a number decreased by {a} is {c}. [find the number.|what is it?]",
            "{a} less than a number is {c}. what is the number?",
        )
        return ("+", "c", "a")
    if draw < 0.68:
        k = s.draw("k", 2, 12)
        s.numbers["c"] = k * x
        s.ask(
            f"what number times {{k}} {be} {{c}}?",
            f"{{k}} times what number {be} {{c}}?",
            "{k} times a number is {c}. [what is|find] the number?",
            "a number multiplied by {k} is {c}. what is it?",
            "I multiply a number by {k} and get {c}. what is the number?",
        )
        return ("/", "c", "k")
    if draw < 0.78:
        k = s.draw("k", 2, 12)
        s.numbers["c"] = x
        s.ask(
            f"what number divided by {{k}} {be} {{c}}?",
            "a number divided by {k} is {c}. what is the number?",
            "I divide a number by {k} and get {c}. what is the number?",
        )
        return ("*", "c", "k")
    k = s.draw("k", 2, 9)
    if s.chance(0.6):
        s.numbers["c"] = k * x + a
        s.ask(
            "{k} times a number plus {a} is {c}. what is the number?",
            "I think of a number, multiply it by {k} and add {a}. I get {c}. what is the number?",
            "{a} more than {k} times a number is {c}. [what is|find] the number?",
            f"what number times {{k}} plus {{a}} {be} {{c}}?",
        )
        return ("/", ("-", "c", "a"), "k")
    if k * x <= a:
        raise Unfit
    s.numbers["c"] = k * x - a
    s.ask(
        "{k} times a number minus {a} is {c}. what is the number?",
        "I multiply a number by {k} and [take away|subtract] {a}. I get {c}. what is the number?",
        "{a} less than {k} times a number is {c}. [what is|find] the number?",
    )
    return ("/", ("+", "c", "a"), "k")


def in_words_only(s: Story) -> Term:
    """Sums, differences, products and quotients asked for in words."""
    a, b = s.draw("a", 2, s.top), s.draw("b", 2, s.top)
    if a == b:
        raise Unfit
    draw = s.rng.random()
    if draw < 0.3:
        s.ask(
            "what is {b} more than {a}?",
            "what is the sum of {a} and {b}?",
            "add {a} and {b}.",
            "how much is {a} and {b} together?",
            "what do you get if you add {b} to {a}?",
            "{a} and {b} [make|is] how much?",
        )
        return ("+", "a", "b")
    if draw < 0.6:
        low, high = ("a", "b") if a < b else ("b", "a")
        s.ask(
            "what is {x} less than {y}?",
            "take {x} from {y}.",
            "subtract {x} from {y}.",
            "how much more is {y} than {x}?",
            "what is the difference [between|of] {y} and {x}?",
            "what do you get if you take {x} away from {y}?",
            "by how much is {y} larger than {x}?",
            x=low,
            y=high,
        )
        return ("-", high, low)
    if draw < 0.8:
        if a * b > 9999:
            raise Unfit
        s.ask(
            "what is the product of {a} and {b}?",
            "multiply {a} by {b}.",
            "how much is {a} times {b}?",
            "what do you get if you multiply {a} and {b}?",
            "{a} times {b} is how much?",
        )
        return ("*", "a", "b")
    if a > 99:
        raise Unfit
    s.numbers["c"] = a * min(b, 99)
    s.ask(
        "divide {c} by {a}.",
        "how many times does {a} go into {c}?",
        "how many times is {a} in {c}?",
        "what is the quotient of {c} and {a}?",
    )
    return ("/", "c", "a")


MAKERS = (unknown_number, in_words_only)

"""The marks of problems that surely lie outside the embedded model's language.

Knows words and signs of other mathematics, sciences, code and languages. Words that also live in
everyday stories (cones of ice cream, rounds of a game, a printer that prints) are listed only
together with the words that give them away. Does not judge anything else.
"""

from __future__ import annotations

import re

_WORDS = (
    (
        "calculus",
        r"integrals?|integrate|derivatives?|differentia\w+|antiderivative|gradient|limit (?:of|as)"
        r"|limits|diverges?|converges?|calculus|asymptotes?|tangent|infinity|infinite|d[xy]"
        r"|under the curve|taylor|maclaurin|maximi[sz]e|minimi[sz]e",
    ),
    (
        "geometry",
        r"triang\w+|radius|radii|diameter|circumference|angles?|hypotenuse|\w{3,}gons?|\w+gonal"
        r"|(?:area|centre|center) of (?:a|the) (?:circle|square)|circle (?:of|with|has)|spheres?"
        r"|pyramids?|parallel\w*|perpendicular|diagonals?|trapezoids?|rhombus|vertices|vertex"
        r"|coordinates?|midpoint|slope|volume|surface area|square has a|edges does"
        r"|edge (?:of|length)|degrees does|how many degrees",
    ),
    (
        "probability, statistics or counting",
        r"probabilit\w+|chances? (?:of|that|to)|the chance|odds|dice|a die|random\w*|expected"
        r" value|standard deviation|variance|median|permutations?|combinations?|how many (?:\w+ )?"
        r"ways|factorial|binomial|percentile|average of|arithmetic mean|the mean of|[0-9] choose"
        r" [0-9]|can be formed|coin is (?:flipped|tossed)",
    ),
    (
        "functions such as roots, logarithms or sines",
        r"sqrt|cbrt|roots?|log|ln|logarithms?|arc(?:sin|cos|tan)|sine?|cos|cosine|exp|pi"
        r"|(?:tan|sin|cos|abs|ceil|floor) ?\(|tan [0-9x]|absolute value|zeros of|zeroes of"
        r"|round (?:\w+ )?[0-9]+|rounded|nearest|significant figures|scientific notation",
    ),
    (
        "number theory beyond remainders, gcd, lcm and digit sums",
        r"primes?|divisors|factors|factori[sz]\w+|composite|divisible|fibonacci|sequences?|totient"
        r"|congruen\w+|modular inverse|inverse|perfect (?:squares?|cubes?|number)|comes next"
        r"|next (?:number|term)|arithmetic progression|geometric",
    ),
    (
        "algebra beyond one linear equation",
        r"matri(?:x|ces)|determinants?|vectors?|eigen\w+|polynomials?|quadratics?|inequalit\w+"
        r"|functions?|simultaneous|system of|the system|complex|imaginary|expand|subsets?"
        r"|[fgh]\([a-z0-9]\)|for which|x and y|a and b (?:such|if|so)",
    ),
    (
        "proofs",
        r"prove|proofs?|by induction|irrational|theorem|contradiction|lemma|disprove",
    ),
    (
        "fractions, percentages, decimals or other number systems",
        r"binary|hexadecimal|hex|octal|decimals?|convert|fractions?|percent\w*|numerator"
        r"|denominator|ratios?|base [0-9]+|roman numerals?|interest rate|compound(?:ed)?",
    ),
    (
        "physics or chemistry",
        r"force|mass|velocity|accelerat\w+|newtons?|joules?|energy|gravity|voltage|volts?"
        r"|amperes?|ohms?|resistors?|wavelength|frequency|hertz|pressure|molar|moles of|chemical"
        r"|atoms?|molecules?|momentum|kinetic|speed of (?:light|sound|the current)|upstream"
        r"|downstream|m/s|thrown upward|projectile|density",
    ),
    (
        "program code",
        r"def|import \w+$|select .{1,40} from|for \(|while \(|void|console\.|lambda [a-z]|python"
        r"|javascript|sql|while true|print ?\(|return \w+ [-+*/]",
    ),
    (
        "questions that are not arithmetic",
        r"jokes?|poems?|weather|capital of|your name|instructions|system prompt|president"
        r"|translate|recipe for|essay|story about|how are you|meaning of life|write (?:a|an|me)"
        r"|what time is it|tell me (?:about|a)|history of",
    ),
    (
        "puzzles that need more than a few steps of arithmetic",
        r"knights?|knaves?|liars?|(?:like|play|have|has|do) neither|neither(?= of| \w+ nor)"
        r"|need together|take them together|working together|catch(?:es)? up|at least one of",
    ),
)
_FOREIGN = (
    r"combien|cu[a\u00e1]nt[oa]s?|quant[oaie]s?|wie viele?|hoeveel|wieviel|ist|und|ile jest|skolko"
    r"|berechne|calcula|[0-9]+ (?:mal|fois|por|per|keer|plus|mas|m\u00e1s) [0-9]+ (?:est|ist|es)"
)
_TOPICS = tuple(
    (re.compile(rf"(?<![a-z]){rule}(?![a-z])"), message)
    for rule, message in (
        *(
            (f"(?:{words})", f"This looks like a problem of another kind: {topic}.")
            for topic, words in _WORDS
        ),
        (f"(?:{_FOREIGN})", "It is not in English."),
    )
)
_CALLS_OFF = re.compile(r"(?<![A-Za-z])(?:gcd|lcm)\(", re.IGNORECASE)
_SYMBOLS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"^(?:who|where|why)(?![a-z])|^factor(?:i[sz]e)? ", "It does not ask for a calculation."),
        (r"\\[a-z]+", "It has a LaTeX command that I do not know."),
        (
            r"[\u2190-\u22ff\u03c0\u2030]",
            "It has signs of mathematics beyond whole-number arithmetic.",
        ),
        (r"[<>]", "It has an inequality, an arrow or markup."),
        (r"[0-9]\.[0-9]|(?<![0-9a-z.])\.[0-9]", "It has a decimal number."),
        (r"[0-9] ?%(?! ?[-0-9a-z(])|[0-9] ?% ?(?:of|off)", "It has a percentage."),
        (r"\^(?![23](?![0-9]))", "It has an exponent that is neither 2 nor 3."),
        (r"[0-9)]!", "It has a factorial."),
        (r"==|\+=|\+\+|[{}_&`~\\|\[\]@#]|;$", "It has signs of program code or markup."),
        (r"\( ?-?[0-9]+, ?-?[0-9]+\)", "It has coordinates."),
        (r"[0-9]+(?:, ?[0-9]+){3}", "It has a list of numbers, as statistics and sequences do."),
        (r"[\u00bc-\u00be\u2150-\u215e]", "It has a fraction sign."),
        (r"[0-9]{1,2}:[0-9]{2}", "It has times of day or ratios."),
        (r"d/d[a-z]", "It asks for a derivative."),
        (r"[\u00bf\u00a1]|[^\W\d_\u0000-\u024f]", "It is not in English."),
    )
)


def other_world(text: str) -> str | None:
    """In one sentence why a canonical text is surely outside, None if nothing gives it away."""
    low = text.lower()
    for pattern, message in _TOPICS:
        if pattern.search(low):
            return message
    low = _CALLS_OFF.sub("gcd ", low)
    for pattern, message in _SYMBOLS:
        if pattern.search(low):
            return message
    return None

"""The vocabulary of typed problems: words that were taught, and marks of what surely was not.

Knows the taught words (`words.txt`, made by `scale_core/abacus/taught_words.py`, read once when
first needed), number words, and words and signs of other mathematics, sciences, code and languages.
Words that also live in everyday stories (cones of ice cream, rounds of a game, a printer that
prints) are marks only together with the words that give them away. Does not understand a story:
irrelevant numbers, rates or facts from outside pass unnoticed.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

# ---- other mathematics, and none ---------------------------------------------------------------

_WORDS = (
    (
        "calculus",
        r"integrals?|integrate|derivatives?|differentia\w+|antiderivative|gradient|limit (?:of|as)"
        r"|limits|diverges?|converges?|calculus|asymptotes?|tangent|infinity|infinite|d[xy]"
        r"|under the curve|taylor|maclaurin|maximi[sz]e|minimi[sz]e",
    ),
    (
        "geometry",
        r"triang\w+|radius|radii|diameter|circumference|angles?|hypotenuse"
        r"|(?:penta|hexa|hepta|octa|nona|deca|poly)gons?|\w+gonal"
        r"|(?:area|centre|center) of (?:a|the) (?:circle|square)|circle (?:of|with|has)"
        r"|(?:spheres?|pyramids?) (?:of|with|has)|parallel\w*|perpendicular|diagonals?|trapezoids?"
        r"|rhombus|vertices|vertex|coordinates?|midpoint|slope|volume|surface area|square has a"
        r"|edges does|edge (?:of|length)|degrees does|how many degrees",
    ),
    (
        "probability, statistics or counting",
        r"probabilit\w+|chances? (?:of|that|to)|the chance|odds|dice|a die|random\w*|expected"
        r" value|standard deviation|variance|median|permutations?|combinations?|how many (?:\w+ )?"
        r"ways|factorial|binomial|percentile|average of|arithmetic mean|the (?:mean|mode|range) of"
        r"|[0-9] choose [0-9]|can be formed|coin is (?:flipped|tossed)",
    ),
    (
        "functions such as roots, logarithms or sines",
        r"sqrt|cbrt|roots?|log|ln|logarithms?|arc(?:sin|cos|tan)|sine?|cos|cosine|exp|pi"
        r"|(?:tan|sin|cos|abs|ceil|floor) ?\(|tan [0-9x]|absolute value|zeros of|zeroes of"
        r"|scientific notation",
    ),
    (
        "rounding",
        r"round (?:\w+ )?[0-9]+|rounded (?:up|down|to|off)|to the nearest|nearest (?:whole|integer"
        r"|tens?|hundred|cent|dollar)|significant figures",
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
        r"|functions?|simultaneous|system of|the system|complex numbers?"
        r"|imaginary|expand (?=\(|[a-z0-9] ?[-+*^(])|subsets?"
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
        r"jokes?|poems? (?:of|about|on)|weather (?:today|tomorrow|like|in)|capital of|your name"
        r"|instructions|system prompt|president|translate|essay|story about|how are you"
        r"|meaning of life|write (?:me )?(?:an? )?(?:\w+ )?(?:poems?|essay|songs?|code|program)"
        r"|what time is it|tell me (?:about|a)|history of",
    ),
    (
        "puzzles that need more than a few steps of arithmetic",
        r"knaves?|liars?|(?:like|play|have|has|do) neither|neither(?= of| \w+ nor)"
        r"|need together|take them together|working together|when (?:does|do|will) .{1,40} catch"
        r"(?:es)? up|catches up|at least one of",
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
        (
            r"[0-9] ?%(?! ?[-0-9a-z(])|[0-9] ?% ?(?:of|off)|[0-9] ?% ?(?!gcd|lcm|hcf|gcf)[a-z]{2}",
            "It has a percentage.",
        ),
        (r"\^(?![23](?![0-9]))", "It has an exponent that is neither 2 nor 3."),
        (r"[0-9)]!", "It has a factorial."),
        (
            r"==|\+=|\+\+|[{}_`~\\|\[\]@#]|&&|&(?![a-z])|;$",
            "It has signs of program code or markup.",
        ),
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


# ---- words of stories --------------------------------------------------------------------------

FAMILIAR = 0.7
FOREIGN = 0.5
MAX_VALUE = 9999
MAX_DIGITS = 6

_EVERYDAY = """
    i me my our your us them they him himself herself who whose whom where why because since until
    till about around into onto over under above below inside outside near next there here this
    that these those some any few several been being am can cannot may might shall don't didn't
    doesn't isn't wasn't it's i'm let's make making use using want wanted like getting giving going
    working left total sum per day week weekly daily month price pay need find tell calculate
    please compute determine work answer cost money person kid woman man lady guy buying sell bring
    put give gave ask asks asked end begin began finally still only just very too both either so
    such not no yes first second third last another every bigger smaller longer shorter less least
    most full half quarter double triple thrice dozen pair hundred thousand zero many much few"""
_COMMON = frozenset(_EVERYDAY.split())
_NUMBER = re.compile(
    r"(?<![a-z])(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
    r"|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred|twice|thrice|half|third|quarter|dozen|double|doubles|doubled"
    r"|triple|triples|tripled|pairs?|couple|single|twins?|weeks?)(?![a-z])|[0-9]+"
)
_REQUEST = re.compile(
    r"\?|(?<![a-z])(?:how|what|which|find|calculate|compute|determine|tell|work out|give)(?![a-z])"
)
_TERSE = re.compile(
    r"(?:what is|what's|find|compute|calculate|evaluate|determine|how much is)(?![a-z])[^.]*\W*"
)
_TERSE_WORDS = 9
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


@cache
def taught_words() -> frozenset[str]:
    text = files("scale_core.dialects.abacus").joinpath("words.txt").read_text("utf-8")
    return frozenset(text.split())


def _known(word: str) -> bool:
    words = taught_words()
    word = word.lower().removesuffix("'s").removesuffix("'")
    if word in words or word in _COMMON:
        return True
    stems = [word.removesuffix(end) for end in ("s", "es", "d", "ed", "ing", "er", "ly", "y")]
    return any(len(stem) > 2 and (stem in words or stem + "e" in words) for stem in stems) or (
        "-" in word and all(_known(part) for part in word.split("-") if part)
    )


def familiar_share(text: str) -> float:
    """The share of words that are known; unknown words with a capital, mostly names, count
    neither way unless they open the text."""
    found = _WORD.findall(text)
    counted = [
        word for i, word in enumerate(found) if i == 0 or _known(word) or not word[0].isupper()
    ]
    if not counted:
        return 0.0
    return sum(map(_known, counted)) / len(counted)


def _strange_word(text: str) -> str:
    """The unknown word of a terse request such as "What is the mode of 2 and 3?", where a single
    word makes the problem; in a story one word matters little."""
    words = _WORD.findall(text)
    if len(words) > _TERSE_WORDS or not _TERSE.fullmatch(text.lower()):
        return ""
    return next((word for word in words if word.islower() and not _known(word)), "")


def judge_story(text: str) -> tuple[str, str]:
    """(why it is surely outside, or nothing; what is doubtful, or nothing)."""
    low = text.lower()
    numbers = _NUMBER.findall(low)
    if not numbers:
        return "There is no number in it to calculate with.", ""
    share = familiar_share(text)
    if share < FOREIGN:
        return "Most of its words are unknown to the model, or it is not English.", ""
    if strange := _strange_word(text):
        return f"I do not know what '{strange[:20]}' means here.", ""
    if len(numbers) < 2:
        return "It has only one number, so there is nothing to calculate with it.", ""
    largest = max((number for number in numbers if number.isdigit()), key=len, default="0")
    if len(largest) > MAX_DIGITS:
        return f"A number has more than {MAX_DIGITS} digits.", ""
    return "", _doubts(low, numbers, share)


def _doubts(low: str, numbers: list[str], share: float) -> str:
    if not _REQUEST.search(low):
        return "It does not ask for anything; a question at the end would help."
    if share < FAMILIAR:
        return "It uses many words that the model was never taught, so it may be misread."
    if any(number.isdigit() and int(number) > MAX_VALUE for number in numbers):
        return f"It has numbers above {MAX_VALUE}, the largest that stories were taught with."
    if re.search(r"[0-9]/[0-9]", low):
        return "It has a fraction, which stories were not taught with."
    return ""

"""Words that were never met before: a finished story told with other things, deeds and asides.

What a person writes is full of words that no list holds. So in part of the stories the words that do
not decide the sum are replaced, each one the same way throughout, by nouns of the long list or by
words that do not exist, and phrases without a number are put in. Knows which words decide (numbers,
quantities, having, giving and losing) and leaves them and the numbers as they are. Does not know
what a story's sum is.
"""

from __future__ import annotations

import random
import re

from scale_core.abacus.words.cast import any_noun, made_up

SHARE = 0.5  # of the stories
_WORD = re.compile(r"[A-Za-z][A-Za-z']*(?:-[A-Za-z']+)*")
_END = re.compile(r"(?<=[a-z]{3})\.(?= [A-Z])")

DECIDING = frozenset(
    """a an the this that these those it its he she him her his hers they them their theirs i me my
    we us our you your who whom whose which what when where why how much many more most less least
    fewer fewest few several some any none no not all both each every per apiece another other
    others else same different equal equally evenly fair fairly one two three four five six seven
    eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
    twenty thirty forty fifty sixty seventy eighty ninety hundred thousand zero dozen dozens pair
    pairs couple half halves third quarter double twice triple times once first second last third
    fourth next then than as if so but and or nor while after before until since during because
    that's of to in on at by for from with without into onto off out up down over under between
    among left leftover remain remains remaining remained rest total altogether together sum whole
    difference now already still again back away only just also too even yet later earlier
    yesterday today tomorrow day days week weeks month months year years hour hours minute minutes
    second seconds morning afternoon evening night daily weekly hourly is are was were be been am
    being do does did done has have had having can could will would should must may might there
    here start starts started end ends ended begin begins began beginning originally initially
    give gives gave given giving get gets got getting take takes took taken taking buy buys bought
    buying sell sells sold selling find finds found lose loses lost losing eat eats ate eaten use
    uses used put puts add adds added adding remove removes removed break breaks broke broken throw
    throws threw thrown make makes made bring brings brought collect collects collected pick picks
    picked share shares shared sharing split splits divide divides divided pack packs packed fill
    fills filled hold holds held contain contains contained fit fits need needs needed want wants
    wanted keep keeps kept own owns owned receive receives received earn earns earned save saves
    saved spend spends spent pay pays paid cost costs price prices charge charges charged owe owes
    owed change win wins won score scores scored join joins joined leave leaves come comes came
    arrive arrives arrived go goes went gone fly flies flew run runs ran return returns returned
    borrow borrows borrowed lend lends lent drop drops dropped send sends sent cut cuts grow grows
    grew plant plants planted read reads weigh weighs weighed heavier lighter taller shorter longer
    older younger faster slower farther further cheaper bigger larger smaller higher lower deeper
    wider above below extra missing empty full plus minus sum product number numbers amount age old
    long far fast tall high wide deep heavy speed distance mile miles kilometer kilometers meter
    meters foot feet inch inches yard yards pound pounds ounce ounces gram grams kilogram kilograms
    liter liters gallon gallons cup cups dollar dollars cent cents euro euros coin coins money penny
    pennies nickel nickels dime dimes group groups row rows bag bags box boxes pile piles way let
    let's mr mrs ms dr o'clock""".split()
)


def strange(text: str, rng: random.Random) -> str:
    """The story in other words, or as it was."""
    if rng.random() >= SHARE:
        return text
    text = _renamed(text, rng, rng.uniform(0.0, 0.7))
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        text = rng.choice((_opened, _trailed, _interrupted))(text, rng)
    return text


def _renamed(text: str, rng: random.Random, share: float) -> str:
    """Content words replaced, the same one always by the same; endings stay, and so do names."""
    chosen: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        word = match[0]
        low = word.lower()
        decides = DECIDING.intersection(low.split("-"))  # sixty-four
        if decides or len(low) < 3 or word[0].isupper() or "'" in word:
            return word
        stem, ending = _parted(low)
        if stem not in chosen:
            chosen[stem] = _new(rng) if rng.random() < share else stem
        if chosen[stem] == stem:
            return word
        return chosen[stem] + ending

    return _WORD.sub(other, text)


def _parted(word: str) -> tuple[str, str]:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)], ending
    return word, ""


def _new(rng: random.Random) -> str:
    while True:
        word = made_up(rng) if rng.random() < 0.4 else any_noun(rng)
        if word not in DECIDING:
            return word


def _place(rng: random.Random) -> str:
    """A phrase that says where, when or what for, and plays no part."""
    before = rng.choice(
        "for at on in near behind during after before with about around from".split()
    )
    which = rng.choice("the the the a her his their our one some".split())
    words = " ".join(_new(rng) for _ in range(rng.choice((1, 1, 2))))
    return f"{before} {which} {words}"


def _opened(text: str, rng: random.Random) -> str:
    """A phrase before the first sentence."""
    if not text[:1].isupper() or text.startswith(("How ", "What ")):
        return text
    first = _WORD.match(text)
    name = first is not None and first[0].lower() not in DECIDING
    rest = text if name else text[0].lower() + text[1:]
    return f"{_place(rng).capitalize()}{rng.choice((',', ',', ''))} {rest}"


def _trailed(text: str, rng: random.Random) -> str:
    """A phrase behind one of the facts."""
    ends = list(_END.finditer(text))
    if not ends:
        return text
    at = rng.choice(ends).start()
    return f"{text[:at]} {_place(rng)}{text[at:]}"


def _interrupted(text: str, rng: random.Random) -> str:
    """A sentence of its own, between two others or before them all."""
    ends = [0, *(end.end() + 1 for end in _END.finditer(text))]
    at = rng.choice(ends)
    deed = f"{_new(rng)}{rng.choice(('ed', 's', 'ed'))}"
    who = rng.choice(("the", "her", "his", "their", "a", "this"))
    sentence = f"{who} {_new(rng)} {deed} {rng.choice(('the', 'a', 'every', 'his'))} {_new(rng)}"
    tail = f" {_place(rng)}" if rng.random() < 0.4 else ""
    return f"{text[:at]}{sentence[0].upper()}{sentence[1:]}{tail}. {text[at:]}"

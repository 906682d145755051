"""What a request cost: what the server says, held against what was seen.

Knows the fields in which servers report tokens, how each of them goes wrong, and how to reckon
what is missing from what came: token ids, tokens with log-probabilities, pieces of a stream, text.
A reckoned figure is marked (`Usage.reckoned`). Does not know connections or what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Protocol

from scale_core.trace.usage import Usage, total

UNKNOWN = Usage(None, None, None, None)
"""What an attempt cost of which no token count came back."""

_CHARACTERS = 3.5  # a token, before this server has shown how many it is there
_ENOUGH = 200  # tokens after which its own ratio is believed
_LONGEST = 16  # characters a token: text that is longer was not counted
_MARGIN = 8  # tokens that two ways of counting may differ by


class Seen(Protocol):
    """One sample as it came. `count`: of its token ids; `pieces`: of the stream that had text."""

    @property
    def text(self) -> str: ...
    @property
    def thought(self) -> str | None: ...
    @property
    def tokens(self) -> Sequence[object]: ...
    @property
    def count(self) -> int | None: ...
    @property
    def pieces(self) -> int: ...


class Ratio:
    """Characters a token, learned from what a server counts properly."""

    def __init__(self) -> None:
        self._characters, self._tokens = _CHARACTERS * _ENOUGH, float(_ENOUGH)

    def learn(self, characters: int, tokens: int | None) -> None:
        if tokens:
            self._characters += characters
            self._tokens += tokens

    def tokens(self, characters: int) -> int:
        return ceil(characters * self._tokens / self._characters)


@dataclass(slots=True)
class Ratios:
    """Of prompts and of replies: a template adds to the former."""

    prompt: Ratio
    reply: Ratio


def ratios() -> Ratios:
    return Ratios(Ratio(), Ratio())


# ---- what the server says --------------------------------------------------------------------


def count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def read_usage(data: Any) -> Usage:
    """What the server reports; what it leaves out is None. No prompt has 0 tokens, so a reported 0
    (a server that counts only what its cache lacked) is unknown too.

    Thinking is part of the completion wherever it is reported: some servers report it on top, which
    shows in the total, or in its being the larger of the two.
    """
    if not isinstance(data, dict):
        return UNKNOWN
    prompt = count(data.get("prompt_tokens", data.get("input_tokens"))) or None
    completion = count(data.get("completion_tokens", data.get("output_tokens")))
    cached, thinking = data.get("prompt_cache_hit_tokens"), data.get("reasoning_tokens")
    for name in ("prompt_tokens_details", "input_tokens_details"):
        cached = _detail(data, name, "cached_tokens", cached)
    for name in ("completion_tokens_details", "output_tokens_details"):
        thinking = _detail(data, name, "reasoning_tokens", thinking)
    cached, thinking = count(cached), count(thinking)
    if completion is not None:
        whole = count(data.get("total_tokens"))
        beside = None if whole is None or prompt is None else whole - prompt - completion
        if beside and beside > 0:
            completion += beside
            thinking = beside if thinking is None else thinking
        elif thinking is not None and thinking > completion:
            completion += thinking
    return Usage(prompt, _within(cached, prompt), completion, _within(thinking, completion))


def _detail(data: Mapping[str, Any], name: str, field: str, known: Any) -> Any:
    details = data.get(name)
    return details.get(field, known) if isinstance(details, dict) else known


def _within(part: int | None, whole: int | None) -> int | None:
    """A part cannot be larger than its whole: then the report is wrong, and so unknown."""
    return None if part is None or whole is None or part > whole else part


# ---- what was seen ---------------------------------------------------------------------------


def listed(sample: Seen) -> int | None:
    """Tokens that the server listed, by id or with log-probabilities; None if it did not."""
    return sample.count if sample.count is not None else len(sample.tokens) or None


def characters(sample: Seen) -> int:
    return len(sample.text) + len(sample.thought or "")


def seen(sample: Seen, ratio: Ratio) -> int:
    """Tokens of what came of a sample."""
    exact = listed(sample)
    if exact is not None:
        return exact
    return sample.pieces or ratio.tokens(characters(sample))


def checked(reported: Usage, samples: Sequence[Seen], thinks: bool, ratio: Ratio) -> Usage:
    """The report of a request that ended by itself, where what came does not contradict it: no
    fewer tokens than were listed or came in pieces, and not a few for a long text. Else reckoned.

    thinks: there is a thought among the samples, so 0 thinking tokens are not true (SGLang writes 0
    where it does not count them).
    """
    if reported.thinking == 0 and thinks:
        reported = replace(reported, thinking=None)
    if reported.completion is None:
        return reported
    exact = total([listed(s) for s in samples])
    if exact is not None and exact > reported.completion:
        return _raised(reported, exact)
    pieces = sum(s.pieces for s in samples)
    length = sum(map(characters, samples))
    few = pieces > 1.25 * reported.completion + _MARGIN
    short = length > _LONGEST * (reported.completion + (_MARGIN if reported.completion else 0))
    return raised(reported, samples, ratio) if few or short else reported


def raised(reported: Usage, samples: Sequence[Seen], ratio: Ratio) -> Usage:
    """The report of fewer tokens than there are, with those that came."""
    return _raised(reported, sum(seen(s, ratio) for s in samples))


def _raised(reported: Usage, completion: int) -> Usage:
    missing = completion - (reported.completion or 0)
    if missing <= 0:
        return reported
    return replace(reported, completion=completion, reckoned=reported.reckoned + missing)


def filled(reported: Usage, samples: Sequence[Seen], prompt: int, by: Ratios) -> Usage:
    """The report of a request that broke off or was stopped: what it leaves out is reckoned from
    what came. prompt: its characters. What a cache served and what was thought stay unknown."""
    guessed = reported.reckoned
    read, made = reported.prompt, reported.completion
    if read is None:
        read = by.prompt.tokens(prompt)
        guessed += read
    came = sum(seen(s, by.reply) for s in samples)
    if made is None or made < came:
        guessed += came - (made or 0)
        made = came
    return Usage(read, reported.cached, made, reported.thinking, guessed)


def token_counts(samples: Sequence[Seen | None], usage: Usage, ratio: Ratio) -> list[int | None]:
    """Tokens of each of several samples: from the ids, else in proportion to what was listed of
    each or came in pieces, if that is nearly all (end tokens are counted and seldom listed), or as
    reckoned if that adds up to the total. Unknown otherwise."""
    ids = [sample.count if sample else 0 for sample in samples]
    if total(ids) is not None and any(sample and sample.count is not None for sample in samples):
        return ids
    came = [seen(s, ratio) if s else 0 for s in samples]
    if usage.completion is None or not any(came):
        return [None] * len(samples)
    if usage.reckoned and sum(came) == usage.completion:
        return list(came)
    told = all(s is None or listed(s) or s.pieces for s in samples)
    if not told or abs(usage.completion - sum(came)) > _MARGIN * len(samples):
        return [None] * len(samples)
    return list(_shared(usage.completion, came))


def _shared(whole: int, weights: Sequence[int]) -> list[int]:
    """A whole number in proportion to weights, the largest remainders rounded up."""
    every = sum(weights)
    shares = [whole * weight // every for weight in weights]
    rests = sorted(range(len(weights)), key=lambda i: -(whole * weights[i] % every))
    for i in rests[: whole - sum(shares)]:
        shares[i] += 1
    return shares

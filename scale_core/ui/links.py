"""What a page's address asks for: a run that was shared, or a problem with its settings.

Knows the words of such an address, and that anybody may have written one: each value is read by the
same tables of switches from which the controls are made, and what does not fit is left out and
told. Does not know controls, pages, or where this one is served.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from scale_core.pipeline.options import (
    PRESETS,
    Field,
    Options,
    as_text,
    fields_of,
    from_text,
    options_for,
)
from scale_core.strategies.lanes import DEFAULT, LANES
from scale_core.strategies.settings import BudgetSpec, Caps, Settings
from scale_core.ui.ask import Ask
from scale_core.ui.bounds import HOME
from scale_core.views import units

LONGEST_QUERY = 20_000  # characters
MOST_WORDS = 200  # of a query
MOST_SEED = 2**53
MOST_TOLD = 3  # values that were left out, told one by one

OPTIONS = {
    f.name: replace(f, low=0.0, high=1.0) if f.name == "tau" else f for f in fields_of(Options)
}
"""tau within its slider's bounds."""
SETTINGS = {f.name: f for f in fields_of(Settings)}
OTHERS = frozenset({"run", "view", "deep_link", "logs"})
"""Words that are not ours to read here: the permalink's, Gradio's and the Hub's own."""
_PERMALINK = re.compile(r"[A-Za-z0-9_-]{16,32}")
_SPACE = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")


def space_page() -> str:
    """The address of the Space that this app is, where the page stands in a frame; else empty."""
    space = os.environ.get("SPACE_ID", "")
    return f"https://huggingface.co/spaces/{space}" if _SPACE.fullmatch(space) else ""


def permalink_of(query: Any) -> str:
    """The id of the run that an address asks for; empty if it asks for none. What can be no id is
    one that there is not."""
    found = dict(_words(query)).get("run", "")
    return found if _PERMALINK.fullmatch(found) else "?" if found else ""


# ---- settings ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address wants set. duel: for Compare. None: as it is. budget: as it is written.
    left_out: what could not be taken, in words for people."""

    duel: bool = False
    problem: str | None = None
    answer: str | None = None
    seed: int | None = None
    preset: str = "scale"
    lanes: tuple[str, ...] = DEFAULT
    budget: BudgetSpec | None = None
    options: Options = field(default_factory=Options)
    settings: Settings = field(default_factory=Settings)
    left_out: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What was left out, in one message; empty if nothing was."""
        if not self.left_out:
            return ""
        some = "; ".join(self.left_out[:MOST_TOLD])
        more = f"; and {len(self.left_out) - MOST_TOLD} more" * (len(self.left_out) > MOST_TOLD)
        return f"Left out of this link, as it does not fit: {some}{more}."


def query_of(ask: Ask) -> str:
    """The address's part that sets a form to what is asked here. Only what differs from the preset
    and the defaults stands in it."""
    words: dict[str, Any] = {"problem": ask.problem, "answer": ask.answer}
    if ask.budget is None:
        words |= {"preset": ask.preset}
    else:
        words |= {"lanes": ",".join(ask.lanes), "budget": str(BudgetSpec.read(ask.budget))}
    words |= {"seed": str(ask.seed)}
    words |= {name: as_text(value) for name, value in {**ask.options, **ask.settings}.items()}
    return urlencode({name: value for name, value in words.items() if value != ""})


def wanted(query: Any, caps: Caps) -> Wanted | None:
    """What an address wants set; None if it wants nothing."""
    words = dict(_words(query))
    known = words.keys() & ({*_READERS, *OPTIONS, *SETTINGS})
    if not known:
        return None
    duel = bool(words.keys() & {"lanes", "budget"})
    left_out: list[str] = []
    found: dict[str, Any] = {"duel": duel}
    for name, text in words.items():
        if name in _READERS:
            with _telling(left_out):
                found[name] = _READERS[name](text, caps)
        elif name not in (OPTIONS if not duel else OPTIONS | SETTINGS) and not _foreign(name):
            left_out.append(f"there is no setting {units.shorten(name, 30)}")
    base = options_for(found.get("preset", "scale") if not duel else "scale")
    found["options"] = _table(base, OPTIONS, words, left_out)
    found["settings"] = _table(Settings(), SETTINGS if duel else {}, words, left_out)
    return Wanted(**found, left_out=tuple(left_out))


def _foreign(name: str) -> bool:
    return name in OTHERS or name.startswith("__")


def _words(query: Any) -> Iterator[tuple[str, str]]:
    """Names and values; nothing of a query that no link of ours is."""
    if not isinstance(query, str) or len(query) > LONGEST_QUERY:
        return
    try:
        found = parse_qsl(
            query.removeprefix("?"), keep_blank_values=True, max_num_fields=MOST_WORDS
        )
    except ValueError:
        return
    for name, value in found:
        yield name, value.replace("\0", "")


@contextlib.contextmanager
def _telling(left_out: list[str]) -> Iterator[None]:
    """What cannot be taken is told, bounded, in `left_out`."""
    try:
        yield
    except ValueError as error:
        left_out.append(units.shorten(str(error), 120))


def _table(
    base: Any, fields: Mapping[str, Field], words: Mapping[str, str], left_out: list[str]
) -> Any:
    """A table of switches with the values that fit; none of them where they do not fit together."""
    changes: dict[str, Any] = {}
    for name in (name for name in fields if name in words):
        with _telling(left_out):
            changes[name] = from_text(fields[name], words[name])
    with _telling(left_out):
        return base.with_(changes)
    return base


# ---- single words --------------------------------------------------------------------------


def _problem(text: str, _: Caps) -> str:
    if len(text) > HOME.problem:
        raise ValueError(f"a problem has at most {HOME.problem:,} characters")
    return text


def _answer(text: str, _: Caps) -> str:
    if len(text) > HOME.answer:
        raise ValueError(f"an answer has at most {HOME.answer} characters")
    return text


def _seed(text: str, _: Caps) -> int:
    if not re.fullmatch(r"[0-9]{1,16}", text) or int(text) >= MOST_SEED:
        raise ValueError(f"the seed must be a whole number, not {text[:30]!r}")
    return int(text)


def _preset(text: str, _: Caps) -> str:
    if text not in PRESETS:
        raise ValueError(f"there is no preset {text[:30]!r}")
    return text


def _lanes(text: str, _: Caps) -> tuple[str, ...]:
    asked = text[:500].split(",")
    if unknown := [name for name in asked if name not in LANES]:
        raise ValueError(f"there is no lane {unknown[0][:30]!r}")
    return tuple(name for name in LANES if name in asked)


def _budget(text: str, caps: Caps) -> BudgetSpec:
    return BudgetSpec.read(text, caps)


_READERS: Mapping[str, Callable[[str, Caps], Any]] = {
    "problem": _problem, "answer": _answer, "seed": _seed, "preset": _preset, "lanes": _lanes,
    "budget": _budget,
}  # fmt: skip

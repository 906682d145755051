"""Events without what is nobody else's business: addresses, folders and keys.

Knows which fields of events an engine's words and names get into, how addresses and paths look in
text, and in which disguises a known key may come back from a server. Servers are numbered in the
order in which they are met, so "server 2" stays the same one throughout a run. Each text is read a
bounded number of times, whatever is in it. Does not know engines; problems, prompts and replies are
left as they are, but for known keys.

What cannot be told from other text stays: the name of a computer without a dot or a port that no
address of the run names, a relative path (it looks like a model's name on the Hub), a key that was
cut or encoded in another way than here.
"""

from __future__ import annotations

import base64
import dataclasses
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, TypeVar, cast

from scale_core.trace import duel as dv
from scale_core.trace import events as ev

T = TypeVar("T")

KEY, PATH = "(key)", "(path)"
LONGEST = 20_000
"""Characters that are kept of what an engine says."""
_SHORTEST = 8
"""Keys with fewer characters are only found as they are: their disguises are in any text."""

# ---- keys ----------------------------------------------------------------------------------

_DISGUISE = re.compile(
    r"%(?:25)*([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));"
    r"|[\s\u00ad\u200b-\u200f\u2060\ufeff]"
)
_KEY_FORM = re.compile(
    r"\b(?:sk|pk|rk|hf|gsk|xai|ghp|glpat|nvapi|r8)[-_][A-Za-z0-9_-]{16,}|\bAIza[\w-]{30,}"
    r"|\bAKIA[A-Z0-9]{12,}|(?<=[Bb]earer )[^\s'\"]{8,}"
)


class Secrets:
    """Known keys. `hide(text)` is the text without them: as they are, in other capitals, with
    blanks inside, percent-encoded, escaped as in JSON or HTML, in hexadecimal or base64 digits."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        found = sorted({key for key in keys if key}, key=len, reverse=True)
        self._short = [key for key in found if len(key) < _SHORTEST]
        forms = (form for key in found if len(key) >= _SHORTEST for form in _forms(key))
        self._forms = sorted({_undressed(form) for form in forms}, key=len, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._short or self._forms)

    def hide(self, text: str) -> str:
        undressed = _undressed(text) if self._forms else ""
        if any(form in undressed for form in self._forms):
            text = _replaced(text, self._forms)
        for key in self._short:
            text = text.replace(key, KEY)
        return text

    def hide_in(self, sample: ev.Sample) -> ev.Sample:
        """A sample without them. A key is in pieces among the tokens, so those go where one was."""
        pieces = "".join(token.text for token in sample.tokens)
        parts = (pieces, sample.text, sample.thinking or "")
        if all(self.hide(part) == part for part in parts):
            return sample
        thinking = None if sample.thinking is None else self.hide(sample.thinking)
        return replace(sample, text=self.hide(sample.text), thinking=thinking, tokens=())


def _forms(key: str) -> Iterator[str]:
    yield key
    data = key.encode("utf-8", "surrogatepass")
    yield data.hex()
    for offset in range(3):  # where in its groups of three bytes a longer text's base64 has the key
        padded = bytes(offset) + data
        first, last = -(-offset * 8 // 6), len(padded) * 8 // 6  # digits that the key alone decides
        yield base64.b64encode(padded).decode()[first:last]
        yield base64.urlsafe_b64encode(padded).decode()[first:last]


def _plain(found: re.Match[str]) -> str:
    """The character that an escape stands for; nothing for a blank."""
    percent, unicode, hexadecimal, decimal = found.groups()
    digits = percent or unicode or hexadecimal
    code = int(digits, 16) if digits else int(decimal or 0)
    return chr(code) if 32 < code < 0x110000 else ""


def _undressed(text: str) -> str:
    """A text with neither escapes, blanks nor capitals."""
    return _DISGUISE.sub(_plain, text).lower()


def _replaced(text: str, forms: list[str]) -> str:
    """The text with each place where one of the forms is found in disguise replaced."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for found in (*_DISGUISE.finditer(text), None):
        until = len(text) if found is None else found.start()
        for i in range(at, until):
            for character in text[i].lower():
                characters.append(character)
                places.append((i, i + 1))
        if found is not None:
            for character in _plain(found).lower():
                characters.append(character)
                places.append(found.span())
            at = found.end()
    undressed, spans = "".join(characters), []
    for form in forms:
        start = undressed.find(form)
        while start >= 0:
            end = start + len(form)
            spans.append((places[start][0], places[end - 1][1]))
            start = undressed.find(form, end)
    return _without(text, spans)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept, at = [], 0
    for start, end in sorted(spans):
        if start >= at:
            kept += [text[at:start], KEY]
        at = max(at, end)
    return "".join([*kept, text[at:]])


# ---- addresses and paths -------------------------------------------------------------------

_SEGMENT = r"(?:[^\s/\\'\"<>|:;,]|[:;,](?=\S)|(?<=\w)'(?=\w))+"
_PATH = re.compile(
    # in quotes it ends where they do: names may have blanks
    r"(?P<quote>['\"])(?:~?/|\.{1,2}/|[A-Za-z]:[\\/]|\\\\)[^'\"\n]+(?P=quote)"
    rf"|(?<![\w.~/\\])(?:~[\w-]{{0,32}}|\.{{1,2}})?(?:/+{_SEGMENT})+"
    rf"(?:(?: {_SEGMENT}){{1,2}}(?:/+{_SEGMENT})+)*/?"
    rf"|(?<!\w)(?:[A-Za-z]:[\\/]|\\\\){_SEGMENT}(?:[\\/]+{_SEGMENT})*"
    rf"(?:(?: {_SEGMENT}){{1,2}}(?:[\\/]+{_SEGMENT})+)*[\\/]?"
)
_TELLING_NOTHING = frozenset(
    "/ /v1 /think /no_think /models /v1/models /chat/completions /v1/chat/completions /completions "
    "/v1/completions /embeddings /v1/embeddings /health /pooling /tokenize".split()
)
"""Paths of an interface, and words that switch a model's thinking."""

_LABEL = r"\w[\w-]{0,250}"
_PORT = r":\d{1,5}(?!\w|\.\d)"
_ADDRESS = re.compile(
    r"(?P<url>\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s'\"<>]+)"
    rf"|(?P<number>\[(?P<bracket>[0-9A-Fa-f:.]{{2,60}})(?:%\w{{1,20}})?\](?:{_PORT})?"
    r"|(?<![\w:.])(?P<six>[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,15}){2,8})(?![\w:])"
    rf"|(?<![\w.])(?P<four>(?:\d{{1,3}}\.){{3}}\d{{1,3}})(?:{_PORT}|(?!\w|[.-]\w)))"
    rf"|(?<![\w.])(?P<name>{_LABEL}(?:\.{_LABEL}){{0,40}})(?P<port>:\d{{2,5}}(?!\w|\.\d))?"
)
_REST = re.compile(r"/[^\s'\"<>]*")
_TAIL = ".,;:!?)]}"
_NO_COUNTRIES = frozenset(
    "py so md js sh pt rs cc ml hs pl ps gz id is in at to do no be my".split()
)
"""Endings of two letters that are files' or words' sooner than countries'."""
_DOMAINS = frozenset(
    "com org net edu gov mil int io ai dev app cloud local localdomain localhost internal intranet "
    "lan corp home arpa info biz tech online site xyz cluster svc private company test example "
    "invalid".split()
)
_HUBS = frozenset("hf.co huggingface.co modelscope.cn ollama.com".split())
"""Places that everybody knows; a model's name may begin with one."""
_MOST = 64
"""Servers that have a number of their own."""
_HUB_FOLDER = re.compile(r"models--([^\s/\\]{1,200}?)--([^\s/\\]{1,200})")
_LIKE_A_PATH = re.compile(r"~|/|\.{1,2}[\\/]|[A-Za-z]:[\\/]|\\\\|[A-Za-z][A-Za-z0-9+.-]{1,20}://")


def model_name(name: str) -> str:
    """A model's name without the folder or the address that it came from."""
    if hub := _HUB_FOLDER.search(name):
        return f"{hub[1]}/{hub[2]}"
    head, slash, rest = name.partition("/")
    if head.lower() not in _HUBS and _is_place(head, alone=not slash):
        return rest.rstrip("/").rpartition("/")[2] or "model"
    if not _LIKE_A_PATH.match(name):
        return name
    parts = re.split(r"[/\\]", name.partition("?")[0].rstrip("/\\"))
    last = parts[-1]
    bare = "://" in name and len(parts) < 4  # only a host
    return last if last not in ("", ".", "..", "~") and not bare else "model"


class Redaction:
    """One run's, or one duel's, servers by number, and the keys that are to be hidden."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._secrets = Secrets(keys)
        self._servers: dict[str, int] = {}
        self._hosts: dict[str, int] = {}
        self._count = 0

    def text(self, text: str) -> str:
        """An engine's words, of which there are not without end."""
        text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        text = _KEY_FORM.sub(KEY, self._secrets.hide(text))
        return _PATH.sub(_folder, "".join(self._without_addresses(text)))

    def engine(self, info: Mapping[str, Any]) -> dict[str, Any]:
        """What an engine says of itself; its fields keep their types."""
        names = {"model", "others"}
        told = {k: self._named(v) if k in names else mapped(v, self.text) for k, v in info.items()}
        # a name may hold an address that another field names first
        return {k: mapped(v, self._in_name) if k in names else v for k, v in told.items()}

    def event(self, event: ev.Event) -> ev.Event:
        """An event of a run. Its texts are only searched where an engine's words get into."""
        match event:
            case ev.RunStarted():
                event = replace(event, engine=self.engine(event.engine))
            case ev.RunEnded():
                event = replace(event, message=self.text(event.message))
            case ev.Fallback() | ev.Retried() | ev.StepFailed():
                event = replace(event, reason=self.text(event.reason))
        if not self._secrets:
            return event
        if isinstance(event, ev.Sampled):
            event = replace(event, samples=tuple(map(self._secrets.hide_in, event.samples)))
        return mapped(event, self._secrets.hide)

    def duel_event(self, event: dv.DuelEvent) -> dv.DuelEvent:
        """The same of an event of a duel."""
        match event:
            case dv.LaneEvent():
                told = self.event(event.event)  # most often the event itself: a copy costs more
                return event if told is event.event else replace(event, event=told)
            case dv.DuelStarted():
                event = replace(
                    event,
                    engine=self.engine(event.engine),
                    calibration=mapped(event.calibration, self.text),
                    understanding=mapped(event.understanding, self.text),
                )
            case dv.DuelEnded():
                event = replace(event, message=self.text(event.message))
        return mapped(event, self._secrets.hide) if self._secrets else event

    def _named(self, value: Any) -> Any:
        return mapped(value, lambda name: self._secrets.hide(model_name(name)))

    def _in_name(self, name: str) -> str:
        """A model's name may look like a host, but not like one of the run's."""
        return self._known(_KEY_FORM.sub(KEY, name))

    def _known(self, text: str) -> str:
        for host, number in self._hosts.items():
            if not host.isalpha() and host in text.lower():
                text = re.sub(rf"(?i){re.escape(host)}", f"server {number}", text)
        return text

    def _without_addresses(self, text: str) -> Iterator[str]:
        at = 0
        while found := _ADDRESS.search(text, at):
            yield text[at : found.start()]
            at = found.end()
            if not self._is_address(found):
                yield found[0]
                continue
            if not found["url"] and (rest := _REST.match(text, at)):
                at = rest.end()
            whole = text[found.start() : at]
            kept = found[0] if found["number"] else whole.rstrip(_TAIL)
            yield PATH if kept.lower().startswith("file:") else self._number(kept)
            at = found.start() + len(whole if found["number"] else kept)
        yield text[at:]

    def _is_address(self, found: re.Match[str]) -> bool:
        if number := found["bracket"] or found["six"] or found["four"]:
            return _is_number(number)
        return found["url"] is not None or self._is_host(found["name"].lower(), found["port"])

    def _is_host(self, name: str, port: str | None) -> bool:
        return (len(name) > 2 and name in self._hosts) or _is_host_name(name, port)

    def _number(self, address: str) -> str:
        """ "server 1" for the first that is met; those beyond a bound share a name."""
        rest = address.partition("://")[2] or address
        place = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2].lower()
        host = place if place.endswith("]") else re.sub(r":\d{1,5}$", "", place)
        number = self._servers.get(place) or (self._hosts.get(host) if place == host else None)
        if number is None:
            if self._count >= _MOST:
                return "another server"
            self._count += 1
            number = self._count
        self._servers[place] = number
        if host:
            self._hosts.setdefault(host, number)
        return f"server {number}"


def _folder(found: re.Match[str]) -> str:
    bare = found[0].rstrip(".")
    return found[0] if bare in _TELLING_NOTHING else PATH


def _is_host_name(name: str, port: str | None) -> bool:
    """Whether a name in small letters is surely a computer's."""
    labels = name.split(".")
    last = labels[-1]
    if last == "localhost" or port:
        return not name.isdigit()
    country = len(last) == 2 and last.isalpha() and last not in _NO_COUNTRIES
    return len(labels) > 1 and len(labels[0]) > 1 and (last in _DOMAINS or country)


def _is_place(text: str, *, alone: bool) -> bool:
    """Whether a model's name begins with an address. alone: nothing follows; then a name with a
    number behind it (`llama3:70`) or with dots (`x.ai`) is sooner a model's."""
    found = _ADDRESS.fullmatch(text)
    if found is None or found["url"]:
        return False
    if number := found["bracket"] or found["six"] or found["four"]:
        return _is_number(number)
    name, port = found["name"].lower(), found["port"]
    return bool(port) and _is_host_name(name, None) if alone else _is_host_name(name, port)


def _is_number(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def mapped(value: T, change: Callable[[str], str]) -> T:
    """A value with every text in it changed: of tuples, lists, mappings and dataclasses."""
    found: Any = value
    if isinstance(found, str) and not isinstance(found, Enum):
        found = change(found)
    elif isinstance(found, tuple | list):
        found = type(found)(mapped(item, change) for item in found)
    elif isinstance(found, Mapping):
        found = {mapped(k, change): mapped(v, change) for k, v in found.items()}
    elif dataclasses.is_dataclass(found) and not isinstance(found, type):
        fields = {f.name: getattr(found, f.name) for f in dataclasses.fields(found) if f.init}
        found = replace(found, **{name: mapped(v, change) for name, v in fields.items()})
    return cast(T, found)


def redacted(events: Iterable[ev.Event], keys: Iterable[str] = ()) -> list[ev.Event]:
    """A run's events, to be given to others. keys: those that are known here."""
    redaction = Redaction(keys)
    return [redaction.event(event) for event in events]


def redacted_duel(events: Iterable[dv.DuelEvent], keys: Iterable[str] = ()) -> list[dv.DuelEvent]:
    """A duel's, likewise."""
    redaction = Redaction(keys)
    return [redaction.duel_event(event) for event in events]

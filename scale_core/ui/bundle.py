"""ES modules joined into one, with a source map: a page waits for one file, not for many.

Knows the forms of import and export that assets/js keeps to, and refuses a module with any other.
Does not know what the modules do. No name is changed and no line is moved within its module, so
that a debugger shows each as it was written.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

_IMPORT = re.compile(r"^import (?:\{([^{}]*)\}|(\w+)) from '(\.[^'\n]*)';$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?:const (\w+) =|default )", re.MULTILINE)
_STATEMENT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

Line = tuple[str, tuple[int, int] | None]
"""A line of the bundle, and where it comes from: the module's place and its line there."""


@dataclass(frozen=True)
class Bundle:
    text: str
    source_map: str


def bundle(modules: Mapping[str, str], entry: str) -> Bundle:
    """The module `entry` and all that it imports. modules: texts by path. Raises ValueError where
    a module is written in another way than is known here, or does not exist, and CycleError where
    modules import one another in a circle."""
    names = _sorted(modules, entry)
    lines: list[Line] = []
    for place, name in enumerate(names):
        body = _body(name, modules[name])
        inside: list[Line] = [(line, (place, i)) for i, line in enumerate(body.split("\n"))]
        lines += inside if name == entry else _wrapped(name, modules[name], inside)
    text = "\n".join(line for line, _ in lines) + f"\n//# sourceMappingURL={entry}.map\n"
    source_map = {
        "version": 3,
        "sources": names,
        "sourcesContent": [modules[name] for name in names],
        "names": [],
        "mappings": ";".join(_mappings(origin for _, origin in lines)),
    }
    return Bundle(text, json.dumps(source_map, ensure_ascii=False))


def _sorted(modules: Mapping[str, str], entry: str) -> list[str]:
    """The entry and what it needs, each after what it imports."""
    needs: dict[str, list[str]] = {}
    wanted = [entry]
    while wanted:
        name = wanted.pop()
        if name not in modules:
            raise ValueError(f"there is no module {name}")
        if name not in needs:
            needs[name] = [_resolved(name, found[3]) for found in _IMPORT.finditer(modules[name])]
            wanted += needs[name]
    return list(TopologicalSorter(dict(sorted(needs.items()))).static_order())


def _resolved(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _variable(name: str) -> str:
    """What a module's exports are called in the bundle."""
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


def _body(name: str, text: str) -> str:
    """A module whose imports come from variables, line for line."""
    for statement in _STATEMENT.findall(_EXPORT.sub("", _IMPORT.sub("", text))):
        raise ValueError(f"{name}: only other forms of import and export are known: {statement}")

    def assigned(found: re.Match[str]) -> str:
        named, whole, path = found.groups()
        wanted = "{" + named.replace(" as ", ": ") + "}" if named else f"{{ $default: {whole} }}"
        return f"const {wanted} = {_variable(_resolved(name, path))};"

    return _IMPORT.sub(assigned, text)


def _wrapped(name: str, text: str, inside: list[Line]) -> Iterator[Line]:
    """A module as a function's value, so that its names stay its own."""
    exports = [found[1] or "$default" for found in _EXPORT.finditer(text)]
    yield f"const {_variable(name)} = (() => {{", None
    for line, origin in inside:
        plain = line.replace("export default ", "const $default = ", 1).removeprefix("export ")
        yield plain if line.startswith("export ") else line, origin
    yield f"return {{ {', '.join(exports)} }};", None
    yield "})();", None


def _mappings(origins: Iterable[tuple[int, int] | None]) -> Iterator[str]:
    """A source map's lines: each begins where its line of a module does, told as differences."""
    before = (0, 0)
    for origin in origins:
        if origin is None:
            yield ""
            continue
        yield "".join(map(_vlq, (0, origin[0] - before[0], origin[1] - before[1], 0)))
        before = origin


def _vlq(number: int) -> str:
    """A number in base 64, five bits a digit, the lowest of all its sign."""
    rest, text = abs(number) << 1 | (number < 0), ""
    while True:
        digit, rest = rest & 31, rest >> 5
        text += _BASE64[digit | (32 if rest else 0)]
        if not rest:
            return text

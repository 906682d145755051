"""Modules joined into one: what it does when it is run, and where its lines come from."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from graphlib import CycleError

import pytest

from scale_core.ui.bundle import bundle
from scale_core.ui.scripts import modules, page

SMALL = {
    "page.js": """\
import { twice } from './pure/sums.js';
import { hello as greet } from './parts/hello.js';

export const told = [greet('Ada'), twice(21)];
console.log(JSON.stringify(told));
""",
    "pure/sums.js": """\
/* import and export are words of this comment, too */
const two = 2;
export const twice = (n) => two * n;
export const unused = `
exported: not a statement`;
""",
    "parts/hello.js": """\
import WORDS from '../words.js';
import {
  twice,
} from '../pure/sums.js';

const two = () => twice(1);
export const hello = (name) => {
  const word = WORDS.hello;
  return word + ' ' + name + two();
};
""",
    "words.js": """\
export default {
  "hello": "Hello"
};
""",
    "alone.js": "export const alone = 1;\n",
}


@pytest.mark.skipif(not shutil.which("node"), reason="node is not here")
def test_the_bundle_does_what_its_modules_do() -> None:
    text = bundle(SMALL, "page.js").text
    command = ["node", "--input-type=module", "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=60, check=True)
    assert json.loads(done.stdout) == ["Hello Ada2", 42]


def test_only_what_is_needed_is_in_it_once_and_always_the_same() -> None:
    found = bundle(SMALL, "page.js")
    sources = json.loads(found.source_map)["sources"]
    assert sorted(sources) == ["page.js", "parts/hello.js", "pure/sums.js", "words.js"]
    assert sources[-1] == "page.js"
    assert bundle(dict(reversed(SMALL.items())), "page.js") == found


@pytest.mark.parametrize(
    "text",
    [
        "import * as sums from './pure/sums.js';",
        "import './pure/sums.js';",
        "import { twice } from 'sums';",
        "export function twice() {}",
        "export { twice };",
        "export * from './pure/sums.js';",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"page\.js: only other forms"):
        bundle({**SMALL, "page.js": text}, "page.js")


def test_a_module_that_is_not_there_or_imports_itself_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no module parts/gone\.js"):
        bundle({"page.js": "import { x } from './parts/gone.js';\n"}, "page.js")
    circle = {
        "page.js": "import { b } from './b.js';\nexport const a = 1;\n",
        "b.js": "import { a } from './page.js';\nexport const b = 1;\n",
    }
    with pytest.raises(CycleError):
        bundle(circle, "page.js")


# ---- the source map, read as browsers do ---------------------------------------------------

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def numbers(segment: str) -> Iterator[int]:
    value = shift = 0
    for letter in segment:
        digit = BASE64.index(letter)
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            yield -(value >> 1) if value & 1 else value >> 1
            value = shift = 0


def origins(mappings: str) -> Iterator[tuple[int, int] | None]:
    """The source and the line of each line."""
    source = line = 0
    for segment in mappings.split(";"):
        if not segment:
            yield None
            continue
        column, more_source, more_lines, source_column = numbers(segment)
        assert column == source_column == 0
        source, line = source + more_source, line + more_lines
        yield source, line


def test_every_line_of_the_page_leads_to_the_line_that_was_written() -> None:
    found = page()
    told = json.loads(found.source_map)
    assert told["version"] == 3 and set(told["sources"]) == set(modules()) - {"sheet.js"}
    assert [modules()[name] for name in told["sources"]] == told["sourcesContent"]
    texts = [text.split("\n") for text in told["sourcesContent"]]
    lines = found.text.split("\n")
    seen = set()
    for line, origin in zip(lines, origins(told["mappings"]), strict=False):
        if origin is None:
            assert re.match(r"const \$\w+ = \(\(\) => \{$|return \{.*\};$|\}\)\(\);$", line)
            continue
        seen.add(origin)
        written = texts[origin[0]][origin[1]]
        same = written.removeprefix("export ").replace("default ", "const $default = ", 1)
        assert line in (written, same) or re.match(r"const \{.*\} = \$\w+;$", line)
    assert seen >= {(i, n) for i, text in enumerate(texts) for n in (0, len(text) - 1)}

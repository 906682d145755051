"""The page's scripts: what each component is started with, how they are served, and their own tests
in node."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import gradio as gr
import pytest
from starlette.testclient import TestClient

from scale_core.engines.embedded.engine import OnnxEngine
from scale_core.ui import scripts
from scale_core.ui.page import build
from scale_core.ui.theme import launch_settings

ROOT = Path(__file__).resolve().parents[2]
OLDEST_NODE = 20


@pytest.fixture(scope="module")
def blocks(engine: OnnxEngine) -> gr.Blocks:
    return build(engine)


def served(blocks: gr.Blocks) -> TestClient:
    kwargs = launch_settings()["app_kwargs"]
    blocks.root_path = "/under/a/proxy"
    return TestClient(gr.routes.App.create_app(blocks, app_kwargs=kwargs))


# ---- components ----------------------------------------------------------------------------


def started(blocks: gr.Blocks) -> dict[str, set[str]]:
    """The drawings of the page, and the events that each is said to trigger."""
    found: dict[str, set[str]] = {}
    for component in blocks.blocks.values():
        text = getattr(component, "js_on_load", None) or ""
        if name := re.search(r"scalePage\.draw\('(\w+)'", text):
            events = re.search(r"/\* events: (.*) \*/", text)
            assert events and scripts.address() in text
            found.setdefault(name[1], set()).update(re.findall(r"'(\w+)'", events[1]))
    return found


def test_each_drawing_is_on_the_page_and_triggers_what_it_says(blocks: gr.Blocks) -> None:
    files = {name: text for name, text in scripts.modules().items() if "drawings/" in name}
    written = {
        Path(name).stem: set(re.findall(r"\btrigger\('(\w+)'", text))
        for name, text in files.items()
    }
    assert started(blocks) == written


def test_the_page_s_module_knows_every_drawing() -> None:
    entry = scripts.modules()["page.js"]
    known = re.search(r"const DRAWINGS = \{(.*?)\};", entry, re.DOTALL)
    names = sorted(Path(n).stem for n in scripts.modules() if n.startswith("drawings/"))
    assert known and sorted(known[1].replace(",", " ").split()) == names
    assert all(f"import {{ mount as {n} }} from './drawings/{n}.js';" in entry for n in names)


def test_a_drawing_that_is_not_there_is_refused() -> None:
    with pytest.raises(FileNotFoundError, match="nothing"):
        scripts.start("nothing")


def test_arithmetic_and_words_know_no_page() -> None:
    """What is in pure/ imports nothing but its own kind and the table of units."""
    for name, text in scripts.modules().items():
        if name.startswith("pure/"):
            assert set(re.findall(r"from '(.*?)'", text)) <= {
                "../units_table.js", "./units.js", "./scales.js", "./lines.js", "./writing.js"
            }, name  # fmt: skip
            assert not re.search(r"\b(document|window|globalThis)\b", text), name


# ---- served --------------------------------------------------------------------------------


def test_the_script_is_served_for_ever_under_an_address_of_its_own(blocks: gr.Blocks) -> None:
    client, address = served(blocks), scripts.address()
    assert f'src="{address}"' in launch_settings()["head"]
    for path, kind in ((address, "text/javascript"), (address + ".map", "application/json")):
        found = client.get("/" + path)
        assert found.status_code == 200 and found.headers["content-type"].startswith(kind)
        assert "immutable" in found.headers["cache-control"]
    assert client.get("/" + address).text == scripts.page().text


def test_another_release_s_script_is_not_served(blocks: gr.Blocks) -> None:
    old = re.sub(r"/[0-9a-f]{16}/", "/0123456789abcdef/", scripts.address())
    assert served(blocks).get("/" + old).status_code == 404


def test_a_change_in_any_module_changes_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    before = scripts.address()
    changed = {**scripts.modules(), "pure/heat.js": "export const level = () => 0;\n"}
    monkeypatch.setattr(scripts, "modules", lambda: changed)
    try:
        scripts.page.cache_clear()
        scripts.address.cache_clear()
        assert scripts.address() != before
    finally:
        monkeypatch.undo()
        scripts.page.cache_clear()
        scripts.address.cache_clear()
    assert scripts.address() == before


# ---- in node -------------------------------------------------------------------------------


def node_version() -> int:
    node = shutil.which("node")
    if not node:
        return 0
    told = subprocess.run([node, "--version"], capture_output=True, timeout=60).stdout.decode()
    return int(told.removeprefix("v").split(".")[0])


@pytest.mark.slow
def test_the_scripts_own_tests() -> None:
    if node_version() < OLDEST_NODE:
        pytest.skip(f"node {OLDEST_NODE} or newer is not here")
    files = sorted(str(file) for file in (ROOT / "tests" / "js").glob("*.test.js"))
    done = subprocess.run(["node", "--test", *files], cwd=ROOT, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout.decode()[-6000:]
    assert files

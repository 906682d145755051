"""Model folders are found here and on the Hub; the Hub is a small server of its own here."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from scale_core.engines.base import EngineError
from scale_core.engines.onnx_chat.engine import choose, folder_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "data" / "tiny_chat"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_a_folder_is_itself() -> None:
    assert folder_of(str(FOLDER)) == FOLDER


def test_a_folder_without_a_model_says_where_models_are(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no genai_config\.json"):
        folder_of(str(tmp_path))
    with pytest.raises(EngineError, match=r"there are .*tiny_chat"):
        folder_of(str(FOLDER.parent))


@pytest.mark.parametrize(
    "name", ["nothing", "/no/such/folder", "./a/b", "a b/c", "", "x" * 200, "a/b@", "https://a/b"]
)
def test_what_is_neither_folder_nor_name(name: str) -> None:
    with pytest.raises(EngineError):
        folder_of(name)


@pytest.mark.parametrize(
    ("files", "wanted", "folder"),
    [
        (["genai_config.json", "model.onnx"], "", ""),
        (["cpu/int4/genai_config.json", "cpu/int4/model.onnx"], "", "cpu/int4"),
        (["cuda/x/genai_config.json", "cpu/x/genai_config.json"], "", "cpu/x"),
        (["cuda/x/genai_config.json", "cpu/x/genai_config.json"], "cuda", "cuda/x"),
        (["cuda/x/genai_config.json", "cpu/x/genai_config.json"], "cuda/x", "cuda/x"),
    ],
)
def test_the_model_in_a_repository(files: list[str], wanted: str, folder: str) -> None:
    assert choose(files, wanted, "owner/name") == folder


@pytest.mark.parametrize(
    ("files", "wanted", "words"),
    [
        (["model.safetensors"], "", "no model of onnxruntime-genai"),
        (["cpu/genai_config.json"], "cuda", "under cuda"),
        (["cpu/a/genai_config.json", "cpu/b/genai_config.json"], "", "owner/name/cpu/a"),
        (["a/genai_config.json", "b/genai_config.json"], "", "several models"),
    ],
)
def test_no_or_several_models(files: list[str], wanted: str, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        choose(files, wanted, "owner/name")


class Hub(BaseHTTPRequestHandler):
    """As much of the Hub's interface as its library asks for to download a repository."""

    files: dict[str, bytes]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/api/models/owner/name"):
            listed = [{"rfilename": name} for name in self.files]
            tree = [
                {"type": "file", "path": n, "size": len(c), "oid": hashlib.sha1(c).hexdigest()}
                for n, c in self.files.items()
            ]
            content = {"id": "owner/name", "sha": COMMIT, "siblings": listed, "tags": []}
            return self._send(json.dumps(tree if "/tree/" in path else content).encode(), body)
        name = path.partition(f"/resolve/{COMMIT}/")[2] or path.partition("/resolve/main/")[2]
        if path.startswith("/owner/name/") and name in self.files:
            return self._send(self.files[name], body)
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _send(self, content: bytes, body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    """The address of a Hub with one repository: a model for processors, one for cards."""
    files = {f"cpu/{p.name}": p.read_bytes() for p in FOLDER.iterdir()}
    files |= {"cuda/genai_config.json": b"{}", "README.md": b"# A model"}
    handler = type("Filled", (Hub,), {"files": files})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def resolve(model: str, address: str | None, cache: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own: the library reads its address as it is imported. No address: the
    library is told that it is off line."""
    code = (
        "import sys; from scale_core.engines.base import EngineError\n"
        "from scale_core.engines.onnx_chat.engine import folder_of\n"
        "try: print(folder_of(sys.argv[1]))\n"
        "except EngineError as error: sys.exit(f'EngineError: {error}')"
    )
    env = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    env |= {"HF_ENDPOINT": address} if address else {"HF_HUB_OFFLINE": "1"}
    env |= {"HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "*", "no_proxy": "*"}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", code, model],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_a_model_from_the_hub(hub: str, tmp_path: Path) -> None:
    found = resolve("owner/name", hub, tmp_path)
    assert found.returncode == 0, found.stderr
    folder = Path(found.stdout.strip())
    assert folder.name == "cpu"
    for path in FOLDER.iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    assert not (folder.parent / "cuda").exists()
    assert not (folder.parent / "README.md").exists()
    named = resolve("owner/name/cuda@main", hub, tmp_path)
    assert named.stdout.strip().endswith("cuda"), named.stderr
    # Without the Hub, what is in its cache is used; two models are there now.
    away = resolve("owner/name/cpu", None, tmp_path)
    assert away.stdout == found.stdout, away.stderr


@pytest.mark.slow
def test_what_the_hub_does_not_have(hub: str, tmp_path: Path) -> None:
    for model, address in (("owner/other", hub), ("owner/name", None)):
        found = resolve(model, address, tmp_path)
        assert found.returncode == 1
        assert "EngineError: " + model in found.stderr
        assert "could not be loaded from the Hub" in found.stderr
    found = resolve("owner/name/none", hub, tmp_path)
    assert "no model of onnxruntime-genai under none" in found.stderr

"""Where a model of onnxruntime-genai is: a folder here, or a repository on the Hugging Face Hub.

Knows what marks such a folder (genai_config.json) and how one is found in a repository that has
several, for other processors too. Does not know what is in it. The download is the Hub library's,
with its cache, its token and its settings.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from scale_core.engines.base import EngineError

MARK = "genai_config.json"
_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}(?:/[\w./-]{1,200})?(?:@[\w./-]{1,100})?")


def folder_of(model: str) -> Path:
    """The folder of a model: a path, or `owner/name[/folder][@revision]` on the Hub, which is
    downloaded unless it is in the Hub's cache. Raises EngineError in words for people."""
    path = Path(model).expanduser()
    if path.is_dir():
        if not (path / MARK).is_file():
            below = sorted(str(p.parent.relative_to(path)) for p in path.glob(f"*/**/{MARK}"))
            hint = f"; there are {', '.join(below)}" if below else ""
            raise EngineError(f"{model} is not a model folder: it has no {MARK}{hint}")
        return path
    if not _ID.fullmatch(model) or model.startswith((".", "/")):
        raise EngineError(f"{model} is neither a folder nor a model's name on the Hub")
    return _downloaded(model)


def _downloaded(model: str) -> Path:
    try:
        from huggingface_hub import HfApi
    except ModuleNotFoundError as error:
        raise EngineError(
            "models from the Hub need a package: pip install huggingface_hub"
        ) from error
    name, _, revision = model.partition("@")
    owner, repository, *inner = name.split("/", 2)
    repo, wanted = f"{owner}/{repository}", inner[0].strip("/") if inner else ""
    api = HfApi()
    try:
        files = api.list_repo_files(repo, revision=revision or None)
        folder = choose(files, wanted, repo)
        patterns = [f"{folder}/*" if folder else "*"]
        root = api.snapshot_download(
            repo,
            revision=revision or None,
            allow_patterns=patterns,
            ignore_patterns=_unneeded(folder),
        )
    except EngineError:
        raise
    except Exception as error:  # its errors have many ancestors, and its HTTP client's are its own
        return _cached(repo, revision, wanted, error)
    return Path(root) / folder


def _cached(repo: str, revision: str, wanted: str, reason: Exception) -> Path:
    """The copy in the Hub's cache, when the Hub itself cannot be asked."""
    from huggingface_hub import scan_cache_dir

    for cached in scan_cache_dir().repos if _has_cache() else ():
        if (cached.repo_id, cached.repo_type) != (repo, "model"):
            continue
        for found in cached.revisions:
            if (revision or "main") in {*found.refs, found.commit_hash}:
                root = found.snapshot_path
                files = [file.file_path.relative_to(root).as_posix() for file in found.files]
                return root / choose(files, wanted, repo)
    line = (str(reason).strip() or type(reason).__name__).splitlines()[0]
    raise EngineError(f"{repo} could not be loaded from the Hub: {line}") from reason


def _has_cache() -> bool:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE).is_dir()


def choose(files: list[str], wanted: str, repo: str) -> str:
    """The folder in a repository, "" for its root. One that is not asked for by name must be the
    only one, or the only one for processors (CPU). Raises EngineError."""
    found = sorted(
        "" if str(p.parent) == "." else str(p.parent)
        for p in map(PurePosixPath, files)
        if p.name == MARK
    )
    if wanted:
        found = [f for f in found if f == wanted or f.startswith(f"{wanted}/")]
    if not found:
        where = f" under {wanted}" if wanted else ""
        raise EngineError(f"{repo} has no model of onnxruntime-genai{where} (no {MARK})")
    if len(found) > 1:
        processors = [f for f in found if "cpu" in f.lower()]
        found = processors if len(processors) == 1 else found
    if len(found) > 1:
        names = ", ".join(f"{repo}/{f}" if f else repo for f in found)
        raise EngineError(f"{repo} has several models; name one of: {names}")
    return found[0]


def _unneeded(folder: str) -> list[str] | None:
    """From a repository whose model is at its root: not its pictures and papers."""
    return None if folder else ["*.md", "*.png", "*.jpg", "*.pdf", ".*"]

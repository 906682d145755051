"""`space`: a folder ready to be pushed as a Hugging Face Space.

Knows which files the app needs and what a Space's head says, for a processor (the embedded model)
or a card (vLLM). Does not know the Hub: nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from scale_core.cli.common import OK, Commands, UsageError

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("scale_core", "assets")
FILES = ("app.py", "LICENSE", "README.md", "requirements.txt")
LEFT_OUT = ("assets/abacus/hf/",)
"""The embedded model for transformers and vLLM, and weights in training: the app itself runs
assets/abacus/onnx."""
WRITTEN = (*FILES, *FOLDERS, ".gitattributes", "space.py")
LARGE = ("*.onnx", "*.onnx.data", "*.png", "*.gz")
"""Binary files, which the Hub takes through Git LFS only."""
CPU, GPU = "cpu-basic", "l4x1"
MODEL = "Qwen/Qwen3-8B --max-model-len 8192"

START = '''"""Starts the app on a Space with a GPU. The Space's variable SCALE_ARGS, if it is set,
has other options for it: those of `python app.py`."""

import os

if __name__ == "__main__":  # vLLM's processes import this file again
    os.environ.setdefault("SCALE_ARGS", {arguments!r})

    import app

    app.main()
'''


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("space", help="lay out a folder to push as a Hugging Face Space")
    parser.set_defaults(command=_space)
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="DIR", help="a new or empty folder")
    add("--replace", action="store_true", help="lay it out anew where an earlier one is")
    add("--gpu", action="store_true", help="for a Space with a GPU: vLLM in its requirements")
    add(
        "--args",
        default=f"--model {MODEL}",
        metavar="ARGS",
        help='with --gpu: the app\'s options, as --args="..." (default: %(default)s)',
    )
    add("--hardware", metavar="FLAVOUR", help=f"suggested hardware (default {CPU}, --gpu {GPU})")


def _space(args: argparse.Namespace) -> int:
    hardware = args.hardware or (GPU if args.gpu else CPU)
    lay_out(args.out, hardware, args.args if args.gpu else None, replace=args.replace)
    size = sum(
        p.stat().st_size for p in args.out.rglob("*") if p.is_file() and ".git" not in p.parts
    )
    print(f"{args.out}: a Space for {hardware}, {size / 1e6:.0f} MB. To push it:")
    print(f"  hf upload OWNER/NAME {args.out} . --repo-type space")
    return OK


def lay_out(
    out: Path, hardware: str, arguments: str | None = None, *, replace: bool = False
) -> None:
    """Write the Space's files into `out`. arguments: the app's, for a Space with a GPU; None: the
    embedded model on a processor.

    Raises UsageError if `out` holds anything but its .git and, if that may be replaced, an earlier
    Space, or if it is the app's own folder or one around or within it.
    """
    here = out.resolve()
    if ROOT.is_relative_to(here) or any(here.is_relative_to(ROOT / name) for name in FOLDERS):
        raise UsageError(f"{out} is the app's own folder, or around or within it")
    _empty(out, replace)
    for source in _sources():
        target = out / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    lines = "".join(f"{name} filter=lfs diff=lfs merge=lfs -text\n" for name in LARGE)
    (out / ".gitattributes").write_text(lines, encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    start = "app.py" if arguments is None else "space.py"
    (out / "README.md").write_text(_head(readme, start, hardware), encoding="utf-8")
    needs = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    if arguments is not None:
        (out / "space.py").write_text(START.format(arguments=arguments), encoding="utf-8")
        needs += _for_a_card()
    needs = needs.replace("\ngradio>", "\ngradio[oauth]>")  # the login's packages
    (out / "requirements.txt").write_text(needs, encoding="utf-8")


def _empty(out: Path, replace: bool) -> None:
    out.mkdir(parents=True, exist_ok=True)
    found = [p for p in sorted(out.iterdir()) if p.name != ".git"]
    if others := [p.name for p in found if p.name not in WRITTEN]:
        raise UsageError(f"{out} holds what no Space of ours does: {others[0]}")
    if found and not replace:
        raise UsageError(f"{out} is not empty; --replace lays an earlier Space out anew")
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _sources() -> Iterator[Path]:
    yield from (ROOT / name for name in FILES)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and "__pycache__" not in path.parts and not name.startswith(LEFT_OUT):
                yield path


def _head(readme: str, start: str, hardware: str) -> str:
    """The README with a front matter that names where to start and the hardware, and has the Hub
    offer its login: nobody needs one."""
    _, head, body = readme.split("---\n", 2)
    lines = [
        f"app_file: {start}" if line.startswith("app_file:") else line for line in head.splitlines()
    ]
    lines += [f"suggested_hardware: {hardware}", "hf_oauth: true"]
    return "---\n" + "\n".join(lines) + "\n---\n" + body


def _for_a_card() -> str:
    """What vLLM needs beside the app."""
    more = (ROOT / "requirements-gpu.txt").read_text(encoding="utf-8").splitlines()
    extra = [line for line in more if not line.startswith(("#", "-r"))]
    return "\n".join(extra) + "\n"

"""Where calibrations are kept of models that are not in a folder of ours: one file a model.

Knows the folder (SCALE_EXPLORER_DATA, else the user's data folder) and how a model's name becomes
a file's. Does not know how a calibration is fitted or used.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

from scale_core.pipeline.calibration import Calibration

VARIABLE = "SCALE_EXPLORER_DATA"


def data_folder() -> Path:
    """Where this program keeps what belongs to its user."""
    if own := os.environ.get(VARIABLE):
        return Path(own).expanduser()
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "scale-explorer"


def path_of(model: str) -> Path:
    """The file of a model's calibration. Names that had to be changed to make a file's name carry
    a digest, so that no two models share a file."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "--", model).strip(".-")[:80] or "model"
    if safe != model:
        safe += "-" + hashlib.blake2b(model.encode("utf-8", "replace"), digest_size=4).hexdigest()
    return data_folder() / "calibration" / f"{safe}.json"


def save(calibration: Calibration, model: str, path: Path | None = None) -> Path:
    """Write a model's calibration, by default where `load` finds it; returns the file. Raises
    OSError."""
    path = path or path_of(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"model": model, **calibration.as_dict()}
    fresh = path.with_name(path.name + ".new")  # never half a file under the name
    fresh.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
    return path


def load(model: str, path: Path | None = None) -> Calibration:
    """The calibration stored for a model, the identity if there is none. A file that cannot be
    read counts as none, and the calibration's source says so."""
    path = path or path_of(model)
    try:
        return Calibration.of(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Calibration()
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Calibration(source=f"none: {path} could not be read ({type(error).__name__})")

"""Training: lessons in, weights out, resumable at every checkpoint.

Knows batching, the optimizers and the schedule. Does not know what the lessons mean.
Matrices are trained by Muon, everything else by AdamW; the rate falls linearly to zero over
the second half or more, which is where most of the accuracy comes from.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from scale_core.abacus.lessons import Lesson
from scale_core.abacus.model import Abacus
from scale_core.dialects.abacus.dialect import GO

MICRO_TOKENS = 3840
LENGTHS = (16, 20, 24, 30, 32, 40, 48, 60, 64, 80, 96, 120, 160, 192, 240, 320, 480)
"""Row lengths, all divisors of `MICRO_TOKENS`: every micro-batch has the same number of tokens, so
that the CPU's matrix kernels are built once and not for every new shape."""
TARGETS = 384  # target positions are padded to a multiple of this, for the same reason
POOL = 4096
IGNORED = -100


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast. `tokens` counts padded tokens processed; rates are peaks.

    After a linear warm-up to `warmup` and a flat part to `flat` (shares of the tokens) the rate
    falls linearly to `final` times the peak.
    """

    tokens: int = 55_000_000
    step_tokens: int = 11_520
    matrix_rate: float = 0.02
    other_rate: float = 4e-3
    warmup: float = 0.01
    flat: float = 0.3
    final: float = 0.0
    weight_decay: float = 0.01

    def rate(self, progress: float) -> float:
        """Relative learning rate at progress in [0, 1]."""
        if progress < self.warmup:
            return progress / self.warmup
        down = max(0.0, progress - self.flat) / (1 - self.flat)
        return max(0.0, 1 - (1 - self.final) * down)


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids (rows, length), padded with 0, and where in the flat ids a target is predicted."""

    ids: np.ndarray[Any, np.dtype[np.int64]]
    where: np.ndarray[Any, np.dtype[np.int64]]
    targets: np.ndarray[Any, np.dtype[np.int64]]


def _batch(rows: list[list[int]], length: int, go: int) -> Batch:
    ids = np.zeros((MICRO_TOKENS // length, length), np.int64)
    where: list[int] = []
    targets: list[int] = []
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        start = row.index(go)
        where += range(i * length + start, i * length + len(row) - 1)
        targets += row[start + 1 :]
    missing = -len(where) % TARGETS
    return Batch(ids, np.array(where + [0] * missing), np.array(targets + [IGNORED] * missing))


def batches(
    lessons: Iterable[Lesson], tokenizer: Tokenizer, rng: random.Random, context: int
) -> Iterator[Batch]:
    """Micro-batches of rows of similar length, in random order within a pool of lessons; what does
    not fill a batch waits for the next pool."""
    go, source = tokenizer.encode(GO).ids[0], iter(lessons)
    longest = max(length for length in LENGTHS if length <= context)
    waiting: dict[int, list[list[int]]] = {length: [] for length in LENGTHS}
    while pool := list(islice(source, POOL)):
        made = []
        for encoding in tokenizer.encode_batch_fast([lesson.text for lesson in pool]):
            row = encoding.ids
            if len(row) > longest:
                continue
            length = next(length for length in LENGTHS if length >= len(row))
            rows = waiting[length]
            rows.append(row)
            if len(rows) == MICRO_TOKENS // length:
                made.append(_batch(rows, length, go))
                waiting[length] = []
        rng.shuffle(made)
        yield from made


def optimizers(model: Abacus, schedule: Schedule) -> list[torch.optim.Optimizer]:
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embedding" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim < 2 or "embedding" in n]
    return [
        torch.optim.Muon(
            matrices,
            lr=schedule.matrix_rate,
            momentum=0.95,
            nesterov=True,
            weight_decay=schedule.weight_decay,
        ),
        torch.optim.AdamW(others, lr=schedule.other_rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def loss_of(model: Abacus, batch: Batch, device: str) -> torch.Tensor:
    """Summed cross-entropy of the reply tokens of a micro-batch."""
    with torch.autocast(device, dtype=torch.bfloat16):
        hidden = model(torch.from_numpy(batch.ids).to(device))
        chosen = hidden.flatten(0, 1)[torch.from_numpy(batch.where).to(device)]
        logits = model.logits(chosen)
    return F.cross_entropy(
        logits, torch.from_numpy(batch.targets).to(device), ignore_index=IGNORED, reduction="sum"
    )


class Trainer:
    """Runs a schedule over a stream of batches; `state()` and `restore()` make it resumable."""

    def __init__(self, model: Abacus, schedule: Schedule, device: str = "cpu") -> None:
        self.model, self.schedule, self.device = model.to(device), schedule, device
        self.optimizers = optimizers(model, schedule)
        self.tokens = self.step_count = 0
        self.seconds = 0.0

    @property
    def progress(self) -> float:
        return self.tokens / self.schedule.tokens

    def step(self, source: Iterator[Batch]) -> float:
        """One optimizer step over `step_tokens` tokens; returns the mean loss a reply token."""
        began, losses, targets, taken = time.monotonic(), 0.0, 0, 0
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        while taken < self.schedule.step_tokens:
            batch = next(source)
            loss = loss_of(self.model, batch, self.device)
            loss.backward()  # type: ignore[no-untyped-call]
            losses += float(loss.detach())
            targets += int((batch.targets != IGNORED).sum())
            taken += batch.ids.size
        for parameter in self.model.parameters():
            if parameter.grad is not None:
                parameter.grad /= targets
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        scale = self.schedule.rate(self.progress)
        for optimizer, peak in zip(
            self.optimizers, (self.schedule.matrix_rate, self.schedule.other_rate), strict=True
        ):
            for group in optimizer.param_groups:
                group["lr"] = peak * scale
            optimizer.step()
        self.tokens += taken
        self.step_count += 1
        self.seconds += time.monotonic() - began
        return losses / max(1, targets)

    def state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "tokens": self.tokens,
            "steps": self.step_count,
            "seconds": self.seconds,
            "shape": self.model.shape.as_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.tokens, self.step_count, self.seconds = (
            state["tokens"],
            state["steps"],
            state["seconds"],
        )


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint so that a crash in the middle leaves the old one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    torch.save(state, fresh)
    fresh.replace(path)


def run(
    trainer: Trainer,
    source: Iterator[Batch],
    checkpoint: Path,
    *,
    every: int = 250,
    log: Path | None = None,
) -> None:
    """Train to the end of the schedule, saving and logging every `every` steps."""
    running = math.nan
    while trainer.progress < 1:
        loss = trainer.step(source)
        running = loss if math.isnan(running) else 0.98 * running + 0.02 * loss
        if trainer.step_count % 25 == 0:
            line = {
                "step": trainer.step_count,
                "tokens": trainer.tokens,
                "loss": round(running, 4),
                "tokens_per_second": round(trainer.tokens / trainer.seconds),
            }
            print(json.dumps(line), flush=True)
            if log is not None:
                with log.open("a") as f:
                    f.write(json.dumps(line) + "\n")
        if trainer.step_count % every == 0:
            save(checkpoint, trainer.state())
    save(checkpoint, trainer.state())

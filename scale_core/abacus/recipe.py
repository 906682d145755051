"""`python -m scale_core train`: from a seed to the files in `assets/abacus`.

Knows the order of the stages and where their files lie; each stage resumes from what is there.
  words       the words of generated text, for the reader of typed problems
  tokenizer   trained on generated text, or that of earlier weights with more merges
  lessons     the network learns all roles but rating
  mistakes    its measured failures become ratings and checks; a short second training
  polish      ratings measured anew; a last training with more of what is weakest
  export      Hugging Face checkpoint and ONNX files
  calibrate   ratings -> failure probabilities, and tau, on the dev set
  evaluate    the table, on held-out cases, through the engine that ships
With `--start FOLDER` (an exported `hf` folder) the lessons begin at those weights, with arithmetic,
and then teach the wide language above all; a small vocabulary is first grown, with two more layers,
by what changes nothing yet.
Does not know what the lessons mean or how a measurement is made.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "abacus"
WORDS = Path(__file__).resolve().parents[1] / "dialects" / "abacus" / "words.txt"
STAGES = ("words", "tokenizer", "lessons", "mistakes", "polish", "export", "calibrate", "evaluate")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, and where files go."""

    work: Path
    assets: Path = ASSETS
    start: Path | None = None
    seed: int = 0
    tokens: int = 34_000_000
    step_tokens: int = 11_520
    mistake_tokens: int = 10_000_000
    polish_tokens: int = 5_500_000
    tokenizer_texts: int = 150_000
    vocabulary: int = 3072
    new_layers: tuple[int, ...] = (1, 3)  # behind which layers of `start`
    rated_problems: int = 20_000
    rated_operations: int = 40_000
    fast_results: int = 24_000
    slow_results: int = 10_000
    device: str = "cpu"
    compiled: bool = True

    @property
    def fresh(self) -> bool:
        """Whether the network starts from nothing."""
        return self.start is None

    @property
    def tokenizer(self) -> Path:
        return self.work / "tokenizer.json"

    @property
    def trained(self) -> Path:
        """The checkpoint of the last stage that was trained: a short training has no polish."""
        polished = self.work / "phase3.pt"
        return polished if polished.exists() else self.work / "phase2.pt"

    def rng(self, name: str, step: int = 0) -> random.Random:
        return random.Random(f"{self.seed}-{name}-{step}")


def list_words(recipe: Recipe) -> None:
    """Stage `words`: what a typed problem's words are held against."""
    from scale_core.abacus.taught_words import taught_words

    found = taught_words(recipe.rng("words"))
    WORDS.write_text("\n".join(found) + "\n", encoding="utf-8")


def make_tokenizer(recipe: Recipe) -> None:
    from scale_core.abacus.lessons import lessons
    from scale_core.abacus.tokenizer import extend_tokenizer, load_tokenizer, train_tokenizer
    from scale_core.abacus.words.stories import story

    if recipe.start is not None and not recipe.tokenizer.exists():
        rng, old = recipe.rng("stories"), load_tokenizer(recipe.start / "tokenizer.json")
        texts = (story(rng)[0] for _ in range(recipe.tokenizer_texts * 2 // 5))
        extend_tokenizer(old, texts, recipe.vocabulary).save(str(recipe.tokenizer))
    elif not recipe.tokenizer.exists():
        stream = lessons(recipe.rng("tokenizer"), lambda: 1.0)
        texts = (lesson.text for lesson in islice(stream, recipe.tokenizer_texts))
        train_tokenizer(texts).save(str(recipe.tokenizer))


def _trainer(
    recipe: Recipe,
    path: Path,
    tokens: int,
    rates: tuple[float, float],
    fall: tuple[float, float],
    start: Path | None = None,
) -> Any:
    """A trainer at its last checkpoint, else at the weights of `start`, else fresh.

    rates: peaks for matrices and the rest; fall: where the rate begins to fall and where it ends.
    """
    import torch

    from scale_core.abacus.export import load_checkpoint
    from scale_core.abacus.model import Abacus, Shape
    from scale_core.abacus.train import Schedule, Trainer

    torch.manual_seed(recipe.seed)
    if start is not None:
        model = load_checkpoint(start)
    elif recipe.start is not None:
        model = _grown(recipe, recipe.start)
    else:
        model = Abacus(Shape())
    schedule = Schedule(
        tokens=tokens,
        step_tokens=recipe.step_tokens,
        matrix_rate=rates[0],
        other_rate=rates[1],
        flat=fall[0],
        final=fall[1],
    )
    trainer = Trainer(model, schedule, recipe.device)
    if path.exists():
        trainer.restore(torch.load(path, weights_only=True, map_location=recipe.device))
    if recipe.compiled:
        model.forward = torch.compile(model.forward, dynamic=True)  # type: ignore[method-assign]
    return trainer


def _grown(recipe: Recipe, start: Path) -> Any:
    """Earlier weights in a deeper network with a longer vocabulary; they answer as before.

    Weights that have the longer vocabulary already were grown before: they go on as they are.
    """
    from scale_core.abacus.grow import deepen, extend, load_hugging_face
    from scale_core.abacus.tokenizer import load_tokenizer

    old = load_tokenizer(start / "tokenizer.json")
    if old.get_vocab_size() >= recipe.vocabulary:
        return load_hugging_face(start)
    deeper = deepen(load_hugging_face(start), recipe.new_layers)
    return extend(deeper, old, load_tokenizer(recipe.tokenizer))


def learn_lessons(recipe: Recipe) -> None:
    """Stage `lessons`: the roles, without ratings."""
    from scale_core.abacus.lessons import CURRICULUM, WIDE, lessons
    from scale_core.abacus.tokenizer import load_tokenizer
    from scale_core.abacus.train import batches, run

    path = recipe.work / "phase1.pt"
    rates, fall = ((0.02, 4e-3), (0.3, 0.25)) if recipe.fresh else ((0.012, 2.5e-3), (0.5, 0.2))
    trainer = _trainer(recipe, path, recipe.tokens, rates, fall)
    step = trainer.step_count
    curriculum = CURRICULUM if recipe.fresh else WIDE
    stream = lessons(recipe.rng("lessons", step), lambda: float(trainer.progress), curriculum)
    source = batches(
        stream,
        load_tokenizer(recipe.tokenizer),
        recipe.rng("order", step),
        trainer.model.shape.context,
    )
    run(trainer, source, path, every=50, log=recipe.work / "phase1.jsonl")


def learn_mistakes(recipe: Recipe) -> None:
    """Stage `mistakes`: ratings from measured failures, checks of the model's own results."""
    from scale_core.abacus.lessons import CURRICULUM, WIDE, Lesson, lessons
    from scale_core.abacus.mistakes import mixed
    from scale_core.abacus.tokenizer import load_tokenizer
    from scale_core.abacus.train import batches, run

    start, path = recipe.work / "phase1.pt", recipe.work / "phase2.pt"
    ratings, checks = _measured_lessons(recipe, start)
    rates = (0.005, 1e-3) if recipe.fresh else (0.006, 1.2e-3)
    trainer = _trainer(recipe, path, recipe.mistake_tokens, rates, (0.05, 0.0), start)
    step = trainer.step_count
    curriculum = CURRICULUM if recipe.fresh else WIDE
    base: Iterator[Lesson] = lessons(recipe.rng("more-lessons", step), lambda: 1.0, curriculum)
    shares = (0.20, 0.15) if recipe.fresh else (0.14, 0.10)
    measured = tuple(zip((ratings, checks), shares, strict=True))
    stream = mixed(base, measured, recipe.rng("mix", step))
    source = batches(
        stream,
        load_tokenizer(recipe.tokenizer),
        recipe.rng("order2", step),
        trainer.model.shape.context,
    )
    run(trainer, source, path, log=recipe.work / "phase2.jsonl")


def learn_polish(recipe: Recipe) -> None:
    """Stage `polish`: System 1 has changed since it was measured, so its ratings are made anew."""
    from scale_core.abacus.export import load_checkpoint
    from scale_core.abacus.lessons import POLISH, WIDE_POLISH, Lesson, lessons
    from scale_core.abacus.mistakes import checks_again, mixed, rating_lessons
    from scale_core.abacus.tokenizer import load_tokenizer
    from scale_core.abacus.train import batches, run

    start, path = recipe.work / "phase2.pt", recipe.work / "phase3.pt"
    tokenizer = load_tokenizer(recipe.tokenizer)
    ratings = rating_lessons(
        load_checkpoint(start),
        tokenizer,
        recipe.rng("ratings3"),
        problems=recipe.rated_problems // 3,
        operations=recipe.rated_operations // 3,
    )
    _, old = _measured_lessons(recipe, recipe.work / "phase1.pt")
    checks = checks_again(old)
    rates = (0.004, 8e-4)
    trainer = _trainer(recipe, path, recipe.polish_tokens, rates, (0.02, 0.0), start)
    step = trainer.step_count
    curriculum = POLISH if recipe.fresh else WIDE_POLISH
    base: Iterator[Lesson] = lessons(recipe.rng("polish", step), lambda: 1.0, curriculum)
    stream = mixed(base, ((ratings, 0.12), (checks, 0.10)), recipe.rng("mix3", step))
    source = batches(stream, tokenizer, recipe.rng("order3", step), trainer.model.shape.context)
    run(trainer, source, path, log=recipe.work / "phase3.jsonl")


def _measured_lessons(recipe: Recipe, checkpoint: Path) -> tuple[list[Any], list[Any]]:
    """The lessons of the second stage; kept on disk, so that a resumed run has the same ones."""
    from scale_core.abacus.export import load_checkpoint
    from scale_core.abacus.lessons import Lesson
    from scale_core.abacus.mistakes import checking_lessons, rating_lessons
    from scale_core.abacus.tokenizer import load_tokenizer
    from scale_core.engines.embedded.engine import OnnxEngine

    stored = recipe.work / "mistakes.json"
    if not stored.exists():
        model = load_checkpoint(checkpoint)
        ratings = rating_lessons(
            model,
            load_tokenizer(recipe.tokenizer),
            recipe.rng("ratings"),
            problems=recipe.rated_problems,
            operations=recipe.rated_operations,
        )
        folder = recipe.work / "phase1"
        _export(recipe, checkpoint, folder)
        checks = checking_lessons(
            lambda: OnnxEngine(folder / "onnx"),
            recipe.rng("checks"),
            fast=recipe.fast_results,
            slow=recipe.slow_results,
        )
        print(f"{len(ratings)} ratings, {len(checks)} checks of own results", flush=True)
        data = [[(x.prompt, x.reply) for x in part] for part in (ratings, checks)]
        stored.write_text(json.dumps(data))
    first, second = json.loads(stored.read_text())
    return [Lesson(*x) for x in first], [Lesson(*x) for x in second]


def _export(recipe: Recipe, checkpoint: Path, folder: Path) -> None:
    from scale_core.abacus.export import export_checkpoint, export_onnx, load_checkpoint
    from scale_core.abacus.tokenizer import load_tokenizer

    export_checkpoint(load_checkpoint(checkpoint), load_tokenizer(recipe.tokenizer), folder / "hf")
    export_onnx(folder / "hf", folder / "onnx")


def export(recipe: Recipe) -> None:
    """Stage `export`: both formats of the last stage that was trained into the assets folder."""
    fresh = recipe.work / "export"
    _export(recipe, recipe.trained, fresh)
    for name in ("hf", "onnx"):
        target = recipe.assets / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(fresh / name, target)
        for file in target.iterdir():
            os.chmod(file, 0o644)


def calibrate(recipe: Recipe) -> None:
    """Stage `calibrate`: fit the map and tau on the dev set, store them beside the ONNX files."""
    from scale_core.abacus.tuning import tune
    from scale_core.engines.embedded.engine import OnnxEngine

    async def measure() -> None:
        engine = OnnxEngine(recipe.assets / "onnx")
        try:
            (await tune(engine)).save(recipe.assets / "onnx")
        finally:
            await engine.close()

    asyncio.run(measure())


def evaluate(recipe: Recipe, count: int = 1000) -> None:
    """Stage `evaluate`: print the table for the shipped weights and store it beside them."""
    from scale_core.abacus.evaluate import render, table
    from scale_core.engines.embedded.engine import OnnxEngine
    from scale_core.pipeline.calibration import load

    async def measure() -> str:
        engine = OnnxEngine(recipe.assets / "onnx")
        try:
            return render(await table(engine, load(recipe.assets / "onnx"), count))
        finally:
            await engine.close()

    began = time.monotonic()
    text = asyncio.run(measure())
    print(text)
    print(f"\nmeasured in {time.monotonic() - began:.0f} s")
    if count >= 1000:
        (recipe.assets / "table.md").write_text(text + "\n")


def main(argv: list[str]) -> int:
    """The `train` command. Returns 0, or 2 where its arguments make no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m scale_core train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=Path("build/abacus"),
        help="folder of checkpoints and intermediate files (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--tokens",
        type=int,
        default=Recipe(Path()).tokens,
        help="training tokens of the first stage (default: %(default)s)",
    )
    for name, what in (("mistake", "second"), ("polish", "last")):
        parser.add_argument(
            f"--{name}-tokens",
            type=int,
            default=getattr(Recipe(Path()), f"{name}_tokens"),
            help=f"those of the {what} (default: %(default)s)",
        )
    parser.add_argument(
        "--start", type=Path, help="an exported hf folder whose weights the lessons begin at"
    )
    parser.add_argument(
        "--step-tokens", type=int, default=Recipe(Path()).step_tokens, help="tokens of one step"
    )
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--no-compile", action="store_true", help="run the network uncompiled")
    parser.add_argument(
        "--stage",
        choices=STAGES,
        action="append",
        help="run only this stage (repeatable; default: all)",
    )
    parser.add_argument(
        "--evaluate", action="store_true", help="only print the table for the shipped weights"
    )
    parser.add_argument("--cases", type=int, default=1000, help="test cases of each row")
    args = parser.parse_args(argv)
    recipe = Recipe(
        args.work,
        start=args.start,
        seed=args.seed,
        tokens=args.tokens,
        mistake_tokens=args.mistake_tokens,
        polish_tokens=args.polish_tokens,
        step_tokens=args.step_tokens,
        device=args.device,
        compiled=not args.no_compile,
    )
    if args.evaluate:
        evaluate(recipe, args.cases)
        return 0
    recipe.work.mkdir(parents=True, exist_ok=True)
    steps = {
        "words": list_words,
        "tokenizer": make_tokenizer,
        "lessons": learn_lessons,
        "mistakes": learn_mistakes,
        "polish": learn_polish,
        "export": export,
        "calibrate": calibrate,
    }
    for stage in args.stage or STAGES:
        print(f"stage {stage}", flush=True)
        if stage == "evaluate":
            evaluate(recipe, args.cases)
        else:
            steps[stage](recipe)
    return 0

"""The command line's `grade`: are given answers equal to an expected one, and why?

Knows arguments, files of pairs and exit codes. Does not know how answers are compared
(`answers.grouping`); it needs no model.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import IO, Any

from scale_core.answers.grouping import Comparison, compare
from scale_core.cli.common import UsageError

EQUAL, DIFFERENT, USAGE, UNTOLD = 0, 1, 2, 3
EXITS = """exit codes:
  0  every answer is equal to the expected one
  1  at least one is different
  2  bad usage, or a file that cannot be read
  3  none is different, but of at least one it could not be told
"""
LONGEST_LINE = 100_000
AT_ONCE = 4

Pair = tuple[str, str]


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "grade",
        help="compare answers with an expected one, without a model",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # Answers such as -x+1 and -1/2 are no options.
    parser._negative_number_matcher = re.compile(r"-(?!-|h$)")
    parser.add_argument("gold", nargs="?", metavar="GOLD", help="the expected answer")
    parser.add_argument("answers", nargs="*", metavar="ANSWER", help="what is compared with it")
    parser.add_argument(
        "--file", metavar="FILE", help='JSON lines with "gold" and "answer"; "-": standard input'
    )
    parser.add_argument("--json", action="store_true", help="write one line of JSON for each")
    parser.set_defaults(command=_grade)


def _grade(args: argparse.Namespace) -> int:
    if args.file is not None and args.gold is not None:
        raise UsageError("give either an expected answer and answers, or --file")
    if args.file is None and not args.answers:
        raise UsageError("give an expected answer and at least one answer, or --file FILE")
    found = Counter[str]()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pairs = _pairs(args)
        while batch := list(islice(pairs, 64)):
            for pair, result in zip(batch, pool.map(lambda p: compare(*p), batch), strict=True):
                found[result.verdict] += 1
                print(_line(pair, result, args.json), flush=True)
    if not found:
        raise UsageError("the file has no pairs")
    return DIFFERENT if found["different"] else UNTOLD if found["could not tell"] else EQUAL


def _line(pair: Pair, result: Comparison, as_json: bool) -> str:
    gold, answer = pair
    if as_json:
        told = {"gold": gold, "answer": answer}
        return json.dumps(told | {"verdict": result.verdict, "reason": result.reason})
    shown = " ".join(answer.split())
    return f"{result.verdict}: {shown[:80]}{'…' if len(shown) > 80 else ''} ({result.reason})"


def _pairs(args: argparse.Namespace) -> Iterator[Pair]:
    if args.file is None:
        yield from ((args.gold, answer) for answer in args.answers)
        return
    if args.file == "-":
        yield from _read(sys.stdin.buffer, args.file)
        return
    try:
        with Path(args.file).open("rb") as lines:
            yield from _read(lines, args.file)
    except OSError as error:
        raise UsageError(f"{args.file} cannot be read: {error.strerror}") from None


def _read(lines: IO[bytes], name: str) -> Iterator[Pair]:
    number = 0
    while line := lines.readline(LONGEST_LINE + 1):
        number += 1
        where = f"{name}, line {number}"
        if len(line) > LONGEST_LINE:
            raise UsageError(f"{where} is longer than {LONGEST_LINE} characters")
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise UsageError(f"{where} is no JSON") from None
        if not isinstance(row, dict) or not {"gold", "answer"} <= row.keys():
            raise UsageError(f'{where} has no "gold" and "answer"')
        yield _text(row["gold"]), _text(row["answer"])


def _text(value: object) -> str:
    """A value as a person would write it; a missing one is empty."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode("utf-8")

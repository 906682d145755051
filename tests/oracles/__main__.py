"""Hold our allocation and votes against recorded results of published code.

    python -m tests.oracles FILE...

The format of a file is told by its content. Ends in `N passed, N failed`. Exit status: 0 when all
passed, 1 when a check failed, 2 for a file that cannot be read or is malformed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.oracles import aggregation, allocations, traces, votes
from tests.oracles.report import Malformed, Report

FORMATS = (allocations, traces, votes, aggregation)
SHOWN = 10


def check_file(path: Path) -> tuple[str, Report]:
    """The name of the file's format and what came of its checks. Raises Malformed."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Malformed(error.strerror or str(error)) from None
    except ValueError as error:
        raise Malformed(f"no JSON: {error}") from None
    for form in FORMATS:
        if form.recognises(data):
            report = Report()
            form.check(data, report)
            return form.NAME, report
    known = ", ".join(form.NAME for form in FORMATS)
    raise Malformed(f"no cases of a known format ({known})")


def show(path: Path, name: str, report: Report) -> None:
    skipped = ", ".join(f"{count} x {why}" for why, count in report.skipped.items())
    print(f"{path.name}: {name}, {report.passed} passed, {len(report.failures)} failed"
          + (f"; skipped: {skipped}" if skipped else ""))  # fmt: skip
    for failure in report.failures[:SHOWN]:
        print(f"  {failure}")
    if len(report.failures) > SHOWN:
        print(f"  and {len(report.failures) - SHOWN} more")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracles", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    passed = failed = malformed = 0
    for path in parser.parse_args(arguments).files:
        try:
            name, report = check_file(path)
        except Malformed as error:
            malformed += 1
            print(f"{path}: {error}", file=sys.stderr, flush=True)
            continue
        show(path, name, report)
        passed, failed = passed + report.passed, failed + len(report.failures)
    print(f"{passed} passed, {failed} failed")
    return 2 if malformed else int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())

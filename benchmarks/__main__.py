"""`python -m benchmarks [NAME ...]`: measure, and print one table."""

from __future__ import annotations

import importlib
import sys

from benchmarks.table import table

NAMES = ("starting", "storing", "reading", "scoring", "pacing", "live")


def main(names: list[str]) -> None:
    rows = []
    for name in names or NAMES:
        sys.stderr.write(f"measuring {name}\n")
        rows += list(importlib.import_module(f"benchmarks.{name}").measure())
    sys.stdout.write(table(rows) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

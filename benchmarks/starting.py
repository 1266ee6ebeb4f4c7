"""The time until --help, against an interpreter that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from benchmarks.table import Measured

TIMES = 7
HEAVY = ("numpy", "sqlalchemy", "websockets")


def _median_s(command: Sequence[str]) -> float:
    spent = []
    for _ in range(TIMES):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent)


def measure() -> Iterator[Measured]:
    help_s = _median_s([sys.executable, "-m", "evalharness", "--help"])
    nothing_s = _median_s([sys.executable, "-c", "pass"])
    click_s = _median_s([sys.executable, "-c", "import click"])
    more_ms, click_ms = (help_s - nothing_s) * 1000, (click_s - nothing_s) * 1000
    yield Measured(
        "evalharness --help, beyond python -c pass",
        f"{more_ms:.0f} ms, of which click {click_ms:.0f} ms",
        "< 150 ms",
        more_ms < 150,
    )
    code = (
        "import sys; from evalharness.cli.main import run; run(['--help']); "
        f"sys.exit(any(name in sys.modules for name in {HEAVY!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL)
    clean = done.returncode == 0
    yield Measured(f"{', '.join(HEAVY)} imported by --help", "no" if clean else "yes", "no", clean)

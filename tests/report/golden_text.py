"""Golden files: what a report says, line by line, in tests/report/golden/.

To refresh them after a change that is meant, and then to read the difference:

    EVALHARNESS_UPDATE_GOLDEN=1 python -m pytest tests/report && git diff tests/report/golden
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

GOLDEN = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("EVALHARNESS_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8"), f"{path} says something else"


def drawn(width: int, draw: Callable[[Console], object]) -> str:
    """What `draw` prints to a terminal of so many columns, without colours; a line's trailing
    blanks, which nobody sees, are cut off."""
    console = Console(width=width, highlight=False, color_system=None, force_terminal=False)
    with console.capture() as capture:
        draw(console)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())

"""A problem as a person reads it: what, where (with the line itself), and what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from evalharness.errors import Location, Problem


def print_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    """Each problem on stderr; as JSON, one line for all of them."""
    if as_json:
        errors = [_record(problem) for problem in problems]
        sys.stderr.write(json.dumps({"error": errors[0], "errors": errors}) + "\n")
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for problem in problems:
        console.print(_text(problem))
    if len(problems) > 1:
        count = sum(not problem.warning for problem in problems)
        console.print(f"{count} problems" if count != 1 else "1 problem")


def _record(problem: Problem) -> dict[str, object]:
    where = problem.location
    return {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint or None,
        "location": None
        if where is None
        else {"file": where.file, "line": where.line, "column": where.column},
    }


def _text(problem: Problem) -> Text:
    text = Text()
    if problem.warning:
        text.append("warning: ", style="bold yellow")
    else:
        text.append("error: ", style="bold red")
    text.append(problem.message, style="bold")
    if problem.location is not None:
        text.append(f"\n  --> {problem.location}")
        text.append(_excerpt(problem.location))
    if problem.hint:
        text.append(f"\nhint: {problem.hint}")
    text.append(f"\ncode: {problem.code}\n", style="dim")
    return text


def _excerpt(where: Location) -> str:
    """The line at fault with a mark under its column, when the file can still be read."""
    if not where.line:
        return ""
    try:
        lines = Path(where.file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    if where.line > len(lines):
        return ""
    line = lines[where.line - 1]
    start = max(where.column - 1, 0)
    rest = line[start:].rstrip()
    number = str(where.line)
    pad = " " * len(number)
    mark = "^" * max(len(rest), 1)
    shown = line if len(line) <= 160 else line[:160] + "..."
    return f"\n {pad} |\n {number} | {shown}\n {pad} | {' ' * start}{mark[:160]}"

"""stdout for the result, stderr for everything else; one object decides format and colour."""

from __future__ import annotations

import csv
import dataclasses
import importlib.metadata
import io
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TextIO

from rich.console import Console

from evalharness.cli.options import Settings
from evalharness.cli.project import Project, find_project
from evalharness.errors import Problem, UserError

SUFFIXES = {".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".md": "markdown", ".txt": "table"}


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """What a command found, in every form it can be shown in.

    `schema` is its name and version ("compare/1"); `data` becomes the envelope's `data`; `table`
    prints it for people; `records` are the rows of csv and jsonl; `markdown` a comment.
    """

    schema: str
    data: Any
    table: Callable[[Console], None]
    records: Sequence[Mapping[str, Any]] | None = None
    markdown: Callable[[], str] | None = None
    warnings: Sequence[str] = ()


class Output:
    """Made once a command from the global options."""

    def __init__(self, settings: Settings, args: Mapping[str, Any] | None = None) -> None:
        self.settings = settings
        self._args = dict(args or {})
        self.format = settings.format or self._from_suffix() or "table"
        self.err = Console(
            stderr=True, quiet=settings.quiet, highlight=False, **_colour(settings, sys.stderr)
        )

    @cached_property
    def project(self) -> Project:
        return find_project(self.settings)

    @property
    def db(self) -> str:
        return self.project.db

    def note(self, text: str) -> None:
        """A line for people on stderr, unless they asked for quiet."""
        self.err.print(text, markup=False, soft_wrap=True)

    def warn(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            where = f" ({problem.location})" if problem.location else ""
            hint = f" {problem.hint}" if problem.hint else ""
            self.note(f"warning: {problem.message}{where}.{hint}")

    def show(self, result: Result) -> None:
        """Print or write the result in the chosen format."""
        path = self.settings.output
        if path is None or str(path) == "-":
            self._write(result, sys.stdout)
            return
        buffer = io.StringIO()
        self._write(result, buffer)
        try:
            path.write_text(buffer.getvalue(), encoding="utf-8")
        except OSError as error:
            raise UserError(
                "EH606", f"cannot write {path}: {error.strerror}", hint="choose another -o"
            ) from error
        self.note(f"Written to {path}")

    def _write(self, result: Result, out: TextIO) -> None:
        match self.format:
            case "json":
                out.write(json.dumps(self._envelope(result), ensure_ascii=False, indent=2) + "\n")
            case "jsonl":
                out.writelines(
                    json.dumps(plain(record), ensure_ascii=False) + "\n" for record in _rows(result)
                )
            case "csv":
                _csv(_rows(result), out)
            case "markdown":
                if result.markdown is None:
                    raise UserError(
                        "EH602",
                        "this command has no Markdown form",
                        hint="use -f table, json, jsonl or csv",
                    )
                out.write(result.markdown())
            case _:
                console = Console(file=out, highlight=False, **_colour(self.settings, out))
                result.table(console)

    def _envelope(self, result: Result) -> dict[str, Any]:
        return {
            "schema": f"evalharness.{result.schema}",
            "tool": importlib.metadata.version("evalharness"),
            "args": plain(self._args),
            "data": plain(result.data),
            "warnings": list(result.warnings),
        }

    def _from_suffix(self) -> str | None:
        path = self.settings.output
        return SUFFIXES.get(path.suffix) if path is not None else None


def _rows(result: Result) -> Sequence[Mapping[str, Any]]:
    if result.records is None:
        raise UserError("EH602", "this command has no rows", hint="use -f table or json")
    return result.records


def _csv(rows: Sequence[Mapping[str, Any]], out: TextIO) -> None:
    if not rows:
        return
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})


def _cell(value: Any) -> Any:
    value = plain(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def plain(value: Any) -> Any:
    """A value as JSON: dataclasses as objects, infinities and NaN as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)


def _colour(settings: Settings, stream: TextIO) -> dict[str, Any]:
    match settings.color:
        case "always":
            return {"force_terminal": True}
        case "never":
            return {"no_color": True, "force_terminal": stream.isatty()}
        case _:
            width = {} if stream.isatty() else {"width": int(os.environ.get("COLUMNS", "120"))}
            return {**width}

"""`evalharness doctor`: whether this machine has what it needs, and what to do where not."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
from rich.console import Console

from evalharness.audio.files import sound_library
from evalharness.cli.options import Command
from evalharness.cli.output import Output, Result
from evalharness.cli.project import Project
from evalharness.errors import EvalharnessError

STYLES = {"ok": "green", "warn": "yellow", "fail": "red"}
LOCAL_MODULES = ("pocketsphinx", "webrtcvad", "espeakng_loader")
KEY = "OPENAI_API_KEY"
UNFIT = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `hint` says what to do."""

    state: Literal["ok", "warn", "fail"]
    what: str
    hint: str = ""


@click.command(cls=Command)
@click.pass_context
def doctor(ctx: click.Context) -> int:
    """Check Python, audio, the offline engine, the key and the database.

    Example: evalharness doctor
    """
    output = Output(ctx.obj)
    checks: tuple[Callable[[], Finding], ...] = (
        _python,
        _audio,
        _local_engine,
        lambda: _key(output.project),
        lambda: _database(output.db),
    )
    findings = [check() for check in checks]

    def table(console: Console) -> None:
        for finding in findings:
            console.print(f"{finding.state:<5}", style=STYLES[finding.state], end=" ")
            console.print(finding.what, markup=False)
            if finding.hint:
                console.print(f"      hint: {finding.hint}", markup=False)

    output.show(Result("doctor/1", findings, table))
    return UNFIT if any(finding.state == "fail" for finding in findings) else 0


def _python() -> Finding:
    version = importlib.metadata.version("evalharness")
    what = f"Python {platform.python_version()}, evalharness {version}, {sys.platform}"
    return Finding("ok", what)


def _audio() -> Finding:
    library = sound_library()
    return Finding("ok", f"libsndfile {library.version}: {', '.join(library.formats)}")


def _local_engine() -> Finding:
    missing = [name for name in LOCAL_MODULES if importlib.util.find_spec(name) is None]
    if not missing:
        return Finding("ok", "the embedded server can hear, decide and speak")
    return Finding(
        "warn",
        f"the embedded server's speech engine lacks {', '.join(missing)}",
        "pip install 'evalharness[local]'",
    )


def _key(project: Project) -> Finding:
    key = project.environ.get(KEY, "")
    if not key:
        return Finding("ok", f"no {KEY}: only targets without a key can be reached")
    source = "from .env" if KEY in project.dotenv else "from the environment"
    return Finding("ok", f"{KEY} ending {key[-4:]} {source}")


def _database(url: str) -> Finding:
    from evalharness.store.migrate import info  # noqa: PLC0415 - alembic is slow to import

    if "://" not in url and not Path(url).exists():
        return Finding("ok", f"no results in {url} yet; the first run makes it")
    try:
        found = info(url)
    except EvalharnessError as error:
        return Finding("fail", str(error))
    if found.current != found.head:
        return Finding(
            "fail",
            f"database {url} has schema {found.current}, this version needs {found.head}",
            "evalharness db upgrade",
        )
    return Finding("ok", f"database {url}, schema {found.current}")

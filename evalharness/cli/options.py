"""What every command accepts, before or after its name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

FORMATS = ("table", "json", "jsonl", "csv", "markdown")
DEFAULT_DB = ".evalharness/results.db"


@dataclass(frozen=True, slots=True)
class Settings:
    """The global options as given; None where not."""

    db: str | None = None
    config: Path | None = None
    format: str | None = None
    output: Path | None = None
    color: str | None = None
    progress: str | None = None
    quiet: bool = False
    verbose: int = 0

    def overridden(self, given: dict[str, Any]) -> Settings:
        """With what was given later on the command line in place of what was given earlier."""
        return replace(self, **{name: value for name, value in given.items() if value})


def _common() -> list[click.Option]:
    return [
        click.Option(
            ["--db"],
            metavar="PATH",
            envvar="EVALHARNESS_DB",
            help=f"Results database [env EVALHARNESS_DB; default {DEFAULT_DB} in the project].",
        ),
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path, dir_okay=False),
            envvar="EVALHARNESS_CONFIG",
            help="Config file [env EVALHARNESS_CONFIG; default: nearest evalharness.yaml].",
        ),
        click.Option(["-f", "--format"], type=click.Choice(FORMATS), help="How results are shown."),
        click.Option(["--json", "format"], flag_value="json", help="The same as -f json."),
        click.Option(
            ["-o", "--output"],
            type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
            help="Write the result there; the format follows the suffix.",
        ),
        click.Option(["--color"], type=click.Choice(("auto", "always", "never"))),
        click.Option(
            ["--progress"],
            type=click.Choice(("auto", "live", "lines", "json", "none")),
            help="How a run is shown while it happens.",
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="Only errors on stderr."),
        click.Option(
            ["-v", "--verbose"],
            count=True,
            help="Each conversation as it ends; -vv shows tracebacks.",
        ),
    ]


COMMON_NAMES = tuple(dict.fromkeys(option.name for option in _common() if option.name is not None))


class _Common:
    """Adds the common options to a click command and takes their values out before it runs."""

    params: list[click.Parameter]

    def _take(self, ctx: click.Context) -> None:
        given = {name: ctx.params.pop(name, None) for name in COMMON_NAMES}
        earlier = ctx.obj if isinstance(ctx.obj, Settings) else Settings()
        ctx.obj = earlier.overridden(given)


class Command(click.Command, _Common):
    """A command that accepts the common options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _common()

    def invoke(self, ctx: click.Context) -> Any:
        self._take(ctx)
        return super().invoke(ctx)


class Group(click.Group, _Common):
    """A group that accepts them before the command's name."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _common()

    def invoke(self, ctx: click.Context) -> Any:
        self._take(ctx)
        return super().invoke(ctx)

"""The command line: a lazy group, and the one place where errors become messages.

Only click is imported for `--help`; each command's module is imported when it runs.
"""

from __future__ import annotations

import importlib
import itertools
import os
import sys
from typing import NoReturn

import click

from evalharness.cli.options import Group, Settings
from evalharness.errors import EvalharnessError, UserError

COMMANDS = {
    "init": ("A folder with the demo dataset and a config, ready to run.", "init:init"),
    "run": ("Run a dataset against every variant.", "run:run"),
    "compare": ("Compare runs with a baseline, paired, with intervals.", "compare:compare"),
    "show": ("One run, trial, dataset or variant in the terminal.", "show:show"),
    "list": ("Runs, recordings, datasets or variants.", "list:list_"),
    "query": ("Read-only SQL on the results database.", "query:query"),
    "rescore": ("Score a run again from its recordings.", "rescore:rescore"),
    "serve": ("A Realtime server on this machine.", "serve:serve"),
    "dataset": ("Check a dataset, or mark where speech is in its clips.", "dataset:dataset"),
    "db": ("Where the results database is, what is in it, and its upgrades.", "db:db"),
    "schema": ("JSON Schema of the files, or the documented views.", "schema:schema"),
    "doctor": ("Whether this machine has what it needs.", "doctor:doctor"),
}
ALIASES = {"ls": "list"}

INTERRUPTED = 130
DEBUG = "EVALHARNESS_DEBUG"


class LazyGroup(Group):
    """Knows its commands' names and first lines without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        found = COMMANDS.get(ALIASES.get(cmd_name, cmd_name))
        if found is None:
            return None
        module_name, _, attribute = found[1].partition(":")
        module = importlib.import_module(f"evalharness.cli.{module_name}")
        command: click.Command = getattr(module, attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = _nearest(args[0])
            if near is None:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near}?", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (line, _) in COMMANDS.items()])


def _nearest(name: str) -> str | None:
    import difflib  # noqa: PLC0415 - only after a typing error

    near = difflib.get_close_matches(name, [*COMMANDS, *ALIASES], n=1)
    return near[0] if near else None


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version  # noqa: PLC0415 - 30 ms that --help need not pay

        click.echo(f"evalharness {version('evalharness')}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version)
def cli() -> None:
    """Run scripted audio conversations against Realtime sessions, record every event, and tell
    which session configuration is better, and how sure that is."""


def main() -> NoReturn:
    """Run the command line and exit with the documented code (0-6, 130)."""
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """The exit code of one command line; every expected error is printed here."""
    try:
        code = cli.main(args=args, prog_name="evalharness", standalone_mode=False, obj=Settings())
    except UserError as error:
        from evalharness.cli.errors import print_problems  # noqa: PLC0415 - rich, on errors only

        print_problems(error.problems, as_json=_wants_json(args))
        _traceback_for_developers(args)
        return error.exit_code
    except EvalharnessError as error:
        click.echo(f"error: {error}", err=True)
        _traceback_for_developers(args)
        return 3
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has what it wanted; flushing at exit must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _wants_json(args: list[str]) -> bool:
    return "--json" in args or "json" in (
        after for flag, after in itertools.pairwise(args) if flag in ("-f", "--format")
    )


def _traceback_for_developers(args: list[str]) -> None:
    if os.environ.get(DEBUG) or "-vv" in args:
        sys.excepthook(*sys.exc_info())

"""`evalharness serve --local`: the embedded Realtime server, standing alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from evalharness.cli.options import Command
from evalharness.cli.output import Output
from evalharness.dataset.load import load_dataset
from evalharness.errors import UserError
from evalharness.server.serve import run_server

DEFAULT_LISTEN = "127.0.0.1:8766"
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


@click.command(cls=Command)
@click.option("--local", is_flag=True, help="The embedded server: it hears, decides and speaks.")
@click.option("--listen", default=DEFAULT_LISTEN, show_default=True, metavar="HOST:PORT")
@click.option(
    "--dataset",
    type=click.Path(path_type=Path),
    help="Scenarios for the scripted engine to answer from.",
)
@click.option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The server's own log of its sessions, JSON lines with monotonic times.",
)
@click.option("--exit-with-parent", is_flag=True, hidden=True)
@click.pass_context
def serve(
    ctx: click.Context,
    *,
    local: bool,
    listen: str,
    dataset: Path | None,
    log: Path | None,
    exit_with_parent: bool,
) -> None:
    """Serve the Realtime protocol on this machine, without a key.

    Example: evalharness serve --local --listen 127.0.0.1:8766
    """
    if not local:
        raise click.UsageError("say what to serve: --local is the embedded server")
    output = Output(ctx.obj)
    host, port = _address(listen)

    def ready(url: str) -> None:
        if output.format == "json":
            sys.stdout.write(json.dumps({"url": url}) + "\n")
            sys.stdout.flush()
        else:
            output.note(f"Listening on {url}. Any key will do. Ctrl-C ends it.")

    loaded = load_dataset(dataset).dataset if dataset is not None else None
    run_server(host, port, loaded, ready, log=log, exit_with_parent=exit_with_parent)


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise UserError(
            "EH501", f"{listen} is not an address", hint=f"HOST:PORT, such as {DEFAULT_LISTEN}"
        )
    if host not in LOOPBACK:
        raise UserError(
            "EH502",
            f"the embedded server listens on loopback only, not on {host}",
            hint=f"--listen {DEFAULT_LISTEN}",
        )
    return host.strip("[]"), int(port)

"""What was asked of a session, and what its server made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalharness.realtime.config_diff import FieldDiff, diff_session
from evalharness.recording.config_history import ConfigChange
from evalharness.report.figures import setting

NOT_APPLIED = ("coerced", "ignored", "refused")
SECOND = 1e9


def changes_of(change: ConfigChange) -> Sequence[FieldDiff]:
    """Leaf by leaf, what was asked for first."""
    return diff_session(change.requested or {}, change.effective)


def not_applied(configs: Sequence[ConfigChange]) -> Iterator[str]:
    """A line for each setting that was asked for and not taken as it was."""
    for change in configs:
        for diff in changes_of(change) if change.requested is not None else ():
            if diff.outcome in NOT_APPLIED:
                got = f", got {setting(diff.effective)}" if diff.outcome == "coerced" else ""
                yield f"{diff.path} {diff.outcome}: asked for {setting(diff.requested)}{got}"


def print_configs(console: Console, configs: Sequence[ConfigChange]) -> None:
    """Every configuration of a session in its order, with each setting's outcome."""
    for change in configs:
        if change.requested is None:
            title = f"{change.at_ns / SECOND:.3f} s  what the server began with"
        else:
            title = f"{change.at_ns / SECOND:.3f} s  session.update"
        console.print(Text(title, style="bold"))
        if change.error is not None:
            console.print(Text(f"refused: {change.error.get('message')}", style="red"))
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("setting", no_wrap=True)
        for name in ("asked", "got", ""):
            table.add_column(name, overflow="fold")
        for diff in changes_of(change):
            asked = "" if diff.outcome == "defaulted" else setting(diff.requested)
            got = "" if diff.outcome in ("ignored", "refused") else setting(diff.effective)
            table.add_row(Text(diff.path), Text(asked), Text(got), diff.outcome)
        console.print(table)

"""`evalharness show FOLDER|FILE`: a dataset or variants as they would be used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evalharness.cli.output import Result, plain
from evalharness.dataset.dataset import Dataset
from evalharness.dataset.files import MANIFEST
from evalharness.dataset.load import load_dataset
from evalharness.dataset.models import Expect, Turn
from evalharness.dataset.write import to_yaml
from evalharness.experiment.variant import Variant, load_variants


def files(path: Path) -> Result:
    """What the files at `path` say. Raises InvalidInput with every problem in them."""
    if path.is_dir() or path.name == MANIFEST:
        return _dataset(load_dataset(path).dataset)
    return _variants(load_variants(path).variants)


def _dataset(dataset: Dataset) -> Result:
    scripts = [scenario.script for scenario in dataset.scenarios]
    turns = sum(len(script.turns) for script in scripts)
    data: dict[str, Any] = {
        "name": dataset.name,
        "content_sha256": dataset.content_sha256,
        "scenarios": [script.model_dump(mode="json") for script in scripts],
    }

    def table(console: Console) -> None:
        console.print(
            f"[bold]{dataset.name}@{dataset.content_sha256[:4]}[/bold]  {len(scripts)} scenarios, "
            f"{turns} turns, {len(dataset.audio)} clips, tools: "
            + (", ".join(str(tool.get("name")) for tool in dataset.manifest.tools) or "none")
        )
        drawn = Table(box=None, pad_edge=False, header_style="bold")
        drawn.add_column("scenario", no_wrap=True)
        drawn.add_column("said", overflow="fold", ratio=3)
        drawn.add_column("expected", overflow="fold", ratio=2)
        for script in scripts:
            for index, turn in enumerate(script.turns):
                drawn.add_row("" if index else script.id, _said(turn), _expected(turn.expect))
        console.print(drawn)

    return Result("dataset/1", data, table, data["scenarios"])


def _said(turn: Turn) -> str:
    if turn.say is not None:
        return turn.say.text or f"({turn.say.audio})"
    if turn.silence is not None:
        return f"(silence, {turn.silence.ms} ms)"
    return f"(text) {turn.text}"


def _expected(expect: Expect) -> str:
    parts: list[str] = []
    if expect.calls is not None:
        sets = [expect.calls.expected, *(one.expected for one in expect.calls.any_of)]
        parts += [" or ".join(", ".join(call.name for call in calls) for calls in sets if calls)]
    if expect.no_calls:
        parts.append("no call")
    if expect.reply is not None:
        parts.append("a reply")
    if expect.response is False:
        parts.append("no answer")
    return "; ".join(part for part in parts if part)


def _variants(variants: Sequence[Variant]) -> Result:
    configs: list[Any] = [plain(variant.config) for variant in variants]

    def table(console: Console) -> None:
        for variant, config in zip(variants, configs, strict=True):
            console.print(f"[bold]{variant.name}[/bold]  {variant.content_sha256[:8]}")
            console.print(to_yaml(config), markup=False)

    return Result("variants/1", configs, table, configs)

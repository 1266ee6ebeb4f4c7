"""Scenarios and repeats become trials; a dataset and a variant become one `session.update`."""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalharness.dataset.dataset import Dataset, Scenario
from evalharness.dataset.models import Manifest
from evalharness.errors import NotFound
from evalharness.experiment.codes import VariantFault
from evalharness.experiment.target import TEMPLATE, environment_secret
from evalharness.experiment.variant import Variant
from evalharness.realtime.problems import nearest

EMPTY_SELECTION = f"EH{200 + VariantFault.EMPTY_SELECTION}"


@dataclass(frozen=True, slots=True)
class Trial:
    """One scenario, for the `repeat`-th time (from 0)."""

    scenario_key: str
    repeat: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which scenarios take part: with one of `ids` and of `tags` (where given), none of
    `not_tags`, and of those the first `limit`."""

    ids: Collection[str] = ()
    tags: Collection[str] = ()
    not_tags: Collection[str] = ()
    limit: int | None = None


def plan(
    dataset: Dataset, repeats: int = 1, selection: Selection | None = None
) -> tuple[Trial, ...]:
    """The trials of one run: all scenarios once, then all of them again.

    So an early end leaves whole rounds, and repeats of one scenario lie apart in time. Raises
    NotFound for an id the dataset does not have, or when nothing is left.
    """
    if repeats < 1:
        raise ValueError("a run needs at least one repeat")
    chosen = select(dataset, selection or Selection())
    return tuple(Trial(scenario.key, repeat) for repeat in range(repeats) for scenario in chosen)


def select(dataset: Dataset, selection: Selection) -> Sequence[Scenario]:
    """The chosen scenarios in the dataset's order. Raises NotFound."""
    keys = [scenario.key for scenario in dataset.scenarios]
    for wanted in selection.ids:
        if wanted not in keys:
            message = f"{dataset.name} has no scenario {wanted}"
            raise NotFound(EMPTY_SELECTION, message, hint=nearest(wanted, keys))
    chosen = [s for s in dataset.scenarios if _takes_part(s, selection)][: selection.limit]
    if not chosen:
        tags = sorted({tag for scenario in dataset.scenarios for tag in scenario.script.tags})
        hint = f"its tags are {', '.join(tags)}" if tags else "its scenarios have no tags"
        message = f"no scenario of {dataset.name} is left by this selection"
        raise NotFound(EMPTY_SELECTION, message, hint=hint)
    return chosen


def _takes_part(scenario: Scenario, selection: Selection) -> bool:
    tags = set(scenario.script.tags)
    return (
        (not selection.ids or scenario.key in selection.ids)
        and (not selection.tags or bool(tags & set(selection.tags)))
        and not tags & set(selection.not_tags)
    )


def trial_seed(run_seed: int, trial: Trial) -> int:
    """A seed (0 to 2**63 - 1) for one trial.

    The variant has no part in it: variants meet the same chance, so that their difference is
    their own.
    """
    text = f"{run_seed}\0{trial.scenario_key}\0{trial.repeat}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def session_update(manifest: Manifest, variant: Variant) -> dict[str, Any]:
    """The `session` of the session.update a trial begins with: the variant's, verbatim, and the
    dataset's tools unless the variant speaks of tools itself."""
    session: dict[str, Any] = {"type": "realtime", **copy.deepcopy(dict(variant.session))}
    if session["type"] == "realtime" and "tools" not in session and manifest.tools:
        session["tools"] = copy.deepcopy(list(manifest.tools))
    return session


@dataclass(frozen=True, slots=True)
class SecretSession:
    """A session with its MCP tools' secrets filled in. `secrets` must never be stored."""

    session: Mapping[str, Any] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def with_secrets(
    session: Mapping[str, Any], environ: Mapping[str, str] = os.environ
) -> SecretSession:
    """Fill the `${VARIABLE}` templates in `authorization` and `headers` of MCP tools, and name
    every secret there, also those that stood in the file. Raises UnfitEnvironment."""
    filled: dict[str, Any] = copy.deepcopy(dict(session))
    secrets: list[str] = []

    def fill(text: Any, who: str) -> Any:
        if not isinstance(text, str):
            return text
        secrets.extend(environment_secret(name, environ, who) for name in TEMPLATE.findall(text))
        whole = TEMPLATE.sub(lambda found: environ[found.group(1)].strip(), text)
        secrets.append(whole)
        return whole

    for tool in filled.get("tools") or ():
        if isinstance(tool, dict) and tool.get("type") == "mcp":
            who = f"the MCP tool {tool.get('server_label')}"
            if "authorization" in tool:
                tool["authorization"] = fill(tool["authorization"], who)
            for name, text in (tool.get("headers") or {}).items():
                tool["headers"][name] = fill(text, who)
    return SecretSession(filled, tuple(dict.fromkeys(secrets)))

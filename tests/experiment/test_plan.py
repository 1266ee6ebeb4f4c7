"""Which trials a run has, and how each of them begins."""

from __future__ import annotations

from typing import Any

import pytest

from evalharness.dataset.dataset import Dataset
from evalharness.errors import NotFound, UnfitEnvironment
from evalharness.experiment.plan import (
    Selection,
    Trial,
    plan,
    session_update,
    trial_seed,
    with_secrets,
)
from evalharness.experiment.variant import Variant, load_variants


def keys(dataset: Dataset, **selection: Any) -> list[str]:
    return [trial.scenario_key for trial in plan(dataset, selection=Selection(**selection))]


def test_rounds_follow_each_other(dataset: Dataset) -> None:
    trials = plan(dataset, 2)
    assert trials == tuple(Trial(key, repeat) for repeat in (0, 1) for key in "abcd")


def test_selections(dataset: Dataset) -> None:
    assert keys(dataset, ids=["c", "a"]) == ["a", "c"]
    assert keys(dataset, tags=["x"]) == ["a", "b"]
    assert keys(dataset, tags=["x", "y"], not_tags=["x"]) == ["c"]
    assert keys(dataset, not_tags=["x"]) == ["c", "d"]
    assert keys(dataset, limit=2) == ["a", "b"]
    assert keys(dataset, tags=["y"], limit=1) == ["b"]


def test_a_selection_of_nothing_is_said(dataset: Dataset) -> None:
    with pytest.raises(NotFound, match="no scenario aa"):
        keys(dataset, ids=["aa"])
    with pytest.raises(NotFound) as refused:
        keys(dataset, tags=["z"])
    assert (refused.value.code, refused.value.hint) == ("EH230", "its tags are x, y")
    assert refused.value.exit_code == 4
    with pytest.raises(ValueError, match="at least one"):
        plan(dataset, 0)


def test_seeds_are_stable_and_differ_by_trial() -> None:
    assert trial_seed(1, Trial("a", 0)) == trial_seed(1, Trial("a", 0))
    seeds = {
        trial_seed(s, Trial(k, r)) for s in range(4) for k in ("a", "b1", "b") for r in range(4)
    }
    assert len(seeds) == 48
    assert all(0 <= seed < 2**63 for seed in seeds)
    # A seed that moved would change every stored run's faults.
    assert trial_seed(0, Trial("order-01", 0)) == 3438738462455675224


def variant(write: Any, session: str) -> Variant:
    return load_variants(write("v.yaml", f"format: 1\nsession: {session}\n")).variants[0]


def test_the_datasets_tools_are_offered_unless_the_variant_speaks_of_tools(
    dataset: Dataset, write: Any
) -> None:
    tools = list(dataset.manifest.tools)
    sent = session_update(dataset.manifest, variant(write, "{instructions: hi}"))
    assert sent == {"type": "realtime", "instructions": "hi", "tools": tools}
    own = variant(write, "{type: realtime, tools: []}")
    assert session_update(dataset.manifest, own) == {"type": "realtime", "tools": []}


def test_a_transcription_session_takes_no_tools(dataset: Dataset, write: Any) -> None:
    sent = session_update(dataset.manifest, variant(write, "{type: transcription}"))
    assert sent == {"type": "transcription"}


def test_changing_what_is_sent_changes_neither_dataset_nor_variant(
    dataset: Dataset, write: Any
) -> None:
    written = variant(write, "{audio: {output: {voice: marin}}}")
    sent = session_update(dataset.manifest, written)
    sent["audio"]["output"]["voice"] = "cedar"
    sent["tools"][0]["name"] = "other"
    assert written.session["audio"]["output"]["voice"] == "marin"
    assert dataset.manifest.tools[0]["name"] == "get_order"


def test_secrets_of_mcp_tools_come_from_the_environment_and_are_named() -> None:
    session = {
        "tools": [
            {"type": "function", "name": "x"},
            {
                "type": "mcp",
                "server_label": "docs",
                "authorization": "${DOCS}",
                "headers": {"X-Key": "k ${OTHER}", "X-Plain": "plain"},
            },
        ]
    }
    filled = with_secrets(session, {"DOCS": "tok", "OTHER": "o"})
    tool = filled.session["tools"][1]
    assert (tool["authorization"], tool["headers"]["X-Key"]) == ("tok", "k o")
    assert filled.secrets == ("tok", "o", "k o", "plain")
    assert "tok" not in repr(filled)
    with pytest.raises(UnfitEnvironment, match=r"MCP tool docs .* DOCS"):
        with_secrets(session, {})

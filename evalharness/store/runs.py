"""Datasets, variants, runs and trials: what was asked for, and how far it got."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from evalharness.dataset.dataset import Dataset, Scenario
from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.scoring.score import Score
from evalharness.store import schema
from evalharness.store.rows import RunRow, TrialRow

SHORTEST_ID = 4


def save_dataset(connection: Connection, dataset: Dataset) -> int:
    """The dataset's id; one of the same content is stored once."""
    table = schema.dataset
    known = select(table.c.id).where(table.c.content_sha256 == dataset.content_sha256)
    found = connection.execute(known).scalar()
    if found is not None:
        return int(found)
    row = {
        "name": dataset.name,
        "content_sha256": dataset.content_sha256,
        "manifest": dataset.manifest.model_dump(mode="json"),
        "created_at": datetime.now(UTC),
    }
    dataset_id = _inserted(connection, table, row)
    rows = [_scenario_row(dataset_id, scenario) for scenario in dataset.scenarios]
    if rows:
        connection.execute(insert(schema.scenario), rows)
    return dataset_id


def _scenario_row(dataset_id: int, scenario: Scenario) -> dict[str, Any]:
    return {
        "dataset_id": dataset_id,
        "key": scenario.key,
        "position": scenario.position,
        "content_sha256": scenario.content_sha256,
        "script": scenario.script.model_dump(mode="json"),
    }


def _inserted(connection: Connection, table: Any, row: Mapping[str, Any]) -> int:
    result = connection.execute(insert(table), row)
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def save_variant(
    connection: Connection, name: str, config: Mapping[str, Any], content_sha256: str
) -> int:
    """The variant's id; `config` holds no secrets. One of the same content is stored once."""
    table = schema.variant
    known = select(table.c.id).where(table.c.content_sha256 == content_sha256)
    found = connection.execute(known).scalar()
    if found is not None:
        return int(found)
    row = {"name": name, "content_sha256": content_sha256, "config": dict(config)}
    return _inserted(connection, table, row)


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run is made of. `trials` are pairs of scenario key and repeat."""

    dataset_id: int
    variant_id: int
    trials: Sequence[tuple[str, int]]
    label: str | None
    repeats: int
    seed: int
    options: Mapping[str, Any]
    provenance: Mapping[str, Any]


def create_run(connection: Connection, new: NewRun) -> str:
    """A run with its trials planned; its id."""
    table = schema.run
    number = (connection.execute(select(func.max(table.c.number))).scalar() or 0) + 1
    now = datetime.now(UTC)
    run_id = _free_id(connection, f"{number} {now.isoformat()} {new.dataset_id} {new.variant_id}")
    row = {
        "id": run_id,
        "number": number,
        "dataset_id": new.dataset_id,
        "variant_id": new.variant_id,
        "label": new.label,
        "state": "running",
        "repeats": new.repeats,
        "seed": new.seed,
        "options": dict(new.options),
        "provenance": dict(new.provenance),
        "created_at": now,
    }
    connection.execute(insert(table), row)
    scenarios = _scenario_ids(connection, new.dataset_id)
    trials = [
        {
            "run_id": run_id,
            "scenario_id": scenarios[key],
            "repeat": repeat,
            "state": "planned",
            "attempts": 0,
        }
        for key, repeat in new.trials
    ]
    if trials:
        connection.execute(insert(schema.trial), trials)
    return run_id


def _free_id(connection: Connection, seed: str) -> str:
    """r- and the first digits of a hash; more of them where four are taken."""
    digits = hashlib.sha256(seed.encode()).hexdigest()
    table = schema.run
    for length in range(SHORTEST_ID, 15):
        candidate = f"r-{digits[:length]}"
        taken = select(table.c.id).where(table.c.id == candidate)
        if connection.execute(taken).scalar() is None:
            return candidate
    raise AssertionError("two runs with one hash")


def _scenario_ids(connection: Connection, dataset_id: int) -> dict[str, int]:
    table = schema.scenario
    query = select(table.c.key, table.c.id).where(table.c.dataset_id == dataset_id)
    return {row.key: row.id for row in connection.execute(query)}


def set_run_state(connection: Connection, run_id: str, state: str) -> None:
    finished = datetime.now(UTC) if state != "running" else None
    table = schema.run
    connection.execute(
        update(table).where(table.c.id == run_id).values(state=state, finished_at=finished)
    )


def start_trial(connection: Connection, trial_id: int, owner: str) -> None:
    table = schema.trial
    connection.execute(
        update(table).where(table.c.id == trial_id).values(state="running", owner=owner, error=None)
    )


@dataclass(frozen=True, slots=True)
class TrialEnding:
    """How a trial ended. `recording_key` is None when no connection was made; `spec_sha256` is
    None when nothing was scored; `error` says why the trial counts against nobody, or failed."""

    state: str
    attempts: int
    recording_key: str | None = None
    error: Mapping[str, Any] | None = None
    spec_sha256: str | None = None
    scores: Sequence[Score] = ()


def finish_trial(connection: Connection, trial_id: int, ending: TrialEnding) -> None:
    """Write the final state, and which recording is the one that counts."""
    recording, table = schema.recording, schema.trial
    recording_id = None
    if ending.recording_key is not None:
        mine = recording.c.key == ending.recording_key
        recording_id = connection.execute(select(recording.c.id).where(mine)).scalar()
    connection.execute(
        update(table)
        .where(table.c.id == trial_id)
        .values(
            state=ending.state,
            attempts=table.c.attempts + ending.attempts,
            recording_id=recording_id,
            error=None if ending.error is None else dict(ending.error),
            owner=None,
        )
    )


def _runs() -> Select[Any]:
    return (
        select(
            schema.run,
            schema.dataset.c.name.label("dataset_name"),
            schema.dataset.c.content_sha256.label("dataset_sha256"),
            schema.variant.c.name.label("variant"),
            schema.variant.c.content_sha256.label("variant_sha256"),
            schema.variant.c.config,
        )
        .join(schema.dataset, schema.run.c.dataset_id == schema.dataset.c.id)
        .join(schema.variant, schema.run.c.variant_id == schema.variant.c.id)
    )


def _run(row: Row[Any]) -> RunRow:
    return RunRow(
        id=row.id,
        number=row.number,
        dataset_id=row.dataset_id,
        dataset_name=row.dataset_name,
        dataset_sha256=row.dataset_sha256,
        variant_id=row.variant_id,
        variant=row.variant,
        variant_sha256=row.variant_sha256,
        config=row.config,
        label=row.label,
        state=row.state,
        repeats=row.repeats,
        seed=row.seed,
        options=row.options,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def list_runs(connection: Connection) -> list[RunRow]:
    """Newest first."""
    return [_run(row) for row in connection.execute(_runs().order_by(schema.run.c.number.desc()))]


def list_trials(connection: Connection, run_id: str) -> list[TrialRow]:
    """In the order of the dataset, then of repeats."""
    table = schema.trial
    query = (
        select(
            table,
            schema.scenario.c.key,
            schema.scenario.c.content_sha256,
            schema.recording.c.key.label("recording_key"),
        )
        .join(schema.scenario, table.c.scenario_id == schema.scenario.c.id)
        .outerjoin(schema.recording, table.c.recording_id == schema.recording.c.id)
        .where(table.c.run_id == run_id)
        .order_by(table.c.repeat, schema.scenario.c.position)
    )
    return [
        TrialRow(
            id=row.id,
            run_id=row.run_id,
            scenario=row.key,
            scenario_sha256=row.content_sha256,
            repeat=row.repeat,
            state=row.state,
            attempts=row.attempts,
            recording_key=row.recording_key,
            error=row.error,
        )
        for row in connection.execute(query)
    ]


def load_manifest(connection: Connection, dataset_id: int) -> Manifest:
    table = schema.dataset
    query = select(table.c.manifest).where(table.c.id == dataset_id)
    return Manifest.model_validate(connection.execute(query).scalar_one())


def load_scripts(connection: Connection, dataset_id: int) -> dict[str, ScenarioScript]:
    """Every scenario of a dataset by its key."""
    table = schema.scenario
    query = select(table.c.key, table.c.script).where(table.c.dataset_id == dataset_id)
    return {key: ScenarioScript.model_validate(script) for key, script in connection.execute(query)}

"""What there is besides runs: datasets, variants and recordings, newest first."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from evalharness.store import schema
from evalharness.store.rows import DatasetRow, RecordingRow, VariantRow


def list_datasets(connection: Connection) -> list[DatasetRow]:
    table = schema.dataset
    scenarios = select(func.count()).where(schema.scenario.c.dataset_id == table.c.id)
    runs = select(func.count()).where(schema.run.c.dataset_id == table.c.id)
    query = select(
        table, scenarios.scalar_subquery().label("scenarios"), runs.scalar_subquery().label("runs")
    ).order_by(table.c.id.desc())
    return [
        DatasetRow(row.id, row.name, row.content_sha256, row.scenarios, row.runs, row.created_at)
        for row in connection.execute(query)
    ]


def list_variants(connection: Connection) -> list[VariantRow]:
    table = schema.variant
    runs = select(func.count()).where(schema.run.c.variant_id == table.c.id)
    query = select(table, runs.scalar_subquery().label("runs")).order_by(table.c.id.desc())
    return [
        VariantRow(row.id, row.name, row.content_sha256, row.config, row.runs)
        for row in connection.execute(query)
    ]


def list_recordings(connection: Connection) -> list[RecordingRow]:
    """One that was cut off by a crash is shown as unfinished."""
    table, trial, scenario = schema.recording, schema.trial, schema.scenario
    frames = select(func.count()).where(schema.frame.c.recording_id == table.c.id)
    query = (
        select(
            table,
            trial.c.run_id,
            scenario.c.key.label("scenario"),
            frames.scalar_subquery().label("frames"),
        )
        .outerjoin(trial, table.c.trial_id == trial.c.id)
        .outerjoin(scenario, trial.c.scenario_id == scenario.c.id)
        .order_by(table.c.id.desc())
    )
    return [
        RecordingRow(
            key=row.key,
            origin=row.origin,
            run_id=row.run_id,
            scenario=row.scenario,
            model=row.model,
            started_at=row.started_at,
            duration_ns=row.duration_ns,
            state="unfinished" if row.state == "open" else row.state,
            frames=row.frames,
            close=row.close,
            health=row.health,
        )
        for row in connection.execute(query)
    ]

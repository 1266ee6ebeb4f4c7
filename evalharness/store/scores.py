"""Scores in and out. They are derived: a trial's are replaced whenever it is scored again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from evalharness.scoring.score import Score
from evalharness.store import schema


def save_spec(connection: Connection, sha256: str, spec: Mapping[str, Any]) -> None:
    """Store a scoring spec once."""
    table = schema.scoring_spec
    known = connection.execute(select(table.c.sha256).where(table.c.sha256 == sha256)).scalar()
    if known is None:
        connection.execute(insert(table), {"sha256": sha256, "spec": dict(spec)})


def save_scores(
    connection: Connection,
    trial_id: int,
    recording_key: str | None,
    spec_sha256: str,
    scores: Sequence[Score],
) -> None:
    """Replace the trial's scores."""
    recording = schema.recording
    found = select(recording.c.id).where(recording.c.key == recording_key)
    recording_id = connection.execute(found).scalar() if recording_key else None
    table = schema.score
    connection.execute(delete(table).where(table.c.trial_id == trial_id))
    rows = [
        {
            "trial_id": trial_id,
            "recording_id": recording_id,
            "turn": score.turn,
            "scorer": score.scorer,
            "metric": score.metric,
            "numerator": score.numerator,
            "denominator": score.denominator,
            "value": score.value,
            "detail": dict(score.detail),
            "spec_sha256": spec_sha256,
        }
        for score in scores
    ]
    if rows:
        connection.execute(insert(table), rows)


def load_scores(connection: Connection, run_id: str) -> dict[int, list[Score]]:
    """A run's scores by trial id, in the order they were made."""
    table, trial = schema.score, schema.trial
    query = (
        select(table)
        .join(trial, table.c.trial_id == trial.c.id)
        .where(trial.c.run_id == run_id)
        .order_by(table.c.id)
    )
    scores: dict[int, list[Score]] = {}
    for row in connection.execute(query):
        score = Score(
            turn=row.turn,
            scorer=row.scorer,
            metric=row.metric,
            numerator=row.numerator,
            denominator=row.denominator,
            value=row.value,
            detail=row.detail,
        )
        scores.setdefault(row.trial_id, []).append(score)
    return scores


def spec_hashes(connection: Connection, run_id: str) -> set[str]:
    """The scoring specs a run's scores were made under: one, unless a rescore was cut off."""
    table, trial = schema.score, schema.trial
    query = (
        select(table.c.spec_sha256)
        .join(trial, table.c.trial_id == trial.c.id)
        .where(trial.c.run_id == run_id)
        .distinct()
    )
    return set(connection.execute(query).scalars())


def load_spec(connection: Connection, sha256: str) -> Mapping[str, Any]:
    table = schema.scoring_spec
    spec: Mapping[str, Any] = connection.execute(
        select(table.c.spec).where(table.c.sha256 == sha256)
    ).scalar_one()
    return spec

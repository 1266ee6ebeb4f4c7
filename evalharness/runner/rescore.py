"""Scores made again from the database alone: no audio files, no server."""

from __future__ import annotations

from dataclasses import dataclass

from evalharness.scoring.registry import score_recording
from evalharness.scoring.spec import scoring_spec
from evalharness.store.store import Store


@dataclass(frozen=True, slots=True)
class Rescored:
    """How many trials of a run were scored again, and how many came out differently."""

    run: str
    trials: int
    changed: int
    spec_sha256: str


def rescore_run(store: Store, reference: str) -> Rescored:
    """Score every recorded trial of a run under this version's spec. Raises NotFound."""
    run = store.run(reference)
    spec = scoring_spec(store.manifest(run.dataset_id))
    store.save_spec(spec.sha256, spec.to_json())
    scripts = store.scripts(run.dataset_id)
    before = store.scores(run.id)
    trials = [
        trial
        for trial in store.trials(run.id)
        if trial.state in ("scored", "failed") and trial.recording_key is not None
    ]
    changed = 0
    for trial in trials:
        assert trial.recording_key is not None
        recording = store.recording(trial.recording_key)
        scores = score_recording(scripts[trial.scenario], recording, spec)
        changed += scores != before.get(trial.id)
        store.save_scores(trial.id, trial.recording_key, spec.sha256, scores)
    return Rescored(run.id, len(trials), changed, spec.sha256)

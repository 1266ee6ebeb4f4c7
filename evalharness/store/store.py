"""The one object others hold: a database with its tables in place.

Synchronous; callers with an event loop use a thread. Every method is one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine

from evalharness.dataset.dataset import Dataset
from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.errors import EvalharnessError, NotFound
from evalharness.recording.recording import Recording
from evalharness.scoring.score import Score
from evalharness.store import listings, recordings, references, runs, scores
from evalharness.store.engine import MEMORY, open_engine, reading, writing
from evalharness.store.migrate import make_current
from evalharness.store.rows import DatasetRow, RecordingRow, RunRow, TrialRow, VariantRow


def open_store(place: str, *, must_exist: bool = False) -> Store:
    """Open the database at a path (or a SQLAlchemy URL), made on first use.

    Raises UnfitEnvironment for one of another version; with `must_exist`, NotFound where there
    is none.
    """
    if must_exist and "://" not in place and place != MEMORY and not Path(place).exists():
        raise NotFound(
            "EH300",
            f"there is no results database at {place}",
            hint="evalharness run DATASET makes one; --db names another",
        )
    engine = open_engine(place)
    try:
        make_current(engine)
    except EvalharnessError:
        engine.dispose()
        raise
    return Store(engine, place)


class Store:
    """Datasets, variants, runs, trials, recordings and scores."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    # What was asked for

    def save_dataset(self, dataset: Dataset) -> int:
        with writing(self.engine) as db:
            return runs.save_dataset(db, dataset)

    def save_variant(self, name: str, config: Mapping[str, Any], content_sha256: str) -> int:
        with writing(self.engine) as db:
            return runs.save_variant(db, name, config, content_sha256)

    def create_run(self, new: runs.NewRun) -> RunRow:
        with writing(self.engine) as db:
            run_id = runs.create_run(db, new)
            return references.resolve_run(db, run_id)

    def set_run_state(self, run_id: str, state: str) -> None:
        with writing(self.engine) as db:
            runs.set_run_state(db, run_id, state)

    def start_trial(self, trial_id: int, owner: str) -> None:
        with writing(self.engine) as db:
            runs.start_trial(db, trial_id, owner)

    def finish_trial(self, trial_id: int, ending: runs.TrialEnding) -> None:
        """The trial's state, its recording and its scores, together or not at all."""
        with writing(self.engine) as db:
            runs.finish_trial(db, trial_id, ending)
            if ending.spec_sha256 is not None:
                scores.save_scores(
                    db, trial_id, ending.recording_key, ending.spec_sha256, ending.scores
                )

    # Baselines

    def set_baseline(self, dataset_name: str, name: str, run_id: str) -> None:
        """From now on `@name` is this run; of another dataset's runs it may be another."""
        with writing(self.engine) as db:
            references.set_baseline(db, dataset_name, name, run_id)

    def baseline(self, dataset_name: str, name: str) -> RunRow | None:
        with reading(self.engine) as db:
            return references.find_baseline(db, dataset_name, name)

    # What there is

    def runs(self) -> list[RunRow]:
        with reading(self.engine) as db:
            return runs.list_runs(db)

    def run(self, reference: str) -> RunRow:
        with reading(self.engine) as db:
            return references.resolve_run(db, reference)

    def trial(self, reference: str) -> references.TrialReference:
        with reading(self.engine) as db:
            return references.resolve_trial(db, reference)

    def trials(self, run_id: str) -> list[TrialRow]:
        with reading(self.engine) as db:
            return runs.list_trials(db, run_id)

    def datasets(self) -> list[DatasetRow]:
        with reading(self.engine) as db:
            return listings.list_datasets(db)

    def variants(self) -> list[VariantRow]:
        with reading(self.engine) as db:
            return listings.list_variants(db)

    def recordings(self) -> list[RecordingRow]:
        with reading(self.engine) as db:
            return listings.list_recordings(db)

    def manifest(self, dataset_id: int) -> Manifest:
        with reading(self.engine) as db:
            return runs.load_manifest(db, dataset_id)

    def scripts(self, dataset_id: int) -> dict[str, ScenarioScript]:
        with reading(self.engine) as db:
            return runs.load_scripts(db, dataset_id)

    def recording(self, key: str) -> Recording:
        with reading(self.engine) as db:
            return recordings.load_recording(db, key)

    # Scores

    def save_spec(self, sha256: str, spec: Mapping[str, Any]) -> None:
        with writing(self.engine) as db:
            scores.save_spec(db, sha256, spec)

    def save_scores(
        self, trial_id: int, recording_key: str, spec_sha256: str, made: Sequence[Score]
    ) -> None:
        with writing(self.engine) as db:
            scores.save_scores(db, trial_id, recording_key, spec_sha256, made)

    def scores(self, run_id: str) -> dict[int, list[Score]]:
        with reading(self.engine) as db:
            return scores.load_scores(db, run_id)

    def spec_hashes(self, run_id: str) -> set[str]:
        with reading(self.engine) as db:
            return scores.spec_hashes(db, run_id)

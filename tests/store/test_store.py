"""The store's contract: what goes in comes out, in whole transactions."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

import pytest

from evalharness.errors import NotFound, StoreError
from evalharness.store.runs import TrialEnding
from evalharness.store.store import Store, open_store
from evalharness.store.writer import Writer
from tests.store import conversations
from tests.store.conversations import SPEC, new_run, record, small_dataset


class TestStore:
    def test_dataset_of_the_same_content_is_stored_once(self, store: Store) -> None:
        dataset = small_dataset()
        first = store.save_dataset(dataset)
        assert store.save_dataset(dataset) == first
        assert store.save_dataset(small_dataset(scenarios=["s0"])) != first
        assert [(row.name, row.scenarios) for row in store.datasets()] == [("desk", 1), ("desk", 2)]

    def test_dataset_comes_back_as_it_was(self, store: Store) -> None:
        dataset = small_dataset()
        dataset_id = store.save_dataset(dataset)
        assert store.manifest(dataset_id) == dataset.manifest
        assert store.scripts(dataset_id) == {one.key: one.script for one in dataset.scenarios}

    def test_dataset_and_run_of_nothing(self, store: Store) -> None:
        assert store.scripts(store.save_dataset(small_dataset(scenarios=[]))) == {}
        assert store.trials(new_run(store, repeats=0).id) == []

    def test_variant_of_the_same_content_is_stored_once(self, store: Store) -> None:
        first = store.save_variant("one", {"a": [1, None]}, "1" * 64)
        assert store.save_variant("one", {"a": [1, None]}, "1" * 64) == first
        assert [dict(row.config) for row in store.variants()] == [{"a": [1, None]}]

    def test_new_run_has_its_trials_planned(self, store: Store) -> None:
        run = new_run(store, repeats=2)
        assert run.id.startswith("r-")
        assert len(run.id) >= 6
        assert (run.state, run.label, run.seed, run.finished_at) == ("running", "try", 7, None)
        assert run.created_at.utcoffset() == timedelta(0)
        trials = store.trials(run.id)
        assert [(one.scenario, one.repeat) for one in trials] == [
            ("s0", 0),
            ("s1", 0),
            ("s0", 1),
            ("s1", 1),
        ]
        assert {one.state for one in trials} == {"planned"}

    def test_run_states(self, store: Store) -> None:
        run = new_run(store)
        store.set_run_state(run.id, "complete")
        done = store.run(run.id)
        assert done.state == "complete"
        assert done.finished_at is not None
        assert done.finished_at.tzinfo is UTC
        store.set_run_state(run.id, "running")
        assert store.run(run.id).finished_at is None

    def test_ids_of_runs_are_unique(self, store: Store) -> None:
        made = [new_run(store).id for _ in range(20)]
        assert len(set(made)) == 20
        assert [run.id for run in store.runs()] == made[::-1]

    def test_trial_from_start_to_end(self, store: Store, writer: Writer) -> None:
        trial = store.trials(new_run(store).id)[0]
        store.start_trial(trial.id, "me:1")
        assert store.trials(trial.run_id)[0].state == "running"
        record(writer, "rec-1", trial_id=trial.id)
        writer.flush()
        store.save_spec(SPEC, {"a": 1})
        made = conversations.scores()
        store.finish_trial(trial.id, TrialEnding("scored", 2, "rec-1", None, SPEC, made))
        ended = store.trials(trial.run_id)[0]
        assert (ended.state, ended.attempts, ended.recording_key) == ("scored", 2, "rec-1")
        assert store.scores(trial.run_id) == {trial.id: made}
        assert store.spec_hashes(trial.run_id) == {SPEC}

    def test_trial_that_failed_keeps_the_reason_until_it_is_tried_again(self, store: Store) -> None:
        trial = store.trials(new_run(store).id)[0]
        store.finish_trial(trial.id, TrialEnding("invalid", 1, error={"code": "1011"}))
        assert store.trials(trial.run_id)[0].error == {"code": "1011"}
        store.start_trial(trial.id, "me:2")
        assert store.trials(trial.run_id)[0].error is None
        store.finish_trial(trial.id, TrialEnding("scored", 1))
        assert store.trials(trial.run_id)[0].attempts == 2

    def test_trial_ends_whole_or_not_at_all(self, store: Store) -> None:
        trial = store.trials(new_run(store).id)[0]
        unsaved_spec = TrialEnding("scored", 1, None, None, SPEC, conversations.scores())
        with pytest.raises(StoreError, match="FOREIGN KEY"):
            store.finish_trial(trial.id, unsaved_spec)
        assert store.trials(trial.run_id)[0] == trial
        assert store.scores(trial.run_id) == {}

    def test_scores_of_a_trial_are_replaced(self, store: Store, writer: Writer) -> None:
        trial = store.trials(new_run(store).id)[0]
        record(writer, "rec-1", trial_id=trial.id)
        writer.flush()
        for spec in (SPEC, "6" * 64):
            store.save_spec(spec, {})
            store.save_spec(spec, {})
            store.save_scores(trial.id, "rec-1", spec, conversations.scores(right=spec == SPEC))
        assert store.scores(trial.run_id) == {trial.id: conversations.scores(right=False)}
        assert store.spec_hashes(trial.run_id) == {"6" * 64}

    def test_baseline_is_moved(self, store: Store) -> None:
        first, second = new_run(store), new_run(store)
        assert store.baseline("desk", "main") is None
        store.set_baseline("desk", "main", first.id)
        store.set_baseline("desk", "main", second.id)
        assert store.baseline("desk", "main") == second
        assert store.run("@main") == second
        assert store.baseline("other", "main") is None

    def test_recordings_are_listed(self, store: Store, writer: Writer) -> None:
        trial = store.trials(new_run(store).id)[0]
        record(writer, "rec-1", trial_id=trial.id, attempt=2)
        record(writer, "rec-2", close=False, parent_key="rec-1")
        writer.flush()
        cut_off, whole = store.recordings()
        assert (whole.key, whole.scenario, whole.run_id) == ("rec-1", "s0", trial.run_id)
        assert (whole.state, whole.duration_ns) == ("complete", 90_000_000)
        assert (whole.frames, whole.close) == (12, {"code": 1000})
        assert whole.started_at == conversations.STARTED
        assert (cut_off.state, cut_off.duration_ns, cut_off.run_id) == ("unfinished", None, None)

    def test_unknown_recording(self, store: Store) -> None:
        with pytest.raises(NotFound) as caught:
            store.recording("rec-0")
        assert caught.value.code == "EH310"


def test_opening_makes_folder_and_database(tmp_path: Path) -> None:
    place = tmp_path / "new" / "results.db"
    with open_store(str(place)) as store:
        new_run(store)
    with open_store(str(place), must_exist=True) as store:
        assert len(store.runs()) == 1


def test_database_that_must_exist(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        open_store(str(tmp_path / "none.db"), must_exist=True)
    assert caught.value.code == "EH300"
    assert not (tmp_path / "none.db").exists()


def test_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("remember the milk\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(str(path))

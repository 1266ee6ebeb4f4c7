"""What a person may write for a run or a trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from evalharness.errors import NotFound
from evalharness.store.engine import writing
from evalharness.store.store import Store
from tests.store.conftest import memory_store
from tests.store.conversations import new_run


@pytest.fixture(scope="module")
def four_runs(template: Path) -> Iterator[Store]:
    """Nobody writes to it."""
    with memory_store(template) as opened:
        renamed(opened, "r-7f3a", "r-7f3a1", "r-71c0", "r-8e55")
        yield opened


def renamed(store: Store, *ids: str) -> None:
    """Runs of known ids, oldest first, all of variant `one`."""
    for wanted in ids:
        made = new_run(store).id
        with writing(store.engine) as db:
            db.execute(text("PRAGMA defer_foreign_keys = ON"))
            names = {"new": wanted, "old": made}
            db.execute(text("UPDATE run SET id = :new WHERE id = :old"), names)
            db.execute(text("UPDATE trial SET run_id = :new WHERE run_id = :old"), names)


def refusal(store: Store, reference: str) -> NotFound:
    with pytest.raises(NotFound) as caught:
        store.run(reference)
    return caught.value


def test_no_runs_yet(store: Store) -> None:
    assert refusal(store, "latest").message == "there are no runs yet"


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        ("r-8e55", "r-8e55"),
        ("r-8e", "r-8e55"),
        ("r-71", "r-71c0"),
        ("r-7f3a", "r-7f3a"),
        ("r-7f3a1", "r-7f3a1"),
        ("latest", "r-8e55"),
        ("latest~0", "r-8e55"),
        ("latest~2", "r-7f3a1"),
        ("one", "r-8e55"),
    ],
)
def test_reference(four_runs: Store, reference: str, meant: str) -> None:
    assert four_runs.run(reference).id == meant


def test_beginning_of_several(four_runs: Store) -> None:
    refused = refusal(four_runs, "r-7")
    assert refused.code == "EH302"
    assert refused.message == "r-7 could be any of r-71c0 (one), r-7f3a1 (one), r-7f3a (one)"


@pytest.mark.parametrize("reference", ["", "r", "8e55", "latest~4", "latest~x", "@main", "onee"])
def test_reference_to_nothing(four_runs: Store, reference: str) -> None:
    assert refusal(four_runs, reference).exit_code == 4


def test_nearest_name_is_offered(four_runs: Store) -> None:
    assert refusal(four_runs, "onne").hint.startswith("did you mean one?")


def test_variant_whose_name_begins_an_id(store: Store) -> None:
    renamed(store, "r-8e55")
    named = new_run(store, "r-8")
    assert store.run("r-8").id == named.id


def test_trial(store: Store) -> None:
    run = new_run(store, repeats=2)
    assert store.trial(f"{run.id}/s1").trial.repeat == 0
    found = store.trial("latest/s1#1")
    assert (found.run.id, found.trial.scenario, found.trial.repeat) == (run.id, "s1", 1)


@pytest.mark.parametrize("rest", ["s7", "s1#9", ""])
def test_trial_that_is_not_there(store: Store, rest: str) -> None:
    new_run(store)
    with pytest.raises(NotFound) as caught:
        store.trial(f"latest/{rest}")
    assert caught.value.code == "EH304"

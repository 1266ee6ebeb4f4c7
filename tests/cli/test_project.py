"""What surrounds a command: the nearest evalharness.yaml, `.env`, datasets by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evalharness.cli.options import Settings
from evalharness.cli.project import find_dataset, find_project
from evalharness.errors import NotFound


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_without_a_config_all_is_in_the_working_directory() -> None:
    project = find_project(Settings())
    assert project.config.path is None
    assert project.db == ".evalharness/results.db"
    assert project.environ == os.environ


def test_results_stand_beside_the_config(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "evalharness.yaml").write_text("format: 1\n")
    deep = folder / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_project(Settings()).db == str(folder / ".evalharness" / "results.db")


def test_the_config_names_a_database_and_the_command_line_another(folder: Path) -> None:
    (folder / "evalharness.yaml").write_text("format: 1\ndb: mine.db\n")
    assert find_project(Settings()).db == "mine.db"
    assert find_project(Settings(db="yours.db")).db == "yours.db"


def test_dotenv_adds_and_never_overrides(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALHARNESS_TEST_SET", "from outside")
    (folder / ".env").write_text(
        "EVALHARNESS_TEST_SET=inside\nEVALHARNESS_TEST_KEY='k$HOME#1'\nEVALHARNESS_TEST_NONE=\n"
    )
    project = find_project(Settings())
    assert project.environ["EVALHARNESS_TEST_SET"] == "from outside"
    assert project.environ["EVALHARNESS_TEST_KEY"] == "k$HOME#1"
    assert "EVALHARNESS_TEST_NONE" not in project.environ
    assert project.dotenv == {"EVALHARNESS_TEST_KEY"}
    assert "EVALHARNESS_TEST_KEY" not in os.environ


def test_datasets_by_path_and_by_name(folder: Path) -> None:
    place = folder / "datasets" / "calls"
    place.mkdir(parents=True)
    (place / "dataset.yaml").write_text("format: 1\n")
    assert find_dataset(place) == place
    assert find_dataset(Path("calls")) == Path("datasets/calls")
    with pytest.raises(NotFound) as missing:
        find_dataset(Path("cals"))
    assert missing.value.problems[0].hint == "did you mean datasets/calls?"


@pytest.mark.usefixtures("folder")
def test_no_dataset_anywhere() -> None:
    with pytest.raises(NotFound) as missing:
        find_dataset(Path("calls"))
    assert "evalharness init" in missing.value.problems[0].hint

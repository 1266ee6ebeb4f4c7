"""The built wheel, installed where nothing else of ours is: it carries migrations and demo."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `evalharness` program of a new environment.

    Its dependencies are borrowed by path from the environment of the tests, so that nothing is
    fetched; a path in a .pth file does not bring that environment's own editable install along.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    purelib = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(purelib)
    (purelib / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def evalharness(python: Path, *arguments: str, at: Path) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "evalharness", *arguments]
    return subprocess.run(command, cwd=at, check=False, capture_output=True, text=True)


def test_wheel_carries_migrations_and_demo(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "evalharness/migrations/env.py" in names
    assert any(name.startswith("evalharness/migrations/versions/0001") for name in names)
    assert "evalharness/demo/front-desk/dataset.yaml" in names
    assert sum(name.endswith(".flac") for name in names) >= 70
    assert "evalharness/py.typed" in names
    assert "evalharness/scoring/prices.json" in names


def test_installed_package_runs_the_quick_start(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [installed, "-c", "import evalharness; print(evalharness.__file__)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    ).stdout
    assert str(ROOT) not in where

    made = evalharness(installed, "init", "demo", at=tmp_path)
    assert made.returncode == 0, made.stderr
    demo = tmp_path / "demo"
    run = evalharness(
        installed,
        *("run", "datasets/front-desk", "-i", "transfer-01", "-V", "baseline", "--json"),
        at=demo,
    )
    assert run.returncode == 0, run.stderr
    (row,) = json.loads(run.stdout)["data"]["runs"]
    assert row["scored"] == 1
    asked = evalharness(
        installed, "query", "--json", "select scenario, state from v_conversation", at=demo
    )
    assert json.loads(asked.stdout)["data"] == [{"scenario": "transfer-01", "state": "scored"}]

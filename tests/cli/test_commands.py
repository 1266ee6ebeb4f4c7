"""The command line as a person meets it: help, errors, formats, exit codes, gates."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from evalharness.cli.main import COMMANDS, run
from evalharness.store.store import open_store
from tests.runner.small_dataset import scenario, write_small_dataset


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two runs of a scripted server: one that makes mistakes, one that does not."""
    folder = tmp_path_factory.mktemp("cli")
    write_small_dataset(
        folder / "dataset",
        [scenario(index) for index in range(8)],
        {"good": {"local": {}}, "poor": {"local": {"wrong_argument_rate": 1.0}}},
    )
    database = folder / "results.db"
    arguments = ["--db", str(database), "run", str(folder / "dataset"), "-j", "8", "-q"]
    assert run([*arguments, "--json", "-o", str(folder / "out.json")]) == 0
    return database


class Printed(NamedTuple):
    out: str
    err: str


def invoke(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Printed]:
    code = run(list(arguments))
    return code, Printed(*capsys.readouterr())


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from evalharness.cli.main import run; run(['--help']);"
        "print([n for n in ('numpy','sqlalchemy','websockets','pydantic') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_an_example(capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, shown = invoke(capsys, name, "--help")
    assert code == 0
    if name not in ("dataset", "db"):
        assert "Example: " in shown.out


def test_mistyped_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = invoke(capsys, "comapre")
    assert code == 2
    assert "Did you mean compare?" in shown.err


def test_run_that_cannot_start(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "ds"
    broken.mkdir()
    (broken / "dataset.yaml").write_text("format: 1\nname: x\ntoools: []\n", encoding="utf-8")
    (broken / "scenarios.yaml").write_text("- id: a\n  turns: [{text: hi}]\n", encoding="utf-8")
    code, shown = invoke(capsys, "run", str(broken))
    assert code == 2
    assert shown.out == ""
    assert "dataset.yaml:3:1" in shown.err
    assert "did you mean tools" in shown.err
    assert "Traceback" not in shown.err


def test_json_errors_are_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = invoke(capsys, "--json", "--db", "/nowhere/results.db", "show", "latest")
    assert code == 4
    assert shown.out == ""
    error = json.loads(shown.err)["error"]
    assert error["code"] == "EH300"
    assert error["hint"]


def test_compare_table_and_json(capsys: pytest.CaptureFixture[str], results: Path) -> None:
    code, shown = invoke(capsys, "--db", str(results), "compare", "good", "poor")
    assert code == 0
    assert shown.out.startswith("B poor completes fewer conversations")
    assert "Baseline A good" in shown.out
    assert "local.wrong_argument_rate" in shown.out
    code, shown = invoke(capsys, "compare", "good", "poor", "--json", "--db", str(results))
    envelope = json.loads(shown.out)
    assert envelope["schema"] == "evalharness.compare/1"
    assert envelope["data"]["paired"] == 8
    words = {row["metric"]["name"]: row["cells"][1]["word"] for row in envelope["data"]["rows"]}
    assert words["task_success"] == "worse"
    assert words["wer"] == "no clear change"


def test_compare_as_csv_and_markdown(capsys: pytest.CaptureFixture[str], results: Path) -> None:
    database = str(results)
    _, shown = invoke(capsys, "--db", database, "compare", "good", "poor", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(shown.out)))
    success = [row for row in rows if row["metric"] == "task_success"]
    assert [row["value"] for row in success] == ["1.0", "0.0"]
    _, shown = invoke(capsys, "--db", database, "compare", "good", "poor", "-f", "markdown")
    assert shown.out.startswith("> [!WARNING]\n> B poor completes fewer conversations")


def test_gates(capsys: pytest.CaptureFixture[str], results: Path) -> None:
    base = ["--db", str(results), "compare"]
    code, shown = invoke(capsys, *base, "good", "poor", "--fail-on", "regression")
    assert code == 1
    assert "worse in Task success" in shown.err
    assert invoke(capsys, *base, "poor", "good", "--fail-on", "regression")[0] == 0
    assert invoke(capsys, *base, "good", "poor", "--fail-under", "task_success=90%")[0] == 1
    assert invoke(capsys, *base, "poor", "good", "--fail-under", "task_success=90%")[0] == 0
    code, shown = invoke(capsys, *base, "good", "poor", "--fail-under", "task_sucess=1")
    assert code == 2
    assert "did you mean task_success?" in shown.err


def test_show_a_run_a_trial_and_its_events(
    capsys: pytest.CaptureFixture[str], results: Path
) -> None:
    database = str(results)
    _, shown = invoke(capsys, "--db", database, "show", "poor", "--failed")
    assert shown.out.count("fail ") >= 8
    assert "get_order.order_id: expected 1000, got" in " ".join(shown.out.split())
    _, shown = invoke(capsys, "--db", database, "show", "good/s000")
    assert "get_order" in shown.out
    assert "match" in shown.out
    _, shown = invoke(capsys, "--db", database, "show", "good/s000", "--events", "--json")
    assert json.loads(shown.out)["schema"] == "evalharness.trial/1"
    _, shown = invoke(capsys, "--db", database, "show", "good/s000", "--events", "--raw")
    events = [json.loads(line) for line in shown.out.splitlines()]
    assert events[0]["type"] == "session.created"
    assert sum(event["type"] == "input_audio_buffer.append" for event in events) > 20
    code, shown = invoke(capsys, "--db", database, "show", "good/s00")
    assert code == 4
    assert "did you mean" in shown.err


def test_query_list_rescore_and_db(capsys: pytest.CaptureFixture[str], results: Path) -> None:
    database = str(results)
    sql = "select variant, sum(passed) passed from v_conversation group by 1 order by 1"
    _, shown = invoke(capsys, "--db", database, "query", sql, "--csv")
    assert shown.out == "variant,passed\ngood,8.0\npoor,0.0\n"
    named = "select count(*) n from v_turn where variant = :v"
    _, shown = invoke(capsys, "--db", database, "query", named, "-p", "v", "good", "--json")
    assert json.loads(shown.out)["data"] == [{"n": 8}]
    assert invoke(capsys, "--db", database, "query", "delete from run")[0] == 2
    _, shown = invoke(capsys, "--db", database, "list", "--json")
    assert {row["variant"] for row in json.loads(shown.out)["data"]} == {"good", "poor"}
    _, shown = invoke(capsys, "--db", database, "rescore", "good", "--json")
    assert json.loads(shown.out)["data"][0]["changed"] == 0
    _, shown = invoke(capsys, "--db", database, "db", "info")
    assert "2 runs" in shown.out


def test_two_specs_are_not_compared(
    capsys: pytest.CaptureFixture[str], results: Path, tmp_path: Path
) -> None:
    """Scores made by other rules are refused, and the message says how to make them alike."""
    copy = tmp_path / "copy.db"
    copy.write_bytes(results.read_bytes())
    with open_store(str(copy)) as store:
        run_row = store.run("poor")
        store.save_spec("0" * 64, {})
        for trial in store.trials(run_row.id):
            made = store.scores(run_row.id)[trial.id]
            assert trial.recording_key is not None
            store.save_scores(trial.id, trial.recording_key, "0" * 64, made)
    code, shown = invoke(capsys, "--db", str(copy), "compare", "good", "poor")
    assert code == 2
    assert "evalharness rescore" in shown.err
    assert invoke(capsys, "--db", str(copy), "rescore", "good", "poor")[0] == 0
    assert invoke(capsys, "--db", str(copy), "compare", "good", "poor")[0] == 0


def test_init_and_doctor(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert invoke(capsys, "init", str(folder))[0] == 0
    assert (folder / "datasets" / "front-desk" / "dataset.yaml").exists()
    code, shown = invoke(capsys, "init", str(folder))
    assert code == 2
    assert "exists already" in shown.err
    code, shown = invoke(capsys, "--db", str(tmp_path / "none.db"), "doctor", "--json")
    assert code == 0
    assert {one["state"] for one in json.loads(shown.out)["data"]} <= {"ok", "warn"}


def test_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("variant", "dataset", "scenarios", "config"):
        _, shown = invoke(capsys, "schema", name)
        assert json.loads(shown.out)["$schema"].startswith("http")
    _, shown = invoke(capsys, "schema", "results", "--json")
    assert {row["view"] for row in json.loads(shown.out)["data"]} >= {"v_run", "v_turn"}

"""Whole runs: what odd servers lead to, interruption and resumption, secrets, repeats."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from evalharness.dataset.dataset import Dataset
from evalharness.recording.recording import Recording
from evalharness.runner.comparison import CompareOptions, compare_runs
from evalharness.runner.options import RunOptions
from evalharness.runner.progress import Progress, TrialEnded
from evalharness.runner.rescore import rescore_run
from evalharness.runner.run import RunSummary, run_dataset
from evalharness.session import machine
from evalharness.store.rows import TrialRow
from evalharness.store.store import Store, open_store
from tests.runner import odd_server
from tests.runner.small_dataset import scenario, variants_of, write_small_dataset

ENVIRON: Mapping[str, str] = {}
QUICK = RunOptions(concurrency=4, retries=0)


def run_all(dataset: Dataset, store: Store, options: RunOptions = QUICK) -> RunSummary:
    heard: list[Progress] = []
    return asyncio.run(
        run_dataset(dataset, variants_of(dataset), options, store, heard.append, ENVIRON)
    )


async def run_against(
    behaviour: odd_server.Behaviour,
    folder: Path,
    store: Store,
    *,
    status: HTTPStatus | None = None,
    target: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = ENVIRON,
) -> tuple[TrialRow, list[Progress]]:
    """One trial against an odd server."""
    heard: list[Progress] = []
    async with odd_server.odd_server(behaviour, status=status) as url:
        place = {"url": url, **target} if target else url
        dataset = write_small_dataset(folder / "dataset", [scenario(0)], {"odd": {"target": place}})
        options = RunOptions(concurrency=1, retries=0, timeout_s=20)
        summary = await run_dataset(
            dataset, variants_of(dataset), options, store, heard.append, environ
        )
    return store.trials(summary.runs[0].run)[0], heard


def texts(recording: Recording) -> list[str]:
    return [recording.text(frame) for frame in recording.frames if frame.side == "server"]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with open_store(str(tmp_path / "results.db")) as opened:
        yield opened


def test_server_that_is_not_there(tmp_path: Path, store: Store) -> None:
    dataset = write_small_dataset(
        tmp_path / "dataset", [scenario(0)], {"gone": {"target": "ws://127.0.0.1:9/v1/realtime"}}
    )
    summary = run_all(dataset, store)
    trial = store.trials(summary.runs[0].run)[0]
    assert (trial.state, trial.recording_key) == ("invalid", None)
    assert trial.error is not None
    assert "cannot connect" in trial.error["message"]


def test_infrastructure_failures_are_tried_again(tmp_path: Path, store: Store) -> None:
    async def run() -> list[Progress]:
        heard: list[Progress] = []
        async with odd_server.odd_server(odd_server.closes_at_once) as url:
            dataset = write_small_dataset(
                tmp_path / "dataset", [scenario(0)], {"odd": {"target": url}}
            )
            options = RunOptions(concurrency=1, retries=1)
            await run_dataset(dataset, variants_of(dataset), options, store, heard.append, ENVIRON)
        return heard

    heard = asyncio.run(run())
    trial = store.trials(store.run("latest").id)[0]
    assert (trial.state, trial.attempts) == ("invalid", 2)
    ended = [one for one in heard if isinstance(one, TrialEnded)]
    assert [one.state for one in ended] == ["invalid"]
    assert "1011" in ended[0].reason
    # Both attempts were recorded, whatever little was said.
    assert [row.state for row in store.recordings()] == ["complete", "complete"]


def test_server_that_never_answers(tmp_path: Path, store: Store) -> None:
    trial, _ = asyncio.run(run_against(odd_server.never_answers, tmp_path, store))
    assert trial.state == "scored"
    scores = {one.metric: one for one in store.scores(trial.run_id)[trial.id]}
    assert scores["response_rate"].numerator == 0
    assert scores["task_success"].numerator == 0
    assert "no answer" in [one["what"] for one in scores["task_success"].detail["reasons"]]
    assert scores["v2v"].value is None
    assert scores["v2v"].detail["censored_ms"] == 3000


def test_server_that_talks_nonsense_is_recorded_to_the_byte(tmp_path: Path, store: Store) -> None:
    trial, _ = asyncio.run(run_against(odd_server.talks_nonsense, tmp_path, store))
    assert trial.state == "scored"
    assert trial.recording_key is not None
    recording = store.recording(trial.recording_key)
    said = texts(recording)
    assert "this is no JSON \u2603" in said
    assert "[1, 2]" in said
    assert max(map(len, said)) > 20_000_000
    assert [frame.binary for frame in recording.frames if frame.side == "server"].count(True) == 1
    problems = [mark.detail["what"] for mark in recording.marks if mark.kind == "problem"]
    assert any("no event" in one for one in problems)


def test_server_that_says_nothing_is_given_up(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "SESSION_TIMEOUT_NS", 500_000_000)

    async def run() -> TrialRow:
        trial, _ = await run_against(odd_server.says_nothing, tmp_path, store)
        return trial

    trial = asyncio.run(run())
    assert trial.state == "invalid"
    assert trial.error is not None
    assert "session.created" in trial.error["message"]


def test_refused_session_names_the_reason(tmp_path: Path, store: Store) -> None:
    trial, _ = asyncio.run(run_against(odd_server.refuses_the_session, tmp_path, store))
    assert trial.state == "invalid"
    assert trial.error is not None
    assert trial.error["message"] == "Unknown parameter: session.wings"


KEY = "sk-secret-0123456789abcdef"


def test_a_key_appears_nowhere(tmp_path: Path, store: Store) -> None:
    """Not in the database, though the server echoes it in a refusal and in an event."""

    async def echoes(connection: Any) -> None:
        sent = connection.request.headers["Authorization"]
        error = {"type": "server_error", "message": f"you sent {sent}"}
        await connection.send(json.dumps({"type": "error", "error": error}))
        await odd_server.never_answers(connection)

    target = {"key_env": "ODD_KEY", "headers": {"Authorization": "Bearer ${key}"}}
    trial, heard = asyncio.run(
        run_against(echoes, tmp_path, store, target=target, environ={"ODD_KEY": KEY})
    )
    assert trial.state == "scored"
    assert trial.recording_key is not None
    assert any(
        "you sent Bearer [redacted]" in text for text in texts(store.recording(trial.recording_key))
    )
    assert KEY not in repr(heard)
    store.engine.dispose()
    for path in tmp_path.glob("results.db*"):
        assert KEY.encode() not in path.read_bytes()


def test_refused_key_stops_the_run_and_is_not_shown(tmp_path: Path, store: Store) -> None:
    target = {"key_env": "ODD_KEY", "headers": {"Authorization": "Bearer ${key}"}}
    trial, heard = asyncio.run(
        run_against(
            odd_server.never_answers,
            tmp_path,
            store,
            status=HTTPStatus.UNAUTHORIZED,
            target=target,
            environ={"ODD_KEY": KEY},
        )
    )
    assert (trial.state, trial.recording_key) == ("invalid", None)
    assert trial.error is not None
    assert trial.error["status"] == 401
    assert KEY not in repr(heard)


def test_a_run_against_its_own_repeat_shows_no_difference(tmp_path: Path, store: Store) -> None:
    """And its scores come out the same from the database alone."""
    local = {"local": {"word_error_rate": 0.2, "first_audio_ms": 50}}
    dataset = write_small_dataset(
        tmp_path / "dataset", [scenario(index) for index in range(8)], {"one": local}
    )
    options = RunOptions(concurrency=8)
    first, second = run_all(dataset, store, options), run_all(dataset, store, options)
    refs = [first.runs[0].run, second.runs[0].run]
    result = compare_runs(store, refs, CompareOptions(resamples=500))
    assert result.paired == 8
    assert result.differences == []
    # What a server says is the same; how fast it does is this machine's business.
    said = [row for row in result.rows if row.metric.kind != "duration_ms"]
    assert {cell.word for row in said for cell in row.cells if cell.word} == {"no clear change"}
    assert "mishears" not in result.verdicts[0]
    before = store.scores(refs[0])
    assert rescore_run(store, refs[0]).changed == 0
    assert store.scores(refs[0]) == before


def test_killed_run_is_finished_by_resuming(tmp_path: Path) -> None:
    """SIGKILL in the middle; --resume runs what is missing and nothing twice."""
    dataset = write_small_dataset(
        tmp_path / "dataset",
        [scenario(index) for index in range(12)],
        {"one": {"local": {"first_audio_ms": 100}}},
    )
    database = tmp_path / "results.db"
    command = [sys.executable, "-m", "evalharness", "--db", str(database)]
    command += ["run", str(dataset.root), "-j", "2"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _wait_until_half_done(database, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with open_store(str(database)) as store:
        run = store.run("latest").id
        kept = {trial.id: trial for trial in store.trials(run) if trial.state == "scored"}
        assert 0 < len(kept) < 12
        assert "unfinished" in {row.state for row in store.recordings()}
    done = subprocess.run(
        [*command, "--resume", run, "--json"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["runs"][0]["scored"] == 12
    with open_store(str(database)) as store:
        after = {trial.id: trial for trial in store.trials(run)}
        assert {trial.state for trial in after.values()} == {"scored"}
        assert all(after[key] == trial for key, trial in kept.items())


def _wait_until_half_done(database: Path, process: subprocess.Popen[bytes]) -> None:
    """Poll until trials are scored and a session is open; the run has a minute to get there."""
    for _ in range(600):
        assert process.poll() is None, "the run ended before it could be killed"
        if database.exists():
            with open_store(str(database)) as store:
                trials = store.trials(store.runs()[0].id) if store.runs() else []
                open_now = any(row.state == "unfinished" for row in store.recordings())
            if open_now and sum(trial.state == "scored" for trial in trials) >= 2:
                return
        time.sleep(0.1)
    pytest.fail("no trial was scored within a minute")

"""The documented views: they say what their documentation says, of real scores."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from evalharness.recording.recorder import Recorder
from evalharness.recording.recording import Footer
from evalharness.scoring.registry import METRICS, score_recording
from evalharness.scoring.spec import scoring_spec
from evalharness.store.runs import TrialEnding
from evalharness.store.store import Store, open_store
from evalharness.store.views import VIEWS, View
from evalharness.store.writer import Writer
from tests.store.conversations import header, new_run, record, small_dataset

TYPES = {"text", "integer", "real", "json"}


@pytest.fixture(params=VIEWS, ids=lambda view: view.name)
def view(request: pytest.FixtureRequest) -> View:
    found: View = request.param
    return found


def select(place: str, sql: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(place)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def test_columns_are_the_documented_ones(place: str, view: View) -> None:
    with closing(sqlite3.connect(place)) as connection:
        cursor = connection.execute(f"SELECT * FROM {view.name}")
        assert cursor.fetchall() == []
    assert [column[0] for column in cursor.description] == [column.name for column in view.columns]


def test_every_column_has_a_type_and_a_meaning(view: View) -> None:
    assert view.doc
    for column in view.columns:
        assert column.type in TYPES, column.name
        assert column.doc, column.name


@pytest.fixture
def scored(place: str) -> Iterator[str]:
    """A database with one trial, spoken, recorded, and scored by the real scorers."""
    with open_store(place) as store, Writer(store.engine) as writer:
        trial = store.trials(new_run(store).id)[0]
        speak(writer, trial.id)
        writer.flush()
        finish(store, trial.id)
        yield place


def speak(writer: Writer, trial_id: int) -> None:
    """Order nine is asked for; the model hears it nearly right and looks up order eight."""
    recorder = Recorder(header("rec-1", trial_id=trial_id), writer)
    tool = {"type": "function", "name": "get", "parameters": {"type": "object"}}
    session = {"type": "realtime", "model": "gpt", "tools": [tool]}
    recorder.sent(json.dumps({"type": "session.update", "session": session}), 1)
    recorder.received(json.dumps({"type": "session.updated", "session": session}), 2)
    recorder.mark("turn_started", 10, 0, {"kind": "say"})
    call = {"type": "function_call", "id": "i2", "call_id": "c1", "name": "get"}
    call["arguments"] = '{"id": "8"}'
    heard = "conversation.item.input_audio_transcription.completed"
    committed = "input_audio_buffer.committed"
    done = {"id": "r1", "status": "completed", "output": [call]}
    for at_ns, event in enumerate(
        [
            {"type": committed, "item_id": "i1"},
            {"type": heard, "item_id": "i1", "transcript": "where is odor nine"},
            {"type": "response.created", "response": {"id": "r1"}},
            {"type": "response.done", "response": done},
        ],
        start=20,
    ):
        recorder.received(json.dumps(event), at_ns)
    recorder.mark("turn_ended", 30, 0, {"reason": "finished"})
    recorder.close(Footer(40))


def finish(store: Store, trial_id: int) -> None:
    dataset = small_dataset()
    spec = scoring_spec(dataset.manifest)
    made = score_recording(dataset.scenarios[0].script, store.recording("rec-1"), spec)
    store.save_spec(spec.sha256, spec.to_json())
    store.finish_trial(trial_id, TrialEnding("scored", 1, "rec-1", None, spec.sha256, made))


def test_v_run(scored: str) -> None:
    (row,) = select(scored, "SELECT * FROM v_run")
    assert (row["variant"], row["dataset"], row["trials"], row["scored"]) == ("one", "desk", 2, 1)
    assert json.loads(row["config"]) == {"name": "one"}


def test_v_conversation(scored: str) -> None:
    first, second = select(scored, "SELECT * FROM v_conversation ORDER BY scenario")
    assert (first["state"], first["passed"], first["recording"]) == ("scored", 0, "rec-1")
    assert (first["word_errors"], first["words"]) == (1, 4)
    assert (first["calls_right"], first["calls_expected"]) == (0, 1)
    assert json.loads(first["tags"]) == ["orders"]
    assert (second["state"], second["passed"], second["recording"]) == ("planned", None, None)


def test_v_turn(scored: str) -> None:
    (row,) = select(scored, "SELECT * FROM v_turn")
    assert (row["reference"], row["transcript"]) == ("where is order nine", "where is odor nine")
    assert (row["turn"], row["word_errors"], row["words"]) == (0, 1, 4)
    assert (row["calls_pass"], row["responded"], row["first_audio_ms"]) == (0, 1, None)


def test_v_tool_call(scored: str) -> None:
    (row,) = select(scored, "SELECT * FROM v_tool_call")
    assert (row["turn"], row["name"], row["verdict"]) == (0, "get", "wrong argument")
    assert json.loads(row["expected"]) == {"id": "9"}
    assert json.loads(row["actual"]) == {"id": "8"}


def test_v_metric(scored: str) -> None:
    rows = select(scored, "SELECT metric, turn, value FROM v_metric")
    assert {row["metric"] for row in rows} <= set(METRICS)
    assert [row["value"] for row in rows if row["metric"] == "wer"] == [0.25]


def test_v_config(scored: str) -> None:
    rows = select(scored, "SELECT * FROM v_config WHERE path = 'model'")
    (row,) = rows
    assert (row["recording"], row["scenario"], row["outcome"]) == ("rec-1", "s0", "applied")
    assert json.loads(row["requested"]) == "gpt"


def test_v_event_tells_what_its_rows_leave_out(place: str) -> None:
    with open_store(place) as store:
        with Writer(store.engine) as writer:
            record(writer, "rec-1", appends=1)
        wanted = store.recording("rec-1").frames
    rows = select(place, "SELECT * FROM v_event ORDER BY seq")
    assert [(row["side"], row["type"], row["item"], row["response"]) for row in rows] == [
        (frame.side, frame.type, frame.item_id, frame.response_id) for frame in wanted
    ]
    assert [row["payload"] for row in rows] == [frame.payload for frame in wanted]
    assert [row["audio_bytes"] for row in rows if row["audio_bytes"]] == [960, 4, 4]
    append = next(row for row in rows if row["type"] == "input_audio_buffer.append")
    assert append["at_ms"] == pytest.approx(20.0003)
    assert append["late_ms"] == pytest.approx(0.0003)

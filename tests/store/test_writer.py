"""Recordings written by the thread: exact, durable, and honest about what was lost."""

from __future__ import annotations

import base64
import itertools
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from evalharness.errors import StoreError
from evalharness.recording.frame import INPUT_TRACK, AudioRef, Frame, Mark
from evalharness.recording.recorder import MemorySink, Recorder
from evalharness.recording.recording import Footer, Recording
from evalharness.store import writer as writer_module
from evalharness.store.audio_parts import PART_BYTES
from evalharness.store.engine import MEMORY, reading, writing
from evalharness.store.store import Store, open_store
from evalharness.store.writer import Writer
from tests.store.conversations import APPEND, AUDIO_AT, header, new_run, record, texts

numbers = itertools.count()


def rows(store: Store, sql: str) -> list[Any]:
    with reading(store.engine) as db:
        return [tuple(row) for row in db.execute(text(sql))]


@pytest.mark.parametrize("close", [True, False])
def test_recording_comes_back_as_it_was(store: Store, writer: Writer, close: bool) -> None:
    memory = MemorySink()
    trial = store.trials(new_run(store).id)[0]
    for sink in (memory, writer):
        record(sink, "rec-1", close=close, trial_id=trial.id, realtime=False)
    writer.flush()
    kept, wanted = store.recording("rec-1"), memory.recording("rec-1")
    assert (kept.header, kept.audio) == (wanted.header, wanted.audio)
    assert (tuple(kept.frames), tuple(kept.marks)) == (wanted.frames, wanted.marks)
    assert texts(kept) == texts(wanted)
    if wanted.footer is None:
        assert kept.footer is None
    else:
        assert kept.footer is not None
        assert (kept.footer.duration_ns, kept.footer.close) == (90_000_000, {"code": 1000})
        assert kept.footer.health["loop_lag_ms_max"] == 1.5
        assert kept.footer.health["writer_lag_ms_max"] >= 0


@pytest.fixture(scope="module")
def shared() -> Iterator[Store]:
    with open_store(MEMORY) as opened:
        yield opened


wire = st.text(st.characters(exclude_categories=["Cs"]))
base64s = st.binary().map(lambda raw: base64.b64encode(raw).decode())
events = st.builds(
    lambda kind, audio, more, indent: json.dumps({"type": kind, **audio, **more}, indent=indent),
    st.sampled_from(
        ["input_audio_buffer.append", "response.output_audio.delta", "response.audio.delta", "x"]
    ),
    st.fixed_dictionaries(
        {}, optional={"audio": base64s | wire, "delta": base64s | wire, "event_id": wire}
    ),
    st.dictionaries(st.sampled_from(["item_id", "response_id", "n"]), wire | st.integers()),
    st.none() | st.just(1),
)
messages = st.one_of(
    st.tuples(st.just("client"), events | wire),
    st.tuples(st.just("server"), events | wire | st.binary()),
    st.tuples(st.just("paced"), st.binary(min_size=1)),
    st.tuples(st.just("flush"), st.none()),
)


@given(said=st.lists(messages, max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_text_is_rebuilt_to_the_byte(shared: Store, said: list[tuple[str, Any]]) -> None:
    key = f"rec-{next(numbers)}"
    wanted = []
    with Writer(shared.engine) as writer:
        recorder = Recorder(header(key), writer)
        for at_ns, (side, data) in enumerate(said):
            match side:
                case "client":
                    recorder.sent(data, at_ns)
                    wanted.append(data)
                case "server":
                    recorder.received(data, at_ns)
                    wanted.append(data if isinstance(data, str) else encoded(data))
                case "paced":
                    recorder.sent_audio(APPEND, AUDIO_AT, data, at_ns, at_ns)
                    wanted.append(APPEND[:AUDIO_AT] + encoded(data) + APPEND[AUDIO_AT:])
                case _:
                    writer.flush()
        recorder.close(Footer(1))
    assert texts(shared.recording(key)) == wanted


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def feed(writer: Writer, key: str, sizes: list[int], *, flush: bool) -> bytes:
    """Paced audio in chunks of these sizes; all of it."""
    recorder = Recorder(header(key), writer)
    track = bytearray()
    for index, size in enumerate(sizes):
        chunk = bytes([index % 251]) * size
        recorder.sent_audio(APPEND, AUDIO_AT, chunk, index, index)
        track += chunk
        if flush:
            writer.flush()
    recorder.close(Footer(1))
    return bytes(track)


def parts(store: Store) -> list[int]:
    return [size for (size,) in rows(store, "SELECT length(data) FROM audio ORDER BY part")]


THIRD = PART_BYTES // 3


@pytest.mark.parametrize("flush", [True, False])
@pytest.mark.parametrize(
    ("sizes", "left"),
    [
        ([THIRD, THIRD], [2 * THIRD]),
        ([THIRD] * 4, [PART_BYTES, 4 * THIRD - PART_BYTES]),
        ([THIRD] * 7, [PART_BYTES, PART_BYTES, 7 * THIRD - 2 * PART_BYTES]),
        ([PART_BYTES], [PART_BYTES]),
        ([PART_BYTES, 5], [PART_BYTES, 5]),
        ([2 * PART_BYTES + 7, 3], [PART_BYTES, PART_BYTES, 10]),
        ([PART_BYTES - 1, 1, 1], [PART_BYTES, 1]),
    ],
)
def test_closed_track_is_stored_in_large_parts(
    store: Store, writer: Writer, sizes: list[int], left: list[int], flush: bool
) -> None:
    track = feed(writer, "rec-1", sizes, flush=flush)
    writer.flush()
    assert parts(store) == left
    assert store.recording("rec-1").audio == {INPUT_TRACK: track}


def test_audio_of_an_open_recording_is_there_and_its_parts_stay_few(
    store: Store, writer: Writer
) -> None:
    recorder = Recorder(header("rec-1"), writer)
    chunk = bytes(PART_BYTES // 8)
    for index in range(20):
        recorder.sent_audio(APPEND, AUDIO_AT, chunk, index, index)
        writer.flush()
    assert store.recording("rec-1").audio[INPUT_TRACK] == chunk * 20
    assert len(parts(store)) < 20 // 8 + 8


def test_recordings_at_once_stay_apart(store: Store, writer: Writer) -> None:
    recorders = [Recorder(header(f"rec-{n}"), writer) for n in range(5)]
    for index in range(40):
        recorder = recorders[index % 5]
        recorder.sent_audio(APPEND, AUDIO_AT, recorder.key.encode(), index, index)
        recorder.mark("problem", index, detail={"key": recorder.key})
    for recorder in recorders[1:]:
        recorder.close(Footer(1))
    writer.flush()
    for recorder in recorders:
        kept = store.recording(recorder.key)
        assert kept.audio[INPUT_TRACK] == recorder.key.encode() * 8
        assert [mark.detail["key"] for mark in kept.marks] == [recorder.key] * 8
    assert [row.state for row in store.recordings()].count("unfinished") == 1


def test_settings_are_kept_with_their_differences(store: Store, writer: Writer) -> None:
    record(writer, "rec-1")
    writer.flush()
    found = rows(store, "SELECT seq, requested, effective, diff FROM session_config ORDER BY seq")
    assert [row[0] for row in found] == [0, 1]
    assert found[0][1] == "null" or found[0][1] is None
    changed = json.loads(found[1][3])
    assert {
        "path": "instructions",
        "requested": "be kind",
        "effective": "be kind",
        "outcome": "applied",
    } in changed


def test_recording_of_a_replay_names_its_parent(store: Store, writer: Writer) -> None:
    record(writer, "rec-1")
    record(writer, "rec-2", parent_key="rec-1")
    writer.flush()
    sql = "SELECT child.key, parent.key FROM recording child JOIN recording parent "
    assert rows(store, sql + "ON child.parent_id = parent.id") == [("rec-2", "rec-1")]


def test_frames_become_durable_without_a_flush(store: Store, writer: Writer) -> None:
    """Nobody has to ask: the thread writes by itself."""
    record(writer, "rec-1", close=False)
    pause = threading.Event()
    for _ in range(200):
        if store.recordings() and store.recordings()[0].frames == 12:
            break
        pause.wait(0.05)
    assert store.recordings()[0].frames == 12
    assert writer.lag_ms_max > 0


@pytest.mark.parametrize(
    "poison",
    [
        lambda writer: writer.frame("rec-0", Frame(0, 0, "client", "x", "{}"), b""),
        lambda writer: writer.frame("rec-1", Frame(99, 2**70, "client", "x", "{}"), b""),
        lambda writer: writer.frame("rec-1", Frame(0, 0, "client", "x", "{}"), b""),
        lambda writer: writer.mark("rec-1", Mark(0, "problem", None, {"what": object()})),
    ],
    ids=["never opened", "time beyond 64 bits", "number used twice", "mark that is no JSON"],
)
def test_error_is_raised_and_damage_is_told(store: Store, poison: Any) -> None:
    writer = Writer(store.engine)
    recorder = record(writer, "rec-1", close=False)
    record(writer, "rec-2")
    writer.flush()
    before = texts(store.recording("rec-1"))
    poison(writer)
    recorder.sent("{}", 5)
    with pytest.raises(StoreError):
        writer.flush()
    recorder.sent("{}", 6)
    recorder.close(Footer(7))
    with pytest.raises(StoreError):
        writer.close()
    states = {row.key: row.state for row in store.recordings()}
    assert states == {"rec-1": "damaged", "rec-2": "complete"}
    assert texts(store.recording("rec-1")) == before


def test_database_that_refuses(store: Store) -> None:
    writer = Writer(store.engine)
    with writing(store.engine) as db:
        db.execute(
            text(
                "CREATE TRIGGER full BEFORE INSERT ON frame "
                "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
            )
        )
    record(writer, "rec-1")
    with pytest.raises(StoreError, match="disk is full"):
        writer.flush()
    with pytest.raises(StoreError, match="disk is full"):
        writer.close()
    assert store.recordings() == []


def test_closed_writer_does_not_keep_a_flush_waiting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "STILL_ALIVE_S", 0.01)
    writer = Writer(store.engine)
    writer.close()
    writer.close()
    with pytest.raises(StoreError, match="closed"):
        writer.flush()


def test_recording_that_outruns_the_disk_is_cut_short(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is a beginning: no gap that would shift the audio of later frames."""
    monkeypatch.setattr(writer_module, "MOST_WAITING", 20)
    with Writer(store.engine) as writer:
        stalled = writing(store.engine)
        stalled.__enter__()
        recorder = Recorder(header("rec-1"), writer)
        chunks = [bytes([index]) * 10 for index in range(60)]
        for index, chunk in enumerate(chunks):
            recorder.sent_audio(APPEND, AUDIO_AT, chunk, index, index)
        stalled.__exit__(None, None, None)
        writer.flush()
        recorder.sent("{}", 100)
        recorder.close(Footer(101))
    assert store.recordings()[0].state == "damaged"
    kept = store.recording("rec-1")
    assert 0 < len(kept.frames) < 60
    assert [frame.seq for frame in kept.frames] == list(range(len(kept.frames)))
    assert [audio_of(kept, frame.audio) for frame in kept.frames] == chunks[: len(kept.frames)]


def audio_of(recording: Recording, ref: AudioRef | None) -> bytes:
    assert ref is not None
    return recording.audio[ref.track][ref.offset : ref.offset + ref.length]

"""SIGKILL in the middle of a recording: all but the last moments are there, to the byte."""

from __future__ import annotations

import signal
import subprocess
import sys

from evalharness.recording.frame import INPUT_TRACK
from evalharness.store.store import open_store

CHILD = """
import sys, time
from evalharness.store.store import open_store
from evalharness.store.writer import Writer
from evalharness.recording.recorder import Recorder
from tests.store.conversations import APPEND, AUDIO_AT, header

store = open_store(sys.argv[1])
writer = Writer(store.engine)
recorder = Recorder(header("rec-1"), writer)
started = time.perf_counter_ns()
for number in range(100_000):
    at_ns = time.perf_counter_ns() - started
    recorder.sent_audio(APPEND, AUDIO_AT, number.to_bytes(4, "big"), at_ns, at_ns)
    print(number, at_ns, round(writer.lag_ms_max, 3), flush=True)
    time.sleep(0.002)
"""
PROMISED_MS = 250
SAID_BEFORE_KILL = 300


def test_killed_writer_loses_only_its_last_moments(place: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, place], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(SAID_BEFORE_KILL)]
    child.send_signal(signal.SIGKILL)
    said += child.stdout.readlines()
    child.wait()
    child.stdout.close()
    at_ns = {int(number): int(at) for number, at, _ in map(str.split, said)}
    with open_store(place) as store:
        assert [row.state for row in store.recordings()] == ["unfinished"]
        kept = store.recording("rec-1")
    assert kept.footer is None
    count = len(kept.frames)
    assert [frame.seq for frame in kept.frames] == list(range(count))
    assert kept.audio[INPUT_TRACK] == b"".join(n.to_bytes(4, "big") for n in range(count))
    # The child measured how long writing took on this machine; a loaded one may take longer than
    # promised, but never loses more than it had measured and was still waiting for.
    slowest_ms = max(float(line.split()[2]) for line in said)
    lost_ms = (max(at_ns.values()) - kept.frames[-1].at_ns) / 1e6
    assert lost_ms <= PROMISED_MS + slowest_ms

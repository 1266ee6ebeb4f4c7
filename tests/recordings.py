"""Recordings built by hand: what was said when, to the millisecond, through the real recorder."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from evalharness.audio.formats import AudioFormat, encode
from evalharness.audio.pcm import Pcm
from evalharness.recording.frame import Frame
from evalharness.recording.recorder import MemorySink, Recorder
from evalharness.recording.recording import Footer, Header, Recording

MS = 1_000_000
CHUNK_MS = 20
APPEND = '{"type":"input_audio_buffer.append","audio":""}'
AUDIO_AT = APPEND.index('""') + 1


def tone(ms: float, rate: int = 24_000) -> Pcm:
    """A sound nobody would miss (-9 dBFS)."""
    times = np.arange(int(ms * rate / 1000)) / rate
    return Pcm((np.sin(2 * np.pi * 440 * times) * 16_000).astype(np.int16), rate)


def hush(ms: float, rate: int = 24_000) -> Pcm:
    return Pcm(np.zeros(int(ms * rate / 1000), dtype=np.int16), rate)


def join(*parts: Pcm) -> Pcm:
    return Pcm(np.concatenate([part.samples for part in parts]), parts[0].rate)


class RecordingBuilder:
    """Says things at `now_ms`. Every method gives the builder back, and only `at`, `after` and
    `say` let time pass."""

    def __init__(self, *, realtime: bool = True, model: str | None = "gpt-realtime-2.1") -> None:
        self.now_ms = 0.0
        self._sink = MemorySink()
        self._format = AudioFormat("audio/pcm", 24_000)
        header = Header(
            key="rec-1",
            origin="run",
            target="ws://localhost/v1/realtime",
            dialect="ga",
            model=model,
            wall_start=datetime(2026, 11, 1, tzinfo=UTC),
            realtime=realtime,
        )
        self._recorder = Recorder(header, self._sink)

    def at(self, ms: float) -> RecordingBuilder:
        self.now_ms = ms
        return self

    def after(self, ms: float) -> RecordingBuilder:
        return self.at(self.now_ms + ms)

    def build(self, *, finished: bool = True) -> Recording:
        if finished:
            self._recorder.close(Footer(self._now_ns))
        return self._sink.recording("rec-1")

    @property
    def frames(self) -> Sequence[Frame]:
        return self._sink.recording("rec-1").frames

    # One frame, one mark

    def text(self, side: str, text: str) -> RecordingBuilder:
        """Any text at all."""
        put = self._recorder.sent if side == "client" else self._recorder.received
        put(text, self._now_ns)
        return self

    def client(self, name: str, /, **fields: Any) -> RecordingBuilder:
        return self.text("client", _json({"type": name, **fields}))

    def server(self, name: str, /, **fields: Any) -> RecordingBuilder:
        return self.text("server", _json({"type": name, **fields}))

    def mark(
        self, kind: str, turn: int | None = None, detail: Mapping[str, Any] | None = None
    ) -> RecordingBuilder:
        self._recorder.mark(kind, self._now_ns, turn, detail)
        return self

    # The session and its turns

    def session(self, **fields: Any) -> RecordingBuilder:
        """The server confirms a session; by default one that transcribes."""
        audio = {"input": {"transcription": {"model": "gpt-transcribe"}}}
        session = {"type": "realtime", "model": "gpt-realtime-2.1", "audio": audio, **fields}
        return self.server("session.updated", session=session)

    def turn(self, index: int, kind: str = "say") -> RecordingBuilder:
        return self.mark("turn_started", index, {"kind": kind})

    def turn_ended(self, index: int, reason: str = "answered") -> RecordingBuilder:
        return self.mark("turn_ended", index, {"reason": reason})

    def say(
        self,
        index: int,
        ms: int,
        speech_ms: Sequence[Sequence[int]] = (),
        *,
        late_ms: float = 0.0,
        paced: bool = True,
    ) -> RecordingBuilder:
        """A clip of so many ms (whole chunks), from now. A microphone emits a chunk when its last
        sample exists, so the first one leaves after 20 ms, and the last at the clip's end."""
        detail = {
            "name": f"turn-{index}",
            "start_sample": self._recorder.input_offset // 2,
            "samples": ms * 24,
            "rate": 24_000,
            "speech_ms": [list(span) for span in speech_ms],
        }
        self.mark("clip_started", index, detail)
        self.microphone(ms, late_ms=late_ms, paced=paced)
        return self.mark("clip_ended", index, detail)

    def microphone(self, ms: int, *, late_ms: float = 0.0, paced: bool = True) -> RecordingBuilder:
        """Appends on schedule, each `late_ms` late."""
        for _ in range(ms // CHUNK_MS):
            self.now_ms += CHUNK_MS if paced else 0
            due_ns = self._now_ns
            at_ns = due_ns + int(late_ms * MS)
            self._recorder.sent_audio(APPEND, AUDIO_AT, bytes(CHUNK_MS * 48), at_ns, due_ns)
        return self

    def heard(
        self,
        item_id: str,
        transcript: str | None = None,
        *,
        start_ms: float | None = None,
        end_ms: float | None = None,
    ) -> RecordingBuilder:
        """The server's turn detection and commit, all now; then the transcript, if any."""
        if start_ms is not None:
            name = "input_audio_buffer.speech_started"
            self.server(name, item_id=item_id, audio_start_ms=start_ms)
        if end_ms is not None:
            name = "input_audio_buffer.speech_stopped"
            self.server(name, item_id=item_id, audio_end_ms=end_ms)
        self.server("input_audio_buffer.committed", item_id=item_id)
        return self if transcript is None else self.transcribed(item_id, transcript)

    def transcribed(
        self, item_id: str, transcript: str, usage: Mapping[str, Any] | None = None
    ) -> RecordingBuilder:
        return self.server(
            "conversation.item.input_audio_transcription.completed",
            item_id=item_id,
            content_index=0,
            transcript=transcript,
            usage=usage,
        )

    # A response

    def created(self, response_id: str) -> RecordingBuilder:
        response = {"id": response_id, "status": "in_progress"}
        return self.server("response.created", response=response)

    def audio(self, response_id: str, pcm: Pcm) -> RecordingBuilder:
        return self.server(
            "response.output_audio.delta",
            response_id=response_id,
            item_id=f"{response_id}-item",
            content_index=0,
            delta=base64.b64encode(encode(pcm, self._format)).decode("ascii"),
        )

    def words(self, response_id: str, transcript: str) -> RecordingBuilder:
        return self.server(
            "response.output_audio_transcript.done",
            response_id=response_id,
            item_id=f"{response_id}-item",
            content_index=0,
            transcript=transcript,
        )

    def done(
        self,
        response_id: str,
        *,
        status: str = "completed",
        calls: Sequence[Mapping[str, Any]] = (),
        usage: Mapping[str, Any] | None = None,
    ) -> RecordingBuilder:
        output = [{"type": "function_call", **call} for call in calls]
        response = {"id": response_id, "status": status, "output": output, "usage": usage}
        return self.server("response.done", response=response)

    def answer(
        self, response_id: str, transcript: str = "", pcm: Pcm | None = None, **done: Any
    ) -> RecordingBuilder:
        """A whole response, all of it now."""
        self.created(response_id)
        if transcript:
            self.words(response_id, transcript)
        if pcm is not None:
            self.audio(response_id, pcm)
        return self.done(response_id, **done)

    def tool_output(self, call_id: str, output: str = "{}") -> RecordingBuilder:
        item = {"type": "function_call_output", "call_id": call_id, "output": output}
        return self.client("conversation.item.create", item=item)

    @property
    def _now_ns(self) -> int:
        return round(self.now_ms * MS)


def call(name: str, call_id: str = "call-1", **arguments: Any) -> dict[str, Any]:
    """A function call as `response.done` lists it."""
    return {"name": name, "call_id": call_id, "arguments": json.dumps(arguments)}


def _json(event: Mapping[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)

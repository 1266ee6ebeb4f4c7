"""Incoming audio: the buffer, the turns found in it, and what is committed of it.

Positions are ms of all audio written in the session, whatever was cleared or committed since.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalharness.audio.formats import DEFAULT_PCM_RATE, AudioFormat, decode
from evalharness.realtime.error_codes import COMMIT_EMPTY, INVALID_VALUE
from evalharness.server.conversation import Sound
from evalharness.server.engine import Detector, Engine, SpeechStarted
from evalharness.server.outbox import Refusal

LONGEST_APPEND_BYTES = 15 * 1024 * 1024
SHORTEST_COMMIT_MS = 100
KEPT_BEFORE_SPEECH_MS = 5_000
"""While nobody speaks, turn detection needs no more than a prefix and its own delay."""


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """`audio_start_ms` includes the prefix padding."""

    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """`audio_end_ms` includes the silence; `sound` is everything from prefix to there."""

    audio_end_ms: int
    sound: Sound


class InputBuffer:
    """What was appended and not yet committed, with turn detection over it if the session wants."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._fmt = AudioFormat("audio/pcm", DEFAULT_PCM_RATE)
        self._settings: Mapping[str, Any] | None = None
        self._detector: Detector | None = None
        self._detector_from_ms = 0.0
        self._data = bytearray()
        self._start_ms = 0.0
        self._speaking = False

    @property
    def end_ms(self) -> float:
        return self._start_ms + self.held_ms

    @property
    def held_ms(self) -> float:
        return len(self._data) / self._fmt.bytes_per_ms

    @property
    def speaking(self) -> bool:
        return self._speaking

    def configure(self, audio_input: Mapping[str, Any]) -> None:
        """Follow the session's `audio.input`. Only what changed starts anew: another format
        makes the buffered bytes meaningless, other turn detection listens from here on."""
        fmt = AudioFormat.from_wire(audio_input["format"])
        settings = audio_input["turn_detection"]
        if fmt != self._fmt:
            self._drop_before(self.end_ms)
        if fmt != self._fmt or settings != self._settings:
            self._fmt, self._settings = fmt, settings
            self._listen_anew()

    def append(self, data: bytes) -> Iterator[TurnStarted | TurnEnded]:
        """Take audio in the session's format; yields what turn detection finds in it."""
        self._data += data
        if self._detector is None:
            return
        pcm = data if self._fmt.type == "audio/pcm" else _as_pcm16(data, self._fmt)
        for found in self._detector.feed(pcm):
            at_ms = self._detector_from_ms + found.at_ms
            if isinstance(found, SpeechStarted):
                yield self._speech_started(at_ms)
            else:
                yield self._speech_stopped(at_ms)
        if not self._speaking:
            self._drop_before(self.end_ms - KEPT_BEFORE_SPEECH_MS)

    def commit(self) -> Sound:
        """Everything held. Raises Refusal when that is less than 100 ms."""
        if self.held_ms < SHORTEST_COMMIT_MS:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"{SHORTEST_COMMIT_MS}ms of audio, but buffer only has {self.held_ms:.2f}ms of "
                "audio."
            )
            raise Refusal(COMMIT_EMPTY, message)
        return self._take(self.end_ms)

    def clear(self) -> None:
        """Drop what is held; speech in progress is forgotten."""
        self._drop_before(self.end_ms)
        self._listen_anew()

    def _speech_started(self, at_ms: float) -> TurnStarted:
        assert self._settings is not None
        self._speaking = True
        start_ms = max(at_ms - self._settings.get("prefix_padding_ms", 300), 0.0)
        self._drop_before(start_ms)
        return TurnStarted(round(start_ms))

    def _speech_stopped(self, at_ms: float) -> TurnEnded:
        self._speaking = False
        return TurnEnded(round(at_ms), self._take(at_ms))

    def _listen_anew(self) -> None:
        self._speaking = False
        self._detector = None
        if self._settings is not None:
            self._detector = self._engine.detector(self._settings, self._fmt.rate)
            self._detector_from_ms = self.end_ms

    def _take(self, until_ms: float) -> Sound:
        size = self._bytes_until(until_ms)
        sound = Sound(bytes(self._data[:size]), self._fmt)
        self._drop(size)
        return sound

    def _drop_before(self, ms: float) -> None:
        self._drop(self._bytes_until(ms))

    def _drop(self, size: int) -> None:
        del self._data[:size]
        self._start_ms += size / self._fmt.bytes_per_ms

    def _bytes_until(self, ms: float) -> int:
        samples = round((ms - self._start_ms) * self._fmt.rate / 1000)
        return min(max(samples, 0) * self._fmt.bytes_per_sample, len(self._data))


def decoded_audio(audio: str, param: str) -> bytes:
    """Base64 of a client as bytes. Raises Refusal, also for more than one append may hold."""
    if len(audio) * 3 // 4 > LONGEST_APPEND_BYTES:
        message = f"Invalid '{param}'. Expected at most {LONGEST_APPEND_BYTES} bytes of audio."
        raise Refusal("string_above_max_length", message, param)
    try:
        return binascii.a2b_base64(audio, strict_mode=True)
    except (binascii.Error, ValueError) as bad:
        message = f"Invalid '{param}'. Expected base64-encoded audio bytes."
        raise Refusal(INVALID_VALUE, message, param) from bad


def _as_pcm16(data: bytes, fmt: AudioFormat) -> bytes:
    return decode(data, fmt).samples.astype("<i2").tobytes()

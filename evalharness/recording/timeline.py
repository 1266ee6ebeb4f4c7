"""Turns, transcripts, responses and calls: the values that `reading.py` derives from a recording.

They are never stored. All times are nanoseconds on the recording's clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evalharness.recording.config_history import ConfigChange


@dataclass(frozen=True, slots=True)
class InputItem:
    """One committed stretch of caller audio (or typed text).

    `start_ms`, `end_ms` are the server's VAD positions on the input axis (start includes the
    prefix padding, end the silence); None without VAD. `transcript` is None when none came.
    """

    item_id: str
    turn: int | None
    start_ms: float | None
    end_ms: float | None
    speech_started_ns: int | None
    speech_stopped_ns: int | None
    committed_ns: int | None
    transcript: str | None
    transcript_ns: int | None
    transcript_error: str | None
    transcription_usage: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One call the model made; `arguments` is the text as it came. `tools` are those in force
    when its response was created. `output` is what the harness answered, None if it did not."""

    call_id: str
    name: str
    arguments: str
    response_id: str
    interrupted: bool
    output: str | None
    tools: Sequence[Mapping[str, Any]]
    at_ns: int
    answered_ns: int | None


@dataclass(frozen=True, slots=True)
class AudioArrival:
    """One output delta: when it came and how many bytes of the output track it holds."""

    at_ns: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Response:
    """One `response.created` .. `response.done`."""

    response_id: str
    turn: int | None
    created_ns: int
    requested_ns: int | None
    first_output_ns: int | None
    first_audio_ns: int | None
    done_ns: int | None
    status: str
    status_details: Any
    transcript: str
    audio: Sequence[AudioArrival]
    calls: Sequence[FunctionCall]
    usage: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ClipSpan:
    """A scripted clip on the input axis: samples [start, end) at `rate`, sent between two
    times; `speech_ms` is relative to the clip's start. `speech_end_ns` is when its last speech
    sample left, as a live microphone would have heard it (None without `speech_ms`), and
    `lateness_ms` how late the chunk with that sample was."""

    turn: int
    start_sample: int
    end_sample: int
    rate: int
    speech_ms: Sequence[tuple[int, int]]
    speech_end_ns: int | None
    lateness_ms: float
    started_ns: int
    ended_ns: int | None


@dataclass(frozen=True, slots=True)
class TurnSpan:
    """One scripted turn: what was sent, what came of it, how it ended."""

    index: int
    kind: Literal["say", "text", "silence"]
    started_ns: int
    ended_ns: int | None
    end_reason: str
    clip: ClipSpan | None
    inputs: Sequence[InputItem]
    responses: Sequence[Response]
    loop_lag_ms_max: float


@dataclass(frozen=True, slots=True)
class Timeline:
    turns: Sequence[TurnSpan]
    configs: Sequence[ConfigChange]
    errors: Sequence[Mapping[str, Any]]
    unattributed_inputs: Sequence[InputItem]
    unattributed_responses: Sequence[Response]

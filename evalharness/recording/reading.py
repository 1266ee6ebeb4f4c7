"""A recording read into a timeline. It never raises: what cannot be understood is passed over.

Frames are taken in order; what they say is gathered by item and by response, and at the end each
is given to the scripted turn it belongs to: caller audio by its place on the input axis where the
server's turn detection tells it, everything else by time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalharness.recording.config_history import config_history
from evalharness.recording.frame import OUTPUT_TRACK, Frame, Mark
from evalharness.recording.input_clock import InputClock
from evalharness.recording.recording import Recording
from evalharness.recording.timeline import (
    AudioArrival,
    ClipSpan,
    FunctionCall,
    InputItem,
    Response,
    Timeline,
    TurnSpan,
)

BETA_NAMES = {
    "response.audio.delta": "response.output_audio.delta",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
}
OUTPUT_DELTAS = frozenset(
    {
        "response.output_audio.delta",
        "response.output_audio_transcript.delta",
        "response.output_text.delta",
        "response.function_call_arguments.delta",
    }
)
TRANSCRIPTION = "conversation.item.input_audio_transcription."
CUT_OFF = frozenset({"cancelled", "incomplete"})


def build_timeline(recording: Recording) -> Timeline:
    """Everything a recording says, in the terms of scripted turns."""
    reader = _Reader()
    for frame in recording.frames:
        reader.read(frame)
    clock = InputClock(recording.header, recording.frames)
    turns = _Turns(recording.marks, clock)
    inputs = [one.value(turns) for one in reader.inputs.values()]
    responses = [one.value(turns, reader.outputs) for one in reader.responses.values()]
    return Timeline(
        turns=turns.spans(inputs, responses),
        configs=config_history(recording.frames),
        errors=reader.errors,
        unattributed_inputs=[one for one in inputs if one.turn is None],
        unattributed_responses=[one for one in responses if one.turn is None],
    )


@dataclass(slots=True)
class _Input:
    """A caller item being gathered."""

    item_id: str
    start_ms: float | None = None
    end_ms: float | None = None
    speech_started_ns: int | None = None
    speech_stopped_ns: int | None = None
    committed_ns: int | None = None
    transcript: str | None = None
    deltas: list[str] = field(default_factory=list)
    transcript_ns: int | None = None
    error: str | None = None
    usage: Mapping[str, Any] | None = None

    def value(self, turns: _Turns) -> InputItem:
        transcript = self.transcript
        if transcript is None and self.deltas and self.error is None:
            transcript = "".join(self.deltas)
        return InputItem(
            item_id=self.item_id,
            turn=turns.of_input(self),
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            speech_started_ns=self.speech_started_ns,
            speech_stopped_ns=self.speech_stopped_ns,
            committed_ns=self.committed_ns,
            transcript=transcript,
            transcript_ns=self.transcript_ns,
            transcript_error=self.error,
            transcription_usage=self.usage,
        )


@dataclass(frozen=True, slots=True)
class _Output:
    """A function's output as the client sent it."""

    text: str
    at_ns: int


@dataclass(slots=True)
class _Response:
    """A response being gathered. `parts` holds each content part's words, done or so far."""

    response_id: str
    created_ns: int
    requested_ns: int | None
    tools: Sequence[Mapping[str, Any]]
    first_output_ns: int | None = None
    first_audio_ns: int | None = None
    done_ns: int | None = None
    status: str = "in_progress"
    status_details: Any = None
    usage: Mapping[str, Any] | None = None
    audio: list[AudioArrival] = field(default_factory=list)
    parts: dict[tuple[str, int], str] = field(default_factory=dict)
    finished_parts: set[tuple[str, int]] = field(default_factory=set)
    calls: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    call_ns: dict[str, int] = field(default_factory=dict)

    def value(self, turns: _Turns, outputs: Mapping[str, _Output]) -> Response:
        return Response(
            response_id=self.response_id,
            turn=turns.at(self.created_ns),
            created_ns=self.created_ns,
            requested_ns=self.requested_ns,
            first_output_ns=self.first_output_ns,
            first_audio_ns=self.first_audio_ns,
            done_ns=self.done_ns,
            status=self.status,
            status_details=self.status_details,
            transcript=" ".join(text for text in self.parts.values() if text),
            audio=tuple(self.audio),
            calls=[self._call(call_id, outputs) for call_id in self.calls],
            usage=self.usage,
        )

    def _call(self, call_id: str, outputs: Mapping[str, _Output]) -> FunctionCall:
        item, output = self.calls[call_id], outputs.get(call_id)
        return FunctionCall(
            call_id=call_id,
            name=str(item.get("name") or ""),
            arguments=str(item.get("arguments") or ""),
            response_id=self.response_id,
            interrupted=self.status in CUT_OFF,
            output=output.text if output else None,
            tools=self.tools,
            at_ns=self.call_ns[call_id],
            answered_ns=output.at_ns if output else None,
        )


class _Reader:
    """Gathers what frames say."""

    def __init__(self) -> None:
        self.inputs: dict[str, _Input] = {}
        self.responses: dict[str, _Response] = {}
        self.outputs: dict[str, _Output] = {}
        self.errors: list[Mapping[str, Any]] = []
        self._session_tools: Sequence[Mapping[str, Any]] = ()
        self._requests: list[tuple[int, Sequence[Mapping[str, Any]] | None]] = []

    def read(self, frame: Frame) -> None:
        if frame.side == "client" and frame.audio is not None:
            return
        event = _object(frame.payload)
        if frame.side == "client":
            self._client(frame, event)
        else:
            self._server(BETA_NAMES.get(frame.type, frame.type), frame, event)

    def _client(self, frame: Frame, event: Mapping[str, Any]) -> None:
        if frame.type == "response.create":
            tools = _mapping(event.get("response")).get("tools")
            self._requests.append((frame.at_ns, tools if isinstance(tools, list) else None))
        elif frame.type == "conversation.item.create":
            item = _mapping(event.get("item"))
            if item.get("type") == "function_call_output":
                output = _Output(str(item.get("output") or ""), frame.at_ns)
                self.outputs[str(item.get("call_id"))] = output

    def _server(self, name: str, frame: Frame, event: Mapping[str, Any]) -> None:
        if name.startswith("response."):
            self._response(name, frame, event)
        elif name.startswith(("input_audio_buffer.", TRANSCRIPTION)):
            self._input(name, frame, event)
        elif name in ("session.created", "session.updated"):
            tools = _mapping(event.get("session")).get("tools")
            self._session_tools = tools if isinstance(tools, list) else ()
        elif name == "error":
            self.errors.append(_mapping(event.get("error")))

    def _input(self, name: str, frame: Frame, event: Mapping[str, Any]) -> None:
        item_id = event.get("item_id")
        if not isinstance(item_id, str):
            return
        item = self.inputs.setdefault(item_id, _Input(item_id))
        match name.removeprefix("input_audio_buffer.").removeprefix(TRANSCRIPTION):
            case "speech_started":
                item.start_ms = _number(event.get("audio_start_ms"))
                item.speech_started_ns = frame.at_ns
            case "speech_stopped":
                item.end_ms = _number(event.get("audio_end_ms"))
                item.speech_stopped_ns = frame.at_ns
            case "committed":
                item.committed_ns = frame.at_ns
            case "delta":
                item.deltas.append(str(event.get("delta") or ""))
            case "completed":
                item.transcript = str(event.get("transcript") or "")
                item.transcript_ns = frame.at_ns
                item.usage = _mapping(event.get("usage")) or None
            case "failed":
                error = _mapping(event.get("error"))
                item.error = str(error.get("message") or error.get("code") or "failed")
            case _:
                pass

    def _response(self, name: str, frame: Frame, event: Mapping[str, Any]) -> None:
        if name == "response.created":
            self._created(frame, _mapping(event.get("response")))
            return
        response = self.responses.get(_response_id(name, frame, event))
        if response is None:
            return
        if name in OUTPUT_DELTAS and response.first_output_ns is None:
            response.first_output_ns = frame.at_ns
        match name:
            case "response.output_audio.delta":
                if frame.audio is not None and frame.audio.track == OUTPUT_TRACK:
                    _hear(response, frame)
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                part = _part(event)
                if part not in response.finished_parts:
                    words = response.parts.get(part, "") + str(event.get("delta") or "")
                    response.parts[part] = words
            case "response.output_audio_transcript.done" | "response.output_text.done":
                part = _part(event)
                words = event.get("transcript", event.get("text"))
                response.parts[part] = str(words or "")
                response.finished_parts.add(part)
            case "response.function_call_arguments.done":
                _call(response, event, frame.at_ns)
            case "response.done":
                _finish(response, _mapping(event.get("response")), frame.at_ns)
            case _:
                pass

    def _created(self, frame: Frame, response: Mapping[str, Any]) -> None:
        response_id = str(response.get("id"))
        requested_ns, tools = None, None
        if self._requests:
            requested_ns, tools = self._requests.pop(0)
        in_force = self._session_tools if tools is None else tools
        self.responses[response_id] = _Response(response_id, frame.at_ns, requested_ns, in_force)


def _hear(response: _Response, frame: Frame) -> None:
    assert frame.audio is not None
    if response.first_audio_ns is None:
        response.first_audio_ns = frame.at_ns
    arrival = AudioArrival(frame.at_ns, frame.audio.offset, frame.audio.length)
    response.audio.append(arrival)


def _call(response: _Response, item: Mapping[str, Any], at_ns: int) -> None:
    """A call as the latest event tells it; the name may be known only from the item."""
    call_id = str(item.get("call_id") or item.get("item_id") or item.get("id"))
    before = response.calls.get(call_id, {})
    name = item.get("name") or before.get("name")
    response.calls[call_id] = {**item, "name": name}
    response.call_ns.setdefault(call_id, at_ns)


def _finish(response: _Response, done: Mapping[str, Any], at_ns: int) -> None:
    response.done_ns = at_ns
    response.status = str(done.get("status") or "completed")
    response.status_details = done.get("status_details")
    response.usage = _mapping(done.get("usage")) or None
    output = done.get("output")
    for item in output if isinstance(output, list) else ():
        if isinstance(item, dict) and item.get("type") == "function_call":
            _call(response, item, at_ns)


def _response_id(name: str, frame: Frame, event: Mapping[str, Any]) -> str:
    if name == "response.done":
        return str(_mapping(event.get("response")).get("id"))
    return str(event.get("response_id") or frame.response_id)


def _part(event: Mapping[str, Any]) -> tuple[str, int]:
    index = event.get("content_index")
    return str(event.get("item_id")), index if isinstance(index, int) else 0


class _Turns:
    """The scripted turns that the client's marks tell of."""

    def __init__(self, marks: Sequence[Mark], clock: InputClock) -> None:
        self._marks = marks
        self._clock = clock
        self._starts = [mark for mark in marks if mark.kind == "turn_started"]
        self._ends = {mark.turn: mark for mark in marks if mark.kind == "turn_ended"}
        self._clips = self._clip_spans()

    def at(self, at_ns: int) -> int | None:
        """The turn in progress at a time: from its start to the next one's."""
        turn = None
        for mark in self._starts:
            if mark.at_ns > at_ns:
                break
            turn = mark.turn
        return turn

    def of_input(self, item: _Input) -> int | None:
        if item.start_ms is not None and item.end_ms is not None:
            best, most = None, 0.0
            for turn, clip in self._clips.items():
                start = max(item.start_ms, clip.start_sample * 1000 / clip.rate)
                end = min(item.end_ms, clip.end_sample * 1000 / clip.rate)
                if end - start > most:
                    best, most = turn, end - start
            if best is not None:
                return best
        for at_ns in (item.committed_ns, item.speech_started_ns):
            if at_ns is not None:
                return self.at(at_ns)
        return None

    def spans(
        self, inputs: Sequence[InputItem], responses: Sequence[Response]
    ) -> Sequence[TurnSpan]:
        return [self._span(mark, inputs, responses) for mark in self._starts]

    def _span(
        self, mark: Mark, inputs: Sequence[InputItem], responses: Sequence[Response]
    ) -> TurnSpan:
        turn = mark.turn if mark.turn is not None else -1
        end = self._ends.get(turn)
        mine = [item for item in inputs if item.turn == turn]
        return TurnSpan(
            index=turn,
            kind=mark.detail.get("kind", "say"),
            started_ns=mark.at_ns,
            ended_ns=end.at_ns if end else None,
            end_reason=str(end.detail.get("reason")) if end else "cut off",
            clip=self._clips.get(turn),
            inputs=sorted(mine, key=_spoken_order),
            responses=[response for response in responses if response.turn == turn],
            loop_lag_ms_max=self._worst_lag_ms(mark.at_ns, end.at_ns if end else None),
        )

    def _clip_spans(self) -> dict[int, ClipSpan]:
        ends = {mark.turn: mark for mark in self._marks if mark.kind == "clip_ended"}
        clips = {}
        for mark in self._marks:
            if mark.kind == "clip_started" and mark.turn is not None:
                clips[mark.turn] = self._clip(mark.turn, mark, ends.get(mark.turn))
        return clips

    def _clip(self, turn: int, start: Mark, end: Mark | None) -> ClipSpan:
        first = int(start.detail.get("start_sample", 0))
        rate = int(start.detail.get("rate", 24_000))
        spans = tuple((int(a), int(b)) for a, b in start.detail.get("speech_ms", ()))
        speech_end_ns, lateness_ms = None, 0.0
        if spans:
            sample = first + spans[-1][1] * rate // 1000
            speech_end_ns = self._clock.sent_ns(sample) if end is not None else None
            lateness_ms = self._clock.lateness_ms(sample)
        return ClipSpan(
            turn=turn,
            start_sample=first,
            end_sample=first + int(start.detail.get("samples", 0)),
            rate=rate,
            speech_ms=spans,
            speech_end_ns=speech_end_ns,
            lateness_ms=lateness_ms,
            started_ns=start.at_ns,
            ended_ns=end.at_ns if end else None,
        )

    def _worst_lag_ms(self, start_ns: int, end_ns: int | None) -> float:
        lags = [
            float(mark.detail.get("ms", 0.0))
            for mark in self._marks
            if mark.kind == "loop_lag"
            and mark.at_ns >= start_ns
            and (end_ns is None or mark.at_ns <= end_ns)
        ]
        return max(lags, default=0.0)


def _spoken_order(item: InputItem) -> tuple[float, int]:
    position = item.start_ms if item.start_ms is not None else float("inf")
    return position, item.committed_ns or 0


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return _mapping(value)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

"""A recording read into a timeline. It never raises: what cannot be understood is passed over.

Frames are taken in order; what they say is gathered by item and by response, and at the end each
is given to the scripted turn it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalharness.recording.config_history import config_history
from evalharness.recording.frame import OUTPUT_TRACK, Frame
from evalharness.recording.gathering import (
    GatheredInput,
    GatheredResponse,
    Output,
    Request,
    Tools,
)
from evalharness.recording.input_clock import InputClock
from evalharness.recording.loose_json import mapping, object_in
from evalharness.recording.recording import Recording
from evalharness.recording.timeline import AudioArrival, Timeline
from evalharness.recording.turns import Turns

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


def build_timeline(recording: Recording) -> Timeline:
    """Everything a recording says, in the terms of scripted turns."""
    reader = _Reader()
    for frame in recording.frames:
        reader.read(frame)
    turns = Turns(recording.marks, InputClock(recording.header, recording.frames))
    inputs = [one.value(turns.of_input(one)) for one in reader.inputs.values()]
    responses = [
        one.value(turns.at(one.created_ns), reader.outputs) for one in reader.responses.values()
    ]
    return Timeline(
        turns=turns.spans(inputs, responses),
        configs=config_history(recording.frames),
        errors=reader.errors,
        unattributed_inputs=[one for one in inputs if one.turn is None],
        unattributed_responses=[one for one in responses if one.turn is None],
    )


class _Reader:
    """Gathers what frames say."""

    def __init__(self) -> None:
        self.inputs: dict[str, GatheredInput] = {}
        self.responses: dict[str, GatheredResponse] = {}
        self.outputs: dict[str, Output] = {}
        self.errors: list[Mapping[str, Any]] = []
        self._asked_tools: Tools = ()
        self._session_tools: Tools = ()
        self._requests: list[Request] = []

    def read(self, frame: Frame) -> None:
        if frame.side == "client" and frame.audio is not None:
            return
        event = object_in(frame.payload)
        if frame.side == "client":
            self._client(frame, event)
        else:
            self._server(BETA_NAMES.get(frame.type, frame.type), frame, event)

    def _client(self, frame: Frame, event: Mapping[str, Any]) -> None:
        match frame.type:
            case "response.create":
                tools = _tools(mapping(event.get("response")))
                self._requests.append(Request(frame.at_ns, event.get("event_id"), tools))
            case "session.update":
                self._asked_tools = _tools(mapping(event.get("session"))) or self._asked_tools
            case "conversation.item.create":
                item = mapping(event.get("item"))
                if item.get("type") == "function_call_output":
                    output = Output(str(item.get("output") or ""), frame.at_ns)
                    self.outputs[str(item.get("call_id"))] = output
            case _:
                pass

    def _server(self, name: str, frame: Frame, event: Mapping[str, Any]) -> None:
        if name == "response.created":
            self._created(frame, mapping(event.get("response")))
        elif name.startswith("response."):
            self._response(name, frame, event)
        elif name.startswith(("input_audio_buffer.", TRANSCRIPTION)):
            self._input(name, frame, event)
        elif name in ("session.created", "session.updated"):
            tools = _tools(mapping(event.get("session")))
            self._session_tools = self._asked_tools if tools is None else tools
        elif name == "error":
            error = mapping(event.get("error"))
            self.errors.append(error)
            self._refused(error.get("event_id"))

    def _refused(self, event_id: object) -> None:
        """A request that was refused made no response; one that seemed to, did not."""
        if not isinstance(event_id, str):
            return
        self._requests = [one for one in self._requests if one.event_id != event_id]
        for response in self.responses.values():
            if response.request is not None and response.request.event_id == event_id:
                response.request = None

    def _input(self, name: str, frame: Frame, event: Mapping[str, Any]) -> None:
        item_id = event.get("item_id")
        if not isinstance(item_id, str):
            return
        item = self.inputs.setdefault(item_id, GatheredInput(item_id))
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
                item.usage = mapping(event.get("usage")) or None
            case "failed":
                error = mapping(event.get("error"))
                item.error = str(error.get("message") or error.get("code") or "failed")
            case _:
                pass

    def _created(self, frame: Frame, response: Mapping[str, Any]) -> None:
        request = self._requests.pop(0) if self._requests else None
        self._begin(str(response.get("id")), frame, request)

    def _begin(self, response_id: str, frame: Frame, request: Request | None) -> GatheredResponse:
        response = GatheredResponse(response_id, frame.at_ns, request, self._session_tools)
        self.responses[response_id] = response
        return response

    def _response(self, name: str, frame: Frame, event: Mapping[str, Any]) -> None:
        response_id = _response_id(name, frame, event)
        if response_id is None:
            return
        # A recording may begin in the middle of a response.
        response = self.responses.get(response_id) or self._begin(response_id, frame, None)
        if name in OUTPUT_DELTAS and response.first_output_ns is None:
            response.first_output_ns = frame.at_ns
        match name:
            case "response.output_audio.delta":
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
            case "response.output_item.added":
                item = mapping(event.get("item"))
                if item.get("type") == "function_call":
                    response.item_names[str(item.get("id"))] = str(item.get("name") or "")
            case "response.function_call_arguments.done":
                response.call(event, str(event.get("item_id") or ""), frame.at_ns)
            case "response.done":
                response.finish(mapping(event.get("response")), frame.at_ns)
            case _:
                pass


def _hear(response: GatheredResponse, frame: Frame) -> None:
    if response.first_audio_ns is None:
        response.first_audio_ns = frame.at_ns
    if frame.audio is not None and frame.audio.track == OUTPUT_TRACK:
        arrival = AudioArrival(frame.at_ns, frame.audio.offset, frame.audio.length)
        response.audio.append(arrival)


def _response_id(name: str, frame: Frame, event: Mapping[str, Any]) -> str | None:
    if name == "response.done":
        found = mapping(event.get("response")).get("id")
    else:
        found = event.get("response_id") or frame.response_id
    return found if isinstance(found, str) else None


def _part(event: Mapping[str, Any]) -> tuple[str, int]:
    index = event.get("content_index")
    return str(event.get("item_id")), index if isinstance(index, int) else 0


def _tools(settings: Mapping[str, Any]) -> Tools | None:
    """The tools of a session or response; None where it does not say."""
    tools = settings.get("tools")
    if not isinstance(tools, list):
        return None
    return tuple(tool for tool in tools if isinstance(tool, dict))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None

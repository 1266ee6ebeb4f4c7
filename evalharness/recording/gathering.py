"""What frames say of one caller item or one response, gathered while they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalharness.recording.timeline import AudioArrival, FunctionCall, InputItem, Response

Tools = tuple[Mapping[str, Any], ...]
CUT_OFF = frozenset({"cancelled", "incomplete"})


@dataclass(slots=True)
class GatheredInput:
    """A stretch of the caller's audio; times in ns, positions in ms on the input axis."""

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

    def value(self, turn: int | None) -> InputItem:
        transcript = self.transcript
        if transcript is None and self.deltas and self.error is None:
            transcript = "".join(self.deltas)
        return InputItem(
            item_id=self.item_id,
            turn=turn,
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
class Output:
    """A function's output as the client sent it."""

    text: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class Request:
    """A `response.create`; `tools` is None where it names none of its own."""

    at_ns: int
    event_id: object
    tools: Tools | None


@dataclass(slots=True)
class GatheredCall:
    """A function call. Servers name it by call id, by item id, by both, or not at all."""

    call_id: str
    item_id: str
    at_ns: int
    name: str = ""
    arguments: str = ""

    def is_same(self, call_id: str, item_id: str) -> bool:
        if call_id and self.call_id:
            return call_id == self.call_id
        return bool(item_id) and item_id == self.item_id


@dataclass(slots=True)
class GatheredResponse:
    """A response. `parts` holds each content part's words, done or so far; `item_names` the
    functions that items were announced with; `session_tools` those of the session when it began."""

    response_id: str
    created_ns: int
    request: Request | None
    session_tools: Tools
    first_output_ns: int | None = None
    first_audio_ns: int | None = None
    done_ns: int | None = None
    status: str = "in_progress"
    status_details: Any = None
    usage: Mapping[str, Any] | None = None
    audio: list[AudioArrival] = field(default_factory=list)
    parts: dict[tuple[str, int], str] = field(default_factory=dict)
    finished_parts: set[tuple[str, int]] = field(default_factory=set)
    item_names: dict[str, str] = field(default_factory=dict)
    calls: list[GatheredCall] = field(default_factory=list)

    def call(self, item: Mapping[str, Any], item_id: str, at_ns: int) -> GatheredCall:
        """A call as the latest event tells it, new or known before."""
        call_id = _text(item.get("call_id"))
        known = (one for one in self.calls if one.is_same(call_id, item_id))
        found = next(known, None)
        if found is None:
            found = GatheredCall(call_id, item_id, at_ns)
            self.calls.append(found)
        found.call_id = found.call_id or call_id
        found.name = _text(item.get("name")) or found.name or self.item_names.get(item_id, "")
        found.arguments = _text(item.get("arguments"))
        return found

    def finish(self, done: Mapping[str, Any], at_ns: int) -> None:
        """What `response.done` says; its calls come in the order of its output."""
        self.done_ns = at_ns
        self.status = _text(done.get("status")) or "completed"
        self.status_details = done.get("status_details")
        usage = done.get("usage")
        self.usage = usage if isinstance(usage, dict) and usage else None
        output = done.get("output")
        listed = [
            self.call(item, _text(item.get("id")), at_ns)
            for item in (output if isinstance(output, list) else ())
            if isinstance(item, dict) and item.get("type") == "function_call"
        ]
        # By identity: two calls without ids may say the same.
        ordered = {id(call): call for call in [*listed, *self.calls]}
        self.calls = list(ordered.values())

    def value(self, turn: int | None, outputs: Mapping[str, Output]) -> Response:
        return Response(
            response_id=self.response_id,
            turn=turn,
            created_ns=self.created_ns,
            requested_ns=self.request.at_ns if self.request else None,
            first_output_ns=self.first_output_ns,
            first_audio_ns=self.first_audio_ns,
            done_ns=self.done_ns,
            status=self.status,
            status_details=self.status_details,
            transcript=" ".join(text for text in self.parts.values() if text),
            audio=tuple(self.audio),
            calls=self._calls(outputs),
            usage=self.usage,
        )

    def _calls(self, outputs: Mapping[str, Output]) -> Sequence[FunctionCall]:
        asked = self.request.tools if self.request else None
        made = []
        for call in self.calls:
            output = outputs.get(call.call_id)
            made.append(
                FunctionCall(
                    call_id=call.call_id,
                    name=call.name,
                    arguments=call.arguments,
                    response_id=self.response_id,
                    interrupted=self.status in CUT_OFF,
                    output=output.text if output else None,
                    tools=self.session_tools if asked is None else asked,
                    at_ns=call.at_ns,
                    answered_ns=output.at_ns if output else None,
                )
            )
        return made


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

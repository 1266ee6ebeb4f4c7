"""What the caller says next: the client side of one scripted conversation.

Four phases: connecting (until `session.created`), configuring (until our `session.update` is
answered), the turns in order, and finishing (until the transcripts still owed have come). Each
happening updates what is known; `_advance` then looks at all of it and says what to do.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evalharness.audio.formats import DEFAULT_PCM_RATE, AudioFormat
from evalharness.realtime.codec import decode_server
from evalharness.realtime.error_codes import ACCOUNT, ACTIVE_RESPONSE, SESSION_EXPIRED, error_code
from evalharness.realtime.event import Undecodable, UnknownEvent
from evalharness.realtime.response_events import AudioDelta, ResponseCreated, ResponseDone
from evalharness.realtime.server_events import (
    ErrorEvent,
    InputAudioCommitted,
    SessionCreated,
    SessionUpdated,
    SpeechStarted,
    SpeechStopped,
    TranscriptionCompleted,
    TranscriptionFailed,
)
from evalharness.session.playback import PlaybackClock
from evalharness.session.script import Script, ScriptedTurn
from evalharness.session.state import ServerState
from evalharness.transport.machine import (
    Close,
    Command,
    Microphone,
    Note,
    Play,
    Send,
    WakeAt,
)

MS = 1_000_000
SESSION_TIMEOUT_NS = 15_000 * MS
"""How long a server may take to say `session.created`, and to answer our `session.update`."""
SETTLE_NS = 300 * MS
"""Quiet after a turn before the next one starts: a late `speech_started` still belongs to it."""
UNEXPECTED_RESPONSE_NS = 2_000 * MS
"""How long to listen after a turn that should not be answered."""
TRANSCRIPT_GRACE_NS = 5_000 * MS
"""How long to wait at the end for input transcripts that have not come."""

FATAL_CODES = ACCOUNT | {SESSION_EXPIRED}
"""Errors after which the server does nothing more for this session."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a session went, for the runner's decision table.

    finished: every turn was played. no_session: the server never said `session.created`.
    refused: it rejected our `session.update`. fatal: it reported an error it cannot go on after.
    lost: the connection ended first.
    """

    kind: Literal["finished", "no_session", "refused", "fatal", "lost"]
    code: str = ""
    message: str = ""


class _Phase(enum.Enum):
    CONNECTING = enum.auto()
    CONFIGURING = enum.auto()
    TURNS = enum.auto()
    FINISHING = enum.auto()
    OVER = enum.auto()


@dataclass(slots=True)
class _Turn:
    """The turn in progress. `asked_ns` is when the caller had finished; None while speaking."""

    scripted: ScriptedTurn
    asked_ns: int | None = None
    responses: int = 0


@dataclass(frozen=True, slots=True)
class _Answer:
    """A tool's output that is due."""

    due_ns: int
    call_id: str
    output: str


class ClientMachine:
    """Runs one Script. `outcome` is set once it is over."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._phase = _Phase.CONNECTING
        self._state = ServerState()
        self._playback = PlaybackClock()
        self._output_format = AudioFormat("audio/pcm", DEFAULT_PCM_RATE)
        self._deadline_ns = 0
        self._turn: _Turn | None = None
        self._next_turn = 0
        self._answers: list[_Answer] = []
        self._owes_create = False
        self._event_number = 0
        self._update_id = ""
        self._create_id = ""
        self.outcome: Outcome | None = None

    def opened(self, now_ns: int) -> Sequence[Command]:
        self._deadline_ns = now_ns + SESSION_TIMEOUT_NS
        return [WakeAt(self._deadline_ns)]

    def received(self, text: str, now_ns: int) -> Sequence[Command]:
        self._state.last_event_ns = now_ns
        return [*self._on_event(text, now_ns), *self._advance(now_ns)]

    def woken(self, now_ns: int) -> Sequence[Command]:
        return self._advance(now_ns)

    def called(self, name: str, result: Any, now_ns: int) -> Sequence[Command]:  # noqa: ARG002
        """The pacer played a clip to its end."""
        return [*self._finished_speaking(now_ns), *self._advance(now_ns)]

    def closed(self, code: int, reason: str, now_ns: int) -> None:  # noqa: ARG002
        if self.outcome is None:
            self.outcome = Outcome("lost", str(code), reason or "the server closed the connection")
        self._phase = _Phase.OVER

    # What the server said

    def _on_event(self, text: str, now_ns: int) -> Sequence[Command]:
        event = decode_server(text)
        state = self._state
        match event:
            case AudioDelta():
                self._heard(event, now_ns)
            case SessionCreated():
                return self._configure(now_ns)
            case SessionUpdated():
                return self._configured(event.session, now_ns)
            case SpeechStarted():
                state.user_speaking = True
                return self._interrupted(now_ns)
            case SpeechStopped():
                state.user_speaking = False
                # Its commit and response follow; until then the turn is not over.
                state.awaiting_created = state.creates_responses
            case InputAudioCommitted():
                return self._committed(event.item_id)
            case TranscriptionCompleted() | TranscriptionFailed():
                state.awaiting_transcripts.discard(event.item_id)
            case ResponseCreated():
                self._response_created(str(event.response.id))
            case ResponseDone():
                return self._response_done(event.wire()["response"], now_ns)
            case ErrorEvent():
                return self._error(event.wire()["error"])
            case Undecodable(reason=reason):
                return [self._problem(f"a frame that is no event: {reason}")]
            case UnknownEvent(type=name, problem=problem) if problem is not None:
                return [self._problem(f"{name} is not shaped as it should be: {problem.message}")]
            case _:
                pass
        return []

    def _problem(self, what: str) -> Command:
        turn = self._turn.scripted.index if self._turn else None
        return Note("problem", turn, {"what": what})

    def _configure(self, now_ns: int) -> Sequence[Command]:
        if self._phase is not _Phase.CONNECTING:
            return []
        self._phase = _Phase.CONFIGURING
        self._deadline_ns = now_ns + SESSION_TIMEOUT_NS
        update = self._event("session.update", session=self._script.session)
        self._update_id = update["event_id"]
        return [Send(_text(update))]

    def _configured(self, session: Mapping[str, Any], now_ns: int) -> Sequence[Command]:
        self._state.session = session
        try:
            self._output_format = self._state.output_format()
        except ValueError as unknown:
            # The session can go on: only the playback clock needs the format.
            return [self._problem(str(unknown)), *self._configured_once(now_ns)]
        return self._configured_once(now_ns)

    def _configured_once(self, now_ns: int) -> Sequence[Command]:
        if self._phase is not _Phase.CONFIGURING:
            return []
        return self._begin(now_ns)

    def _begin(self, now_ns: int) -> Sequence[Command]:
        self._phase = _Phase.TURNS
        has_vad = self._state.turn_detection is not None
        return [Microphone(has_vad), *self._start_turn(now_ns)]

    def _committed(self, item_id: str) -> Sequence[Command]:
        state = self._state
        if state.transcribes:
            state.awaiting_transcripts.add(item_id)
        if state.turn_detection is not None and not state.creates_responses:
            return self._create_response()
        return []

    def _response_created(self, response_id: str) -> None:
        state = self._state
        state.awaiting_created = False
        state.active_responses.add(response_id)
        # Whoever asked for it, this response sees the outputs that were waiting for one.
        self._owes_create = False
        if self._turn is not None:
            self._turn.responses += 1

    def _response_done(self, response: Mapping[str, Any], now_ns: int) -> Sequence[Command]:
        self._state.active_responses.discard(str(response.get("id")))
        # The arguments of a call that was cut off cannot be trusted; the model asks again.
        if response.get("status") == "cancelled":
            return []
        notes: list[Command] = []
        for item in response.get("output") or ():
            if isinstance(item, Mapping) and item.get("type") == "function_call":
                notes += self._answer_call(item, now_ns)
        return notes

    def _answer_call(self, item: Mapping[str, Any], now_ns: int) -> Sequence[Command]:
        name = str(item.get("name") or "")
        answer = self._script.mocks.answer(name, str(item.get("arguments") or ""))
        delay_ns = answer.delay_ms * MS if self._script.realtime else 0
        call_id = str(item.get("call_id") or "")
        self._answers.append(_Answer(now_ns + delay_ns, call_id, answer.output))
        if answer.declared:
            return []
        return [self._problem(f"the dataset has no result for this call of {name}")]

    def _error(self, error: Mapping[str, Any]) -> Sequence[Command]:
        code = error_code(error) or str(error.get("type") or "")
        message = str(error.get("message") or "")
        caused_by = error.get("event_id")
        if self._phase is _Phase.CONFIGURING and caused_by in (self._update_id, None):
            return self._over(Outcome("refused", code, message))
        if code in FATAL_CODES:
            return self._over(Outcome("fatal", code, message))
        if caused_by is not None and caused_by == self._create_id:
            self._state.awaiting_created = False
            # Another response won the race. Unless it already answers for us, ask again after it.
            self._owes_create = code == ACTIVE_RESPONSE
        return []

    # What the caller heard

    def _heard(self, event: AudioDelta, now_ns: int) -> None:
        size = len(event.delta) * 3 // 4 - event.delta.count("=", -2)
        length_ns = int(size / self._output_format.bytes_per_ms * MS)
        self._playback.arrived(event.item_id, event.content_index, length_ns, now_ns)

    def _interrupted(self, now_ns: int) -> Sequence[Command]:
        heard = self._playback.interrupt(now_ns)
        if heard is None or not self._script.realtime:
            return []
        truncate = self._event(
            "conversation.item.truncate",
            item_id=heard.item_id,
            content_index=heard.content_index,
            audio_end_ms=heard.played_ms,
        )
        return [Send(_text(truncate))]

    # What to do next

    def _advance(self, now_ns: int) -> Sequence[Command]:
        match self._phase:
            case _Phase.CONNECTING:
                return self._unless_late(
                    now_ns, Outcome("no_session", "", "no session.created within 15 s")
                )
            case _Phase.CONFIGURING:
                if now_ns >= self._deadline_ns:
                    # Some servers never acknowledge an update; the session goes on, and says so.
                    note = Note("problem", None, {"what": "session.update was not answered"})
                    return [note, *self._begin(now_ns)]
                return [WakeAt(self._deadline_ns)]
            case _Phase.TURNS:
                return self._advance_turn(now_ns)
            case _Phase.FINISHING:
                if not self._state.awaiting_transcripts or now_ns >= self._deadline_ns:
                    return self._over(Outcome("finished"))
                return [WakeAt(self._deadline_ns)]
            case _Phase.OVER:
                return []

    def _unless_late(self, now_ns: int, outcome: Outcome) -> Sequence[Command]:
        if now_ns >= self._deadline_ns:
            return self._over(outcome)
        return [WakeAt(self._deadline_ns)]

    def _advance_turn(self, now_ns: int) -> Sequence[Command]:
        turn = self._turn
        assert turn is not None
        outputs = self._due_outputs(now_ns)
        if self._answers:
            return [*outputs, WakeAt(min(answer.due_ns for answer in self._answers))]
        if turn.asked_ns is None:
            return outputs
        if self._owes_create and not self._state.busy:
            return [*outputs, *self._create_response()]
        return [*outputs, *self._wait_or_end(turn, turn.asked_ns, now_ns)]

    def _wait_or_end(self, turn: _Turn, asked_ns: int, now_ns: int) -> Sequence[Command]:
        timeout_ns = self._script.response_timeout_ns
        if self._state.busy:
            # Each event shows that the server is at work; only its silence runs into the timeout.
            late_ns = max(asked_ns, self._state.last_event_ns) + timeout_ns
            return self._at(late_ns, now_ns, "timeout")
        if turn.scripted.expects_response and turn.responses == 0:
            return self._at(asked_ns + timeout_ns, now_ns, "no_response")
        if turn.responses > 0:
            heard_ns = self._playback.ends_ns if self._script.realtime else now_ns
            settle_ns = SETTLE_NS if self._script.realtime else 0
            return self._at(max(heard_ns, asked_ns + settle_ns), now_ns, "answered")
        quiet_ns = SETTLE_NS if turn.scripted.kind == "silence" else UNEXPECTED_RESPONSE_NS
        return self._at(asked_ns + quiet_ns, now_ns, "silence_over")

    def _at(self, at_ns: int, now_ns: int, reason: str) -> Sequence[Command]:
        """End the turn once the time has come; until then wait for it."""
        if now_ns < at_ns:
            return [WakeAt(at_ns)]
        return self._end_turn(reason, now_ns)

    # What the caller says

    def _start_turn(self, now_ns: int) -> Sequence[Command]:
        scripted = self._script.turns[self._next_turn]
        self._next_turn += 1
        self._turn = turn = _Turn(scripted)
        note = Note("turn_started", scripted.index, {"kind": scripted.kind})
        if scripted.clip is not None:
            detail = {"speech_ms": [list(span) for span in scripted.speech_ms]}
            return [note, Play(f"turn-{scripted.index}", scripted.clip, scripted.index, detail)]
        turn.asked_ns = now_ns
        item = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": scripted.text}],
        }
        create = self._event("conversation.item.create", item=item)
        return [note, Send(_text(create)), *self._create_response()]

    def _finished_speaking(self, now_ns: int) -> Sequence[Command]:
        turn = self._turn
        assert turn is not None
        turn.asked_ns = now_ns
        manual = self._state.turn_detection is None
        if not manual or turn.scripted.kind == "silence":
            return []
        commit = self._event("input_audio_buffer.commit")
        return [Send(_text(commit)), *self._create_response()]

    def _end_turn(self, reason: str, now_ns: int) -> Sequence[Command]:
        turn = self._turn
        assert turn is not None
        note = Note("turn_ended", turn.scripted.index, {"reason": reason})
        # A response that never ended must not hold up the turns after it.
        self._state.active_responses.clear()
        self._state.awaiting_created = False
        self._state.user_speaking = False
        self._owes_create = False
        if self._next_turn < len(self._script.turns):
            return [note, *self._start_turn(now_ns)]
        self._turn = None
        self._phase = _Phase.FINISHING
        self._deadline_ns = now_ns + TRANSCRIPT_GRACE_NS
        return [note, *self._advance(now_ns)]

    def _due_outputs(self, now_ns: int) -> Sequence[Command]:
        """Send the tool outputs whose time has come; one response answers all of them."""
        due = [answer for answer in self._answers if answer.due_ns <= now_ns]
        if not due:
            return []
        self._answers = [answer for answer in self._answers if answer.due_ns > now_ns]
        self._owes_create = True
        return [Send(_text(self._output_event(answer))) for answer in due]

    def _output_event(self, answer: _Answer) -> dict[str, Any]:
        item = {
            "type": "function_call_output",
            "call_id": answer.call_id,
            "output": answer.output,
        }
        return self._event("conversation.item.create", item=item)

    def _create_response(self) -> Sequence[Command]:
        self._owes_create = False
        self._state.awaiting_created = True
        create = self._event("response.create")
        self._create_id = create["event_id"]
        return [Send(_text(create))]

    def _over(self, outcome: Outcome) -> Sequence[Command]:
        self.outcome = outcome
        self._phase = _Phase.OVER
        return [Close()]

    def _event(self, event_type: str, **fields: Any) -> dict[str, Any]:
        self._event_number += 1
        return {"event_id": f"event_{self._event_number}", "type": event_type, **fields}


def _text(event: Mapping[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))

"""The server's side of one Realtime session: client events in, commands out. No socket, no clock.

The machine reads events and keeps the order of things; what it speaks of lives beside it: the
session in force, the input buffer, the conversation, the responses.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from evalharness.audio.formats import AudioFormat
from evalharness.realtime import client_events as say
from evalharness.realtime.codec import CLIENT_EVENTS, ClientEvent, decode_client
from evalharness.realtime.error_codes import INVALID_EVENT, INVALID_VALUE, SESSION_EXPIRED
from evalharness.realtime.event import Undecodable, UnknownEvent
from evalharness.realtime.problems import dotted
from evalharness.server.client_items import checked_entry, entry_of
from evalharness.server.conversation import Conversation, Entry, Hearing, Sound
from evalharness.server.effective_session import (
    for_response,
    initial_session,
    initial_transcription_session,
    turn_detection_of,
    updated,
)
from evalharness.server.engine import Conduct, Engine, Undisturbed
from evalharness.server.input_buffer import (
    SHORTEST_COMMIT_MS,
    InputBuffer,
    TurnStarted,
    decoded_audio,
)
from evalharness.server.outbox import Outbox, Refusal
from evalharness.server.responses import MS, Request, Responses
from evalharness.server.transcripts import Transcripts
from evalharness.transport.machine import Command

SESSION_LIMIT_S = 3600
"""Protocol notes, section 7: sessions end after 60 minutes."""
_APPEND_HEAD, _APPEND_TAIL = '{"type":"input_audio_buffer.append","audio":"', '"}'
GOING_AWAY = 1001
"""The close code of a session that was too long."""


class ServerMachine:
    """One connection. `wall_s` is the time of day when it opened, in epoch seconds."""

    def __init__(
        self,
        engine: Engine,
        *,
        model: str,
        wall_s: int,
        conduct: Conduct | None = None,
        output_speed: float = 10.0,
        kind: Literal["realtime", "transcription"] = "realtime",
        rng: random.Random | None = None,
    ) -> None:
        self._engine = engine
        self._conduct = conduct or Undisturbed()
        self._outbox = outbox = Outbox(rng or random.Random())  # noqa: S311 - ids, no secrets
        expires_at, session_id = wall_s + SESSION_LIMIT_S, outbox.new_id("sess")
        if kind == "realtime":
            self._session = initial_session(session_id, model, expires_at)
        else:
            self._session = initial_transcription_session(session_id, expires_at)
        self._conversation = Conversation(outbox.new_id("conv"))
        self._buffer = InputBuffer(engine)
        self._buffer.configure(self._session["audio"]["input"])
        self._responses = Responses(
            outbox,
            self._conversation,
            engine,
            output_speed=output_speed,
            finished=self._wait_for_caller,
        )
        self._transcripts = Transcripts(outbox, engine)
        self._speech_item_id = ""
        self._turns = 0
        self._requests_in_turn = 0
        self._waiting_number = 0

    # The machine's five calls

    def opened(self, now_ns: int) -> Sequence[Command]:
        self._outbox.event("session.created", session=self._session)
        self._outbox.at(now_ns + SESSION_LIMIT_S * 1000 * MS, self._expire)
        return self._outbox.take()

    def received(self, text: str, now_ns: int) -> Sequence[Command]:
        audio = _plain_append(text)
        if audio is not None:
            self._append(audio, now_ns)
            return self._outbox.take()
        event = decode_client(text)
        try:
            self._handle(event, now_ns)
        except Refusal as refusal:
            self._outbox.error(refusal, _event_id(event))
        return self._outbox.take()

    def woken(self, now_ns: int) -> Sequence[Command]:
        self._outbox.ring(now_ns)
        return self._outbox.take()

    def called(self, name: str, result: Any, now_ns: int) -> Sequence[Command]:
        work, _, owner = name.partition(":")
        if work == "respond":
            self._responses.answered(owner, result, now_ns)
        elif work == "transcribe":
            self._transcripts.made(owner, result, now_ns)
        # What failed to be prepared fails again where it is used, and is told there.
        return self._outbox.take()

    def closed(self, code: int, reason: str, now_ns: int) -> None:
        """Nothing is held that would need to be given back."""

    def _expire(self, now_ns: int) -> None:  # noqa: ARG002
        message = "Your session hit the maximum duration of 60 minutes."
        self._outbox.error(Refusal(SESSION_EXPIRED, message))
        self._outbox.close(GOING_AWAY, message)

    # What the client said

    def _handle(self, event: ClientEvent, now_ns: int) -> None:
        match event:
            case say.InputAudioAppend():
                self._append(decoded_audio(event.audio, "audio"), now_ns)
            case say.SessionUpdate():
                self._update(event.session)
            case say.InputAudioCommit():
                self._commit(self._buffer.commit(), self._take_speech_item_id(), now_ns)
            case say.InputAudioClear():
                self._buffer.clear()
                self._outbox.event("input_audio_buffer.cleared")
            case say.ItemCreate():
                self._create_item(event.wire()["item"], event.previous_item_id)
            case say.ItemRetrieve():
                item = self._conversation.get(event.item_id).with_audio()
                self._outbox.event("conversation.item.retrieved", item=item)
            case say.ItemTruncate():
                self._truncate(event)
            case say.ItemDelete():
                self._conversation.delete(event.item_id)
                self._outbox.event("conversation.item.deleted", item_id=event.item_id)
            case say.ResponseCreate():
                self._request(event.response or {}, now_ns)
            case say.ResponseCancel():
                self._responses.cancel("client_cancelled", now_ns, event.response_id)
            case say.OutputAudioClear():
                message = f"{event.type} is only available over WebRTC and SIP."
                raise Refusal(INVALID_VALUE, message, "type")
            case UnknownEvent():
                raise _not_understood(event)
            case Undecodable():
                raise Refusal(INVALID_EVENT, f"The event could not be read: {event.reason}.")

    def _update(self, update: Mapping[str, Any]) -> None:
        if "type" not in update:
            message = "Missing required parameter: 'session.type'."
            raise Refusal("missing_required_parameter", message, "session.type")
        locked = self._responses.voice_locked
        self._session = updated(self._session, update, voice_locked=locked)
        self._buffer.configure(self._session["audio"]["input"])
        self._outbox.event("session.updated", session=self._session)
        self._outbox.call("prepare", partial(self._engine.prepare, self._session))

    def _truncate(self, event: say.ItemTruncate) -> None:
        self._conversation.truncate(event.item_id, event.content_index, event.audio_end_ms)
        self._outbox.event(
            "conversation.item.truncated",
            item_id=event.item_id,
            content_index=event.content_index,
            audio_end_ms=event.audio_end_ms,
        )

    def _create_item(self, item: Mapping[str, Any], previous_item_id: str | None) -> None:
        entry = checked_entry(item, self._conversation, self._input_format, self._outbox)
        self._add(entry, self._conversation.add(entry, previous_item_id))

    def _add(self, entry: Entry, previous_id: str | None) -> None:
        """Show an item that came in whole, and take a turn if it is the caller's."""
        self._show(entry, previous_id)
        if entry.is_user_message:
            self._turns += 1
            self._requests_in_turn = 0
            sound = next(iter(entry.sounds.values()), None)
            self._conduct.caller_said(None if sound is None else sound.pcm())
            self._listen(entry)

    def _show(self, entry: Entry, previous_id: str | None) -> None:
        for event_type in ("conversation.item.added", "conversation.item.done"):
            self._outbox.event(event_type, previous_item_id=previous_id, item=entry.item)

    def _listen(self, entry: Entry) -> None:
        for index, sound in entry.sounds.items():
            listen = partial(_understand, self._engine, sound, self._session, self._turn)
            entry.hearings[index] = Hearing(listen)

    @property
    def _turn(self) -> int:
        """The caller's latest turn, from 0; -1 before the first."""
        return self._turns - 1

    @property
    def _input_format(self) -> AudioFormat:
        return AudioFormat.from_wire(self._session["audio"]["input"]["format"])

    # What was heard

    def _append(self, audio: bytes, now_ns: int) -> None:
        for found in self._buffer.append(audio):
            if isinstance(found, TurnStarted):
                self._speech_started(found.audio_start_ms, now_ns)
            else:
                item_id = self._take_speech_item_id()
                self._outbox.event(
                    "input_audio_buffer.speech_stopped",
                    audio_end_ms=found.audio_end_ms,
                    item_id=item_id,
                )
                self._commit(found.sound, item_id, now_ns)
                self._answer_turn(now_ns)

    def _speech_started(self, audio_start_ms: int, now_ns: int) -> None:
        self._waiting_number += 1
        self._speech_item_id = self._outbox.new_id("item")
        self._outbox.event(
            "input_audio_buffer.speech_started",
            audio_start_ms=audio_start_ms,
            item_id=self._speech_item_id,
        )
        self._interrupt(now_ns)

    def _interrupt(self, now_ns: int) -> None:
        settings = turn_detection_of(self._session) or {}
        if self._responses.active and settings.get("interrupt_response"):
            self._responses.cancel("turn_detected", now_ns)

    def _take_speech_item_id(self) -> str:
        """The id promised by `speech_started`, or a new one: a commit in mid-speech takes it."""
        item_id, self._speech_item_id = self._speech_item_id, ""
        return item_id or self._outbox.new_id("item")

    def _commit(self, sound: Sound, item_id: str, now_ns: int) -> None:
        entry = _user_audio(item_id, sound)
        self._add(entry, self._enter(entry))
        if self._session["audio"]["input"]["transcription"] is not None:
            delay_ms = self._conduct.behaviour(self._turn, 0).transcript_delay_ms
            due_ns = now_ns + round(delay_ms * MS)
            self._transcripts.begin(entry, self._session, self._turn, due_ns)

    def _enter(self, entry: Entry) -> str | None:
        previous_id = self._conversation.add(entry)
        self._outbox.event(
            "input_audio_buffer.committed", previous_item_id=previous_id, item_id=entry.id
        )
        return previous_id

    def _answer_turn(self, now_ns: int) -> None:
        """Turn detection committed: create a response if the session wants one."""
        settings = turn_detection_of(self._session) or {}
        if not settings.get("create_response") or self._session["type"] != "realtime":
            return
        # A client may have asked for a response while the caller spoke.
        self._interrupt(now_ns)
        try:
            self._request({}, now_ns)
        except Refusal as refusal:
            self._outbox.error(refusal)

    def _wait_for_caller(self, now_ns: int, playback_end_ns: int) -> None:  # noqa: ARG002
        """The idle time-out counts "from `response.done` plus playback length"."""
        self._waiting_number += 1
        number = self._waiting_number
        timeout_ms = (turn_detection_of(self._session) or {}).get("idle_timeout_ms")
        if timeout_ms is not None:
            at_ns = playback_end_ns + timeout_ms * MS
            self._outbox.at(at_ns, lambda rang_ns: self._idle(number, timeout_ms, rang_ns))

    def _idle(self, number: int, timeout_ms: int, now_ns: int) -> None:
        if number != self._waiting_number or self._buffer.held_ms < SHORTEST_COMMIT_MS:
            return
        end_ms = self._buffer.end_ms
        silent = self._buffer.commit()
        entry = _user_audio(self._outbox.new_id("item"), silent)
        # Nobody spoke: it is no turn of the caller's, and there is nothing to recognise.
        entry.hearings[0] = Hearing(str)
        self._outbox.event(
            "input_audio_buffer.timeout_triggered",
            audio_start_ms=round(end_ms - min(silent.duration_ms, timeout_ms)),
            audio_end_ms=round(end_ms),
            item_id=entry.id,
        )
        self._show(entry, self._enter(entry))
        self._answer_turn(now_ns)

    # Responses

    def _request(self, overrides: Mapping[str, Any], now_ns: int) -> None:
        if self._session["type"] != "realtime":
            message = "A transcription session does not create responses."
            raise Refusal(INVALID_VALUE, message, "type")
        session = for_response(self._session, overrides, voice_locked=self._responses.voice_locked)
        out_of_band = overrides.get("conversation") == "none"
        if not out_of_band:
            self._responses.must_be_free()
        entries = self._context(overrides.get("input"))
        behaviour = self._conduct.behaviour(self._turn, self._requests_in_turn)
        self._requests_in_turn += 1
        if behaviour.ignores_request:
            return
        if not out_of_band:
            self._waiting_number += 1
        request = Request(session, entries, behaviour, out_of_band, overrides.get("metadata"))
        self._responses.begin(request, now_ns)

    def _context(self, given: Sequence[Mapping[str, Any]] | None) -> Sequence[Entry]:
        """What a response reads: the conversation, or the `input` it was given instead."""
        if given is None:
            return list(self._conversation)
        entries = []
        for index, item in enumerate(given):
            if item["type"] == "item_reference":
                param = f"response.input[{index}].id"
                entries.append(self._conversation.get(item["id"], param, INVALID_VALUE))
            else:
                entry = entry_of(item, self._input_format, self._outbox)
                self._listen(entry)
                entries.append(entry)
        return entries


def _plain_append(text: str) -> bytes | None:
    """The audio of an append that holds nothing else, without reading it as JSON: most of all
    events are these. None for any other text, which is then read properly."""
    if not (text.startswith(_APPEND_HEAD) and text.endswith(_APPEND_TAIL)):
        return None
    try:
        # No quote or backslash is base64, so what passes is all of the value.
        return decoded_audio(text[len(_APPEND_HEAD) : -len(_APPEND_TAIL)], "audio")
    except Refusal:
        return None


def _user_audio(item_id: str, sound: Sound) -> Entry:
    item = {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    }
    return Entry(item, {0: sound})


def _understand(engine: Engine, sound: Sound, session: Mapping[str, Any], turn: int) -> str:
    return engine.understand(sound.pcm(), session, turn)


def _event_id(event: ClientEvent) -> str | None:
    match event:
        case Undecodable():
            return None
        case UnknownEvent(raw=raw):
            given = raw.get("event_id")
            return given if isinstance(given, str) else None
        case _:
            return event.event_id


def _not_understood(event: UnknownEvent) -> Refusal:
    if event.problem is not None:
        problem = event.problem
        return Refusal(problem.code, problem.message, dotted(problem.path) or None)
    known = ", ".join(f"'{name}'" for name in CLIENT_EVENTS)
    message = f"Invalid value: '{event.type}'. Supported values are: {known}."
    return Refusal(INVALID_VALUE, message, "type")

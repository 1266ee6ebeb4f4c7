"""The life of a response: asked for, answered by the engine, produced delta by delta, done.

"`response.created` first and `response.done` last for a response, always sent whatever the end
state" (protocol notes, section 5.8).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from evalharness.audio.formats import AudioFormat, encode
from evalharness.realtime.error_codes import ACTIVE_RESPONSE, CANCEL_NOT_ACTIVE, SERVER_ERROR
from evalharness.server.conversation import Conversation, Entry, Remembered, remember
from evalharness.server.engine import Behaviour, Engine, PlannedCall, Reply
from evalharness.server.outbox import Outbox, Refusal
from evalharness.server.output_items import (
    FunctionCall,
    OutputItem,
    Slot,
    SpokenMessage,
    WrittenMessage,
)
from evalharness.server.usage import (
    ASSISTANT_MS_PER_TOKEN,
    ContextPart,
    Meter,
    Tokens,
    audio_tokens,
    context,
    item_tokens,
    text_tokens,
)
from evalharness.server.words import words_of

MS = 1_000_000
DELTA_MS = 200
"""Sound in one audio delta."""
ARGUMENTS_PIECE = 16
"""Characters in one delta of a call's arguments."""
TOKENS_PER_MINUTE = 400_000
"""What `rate_limits.updated` tells; nothing is ever refused for it."""

End = Literal["completed", "cancelled", "failed", "incomplete"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `session` has the response's own overrides laid over it."""

    session: Mapping[str, Any]
    entries: Sequence[Entry]
    behaviour: Behaviour
    out_of_band: bool = False
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine made of it; `sound` is in the wire's encoding."""

    reply: Reply
    sound: bytes


@dataclass(slots=True)
class _Response:
    id: str
    request: Request
    asked_ns: int
    read: Sequence[ContextPart]
    fmt: AudioFormat
    output: list[Entry] = field(default_factory=list)
    making: OutputItem | None = None
    first_audio_ns: int | None = None
    exhausted: bool = False

    @property
    def speaks(self) -> bool:
        return bool(self.request.session["output_modalities"] == ["audio"])

    def spent(self) -> Tokens:
        return sum(map(item_tokens, self.output), Tokens())


class Responses:
    """All responses of a session: one in the default conversation at a time, any out of band.

    `output_speed` is how many times faster than real time audio goes out; 0 sends it at once.
    `finished` is called after a response of the default conversation with the time and when its
    playback will end, in ns.
    """

    def __init__(
        self,
        outbox: Outbox,
        conversation: Conversation,
        engine: Engine,
        *,
        output_speed: float,
        finished: Callable[[int, int], None],
    ) -> None:
        self._outbox = outbox
        self._conversation = conversation
        self._engine = engine
        self._pause_ns = round(DELTA_MS * MS / output_speed) if output_speed else 0
        self._finished = finished
        self._meter = Meter()
        self._open: dict[str, _Response] = {}
        self._active_id: str | None = None
        self.voice_locked = False

    @property
    def active(self) -> bool:
        """Whether the default conversation's response is in progress."""
        return self._active_id is not None

    def must_be_free(self) -> None:
        """Raises Refusal while the default conversation's response is in progress."""
        if self._active_id is not None:
            message = (
                "Conversation already has an active response in progress: "
                f"{self._active_id}. Wait until the response is finished before creating a new one."
            )
            raise Refusal(ACTIVE_RESPONSE, message)

    def begin(self, request: Request, now_ns: int) -> None:
        """Create a response and set the engine to work. Out of band, or the place must be free."""
        response = _Response(
            self._outbox.new_id("resp"),
            request,
            now_ns,
            context(request.session, request.entries),
            _output_format(request.session),
        )
        self._open[response.id] = response
        if not request.out_of_band:
            self._active_id = response.id
        self._outbox.event("response.created", response=self._wire(response, "in_progress"))
        if request.session["tool_choice"] == "required" and not request.session["tools"]:
            reason = "tool_choice is required, but the session has no tools."
            self._finish(response, "failed", now_ns, error=_failure(reason))
            return
        work = _Work(self._engine, remember(request.entries), request.session, response.fmt)
        self._outbox.call(f"respond:{response.id}", work)

    def answered(self, response_id: str, result: Any, now_ns: int) -> None:
        """The engine is done. What comes for a response that was cancelled is dropped."""
        response = self._open.get(response_id)
        if response is None:
            return
        if isinstance(result, Exception):
            error = _failure(f"The server had an error while processing your request: {result}")
            self._finish(response, "failed", now_ns, error=error)
            return
        start_ns = response.asked_ns + round(response.request.behaviour.first_output_ms * MS)
        if start_ns <= now_ns:
            self._produce(response, result, now_ns)
        else:
            self._outbox.at(start_ns, lambda at_ns: self._produce(response, result, at_ns))

    def cancel(self, reason: str, now_ns: int, response_id: str | None = None) -> None:
        """Cut a response off, by default the conversation's. Raises Refusal when there is none."""
        response = self._open.get(response_id or self._active_id or "")
        if response is None:
            raise Refusal(CANCEL_NOT_ACTIVE, "Cancellation failed: no active response found")
        self._finish(response, "cancelled", now_ns, reason=reason)

    def _produce(self, response: _Response, answer: Answer, now_ns: int) -> None:
        if response.id not in self._open:
            return
        if response.request.behaviour.disconnects:
            self._outbox.close(1011, "declared fault: disconnect")
            return
        self._advance(response, self._steps(response, answer), now_ns)

    def _advance(self, response: _Response, steps: Iterator[None], due_ns: int) -> None:
        """Take steps until one has to wait. A late wake-up does not shift the ones after it."""
        if response.id not in self._open:
            return
        for _ in steps:
            if response.first_audio_ns is None and response.speaks:
                response.first_audio_ns = due_ns
                self.voice_locked = True
            if self._pause_ns:
                self._wait(response, steps, due_ns + self._pause_ns)
                return
        if response.exhausted:
            self._finish(response, "incomplete", due_ns, reason="max_output_tokens")
        else:
            self._finish(response, "completed", due_ns)

    def _wait(self, response: _Response, steps: Iterator[None], due_ns: int) -> None:
        self._outbox.at(due_ns, lambda _: self._advance(response, steps, due_ns))

    def _steps(self, response: _Response, answer: Answer) -> Iterator[None]:
        """Produce the whole answer, stopping after each stretch of sound."""
        if answer.reply.text and response.speaks:
            yield from self._speak(response, answer)
        elif answer.reply.text:
            self._write(response, WrittenMessage(self._slot(response)), words_of(answer.reply.text))
        for call in answer.reply.calls:
            if not response.exhausted:
                item = FunctionCall(self._slot(response), call.name)
                self._write(response, item, _argument_pieces(call))

    def _speak(self, response: _Response, answer: Answer) -> Iterator[None]:
        item = SpokenMessage(self._slot(response), response.fmt)
        self._making(response, item)
        for piece in spoken_pieces(answer.reply.text, answer.sound, response.fmt):
            duration_ms = len(piece.sound) / response.fmt.bytes_per_ms
            cost = text_tokens(piece.words) + audio_tokens(duration_ms, ASSISTANT_MS_PER_TOKEN)
            if not self._afford(response, cost):
                return
            item.say(piece.words, piece.sound)
            yield
        self._made(response)

    def _write(
        self, response: _Response, item: WrittenMessage | FunctionCall, pieces: Sequence[str]
    ) -> None:
        self._making(response, item)
        for piece in pieces:
            if not self._afford(response, text_tokens(piece)):
                return
            item.write(piece)
        self._made(response)

    def _afford(self, response: _Response, tokens: int) -> bool:
        limit = response.request.session["max_output_tokens"]
        response.exhausted = limit != "inf" and response.spent().total + tokens > limit
        return not response.exhausted

    def _slot(self, response: _Response) -> Slot:
        conversation = None if response.request.out_of_band else self._conversation
        return Slot(self._outbox, conversation, response.id, len(response.output))

    def _making(self, response: _Response, item: OutputItem) -> None:
        response.making = item
        response.output.append(item.entry)

    def _made(self, response: _Response) -> None:
        assert response.making is not None
        response.making.close("completed")
        response.making = None

    def _finish(
        self,
        response: _Response,
        end: End,
        now_ns: int,
        *,
        reason: str | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        if response.making is not None:
            response.making.close("incomplete")
        del self._open[response.id]
        if self._active_id == response.id:
            self._active_id = None
        details = None if end == "completed" else _details(end, reason, error)
        usage = None if end == "failed" else self._meter.bill(response.read, response.spent())
        wire = self._wire(response, end, details, usage)
        self._outbox.event("response.done", response=wire)
        if usage is not None:
            self._outbox.event("rate_limits.updated", rate_limits=[_rate_limit(usage)])
        if not response.request.out_of_band:
            self._finished(now_ns, _playback_end_ns(response, now_ns))

    def _wire(
        self,
        response: _Response,
        status: str,
        details: Mapping[str, Any] | None = None,
        usage: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        session = response.request.session
        output = session["audio"]["output"]
        return {
            "object": "realtime.response",
            "id": response.id,
            "status": status,
            "status_details": details,
            "output": [entry.item for entry in response.output],
            "conversation_id": None if response.request.out_of_band else self._conversation.id,
            "output_modalities": session["output_modalities"],
            "max_output_tokens": session["max_output_tokens"],
            "audio": {"output": {"format": output["format"], "voice": output["voice"]}},
            "usage": usage,
            "metadata": response.request.metadata,
        }


@dataclass(frozen=True, slots=True)
class _Work:
    """What is done off the event loop for one response. It touches nothing of the machine."""

    engine: Engine
    history: Sequence[Remembered]
    session: Mapping[str, Any]
    fmt: AudioFormat

    def __call__(self) -> Answer:
        reply = self.engine.respond([item.heard() for item in self.history], self.session)
        if not reply.text or self.session["output_modalities"] != ["audio"]:
            return Answer(reply, b"")
        return Answer(reply, encode(self.engine.speak(reply.text, self.session), self.fmt))


@dataclass(frozen=True, slots=True)
class SpokenPiece:
    """One audio delta and the words that go with it."""

    words: str
    sound: bytes


def spoken_pieces(text: str, sound: bytes, fmt: AudioFormat) -> Iterator[SpokenPiece]:
    """Sound in stretches of 200 ms, the words spread evenly over them."""
    size = round(fmt.bytes_per_ms * DELTA_MS)
    stretches = [sound[at : at + size] for at in range(0, len(sound), size)] or [b""]
    words = words_of(text)
    for index, stretch in enumerate(stretches):
        first = -(-len(words) * index // len(stretches))
        last = -(-len(words) * (index + 1) // len(stretches))
        yield SpokenPiece("".join(words[first:last]), stretch)


def _argument_pieces(call: PlannedCall) -> Sequence[str]:
    arguments = call.arguments
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return [text[at : at + ARGUMENTS_PIECE] for at in range(0, len(text), ARGUMENTS_PIECE)]


def _output_format(session: Mapping[str, Any]) -> AudioFormat:
    return AudioFormat.from_wire(session["audio"]["output"]["format"])


def _playback_end_ns(response: _Response, now_ns: int) -> int:
    if response.first_audio_ns is None:
        return now_ns
    sounds = (sound for entry in response.output for sound in entry.sounds.values())
    played_ns = round(sum(sound.duration_ms for sound in sounds) * MS)
    return max(now_ns, response.first_audio_ns + played_ns)


def _failure(message: str) -> Mapping[str, Any]:
    return {"type": SERVER_ERROR, "code": None, "message": message}


def _details(end: End, reason: str | None, error: Mapping[str, Any] | None) -> Mapping[str, Any]:
    details: dict[str, Any] = {"type": end}
    if reason is not None:
        details["reason"] = reason
    if error is not None:
        details["error"] = error
    return details


def _rate_limit(usage: Mapping[str, Any]) -> Mapping[str, Any]:
    used = min(usage["total_tokens"], TOKENS_PER_MINUTE)
    return {
        "name": "tokens",
        "limit": TOKENS_PER_MINUTE,
        "remaining": TOKENS_PER_MINUTE - used,
        "reset_seconds": round(60 * used / TOKENS_PER_MINUTE, 3),
    }

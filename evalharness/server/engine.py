"""What the server's machine needs from whoever hears, thinks and speaks for it.

An engine says what is heard and answered; a `Conduct` says when, and what goes wrong on purpose.
The speech engine has the one, the scripted engine both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from evalharness.audio.pcm import Pcm


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech began at `at_ms` of the audio fed so far, without any padding before it."""

    at_ms: float


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The silence that ends a turn was complete at `at_ms`: the end of speech plus that silence."""

    at_ms: float


class Detector(Protocol):
    """Finds the caller's turns in one stretch of audio; positions count from its first sample."""

    def feed(self, pcm: bytes) -> Sequence[SpeechStarted | SpeechStopped]:
        """Take the next piece, of any length: 16-bit little-endian mono at the detector's rate."""
        ...


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A function call to make. Text as `arguments` goes out as it is, whether it is JSON or not."""

    name: str
    arguments: Mapping[str, Any] | str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the assistant says and does in one response, in this order. Empty text: no message."""

    text: str
    calls: Sequence[PlannedCall] = ()


class Engine(Protocol):
    """Hears, thinks and speaks. `session` is the effective session, for a response with its own
    overrides laid over it. All but `detector` may block; they run off the event loop, and several
    may run at once. What they raise fails the transcription or the response, not the session.
    """

    def detector(self, turn_detection: Mapping[str, Any], rate: int) -> Detector:
        """A fresh detector for the session's `turn_detection` object and audio of `rate` Hz."""
        ...

    def prepare(self, session: Mapping[str, Any]) -> None:
        """The session changed: load what its speech will need, so that no turn waits for it."""
        ...

    def transcribe(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:
        """What the side recogniser writes down. `turn` counts the caller's turns from 0."""
        ...

    def understand(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:
        """What the model itself hears; `respond` finds it as the item's `transcript`."""
        ...

    def respond(self, history: Sequence[Mapping[str, Any]], session: Mapping[str, Any]) -> Reply:
        """`history` holds conversation items in the wire's form, oldest first, without audio."""
        ...

    def speak(self, text: str, session: Mapping[str, Any]) -> Pcm:
        """`text` as sound, at 24 kHz."""
        ...


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the server behaves in one exchange.

    first_output_ms: from the request (the commit under turn detection, else response.create) to
    the first delta of the response; later only if the engine takes longer. transcript_delay_ms:
    the same, from the commit to the transcript. ignores_request: no response is ever created.
    disconnects: the connection drops where the first delta would have been.
    """

    first_output_ms: float = 0.0
    transcript_delay_ms: float = 0.0
    ignores_request: bool = False
    disconnects: bool = False


class Conduct(Protocol):
    """Declares the server's behaviour, exchange by exchange. Asked on the event loop."""

    def caller_said(self, pcm: Pcm | None) -> None:
        """The caller's next turn entered the conversation; None: typed. It comes before anything
        is asked about that turn."""
        ...

    def behaviour(self, turn: int, response: int) -> Behaviour:
        """`turn` counts the caller's turns from 0 (-1: nothing was said yet), `response` the
        responses asked for within the turn."""
        ...


class Undisturbed:
    """As fast as the engine, without faults."""

    def caller_said(self, pcm: Pcm | None) -> None:
        """Nothing depends on it."""

    def behaviour(self, turn: int, response: int) -> Behaviour:  # noqa: ARG002
        return Behaviour()

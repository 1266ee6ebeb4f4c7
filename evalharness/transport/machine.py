"""What a machine is: it gets an event and the time, and returns commands.

A machine has no socket, no clock and no await inside, so its test is a transcript: events in,
commands out. `drive.py` runs it for real.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from evalharness.audio.chunks import EncodedClip


@dataclass(frozen=True, slots=True)
class Send:
    """Put one text frame on the wire."""

    text: str


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Call `woken` once the clock reads `at_ns`. A later WakeAt replaces an earlier one."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Call:
    """Run `work` off the event loop; its result comes back as `called(name, result)`.

    An exception raised by the work comes back as the result, as a value.
    """

    name: str
    work: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Play:
    """Put a clip on the caller's microphone; `called("played", name)` follows its last chunk.

    `turn` and `detail` go into the recording's mark, so that scoring finds the clip's place on
    the input axis.
    """

    name: str
    clip: EncodedClip
    turn: int
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Microphone:
    """Open: silence flows whenever no clip plays, as from a live microphone. Shut: nothing."""

    open: bool


@dataclass(frozen=True, slots=True)
class Note:
    """Write a mark into the recording: something the wire does not show."""

    kind: str
    turn: int | None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Close:
    """End the session."""

    code: int = 1000
    reason: str = ""


Command = Send | WakeAt | Call | Play | Microphone | Note | Close


class Machine(Protocol):
    """One side of a conversation. `now_ns` is the recording's clock: 0 when it opened."""

    def opened(self, now_ns: int) -> Sequence[Command]: ...

    def received(self, text: str, now_ns: int) -> Sequence[Command]: ...

    def woken(self, now_ns: int) -> Sequence[Command]: ...

    def called(self, name: str, result: Any, now_ns: int) -> Sequence[Command]: ...

    def closed(self, code: int, reason: str, now_ns: int) -> None: ...

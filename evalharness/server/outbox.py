"""What one step of the machine gives back: events with their ids, calls, one alarm."""

from __future__ import annotations

import heapq
import itertools
import json
import random
import string
from collections.abc import Callable, Sequence
from typing import Any

from evalharness.errors import EvalharnessError
from evalharness.transport.machine import Call, Close, Command, Send, WakeAt

ID_LENGTH = 21
"""Protocol notes, section 5.8: ids are a prefix and 21 characters of base62."""
CALL_ID_LENGTH = 16
_BASE62 = (string.ascii_letters + string.digits).encode()
_BYTE_TO_BASE62 = bytes(_BASE62[byte % 62] for byte in range(256))

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_compact_ascii = json.JSONEncoder(separators=(",", ":")).encode

Action = Callable[[int], None]
"""What an alarm runs; it gets the time in ns."""


class Refusal(EvalharnessError):
    """A client event the server will not carry out: `code` and `param` of the `error` event."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param


class Outbox:
    """Gathers the commands of one step. A machine has one alarm, so many share it here."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._commands: list[Command] = []
        self._alarms: list[tuple[int, int, Action]] = []
        self._order = itertools.count()
        self._announced_ns: int | None = None

    def new_id(self, prefix: str) -> str:
        length = CALL_ID_LENGTH if prefix == "call" else ID_LENGTH
        return f"{prefix}_{self._rng.randbytes(length).translate(_BYTE_TO_BASE62).decode()}"

    def event(self, event_type: str, **fields: Any) -> None:
        event = {"type": event_type, "event_id": self.new_id("event"), **fields}
        self._commands.append(Send(_text(event)))

    def error(self, refusal: Refusal, caused_by: str | None = None) -> None:
        error = {
            "type": "invalid_request_error",
            "code": refusal.code,
            "message": refusal.message,
            "param": refusal.param,
            "event_id": caused_by,
        }
        self.event("error", error=error)

    def call(self, name: str, work: Callable[[], Any]) -> None:
        self._commands.append(Call(name, work))

    def close(self, code: int, reason: str) -> None:
        self._commands.append(Close(code, reason))

    def at(self, at_ns: int, action: Action) -> None:
        """Run `action` in the first step at or after `at_ns`."""
        heapq.heappush(self._alarms, (at_ns, next(self._order), action))

    def ring(self, now_ns: int) -> None:
        """The machine was woken: run what is due."""
        self._announced_ns = None
        while self._alarms and self._alarms[0][0] <= now_ns:
            _, _, action = heapq.heappop(self._alarms)
            action(now_ns)

    def take(self) -> Sequence[Command]:
        """Everything since the last time, and when to wake up where that has changed."""
        commands, self._commands = self._commands, []
        next_ns = self._alarms[0][0] if self._alarms else None
        if next_ns is not None and next_ns != self._announced_ns:
            self._announced_ns = next_ns
            commands.append(WakeAt(next_ns))
        return commands


def _text(event: dict[str, Any]) -> str:
    text = _compact(event)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            # Half of a surrogate pair, which a client may send escaped and UTF-8 cannot carry.
            return _compact_ascii(event)
    return text

"""The one exception tree.

    EvalharnessError
    ├── UserError             the person can mend it: code, message, hint, location (exit 2)
    │   ├── InvalidInput      many problems found in one reading of a file or folder (exit 2)
    │   ├── NotFound          a reference matched nothing, or more than one thing (exit 4)
    │   └── UnfitEnvironment  no key, an older or newer database, a missing extra (exit 6)
    ├── TransportError        the socket, seen from the session's side
    │   ├── ConnectFailed     refused, timed out, or answered the upgrade with an HTTP status
    │   └── ConnectionLost    was open and ended without our asking
    └── StoreError            the database refused a read or a write

Fields are primitive, so that an error can be stored as JSON and printed anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file. `line` and `column` count from 1; 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what the user gave: what, where, and what to do about it."""

    code: str
    message: str
    hint: str = ""
    location: Location | None = None
    warning: bool = False


class EvalharnessError(Exception):
    """Everything this package raises on purpose."""


class UserError(EvalharnessError):
    """A mistake the person at the keyboard can mend."""

    exit_code = 2

    def __init__(
        self, code: str, message: str, *, hint: str = "", location: Location | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.location = location

    @property
    def problems(self) -> Sequence[Problem]:
        return (Problem(self.code, self.message, self.hint, self.location),)


class InvalidInput(UserError):
    """Every problem found in a dataset, a variant or a configuration, in reading order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.code, first.message, hint=first.hint, location=first.location)
        self._problems = tuple(problems)

    @property
    def problems(self) -> Sequence[Problem]:
        return self._problems


class NotFound(UserError):
    """A reference that names nothing, or more than one thing."""

    exit_code = 4


class UnfitEnvironment(UserError):
    """The machine lacks something: a key, an extra, a database this version can open."""

    exit_code = 6


class TransportError(EvalharnessError):
    """The connection, seen from one session."""


class ConnectFailed(TransportError):
    """No session could be opened.

    `status` is the HTTP status of a refused upgrade, or None when no answer came.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class ConnectionLost(TransportError):
    """The peer ended an open session. `code` and `reason` are the WebSocket's close."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"connection closed with {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class StoreError(EvalharnessError):
    """The database refused; the message says which file and why."""

"""Takes frames as they pass the socket, in order, and hands them to a sink.

The recorder numbers frames, lifts their audio and keeps the tracks' offsets. Where a frame goes
is the sink's business: memory for tests, the store's writer thread for runs.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

from evalharness.recording.frame import (
    APPEND_TYPE,
    INPUT_TRACK,
    OUTPUT_TRACK,
    AudioRef,
    Frame,
    Lifted,
    Mark,
    Side,
    lift,
)
from evalharness.recording.recording import Footer, Header, Recording
from evalharness.recording.redact import Redactor


class Sink(Protocol):
    """Where recordings go while they happen. No call may block the event loop."""

    def opened(self, header: Header) -> None: ...

    def frame(self, key: str, frame: Frame, audio: bytes) -> None: ...

    def mark(self, key: str, mark: Mark) -> None: ...

    def closed(self, key: str, footer: Footer) -> None: ...


# Servers and SDKs put `type` first or second; a frame that does not is parsed in full.
_EARLY_TYPE = re.compile(
    r'\{\s*(?:"event_id"\s*:\s*"[^"\\]*"\s*,\s*)?"type"\s*:\s*"([A-Za-z0-9_.]+)"'
)
_IDS = {
    name: re.compile(rf'"{name}"\s*:\s*"([^"\\]*)"')
    for name in ("event_id", "item_id", "response_id")
}


def event_type(text: str) -> str:
    """The event's `type`, without a full parse where it stands early; "" when there is none."""
    match = _EARLY_TYPE.match(text)
    if match:
        return match.group(1)
    try:
        event = json.loads(text)
    except ValueError:
        return ""
    name = event.get("type") if isinstance(event, dict) else None
    return name if isinstance(name, str) else ""


class Recorder:
    """One session's recording while it happens. All times are ns since it opened.

    What the redactor knows as secret never reaches the sink; nothing else is altered.
    """

    def __init__(self, header: Header, sink: Sink, redactor: Redactor | None = None) -> None:
        self.key = header.key
        self._sink = sink
        self._redactor = redactor or Redactor()
        self._seq = 0
        self._offsets = {INPUT_TRACK: 0, OUTPUT_TRACK: 0}
        sink.opened(header)

    @property
    def input_offset(self) -> int:
        """Bytes sent on the input track so far."""
        return self._offsets[INPUT_TRACK]

    def sent(self, text: str, at_ns: int) -> None:
        """A client frame that is not paced audio."""
        self._text("client", text, at_ns)

    def sent_audio(
        self, payload: str, audio_at: int, audio: bytes, at_ns: int, due_ns: int
    ) -> None:
        """A paced append, already taken apart by the pacer: the hot path."""
        self._put("client", APPEND_TYPE, Lifted(payload, audio_at, audio), at_ns, due_ns)

    def received(self, data: str | bytes, at_ns: int) -> None:
        """A server frame; bytes are a binary message."""
        if isinstance(data, bytes):
            clean = self._redactor.clean_bytes(data)
            payload = base64.b64encode(clean).decode("ascii")
            frame = Frame(self._seq, at_ns, "server", "", payload, binary=True)
            self._seq += 1
            self._sink.frame(self.key, frame, b"")
        else:
            self._text("server", data, at_ns)

    def mark(
        self,
        kind: str,
        at_ns: int,
        turn: int | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        self._sink.mark(self.key, Mark(at_ns, kind, turn, dict(detail or {})))

    def close(self, footer: Footer) -> None:
        self._sink.closed(self.key, footer)

    def _text(self, side: Side, text: str, at_ns: int) -> None:
        clean = self._redactor.clean(text)
        name = event_type(clean)
        self._put(side, name, lift(name, clean), at_ns, None)

    def _put(self, side: Side, name: str, lifted: Lifted, at_ns: int, due_ns: int | None) -> None:
        audio_ref = None
        if lifted.audio_at is not None:
            track = INPUT_TRACK if name == APPEND_TYPE else OUTPUT_TRACK
            audio_ref = AudioRef(track, self._offsets[track], len(lifted.audio))
            self._offsets[track] += len(lifted.audio)
        # The canonical append carries no ids; looking for them would cost the hot path dearly.
        ids = (None, None, None) if due_ns is not None else _ids(lifted.payload)
        frame = Frame(
            seq=self._seq,
            at_ns=at_ns,
            side=side,
            type=name,
            payload=lifted.payload,
            due_ns=due_ns,
            event_id=ids[0],
            item_id=ids[1],
            response_id=ids[2],
            audio=audio_ref,
            audio_at=lifted.audio_at,
        )
        self._seq += 1
        self._sink.frame(self.key, frame, lifted.audio)


def _ids(payload: str) -> tuple[str | None, str | None, str | None]:
    """The frame's first event, item and response id, for the database's indexes only."""
    event, item, response = (pattern.search(payload) for pattern in _IDS.values())
    return (
        event.group(1) if event else None,
        item.group(1) if item else None,
        response.group(1) if response else None,
    )


class MemorySink:
    """Keeps recordings as values. `recording(key)` gives one, finished or not."""

    def __init__(self) -> None:
        self._headers: dict[str, Header] = {}
        self._frames: dict[str, list[Frame]] = {}
        self._marks: dict[str, list[Mark]] = {}
        self._audio: dict[str, dict[str, bytearray]] = {}
        self._footers: dict[str, Footer] = {}

    def opened(self, header: Header) -> None:
        self._headers[header.key] = header
        self._frames[header.key] = []
        self._marks[header.key] = []
        self._audio[header.key] = {}

    def frame(self, key: str, frame: Frame, audio: bytes) -> None:
        self._frames[key].append(frame)
        if frame.audio is not None:
            self._audio[key].setdefault(frame.audio.track, bytearray()).extend(audio)

    def mark(self, key: str, mark: Mark) -> None:
        self._marks[key].append(mark)

    def closed(self, key: str, footer: Footer) -> None:
        self._footers[key] = footer

    def recording(self, key: str) -> Recording:
        return Recording(
            header=self._headers[key],
            frames=tuple(self._frames[key]),
            marks=tuple(self._marks[key]),
            audio={track: bytes(data) for track, data in self._audio[key].items()},
            footer=self._footers.get(key),
        )

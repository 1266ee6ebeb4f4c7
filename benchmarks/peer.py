"""A peer that speaks just enough WebSocket: for each append it sends one audio delta back.

It reads frame headers and skips payloads, and answers with bytes made beforehand, so that it stays
far below the cost of any client measured against it. Run as a process of its own:
`python -m benchmarks.peer` prints its port.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import sys

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CHUNK_BYTES = 960
"""20 ms of PCM at 24 kHz."""


def text_frame(text: str) -> bytes:
    """An unmasked WebSocket text frame (RFC 6455, 5.2)."""
    data = text.encode()
    if len(data) < 126:
        return bytes([0x81, len(data)]) + data
    return bytes([0x81, 126]) + len(data).to_bytes(2, "big") + data


SESSION = {
    "type": "realtime",
    "audio": {
        "input": {"turn_detection": {"type": "server_vad", "create_response": True}},
        "output": {},
    },
}
CREATED = text_frame(json.dumps({"type": "session.created", "event_id": "e", "session": SESSION}))
UPDATED = text_frame(json.dumps({"type": "session.updated", "event_id": "e", "session": SESSION}))
DELTA = text_frame(
    json.dumps(
        {
            "type": "response.output_audio.delta",
            "event_id": "event_000000000000000000001",
            "response_id": "resp_000000000000000000001",
            "item_id": "item_000000000000000000001",
            "output_index": 0,
            "content_index": 0,
            "delta": base64.b64encode(os.urandom(CHUNK_BYTES)).decode(),
        },
        separators=(",", ":"),
    )
)
SMALLEST_APPEND = 600
"""Bytes; a 20 ms append is about 1,330 and everything else a client sends is an update."""


class Peer(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._open = False
        self._greeted = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            self._upgrade()
        answers = []
        while self._open and (frame := self._take()) is not None:
            opcode, size = frame
            if opcode == 8:
                self._write(b"\x88\x02\x03\xe8")
                assert self._transport is not None
                self._transport.close()
                return
            answers.append(UPDATED if size < SMALLEST_APPEND or not self._greeted else DELTA)
            self._greeted = True
        if answers:
            self._write(b"".join(answers))

    def _upgrade(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        key = re.search(rb"(?i)sec-websocket-key: *([^\r]+)", self._buffer)
        assert key is not None
        accept = base64.b64encode(hashlib.sha1(key.group(1).strip() + GUID).digest())
        del self._buffer[: end + 4]
        self._open = True
        self._write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + CREATED
        )

    def _take(self) -> tuple[int, int] | None:
        """Drop the next whole frame; its opcode and payload size."""
        buffer = self._buffer
        if len(buffer) < 6:
            return None
        size, header = buffer[1] & 127, 6
        if size == 126:
            size, header = int.from_bytes(buffer[2:4], "big"), 8
        elif size == 127:
            size, header = int.from_bytes(buffer[2:10], "big"), 14
        if len(buffer) < header + size:
            return None
        opcode = buffer[0] & 15
        del buffer[: header + size]
        return opcode, size

    def _write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)


async def main() -> None:
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})  # the clients measured have the first core to themselves
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Peer, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    # Ends when whoever started it closes our standard input.
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())

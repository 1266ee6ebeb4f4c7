"""The caller's microphone: appends on absolute deadlines. The hot path, in this one place.

Chunk k of a stretch leaves at `t0 + k * chunk`, whatever happened to chunk k - 1, so that a late
chunk never delays the ones after it and audio never stretches. How late each one left is in the
recording: `at_ns - due_ns` of its frame.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from evalharness.audio.chunks import Chunk, EncodedClip
from evalharness.recording.recorder import Recorder
from evalharness.transport.machine import Play
from evalharness.transport.transport import Transport

APPEND_HEAD = '{"type":"input_audio_buffer.append","audio":"'
APPEND_TAIL = '"}'
_PAYLOAD = APPEND_HEAD + APPEND_TAIL
_AUDIO_AT = len(APPEND_HEAD)

LATE_RESTART_NS = 1_000_000_000
"""A stretch more than a second late (a suspended laptop) starts a new schedule: sending the
backlog at once would be a burst that no microphone makes. The gap shows in the lateness."""


class Pacer:
    """Sends the clips it is given one after another, and silence in between while open.

    `now_ns` reads the recording's clock. `played` is called with a Play's name after its last
    chunk left. With `realtime=False` clips leave as fast as the socket takes them; silence
    between clips is still paced, so that the server's own timers keep a meaning.
    """

    def __init__(
        self,
        transport: Transport,
        recorder: Recorder,
        silence: EncodedClip,
        *,
        now_ns: Callable[[], int],
        played: Callable[[str], None],
        realtime: bool = True,
    ) -> None:
        self._transport = transport
        self._recorder = recorder
        self._silence = silence.chunks[0]
        self._chunk_ns = silence.chunk_ms * 1_000_000
        self._now_ns = now_ns
        self._played = played
        self._realtime = realtime
        self._queue: deque[Play] = deque()
        self._open = False
        self._work = asyncio.Event()

    def play(self, play: Play) -> None:
        self._queue.append(play)
        self._work.set()

    def microphone(self, *, is_open: bool) -> None:
        self._open = is_open
        self._work.set()

    async def run(self) -> None:
        """Until cancelled. Raises ConnectionLost when the socket does."""
        while True:
            if not self._queue and not self._open:
                self._work.clear()
                await self._work.wait()
            await self._stretch()

    async def _stretch(self) -> None:
        """One schedule: from now until there is nothing to send, or it has slipped too far."""
        due_ns = self._now_ns()
        while self._queue or self._open:
            if self._queue:
                due_ns = await self._clip(self._queue.popleft(), due_ns)
            else:
                await self._wait_until(due_ns)
                await self._append(self._silence, due_ns)
                due_ns += self._chunk_ns
            if self._now_ns() - due_ns > LATE_RESTART_NS:
                return

    async def _clip(self, play: Play, due_ns: int) -> int:
        self._mark("clip_started", play, self._recorder.input_offset)
        for chunk in play.clip.chunks:
            if self._realtime:
                await self._wait_until(due_ns)
                await self._append(chunk, due_ns)
                due_ns += self._chunk_ns
            else:
                due_ns = self._now_ns()
                await self._append(chunk, due_ns)
        self._mark("clip_ended", play, self._recorder.input_offset)
        self._played(play.name)
        return due_ns

    async def _wait_until(self, due_ns: int) -> None:
        wait_ns = due_ns - self._now_ns()
        # sleep(0) still yields, so that a late pacer cannot starve the reader.
        await asyncio.sleep(max(wait_ns, 0) / 1e9)

    async def _append(self, chunk: Chunk, due_ns: int) -> None:
        at_ns = self._now_ns()
        self._recorder.sent_audio(_PAYLOAD, _AUDIO_AT, chunk.raw, at_ns, due_ns)
        await self._transport.send(APPEND_HEAD + chunk.base64 + APPEND_TAIL)

    def _mark(self, kind: str, play: Play, input_bytes: int) -> None:
        fmt = play.clip.fmt
        start_sample = input_bytes // fmt.bytes_per_sample
        detail = {
            "name": play.name,
            "start_sample" if kind == "clip_started" else "end_sample": start_sample,
            "samples": play.clip.audio_samples,
            "rate": fmt.rate,
            **play.detail,
        }
        self._recorder.mark(kind, self._now_ns(), play.turn, detail)

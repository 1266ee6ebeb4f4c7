"""A whole recording as a value: who spoke with whom, every frame, every mark, the audio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from evalharness.recording.frame import Frame, Mark

Origin = Literal["run", "proxy", "replay", "import"]
State = Literal["open", "complete", "unfinished"]


@dataclass(frozen=True, slots=True)
class Header:
    """What is known when a recording begins.

    `target` is the URL without query secrets; `wall_start` anchors `at_ns == 0` in UTC;
    `realtime` is False when audio was sent faster than it would be spoken, so that no latency
    can be taken from it. `trial_id` is the trial it is an attempt at, for one made by a run.
    """

    key: str
    origin: Origin
    target: str
    dialect: str
    model: str | None
    wall_start: datetime
    realtime: bool = True
    input_format: str = "audio/pcm"
    input_rate: int = 24000
    output_format: str = "audio/pcm"
    output_rate: int = 24000
    attempt: int = 1
    parent_key: str | None = None
    trial_id: int | None = None


@dataclass(frozen=True, slots=True)
class Footer:
    """What is known when it ends. `close` holds code, reason and who closed; `health` the
    measured lateness, loop lag and writer back-pressure (all in ms)."""

    duration_ns: int
    close: Mapping[str, Any] = field(default_factory=dict)
    health: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything one session said. `footer` is None for one that was cut off by a crash."""

    header: Header
    frames: Sequence[Frame]
    marks: Sequence[Mark]
    audio: Mapping[str, bytes]
    footer: Footer | None = None

    def text(self, frame: Frame) -> str:
        """The exact text of one of its frames."""
        if frame.audio is None:
            return frame.payload
        start = frame.audio.offset
        return frame.text(self.audio[frame.audio.track][start : start + frame.audio.length])

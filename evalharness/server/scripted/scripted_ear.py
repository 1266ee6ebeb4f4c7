"""Which of a scenario's turns a piece of committed audio is, or which part of one.

Turn detection may cut a clip at a pause. The clip's own voice tells how much of it was heard, so
that the turns after it are not taken for one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from evalharness.audio.files import read_audio
from evalharness.audio.pcm import Pcm
from evalharness.dataset.models import Turn
from evalharness.server.scripted.energy_vad import power_threshold, voiced_frames

WHOLE = 0.85
"""With so much of a clip's voice heard, the turn is over: its ends are cut and coded anew."""

VOICE_POWER = power_threshold(0.5)


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance: a turn of the scenario (None past its end) from one share of it to another."""

    turn: Turn | None
    number: int
    start: float = 0.0
    end: float = 1.0

    @property
    def is_last_part(self) -> bool:
        return self.end >= 1.0


class Ear:
    """Follows a scenario's spoken and typed turns as the caller's utterances come in."""

    def __init__(self, turns: Sequence[Turn], clips: Mapping[str, Path]) -> None:
        self._turns = [turn for turn in turns if turn.kind != "silence"]
        self._clips = clips
        self._heard: list[Heard] = []

    def hear(self, pcm: Pcm | None) -> None:
        """The next utterance; None when it was typed."""
        last = self._heard[-1] if self._heard else None
        if last is None:
            number, start = 0, 0.0
        elif last.is_last_part or pcm is None:
            number, start = last.number + 1, 0.0
        else:
            number, start = last.number, last.end
        turn = self._turns[number] if number < len(self._turns) else None
        end = self._end(turn, pcm, start)
        self._heard.append(Heard(turn, number, start, end))

    def __getitem__(self, utterance: int) -> Heard:
        """What an utterance was, counted from 0. One that never came is past the scenario's end."""
        if 0 <= utterance < len(self._heard):
            return self._heard[utterance]
        return Heard(None, len(self._turns))

    def _end(self, turn: Turn | None, pcm: Pcm | None, start: float) -> float:
        path = self._clips.get(turn.say.audio) if turn is not None and turn.say else None
        if pcm is None or path is None:
            return 1.0
        spoken = _voice_ms(path)
        end = start + _voiced(pcm) / spoken if spoken else 1.0
        return 1.0 if end >= WHOLE else end


@lru_cache(maxsize=4096)
def _voice_ms(path: Path) -> int:
    return _voiced(read_audio(path))


def _voiced(pcm: Pcm) -> int:
    return int(voiced_frames(pcm.samples, pcm.rate, VOICE_POWER).sum())

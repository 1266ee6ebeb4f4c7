"""Input transcripts: asked for at the commit, sent whenever they are ready.

They come before, during or after the response; nothing ties the two together (protocol notes,
section 5.1, step 8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from evalharness.server.conversation import Entry, Sound
from evalharness.server.engine import Engine
from evalharness.server.outbox import Outbox
from evalharness.server.words import words_of

MS = 1_000_000
WORDS_PER_DELTA = 4


@dataclass(frozen=True, slots=True)
class _Owed:
    """A transcript that is being made. `due_ns` is when it may be sent at the earliest."""

    entry: Entry
    seconds: float
    due_ns: int


class Transcripts:
    """The transcripts a session owes."""

    def __init__(self, outbox: Outbox, engine: Engine) -> None:
        self._outbox = outbox
        self._engine = engine
        self._owed: dict[str, _Owed] = {}

    def begin(self, entry: Entry, session: Mapping[str, Any], turn: int, due_ns: int) -> None:
        """Set the recogniser to work on a committed item, its sound in content part 0."""
        sound = entry.sounds[0]
        self._owed[entry.id] = _Owed(entry, round(sound.duration_ms / 1000, 3), due_ns)
        work = partial(_transcribe, self._engine, sound, session, turn)
        self._outbox.call(f"transcribe:{entry.id}", work)

    def made(self, item_id: str, result: Any, now_ns: int) -> None:
        """The recogniser is done; an exception as its result fails this transcript alone."""
        owed = self._owed.pop(item_id)
        if owed.due_ns <= now_ns:
            self._send(owed, result)
        else:
            self._outbox.at(owed.due_ns, lambda _: self._send(owed, result))

    def _send(self, owed: _Owed, result: Any) -> None:
        place = {"item_id": owed.entry.id, "content_index": 0}
        name = "conversation.item.input_audio_transcription"
        if isinstance(result, Exception):
            error = {
                "type": "transcription_error",
                "code": "audio_unintelligible",
                "message": f"The audio could not be transcribed: {result}",
                "param": None,
            }
            self._outbox.event(f"{name}.failed", **place, error=error)
            return
        owed.entry.item["content"][0]["transcript"] = result
        for delta in _deltas(result):
            self._outbox.event(f"{name}.delta", **place, delta=delta)
        usage = {"type": "duration", "seconds": owed.seconds}
        self._outbox.event(f"{name}.completed", **place, transcript=result, usage=usage)


def _deltas(text: str) -> list[str]:
    words = words_of(text)
    return [
        "".join(words[at : at + WORDS_PER_DELTA]) for at in range(0, len(words), WORDS_PER_DELTA)
    ]


def _transcribe(engine: Engine, sound: Sound, session: Mapping[str, Any], turn: int) -> str:
    return engine.transcribe(sound.pcm(), session, turn)

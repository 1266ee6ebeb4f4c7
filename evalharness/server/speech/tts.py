"""Text to speech on the CPU, through programs of their own; a tone where there is none.

espeak-ng is under the GPL, so it runs outside this process: from the espeakng-loader wheel (see
`espeak_program`), or as the system's program. flite (BSD-like) is used when it alone is there.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol
from zlib import crc32

import numpy as np

from evalharness.audio.files import read_audio
from evalharness.audio.pcm import Pcm, concat, silence
from evalharness.audio.resample import resample
from evalharness.errors import EvalharnessError

RATE = 24_000

log = logging.getLogger(__name__)


class SynthesisFailed(EvalharnessError):
    """The speech program gave no sound; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How one of the wire's voices sounds here. `pitch` is 0..99 about 50."""

    espeak: str
    flite: str
    pitch: int = 50


_VOICES = {
    "alloy": Voice("en-us", "slt"),
    "ash": Voice("en-us+m3", "rms", 42),
    "ballad": Voice("en-gb-x-rp", "awb", 48),
    "cedar": Voice("en-us+m1", "rms", 45),
    "coral": Voice("en-us+f2", "slt", 55),
    "echo": Voice("en-us+m2", "kal16", 40),
    "marin": Voice("en-us+f3", "slt", 52),
    "sage": Voice("en-us+f4", "slt", 46),
    "shimmer": Voice("en-us+f5", "slt", 58),
    "verse": Voice("en-us+m7", "awb", 50),
}
_WORDS_PER_MINUTE = 175  # at speed 1, espeak-ng's own


def voice_named(name: str) -> Voice:
    """The voice of that name; any other name, as of a custom voice, speaks as alloy."""
    return _VOICES.get(name, _VOICES["alloy"])


class Speaker(Protocol):
    """Says text. Safe to share between threads."""

    def speak(self, text: str, voice: str, speed: float) -> Pcm:
        """Mono, 24 kHz; the same for the same arguments. Raises SynthesisFailed."""
        ...

    def close(self) -> None: ...


def best_speaker() -> Speaker:
    """The best there is on this machine, which may be only a tone."""
    if importlib.util.find_spec("espeakng_loader") is not None:
        return EspeakSpeaker()
    for program in ("espeak-ng", "flite"):
        if path := shutil.which(program):
            return ProgramSpeaker(Path(path))
    log.warning(
        "no speech synthesis found, so answers are tones (pip install 'evalharness[local]')"
    )
    return ToneSpeaker()


class EspeakSpeaker:
    """The wheel's espeak-ng in a child process, started with the first use."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: _Child | None = None

    def speak(self, text: str, voice: str, speed: float) -> Pcm:
        settings = voice_named(voice)
        request = {
            "text": text,
            "voice": settings.espeak,
            "words_per_minute": round(_WORDS_PER_MINUTE * speed),
            "pitch": settings.pitch,
        }
        with self._lock:
            if self._child is None or not self._child.alive:
                self._child = _Child()
            return resample(self._child.ask(json.dumps(request)), RATE)

    def close(self) -> None:
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.close()


class _Child:
    """One run of `espeak_program`, ended with this object or the interpreter."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "evalharness.server.speech.espeak_program"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.close = weakref.finalize(self, _end, self._process)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: str) -> Pcm:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        try:
            requests.write(request.encode() + b"\n")
            requests.flush()
        except BrokenPipeError as error:
            raise SynthesisFailed(
                "the espeak-ng program ended; its error output says why"
            ) from error
        line = answers.readline()
        if not line:
            raise SynthesisFailed("the espeak-ng program ended; its error output says why")
        head = json.loads(line)
        if "error" in head:
            raise SynthesisFailed(head["error"])
        samples = np.frombuffer(answers.read(head["bytes"]), np.int16).copy()
        return Pcm(samples, head["rate"])


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


class ProgramSpeaker:
    """The system's espeak-ng or flite, run once a text."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def speak(self, text: str, voice: str, speed: float) -> Pcm:
        if not text.strip():
            return silence(0, RATE)
        with tempfile.TemporaryDirectory(prefix="evalharness-") as folder:
            # Through files: a text that begins with a dash is no option.
            written, spoken = Path(folder, "text"), Path(folder, "speech.wav")
            written.write_text(text, encoding="utf-8")
            command = self._command(written, spoken, voice_named(voice), speed)
            run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
            if run.returncode:
                raise SynthesisFailed(f"{self._program.name}: {run.stderr.strip()}")
            return resample(read_audio(spoken), RATE)

    def close(self) -> None:
        """Nothing stays open between texts."""

    def _command(self, text: Path, speech: Path, voice: Voice, speed: float) -> list[str]:
        if self._program.stem == "flite":
            stretch = f"duration_stretch={1 / speed:.3f}"
            options = ["-voice", voice.flite, "--setf", stretch, "-f", str(text), "-o", str(speech)]
        else:
            rate, pitch = str(round(_WORDS_PER_MINUTE * speed)), str(voice.pitch)
            options = ["-v", voice.espeak, "-s", rate, "-p", pitch, "-f", str(text)]
            options += ["-w", str(speech)]
        return [str(self._program), *options]


class ToneSpeaker:
    """A tone a word, about as long as the word: keeps turns and timing whole without a voice."""

    _MS_PER_LETTER = 60.0
    _GAP_MS = 60.0
    _AMPLITUDE = 6000

    def speak(self, text: str, voice: str, speed: float) -> Pcm:  # noqa: ARG002
        parts = [silence(0, RATE)]
        for word in text.split():
            parts.append(self._tone(word, speed))
            parts.append(silence(self._GAP_MS / speed, RATE))
        return concat(parts)

    def close(self) -> None:
        """Nothing is open."""

    def _tone(self, word: str, speed: float) -> Pcm:
        hertz = 220 + crc32(word.lower().encode()) % 220
        count = round(len(word) * self._MS_PER_LETTER / speed * RATE / 1000)
        wave = np.sin(2 * np.pi * hertz * np.arange(count) / RATE)
        return Pcm((self._AMPLITUDE * wave).astype(np.int16), RATE)

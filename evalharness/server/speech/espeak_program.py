"""espeak-ng as a program of its own: `python -m evalharness.server.speech.espeak_program`.

espeak-ng is under the GPL, so it is never loaded into the harness. This program loads the library
that the espeakng-loader wheel brings, reads requests on standard input and answers on standard
output until its input ends:

    request   one line of JSON: {"text": str, "voice": str, "words_per_minute": int, "pitch": int}
    answer    one line of JSON: {"rate": int, "bytes": int} and so many bytes of PCM,
              or {"error": str}

PCM is mono, signed, 16 bits, in the machine's byte order.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import espeakng_loader

# From espeak-ng's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_PARAMETER_RATE = 1
_PARAMETER_PITCH = 3
_OK = 0

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Espeak:
    """The library, initialised once a process; it has one global state."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._pcm = bytearray()
        # The library keeps the pointer, so the callback must live as long as this object.
        self._callback = _Callback(self._collect)
        folder = str(Path(espeakng_loader.get_data_path()).parent).encode()
        self.rate: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 0, folder, _INITIALIZE_DONT_EXIT
        )
        if self.rate <= 0:
            raise RuntimeError(f"espeak-ng finds no voices in {folder.decode()}")
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: str, words_per_minute: int, pitch: int) -> bytes:
        """PCM of `text`; raises ValueError for a voice it does not have."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != _OK:
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        self._library.espeak_SetParameter(_PARAMETER_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PARAMETER_PITCH, pitch, 0)
        self._pcm.clear()
        data = text.encode() + b"\0"
        status = self._library.espeak_Synth(
            data, ctypes.c_size_t(len(data)), 0, 0, 0, _CHARS_UTF8, None, None
        )
        if status != _OK:
            raise ValueError(f"espeak-ng answered with status {status}")
        self._library.espeak_Synchronize()
        return bytes(self._pcm)

    def _collect(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._pcm += ctypes.string_at(samples, 2 * count)
        return 0  # go on


def serve(espeak: Espeak, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each request line until there are no more.

    Where the system can fork, each is answered by a copy of this process made as it was after
    start: espeak-ng carries the phase of its voice from one utterance to the next, even over its
    own seeding and re-initialisation, and only a process that never spoke says a text always alike.
    """
    for line in requests:
        if not hasattr(os, "fork"):
            answer(espeak, line, answers)
        elif child := os.fork():
            _, status = os.waitpid(child, 0)
            if status:
                _answer_error(f"espeak-ng ended with status {status}", answers)
        else:
            answer(espeak, line, answers)
            os._exit(0)


def answer(espeak: Espeak, line: bytes, answers: BinaryIO) -> None:
    """Write the answer to one request line."""
    try:
        pcm = espeak.speak(**json.loads(line))
    except (ValueError, TypeError) as error:
        _answer_error(str(error), answers)
        return
    answers.write(json.dumps({"rate": espeak.rate, "bytes": len(pcm)}).encode() + b"\n")
    answers.write(pcm)
    answers.flush()


def _answer_error(message: str, answers: BinaryIO) -> None:
    answers.write(json.dumps({"error": message}).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    serve(Espeak(), sys.stdin.buffer, sys.stdout.buffer)

"""What the caller will do in one session, prepared so that nothing is computed while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evalharness.audio.chunks import EncodedClip, encode_clip, silence_clip
from evalharness.audio.formats import AudioFormat
from evalharness.audio.pcm import Pcm
from evalharness.dataset.models import Manifest, ScenarioScript, Turn
from evalharness.session.tool_mocks import ToolMocks


@dataclass(frozen=True, slots=True)
class ScriptedTurn:
    """One step. `clip` is the audio of a say or silence turn; `speech_ms` lies within it."""

    index: int
    kind: Literal["say", "text", "silence"]
    clip: EncodedClip | None
    text: str | None
    speech_ms: Sequence[tuple[int, int]]
    expects_response: bool


@dataclass(frozen=True, slots=True)
class Script:
    """Everything a ClientMachine needs. `session` is the `session.update` payload, verbatim."""

    turns: Sequence[ScriptedTurn]
    session: Mapping[str, Any]
    mocks: ToolMocks
    silence: EncodedClip
    response_timeout_ns: int
    realtime: bool = True


@dataclass(frozen=True, slots=True)
class ScriptOptions:
    """How the caller's audio is sent: chunk length, and paced or as fast as it goes."""

    chunk_ms: int = 20
    realtime: bool = True


def input_format(session: Mapping[str, Any]) -> AudioFormat:
    """The caller's audio format that a session asks for (PCM at 24 kHz when it does not)."""
    audio = session.get("audio") or {}
    return AudioFormat.from_wire((audio.get("input") or {}).get("format"))


def output_format(session: Mapping[str, Any]) -> AudioFormat:
    """The assistant's audio format that a session asks for."""
    audio = session.get("audio") or {}
    return AudioFormat.from_wire((audio.get("output") or {}).get("format"))


def build_script(
    scenario: ScenarioScript,
    manifest: Manifest,
    session: Mapping[str, Any],
    clips: Mapping[str, Pcm],
    options: ScriptOptions,
) -> Script:
    """Prepare a scenario for a session. `clips` maps each `say.audio` to its sound."""
    fmt = input_format(session)
    # Sent at full speed, a clip must bring the silence that lets a VAD see its end.
    needs_tail = not options.realtime and not _turns_are_manual(session)
    tail_ms = manifest.defaults.silence_after_ms if needs_tail else 0
    turns = [
        _scripted(index, turn, fmt, clips, options.chunk_ms, tail_ms)
        for index, turn in enumerate(scenario.turns)
    ]
    return Script(
        turns=turns,
        session=session,
        mocks=ToolMocks(manifest.tool_results),
        silence=silence_clip(options.chunk_ms, fmt, options.chunk_ms),
        response_timeout_ns=int(manifest.defaults.response_timeout_s * 1e9),
        realtime=options.realtime,
    )


def _turns_are_manual(session: Mapping[str, Any]) -> bool:
    """`turn_detection: null`; where it is not said, servers detect turns."""
    audio_input = (session.get("audio") or {}).get("input") or {}
    return "turn_detection" in audio_input and audio_input["turn_detection"] is None


def _scripted(
    index: int,
    turn: Turn,
    fmt: AudioFormat,
    clips: Mapping[str, Pcm],
    chunk_ms: int,
    tail_ms: int,
) -> ScriptedTurn:
    clip = None
    speech_ms: Sequence[tuple[int, int]] = ()
    if turn.say is not None:
        clip = encode_clip(clips[turn.say.audio], fmt, chunk_ms, tail_ms=tail_ms)
        speech_ms = turn.say.speech_ms
    elif turn.silence is not None:
        clip = silence_clip(turn.silence.ms, fmt, chunk_ms)
    expects = turn.kind != "silence" if turn.expect.response is None else turn.expect.response
    return ScriptedTurn(index, turn.kind, clip, turn.text, speech_ms, expects)

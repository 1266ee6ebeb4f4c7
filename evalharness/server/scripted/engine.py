"""The engine that knows the scenario: it answers from its expectations, with declared faults.

Because the truth is known, it calibrates the harness: a declared word error rate, call error rate
or first-audio time must come out as declared. Each chance has a generator of its own, made from
the seed, the scenario, the repeat and the turn, so that one fault's rate does not move another's
draws, and variants meet the same chances.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from evalharness.audio.pcm import Pcm
from evalharness.dataset.models import (
    CallsExpectation,
    ExpectedCall,
    Manifest,
    ReplyExpectation,
    ScenarioScript,
    Turn,
)
from evalharness.dataset.normalisers import default_normaliser
from evalharness.experiment.local_options import LocalOptions, Spread
from evalharness.experiment.plan import Trial, trial_seed
from evalharness.server.engine import Behaviour, Detector, PlannedCall, Reply
from evalharness.server.scripted.energy_vad import EnergyDetector
from evalharness.server.scripted.matching_values import (
    refused_arguments,
    satisfying_arguments,
    value_of_schema,
)
from evalharness.server.scripted.regex_sample import sample
from evalharness.server.scripted.scripted_ear import Ear, Heard
from evalharness.server.scripted.word_errors import misheard, spoken_text

HUM_MS_PER_CHARACTER = 60
"""About the pace of speech."""
HUM_HZ = 220.0
HUM_LEVEL = 8_000
RATE = 24_000

PLAIN_REPLIES = ("Okay.", "Sure.", "Done.", "Yes.", "Right.")
GO_ON = "Go on."
"""To a turn that was cut short."""
WRONG_REPLY = "I am afraid I cannot tell."


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played: a scenario, its dataset's manifest and clips, and which repeat this is."""

    script: ScenarioScript
    manifest: Manifest
    clips: Mapping[str, Path]
    repeat: int = 0


class ScriptedEngine:
    """Implements `engine.Engine` and `engine.Conduct` for one session."""

    def __init__(self, scene: Scene, options: LocalOptions) -> None:
        self._options = options
        self._seed = trial_seed(options.seed, Trial(scene.script.id, scene.repeat))
        self._normaliser = scene.manifest.normaliser or default_normaliser(scene.manifest.language)
        self._ear = Ear(scene.script.turns, scene.clips)

    def _rng(self, heard: Heard, purpose: str, number: int = 0) -> Random:
        return Random(f"{self._seed}/{heard.number}/{purpose}/{number}")  # noqa: S311

    def _strikes(self, rate: float, heard: Heard, purpose: str, number: int = 0) -> bool:
        return self._rng(heard, purpose, number).random() < rate

    # Conduct

    def caller_said(self, pcm: Pcm | None) -> None:
        self._ear.hear(pcm)

    def behaviour(self, utterance: int, response: int) -> Behaviour:
        heard, options = self._ear[utterance], self._options
        first = response == 0
        unwanted = heard.turn is not None and heard.turn.expect.response is False
        silent = self._strikes(options.no_response_rate, heard, "no response")
        return Behaviour(
            first_output_ms=self._delay_ms(options.first_audio_ms, heard, f"audio {response}"),
            transcript_delay_ms=self._delay_ms(options.transcript_delay_ms, heard, "transcript"),
            ignores_request=first and (unwanted or silent),
            disconnects=first and self._strikes(options.disconnect_rate, heard, "disconnect"),
        )

    def _delay_ms(self, delay: float | Spread, heard: Heard, purpose: str) -> float:
        if isinstance(delay, Spread):
            return max(self._rng(heard, purpose).gauss(delay.mean, delay.sd), 0.0)
        return delay

    # Engine

    def detector(self, turn_detection: Mapping[str, Any], rate: int) -> Detector:
        return EnergyDetector(turn_detection, rate, self._options.vad_offset_ms)

    def prepare(self, session: Mapping[str, Any]) -> None:
        """Nothing to load."""

    def transcribe(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:  # noqa: ARG002
        heard = self._ear[turn]
        text = _text_of(heard.turn)
        if not text:
            return ""
        rng = self._rng(heard, "words")
        units = misheard(spoken_text(text), self._options.word_error_rate, self._normaliser, rng)
        part = units[round(heard.start * len(units)) : round(heard.end * len(units))]
        return " ".join(unit for unit in part if unit)

    def understand(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:  # noqa: ARG002
        return spoken_text(_text_of(self._ear[turn].turn)) or "(unscripted)"

    def respond(self, history: Sequence[Mapping[str, Any]], session: Mapping[str, Any]) -> Reply:
        said = [at for at, item in enumerate(history) if _is_said(item)]
        heard = self._ear[len(said) - 1]
        if heard.turn is None:
            return Reply(PLAIN_REPLIES[0])
        if not heard.is_last_part:
            return Reply(GO_ON)
        called = any(item["type"] == "function_call" for item in history[said[-1] :])
        calls = () if called else self._calls(heard, session)
        return Reply("" if calls else self._reply(heard), calls)

    def speak(self, text: str, session: Mapping[str, Any]) -> Pcm:  # noqa: ARG002
        return hum(len(text) * HUM_MS_PER_CHARACTER)

    # What is answered

    def _reply(self, heard: Heard) -> str:
        assert heard.turn is not None
        expectation = heard.turn.expect.reply
        if expectation is None:
            return PLAIN_REPLIES[0]
        if self._strikes(self._options.wrong_reply_rate, heard, "reply"):
            return refused_reply(expectation)
        return satisfying_reply(expectation)

    def _calls(self, heard: Heard, session: Mapping[str, Any]) -> Sequence[PlannedCall]:
        assert heard.turn is not None
        tools = {t["name"]: t for t in session["tools"] if t["type"] == "function"}
        if not tools or session["tool_choice"] == "none":
            return ()
        planned = []
        for number, expected in enumerate(_expected_calls(heard.turn.expect.calls)):
            missed = self._strikes(self._options.missed_call_rate, heard, "missed call", number)
            if not missed and expected.name in tools:
                parameters = tools[expected.name].get("parameters") or {}
                planned.append(self._call(heard, number, expected, parameters))
        if self._strikes(self._options.extra_call_rate, heard, "extra call"):
            planned.append(self._extra_call(heard, tools))
        return planned

    def _call(
        self, heard: Heard, number: int, expected: ExpectedCall, parameters: Mapping[str, Any]
    ) -> PlannedCall:
        options = self._options
        arguments = satisfying_arguments(expected, parameters)
        if self._strikes(options.malformed_argument_rate, heard, "malformed argument", number):
            return PlannedCall(expected.name, '{"cut": "off')
        if self._strikes(options.wrong_argument_rate, heard, "wrong argument", number):
            pick = self._rng(heard, "which argument", number).randrange(1_000_000)
            arguments = refused_arguments(expected, parameters, arguments, pick)
        return PlannedCall(expected.name, arguments)

    def _extra_call(self, heard: Heard, tools: Mapping[str, Mapping[str, Any]]) -> PlannedCall:
        name = self._rng(heard, "which extra call").choice(sorted(tools))
        schema = {"type": "object", **(tools[name].get("parameters") or {})}
        return PlannedCall(name, value_of_schema(schema))


def _text_of(turn: Turn | None) -> str:
    if turn is None:
        return ""
    return (turn.say.text if turn.say is not None else turn.text) or ""


def _is_said(item: Mapping[str, Any]) -> bool:
    """Whether an item is an utterance; an idle time-out leaves one in which nothing is heard."""
    if item["type"] != "message" or item["role"] != "user":
        return False
    parts = item.get("content") or ()
    return any(part.get("transcript") or part.get("text") for part in parts)


def _expected_calls(calls: CallsExpectation | None) -> Sequence[ExpectedCall]:
    if calls is None:
        return ()
    chosen = calls.expected or (calls.any_of[0].expected if calls.any_of else ())
    return [call for call in chosen if not call.optional]


def satisfying_reply(expectation: ReplyExpectation) -> str:
    """Words that pass every check of `expectation`, as far as they can pass together."""
    if expectation.equals is not None:
        return expectation.equals
    wanted = [*expectation.contains]
    if expectation.regex is not None:
        wanted.append(sample(expectation.regex) or "")
    if expectation.one_of:
        whole = [text for text in expectation.one_of if all(part in text for part in wanted)]
        return (whole or expectation.one_of)[0]
    if wanted:
        return ", ".join(wanted)
    refused = [text.casefold() for text in expectation.not_contains]
    free = [r for r in PLAIN_REPLIES if not any(text in r.casefold() for text in refused)]
    return (free or PLAIN_REPLIES)[0]


def refused_reply(expectation: ReplyExpectation) -> str:
    """Words that fail at least one check."""
    if expectation.not_contains:
        return expectation.not_contains[0]
    if expectation.max_words is not None:
        return " ".join(["words"] * (expectation.max_words + 1))
    return WRONG_REPLY


@lru_cache(maxsize=256)
def hum(duration_ms: int) -> Pcm:
    """A tone that swells like syllables, audible from its first sample."""
    seconds = np.arange(RATE * duration_ms // 1000) / RATE
    swell = 0.75 + 0.25 * np.cos(2 * math.pi * 4.0 * seconds)
    wave = HUM_LEVEL * swell * np.cos(2 * math.pi * HUM_HZ * seconds)
    return Pcm(wave.astype(np.int16), RATE)

"""How the embedded server behaves in a trial: which engine, and which faults it makes on purpose.

Written under `local:` in a variant or a target. Every chance is drawn from `seed`, the scenario
and the repeat, so that the same trial always meets the same faults.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Rate = Annotated[float, Field(ge=0.0, le=1.0)]
"""A probability, for each word, call or turn."""

Milliseconds = Annotated[float, Field(ge=0.0, le=600_000.0)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Spread(_Options):
    """A normal distribution, cut off at zero. Both in ms."""

    mean: Milliseconds
    sd: Milliseconds


Delay = Milliseconds | Spread
"""A fixed time, or one drawn anew for each exchange."""


class LocalOptions(_Options):
    """Options of the embedded server (target `local`).

    engine                    speech: recognises, answers and speaks, offline. scripted: knows the
                              scenario and answers from its expectations, with declared faults
    seed                      of every chance below
    output_speed              how many times faster than it plays audio is sent; 0: all at once

    For the scripted engine alone:

    word_error_rate           share of an input transcript's words that are wrong: most are
                              replaced, some left out or put in
    missed_call_rate          share of expected calls that are not made
    wrong_argument_rate       share of calls made with one argument that the expectation refuses
    malformed_argument_rate   share of calls whose arguments are no JSON
    extra_call_rate           share of turns with a call nobody expects
    wrong_reply_rate          share of replies that do not satisfy the expectation
    no_response_rate          share of turns that are never answered
    disconnect_rate           share of turns in which the connection drops
    first_audio_ms            from the commit (turn detection) or response.create (manual turns)
                              to the first delta of the answer
    transcript_delay_ms       from the commit to the input transcript
    vad_offset_ms             how much later than silence_duration_ms a turn ends; negative: earlier
    """

    engine: Literal["speech", "scripted"] = "speech"
    seed: Annotated[int, Field(ge=0)] = 0
    output_speed: Annotated[float, Field(ge=0.0)] = 10.0
    word_error_rate: Rate = 0.0
    missed_call_rate: Rate = 0.0
    wrong_argument_rate: Rate = 0.0
    malformed_argument_rate: Rate = 0.0
    extra_call_rate: Rate = 0.0
    wrong_reply_rate: Rate = 0.0
    no_response_rate: Rate = 0.0
    disconnect_rate: Rate = 0.0
    first_audio_ms: Delay = 0.0
    transcript_delay_ms: Delay = 0.0
    vad_offset_ms: Annotated[float, Field(ge=-10_000.0, le=10_000.0)] = 0.0

    @model_validator(mode="after")
    def _faults_are_scripted(self) -> Self:
        if self.engine == "speech":
            given = sorted(self.model_fields_set - {"engine", "seed", "output_speed"})
            if given:
                raise ValueError(f"{', '.join(given)}: only with engine: scripted")
        return self

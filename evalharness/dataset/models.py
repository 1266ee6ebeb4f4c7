"""Dataset, scenario, turn and expectations: the models of the files (format 1).

Strict: an unknown key is an error. A loaded `Dataset` is a value; its JSON forms are what the
store keeps, so that scoring needs no folder.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Json = Any

SpeechSpan = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
"""Start and end of speech in a clip, ms from its first sample."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Say(Model):
    """The caller speaks a clip. `text` is what is said (None: not scored for words)."""

    audio: str
    text: str | None = None
    speech_ms: tuple[SpeechSpan, ...] = ()


class Silence(Model):
    """The caller says nothing for so long."""

    ms: int = Field(gt=0)


class ExpectedCall(Model):
    """One function call. Argument values are matchers or bare JSON (scoring of calls)."""

    name: str
    args: dict[str, Json] = Field(default_factory=dict)
    args_mode: Literal["exact", "subset"] = "exact"
    optional: bool = False
    id: str | None = None
    after: tuple[str, ...] = ()


class ForbiddenCall(Model):
    """A call that must not be made; without `args`, whatever its arguments."""

    name: str
    args: dict[str, Json] | None = None


class CallSet(Model):
    expected: tuple[ExpectedCall, ...] = ()


class CallsExpectation(Model):
    """Which calls a turn must, may and must not lead to."""

    order: Literal["any", "strict"] = "any"
    extra: Literal["forbid", "allow"] | tuple[str, ...] = "forbid"
    missing: Literal["forbid", "allow"] = "forbid"
    expected: tuple[ExpectedCall, ...] = ()
    forbidden: tuple[ForbiddenCall, ...] = ()
    any_of: tuple[CallSet, ...] = ()


class ReplyExpectation(Model):
    """What the assistant's words of a turn must satisfy; every key given is one check."""

    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    regex: str | None = None
    equals: str | None = None
    one_of: tuple[str, ...] = ()
    max_words: int | None = Field(default=None, ge=0)
    raw: bool = False


class Expect(Model):
    """A turn's expectations. What is absent is not scored."""

    calls: CallsExpectation | None = None
    no_calls: bool = False
    reply: ReplyExpectation | None = None
    response: bool | None = None


class Turn(Model):
    """One step of the script: exactly one of `say`, `text` or `silence`."""

    say: Say | None = None
    text: str | None = None
    silence: Silence | None = None
    expect: Expect = Expect()

    @property
    def kind(self) -> Literal["say", "text", "silence"]:
        if self.say is not None:
            return "say"
        return "text" if self.text is not None else "silence"


class ScenarioScript(Model):
    """One scripted conversation as written in the files."""

    id: str
    title: str | None = None
    tags: tuple[str, ...] = ()
    speaker: str | None = None
    turns: tuple[Turn, ...] = Field(min_length=1)


class ToolResult(Model):
    """What the harness answers a call with. The first whose name and `when` match is used."""

    name: str
    when: dict[str, Json] = Field(default_factory=dict)
    output: Json = None
    delay_ms: int = Field(default=0, ge=0)


class Defaults(Model):
    """`silence_after_ms`: silence sent at once after a clip under `--fast`."""

    response_timeout_s: float = Field(default=15.0, gt=0)
    silence_after_ms: int = Field(default=1200, ge=0)


class Manifest(Model):
    """`dataset.yaml`."""

    format: Literal[1]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    title: str | None = None
    language: str = "en"
    licence: str | None = None
    normaliser: Literal["whisper-en", "basic"] | None = None
    primary: tuple[str, ...] = Field(default=(), max_length=6)
    tools: tuple[dict[str, Json], ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    defaults: Defaults = Defaults()

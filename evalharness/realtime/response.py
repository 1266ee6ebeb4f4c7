"""The response object, and what a response or a transcription is billed for."""

from __future__ import annotations

from typing import Any

from evalharness.realtime.event import Number, WireValue
from evalharness.realtime.items import ConversationItem


class CachedTokens(WireValue):
    """The cached part of the input, by kind."""

    text_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class InputTokens(WireValue):
    """Input by kind. `cached_tokens` is a part of the whole, not an addition."""

    text_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None
    cached_tokens: int | None = None
    cached_tokens_details: CachedTokens | None = None


class OutputTokens(WireValue):
    """Output by kind."""

    text_tokens: int | None = None
    audio_tokens: int | None = None


class Usage(WireValue):
    """Tokens of one response. The whole context is counted again for each."""

    total_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_token_details: InputTokens | None = None
    output_token_details: OutputTokens | None = None


class TranscriptionTokens(WireValue):
    """The audio, and the prompt's text."""

    text_tokens: int | None = None
    audio_tokens: int | None = None


class TranscriptionUsage(WireValue):
    """What the transcription model bills, beside the response's usage: `type` is tokens (the
    token fields) or duration (`seconds`)."""

    type: str | None = None
    total_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_token_details: TranscriptionTokens | None = None
    seconds: Number | None = None


class ResponseError(WireValue):
    """Why inference failed. It comes here, not in an `error` event."""

    type: str | None = None
    code: str | None = None
    message: str | None = None


class StatusDetails(WireValue):
    """`reason` is turn_detected or client_cancelled for a cancelled response,
    max_output_tokens or content_filter for an incomplete one."""

    type: str | None = None
    reason: str | None = None
    error: ResponseError | None = None


class ResponseFormat(WireValue):
    """audio/pcm with its rate, audio/pcmu or audio/pcma."""

    type: str | None = None
    rate: int | None = None


class SpokenWith(WireValue):
    """The output settings a response was made with; a custom voice is an object."""

    format: ResponseFormat | None = None
    voice: str | dict[str, str] | None = None


class ResponseAudioSettings(WireValue):
    """Wraps the output settings as in the session."""

    output: SpokenWith | None = None


class Response(WireValue):
    """`status` is in_progress, completed, cancelled, failed or incomplete. `conversation_id` is
    null for one out of band. xAI gives `status_details` as text."""

    id: str | None = None
    object: str | None = None
    status: str | None = None
    status_details: StatusDetails | str | None = None
    output: list[ConversationItem] | None = None
    conversation_id: str | None = None
    output_modalities: list[str] | None = None
    max_output_tokens: int | str | None = None
    audio: ResponseAudioSettings | None = None
    metadata: dict[str, Any] | None = None
    usage: Usage | None = None

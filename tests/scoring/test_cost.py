"""What a conversation cost: cached tokens at their own rate, and no price for what is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.recordings import RecordingBuilder
from tests.scoring.played import scored

TURN = {"text": "hello"}
USAGE = {
    "input_token_details": {
        "text_tokens": 1000,
        "audio_tokens": 2000,
        "cached_tokens": 1500,
        "cached_tokens_details": {"text_tokens": 500, "audio_tokens": 1000},
    },
    "output_token_details": {"text_tokens": 100, "audio_tokens": 300},
}
# gpt-realtime-2.1, dollars a million: text 4 (cached 0.4, out 24), audio 32 (cached 0.4, out 64).
DOLLARS = (500 * 4 + 500 * 0.4 + 1000 * 32 + 1000 * 0.4 + 100 * 24 + 300 * 64) / 1e6


def cost(builder: RecordingBuilder) -> Any:
    (score,) = scored("cost_usd", [TURN], builder)
    return score


def answered(usage: dict[str, Any] | None = USAGE, **header: Any) -> RecordingBuilder:
    builder = RecordingBuilder(**header).session().turn(0, "text")
    return builder.answer("r", "Hello.", usage=usage)


def test_every_modality_at_its_own_rate() -> None:
    assert cost(answered()).value == pytest.approx(DOLLARS)


def test_every_response_is_billed_wherever_it_was() -> None:
    builder = RecordingBuilder().session().answer("greeting", "Hi.", usage=USAGE)
    builder.after(10).turn(0, "text").answer("r", "Hello.", usage=USAGE)
    assert cost(builder).value == pytest.approx(2 * DOLLARS)


def test_tokens_are_summed_by_kind() -> None:
    builder = answered()
    found = {
        name: scored(name, [TURN], builder)[0].value
        for name in ("tokens_in_text", "tokens_in_audio", "tokens_in_cached", "tokens_out_audio")
    }
    assert found == {
        "tokens_in_text": 1000,
        "tokens_in_audio": 2000,
        "tokens_in_cached": 1500,
        "tokens_out_audio": 300,
    }


@pytest.mark.parametrize(
    ("model", "usage", "dollars"),
    [
        ("gpt-transcribe", {"type": "duration", "seconds": 30}, 0.00225),
        (
            "gpt-4o-transcribe",
            {"type": "tokens", "input_tokens": 1000, "output_tokens": 100},
            0.0035,
        ),
    ],
)
def test_transcription_is_billed_beside_the_model(
    model: str, usage: dict[str, Any], dollars: float
) -> None:
    audio = {"input": {"transcription": {"model": model}}}
    builder = RecordingBuilder().session(audio=audio).turn(0, "text").heard("a")
    builder.transcribed("a", "hello", usage).answer("r", "Hi.", usage=USAGE)
    assert cost(builder).value == pytest.approx(DOLLARS + dollars)


def test_a_transcriber_without_a_price_is_named() -> None:
    audio = {"input": {"transcription": {"model": "someone-elses"}}}
    builder = RecordingBuilder().session(audio=audio).turn(0, "text").heard("a")
    builder.transcribed("a", "hello", {"type": "duration", "seconds": 2})
    score = cost(builder.answer("r", "Hi.", usage=USAGE))
    assert score.detail["unpriced_transcription"] == "someone-elses"


def test_a_model_without_a_price_has_no_cost() -> None:
    score = cost(answered(model="gpt-next"))
    assert score.value is None
    assert score.detail == {"model": "gpt-next", "hint": "the price table does not have it"}


def test_the_sessions_model_where_the_connection_named_none() -> None:
    assert cost(answered(model=None)).value == pytest.approx(DOLLARS)


def test_a_server_that_reports_no_usage_is_not_free() -> None:
    builder = answered(usage=None)
    assert cost(builder).value is None
    assert cost(builder).detail == {"hint": "the server reported no usage"}
    assert scored("tokens_in_text", [TURN], builder) == []


def test_nothing_asked_costs_nothing() -> None:
    assert cost(RecordingBuilder().session().turn(0, "text")).value == 0

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
    assert cost(builder).detail == {"hint": "the server reported no usage by modality"}
    assert scored("tokens_in_text", [TURN], builder) == []


def test_nothing_asked_costs_nothing() -> None:
    assert cost(RecordingBuilder().session().turn(0, "text")).value == 0


@pytest.mark.parametrize(
    "usage",
    [
        {"total_tokens": 30, "input_tokens": 20, "output_tokens": 10},
        {"input_token_details": {}, "output_token_details": None},
        {"input_token_details": {"text_tokens": "many"}},
    ],
)
def test_usage_that_does_not_say_of_what_is_not_free_either(usage: dict[str, Any]) -> None:
    assert cost(answered(usage)).value is None
    assert cost(answered(usage)).detail == {"hint": "the server reported no usage by modality"}
    assert scored("tokens_in_text", [TURN], answered(usage)) == []


def test_usage_of_nothing_costs_nothing() -> None:
    nothing = {"input_token_details": {"text_tokens": 0}}
    assert cost(answered(nothing)).value == 0


def test_usage_of_output_alone_is_usage() -> None:
    usage = {"output_token_details": {"audio_tokens": 1000}}
    assert cost(answered(usage)).value == pytest.approx(0.064)


def test_responses_that_reported_no_usage_are_counted() -> None:
    builder = answered().answer("cut off", status="cancelled")
    assert cost(builder).value == pytest.approx(DOLLARS)
    assert cost(builder).detail["responses_without_usage"] == 1
    assert "responses_without_usage" not in cost(answered()).detail


def test_transcripts_outside_of_turns_are_billed() -> None:
    builder = RecordingBuilder().session().heard("early")
    builder.transcribed("early", "hm", {"type": "duration", "seconds": 30})
    builder.after(5).turn(0, "text").answer("r", "Hi.", usage=USAGE)
    assert cost(builder).value == pytest.approx(DOLLARS + 0.00225)


def test_the_last_session_that_was_confirmed_counts() -> None:
    builder = RecordingBuilder(model=None).session(model="gpt-next").session()
    builder.turn(0, "text").answer("r", "Hi.", usage=USAGE)
    assert cost(builder).value == pytest.approx(DOLLARS)


@pytest.mark.parametrize(
    "usage", [{"type": "duration"}, {"type": "duration", "seconds": "two"}, {"type": "tokens"}]
)
def test_a_transcription_that_does_not_say_how_much_has_no_price(usage: dict[str, Any]) -> None:
    builder = answered().heard("a").transcribed("a", "hello", usage)
    assert cost(builder).value == pytest.approx(DOLLARS)
    assert cost(builder).detail["unpriced_transcription"] == "gpt-transcribe"


@pytest.mark.parametrize("told", ["input_tokens", "output_tokens"])
def test_tokens_of_a_transcription_told_by_half_have_no_price(told: str) -> None:
    audio = {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}
    builder = RecordingBuilder().session(audio=audio).turn(0, "text").heard("a")
    builder.transcribed("a", "hello", {"type": "tokens", told: 100})
    score = cost(builder.answer("r", "Hi.", usage=USAGE))
    assert score.detail["unpriced_transcription"] == "gpt-4o-transcribe"


@pytest.mark.parametrize("odd", [10**400, True, None, "7", [1]])
def test_numbers_that_are_none_count_as_none(odd: Any) -> None:
    usage = {"input_token_details": {"text_tokens": 1000, "audio_tokens": odd}}
    builder = RecordingBuilder().session(audio=[odd]).turn(0, "text")
    builder.heard("a").transcribed("a", "x", {"type": "duration", "seconds": odd})
    assert cost(builder.answer("r", "Hi.", usage=usage)).value == pytest.approx(0.004)

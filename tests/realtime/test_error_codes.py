"""Which failures are worth another try, and what an old error without a code meant."""

from __future__ import annotations

from typing import Any

import pytest

from evalharness.realtime.error_codes import ACCOUNT, RETRYABLE, error_code, is_retryable


@pytest.mark.parametrize(
    ("code", "again"),
    [
        ("rate_limit_exceeded", True),
        ("inference_rate_limit_exceeded", True),
        ("server_error", True),
        ("session_expired", True),
        ("insufficient_quota", False),
        ("invalid_api_key", False),
        ("invalid_value", False),
        ("never_heard_of", False),
        (None, False),
    ],
)
def test_retryable(code: str | None, again: bool) -> None:
    assert is_retryable(code) is again


def test_no_code_is_both_hopeless_and_worth_a_try() -> None:
    assert not RETRYABLE & ACCOUNT


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "invalid_value", "message": "session hit the maximum duration"}, "invalid_value"),
        (
            {"code": None, "message": "Conversation already has an active response"},
            "conversation_already_has_active_response",
        ),
        (
            {"message": "Cancellation failed: no active response found"},
            "response_cancel_not_active",
        ),
        (
            {"message": "Error committing input audio buffer: buffer too small."},
            "input_audio_buffer_commit_empty",
        ),
        (
            {"message": "Your session hit the maximum duration of 60 minutes."},
            "session_expired",
        ),
        ({"type": "server_error", "code": None, "message": None}, "server_error"),
        ({"type": "invalid_request_error"}, None),
    ],
)
def test_codes_of_old_errors_are_read_from_the_message(
    error: dict[str, Any], code: str | None
) -> None:
    assert error_code(error) == code

"""The codes of a Realtime server's errors, and which failures are worth another try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACTIVE_RESPONSE = "conversation_already_has_active_response"
CANCEL_NOT_ACTIVE = "response_cancel_not_active"
COMMIT_EMPTY = "input_audio_buffer_commit_empty"
CANNOT_UPDATE_VOICE = "cannot_update_voice"
SESSION_EXPIRED = "session_expired"
INVALID_VALUE = "invalid_value"
INVALID_EVENT = "invalid_event"
UNKNOWN_PARAMETER = "unknown_parameter"
MISSING_PARAMETER = "missing_required_parameter"
BELOW_MINIMUM = "integer_below_min_value"
NO_SUCH_ITEM = "item_retrieve_invalid_item_id"
UNSUPPORTED_CONTENT = "unsupported_content_type"
BAD_RESPONSE_CREATE = "bad_response_create"
RATE_LIMITED = "rate_limit_exceeded"
INFERENCE_RATE_LIMITED = "inference_rate_limit_exceeded"
SERVER_ERROR = "server_error"

RETRYABLE = frozenset({RATE_LIMITED, INFERENCE_RATE_LIMITED, SERVER_ERROR, SESSION_EXPIRED})
"""The same trial may succeed in a new session, later."""

ACCOUNT = frozenset(
    {"insufficient_quota", "invalid_api_key", "account_deactivated", "billing_hard_limit_reached"}
)
"""No trial of this key will succeed until a person has acted."""

# Early servers left the code null; the message is then all there is.
_MESSAGES = {
    "already has an active response": ACTIVE_RESPONSE,
    "cancellation failed": CANCEL_NOT_ACTIVE,
    "buffer too small": COMMIT_EMPTY,
    "maximum duration": SESSION_EXPIRED,
    "only model output audio messages can be truncated": UNSUPPORTED_CONTENT,
}


def error_code(error: Mapping[str, Any]) -> str | None:
    """The code of an `error` object, taken from the message where the server sent none.

    The error's type stands in for a server_error without a code.
    """
    code = error.get("code")
    if isinstance(code, str) and code:
        return code
    message = str(error.get("message") or "").lower()
    for words, known in _MESSAGES.items():
        if words in message:
            return known
    return SERVER_ERROR if error.get("type") == SERVER_ERROR else None


def is_retryable(code: str | None) -> bool:
    """Whether the failure may pass by itself. Unknown codes are not retried: most of them name
    a mistake of the client, which would be made again."""
    return code in RETRYABLE

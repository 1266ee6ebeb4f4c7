"""What the end of an attempt means: one pure decision.

A trial is `invalid` when the attempt says nothing about the variant (no connection, rate limits,
a rejected configuration), and `failed` when the server had its chance and did not end. Retrying
is for what may be different next time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP answers to the upgrade that may be different later."""
HOPELESS_STATUS = frozenset({401, 403})
"""Answers that every other trial of the run would get too."""
HOPELESS_CODES = frozenset(
    {"insufficient_quota", "invalid_api_key", "account_deactivated", "billing_hard_limit_reached"}
)
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 20.0


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """How an attempt ended.

    `kind` is an Outcome's kind, or `unreachable` (no connection; `status` is the HTTP answer to
    the upgrade, if there was one), `time_limit` or `crashed` (an error of ours).
    """

    kind: Literal[
        "finished",
        "no_session",
        "refused",
        "fatal",
        "lost",
        "unreachable",
        "time_limit",
        "crashed",
    ]
    code: str = ""
    message: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The trial's state if nothing more is tried; whether to try again, after how long; whether
    the whole run is pointless."""

    state: Literal["scored", "failed", "invalid"]
    retry: bool = False
    wait_s: float = 0.0
    stop_run: bool = False


def decide(end: AttemptEnd, *, attempt: int, retries: int) -> Decision:
    """What to do after attempt number `attempt` (from 1) when `retries` more are allowed."""
    match end.kind:
        case "finished":
            return Decision("scored")
        case "time_limit":
            return Decision("failed")
        case "refused" | "crashed":
            return Decision("invalid")
        case "fatal":
            return Decision("invalid", stop_run=end.code in HOPELESS_CODES)
        case "unreachable" if end.status is not None and end.status not in RETRY_STATUS:
            return Decision("invalid", stop_run=end.status in HOPELESS_STATUS)
        case "unreachable" | "lost" | "no_session":
            again = attempt <= retries
            return Decision("invalid", retry=again, wait_s=_wait_s(attempt) if again else 0.0)


def _wait_s(attempt: int) -> float:
    return float(min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S))

"""The decision table, row by row."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from evalharness.runner.retry import HOPELESS_CODES, LONGEST_WAIT_S, AttemptEnd, Decision, decide


def first(kind: str, **fields: object) -> Decision:
    return decide(AttemptEnd(kind, **fields), attempt=1, retries=2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "decision"),
    [
        ("finished", Decision("scored")),
        ("time_limit", Decision("failed")),
        ("refused", Decision("invalid")),
        ("crashed", Decision("invalid")),
        ("fatal", Decision("invalid")),
        ("lost", Decision("invalid", retry=True, wait_s=0.5)),
        ("no_session", Decision("invalid", retry=True, wait_s=0.5)),
        ("unreachable", Decision("invalid", retry=True, wait_s=0.5)),
    ],
)
def test_every_end(kind: str, decision: Decision) -> None:
    assert first(kind) == decision


def test_the_table_has_every_kind() -> None:
    for kind in get_args(get_type_hints(AttemptEnd)["kind"]):
        assert first(kind).state in ("scored", "failed", "invalid")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_http_answers_that_may_be_different_later(status: int) -> None:
    assert first("unreachable", status=status).retry


@pytest.mark.parametrize(("status", "stop"), [(400, False), (404, False), (401, True), (403, True)])
def test_http_answers_that_stay(status: int, stop: bool) -> None:
    assert first("unreachable", status=status) == Decision("invalid", stop_run=stop)


@pytest.mark.parametrize("code", sorted(HOPELESS_CODES))
def test_errors_that_every_trial_would_get_stop_the_run(code: str) -> None:
    assert first("fatal", code=code) == Decision("invalid", stop_run=True)


def test_an_expired_session_stops_only_its_trial() -> None:
    assert not first("fatal", code="session_expired").stop_run


def test_waits_double_up_to_a_limit_and_end_with_the_retries() -> None:
    lost = AttemptEnd("lost")
    waits = [decide(lost, attempt=n, retries=20).wait_s for n in range(1, 9)]
    assert waits == [0.5, 1, 2, 4, 8, 16, LONGEST_WAIT_S, LONGEST_WAIT_S]
    assert decide(lost, attempt=2, retries=2).retry
    assert decide(lost, attempt=3, retries=2) == Decision("invalid")
    assert decide(lost, attempt=1, retries=0) == Decision("invalid")

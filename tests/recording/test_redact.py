"""No secret is left in what is kept, as it is or as JSON writes it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from evalharness.recording.redact import REDACTED, SHORTEST_SECRET, Redactor

# Letters that the replacement itself has not, so that it cannot make a secret.
secrets = st.lists(st.text('xyzåü"\\\n', min_size=SHORTEST_SECRET, max_size=9), max_size=3)
around = st.text('xyz",: ', max_size=8)


@given(secrets, around)
def test_no_secret_is_left(known: list[str], between: str) -> None:
    redactor = Redactor(known)
    plain = between.join(["", *known, ""])
    assert not any(secret in redactor.clean(plain) for secret in known)
    written = json.dumps(known)
    assert not any(json.dumps(secret)[1:-1] in redactor.clean(written) for secret in known)
    cleaned = redactor.clean_bytes(plain.encode())
    assert not any(secret.encode() in cleaned for secret in known)


@given(st.text())
def test_nothing_else_is_altered(text: str) -> None:
    assert Redactor().clean(text) == text
    assert Redactor(["not in there, ever"]).clean(text) == text


def test_the_longest_goes_first_so_that_nothing_of_it_is_left() -> None:
    redactor = Redactor(["0123456789", "Bearer 0123456789 tail"])
    assert redactor.clean("Bearer 0123456789 tail") == REDACTED
    assert redactor.clean_bytes(b"Bearer 0123456789 tail") == REDACTED.encode()


def test_the_shortest_that_is_a_secret() -> None:
    redactor = Redactor(["x" * SHORTEST_SECRET, "y" * (SHORTEST_SECRET - 1)])
    assert redactor.clean("xxxxxx yyyyy") == f"{REDACTED} yyyyy"

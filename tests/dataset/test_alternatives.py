"""Alternatives in references: how they are read, and what cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.alternatives import MOST_READINGS, BadAlternatives, readings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain and/or not", ["plain and/or not"]),
        ("", [""]),
        ("{ gonna / going to } leave", ["gonna leave", "going to leave"]),
        ("{a/b c} {x/@} z", ["a x z", "a z", "b c x z", "b c z"]),
        ("{bye/good {bye/night}/@} now", ["bye now", "good bye now", "good night now", "now"]),
        ("{{b/@}/c} d", ["b d", "d", "c d"]),
        (
            r"a literal \{ and \} and {a\/b/c}",
            ["a literal { and } and a/b", "a literal { and } and c"],
        ),
        (r"back\slash", [r"back\slash"]),
        ("un{believ/reli}able", ["unbelievable", "unreliable"]),
        ("mail {me@home/you}", ["mail me@home", "mail you"]),
    ],
)
def test_readings_come_in_the_order_listed(text: str, expected: list[str]) -> None:
    assert list(readings(text)) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{a", "never closed"),
        ("a}", "closes nothing"),
        ("{}", "empty"),
        ("{a/}", "empty"),
        ("{ / a}", "empty"),
        ("{{a/b}/}", "empty"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, fault: str) -> None:
    with pytest.raises(BadAlternatives, match=fault):
        readings(text)


def test_too_many_are_refused_before_they_are_made() -> None:
    assert len(readings("{a/b}" * 8)) == MOST_READINGS
    with pytest.raises(BadAlternatives, match="more than 256"):
        readings("{a/b}" * 64)
    with pytest.raises(BadAlternatives, match="257 ways"):
        readings("{" + "/".join(f"w{n}" for n in range(257)) + "}")


@given(st.text(st.sampled_from("ab {}/@\\")))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = readings(text)
    except BadAlternatives:
        return
    assert 1 <= len(found) <= MOST_READINGS


@given(st.text())
def test_escaped_text_is_only_itself(text: str) -> None:
    escaped = text.replace("{", r"\{").replace("}", r"\}")
    if "\\" not in text:
        assert list(readings(escaped)) == [" ".join(text.split())]

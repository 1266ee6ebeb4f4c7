from __future__ import annotations

import re

import pytest

from evalharness.server.scripted.regex_sample import sample


@pytest.mark.parametrize(
    "pattern",
    [
        "shipped",
        "^shipped$",
        r"(shipped|on its way)",
        r"(?i)order\s+\d{4}",
        r"[A-Z]{2}-\d{3,5}",
        r"(?:abc)?[^a-y0-9]+\.",
        r"(?P<day>mon|tues)day,? \w+",
        r"a*b+?c{0}d{2,}",
        r".*tea.*",
        r"\bMr\. [\]x]\b",
        r"[éü]+",
        "",
    ],
)
def test_the_sample_matches(pattern: str) -> None:
    found = sample(pattern)
    assert found is not None
    assert re.fullmatch(pattern, found)


@pytest.mark.parametrize("pattern", [r"(?=x)y", r"(a)\1", "(", "[", "a{2,1}", "\\"])
def test_what_is_not_understood_has_none(pattern: str) -> None:
    assert sample(pattern) is None

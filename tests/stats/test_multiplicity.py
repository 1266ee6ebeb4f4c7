"""Holm's correction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.stats.multiplicity import holm
from tests.stats.effort import QUICK


def test_by_hand() -> None:
    assert holm([0.001, 0.012, 0.03, 0.04, 0.6]) == pytest.approx([0.005, 0.048, 0.09, 0.09, 0.6])
    # .01 x 3 = .03; .02 x 2 = .04; .03 x 1 rises to .04; and in the order given.
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


@QUICK
@given(st.lists(st.floats(0, 1), max_size=8))
def test_properties(p_values: list[float]) -> None:
    """Never smaller than what it corrects, in the same order, and the least is Bonferroni's."""
    adjusted = holm(p_values)
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert all(p <= q <= 1.0 for p, q in pairs)
    assert [q for _, q in pairs] == sorted(adjusted)
    if p_values:
        assert min(adjusted) == pytest.approx(min(1.0, len(p_values) * min(p_values)))

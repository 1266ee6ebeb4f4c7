"""Quantiles against scipy's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalharness.stats.distributions import (
    beta_cdf,
    beta_quantile,
    binomial_cdf,
    binomial_quantile,
    t_cdf,
    t_quantile,
)
from tests.stats.effort import QUICK

P_VALUES = (0.0005, 0.025, 0.2, 0.5, 0.8, 0.975, 0.9995)


@pytest.mark.parametrize("df", [1, 2, 4, 10, 49, 1_000, 100_000])
def test_students_t(df: int) -> None:
    for p in P_VALUES:
        assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-9, abs=1e-9)
    for t in (-30.0, -1.96, -1e-9, 0.0, 0.3, 5.0):
        assert t_cdf(t, df) == pytest.approx(stats.t.cdf(t, df), rel=1e-9, abs=1e-12)


def test_students_t_by_the_book() -> None:
    assert t_quantile(0.975, 10) == pytest.approx(2.228, abs=5e-4)
    assert t_quantile(0.975, 4) == pytest.approx(2.776, abs=5e-4)
    # Many degrees of freedom make it normal.
    assert t_quantile(0.975, 1e7) == pytest.approx(stats.norm.ppf(0.975), abs=1e-5)
    assert t_quantile(0.025, 7) == -t_quantile(0.975, 7)


@QUICK
@given(st.floats(1e-4, 1 - 1e-4), st.floats(0.5, 2_000.0), st.floats(0.5, 2_000.0))
def test_beta(p: float, a: float, b: float) -> None:
    x = beta_quantile(p, a, b)
    assert x == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-7, abs=1e-14)
    assert beta_cdf(x, a, b) == pytest.approx(p, abs=1e-7)


def test_beta_outside_its_range() -> None:
    assert beta_cdf(-0.1, 2, 3) == 0.0
    assert beta_cdf(1.1, 2, 3) == 1.0


@pytest.mark.parametrize("n", [1, 7, 72, 200, 20_000])
@pytest.mark.parametrize("q", [0.1, 0.5, 0.95, 0.99])
def test_binomial(n: int, q: float) -> None:
    for p in P_VALUES:
        assert binomial_quantile(p, n, q) == stats.binom.ppf(p, n, q)
    for k in {-1, 0, n // 3, n // 2, n - 1, n, n + 1}:
        assert binomial_cdf(k, n, q) == pytest.approx(stats.binom.cdf(k, n, q), abs=1e-9)


def test_large_numbers_still_converge() -> None:
    """A million turns: the fraction needs most terms in the middle."""
    assert binomial_cdf(500_000, 1_000_000, 0.5) == pytest.approx(
        stats.binom.cdf(500_000, 1_000_000, 0.5), abs=1e-9
    )
    assert math.isclose(beta_cdf(0.5, 5e5, 5e5), 0.5, abs_tol=1e-9)

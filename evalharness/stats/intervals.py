"""How sure one run's figure is: an interval clustered by scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evalharness.stats.clusters import ClusterSums, Sums
from evalharness.stats.distributions import beta_quantile, t_quantile

FEWEST_CLUSTERS = 5
"""Below this no interval is honest: with 5 clusters even a perfect sign-flip cannot reach 0.05."""

Method = Literal["cluster-t", "cluster-bootstrap", "clopper-pearson", "order-statistics"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval and how it was made. A bound is infinite where it lies
    among turns that were never answered."""

    low: float
    high: float
    method: Method


def ratio_interval(
    run: ClusterSums, *, confidence: float = 0.95, proportion: bool = False
) -> Interval | None:
    """The interval of sum(numerators) / sum(denominators), or None below five clusters.

    With `proportion`, clusters of which each passes or fails as a whole get the exact
    Clopper-Pearson interval with n = clusters (the t interval has no width where all agree), and
    no interval reaches below 0, nor above 1 where no cluster does.
    """
    sums = [one for one in run.values() if one.denominator > 0]
    count = len(sums)
    if count < FEWEST_CLUSTERS:
        return None
    if proportion and _whole(sums):
        return clopper_pearson(sum(one.numerator > 0 for one in sums), count, confidence)
    numerators = np.array([one.numerator for one in sums])
    denominators = np.array([one.denominator for one in sums])
    ratio = float(numerators.sum() / denominators.sum())
    residuals = numerators - ratio * denominators
    error = np.sqrt(count / (count - 1) * np.sum(residuals**2)) / denominators.sum()
    half = t_quantile(0.5 + confidence / 2, count - 1) * float(error)
    low, high = ratio - half, ratio + half
    if proportion:
        low = max(0.0, low)
        high = min(1.0, high) if np.all(numerators <= denominators) else high
    return Interval(low, high, "cluster-t")


def _whole(sums: Sequence[Sums]) -> bool:
    """Whether every cluster is all-pass or all-fail, and all weigh alike unless they agree."""
    if not all(one.numerator in (0.0, one.denominator) for one in sums):
        return False
    alike = len({one.denominator for one in sums}) == 1
    return alike or len({one.numerator > 0 for one in sums}) == 1


def clopper_pearson(passes: int, n: int, confidence: float) -> Interval:
    """The exact interval of a proportion of `passes` in `n` independent trials."""
    tail = (1 - confidence) / 2
    low = beta_quantile(tail, passes, n - passes + 1) if passes else 0.0
    high = beta_quantile(1 - tail, passes + 1, n - passes) if passes < n else 1.0
    return Interval(low, high, "clopper-pearson")

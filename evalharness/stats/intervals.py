"""How sure one run's figure is: an interval clustered by scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evalharness.stats.clusters import ClusterSums
from evalharness.stats.distributions import beta_quantile, t_quantile

FEWEST_CLUSTERS = 5
"""Below this no interval is honest: with 5 clusters even a perfect sign-flip cannot reach 0.05."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval and how it was made."""

    low: float
    high: float
    method: Literal["cluster-t", "cluster-bootstrap", "clopper-pearson"]

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def ratio_interval(
    run: ClusterSums, *, confidence: float = 0.95, proportion: bool = False
) -> Interval | None:
    """The interval of sum(numerators) / sum(denominators), or None below five clusters.

    With `proportion`, a run in which every cluster passes, or every one fails, gets the exact
    Clopper-Pearson interval with n = clusters: the t interval would have no width there.
    """
    sums = [one for one in run.values() if one.denominator > 0]
    count = len(sums)
    if count < FEWEST_CLUSTERS:
        return None
    numerators = np.array([one.numerator for one in sums])
    denominators = np.array([one.denominator for one in sums])
    ratio = float(numerators.sum() / denominators.sum())
    if proportion and ratio in (0.0, 1.0):
        return _clopper_pearson(count if ratio else 0, count, confidence)
    residuals = numerators - ratio * denominators
    error = np.sqrt(count / (count - 1) * np.sum(residuals**2)) / denominators.sum()
    half = t_quantile(0.5 + confidence / 2, count - 1) * float(error)
    return Interval(ratio - half, ratio + half, "cluster-t")


def _clopper_pearson(passes: int, n: int, confidence: float) -> Interval:
    tail = (1 - confidence) / 2
    low = beta_quantile(tail, passes, n - passes + 1) if passes else 0.0
    high = beta_quantile(1 - tail, passes + 1, n - passes) if passes < n else 1.0
    return Interval(low, high, "clopper-pearson")

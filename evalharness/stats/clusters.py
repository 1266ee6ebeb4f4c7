"""Additive metrics summed per cluster.

Turns of one conversation, and repeats of one scenario, are not independent; scenarios are treated
as if they were. So every figure is made of (numerator, denominator) sums per scenario, and only
clusters are resampled or swapped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sums:
    """One cluster's numerator and denominator: errors of words, passes of turns, dollars of
    conversations."""

    numerator: float
    denominator: float


ClusterSums = Mapping[str, Sums]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two runs' sums over the clusters both have, in the clusters' sorted order.

    Shapes: all (K,). Clusters without a denominator in either run carry no information about the
    metric and are left out.
    """

    names: Sequence[str]
    a: Floats
    n: Floats
    b: Floats
    m: Floats

    @property
    def count(self) -> int:
        return len(self.names)


def pair(run_a: ClusterSums, run_b: ClusterSums) -> Pairs:
    names = [
        name
        for name in sorted(set(run_a) & set(run_b))
        if run_a[name].denominator > 0 and run_b[name].denominator > 0
    ]
    return Pairs(
        names=names,
        a=np.array([run_a[name].numerator for name in names], dtype=np.float64),
        n=np.array([run_a[name].denominator for name in names], dtype=np.float64),
        b=np.array([run_b[name].numerator for name in names], dtype=np.float64),
        m=np.array([run_b[name].denominator for name in names], dtype=np.float64),
    )


def total(run: ClusterSums) -> float | None:
    """The ratio over all clusters, in whatever order they come; None without a denominator."""
    denominator = math.fsum(sums.denominator for sums in run.values())
    if denominator == 0:
        return None
    return math.fsum(sums.numerator for sums in run.values()) / denominator

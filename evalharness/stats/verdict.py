"""The words of a comparison, by rules: deterministic, so that they can be tested.

A claim needs an interval that excludes zero, a size that passes the declared minimum and, for the
metrics declared primary, a Holm-adjusted p-value below 0.05. Nothing is ranked from point
estimates, no cause is named, and what was not shown is not called equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Word = Literal["better", "worse", "no clear change", "too few pairs"]

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """One metric's effect as far as the words need it.

    `low`, `high` bound the difference B - A (a relative change for durations); `gain` and `loss`
    say in words what a change for the better or for the worse means ("is faster").
    """

    metric: str
    better: Literal["higher", "lower", "neither"]
    delta: float
    low: float | None
    high: float | None
    adjusted_p: float | None
    min_effect: float
    gain: str
    loss: str


def word(finding: Finding) -> Word:
    """How one metric changed."""
    if finding.low is None or finding.high is None:
        return "too few pairs"
    shown = (finding.low > 0 or finding.high < 0) and abs(finding.delta) >= finding.min_effect
    if finding.adjusted_p is not None and finding.adjusted_p >= ALPHA:
        shown = False
    if not shown or finding.better == "neither":
        return "no clear change"
    improved = (finding.delta > 0) == (finding.better == "higher")
    return "better" if improved else "worse"


def sentence(name: str, findings: Sequence[Finding], *, nothing: str) -> str:
    """One sentence about variant `name`; `nothing` is said when no finding passes.

    Findings come in the order of their importance, which the sentence keeps.
    """
    gains = _phrases(finding.gain for finding in findings if word(finding) == "better")
    losses = _phrases(finding.loss for finding in findings if word(finding) == "worse")
    if gains and losses:
        return f"{name} {_joined(gains)}, but {_joined(losses)}."
    if gains or losses:
        return f"{name} {_joined(gains or losses)}."
    return nothing


def _phrases(phrases: Iterable[str]) -> list[str]:
    """Each phrase once: two metrics may lead to the same words."""
    seen: dict[str, None] = {}
    for phrase in phrases:
        seen.setdefault(phrase, None)
    return list(seen)


def _joined(phrases: Sequence[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"

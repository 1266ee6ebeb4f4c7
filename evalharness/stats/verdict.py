"""The words of a comparison, by rules: deterministic, so that they can be tested.

A claim needs an interval that excludes zero, a difference on the same side and of the declared
size, and where there is a p-value, one below 0.05 after Holm's correction. Nothing is ranked
from point estimates, no cause is named, and what was not shown is not called equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Word = Literal["better", "worse", "higher", "lower", "no clear change", "too few pairs"]

CLAIMS: tuple[Word, ...] = ("better", "worse")
ALPHA = 0.05
ROUNDING = 1e-9
"""A change from 0.8 to 1.0 is one of 0.2, though its floating-point difference is a bit less."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One metric's effect as far as the words need it.

    `low`, `high` bound the difference B - A (a relative change for durations); `gain` and `loss`
    say in words what a change for the better or for the worse means ("answers faster"). Of a
    `price` they are amounts ("13 % less"), told last.
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
    price: bool = False


def word(finding: Finding) -> Word:
    """How one metric changed."""
    if finding.low is None or finding.high is None:
        return "too few pairs"
    rises = finding.low > 0 and finding.delta > 0
    falls = finding.high < 0 and finding.delta < 0
    size = abs(finding.delta) * (1 + ROUNDING)
    shown = (rises or falls) and size >= finding.min_effect
    if finding.adjusted_p is not None and finding.adjusted_p >= ALPHA:
        shown = False
    if not shown:
        return "no clear change"
    direction: Word = "higher" if rises else "lower"
    if finding.better == "neither":
        return direction
    return "better" if direction == finding.better else "worse"


def sentence(name: str, findings: Sequence[Finding], *, nothing: str) -> str:
    """One sentence about variant `name`; `nothing` is said when no finding passes.

    Findings come in the order of their importance, which the sentence keeps; the price is last.
    """
    told = [one for one in findings if not one.price]
    gains = _phrases(one.gain for one in told if word(one) == "better")
    losses = _phrases(one.loss for one in told if word(one) == "worse")
    prices = [_price(one) for one in findings if one.price and word(one) in CLAIMS]
    claims = ", but ".join(_joined(phrases) for phrases in (gains, losses) if phrases)
    if not prices:
        return f"{name} {claims}." if claims else nothing
    price = _joined(prices)
    return f"{name} {claims}, for {price}." if claims else f"{name} costs {price}."


def _price(finding: Finding) -> str:
    return finding.gain if word(finding) == "better" else finding.loss


def _phrases(phrases: Iterable[str]) -> list[str]:
    """Each phrase once: two metrics may lead to the same words."""
    return list(dict.fromkeys(phrases))


def _joined(phrases: Sequence[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"

"""Which expected call an actual call answers: the one-to-one pairing of greatest weight.

Weights are exact integers, so that ties are ties. Kuhn's method with potentials ("Hungarian"),
O(n^3).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from math import lcm

Weights = Sequence[Sequence[Fraction | None]]
"""Weight of pairing row i with column j; None where they cannot be paired."""


def assign(weights: Weights, required: Collection[int] = ()) -> list[int | None]:
    """For each row its column, or None.

    Among pairings of equal total weight the one that leaves the fewest `required` rows without a
    column is taken, then the one with the smallest sum of |i - j|, then the one whose columns are
    smallest, row by row.
    """
    rows, columns = len(weights), len(weights[0]) if weights else 0
    if rows == 0 or columns == 0:
        return [None] * rows
    if rows == columns == 1:
        return [None if weights[0][0] is None else 0]
    size = max(rows, columns)
    ranks = _ranks(weights, required)
    costs = [
        [-ranks[i][j] if i < rows and j < columns else 0 for j in range(size)] for i in range(size)
    ]
    chosen = _cheapest(costs)
    return [
        chosen[i] if chosen[i] < columns and weights[i][chosen[i]] is not None else None
        for i in range(rows)
    ]


def _ranks(weights: Weights, required: Collection[int]) -> list[list[int]]:
    """One integer a pair; their sum orders pairings by weight, then required rows, then nearness,
    then columns. 0: no pair."""
    rows, columns = len(weights), len(weights[0])
    scale = lcm(*(weight.denominator for row in weights for weight in row if weight is not None))
    base = columns + 1
    per_distance = base**rows * (columns + 1)
    per_required = per_distance * (rows * max(rows, columns) + 1)
    per_weight = per_required * (rows + 1)
    return [
        [
            0
            if weight is None
            else int(weight * scale) * per_weight
            + (i in required) * per_required
            - abs(i - j) * per_distance
            + (columns - j) * base ** (rows - 1 - i)
            for j, weight in enumerate(row)
        ]
        for i, row in enumerate(weights)
    ]


def _cheapest(costs: Sequence[Sequence[int]]) -> list[int]:
    """The column of each row in a perfect matching of least cost (square matrix)."""
    size = len(costs)
    row_potential, column_potential = [0] * (size + 1), [0] * (size + 1)
    row_of = [0] * (size + 1)  # the row matched to each column; rows and columns count from 1
    for row in range(1, size + 1):
        row_of[0], column = row, 0
        slack: list[int | None] = [None] * (size + 1)
        came_from, done = [0] * (size + 1), [False] * (size + 1)
        while row_of[column] != 0:
            done[column] = True
            current, least, following = row_of[column], None, 0
            for other in range(1, size + 1):
                if done[other]:
                    continue
                reduced = (
                    costs[current - 1][other - 1] - row_potential[current] - column_potential[other]
                )
                known = slack[other]
                if known is None or reduced < known:
                    slack[other], came_from[other], known = reduced, column, reduced
                if least is None or known < least:
                    least, following = known, other
            assert least is not None
            for other in range(size + 1):
                if done[other]:
                    row_potential[row_of[other]] += least
                    column_potential[other] -= least
                elif (known := slack[other]) is not None:
                    slack[other] = known - least
            column = following
        while column:
            row_of[column], column = row_of[came_from[column]], came_from[column]
    chosen = [0] * size
    for column in range(1, size + 1):
        chosen[row_of[column] - 1] = column - 1
    return chosen


def total(weights: Weights, chosen: Sequence[int | None]) -> Fraction:
    """The weight of a pairing."""
    return sum(
        (weights[i][j] or Fraction(0) for i, j in enumerate(chosen) if j is not None), Fraction(0)
    )


def best_in_order(weights: Weights) -> Fraction:
    """The greatest weight of a pairing in which later rows take later columns."""
    columns = len(weights[0]) if weights else 0
    best = [Fraction(0)] * (columns + 1)
    for row in weights:
        previous = best
        best = [Fraction(0)] * (columns + 1)
        for j in range(1, columns + 1):
            weight = row[j - 1]
            paired = previous[j - 1] + weight if weight is not None else Fraction(0)
            best[j] = max(previous[j], best[j - 1], paired)
    return best[columns]


def best_after(weights: Weights, after: Sequence[Collection[int]]) -> Fraction:
    """The greatest weight of a pairing in which each row's column lies behind those of the rows
    named in `after`, and of the rows those must follow (where both are paired).

    Columns are given out from the first to the last; what is kept is the best weight for each set
    of rows served, so the time grows with 2^rows but only in proportion to the columns.
    """
    followers = _followers(after)
    best = {0: Fraction(0)}  # the rows served, one bit each, and the weight they brought
    for column in range(len(weights[0]) if weights else 0):
        following = dict(best)
        for served, weight in best.items():
            for row, offered in enumerate(weights):
                added = offered[column]
                # Once a follower has its column, its forerunners have missed their chance.
                if added is not None and not served & (followers[row] | 1 << row):
                    now = served | 1 << row
                    following[now] = max(following.get(now, Fraction(0)), weight + added)
        best = following
    return max(best.values())


def _followers(after: Sequence[Collection[int]]) -> list[int]:
    """For each row the rows that must come behind it, at first or second hand, as bits."""
    followers = [
        sum(1 << other for other, before in enumerate(after) if row in before)
        for row in range(len(after))
    ]
    for middle in range(len(after)):
        for row, behind in enumerate(followers):
            if behind >> middle & 1:
                followers[row] = behind | followers[middle]
    return followers

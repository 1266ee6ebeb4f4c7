"""Which expected call an actual call answers: the one-to-one pairing of greatest weight.

Weights are exact integers, so that ties are ties. Kuhn's method with potentials ("Hungarian"),
O(n^3).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

Weights = Sequence[Sequence[Fraction | None]]
"""Weight of pairing row i with column j; None where they cannot be paired."""


def assign(weights: Weights) -> list[int | None]:
    """For each row its column, or None.

    Among pairings of equal total weight the one with the smallest sum of |i - j| is taken, then
    the one whose columns are smallest, row by row.
    """
    rows, columns = len(weights), len(weights[0]) if weights else 0
    if rows == 0 or columns == 0:
        return [None] * rows
    if rows == columns == 1:
        return [None if weights[0][0] is None else 0]
    size = max(rows, columns)
    ranks = _ranks(weights, rows, columns)
    costs = [
        [-ranks[i][j] if i < rows and j < columns else 0 for j in range(size)] for i in range(size)
    ]
    chosen = _cheapest(costs)
    return [
        chosen[i] if chosen[i] < columns and weights[i][chosen[i]] is not None else None
        for i in range(rows)
    ]


def _ranks(weights: Weights, rows: int, columns: int) -> list[list[int]]:
    """One integer a pair that orders by weight, then nearness, then column; 0: no pair."""
    scale = lcm(*(weight.denominator for row in weights for weight in row if weight is not None))
    base = columns + 1
    per_distance = base**rows * (columns + 1)
    per_weight = per_distance * (rows * max(rows, columns) + 1)
    return [
        [
            0
            if weight is None
            else int(weight * scale) * per_weight
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


def best_after(weights: Weights, after: Sequence[Sequence[int]]) -> Fraction:
    """The greatest weight of a pairing in which each row's column lies behind those of the rows
    named in `after` (where both are paired). Rows before which others must come are placed
    after them; branches that cannot beat the best so far are cut."""
    order = _topological(after)
    ceiling = [
        max((weight for weight in weights[row] if weight is not None), default=Fraction(0))
        for row in order
    ]
    best = Fraction(0)

    def place(step: int, taken: dict[int, int], used: frozenset[int], so_far: Fraction) -> None:
        nonlocal best
        best = max(best, so_far)
        if step == len(order) or so_far + sum(ceiling[step:], Fraction(0)) <= best:
            return
        row = order[step]
        earliest = max((taken[other] for other in after[row] if other in taken), default=-1)
        for column, weight in enumerate(weights[row]):
            if weight is not None and column > earliest and column not in used:
                place(step + 1, {**taken, row: column}, used | {column}, so_far + weight)
        place(step + 1, taken, used, so_far)

    place(0, {}, frozenset(), Fraction(0))
    return best


def _topological(after: Sequence[Sequence[int]]) -> list[int]:
    """Rows so that each comes behind those it must follow; rows in a ring come last."""
    order: list[int] = []
    left = list(range(len(after)))
    while left:
        ready = [row for row in left if all(other in order for other in after[row])]
        if not ready:
            return order + left
        order += ready
        left = [row for row in left if row not in ready]
    return order

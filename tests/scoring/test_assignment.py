"""The pairing against brute force, scipy, and its tie rule."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from evalharness.scoring.assignment import assign, best_after, best_in_order, total

Matrix = list[list[Fraction | None]]

weight = st.none() | st.integers(1, 12).map(lambda n: Fraction(n, 3))


@st.composite
def matrices(draw: st.DrawFn, most: int = 5) -> Matrix:
    rows, columns = draw(st.integers(1, most)), draw(st.integers(1, most))
    return [[draw(weight) for _ in range(columns)] for _ in range(rows)]


def pairings(matrix: Matrix) -> list[list[int | None]]:
    """Every one-to-one pairing along allowed pairs."""
    rows, columns = len(matrix), len(matrix[0])
    places = [*range(columns), *([None] * rows)]
    found = set(permutations(places, rows))
    return [
        list(one)
        for one in found
        if all(j is None or matrix[i][j] is not None for i, j in enumerate(one))
    ]


def preference(
    matrix: Matrix, required: set[int], chosen: list[int | None]
) -> tuple[Fraction, int, int, list[int]]:
    columns = len(matrix[0])
    distance = sum(abs(i - j) for i, j in enumerate(chosen) if j is not None)
    return (
        -total(matrix, chosen),
        sum(chosen[i] is None for i in required),
        distance,
        [columns if j is None else j for j in chosen],
    )


@given(matrices(most=4), st.sets(st.integers(0, 3)))
def test_agrees_with_brute_force_including_ties(matrix: Matrix, rows: set[int]) -> None:
    required = {row for row in rows if row < len(matrix)}
    best = min(pairings(matrix), key=lambda one: preference(matrix, required, one))
    assert assign(matrix, required) == best


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_ties_everywhere(rows: int, columns: int, data: st.DataObject) -> None:
    weights = st.sampled_from([None, Fraction(1)])
    matrix = [[data.draw(weights) for _ in range(columns)] for _ in range(rows)]
    best = min(pairings(matrix), key=lambda one: preference(matrix, set(), one))
    assert assign(matrix) == best


@settings(max_examples=60)
@given(matrices(most=12))
def test_agrees_with_scipy_on_the_total(matrix: Matrix) -> None:
    costs = np.array([[0.0 if w is None else -float(w) for w in row] for row in matrix])
    rows, columns = linear_sum_assignment(costs)
    assert float(total(matrix, assign(matrix))) == pytest.approx(-costs[rows, columns].sum())


@given(matrices(most=4))
def test_best_in_order_agrees_with_brute_force(matrix: Matrix) -> None:
    def in_order(one: list[int | None]) -> bool:
        taken = [j for j in one if j is not None]
        return taken == sorted(taken)

    best = max(total(matrix, one) for one in pairings(matrix) if in_order(one))
    assert best_in_order(matrix) == best


@given(matrices(most=4), st.data())
def test_best_after_agrees_with_brute_force(matrix: Matrix, data: st.DataObject) -> None:
    rows = len(matrix)
    after = [
        sorted(data.draw(st.sets(st.integers(0, row - 1), max_size=row))) if row else []
        for row in range(rows)
    ]

    def before(row: int) -> set[int]:
        """What a row must follow, at first or second hand."""
        return {*after[row], *(far for near in after[row] for far in before(near))}

    def keeps(one: list[int | None]) -> bool:
        return all(
            here is None or (there := one[other]) is None or there < here
            for row, here in enumerate(one)
            for other in before(row)
        )

    best = max(total(matrix, one) for one in pairings(matrix) if keeps(one))
    assert best_after(matrix, after) == best


def test_rows_in_a_ring_cannot_all_be_paired() -> None:
    one = Fraction(1)
    assert best_after([[one, one], [one, one]], [[1], [0]]) == 1


def test_many_equal_calls_in_order_are_quick() -> None:
    weights = [[Fraction(1)] * 60 for _ in range(10)]
    assert best_after(weights, [[row - 1] if row else [] for row in range(10)]) == 10


def test_nothing_to_pair() -> None:
    assert best_after([], []) == 0
    assert best_after([[], []], [[], [0]]) == 0
    assert assign([]) == []
    assert assign([[], []]) == [None, None]

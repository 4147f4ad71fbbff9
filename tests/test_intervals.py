"""Arithmetic on sets of time intervals."""

import pytest

from asyncdemo import intervals


@pytest.mark.parametrize(
    ("given", "merged"),
    [
        ([], []),
        ([(3.0, 4.0), (1.0, 2.0)], [(1.0, 2.0), (3.0, 4.0)]),
        ([(1.0, 2.0), (2.0, 3.0)], [(1.0, 3.0)]),
        ([(1.0, 3.0), (2.0, 4.0)], [(1.0, 4.0)]),
        ([(1.0, 9.0), (2.0, 3.0)], [(1.0, 9.0)]),
    ],
)
def test_merge(given, merged):
    assert intervals.merge(given) == merged


@pytest.mark.parametrize(
    ("holes", "left"),
    [
        ([], [(1.0, 5.0), (7.0, 9.0)]),
        ([(0.0, 10.0)], []),
        ([(1.0, 5.0)], [(7.0, 9.0)]),
        ([(2.0, 3.0)], [(1.0, 2.0), (3.0, 5.0), (7.0, 9.0)]),
        ([(0.0, 2.0)], [(2.0, 5.0), (7.0, 9.0)]),
        ([(4.0, 8.0)], [(1.0, 4.0), (8.0, 9.0)]),
        ([(5.0, 7.0)], [(1.0, 5.0), (7.0, 9.0)]),
        ([(2.0, 3.0), (4.0, 8.0), (8.5, 20.0)], [(1.0, 2.0), (3.0, 4.0), (8.0, 8.5)]),
        ([(10.0, 11.0)], [(1.0, 5.0), (7.0, 9.0)]),
    ],
)
def test_subtract(holes, left):
    assert intervals.subtract([(7.0, 9.0), (1.0, 5.0)], holes) == left


def test_a_hole_without_length_cuts_nothing():
    assert intervals.subtract([(1.0, 3.0)], [(2.0, 2.0)]) == [(1.0, 3.0)]


def test_length_counts_shared_time_once():
    assert intervals.length([(0.0, 2.0), (1.0, 3.0), (5.0, 6.0)]) == 4.0


@pytest.mark.parametrize(
    ("given", "most"),
    [
        ([], 0),
        ([(1.0, 1.0)], 0),
        ([(0.0, 1.0)], 1),
        ([(0.0, 1.0), (1.0, 2.0)], 1),
        ([(0.0, 2.0), (1.0, 3.0), (1.5, 1.6), (2.5, 4.0)], 3),
        ([(0.0, 1.0), (0.0, 1.0)], 2),
    ],
)
def test_most_at_once(given, most):
    assert intervals.most_at_once(given) == most

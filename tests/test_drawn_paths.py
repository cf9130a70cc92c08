"""What is drawn of a path that leaves its picture."""

from __future__ import annotations

import numpy as np
import pytest

from convcore.charts.paths import REACH, clip_path, needed_points, visible_points

MIDDLE = np.array([1.0, -2.0])


def test_a_path_within_the_picture_is_drawn_as_it_is() -> None:
    path = np.random.default_rng(0).uniform(-3, 3, (40, 2))
    drawn, piece = clip_path(path, MIDDLE, 1.0)
    assert drawn is path
    assert not piece.any()


@pytest.mark.parametrize("factor", [-2.5, 2.0, -40.0, 1e18])
def test_a_path_leaves_in_its_true_direction_and_stays_near(factor: float) -> None:
    errors = np.array([[0.3 * factor**k, 0.2 * (-factor / 2) ** k] for k in range(9)])
    path = MIDDLE + errors
    drawn, piece = clip_path(path, MIDDLE, 0.5)
    away = np.hypot(*(drawn - MIDDLE).T)
    assert away.max() <= REACH * 0.5 * (1 + 1e-12)
    inside = np.hypot(*errors.T) <= REACH * 0.5
    assert np.array_equal(drawn[inside], path[inside])
    out = int(np.flatnonzero(~inside)[0])
    true, shown = path[out] - path[out - 1], drawn[out] - drawn[out - 1]
    assert np.arctan2(*shown) == pytest.approx(np.arctan2(*true), abs=1e-12)
    # The first far point ends its piece; each one after it begins another.
    assert piece.tolist() == [0] * (out + 1) + list(range(1, len(path) - out))


def test_a_path_that_comes_back_comes_from_its_true_direction() -> None:
    path = np.array([[0.0, 0.0], [50.0, 10.0], [60.0, -80.0], [0.5, 0.25]])
    drawn, piece = clip_path(path, np.zeros(2), 1.0)
    true, shown = path[3] - path[2], drawn[3] - drawn[2]
    assert np.arctan2(*shown) == pytest.approx(np.arctan2(*true), abs=1e-12)
    assert piece.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("m", [1, 2, 3, 7, 36, 201])
def test_lines_over_steps_pass_what_is_left_out_of_them_within_the_given_distance(m: int) -> None:
    rng = np.random.default_rng(m)
    k = np.arange(m)
    lines = [2.0 - 0.3 * k, rng.normal(size=m), np.exp(-k / 9), np.cumsum(rng.normal(size=m))]
    lines += [line[: 1 + m // 3] for line in lines] + [line[: 1 + 2 * m // 3] for line in lines]
    within = [0.05, 0.05, 0.02, 0.3] * 3
    kept = needed_points(lines, within)
    for line, rows, most in zip(lines, kept, within, strict=True):
        assert rows[0] and rows[-1]
        steps = k[: len(line)]
        assert np.abs(np.interp(steps, steps[rows], line[rows]) - line).max() <= most
    # Of a straight line the ends of a few blocks are left, of noise nearly all.
    assert kept[0].sum() <= np.log2(m) + 2
    assert kept[1].sum() >= 0.8 * m


def test_points_that_cannot_be_told_from_the_one_before_are_left_out() -> None:
    path = np.array(["a"] * 5 + ["b"] * 3)
    k = np.array([0, 1, 2, 3, 4, 0, 1, 2])
    at = np.array(
        [[0, 0], [5, 0], [5.2, 0.1], [5.2, 3], [5.2, 3], [5.2, 3], [5.2, 3], [9, 9]], float
    )
    still = np.zeros((8, 2))
    one, apart = np.zeros(8, int), np.array([0, 0, 0, 0, 0, 0, 0, 1])
    told = [True, True, False, True, False, True, False, True]
    assert visible_points(path, k, (at, one), (still, one)).tolist() == told
    # A point that no line leads to, in one view only, is drawn for the other.
    assert visible_points(path, k, (at, apart), (still, one)).tolist() == told
    told[-1] = False
    assert visible_points(path, k, (at, apart), (still, apart)).tolist() == told

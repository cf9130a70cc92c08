"""The ends of axes that several labs share."""

from __future__ import annotations

import numpy as np

from convcore.labkit.curves import DEEP, log_ends, log_floor, padded


def test_an_axis_of_losses_ends_sixteen_digits_below_the_start() -> None:
    assert log_floor(np.array([0.5, -3.2]), 0.5) == -4
    assert log_ends(np.array([0.5, -300.0]), 0.5) == (-DEEP, 1)


def test_an_axis_of_losses_that_do_not_change_is_one_digit_long() -> None:
    assert log_ends(np.array([-2.0, -2.0]), -2.0) == (-2, -1)


def test_a_margin_is_a_share_of_the_axis_or_1_where_there_is_none() -> None:
    assert padded(0.0, 10.0, 0.1) == (-1.0, 11.0)
    assert padded(3.0, 3.0, 0.1) == (2.0, 4.0)


def test_a_margin_beside_a_huge_constant_is_more_than_rounding() -> None:
    low, high = padded(1e100, 1e100, 0.1, rounding=1e-9)
    assert low < 1e100 < high

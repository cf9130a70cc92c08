"""The ends of axes that several labs share."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from convcore.labkit.curves import DEEP, log_ends, log_floor, padded, reach
from convcore.labkit.thinning import drawn_in_part, drawn_steps


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


@given(st.integers(1, 20_000), st.integers(4, 300))
def test_of_a_long_run_the_first_steps_are_drawn_and_then_every_odd_one(
    steps: int, most: int
) -> None:
    k = drawn_steps(steps, most)
    assert k[0] == 0 and k[-1] == steps and (np.diff(k) > 0).all() and len(k) <= most + 2
    gaps = np.diff(k[:-1])
    if steps <= most:
        assert len(k) == steps + 1 and drawn_in_part(k) == ""
    else:
        assert (gaps[: most // 2 - 1] == 1).all() and set(gaps[most // 2 :] % 2) <= {1}
        each = int(drawn_in_part(k).split("The first ")[1].split()[0].replace(",", ""))
        assert (k[: each + 1] == np.arange(each + 1)).all() and k[each + 1] > each + 1
    # Wherever the pointer is, it is on one step, the nearest.
    table = reach(k)
    assert (table["lo"][1:] == table["hi"][:-1]).all()
    assert ((table["lo"] < k) & (k < table["hi"])).all()

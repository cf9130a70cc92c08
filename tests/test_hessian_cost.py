"""The cost of a Hessian: counts that one can check by hand, and what is extended from them."""

from __future__ import annotations

import numpy as np
import pytest

from convcore.network.hessian_cost import Timings, count_costs, format_bytes, measure


def test_a_hessian_of_100_000_weights_is_80_gigabytes_and_of_a_million_8_terabytes():
    assert [format_bytes(count_costs(n)[-2].bytes) for n in (1e5, 1e6, 1e12)] == [
        "80 GB",
        "8 TB",
        "8 YB",
    ]


def test_a_product_adds_two_gradients():
    gradient, product = count_costs(1000, batch=7)[:2]
    assert gradient.operations == 6 * 7 * 1000
    assert product.operations == 3 * gradient.operations


def test_the_solve_is_a_third_of_n_cubed_and_lbfgs_stores_20_vectors():
    costs = {cost.name: cost for cost in count_costs(1000)}
    assert costs["Newton's solve"].operations == pytest.approx(1e9 / 3)
    assert costs["L-BFGS step"].numbers == 2 * 10 * 1000


@pytest.mark.parametrize(
    "count, words", [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (80e9, "80 GB"), (8e24, "8 YB")]
)
def test_sizes_are_said_in_their_unit(count, words):
    assert format_bytes(count) == words


def test_words_hold_bytes_and_operations():
    assert count_costs(1e6)[-1].words() == "8 TB; 3.3·10¹⁷"


def test_times_are_extended_by_their_powers():
    n = np.array([100.0, 1000.0])
    t = Timings(n, *np.array([[1e-5, 2e-5], [3e-5, 5e-5], [1e-3, 4e-2], [1e-4, 5e-2]]))
    assert t.extrapolate("gradient", np.array(1e6)) == pytest.approx(2e-2)
    assert t.extrapolate("hessian", np.array(1e6)) == pytest.approx(4e4)
    assert t.extrapolate("solve", np.array([1e3, 1e4])) == pytest.approx([5e-2, 50])


def test_what_is_measured_here_is_positive_and_a_hessian_is_dearer_than_a_product():
    t = measure(widths=(4, 20), tries=1)
    assert t.n.tolist() == [33, 481]
    for times in (t.gradient, t.product, t.hessian, t.solve):
        assert times.shape == (2,) and (times > 0).all()
    assert t.hessian[1] > t.product[1]

"""Derivatives of formulas of which a part is constant on one side of a kink: 0, not ∞·0."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from convcore.formula.formula import Formula

# u(x) is 0 for x < 0 and as given for x > 0.
ZERO_ON_THE_LEFT = {
    "relu({x})": lambda x: x,
    "max({x}, 0)": lambda x: x,
    "max(0, 2*{x})": lambda x: 2 * x,
    "({x} + |{x}|)": lambda x: 2 * x,
    "(-min(0, -{x}))": lambda x: x,
    "(relu({x})*exp({x}))": lambda x: x * mp.exp(x),
    "relu({x}*exp({x}))": lambda x: x * mp.exp(x),
    "(relu({x})/(1 + {x}^2))": lambda x: x / (1 + x**2),
    "|relu({x})|": lambda x: x,
}
OUTER = {
    "{u}^{p}": lambda u, p: u**p,
    "sqrt({u})": lambda u, p: mp.sqrt(u),
    "cbrt({u})": lambda u, p: mp.cbrt(u),
    "({u}^{p})*cos({u})": lambda u, p: u**p * mp.cos(u),
    "exp(-1/|{u}|)": lambda u, p: mp.exp(-1 / u),
    "(1 + {u}^{p})^{p}": lambda u, p: (1 + u**p) ** p,
}


def composed(
    f: Callable[[Any, Any], Any], u: Callable[[Any], Any], power: mp.mpf, x: mp.mpf
) -> mp.mpf:
    return f(u(x), power)


def test_a_part_that_is_zero_on_one_side_has_no_derivatives_there() -> None:
    rng = np.random.default_rng(0)
    for inner, u in ZERO_ON_THE_LEFT.items():
        for outer, f in OUTER.items():
            p, at = round(float(rng.uniform(0.2, 1.9)), 3), round(float(rng.uniform(-1, 1)), 3)
            formula = Formula(outer.format(u=inner.format(x=f"(w - {at})"), p=p) + " + w^2")
            x = np.array([-1.3, -0.2, 0.4, 1.1])
            w = (x + at)[:, None]
            found = formula.taylor(w)
            left = x < 0
            rest = 1.0 if outer.startswith("(1") else 0.0
            np.testing.assert_allclose(found.value[left], w[left, 0] ** 2 + rest)
            np.testing.assert_allclose(found.gradient[left, 0], 2 * w[left, 0])
            np.testing.assert_allclose(found.hessian[left, 0, 0], 2.0)
            series = formula.polynomial(w[:, 0], 5).coefficients
            np.testing.assert_allclose(
                series[2:, left], np.array([1, 0, 0, 0])[:, None] + 0 * x[left]
            )
            for i in np.flatnonzero(~left):
                with mp.workdps(40):
                    whole = partial(composed, f, u, mp.mpf(p))
                    true = [mp.diff(whole, mp.mpf(x[i]), k) for k in (1, 2, 3)]
                np.testing.assert_allclose(
                    found.gradient[i, 0], float(true[0]) + 2 * w[i, 0], rtol=1e-8
                )
                np.testing.assert_allclose(found.hessian[i, 0, 0], float(true[1]) + 2, rtol=1e-7)
                np.testing.assert_allclose(series[3, i], float(true[2]) / 6, rtol=1e-5, atol=1e-9)
            for row, value in zip(w, found.hessian, strict=True):  # one point at a time
                np.testing.assert_allclose(formula.taylor(row).hessian, value, rtol=1e-12)
                np.testing.assert_array_equal(
                    formula.taylor(row, 1).gradient, formula.gradient(row)
                )


def test_the_second_derivative_of_relu_to_a_power_is_0_on_the_left_and_infinite_at_the_kink() -> (
    None
):
    found = Formula("relu(x)^1.5").taylor([[-1.0], [0.0], [4.0]])
    np.testing.assert_array_equal(found.gradient[:, 0], [0.0, 0.0, 3.0])
    np.testing.assert_array_equal(found.hessian[:, 0, 0], [0.0, np.inf, 0.375])


def test_several_weights_keep_the_part_that_is_not_constant() -> None:
    found = Formula("relu(x)^1.5*y + x*y^2 + max(y, 1)^0.5").taylor([[-1.0, 3.0], [-1.0, 0.5]])
    np.testing.assert_allclose(found.gradient[1], [0.25, -1.0])
    np.testing.assert_allclose(found.hessian[1], [[0.0, 1.0], [1.0, -2.0]])
    np.testing.assert_allclose(found.hessian[0], [[0.0, 6.0], [6.0, -2.0 - 0.25 * 3**-1.5]])


@pytest.mark.parametrize("text", ["(x^4)^0.5", "(x^2)^0.75", "sqrt(x^2)", "|x|*|x|^0.5/|x|^0.5"])
def test_derivatives_that_vanish_at_one_point_only_make_no_part_constant(text: str) -> None:
    assert Formula(text).hessian([[0.0]])[0, 0, 0] != 0


def test_outside_the_domain_all_stays_undefined() -> None:
    for text in ("x^1.5", "sqrt(x)", "min(x, 0)^0.5 + log(x)"):
        found = Formula(text).taylor([[-1.0]])
        assert np.isnan([found.value[0], found.gradient[0, 0], found.hessian[0, 0, 0]]).all()
    at = Formula("x^1.5").taylor([[0.0]])
    assert (at.gradient[0, 0], at.hessian[0, 0, 0]) == (0.0, np.inf)

"""Taylor arithmetic against mpmath, hand-computed values, and its own smaller parts."""

import math
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest

from convcore.formula import taylor
from convcore.formula.elementary import FUNCTIONS, Elementary, absolute_power, maximum, minimum
from convcore.formula.series import Series, TaylorPolynomial, polynomial
from convcore.formula.taylor import Taylor, expand, variables

pytestmark = pytest.mark.filterwarnings("error")

# Every function of the table, written a second time by mpmath, and where to try it.
EVERYWHERE = (-3.7, -1.2, -0.3, 0.4, 1.0, 2.9)
POSITIVE = (1e-3, 0.2, 1.0, 3.3, 50.0)
INSIDE = (-0.97, -0.4, 0.1, 0.85)
REFERENCE = {
    "exp": (mp.exp, EVERYWHERE),
    "expm1": (mp.expm1, EVERYWHERE),
    "log": (mp.log, POSITIVE),
    "log1p": (mp.log1p, (-0.9, 1e-9, 0.5, 20.0)),
    "log2": (lambda u: mp.log(u, 2), POSITIVE),
    "log10": (lambda u: mp.log(u, 10), POSITIVE),
    "sqrt": (mp.sqrt, POSITIVE),
    "cbrt": (lambda u: mp.sign(u) * mp.cbrt(abs(u)), EVERYWHERE),
    "sin": (mp.sin, EVERYWHERE),
    "cos": (mp.cos, EVERYWHERE),
    "tan": (mp.tan, EVERYWHERE),
    "arcsin": (mp.asin, INSIDE),
    "arccos": (mp.acos, INSIDE),
    "arctan": (mp.atan, EVERYWHERE),
    "sinh": (mp.sinh, EVERYWHERE),
    "cosh": (mp.cosh, EVERYWHERE),
    "tanh": (mp.tanh, (*EVERYWHERE, 20.0)),
    "arcsinh": (mp.asinh, EVERYWHERE),
    "arccosh": (mp.acosh, (1.01, 1.7, 30.0)),
    "arctanh": (mp.atanh, INSIDE),
    "abs": (lambda u: mp.sign(u) * u, EVERYWHERE),
    "relu": (lambda u: u if u > 0 else u * 0, EVERYWHERE),
    "sigmoid": (lambda u: 1 / (1 + mp.exp(-u)), (*EVERYWHERE, -40.0)),
    "softplus": (lambda u: mp.log1p(mp.exp(u)), (*EVERYWHERE, 40.0, -40.0)),
    "logcosh": (lambda u: mp.log(mp.cosh(u)), (*EVERYWHERE, 1e-4, 20.0, -300.0)),
    "erf": (mp.erf, EVERYWHERE),
}


def rosenbrock(w):
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def coefficients(f, at, order):
    """The exact Taylor coefficients, from mpmath at 60 digits."""
    with mp.workdps(60):
        return [float(c) for c in mp.taylor(f, mp.mpf(at), order)]


def test_every_function_of_the_table_has_a_reference():
    assert set(REFERENCE) == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_elementary_function_and_its_two_derivatives_are_those_of_mpmath(name):
    f, points = REFERENCE[name]
    for at in points:
        c = coefficients(f, at, 2)
        E = expand(lambda w: FUNCTIONS[name](w[0]), [at])
        # tan and the like: the error of f enters f″ through f and f′.
        scale = abs(c[0]) + abs(c[1])
        np.testing.assert_allclose(E.value, c[0], rtol=1e-14, atol=1e-300)
        np.testing.assert_allclose(E.gradient, [c[1]], rtol=1e-13, atol=1e-300)
        np.testing.assert_allclose(E.hessian, [[2 * c[2]]], rtol=1e-12, atol=1e-15 * scale)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_power_series_through_an_elementary_function_is_that_of_mpmath_to_order_6(name):
    f, points = REFERENCE[name]
    for at in points:
        kinked = name in ("abs", "relu")
        c = coefficients(f, at, 1) + [0.0] * 5 if kinked else coefficients(f, at, 6)
        p = polynomial(lambda w: FUNCTIONS[name](w[0]), at)
        radius = min(abs(at), 1.0)  # of the size at which the orders are compared
        scale = sum(abs(x) * radius**k for k, x in enumerate(c))
        pairs = zip(p.coefficients, c, strict=True)
        error = [abs(a - b) * radius**k for k, (a, b) in enumerate(pairs)]
        assert max(error) <= 1e-13 * scale


def test_log_cosh_softplus_and_sigmoid_neither_overflow_nor_cancel_far_out():
    logcosh, softplus = FUNCTIONS["logcosh"], FUNCTIONS["softplus"]
    E = expand(lambda w: logcosh(w[0]), [[1000.0], [-1000.0], [20.0], [1e-8]])
    np.testing.assert_allclose(
        E.value, [1000 - math.log(2), 1000 - math.log(2), 20 - math.log(2), 5e-17]
    )
    np.testing.assert_array_equal(E.gradient[:2, 0], [1, -1])
    np.testing.assert_allclose(E.hessian[2, 0, 0], 4 * math.exp(-40), rtol=1e-13)
    E = expand(lambda w: FUNCTIONS["sigmoid"](w[0]), [[40.0], [-40.0]])
    np.testing.assert_allclose(E.gradient[:, 0], math.exp(-40), rtol=1e-13)
    np.testing.assert_allclose(E.hessian[:, 0, 0], [-math.exp(-40), math.exp(-40)], rtol=1e-13)
    E = expand(lambda w: softplus(w[0]), [[1000.0], [-50.0], [50.0]])
    np.testing.assert_allclose(E.value, [1000, math.exp(-50), 50], rtol=1e-14)
    np.testing.assert_allclose(E.gradient[:, 0], [1, math.exp(-50), 1], rtol=1e-14)
    np.testing.assert_allclose(E.hessian[:, 0, 0], [0, math.exp(-50), math.exp(-50)], rtol=1e-13)


def test_rosenbrock_at_a_point_computed_by_hand():
    # E = (1−x)² + 100(y−x²)² at (2, 3): 1 + 100; E_x = −2(1−x) − 400x(y−x²) = 802; E_y = −200;
    # E_xx = 2 − 400y + 1200x² = 3602; E_xy = −400x = −800; E_yy = 200.
    E = expand(rosenbrock, [2.0, 3.0])
    assert E.value == 101
    assert E.gradient.tolist() == [802, -200]
    assert E.hessian.tolist() == [[3602, -800], [-800, 200]]


def test_products_and_quotients_computed_by_hand():
    E = expand(lambda w: w[0] * w[1] / w[2], [6.0, 2.0, 4.0])
    assert E.value == 3
    assert E.gradient.tolist() == [0.5, 1.5, -0.75]
    assert E.hessian.tolist() == [[0, 0.25, -0.125], [0.25, 0, -0.375], [-0.125, -0.375, 0.375]]
    E = expand(lambda w: 12 / w[0] - (3 - w[0]) + +w[0] * 2, [2.0])
    assert (E.value, E.gradient[0], E.hessian[0, 0]) == (9, 0, 3)


@pytest.mark.parametrize(
    ("exponent", "at", "expected"),
    [
        (2, 0.0, (0, 0, 2)),
        (3, -2.0, (-8, 12, -12)),
        (0, 0.0, (1, 0, 0)),
        (1, 0.0, (0, 1, 0)),
        (-1, 2.0, (0.5, -0.25, 0.25)),
        (-2, -1.0, (1, 2, 6)),
        (1.5, 4.0, (8, 3, 0.375)),
        (2.5, 0.0, (0, 0, 0)),
        (1.5, 0.0, (0, 0, math.inf)),
        (11, -1.0, (-1, 11, -110)),
        (0.5, -1.0, (math.nan, math.nan, math.nan)),
    ],
)
def test_a_power_is_exact_and_knows_its_domain(exponent, at, expected):
    E = expand(lambda w: w[0] ** exponent, [at])
    np.testing.assert_array_equal([E.value, E.gradient[0], E.hessian[0, 0]], expected)


@pytest.mark.parametrize(
    ("exponent", "at", "expected"),
    [
        (2.0, 0.0, (0, 0, 2)),
        (1.5, 0.0, (0, 0, math.inf)),
        (4.0, -1.0, (1, -4, 12)),
        (1.5, -4.0, (8, -3, 0.375)),
        (0.0, 0.0, (1, 0, 0)),
    ],
)
def test_a_power_of_the_absolute_value_has_its_own_curvature_at_zero(exponent, at, expected):
    E = expand(lambda w: absolute_power(exponent)(w[0]), [at])
    np.testing.assert_array_equal([E.value, E.gradient[0], E.hessian[0, 0]], expected)
    series = polynomial(lambda w: absolute_power(exponent)(w[0]), at, order=2).coefficients
    np.testing.assert_array_equal(series, np.array(expected) / [1, 1, 2])


def test_a_power_with_a_variable_exponent_is_that_of_mpmath():
    x, y = 1.7, -2.3
    E = expand(lambda w: w[0] ** w[1], [x, y])
    d = lambda *k: float(mp.diff(lambda a, b: a**b, (mp.mpf(x), mp.mpf(y)), k))  # noqa: E731
    np.testing.assert_allclose(E.value, x**y, rtol=1e-14)
    np.testing.assert_allclose(E.gradient, [d(1, 0), d(0, 1)], rtol=1e-13)
    np.testing.assert_allclose(E.hessian, [[d(2, 0), d(1, 1)], [d(1, 1), d(0, 2)]], rtol=1e-12)
    E = expand(lambda w: 2.0 ** w[0], [3.0])
    np.testing.assert_allclose([E.value, E.gradient[0]], [8, 8 * math.log(2)], rtol=1e-15)


def test_a_variable_power_of_a_negative_number_has_a_value_but_no_slope_in_its_exponent():
    E = expand(lambda w: w[0] ** w[1], [-2.0, 3.0])
    assert E.value == -8
    assert E.gradient[0] == 12
    assert np.isnan(E.gradient[1])


@pytest.mark.parametrize("order", [0, 1, 2])
def test_only_the_order_that_is_asked_for_is_computed(order, monkeypatch):
    def forbidden(*_):
        raise AssertionError("computed though nobody asked")

    slope = (lambda u, f: np.cos(u)) if order > 0 else forbidden
    bend = (lambda u, f, p: -f) if order > 1 else forbidden
    f = Elementary("f", np.sin, slope, bend)
    for name in ("squared", "crossed") if order < 2 else ():
        monkeypatch.setattr(taylor.Parts, name, forbidden)

    def E(w):
        return f(w[0] * w[1]) / w[1] + minimum(w[0], w[1]) ** w[0] - 3 * w[0]

    t = E(variables([0.3, 0.7], order))
    assert t.order == order
    assert (t.gradient is None) == (order < 1)
    assert (t.hessian is None) == (order < 2)
    whole = expand(E, [0.3, 0.7], order)
    assert (whole.gradient is None) == (order < 1)
    assert (whole.hessian is None) == (order < 2)


def test_derivatives_that_are_zero_everywhere_are_not_stored():
    x, y, z = variables(np.ones((5, 3)))
    assert x.hessian == {}
    assert (x + y).hessian == {}
    assert set((x * y).hessian) == {(0, 1)}
    assert set((x**2 + y * z).gradient) == {0, 1, 2}
    assert type((x**2).hessian[0, 0]) is float


def test_a_batch_is_the_same_as_its_points_one_by_one(monkeypatch):
    monkeypatch.setattr(taylor, "BLOCK", 7)  # so that the batch spans several blocks
    w = np.random.default_rng(0).normal(size=(4, 5, 2))
    f = lambda w: rosenbrock(w) + FUNCTIONS["sin"](w[0] * w[1]) ** 3  # noqa: E731
    E = expand(f, w)
    assert (E.value.shape, E.gradient.shape, E.hessian.shape) == ((4, 5), (4, 5, 2), (4, 5, 2, 2))
    for k in np.ndindex(4, 5):
        one = expand(f, w[k])
        np.testing.assert_allclose(E.value[k], one.value, rtol=1e-14)
        np.testing.assert_allclose(E.gradient[k], one.gradient, rtol=1e-14)
        np.testing.assert_allclose(E.hessian[k], one.hessian, rtol=1e-14)


def test_an_empty_batch_and_a_constant_have_the_right_shapes():
    E = expand(rosenbrock, np.empty((0, 3, 2)))
    assert (E.value.shape, E.gradient.shape, E.hessian.shape) == ((0, 3), (0, 3, 2), (0, 3, 2, 2))
    E = expand(lambda w: 7.0, np.zeros((4, 2)))
    assert E.value.tolist() == [7] * 4
    assert not E.gradient.any()
    assert not E.hessian.any()


def test_arguments_are_left_alone():
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    before = w.copy()
    expand(rosenbrock, w)
    np.testing.assert_array_equal(w, before)


@pytest.mark.parametrize("w", [3.0, np.empty((2, 0))])
def test_weights_without_an_axis_are_refused(w):
    with pytest.raises(ValueError, match="shape"):
        expand(rosenbrock, w)


def test_an_order_other_than_0_1_2_is_refused():
    with pytest.raises(ValueError, match="`order`"):
        variables([1.0], order=3)


@pytest.mark.parametrize("name", ["log", "sqrt", "arcsin", "arccosh", "arctanh", "log1p"])
def test_outside_its_domain_a_function_and_its_derivatives_are_nan_without_a_warning(name):
    E = expand(lambda w: FUNCTIONS[name](w[0]), [[-2.0]])
    assert np.isnan([E.value[0], E.gradient[0, 0], E.hessian[0, 0, 0]]).all()
    assert np.isnan(polynomial(lambda w: FUNCTIONS[name](w[0]), -2.0).coefficients).all()


def test_overflow_and_division_by_zero_give_infinity_without_a_warning():
    assert expand(lambda w: FUNCTIONS["exp"](w[0]), [1e4]).value == math.inf
    assert expand(lambda w: 1 / w[0], [0.0]).value == math.inf
    assert expand(lambda w: w[0] / 0, [1.0]).value == math.inf


def test_at_a_kink_both_sides_count_equally():
    kinks = [
        (lambda w: abs(w[0]), 0.0, (0, 0, 0)),
        (lambda w: FUNCTIONS["relu"](w[0]), 0.0, (0, 0.5, 0)),
        (lambda w: maximum(w[0] ** 2, w[0]), 1.0, (1, 1.5, 1)),
        (lambda w: minimum(w[0] ** 2, 1), 1.0, (1, 1, 1)),
        (lambda w: minimum(w[0], w[0]), 5.0, (5, 1, 0)),
    ]
    for f, at, expected in kinks:
        E = expand(f, [at])
        np.testing.assert_array_equal([E.value, E.gradient[0], E.hessian[0, 0]], expected)
        c = polynomial(f, at, 2).coefficients
        np.testing.assert_array_equal(c, np.array(expected) / [1, 1, 2])


def test_minimum_and_maximum_take_the_derivatives_of_the_side_that_counts():
    E = expand(lambda w: maximum(w[0] ** 2, w[1] ** 3), [[3.0, 1.0], [1.0, 3.0]])
    assert E.value.tolist() == [9, 27]
    assert E.gradient.tolist() == [[6, 0], [0, 27]]
    assert E.hessian.tolist() == [[[2, 0], [0, 0]], [[0, 0], [0, 18]]]
    assert minimum(2.0, 3.0) == 2
    assert maximum(np.array([1, 5]), 3).tolist() == [3, 5]


def test_arrays_and_numbers_combine_with_taylor_from_either_side():
    (x,) = variables([[1.0], [2.0]])
    a = np.array([3.0, 4.0])
    for t in (a * x, x * a, np.float64(1) * (x * a)):
        assert isinstance(t, Taylor)
        assert t.value.tolist() == [3, 8]
    assert (a - x).gradient[0] == -1
    assert (a / x).value.tolist() == [3, 2]
    assert (a**x).value.tolist() == [3, 16]
    assert (x**a).gradient[0].tolist() == [3, 32]


def test_a_constant_that_looks_structural_still_divides_like_a_number():
    E = expand(lambda w: 1 / (w[0] ** 0 - 1), [3.0])
    assert E.value == math.inf


# --- one weight, any order ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "reference", "at"),
    [
        (lambda w: w[0] ** 4, lambda u: u**4, 0.0),
        (lambda w: w[0] ** -3, lambda u: u**-3, -1.3),
        (lambda w: (1 + w[0] ** 2) ** 0.5, lambda u: mp.sqrt(1 + u * u), 0.7),
        (lambda w: (2 + w[0]) ** w[0], lambda u: (2 + u) ** u, 0.4),
        (lambda w: 3.0 ** (1 - w[0]), lambda u: 3 ** (1 - u), 0.4),
        (
            lambda w: FUNCTIONS["exp"](-(w[0] ** 2)) / (2 - w[0]),
            lambda u: mp.exp(-u * u) / (2 - u),
            0.4,
        ),
        (lambda w: abs(w[0] - 2) ** 2.5, lambda u: (2 - u) ** 2.5, 0.4),
        (
            lambda w: maximum(FUNCTIONS["tanh"](w[0]), FUNCTIONS["erf"](w[0])),
            mp.erf,
            0.9,
        ),
    ],
)
def test_the_taylor_polynomial_of_a_formula_is_that_of_mpmath(f, reference, at):
    expected = coefficients(reference, at, 8)
    p = polynomial(f, at, order=8)
    np.testing.assert_allclose(p.coefficients, expected, rtol=1e-12, atol=1e-13)


def test_the_first_two_orders_of_a_series_are_those_of_taylor():
    w = np.linspace(0.2, 2, 9)
    f = lambda w: FUNCTIONS["log"](1 + w[0] ** 1.5) * FUNCTIONS["cos"](3 / w[0])  # noqa: E731
    c = polynomial(f, w, 2).coefficients
    E = expand(f, w[:, None])
    np.testing.assert_allclose(c[0], E.value, rtol=1e-13)
    np.testing.assert_allclose(c[1], E.gradient[:, 0], rtol=1e-12)
    np.testing.assert_allclose(2 * c[2], E.hessian[:, 0, 0], rtol=1e-12)


def test_a_taylor_polynomial_reproduces_a_polynomial():
    p = polynomial(lambda w: w[0] ** 3 - 2 * w[0], np.array([0.0, 1.0]), order=5)
    assert p.coefficients.T.tolist() == [[0, -2, 0, 1, 0, 0], [-1, 1, 3, 1, 0, 0]]
    np.testing.assert_allclose(p(np.array([[2.0], [3.0]])), [[4, 4], [21, 21]])
    with pytest.raises(ValueError, match="`order`"):
        polynomial(lambda w: w[0], 0.0, order=-1)


def test_each_further_order_brings_the_polynomial_closer():
    w = np.linspace(0.3, 0.9, 13)
    orders = [polynomial(lambda w: FUNCTIONS["logcosh"](w[0]), 0.6, order) for order in range(7)]
    errors = [np.abs(p(w) - np.log(np.cosh(w))).max() for p in orders]
    assert all(b < a for a, b in pairwise(errors))


def test_a_constant_has_a_polynomial():
    p = polynomial(lambda w: 2.0, np.zeros(3), order=1)
    assert isinstance(p, TaylorPolynomial)
    assert p.coefficients.tolist() == [[2, 2, 2], [0, 0, 0]]


def test_series_and_numbers_combine_from_either_side():
    s = Series((np.float64(2.0), 1.0, 0.0))
    assert [float(c) for c in (1 - s).coefficients] == [-1, -1, 0]
    assert [float(c) for c in (8 / s).coefficients] == [4, -2, 1]
    assert [float(c) for c in (-s + 3 * s).coefficients] == [4, 2, 0]
    assert [float(c) for c in minimum(3, s).coefficients] == [2, 1, 0]

"""Objectives against central differences and NumPy's own linear algebra."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.objectives.base import Objective, drop_rounding
from convcore.objectives.quadratics import LeastSquares, Quadratic
from tests.draw import SEEDS, often


def table(N, p, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, p)), rng.normal(size=N)


def matrix(n, seed=0):
    B = np.random.default_rng(seed).normal(size=(n, n))
    return B + B.T


class Well(Objective):
    """(w² − 1)²/4, to stand for what is no quadratic."""

    n = 1

    def value(self, w):
        return 0.25 * (w[..., 0] ** 2 - 1) ** 2

    def gradient(self, w):
        return w * (w**2 - 1)

    def hessian(self, w):
        return (3 * w**2 - 1)[..., None]


OBJECTIVES = {
    "one weight": Quadratic(2.0, -2.0, 1.5),
    "two weights": Quadratic([[2, 0.5], [0.5, 1]], [1, -1], 3),
    "indefinite": Quadratic(matrix(4), np.arange(4.0)),
    "singular": Quadratic([[1, 1], [1, 1]], [1, 0]),
    "least squares": LeastSquares(*table(20, 3)),
    "ridge": LeastSquares(*table(20, 3), ridge=0.7),
    "fewer rows than weights": LeastSquares(*table(3, 5)),
    "no feature": LeastSquares(np.empty((4, 0)), np.arange(4.0)),
}


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
def test_gradient_and_hessian_are_the_differences_of_value_and_gradient(objective):
    n, h = objective.n, 1e-5
    w = np.random.default_rng(1).normal(size=(7, n))
    step = h * np.eye(n)
    up, down = w[:, None] + step, w[:, None] - step
    slope = (objective.value(up) - objective.value(down)) / (2 * h)
    bend = (objective.gradient(up) - objective.gradient(down)) / (2 * h)
    assert objective.gradient(w) == pytest.approx(slope, rel=1e-8, abs=1e-8)
    assert objective.hessian(w) == pytest.approx(bend, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
def test_every_method_takes_any_batch_and_agrees_with_single_calls(objective):
    n = objective.n
    w = np.random.default_rng(2).normal(size=(2, 3, n))
    assert objective.value(w).shape == (2, 3)
    assert objective.gradient(w).shape == (2, 3, n)
    assert objective.hessian(w).shape == (2, 3, n, n)
    for at in np.ndindex(2, 3):
        assert objective.value(w)[at] == pytest.approx(float(objective.value(w[at])))
        assert objective.gradient(w)[at] == pytest.approx(objective.gradient(w[at]))
        assert objective.hessian(w)[at] == pytest.approx(objective.hessian(w[at]))


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
def test_the_spectrum_rebuilds_the_quadratic(objective):
    s = objective.spectrum
    A = (s.vectors * s.values) @ s.vectors.T
    assert np.allclose(A, objective.A, atol=1e-12)
    assert np.allclose(s.vectors.T @ s.vectors, np.eye(objective.n), atol=1e-12)
    assert np.allclose(s.vectors @ s.linear, objective.b, atol=1e-12)
    assert np.all(np.diff(s.values) >= 0)
    expected = np.linalg.eigvalsh(objective.A)
    assert s.values == pytest.approx(expected, abs=1e-12 * np.abs(expected).max())


def test_value_by_hand():
    assert float(Quadratic(2, -2, 1.5).value(np.array([4.0]))) == 9.5
    assert float(Quadratic([[1, 2], [0, 3]], [1, -1], 0.5).value(np.array([1.0, 2.0]))) == 8.0
    fit = LeastSquares(np.array([[1.0], [3.0]]), np.array([2.0, 5.0]), ridge=0.5)
    # ((2 + 1 − 2)² + (6 + 1 − 5)²)/4 + ½·½·2²
    assert float(fit.value(np.array([2.0, 1.0]))) == 2.25


def test_only_the_symmetric_part_of_a_matrix_matters():
    assert Quadratic([[1, 2], [0, 1]]) == Quadratic([[1, 1], [1, 1]])
    assert hash(Quadratic([[1, 2], [0, 1]])) == hash(Quadratic([[1, 1], [1, 1]]))


def test_the_minimiser_is_where_the_gradient_vanishes_and_none_where_nothing_is_lowest():
    bowl = OBJECTIVES["two weights"]
    assert bowl.minimiser == pytest.approx(np.linalg.solve(bowl.A, -bowl.b))
    assert OBJECTIVES["indefinite"].minimiser is None
    assert Quadratic(0, 1).minimiser is None
    assert Quadratic([[1, 1], [1, 1]], [1, 0]).minimiser is None
    valley = Quadratic([[1, 1], [1, 1]], [-1, -1])
    assert valley.minimiser == pytest.approx([0.5, 0.5])


def test_drift_is_the_slope_along_the_flat_directions_only():
    s = Quadratic([[1, 0], [0, 0]], [5, 2]).spectrum
    assert sorted(np.abs(s.drift)) == [0, 2]
    rng = np.random.default_rng(3)
    for _ in range(50):
        B = rng.normal(size=(3, 5))
        A = B.T @ B
        assert not Quadratic(A, A @ rng.normal(size=5)).spectrum.drift.any()
        assert Quadratic(A, rng.normal(size=5)).spectrum.drift.any()


def test_a_rank_deficient_matrix_has_eigenvalues_that_are_exactly_zero():
    B = np.random.default_rng(4).normal(size=(2, 6))
    assert (Quadratic(B.T @ B).spectrum.values == 0).sum() == 4
    features, target = table(30, 2)
    doubled = np.column_stack([features, features[:, 0] + features[:, 1]])
    assert (LeastSquares(doubled, target).spectrum.values == 0).sum() == 1
    assert (LeastSquares(*table(3, 5)).spectrum.values == 0).sum() == 3


def test_one_tiny_eigenvalue_alone_is_no_rounding_error():
    assert Quadratic(1e-300).spectrum.values[0] == 1e-300
    assert drop_rounding(np.array([1e-20, 1.0])).tolist() == [0, 1]
    assert drop_rounding(np.array([[-1e-20, 1.0], [1e-20, 3e-20]])).tolist() == [
        [0, 1],
        [1e-20, 3e-20],
    ]


def test_least_squares_is_minimal_where_numpy_says():
    features, target = table(40, 4)
    D = np.column_stack([features, np.ones(40)])
    expected = np.linalg.lstsq(D, target, rcond=None)[0]
    assert LeastSquares(features, target).minimiser == pytest.approx(expected, rel=1e-12)
    few = LeastSquares(*table(3, 5))
    shortest = np.linalg.lstsq(few.design, few.target, rcond=None)[0]
    assert few.minimiser == pytest.approx(shortest, rel=1e-12)


def test_ridge_leaves_the_intercept_alone():
    features, target = table(40, 3)
    strong = LeastSquares(features - features.mean(axis=0), target, ridge=1e9).minimiser
    assert strong[-1] == pytest.approx(target.mean())
    assert strong[:-1] == pytest.approx(np.zeros(3), abs=1e-8)
    some = LeastSquares(features, target, ridge=0.3)
    D, R = some.design, np.diag([0.3] * 3 + [0])
    assert some.minimiser == pytest.approx(np.linalg.solve(D.T @ D / 40 + R, D.T @ target / 40))


def test_the_svd_keeps_an_eigenvalue_that_the_normal_equations_lose():
    rng = np.random.default_rng(5)
    U = np.linalg.qr(np.column_stack([np.ones(30), rng.normal(size=(30, 2))]))[0]
    # Orthogonal columns: eigenvalues are their squared lengths over N.
    features = np.column_stack([U[:, 1], 1e-9 * U[:, 2]])
    values = LeastSquares(features, rng.normal(size=30)).spectrum.values
    assert values == pytest.approx([1e-18 / 30, 1 / 30, 1.0], rel=1e-6)


def test_the_error_of_a_start_leaves_out_modes_that_it_does_not_contain():
    s = Quadratic([[1.5, 1.5], [1.5, 5.5]]).spectrum
    assert np.count_nonzero(s.error(np.array([3.0, -1.0]))) == 1
    assert np.count_nonzero(s.error(np.array([3.0, -1.0 + 1e-9]))) == 2
    diagonal = Quadratic(np.diag([1.0, 2.0])).spectrum
    assert diagonal.error(np.array([1e-30, 1.0])).tolist() == [1e-30, 1.0]
    flat = Quadratic([[1, 0], [0, 0]], [-3, 0]).spectrum
    assert np.abs(flat.error(np.array([1.0, 7.0]))).max() == 2


def test_the_eigenvalues_of_a_hessian_that_is_not_finite_are_nan():
    values, _ = Well().eigen(np.array([[1.0], [np.inf], [np.nan]]))
    assert values[0] == pytest.approx([2.0])
    assert np.isnan(values[1:]).all()
    assert Well().minimiser is None


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Quadratic([[1, 2]]), "square"),
        (lambda: Quadratic(np.eye(2), [1, 2, 3]), "must have 2 numbers"),
        (lambda: Quadratic(np.nan), "finite"),
        (lambda: Quadratic(1, np.inf), "finite"),
        (lambda: LeastSquares(np.ones(3), np.ones(3)), r"\(N, p\)"),
        (lambda: LeastSquares(np.ones((3, 1)), np.ones(4)), r"\(N, p\)"),
        (lambda: LeastSquares(np.ones((0, 1)), np.ones(0)), "at least one row"),
        (lambda: LeastSquares(np.full((3, 1), np.nan), np.ones(3)), "finite"),
        (lambda: LeastSquares(np.ones((3, 1)), np.ones(3), ridge=-1), "≥ 0"),
    ],
)
def test_what_is_no_objective_is_refused_in_words(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@given(SEEDS, st.integers(0, 4), st.floats(-6, 6))
@often(20, 300)
def test_a_tall_table_has_the_loss_that_its_rows_add_up_to(seed, p, size):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(1000, p)) * 10.0 ** rng.uniform(-6, 6, p) + rng.normal(size=p)
    y = rng.normal(size=1000) * 10.0**size
    fit = LeastSquares(X, y, ridge=0.2)
    assert len(fit.rows[1]) == p + 2
    w = fit.minimiser + rng.normal(size=(3, p + 1)) * np.array([[0.0], [1e-6], [1.0]])
    for at, E in zip(w, fit.value(w), strict=True):
        misfits = [math.fsum([*(x * at[:-1]), at[-1], -t]) for x, t in zip(X, y, strict=True)]
        terms = [r * r / 2000 for r in misfits]
        total = math.fsum([*terms, *(0.1 * at[:-1] ** 2)])
        assert abs(E - total) <= 1e-9 * total

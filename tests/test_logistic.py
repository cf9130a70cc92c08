"""Cross-entropy: derivatives, the bound of its curvature, its minimum and where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from mpmath import mp, mpf
from scipy.optimize import minimize

from convcore import descend
from convcore.arrays import Array
from convcore.datasets import load
from convcore.objectives import Logistic
from tests.draw import SEEDS, often

pytestmark = pytest.mark.filterwarnings("error")


def drawn(seed: int) -> tuple[Logistic, np.random.Generator]:
    """A table whose columns differ in scale by up to 10⁴, and whose classes overlap."""
    rng = np.random.default_rng(seed)
    N, p = int(rng.integers(12, 60)), int(rng.integers(1, 5))
    Z = rng.normal(size=(N, p))
    y = (rng.random(N) < 1 / (1 + np.exp(-Z @ rng.normal(size=p)))).astype(float)
    y[:2] = 0, 1
    X = Z * 10.0 ** rng.uniform(-2, 2, p) + rng.normal(size=p)
    return Logistic(X, y, float(rng.choice([0, 1e-3, 0.3]))), rng


@often(15, 300)
@given(SEEDS)
def test_value_and_derivatives_are_those_of_exact_arithmetic(seed: int) -> None:
    E, rng = drawn(seed)
    w = rng.normal(size=E.n) / np.abs(E.design).max(axis=0) * 10 ** rng.uniform(-1, 2)
    with mp.workdps(50):
        rows = [[mpf(x) for x in row] for row in E.design.tolist()]
        at, N = [mpf(x) for x in w.tolist()], len(rows)
        p = [1 / (1 + mp.exp(-mp.fdot(row, at))) for row in rows]
        y = [int(t) for t in E.target]
        # 1 − p would be 0 where p is 1 to 50 digits.
        z = [(1 - 2 * t) * mp.fdot(row, at) for t, row in zip(y, rows, strict=True)]
        fit = mp.fsum(mp.log(1 + mp.exp(m)) for m in z) / N
        rho = [mpf(x) for x in E.penalty.tolist()]
        value = fit + mp.fsum(r * x * x for r, x in zip(rho, at, strict=True)) / 2
        gradient = [
            mp.fsum((q - t) * row[i] for q, t, row in zip(p, y, rows, strict=True)) / N
            + rho[i] * at[i]
            for i in range(E.n)
        ]
        hessian = [
            [
                mp.fsum(q * (1 - q) * row[i] * row[j] for q, row in zip(p, rows, strict=True)) / N
                + (rho[i] if i == j else 0)
                for j in range(E.n)
            ]
            for i in range(E.n)
        ]
    size = np.abs(E.design).max(axis=0)
    assert float(E.value(w)) == pytest.approx(float(value), rel=1e-12)
    np.testing.assert_allclose(
        E.gradient(w) / size, np.array(gradient, float) / size, rtol=1e-11, atol=1e-13
    )
    scaled = np.array(hessian, float) / np.outer(size, size)
    np.testing.assert_allclose(E.hessian(w) / np.outer(size, size), scaled, rtol=1e-10, atol=1e-14)
    h = 1e-6 / size
    for i in range(E.n):
        up, down = (E.gradient(w + s * h * np.eye(E.n)[i]) for s in (1, -1))
        np.testing.assert_allclose((up - down) / (2 * h[i]) / size[i] / size, scaled[i], atol=1e-6)


@often(15, 300)
@given(SEEDS)
def test_a_batch_is_its_rows_and_no_curvature_is_beyond_the_bound(seed: int) -> None:
    E, rng = drawn(seed)
    W = rng.normal(size=(3, 2, E.n)) / np.abs(E.design).max(axis=0)
    for i in np.ndindex(3, 2):
        assert E.value(W)[i] == pytest.approx(float(E.value(W[i])), rel=1e-14)
        np.testing.assert_allclose(E.gradient(W)[i], E.gradient(W[i]), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(E.hessian(W)[i], E.hessian(W[i]), rtol=1e-9)
        assert np.linalg.eigvalsh(E.hessian(W[i]))[-1] <= E.bound * (1 + 1e-12)
    plain = Logistic(E.features, E.target)
    steepest = np.linalg.eigvalsh(plain.hessian(np.zeros(E.n)))[-1]
    assert plain.bound == pytest.approx(steepest), "at w = 0 every p(1 − p) is ¼"


@often(15, 300)
@given(SEEDS)
def test_the_minimum_is_that_of_scipy_and_its_quadratic_is_the_hessian_there(seed: int) -> None:
    E, rng = drawn(seed)
    best = E.minimiser
    size = np.abs(E.design).max(axis=0)
    found = minimize(
        lambda v: float(E.value(v / size)),
        np.zeros(E.n),
        jac=lambda v: E.gradient(v / size) / size,
        method="BFGS",
        options={"gtol": 1e-9},
    )
    if best is None:  # E falls for ever
        assert not E.ridge and np.abs(found.x).max() > 5
        return
    assert np.abs(E.gradient(best) / size).max() < 1e-12
    assert float(E.value(best)) <= found.fun + 1e-12
    np.testing.assert_allclose(best * size, found.x, rtol=1e-4, atol=1e-4)
    near = E.near
    np.testing.assert_allclose(near.A, E.hessian(best), rtol=1e-12)
    np.testing.assert_allclose(near.stationary, best, rtol=1e-9, atol=1e-12 * np.abs(best).max())
    far = best + rng.normal(size=E.n) / size
    assert float(E.excess(far)) == pytest.approx(float(E.value(far) - E.value(best)), rel=1e-6)
    tiny = rng.normal(size=E.n) / size * 1e-9  # where E − E* is far below the rounding of E
    expected = 0.5 * tiny @ E.hessian(best) @ tiny
    assert float(E.excess(best + tiny)) == pytest.approx(float(expected), rel=1e-5)
    assert float(near.value(best + tiny)) == pytest.approx(float(E.value(best)), rel=1e-12)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1]),
        ([1, 2, 2, 3], [0, 1, 0, 1]),  # the plane goes through two rows of both classes
        ([1, 2, 2, 3], [0, 0, 1, 1]),
        ([1, 2], [1, 1]),
    ],
)
def test_classes_that_a_plane_separates_have_no_minimum_unless_there_is_a_penalty(
    x: list[float], y: list[int]
) -> None:
    X = np.array(x)[:, None]
    E = Logistic(X, y)
    assert E.minimiser is None
    with pytest.raises(ValueError, match="has no minimum"):
        E.near  # noqa: B018
    if len(set(y)) > 1:
        for rho in (1e-6, 0.1):
            best = Logistic(X, y, rho).minimiser
            assert best is not None
            np.testing.assert_allclose(Logistic(X, y, rho).gradient(best), 0, atol=1e-14)


def test_r_and_statsmodels_agree_on_the_irises() -> None:
    # glm(species ~ ., family = binomial) of versicolor and virginica: published in many textbooks.
    iris = load("iris")
    kinds = np.array(iris.text("species"))
    two = kinds != "setosa"
    names = ("sepal length", "sepal width", "petal length", "petal width")
    E = Logistic(iris.features(names)[two], kinds[two] == "virginica")
    assert E.minimiser is not None
    np.testing.assert_allclose(
        E.minimiser, [-2.4652, -6.6809, 9.4294, 18.2861, -42.6378], atol=5e-5
    )


def test_a_row_far_on_the_wrong_side_and_a_tall_table_have_their_minimum() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 3))
    y = X[:, 0] > 0
    y[:2] = ~y[:2]
    for features in (X, np.column_stack([X, X[:, 0] - 2 * X[:, 1]])):  # of rank 3, too
        E = Logistic(features, y)
        best = E.minimiser
        assert best is not None
        assert np.abs(E.gradient(best)).max() < 1e-12
        assert (E.near.spectrum.values == 0).sum() == features.shape[1] - 3


def test_below_2_over_the_bound_descent_gets_there_and_above_the_local_limit_it_does_not() -> None:
    E, _ = drawn(3)
    Z = (E.features - E.features.mean(axis=0)) / E.features.std(axis=0)
    E = Logistic(Z, E.target, 0.1)
    best = E.minimiser
    assert best is not None
    limit = 2 / E.near.spectrum.values[-1]
    assert 2 / E.bound < limit
    below = descend(E, np.full(E.n, 8.0), 1.99 / E.bound, steps=3000)
    np.testing.assert_allclose(below.w[-1], best, atol=1e-9)
    above = descend(E, best + 1e-6, 1.01 * limit, steps=3000)
    assert np.linalg.norm(above.w[-1] - best) > 1e-3
    assert np.isfinite(above.loss).all(), "the slope is bounded, so it does not run away"


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (([[1.0], [2.0]], [0, 2]), "rows of 0 and 1 only"),
        (([[1.0], [np.nan]], [0, 1]), "finite"),
        (([[1.0]], [0, 1]), "must be"),
        (([[1.0], [2.0]], [0, 1], -1), "≥ 0"),
    ],
)
def test_what_is_no_such_table_is_refused(given: tuple[Array, ...], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Logistic(*given)

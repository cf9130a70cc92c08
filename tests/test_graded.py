"""Eigenvalues of matrices and data at extreme scales, held against 120 digits of mpmath."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from convcore.datasets import Upload
from convcore.labkit.words import BEYOND, known, num
from convcore.labs.many_weights.lab import ManyWeights
from convcore.labs.many_weights.least_squares import OWN, FromData
from convcore.labs.many_weights.quadratics import FromEigenvalues, Typed
from convcore.objectives.graded import Eigen, exact_rank, symmetric
from convcore.objectives.quadratics import LeastSquares, Quadratic

ALL = ("gd", "coordinate", "newton", "momentum", "nesterov")


def exact(A: np.ndarray) -> list[mp.mpf]:
    """The eigenvalues of a matrix of floats as they are, ascending."""
    with mp.workdps(120):
        return sorted(mp.eigsy(mp.matrix(A.tolist()), eigvals_only=True))


def hilbert(n: int) -> np.ndarray:
    return 1 / np.add.outer(np.arange(n), np.arange(1.0, n + 1))


def typed(A: np.ndarray) -> Typed:
    return Typed("\n".join(" ".join(map(repr, row)) for row in A.tolist()))


def check(found: Eigen, A: np.ndarray) -> None:
    n = len(A)
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(n), atol=1e-12)
    top = np.abs(found.values).max()
    for value, doubt, true in zip(found.values, found.doubt, exact(A), strict=True):
        if value:
            assert abs(value / true - 1) <= 100 * doubt
            assert np.sign(value) == mp.sign(true)
        else:
            assert abs(true) <= 20 * n * np.finfo(float).eps * top
            assert np.isinf(doubt) or abs(true) < 1e-90 * top


@pytest.mark.parametrize("shape", ["definite", "indefinite", "nearly singular"])
def test_small_eigenvalues_of_graded_matrices_have_the_digits_that_are_said(shape: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        n = int(rng.integers(2, 7))
        scale = 10.0 ** rng.uniform(-4.5, 4.5, n)
        B = rng.normal(size=(n, n))
        if shape == "definite":
            A = B.T @ B + np.eye(n)
        elif shape == "indefinite":
            A = B + B.T
        else:
            Q = np.linalg.qr(B)[0]
            A = (Q * 10.0 ** rng.uniform(-18, 0, n)) @ Q.T
        A = A * np.outer(scale, scale)
        A = (A + A.T) / 2
        found = symmetric(A)
        check(found, A)
        if shape == "definite":
            assert found.doubt.max() < 1e-6


def test_the_condition_number_of_data_at_extreme_scales_is_right_to_four_digits() -> None:
    rng = np.random.default_rng(0)
    for _ in range(15):
        N, p = int(rng.integers(8, 30)), int(rng.integers(1, 5))
        X = rng.normal(size=(N, p)) * 10.0 ** rng.uniform(-9, 9, p)
        s = LeastSquares(X, rng.normal(size=N)).spectrum
        with mp.workdps(120):
            D = mp.matrix(np.column_stack([X, np.ones(N)]).tolist())
            true = sorted(mp.eigsy(D.T * D / N, eigvals_only=True))
            assert abs(s.values[-1] / s.values[0] / (true[-1] / true[0]) - 1) < 1e-6
        known_weights = rng.normal(size=p) / np.abs(X).max(axis=0)
        found = LeastSquares(X, X @ known_weights + 1.0).stationary
        np.testing.assert_allclose(found, np.append(known_weights, 1.0), rtol=1e-8)


def test_raw_features_at_1e_minus_9_and_1e9_show_their_condition_number() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 3)) * [1e-9, 1e9, 1.0]
    rows[:, 2] += 3e9 * rows[:, 0]
    text = "tiny,huge,y\n" + "\n".join(",".join(map(repr, row)) for row in rows.tolist())
    problem = FromData(table=OWN, file=Upload("scales.csv", text), scaling="raw")
    result = ManyWeights(problem, methods=ALL).run()
    with mp.workdps(120):
        D = mp.matrix(np.column_stack([rows[:, :2], np.ones(40)]).tolist())
        true = sorted(mp.eigsy(D.T * D, eigvals_only=True))
        kappa = num(float(true[-1] / true[0]))
    assert f"**κ = {kappa}**." in result.said
    assert "singular" not in result.sentence
    raw, standardised = (
        ManyWeights(FromData(table=OWN, file=Upload("scales.csv", text), scaling=name)).run()
        for name in ("raw", "standardised")
    )
    solved = [
        [float(row[1].replace("−", "-").split("·")[0]) for row in r.facts[3].rows]
        for r in (raw, standardised)
    ]
    np.testing.assert_allclose(*solved, rtol=1e-6)
    newton = next(row for row in result.facts[0].rows if row[0] == "Newton")
    assert newton[-1] == "converged to a minimum"


def test_a_diagonal_matrix_of_1e9_and_1e_minus_9_is_not_singular() -> None:
    result = ManyWeights(Typed("1e9 0\n0 1e-9"), eta=1e-10, methods=ALL).run()
    assert result.said[0] == "**κ = 10¹⁸**."
    assert "singular" not in result.sentence
    assert "1 − 10⁻¹⁹" in result.sentence
    down = ManyWeights(Typed("1e9 0\n0 -1e-9")).run().sentence
    assert "**A is indefinite**: along (0, 1) the curvature is λ = −10⁻⁹" in down
    down = ManyWeights(Typed("1e9 1\n1 -1e-9")).run().sentence
    assert "λ = −2·10⁻⁹" in down


@pytest.mark.parametrize(
    "matrix", ["1 1\n1 1", "1 2 3\n2 4 6\n3 6 9", "0 0\n0 1", "1e9 0 0\n0 1e-9 0\n0 0 0"]
)
def test_exactly_singular_matrices_are_singular_and_kappa_is_infinite(matrix: str) -> None:
    result = ManyWeights(Typed(matrix)).run()
    assert "A is singular: along" in result.sentence
    assert ("κ = λₘₐₓ/λₘᵢₙ", "∞") in {row[:2] for row in result.facts[1].rows}


def test_what_rounding_hides_is_beyond_double_precision() -> None:
    for problem in (Typed("0.1 0.3\n0.3 0.9"), typed(hilbert(15)), FromEigenvalues(1e-9, 1e9)):
        result = ManyWeights(problem).run()
        assert f"**κ is {BEYOND}**." in result.said
        assert "A's curvature is beyond double precision" in result.sentence
        assert ("κ = λₘₐₓ/λₘᵢₙ", BEYOND) in {row[:2] for row in result.facts[1].rows}
        assert ("λₘᵢₙ", BEYOND) in {row[:2] for row in result.facts[1].rows}
    sloping = ManyWeights(Typed("0.1 0.3\n0.3 0.9", b=(1.0, 0.0))).run().sentence
    assert "is beyond double precision**" in sloping
    assert "so to a run E is a straight slope there" in sloping


def test_an_eigenvalue_that_is_typed_as_0_is_0_at_any_angle() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        problem = FromEigenvalues(0.0, float(rng.uniform(0.1, 20)), float(rng.uniform(0, 180)))
        assert "A is singular: along" in ManyWeights(problem).run().sentence


def test_the_hilbert_matrix_shows_the_digits_that_its_entries_give() -> None:
    for n in range(2, 12):
        s = Quadratic(hilbert(n)).spectrum
        with mp.workdps(120):
            true = exact(hilbert(n))
            kappa = float(true[-1] / true[0])
        text = known(float(s.values[-1] / s.values[0]), float(s.doubt.max()))
        digits = len(text.split("·")[0].replace(".", "").strip("0"))
        assert (
            text == BEYOND or text == num(kappa, max(digits, 1)) or text == num(kappa, digits + 1)
        )
    assert "**κ = 1.6·10¹³**." in ManyWeights(typed(hilbert(10))).run().said
    assert "**κ = 4.766·10⁵**." in ManyWeights(typed(hilbert(5))).run().said


def test_the_exact_rank_is_that_of_the_floats_as_they_are() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        n, r = sorted(rng.integers(1, 8, 2), reverse=True)
        M = rng.integers(-9, 10, (int(n) + 2, r)).astype(float) @ rng.integers(-9, 10, (r, n))
        M = M * 2.0 ** rng.integers(-40, 40, n)
        with mp.workdps(200):
            _, sigma, _ = mp.svd_r(mp.matrix(M.tolist()))
            assert exact_rank(M) == sum(
                x > mp.mpf(10) ** -120 * max(sigma) for x in sigma if max(sigma)
            )
    assert exact_rank(np.array([[1.0, 2.0**31], [1.0, 1.0]])) == 2
    assert exact_rank(np.array([[0.1, 0.3], [0.3, 0.9]])) == 2

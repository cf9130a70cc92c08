"""Lanczos and the spectral density against dense eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest

from convcore.network import Network
from convcore.network.spectra import DENSE, density, largest, tridiagonal


def matrix(values, seed=0):
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values),) * 2))[0]
    return Q * np.asarray(values) @ Q.T


def chebyshev(seed=0):
    x = np.linspace(-1, 1, 20)[:, None]
    net = Network(x, 8 * x**4 - 8 * x**2 + 1)
    return net, net.initial(seed)


@pytest.mark.parametrize("n", [1, 2, DENSE, DENSE + 1, 120])
def test_the_top_of_a_known_spectrum_is_found(n):
    values = np.linspace(-3, 7, n) if n > 1 else np.array([4.0])
    A = matrix(values)
    value, u = largest(lambda v: A @ v, n)
    assert value == pytest.approx(values[-1], rel=1e-6)
    np.testing.assert_allclose(A @ u, value * u, rtol=0, atol=1e-4)
    assert np.linalg.norm(u) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_lanczos_agrees_with_the_dense_spectrum_of_a_network(seed):
    net, w = chebyshev(seed)
    values = np.linalg.eigvalsh(net.hessian(w))
    product = net.at(w).hessian_product
    assert largest(product, net.n)[0] == pytest.approx(values[-1], rel=1e-6)


@pytest.mark.parametrize("size", [1e-300, 1e-36, 1e-12, 1e12, 1e300])
def test_the_top_is_as_good_however_small_or_large_the_matrix_is(size):
    values = np.linspace(-3, 7, 120)
    A = matrix(values) * size
    for M, top in ((A, 7), (-A, 3)):
        for guess in (None, np.ones(120)):
            found, _ = largest(M.__matmul__, 120, guess)
            assert found == pytest.approx(top * size, rel=1e-6, abs=0)


def test_a_guess_that_is_another_eigenvector_does_not_pass_for_the_answer():
    values = np.linspace(-3, 7, 120)
    A = matrix(values)
    Q = np.linalg.eigh(A)[1]
    assert largest(lambda v: A @ v, 120, Q[:, -2])[0] == pytest.approx(7, rel=1e-6)


def test_a_guess_spares_products():
    net, w = chebyshev()
    _, u = largest(net.at(w).hessian_product, net.n)
    near = net.at(w - 0.01 * net.gradient(w))
    spent = []

    def counting(v):
        spent.append(1)
        return near.hessian_product(v)

    value, _ = largest(counting, net.n, u)
    with_guess = len(spent)
    assert value == pytest.approx(largest(counting, net.n)[0], rel=1e-6)
    assert with_guess < (len(spent) - with_guess) / 2


@pytest.mark.parametrize("A", [np.zeros((60, 60)), np.eye(60)], ids=["zero", "identity"])
def test_a_matrix_without_an_outstanding_direction_is_no_trouble(A):
    assert largest(lambda v: A @ v, 60)[0] == pytest.approx(A[0, 0])
    assert largest(lambda v: A @ v, 60, np.zeros(60))[0] == pytest.approx(A[0, 0])


def test_lanczos_with_all_steps_has_all_eigenvalues():
    values = np.array([-2.0, -1, 0.5, 3, 4, 10])
    A = matrix(values)
    alpha, beta = tridiagonal(lambda v: A @ v, np.ones(6), 6)
    T = np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1)
    np.testing.assert_allclose(np.linalg.eigvalsh(T), values, atol=1e-10)


def test_lanczos_stops_where_nothing_new_is_left():
    alpha, beta = tridiagonal(lambda v: 2 * v, np.ones(9), 5)
    assert alpha.tolist() == pytest.approx([2]) and not beta.size


def test_the_density_counts_eigenvalues_and_keeps_their_moments():
    values = np.concatenate([np.linspace(-2, -1, 60), np.linspace(1, 3, 140)])
    A = matrix(values)
    found = density(lambda v: A @ v, 200, probes=20)
    assert found.weights.sum() == pytest.approx(200)
    assert found.below(0) == pytest.approx(60, abs=6)
    assert found.weights @ found.values == pytest.approx(values.sum(), rel=0.1)
    assert (found.values.min(), found.values.max()) == pytest.approx((-2, 3), abs=0.01)


def test_the_density_of_a_network_counts_its_negative_directions():
    net, w = chebyshev()
    values = np.linalg.eigvalsh(net.hessian(w))
    found = density(net.at(w).hessian_product, net.n, probes=8)
    assert found.below(-1e-2) == pytest.approx((values < -1e-2).sum(), abs=8)


@pytest.mark.parametrize("n", [5, 60])
def test_a_matrix_that_is_not_finite_is_an_error(n, capfd):
    with pytest.raises(np.linalg.LinAlgError):
        largest(lambda v: np.full_like(v, np.nan), n)
    capfd.readouterr()  # ARPACK prints a line of its own

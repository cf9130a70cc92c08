"""Spectra of matrices given only by their products: Lanczos, and the spectral density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array

Product = Callable[[Array], Array]  # v (n,) -> A·v

RANDOM_SHARE = 0.1  # of Lanczos' start; so little costs no extra product
DENSE = 32  # up to this n, all eigenvalues cost less than Lanczos


def largest(
    product: Product, n: int, start: Array | None = None, tolerance: float = 1e-6
) -> tuple[float, Array]:
    """The largest eigenvalue of a symmetric matrix, and its unit eigenvector (n,), by Lanczos.

    product: v (n,) -> A·v (n,). start: a guess of the eigenvector (n,), such as that of a similar matrix;
    a fixed random one by default. tolerance: of the eigenvector; the eigenvalue's error is its square.
    If Lanczos fails, n products give the matrix and its full spectrum (ARPACK: Lehoucq, Sorensen and
    Yang 1998). Raises LinAlgError if A is not finite.
    """
    if n > DENSE:
        # Imported here, since it takes longer to import than everything else together.
        from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

        guess = np.random.default_rng(0).standard_normal(n)
        if start is not None:
            # A guess that is the eigenvector of another eigenvalue would be returned as the answer.
            guess = start + RANDOM_SHARE * np.linalg.norm(start) / np.linalg.norm(guess) * guess
        # ARPACK stops too early for eigenvalues below 4e-11, so A is scaled by its own size.
        unit = float(np.abs(product(guess)).max()) or 1.0
        operator = LinearOperator((n, n), matvec=lambda v: product(v) / unit, dtype=np.float64)
        try:
            # With a good guess, a short restarted basis needs half the products.
            basis = None if start is None else 8
            values, vectors = eigsh(operator, k=1, which="LA", v0=guess, tol=tolerance, ncv=basis)
            # SciPy 1.14 returns NaN where it fails.
            if np.isfinite(values[0]) and np.isfinite(vectors).all():
                return unit * float(values[0]), vectors[:, 0]
        except ArpackError:
            # The matrix maps the start to 0, or Lanczos cannot separate a cluster.
            pass
    values, Q = np.linalg.eigh(dense(product, n))
    return float(values[-1]), Q[:, -1]


def dense(product: Product, n: int) -> Array:
    """The matrix (n, n) from n products, one column each, made exactly symmetric.

    Raises LinAlgError if a product is not finite.
    """
    A = np.stack([product(e) for e in np.eye(n)])
    if not np.isfinite(A).all():
        raise np.linalg.LinAlgError("The matrix has products that are not finite.")
    return (A + A.T) / 2


@dataclass(frozen=True, eq=False)
class Density:
    """A spectrum as weighted points: `weights` (m,) eigenvalues, not always whole, at `values` (m,)."""

    values: Array
    weights: Array

    def below(self, x: float) -> float:
        """The estimated number of eigenvalues less than x, a real number from 0 to n."""
        return float(self.weights[self.values < x].sum())


def density(product: Product, n: int, probes: int = 10, degree: int = 60, seed: int = 0) -> Density:
    """The spectral density by stochastic Lanczos quadrature (Golub and Welsch; Lin, Saad, Yang 2016).

    product: v (n,) -> A·v (n,). probes: random directions, with `degree` products each; m =
    probes·degree points in all. Eigenvalue counts have a relative error of about 1/√(probes·n); a dense
    spectrum would take n products and n³ operations. seed: of the directions.
    """
    rng = np.random.default_rng(seed)
    values, weights = [], []
    for _ in range(probes):
        alpha, beta = tridiagonal(product, rng.choice([-1.0, 1.0], n), degree)
        nodes, Q = np.linalg.eigh(np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1))
        values.append(nodes)
        weights.append(Q[0] ** 2 * n / probes)
    order = np.argsort(np.concatenate(values))
    return Density(np.concatenate(values)[order], np.concatenate(weights)[order])


def tridiagonal(product: Product, start: Array, degree: int) -> tuple[Array, Array]:
    """Lanczos' T = QᵀAQ: its diagonal (m,) and off-diagonal (m−1,), m ≤ degree.

    product: v (n,) -> A·v (n,). start: (n,), not zero; normalised, the first column of Q.
    Each new direction is orthogonalised against all earlier ones, twice: otherwise rounding produces
    copies of converged eigenvalues (Paige 1971).
    """
    n = len(start)
    Q = np.empty((min(degree, n), n))
    alpha, beta = np.empty(len(Q)), np.empty(len(Q))
    q, scale = start / np.linalg.norm(start), 0.0
    for k in range(len(Q)):
        Q[k] = q
        r = product(q)
        alpha[k] = q @ r
        for _ in range(2):
            r = r - Q[: k + 1].T @ (Q[: k + 1] @ r)
        beta[k] = np.linalg.norm(r)
        scale = max(scale, abs(alpha[k]) + beta[k])
        if beta[k] <= 1e-12 * scale:
            return alpha[: k + 1], beta[:k]
        q = r / beta[k]
    return alpha, beta[:-1]

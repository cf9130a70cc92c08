"""Spectra of matrices that are known by their products alone: Lanczos, and the spectral density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array

Product = Callable[[Array], Array]  # v (n,) -> A·v

# The share of a random direction in what Lanczos starts from: so little costs it no product.
STRAY = 0.1
DENSE = 32  # up to this n all eigenvalues cost less than Lanczos does


def largest(
    product: Product, n: int, start: Array | None = None, tolerance: float = 1e-6
) -> tuple[float, Array]:
    """The largest eigenvalue of a symmetric matrix, and its unit eigenvector (n,), by Lanczos.

    product: v (n,) -> A·v (n,). start: a guess of the eigenvector (n,), such as that of a matrix nearby;
    random (but always the same) by default. tolerance: of the eigenvector; the eigenvalue is then right
    to its square. Where Lanczos gives up, n products make the matrix and its whole spectrum (ARPACK:
    Lehoucq, Sorensen and Yang 1998). Raises LinAlgError if A is not finite.
    """
    return _extreme(product, n, "LA", start, tolerance)


def smallest(
    product: Product, n: int, start: Array | None = None, tolerance: float = 1e-6
) -> tuple[float, Array]:
    """The smallest (most negative) eigenvalue and its unit eigenvector (n,), as `largest`."""
    return _extreme(product, n, "SA", start, tolerance)


def _extreme(
    product: Product, n: int, which: str, start: Array | None, tolerance: float
) -> tuple[float, Array]:
    if n > DENSE:
        # Here and not on top: it takes longer to import than all else together.
        from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

        guess = np.random.default_rng(0).standard_normal(n)
        if start is not None:
            # Alone, a guess that happens to be another's eigenvector would be taken for the answer.
            guess = start + STRAY * np.linalg.norm(start) / np.linalg.norm(guess) * guess
        # ARPACK takes an eigenvalue below 4e-11 for right too soon: A's own size is its unit here.
        unit = float(np.abs(product(guess)).max()) or 1.0
        operator = LinearOperator((n, n), matvec=lambda v: product(v) / unit, dtype=np.float64)
        try:
            # From a good guess a short basis, restarted, needs half of the products.
            basis = None if start is None else 8
            values, vectors = eigsh(operator, k=1, which=which, v0=guess, tol=tolerance, ncv=basis)
            # SciPy 1.14 gives NaN where it gives up.
            if np.isfinite(values[0]) and np.isfinite(vectors).all():
                return unit * float(values[0]), vectors[:, 0]
        except ArpackError:
            # A start that the matrix sends to 0, or a cluster that Lanczos cannot tell apart.
            pass
    values, Q = np.linalg.eigh(dense(product, n))
    at = -1 if which == "LA" else 0
    return float(values[at]), Q[:, at]


def dense(product: Product, n: int) -> Array:
    """The matrix (n, n) itself, a column at a time: n products, and A made symmetric to the last bit.

    Raises LinAlgError if a product is not finite.
    """
    A = np.stack([product(e) for e in np.eye(n)])
    if not np.isfinite(A).all():
        raise np.linalg.LinAlgError("The matrix has products that are not finite.")
    return (A + A.T) / 2


@dataclass(frozen=True, eq=False)
class Density:
    """A spectrum as weighted points: `weights` (m,) eigenvalues (a real number of them) at `values`."""

    values: Array
    weights: Array

    def below(self, x: float) -> float:
        """About how many eigenvalues are less than x, a real number from 0 to n."""
        return float(self.weights[self.values < x].sum())


def density(product: Product, n: int, probes: int = 10, degree: int = 60, seed: int = 0) -> Density:
    """The spectral density by stochastic Lanczos quadrature (Golub and Welsch; Lin, Saad, Yang 2016).

    product: v (n,) -> A·v (n,). probes random directions, `degree` products each, m = probes·degree
    points in all: counts of eigenvalues with a relative error of about 1/√(probes·n), where a dense
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

    product: v (n,) -> A·v (n,). start: (n,), not zero, the first column of Q but for its length.
    Every new direction is made orthogonal to all before it, twice: without, rounding lets copies of
    converged eigenvalues in (Paige 1971).
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

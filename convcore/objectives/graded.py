"""Eigenvalues of matrices whose entries differ by many orders of magnitude, and how far to trust them.

LAPACK's usual routines are right to rounding of the *largest* eigenvalue: of diag(10⁹, 10⁻⁹), turned a
little, the small one is lost. What the entries determine is far more: with A = DHD and D diagonal, each
eigenvalue is known to about ε·κ(H), whatever D is (Demmel & Veselić 1992, *Jacobi's method is more
accurate than QR*). So small eigenvalues are taken from LAPACK's preconditioned Jacobi method (`dgejsv`,
Drmač & Veselić 2008) on a factor of A, and only what H itself loses to rounding is unknown.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from convcore.arrays import Array, Bools, Ints
from convcore.objectives.base import EPS, drop_rounding

CAREFUL = (
    1e-8  # from this ratio of the smallest value to the largest on, the usual routines will do
)
PRIME = 2147483629  # the largest below 2³¹ − 1, a number that matrices are made of


class Eigen(NamedTuple):
    """Eigenvalues (n,), ascending, those that rounding hides exactly 0; eigenvectors (n, n) as columns.

    doubt: (n,), about the relative error that rounding leaves in each eigenvalue; inf where it hides it,
    and 0 for an eigenvalue that is exactly 0.
    """

    values: Array
    vectors: Array
    doubt: Array


class Factored(NamedTuple):
    """The singular value decomposition D = U·diag(sigma)·Vᵀ in rising order, for D (N, n).

    sigma: (n,), those that rounding hides exactly 0. vectors: V (n, n). along: Uᵀy (n,). doubt: as for
    `Eigen`, of sigma².
    """

    sigma: Array
    vectors: Array
    along: Array
    doubt: Array


def symmetric(A: Array, null: int = 0) -> Eigen:
    """The eigenvalues of a symmetric matrix A (n, n), small ones to the digits that its entries give.

    null: how many are known to be 0, which the rounding of A's entries may hide.
    """
    values, Q = np.linalg.eigh(A)
    size = np.abs(values)
    if size.min() > CAREFUL * size.max() or len(A) == 1:
        return Eigen(values, Q, _noise(size))
    # Blocks that share no weight know nothing of each other's rounding.
    values, Q, doubt = np.zeros(len(A)), np.zeros_like(A), np.zeros(len(A))
    at = 0
    for block in _blocks(A):
        end = at + len(block)
        values[at:end], Q[block, at:end], doubt[at:end] = _block(A[np.ix_(block, block)])
        at = end
    doubt[np.flatnonzero(np.isinf(doubt))[:null]] = 0.0
    order = np.argsort(values, kind="stable")
    return Eigen(values[order], Q[:, order], doubt[order])


def factored(D: Array, y: Array) -> Factored:
    """The singular values of D (N, n) with N ≥ n, small ones to the digits that its entries give."""
    U, sigma, Vt = np.linalg.svd(D, full_matrices=False)
    if sigma[-1] > CAREFUL * sigma[0]:
        return Factored(sigma[::-1], Vt[::-1].T, (U.T @ y)[::-1], 2 * _noise(sigma)[::-1])
    unit = _power_of_two(np.abs(D).max(axis=0))
    U, size, Vt = np.linalg.svd(D / unit, full_matrices=False)
    kept = size > max(D.shape) * EPS * size[0]
    inner, sigma, V = _jacobi(size[kept, None] * Vt[kept] * unit)
    along = inner[: kept.sum()].T @ (U[:, kept].T @ y)
    doubt = 2 * np.minimum(_noise(size[kept]).max(), _noise(sigma))
    doubt = _with_zeros(D, sigma, doubt)
    return Factored(sigma[::-1], V[:, ::-1], along[::-1], doubt[::-1])


def equilibrated_condition(A: Array) -> float:
    """κ(H) of A = DHD (n, n) with D diagonal and the rows of H alike in size: what rounding goes by."""
    unit = _equilibrating(A)
    h = np.abs(np.linalg.eigvalsh(A / unit / unit[:, None]))
    return float(h.max() / max(h.min(), EPS * h.max()))


def exact_rank(M: Array) -> int:
    """The rank of a matrix (N, n) of floats as they are, by elimination modulo a prime.

    Never too high; too low with a chance of about n in 10⁹.
    """
    fraction, exponent = np.frexp(M)
    powers = {int(e): pow(2, int(e), PRIME) for e in np.unique(exponent - 53)}
    factor = np.vectorize(powers.__getitem__, otypes=[np.int64])(exponent - 53)
    R = np.ldexp(fraction, 53).astype(np.int64) % PRIME * factor % PRIME
    rank = 0
    for column in range(R.shape[1]):
        below = np.flatnonzero(R[rank:, column])
        if not below.size:
            continue
        R[[rank, rank + below[0]]] = R[[rank + below[0], rank]]
        R[rank] = R[rank] * pow(int(R[rank, column]), -1, PRIME) % PRIME
        rest = R[rank + 1 :]
        R[rank + 1 :] = (rest - rest[:, column, None] * R[rank] % PRIME) % PRIME
        rank += 1
        if rank == len(R):
            break
    return rank


def _block(A: Array) -> Eigen:
    """`symmetric` for a block that does not fall apart."""
    values, Q = np.linalg.eigh(A)
    size, n = np.abs(values), len(A)
    clear = size > CAREFUL * size.max()
    if n == 1 or clear.all():
        return Eigen(values, Q, _noise(size))
    unit = _equilibrating(A)
    h, U = np.linalg.eigh(A / unit / unit[:, None])
    kept = np.abs(h) > n * EPS * np.abs(h).max()
    known = _noise(np.abs(h[kept])).max()
    if kept.sum() == clear.sum():  # the others are 0 in H too, so there are no small ones
        values = np.where(clear, values, 0.0)
    elif (h[kept] > 0).all() or (h[kept] < 0).all():
        # A = ±GᵀG, so its eigenvalues are the squares of the singular values of G.
        _, sigma, Q = _jacobi((unit[:, None] * U[:, kept] * np.sqrt(np.abs(h[kept]))).T)
        values = np.sign(h[kept][0]) * sigma**2
    elif kept.all():
        values, Q = _two_sided(A)
        known *= 1e3  # no bound is proved here; random matrices came to this
    else:
        values, known = drop_rounding(values), np.inf
    return Eigen(values, Q, _with_zeros(A, values, np.minimum(known, _noise(np.abs(values)))))


def _jacobi(G: Array) -> tuple[Array, Array, Array]:
    """U (n, n), sigma (n,), falling, and V (n, n) of G (r, n), r ≤ n; sigma is relatively accurate
    for G = BS with S diagonal and B well-conditioned; the n − r last ones are exactly 0."""
    from scipy.linalg.lapack import dgejsv  # imported here, as few matrices need it

    r, n = G.shape
    square = np.zeros((n, n))
    square[:r] = G
    sigma, U, V, work, *_ = dgejsv(square, joba=0, jobu=0, jobv=0)
    sigma = sigma * (work[0] / work[1])
    sigma[r:] = 0.0
    return U, sigma, V


def _two_sided(A: Array) -> tuple[Array, Array]:
    """Eigenvalues and eigenvectors of an indefinite A (n, n) by Jacobi's own method.

    Entries are rotated away until they are small beside the diagonal elements of their own row and
    column, not beside the largest, which keeps small eigenvalues (Demmel & Veselić 1992, algorithm 3.1).
    """
    A, n = A.copy(), len(A)
    Q = np.eye(n)
    for _ in range(30):
        turned = False
        for i in range(n - 1):
            for j in range(i + 1, n):
                if abs(A[i, j]) <= EPS * np.sqrt(abs(A[i, i])) * np.sqrt(abs(A[j, j])):
                    continue
                turned = True
                ratio = (A[j, j] - A[i, i]) / (2 * A[i, j])
                t = np.copysign(1.0, ratio) / (abs(ratio) + np.hypot(1.0, ratio))
                c = 1 / np.hypot(1.0, t)
                turn = np.array([[c, c * t], [-c * t, c]])
                ends = A[i, i] - t * A[i, j], A[j, j] + t * A[i, j]
                A[:, [i, j]] = A[:, [i, j]] @ turn
                A[[i, j]] = turn.T @ A[[i, j]]
                A[i, i], A[j, j] = ends
                A[i, j] = A[j, i] = 0.0
                Q[:, [i, j]] = Q[:, [i, j]] @ turn
        if not turned:
            break
    return np.diagonal(A).copy(), Q


def _noise(size: Array) -> Array:
    """About how wrong rounding makes values of these sizes (n,), relative to each."""
    share = np.divide(size.max(), size, out=np.zeros_like(size), where=size > 0)
    return np.asarray(np.sqrt(len(size)) * EPS * share)


def _with_zeros(M: Array, values: Array, doubt: Array) -> Array:
    """doubt (n,), but 0 for as many zeros as M (N, n) has exactly, and inf for the others."""
    zeros = np.flatnonzero(values == 0)
    doubt = doubt.copy()
    if zeros.size:
        doubt[zeros] = np.inf
        doubt[zeros[: len(values) - exact_rank(M)]] = 0.0
    return doubt


def _blocks(A: Array) -> list[Ints]:
    """The weights of each block of A (n, n): those that its entries link, directly or not."""
    linked: Bools = (A != 0) | np.eye(len(A), dtype=bool)
    for _ in range(len(A).bit_length()):
        linked = linked @ linked
    first = linked.argmax(axis=1)
    return [np.flatnonzero(first == i) for i in np.unique(first)]


def _equilibrating(A: Array) -> Array:
    """Powers of two d (n,) that make the largest entry of each row of A/ddᵀ about 1 (Bunch 1971)."""
    d = np.zeros(len(A))
    for i, row in enumerate(np.abs(A)):
        before = np.divide(row[:i], d[:i], out=np.zeros(i), where=d[:i] > 0)
        d[i] = max(np.sqrt(row[i]), before.max(initial=0.0))
    return _power_of_two(d)


def _power_of_two(size: Array) -> Array:
    """The power of two next to each size (n,); 1 for 0."""
    return np.ldexp(1.0, np.frexp(np.where(size > 0, size, 1.0))[1])

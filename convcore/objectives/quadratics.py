"""Quadratics: `Quadratic` (A, b and c given) and `LeastSquares` (A and b from data).

Their spectrum is known, so gradient descent on them has an exact path (`descent.exact_descent`).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array, Bools, Ints, numbers
from convcore.objectives.base import BLOCK, EPS, Objective
from convcore.objectives.graded import factored, symmetric

TALL = 100  # rows per column from which a table is evaluated by its triangular factor


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A quadratic in its eigenbasis, z = Qᵀw: E = Σ ½λ_i z_i² + b̃_i z_i + c.

    values: λ (n,), ascending; those that are 0 up to rounding are exactly 0.
    doubt: (n,), about the relative error that rounding leaves in each λ; inf where it hides λ, so that
    0 stands for "too small to tell"; 0 where λ is exactly 0.
    vectors: Q (n, n), eigenvectors as columns.
    linear: b̃ = Qᵀb (n,).
    centre: z* (n,) = −b̃/λ where λ ≠ 0, and 0 where λ = 0.
    """

    values: Array
    doubt: Array
    vectors: Array
    linear: Array
    centre: Array

    @property
    def hidden(self) -> Bools:
        """The directions (n,) whose λ is lost in the rounding of A's numbers."""
        return np.isinf(self.doubt)

    @cached_property
    def drift(self) -> Array:
        """b̃ along the null directions (n,): where it is not zero, E falls linearly for ever."""
        scale = np.abs(self.linear).max(initial=0.0)
        flat = (self.values == 0) & (np.abs(self.linear) > len(self.values) * 8 * EPS * scale)
        return np.where(flat, self.linear, 0.0)

    def error(self, w: Array) -> Array:
        """z − z* (..., n) of weights w (..., n), 0 along null directions.

        Components that are 0 up to rounding are exactly 0, so rounding does not start an absent mode.
        """
        z = w @ self.vectors - self.centre
        if len(self.values) == 1:
            return np.where(self.values == 0, 0.0, z)
        floor = (
            8 * len(self.values) * EPS * (np.abs(w) @ np.abs(self.vectors) + np.abs(self.centre))
        )
        return np.where((self.values == 0) | (np.abs(z) <= floor), 0.0, z)

    @cached_property
    def has_minimum(self) -> bool:
        """Whether E is bounded below (and then attained)."""
        return bool(np.all(self.values >= 0) and not self.drift.any())


def _centre(values: Array, linear: Array) -> Array:
    return np.divide(-linear, values, out=np.zeros_like(values), where=values != 0)


class QuadraticForm(Objective):
    """Base class: E = ½wᵀAw + bᵀw + c with a constant Hessian A (n, n) of known spectrum."""

    A: Array
    b: Array

    @property
    @abstractmethod
    def spectrum(self) -> Spectrum:
        """Eigenvalues, eigenvectors and the linear term in their basis."""

    @cached_property
    def stationary(self) -> Array:
        """w* (n,): where the gradient is zero, or smallest if there is a drift."""
        s = self.spectrum
        return s.vectors @ s.centre

    @property
    def minimiser(self) -> Array | None:
        return self.stationary if self.spectrum.has_minimum else None

    def gradient(self, w: Array) -> Array:
        g = w @ self.A
        g += self.b
        return np.asarray(g)

    def hessian(self, w: Array) -> Array:
        return self.A if w.ndim == 1 else np.broadcast_to(self.A, (*w.shape, self.n))

    def eigen(self, w: Array) -> tuple[Array, Array]:
        s = self.spectrum
        return s.values, s.vectors


@dataclass(frozen=True, init=False)
class Quadratic(QuadraticForm):
    """E(w) = ½wᵀAw + bᵀw + c (SCIENCE C).

    matrix: A (n, n), or a number for one weight; only the symmetric part is used, as the rest
    does not affect E. linear: b (n,) or a number, default 0. constant: c. null: how many eigenvalues are
    known to be 0, though the rounding of A's entries may hide it.
    Raises ValueError if shapes do not fit or an entry is not finite.
    """

    matrix: tuple[tuple[float, ...], ...]
    linear: tuple[float, ...]
    constant: float
    null: int = field(repr=False)

    def __init__(
        self, matrix: ArrayLike, linear: ArrayLike = 0.0, constant: float = 0.0, null: int = 0
    ) -> None:
        A = np.atleast_2d(numbers(matrix, "Quadratic(matrix=...)"))
        if A.ndim != 2 or A.shape[0] != A.shape[1] or A.size == 0:
            raise ValueError(f"`Quadratic(matrix=...)` must be square; got shape {A.shape}.")
        b = numbers(linear, "Quadratic(linear=...)")
        if b.ndim > 1 or (b.ndim == 1 and b.shape != A.shape[:1]):
            raise ValueError(
                f"`Quadratic(linear=...)` must have {A.shape[0]} numbers; got shape {b.shape}."
            )
        b = np.broadcast_to(b, A.shape[:1])
        if not (np.isfinite(A).all() and np.isfinite(b).all() and np.isfinite(constant)):
            raise ValueError("`Quadratic(...)` must have finite numbers only.")
        A = A / 2 + A.T / 2
        object.__setattr__(self, "matrix", tuple(map(tuple, A.tolist())))
        object.__setattr__(self, "linear", tuple(b.tolist()))
        object.__setattr__(self, "constant", float(constant))
        object.__setattr__(self, "null", null)

    @property
    def n(self) -> int:  # type: ignore[override]
        """The number of weights."""
        return len(self.linear)

    @cached_property
    def A(self) -> Array:  # type: ignore[override]
        """The symmetric part of the given matrix (n, n)."""
        return np.array(self.matrix)

    @cached_property
    def b(self) -> Array:  # type: ignore[override]
        """The linear term (n,)."""
        return np.array(self.linear)

    @cached_property
    def spectrum(self) -> Spectrum:
        values, Q, doubt = symmetric(self.A, self.null)
        linear = Q.T @ self.b
        return Spectrum(values, doubt, Q, linear, _centre(values, linear))

    def value(self, w: Array) -> Array:
        # In blocks that stay in the cache: fresh memory for a thousand paths takes longer than the
        # products. Multiplying by a vector sums short rows several times faster than `sum`.
        rows, half = w.reshape(-1, self.n), np.full(self.n, 0.5)
        E, most = np.empty(len(rows)), min(BLOCK, max(64, 2 * BLOCK // self.n))
        for first in range(0, len(rows), most):
            block, out = rows[first : first + most], E[first : first + most]
            product = block @ self.A
            product *= block
            np.matmul(product, half, out=out)
            out += block @ self.b
        E += self.constant
        return E.reshape(w.shape[:-1])


@dataclass(frozen=True, eq=False)
class LeastSquares(QuadraticForm):
    """E(w) = c‖Dw − y‖²/2N + ½ρ Σ' w_i², with D = [features, 1]: an unpenalised intercept.

    So A = c·DᵀD/N + ρ·diag(1, …, 1, 0) and b = −c·Dᵀy/N (SCIENCE C). features: (N, p); target: y (N,), as
    arrays, lists or a DataFrame and its column; ridge: ρ ≥ 0; scale: c, 1 for half the mean of squares, 2
    for the mean, 2N for the sum. The spectrum comes from the singular values of D (with √(Nρ/c)·I below
    it), since DᵀD would lose the small eigenvalues. Raises ValueError if shapes do not fit or something is
    no finite number.
    """

    features: Array
    target: Array
    ridge: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("features", "target"):
            read = numbers(getattr(self, name), f"LeastSquares({name}=...)")
            object.__setattr__(self, name, read)
        if self.features.ndim != 2 or self.target.shape != self.features.shape[:1]:
            raise ValueError(
                "`LeastSquares(features=..., target=...)` must be (N, p) and (N,); got "
                f"{self.features.shape} and {self.target.shape}."
            )
        if not self.target.size:
            raise ValueError("`LeastSquares(target=...)` must have at least one row.")
        if not (np.isfinite(self.features).all() and np.isfinite(self.target).all()):
            raise ValueError("`LeastSquares(...)` must have finite numbers only.")
        if not 0 <= self.ridge < np.inf:
            raise ValueError(f"`LeastSquares(ridge=...)` must be ≥ 0; got {self.ridge}.")
        if not 0 < self.scale < np.inf:
            raise ValueError(f"`LeastSquares(scale=...)` must be > 0; got {self.scale}.")

    @property
    def n(self) -> int:  # type: ignore[override]
        """The number of weights: p features and an intercept."""
        return int(self.features.shape[1]) + 1

    @cached_property
    def design(self) -> Array:
        """D (N, n): the features and a column of ones."""
        return np.column_stack([self.features, np.ones(len(self.features))])

    @cached_property
    def penalty(self) -> Array:
        """ρ for each feature, 0 for the intercept: (n,)."""
        return np.append(np.full(self.n - 1, self.ridge), 0.0)

    @cached_property
    def A(self) -> Array:  # type: ignore[override]
        """c·DᵀD/N + ρ·diag(1, …, 1, 0): shape (n, n)."""
        return self._weight * self.design.T @ self.design + np.diag(self.penalty)

    @cached_property
    def b(self) -> Array:  # type: ignore[override]
        """−c·Dᵀy/N: shape (n,)."""
        return -self._weight * self.design.T @ self.target

    @property
    def _weight(self) -> float:
        """c/N."""
        return self.scale / len(self.target)

    @cached_property
    def spectrum(self) -> Spectrum:
        N, n = self.design.shape
        D, y = self.design, self.target
        if self.ridge or n > N:
            D = np.vstack([D, np.diag(np.sqrt(self.penalty / self._weight))])
            y = np.append(y, np.zeros(n))
        sigma, Q, along, doubt = factored(D, y)
        values = sigma**2 * self._weight
        # b̃ = −c·Σ Uᵀy/N lies in the range of A by construction, so the drift is exactly 0.
        linear = np.where(values > 0, -sigma * along * self._weight, 0.0)
        centre = np.divide(along, sigma, out=np.zeros(n), where=values > 0)
        return Spectrum(values, doubt, Q, linear, centre)

    def batch_gradient(self, w: Array, rows: Ints) -> Array:
        """∇E of batches of rows (..., B), at w (..., n): on average over all batches it is that of E."""
        D = self.design[rows]
        misfit = np.einsum("...bi,...i->...b", D, w) - self.target[rows]
        fit = np.einsum("...bi,...b->...i", D, misfit) * (self.scale / rows.shape[-1])
        return np.asarray(fit + self.penalty * w)

    @cached_property
    def rows(self) -> tuple[Array, Array]:
        """(R, q) with ‖Rw − q‖ = ‖Dw − y‖ for all w: D and y, or of a tall table n + 1 rows in their place.

        By Householder reflections, as (DᵀD, Dᵀy) would lose the small misfits.
        """
        if len(self.target) < TALL * (self.n + 1):
            return self.design, self.target
        both = np.column_stack([self.design, self.target])
        factor = np.asarray(np.linalg.qr(both, mode="r"))
        return factor[:, :-1], factor[:, -1]

    def value(self, w: Array) -> Array:
        R, q = self.rows
        misfit = w @ R.T - q
        fit = np.einsum("...i,...i->...", misfit, misfit) * (self._weight / 2)
        return np.asarray(fit + 0.5 * np.einsum("i,...i,...i->...", self.penalty, w, w))

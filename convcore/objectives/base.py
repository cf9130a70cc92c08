"""Objectives, the functions to minimise. Every method takes a batch of weights w (..., n).

Quadratics are in `quadratics`, named functions and typed formulas in `gallery`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np

from convcore.arrays import Array, Bools, Ints

BLOCK = 8192  # points whose E is computed at a time
EPS = float(np.finfo(float).eps)
BY_DIFFERENCES = 1e-7  # relative error of a curvature that is a difference of gradients


class SecondOrder(NamedTuple):
    """∇E (..., n), and the eigenvalues (..., n) and eigenvectors (..., n, n) of ∇²E."""

    gradient: Array
    values: Array
    vectors: Array


class Objective(ABC):
    """A scalar function E of n weights with gradient and Hessian, batched over any leading axes.

    One of your own needs `n`, `value` and `gradient`; its Hessian, by which a run's last point is named,
    is then a difference of gradients. noise: the relative error of its eigenvalues.
    """

    n: int
    noise: ClassVar[float] = EPS

    def __init_subclass__(cls) -> None:
        cls.noise = BY_DIFFERENCES if cls.hessian is Objective.hessian else EPS

    @property
    def work(self) -> float:
        """About how many operations a step's gradient takes; a core does 3·10⁹ in a second."""
        return 3e4 + 4.0 * self.n**2

    @abstractmethod
    def value(self, w: Array) -> Array:
        """E(w): (..., n) -> (...)."""

    @abstractmethod
    def gradient(self, w: Array) -> Array:
        """∇E(w): (..., n) -> (..., n)."""

    def hessian(self, w: Array) -> Array:
        """∇²E(w): (..., n) -> (..., n, n); by 2n gradients, unless a subclass knows better."""
        return self.hessian_by_differences(w, EPS ** (1 / 3))

    def hessian_by_differences(self, w: Array, share: float) -> Array:
        """∇²E (..., n, n) at w (..., n) from gradients at steps of `share` times max(1, |w_i|)."""
        step = share * np.maximum(1.0, np.abs(w))
        sides = step[..., None, :] * np.eye(self.n)  # row i is a step of weight i
        up, down = (self.gradient(w[..., None, :] + side) for side in (sides, -sides))
        H = (up - down) / (2 * step[..., None])
        return np.asarray((H + np.swapaxes(H, -1, -2)) / 2)

    def value_and_gradient(self, w: Array) -> tuple[Array, Array]:
        """E(w) (...) and ∇E(w) (..., n) at w (..., n), for callers that need both."""
        return self.value(w), self.gradient(w)

    def eigen(self, w: Array) -> tuple[Array, Array]:
        """Eigenvalues (..., n), ascending, and eigenvectors (..., n, n), as columns, of ∇²E(w).

        Eigenvalues that are 0 up to rounding are exactly 0; they are NaN where the Hessian is not finite.
        """
        return eigen_of(self.hessian(w), self.noise)

    def second_order(self, w: Array) -> SecondOrder:
        """∇E and what `eigen` gives, at w (..., n), for callers that need both."""
        return SecondOrder(self.gradient(w), *self.eigen(w))

    @property
    def minimiser(self) -> Array | None:
        """The minimiser w* (n,), or None if there is none or it is unknown."""
        return None

    def for_runs(self, runs: Bools | Ints) -> Objective:
        """The objective of some runs, by a mask (R,) or indices (m,); itself if all runs share one."""
        return self


def eigen_of(H: Array, noise: float) -> tuple[Array, Array]:
    """Eigenvalues (..., n) and eigenvectors (..., n, n) of H (..., n, n), see `Objective.eigen`."""
    if H.shape[-1] == 1:
        value = H[..., 0]
        return np.where(np.isfinite(value), value, np.nan), np.ones_like(H)
    finite = np.asarray(np.isfinite(H).all(axis=(-2, -1), keepdims=True))
    values, Q = np.linalg.eigh(np.where(finite, H, 0.0))
    return np.where(finite[..., 0], drop_rounding(values, noise), np.nan), Q


def drop_rounding(values: Array, noise: float = EPS) -> Array:
    """Eigenvalues (..., n), with errors of about `noise` relative to the largest set to 0."""
    size = np.abs(values)
    floor = values.shape[-1] * noise * size.max(axis=-1, keepdims=True)
    # A single eigenvalue has no larger one to compare with.
    return np.where(size <= floor, 0.0, values) if values.shape[-1] > 1 else values

"""Objectives, the functions to minimise. Every method takes a batch of weights w (..., n).

Quadratics are in `quadratics`, named functions and typed formulas in `gallery`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from convcore.arrays import Array, Bools, Ints

BLOCK = 8192  # points whose E is computed at a time
EPS = float(np.finfo(float).eps)


class Objective(ABC):
    """A scalar function E of n weights with gradient and Hessian, batched over any leading axes."""

    n: int

    @abstractmethod
    def value(self, w: Array) -> Array:
        """E(w): (..., n) -> (...)."""

    @abstractmethod
    def gradient(self, w: Array) -> Array:
        """∇E(w): (..., n) -> (..., n)."""

    @abstractmethod
    def hessian(self, w: Array) -> Array:
        """∇²E(w): (..., n) -> (..., n, n)."""

    def value_and_gradient(self, w: Array) -> tuple[Array, Array]:
        """E(w) (...) and ∇E(w) (..., n) at w (..., n), for callers that need both."""
        return self.value(w), self.gradient(w)

    def eigen(self, w: Array) -> tuple[Array, Array]:
        """Eigenvalues (..., n), ascending, and eigenvectors (..., n, n), as columns, of ∇²E(w).

        Eigenvalues that are 0 up to rounding are exactly 0; they are NaN where the Hessian is not finite.
        """
        H = self.hessian(w)
        finite = np.asarray(np.isfinite(H).all(axis=(-2, -1), keepdims=True))
        values, Q = np.linalg.eigh(np.where(finite, H, 0.0))
        return np.where(finite[..., 0], drop_rounding(values), np.nan), Q

    @property
    def minimiser(self) -> Array | None:
        """The minimiser w* (n,), or None if there is none or it is unknown."""
        return None

    def for_runs(self, runs: Bools | Ints) -> Objective:
        """The objective of some runs, by a mask (R,) or indices (m,); itself if all runs share one."""
        return self


def drop_rounding(values: Array) -> Array:
    """Eigenvalues (..., n), with rounding errors relative to the largest set to 0."""
    size = np.abs(values)
    floor = values.shape[-1] * EPS * size.max(axis=-1, keepdims=True)
    # A single eigenvalue has no larger one to compare with.
    return np.where(size <= floor, 0.0, values) if values.shape[-1] > 1 else values

"""The second-order Taylor model of an objective around a point, as a value that charts can draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Analytic(Protocol):
    """What has a value (...), a gradient (..., n) and a Hessian (..., n, n) at w (..., n)."""

    def value(self, w: Array) -> Array:
        """E(w) (...)."""
        ...

    def gradient(self, w: Array) -> Array:
        """∇E(w) (..., n)."""
        ...

    def hessian(self, w: Array) -> Array:
        """∇²E(w) (..., n, n)."""
        ...


@dataclass(frozen=True, eq=False)
class LocalModel:
    """E(w) ≈ E + g·d + ½dᵀHd with d = w − centre: the second-order Taylor model around a point.

    centre: (..., n), so that one value may hold the models of a whole path. value: (...).
    gradient: (..., n). hessian: (..., n, n).
    """

    centre: Array
    value: Array
    gradient: Array
    hessian: Array

    @classmethod
    def around(cls, objective: Analytic, centre: ArrayLike) -> Self:
        """The models of an objective around its points: centre (..., n)."""
        w = np.asarray(centre, dtype=float)
        return cls(w, objective.value(w), objective.gradient(w), objective.hessian(w))

    def __call__(self, w: ArrayLike) -> Array:
        """The model at w (..., n), which broadcasts against the centre."""
        d = np.asarray(w, dtype=float) - self.centre
        slope = np.einsum("...i,...i->...", self.gradient, d)
        bend = np.einsum("...i,...ij,...j->...", d, self.hessian, d)
        return np.asarray(self.value + slope + bend / 2)

    @property
    def convex(self) -> NDArray[np.bool_]:
        """Whether H is positive definite, beyond rounding: (...)."""
        finite = np.isfinite(self.hessian).all(axis=(-2, -1), keepdims=True)
        H = np.where(finite, self.hessian, 0.0)
        eigenvalues = np.linalg.eigvalsh(H)
        rounding = H.shape[-1] * np.finfo(float).eps * np.abs(eigenvalues).max(axis=-1)
        return np.asarray(eigenvalues[..., 0] > rounding)

    @property
    def minimiser(self) -> Array:
        """Where the model is least, centre − H⁻¹g: Newton's step (..., n). NaN where H isn't convex."""
        convex = self.convex[..., None]
        H = np.where(convex[..., None], self.hessian, np.eye(self.hessian.shape[-1]))
        step = np.linalg.solve(H, self.gradient[..., None])[..., 0]
        return np.where(convex, self.centre - step, np.nan)

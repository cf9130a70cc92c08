"""The second-order model of a function along a path, as values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from convcore.curvature import curvatures
from convcore.descent import Trajectory
from convcore.gallery import Function
from convcore.labkit.functions import View

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Local:
    """The second-order model E + g·d + ½dᵀHd at each step of a run, and for one weight more orders.

    run: the path that is followed. order: of the Taylor polynomial that is drawn besides.
    """

    objective: Function
    view: View
    run: Trajectory
    order: int

    @cached_property
    def last(self) -> int:
        """K, the last step that moves w: all that follow repeat it."""
        w = self.run.w[: int(self.run.length) + 1]
        moves = np.flatnonzero(np.any(w[1:] != w[:-1], axis=-1))
        return int(moves[-1]) + 1 if moves.size else 0

    @cached_property
    def w(self) -> Array:
        """The path (K+1, n), up to the last step that moves."""
        return self.run.w[: self.last + 1]

    @cached_property
    def E(self) -> Array:
        """E along the path (K+1,)."""
        return self.run.loss[: self.last + 1]

    @cached_property
    def g(self) -> Array:
        """∇E along the path (K+1, n); 0 where there is none (a kink)."""
        return finite(self.objective.gradient(self.w))

    @cached_property
    def values(self) -> Array:
        """Eigenvalues of the Hessian along the path (K+1, n); NaN where it is not finite."""
        return curvatures(self.objective, self.w)

    @cached_property
    def best(self) -> Array:
        """η_opt(w_k) = 1/λ_max along the path (K+1,); NaN unless E bends up in every direction.

        A curvature with an inverse beyond all floats counts as none.
        """
        up = np.all(self.values > 0, axis=-1) & (self.values[:, -1] > 1e-300)
        return np.where(up, 1 / np.where(up, self.values[:, -1], 1.0), np.nan)

    @cached_property
    def target(self) -> Array:
        """Where the model's stationary point lies (K+1, n): Newton's next step; NaN if nowhere."""
        H = self.objective.hessian(self.w)
        solvable = np.isfinite(self.values).all(axis=-1) & np.all(self.values != 0, axis=-1)
        H = np.where(solvable[:, None, None], H, np.eye(self.objective.n))
        step = np.linalg.solve(H, self.g[..., None])[..., 0]
        target = np.where(solvable[:, None], self.w - step, np.nan)
        return np.where(np.abs(target) < 1e30, target, np.nan)


def finite(x: Array) -> Array:
    """x (...) with what is not finite set to 0, and what no picture shows clipped."""
    return np.clip(np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0), -1e30, 1e30)

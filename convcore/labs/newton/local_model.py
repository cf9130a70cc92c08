"""The second-order model of a function along a path, as values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array
from convcore.descent.descent import Trajectory
from convcore.descent.theory import curvatures
from convcore.objectives.gallery import Function
from convcore.optimizers import Newton, Optimizer


@dataclass(frozen=True, eq=False)
class LocalModel:
    """E(w) ≈ E + g·d + ½dᵀHd with d = w − wₖ, at each step k of a path up to the last that moves w.

    w: (K+1, n). E: (K+1,). g: (K+1, n), 0 where there is none (a kink). H: (K+1, n, n), as E gives it.
    values: (K+1, n), the eigenvalues of H, ascending; NaN where it is not finite. target: (K+1, n), the
    model's stationary point w − H⁻¹g, to which a full step of Newton goes; NaN if there is none.
    """

    w: Array
    E: Array
    g: Array
    H: Array
    values: Array
    target: Array

    @classmethod
    def along(cls, objective: Function, run: Trajectory, values: Array | None = None) -> Self:
        """The models along a run; values: (k+1, n), the eigenvalues along all of it, if they are known."""
        last = last_move(run)
        w = run.w[: last + 1]
        g, H = finite(objective.gradient(w)), objective.hessian(w)
        values = curvatures(objective, w) if values is None else values[: last + 1]
        return cls(w, run.loss[: last + 1], g, H, values, _target(w, g, H, values))

    @property
    def last(self) -> int:
        """K, the last step that moves w."""
        return len(self.w) - 1

    @cached_property
    def best(self) -> Array:
        """ηₒₚₜ(wₖ) = 1/λₘₐₓ along the path (K+1,); NaN unless E bends up in every direction.

        A curvature so small that its inverse overflows counts as none.
        """
        up = np.all(self.values > 0, axis=-1) & (self.values[:, -1] > 1e-300)
        return np.where(up, 1 / np.where(up, self.values[:, -1], 1.0), np.nan)


def last_move(run: Trajectory) -> int:
    """The last step of a run that moves w."""
    w = run.w[: int(run.length) + 1]
    moves = np.flatnonzero(np.any(w[1:] != w[:-1], axis=-1))
    return int(moves[-1]) + 1 if moves.size else 0


def _target(w: Array, g: Array, H: Array, values: Array) -> Array:
    solvable = np.isfinite(values).all(axis=-1) & np.all(values != 0, axis=-1)
    H = np.where(solvable[:, None, None], H, np.eye(w.shape[-1]))
    step = np.linalg.solve(H, g[..., None])[..., 0]
    target = np.where(solvable[:, None], w - step, np.nan)
    return np.where(np.abs(target) < 1e30, target, np.nan)


def finite(x: Array) -> Array:
    """x (...) with 0 for what is not finite, clipped to ±1e30, which no picture reaches."""
    return np.clip(np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0), -1e30, 1e30)


def shares(
    model: LocalModel, method: type[Optimizer], eta: float
) -> tuple[NDArray[np.int8], Array]:
    """How the step from each point of a model's path can be written: (rule, share), both (K+1,).

    rule: 1 for a share of Newton's step H⁻¹∇E, 2 for η·∇E, 3 for another share of ∇E, 0 for neither. Of
    plain descent and of Newton the share is known, eta; of other methods it is measured, unless rounding
    is too much of the step.
    """
    count = len(model.w)
    rule: NDArray[np.int8] = np.zeros(count, dtype=np.int8)
    share: Array = np.full(count, float(eta))
    if method.plain:
        return np.full_like(rule, 2), share
    if method is Newton:
        return np.asarray(np.isfinite(model.target).all(axis=-1), dtype=np.int8), share
    step = np.append(model.w[:-1] - model.w[1:], np.zeros_like(model.w[:1]), axis=0)
    ways = [(3, model.g), (1, finite(model.w - model.target))]
    # Of one weight both hold; then the one after which a method is made.
    for number, way in ways if method.relative else reversed(ways):
        with np.errstate(all="ignore"):
            s = (step * way).sum(axis=-1) / (way * way).sum(axis=-1)
            apart = np.abs(step - s[:, None] * way).max(axis=-1)
            size = np.abs(step).max(axis=-1)
            known = (apart <= 1e-6 * size) & (size > 1e-11 * np.abs(model.w).max(axis=-1))
        rule, share = np.where(known, np.int8(number), rule), np.where(known, s, share)
    return rule, share

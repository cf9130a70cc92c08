"""Whether weights are next to a point of rest of a unit's divergence, by one Newton step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array
from convcore.objectives.base import EPS
from convcore.separators.sigmoid_unit.unit import SigmoidUnit

CLOSE = 0.1  # of a side, whose scale is that of the logistic, 1
ON = 1e-9  # share of the bound within which weights are on it


@dataclass(frozen=True, eq=False)
class NearRest:
    """A point of rest near weights w: where the gradient is 0, or on the bound only pushes outwards.

    shift: by how much each point's side changes on the way there (N,), to first order. minimum: whether E
    bends up in every direction that changes a side; else it is a saddle or a maximum. on_bound: whether
    it is on the bound ‖w‖ = bound.
    """

    shift: Array
    minimum: bool
    on_bound: bool


def near_rest(unit: SigmoidUnit, w: Array, bound: float | None = None) -> NearRest | None:
    """The point of rest beside weights w (n,), None if it is farther than a Newton step can tell.

    A cost changes with a side on the scale 1. So where no side changes by more than a tenth, the
    curvatures of the start are those of the whole way. On a plateau all slopes and curvatures vanish
    alike, and the step is long. bound: the largest ‖w‖. Weights that change no side do not count.
    """
    Z = unit.signed
    with np.errstate(all="ignore"):
        s = unit.sides(w)
        slopes, bends = unit.slopes(s), unit.bends(s)
        g = slopes @ Z + unit.decay * w
        length = float(np.linalg.norm(w))
        outward = -float(g @ w)
        on_bound = bound is not None and length >= bound * (1 - ON) and outward > 0
        # On the bound the gradient has a part along −w, and the sphere bends away from its tangent.
        force = unit.decay + outward / length**2 if on_bound else unit.decay
        across = tangent(w) if on_bound else np.eye(len(w))
        if not all(np.isfinite(part).all() for part in (s, g, Z, np.array(force))):
            return None
        # In coordinates in which the sides are orthonormal, so that far points leave near ones digits.
        U, S, V = np.linalg.svd(Z @ across, full_matrices=False)
        kept = S / S[0] > len(Z) * EPS
        if not kept.any():
            return None
        U, S, V = U[:, kept], S[kept], V[kept]
        g_y = U.T @ slopes + (V @ (across.T @ w)) * unit.decay / S
        H_y = (U.T * bends) @ U + np.diag(force / S**2)
        if not (np.isfinite(H_y).all() and np.isfinite(g_y).all()):
            return None
        values, Q = np.linalg.eigh(H_y)
        size = float(np.abs(values).max(initial=0.0))
        if not size > 0 or np.abs(values).min() <= 1e-12 * size:
            return None
        y = -Q @ ((Q.T @ g_y) / values)
        shift = U @ y
        if not np.abs(shift).max() <= CLOSE:
            return None
        if bound is not None and not on_bound:
            moved = w + V.T @ (y / S)
            if np.linalg.norm(moved) > bound * (1 + ON):
                return None
    return NearRest(shift, bool((values > 0).all()), on_bound)


def tangent(w: Array) -> Array:
    """Orthonormal columns (n, n − 1) across weights w (n,)."""
    return np.asarray(np.linalg.svd(w[None])[2][1:].T)

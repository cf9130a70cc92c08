"""How many steps conjugate gradients take on a quadratic in exact arithmetic."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array
from convcore.descent.theory import SAME


def conjugate_steps(values: Array, error: Array, tolerance: float) -> float:
    """The first k with ‖wₖ − w*‖ ≤ τ‖w₀ − w*‖ of conjugate gradients with exact steps; at most n.

    values, error: λ ≥ 0 and the start's error (n,) by eigenmode, 0 where λ is. Residuals are made
    orthogonal to all earlier ones, as they are in exact arithmetic; what is left after as many steps as
    there are curvatures is 0 (Hestenes & Stiefel 1952).
    """
    lam, e = _by_curvature(values, error)
    goal = tolerance * np.linalg.norm(e)
    r = -lam * e
    p, known = r, np.empty((0, lam.size))
    for k in range(lam.size):
        if np.linalg.norm(e) <= goal:
            return float(k)
        size = np.linalg.norm(r)
        if not size > 0:
            break
        known = np.vstack([known, r / size])
        length = size**2 / (p @ (lam * p))
        e, r = e + length * p, r - length * lam * p
        for _ in range(2):  # twice is enough
            r = r - known.T @ (known @ r)
        p = r + (r @ r) / size**2 * p
    return float(lam.size)


def _by_curvature(values: Array, error: Array) -> tuple[Array, Array]:
    """The curvatures that the start has an error in, each once, and the errors: both (m,)."""
    met = (values > 0) & (error != 0)
    lam, e = values[met], error[met]
    first = np.flatnonzero(np.diff(lam, prepend=-np.inf) > SAME * np.abs(lam))
    if not lam.size:
        return lam, e
    return lam[first], np.sqrt(np.add.reduceat(e * e, first))

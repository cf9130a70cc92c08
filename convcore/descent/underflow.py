"""Whether E is flat where a run rests, or only too flat for double precision: e^(−w²/2) far out."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array, Bools
from convcore.objectives.base import Objective

HALVINGS = 60  # of the way to the edge of the flat part: what is left is rounding
INSIDE = 1e-3  # share of that way at which E is looked at, just outside of the flat part
SHARE = 1e-9  # what fades over such a way to less than this share fades by underflow


def is_underflow(objective: Objective, w: Array, by_curvature: Bools) -> Bools:
    """Whether the slope of E, or its curvature, is 0 at the ends of runs by rounding only, (m,).

    w: their paths (K+1, m, n). by_curvature (m,): whether it is the curvature that is 0. From a plateau or
    a straight piece of E either comes back at once, or like a power of the way; what has underflowed
    does so by hundreds of powers of ten.
    """
    found = [
        _fades(objective.for_runs(np.array([i])), w[:, i], bool(by))
        for i, by in enumerate(by_curvature)
    ]
    return np.array(found, dtype=bool)


def _fades(objective: Objective, w: Array, by_curvature: bool) -> bool:
    """As `is_underflow`, for one path (K+1, n)."""

    def size(x: Array) -> Array:
        found = objective.hessian(x) if by_curvature else objective.gradient(x)
        found = np.abs(found).reshape(len(x), -1).max(axis=-1)
        return np.asarray(np.where(np.isfinite(found), found, 0.0))

    end = w[-1]
    if size(_beside(end)).all():
        return False  # a point, such as the minimum of w⁸
    others = np.concatenate([_outward(end), w[:: max(1, len(w) // 16)]])
    found = size(others)
    if not found.any():
        return False
    other, most = others[found.argmax()], float(found.max())
    flat, live = 0.0, 1.0  # shares of the way from the end to there
    for _ in range(HALVINGS):
        middle = (flat + live) / 2
        if size((end + middle * (other - end))[None])[0] > 0:
            live = middle
        else:
            flat = middle
    just = min(1.0, live + INSIDE)
    return bool(size((end + just * (other - end))[None])[0] <= SHARE * most)


def _beside(w: Array) -> Array:
    """Points (2n, n) a little beside w (n,) along each axis."""
    reach = 1e-4 * max(1.0, float(np.abs(w).max()))
    return w + reach * np.concatenate([np.eye(len(w)), -np.eye(len(w))])


def _outward(w: Array) -> Array:
    """Points (m, n) around w (n,) along each axis, near and far, and on the way to 0."""
    reach = max(1.0, float(np.abs(w).max())) * 2.0 ** np.arange(-9, 2)
    axes = np.concatenate([np.eye(len(w)), -np.eye(len(w))])
    around = w + (reach[:, None, None] * axes).reshape(-1, len(w))
    return np.concatenate([around, w * np.linspace(0, 1, 33)[:-1, None]])

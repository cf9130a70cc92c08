"""Whether E is flat where a run rests, or only too flat for double precision: e^(−w²/2) far out."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array, Bools
from convcore.objectives.base import Objective

HALVINGS = 60  # of the way to the edge of the flat part: what is left is rounding
INSIDE = 1e-3  # share of that way at which E is looked at, just outside of the flat part
SHARE = 1e-9  # what fades over such a way to less than this share fades by underflow
LOOKS = 16  # points of a path, and on the way to 0, that are looked at
AXES = 8  # directions that are looked along; of more weights no curvatures, which take n² numbers a point


def is_underflow(objective: Objective, w: Array, by_curvature: Bools) -> Bools:
    """Whether the slope of E, or its curvature, is 0 at the ends of runs by rounding only, (m,).

    w: their paths (K+1, m, n). by_curvature (m,): whether it is the curvature that is 0. From a plateau or
    a straight piece of E either comes back at once, or like a power of the way; what has underflowed
    does so by hundreds of powers of ten. Of more than AXES weights only slopes are looked at.
    """
    end, far = w[-1], np.maximum(1.0, np.abs(w[-1]).max(axis=-1))[:, None]
    n = end.shape[-1]
    bends = bool(n <= AXES and by_curvature.any())

    def size(x: Array) -> Array:
        """|∇E| or |∇²E| (..., m) at x (..., m, n), whichever is 0 at the end."""
        slope = np.abs(objective.gradient(x)).max(axis=-1)
        bend = np.abs(objective.hessian(x)).max(axis=(-2, -1)) if bends else np.zeros_like(slope)
        found = np.where(by_curvature, bend, slope)
        return np.where(np.isfinite(found), found, 0.0)

    along = np.eye(n)[np.linspace(0, n - 1, min(n, AXES)).astype(int)]
    axes = np.concatenate([along, -along])[:, None]
    # Steep a little beside it, it is a point, such as the minimum of w⁸.
    flat_around = ~size(end + 1e-4 * far * axes).any(axis=0)
    reach = 2.0 ** np.arange(-9, 2)[:, None, None, None] * far
    around = (end + reach * axes).reshape(-1, *end.shape)
    inwards = end * np.linspace(0, 1, 2 * LOOKS, endpoint=False)[:, None, None]
    others = np.concatenate([around, inwards, w[:: max(1, len(w) // LOOKS)]])
    found = size(others)
    other = np.take_along_axis(others, found.argmax(axis=0)[None, :, None], axis=0)[0]
    flat, live = np.zeros(len(end)), np.ones(len(end))  # shares of the way from the end to there
    for _ in range(HALVINGS):
        middle = (flat + live) / 2
        there = size(end + middle[:, None] * (other - end)) > 0
        flat, live = np.where(there, flat, middle), np.where(there, middle, live)
    just = np.minimum(1.0, live + INSIDE)[:, None]
    fades = size(end + just * (other - end)) <= SHARE * found.max(axis=0)
    return np.asarray(flat_around & found.any(axis=0) & fades)

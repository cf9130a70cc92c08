"""What weights mean: scores, wrong points, margin, the line itself, the angle between two."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array
from convcore.separators.points import Points, augment

Box = tuple[tuple[float, float], ...]


def scores(weights: Array, x: Array) -> Array:
    """wᵀx + b (..., M) of weights (..., p + 1) at inputs x (M, p)."""
    return weights @ augment(x).T


def wrong_points(weights: Array, points: Points) -> tuple[int, ...]:
    """The indices of the N points on the wrong side, or on the boundary, of weights (p+1,)."""
    return tuple(np.flatnonzero(~(points.labels * scores(weights, points.x) > 0)).tolist())


def margin(weights: Array, points: Points) -> float:
    """The distance of the worst point from the boundary of weights (p+1,), in units of the inputs:
    negative if it is on the wrong side; NaN if there is no boundary."""
    size = float(np.abs(weights[:-1]).max())
    if not size > 0:
        return float("nan")
    with np.errstate(over="ignore"):
        # The squares of weights of 1e300 overflow.
        w = weights / size
        worst = float((points.labels * scores(w, points.x)).min())
    return worst / float(np.linalg.norm(w[:-1]))


def boundary(weights: Array, box: Box) -> Array | None:
    """The two ends (2, 2) of the line of weights (3,) on the edge of a box, or None if it misses it.

    For one input, weights (2,): its single position (1, 1), or None. None if there is no line (w = 0).
    """
    *slope, b = weights.tolist()
    if not np.isfinite(weights).all() or not any(slope):
        return None
    if len(slope) == 1:
        at = -b / slope[0]
        return np.array([[at]]) if box[0][0] <= at <= box[0][1] else None
    (xlo, xhi), (ylo, yhi) = box
    u, v = slope
    ends: list[tuple[float, float]] = []
    if v:
        ends += [(x, y) for x in (xlo, xhi) if ylo <= (y := -(u * x + b) / v) <= yhi]
    if u:
        ends += [(x, y) for y in (ylo, yhi) if xlo <= (x := -(v * y + b) / u) <= xhi]
    if not ends:
        return None
    # A line through a corner meets two edges there: the two points farthest apart are the ends.
    pairs = [(a, c) for a in ends for c in ends]
    first, last = max(pairs, key=lambda e: (e[0][0] - e[1][0]) ** 2 + (e[0][1] - e[1][1]) ** 2)
    return np.array(sorted([first, last])) if first != last else None


def angle(one: Array, two: Array) -> Array:
    """Degrees (...) between the normals of boundaries (..., p + 1), 0 to 180; NaN where one has none.

    180 means the same line with its sides exchanged.
    """
    a, b = directions(one[..., :-1]), directions(two[..., :-1])
    # By the tangent of half the angle: arccos loses half of the digits near 0 and 180 (Kahan).
    apart, along = np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1)
    return np.asarray(np.degrees(2 * np.arctan2(apart, along)))


def directions(v: Array) -> Array:
    """Unit vectors (..., p) along vectors of any size, even the smallest and largest doubles; NaN for 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        # Scaling by a power of two is exact; then squares neither under- nor overflow.
        size = np.frexp(np.abs(v).max(axis=-1, keepdims=True))[1]
        v = np.ldexp(v, -size)
        return np.asarray(v / np.linalg.norm(v, axis=-1, keepdims=True))

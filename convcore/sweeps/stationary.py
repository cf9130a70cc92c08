"""The stationary points of a function in a view, each with its kind by inertia and 2/λₘₐₓ."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array, Bools, numbers, short
from convcore.descent.criteria import curvatures_at_rest, extrema_from_sides
from convcore.descent.descent import Status, descend
from convcore.descent.theory import PointKind, kinds_of_points
from convcore.objectives.base import EPS, Objective
from convcore.objectives.plain import Plain, as_objective
from convcore.optimizers import Newton

View = tuple[tuple[float, float], ...]

CELLS = {1: 4000, 2: 96}  # cells along each axis, each searched for a point
GRID = {1: 801, 2: 61}  # points along each axis at which E is looked at
SAME = 1e-5  # points closer than this share of the view are one
FAINT = 1e-9  # smaller slopes may be rounding errors, not a kink
MOST = 500  # points at most: a valley of minima has infinitely many


@dataclass(frozen=True)
class StationaryPoint:
    """A point where the gradient vanishes: w (n,), E there, the Hessian's eigenvalues, and its kind.

    At a kink (of one weight) the slope changes sign without vanishing: its curvature is infinite, −inf at
    a maximum.
    """

    w: tuple[float, ...]
    value: float
    curvatures: tuple[float, ...]
    kind: PointKind

    @property
    def limit(self) -> float:
        """2/λₘₐₓ, beyond which plain descent leaves a minimum; inf where no curvature is positive."""
        top = self.curvatures[-1]
        return 2 / top if top > 0 else math.inf  # 0 where the curvature is infinite

    def holds(self, eta: float) -> bool:
        """Whether plain descent with a fixed η < 2/λₘₐₓ settles here once it is near."""
        return self.kind.is_minimum and 0 < eta < self.limit


def stationary_points(objective: Objective | Plain, view: ArrayLike) -> tuple[StationaryPoint, ...]:
    """The stationary points in a view of one or two weights, lowest first; view: (low, high) of each.

    objective: an `Objective` or a plain function of w (see `PlainFunction`); view: (n, 2). The view is cut
    into cells; where every component of ∇E changes sign over a cell, a point is refined: by bisection for
    one weight, by Newton for two. Points closer together than a cell can be missed. Raises ValueError for
    more than two weights, or a view that does not fit.

    >>> from convcore.objectives.gallery import Function
    >>> for point in stationary_points(Function("(w^2 - 1)^2/4"), ((-2.0, 2.0),)):
    ...     print(f"{point.kind.value} at {point.w[0]:g}: 2/λₘₐₓ = {point.limit:g}")
    minimum at -1: 2/λₘₐₓ = 1
    minimum at 1: 2/λₘₐₓ = 1
    maximum at 0: 2/λₘₐₓ = inf
    """
    ends = numbers(view, "stationary_points(view=...)")
    if ends.ndim != 2 or ends.shape[1] != 2 or not np.isfinite(ends).all():
        raise ValueError(
            f"`stationary_points(view=...)` must be (low, high) of each weight; got {short(view)}."
        )
    E = as_objective(objective, ends.mean(axis=1), "stationary_points(objective=...)")
    if E.n not in CELLS or len(ends) != E.n:
        raise ValueError(
            f"`stationary_points` takes one or two weights, with a view of each; got {E.n} weights and "
            f"{len(ends)} views."
        )
    return _stationary_points(E, tuple((low, high) for low, high in ends.tolist()))


@lru_cache(maxsize=64)
def _stationary_points(objective: Objective, view: View) -> tuple[StationaryPoint, ...]:
    found = _on_line(objective, view[0]) if objective.n == 1 else _in_plane(objective, view)
    return classify(objective, distinct(found, SAME * max(high - low for low, high in view)))


def classify(objective: Objective, w: Array) -> tuple[StationaryPoint, ...]:
    """Stationary points w (m, n) with value, curvatures and kind, lowest first."""
    if not len(w):
        return ()
    values, E = objective.eigen(w)[0], objective.value(w)
    kinds = kinds_of_points(curvatures_at_rest(objective, w))
    if objective.n == 1:
        # At a flat bottom or a kink curvature does not decide: the slopes on both sides do.
        reach = 1e-4 * np.maximum(1.0, np.abs(w))
        up, down = _kinks(objective, w, reach)
        low, high = extrema_from_sides(objective, w, reach)
        flat = kinds == PointKind.DEGENERATE
        kinds[flat & low] = PointKind.DEGENERATE_MINIMUM
        kinds[flat & high] = PointKind.DEGENERATE_MAXIMUM
        kinds[up], kinds[down] = PointKind.MINIMUM, PointKind.MAXIMUM
        steep = np.isnan(values) | up[:, None]
        values = np.where(down[:, None], -np.inf, np.where(steep, np.inf, values))
    points = [
        StationaryPoint(tuple(x), e, tuple(v), kind)
        for x, e, v, kind in zip(w.tolist(), E.tolist(), values.tolist(), kinds, strict=True)
        if math.isfinite(e) and not any(map(math.isnan, v))
    ]
    heights = [point.value for point in points]
    # Points of equal height, to rounding relative to the range of heights, go from left to right.
    unit = 1e-9 * (max(heights) - min(heights)) if heights else 0.0
    return tuple(sorted(points, key=lambda p: (round(p.value / unit) if unit else 0, p.w)))


def _kinks(objective: Objective, w: Array, reach: Array) -> tuple[Bools, Bools]:
    """Which points (m, 1) are kinks at a minimum and which at a maximum, by the slopes right beside them.

    Right beside a kink E is as steep as around it. At π, where abs(sin(w)) has one, rounding leaves w on
    one side of it, with the curvature of that side.
    """

    def slope(d: Array) -> Array:
        return np.asarray(np.nan_to_num(objective.gradient(w + d)[:, 0]))

    beside = 8 * EPS * np.maximum(1.0, np.abs(w))
    below, above = slope(-beside), slope(beside)
    # Also nearer: E may be flat beyond a narrow well.
    near = (reach * share for share in (1.0, 1e-2, 1e-4, 1e-6))
    around = np.max([np.minimum(np.abs(slope(-d)), np.abs(slope(d))) for d in near], axis=0)
    steep = np.minimum(np.abs(below), np.abs(above)) > np.maximum(0.1 * around, FAINT)
    return steep & (below < 0) & (above > 0), steep & (below > 0) & (above < 0)


def polish(objective: Objective, w: Array) -> Array:
    """Points (m, n) near stationary ones, each moved there by Newton unless that leads far away."""
    if not len(w):
        return w
    run = descend(objective, w, 1.0, Newton(), steps=30)
    with np.errstate(over="ignore"):  # of a run that diverged
        moved = np.linalg.norm(run.w[-1] - w, axis=-1)
    near = moved <= 0.01 * np.maximum(1.0, np.linalg.norm(w, axis=-1))
    arrived = (run.status == Status.CONVERGED) & near
    return np.where(arrived[:, None], run.w[-1], w)


def _on_line(objective: Objective, view: tuple[float, float]) -> Array:
    # An even number of points, so that centres and simple fractions of a view fall inside a cell.
    w = np.linspace(*view, CELLS[1])
    cell = w[1] - w[0]

    def slope(x: Array) -> Array:
        return objective.gradient(x[:, None])[:, 0]

    def curvature(x: Array) -> Array:
        return objective.hessian(x[:, None])[:, 0, 0]

    g = slope(w)
    roots, jump = _bisected(slope, w, g)
    known = np.isfinite(objective.value(roots[:, None])) & np.isfinite(jump)
    flat = np.abs(slope(roots)) <= 1e-6 * np.maximum(jump, np.finfo(float).tiny)
    # Across a kink the slope jumps, across a pole E itself does.
    with np.errstate(invalid="ignore"):  # infinite on both sides: no kink either
        level = np.abs(np.subtract(*(objective.value(roots[:, None] + d) for d in (1e-9, -1e-9))))
    kink = level <= 1e-6 * np.maximum(jump, 1.0)

    def clear(x: Array, size: Array) -> Bools:
        # Where rounding of w changes a slope of this size visibly, as for sin(exp(20w)), its sign means
        # nothing. A cusp has infinite curvature but counts, so the curvature is taken a little beside it.
        beside = np.minimum(1e-6 * np.maximum(1.0, np.abs(x)), cell / 2)
        steepest = np.fmax(*(np.abs(curvature(x + d)) for d in (beside, -beside)))
        with np.errstate(over="ignore"):  # a curvature that is NaN on both sides is not clear
            return np.asarray(steepest * EPS * np.maximum(np.abs(x), cell) <= 1e-4 * size)

    roots = roots[known & clear(roots, jump) & (flat | kink)]
    # Where the slope touches zero without changing sign, the curvature changes sign.
    touching, _ = _bisected(curvature, w, curvature(w))
    scale = np.abs(g[np.isfinite(g)]).max(initial=0.0)
    around = np.fmax(*(np.abs(slope(touching + d)) for d in (cell, -cell)))
    zero = np.abs(slope(touching)) <= np.minimum(1e-12 * scale, 1e-3 * around)
    return np.concatenate([roots, touching[zero & clear(touching, around)]])[:, None]


def _bisected(f: Callable[[Array], Array], w: Array, y: Array) -> tuple[Array, Array]:
    """The sign changes of f, bisected to the last bit, and how much f changes over their cells."""
    with np.errstate(invalid="ignore"):
        change = np.flatnonzero(np.sign(y[:-1]) * np.sign(y[1:]) < 0)
    a, b, sign = w[change], w[change + 1], np.sign(y[change])
    with np.errstate(over="ignore"):
        jump = np.abs(y[change + 1] - y[change])
    for _ in range(80):
        middle = 0.5 * (a + b)
        left = np.sign(f(middle)) == sign
        a, b = np.where(left, middle, a), np.where(left, b, middle)
    zero = np.flatnonzero(y == 0)
    beside = np.fmax(*(np.abs(y[np.clip(zero + d, 0, len(y) - 1)]) for d in (-1, 1)))
    # Both ends are equal to rounding; 0 between them is better than either.
    ends = np.where((a < 0) & (b > 0), 0.0, np.where(np.abs(f(a)) < np.abs(f(b)), a, b))
    return np.concatenate([ends, w[zero]]), np.concatenate(
        [jump, np.where(np.isfinite(beside), beside, 1.0)]
    )


def _in_plane(objective: Objective, view: View) -> Array:
    x, y = (np.linspace(low, high, CELLS[2]) for low, high in view)
    g = objective.gradient(np.stack(np.meshgrid(x, y), axis=-1))
    corners = np.stack([g[:-1, :-1], g[:-1, 1:], g[1:, :-1], g[1:, 1:]])
    changes = np.all((corners.min(axis=0) <= 0) & (corners.max(axis=0) >= 0), axis=-1)
    rows, columns = np.nonzero(changes)
    middle = [0.5 * (x[columns] + x[columns + 1]), 0.5 * (y[rows] + y[rows + 1])]
    start = np.stack(middle, axis=-1)
    start = start[np.isfinite(objective.value(start))][: 8 * MOST]
    if not len(start):
        return start
    run = descend(objective, start, 1.0, Newton(), steps=40, tolerance=1e-10)
    end = run.w[-1]
    pad = [1e-9 * (high - low) for low, high in view]
    inside = np.all(
        [
            (low - p <= e) & (e <= high + p)
            for e, p, (low, high) in zip(end.T, pad, view, strict=True)
        ],
        axis=0,
    )
    return np.asarray(end[(run.status == Status.CONVERGED) & inside])


def distinct(w: Array, apart: Array | float) -> Array:
    """Points w (m, n) without those closer than `apart` (m,) to an earlier one; at most MOST."""
    least, kept = np.broadcast_to(apart, len(w)), np.empty((0, w.shape[-1]))
    while len(w) and len(kept) < MOST:
        kept = np.vstack([kept, w[:1]])
        away = np.abs(w - w[0]).max(axis=-1) > least
        w, least = w[away], least[away]
    return kept


@lru_cache(maxsize=64)
def without_minimum(objective: Objective, view: View) -> bool:
    """Whether E falls on from every point of a grid inside a view, to a lower one beside it.

    Where E is not defined all over the view, or is flat somewhere, nothing is claimed: False.
    """
    axes = [np.linspace(low, high, GRID[objective.n]) for low, high in view]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    with np.errstate(all="ignore"):
        E = objective.value(points)
    if not np.isfinite(E).all():
        return False
    inside = E[(slice(1, -1),) * objective.n]
    shifts = [s for s in product((0, 1, 2), repeat=objective.n) if any(i != 1 for i in s)]
    around = [E[tuple(slice(i, i + len(inside)) for i in shift)] for shift in shifts]
    return bool(np.all(np.min(around, axis=0) < inside))

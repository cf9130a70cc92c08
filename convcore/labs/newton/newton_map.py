"""Newton's map w → N(w) = w − E′/E″ of one weight: its fixed points, two-cycles and thresholds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from convcore.arrays import Array
from convcore.cache import Cache, Job
from convcore.objectives.gallery import Function
from convcore.parallel import Report

NEWTON_MAPS = Cache(96, "newton maps")  # of functions and views, shared by all visitors
ROOTS = 1000  # times as long as a step takes what looks for roots all over a view
HALVINGS = 60  # of an interval: what is left of it is rounding
INSIDE = 200  # starts between the points of a two-cycle that are followed
STAIRS = 12  # points of a staircase: more would overlap


class Threshold(NamedTuple):
    """A two-cycle (low, high) of Newton's map that separates starts, and the limit from starts in it."""

    low: float
    high: float
    limit: float


@dataclass(frozen=True, eq=False)
class MapInView:
    """E and Newton's map N over a view.

    w, E, next: (m,), next = N(w). fixed, cycles: the fixed points and the points of two-cycles in it.
    images, heights: (p,), N and E of the fixed points and then of the cycles, NaN where not defined. names:
    what each fixed point is to E, "" for neither a minimum nor a maximum.
    """

    w: Array
    E: Array
    next: Array
    fixed: tuple[float, ...]
    cycles: tuple[float, ...]
    images: Array
    heights: Array
    names: tuple[str, ...]


def map_in_view(objective: Function, view: tuple[float, float]) -> MapInView:
    """E and Newton's map over a view."""
    w = np.linspace(*view, 241)
    fixed, cycles = fixed_points(objective, view), two_cycles(objective, view)
    marked = np.array([*fixed, *cycles])
    return MapInView(
        w, objective.value(w[:, None]), newton_map(objective, w), fixed, cycles,
        newton_map(objective, marked) if marked.size else marked,
        objective.value(marked[:, None]) if marked.size else marked,
        _names(objective, np.array(fixed), 1e-3 * (view[1] - view[0])),
    )  # fmt: skip


@dataclass(frozen=True)
class MapJob(Job[MapInView]):
    """`map_in_view`, which most changes of a control leave as it is."""

    objective: Function
    view: tuple[float, float]

    @property
    def work(self) -> float:
        """About how many operations it takes."""
        return ROOTS * self.objective.work

    def compute(self, report: Report | None = None) -> MapInView:
        return map_in_view(self.objective, self.view)


@dataclass(frozen=True)
class ThresholdJob(Job[Threshold | None]):
    """`threshold`, likewise."""

    objective: Function
    view: tuple[float, float]

    @property
    def work(self) -> float:
        """About how many operations it takes."""
        return ROOTS * self.objective.work

    def compute(self, report: Report | None = None) -> Threshold | None:
        return threshold(self.objective, self.view)


def _names(objective: Function, w: Array, beside: float) -> tuple[str, ...]:
    """Minimum, maximum or "" for each stationary point w (m,), by E a little beside it."""
    if not w.size:
        return ()
    around = objective.value((w + beside * np.array([[-1], [0], [1]]))[..., None])
    low, high = (around[[0, 2]] > around[1]).all(axis=0), (around[[0, 2]] < around[1]).all(axis=0)
    return tuple(np.where(low, "minimum", np.where(high, "maximum", "")).tolist())


@lru_cache(maxsize=32)
def staircase(objective: Function, start: float, view: tuple[float, float]) -> Array:
    """w₀, N(w₀), N(N(w₀)), … (j,) up to the first outside the view, at most `STAIRS`."""
    path = [start]
    while len(path) < STAIRS and view[0] <= path[-1] <= view[1]:
        following = float(newton_map(objective, np.array(path[-1:]))[0])
        if math.isnan(following):
            break
        path.append(following)
    return np.array(path)


def newton_map(objective: Function, w: Array) -> Array:
    """N(w), w (m,); NaN where E″ = 0 or E is not defined."""
    g = objective.gradient(w[:, None])[:, 0]
    H = objective.hessian(w[:, None])[:, 0, 0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        N = w - g / H
    return np.where(np.isfinite(N) & (np.abs(N) < 1e30), N, np.nan)


def without_poles(N: Array, low: float, high: float) -> Array:
    """N(w) at points in order (m,) with NaN where it jumps from beyond one end of a view to the other."""
    above, below = high < N, low > N
    jump = (above[:-1] & below[1:]) | (below[:-1] & above[1:])
    return np.where(np.append(jump, False) | (np.abs(N) > 1e6), np.nan, N)


@lru_cache(maxsize=64)
def fixed_points(objective: Function, view: tuple[float, float]) -> tuple[float, ...]:
    """Where E′ = 0 in the view: the fixed points of Newton's map."""

    def slope(w: Array) -> Array:
        return objective.gradient(np.atleast_1d(w)[:, None])[:, 0]

    def curvature(w: Array) -> Array:
        return objective.hessian(np.atleast_1d(w)[:, None])[:, 0, 0]

    # Where the slope touches 0 without changing sign, as for w³, the curvature changes sign.
    scale = np.nanmax(np.abs(np.append(slope(np.linspace(*view, 101)), 1e-300)))
    touching = [
        w for w in _roots(curvature, view) if abs(float(slope(np.array(w))[0])) <= 1e-12 * scale
    ]
    found = np.array(sorted((*_roots(slope, view), *touching)))
    apart = np.diff(found, prepend=-np.inf) > 1e-9 * (view[1] - view[0])
    return tuple(found[apart].tolist())


@lru_cache(maxsize=64)
def two_cycles(objective: Function, view: tuple[float, float]) -> tuple[float, ...]:
    """Where N(N(w)) = w but N(w) ≠ w in the view; none if that holds everywhere, as for |w|^1.5."""

    def moved(w: Array) -> Array:
        return newton_map(objective, newton_map(objective, np.atleast_1d(w))) - w

    w = np.linspace(*view, 101)
    if np.nanmedian(np.abs(np.append(moved(w), np.inf))) < 1e-9:
        return ()
    fixed = fixed_points(objective, view)
    width = view[1] - view[0]
    return tuple(
        w
        for w in _roots(moved, view)
        if all(abs(w - f) > 1e-6 * width for f in fixed)
        and abs(float(newton_map(objective, np.array([w]))[0]) - w) > 1e-6 * width
    )


def threshold(objective: Function, view: tuple[float, float]) -> Threshold | None:
    """A two-cycle in the view with starts of one limit between its points, and of none such beyond.

    Tried all over its inside, to a hundredth of its half width from its points, and as far outside.
    """
    for a in two_cycles(objective, view):
        b = float(newton_map(objective, np.array([a]))[0])
        middle, half = (a + b) / 2, (b - a) / 2
        if half <= 0 or sum(a < f < b for f in fixed_points(objective, view)) > 1:
            continue
        w = middle + half * np.append(np.linspace(-0.99, 0.99, INSIDE), [-1.01, 1.01])
        for _ in range(200):
            w = newton_map(objective, w)
        same = np.abs(w - w[0]) <= 1e-9 * max(1.0, abs(w[0]))
        if same[:INSIDE].all() and not same[INSIDE:].any():
            return Threshold(a, b, float(w[0]))
    return None


def _roots(f: Any, view: tuple[float, float], most: int = 12) -> tuple[float, ...]:
    """Sign changes of f over the view, refined; poles, where f jumps, are left out."""
    w = np.linspace(*view, 1601)
    y = f(w)
    found = [float(x) for x in w[y == 0]]
    if len(found) > most:  # f is 0 all along
        return ()
    with np.errstate(invalid="ignore", over="ignore"):
        changes = np.flatnonzero(y[:-1] * y[1:] < 0)[: 4 * most]
    roots = _bisected(f, w[changes], w[changes + 1], y[changes])
    roots[np.abs(roots) < 1e-14 * np.max(np.abs(view))] = 0.0
    with np.errstate(invalid="ignore"):
        there = np.abs(f(roots)) < 1e-6 * np.maximum(1.0, np.abs(roots))
    return tuple(sorted((*found, *roots[there].tolist()))[:most])


def _bisected(f: Any, low: Array, high: Array, below: Array) -> Array:
    """Where f changes sign between low and high (m,), by bisection; NaN where f has a gap there.

    below: f at low. The secant method would be slow where f is as flat as w³ at its root.
    """
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        y = f(middle)
        known = np.where(np.isnan(y), np.nan, middle)
        with np.errstate(over="ignore"):
            same = y * below > 0
        low, high = np.where(same | np.isnan(y), known, low), np.where(same, high, known)
    return np.asarray((low + high) / 2)

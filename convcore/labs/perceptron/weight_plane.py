"""A plane through weight space, and a unit's loss over it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array, Bools
from convcore.parallel import Report
from convcore.separators.sigmoid_unit import SigmoidUnit, SpannedUnit

PIXELS = 30, 100  # along each side of the picture, at least and at most
BLOCK = 2**19  # outputs between two reports
WORTH = 400_000  # outputs that a picture may take
OFF_PLANE = 0.01  # share of their length: weights farther than this from a plane lie off it
STILL = 1e-6  # share of the way to another minimum: a shorter path does not leave its start
FAR = 15  # times the size of the picture: a minimum beyond is only in the table


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through weight space: w = origin + across·x + up·y, in coordinates (x, y)."""

    origin: Array
    across: Array
    up: Array

    def coordinates(self, w: Array) -> Array:
        """Coordinates (..., 2) of the projections of weights (..., n)."""
        return np.stack([(w - self.origin) @ self.across, (w - self.origin) @ self.up], axis=-1)

    def off(self, w: Array) -> bool:
        """Whether weights (n,) lie off the plane, so their projection is drawn."""
        return bool(
            np.linalg.norm(w - self.at(self.coordinates(w))) > OFF_PLANE * np.linalg.norm(w)
        )

    def at(self, xy: Array) -> Array:
        """Weights (..., n) at coordinates (..., 2)."""
        return np.asarray(self.origin + xy[..., :1] * self.across + xy[..., 1:] * self.up)


@dataclass(frozen=True, eq=False)
class Surface:
    """A loss over a part of a plane: E and where it bends up in all directions, (rows, columns).

    Directions of the weights in which E never changes do not count. Both are at the centres of cells of
    equal size, the first row lowest.
    """

    E: Array
    bends_up: Bools


def through(places: list[Array]) -> Plane:
    """The plane through the first places (n,) that span one; of two weights, the weights themselves."""
    n = len(places[0])
    if n == 2:
        return Plane(np.zeros(2), np.array([1.0, 0]), np.array([0, 1.0]))
    basis: list[Array] = []
    # The axes come last, so two directions are always found.
    for way in [*(w - places[0] for w in places[1:]), *np.eye(n)]:
        rest = way - sum(((way @ e) * e for e in basis), np.zeros(n))
        size = float(np.linalg.norm(rest))
        if size > 1e-6 * max(1.0, float(np.linalg.norm(way))):
            basis.append(rest / size)
        if len(basis) == 2:
            break
    return Plane(places[0], basis[0], basis[1])


def near(path: Array, marks: Array) -> Array:
    """Of places (m, n), the first and those near enough to a path (K, n) to show both.

    If the path does not leave the first place, all are near enough.
    """
    kept, shown = [], path
    for i, mark in enumerate(marks):
        size = np.ptp(shown, axis=0).max()
        away = np.linalg.norm(mark - marks[0])
        if i == 0 or away <= FAR * size or size <= STILL * away:
            kept.append(mark)
            shown = np.vstack([shown, mark])
    return np.array(kept).reshape(-1, path.shape[1])


def framed(path: Array, marks: Array) -> tuple[Array, Array]:
    """The corners (2,) of the view: around the path (K, 2) and the minima (m, 2) near it."""
    shown = np.vstack([path, near(path, marks)])
    low, high = shown.min(axis=0), shown.max(axis=0)
    pad = np.maximum(0.2 * (high - low), 0.05 * (high - low).max() + 1e-3)
    return low - pad, high + pad


def surface(
    unit: SigmoidUnit, plane: Plane, low: Array, high: Array, report: Report | None = None
) -> Surface:
    """E over a rectangle of the plane.

    low, high (2,): the corners. report: called with the share that is done; it may raise to stop.
    """
    size = int(np.clip(math.sqrt(WORTH / len(unit.x)), *PIXELS))
    at = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(low[0] + at * (high[0] - low[0]), low[1] + at * (high[1] - low[1]))
    w = plane.at(np.stack([x, y], axis=-1)).reshape(-1, unit.n)
    E, bent = np.empty(len(w)), np.empty(len(w), dtype=bool)
    rows, spanned = max(1, BLOCK // len(unit.x)), SpannedUnit.of(unit)
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(0, len(w), rows):
            if report is not None:
                report(i / len(w))
            E[i : i + rows] = unit.value(w[i : i + rows])
            H = spanned.hessian(spanned.coordinates(w[i : i + rows]))
            bent[i : i + rows] = _bends_up(np.nan_to_num(H))
    return Surface(E.reshape(size, size), bent.reshape(size, size))


def _bends_up(H: Array) -> Bools:
    """Whether matrices (m, n, n) are positive definite (m,): all pivots of Gauss's are."""
    A, bent = H.copy(), np.ones(len(H), dtype=bool)
    for i in range(H.shape[-1]):
        pivot = A[:, i, i]
        bent &= pivot > 0
        with np.errstate(all="ignore"):
            A[:, i + 1 :, i + 1 :] -= (
                A[:, i + 1 :, i, None] * A[:, None, i, i + 1 :] / pivot[:, None, None]
            )
    return bent

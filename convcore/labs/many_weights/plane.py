"""A quadratic and a start in the plane that is drawn: its geometry, without words or charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from convcore.arrays import Array
from convcore.descent import theory
from convcore.descent.coordinate_theory import CoordinateModes
from convcore.objectives.base import Objective
from convcore.objectives.quadratics import QuadraticForm

Frame = tuple[float, float, float, float]  # x low and high, y low and high

# Half widths of the plane, in distances of the start from its centre: few, so that it seldom changes
# while η moves.
ROOM = (1.0, 1.25, 1.6, 2.0)


@dataclass(frozen=True, eq=False)
class QuadraticPlane:
    """A quadratic and a start, in the coordinates of the picture.

    Two weights are drawn as they are. More are drawn in the plane of the slowest (x) and the steepest
    eigenvector (y), as distances from the stationary point. start: w₀ (n,). Nothing here depends on η,
    so settings that differ only in that share one plane.
    """

    objective: QuadraticForm
    start: Array

    @property
    def function(self) -> Objective:
        """E, on which the methods descend."""
        return self.objective

    local: ClassVar[bool] = False  # whether E is a quadratic only near its minimum

    @cached_property
    def error(self) -> Array:
        """z_0 − z* (n,), 0 along null directions."""
        return self.objective.spectrum.error(self.start)

    @cached_property
    def target(self) -> Array:
        """The minimum (n,) that descent leads to: w*, with the start's part in null directions."""
        s = self.objective.spectrum
        flat = s.vectors[:, s.values == 0]
        w = self.objective.stationary
        return np.asarray(w + flat @ (flat.T @ (self.start - w)))

    @cached_property
    def coordinate_modes(self) -> CoordinateModes:
        """What the method of one η per coordinate has in place of the eigenmodes of A."""
        return CoordinateModes(self.objective.A)

    @cached_property
    def axes(self) -> Array:
        """The picture's axes (2, n) in eigen-coordinates: (x, y) = axes @ z − offset."""
        s = self.objective.spectrum
        if self.objective.n == 2:
            return np.asarray(s.vectors)
        axes = np.zeros((2, self.objective.n))
        axes[0, self.slow], axes[1, -1] = 1.0, 1.0
        return axes

    @cached_property
    def slow(self) -> int:
        """The index of the slowest mode that moves: the smallest eigenvalue that is not zero."""
        values = self.objective.spectrum.values
        if values[0] < 0:
            return 0
        moving = np.flatnonzero(values[:-1] > 0)
        return int(moving[0]) if moving.size else 0

    @property
    def apart(self) -> bool:
        """Whether the slowest and the steepest mode have different curvatures."""
        values = self.objective.spectrum.values
        return bool(values[self.slow] != values[-1])

    @cached_property
    def offset(self) -> Array:
        """(2,); see `axes`."""
        return np.zeros(2) if self.objective.n == 2 else self.axes @ self.objective.spectrum.centre

    def in_picture(self, w: Array) -> Array:
        """Where weights (..., n) lie in the picture: (..., 2)."""
        return w @ self.objective.spectrum.vectors @ self.axes.T - self.offset

    @cached_property
    def middle(self) -> Array:
        """Where the stationary point lies in the picture: (2,)."""
        return self.in_picture(self.objective.stationary)

    @cached_property
    def start_in_picture(self) -> Array:
        """Where the start lies in the picture: (2,)."""
        return self.in_picture(self.start)

    def moved(self, x: float, y: float) -> Array:
        """The start (n,) moved within the picture's plane to (x, y)."""
        s = self.objective.spectrum
        shift = np.array([x, y]) - self.start_in_picture
        return self.start + s.vectors @ (self.axes.T @ shift)

    def excess(self, w: Array) -> Array:
        """E(w) − E(w*) (...), without the cancellation; relative to the stationary point."""
        s = self.objective.spectrum
        e = (w - self.objective.stationary) @ s.vectors
        # Far out along a flat direction the square of e alone would overflow.
        return np.asarray(np.einsum("...i,...i->...", 0.5 * e * s.values + s.drift, e))

    def frame(self, paths: Sequence[Array]) -> Frame:
        """A square around the stationary point that holds the start, and paths (m, n) that stay near."""
        middle = self.middle
        distance = float(np.abs(self.start_in_picture - middle).max())
        reach = max((float(np.abs(self.in_picture(w) - middle).max()) for w in paths), default=0.0)
        half = 1.15 * distance * next((room for room in ROOM if reach <= room * distance), ROOM[-1])
        half = half or max(1.0, float(np.abs(middle).max()))
        x, y = middle.tolist()
        return x - half, x + half, y - half, y + half

    @cached_property
    def has_whitened(self) -> bool:
        """Whether there is a whitened plane: both directions that are drawn bend up."""
        s = self.objective.spectrum
        return bool(np.all(s.values[[self.slow, -1]] > 0)) and (
            self.objective.n > 2 or bool(s.values[0] > 0)
        )

    def whitened(self, w: Array) -> Array:
        """Weights (..., n) in the whitened plane, from the minimum: (..., 2)."""
        s = self.objective.spectrum
        root = np.sqrt(np.maximum(s.values, 0))
        return (w - self.objective.stationary) @ s.vectors * root @ self.axes.T

    @cached_property
    def whitened_reach(self) -> float:
        """How far the picture of the whitened plane reaches, whether or not there is one."""
        if not self.has_whitened:
            return 1.15
        return 1.15 * float(np.abs(self.whitened(np.stack([self.start]))).max()) or 1.0

    @cached_property
    def mode_limits(self) -> list[float]:
        """2/λ of each direction that bends up, the least last."""
        values = self.objective.spectrum.values
        found: list[float] = (2 / values[values > 0]).tolist()
        return found

    @cached_property
    def limit(self) -> float:
        """2/λₘₐₓ, or 0 where no direction bends up."""
        return min(self.mode_limits, default=0.0)

    @cached_property
    def other_bound(self) -> float:
        """The bound of η that the ruler shows beside the true one: that of the lecture notes."""
        return theory.notes_bound(self.objective.A)

    def ruler(self, eta: float) -> tuple[float, float]:
        """The ends of the ruler of step sizes around `eta`, which may lie far beyond them.

        Where there is a limit they do not follow η > 0: a tap on the ruler must not move it.
        """
        limit, notes = self.limit, self.other_bound
        if not limit:
            return min(0.0, 1.1 * eta), 2 * abs(eta) or 1.0
        beyond = 1.1 * notes if math.isfinite(notes) else 0.0
        high = min(max(1.25 * limit, beyond), 2.2 * limit)
        return max(min(0.0, 1.1 * eta), -0.5 * limit), high

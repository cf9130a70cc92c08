"""The plane of a cross-entropy: its directions are those of its quadratic at the minimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from convcore.arrays import Array
from convcore.labs.many_weights.plane import QuadraticPlane
from convcore.objectives.logistic import Logistic


@dataclass(frozen=True, eq=False)
class LocalPlane(QuadraticPlane):
    """A cross-entropy and a start; `objective` is its quadratic at the minimum."""

    cross_entropy: Logistic
    local: ClassVar[bool] = True

    @property
    def function(self) -> Logistic:
        return self.cross_entropy

    @property
    def other_bound(self) -> float:
        """2/L: below it descent arrives from every start, as no curvature is larger than L."""
        return 2 / self.cross_entropy.bound

    def excess(self, w: Array) -> Array:
        return self.cross_entropy.excess(w)

    def at(self, x: Array, y: Array) -> Array:
        """The weights (..., n) at (x, y) in the picture, with no error along all other directions."""
        s = self.objective.spectrum
        away = x[..., None] * self.axes[0] + y[..., None] * self.axes[1]
        if self.objective.n == 2:
            return away @ s.vectors.T
        return self.objective.stationary + away @ s.vectors.T

"""A unit over the part of its weights that its points determine, in coordinates that know no scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convcore.arrays import Array
from convcore.objectives.base import EPS, Objective, drop_rounding
from convcore.separators.sigmoid_unit.unit import FEW, SigmoidUnit, squares

TINY = 1e-150  # inputs below this need weights whose squares overflow; here they count as 0
ULPS = 64  # an input that varies by less is constant but for rounding


@dataclass(frozen=True, eq=False)
class SpannedUnit(Objective):
    """E over coordinates z (..., r): the weights are w = back·z, and the points' sides s = G·z.

    Points on one line of the plane, all in one place or with a constant input leave directions of the
    weights free: along `free`, orthonormal columns (n, n − r), no side changes. Of the weights with the
    same sides back·z (n, r) is the shortest, which is the only one that counts if there is decay. E bends
    by about 1 along each z, whatever the units of the inputs and however far they are from 0.
    """

    unit: SigmoidUnit
    G: Array
    back: Array
    free: Array

    @classmethod
    def of(cls, unit: SigmoidUnit) -> SpannedUnit:
        """For a unit with one set of points for all its runs."""
        x, n = unit.x, unit.n
        # From one of the inputs themselves, so that a constant one becomes 0 exactly.
        middle, size = np.sort(x, axis=0)[len(x) // 2], np.abs(x).max(axis=0)
        reach = np.abs(x - middle).max(axis=0)
        varies = (reach > ULPS * EPS * size) & (size > TINY)
        reach = np.where(varies, reach, 1.0)
        A = np.column_stack([np.where(varies, x - middle, 0.0) / reach, np.ones(len(x))])
        # Rows of 0 for fewer points than weights, so that V is square.
        U, S, V = np.linalg.svd(np.vstack([A, np.zeros((n, n))]), full_matrices=False)
        # What typed decimals are rounded by, and the sums of this, tells no direction from a free one.
        rounded = EPS * np.append(np.where(varies, size / reach, 1.0), 1.0)
        least = 8 * math.sqrt(len(x)) * (np.abs(V) @ rounded)
        kept = least < S
        kept[0] = True
        # As weights of the inputs and of 1.
        V[:, :-1] /= reach
        V[:, -1] -= V[:, :-1] @ middle
        free = np.linalg.qr(V[~kept].T)[0]
        shortest = V[kept].T / S[kept]
        shortest = shortest - free @ (free.T @ shortest)
        # A cost bends by about ¼ along a side.
        k, P = np.linalg.svd(shortest, full_matrices=False)[1:]
        scale = 1 / np.hypot(unit.gain / 2, math.sqrt(unit.decay) * k)
        G = unit.gain * unit.labels[:, None] * (U[: len(x), kept] @ P.T)
        return cls(unit, G * scale, shortest @ P.T * scale, free)

    @property
    def n(self) -> int:  # type: ignore[override]
        """r, how many coordinates there are."""
        return self.G.shape[1]

    @property
    def flat(self) -> Array:
        """Directions (n, m) along which E never changes: those that are free, if there is no decay."""
        return self.free[:, : 0 if self.unit.decay else None]

    @cached_property
    def _squares(self) -> Array:
        return squares(self.G)

    def sides(self, z: Array) -> Array:
        """s (..., N), as `SigmoidUnit.sides`, without what rounding takes from w."""
        return np.asarray(z @ self.G.T)

    def coordinates(self, w: Array) -> Array:
        """z (..., r) of weights (..., n)."""
        size = np.linalg.norm(self.G, axis=0)
        return np.asarray(self.unit.sides(w) @ (self.G / size) / size)

    def weights(self, z: Array) -> Array:
        """The shortest weights (..., n) at z (..., r)."""
        return np.asarray(z @ self.back.T)

    def value(self, z: Array) -> Array:
        w = self.weights(z)
        fit = self.unit.fit(self.sides(z))
        return np.asarray(fit + 0.5 * self.unit.decay * np.einsum("...i,...i->...", w, w))

    def gradient(self, z: Array) -> Array:
        pull = self.unit.slopes(self.sides(z)) @ self.G
        return np.asarray(pull + self.unit.decay * self.weights(z) @ self.back)

    def hessian(self, z: Array) -> Array:
        d = self.unit.bends(self.sides(z))
        if self.n <= FEW:
            bent = (d @ self._squares).reshape(*z.shape, self.n)
        else:
            bent = np.matmul(self.G.T * d[..., None, :], self.G)
        return np.asarray(bent + self.unit.decay * self.back.T @ self.back)

    def curvatures(self, z: Array) -> Array:
        """The eigenvalues (n,) of E's Hessian over all weights at a minimum z (r,), ascending.

        0 where E is flat, and where rounding hides how it bends.
        """
        flat = self.unit.n - self.n
        Z = self.unit.signed @ np.linalg.qr(self.free, mode="complete")[0][:, flat:]
        values = np.linalg.eigvalsh((Z.T * self.unit.bends(self.sides(z))) @ Z)
        bent = np.maximum(drop_rounding(values), 0.0)
        return np.concatenate([np.zeros(flat), bent]) + self.unit.decay

"""The steps of one η = share/a_ii per coordinate on a quadratic, from its iteration matrix I − ηD⁻¹A.

D is the diagonal of A. D^−½AD^−½ = QνQᵀ is symmetric, so that with y = QᵀD^½(w − w*) each step is
y_j′ = (1 − ην_j)·y_j, and w − w* = D^−½Qy. The columns of D^−½Q are not orthogonal: ‖w − w*‖ is the length
of their sum, in which modes may cancel each other for a while (SCIENCE C).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convcore.arrays import Array, Bools, Ints
from convcore.descent.first_crossing import FIRST, REACHED, Decay, first_step
from convcore.descent.schedules import Constant, OpenLoop
from convcore.descent.theory import HORIZON, log_factor
from convcore.objectives.base import EPS


@dataclass(frozen=True, eq=False)
class CoordinateModes:
    """The modes of D^−½AD^−½ of a symmetric matrix A (n, n), over the m weights with a_ii > 0; others stay.

    A: as given.
    """

    A: Array

    @cached_property
    def moving(self) -> Ints:
        """Which weights move: their indices (m,)."""
        return np.flatnonzero(np.diagonal(self.A) > 0)

    @cached_property
    def known(self) -> bool:
        """Whether these modes are all there is: no weight that stays, as a_ii ≤ 0, bends E all the same."""
        return not np.any(np.delete(self.A, self.moving, axis=0))

    @cached_property
    def root(self) -> Array:
        """√a_ii (m,) of the weights that move."""
        return np.asarray(np.sqrt(np.diagonal(self.A)[self.moving]))

    @cached_property
    def _eigen(self) -> tuple[Array, Array]:
        root = self.root
        values, Q = np.linalg.eigh(self.A[np.ix_(self.moving, self.moving)] / np.outer(root, root))
        floor = 1e-13 * np.abs(values).max(initial=0.0)
        return np.where(np.abs(values) > floor, values, 0.0), Q

    @property
    def values(self) -> Array:
        """ν (m,), ascending, exactly 0 where 0 up to rounding; to this method what λ is to descent."""
        return self._eigen[0]

    @cached_property
    def back(self) -> Array:
        """D^−½Q (m, m): its columns are the modes as weights."""
        return np.asarray(self._eigen[1] / self.root[:, None])

    def parts(self, start: Array, end: Array) -> Array:
        """QᵀD^½(w_0 − w*) (m,) of a start and an end (n,), 0 where 0 up to rounding."""
        w, centre, Q = start[self.moving], end[self.moving], self._eigen[1]
        y = Q.T @ (self.root * (w - centre))
        noise = np.abs(Q.T) @ (self.root * (np.abs(w) + np.abs(centre)))
        return np.where(np.abs(y) > 8 * len(self.A) * EPS * noise, y, 0.0)


def coordinate_steps(
    modes: CoordinateModes,
    start: Array,
    end: Array,
    share: float,
    schedule: OpenLoop,
    tolerance: float,
) -> float:
    """The smallest k with ‖wₖ − w*‖ ≤ τ‖w_0 − w*‖ with η = share/a_ii per coordinate, without running it.

    start: w_0 (n,); end: w* (n,); tolerance: τ > 0. For a constant η exact up to 10⁷ steps, beyond to three
    digits; for other schedules exact up to HORIZON steps. inf means never, NaN that it takes longer, or
    that the modes do not say.
    """
    distance = float(np.linalg.norm(start - end))
    if not distance or tolerance >= 1:
        return 0.0
    if not modes.known:
        return math.nan
    y, unit = modes.parts(start, end), tolerance * distance
    met = y != 0
    found = _Coordinates(
        modes.back[:, met] * np.sign(y[met]),
        np.log(np.abs(y[met]))[:, None] - math.log(unit),
        share * modes.values[met, None],
        float(np.linalg.norm(np.delete(start - end, modes.moving))) / unit,
        float(modes.root.max(initial=0.0)) or 1.0,
    )
    if isinstance(schedule, Constant):
        return first_step(found)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        return _scheduled(found, schedule)


@dataclass(frozen=True, eq=False)
class _Coordinates(Decay):
    """The error as the length of a sum of modes, in units of τ‖w_0 − w*‖.

    back: D^−½Q (m, j) with the signs of y_0; weight: log |y_0| (j, 1) in those units; step: ην (j, 1);
    stays: the error in weights that do not move; stiff: the largest √a_ii.
    """

    back: Array
    weight: Array
    step: Array
    stays: float
    stiff: float

    @cached_property
    def pace(self) -> Array:
        """log |1 − ην| (j, 1)."""
        return log_factor(self.step)

    @cached_property
    def flips(self) -> Bools:
        """Which modes change sign at each step: (j, 1)."""
        return np.asarray(self.step > 1)

    def sizes(self, k: Array) -> Array:
        """|y_k| (j, K)."""
        return np.asarray(np.exp(self.weight + k * self.pace))

    def length(self, y: Array) -> Array:
        """The error (K,) of modes y (j, K), given with the signs that y_0 has put into `back`."""
        return np.asarray(np.hypot(np.linalg.norm(self.back @ y, axis=0), self.stays))

    def error(self, k: Array) -> Array:
        return self.length(np.where(self.flips & (k % 2 == 1), -1, 1) * self.sizes(k))

    def least(self, first: Array, last: Array) -> Array:
        here, there = self.sizes(first), self.sizes(last)
        moves = np.linalg.norm(np.abs(self.back) @ np.abs(here - there), axis=0)
        alike = np.minimum(self.error(first), self.error(first + 1)) - moves
        return np.fmax(alike, self._by_curvature(np.minimum(here, there)))

    def _by_curvature(self, sizes: Array) -> Array:
        # ‖D^−½Qy‖ ≥ ‖y‖/√max a_ii.
        return np.asarray(np.linalg.norm(sizes, axis=0) / self.stiff)

    def envelope(self, k: Array) -> Array:
        y = self.sizes(k)
        return np.maximum(self.length(y), self.length(np.where(self.flips, -y, y)))

    def never_less(self, k: float) -> float:
        y, lasting = self.sizes(np.array([k])), self.pace >= 0
        bound = float(self._by_curvature(np.where(lasting, y, 0.0))[0])
        if np.any(self.pace > 0):
            return bound
        # What stays for ever, less all that can still cancel a part of it.
        moves = np.abs(self.back) @ np.where(self.pace < 0, y, 0.0)
        still = np.where((self.pace == 0) & ~self.flips, y, 0.0)
        jumps = np.where((self.pace == 0) & self.flips, y, 0.0)
        kept = np.minimum(self.length(still + jumps), self.length(still - jumps))
        return max(bound, float(kept[0] - np.linalg.norm(moves)))


def _scheduled(found: _Coordinates, schedule: OpenLoop) -> float:
    """`coordinate_steps` with ηₖ = η·f_k, the modes' factors multiplied step by step."""
    total, sign = found.weight, np.ones_like(found.weight)
    largest = float(np.abs(found.step).max(initial=0.0))
    done = 0
    while done < HORIZON:
        k = np.arange(done, min(max(2 * done, FIRST), HORIZON), dtype=float)
        step = found.step * schedule.factor(k)
        total = total[:, -1:] + np.cumsum(log_factor(step), axis=1)
        sign = sign[:, -1:] * np.cumprod(np.where(step > 1, -1.0, 1.0), axis=1)
        y = sign * np.exp(total)
        left = found.length(y)
        hit = np.flatnonzero(left <= REACHED)
        if hit.size:
            return float(done + hit[0] + 1)
        done += len(k)
        # Once steps are small, |log(1 − x)| ≤ 1.1x bounds how much each mode can still change.
        rest = min(schedule.remaining(done) * largest, 1.0)
        moves = math.expm1(1.1 * rest) * np.linalg.norm(np.abs(found.back) @ np.abs(y[:, -1:]))
        if rest < 0.1 and left[-1] - moves > 1:
            return math.inf
    return math.nan

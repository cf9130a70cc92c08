"""How far to go along a direction: backtracking, and a search for a minimum on the line.

Both work on all runs at once, each with its own step length; finished runs are not evaluated again.
Where two values of E are equal up to rounding, slopes decide (the "approximate Wolfe" conditions of
Hager & Zhang 2005), so that a run gets as close to a minimum as its gradient allows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from convcore.arrays import Array, Bools
from convcore.objectives.base import EPS, Objective
from convcore.optimizers.base import dot

REACH = 1e6  # no step is longer than this, or than this times the weights' size if that is > 1
NOISE = 64 * EPS  # relative difference below which two values of E count as equal
EXACT = 1e-10  # a slope at most this times the first one counts as a minimum on the line
TRIALS = 200  # far more than halving or doubling needs for the whole range of lengths
DOUBLINGS = 5  # of the number of binary digits that a bracket is cut by
FLAT_TRIALS = 8  # for a flat slope while E is the same


@np.errstate(all="ignore")
def backtrack(
    objective: Objective, w: Array, g: Array, d: Array, first: Array, sufficient: float
) -> Array:
    """t (...): the first of `first`, ½·first, ¼·first, … with E(w + td) ≤ E(w) + c·t·gᵀd.

    w, g = ∇E(w) and d: (..., n); first: (...); sufficient: c (Armijo 1966). t is 0 where d does not
    lead downhill or E(w) is not finite, and where t is too small to change w (stagnation).
    """
    runs, n = w.shape[:-1], w.shape[-1]
    w, g, d = (np.reshape(x, (-1, n)) for x in (w, g, d))
    E, slope = objective.value(w), dot(g, d)
    t = _within_reach(w, d, np.reshape(first, -1))
    t = np.where(np.isfinite(E) & (slope < 0) & np.greater(t, 0), t, 0.0)
    left = np.flatnonzero(t)
    while left.size:
        start, way, down, length = w[left], d[left], slope[left], t[left]
        there = start + length[:, None] * way
        before, after = E[left], objective.value(there)
        enough = np.isfinite(after) & np.less_equal(after, before + sufficient * length * down)
        if enough.all():  # as mostly
            break
        alike = ~enough & _alike(before, after)
        if alike.any():
            ahead = dot(objective.gradient(there[alike]), way[alike])
            enough[alike] = ahead <= (2 * sufficient - 1) * down[alike]
        stuck = ~enough & np.all(there == start, axis=-1)
        t[left] = np.where(enough, length, np.where(stuck, 0.0, length / 2))
        left = left[~(enough | stuck)]
    return t.reshape(runs)


class Bracket(NamedTuple):
    """The state of a search, for each run (m,): a minimum lies between `low` and `high`.

    At `low` E falls, and is no higher than at the start; `high` is inf while E has only fallen. The
    secant uses the slopes at both ends. `side` is 1 if `high` moved last, −k if `low` has moved k times
    in a row, and 0 at first.
    """

    low: Array
    high: Array
    value: Array  # E at low
    falling: Array  # the slope at low
    rising: Array  # the slope at high; NaN or negative if unusable
    side: Array

    def select(self, rows: Bools) -> Bracket:
        """Some of the runs; rows: a mask (m,)."""
        return Bracket(*(column[rows] for column in self))

    def narrowed(self, t: Array, value: Array, slope: Array, falls: Bools) -> Bracket:
        """With t (m,) as the new low end where E `falls` there, and as the new high end elsewhere."""
        # Illinois: if one end moves twice in a row, the slope at the other is halved.
        rising = np.where(self.side < 0, self.rising / 2, self.rising)
        falling = np.where(self.side == 1, self.falling / 2, self.falling)
        return Bracket(
            np.where(falls, t, self.low),
            np.where(falls, self.high, t),
            np.where(falls, value, self.value),
            np.where(falls, slope, falling),
            np.where(falls, rising, slope),
            np.where(falls, np.minimum(self.side, 0.0) - 1, 1.0),
        )

    def next(self, first: Array) -> Array:
        """The next t to try (m,); first: the slope at the start (m,)."""
        gap = self.high - self.low
        secant = self.low - self.falling * gap / (self.rising - self.falling)
        # If a slope is far steeper than the first, the bracket is too wide for a secant.
        useful = (self.rising > 0) & (self.rising < -10 * first)
        useful &= (self.low < secant) & (secant < self.high)
        # Otherwise an eighth of the way; but where E keeps falling, perhaps up to the edge of its domain,
        # the rest shrinks to 1/2, 1/4, 1/16, … of itself: eighths would take hundreds of trials.
        left = np.where(self.side < 0, 0.5**2 ** np.clip(-self.side - 1, 0, DOUBLINGS), 7 / 8)
        inside = np.where(useful, secant, self.low + gap * (1 - left))
        # Without a high end, the secant from the start; there is none if the slope gets steeper.
        t = self.low
        beyond = t + t * self.falling / (first - self.falling)
        beyond = np.clip(np.where(beyond > t, beyond, 10 * t), 2 * t, 100 * t)
        return np.where(np.isinf(self.high), beyond, inside)


@np.errstate(all="ignore")
def search(
    objective: Objective,
    w: Array,
    g: Array,
    d: Array,
    first: Array,
    flat: float = EXACT,
    sufficient: float = 1e-4,
) -> Array:
    """t (...) with a small slope, |∇E(w + td)ᵀd| ≤ flat·|gᵀd|, and a lower E (Armijo's condition).

    w, g = ∇E(w) and d: (..., n). With flat = 0.9 these are the strong Wolfe conditions; with a tiny
    `flat`, t is a minimum along the line. The search starts at `first` (...) and goes further until it
    has passed a minimum, then closes in on it by the secant of the slopes (Illinois), or by eighths
    where the secant is unusable. If E falls all the way, t is the furthest length allowed; it is 0
    where d does not lead downhill.
    """
    runs, n = w.shape[:-1], w.shape[-1]
    w, g, d = (np.reshape(x, (-1, n)) for x in (w, g, d))
    E, slope = objective.value(w), dot(g, d)
    t = _within_reach(w, d, np.reshape(first, -1))
    furthest = _within_reach(w, d, np.full_like(t, np.inf))
    found = np.zeros_like(t)
    known = Bracket(found, found + np.inf, E, slope, found + np.nan, found)
    left = np.isfinite(E) & (slope < 0) & np.greater(t, 0)
    rows, t, known = np.flatnonzero(left), t[left], known.select(left)
    for trial in range(TRIALS):
        if not rows.size:
            break
        start, down, way = E[rows], slope[rows], d[rows]
        there = w[rows] + t[:, None] * way
        value, g = objective.value_and_gradient(there)
        ahead = dot(g, way)
        same = _alike(start, value)
        alike = same & np.less_equal(ahead, (2 * sufficient - 1) * down)
        lower = alike | np.less_equal(value, start + sufficient * t * down)
        # Once E is the same up to rounding, a slope much flatter than the first is rounding too.
        done = lower & (np.abs(ahead) <= np.where(alike, max(flat, 0.1), flat) * np.abs(down))
        # Comparisons with NaN are false, so an undefined point counts as past the minimum.
        falls = (value <= known.value) | _alike(known.value, value)
        falls &= (ahead < 0) & np.isfinite(value)
        known = known.narrowed(t, value, ahead, falls)
        found[rows] = np.where(done, t, known.low)

        # Between neighbouring floats, or where slopes stay steep although E is the same, slopes are
        # rounding errors.
        gap = known.high - known.low
        near = np.all(gap[:, None] * np.abs(way) <= 2 * EPS * np.abs(there), axis=-1)
        closed = near | (gap <= 4 * EPS * known.high) | (same & (trial >= FLAT_TRIALS))
        bracketed = np.isfinite(known.high)
        left = ~(done | np.where(bracketed, closed, t >= furthest[rows]))
        t = np.minimum(known.next(down), furthest[rows])[left]
        rows, known = rows[left], known.select(left)
    return found.reshape(runs)


def _within_reach(w: Array, d: Array, t: Array) -> Array:
    """t (...), halved until t·d is within reach; 0 where d is 0 or not finite."""
    way, size = np.abs(d).max(axis=-1), np.abs(w).max(axis=-1)
    reach = REACH * np.maximum(1.0, size) / way
    halvings = np.ceil(np.log2(np.maximum(t / reach, 1.0)))
    t = np.where(np.isinf(t), reach, t * 0.5**halvings)
    return np.where((way > 0) & np.isfinite(way), t, 0.0)


def _alike(E: Array, other: Array) -> Bools:
    """Whether two values of E (...) are equal up to rounding."""
    return np.asarray(np.abs(E - other) <= NOISE * np.maximum(np.abs(E), np.abs(other)))

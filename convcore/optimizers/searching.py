"""How far to go along a direction: backtracking, and a search for the line's minimum.

Both work on all runs at once, each with a step length of its own; a run that has found its own is
not evaluated any more. Where E cannot tell two points apart for rounding, slopes decide (the
"approximate Wolfe" rule of Hager & Zhang 2005): a run comes as near to a minimum as its gradient
allows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from convcore.arrays import Array, Bools
from convcore.objectives.base import EPS, Objective
from convcore.optimizers.base import dot

REACH = 1e6  # steps longer than this times the weights' size (or than this) are not tried
NOISE = 64 * EPS  # what two values of E must differ by, beside their size, to be told apart
EXACT = 1e-10  # the slope at which a line's minimum counts as found, beside the first slope
TRIALS = 200  # far more than halving or doubling ever takes from one end of reach to the other
HASTE = 5  # doublings of the digits that a bracket is cut by
PATIENCE = 8  # trials for a flat slope where E stays the same


@np.errstate(all="ignore")
def backtrack(
    objective: Objective, w: Array, g: Array, d: Array, first: Array, sufficient: float
) -> Array:
    """t (...): the first of `first`, ½·first, ¼·first, … with E(w + td) ≤ E(w) + c·t·gᵀd.

    w, g = ∇E(w) and d: (..., n); first: (...); sufficient: c (Armijo 1966). t is 0 where d does not
    lead downhill or E(w) is no number, and where halving moves w no more: the stagnation exit.
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
        alike = ~enough & _alike(before, after)
        if alike.any():
            ahead = dot(objective.gradient(there[alike]), way[alike])
            enough[alike] = ahead <= (2 * sufficient - 1) * down[alike]
        stuck = ~enough & np.all(there == start, axis=-1)
        t[left] = np.where(enough, length, np.where(stuck, 0.0, length / 2))
        left = left[~(enough | stuck)]
    return t.reshape(runs)


class Bracket(NamedTuple):
    """What a search knows of each of its runs (m,): a minimum lies between `low` and `high`.

    At `low` E falls, and is no higher than at the start; `high` is inf while E has only fallen. The
    slopes at both ends are those of the secant; `side` is 1 if `high` moved last, else −1 for each
    time in a row that `low` moved (0 at first).
    """

    low: Array
    high: Array
    value: Array  # E at low
    falling: Array  # the slope at low
    rising: Array  # the slope at high; NaN or negative where there is none to use
    side: Array

    def where(self, rows: Bools) -> Bracket:
        """Some of the runs: rows (m,)."""
        return Bracket(*(column[rows] for column in self))

    def narrowed(self, t: Array, value: Array, slope: Array, falls: Bools) -> Bracket:
        """With `t` (m,) as the low end where E still falls there, and as the high end elsewhere."""
        # Illinois: the slope of an end that stays while the other moves twice counts half.
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
        """Where to look next (m,); first: the slope at the start (m,)."""
        gap = self.high - self.low
        secant = self.low - self.falling * gap / (self.rising - self.falling)
        # A slope far steeper than the first says that the bracket is far too wide for a secant.
        useful = (self.rising > 0) & (self.rising < -10 * first)
        useful &= (self.low < secant) & (secant < self.high)
        # Else an eighth of the way; but where E goes on to fall, perhaps to the edge of its domain, what
        # is left becomes 1/2, 1/4, 1/16, … of it: eighths would take hundreds of trials.
        left = np.where(self.side < 0, 0.5**2 ** np.clip(-self.side - 1, 0, HASTE), 7 / 8)
        inside = np.where(useful, secant, self.low + gap * (1 - left))
        # Beyond, the secant from the start on; a slope that gets steeper has none.
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

    With flat = 0.9 these are the strong Wolfe conditions; with a tiny one, t is a minimum along the
    line. From `first` (...) on it looks ever further until it has passed a minimum, then closes in
    on it by the secant of the slopes (Illinois), or by eighths where that is of no use. If E falls
    as far as it can look, t is that far; it is 0 where d does not lead downhill.
    """
    runs, n = w.shape[:-1], w.shape[-1]
    w, g, d = (np.reshape(x, (-1, n)) for x in (w, g, d))
    E, slope = objective.value(w), dot(g, d)
    t = _within_reach(w, d, np.reshape(first, -1))
    furthest = _within_reach(w, d, np.full_like(t, np.inf))
    found = np.zeros_like(t)
    known = Bracket(found, found + np.inf, E, slope, found + np.nan, found)
    left = np.isfinite(E) & (slope < 0) & np.greater(t, 0)
    rows, t, known = np.flatnonzero(left), t[left], known.where(left)
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
        # Where E has nothing more to say, neither has a slope that is much flatter than the first.
        done = lower & (np.abs(ahead) <= np.where(alike, max(flat, 0.1), flat) * np.abs(down))
        # Comparisons with NaN are false: what is not defined counts as passed.
        falls = (value <= known.value) | _alike(known.value, value)
        falls &= (ahead < 0) & np.isfinite(value)
        known = known.narrowed(t, value, ahead, falls)
        found[rows] = np.where(done, t, known.low)

        # Between neighbours, or where slopes stay steep though E stays the same, slopes are
        # rounding errors themselves.
        gap = known.high - known.low
        near = np.all(gap[:, None] * np.abs(way) <= 2 * EPS * np.abs(there), axis=-1)
        closed = near | (gap <= 4 * EPS * known.high) | (same & (trial >= PATIENCE))
        bracketed = np.isfinite(known.high)
        left = ~(done | np.where(bracketed, closed, t >= furthest[rows]))
        t = np.minimum(known.next(down), furthest[rows])[left]
        rows, known = rows[left], known.where(left)
    return found.reshape(runs)


def _within_reach(w: Array, d: Array, t: Array) -> Array:
    """t (...), halved until t·d is no longer than can be looked; 0 where d is 0 or not finite."""
    way, size = np.abs(d).max(axis=-1), np.abs(w).max(axis=-1)
    reach = REACH * np.maximum(1.0, size) / way
    halvings = np.ceil(np.log2(np.maximum(t / reach, 1.0)))
    t = np.where(np.isinf(t), reach, t * 0.5**halvings)
    return np.where((way > 0) & np.isfinite(way), t, 0.0)


def _alike(E: Array, other: Array) -> Bools:
    """Whether two values of E (...) cannot be told apart for rounding."""
    return np.asarray(np.abs(E - other) <= NOISE * np.maximum(np.abs(E), np.abs(other)))

"""The two thresholds of a minimum of one weight: the end of its stability, and the crisis (SCIENCE D 15).

Beyond 2/E″ plain descent with a fixed η no longer settles at a minimum, but it may stay trapped around
it. At the crisis the last trap opens (Grebogi, Ott, Yorke 1983), and from there on every start leaves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from convcore.arrays import Array, Bools
from convcore.objectives.base import Objective

STARTS = 128  # in the basin
STEPS = 20_000  # that a start is followed
EXACT = 1e-3  # the crisis is found to this share of it
HIGHEST = 64.0  # times the stability limit: larger η are not tried
CELLS = 4000  # of the table of E′ on each side of the minimum, in the domain and in the basin
NEAR = 1e-9  # of the domain: how close to the minimum the table begins
FAR = 1e4  # times the domain: w beyond this has diverged
TAIL = 150  # points of the table from the domain to there
BEYOND = 8.0  # times the width of the other side: as far as a side without an end has small cells
BISECTIONS = 48  # of a cell, for the end of a basin
ROUND = 64  # steps between two looks at which starts have left; also the longest cycle that is seen
SETTLED = 8  # rounds between two looks for starts that repeat themselves
FEW = 16  # starts, of those that have not left by then, that are followed to the end
SCAN = 32  # step sizes that are tried where the first one beyond the trap keeps some starts
REACH = 4.0  # the largest of them, as a multiple of the first


@dataclass(frozen=True)
class Crisis:
    """Where the basin of a minimum for small η ends, and the η from which on it keeps no start.

    basin: (low, high), to which E rises from the minimum; ±inf where it rises as far as it was followed.
    eta: the crisis; inf if the basin keeps some starts with every η that was tried (up to `HIGHEST` times
    the stability limit).
    """

    basin: tuple[float, float]
    eta: float

    def contains(self, w: Array) -> Bools:
        """Which of some weights (...) are in the basin."""
        return np.asarray((self.basin[0] < w) & (w < self.basin[1]))


def crisis(
    objective: Objective, minimum: float, limit: float, domain: tuple[float, float]
) -> Crisis:
    """The crisis of a minimum of one weight with the stability limit 2/E″ (0 at a kink).

    domain: (low, high) that holds the minimum and, where the basin is wider, the starts. A start is
    trapped while its orbit has not left the basin even once. While an interval around the minimum is
    mapped into itself all starts in it are trapped, whatever the number of steps; the largest such η is
    found by bisection, since a smaller η keeps the same interval. Slightly beyond it `STARTS` starts are
    followed for `STEPS` steps. A stable cycle that still keeps some of them postpones the crisis to the
    next η at which none is left, of a row of `SCAN`; traps within a narrower range of η are missed.
    Raises ValueError for more than one weight.
    """
    slopes = _slopes(objective, minimum, domain)
    low, high = limit, HIGHEST * limit
    if limit <= 0:
        low, high = (share * (domain[1] - domain[0]) / slopes.steepest for share in (1e-9, HIGHEST))
    if slopes.trap(high) is not None:
        return Crisis(slopes.basin, math.inf)
    while high > (1 + EXACT / 100) * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if slopes.trap(middle) is None else (middle, high)
    start = _starts(slopes, domain)
    if not _keeps(slopes, (1 + EXACT) * high, start):
        return Crisis(slopes.basin, high)
    for eta in np.geomspace(high, REACH * high, SCAN)[1:].tolist():
        if not _keeps(slopes, eta, start):
            break
        high = eta
    else:
        return Crisis(slopes.basin, math.inf)
    low, high = high, eta
    while high > (1 + EXACT) * low:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _keeps(slopes, middle, start) else (low, middle)
    return Crisis(slopes.basin, high)


def trap(
    objective: Objective, minimum: float, domain: tuple[float, float], eta: float
) -> tuple[float, float] | None:
    """The largest interval around a minimum of one weight that a step of plain descent maps into itself.

    None if there is none in the basin of the minimum; arguments as for `crisis`.
    """
    return _slopes(objective, minimum, domain).trap(eta)


@dataclass(frozen=True, eq=False)
class _Slopes:
    """E′ at rising points of a basin, on either side of its minimum.

    left, right: distances from the minimum, outwards, and the sizes of the slopes there.
    """

    minimum: float
    basin: tuple[float, float]
    left: tuple[Array, Array]
    right: tuple[Array, Array]

    @property
    def steepest(self) -> float:
        """The largest |E′| of the basin."""
        return float(max(self.left[1].max(), self.right[1].max()))

    def trap(self, eta: float) -> tuple[float, float] | None:
        """See the function `trap`."""
        (a, p), (b, q) = self.left, self.right
        # How far beyond the minimum the steps from distances up to a, and up to b, lead.
        to_right = np.maximum.accumulate(np.maximum(eta * p - a, 0.0))
        to_left = np.maximum.accumulate(np.maximum(eta * q - b, 0.0))
        # Near the crisis only those ends are left that the longest steps lead to.
        right = np.concatenate([b, to_right, np.interp(to_left, a, to_right)])
        left = np.interp(right, b, to_left)
        inside = (left < a[-1]) & (right < b[-1]) & (right > 0)
        fits = inside & (np.interp(left, a, to_right) <= right)
        if not fits.any():
            return None
        i = int(np.argmax(np.where(fits, right, 0.0)))
        return self.minimum - float(left[i]), self.minimum + float(right[i])

    @property
    def inside(self) -> tuple[float, float]:
        """The ends of the basin or, where it has none, of the table: beyond, a run has diverged."""
        return self.minimum - float(self.left[0][-1]), self.minimum + float(self.right[0][-1])

    def step(self, w: Array, eta: float) -> Array:
        """w − η E′(w) for weights (m,); NaN where that is not in the basin."""
        next_ = w - eta * np.interp(w, *self._both)
        low, high = self.inside
        return np.where((low < next_) & (next_ < high), next_, np.nan)

    @cached_property
    def _both(self) -> tuple[Array, Array]:
        (a, p), (b, q) = self.left, self.right
        return np.concatenate([-a[::-1], b]) + self.minimum, np.concatenate([-p[::-1], q])


@lru_cache(maxsize=64)
def _slopes(objective: Objective, minimum: float, domain: tuple[float, float]) -> _Slopes:
    """The table of a minimum; see `crisis`."""
    if objective.n != 1:
        raise ValueError(f"`crisis` takes one weight; got {objective.n}.")

    width = domain[1] - domain[0]
    reach = np.concatenate(
        [
            [NEAR * width],
            np.linspace(0, width, CELLS)[1:],
            np.geomspace(width, FAR * width, TAIL)[1:],
        ]
    )
    ends = [_end(objective, minimum, sign * reach) for sign in (-1.0, 1.0)]
    sides = []
    for sign, (end, _), (other, _) in zip((-1.0, 1.0), ends, ends[::-1], strict=True):
        fine = np.linspace(0, min(end, BEYOND * other), CELLS)[1:]
        away = np.unique(np.concatenate([reach[reach < end], fine]))
        sides.append((away, np.maximum(_outward(objective, minimum, sign * away), 0.0)))
    (a, closed_left), (b, closed_right) = ends
    basin = (
        minimum - a if closed_left else -math.inf,
        minimum + b if closed_right else math.inf,
    )
    return _Slopes(minimum, basin, sides[0], sides[1])


def _end(objective: Objective, minimum: float, reach: Array) -> tuple[float, bool]:
    """How far E rises from a minimum on one side, and whether the basin ends there.

    reach: where to look, seen from the minimum (m,), outwards.
    """
    rises = _outward(objective, minimum, reach) > 0
    if rises.all():
        return abs(float(reach[-1])), False
    first = int(np.argmin(rises))
    # Where E overflows it has no edge: it rises beyond what a float can hold.
    with np.errstate(all="ignore"):
        closed = objective.value(minimum + reach[first : first + 1, None])[0] != np.inf
    inner, outer = float(reach[max(first - 1, 0)]), float(reach[first])
    for _ in range(BISECTIONS):
        middle = 0.5 * (inner + outer)
        inside = _outward(objective, minimum, np.array([middle]))[0] > 0
        inner, outer = (middle, outer) if inside else (inner, middle)
    return abs(inner), bool(closed)


def _outward(objective: Objective, minimum: float, away: Array) -> Array:
    """The slope (m,) away from the minimum at places seen from it (m,)."""
    with np.errstate(all="ignore"):
        return np.sign(away) * objective.gradient((minimum + away)[:, None])[:, 0]


def _starts(slopes: _Slopes, domain: tuple[float, float]) -> Array:
    """Starts (m,) that fill the basin in the domain evenly."""
    low, high = max(slopes.basin[0], domain[0]), min(slopes.basin[1], domain[1])
    return low + (np.arange(STARTS) + 0.5) / STARTS * (high - low)


def _keeps(slopes: _Slopes, eta: float, start: Array) -> bool:
    """Whether some of the starts (m,) are still in the basin after `STEPS` steps."""
    w, same = start, 1e-9 * float(np.ptp(start))
    for turn in range(STEPS // ROUND):
        before, back = w, np.full(len(w), np.inf)
        for _ in range(ROUND):
            w = slopes.step(w, eta)
            if turn % SETTLED == 0:
                back = np.fmin(back, np.abs(w - before))
        # A start that came back to where it was is in a cycle, and stays there.
        if np.any(back[~np.isnan(w)] <= same):
            return True
        w = w[~np.isnan(w)]
        if not len(w):
            return False
        if turn == SETTLED:
            w = w[:: -(-len(w) // FEW)]
    return True

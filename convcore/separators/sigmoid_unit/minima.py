"""The minima of a unit's divergence, and which of them separate."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from convcore.arrays import Array
from convcore.descent.descent import Status, descend
from convcore.optimizers import ShiftedNewton
from convcore.parallel import Report, part_of
from convcore.separators.points import Points
from convcore.separators.separability import certificate
from convcore.separators.sigmoid_unit.unit import SigmoidUnit

SIZES = (0.3, 1.0, 3.0, 10.0, 30.0)  # of the starts' weights, beside 1/(spread of the inputs)
ALIKE = 1e-6
WORK = 60_000  # outputs at a time: of many points, fewer starts are tried
MOST = 5000
TARGETS = {"logistic": (0.0, 1.0), "tanh": (-1.0, 1.0)}  # hard ones
FLAT = 10.0  # |s| from which an output is within 5e-5 of its limit


class Minimum(NamedTuple):
    """A minimum of a unit's divergence: w (n,), E, and the indices of the points on the wrong side.

    curvatures: the Hessian's eigenvalues (n,), ascending. starts: how many came here, of `tried`.
    """

    w: tuple[float, ...]
    value: float
    wrong: tuple[int, ...]
    curvatures: tuple[float, ...]
    starts: int
    tried: int

    @property
    def separates(self) -> bool:
        """Whether no point is on the wrong side."""
        return not self.wrong

    @property
    def sharpness(self) -> float:
        """λ_max."""
        return self.curvatures[-1]

    @property
    def limit(self) -> float:
        """2/λ_max: beyond it, plain descent leaves this minimum."""
        return 2 / self.sharpness if self.sharpness > 0 else math.inf


def minima(
    unit: SigmoidUnit, starts: int = 200, seed: int = 0, report: Report | None = None
) -> tuple[Minimum, ...]:
    """The minima that Newton's method with a line search finds from many starts, lowest first.

    Starts are random at five sizes, and along a separating line where there is one. Where the
    infimum lies at infinite weights, as with hard targets on separable points, that branch is not
    among them: () if there is none else. Of more than 300 points fewer starts are tried, at least 12.
    report: told the share that is done; it may raise to stop the search. Raises ValueError for more than
    5,000 points, and for a unit whose runs have points of their own.
    """
    return _search(unit, starts, seed, report)[0]


def lowest_minimum(unit: SigmoidUnit, starts: int = 200, seed: int = 0) -> Minimum | None:
    """The lowest of `minima`; None if there is none, or if E is seen to be lower at infinite weights.

    A search proves nothing: a lower minimum may be missed, and so may lower weights far out. With
    decay or soft targets none of those are lower. With hard targets the infimum lies there wherever a
    line separates (by the certificate), and for L2 on some other points: E tends to the number of points
    that the direction has wrong, which is looked up for all starts and ends of the search. Raises
    ValueError as `minima` does.
    """
    found, seen = _search(unit, starts, seed)
    if not found or unit.epsilon or unit.decay:
        return found[0] if found else None
    if certificate(Points(unit.x, unit.labels)).separable:
        return None
    return None if _lower_far_out(unit, found[0], seen) else found[0]


def _lower_far_out(unit: SigmoidUnit, lowest: Minimum, directions: Array) -> bool:
    """Whether E of hard targets, without decay, tends to less than the lowest minimum along a direction."""
    if unit.divergence != "l2":
        return False  # each wrong point costs more and more
    w = np.array(lowest.w)
    with np.errstate(all="ignore"):
        # A wrong point costs the square of the distance between the targets.
        far = np.ptp(TARGETS[unit.activation]) ** 2 * unit.errors(directions).min()
        beyond = unit.value(2 * w)
    # Where all outputs are flat, a gradient may be small enough for a minimum although E still falls.
    flat = bool(np.abs(unit.sides(w)).min() > FLAT)
    return bool(far < lowest.value * (1 - 1e-9) or (flat and beyond <= lowest.value))


def _search(
    unit: SigmoidUnit, starts: int, seed: int, report: Report | None = None
) -> tuple[tuple[Minimum, ...], Array]:
    """`minima`, and all weights (m, n) from which the search started and at which it ended."""
    if unit.x.ndim != 2:
        raise ValueError("`minima(unit=...)` must have one set of points for all runs.")
    if len(unit.x) > MOST:
        raise ValueError(f"the minima of {len(unit.x):,} points are not sought; at most {MOST:,}")
    starts = min(starts, max(12, WORK // len(unit.x)))
    w = _starts(unit, starts, seed)
    with np.errstate(all="ignore"):
        # Inputs of 1e-300 ask for weights at which sums overflow.
        w = w[np.isfinite(unit.value(w))]
    if not len(w):
        return (), w
    run = descend(
        unit, w, 1.0, ShiftedNewton(), steps=60, tolerance=1e-8, report=part_of(report, 0, 2)
    )
    ends = run.w[-1]
    # One step more: a line search stops where E, but not its gradient, is lost in rounding.
    polished = descend(
        unit, ends, 1.0, ShiftedNewton(), steps=8, tolerance=1e-12, report=part_of(report, 1, 2)
    ).w[-1]
    arrived = (run.status == Status.CONVERGED) & (run.kind == "minimum")
    better = np.abs(unit.gradient(polished)).max(axis=-1) <= np.abs(unit.gradient(ends)).max(
        axis=-1
    )
    seen = np.concatenate([w, ends])
    ends = np.where(better[:, None], polished, ends)[arrived]
    curvatures = unit.eigen(ends)[0] if len(ends) else np.empty((0, unit.n))
    values = unit.value(ends)
    found: list[Minimum] = []
    taken = np.zeros(len(ends), dtype=bool)
    for i in np.argsort(values, kind="stable").tolist():
        if taken[i]:
            continue
        near = np.abs(ends - ends[i]).max(axis=-1) <= ALIKE * max(1.0, np.abs(ends[i]).max())
        came = int((near & ~taken).sum())
        taken |= near
        # A minimum is known no better than to rounding: what is so close to its boundary is on it.
        noise = 1e-12 * max(1.0, float(np.abs(ends[i]).max())) * np.abs(unit.signed).sum(axis=-1)
        wrong = tuple(np.flatnonzero(unit.sides(ends[i]) <= noise).tolist())
        at, bends = tuple(ends[i].tolist()), tuple(curvatures[i].tolist())
        found.append(Minimum(at, float(values[i]), wrong, bends, came, len(w)))
    return tuple(found), seen


def _starts(unit: SigmoidUnit, starts: int, seed: int) -> Array:
    """Start weights (starts + few, n), on the scale of the inputs."""
    rng = np.random.default_rng(seed)
    middle, spread = unit.x.mean(axis=0), unit.x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0) * unit.gain
    u = rng.standard_normal((starts, unit.n))
    u *= np.array(SIZES)[np.arange(starts) % len(SIZES), None]
    slope = u[:, :-1] / spread
    random = np.column_stack([slope, u[:, -1] / unit.gain - slope @ middle])
    line = certificate(Points(unit.x, unit.labels)).weights
    if line is None:
        return random
    nearest = (unit.signed @ line).min()
    along = line / nearest * np.array([0.5, 1.0, 2.0, 4.0])[:, None]
    return np.vstack([random, along]) if np.isfinite(along).all() else random

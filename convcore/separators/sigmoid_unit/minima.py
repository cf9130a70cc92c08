"""The minima of a unit's divergence, and which of them separate."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from convcore.arrays import Array
from convcore.descent.descent import Status, descend
from convcore.descent.theory import PointKind
from convcore.optimizers import ShiftedNewton
from convcore.parallel import Report, part_of
from convcore.separators.points import Points
from convcore.separators.separability import certificate
from convcore.separators.sigmoid_unit.unit import SigmoidUnit

SIZES = (0.3, 1.0, 3.0, 10.0, 30.0)  # of the starts' weights, relative to 1/(spread of the inputs)
ALIKE = 1e-6
WORK = 60_000  # outputs at a time: for many points, fewer starts are tried
MOST = 5000


class Minimum(NamedTuple):
    """A minimum of a unit's divergence: w (n,), E, and the indices of the misclassified points.

    curvatures: the Hessian's eigenvalues (n,), ascending. starts: how many of the `tried` starts led here.
    """

    w: tuple[float, ...]
    value: float
    wrong: tuple[int, ...]
    curvatures: tuple[float, ...]
    starts: int
    tried: int

    @property
    def separates(self) -> bool:
        """Whether no point is misclassified."""
        return not self.wrong

    @property
    def sharpness(self) -> float:
        """λₘₐₓ."""
        return self.curvatures[-1]

    @property
    def limit(self) -> float:
        """2/λₘₐₓ: beyond it, plain descent leaves this minimum."""
        return 2 / self.sharpness if self.sharpness > 0 else math.inf


def minima(
    unit: SigmoidUnit, starts: int = 200, seed: int = 0, report: Report | None = None
) -> tuple[Minimum, ...]:
    """The minima that Newton's method with a line search finds from many starts, lowest first.

    Starts are random at five sizes, and along a separating line where there is one. An
    infimum at infinite weights, as with hard targets on separable points, is not among them: () if
    there is nothing else. For more than 300 points fewer starts are tried, at least 12. report: called
    with the share that is done; it may raise to stop the search. Raises ValueError for more than
    5,000 points, and for a unit whose runs have points of their own.
    """
    if unit.x.ndim != 2:
        raise ValueError("`minima(unit=...)` must have one set of points for all runs.")
    if len(unit.x) > MOST:
        raise ValueError(f"the minima of {len(unit.x):,} points are not sought; at most {MOST:,}")
    starts = min(starts, max(12, WORK // len(unit.x)))
    w = _starts(unit, starts, seed)
    with np.errstate(all="ignore"):
        # Inputs of 1e-300 need weights at which sums overflow.
        w = w[np.isfinite(unit.value(w))]
    if not len(w):
        return ()
    run = descend(
        unit, w, 1.0, ShiftedNewton(), steps=60, tolerance=1e-8, report=part_of(report, 0, 2)
    )
    ends = run.w[-1]
    # More steps: a line search stops where E, but not its gradient, is lost in rounding.
    polished = descend(
        unit, ends, 1.0, ShiftedNewton(), steps=8, tolerance=1e-12, report=part_of(report, 1, 2)
    ).w[-1]
    arrived = (run.status == Status.CONVERGED) & (run.kind == PointKind.MINIMUM)
    better = np.abs(unit.gradient(polished)).max(axis=-1) <= np.abs(unit.gradient(ends)).max(
        axis=-1
    )
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
        # A minimum is known to rounding only: points this close to its boundary count as on it.
        noise = 1e-12 * max(1.0, float(np.abs(ends[i]).max())) * np.abs(unit.signed).sum(axis=-1)
        wrong = tuple(np.flatnonzero(unit.sides(ends[i]) <= noise).tolist())
        at, eigenvalues = tuple(ends[i].tolist()), tuple(curvatures[i].tolist())
        found.append(Minimum(at, float(values[i]), wrong, eigenvalues, came, len(w)))
    return tuple(found)


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

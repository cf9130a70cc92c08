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
from convcore.separators.sigmoid_unit.span import TINY, SpannedUnit
from convcore.separators.sigmoid_unit.unit import SigmoidUnit

SIZES = (0.3, 1.0, 3.0, 10.0, 30.0)  # of the starts' weights, relative to 1/(spread of the inputs)
ALIKE = 1e-6
WORK = 60_000  # outputs at a time: for many points, fewer starts are tried
MOST = 5000


class Minimum(NamedTuple):
    """A minimum of a unit's divergence: w (n,), E, and the indices of the misclassified points.

    curvatures: the Hessian's eigenvalues (n,), ascending; 0 where rounding hides how E bends. valley:
    orthonormal directions along which E does not change, where the points leave some of the weights
    free: then w is the shortest of a line or plane of minima. starts: how many of the `tried` starts
    led here.
    """

    w: tuple[float, ...]
    value: float
    wrong: tuple[int, ...]
    curvatures: tuple[float, ...]
    valley: tuple[tuple[float, ...], ...]
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

    def beside(self, w: Array) -> Array:
        """The point (n,) of this valley that is nearest to weights w (n,); of a single minimum, itself."""
        at = np.array(self.w)
        along = np.array(self.valley).reshape(-1, len(at))
        return np.asarray(at + along.T @ (along @ (w - at)))


def minima(
    unit: SigmoidUnit, starts: int = 200, seed: int = 0, report: Report | None = None
) -> tuple[Minimum, ...]:
    """The minima that Newton's method with a line search finds from many starts, lowest first.

    Starts are random at five sizes, and along a separating line where there is one. Where the points
    leave some of the weights free, ends with the same outputs are one valley of minima. An infimum at
    infinite weights, as with hard targets on separable points, is not among them, nor is one at weights
    whose squares overflow: () if there is nothing else. For more than 300 points fewer starts are tried,
    at least 12. report: called with the share that is done; it may raise to stop the search. Raises
    ValueError for more than 5,000 points, and for a unit whose runs have points of their own.
    """
    if unit.x.ndim != 2:
        raise ValueError("`minima(unit=...)` must have one set of points for all runs.")
    if len(unit.x) > MOST:
        raise ValueError(f"the minima of {len(unit.x):,} points are not sought; at most {MOST:,}")
    starts = min(starts, max(12, WORK // len(unit.x)))
    size = np.abs(unit.x).max(axis=0)
    if ((size > 0) & (size <= TINY)).any():
        return ()
    with np.errstate(all="ignore"):
        w, spanned = _starts(unit, starts, seed), SpannedUnit.of(unit)
        z = spanned.coordinates(w[np.isfinite(unit.value(w))])
        z = z[np.isfinite(spanned.value(z))]
    if not len(z):
        return ()
    run = descend(
        spanned, z, 1.0, ShiftedNewton(), steps=60, tolerance=1e-8, report=part_of(report, 0, 2)
    )
    ends = run.w[-1]
    # More steps: a line search stops where E, but not its gradient, is lost in rounding.
    polished = descend(
        spanned, ends, 1.0, ShiftedNewton(), steps=8, tolerance=1e-12, report=part_of(report, 1, 2)
    ).w[-1]
    arrived = (run.status == Status.CONVERGED) & (run.kind == PointKind.MINIMUM)
    before, after = (np.abs(spanned.gradient(z)).max(axis=-1) for z in (ends, polished))
    ends = np.where((after <= before)[:, None], polished, ends)[arrived]
    values = spanned.value(ends)
    found: list[Minimum] = []
    taken = np.zeros(len(ends), dtype=bool)
    for i in np.argsort(values, kind="stable").tolist():
        if taken[i]:
            continue
        z, size = ends[i], max(1.0, float(np.abs(ends[i]).max()))
        near = np.abs(ends - z).max(axis=-1) <= ALIKE * size
        came = int((near & ~taken).sum())
        taken |= near
        # A minimum is known to rounding only: points this close to its boundary count as on it.
        noise = 1e-12 * size * np.abs(spanned.G).sum(axis=-1)
        wrong = tuple(np.flatnonzero(spanned.sides(z) <= noise).tolist())
        at, curvatures = spanned.weights(z).tolist(), spanned.curvatures(z).tolist()
        free = tuple(map(tuple, spanned.flat.T.tolist()))
        found.append(
            Minimum(
                tuple(at), float(values[i]), wrong, tuple(curvatures), free, came, len(run.w[0])
            )
        )
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

"""How a run ends: converged, cycling, diverged, …, judged from its record."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcore.arrays import Array, Bools, Ints
from convcore.descent.criteria import (
    PERIODS,
    at_kink,
    curvatures_at_rest,
    extrema_from_sides,
    has_left,
    has_settled,
    is_closing_in,
    is_frozen,
    is_going_straight,
    is_wandering,
    on_the_flat,
    periods,
    squared_norm,
)
from convcore.descent.schedules import Schedule
from convcore.descent.theory import PointKind, kinds_of_points
from convcore.objectives.base import Objective
from convcore.objectives.quadratics import QuadraticForm

GROWTH = 1e8  # a run whose distance or loss has grown by this factor and still grows has diverged
BLOCK = 2**15  # numbers processed at a time, so that they stay in the processor's cache


class Status(Enum):
    """How a run ended; each is its message, filled in by `Outcome`."""

    CONVERGED = "converged to a {kind}"
    FROZEN = "frozen: the steps that remain cannot cover the distance that is left"
    CYCLING = "cycles with period {period}"
    BOUNDED = "stays bounded without settling or repeating"
    STUCK = "stuck where E has a slope but no curvature"
    KINK = "settled at a kink of E, where the slope changes sign at once"
    DIVERGED = "diverged at step {step}"
    LEFT = "left the domain of E at step {step}"
    DRIFTING = "drifts along a straight slope"
    OUT_OF_STEPS = "still under way when the steps ran out"


# A run gets the first status whose criterion holds, in this order.
ORDER = np.array(
    [
        Status.LEFT,
        Status.DIVERGED,
        Status.KINK,
        Status.CONVERGED,
        Status.STUCK,
        Status.FROZEN,  # it no longer moves at all
        Status.CYCLING,
        Status.DRIFTING,
        Status.FROZEN,
        Status.BOUNDED,
        Status.OUT_OF_STEPS,
    ]
)


@dataclass(frozen=True)
class Outcome:
    """How one run ended: its status, the step, and its period or the kind of point it converged to."""

    status: Status
    step: int
    kind: PointKind | None = None
    period: int = 0

    def __str__(self) -> str:
        kind = self.kind and self.kind.value
        return self.status.value.format(step=self.step, kind=kind, period=self.period)


class Judged(NamedTuple):
    """What `judge` finds for each run (...): see `descent.Trajectory`."""

    length: Ints
    ended: Ints
    status: NDArray[np.object_]
    kind: NDArray[np.object_]
    period: Ints


def judge(
    objective: Objective,
    w: Array,
    loss: Array,
    eta: Array,
    schedule: Schedule,
    eta0: Array,
    tolerance: float,
    beta: ArrayLike = 0.0,
) -> Judged:
    """Name how each run ended; w (K+1, ..., n), loss (K+1, ...) and eta (K, ...) are its record.

    w and loss may hold anything after a run has blown up. eta0: η_0 (...); beta (...):
    `Optimizer.beta`.
    """
    K = len(eta)
    length, ended, travel = _followed(objective, w, loss)
    gone = ended <= K
    left = has_left(objective, w, length, gone & (ended > length))
    # A run that blew up or left has no last point; its start is used instead.
    end = np.where(gone[..., None], w[0], w[-1])
    last = [w[max(0, K - back)] for back in range(4)]
    values, Q = objective.eigen(end)
    values = np.broadcast_to(values, end.shape)
    g = objective.gradient(end)
    along = np.einsum("...ij,...i->...j", np.broadcast_to(Q, (*end.shape, objective.n)), g)

    settled = ~gone & has_settled(objective, w[0], end, along, values, travel, tolerance)
    resting = np.all(np.stack(last[1:]) == last[0], axis=(0, -1)) & (K > 0)
    period, wandering = np.zeros(settled.shape, dtype=np.int64), np.zeros_like(settled)
    # Where E has curvature a small gradient is proof enough, and a quadratic has no kinks.
    doubted = (
        np.False_ if isinstance(objective, QuadraticForm) else (values == 0).all(axis=-1) | ~settled
    )
    kink = at_kink(objective, w[0], last, travel, ~gone & doubted, tolerance)
    moving = ~(gone | settled | resting | kink)
    if moving.any():
        # A run is a column of `w`.
        period[moving] = periods(w[-2 * PERIODS - 1 :, moving])
        wandering[moving] = _in_parts(is_wandering, loss[:, moving])
        if wandering.any():
            wandering[wandering] = ~_in_parts(is_closing_in, w[:, wandering])
    flat, rest = on_the_flat(along, values), schedule.remaining(K)
    drifting = frozen = np.zeros_like(settled)
    if math.isinf(rest):
        drifting = flat & is_going_straight(last)
    else:
        frozen = is_frozen(along, values, last, eta, np.abs(eta0) * rest, np.asarray(beta))
    # A method that divides by curvature cannot step where there is none.
    stuck = resting & flat & (eta[-1] != 0 if K else False)
    seen = [left, gone, kink, settled, stuck, resting, period > 1, drifting, frozen, wandering]
    status = ORDER[np.argmax([*seen, np.ones_like(settled)], axis=0)]
    kind = np.where(gone, np.array(None), _kinds(objective, end, values, settled))
    ended = np.where(gone, ended, K)
    return Judged(length, ended, np.asarray(status, dtype=object), kind, period)


def all_gone(objective: Objective, w: Array, k: int) -> bool:
    """Whether all runs of a record w (K+1, ..., n) are past the mark at step k ≥ 1.

    Then they are judged to have diverged or left whatever follows, as they were growing there.
    """
    seen = w[[0, 1, k]]
    _, ended, _ = _followed(objective, seen, objective.value(seen))
    return bool(np.all(ended <= 2))


def _in_parts(criterion: Callable[[Array], Bools], record: Array) -> Bools:
    """criterion(record) for a record (K+1, runs, ...), a few runs at a time to save memory."""
    runs, size = record.shape[1], record[:, 0].size
    most = max(1, BLOCK // size)
    return np.concatenate([criterion(record[:, i : i + most]) for i in range(0, runs, most)])


def _kinds(objective: Objective, end: Array, values: Array, settled: Bools) -> NDArray[np.object_]:
    """The kinds (...) of last points (..., n); where a run has settled, of the stationary point near it.

    For one weight E itself shows the kind of a degenerate point, as for w⁴.
    """
    if isinstance(objective, QuadraticForm):
        # Its curvature is the same everywhere, and its spectrum shows what is zero: for least squares it
        # comes from singular values, so small eigenvalues are right far below the rounding of the largest.
        kind = kinds_of_points(np.sign(objective.spectrum.values))
        return np.broadcast_to(kind, settled.shape)
    kinds = kinds_of_points(values)
    if settled.any():
        w = end[settled]
        found = kinds_of_points(curvatures_at_rest(objective.for_runs(settled), w))
        flat = np.flatnonzero(found == PointKind.DEGENERATE)
        if objective.n == 1 and flat.size:
            w = w[flat]
            g, H = objective.gradient(w), objective.hessian(w)[..., 0]
            step = np.divide(g, H, out=np.zeros_like(g), where=np.isfinite(H) & (H != 0))
            reach = np.maximum(1e-4 * np.maximum(1.0, np.abs(w)), 20 * np.abs(step))
            low, high = extrema_from_sides(objective, w, reach)
            found[flat[low]] = PointKind.DEGENERATE_MINIMUM
            found[flat[high]] = PointKind.DEGENERATE_MAXIMUM
        kinds[settled] = found
    return kinds


def _followed(objective: Objective, w: Array, loss: Array) -> tuple[Ints, Ints, Array]:
    """(length, ended, travel): the last step kept, the step at which distance or loss has grown past
    the mark (K+1 if neither has), and the largest distance from the start.

    The step that grew past the mark is kept if it is finite.
    """
    K, runs = len(w) - 1, w.shape[1:-1]
    far, high = _marks(objective, w, loss)
    ended, length = np.full(runs, K + 1), np.full(runs, K)
    travel = np.zeros(runs)
    before = np.zeros(runs), np.zeros(runs)
    rows = max(1, BLOCK // max(1, w[0].size))
    for k in range(1, K + 1, rows):
        away, E = squared_norm(w[k : k + rows] - w[0]), np.abs(loss[k : k + rows] - loss[0])
        peak = np.maximum(travel, away.max(axis=0))
        # Comparisons with NaN are false, so this also finds what is not finite.
        suspect = ~((peak <= far) & (E.max(axis=0) <= high))
        if suspect.any():
            finite = np.isfinite(E) & np.isfinite(w[k : k + rows] @ np.ones(w.shape[-1]))
            blown = ~finite | _past(away, before[0], far) | _past(E, before[1], high)
            first = blown.argmax(axis=0)
            now = blown.any(axis=0) & (ended > K)
            ended = np.where(now, k + first, ended)
            kept = np.take_along_axis(finite, first[None], axis=0)[0]
            length = np.where(now, np.where(kept, k + first, k + first - 1), length)
        travel, before = peak, (away[-1], E[-1])
        if np.all(ended <= K):
            break
    return length, ended, np.sqrt(travel)


def _past(size: Array, before: Array, mark: Array) -> Bools:
    """Where sizes (rows, ...) are past the mark and still growing; before: the size of the row before."""
    growing = np.concatenate([size[:1] > before, size[1:] > size[:-1]])
    return np.asarray((size > mark) & growing)


def _marks(objective: Objective, w: Array, loss: Array) -> tuple[Array, Array]:
    """The squared distance from the start and the change of E beyond which a run has diverged."""
    target = objective.minimiser
    length = np.maximum(1.0, np.sqrt(squared_norm(w[0])))
    if target is not None:
        size = np.sqrt(squared_norm(w[0] - target))
        fall = loss[0] - objective.value(target)
    else:
        # Only its slope shows the scale of E, and a first long step does not mean divergence.
        first = np.sqrt(squared_norm(w[min(1, len(w) - 1)] - w[0]))
        size = np.maximum(length, np.where(np.isfinite(first), first, 0.0))
        slope = np.sqrt(squared_norm(objective.gradient(w[0])))
        fall = np.maximum(np.maximum(1.0, np.abs(loss[0])), slope * size)
    size = np.where(size > 0, size, length)
    fall = np.where(fall > 0, fall, np.maximum(1.0, np.abs(loss[0])))
    # Infinite values are past every mark, however large E is at the start.
    most = np.finfo(float).max
    return np.minimum((GROWTH * size) ** 2, most), np.minimum(GROWTH * fall, most)

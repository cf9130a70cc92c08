"""How a run ends: converged to what, cycling, diverged, …, judged from its record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcore.curvature import kinds_of_points
from convcore.objectives import EPS, Objective
from convcore.schedules import Schedule

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Whole = NDArray[np.int64]

GROWTH = 1e8  # a run whose distance or loss has grown by this factor, and still grows, has diverged
PERIODS = 64  # the longest cycle that is looked for
BLOCK = 2**15  # numbers that are worked on at a time, so that they stay in the processor's cache


class Status(Enum):
    """How a run ended; each is its message, filled in by `Outcome`."""

    CONVERGED = "converged to a {kind}"
    FROZEN = "frozen: the steps that remain cannot cover the distance that is left"
    CYCLING = "cycles with period {period}"
    BOUNDED = "stays bounded without settling or repeating"
    DIVERGED = "diverged at step {step}"
    DRIFTING = "drifts along a flat direction"
    OUT_OF_STEPS = "still under way when the steps ran out"


# What is asked of a run in turn: the first that holds is its status.
ORDER = np.array(
    [
        Status.DIVERGED,
        Status.CONVERGED,
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
    """How one run ended: its status, the step, and what it converged to or its period."""

    status: Status
    step: int
    kind: str = ""
    period: int = 0

    def __str__(self) -> str:
        return self.status.value.format(step=self.step, kind=self.kind, period=self.period)


class Verdict(NamedTuple):
    """What `judge` finds for each run (...): see `descent.Trajectory`."""

    length: Whole
    ended: Whole
    status: NDArray[np.object_]
    kind: NDArray[np.str_]
    period: Whole


def judge(
    objective: Objective,
    w: Array,
    loss: Array,
    eta: Array,
    schedule: Schedule,
    eta0: Array,
    tolerance: float,
    beta: float = 0.0,
) -> Verdict:
    """Name how each run ended; w (K+1, ..., n), loss (K+1, ...) and eta (K, ...) are its record.

    w and loss may hold anything after a run has blown up. eta0: η_0 (...); beta: `Optimizer.beta`.
    """
    K = len(eta)
    length, ended, travel = _followed(objective, w, loss)
    diverged = ended <= K
    # A run that blew up has no end to speak of; its start stands in.
    end = np.where(diverged[..., None], w[0], w[-1])
    last = [w[max(0, K - back)] for back in range(4)]
    values, Q = objective.eigen(end)
    values = np.broadcast_to(values, end.shape)
    g = objective.gradient(end)
    along = np.einsum("...ij,...i->...j", np.broadcast_to(Q, (*end.shape, objective.n)), g)

    settled = ~diverged & _settled(objective, w[0], end, along, values, travel, tolerance)
    resting = np.all([np.all(x == last[0], axis=-1) for x in last], axis=0) & (K > 0)
    period, wandering = np.zeros(settled.shape, dtype=np.int64), np.zeros_like(settled)
    moving = ~(diverged | settled | resting)
    if moving.any():
        # A run is a column of `w`; for one run alone that is all of it.
        period[moving] = _periods(w[-2 * PERIODS - 1 :, moving])
        wandering[moving] = _wandering(loss[:, moving])
    rest = schedule.remaining(K)
    drifting = frozen = np.zeros_like(settled)
    if math.isinf(rest):
        drifting = _drifting(along, values, last)
    else:
        frozen = _frozen(along, values, last, eta, np.abs(eta0) * rest, beta)
    seen = [diverged, settled, resting, period > 1, drifting, frozen, wandering]
    status = ORDER[np.select(seen, list(range(len(seen))), len(seen))]
    kind = np.where(diverged, "", kinds_of_points(values))
    ended = np.where(diverged, ended, K)
    return Verdict(length, ended, np.asarray(status, dtype=object), kind, period)


def squared_norm(x: Array) -> Array:
    """‖x‖² over the last axis; a product with ones adds up short rows much faster than `sum`."""
    return np.asarray(x * x @ np.ones(x.shape[-1]))


def _followed(objective: Objective, w: Array, loss: Array) -> tuple[Whole, Whole, Array]:
    """(length, ended, travel): the last step that is kept, the step at which distance or loss has
    grown past the mark (K+1 if none has), and the furthest that the run has been from its start.

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
    """Where sizes (rows, ...) are past the mark and still growing; `before` stood before them."""
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
        # Nothing tells the scale of E but its slope; a first step in a line is no blow-up yet.
        first = np.sqrt(squared_norm(w[min(1, len(w) - 1)] - w[0]))
        size = np.maximum(length, np.where(np.isfinite(first), first, 0.0))
        slope = np.sqrt(squared_norm(objective.gradient(w[0])))
        fall = np.maximum(np.maximum(1.0, np.abs(loss[0])), slope * size)
    size = np.where(size > 0, size, length)
    fall = np.where(fall > 0, fall, np.maximum(1.0, np.abs(loss[0])))
    return (GROWTH * size) ** 2, GROWTH * fall


def _settled(
    objective: Objective,
    start: Array,
    end: Array,
    along: Array,
    values: Array,
    travel: Array,
    tolerance: float,
) -> Bools:
    """Whether the gradient at the end is small: never judged by the length of a step.

    along: the gradient in the eigenbasis (..., n). It must be small beside the start's gradient, or
    beside curvature times the way travelled (a start near a maximum has hardly any gradient); and
    the local model's stationary point must be near as well, since on a long flat floor gradients
    are small far from the minimum. What is no larger than the rounding of ∇E itself counts as
    nothing.
    """
    curvature = np.abs(values).max(axis=-1)
    noise = (16 + objective.n) * EPS * curvature * np.sqrt(squared_norm(end))
    g0 = np.sqrt(squared_norm(objective.gradient(start)))
    small = np.sqrt(squared_norm(along)) <= tolerance * np.maximum(g0, curvature * travel) + noise
    loud = np.where(np.abs(along) > noise[..., None], along, 0.0)
    return np.asarray(small & (_distance(loud, values) <= math.sqrt(tolerance) * travel))


def _distance(along: Array, values: Array) -> Array:
    """How far (...) the local model's stationary point is; inf with a slope on the flat."""
    reach = np.where(along == 0, 0.0, np.abs(along) / np.abs(values))
    return np.sqrt(squared_norm(reach))


def _drifting(along: Array, values: Array, last: list[Array]) -> Bools:
    """Whether the gradient lies along directions of no curvature, and the path goes on straight."""
    flat = squared_norm(np.where(values == 0, along, 0.0))
    one, two = last[0] - last[1], last[1] - last[2]
    straight = np.einsum("...i,...i->...", one, two) >= 0
    moves = np.any(one != 0, axis=-1)
    return np.asarray(moves & straight & (flat > (1 - 1e-6) * squared_norm(along)))


def _frozen(
    along: Array, values: Array, last: list[Array], eta: Array, left: Array, beta: float
) -> Bools:
    """Whether the steps to come cannot cover the distance that is left; left: the rest of Ση (...).

    How far a unit of η moves w is measured at the last step, so that it holds for every optimizer;
    with momentum β, every step goes on by itself for β/(1 − β) times its length.
    """
    if not len(eta):
        return np.zeros(left.shape, dtype=bool)
    one, two = last[0] - last[1], last[1] - last[2]
    push = np.sqrt(squared_norm(one - beta * two)) / np.abs(eta[-1])
    pushed = np.where(left > 0, left * push, 0.0)
    reach = (pushed + beta * np.sqrt(squared_norm(one))) / (1 - beta)
    return np.asarray(reach < _distance(along, values))


def _periods(w: Array) -> Whole:
    """The smallest p with which the ends of the paths (K+1, runs, n) repeat; 0 if none.

    They repeat to rounding beside the orbit's extent, and twice around, so that a slow spiral is
    not taken for a cycle.
    """
    most = min(PERIODS, (len(w) - 1) // 2)
    tail = w[-2 * most - 1 :]
    noise = 64 * EPS * np.abs(tail).max(axis=(0, 2))
    back = np.abs(tail[-1 - most : -1][::-1] - tail[-1]).max(axis=-1)
    close = back <= 1e-10 * np.ptp(tail, axis=0).max(axis=-1)
    period = np.zeros(w.shape[1], dtype=np.int64)
    for p in np.flatnonzero(close.any(axis=1)) + 1:
        window = tail[-2 * p - 1 :]
        change = np.abs(window[p:] - window[:-p]).max(axis=(0, 2))
        extent = np.ptp(window, axis=0).max(axis=-1)
        repeats = change <= np.minimum(1e-10 * extent, 1e-12 * extent + noise)
        period = np.where((period == 0) & repeats, p, period)
    return period


def _wandering(loss: Array) -> Bools:
    """Whether the loss (K+1, ...) rises and falls without a trend in a run's last two thirds."""
    third = (len(loss) - 1) // 3
    if third < PERIODS:
        return np.zeros(loss.shape[1:], dtype=bool)
    late = loss[-2 * third :] - loss[-2 * third :].min(axis=0)
    change = np.diff(late, axis=0)
    rises, way = np.maximum(change, 0).sum(axis=0), np.abs(change).sum(axis=0)
    both = (rises > 0.2 * way) & (rises < 0.8 * way)
    level = late[third:].mean(axis=0) / late[:third].mean(axis=0)
    # Rounding rises and falls as well.
    real = way > 1e-12 * third * np.abs(loss[-1])
    return np.asarray(both & real & (level > 0.8) & (level < 1.25))

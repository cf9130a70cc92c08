"""How a run ends: converged, cycling, diverged, …, judged from its record."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools, Ints
from convcore.descent.criteria import (
    PERIODS,
    at_kink,
    curvatures_at_rest,
    extrema_from_sides,
    has_left,
    has_settled,
    is_carried_off,
    is_closing_in,
    is_frozen,
    is_going_straight,
    is_hidden,
    is_wandering,
    on_the_flat,
    periods,
    way,
)
from convcore.descent.divergence import BLOCK, followed
from convcore.descent.schedules import Schedule
from convcore.descent.theory import PointKind, kinds_of_points
from convcore.descent.underflow import is_underflow
from convcore.objectives.base import Objective
from convcore.objectives.quadratics import QuadraticForm
from convcore.optimizers import Optimizer
from convcore.optimizers.base import Rest


class Status(Enum):
    """How a run ended; each is its message, filled in by `Outcome`."""

    CONVERGED = "converged to a {kind}"
    NEAR = "near a {kind} when the steps ran out, where it need not stay"
    FROZEN = "frozen: the steps that remain cannot reach a stationary point"
    CYCLING = "cycles with period {period}"
    BOUNDED = "stays bounded without settling or repeating"
    STUCK = "stuck where E has a slope but no curvature"
    UNDERFLOW = "stopped by rounding, where E is too flat for double precision"
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
        Status.UNDERFLOW,
        Status.NEAR,
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

    @property
    def at_minimum(self) -> bool:
        """Whether it converged to a minimum, or came near one."""
        there = self.status in (Status.CONVERGED, Status.NEAR)
        return there and self.kind is not None and self.kind.is_minimum


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
    methods: Sequence[Optimizer],
) -> Judged:
    """Name how each run ended; w (K+1, ..., n), loss (K+1, ...) and eta (K, ...) are its record.

    w and loss may hold anything after a run has blown up. eta0: η₀ (...). methods: the one of all
    runs, or that of each run (m,).
    """
    K, alike = len(eta), len(methods) == 1
    beta, returns = (
        np.array(facts[0] if alike else facts)
        for facts in ([m.beta for m in methods], [m.returns for m in methods])
    )
    length, ended, travel = followed(objective, w, loss, returns)
    gone = ended <= K
    left = has_left(objective, w, length, gone & (ended > length))
    # A run that blew up or left has no last point; its start is used instead.
    end = np.where(gone[..., None], w[0], w[-1])
    last = [w[max(0, K - back)] for back in range(4)]
    values, Q = objective.eigen(end)
    values = np.broadcast_to(values, end.shape)
    travel = way(travel, w[0], end)
    g = objective.gradient(end)
    along = np.einsum("...ij,...i->...j", np.broadcast_to(Q, (*end.shape, objective.n)), g)

    settled = ~gone & has_settled(objective, w[0], end, along, values, travel, tolerance)
    if K and beta.any():  # with momentum w passes what it meets at speed
        carried = beta * np.linalg.norm(end - np.where(gone[..., None], end, w[-2]), axis=-1)
        settled = settled & ~(carried > math.sqrt(tolerance) * travel)
    resting = np.all(np.stack(last[1:]) == last[0], axis=(0, -1)) & (K > 0)
    period, wandering = np.zeros(settled.shape, dtype=np.int64), np.zeros_like(settled)
    # Where E has curvature a small gradient is proof enough, and a quadratic has no kinks.
    doubted = (
        np.False_ if isinstance(objective, QuadraticForm) else (values == 0).all(axis=-1) | ~settled
    )
    kink = at_kink(objective, w[0], last, travel, ~gone & doubted, tolerance)
    kind = _kinds(objective, end, values, settled)
    near, at_rest = np.zeros_like(settled), resting & ~g.any(axis=-1)
    if K and (settled & ~at_rest).any():
        rest = Rest(values, np.broadcast_to(Q, (*g.shape, objective.n)), along)
        leaves = _leaves(methods, eta[-1], rest, kind, schedule, K, tolerance * travel)
        near = settled & ~at_rest & leaves
    moving = ~(gone | settled | resting | kink)
    if moving.any():
        # A run is a column of `w`.
        period[moving] = periods(w[-2 * PERIODS - 1 :, moving])
        wandering[moving] = _in_parts(is_wandering, loss[:, moving])
        if wandering.any():
            wandering[wandering] = ~_in_parts(is_closing_in, w[:, wandering])
    flat, left_over = on_the_flat(along, values), schedule.remaining(K)
    drifting = frozen = np.zeros_like(settled)
    if math.isinf(left_over):
        drifting = np.array(flat & (K > 0))
        if drifting.any():
            drifting[drifting] = is_going_straight(w[:, drifting])
    else:
        frozen = is_frozen(along, values, last, eta, np.abs(eta0) * left_over, beta)
    # A method that divides by curvature cannot step where there is none.
    stuck = resting & flat & (eta[-1] != 0 if K else False)
    faint = np.array(~gone & (stuck | (settled & ~g.any(axis=-1) & ~values.any(axis=-1))))
    if isinstance(objective, QuadraticForm):
        faint = settled & is_hidden(objective, end, math.sqrt(tolerance) * travel)
    elif faint.any():
        paths, at = w[:, faint], objective.for_runs(np.flatnonzero(faint))
        faint[faint] = is_underflow(at, paths, np.asarray(stuck)[faint])
    seen = [
        left, gone, kink, faint, near, settled, stuck, resting, period > 1, drifting, frozen, wandering
    ]  # fmt: skip
    status = ORDER[np.argmax([*seen, np.ones_like(settled)], axis=0)]
    kind = np.where(gone, np.array(None), kind)
    ended = np.where(gone, ended, K)
    return Judged(length, ended, np.asarray(status, dtype=object), kind, period)


def all_gone(objective: Objective, w: Array, k: int) -> bool:
    """Whether all runs of a record w (K+1, ..., n) are past the mark at step k ≥ 1.

    Then they are judged to have diverged or left whatever follows, as they were growing there.
    """
    seen = w[[0, 1, k]]
    _, ended, _ = followed(
        objective, seen, objective.value(seen), np.zeros(w.shape[1:-1], dtype=bool)
    )
    return bool(np.all(ended <= 2))


def _leaves(
    methods: Sequence[Optimizer], eta: Array, rest: Rest, kind: NDArray[np.object_],
    schedule: Schedule, K: int, reach: Array,
) -> Bools:  # fmt: skip
    """Whether runs (...) beside points of rest need not stay within `reach` (...) of them.

    eta (...): the last η. methods: the one of all runs, or that of each run (m,).
    """
    if len(methods) > 1:
        each = zip(methods, eta, *rest, kind, reach, strict=True)
        return np.array([_leaves([m], e, Rest(*r), k, schedule, K, d) for m, e, *r, k, d in each])
    (method,) = methods
    curvature = np.abs(rest.values).max(axis=-1)
    saddle = ((kind == PointKind.SADDLE) | (kind == PointKind.MAXIMUM)) & (not method.relative)
    shares, errors = method.shares(eta, rest)
    thrown = is_carried_off(shares, errors, np.asarray(saddle), schedule, K, reach)
    return method.leaves(eta, curvature, reach) | thrown


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
        spectrum, sign = objective.spectrum, np.sign(objective.spectrum.values)
        kind: PointKind = kinds_of_points(sign).item()
        if sign.any() and not spectrum.hidden.any() and not spectrum.drift.any() and not sign.all():
            # Along a direction without curvature all points are as low as each other.
            sides = {(0, 1): PointKind.DEGENERATE_MINIMUM, (-1, 0): PointKind.DEGENERATE_MAXIMUM}
            kind = sides.get((int(sign.min()), int(sign.max())), kind)
        return np.full(settled.shape, kind, dtype=object)
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

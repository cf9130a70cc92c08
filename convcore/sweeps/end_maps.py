"""Where many runs end: the escape map (start × η) and the basins over a plane of starts.

All runs go through `descend`, in blocks that several workers can share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcore.arrays import Array, Bools, Ints
from convcore.descent.descent import Status, Trajectory, descend
from convcore.descent.schedules import Constant, OpenLoop, Schedule
from convcore.descent.theory import PointKind
from convcore.objectives.base import Objective
from convcore.optimizers import GradientDescent, Optimizer
from convcore.parallel import Report, Workers, map_jobs, part_of
from convcore.sweeps.stationary import StationaryPoint, classify, distinct, polish

STATUSES = tuple(Status)
CODE = {status: code for code, status in enumerate(STATUSES)}
BLOCK = 8000  # runs per call of `descend`
PATHS = 1_500_000  # points of their paths, which are all in memory at once
SHORT = 60  # steps after which most runs of a map have ended
SAFE = 0.995  # share of the limit of η below which a converged run stays where it is
MOST = 1000  # points outside of the view that are distinguished
NEAR = 0.02  # an end belongs to a stationary point within this share of 1 + its size


@dataclass(frozen=True, eq=False)
class Ends:
    """How runs ended, without their paths.

    w: (..., n), the last points. status: (...), an index into `STATUSES`. period: (...), 0 unless
    cycling. point: (...), for runs that converged the index into `points`, else −1. points: the
    stationary points that were known or reached.
    """

    w: Array
    status: NDArray[np.int8]
    period: NDArray[np.int16]
    point: NDArray[np.int32]
    points: tuple[StationaryPoint, ...]

    def is_(self, status: Status) -> Bools:
        """Which runs (...) ended with this status."""
        return np.asarray(self.status == CODE[status])


def escape_map(
    objective: Objective,
    starts: ArrayLike,
    etas: ArrayLike,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    steps: int = 400,
    points: tuple[StationaryPoint, ...] = (),
    workers: Workers = 1,
    report: Report | None = None,
) -> Ends:
    """The end of a run from each start (m, n) at each η (r,): `Ends` of shape (r, m).

    points: stationary points that are known already; others that are reached are added to them.
    """
    w = np.asarray(starts, dtype=float)
    eta = np.asarray(etas, dtype=float)[:, None]
    return run_ends(objective, w, eta, optimizer, schedule, steps, points, workers, report)


def basins(
    objective: Objective,
    x: ArrayLike,
    y: ArrayLike,
    eta: float,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    steps: int = 400,
    points: tuple[StationaryPoint, ...] = (),
    workers: Workers = 1,
    report: Report | None = None,
) -> Ends:
    """The end of a run from each start of a plane, x (c,) and y (r,): `Ends` of shape (r, c)."""
    w = np.stack(np.meshgrid(np.asarray(x, dtype=float), np.asarray(y, dtype=float)), axis=-1)
    return run_ends(objective, w, eta, optimizer, schedule, steps, points, workers, report)


def run_ends(
    objective: Objective,
    start: ArrayLike,
    eta: ArrayLike,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    steps: int = 400,
    points: tuple[StationaryPoint, ...] = (),
    workers: Workers = 1,
    report: Report | None = None,
) -> Ends:
    """How `descend` ends from starts (..., n) with η (...), which broadcast.

    A start where E is not finite has left its domain before the first step. workers: see
    `parallel.map_jobs`; the numbers do not depend on them.
    """
    w0, eta0 = np.asarray(start, dtype=float), np.asarray(eta, dtype=float)
    shape = np.broadcast_shapes(w0.shape[:-1], eta0.shape)
    w0 = np.broadcast_to(w0, (*shape, objective.n)).reshape(-1, objective.n)
    eta0 = np.broadcast_to(eta0, shape).reshape(-1)
    plan = _Plan(objective, optimizer or GradientDescent(), schedule or Constant(), steps)
    w, status = w0.copy(), np.full(len(w0), CODE[Status.LEFT], np.int8)
    period = np.zeros(len(w0), np.int16)
    going = np.flatnonzero(np.isfinite(objective.value(w0)))
    # Steps with a line search or a solve take long: smaller blocks report progress more often.
    block = BLOCK // objective.n**2 if has_cheap_steps(plan.optimizer) else BLOCK // 16
    # Most runs end after a few steps: only the others are followed to the last step.
    rounds = (SHORT, steps) if steps >= 2 * SHORT else (steps,)
    for turn, length in enumerate(rounds):
        most = max(1, min(block, PATHS // (length + 1)))
        parts = np.array_split(going, -(-len(going) // most)) if len(going) else []
        jobs = [_Job(plan, length, w0[part], eta0[part]) for part in parts]
        found = map_jobs(_work, jobs, workers, part_of(report, turn, len(rounds)))
        if found:
            w[going], status[going], period[going], through = map(
                np.concatenate, zip(*found, strict=True)
            )
            going = going[~through]
    point, known = _located(objective, w, status == CODE[Status.CONVERGED], points)
    return Ends(
        w.reshape(*shape, objective.n),
        status.reshape(shape),
        period.reshape(shape),
        point.reshape(shape),
        known,
    )


def has_cheap_steps(optimizer: Optimizer) -> bool:
    """Whether a step needs one gradient only and η has a limit, below which a converged run stays."""
    return optimizer.gradient_only() and optimizer.limit(1.0) < np.inf


class _Plan(NamedTuple):
    objective: Objective
    optimizer: Optimizer
    schedule: Schedule
    steps: int


class _Job(NamedTuple):
    """A block of runs: starts (m, n) and step sizes (m,), to be followed for `length` steps."""

    plan: _Plan
    length: int
    start: Array
    eta: Array


Found = tuple[Array, NDArray[np.int8], NDArray[np.int16], Bools]


def _work(job: _Job) -> Found:
    """(w, status, period, final) of a block."""
    plan = job.plan
    run = descend(plan.objective, job.start, job.eta, plan.optimizer, plan.schedule, job.length)
    status = np.array([CODE[each] for each in run.status], dtype=np.int8)
    # A copy: a view would keep all paths in memory, a hundred megabytes.
    return run.w[-1].copy(), status, run.period.astype(np.int16), _final(plan, run, job.eta)


def _final(plan: _Plan, run: Trajectory, eta: Array) -> Bools:
    """Which runs more steps cannot change: they diverged or left, or converged where such steps stay."""
    # No step is longer than η₀ times the largest factor of the schedule.
    f, method = plan.schedule, plan.optimizer
    longest = float(f.factors(max(plan.steps, 1)).max()) if isinstance(f, OpenLoop) else 1.0
    step = eta * longest
    held = np.zeros(len(eta), dtype=bool)
    most = SAFE * method.limit(1.0)
    if has_cheap_steps(method):
        # The limit is one of ηλ: 2 for plain descent (SCIENCE H).
        values = plan.objective.eigen(run.w[-1])[0]
        with np.errstate(over="ignore"):  # of runs that diverged
            held = np.all((values > 0) & (step[:, None] * values < most), axis=-1)
    elif most < np.inf:
        held = (step > 0) & (step < most)
    elif method.monotone:
        held = run.kind == PointKind.MINIMUM
    return np.asarray(run.gone | ((run.status == Status.CONVERGED) & held))


def _located(
    objective: Objective, w: Array, arrived: Bools, points: tuple[StationaryPoint, ...]
) -> tuple[NDArray[np.int32], tuple[StationaryPoint, ...]]:
    """For ends w (m, n) the index of the stationary point where they arrived at one, else −1; and the
    points, followed by those not among them, the most visited first."""
    point = np.full(len(w), -1, dtype=np.int32)
    rest = np.flatnonzero(arrived)
    _assign(point, w, rest, points)
    rest = rest[point[rest] < 0]
    if not len(rest):
        return point, points
    # Points outside of the view: one for each cell in which runs ended, the most crowded first.
    cell = np.round(w[rest] / (NEAR * (1 + np.abs(w[rest]))), 0)
    _, first, count = np.unique(cell, axis=0, return_index=True, return_counts=True)
    crowded = np.argsort(-count, kind="stable")[:MOST]
    found_ends = polish(objective, w[rest][first[crowded]])
    new = classify(
        objective, distinct(found_ends, NEAR * (1 + np.abs(found_ends).max(axis=-1, initial=0.0)))
    )
    found = np.full(len(rest), -1, dtype=np.int32)
    _assign(found, w[rest], np.arange(len(rest)), new)
    visits = np.bincount(found[found >= 0], minlength=len(new))
    order = np.argsort(-visits, kind="stable")[: int((visits > 0).sum())]
    place = np.full(len(new) + 1, -1, dtype=np.int32)  # the last for what was not found
    place[order] = len(points) + np.arange(len(order))
    point[rest] = place[found]
    return point, (*points, *(new[i] for i in order))


def _assign(
    point: NDArray[np.int32],
    w: Array,
    at: Ints,
    points: tuple[StationaryPoint, ...],
) -> None:
    """Set point[at] to the index of the nearest of the points, where it is within NEAR."""
    if not (len(points) and len(at)):
        return
    from scipy.spatial import cKDTree  # imported here, as most pages do not need it

    away, nearest = cKDTree([p.w for p in points]).query(w[at], p=np.inf)
    near = away <= NEAR * (1 + np.abs(w[at]).max(axis=-1))
    point[at[near]] = nearest[near]

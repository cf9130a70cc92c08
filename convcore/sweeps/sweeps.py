"""Many step sizes at once: losses and step counts without paths, and schedules side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcore.arrays import Array
from convcore.descent.descent import descend
from convcore.descent.schedules import Constant, OpenLoop, Schedule
from convcore.descent.theory import SAME, constant_steps
from convcore.objectives.base import Objective
from convcore.objectives.quadratics import QuadraticForm
from convcore.optimizers import Optimizer
from convcore.parallel import Report, Workers, map_jobs

ETAS = 500  # step sizes per job of `sweep_schedules`
BLOCK = 2**16  # numbers processed at a time, so that they stay in the processor's cache
TOP = float(np.finfo(float).max)


def sweep_losses(
    objective: QuadraticForm,
    start: ArrayLike,
    etas: ArrayLike,
    schedule: OpenLoop | None = None,
    steps: int = 100,
) -> Array:
    """E(wₖ) − E(w*) of plain descent from one start (n,) for every η₀ (r,): shape (K+1, r).

    In eigen-coordinates, E − E* = Σ ½λ_i(z_i − z_i*)² + b̃_i(z_i − z_i*) over null directions, and
    each mode's error is a product of factors; no path is formed (SCIENCE C). A loss that overflows
    is held at the largest float.
    """
    s, eta, plan = objective.spectrum, _etas(etas), schedule or Constant()
    heights = 0.5 * s.values * s.error(np.asarray(start, dtype=float)) ** 2
    fall, f = float(s.drift @ s.drift), plan.factors(steps)
    loss = np.empty((steps + 1, eta.size))
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for columns in _blocks(eta.size, steps):
            part = _sum_of_modes(heights, s.values, eta[columns], plan, f)
            if fall:
                part -= fall * np.multiply.outer(np.append(0.0, np.cumsum(f)), eta[columns])
            if not np.isfinite(part[-1]).all():
                # An overflow is final: ±inf, or NaN as inf − inf.
                part = np.nan_to_num(part, nan=TOP, posinf=TOP, neginf=-TOP, copy=False)
            loss[:, columns] = part
    return loss


def sweep_steps(
    objective: QuadraticForm,
    start: ArrayLike,
    etas: ArrayLike,
    schedule: OpenLoop | None = None,
    steps: int = 100,
    tolerance: float = 1e-3,
) -> Array:
    """The smallest k ≤ `steps` with ‖wₖ − w*‖ ≤ τ‖w_0 − w*‖ for each η₀ (r,); inf if none.

    Where E falls along a flat direction, and so has no stationary point, all are inf.
    """
    s, eta, plan = objective.spectrum, _etas(etas), schedule or Constant()
    error = s.error(np.asarray(start, dtype=float))
    if s.drift.any():
        return np.full(eta.shape, np.inf)
    if isinstance(plan, Constant):
        return constant_steps(s.values, error, eta, tolerance, steps)
    if not error.any():
        return np.zeros(eta.shape)
    # Scaled, so that no square over- or underflows.
    unit = error / np.abs(error).max()
    weights, f = unit**2 / (unit @ unit), plan.factors(steps)
    found = np.empty(eta.shape)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for columns in _blocks(eta.size, steps):
            left = _sum_of_modes(weights, s.values, eta[columns], plan, f)
            hit = left <= (tolerance * (1 + SAME)) ** 2
            found[columns] = np.where(hit.any(axis=0), hit.argmax(axis=0), np.inf)
    return found


@dataclass(frozen=True, eq=False)
class ScheduleSweep:
    """How far runs are from the optimum at their end: s schedules × r step sizes η₀.

    distance: (s, r), ‖w_K − w*‖ to the nearest optimum; inf for runs that diverged or
    left. loss: (s, r), E(w_K), inf for the same runs.
    status: (s, r) of `Status`. kind: (s, r) of `PointKind`, that of the last point; None for the same.
    """

    distance: Array
    loss: Array
    status: NDArray[np.object_]
    kind: NDArray[np.object_]


def sweep_schedules(
    objective: Objective,
    start: ArrayLike,
    etas: ArrayLike,
    schedules: Sequence[Schedule],
    optimum: ArrayLike,
    optimizer: Optimizer | None = None,
    steps: int = 100,
    workers: Workers = 1,
    report: Report | None = None,
) -> ScheduleSweep:
    """How far from the optimum w* (n,) runs from one start (n,) are after `steps` steps, for each
    schedule with each η₀ (r,): `ScheduleSweep` of shape (s, r). Of several optima (m, n) the nearest
    counts.

    All step sizes of a schedule go through one `descend`, in blocks. workers: see `parallel.map_jobs`;
    the numbers do not depend on them. report: called with the share that is done; it
    may raise to stop the sweep. Raises ValueError for an optimum that does not fit or no schedule.
    """
    eta, w0 = _etas(etas), np.asarray(start, dtype=float)
    target = np.atleast_2d(np.asarray(optimum, dtype=float))
    if target.ndim != 2 or target.shape[-1] != objective.n or not len(target):
        raise ValueError(
            f"`sweep_schedules(optimum=...)` must end in {objective.n} weights; got "
            f"{np.shape(optimum)}."
        )
    if not schedules or not eta.size:
        raise ValueError("`sweep_schedules` needs at least one schedule and one step size.")
    jobs = [
        _Job(objective, w0, eta[i : i + ETAS], optimizer, plan, target, steps)
        for plan in schedules
        for i in range(0, eta.size, ETAS)
    ]
    shape = (len(schedules), eta.size)
    columns = zip(*map_jobs(_work, jobs, workers, report, inner_report=True), strict=True)
    distance, loss, status, kind = (np.concatenate(part).reshape(shape) for part in columns)
    return ScheduleSweep(distance, loss, status, kind)


class _Job(NamedTuple):
    """A block of step sizes (r,) of one schedule."""

    objective: Objective
    start: Array
    eta: Array
    optimizer: Optimizer | None
    schedule: Schedule
    optimum: Array
    steps: int


def _work(
    job: _Job, report: Report | None = None
) -> tuple[Array, Array, NDArray[np.object_], NDArray[np.object_]]:
    run = descend(
        job.objective, job.start, job.eta, job.optimizer, job.schedule, job.steps, report=report
    )
    with np.errstate(over="ignore"):  # of a run that diverged: its distance is inf
        away = np.linalg.norm(run.w[-1] - job.optimum[:, None], axis=-1).min(axis=0)
    return (
        np.where(run.gone, np.inf, away),
        np.where(run.gone, np.inf, run.loss[-1]),
        run.status,
        run.kind,
    )


def _etas(etas: ArrayLike) -> Array:
    return np.atleast_1d(np.asarray(etas, dtype=float))


def _blocks(runs: int, steps: int) -> Iterator[slice]:
    """Slices of columns, each of about BLOCK numbers in `steps` rows."""
    width = max(8, BLOCK // (steps + 1))
    return (slice(at, at + width) for at in range(0, runs, width))


def _sum_of_modes(scales: Array, values: Array, eta: Array, schedule: OpenLoop, f: Array) -> Array:
    """Σ_i scale_i·∏(1 − η_jλ_i)² over j < k, shape (K+1, r)."""
    total = np.zeros((len(f) + 1, eta.size))
    part = np.empty_like(total)
    first = True
    for scale, lam in zip(scales, values, strict=True):
        if scale != 0:
            _squared_factors(scale, lam, eta, schedule, f, total if first else part)
            if not first:
                total += part
            first = False
    return total


def _squared_factors(
    scale: float, lam: float, eta: Array, schedule: OpenLoop, f: Array, out: Array
) -> None:
    """scale·∏(1 − η_jλ)² over j < k, into `out` (K+1, r)."""
    out[0] = scale
    if not isinstance(schedule, Constant):
        np.multiply.outer(f, -lam * eta, out=out[1:])
        out[1:] += 1.0
        out[1:] *= out[1:]
        np.multiply.accumulate(out, axis=0, out=out)
        return
    # Rows m … 2m−1 are rows 0 … m−1 times the m-th power: log₂K large products.
    power, m = (1 - lam * eta) ** 2, 1
    while m < len(out):
        size = min(m, len(out) - m)
        np.multiply(out[:size], power, out=out[m : m + size])
        power, m = power * power, 2 * m

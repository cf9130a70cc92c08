"""A fixed step size as a dynamical system: the orbit after a transient, and where it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcore.arrays import Array, Bools, Ints
from convcore.descent.descent import Status, descend
from convcore.objectives.base import Objective
from convcore.optimizers import GradientDescent, Optimizer
from convcore.parallel import Report, Workers, map_jobs

BLOCK = 200  # step sizes per call of `descend`


@dataclass(frozen=True, eq=False)
class Orbits:
    """The orbits of runs at many fixed step sizes after their transient.

    eta: (r,). w: (kept, r, n), the last points. status: (r,) of `Status`; period: (r,), 1 where a
    run converged or is at rest, 0 where none was found.
    """

    eta: Array
    w: Array
    status: NDArray[np.object_]
    period: Ints

    @property
    def stays(self) -> Bools:
        """Which runs (r,) neither diverged nor left the domain of E."""
        return np.asarray((self.status != Status.DIVERGED) & (self.status != Status.LEFT))


def bifurcation(
    objective: Objective,
    start: ArrayLike,
    etas: ArrayLike,
    optimizer: Optimizer | None = None,
    transient: int = 1000,
    kept: int = 64,
    workers: Workers = 1,
    report: Report | None = None,
) -> Orbits:
    """The orbit from one start (n,), or one for each η (r, n), at every η (r,).

    transient: steps to discard; kept: points to keep after them.
    """
    eta = np.asarray(etas, dtype=float)
    w0 = np.broadcast_to(np.asarray(start, dtype=float), (len(eta), objective.n))
    jobs = [
        _Job(objective, w0[i : i + BLOCK], eta[i : i + BLOCK], optimizer, transient, kept)
        for i in range(0, len(eta), BLOCK)
    ]
    w, status, period = zip(*map_jobs(_work, jobs, workers, report, inner_report=True), strict=True)
    return Orbits(eta, np.concatenate(w, axis=1), np.concatenate(status), np.concatenate(period))


class _Job(NamedTuple):
    objective: Objective
    start: Array
    eta: Array
    optimizer: Optimizer | None
    transient: int
    kept: int


def _work(job: _Job, report: Report | None = None) -> tuple[Array, NDArray[np.object_], Ints]:
    steps, method = job.transient + job.kept, job.optimizer or GradientDescent()
    run = descend(job.objective, job.start, job.eta, method, steps=steps, report=report)
    rests = (run.status == Status.CONVERGED) | (run.status == Status.FROZEN)
    period = np.where(rests, 1, run.period)
    return run.w[-job.kept :].copy(), run.status, period


def lyapunov(objective: Objective, orbits: Orbits) -> Array:
    """The mean growth of log distance per step of plain descent along the last points: (r,).

    Below 0 neighbours converge (to a stable point or cycle); above 0 is chaos.
    """
    H = objective.hessian(orbits.w)
    v = np.full((len(orbits.eta), objective.n), objective.n**-0.5)
    growth = np.zeros(len(orbits.eta))
    with np.errstate(all="ignore"):
        for hessian in H:
            v = v - orbits.eta[:, None] * np.einsum("rij,rj->ri", hessian, v)
            size = np.linalg.norm(v, axis=-1)
            growth = growth + np.log(size)
            v = v / size[:, None]
    return np.nan_to_num(growth / len(H), nan=-np.inf)

"""A fixed step size as a dynamical system: the orbit after a transient, and where it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcore.arrays import Array
from convcore.descent.descent import Status, descend
from convcore.objectives.base import Objective
from convcore.optimizers import GradientDescent, Optimizer
from convcore.parallel import Report, Workers, spread

BLOCK = 200  # step sizes that are followed together


@dataclass(frozen=True, eq=False)
class Orbits:
    """What is left of runs at many fixed step sizes after their transient.

    eta: (r,). w: (kept, r, n), the last points. status: (r,) of `Status`; period: (r,), 1 where a
    run rests or converged, 0 where none was found.
    """

    eta: Array
    w: Array
    status: NDArray[np.object_]
    period: NDArray[np.int64]

    @property
    def stays(self) -> NDArray[np.bool_]:
        """Which runs (r,) did not diverge."""
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

    transient: steps that are thrown away; kept: points that are kept after them.
    """
    eta = np.asarray(etas, dtype=float)
    w0 = np.broadcast_to(np.asarray(start, dtype=float), (len(eta), objective.n))
    jobs = [
        _Job(objective, w0[i : i + BLOCK], eta[i : i + BLOCK], optimizer, transient, kept)
        for i in range(0, len(eta), BLOCK)
    ]
    w, status, period = zip(*spread(_work, jobs, workers, report, within=True), strict=True)
    return Orbits(eta, np.concatenate(w, axis=1), np.concatenate(status), np.concatenate(period))


class _Job(NamedTuple):
    objective: Objective
    start: Array
    eta: Array
    optimizer: Optimizer | None
    transient: int
    kept: int


def _work(
    job: _Job, report: Report | None = None
) -> tuple[Array, NDArray[np.object_], NDArray[np.int64]]:
    steps, method = job.transient + job.kept, job.optimizer or GradientDescent()
    run = descend(job.objective, job.start, job.eta, method, steps=steps, report=report)
    rests = (run.status == Status.CONVERGED) | (run.status == Status.FROZEN)
    period = np.where(rests, 1, run.period)
    return run.w[-job.kept :].copy(), run.status, period


def multiplier(objective: Objective, orbits: Orbits, period: int) -> Array:
    """∏(1 − ηE″(w_i)) once around the last `period` points of orbits of one weight: (r,).

    A cycle is stable while this is within ±1; at −1 its period doubles.
    """
    bend = objective.hessian(orbits.w[-period:])[..., 0, 0]
    return np.asarray(np.prod(1 - orbits.eta * bend, axis=0))


def lyapunov(objective: Objective, orbits: Orbits) -> Array:
    """The mean growth of log distance per step of plain descent along the last points: (r,).

    Below 0 neighbours draw together (a point or a cycle that is stable); above 0 is chaos.
    """
    H = objective.hessian(orbits.w)
    v = np.full((len(orbits.eta), objective.n), objective.n**-0.5)
    growth = np.zeros(len(orbits.eta))
    with np.errstate(all="ignore"):
        for bend in H:
            v = v - orbits.eta[:, None] * np.einsum("rij,rj->ri", bend, v)
            size = np.linalg.norm(v, axis=-1)
            growth = growth + np.log(size)
            v = v / size[:, None]
    return np.nan_to_num(growth / len(H), nan=-np.inf)


def doubling(
    objective: Objective, start: ArrayLike, low: float, high: float, period: int, nodes: int = 9
) -> float:
    """The η at which a cycle of this period doubles, of one weight; NaN if none is near.

    start: (1,). [low, high]: step sizes at which the cycle is stable. The multiplier is a smooth
    function of η; it is measured on orbits there and followed to −1, where orbits settle ever more slowly.
    """
    chebyshev = np.cos(np.pi * (np.arange(nodes) + 0.5) / nodes)
    etas = np.sort(0.5 * (low + high) + 0.5 * (high - low) * chebyshev)
    orbits = bifurcation(objective, start, etas, transient=4000, kept=max(64, period))
    fit = np.polynomial.Polynomial.fit(etas, multiplier(objective, orbits, period) + 1, nodes // 2)
    roots = fit.roots()
    real = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
    beyond = real[real > low]
    return float(beyond[0]) if beyond.size else float("nan")


def narrowed(
    happens: Callable[[Array], NDArray[np.bool_]],
    low: float,
    high: float,
    rounds: int = 12,
    width: int = 33,
) -> tuple[float, float]:
    """The bracket of the smallest number in [low, high] from which on something happens.

    happens: numbers (width,) -> whether, all at once; it must be False at low and True at high.
    Each round divides the bracket by width − 1: ten rounds of 33 reach the rounding of floats.
    Raises ValueError unless it is so at both ends.
    """
    for _ in range(rounds):
        grid = np.linspace(low, high, width)
        hit = happens(grid)
        if hit[0] or not hit[-1]:
            raise ValueError("`narrowed(happens, low, high)` needs a change between low and high.")
        first = int(hit.argmax())
        low, high = float(grid[first - 1]), float(grid[first])
        if high - low <= 4 * np.finfo(float).eps * abs(high):
            break
    return low, high

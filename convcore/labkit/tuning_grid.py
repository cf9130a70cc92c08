"""A tuning grid: each candidate method or schedule at each step size, and the steps that it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array
from convcore.descent.descent import Status, descend
from convcore.descent.schedules import SCHEDULES, Schedule
from convcore.descent.theory import curvatures
from convcore.objectives.base import Objective
from convcore.objectives.gallery import Function
from convcore.optimizers import DampedNewton, Needs, Optimizer, Search
from convcore.sweeps.tuning import (
    SETTLED,
    Candidate,
    StepCounts,
    StopAtRest,
    TuningEnd,
    count_steps,
)

# Step sizes in units of 1/λₘₐₓ, or shares of the full step; dense around the limits 1 and 2.
MULTIPLES = (
    0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6,
    1.7, 1.8, 1.9, 2.0, 2.5, 3.0, 3.5,
)  # fmt: skip
SHARES = (0.5, 0.8, 1.0, 1.2, 1.5)  # for methods whose runs are costly
WORK = 6e4  # the budget of `affordable_steps`: characters of formulas times steps
TRIED = 12  # how many of the best cells to check, until a run of its own confirms one


@dataclass(frozen=True)
class TuningGrid:
    """What is compared, from which start and to which goal.

    unit: the step size that counts as 1 on the map; unit_words: its name; both once more for methods whose
    η is a length (`Optimizer.sized`), where they have a unit of their own. here: the lab's own η, by the
    candidate's key. goal: what the steps lead to, in words. tolerance, target: see `count_steps`.
    sparse: the candidates that try few step sizes. marks: step sizes, by the candidate's key, that theory
    says are best, to be tried as well.
    """

    objective: Objective
    start: tuple[float, ...]
    candidates: tuple[Candidate, ...]
    steps: int
    own: int  # the steps that the lab takes now
    unit: float
    unit_words: str
    goal: str
    kind: str  # what a candidate is: "method" or "schedule"
    here: tuple[tuple[str, float], ...]
    sized_unit: float = 0.0
    sized_words: str = ""
    tolerance: float = SETTLED
    target: tuple[float, ...] | None = None
    sparse: frozenset[str] = field(default_factory=frozenset)
    marks: tuple[tuple[str, float], ...] = ()

    def unit_of(self, candidate: Candidate) -> float:
        """The η of a candidate that counts as 1 on the map."""
        if candidate.optimizer.relative:
            return 1.0
        return (self.sized_unit if candidate.optimizer.sized else 0.0) or self.unit

    def count(self, candidates: tuple[Candidate, ...], etas: Array, most: int) -> StepCounts:
        """The steps of some candidates over etas (r,) or (m, r), computed together."""
        return count_steps(
            self.objective, self.start, candidates, etas, most, self.tolerance, self.target
        )  # fmt: skip

    def count_alone(self, candidate: Candidate, eta: float, most: int) -> float:
        """The steps of one setting by a run of its own; inf if it does not get there."""
        alone = count_steps(
            self.objective, self.start, (candidate,), [eta], most, self.tolerance, self.target, False
        )  # fmt: skip
        return float(alone.steps[0, 0])


@dataclass(frozen=True, eq=False)
class GridCells:
    """The map: its columns (r,), and the η, steps and outcome of each cell (m, r).

    multiples: η in units, or the share of the full step. etas: NaN where a candidate does not try a
    column. ends, loss: see `StepCounts`. best: (row, column) of the fastest; None if none arrives.
    """

    multiples: Array
    etas: Array
    steps: Array
    ends: NDArray[np.object_]
    loss: Array
    best: tuple[int, int] | None

    @property
    def tried(self) -> int:
        """How many settings were tried."""
        return int(np.isfinite(self.etas).sum())


@lru_cache(maxsize=16)
def try_all(grid: TuningGrid) -> GridCells:
    """The whole map; cached, as a click on it needs it again."""
    m, etas = step_sizes(grid)
    tried = np.isfinite(etas)
    found, loss = np.full(etas.shape, np.inf), np.full(etas.shape, np.nan)
    ends = np.full(etas.shape, TuningEnd.SLOW, dtype=object)
    # Candidates with the same columns run together.
    for columns in np.unique(tried, axis=0):
        rows = np.flatnonzero((tried == columns).all(axis=1))
        candidates = tuple(grid.candidates[i] for i in rows)
        part = grid.count(candidates, etas[rows][:, columns], grid.steps)
        cells = np.ix_(rows, np.flatnonzero(columns))
        found[cells], ends[cells], loss[cells] = part.steps, part.ends, part.loss
    return GridCells(m, etas, found, ends, loss, _best(grid, m, etas, found, ends))


def step_sizes(grid: TuningGrid) -> tuple[Array, Array]:
    """The multiples (r,) and each candidate's η at them (m, r), NaN where it is not tried.

    The lab's own settings and the marks get columns of their own unless they are far off the map.
    """
    units = {c.key: grid.unit_of(c) for c in grid.candidates}
    exact = [(key, eta) for key, eta in (*grid.marks, *grid.here) if key in units]
    own = [eta / units[key] for key, eta in exact]
    near = [x for x in own if MULTIPLES[0] / 4 <= x <= 4 * MULTIPLES[-1]]
    m = np.unique([*MULTIPLES, *near])
    m = m[np.append(True, np.diff(m) > 1e-9 * m[1:])]
    etas = np.empty((len(grid.candidates), m.size))
    for i, candidate in enumerate(grid.candidates):
        # Four digits, to be readable; those of `exact` as they are.
        etas[i] = [float(f"{x * units[candidate.key]:.4g}") for x in m]
        kept = np.isin(m, SHARES)
        for (key, eta), at in zip(exact, own, strict=True):
            if key == candidate.key:
                here = np.abs(m - at) <= 1e-8 * m
                etas[i, here] = eta
                kept |= here
        if candidate.key in grid.sparse:
            etas[i, ~kept] = np.nan
    return m, etas


def _best(
    grid: TuningGrid, m: Array, etas: Array, found: Array, ends: NDArray[np.object_]
) -> tuple[int, int] | None:
    """The fastest setting, confirmed by a run of its own; of several, the one nearest to one unit.

    A run among others may differ from the same one alone by rounding, and a chaotic one by much: then
    `found` and `ends` are corrected in place.
    """
    away = np.broadcast_to(np.abs(np.log(m)), found.shape)
    for _ in range(TRIED):
        i, j = divmod(int(np.lexsort((away.ravel(), found.ravel()))[0]), m.size)
        if found[i, j] == np.inf:
            return None
        k = grid.count_alone(grid.candidates[i], float(etas[i, j]), grid.steps)
        if k == found[i, j]:
            return i, j
        found[i, j] = k
        ends[i, j] = TuningEnd.REACHED if k < np.inf else TuningEnd.SLOW
    return None


def best_of(grid: TuningGrid, cells: GridCells, i: int) -> float | None:
    """The η at which candidate i is fastest, of several the one nearest to a unit; None if none."""
    k = cells.steps[i].min()
    if k == np.inf:
        return None
    ties = np.flatnonzero(cells.steps[i] == k)
    return float(cells.etas[i, ties[np.abs(np.log(cells.multiples[ties])).argmin()]])


def enough_steps(grid: TuningGrid, candidate: Candidate, eta: float) -> int:
    """How many steps a lab needs to show that this setting arrives."""
    k = grid.count_alone(candidate, eta, grid.steps)
    if k == math.inf:
        return grid.own
    for most in (grid.own, int(k) + 5, int(2 * k), int(3 * k)):
        if k <= most < grid.steps and grid.count_alone(candidate, eta, most) == k:
            return most
    return grid.steps


def all_schedules(own: Schedule) -> tuple[tuple[str, Schedule], ...]:
    """All schedules by key: the lab's own as it is set, the others with their defaults."""
    return tuple((key, own if isinstance(own, kind) else kind()) for key, kind in SCHEDULES)


@lru_cache(maxsize=64)
def largest_curvature(objective: Function, start: tuple[float, ...]) -> float:
    """The largest |λ| of the Hessian at the start and at the minimum that damped Newton leads to; or 0."""
    run = descend(objective, np.array(start), 1.0, StopAtRest(DampedNewton()), steps=40)
    ends = [run.w[0]] + ([run.w[-1]] if run.status == Status.CONVERGED else [])
    values = np.abs(curvatures(objective, np.array(ends)))
    return float(np.nan_to_num(values, nan=0.0).max())


def affordable_steps(
    objective: Function, optimizers: Sequence[Optimizer], low: int, high: int
) -> int:
    """How many steps these optimizers can run in well under half a second, estimated beforehand.

    A step costs more the longer the formula is, with second derivatives about 2.5 times and with a
    search along a line about 5 times what a gradient costs (as count_alone on the gallery).
    """
    cost = sum(
        5.0 if one.search is not Search.NONE else 2.5 if one.needs is not Needs.GRADIENT else 1.0
        for one in optimizers
    )
    return min(max(int(WORK / (cost * (80 + len(objective.text)))), low), high)

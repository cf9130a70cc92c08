"""Minibatches of a table in "Many weights": many runs beside full batches, and the floor by theory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array
from convcore.cache import kept
from convcore.descent.schedules import Constant, OpenLoop, Schedule
from convcore.knobs import files
from convcore.labs.many_weights.least_squares import FromData
from convcore.labs.many_weights.plane import QuadraticPlane
from convcore.labs.many_weights.settings import ManyWeightsSettings
from convcore.objectives.quadratics import LeastSquares
from convcore.sweeps.minibatches import MinibatchDescent, MinibatchTheory, minibatch_runs
from convcore.sweeps.noise import Band

RUNS, FEWEST = 64, 8
MOST_STEPS = 1000
WORK = 4e7  # multiplications in all runs, and as many in theory: a fraction of a second


@dataclass(frozen=True)
class MinibatchJob:
    """All that the runs depend on."""

    problem: FromData
    start: tuple[float, ...]
    eta: float
    schedule: Schedule
    steps: int
    method: MinibatchDescent


@dataclass(frozen=True, eq=False)
class Floor:
    """What theory says of one setting: batch size, η, and the mean of E − E* that it keeps."""

    batch: int
    eta: float
    kept: float


@dataclass(frozen=True, eq=False)
class MinibatchStudy:
    """Many runs of minibatches, as E − E* by step, each (K+1,) with K the steps that were affordable.

    band: over the runs; one: the first of them; full: of full batches. theory: the mean over all draws with
    replacement, None where η is not known beforehand. rows: of the table; batch: of a step, at most those.
    late: the mean over the runs in the last third of the steps, and theory_late that by theory. gone: how
    many runs blew up. floors: of this setting, and of others beside it; empty where η is not constant.
    """

    rows: int
    batch: int
    runs: int
    band: Band
    one: Array
    full: Array
    theory: Array | None
    late: float
    theory_late: float
    gone: int
    floors: tuple[Floor, ...]
    interpolates: bool

    @property
    def steps(self) -> int:
        """K."""
        return len(self.full) - 1

    @property
    def floor(self) -> float:
        """By theory, with rows drawn with replacement; NaN where η is not constant."""
        return self.floors[0].kept if self.floors else math.nan


def minibatches(settings: ManyWeightsSettings) -> MinibatchStudy | None:
    """The study of the settings' minibatches; None where E is no least squares of a table."""
    if not isinstance(settings.problem, FromData) or settings.problem.crossed:
        return None
    method = MinibatchDescent(settings.batch, settings.rows == "drawn", settings.seed)
    start = tuple(settings.origin.tolist())
    return _studied(
        MinibatchJob(
            settings.problem, start, settings.eta, settings.schedule, settings.steps, method
        )
    )


@kept(16, lambda job: files(job.problem))
def _studied(job: MinibatchJob) -> MinibatchStudy:
    E, start = job.problem.fit().objective, np.array(job.start)
    assert isinstance(E, LeastSquares)
    plane, N = QuadraticPlane(E, start), len(E.target)
    B = min(job.method.batch, N)
    runs = int(np.clip(WORK / (B * E.n * job.steps), FEWEST, RUNS))
    # A step of the runs gathers rows, and an epoch shuffles them; one of theory goes through the table.
    work = runs * B * E.n + 2 * N * E.n * E.n
    steps = min(job.steps, MOST_STEPS, max(40, int(WORK / work)))
    run = minibatch_runs(E, start, job.eta, job.method, job.schedule, runs, steps)
    full = minibatch_runs(E, start, job.eta, MinibatchDescent(N), job.schedule, 1, steps)
    with np.errstate(over="ignore", invalid="ignore"):
        away = np.nan_to_num(np.maximum(plane.excess(run.w), 0), nan=1e300, posinf=1e300)
        whole = np.nan_to_num(np.maximum(plane.excess(full.w[:, 0]), 0), nan=1e300, posinf=1e300)
        band = Band.of(np.minimum(away, 1e300))
    theory, expected = MinibatchTheory(E, B), None
    if isinstance(job.schedule, OpenLoop):
        etas = job.eta * np.asarray(job.schedule.factors(steps))
        expected = theory.excess(start, np.broadcast_to(etas, (steps,)))
    third = slice(len(band.mean) - max(1, steps // 3), None)
    return MinibatchStudy(
        rows=N,
        batch=B,
        runs=runs,
        band=band,
        one=away[:, 0],
        full=whole,
        theory=expected,
        late=float(band.mean[third].mean()),
        theory_late=math.nan if expected is None else float(expected[third].mean()),
        gone=int(np.count_nonzero(run.gone)),
        floors=_floors(job, E.n * E.n * N, theory),
        interpolates=theory.interpolates,
    )


def _floors(job: MinibatchJob, work: int, theory: MinibatchTheory) -> tuple[Floor, ...]:
    """The floor of the settings, with batches of twice the size, at half the η, and with both doubled."""
    if not isinstance(job.schedule, Constant) or job.eta <= 0:
        return ()
    B, eta, E = theory.batch, job.eta, theory.objective
    beside = [(B, eta), (2 * B, eta), (B, eta / 2), (2 * B, 2 * eta)]
    if work > WORK:
        beside = beside[:1]
    return tuple(Floor(b, x, MinibatchTheory(E, b).floor(x)) for b, x in beside)

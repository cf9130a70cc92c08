"""Noisy gradients on "Rough ground": the floor of a fixed step size, and decay that removes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.arrays import Array, Ints
from convcore.cache import Job
from convcore.descent.descent import Trajectory
from convcore.descent.schedules import Schedule
from convcore.knobs import Range, Whole
from convcore.labkit.second_picture import SecondPicture
from convcore.labs.rough_ground.scene import Scene
from convcore.objectives.gallery import Function
from convcore.parallel import Report, part_of, throttled
from convcore.sweeps.noise import Band, noisy_runs

LONGEST = 500  # steps that are followed
LIGHT = 600  # runs that need no progress bar


@dataclass(frozen=True, eq=False)
class NoisyRuns:
    """Runs by one schedule at some steps k (m,): the mean (m,) of E and its 10 % and 90 % quantiles,
    low and high (m,).

    start: E(w₀). late: the mean over the last third. lowest: of all runs. gone: how many diverged or
    left the domain; unless all did, they are left out of the other numbers.
    """

    k: Ints
    mean: Array
    low: Array
    high: Array
    start: float
    late: float
    lowest: float
    gone: int

    @classmethod
    def of(cls, run: Trajectory) -> NoisyRuns:
        """The summary of runs."""
        lost, last = run.gone, len(run.eta)
        # Diverging runs would dominate the mean.
        loss = run.loss if lost.all() else run.loss[:, ~lost]
        k = np.unique(np.linspace(0, last, 161).round().astype(int))
        band = Band.of(loss[k])
        late = float(loss[-max(1, last // 3) :].mean())
        return cls(
            k, band.mean, band.low, band.high, float(loss[0, 0]), late, float(loss.min()),
            int(lost.sum()),
        )  # fmt: skip


@dataclass(frozen=True)
class NoiseJob(Job[tuple[NoisyRuns, ...]]):
    """Many runs of plain descent with noisy gradients by each schedule."""

    objective: Function
    start: tuple[float, ...]
    eta: float
    schedules: tuple[Schedule, ...]
    steps: int
    sigma: float
    runs: int
    seed: int

    def compute(self, report: Report | None = None) -> tuple[NoisyRuns, ...]:
        progress, found = throttled(report), []
        for i, plan in enumerate(self.schedules):
            run = noisy_runs(
                self.objective, np.array(self.start), self.eta, self.sigma, plan, self.runs,
                self.steps, self.seed, part_of(progress, i, len(self.schedules)),
            )  # fmt: skip
            found.append(NoisyRuns.of(run))
        if progress:
            progress(1.0)
        return tuple(found)


@dataclass(frozen=True)
class Noise(SecondPicture[Scene]):
    """Many runs with noisy gradients, for each schedule."""

    sigma: Annotated[
        float, Range("noise σ", "standard deviation of each gradient component", 0.0, 5.0, 0.05,
                     limits=(0.0, 1e6))
    ] = 0.5  # fmt: skip
    runs: Annotated[int, Whole("noisy runs", "for each schedule", 10, 500)] = 200
    seed: Annotated[int, Whole("seed", "the same seed gives the same noise", 0, 9999)] = 0
    label = "noisy gradients"

    def job(self, scene: Scene) -> NoiseJob:
        return NoiseJob(
            scene.objective, scene.start, scene.eta, scene.schedules, min(scene.steps, LONGEST),
            self.sigma, self.runs, self.seed,
        )  # fmt: skip

    def takes_long(self, scene: Scene) -> bool:
        return self.runs * len(scene.plans) > LIGHT

"""Schedules × η₀ on "Rough ground": how far from the optimum each ends, over step sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.arrays import Array
from convcore.cache import Job
from convcore.descent.schedules import Schedule
from convcore.knobs import Whole
from convcore.labkit.functions import View
from convcore.labkit.second_picture import SecondPicture
from convcore.labs.rough_ground.scene import (
    Scene,
    limits,
    lowest,
    minima,
    points_in,
    widened,
)
from convcore.objectives.gallery import Function
from convcore.optimizers import Optimizer
from convcore.parallel import Report, throttled
from convcore.sweeps.stationary import StationaryPoint
from convcore.sweeps.sweeps import ScheduleSweep, sweep_schedules

SLOW = 40  # step sizes for methods that bracket a minimum along a line at each step


@dataclass(frozen=True, eq=False)
class SchedulesByEta:
    """How far from the lowest minimum the runs of s schedules end with step sizes η₀ (r,)."""

    etas: Array
    remains: ScheduleSweep


@dataclass(frozen=True)
class SchedulesByEtaJob(Job[SchedulesByEta]):
    """A run by each schedule with each of `count` step sizes; ends: log₁₀ of the first and the last."""

    objective: Function
    view: View
    start: tuple[float, ...]
    ends: tuple[float, float]
    optimizer: Optimizer
    schedules: tuple[Schedule, ...]
    steps: int
    count: int

    def compute(self, report: Report | None = None) -> SchedulesByEta:
        optima = np.array([p.w for p in lowest(points_in(self.objective, self.view))])
        slow = self.optimizer.search.brackets
        etas = 10 ** np.linspace(*self.ends, min(self.count, SLOW) if slow else self.count)
        found = sweep_schedules(
            self.objective, np.array(self.start), etas, self.schedules, optima, self.optimizer,
            self.steps, report=throttled(report),
        )  # fmt: skip
        return SchedulesByEta(etas, found)


@dataclass(frozen=True)
class BySchedule(SecondPicture[Scene]):
    """How far from the lowest minimum the run ends, by η₀, for each schedule."""

    count: Annotated[
        int, Whole("step sizes η₀", "how many, a run with each for each schedule", 20, 400, 20)
    ] = 120
    label = "schedules × η₀"

    def job(self, scene: Scene) -> SchedulesByEtaJob | None:
        points = scene.points
        if not minima(points):
            return None
        return SchedulesByEtaJob(
            scene.objective, scene.view, scene.start, reach(scene, points), scene.optimizer,
            scene.schedules, scene.steps, self.count,
        )  # fmt: skip


def reach(scene: Scene, points: tuple[StationaryPoint, ...]) -> tuple[float, float]:
    """log₁₀ of the smallest and the largest η₀: a decade around the limits of the minima."""
    at = math.log10(scene.eta)
    if scene.optimizer.relative:
        return widened(-2.0, 0.5, at)
    found = limits(points, scene.eta)
    low, high = math.log10(min(found)) - 1, math.log10(max(found)) + 1
    return widened(low, high, at)

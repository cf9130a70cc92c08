"""Whether the run of "Rough ground" escapes from the minimum that small steps lead to (SCIENCE D 15)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from convcore.cache import Job
from convcore.descent.descent import Status
from convcore.descent.schedules import Constant
from convcore.labkit.functions import View
from convcore.labs.rough_ground.runs import ScheduleRun
from convcore.labs.rough_ground.scene import MAPS, Scene
from convcore.objectives.gallery import Function
from convcore.parallel import Report
from convcore.sweeps.crisis import Crisis, crisis, trap
from convcore.sweeps.stationary import StationaryPoint


@dataclass(frozen=True)
class CrisisJob(Job[Crisis]):
    """The crisis of a minimum of one weight; view: where its starts are."""

    objective: Function
    minimum: StationaryPoint
    view: View

    def compute(self, report: Report | None = None) -> Crisis:
        point = self.minimum
        return crisis(self.objective, point.w[0], point.limit, self.view[0])


@dataclass(frozen=True)
class Escape:
    """The crisis of the minimum that small steps lead to, and what the run did about it.

    left: the step at which the run was first outside of the basin, None if it never was. trapped: whether
    it can never leave, as it was in an interval that its constant η maps into itself.
    """

    crisis: Crisis
    left: int | None
    trapped: bool


def escape(scene: Scene, home: StationaryPoint, run: ScheduleRun) -> Escape | None:
    """The escape of a run of plain descent from its minimum; None for two weights or without a limit."""
    if scene.objective.n > 1 or math.isinf(home.limit):
        return None
    found: Crisis = MAPS.result(CrisisJob(scene.objective, home, scene.view))
    path, outcome = run.path.w[:, 0], run.outcome
    outside = np.flatnonzero(~found.contains(path))
    left = int(outside[0]) if outside.size else outcome.step if run.path.gone else None
    trapped = left is None and outcome.status is Status.CYCLING
    if isinstance(scene.schedule, Constant) and home.limit < scene.eta < found.eta:
        held = trap(scene.objective, home.w[0], scene.view[0], scene.eta)
        if held is not None:
            trapped |= bool(np.any((held[0] <= path[:left]) & (path[:left] <= held[1])))
    return Escape(found, left, trapped)

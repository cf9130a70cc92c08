"""The runs of "Rough ground": one by each schedule or method, all from the same start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array
from convcore.cache import Job
from convcore.descent.descent import Outcome, Status, Trajectory, descend_by_schedule
from convcore.descent.schedules import Schedule
from convcore.objectives.gallery import Function
from convcore.optimizers import Optimizer
from convcore.parallel import Report, throttled
from convcore.sweeps.tuning import steps_to_rest

BESIDE = 0.3  # of a run's work is each run beside it, as all step together


@dataclass(frozen=True, eq=False)
class ScheduleRun:
    """A run by one schedule.

    path: up to the last step that is recorded. next_eta: the η of the next step, at which a run was
    lost; the last η if there is none. rests_from: the step from which on the gradient is at most 10⁻⁶ of
    its scale, inf if it never is; None if the run did not converge.
    """

    path: Trajectory
    next_eta: float
    rests_from: float | None

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        return self.path.outcome()

    @property
    def taken(self) -> Array:
        """ηₖ of its steps (K,); the first one if the first step was lost."""
        return self.path.eta if len(self.path.eta) else np.array([self.next_eta])


@dataclass(frozen=True)
class RunsJob(Job[tuple[ScheduleRun, ...]]):
    """A run of one method by each of some schedules."""

    objective: Function
    start: tuple[float, ...]
    eta: float
    optimizer: Optimizer
    schedules: tuple[Schedule, ...]
    steps: int

    @property
    def work(self) -> float:
        """About how many operations they take."""
        step = self.optimizer.work(self.objective.n, self.objective.work)
        return self.steps * step * (1 + BESIDE * (len(self.schedules) - 1))

    def compute(self, report: Report | None = None) -> tuple[ScheduleRun, ...]:
        found = descend_by_schedule(
            self.objective, np.array(self.start), self.eta, self.optimizer, self.schedules,
            self.steps, report=throttled(report),
        )  # fmt: skip
        return tuple(self._kept(run) for run in found)

    def _kept(self, run: Trajectory) -> ScheduleRun:
        at = min(int(run.length), len(run.eta) - 1)
        settled = run.outcome().status is Status.CONVERGED
        rests_from = float(steps_to_rest(self.objective, run)) if settled else None
        return ScheduleRun(run.cut(), float(run.eta[at]), rests_from)

"""The runs of "Taylor and Newton", one by each method, and how far each came."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np

from convcore.arrays import Array
from convcore.cache import Cache, Job
from convcore.descent.descent import Outcome, Trajectory, descend
from convcore.descent.theory import CRAWLS, curvatures
from convcore.objectives.gallery import Function
from convcore.optimizers import Optimizer
from convcore.parallel import Report, throttled
from convcore.sweeps.tuning import bounded_scale, gradient_sizes, settling_step

RUNS = Cache(96, "newton runs")  # as most changes of a control leave most runs unchanged


class Gait(Enum):
    """How a run moves over the later half of its way, by the slopes g there and the steps d.

    OSCILLATES: each step goes downhill, to where the slope is opposite: of one weight, across a minimum.
    CRAWLS, CLOSER: the slope never turns round, and shrinks, to more or to less than CRAWLS of it a step.
    UNCLEAR: none of these, or too few steps to tell.
    """

    CRAWLS = "crawls"
    CLOSER = "comes closer"
    OSCILLATES = "oscillates"
    UNCLEAR = "is still on its way"


class Progress(NamedTuple):
    """How far a run's gradient came down.

    start, end: ‖∇E‖ there. low, high: its range, on the last round of a cycle if the run cycles. share:
    the one at the end relative to its scale. taken: the first step from which on it stays within 10⁻⁶ of
    its scale; inf if it ends above that.
    """

    start: float
    end: float
    low: float
    high: float
    share: float
    taken: float

    @property
    def left(self) -> float:
        """‖∇E‖ at the end relative to the start, as a visitor reads it; inf where that is 0."""
        return self.end / self.start if self.start else math.inf


def progress(objective: Function, run: Trajectory) -> Progress:
    """What the criterion for "converged" measures of a run (`sweeps.tuning.steps_to_rest`)."""
    size, scale = gradient_sizes(objective, run)
    end, top = float(size[-1]), float(scale)
    taken = settling_step(size, bounded_scale(objective, run, size, scale))
    seen = size[-period - 1 :] if (period := int(run.period)) > 1 else size
    return Progress(
        float(size[0]), end, float(seen.min()), float(seen.max()),
        share=end / top if top else 0.0, taken=float(taken),
    )  # fmt: skip


def gait(objective: Function, run: Trajectory, taken: float) -> Gait:
    """How a run moved until it came to rest at the step `taken`, or all along if that is inf."""
    last = int(min(taken, float(run.length)))
    w = run.w[last // 2 : last + 1]
    with np.errstate(all="ignore"):
        g, d = objective.gradient(w), np.diff(w, axis=0)
        turns, falls = np.sum(g[1:] * g[:-1], axis=-1), np.sum(g[:-1] * d, axis=-1)
        start, end = (float(np.linalg.norm(g[k])) for k in (0, -1))
    if len(d) < 2 or not np.isfinite(g).all():
        return Gait.UNCLEAR
    if np.all(turns < 0) and np.all(falls < 0):
        return Gait.OSCILLATES
    if not (np.all(turns > 0) and np.all(falls < 0) and end < start):
        return Gait.UNCLEAR
    return Gait.CRAWLS if (end / start) ** (1 / len(d)) > CRAWLS else Gait.CLOSER


@dataclass(frozen=True, eq=False)
class MethodRun:
    """What one method did: its path, cut, how it ended, how far its gradient came down, how it moved.

    values: the eigenvalues of the Hessian along the path (K+1, n); NaN where it is not finite.
    """

    path: Trajectory
    outcome: Outcome
    progress: Progress
    gait: Gait
    values: Array


@dataclass(frozen=True)
class MethodJob(Job[MethodRun]):
    """A run of one method, from w₀ (n,) with η."""

    objective: Function
    start: tuple[float, ...]
    method: type[Optimizer]
    eta: float
    steps: int

    @property
    def work(self) -> float:
        """About how many operations it takes."""
        return self.steps * self.method().work(self.objective.n, self.objective.work)

    def compute(self, report: Report | None = None) -> MethodRun:
        found = descend(
            self.objective, self.start, self.eta, self.method(), steps=self.steps,
            report=throttled(report),
        )  # fmt: skip
        run = found.cut()
        values = curvatures(self.objective, run.w)
        came = progress(self.objective, run)
        moved = gait(self.objective, run, came.taken)
        return MethodRun(run, run.outcome(), came, moved, values)

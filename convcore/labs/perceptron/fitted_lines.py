"""One learner's line on one set of points: trained, cleaned of rounding, and cached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from convcore.arrays import Array, Ints
from convcore.cache import Cache, Job
from convcore.descent.descent import Trajectory
from convcore.descent.outcomes import Status
from convcore.parallel import Report
from convcore.separators.learners import (
    Backprop,
    Learner,
    LinearLMS,
    MaxMargin,
    Perceptron,
    PerceptronRun,
    scores,
)
from convcore.separators.points import Points
from convcore.separators.separability import Certificate, Novikoff, certificate, novikoff

ROUNDING = 1e-12  # share of the scores in a run that is rounding
SAMPLED = 64  # steps of a run at which the size of its scores is taken

LINES = Cache(48, "lines")  # trainings of all learners, and the lines that several of them share


@dataclass(frozen=True)
class StartedAt(Backprop):
    """Backprop from stated weights."""

    at: tuple[float, ...] = ()

    def start(self, n: int) -> Array:
        return np.array(self.at) if self.at else super().start(n)


@dataclass(frozen=True, eq=False)
class Reference:
    """What depends on no training: whether a line separates, the perceptron's bound, and the line of
    the largest margin (n,)."""

    certificate: Certificate
    novikoff: Novikoff
    margin: Array  # the max-margin line (n,), NaN if there is none

    @property
    def separable(self) -> bool:
        """Whether a line separates the points, by the certificate."""
        return self.certificate.separable


def without_rounding(w: Array, points: Points, size: float) -> Array:
    """Weights (..., p+1) with 0 where no input changes a score by more than rounding at the scale `size`.

    Otherwise rounding (1e-16 on XOR, whose least E is at w = 0) would be drawn as a boundary, with points
    right and wrong.
    """
    none = input_effects(w, points) <= ROUNDING * size
    if not none.any():
        return w
    w = w.copy()
    w[none, :-1] = 0.0
    w[none & (np.abs(w[..., -1]) <= ROUNDING * size)] = 0.0
    return w


def input_effects(w: Array, points: Points) -> Array:
    """How much the inputs of a point change its score, at most: (..., p+1) -> (...)."""
    return np.asarray(np.abs(scores(w, points.x) - w[..., -1:]).max(axis=-1))


def settled(run: Trajectory, points: Points) -> Trajectory:
    """Backprop's run; if it has settled, `without_rounding` at the scale of its scores."""
    if run.outcome().status is not Status.CONVERGED:
        return run
    size = float(input_effects(run.w[:: max(1, len(run.w) // SAMPLED)], points).max())
    # For most runs the last weights alone decide.
    if input_effects(run.w[-1], points) > ROUNDING * size:
        return run
    return replace(run, w=without_rounding(run.w, points, size))


def hard_targets(backprop: Backprop) -> Backprop:
    """The same training on cross-entropy with hard targets and free weights, which must separate."""
    return replace(backprop, divergence="entropy", epsilon=0.0, decay=0.0, bound=None)


@dataclass(frozen=True)
class TrainedPerceptron(Job[tuple[PerceptronRun, Ints, Ints]]):
    """The perceptron's run; how many points are wrong at the end of each epoch, and its last mistake.

    Cached, as most controls do not affect it: the run without its record of each update (points, visits,
    path).
    """

    learner: Perceptron
    points: Points

    def compute(self, report: Report | None = None) -> tuple[PerceptronRun, Ints, Ints]:
        """The run, how many points are wrong at the end of each epoch (E+1,), and the point of its last
        mistake (E+1,): -1 for the start, and for an epoch without one."""
        run = self.learner.train(self.points, report)
        wrong = ~(self.points.labels * scores(run.weights, self.points.x) > 0)
        made = run.mistakes > 0
        last = np.full(len(wrong), -1, dtype=np.int64)
        last[1:][made] = run.points[np.cumsum(run.mistakes)[made] - 1]
        # For 200,000 updates that record takes megabytes. New arrays, as views would keep it alive.
        none = np.empty(0, dtype=np.int64)
        path = np.empty((0, run.weights.shape[1]))
        return replace(run, points=none, visits=none, path=path), wrong.sum(axis=1), last


@dataclass(frozen=True)
class FittedLine(Job[Array]):
    """A learner's line (n,), cached: without the extra point it is the same while that point is moved."""

    learner: Learner
    points: Points

    def compute(self, report: Report | None = None) -> Array:
        """The line (n,); `report` as for `Job.compute`."""
        learner, points = self.learner, self.points
        # Copies, as a row would keep its whole record alive.
        if isinstance(learner, Backprop):
            return settled(learner.train(points, report), points).w[-1].copy()
        w = learner.lines(points.x, points.labels, report).copy()
        # Least squares fits scores to the labels, ±1.
        return without_rounding(w, points, 1.0) if isinstance(learner, LinearLMS) else w


@lru_cache(maxsize=32)
def reference(points: Points) -> Reference:
    """Cached for each set of points, which is the same object while its controls do not change."""
    line = MaxMargin().lines(points.x, points.labels)
    return Reference(certificate(points), novikoff(points), line)

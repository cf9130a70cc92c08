"""One learner's line on one set of points: trained, cleared of rounding, and kept."""

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

ALIKE = 1e-12  # share of the scores in a run that is rounding
LOOKS = 64  # at a run, to see how large its scores are

LINES = Cache(48, "lines")  # trainings of all learners, and the lines that several of them share


@dataclass(frozen=True)
class StartedAt(Backprop):
    """Backprop from stated weights."""

    at: tuple[float, ...] = ()

    def start(self, n: int) -> Array:
        return np.array(self.at) if self.at else super().start(n)


@dataclass(frozen=True, eq=False)
class Reference:
    """What does not depend on any training: whether a line separates, the perceptron's bound, and the
    line of the largest margin (n,)."""

    certificate: Certificate
    novikoff: Novikoff
    margin: Array  # the max-margin line (n,), NaN if there is none

    @property
    def separable(self) -> bool:
        """Whether a line separates the points, by the certificate."""
        return self.certificate.separable


def without_rounding(w: Array, points: Points, size: float) -> Array:
    """Weights (..., p+1) with 0 where no input moves a score by more than rounding beside `size`.

    What rounding leaves there (1e-16 on XOR, where the least E is at w = 0) would be drawn as a boundary,
    and have points right and wrong.
    """
    none = pulls(w, points) <= ALIKE * size
    if not none.any():
        return w
    w = w.copy()
    w[none, :-1] = 0.0
    w[none & (np.abs(w[..., -1]) <= ALIKE * size)] = 0.0
    return w


def pulls(w: Array, points: Points) -> Array:
    """How far the inputs of a point move its score, at most: (..., p+1) -> (...)."""
    return np.asarray(np.abs(scores(w, points.x) - w[..., -1:]).max(axis=-1))


def settled(run: Trajectory, points: Points) -> Trajectory:
    """Backprop's run; if it has settled, `without_rounding` beside the scores that it came from."""
    if run.outcome().status is not Status.CONVERGED:
        return run
    size = float(pulls(run.w[:: max(1, len(run.w) // LOOKS)], points).max())
    # Of most runs the last weights are looked at alone.
    if pulls(run.w[-1], points) > ALIKE * size:
        return run
    return replace(run, w=without_rounding(run.w, points, size))


def hard_targets(backprop: Backprop) -> Backprop:
    """The same training on cross-entropy with hard targets and free weights: what must separate."""
    return replace(backprop, divergence="entropy", epsilon=0.0, decay=0.0, bound=None)


@dataclass(frozen=True)
class TrainedPerceptron(Job[tuple[PerceptronRun, Ints]]):
    """The perceptron's run and how many points are wrong at the end of each epoch, (E+1,).

    It is kept, as most controls do not touch it: the run without its record of each update (points,
    visits, path).
    """

    learner: Perceptron
    points: Points

    def compute(self, report: Report | None = None) -> tuple[PerceptronRun, Ints]:
        run = self.learner.train(self.points, report)
        wrong = ~(self.points.labels * scores(run.weights, self.points.x) > 0)
        # Of 200,000 updates that record has megabytes. New arrays, as a view would hold the old ones.
        none = np.empty(0, dtype=np.int64)
        path = np.empty((0, run.weights.shape[1]))
        return replace(run, points=none, visits=none, path=path), wrong.sum(axis=1)


@dataclass(frozen=True)
class FittedLine(Job[Array]):
    """A learner's line (n,), kept: that without the extra point is the same while the point is moved."""

    learner: Learner
    points: Points

    def compute(self, report: Report | None = None) -> Array:
        """The line (n,); `report` as for `Job.compute`."""
        learner, points = self.learner, self.points
        # What may be a row of a long record is kept without it.
        if isinstance(learner, Backprop):
            return settled(learner.train(points, report), points).w[-1].copy()
        w = learner.fit(points.x, points.labels, report).copy()
        # Of least squares the scores are those of the labels, ± 1.
        return without_rounding(w, points, 1.0) if isinstance(learner, LinearLMS) else w


@lru_cache(maxsize=32)
def reference(points: Points) -> Reference:
    """Kept for each set of points, which is the same object while its controls stay as they are."""
    line = MaxMargin().fit(points.x, points.labels)
    return Reference(certificate(points), novikoff(points), line)

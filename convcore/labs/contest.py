"""One training of "Perceptron and backprop": every learner's line, before and after the extra point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from convcore.classifiers import (
    Backprop,
    Learner,
    LinearLMS,
    MaxMargin,
    Perceptron,
    PerceptronRun,
    angle,
    scores,
    wrong_points,
)
from convcore.descent import Trajectory
from convcore.optimizers import GradientDescent
from convcore.pointsets import Points
from convcore.separability import Certificate, Novikoff, certificate, novikoff
from convcore.sigmoid_unit import SigmoidUnit
from convcore.swing import Box, Swing, disagreement, domain

Array = NDArray[np.float64]

NAMES = {
    "perceptron": "perceptron",
    "backprop": "backprop",
    "margin": "max-margin",
    "lms": "linear LMS",
}


@dataclass(frozen=True)
class StartedAt(Backprop):
    """Backprop from stated weights."""

    at: tuple[float, ...] = ()

    def start(self, n: int) -> Array:
        return np.array(self.at) if self.at else super().start(n)


@dataclass(frozen=True, eq=False)
class Reference:
    """What does not depend on any training: whether a line separates, and the perceptron's bound."""

    certificate: Certificate
    novikoff: Novikoff
    margin: Array  # the max-margin line (n,), NaN if there is none

    @property
    def separable(self) -> bool:
        return self.certificate.separable


@dataclass(frozen=True, eq=False)
class Contest:
    """All learners on the same points.

    points: what was learnt, the extra point last if there is one; base: without it. box: the domain on
    which boundaries are compared, around the base. ends: each learner's last weights (n,), the perceptron's
    and backprop's runs beside them. swings: what the extra point did to each.
    """

    base: Points
    points: Points
    reference: Reference
    backprop: Backprop
    unit: SigmoidUnit
    perceptron_run: PerceptronRun
    run: Trajectory
    errors: NDArray[np.int64]  # of backprop, (K + 1,)
    perceptron_errors: NDArray[np.int64]  # at the end of each epoch, (E + 1,)
    learners: dict[str, Learner]
    ends: dict[str, Array]
    swings: dict[str, Swing]

    @property
    def extra(self) -> bool:
        """Whether there is an extra point."""
        return len(self.points) > len(self.base)

    @property
    def box(self) -> Box:
        """The domain: the box around the points without the extra one."""
        return domain(self.base)

    @property
    def epochs(self) -> int:
        """K, of backprop."""
        return len(self.run.loss) - 1

    @property
    def plain(self) -> bool:
        """Whether backprop is plain descent within no bound: then 2/λ_max limits η."""
        return isinstance(self.backprop.optimizer, GradientDescent) and self.backprop.bound is None

    @property
    def must_separate(self) -> bool:
        """Whether the divergence has no minimum but beyond all bounds, along separating weights."""
        hard = self.backprop.divergence == "entropy" and self.backprop.epsilon == 0
        free = self.backprop.decay == 0 and self.backprop.bound is None
        return hard and free and self.reference.separable

    def wrong(self, name: str) -> tuple[int, ...]:
        """The indices of the points that a learner's last line has wrong."""
        return wrong_points(self.ends[name], self.points)


def compete(
    base: Points, points: Points, backprop: Backprop, perceptron: Perceptron, names: tuple[str, ...]
) -> Contest:
    """Train everyone named; the perceptron and backprop always, as their curves are in the picture."""
    kinds: dict[str, Learner] = {
        "perceptron": perceptron,
        "backprop": backprop,
        "margin": MaxMargin(),
        "lms": LinearLMS(),
    }
    learners = {name: kinds[name] for name in NAMES if name in names}
    unit = backprop.unit(points.x, points.labels)
    known = reference(points)
    with np.errstate(over="ignore", invalid="ignore"):
        run = backprop.train(points)
        errors = unit.errors(run.w)
        lessons, left = taught(perceptron, points)
    ended = {
        "perceptron": lessons.weights[-1],
        "backprop": run.w[-1],
        "margin": known.margin,
    }
    ends = {
        name: ended[name] if name in ended else learner.fit(points.x, points.labels)
        for name, learner in learners.items()
    }
    swings = {}
    if len(points) > len(base):
        box = domain(base)
        for name, learner in learners.items():
            before = fitted(learner, base)
            after = ends[name]
            turn, share = float(angle(before, after)), float(disagreement(before, after, box))
            swings[name] = Swing(before, after, turn, share)
    return Contest(
        base, points, known, backprop, unit, lessons, run, errors, left, learners,
        ends, swings,
    )  # fmt: skip


@lru_cache(maxsize=32)
def taught(learner: Perceptron, points: Points) -> tuple[PerceptronRun, NDArray[np.int64]]:
    """The perceptron's run and the points wrong after each epoch: most controls do not touch them."""
    run = learner.train(points)
    wrong = ~(points.labels * scores(run.weights, points.x) > 0)
    return run, wrong.sum(axis=1)


@lru_cache(maxsize=64)
def fitted(learner: Learner, points: Points) -> Array:
    """A learner's line (n,) on the points without the extra one, while that is moved about."""
    return learner.fit(points.x, points.labels)


@lru_cache(maxsize=32)
def reference(points: Points) -> Reference:
    """Kept for each set of points, which is the same object while its controls stand."""
    line = MaxMargin().fit(points.x, points.labels)
    return Reference(certificate(points), novikoff(points), line)

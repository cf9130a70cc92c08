"""One training of "Perceptron and backprop": every learner's line, before and after the extra point."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
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
from convcore.endings import Status
from convcore.memory import Memory
from convcore.optimizers import GradientDescent
from convcore.pointsets import Points
from convcore.separability import Certificate, Novikoff, certificate, novikoff
from convcore.sigmoid_unit import SigmoidUnit
from convcore.swing import Box, Swing, disagreement, domain
from convcore.workers import Report, part_of

Array = NDArray[np.float64]

NAMES = {
    "perceptron": "perceptron",
    "backprop": "backprop",
    "margin": "max-margin",
    "lms": "linear LMS",
    "hard": "hard cross-entropy",
}


ALIKE = 1e-12  # share of the scores in a run that is rounding
LOOKS = 64  # at a run, to see how large its scores are

LINES = Memory(48, "lines")  # contests, and the lines that several share


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


@dataclass(frozen=True, eq=False)
class Contest:
    """All learners on the same points.

    points: what was learnt, the extra point last if there is one; base: without it. box: the domain on
    which boundaries are compared, around the base. ends: each learner's last weights (n,), the perceptron's
    (as `taught` keeps it) and backprop's runs beside them. swings: what the extra point did to each.
    """

    base: Points
    points: Points
    reference: Reference
    backprop: Backprop
    unit: SigmoidUnit
    perceptron: Perceptron
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
    base: Points,
    points: Points,
    backprop: Backprop,
    perceptron: Perceptron,
    names: tuple[str, ...],
    report: Report | None = None,
) -> Contest:
    """Train everyone named; the perceptron and backprop always, as their curves are in the picture.

    The last contests are kept, as to look at another epoch or picture trains nobody anew. report: told
    the share that is done; it may raise to stop the trainings.
    """
    key = key_of(base, points, backprop, perceptron, names)
    return LINES.held(key, lambda: _trained(base, points, backprop, perceptron, names, report))


def key_of(
    base: Points, points: Points, backprop: Backprop, perceptron: Perceptron, names: tuple[str, ...]
) -> Hashable:
    """What a contest is kept under in LINES."""
    return ("contest", base, points, backprop, perceptron, names)


def _trained(
    base: Points,
    points: Points,
    backprop: Backprop,
    perceptron: Perceptron,
    names: tuple[str, ...],
    report: Report | None,
) -> Contest:
    kinds: dict[str, Learner] = {
        "perceptron": perceptron,
        "backprop": backprop,
        "margin": MaxMargin(),
        "lms": LinearLMS(),
        "hard": hardened(backprop),
    }
    learners = {name: kinds[name] for name in NAMES if name in names}
    unit = backprop.unit(points.x, points.labels)
    each = 2 + 2 * len(learners)
    tell = report or (lambda share: None)
    known = reference(points)
    tell(0)
    with np.errstate(over="ignore", invalid="ignore"):
        run = settled(backprop.train(points, part_of(report, 0, each)), points)
        tell(1 / each)
        errors = unit.errors(run.w)
        tell(1 / each)
        lessons, left = taught(perceptron, points, part_of(report, 1, each))
    ended = {
        "perceptron": lessons.weights[-1],
        "backprop": run.w[-1],
        "margin": known.margin,
    }
    ends = {
        name: ended[name] if name in ended else fitted(learner, points, part_of(report, i, each))
        for i, (name, learner) in enumerate(learners.items(), 2)
    }
    swings = {}
    if len(points) > len(base):
        box = domain(base)
        for i, (name, learner) in enumerate(learners.items(), 2 + len(learners)):
            before = fitted(learner, base, part_of(report, i, each))
            after = ends[name]
            turn, share = float(angle(before, after)), float(disagreement(before, after, box))
            swings[name] = Swing(before, after, turn, share)
    return Contest(
        base, points, known, backprop, unit, perceptron, lessons, run, errors, left, learners,
        ends, swings,
    )  # fmt: skip


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


def hardened(backprop: Backprop) -> Backprop:
    """The same training on cross-entropy with hard targets and free weights: what must separate."""
    return replace(backprop, divergence="entropy", epsilon=0.0, decay=0.0, bound=None)


def taught(
    learner: Perceptron, points: Points, report: Report | None = None
) -> tuple[PerceptronRun, NDArray[np.int64]]:
    """The perceptron's run and how many points are wrong at the end of each epoch, (E+1,).

    They are kept, as most controls do not touch them: the run without its record of each update (points,
    visits, path). report: told the share that is done; it may raise.
    """

    def made() -> tuple[PerceptronRun, NDArray[np.int64]]:
        run = learner.train(points, report)
        wrong = ~(points.labels * scores(run.weights, points.x) > 0)
        # Of 200,000 updates that record has megabytes. New arrays, as a view would hold the old ones.
        none = np.empty(0, dtype=np.int64)
        path = np.empty((0, run.weights.shape[1]))
        return replace(run, points=none, visits=none, path=path), wrong.sum(axis=1)

    return LINES.held(("taught", learner, points), made)


def fitted(learner: Learner, points: Points, report: Report | None = None) -> Array:
    """A learner's line (n,), kept: that without the extra point stands while the point is moved about."""

    def made() -> Array:
        # What may be a row of a long record is kept without it.
        if isinstance(learner, Backprop):
            return settled(learner.train(points, report), points).w[-1].copy()
        w = learner.fit(points.x, points.labels, report).copy()
        # Of least squares the scores are those of the labels, ± 1.
        return without_rounding(w, points, 1.0) if isinstance(learner, LinearLMS) else w

    return LINES.held(("fitted", learner, points), made)


@lru_cache(maxsize=32)
def reference(points: Points) -> Reference:
    """Kept for each set of points, which is the same object while its controls stand."""
    line = MaxMargin().fit(points.x, points.labels)
    return Reference(certificate(points), novikoff(points), line)

"""The training of every learner of "Perceptron and backprop", before and after the extra point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from convcore.arrays import Array, Ints
from convcore.cache import Job
from convcore.descent.descent import Trajectory
from convcore.descent.outcomes import Status
from convcore.descent.schedules import Constant
from convcore.labs.perceptron.fitted_lines import (
    LINES,
    FittedLine,
    Reference,
    TrainedPerceptron,
    hard_targets,
    reference,
    settled,
)
from convcore.labs.perceptron.points import Source
from convcore.parallel import Report, part_of
from convcore.separators.learners import (
    Backprop,
    Learner,
    LinearLMS,
    MaxMargin,
    Perceptron,
    PerceptronRun,
    scores,
    wrong_points,
)
from convcore.separators.points import Points
from convcore.separators.sigmoid_unit import SigmoidUnit
from convcore.separators.stability import Box, LineChange, box_around, line_change

NAMES = {
    "perceptron": "perceptron",
    "backprop": "backprop",
    "margin": "max-margin",
    "lms": "linear LMS",
    "hard": "hard cross-entropy",
}


class Trade(NamedTuple):
    """Two epochs between which the divergence E falls while more points go wrong."""

    before: int
    after: int
    E: tuple[float, float]
    wrong: tuple[int, int]


@dataclass(frozen=True, eq=False)
class LearnersTraining:
    """All learners on the same points.

    points: what was learnt, the extra point last if there is one; base: without it. unit, run: what
    backprop minimises, and how; errors: how many points it has wrong after each epoch, (K + 1,).
    perceptron_run, perceptron_errors: the perceptron's (as `TrainedPerceptron` keeps it), and how many it
    has wrong at the end of each epoch, (E + 1,). learners: those requested; ends: the last weights (n,)
    of each. changes: what the extra point, if there is one, did to the line of each, and to those of the
    perceptron and backprop in any case.
    """

    base: Points
    points: Points
    reference: Reference
    backprop: Backprop
    unit: SigmoidUnit
    perceptron: Perceptron
    perceptron_run: PerceptronRun
    run: Trajectory
    errors: Ints
    perceptron_errors: Ints
    learners: dict[str, Learner]
    ends: dict[str, Array]
    changes: dict[str, LineChange]

    @property
    def extra(self) -> bool:
        """Whether there is an extra point."""
        return len(self.points) > len(self.base)

    @property
    def box(self) -> Box:
        """The domain on which boundaries are compared: around the points without the extra one."""
        return box_around(self.base)

    @property
    def epochs(self) -> int:
        """K, of backprop."""
        return len(self.run.loss) - 1

    @property
    def last_epoch(self) -> int:
        """The last epoch of the longer of the two runs; the shorter keeps its end until then."""
        return max(self.epochs, len(self.perceptron_errors) - 1)

    @property
    def plain(self) -> bool:
        """Whether backprop is plain descent without a bound: then 2/λ_max limits η."""
        return self.backprop.optimizer.plain and self.backprop.bound is None

    @property
    def constant(self) -> bool:
        """Whether backprop is plain, with one η for all epochs."""
        return self.plain and isinstance(self.backprop.schedule, Constant)

    @property
    def gentle(self) -> bool:
        """Whether η is below 2 over the largest curvature anywhere: then descent converges."""
        if not self.constant:
            return False
        steepest = float(np.linalg.norm(self.unit.signed, 2)) ** 2 / 4
        return 0 < self.backprop.eta < 2 / steepest

    @property
    def must_separate(self) -> bool:
        """Whether the divergence has its infimum only at infinity, along separating weights."""
        hard = self.backprop.divergence == "entropy" and self.backprop.epsilon == 0
        free = self.backprop.decay == 0 and self.backprop.bound is None
        return hard and free and self.reference.separable

    @cached_property
    def status(self) -> Status:
        """How backprop ended."""
        return self.run.outcome().status

    @property
    def separates_first(self) -> int:
        """The first epoch at which backprop has no point wrong; ValueError if there is none."""
        return int(np.flatnonzero(self.errors == 0)[0])

    @property
    def separates_since(self) -> int:
        """The epoch after the last at which backprop has a point wrong; K + 1 if it ends with one."""
        return int(np.max(np.flatnonzero(self.errors), initial=-1)) + 1

    @cached_property
    def slopes(self) -> tuple[float, float]:
        """‖∇E‖ where backprop began, and where it ended."""
        first, last = np.linalg.norm(self.unit.gradient(self.run.w[[0, -1]]), axis=-1)
        return float(first), float(last)

    @cached_property
    def trade(self) -> Trade | None:
        """Since when backprop's E has fallen while more points went wrong, up to its end (claim 18)."""
        E, errors = self.run.loss, self.errors
        k = len(errors) - 1 - int(errors[::-1].argmin())
        # Weights 0 have no line for a point to be on the wrong side of.
        if not (errors[k] < errors[-1] and E[k] > E[-1] and self.run.w[-1].any()):
            return None
        return self._between(k, self.epochs)

    @cached_property
    def first_trade(self) -> Trade | None:
        """The first epoch of backprop's at which E falls while more points go wrong."""
        rises = np.flatnonzero((np.diff(self.errors) > 0) & (np.diff(self.run.loss) < 0))
        return self._between(int(rises[0]), int(rises[0]) + 1) if rises.size else None

    def _between(self, k: int, m: int) -> Trade:
        E, errors = self.run.loss, self.errors
        return Trade(k, m, (float(E[k]), float(E[m])), (int(errors[k]), int(errors[m])))

    def has_line(self, name: str) -> bool:
        """Whether a learner ended with weights at all: max-margin has none where no line separates."""
        return bool(np.isfinite(self.ends[name]).all())

    @property
    def touching(self) -> bool:
        """Whether a point lies on the last line of one of the learners."""
        lines = [w for name, w in self.ends.items() if self.has_line(name)]
        return any((scores(w, self.points.x) == 0).any() for w in lines)

    def wrong(self, name: str) -> tuple[int, ...]:
        """The indices of the points that a learner's last line has wrong."""
        return wrong_points(self.ends[name], self.points)

    @property
    def swings(self) -> dict[str, LineChange]:
        """What the extra point did to the line of each learner that is requested."""
        return {name: self.changes[name] for name in self.learners if name in self.changes}


@dataclass(frozen=True)
class TrainAll(Job[LearnersTraining]):
    """Train the named learners, and always the perceptron and backprop, whose curves are drawn.

    Cached: showing another epoch or picture trains nothing again.
    """

    base: Points
    points: Points
    backprop: Backprop
    perceptron: Perceptron
    names: tuple[str, ...]

    @property
    def learners(self) -> dict[str, Learner]:
        """Those requested, by name."""
        kinds: dict[str, Learner] = {
            "perceptron": self.perceptron,
            "backprop": self.backprop,
            "margin": MaxMargin(),
            "lms": LinearLMS(),
            "hard": hard_targets(self.backprop),
        }
        return {name: kinds[name] for name in NAMES if name in self.names}

    @property
    def compared(self) -> dict[str, Learner]:
        """Those whose lines with and without the extra point are compared, by name."""
        return {**self.learners, "perceptron": self.perceptron, "backprop": self.backprop}

    def compute(self, report: Report | None = None) -> LearnersTraining:
        points, learners = self.points, self.learners
        compared = self.compared if len(points) > len(self.base) else {}
        unit = self.backprop.unit(points.x, points.labels)
        each = 2 + len(learners) + len(compared)
        progress = report or (lambda share: None)
        known = reference(points)
        progress(0)
        with np.errstate(over="ignore", invalid="ignore"):
            run = settled(self.backprop.train(points, part_of(report, 0, each)), points)
            progress(1 / each)
            errors = unit.errors(run.w)
            progress(1 / each)
            perceptron_run, perceptron_errors = LINES.result(
                TrainedPerceptron(self.perceptron, points), part_of(report, 1, each)
            )
        ended = {
            "perceptron": perceptron_run.weights[-1],
            "backprop": run.w[-1],
            "margin": known.margin,
        }
        ends = {
            name: ended[name]
            if name in ended
            else LINES.result(FittedLine(learner, points), part_of(report, i, each))
            for i, (name, learner) in enumerate(learners.items(), 2)
        }
        changes, box = {}, box_around(self.base)
        for i, (name, learner) in enumerate(compared.items(), 2 + len(learners)):
            before = LINES.result(FittedLine(learner, self.base), part_of(report, i, each))
            changes[name] = line_change(before, (ended | ends)[name], box)
        return LearnersTraining(
            self.base, points, known, self.backprop, unit, self.perceptron, perceptron_run, run, errors,
            perceptron_errors, learners, ends, changes,
        )  # fmt: skip


class LearningTask(Protocol):
    """What second pictures read of the lab's settings."""

    @property
    def data(self) -> Source:
        """Where the points are from."""

    @property
    def points(self) -> Points:
        """What is learnt, the extra point last."""

    def trainings(self) -> TrainAll:
        """All that is trained."""

"""The training of every learner of "Perceptron and backprop", before and after the extra point."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from convcore.arrays import Array, Ints
from convcore.cache import Job
from convcore.descent.descent import Trajectory
from convcore.descent.schedules import Constant
from convcore.labs.perceptron.backprop_end import ARRIVED, End, end_of
from convcore.labs.perceptron.fitted_lines import (
    LINES,
    ROUNDING,
    SAMPLED,
    FittedLine,
    Reference,
    TrainedPerceptron,
    hard_targets,
    reference,
    settled,
)
from convcore.labs.perceptron.points import Source
from convcore.parallel import Report, part_of, portion
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
from convcore.separators.sigmoid_unit import NearRest, SigmoidUnit, near_rest
from convcore.separators.stability import Box, LineChange, box_around, disagreement, line_change

NAMES = {
    "perceptron": "perceptron",
    "backprop": "backprop",
    "margin": "max-margin",
    "lms": "linear LMS",
    "hard": "hard cross-entropy",
}
SMALL = 0.05  # share of the steepest slope on the way below which a slope is small
REST = 1e-12  # a side smaller than this is rounding, beside the logistic's scale of 1
CLEAR = 1e-9  # share of the terms of a score below which it may be rounding, which cycles multiply
TRADES = 64  # epochs that are examined for a point that clearly turns wrong
FEW = 20  # epochs after which nothing is known of those to come
STEADY = 0.02  # share of the domain that a line may still change in the later half of its training


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
    has wrong at the end of each epoch, (E + 1,); perceptron_last: the point of its last mistake in that
    epoch, −1 if there is none. learners: those requested; ends: the last weights (n,)
    of each. changes: what the extra point, if there is one, did to the line of each, and to those of the
    perceptron and backprop in any case. unfinished: how backprop ended without the extra point, if that is
    no finished training.
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
    perceptron_last: Ints
    learners: dict[str, Learner]
    ends: dict[str, Array]
    changes: dict[str, LineChange]
    unfinished: End | None

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
        """Whether backprop is plain descent without a bound: then 2/λₘₐₓ limits η."""
        return self.backprop.optimizer.plain and self.backprop.bound is None

    @property
    def constant(self) -> bool:
        """Whether backprop is plain, with one η for all epochs."""
        return self.plain and isinstance(self.backprop.schedule, Constant)

    @cached_property
    def gentle(self) -> bool:
        """Whether η is below 2 over the largest curvature on the way: then E falls at each epoch.

        Either anywhere, or wherever E is no higher than at the start. A bound changes nothing of that.
        """
        return self._falls_below(float(self.run.loss[0]))

    def _falls_below(self, E: float) -> bool:
        """Whether each epoch lowers E, from wherever it is at most `E`."""
        if not self.backprop.optimizer.plain:
            return False
        return 0 < self.backprop.eta * self.unit.steepest(E) < 2

    @property
    def lasting(self) -> bool:
        """Whether the step sizes add up to infinity, for certain."""
        schedule = self.backprop.schedule
        return schedule.open_loop and math.isinf(schedule.remaining(0))

    @property
    def least_at_infinity(self) -> bool:
        """Whether the divergence has its infimum only at infinity, along separating weights."""
        hard = self.backprop.divergence == "entropy" and self.backprop.epsilon == 0
        free = self.backprop.decay == 0 and self.backprop.bound is None
        return hard and free and self.reference.separable

    @property
    def must_separate(self) -> bool:
        """Whether backprop is bound to separate in the end: plain descent on such a divergence, with steps
        that do not overshoot and add up to infinity."""
        return self.least_at_infinity and self.lasting and self.gentle

    @cached_property
    def rest(self) -> NearRest | None:
        """The point of rest beside backprop's last weights."""
        return near_rest(self.unit, self.run.w[-1], self.backprop.bound)

    @cached_property
    def end(self) -> End:
        """How backprop's run ends."""
        return end_of(self.unit, self.run, self.backprop, self.rest)

    @cached_property
    def never_moves(self) -> bool:
        """Whether backprop starts at a point of rest, as w = 0 is where labels balance, and stays there."""
        if self.end not in (End.SETTLED, End.SADDLE):
            return False
        some = self.run.w[:: max(1, len(self.run.w) // SAMPLED)]
        moves = self.unit.sides(np.vstack([some, self.run.w[-1:]])) - self.unit.sides(some[0])
        return bool(np.abs(moves).max() <= REST)

    @cached_property
    def lineless(self) -> bool:
        """Whether backprop ends at w = 0, but for rounding: it answers alike everywhere and has no line."""
        w = self.run.w[-1]
        balanced = self.end in (End.SETTLED, End.SADDLE)
        return not w.any() or bool(balanced and np.abs(self.unit.sides(w)).max() <= REST)

    @property
    def sides_decided(self) -> bool:
        """Whether no point could change its side on the way that is left."""
        return self.end not in ARRIVED or bool(self._sides_at_rest().all())

    @property
    def stays_separated(self) -> bool:
        """Whether backprop ends with no point wrong, and that is sure to last."""
        if self.errors[-1]:
            return False
        if self.end in ARRIVED:
            return self.rest is not None and self._sides_at_rest().min() > 0
        E = float(self.run.loss[-1])
        return self.unit.least_wrong > E and (self._falls_below(E) or self.out_of_reach)

    def _sides_at_rest(self) -> Array:
        """The sides (N,) at the point of rest, less what the first order leaves out; 0 if that is more."""
        assert self.rest is not None
        s = self.unit.sides(self.run.w[-1])
        return np.asarray(np.sign(s) * np.maximum(np.abs(s) - 2 * np.abs(self.rest.shift), 0.0))

    @property
    def wrong_for_good(self) -> int:
        """How many points are sure to be wrong at the point of rest, or out of reach of the last steps."""
        if self.end in ARRIVED and self.rest is not None:
            return int((self._sides_at_rest() < 0).sum())
        return int(self.errors[-1]) if self.out_of_reach else 0

    @property
    def out_of_reach(self) -> bool:
        """Whether the steps that remain are too short to carry a point across the line.

        E is convex and falls, so its slope only shrinks.
        """
        b, left = self.backprop, self.backprop.schedule.remaining(self.epochs)
        convex = b.divergence == "entropy" and b.bound is None
        if not (convex and self.gentle and math.isfinite(left)):
            return False
        reach = b.eta * left * self.slopes[1] * np.linalg.norm(self.unit.signed, axis=1)
        return bool((np.abs(self.unit.sides(self.run.w[-1])) > reach).all())

    @cached_property
    def trained(self) -> bool:
        """Whether backprop's line is that of a training which is all but finished.

        It has arrived; or its slope has become small and does not grow again, and its line no longer
        moves, nor would in as many epochs again.
        """
        if self.end in ARRIVED or self.stays_separated:
            return True
        w, half = self.run.w, self.run.w[len(self.run.w) // 2]
        some = np.vstack([half, w[:: max(1, len(w) // SAMPLED)]])
        before = np.linalg.norm(self.unit.gradient(some), axis=-1)
        if self.end is not End.UNDER_WAY or self.epochs < FEW:
            return False
        if not self.slopes[1] <= min(before[0], SMALL * before.max()):
            return False
        moved = disagreement(np.stack([half, 2 * w[-1] - half]), w[-1], self.box)
        return bool((moved <= STEADY).all())

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
        if not (errors[k] < self._clearly_wrong(-1) and E[k] * (1 - ROUNDING) > E[-1]):
            return None
        return self._between(k, self.epochs)

    @cached_property
    def first_trade(self) -> Trade | None:
        """The first epoch of backprop's at which E falls while more points go wrong."""
        E, errors = self.run.loss, self.errors
        falls = np.diff(E) < -ROUNDING * np.abs(E[:-1])
        for k in np.flatnonzero((np.diff(errors) > 0) & falls)[:TRADES].tolist():
            if errors[k] < self._clearly_wrong(k + 1):
                return self._between(k, k + 1)
        return None

    def _clearly_wrong(self, k: int) -> int:
        """How many points backprop has on the wrong side at an epoch, by more than rounding.

        Weights 0 have no line for a point to be on the wrong side of.
        """
        w, Z = self.run.w[k], self.unit.signed
        return int((self.unit.sides(w) < -CLEAR * (np.abs(Z) @ np.abs(w))).sum())

    def _between(self, k: int, m: int) -> Trade:
        E, errors = self.run.loss, self.errors
        return Trade(k, m, (float(E[k]), float(E[m])), (int(errors[k]), int(errors[m])))

    def line(self, name: str) -> Array:
        """The last weights (n,) of a learner that is requested, of the perceptron or of backprop."""
        if name == "perceptron":
            return self.perceptron_run.weights[-1]
        return self.run.w[-1] if name == "backprop" else self.ends[name]

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

    def compute(self, report: Report | None = None) -> LearnersTraining:
        points, learners = self.points, self.learners
        extra = len(points) > len(self.base)
        unit = self.backprop.unit(points.x, points.labels)
        own, each = portion(report, 0, 0.5 if extra else 1), 2 + len(learners)
        progress = own or (lambda share: None)
        known = reference(points)
        progress(0)
        with np.errstate(over="ignore", invalid="ignore"):
            run = settled(self.backprop.train(points, part_of(own, 0, each)), points)
            progress(1 / each)
            errors = unit.errors(run.w)
            progress(1 / each)
            perceptron_run, perceptron_errors, perceptron_last = LINES.result(
                TrainedPerceptron(self.perceptron, points), part_of(own, 1, each)
            )
        ended = {
            "perceptron": perceptron_run.weights[-1],
            "backprop": run.w[-1],
            "margin": known.margin,
        }
        ends = {
            name: ended[name]
            if name in ended
            else LINES.result(FittedLine(learner, points), part_of(own, i, each))
            for i, (name, learner) in enumerate(learners.items(), 2)
        }
        changes, unfinished = {}, None
        if extra:
            # The same training as of the lab without the point, which stays cached while that is moved.
            alone = replace(self, points=self.base)
            bare = LINES.result(alone, portion(report, 0.5, 1))
            changes = {
                name: line_change(bare.line(name), (ended | ends)[name], bare.box)
                for name in dict.fromkeys(("perceptron", "backprop", *ends))
            }
            unfinished = None if bare.trained else bare.end
        return LearnersTraining(
            self.base, points, known, self.backprop, unit, self.perceptron, perceptron_run, run, errors,
            perceptron_errors, perceptron_last, learners, ends, changes, unfinished,
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

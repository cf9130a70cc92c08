"""The second picture "fan over resamples": its setting, and how much each learner's boundaries differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy.special import stdtrit

from convcore.arrays import Array
from convcore.cache import Job
from convcore.knobs import OneOf, Whole
from convcore.labkit.second_picture import SecondPicture
from convcore.labs.perceptron.learners_training import LearningTask
from convcore.labs.perceptron.points import Source
from convcore.parallel import Report, part_of
from convcore.separators.learners import Learner
from convcore.separators.points import Points
from convcore.separators.stability import (
    MOST_CELLS,
    Box,
    Fan,
    Samples,
    bootstrap,
    box_around,
    fan,
    fresh,
    leave_one_out,
    mean_error,
)

Fans = dict[str, Fan]


@dataclass(frozen=True)
class Resamples(SecondPicture[LearningTask]):
    """The boundaries of each learner over resamples, and how much two of them disagree."""

    kind: Annotated[
        str,
        OneOf(
            "samples",
            "fresh ones need clouds, which can be drawn anew",
            ("bootstrap", "leave", "fresh"),
            names=(("bootstrap", "bootstrap"), ("leave", "leave one out"), ("fresh", "fresh")),
        ),
    ] = "bootstrap"
    count: Annotated[
        int, Whole("how many", "samples; leaving one out has one for each point", 5, 200)
    ] = 50
    seed: Annotated[int, Whole("seed of the samples", "", 0, 99)] = 0
    label = "fan over resamples"

    def refused(self, task: LearningTask) -> str:
        points = len(task.points)
        if self.kind == "fresh" and task.data.drawn() is None:
            return "Fresh samples need clouds: other points cannot be drawn anew."
        if self.kind == "leave" and points < 2:
            return "There is one point; leaving it out leaves none."
        if self.count * points * 3 > MOST_CELLS:
            return f"{self.count} samples of {points:,} points are too many."
        return ""

    def job(self, task: LearningTask) -> TrainOnSamples | None:
        """The fans of the learners that are asked for; None if there are none."""
        training = task.trainings()
        if not training.names:
            return None
        source = task.data if self.kind == "fresh" else None
        learners = tuple(training.learners.items())
        return TrainOnSamples(self, training.points, source, learners, box_around(training.base))

    def finished(
        self, task: LearningTask, found: Fans, report: Report | None = None
    ) -> ResamplesStudy:
        training = task.trainings()
        backprop, perceptron = training.backprop, training.perceptron
        points = len(training.points) - (self.kind == "leave")
        limits = {
            "backprop": (backprop.epochs, backprop.steps(points, _samples(found))),
            "perceptron": (perceptron.epochs, perceptron.turns(points)),
        }
        fewer = {
            name: made
            for name, (asked, made) in limits.items()
            if made < asked and name in training.learners
        }
        all_of = len(training.points) if self.kind == "leave" else math.inf
        return ResamplesStudy(found, fewer, min(1.0, _samples(found) / all_of))


@dataclass(frozen=True)
class TrainOnSamples(Job[Fans]):
    """Train each learner on each of the samples, and measure how much its boundaries differ over a box.

    source: where fresh samples come from, None for those that are made of the points.
    """

    samples: Resamples
    points: Points
    source: Source | None
    learners: tuple[tuple[str, Learner], ...]
    box: Box

    def drawn(self) -> Samples:
        """The samples; fresh ones are drawn with the seeds from 1000 · seed + 1 on."""
        count, seed = self.samples.count, self.samples.seed
        draw = self.source.drawn() if self.source else None
        if draw is not None:
            return fresh(draw, count, 1000 * seed + 1)
        if self.samples.kind == "leave":
            return leave_one_out(self.points, count, seed)
        return bootstrap(self.points, count, seed)

    def compute(self, report: Report | None = None) -> Fans:
        samples, each = self.drawn(), len(self.learners)
        return {
            name: fan(learner, samples, self.box, part_of(report, i, each))
            for i, (name, learner) in enumerate(self.learners)
        }


@dataclass(frozen=True, eq=False)
class ResamplesStudy:
    """The fans over resamples, by learner.

    most_epochs: for backprop and the perceptron, how many epochs they make on each sample where that is
    fewer than requested, so that all samples take a second or two. of_all: the share of all samples that
    there are which was drawn: 0 except where points are left out one at a time.
    """

    fans: Fans
    most_epochs: dict[str, int]
    of_all: float

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return _samples(self.fans)

    @property
    def disagreements(self) -> dict[str, float]:
        """The share of the domain on which two boundaries of a learner differ, if it has two."""
        known = {name: f.disagreement for name, f in self.fans.items()}
        return {name: share for name, share in known.items() if math.isfinite(share)}

    @property
    def all_drawn(self) -> bool:
        """Whether these are all the samples that there are."""
        return self.of_all >= 1

    def error(self, name: str) -> float:
        """Half the 95 % interval of a learner's disagreement, over other draws of the samples."""
        return self._half_width(self.fans[name].shares)

    def gap_error(self, one: str, two: str) -> float:
        """Half the 95 % interval of the difference of two learners' disagreements on the same samples."""
        return self._half_width(self.fans[one].shares - self.fans[two].shares)

    def _half_width(self, shares: Array) -> float:
        known = shares[np.isfinite(shares)]
        # Student's quantile: a handful of samples shows its own spread only roughly.
        quantile = float(stdtrit(max(len(known) - 1, 1), 0.975))
        return quantile * mean_error(known, self.of_all)

    @property
    def compared(self) -> dict[str, float]:
        """`disagreements` of learners with a boundary on each sample: the others lack the hard samples."""
        known = self.disagreements
        return {
            name: known[name]
            for name, f in self.fans.items()
            if name in known and f.lines == len(f.weights)
        }


def _samples(fans: Fans) -> int:
    return max(len(f.weights) for f in fans.values())

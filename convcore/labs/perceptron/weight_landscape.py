"""The second picture "loss over two weights": its setting, the minima, and a plane through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from convcore.arrays import Array, Ints
from convcore.cache import Job
from convcore.labkit.second_picture import SecondPicture
from convcore.labkit.thinning import thinned
from convcore.labs.perceptron.backprop_end import TOO_LARGE
from convcore.labs.perceptron.fitted_lines import LINES
from convcore.labs.perceptron.learners_training import LearnersTraining, LearningTask
from convcore.labs.perceptron.weight_plane import Plane, Surface, framed, near, surface, through
from convcore.parallel import Report
from convcore.separators.points import Points
from convcore.separators.sigmoid_unit import MOST, Minimum, SigmoidUnit, SpannedUnit, minima

SHOWN = 5  # minima in the picture and the table
NEAR = 0.02  # share of a minimum's size within which a run has arrived there


@dataclass(frozen=True)
class WeightLandscape(SecondPicture[LearningTask]):
    """E over two weights, the path of training on it, and its minima with what they separate."""

    label = "loss over two weights"
    job_share: ClassVar[float] = 0.5

    def job(self, task: LearningTask) -> FindMinima | None:
        """The search for the minima, which do not depend on how the unit is trained."""
        return FindMinima.of(task) if len(task.points) <= MOST else None

    def finished(
        self, task: LearningTask, found: tuple[Minimum, ...], report: Report | None = None
    ) -> WeightLandscapeStudy:
        training = LINES.result(task.trainings())
        home = arrived(training, found)
        shown = chosen(found, home)
        w = training.run.w
        at = np.array([m.beside(w[-1]) for m in shown]).reshape(-1, w.shape[1])
        places = near(w, at[:2])
        plane = through([*places, w[-1], w[0]])
        k, _ = thinned(range(len(training.run.loss)), training.run.loss, 100)
        path = plane.coordinates(w[k])
        marks = plane.coordinates(at)
        low, high = framed(path, marks)
        return WeightLandscapeStudy(
            found, shown, home, plane, len(places), k, path, marks,
            tuple(plane.off(x) for x in at), low, high,
            surface(training.unit, plane, low, high, report), SpannedUnit.of(training.unit).flat.shape[1],
        )  # fmt: skip


@dataclass(frozen=True)
class FindMinima(Job[tuple[Minimum, ...]]):
    """The minima of a unit's divergence on these points; ValueError for more than MOST of them."""

    points: Points
    divergence: str
    epsilon: float
    decay: float
    activation: str

    @classmethod
    def of(cls, task: LearningTask) -> FindMinima:
        """The job for what a lab's backprop minimises."""
        b = task.trainings().backprop
        return cls(task.points, b.divergence, b.epsilon, b.decay, b.activation)

    def compute(self, report: Report | None = None) -> tuple[Minimum, ...]:
        unit = SigmoidUnit.on(
            self.points, self.divergence, self.epsilon, self.decay, self.activation
        )
        return minima(unit, report=report)


@dataclass(frozen=True, eq=False)
class WeightLandscapeStudy:
    """The minima of the loss, lowest first, and a plane through weight space with the path of training.

    found: all minima; shown: those in the picture and the table; home: the one that training ended at.
    passes: how many of those shown the plane was laid through. k: epochs (m,) of the path (m, 2) in the
    plane's coordinates; marks: the minima shown (s, 2), of a valley the point nearest to the end, and off:
    which of them lie off the plane. low, high: the corners (2,) of the view. surface: E over this view.
    flat: along how many directions of the weights E never changes, so that each minimum is one of many.
    """

    found: tuple[Minimum, ...]
    shown: tuple[Minimum, ...]
    home: Minimum | None
    plane: Plane
    passes: int
    k: Ints
    path: Array
    marks: Array
    off: tuple[bool, ...]
    low: Array
    high: Array
    surface: Surface
    flat: int

    @property
    def better(self) -> Minimum | None:
        """The lowest minimum that separates."""
        return next((m for m in self.found if m.separates), None)

    @property
    def others(self) -> tuple[Minimum, ...]:
        """The minima that are not shown."""
        return tuple(m for m in self.found if m not in self.shown)

    @property
    def tried(self) -> int:
        """From how many starts minima were sought; 0 where none was found."""
        return self.found[0].tried if self.found else 0


def arrived(training: LearnersTraining, found: tuple[Minimum, ...]) -> Minimum | None:
    """The minimum that training ended at, or None."""
    if training.end in TOO_LARGE:
        return None  # it is there only for now
    w = training.run.w[-1]
    for m in found:
        away = float(np.linalg.norm(w - m.beside(w)))
        if away <= NEAR * max(1.0, float(np.linalg.norm(m.w))):
            return m
    return None


def chosen(found: tuple[Minimum, ...], home: Minimum | None) -> tuple[Minimum, ...]:
    """The lowest minimum, then where training ended or the next that differs, then others."""
    if len(found) < 2:
        return found
    other = next((m for m in found[1:] if m.separates != found[0].separates), found[1])
    first = [found[0], home if home and home is not found[0] else other]
    return (*first, *(m for m in found if m not in first))[:SHOWN]

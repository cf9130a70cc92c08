"""What a run of "Perceptron and backprop" found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convcore.arrays import Ints
from convcore.labkit.study import Record, Study
from convcore.labs.perceptron.fitted_lines import LINES
from convcore.labs.perceptron.learners_training import LearnersTraining
from convcore.labs.perceptron.output_images import Shades, epochs_to_look_at, shades, view_of
from convcore.labs.perceptron.resamples import ResamplesStudy
from convcore.labs.perceptron.second_pictures import SECOND_JOBS
from convcore.labs.perceptron.settings import PerceptronSettings
from convcore.labs.perceptron.weight_landscape import WeightLandscapeStudy
from convcore.parallel import Report, portion, throttled
from convcore.separators.stability import Box

SecondStudy = WeightLandscapeStudy | ResamplesStudy
TRAINED = 0.4  # share of the work that is the training


@dataclass(frozen=True, eq=False)
class PerceptronStudy(Study):
    """The training of all learners, and the study of the second picture.

    view: what the first picture shows of the plane. looks: the epochs (m,) that can be selected. shades:
    backprop's output at each of them; None where there is no plane to shade. second: None if there is no
    second picture.
    """

    settings: PerceptronSettings
    training: LearnersTraining
    view: Box
    looks: Ints
    shades: Shades | None
    second: SecondStudy | None

    @property
    def shortened(self) -> bool:
        """Whether backprop made fewer epochs than requested, as there are many points."""
        return self.settings.epochs > self.settings.backprop().steps(len(self.training.points))

    def record(self) -> Record:
        """Backprop's weights, divergence and errors by epoch, and the perceptron's weights and errors."""
        training = self.training
        k = np.arange(training.last_epoch + 1)
        i = np.minimum(k, training.epochs)
        j = np.minimum(k, len(training.perceptron_errors) - 1)
        names = [*(f"w{a + 1}" for a in range(training.points.inputs)), "bias"]
        w, v = training.run.w[i], training.perceptron_run.weights[j]
        return {
            "epoch": k,
            "E": training.run.loss[i],
            "backprop wrong": training.errors[i],
            **{f"backprop {name}": w[:, a] for a, name in enumerate(names)},
            "perceptron wrong": training.perceptron_errors[j],
            **{f"perceptron {name}": v[:, a] for a, name in enumerate(names)},
        }


def study(settings: PerceptronSettings, report: Report | None = None) -> PerceptronStudy:
    """Train all learners; `report` is called with the share done, and may raise to stop it."""
    report = throttled(report)
    training = LINES.result(settings.trainings(), portion(report, 0, TRAINED))
    second = settings.second.study(settings, SECOND_JOBS, portion(report, TRAINED, 1))
    view, looks = view_of(training), epochs_to_look_at(training, settings.look)
    return PerceptronStudy(settings, training, view, looks, shades(training, looks, view), second)

"""Predict first in "Perceptron and backprop": the question, and the answer of a study."""

from __future__ import annotations

from convcore.labkit.prediction import Question
from convcore.labs.perceptron.settings import PerceptronSettings
from convcore.labs.perceptron.study import PerceptronStudy

SIDES = ("it separates them", "it has some wrong")


def question(settings: PerceptronSettings) -> Question:
    """What to ask before the lab is shown."""
    return Question("After the last epoch, what of backprop's line and the points?", SIDES)


def answer(study: PerceptronStudy) -> str:
    """What the run did, as one of the options."""
    return SIDES[int(study.training.errors[-1] > 0)]

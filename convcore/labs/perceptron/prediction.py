"""Predict first in "Perceptron and backprop": the question, and the answer of a study."""

from __future__ import annotations

import math

from convcore.labkit.prediction import ELSE, Prediction, Question
from convcore.labkit.words import num, several
from convcore.labs.perceptron.extra_point import ExtraPoint
from convcore.labs.perceptron.resamples import Resamples, ResamplesStudy
from convcore.labs.perceptron.settings import PerceptronSettings
from convcore.labs.perceptron.study import PerceptronStudy
from convcore.labs.perceptron.weight_landscape import WeightLandscape, WeightLandscapeStudy

SIDES = ("it separates them", "it has some wrong")


def question(settings: PerceptronSettings) -> Question:
    """What to ask before the lab is shown."""
    return Question("After the last epoch, what of backprop's line and the points?", SIDES)


def answer(study: PerceptronStudy) -> str:
    """What the run did, as one of the options."""
    return SIDES[int(study.training.errors[-1] > 0)]


RISES, NEVER = TRADES = ("yes, between some two epochs", "no")


def _trades(settings: PerceptronSettings) -> Question:
    return Question(
        "Will the number of points that backprop has wrong ever rise while its divergence falls?",
        TRADES,
    )


def _traded(study: PerceptronStudy) -> str:
    training = study.training
    return RISES if training.trade or training.first_trade else NEVER


def _separates(settings: PerceptronSettings) -> Question:
    return Question(
        f"After {several(settings.epochs, 'epoch')}, does backprop's line separate the points?",
        SIDES,
    )


NONE, SOME = WRONG = ("none", "one or more")
NO_MINIMUM = "there is no minimum"


def _lowest(settings: PerceptronSettings) -> Question:
    if not isinstance(settings.second, WeightLandscape):
        return _separates(settings)
    return Question(
        "The lowest minimum of backprop's divergence gives a line. How many points does it have wrong?",
        (*WRONG, NO_MINIMUM, ELSE),
    )


def _at_lowest(study: PerceptronStudy) -> str:
    if not isinstance(study.settings.second, WeightLandscape):
        return answer(study)
    settings = study.settings
    hard = settings.epsilon == 0 and settings.decay == 0
    if hard and study.training.reference.separable:
        return NO_MINIMUM
    if not isinstance(study.second, WeightLandscapeStudy) or not study.second.found:
        return ELSE
    return SOME if study.second.found[0].wrong else NONE


STOPS, GOES_ON, NEVER_STOPS = ENDINGS = (
    "it stops, with no point wrong",
    "it is still at work, and would stop later",
    "it never stops, however long it runs",
)


def _perceptron(settings: PerceptronSettings) -> Question:
    epochs = several(settings.epochs, "epoch")
    return Question(f"What will the perceptron have done after at most {epochs}?", (*ENDINGS, ELSE))


def _perceptron_ends(study: PerceptronStudy) -> str:
    training = study.training
    if not training.perceptron_errors[-1]:
        return STOPS
    proof = training.reference.certificate
    if not proof.proved:
        return ELSE
    return GOES_ON if proof.separable else NEVER_STOPS


FIRST, SECOND, ALIKE = SWINGS = (
    "the perceptron's",
    "backprop's",
    "too close to tell with so many samples",
)


def _swings(settings: PerceptronSettings) -> Question:
    second = settings.second
    if not isinstance(second, Resamples):
        return _separates(settings)
    return Question(
        f"Each learner is trained on {several(second.count, 'sample')} of such points. Whose lines differ "
        "more from sample to sample?",
        (*SWINGS, ELSE),
    )


def _swung(study: PerceptronStudy) -> str:
    if not isinstance(study.settings.second, Resamples):
        return answer(study)
    found = study.second
    if not isinstance(found, ResamplesStudy) or not {"perceptron", "backprop"} <= found.fans.keys():
        return ELSE
    p, b = (found.fans[name].disagreement for name in ("perceptron", "backprop"))
    if not (math.isfinite(p) and math.isfinite(b)):
        return ELSE
    error = 0.0 if found.all_drawn else found.gap_error("perceptron", "backprop")
    if not abs(p - b) > error:
        return ALIKE
    return FIRST if p > b else SECOND


LITTLE, LOTS = 0.02, 0.2  # shares of the picture, between the options
CHANGES = ("at most 2 %", "more than 2 %, at most 20 %", "more than 20 %")


def _new_instance(settings: PerceptronSettings) -> Question:
    extra = settings.extra
    if not isinstance(extra, ExtraPoint):
        return _separates(settings)
    at = num(extra.x) if settings.points.inputs == 1 else f"({num(extra.x)}, {num(extra.y)})"
    sign = "+" if extra.sign == "plus" else "−"
    return Question(
        f"A point {at} of class {sign} is added, the one with a diamond. On how much of the plane around "
        "the others does backprop's answer change?",
        (*CHANGES, ELSE),
    )


def _changed(study: PerceptronStudy) -> str:
    if not study.training.extra:
        return answer(study)
    share = study.training.changes["backprop"].disagreement
    return CHANGES[sum(share > mark for mark in (LITTLE, LOTS))] if math.isfinite(share) else ELSE


PROXY = Prediction(_trades, _traded)
SEPARATES = Prediction(_separates, answer)
OPTIMUM = Prediction(_lowest, _at_lowest)
PERCEPTRON = Prediction(_perceptron, _perceptron_ends)
SWINGING = Prediction(_swings, _swung)
NEW_INSTANCE = Prediction(_new_instance, _changed)

"""Predict first in "One weight": the question, and the answer of a study."""

from __future__ import annotations

import numpy as np

from convcore.labkit.prediction import ELSE, LEFT, Prediction, Question, left_of
from convcore.labkit.words import num
from convcore.labs.one_weight.settings import OneWeightSettings
from convcore.labs.one_weight.study import CLOSE, OneWeightStudy

MONOTONE, ONE_STEP, OSCILLATES, JUMPS, RUNS_AWAY = OPTIONS = (
    "it converges without changing side",
    "it lands in one step",
    "it changes side at each step and converges",
    "it jumps between two points for ever",
    "it runs away",
)


def question(settings: OneWeightSettings) -> Question:
    """What to ask before the lab is shown."""
    a, b, w0, eta = (num(x) for x in (settings.a, settings.b, settings.w0, settings.eta))
    given = f"a = {a}, b = {b}, from w₀ = {w0} at η = {eta}"
    asks = f"E(w) = ½aw² + bw + c with {given}: what will w do?"
    return Question(asks, (*OPTIONS, ELSE))


def answer(study: OneWeightStudy) -> str:
    """What the run did, as one of the options."""
    errors = study.errors
    if errors is None or study.settings.a == 0:
        return ELSE
    low, high = float(errors.factors.min()), float(errors.factors.max())
    if abs(errors.first_factor) <= CLOSE:
        return ONE_STEP
    if study.stalls:
        return ELSE
    if low > 0 and high < 1 - 1e-9:
        return MONOTONE
    if low > -1 + 1e-9 and high < 0:
        return OSCILLATES
    if np.abs(errors.factors + 1).max() <= 1e-9:
        return JUMPS
    return RUNS_AWAY if high < -1 or low > 1 + 1e-9 else ELSE


WITH_HALF, WITHOUT, EQUAL = TERMS = (
    "E + E′d + ½E″d²",
    "E + E′d + E″d²",
    "both: they are equal here",
)


def _which_series(settings: OneWeightSettings) -> Question:
    return Question(
        f"The first step goes from w₀ = {num(settings.w0)} by d = −η·E′(w₀), η = {num(settings.eta)}. "
        "Which gives E after it, with E, E′ and E″ at w₀?",
        (*TERMS, ELSE),
    )


def _right_series(study: OneWeightStudy) -> str:
    step = study.first_step
    if step is None or step.quadratic == 0:
        return EQUAL
    if abs(step.quadratic) <= 100 * step.rounding:
        return ELSE
    near = 1e-6 * abs(step.quadratic) + step.rounding
    for series, said in ((step.half, WITH_HALF), (step.bare, WITHOUT)):
        if abs(series - step.E) <= near:
            return said
    return ELSE


def _left_by_one(settings: OneWeightSettings) -> Question:
    a, b, w0, eta = (num(x) for x in (settings.a, settings.b, settings.w0, settings.eta))
    return Question(
        f"E(w) = ½aw² + bw + c with a = {a}, b = {b}. How much of the distance to the minimum does the "
        f"first step from w₀ = {w0} at η = {eta} leave?",
        (*LEFT, ELSE),
    )


def _left(study: OneWeightStudy) -> str:
    errors = study.errors
    return ELSE if errors is None or study.settings.a <= 0 else left_of(errors.first_factor)


SERIES = Prediction(_which_series, _right_series)
FIRST_STEP = Prediction(_left_by_one, _left)

"""Predict first in "One weight": the question, and the answer of a study."""

from __future__ import annotations

import numpy as np

from convcore.labkit.prediction import ELSE, Question
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

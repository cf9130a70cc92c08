"""Predict first in "Many weights": the question, and the answer of a study."""

from __future__ import annotations

import numpy as np

from convcore.descent.schedules import Constant
from convcore.labkit.prediction import ENDS, Question, end
from convcore.labs.many_weights.settings import ManyWeightsSettings
from convcore.labs.many_weights.study import ManyWeightsStudy

CLOSE = 1e-9  # a factor this close to 1 does not say whether the error shrinks or grows


def question(settings: ManyWeightsSettings) -> Question:
    """What to ask before the lab is shown."""
    far = " in the long run" if isinstance(settings.schedule, Constant) else ""
    return Question(f"Where will plain descent end{far}?", ENDS)


def answer(study: ManyWeightsStudy) -> str:
    """What the run did, as one of the options; with a constant η, what it does in the long run."""
    return _in_the_long_run(study) or end(study.run.outcome())


def _in_the_long_run(study: ManyWeightsStudy) -> str:
    """Where plain descent with a constant η goes in the end, by its factors; empty if they do not say."""
    s = study.objective.spectrum
    met = (s.values != 0) & (study.plane.error != 0)
    constant = isinstance(study.settings.schedule, Constant)
    if not constant or study.local or s.drift.any() or not met.any():
        return ""
    factors = np.abs(1 - study.settings.eta * s.values)
    if factors[met].max() > 1 + CLOSE:
        return ENDS[3]
    # What the start has no share of, rounding may still bring in.
    return ENDS[0] if factors[s.values != 0].max() < 1 - CLOSE else ""

"""Predict first in "Rough ground": the question, and the answer of a study."""

from __future__ import annotations

from convcore.labkit.prediction import ENDS, Question, end
from convcore.labs.rough_ground.settings import RoughSettings
from convcore.labs.rough_ground.study import RoughStudy


def question(settings: RoughSettings) -> Question:
    """What to ask before the lab is shown."""
    return Question("Where will this run end?", ENDS)


def answer(study: RoughStudy) -> str:
    """What the run did, as one of the options."""
    return end(study.outcome)

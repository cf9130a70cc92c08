"""Predict first in "Taylor and Newton": the question, and the answer of a study."""

from __future__ import annotations

from convcore.labkit.prediction import ENDS, Question, end
from convcore.labs.newton.settings import NewtonSettings
from convcore.labs.newton.study import NewtonStudy


def question(settings: NewtonSettings) -> Question:
    """What to ask before the lab is shown."""
    return Question("Where will Newton's method end?", ENDS)


def answer(study: NewtonStudy) -> str:
    """What the run did, as one of the options."""
    return end(study.newton.outcome)

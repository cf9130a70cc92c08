"""Predict first: where Newton's method will end."""

from __future__ import annotations

from convcore.labkit.prediction import ENDS, Question, end
from convcore.labs.newton.settings import NewtonSettings
from convcore.labs.newton.study import NewtonStudy


def question(settings: NewtonSettings) -> Question:
    """What to ask before the runs are shown."""
    return Question("Where will Newton's method end?", ENDS)


def answer(study: NewtonStudy) -> str:
    """How Newton's run ended, as one of the options."""
    return end(study.newton.outcome)

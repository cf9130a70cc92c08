"""Predict first: where Newton's method will end, or the one that the local model follows."""

from __future__ import annotations

from convcore.labkit.prediction import ENDS, Question, end
from convcore.labs.newton.settings import LABELS, NewtonSettings
from convcore.labs.newton.study import NewtonStudy


def question(settings: NewtonSettings) -> Question:
    """What to ask before the runs are shown."""
    if _asked(settings) == "newton":
        return Question("Where will Newton's method end?", ENDS)
    return Question(f"Where will {LABELS[settings.model]} end?", ENDS)


def answer(study: NewtonStudy) -> str:
    """How that method's run ended, as one of the options."""
    return end(study.runs[_asked(study.settings)].outcome)


def _asked(settings: NewtonSettings) -> str:
    """The method that is asked about: Newton's, unless it does not run."""
    return "newton" if "newton" in settings.methods else settings.model

"""Predict first: where Newton's method will end, or the one that the local model follows."""

from __future__ import annotations

from collections.abc import Callable

from convcore.labkit.prediction import ENDS, Prediction, Question, end
from convcore.labkit.words import num
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


def _newton(step: str) -> Callable[[NewtonSettings], Question]:
    """The question for a claim on Newton's method. step: how it is written there."""

    def asked(settings: NewtonSettings) -> Question:
        if _asked(settings) != "newton":
            return question(settings)
        return Question(
            f"Newton steps by w ← w − η{step}, η = {num(settings.relative)}. Where will it end?",
            ENDS,
        )

    return asked


LOCAL_STEP = Prediction(_newton("E′(w)/E″(w)"), answer)
NEWTON = Prediction(_newton("H(w)⁻¹∇E(w)"), answer)

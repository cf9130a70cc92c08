"""Predict first in "Rough ground": the question, and the answer of a study."""

from __future__ import annotations

from convcore.descent.schedules import Constant
from convcore.labkit.prediction import ELSE, ENDS, Prediction, Question, end
from convcore.labkit.words import num
from convcore.labs.rough_ground.settings import RoughSettings
from convcore.labs.rough_ground.study import RoughStudy


def question(settings: RoughSettings) -> Question:
    """What to ask before the lab is shown."""
    return Question("Where will this run end?", ENDS)


def answer(study: RoughStudy) -> str:
    """What the run did, as one of the options."""
    return end(study.outcome)


HOME, ELSEWHERE = "in the minimum that small steps from there lead to", "in another minimum"
LOWEST, HIGHER = "in the lowest minimum of the picture", "in a minimum that is higher"
OTHERS = ENDS[1:]  # ways to end that are no minimum


def _by_this_method(settings: RoughSettings) -> Question:
    scene = settings.scene
    return Question(f"Where will {scene.optimizer.label} with η = {num(scene.eta)} end?", ENDS)


def _at(settings: RoughSettings) -> str:
    """How η goes."""
    plan, eta = settings.schedule, num(settings.eta)
    return f"η stays {eta}" if isinstance(plan, Constant) else f"η = {eta} at first: {plan.label}"


def _which_valley(settings: RoughSettings) -> Question:
    return Question(f"{_at(settings)}. Where will this run end?", (HOME, ELSEWHERE, *OTHERS))


def _valley(study: RoughStudy) -> str:
    said = end(study.outcome)
    if said != ENDS[0]:
        return said
    if study.home is None or study.rest is None:
        return ELSE
    return HOME if study.rest == study.home else ELSEWHERE


def _in_the_end(settings: RoughSettings) -> Question:
    return Question(f"{_at(settings)}. Where will this run end?", ENDS)


def _how_low(settings: RoughSettings) -> Question:
    return Question(f"{_at(settings)}. Where will this run end?", (LOWEST, HIGHER, *OTHERS))


def _height(study: RoughStudy) -> str:
    said = end(study.outcome)
    if said != ENDS[0]:
        return said
    if not study.lowest or not study.finds_minimum:
        return ELSE
    return LOWEST if study.finds_lowest else HIGHER


NEWTON = Prediction(_by_this_method, answer)
ESCAPES = Prediction(_which_valley, _valley)
SETTLES = Prediction(_in_the_end, answer)
DECAYS = Prediction(_how_low, _height)

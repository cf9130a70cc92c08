"""Predict first in "A real network": the question, and the answer of a study."""

from __future__ import annotations

from convcore.labkit.prediction import Question
from convcore.labs.network.settings import RealNetworkSettings
from convcore.labs.network.study import RealNetworkStudy

EDGE = ("it reaches the limit", "it stays below, or there is no limit")


def question(settings: RealNetworkSettings) -> Question:
    """What to ask before the lab is shown."""
    return Question("What will the sharpness λₘₐₓ do beside its limit, such as 2/η?", EDGE)


def answer(study: RealNetworkStudy) -> str:
    """What the run did, as one of the options."""
    return EDGE[int(study.readings.crossing is None)]

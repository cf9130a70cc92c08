"""Predict first in "A real network": the question, and the answer of a study."""

from __future__ import annotations

import math

from convcore.labkit.prediction import Prediction, Question
from convcore.labkit.words import several
from convcore.labs.network.settings import RealNetworkSettings
from convcore.labs.network.study import RealNetworkStudy
from convcore.network.hessian_cost import hessian_in_gradients

EDGE = ("it reaches the limit", "it stays below, or there is no limit")


def question(settings: RealNetworkSettings) -> Question:
    """What to ask before the lab is shown."""
    return Question("What will the sharpness λₘₐₓ do beside its limit, such as 2/η?", EDGE)


def answer(study: RealNetworkStudy) -> str:
    """What the run did, as one of the options."""
    return EDGE[int(study.readings.crossing is None)]


POWERS = (1, 3, 5)  # of ten, between the options
COSTS = ("at most 10", "more than 10, at most 1,000", "more than 1,000, at most 100,000", "more")


def _cost(settings: RealNetworkSettings) -> Question:
    net = settings.network()
    return Question(
        f"This network has {several(net.n, 'weight')} and learns {several(len(net.inputs), 'point')}. "
        "How many gradients cost as much as its Hessian and solving with it?",
        COSTS,
    )


def _counted(study: RealNetworkStudy) -> str:
    power = math.log10(hessian_in_gradients(study.net))
    return COSTS[sum(power > mark for mark in POWERS)]


COST = Prediction(_cost, _counted)

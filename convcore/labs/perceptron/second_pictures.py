"""The choices of the second picture of "Perceptron and backprop"."""

from __future__ import annotations

from dataclasses import dataclass

from convcore.cache import Cache
from convcore.labkit.second_picture import NoPicture, SecondPicture
from convcore.labs.perceptron.learners_training import LearningTask
from convcore.labs.perceptron.resamples import Resamples
from convcore.labs.perceptron.weight_landscape import WeightLandscape

SECOND_JOBS = Cache(48, "minima and fans")  # shared by all visitors


@dataclass(frozen=True)
class NoMore(NoPicture):
    """No second picture."""


SECONDS: tuple[tuple[str, type[SecondPicture[LearningTask]]], ...] = (
    ("landscape", WeightLandscape),
    ("fan", Resamples),
    ("none", NoMore),
)

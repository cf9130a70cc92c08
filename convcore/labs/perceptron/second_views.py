"""How each second picture of "Perceptron and backprop" is shown."""

from __future__ import annotations

from convcore.labkit.second_view import Views
from convcore.labs.perceptron.resamples import Resamples
from convcore.labs.perceptron.resamples_picture import resamples_view
from convcore.labs.perceptron.weight_landscape import WeightLandscape
from convcore.labs.perceptron.weight_landscape_picture import landscape_view

SECOND_VIEWS: Views = {
    WeightLandscape: landscape_view,
    Resamples: resamples_view,
}

"""What draws a line between points: perceptron, backprop, linear LMS, maximum margin; and the line.

Each learner is a frozen value. `fit` takes points or many samples at once, x (..., M, p) and labels
(..., M), and gives weights (..., p + 1), the bias last; the boundary is where wᵀx + b = 0.
"""

from __future__ import annotations

from convcore.classifiers.backprop import Backprop, affordable
from convcore.classifiers.learner import Learner, LinearLMS, MaxMargin
from convcore.classifiers.lines import (
    Box,
    angle,
    boundary,
    directions,
    margin,
    scores,
    wrong_points,
)
from convcore.classifiers.perceptron import Perceptron, PerceptronRun

__all__ = [
    "Backprop",
    "Box",
    "Learner",
    "LinearLMS",
    "MaxMargin",
    "Perceptron",
    "PerceptronRun",
    "affordable",
    "angle",
    "boundary",
    "directions",
    "margin",
    "scores",
    "wrong_points",
]

"""What draws a line between points: perceptron, backprop, linear LMS, maximum margin; and the line.

Each learner is a frozen value. `fit` takes points or many samples at once, x (..., M, p) and labels
(..., M), and gives weights (..., p + 1), the bias last; the boundary is where wᵀx + b = 0.
"""

from __future__ import annotations

from convcore.classifiers.backprop import Backprop as Backprop
from convcore.classifiers.backprop import affordable as affordable
from convcore.classifiers.learner import Learner as Learner
from convcore.classifiers.learner import LinearLMS as LinearLMS
from convcore.classifiers.learner import MaxMargin as MaxMargin
from convcore.classifiers.lines import Box as Box
from convcore.classifiers.lines import angle as angle
from convcore.classifiers.lines import boundary as boundary
from convcore.classifiers.lines import directions as directions
from convcore.classifiers.lines import margin as margin
from convcore.classifiers.lines import scores as scores
from convcore.classifiers.lines import wrong_points as wrong_points
from convcore.classifiers.perceptron import Perceptron as Perceptron
from convcore.classifiers.perceptron import PerceptronRun as PerceptronRun

"""What draws a line between points: perceptron, backprop, linear LMS, maximum margin; and the lines.

Each learner is a frozen value. `fit` takes a user's own X (N, p) and y (N,), and gives a `Separator` that
predicts. `lines` takes points or many samples at once, x (..., M, p) and labels (..., M), and gives weights
(..., p + 1), the bias last; the boundary is where wᵀx + b = 0.
"""

from __future__ import annotations

from convcore.separators.learners.backprop import Backprop as Backprop
from convcore.separators.learners.backprop import affordable as affordable
from convcore.separators.learners.learner import Learner as Learner
from convcore.separators.learners.learner import LinearLMS as LinearLMS
from convcore.separators.learners.learner import MaxMargin as MaxMargin
from convcore.separators.learners.lines import Box as Box
from convcore.separators.learners.lines import angle as angle
from convcore.separators.learners.lines import boundary as boundary
from convcore.separators.learners.lines import directions as directions
from convcore.separators.learners.lines import margin as margin
from convcore.separators.learners.lines import scores as scores
from convcore.separators.learners.lines import wrong_points as wrong_points
from convcore.separators.learners.perceptron import Perceptron as Perceptron
from convcore.separators.learners.perceptron import PerceptronRun as PerceptronRun
from convcore.separators.learners.perceptron import TrainedPerceptron as TrainedPerceptron
from convcore.separators.learners.separator import Separator as Separator

"""Objectives: functions E of n weights, with gradient and Hessian, batched over any leading axes."""

from convcore.objectives.base import Objective as Objective
from convcore.objectives.logistic import Logistic as Logistic
from convcore.objectives.quadratics import LeastSquares as LeastSquares
from convcore.objectives.quadratics import Quadratic as Quadratic
from convcore.objectives.quadratics import QuadraticForm as QuadraticForm

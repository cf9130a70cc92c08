"""What the scaling of a table's features changes: the steps that are needed, and the way back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array
from convcore.descent import theory
from convcore.descent.schedules import Constant
from convcore.descent.theory import predicted_steps
from convcore.knobs import FieldError
from convcore.labs.many_weights.least_squares import FromData
from convcore.labs.many_weights.problem import Problem
from convcore.objectives.base import EPS
from convcore.objectives.quadratics import QuadraticForm


@dataclass(frozen=True)
class Scaling:
    """Plain descent on one scaling of a table's features, from w = 0 at η = 1/λₘₐₓ.

    kappa: over the directions that bend, NaN if rounding hides it. doubt: its relative error by rounding.
    steps: to the tolerance, by theory. refused: why the features
    cannot be scaled so, in one line; then the numbers are NaN.
    """

    name: str
    kappa: float = math.nan
    doubt: float = math.nan
    eta: float = math.nan
    steps: float = math.nan
    refused: str = ""


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The coefficients (p+1,) of a table's raw features, the intercept last.

    names: of the features. solution: least squares; reached: where plain descent ended.
    """

    names: tuple[str, ...]
    solution: Array
    reached: Array


def by_scaling(problem: Problem, tolerance: float) -> tuple[Scaling, ...]:
    """Each scaling of the problem's table; none for a problem without one."""
    if not isinstance(problem, FromData):
        return ()
    return tuple(_scaling(problem, name, tolerance) for name in ("raw", "standardised", "whitened"))


def _scaling(problem: FromData, name: str, tolerance: float) -> Scaling:
    try:
        objective = problem.fit(name).objective
    except FieldError as error:
        return Scaling(name, refused=str(error))
    s = objective.spectrum
    eta = 1 / float(s.values[-1])
    needed = predicted_steps(s.values, s.error(np.zeros(objective.n)), eta, Constant(), tolerance)
    kappa, doubt = theory.effective_condition_number(s), theory.condition_doubt(s)
    return Scaling(name, kappa, doubt, eta, needed)


def coefficients(problem: Problem, objective: QuadraticForm, end: Array) -> Coefficients | None:
    """Those of the least-squares solution and of weights `end` (n,); None for a problem without a table."""
    if not isinstance(problem, FromData):
        return None
    fit, s = problem.fit(), objective.spectrum
    # Where the terms of a sum cancel, what is left is rounding and no coefficient.
    size = 8 * objective.n * EPS * np.abs(fit.back) @ np.abs(s.vectors)
    solution, reached = (
        np.where(np.abs(fit.back @ w) > size @ np.abs(w @ s.vectors), fit.back @ w, 0.0)
        for w in (objective.stationary, end)
    )
    return Coefficients(fit.names, solution, reached)

"""What theory says of each method of "Many weights": its rate, and the steps to the tolerance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convcore import curvature
from convcore.curvature import less_rounding, predicted_steps
from convcore.descent import Trajectory
from convcore.objectives import EPS, QuadraticForm
from convcore.optimizers import OPTIMIZERS
from convcore.schedules import Constant, OpenLoop

if TYPE_CHECKING:
    from convcore.labs.many_weights import ManyWeights

Array = NDArray[np.float64]

METHODS = ("gd", "coordinate", "newton", "momentum", "nesterov")
KINDS = {key: kind for key, kind in OPTIMIZERS if key in METHODS}


def predicted(lab: ManyWeights, objective: QuadraticForm) -> dict[str, float]:
    """Steps to the tolerance by theory; NaN where there is none.

    Exact for plain descent and Newton; from the asymptotic rate for the others.
    """
    found = dict.fromkeys(KINDS, math.nan)
    if objective.minimiser is None or not isinstance(lab.schedule, OpenLoop):
        return found
    lam, error = objective.spectrum.values, objective.spectrum.error(lab.origin)

    def exact(values: Array, eta: float) -> float:
        plan = lab.schedule
        assert isinstance(plan, OpenLoop)
        return predicted_steps(values, error, eta, plan, lab.tolerance)

    found["gd"] = exact(lam, lab.eta)
    found["newton"] = exact((lam > 0).astype(float), lab.relative)
    if isinstance(lab.schedule, Constant) and error.any():
        for name in {"coordinate", "momentum", "nesterov"} & set(lab.methods):
            factor = rate(lab, objective, name)
            if factor < 1:
                k = math.log(lab.tolerance) / math.log(factor) if factor > 0 else 1.0
                found[name] = max(1.0, math.ceil(k))
            elif factor > 1:
                found[name] = math.inf
    return found


def rate(lab: ManyWeights, objective: QuadraticForm, method: str) -> float:
    """The asymptotic factor per step of a method at its constant η; NaN if there is none.

    Only directions in which the start has an error count.
    """
    s = objective.spectrum
    lam = s.values[(s.values != 0) & (s.error(lab.origin) != 0)]
    if not lam.size:
        return math.nan
    if method == "gd":
        return less_rounding(float(np.abs(1 - lab.eta * lam).max()))
    if method == "newton":
        return abs(1 - lab.relative)
    if method == "coordinate":
        values = by_coordinates(objective, lab.origin)
        if not values.size:
            return math.nan
        return less_rounding(float(np.abs(1 - lab.relative * values).max()))
    return curvature.momentum_rate(lam, lab.eta, lab.beta, nesterov=method == "nesterov")


def took(lab: ManyWeights, objective: QuadraticForm, run: Trajectory) -> float:
    """Steps that a run took to the tolerance; inf if it did not get there, NaN if there is no minimum."""
    if objective.minimiser is None:
        return math.nan
    if not objective.spectrum.error(lab.origin).any():
        return 0.0
    return float(run.steps_to(lab.tolerance, target(objective, lab.origin)))


def by_coordinates(objective: QuadraticForm, start: Array | None = None) -> Array:
    """The eigenvalues that are not 0 of D^−½AD^−½, D the diagonal of A where it is positive.

    They are to per coordinate what λ is to plain descent. start (n,): only those in whose directions it
    has an error. Empty where a weight that is left alone, as a_ii ≤ 0, bends E all the same.
    """
    a = np.diagonal(objective.A)
    up = a > 0
    if np.any(objective.A[~up] != 0):
        return np.empty(0)
    root = np.sqrt(a[up])
    values, Q = np.linalg.eigh(objective.A[np.ix_(up, up)] / np.outer(root, root))
    kept = np.abs(values) > 1e-13 * np.abs(values).max(initial=0.0)
    if start is not None:
        w, centre = start[up], objective.stationary[up]
        noise = 8 * len(a) * EPS * np.abs(Q.T) @ (root * (np.abs(w) + np.abs(centre)))
        kept &= np.abs(Q.T @ (root * (w - centre))) > noise
    return np.asarray(values[kept])


def target(objective: QuadraticForm, start: Array) -> Array:
    """The minimum (n,) that descent from a start (n,) leads to: w*, with its part in null directions."""
    s = objective.spectrum
    flat = s.vectors[:, s.values == 0]
    return np.asarray(objective.stationary + flat @ (flat.T @ (start - objective.stationary)))

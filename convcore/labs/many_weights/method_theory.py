"""What theory says of each method: its limit and its rate, and the steps to the tolerance."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import numpy as np

from convcore.arrays import Array
from convcore.descent.descent import Trajectory
from convcore.descent.schedules import Constant, OpenLoop
from convcore.descent.theory import (
    SAME,
    Regime,
    constant_steps,
    less_rounding,
    limit,
    momentum_rate,
    predicted_steps,
)
from convcore.labs.many_weights.plane import QuadraticPlane
from convcore.labs.many_weights.settings import KINDS, ManyWeightsSettings
from convcore.objectives.base import EPS
from convcore.objectives.quadratics import QuadraticForm
from convcore.optimizers.first_order import momentum_limit, nesterov_limit


def predicted(
    settings: ManyWeightsSettings, plane: QuadraticPlane, rates: Mapping[str, float]
) -> dict[str, float]:
    """Steps to the tolerance by theory; NaN where there is none. rates: `rate` of each method in use.

    Exact for plain descent and Newton; from the asymptotic rate for the others.
    """
    found, plan = dict.fromkeys(KINDS, math.nan), settings.schedule
    if plane.objective.minimiser is None or not isinstance(plan, OpenLoop):
        return found
    lam, error = plane.objective.spectrum.values, plane.error
    exact = {"gd": (lam, settings.eta), "newton": ((lam > 0).astype(float), settings.relative)}
    if isinstance(plan, Constant):  # both at once, as this is what takes the time
        values, etas = zip(*exact.values(), strict=True)
        count = constant_steps(np.stack(values, axis=1), error, np.array(etas), settings.tolerance)
        found |= dict(zip(exact, count.tolist(), strict=True))
    else:
        for name, (values, eta) in exact.items():
            found[name] = predicted_steps(values, error, eta, plan, settings.tolerance)
    if isinstance(plan, Constant) and error.any():
        for name in {"coordinate", "momentum", "nesterov"} & set(settings.methods):
            factor = rates[name]
            if factor < 1:
                k = math.log(settings.tolerance) / math.log(factor) if factor > 0 else 1.0
                found[name] = max(1.0, math.ceil(k))
            elif factor >= 1:
                found[name] = math.inf
    return found


def rate(settings: ManyWeightsSettings, plane: QuadraticPlane, method: str) -> float:
    """The asymptotic factor per step of a method at its constant η; NaN if there is none.

    Only directions in which the start has an error count.
    """
    values = plane.objective.spectrum.values
    lam = values[(values != 0) & (plane.error != 0)]
    if not lam.size:
        return math.nan
    if method == "gd":
        return less_rounding(float(np.abs(1 - settings.eta * lam).max()))
    if method == "newton":
        return abs(1 - settings.relative)
    if method == "coordinate":
        values = by_coordinates(plane.objective, plane.start)
        if not values.size:
            return math.nan
        return less_rounding(float(np.abs(1 - settings.relative * values).max()))
    nesterov = method == "nesterov"
    return momentum_rate(lam, settings.eta, settings.beta, nesterov=nesterov)


def limits(
    settings: ManyWeightsSettings, objective: QuadraticForm, methods: Collection[str]
) -> dict[str, float]:
    """The largest η with which a method converges; NaN where there is none, or it is not in use."""
    low, top = objective.spectrum.values[[0, -1]].tolist()
    found = dict.fromkeys(KINDS, math.nan) | {"newton": 2.0}
    if low < 0:  # where E bends down, no η holds
        return found
    found |= {
        "gd": limit(objective.spectrum),
        "momentum": momentum_limit(top, settings.beta),
        "nesterov": nesterov_limit(top, settings.beta),
    }
    if "coordinate" in methods:  # its eigenvalues take as long as all the rest
        largest = float(by_coordinates(objective).max(initial=0.0))
        found["coordinate"] = 2 / (largest or math.nan)
    return found


def regime(settings: ManyWeightsSettings, plane: QuadraticPlane) -> Regime | None:
    """What plain descent does at a constant η along the steepest direction in which the start has an error.

    It lands in one step only if all directions with an error are alike. None where there is no error, or
    no minimum.
    """
    if plane.objective.minimiser is None or not plane.error.any():
        return None
    met = plane.objective.spectrum.values[plane.error != 0]
    if settings.eta <= 0:
        return Regime.CLIMBS if settings.eta else Regime.STILL
    slow, share = settings.eta * float(met[0]), settings.eta * float(met[-1])
    if abs(share - 2) <= 2 * SAME:
        return Regime.JUMPS
    if share > 2:
        return Regime.DIVERGES
    if abs(share - 1) <= SAME and abs(slow - 1) <= SAME:
        return Regime.ONE_STEP
    return Regime.OSCILLATES if share > 1 + SAME else Regime.MONOTONE


def took(settings: ManyWeightsSettings, plane: QuadraticPlane, run: Trajectory) -> float:
    """Steps that a run took to the tolerance; inf if it did not get there, NaN if there is no minimum."""
    if plane.objective.minimiser is None:
        return math.nan
    if not plane.error.any():
        return 0.0
    return float(run.steps_to(settings.tolerance, plane.target))


def by_coordinates(objective: QuadraticForm, start: Array | None = None) -> Array:
    """The eigenvalues that are not 0 of D^−½AD^−½, D the diagonal of A where it is positive.

    They are to per coordinate what λ is to plain descent. start (n,): only those in whose directions it
    has an error. Empty where a weight that stays, as a_ii ≤ 0, bends E all the same.
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

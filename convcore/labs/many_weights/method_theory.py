"""What theory says of each method: its limit and its rate, and the steps to the tolerance."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from convcore.descent.conjugate_theory import conjugate_steps
from convcore.descent.coordinate_theory import coordinate_steps
from convcore.descent.descent import Trajectory
from convcore.descent.momentum_theory import momentum_steps
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
from convcore.labs.many_weights.methods import TUNED
from convcore.labs.many_weights.plane import QuadraticPlane
from convcore.labs.many_weights.settings import KINDS, ManyWeightsSettings
from convcore.objectives.base import EPS
from convcore.optimizers.first_order import momentum_limit, nesterov_limit


def predicted(settings: ManyWeightsSettings, plane: QuadraticPlane) -> dict[str, float]:
    """Steps to the tolerance by theory; NaN where there is none, and for methods that are not in use.

    Of plain descent and Newton in any case. Where E is a quadratic only near its minimum they are about
    those of a start there, and methods whose steps depend on all of E have none.
    """
    found, plan = dict.fromkeys(KINDS, math.nan), settings.schedule
    if plane.objective.minimiser is None or not isinstance(plan, OpenLoop):
        return found
    lam, error, tolerance = plane.objective.spectrum.values, plane.error, settings.tolerance
    plain = {"gd": (lam, settings.eta), "newton": ((lam > 0).astype(float), settings.relative)}
    if isinstance(plan, Constant):  # both at once, as this is what takes the time
        values, etas = zip(*plain.values(), strict=True)
        count = constant_steps(np.stack(values, axis=1), error, np.array(etas), tolerance)
        found |= dict(zip(plain, count.tolist(), strict=True))
    else:
        for name, (values, eta) in plain.items():
            found[name] = predicted_steps(values, error, eta, plan, tolerance)
    for name in {"momentum", "nesterov", TUNED} & set(settings.methods):
        beta, nesterov = settings.beta_of(name), name == "nesterov"
        found[name] = momentum_steps(
            lam, error, settings.eta, beta, plan, tolerance, nesterov=nesterov
        )
    if plane.local and settings.relative == 1:
        found["newton"] = math.nan
    full = settings.relative == 1 and isinstance(plan, Constant)
    if "cg" in settings.methods and full and not plane.local:
        found["cg"] = conjugate_steps(lam, error, tolerance)
    if "coordinate" in settings.methods:
        modes, start = plane.coordinate_modes, plane.start if error.any() else plane.target
        found["coordinate"] = coordinate_steps(
            modes, start, plane.target, settings.relative, plan, tolerance
        )
    return found


def doubt(plane: QuadraticPlane, method: str) -> float:
    """About the relative error that rounding of A leaves in a large count of `predicted`."""
    if method == "newton":
        return 0.0
    if method == "coordinate":
        met = plane.coordinate_modes.values
        met = met[met > 0]
        return float(8 * len(met) * EPS * met[-1] / met[0]) if met.size else 0.0
    s = plane.objective.spectrum
    return float(s.doubt[(plane.error != 0) & (s.values > 0)].max(initial=0.0))


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
        modes = plane.coordinate_modes
        met = (modes.values != 0) & (modes.parts(plane.start, plane.target) != 0)
        if not modes.known or not met.any():
            return math.nan
        return less_rounding(float(np.abs(1 - settings.relative * modes.values[met]).max()))
    if method not in ("momentum", "nesterov", TUNED):
        return math.nan
    nesterov = method == "nesterov"
    return momentum_rate(lam, settings.eta, settings.beta_of(method), nesterov=nesterov)


def limits(
    settings: ManyWeightsSettings, plane: QuadraticPlane, methods: Collection[str]
) -> dict[str, float]:
    """The largest η with which a method converges; NaN where there is none, or it is not in use."""
    spectrum, modes = plane.objective.spectrum, plane.coordinate_modes
    low, top = spectrum.values[[0, -1]].tolist()
    found = dict.fromkeys(KINDS, math.nan) | {"newton": 2.0}
    if low < 0:  # where E bends down, no η holds
        return found
    found |= {
        "gd": limit(spectrum),
        "momentum": momentum_limit(top, settings.beta),
        "nesterov": nesterov_limit(top, settings.beta),
        TUNED: momentum_limit(top, settings.beta_of(TUNED)),
    }
    if "coordinate" in methods and modes.known and modes.values.size:
        found["coordinate"] = 2 / (float(modes.values[-1]) or math.nan)
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

"""Predict first: what to ask before a lab's pictures are drawn, and the answer that its run gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcore.claims.newton import path
from convcore.claims.one_weight import CLOSE, errors_of
from convcore.descent import Status, descend
from convcore.knobs import knobs
from convcore.labkit.claim import status_of
from convcore.labkit.words import num
from convcore.labs import (
    Lab,
    ManyWeights,
    OneWeight,
    PerceptronAndBackprop,
    RealNetwork,
    Result,
    RoughGround,
    TaylorAndNewton,
)
from convcore.labs.many_weights import quadratic
from convcore.schedules import Constant

ELSE = "none of these"

STEPS = (
    "it converges without changing side",
    "it lands in one step",
    "it changes side at each step and converges",
    "it jumps between two points for ever",
    "it runs away",
    ELSE,
)
ENDS = (
    "it converges to a minimum",
    "it converges to a saddle or a maximum",
    "it never settles, nor runs away",
    "it runs away",
    "it freezes on the way",
    "it needs more steps to tell",
    ELSE,
)
SIDES = ("it separates them", "it has some wrong")
EDGE = ("it reaches the limit", "it stays below, or there is no limit")


@dataclass(frozen=True)
class Question:
    """What to ask, and the answers to choose from."""

    asks: str
    options: tuple[str, ...]


def question(lab: Lab) -> Question:
    """What to ask of a lab before it is run; TypeError for a lab without a question."""
    match lab:
        case OneWeight():
            given = (
                f"a = {num(lab.a)}, b = {num(lab.b)}, from w₀ = {num(lab.w0)} at η = {num(lab.eta)}"
            )
            return Question(f"E(w) = ½aw² + bw + c with {given}: what will w do?", STEPS)
        case TaylorAndNewton():
            return Question("Where will Newton's method end?", ENDS)
        case ManyWeights():
            far = " in the long run" if isinstance(lab.schedule, Constant) else ""
            return Question(f"Where will plain descent end{far}?", ENDS)
        case RoughGround():
            asked = lab.question()
            return Question(asked.asks, asked.options)
        case PerceptronAndBackprop():
            return Question("After the last epoch, what of backprop's line and the points?", SIDES)
        case RealNetwork():
            return Question("What will the sharpness λ_max do beside its limit, such as 2/η?", EDGE)
    raise TypeError(f"There is nothing to ask of {type(lab).__name__}.")


def answer(lab: Lab, result: Any) -> str:
    """What the run did, as one of the options of its question; TypeError for a lab without one."""
    match lab:
        case OneWeight():
            return _steps(lab, result)
        case TaylorAndNewton():
            return _ends(path(lab, result)[1])
        case ManyWeights():
            run = descend(
                quadratic(lab.problem), lab.origin, lab.eta, schedule=lab.schedule, steps=lab.steps
            )
            return _in_the_long_run(lab) or _ends(str(run.outcome()))
        case RoughGround():
            study: Any = result.study if isinstance(result, Result) else result
            return lab.answer(study)
        case PerceptronAndBackprop():
            return SIDES[int(np.asarray(result.record["backprop wrong"])[-1] > 0)]
        case RealNetwork():
            return EDGE[int(lab.trained().readings.crossing is None)]
    raise TypeError(f"There is nothing to ask of {type(lab).__name__}.")


def same_run(lab: Lab) -> Lab:
    """The lab without the step that is looked at: what decides the answer."""
    return replace(lab, look=0) if "look" in knobs(type(lab)) else lab  # type: ignore[type-var]


def _steps(lab: OneWeight, result: Result) -> str:
    run = errors_of(lab, result)
    if run is None or lab.a == 0:
        return ELSE
    low, high = float(run.factors.min()), float(run.factors.max())
    if abs(run.first) <= CLOSE:
        return STEPS[1]
    if run.stops:
        return ELSE
    if low > 0 and high < 1 - 1e-9:
        return STEPS[0]
    if low > -1 + 1e-9 and high < 0:
        return STEPS[2]
    if np.abs(run.factors + 1).max() <= 1e-9:
        return STEPS[3]
    return STEPS[4] if high < -1 or low > 1 + 1e-9 else ELSE


def _in_the_long_run(lab: ManyWeights) -> str:
    """Where plain descent with a constant η goes in the end, by its factors; empty if they do not tell."""
    objective = quadratic(lab.problem)
    s = objective.spectrum
    met = (s.values != 0) & (s.error(lab.origin) != 0)
    if not isinstance(lab.schedule, Constant) or s.drift.any() or not met.any():
        return ""
    factors = np.abs(1 - lab.eta * s.values)
    if factors[met].max() > 1 + CLOSE:
        return ENDS[3]
    # What the start has no share of, rounding may still bring in.
    return ENDS[0] if factors[s.values != 0].max() < 1 - CLOSE else ""


def _ends(how: str) -> str:
    status = status_of(how)
    if status is Status.CONVERGED:
        if how.startswith("converged to a minimum"):
            return ENDS[0]
        return ENDS[1] if "saddle" in how or "maximum" in how else ELSE
    return {
        Status.CYCLING: ENDS[2],
        Status.BOUNDED: ENDS[2],
        Status.DIVERGED: ENDS[3],
        Status.FROZEN: ENDS[4],
        Status.OUT_OF_STEPS: ENDS[5],
    }.get(status, ELSE)

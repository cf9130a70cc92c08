"""Predict first: what to ask before a lab's pictures are drawn, and the answer that its run gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from convcore.claims.newton import path
from convcore.descent import Status, descend
from convcore.knobs import knobs
from convcore.labkit.claim import status_of
from convcore.labkit.prediction import Question
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
from convcore.labs.one_weight.study import CLOSE
from convcore.schedules import Constant

ELSE = "none of these"

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


def question(lab: Lab) -> Question:
    """What to ask of a lab before it is run; TypeError for a lab without a question."""
    match lab:
        case OneWeight():
            return lab.question()
        case TaylorAndNewton():
            return Question("Where will Newton's method end?", ENDS)
        case ManyWeights():
            far = " in the long run" if isinstance(lab.schedule, Constant) else ""
            return Question(f"Where will plain descent end{far}?", ENDS)
        case RoughGround():
            return Question("Where will this run end?", ENDS)
        case PerceptronAndBackprop():
            return Question("After the last epoch, what of backprop's line and the points?", SIDES)
        case RealNetwork():
            return lab.question()
    raise TypeError(f"There is nothing to ask of {type(lab).__name__}.")


def answer(lab: Lab, result: Result) -> str:
    """What the run did, as one of the options of its question; TypeError for a lab without one."""
    match lab:
        case OneWeight():
            return lab.answer(result.study)  # type: ignore[arg-type]
        case TaylorAndNewton():
            return _ends(path(lab, result)[1])
        case ManyWeights():
            run = descend(
                quadratic(lab.problem), lab.origin, lab.eta, schedule=lab.schedule, steps=lab.steps
            )
            return _in_the_long_run(lab) or _ends(str(run.outcome()))
        case RoughGround():
            return _ends(result.facts[0].rows[0][-1])
        case PerceptronAndBackprop():
            return SIDES[int(np.asarray(result.record["backprop wrong"])[-1] > 0)]
        case RealNetwork():
            return lab.answer(result.study)  # type: ignore[arg-type]
    raise TypeError(f"There is nothing to ask of {type(lab).__name__}.")


def same_run(lab: Lab) -> Lab:
    """The lab without the step that is looked at: what decides the answer."""
    return replace(lab, look=0) if "look" in knobs(type(lab)) else lab  # type: ignore[type-var]


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

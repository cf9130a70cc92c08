"""Predict first in "Many weights": the question, and the answer of a study."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from convcore.arrays import Array
from convcore.descent import theory
from convcore.descent.descent import Trajectory
from convcore.descent.schedules import Constant
from convcore.labkit.prediction import ELSE, ENDS, LEFT, Prediction, Question, end, left_of
from convcore.labkit.words import num, percent
from convcore.labs.many_weights.settings import ManyWeightsSettings
from convcore.labs.many_weights.study import ManyWeightsStudy

SAME = 1e-6  # factors this close to each other count as equal
CLOSE = 1e-9  # a factor this close to 1 does not say whether the error shrinks or grows


def question(settings: ManyWeightsSettings) -> Question:
    """What to ask before the lab is shown."""
    far = " in the long run" if isinstance(settings.schedule, Constant) else ""
    return Question(f"Where will plain descent end{far}?", ENDS)


def answer(study: ManyWeightsStudy) -> str:
    """What the run did, as one of the options; with a constant η, what it does in the long run."""
    return _in_the_long_run(study) or end(study.run.outcome())


def _in_the_long_run(study: ManyWeightsStudy) -> str:
    """Where plain descent with a constant η goes in the end, by its factors; empty if they do not say."""
    s = study.objective.spectrum
    met = (s.values != 0) & (study.plane.error != 0)
    constant = isinstance(study.settings.schedule, Constant)
    if not constant or study.local or s.drift.any() or not met.any():
        return ""
    factors = np.abs(1 - study.settings.eta * s.values)
    if factors[met].max() > 1 + CLOSE:
        return ENDS[3]
    # What the start has no share of, rounding may still bring in.
    return ENDS[0] if factors[s.values != 0].max() < 1 - CLOSE else ""


NOTHING, ALIKE, UNLIKE = SHARES = (
    "nothing of any",
    "the same share of each",
    "a larger share of one than of another",
)


def _own_steps(settings: ManyWeightsSettings) -> Question:
    share = num(settings.relative)
    return Question(
        f"Each weight takes a step of its own, {share}/aᵢᵢ. How much of the weights' errors is left after "
        "the first step?",
        (*SHARES, ELSE),
    )


def _own_errors(study: ManyWeightsStudy) -> str:
    factors = _factors(study, study.runs.get("coordinate"))
    if factors is None:
        return ELSE
    if np.abs(factors).max() <= SAME:
        return NOTHING
    return ALIKE if np.ptp(factors) <= SAME else UNLIKE


def _factors(study: ManyWeightsStudy, run: Trajectory | None) -> Array | None:
    """What the first step of a run multiplies the error of each weight by that has one; None if no step
    is taken, or there is no unique minimum."""
    if run is None or not len(run.eta) or study.objective.spectrum.values[0] <= 0:
        return None
    before, after = run.w[:2] - study.objective.stationary
    moves = np.abs(before) > SAME * np.abs(before).max()
    return after[moves] / before[moves] if moves.any() and before.any() else None


def _below_the_bound(settings: ManyWeightsSettings) -> Question:
    bound = num(theory.notes_bound(settings.plane.objective.A))
    return Question(
        f"η = {num(settings.eta)}, and 2 min 1/aᵢᵢ = {bound}. {question(settings).asks}", ENDS
    )


def _marks(settings: ManyWeightsSettings) -> list[int]:
    """The counts of steps between the options, the last of which is all."""
    return sorted({max(1, settings.steps // part) for part in (8, 2, 1)})


def _intervals(settings: ManyWeightsSettings) -> list[str]:
    marks = _marks(settings)
    said = [f"within {marks[0]:,}"]
    said += [f"after {low:,}, within {high:,}" for low, high in pairwise(marks)]
    return [*said, f"not within {settings.steps:,}"]


def _how_many(settings: ManyWeightsSettings) -> Question:
    return Question(
        f"After how many steps at η = {num(settings.eta)} is plain descent within "
        f"{percent(settings.tolerance)} of its starting error?",
        (*_intervals(settings), ELSE),
    )


def _count(study: ManyWeightsStudy) -> str:
    took, settings = study.took["gd"], study.settings
    if math.isnan(took):
        return ELSE
    return _intervals(settings)[int(np.searchsorted(_marks(settings), took))]


ONE, LESS, AS_BEFORE, MORE = KAPPAS = (
    "it becomes 1",
    "it becomes smaller, but not 1",
    "it stays as it is",
    "it becomes larger",
)


def _normalised(settings: ManyWeightsSettings) -> Question:
    kappa = num(theory.condition_number(settings.plane.objective.spectrum))
    return Question(
        f"A has the condition number κ = {kappa}. What does it become for ŵ = A¹ᐟ²w?",
        (*KAPPAS, ELSE),
    )


def _whitened(study: ManyWeightsStudy) -> str:
    values = study.whitened_values
    if values is None:
        return ELSE
    before = theory.condition_number(study.objective.spectrum)
    after = float(values[-1] / values[0])
    if abs(after - before) <= 1e-3 * before:
        return AS_BEFORE
    if abs(after - 1) <= 1e-3:
        return ONE
    return LESS if after < before else MORE


def _newton_step(settings: ManyWeightsSettings) -> Question:
    return Question(
        f"How much of the error does Newton's first step leave, with η = {num(settings.relative)} in "
        "w ← w − ηA⁻¹∇E?",
        (*LEFT, ELSE),
    )


def _left_by_newton(study: ManyWeightsStudy) -> str:
    factors = _factors(study, study.runs.get("newton"))
    if factors is None or np.ptp(factors) > SAME:
        return ELSE
    factor = float(np.median(factors))
    exact = next((mark for mark in (0.0, 1.0, -1.0) if abs(factor - mark) <= SAME), factor)
    return left_of(exact)


OWN_STEPS = Prediction(_own_steps, _own_errors)
BOUND = Prediction(_below_the_bound, answer)
STEPS = Prediction(_how_many, _count)
NORMALISED = Prediction(_normalised, _whitened)
NEWTON = Prediction(_newton_step, _left_by_newton)

"""Claims 7 to 11: quadratics of many weights (SCIENCE C)."""

from __future__ import annotations

import math

import numpy as np

from convcore.descent import theory
from convcore.descent.descent import Status
from convcore.labkit.claim import Claim, Verdict, because, fails, holds, untried
from convcore.labkit.words import count, num, percent, steps
from convcore.labs.many_weights.lab import ManyWeights
from convcore.labs.many_weights.quadratics import FromEigenvalues, Typed
from convcore.labs.many_weights.study import ManyWeightsStudy, after_first_step
from convcore.objectives.quadratics import QuadraticForm

SAME = 1e-9  # numbers this close to each other, relatively, count as equal


def _diagonal(objective: QuadraticForm) -> bool:
    A = objective.A
    off = A - np.diag(np.diagonal(A))
    return bool(np.abs(off).max(initial=0.0) <= SAME * np.abs(A).max())


def _no_minimum(objective: QuadraticForm) -> str:
    """Why there is no minimum, or no unique one; empty if there is."""
    low = float(objective.spectrum.values[0])
    if low > 0:
        return ""
    if low < 0:
        return f"λ_min = {num(low)}: E has no minimum."
    return "λ_min = 0: A is singular, and E has no unique minimum."


def own_steps(study: ManyWeightsStudy) -> Verdict:
    """Claim 7: after a step of r·η_i,opt each weight's own error is 1 − r of what it was."""
    settings, objective = study.settings, study.objective
    if why := _no_minimum(objective):
        return fails(why)
    error = study.plane.start - objective.stationary
    if not np.abs(error).max() > 0:
        return untried("w₀ is the minimum already: move it.")
    after = study.coordinate_step - objective.stationary
    kept = 1 - settings.relative
    off = float(np.abs(after - kept * error).max() / np.abs(error).max())
    text = f"a step of {num(settings.relative)} η_i,opt"
    if off <= SAME:
        word = holds if _diagonal(objective) else because
        why = "" if _diagonal(objective) else "the start lies on an axis: "
        return word(f"{why}{text} multiplies each weight's error by {num(kept)}, on its own.")
    size = float(np.linalg.norm(after) / np.linalg.norm(error))
    return fails(f"A is not diagonal: {text} leaves {percent(size)} of the error, not {num(kept)}.")


def one_for_all(study: ManyWeightsStudy) -> Verdict:
    """Claim 8: the notes' bound 2 min 1/a_ii beside the true one, 2/λ_max, and the run."""
    settings, objective, run = study.settings, study.objective, study.run
    notes, true = theory.notes_bound(objective.A), theory.limit(objective.spectrum)
    where = f"η = {num(settings.eta)}, the notes' bound {num(notes)}, 2/λ_max = {num(true)}"
    if objective.minimiser is None:
        return fails(f"{_no_minimum(objective)} With any η > 0 it is left for ever.")
    if settings.eta <= 0:
        return untried(f"η = {num(settings.eta)} goes uphill or nowhere.")
    if run.loss[0] <= run.loss.min() and np.allclose(run.w, run.w[0]):
        return untried("w₀ is the minimum already: move it.")
    grows = run.loss[-1] > run.loss[0] or run.outcome().status is Status.DIVERGED
    factor = float(np.abs(1 - settings.eta * objective.spectrum.values).max())
    text = f"{where}: error × {num(factor)} a step at worst, {run.outcome()}"
    if settings.eta < notes and settings.eta >= true * (1 - SAME):
        if grows:
            return fails(f"{text}.")
        return untried(f"{text}; from this start E does not grow: try another.")
    if _diagonal(objective):
        return because(f"A is diagonal: {text}.")
    if settings.eta >= notes:
        return because(f"η is beyond both bounds: {text}.")
    return because(f"η is below both bounds: {text}.")


def slow(study: ManyWeightsStudy) -> Verdict:
    """Claim 9: the notes' ratio of η_i,opt beside κ, which sets the pace."""
    settings, objective = study.settings, study.objective
    if why := _no_minimum(objective):
        return fails(why)
    a = np.diagonal(objective.A)
    ratio, kappa = float(a.max() / a.min()), theory.condition_number(objective.spectrum)
    eta, rate = theory.best_fixed_step(objective.spectrum)
    # log (κ−1)/(κ+1), which for a large κ would round to log 1.
    pace = math.log1p(-2 / (kappa + 1)) if rate > 0 else -math.inf
    best = max(1.0, math.ceil(math.log(settings.tolerance) / pace))
    run, took = study.run, study.took["gd"]
    short = str(run.outcome()) if run.gone else f"not there in {steps(settings.steps)}"
    measured = f"took {count(took)}" if took < math.inf else short
    counts = (
        f"at the best fixed η = {num(eta)} about {steps(best)} to {percent(settings.tolerance)} from the "
        f"worst start; at this η from this one: {measured}"
    )
    if ratio >= kappa * (1 - 1e-6):
        return holds(f"the ratio is {num(ratio)}, which is κ: {counts}.")
    text = f"the ratio is {num(ratio)}, but κ = {num(kappa)} sets the pace: {counts}."
    if kappa <= 1.1 * ratio:
        return because(f"A is nearly diagonal: {text}")
    return fails(text)


def normalised(study: ManyWeightsStudy) -> Verdict:
    """Claim 10: the eigenvalues of S⁻ᵀAS⁻¹, and the interval of working η before and after."""
    objective = study.objective
    if why := _no_minimum(objective):
        return fails(f"{why} There is no A^½ that can be divided by.")
    try:
        S = theory.whitening(objective.A)
    except ValueError:
        return fails("A is singular to rounding: A^½ cannot be divided by.")
    half = np.linalg.solve(S.T, objective.A)
    values = np.linalg.eigvalsh(np.linalg.solve(S.T, half.T))
    kappa, after = theory.condition_number(objective.spectrum), float(values[-1] / values[0])
    ends = (
        f"η works up to {num(theory.limit(objective.spectrum))} before, {num(2 / values[-1])} after"
    )
    text = f"κ = {num(kappa)} becomes {num(after)}; {ends}"
    if after > 1 + 1e-3:
        return fails(f"rounding spoils it: {text}.")
    if kappa <= 1 + SAME:
        return because(f"the directions are alike already: {text}.")
    return holds(f"{text}.")


def newton(study: ManyWeightsStudy) -> Verdict:
    """Claim 11: Newton multiplies the error by 1 − η."""
    settings, objective = study.settings, study.objective
    if why := _no_minimum(objective):
        return fails(why)
    error = study.plane.start - objective.stationary
    if not np.abs(error).max() > 0:
        return untried("w₀ is the minimum already: move it.")
    run = study.newton
    first = after_first_step(run) - objective.stationary
    factor = float(first @ error / (error @ error))
    # What is left of a step that lands is the rounding of w* itself.
    factor = 0.0 if abs(factor) <= SAME else factor
    off = float(np.linalg.norm(first - factor * error) / np.linalg.norm(error))
    if off > 1e-6:
        return fails(f"rounding spoils the first step by {percent(off)}: {run.outcome()}.")
    text = f"η = {num(settings.relative)}: the first step multiplies the error by {num(factor)}"
    if abs(factor) >= 1 - SAME or settings.relative <= 0:
        return fails(f"{text}: {run.outcome()}.")
    return holds(f"{text}, in every direction; {run.outcome()}.")


COORDINATE = ("gd", "coordinate", "newton")

CLAIMS: tuple[Claim, ...] = (
    Claim(
        7,
        "diagonal A",
        "With diagonal A each coordinate is its own problem, η_i,opt = 1/a_ii.",
        "E = ½Σa_ii w_i² + Σb_i w_i + c; the notes put b_i inside the ½.",
        ManyWeights(FromEigenvalues(angle=0.0), methods=COORDINATE),
        own_steps,
    ),
    Claim(
        8,
        "one η for all",
        "One η for the whole vector must satisfy η < 2 min η_i,opt.",
        "Only for diagonal A; in general η < 2/λ_max, and the notes' bound is too generous.",
        ManyWeights(Typed(), eta=1.5, methods=("gd",), steps=20),
        one_for_all,
    ),
    Claim(
        9,
        "condition κ",
        "Descent is slow when max η_i,opt / min η_i,opt is large.",
        "The ratio that counts is κ = λ_max/λ_min, which is this one for diagonal A only.",
        ManyWeights(FromEigenvalues(lambda2=20.0, angle=0.0), eta=0.095, methods=("gd",), steps=80),
        slow,
    ),
    Claim(
        10,
        "normalise",
        "Normalise: ŵ = A^½w, b̂ = A^−½b makes every direction alike.",
        "A must be symmetric positive definite, and the root is not unique: Lᵀ of A = LLᵀ works too.",
        ManyWeights(methods=("gd", "newton")),
        normalised,
    ),
    Claim(
        11,
        "Newton, quadratic",
        "That is w ← w − ηA⁻¹∇E, Newton: it works for 0 < η < 2, in one step for η = 1.",
        "",
        ManyWeights(methods=("gd", "newton"), relative=1.0),
        newton,
    ),
)

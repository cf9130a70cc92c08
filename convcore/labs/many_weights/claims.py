"""Claims 7 to 11: quadratics of many weights (SCIENCE C)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from convcore.descent import theory
from convcore.descent.descent import Status
from convcore.descent.schedules import Constant
from convcore.labkit.claim import Claim, Verdict, because, fails, holds, untried
from convcore.labkit.words import BEYOND, known, num, percent, steps, unlike
from convcore.labs.many_weights import prediction
from convcore.labs.many_weights.lab import ManyWeights
from convcore.labs.many_weights.quadratics import FromEigenvalues, Typed
from convcore.labs.many_weights.study import ManyWeightsStudy
from convcore.objectives.base import EPS
from convcore.objectives.quadratics import QuadraticForm

SAME = 1e-9  # numbers this close to each other, relatively, count as equal
LARGE = 10  # κ from which even the best fixed η leaves over four fifths of the error at each step


def _diagonal(objective: QuadraticForm) -> bool:
    """Whether A is diagonal, up to the rounding of what it was computed from."""
    A, a = objective.A, np.sqrt(np.abs(np.diagonal(objective.A)))
    off = np.abs(A - np.diag(np.diagonal(A)))
    return bool(np.all(off <= theory.SAME * np.outer(a, a)))


def _untestable(study: ManyWeightsStudy) -> Verdict | None:
    """Why no claim of a unique minimum can be tried: there is none, or the start is there already."""
    low = float(study.objective.spectrum.values[0])
    if low < 0:
        return untried(f"λₘᵢₙ = {num(low)}: E has no minimum. Choose a positive definite A.")
    if low == 0:
        return untried(
            f"{_flat(study)}: E has no unique minimum to see. Choose a positive definite A."
        )
    return None if study.plane.error.any() else untried("w₀ is the minimum already: move it.")


def _flat(study: ManyWeightsStudy) -> str:
    """That λₘᵢₙ is 0, or that rounding hides it."""
    s = study.objective.spectrum
    return f"λₘᵢₙ is {BEYOND}" if s.hidden[s.values == 0].all() else "λₘᵢₙ = 0"


def _kappa(study: ManyWeightsStudy) -> str:
    """κ, to the digits that are known."""
    s = study.objective.spectrum
    return known(theory.condition_number(s), theory.condition_doubt(s))


def of_quadratics(
    verdict: Callable[[ManyWeightsStudy], Verdict],
) -> Callable[[ManyWeightsStudy], Verdict]:
    """The verdict where E is a quadratic, of which these claims speak."""

    def guarded(study: ManyWeightsStudy) -> Verdict:
        if study.local:
            return untried("E is no quadratic here: choose another loss than cross-entropy.")
        return verdict(study)

    return guarded


def own_steps(study: ManyWeightsStudy) -> Verdict:
    """Claim 7: after a step of r·ηₒₚₜ,ᵢ each weight's own error is 1 − r of what it was."""
    objective, run = study.objective, study.runs.get("coordinate")
    if why := _untestable(study):
        return why
    if not _diagonal(objective):
        return untried("A is not diagonal: choose one that is, as with rotation 0.")
    if run is None or not len(run.eta):
        return untried("no run takes a step for each weight: choose the method “per coordinate”.")
    share, centre = float(run.eta[0]), objective.stationary
    if share == 0:
        return untried("η = 0 takes no step: choose another share.")
    before, after = run.w[0] - centre, run.w[1] - centre
    kept = 1 - share
    rounding = 16 * EPS * (1 + abs(share)) * (np.abs(run.w[0]) + np.abs(centre))
    text = f"a step of {num(share)} ηₒₚₜ,ᵢ"
    if np.all(np.abs(after - kept * before) <= SAME * np.abs(before) + rounding):
        return holds(f"{text} multiplies each weight's error by {num(kept)}, on its own.")
    size = float(np.linalg.norm(after) / np.linalg.norm(before))
    return fails(f"{text} leaves {percent(size)} of the error, not {num(kept)}.")


def one_for_all(study: ManyWeightsStudy) -> Verdict:
    """Claim 8: plain descent with an η below the notes' bound 2 min 1/aᵢᵢ, and the true one, 2/λₘₐₓ."""
    settings, objective, run = study.settings, study.objective, study.run
    eta, low = settings.eta, float(objective.spectrum.values[0])
    notes, true = theory.notes_bound(objective.A), theory.limit(objective.spectrum)
    if objective.minimiser is None:
        what = (
            f"λₘᵢₙ = {num(low)}" if low < 0 else f"{_flat(study)}, and b leads along that direction"
        )
        return untried(f"{what}: E has no minimum. Choose a positive definite A.")
    if not study.plane.error.any():
        return untried("w₀ is the minimum already: move it.")
    if eta <= 0:
        return untried(f"η = {num(eta)} goes uphill or nowhere: choose η > 0.")
    apart = unlike(true, notes) if abs(true - notes) > SAME * notes else num(true)
    where = f"η = {num(eta)}, the notes' bound {num(notes)}, 2/λₘₐₓ = {apart}"
    if eta >= notes * (1 - SAME):
        return untried(f"{where}: choose an η below the notes' bound.")
    if not isinstance(settings.schedule, Constant):
        text = f"{where}: {run.outcome()}"
    else:
        bends = objective.spectrum.values[objective.spectrum.values > 0]
        factor = float(np.abs(1 - eta * bends).max())
        text = f"{where}: error × {unlike(factor, 1)} a step at worst"
    if eta < true * (1 - SAME):
        why = "A is diagonal" if _diagonal(objective) else "η is below 2/λₘₐₓ too"
        return because(f"{why}: {text}{_ending(study)}.")
    if eta <= true * (1 + SAME):
        return untried(f"{where}: at 2/λₘₐₓ itself no error grows. Choose a larger η.")
    # The steps after it blew up count too: they may bring it back.
    least, lasting = float(study.etas.min(initial=eta)), isinstance(settings.schedule, Constant)
    if not lasting and least <= true * (1 + SAME) and run.gone:
        return untried(
            f"{where}: {run.outcome()}, where η was still to fall to {num(least)}. Choose the constant one."
        )
    if not lasting and least <= true * (1 + SAME):
        return untried(
            f"{where}: the schedule, not the start, keeps it from diverging, as η is {num(least)} at one "
            "of its steps. Choose the constant one."
        )
    if not lasting and ("gd" in study.would_return or not run.gone):
        return untried(f"{where}: the schedule is still to bring η down. Choose the constant one.")
    if _grows(study):
        return fails(f"{text}{_ending(study)}.")
    met = (np.abs(1 - eta * objective.spectrum.values) > 1) & (study.plane.error != 0)
    if met.any():
        return untried(f"{text}; E does not grow in {_ran(study)}: more steps would tell.")
    return untried(f"{text}; from this start E does not grow: try another.")


def _ran(study: ManyWeightsStudy) -> str:
    return steps(len(study.run.loss) - 1)


def _ending(study: ManyWeightsStudy) -> str:
    """How plain descent under a constant η ended, after a comma; empty where that was said."""
    settings, run = study.settings, study.run
    if not isinstance(settings.schedule, Constant):
        return ""
    if run.gone or run.outcome().status is Status.CONVERGED:
        return f", {run.outcome()}"
    excess = study.plane.excess(run.w)
    share = float(excess[-1] / excess[0])
    if share > 1:
        return f", and E − E* has grown {num(share)}-fold in {_ran(study)}"
    return f", and {percent(share)} of E − E* is left after {_ran(study)}"


def _grows(study: ManyWeightsStudy) -> bool:
    """Whether E has begun to rise: under a lasting η it then never falls again, as it is convex in k."""
    run, objective = study.run, study.objective
    if run.gone:
        return True
    excess = study.plane.excess(run.w)
    size = np.abs(run.w).max() + np.abs(objective.stationary).max()
    floor = float(objective.spectrum.values[-1]) * len(objective.A) * (100 * EPS * size) ** 2
    return bool(excess[-1] > excess.min() * (1 + SAME) + floor)


def slow(study: ManyWeightsStudy) -> Verdict:
    """Claim 9: the notes' ratio of ηₒₚₜ,ᵢ beside κ, which sets the pace."""
    settings, objective = study.settings, study.objective
    if why := _untestable(study):
        return why
    a = np.diagonal(objective.A)
    ratio, kappa = float(a.max() / a.min()), theory.condition_number(objective.spectrum)
    if kappa < LARGE * (1 - SAME):
        return untried(
            f"κ = {_kappa(study)} is not large, so no direction is slow beside another: choose eigenvalues "
            f"farther apart, κ = {LARGE} or more."
        )
    doubt = theory.condition_doubt(objective.spectrum)
    if known(kappa, doubt) == BEYOND:
        return untried(f"κ is {BEYOND}: choose eigenvalues closer together.")
    run, took, limit = study.run, study.took["gd"], theory.limit(objective.spectrum)
    if not isinstance(settings.schedule, Constant):
        return untried("η changes, which sets the pace too: choose the constant schedule.")
    if run.gone or not 0 < settings.eta < limit * (1 - SAME):
        return untried(
            f"η = {num(settings.eta)} does not converge: choose one between 0 and 2/λₘₐₓ = {num(limit)}."
        )
    if study.plane.error[0] == 0:
        return untried("w₀ has no error in the slowest direction: move it.")
    eta, rate = theory.best_fixed_step(objective.spectrum)
    # log (κ−1)/(κ+1), which for a large κ would round to log 1.
    pace = math.log1p(-2 / (kappa + 1)) if rate > 0 else -math.inf
    best = max(1.0, math.ceil(math.log(settings.tolerance) / pace))
    measured = steps(took) if took < math.inf else f"not there in {steps(settings.steps)}"
    counts = (
        f"at the best fixed η = {num(eta)} {'about ' * (best < 1e7)}{steps(best, doubt)} to "
        f"{percent(settings.tolerance)} from the worst start; at this η from this one: {measured}"
    )
    if ratio >= kappa * (1 - 1e-6):
        return holds(f"the ratio is {_kappa(study)}, which is κ: {counts}.")
    text = f"the ratio is {unlike(ratio, kappa)}, but κ = {_kappa(study)} sets the pace: {counts}."
    if kappa <= 1.1 * ratio:
        return because(f"A is nearly diagonal: {text}")
    if ratio >= LARGE:
        return because(f"κ is large too: {text}")
    return fails(text)


def normalised(study: ManyWeightsStudy) -> Verdict:
    """Claim 10: the eigenvalues of S⁻ᵀAS⁻¹, and the interval of working η before and after."""
    objective = study.objective
    low = float(objective.spectrum.values[0])
    if low <= 0:
        size = f"λₘᵢₙ = {num(low)}" if low else _flat(study)
        return untried(f"{size}: A¹ᐟ² cannot be divided by. Choose a positive definite A.")
    values = study.whitened_values
    if values is None:
        return untried("A¹ᐟ² is beyond double precision: choose eigenvalues closer together.")
    kappa, after = theory.condition_number(objective.spectrum), float(values[-1] / values[0])
    ends = (
        f"η works up to {num(theory.limit(objective.spectrum))} before, {num(2 / values[-1])} after"
    )
    text = f"κ = {_kappa(study)} becomes {num(after)}; {ends}"
    if not 1 <= after <= 1 + 1e-3:
        return untried(f"rounding spoils it: {text}. Choose eigenvalues closer together.")
    if kappa <= 1 + SAME:
        return because(f"the directions are alike already: {text}.")
    return holds(f"{text}.")


def newton(study: ManyWeightsStudy) -> Verdict:
    """Claim 11: Newton multiplies the error by 1 − η."""
    settings, objective, run = study.settings, study.objective, study.runs.get("newton")
    if why := _untestable(study):
        return why
    if run is None or not len(run.eta):
        return untried("Newton is not among the methods: choose it.")
    too_large = untried(f"η = {unlike(settings.relative, 2.0)}: choose one between 0 and 2.")
    if settings.relative <= 0 or run.eta.max() >= 2 * (1 - theory.SAME):
        return too_large
    error, first = run.w[0] - objective.stationary, run.w[1] - objective.stationary
    factor, first_eta = float(first @ error / (error @ error)), float(run.eta[0])
    # What is left of a step that lands is the rounding of w* itself.
    factor = 0.0 if abs(factor) <= SAME else factor
    off = float(np.linalg.norm(first - factor * error) / np.linalg.norm(error))
    end = run.outcome()
    if off > 1e-6 or abs(factor - (1 - first_eta)) > 1e-6:
        return untried(
            f"rounding spoils the first step by {percent(max(off, abs(factor - 1 + first_eta)))}: "
            "choose eigenvalues closer together."
        )
    text = f"η = {num(first_eta)}: the first step multiplies the error by {num(factor)}"
    if end.status is Status.CONVERGED:
        return holds(f"{text}, in every direction; {end}.")
    if end.status is Status.DIVERGED:
        return fails(f"{text}: {end}.")
    left = percent(float(np.linalg.norm(run.w[-1] - objective.stationary) / np.linalg.norm(error)))
    after = f"{text}; {left} of the error is left after {steps(len(run.eta))}"
    if end.status is Status.FROZEN:
        return untried(f"{after}, and η decays too fast: choose the constant schedule.")
    if settings.relative >= 2 * (1 - theory.SAME):  # which the steps to come would have
        return too_large
    return untried(f"{after}: more steps would tell.")


COORDINATE = ("gd", "coordinate", "newton")

CLAIMS: tuple[Claim, ...] = (
    Claim(
        7,
        "diagonal A",
        "With diagonal A each coordinate is its own problem, ηₒₚₜ,ᵢ = 1/aᵢᵢ.",
        "E = ½Σaᵢᵢwᵢ² + Σbᵢwᵢ + c; the notes put bᵢ inside the ½.",
        ManyWeights(FromEigenvalues(angle=0.0), methods=COORDINATE),
        of_quadratics(own_steps),
        prediction.OWN_STEPS,
    ),
    Claim(
        8,
        "one η for all",
        "One η for the whole vector must satisfy η < 2 min ηₒₚₜ,ᵢ.",
        "Only for diagonal A; in general η < 2/λₘₐₓ, and the notes' bound is too generous.",
        ManyWeights(Typed(), eta=1.5, methods=("gd",), steps=20),
        of_quadratics(one_for_all),
        prediction.BOUND,
    ),
    Claim(
        9,
        "condition κ",
        "Descent is slow when max ηₒₚₜ,ᵢ / min ηₒₚₜ,ᵢ is large.",
        "The ratio that counts is κ = λₘₐₓ/λₘᵢₙ, which is this one for diagonal A only.",
        ManyWeights(FromEigenvalues(lambda2=20.0, angle=0.0), eta=0.095, methods=("gd",), steps=80),
        of_quadratics(slow),
        prediction.STEPS,
    ),
    Claim(
        10,
        "normalise",
        "Normalise: ŵ = A¹ᐟ²w, b̂ = A⁻¹ᐟ²b makes every direction alike.",
        "A must be symmetric positive definite, and the root is not unique: Lᵀ of A = LLᵀ works too.",
        ManyWeights(methods=("gd", "newton"), also="whitened"),
        of_quadratics(normalised),
        prediction.NORMALISED,
    ),
    Claim(
        11,
        "Newton, quadratic",
        "That is w ← w − ηA⁻¹∇E, Newton: it works for 0 < η < 2, in one step for η = 1.",
        "",
        ManyWeights(methods=("gd", "newton"), relative=1.0),
        of_quadratics(newton),
        prediction.NEWTON,
    ),
)

"""What "Many weights" says of its runs: facts, and a few words beside pins."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from convcore.arrays import Array
from convcore.descent import theory
from convcore.descent.descent import Status
from convcore.descent.schedules import Constant, OpenLoop
from convcore.descent.theory import SAME, Regime, less_rounding
from convcore.labkit.words import (
    BEYOND,
    DIVERGING,
    apart,
    at_end,
    count,
    followed,
    known,
    num,
    percent,
    predicted_text,
    reached,
    steps,
    stopped,
    taken,
    unlike,
)
from convcore.labs.many_weights.settings import KINDS
from convcore.labs.many_weights.study import ManyWeightsStudy
from convcore.objectives.quadratics import QuadraticForm, Spectrum

DOES = {  # along a direction, with η constant
    Regime.JUMPS: "**jumps between two points for ever** along {along}",
    Regime.DIVERGES: "**diverges** along {along}",
    Regime.ONE_STEP: "**lands on the minimum in one step**, as all directions with an error are alike",
    Regime.OSCILLATES: "**converges**, oscillating along {along}",
    Regime.MONOTONE: "**converges** without oscillating",
}


def predicted(study: ManyWeightsStudy) -> str:
    """What theory says of each method, in a few words."""
    tolerance, methods = study.settings.tolerance, study.settings.methods
    return _each(
        {
            name: predicted_text(study.predicted[name], tolerance, study.doubt[name])
            + beyond(study, name)
            for name in methods
        }
    )


def measured(study: ManyWeightsStudy) -> str:
    """What each method did, in a few words."""
    return _each(
        {
            name: f"{_measured(study, name)}, {at_end(study.runs[name])}"
            for name in study.settings.methods
        }
    )


def _measured(study: ManyWeightsStudy, name: str) -> str:
    run, took = study.runs[name], study.took[name]
    grows = name == "gd" and study.grows
    if took < math.inf or (took == math.inf and not run.gone and not grows):
        return taken(took, study.settings.steps)
    return ending(study, name)


def _each(texts: Mapping[str, str]) -> str:
    return "; ".join(f"{KINDS[name].label}: {words}" for name, words in texts.items()) or "–"


def beyond(study: ManyWeightsStudy, name: str) -> str:
    """What to add to the predicted steps of a method whose run is stopped on the way there."""
    if name not in study.would_return:
        return ""
    return followed(study.predicted[name], study.runs[name])


def said(study: ManyWeightsStudy) -> tuple[str, ...]:
    """What happens and why, in numbers, a fact each (Markdown)."""
    s, plane = study.objective.spectrum, study.plane
    low, top = float(s.values[0]), float(s.values[-1])
    if top <= 0 and low == 0 and not s.drift.any():
        return ("A = 0 and b = 0: E is flat, and nothing moves.",)
    if not plane.error.any() and not s.drift.any():
        return _at_rest(study, low, top)
    if low < 0:
        found = _bending_down(study, low, top)
    elif s.drift.any():
        found = _down_a_slope(study, top)
    else:
        found = _towards_the_minimum(study, low, top)
    return (*found, _ending(study))


def _ending(study: ManyWeightsStudy) -> str:
    run = study.run
    drawn = "" if "gd" in study.settings.methods else ", which is not drawn"
    return f"After {steps(int(run.length))} of plain descent{drawn}: {ending(study, 'gd')}."


def ending(study: ManyWeightsStudy, name: str) -> str:
    """How a method's run ends: what its steps show, or what is certain where they ran out first."""
    run, took = study.runs[name], study.took[name]
    outcome = run.outcome()
    if outcome.status is not Status.OUT_OF_STEPS:
        return str(outcome)
    if took < math.inf:
        return reached(took, study.settings.tolerance, int(run.length))
    if name == "gd" and study.grows:
        return DIVERGING
    return str(outcome)


def _flat(study: ManyWeightsStudy) -> str:
    """That A is singular, to rounding or exactly, and what becomes of the start's part there."""
    s = study.objective.spectrum
    if not s.hidden.any():
        along = direction(study.objective, 0)
        return f"A is singular: along {along} nothing bends, and the start's part there stays."
    return (
        f"Along {direction(study.objective, _hidden(s))} A's curvature is {BEYOND}: rounding hides it, "
        "so in the run the start's part there stays."
    )


def _hidden(s: Spectrum) -> int:
    """The first direction whose λ is lost in rounding."""
    return int(s.hidden.argmax())


def _at_rest(study: ManyWeightsStudy, low: float, top: float) -> tuple[str, ...]:
    """The facts where the gradient vanishes at the start."""
    kind = "minimum" if low >= 0 else "saddle" if top > 0 else "maximum"
    moves = bool(np.any(study.run.w != study.run.w[0]))
    moved = "only rounding moves it" if moves else "nothing moves"
    sure = ", to double precision" if study.objective.spectrum.hidden.any() else ""
    found = [f"The start is a {kind}{sure}: the gradient vanishes and {moved}."]
    if low == 0:
        found.append(_flat(study))
    if moves:
        found.append(_ending(study))
    return tuple(found)


def _bending_down(study: ManyWeightsStudy, low: float, top: float) -> tuple[str, ...]:
    """The facts where E bends down along some direction, and so has no minimum."""
    which = _which_step(study)
    kind = "indefinite" if top > 0 else f"negative {'semi-' if top == 0 else ''}definite"
    size = known(low, float(study.objective.spectrum.doubt[0]))
    curved = f"negative (its size is {BEYOND})" if size == BEYOND else f"λ = {size}"
    bends = (
        f"**A is {kind}**: along {direction(study.objective, 0)} the curvature is {curved}, so E "
        "has no minimum."
    )
    if study.settings.eta <= 0:
        climbs = (
            f"And no descent, as η is not positive: {which} step multiplies the error there by "
            f"1 − ηλ = **{_factor(study, 0)}**, and the one along the largest λ = {num(top)} by "
            f"**{_factor(study, -1)}**."
        )
        return bends, climbs
    grows = (
        "Every η > 0 makes the error there grow, however small it is at the start: "
        f"{which} step multiplies it by 1 − ηλ = **{_factor(study, 0)}**."
    )
    if study.plane.error[0]:
        return bends, grows
    return bends, grows, "The start has no part there: only rounding seeds it."


def _down_a_slope(study: ManyWeightsStudy, top: float) -> tuple[str, ...]:
    """The facts where E falls in a straight line without end."""
    s = study.objective.spectrum
    lost = s.hidden & (s.drift != 0)
    along = direction(study.objective, int((lost if lost.any() else s.drift != 0).argmax()))
    slope = (
        f"**A's curvature along {along} is {BEYOND}**: rounding hides it, so to a run E is a straight "
        "slope there, and every η > 0 drifts down it."
        if lost.any()
        else f"**A is singular and b is not in its range**: along {along} E is a straight slope without "
        "end, and every η > 0 drifts down it."
    )
    found = [slope, _bounds(study.objective, float(study.etas[0]))]
    given, eta = study.settings.eta, float(study.etas[0])
    if given <= 0:
        found.append(
            f"η = {num(given)} is not positive: it {'climbs' if given else 'moves nothing'}."
        )
    elif eta * top > 2 * (1 + SAME) and study.plane.error[-1]:
        found.append(
            f"η = {apart(eta, 2 / top)[0]} is beyond it: {_which_step(study)} step multiplies the error "
            f"along the steepest direction by **{_factor(study, -1)}**."
        )
    return tuple(found)


def _towards_the_minimum(study: ManyWeightsStudy, low: float, top: float) -> tuple[str, ...]:
    """The facts where there is a minimum, unique or not: κ, the limits of η, the factors, the steps."""
    s, eta = study.objective.spectrum, float(study.etas[0])
    kappa = known(theory.effective_condition_number(s), theory.condition_doubt(s))
    steep = _factor(study, -1)
    slow = "1" if s.hidden.any() else _factor(study, int((s.values > 0).argmax()))
    factors = f"the errors by **{slow}** (slowest direction) to **{steep}** (steepest)"
    if slow == steep:
        factors = f"all errors by **{slow}**"
    step = "" if isinstance(study.settings.schedule, Constant) else "The first step's "
    among = " among the directions that bend" if low == 0 else ""
    found = [
        f"**κ is {BEYOND}**." if kappa == BEYOND else f"**κ = {kappa}**{among}.",
        _bounds(study.objective, eta),
        f"{step}η = {apart(eta, 1 / top, 2 / top)[0]} multiplies {factors}: "
        f"{_does(study, s.values[study.plane.error != 0], top)}.",
    ]
    if low == 0:
        found.append(_flat(study))
    return (*found, _counted(study))


def _does(study: ManyWeightsStudy, met: Array, top: float) -> str:
    """What becomes of the directions of curvatures `met`, ascending, that the start has an error in."""
    eta, schedule = study.settings.eta, study.settings.schedule
    if study.regime not in DOES:
        return "no descent: η is not positive"
    seen = met[-1] >= (1 - SAME) * top
    along = "the steepest direction" if seen else "the steepest of its own"
    does = DOES[study.regime].format(along=along)
    start = "" if seen else "the start has no part along the steepest direction, and "
    if not seen and study.etas.max() * top > 2 * (1 + SAME) and eta * float(met[-1]) <= 2:
        does += " unless rounding seeds that one"
    if isinstance(schedule, Constant):
        return f"{start}descent {does}"
    kept = "leaves it so in these steps" if np.all(study.etas == eta) else "changes it"
    return (
        f"{start}with η = {num(eta)} kept, descent {does}; the schedule ({schedule.label}) {kept}"
    )


def _bounds(objective: QuadraticForm, eta: float) -> str:
    """The limit of η, beside the one of the lecture notes, with digits that tell it from η too."""
    true, notes = theory.limit(objective.spectrum), theory.notes_bound(objective.A)
    if not math.isfinite(true):
        return "There is no upward curvature to limit η."
    if abs(notes - true) <= 1e-9 * true:
        return (
            f"Limit of η: 2/λₘₐₓ = **{apart(true, eta)[0]}**; the notes' 2·min 1/aᵢᵢ is the same, "
            "as the steepest direction is a weight's own."
        )
    limit, generous, _ = apart(true, notes, eta)
    return (
        f"Limit of η: 2/λₘₐₓ = **{limit}**; the notes' 2·min 1/aᵢᵢ = {generous} is too "
        "generous, as it holds for diagonal A only."
    )


def _counted(study: ManyWeightsStudy) -> str:
    """The steps of plain descent to the tolerance, predicted and taken."""
    settings, run, k, took = study.settings, study.run, study.predicted["gd"], study.took["gd"]
    goal = percent(settings.tolerance)
    measured = (
        f"took {count(took)}"
        if took < math.inf
        else f"not reached in {steps(int(run.length) if run.gone else settings.steps)}"
    )
    if not isinstance(settings.schedule, OpenLoop):
        return f"To {goal} of the starting error: {measured}."
    if k == math.inf:
        return f"Predicted: {goal} of the starting error is **never** reached; {measured}."
    if beyond(study, "gd"):
        measured = f"the schedule would bring it back by then, but {stopped(run)}"
    return (
        f"Predicted **{steps(k, study.doubt['gd'])}** to {goal} of the starting error; {measured}."
    )


def direction(objective: QuadraticForm, mode: int) -> str:
    """An eigenvector in words: its entries for a few weights, else its largest entry."""
    v = objective.spectrum.vectors[:, mode]
    size = np.abs(v)
    # Of entries of the same size the first decides: rounding must not.
    v = v if v[(size >= (1 - SAME) * size.max()).argmax()] > 0 else -v
    v = np.where(np.abs(v) > SAME, v, 0.0)  # no rounding as a number
    if len(v) <= 4:
        return "(" + ", ".join(num(x, 3) for x in v) + ")"
    return f"the eigenvector that is largest in weight {np.abs(v).argmax() + 1}"


def _which_step(study: ManyWeightsStudy) -> str:
    """Which steps multiply by the first factor."""
    return "each" if isinstance(study.settings.schedule, Constant) else "the first"


def _factor(study: ManyWeightsStudy, mode: int) -> str:
    """1 − ηλ of a mode in words, to the digits that are known, at the first step's η."""
    s, eta = study.objective.spectrum, float(study.etas[0])
    share, doubt = eta * float(s.values[mode]), float(s.doubt[mode])
    factor = less_rounding(1 - share)
    if 0 < abs(share) <= SAME:
        small = known(abs(share), doubt)
        return "1" if small == BEYOND else f"1 {'−' if share > 0 else '+'} {small}"
    if doubt < SAME or not factor:
        return unlike(factor, -1, 0, 1)
    return known(factor, doubt * abs(share / factor))

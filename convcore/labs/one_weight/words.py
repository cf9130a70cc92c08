"""What "One weight" says of its run: facts, notes, and a few words beside pins."""

from __future__ import annotations

import math

from convcore.descent.descent import Status, Trajectory
from convcore.descent.theory import Regime, less_rounding
from convcore.labkit.words import (
    DIVERGING,
    apart,
    at_end,
    count,
    followed,
    num,
    percent,
    predicted_text,
    reached,
    steps,
    stopped,
    taken,
    unlike,
)
from convcore.labs.one_weight.settings import OneWeightSettings
from convcore.labs.one_weight.study import OneWeightStudy


def said(study: OneWeightStudy) -> tuple[str, ...]:
    """What happens and why, a fact each (Markdown)."""
    settings, last, a = study.settings, study.last, study.settings.a
    ends = f"After {steps(last)}, w = {num(study.run.w[-1, 0], 6)}: {ending(study)}."
    if settings.starts_at_rest:
        here = f"w₀ = {num(settings.w0)} is where **E′ = 0**"
        if settings.only_rounding_moves:
            return f"{here} to rounding, and only rounding moves it.", ends
        return (f"{here}: the gradient vanishes and descent stays there, whatever η.",)
    if a == 0:
        first = "" if settings.constant_eta else " at first"
        return (
            f"a = 0: E is a straight line of slope {num(settings.b)} without a minimum.",
            f"Each step moves w by −η·b, here {num(-study.first_eta * settings.b)}{first}.",
            ends,
        )
    if a < 0:
        return (
            f"a < 0: −b/a = {num(settings.centre)} is a **maximum**, and ηₒₚₜ = 1/a means nothing.",
            f"Every η > 0 leads away from it{_uphill(study)}.",
            f"{_multiplies('distance from it', study)}.",
            ends,
        )
    eta, best, limit = _beside_best(study)
    return (
        f"**{eta}** (ηₒₚₜ = 1/a = {best}, limit 2ηₒₚₜ = {limit}).",
        f"{_multiplies('error', study)}: {_does(study)}.",
        _counted(study),
        ends,
    )


def notes(study: OneWeightStudy) -> tuple[str, ...]:
    """What the reader should know too, a line each."""
    settings = study.settings
    if settings.a <= 0:
        return ()
    half = (
        "The notes leave out the ½ of Taylor's second-order term; precisely E(w) ≈ E + E′·d + "
        "**½**E″·d². Without it the “optimal” step is half as long and leaves half of the error."
    )
    if study.regime is Regime.JUMPS and settings.constant_eta:
        silent = "The notes are silent on η = 2ηₒₚₜ: neither convergence nor divergence."
        return half, silent
    return (half,)


def predicted(study: OneWeightStudy) -> str:
    """What theory says of the steps to the tolerance, in a few words."""
    return predicted_text(study.predicted, study.settings.tolerance) + beyond(study)


def measured(study: OneWeightStudy) -> str:
    """What the run did, in a few words to compare runs by."""
    ends = f"{ending(study)}; {at_end(study.run)}"
    if study.blew_up_first or math.isnan(study.took):
        return ends
    if study.run.outcome().status is Status.OUT_OF_STEPS and study.took < math.inf:
        return ends
    return f"{taken(study.took, study.settings.steps)}: {ends}"


def beyond(study: OneWeightStudy) -> str:
    """What to add to the predicted steps of a run that was stopped on its way there."""
    if not study.blew_up_first or study.predicted is None:
        return ""
    return followed(study.predicted, study.run)


def factor(settings: OneWeightSettings, eta: float, digits: int = 4) -> str:
    """1 − ηa."""
    return unlike(less_rounding(1 - eta * settings.a), -1, 0, 1, digits=digits)


def ending(study: OneWeightStudy, exact: Trajectory | None = None) -> str:
    """How the run, or the exact path, ends: what the steps show, or what is certain of it where they ran
    out first."""
    run, settings = study.run if exact is None else exact, study.settings
    outcome, took = run.outcome(), study.took if exact is None else study.predicted
    if outcome.status is Status.FROZEN and settings.a == 0 and settings.eta and settings.b:
        rest = num(study.rest_of_way)
        return f"all further steps together move it by only {rest}, and there is no minimum"
    if outcome.status is not Status.OUT_OF_STEPS:
        return str(outcome)
    if took is not None and took <= int(run.length):
        return reached(took, settings.tolerance, int(run.length))
    if study.certain is Regime.JUMPS:
        return Regime.JUMPS.value
    if study.certain is not None:
        return DIVERGING
    return str(outcome)


def _uphill(study: OneWeightStudy) -> str:
    """What an η that is not positive does beside a maximum, as a clause."""
    does = {
        Regime.STILL: "moves nothing",
        Regime.CLIMBS: "climbs to it",
        Regime.JUMPS: "jumps across it for ever",
        Regime.DIVERGES: "jumps over it, further each time",
    }.get(study.regime)
    kept = "" if study.settings.constant_eta else ", if it is kept,"
    return f"; η = {num(study.settings.eta)}{kept} {does}" if does else ""


def _beside_best(study: OneWeightStudy) -> tuple[str, str, str]:
    """η beside ηₒₚₜ, and ηₒₚₜ and 2ηₒₚₜ with digits that tell them from η."""
    settings = study.settings
    eta, best, limit = apart(settings.eta, 1 / settings.a, 2 / settings.a)
    if study.regime is Regime.ONE_STEP:
        return f"η = {eta} is ηₒₚₜ", best, limit
    if study.regime is Regime.JUMPS:
        return f"η = {eta} is exactly 2ηₒₚₜ", best, limit
    return f"η = {eta} is {unlike(settings.eta * settings.a, 1, 2)} ηₒₚₜ", best, limit


def _multiplies(what: str, study: OneWeightStudy) -> str:
    by = factor(study.settings, study.first_eta)
    if study.settings.constant_eta:
        return f"Each step multiplies the {what} by 1 − ηa = **{by}**"
    return f"Each step multiplies the {what} by 1 − ηₖ·a, the first by **{by}**"


def _does(study: OneWeightStudy) -> str:
    settings, does = study.settings, study.regime.value
    if settings.constant_eta:
        return f"descent **{does}**"
    kept = "changes it" if study.schedule_acts else "leaves it so in these steps"
    eta, label = num(settings.eta), settings.schedule.label
    return f"with η = {eta} kept, descent {does}; the schedule ({label}) {kept}"


def _counted(study: OneWeightStudy) -> str:
    settings, run, took, by_theory = study.settings, study.run, study.took, study.predicted
    goal = percent(settings.tolerance)
    within = f" in {steps(study.last if run.gone else settings.steps)}"
    found = f"took {count(took)}" if took < math.inf else f"not reached{within}"
    if by_theory is None:
        why = "no prediction, as the schedule waits for the loss"
        return f"To {goal} of the starting error: {found}; {why}."
    if by_theory == math.inf:
        return f"Predicted: {goal} of the starting error is **never** reached; {found}."
    if study.blew_up_first and math.isfinite(by_theory):
        found = f"the schedule would bring it back by then, but {stopped(run)}"
    return f"Predicted **{steps(by_theory)}** to {goal} of the starting error; {found}."

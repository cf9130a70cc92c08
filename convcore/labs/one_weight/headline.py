"""The headline of "One weight": what each step does to the error, and the steps by theory and run."""

from __future__ import annotations

import math

from convcore.descent.outcomes import Status
from convcore.descent.theory import Regime
from convcore.labkit.headline import AGREES, Headline, Said, Tone
from convcore.labkit.words import count, num, percent, steps, unlike
from convcore.labs.one_weight.settings import OneWeightSettings
from convcore.labs.one_weight.study import OneWeightStudy
from convcore.labs.one_weight.words import factor

MINIMISES = "E(w) = ½aw² + bw + c"

# What a constant η does where there is a minimum: the sentence, its verdict and how good that is.
BY_REGIME = {
    Regime.STILL: ("At {eta} nothing {{}}.", "moves", Tone.NEUTRAL),
    Regime.CLIMBS: ("At {eta} every step {{}} away from the minimum.", "climbs", Tone.FAILS),
    Regime.MONOTONE: (
        "At {eta} every step {{}} to the minimum and keeps {kept} of the error.",
        "comes closer",
        Tone.ARRIVES,
    ),
    Regime.ONE_STEP: ("At {eta}, which is ηₒₚₜ, {{}} to the minimum.", "one step leads", Tone.ARRIVES),
    Regime.OSCILLATES: (
        "At {eta} every step {{}} the minimum and keeps {kept} of the error.",
        "jumps across",
        Tone.STRUGGLES,
    ),
    Regime.JUMPS: (
        "At {eta}, which is 2ηₒₚₜ, descent {{}} for ever.",
        "jumps between two points",
        Tone.FAILS,
    ),
    Regime.DIVERGES: (
        "At {eta} every step {{}}: the error is multiplied by {factor}.",
        "overshoots further",
        Tone.FAILS,
    ),
}  # fmt: skip


def headline(study: OneWeightStudy) -> Headline:
    """What happened: by the regime where η is constant, else by how the run ended."""
    settings = study.settings
    if settings.starts_at_rest:
        where = f"At **w₀ = {num(settings.w0)}** the slope is zero: descent {{}}, whatever η."
        return Headline(where, "stays put", Tone.NEUTRAL, minimises=MINIMISES)
    says, verdict, tone = _without_minimum(study) or _with_minimum(study)
    return Headline(says, verdict, tone, _theory(study), MINIMISES)


def _without_minimum(study: OneWeightStudy) -> Said | None:
    """The sentence where E is a line or bends down."""
    settings = study.settings
    if settings.a > 0 or settings.eta == 0:
        return None
    if settings.a == 0:
        says = (
            f"E is a straight line of slope **{num(settings.b)}**: descent {{}} and never arrives."
        )
        return says, "moves on", Tone.FAILS
    says = f"E bends down (**a = {num(settings.a)}**) and has no minimum: "
    if settings.eta > 0:
        return f"{says}every step {{}} from the maximum.", "runs away", Tone.FAILS
    does = {Regime.JUMPS: "jumps across the maximum", Regime.DIVERGES: "jumps ever further"}
    return f"{says}η < 0 {{}}.", does.get(study.regime, "climbs to the maximum"), Tone.STRUGGLES


def _with_minimum(study: OneWeightStudy) -> Said:
    """The sentence where E has a minimum, or η is 0."""
    settings = study.settings
    if study.schedule_acts:
        return _with_schedule(study)
    kept = abs(1 - settings.eta * settings.a)
    says, verdict, tone = BY_REGIME[study.regime]
    so_far = " so far" * (not settings.constant_eta)  # a schedule has yet to change it
    if so_far:
        says = says.replace(" for ever", "")
    says = says.format(
        eta=_eta(settings) + so_far,
        kept=f"{unlike(100 * kept, 0, 100, digits=3)} %",
        factor=factor(settings, settings.eta),
    )
    return says, verdict, tone


def _with_schedule(study: OneWeightStudy) -> Said:
    """The sentence for an η that changes, by the run itself."""
    settings, ended = study.settings, study.run.outcome().status
    starts = f"η changes from **{num(study.first_eta)}**: descent {{}}"
    if ended is Status.DIVERGED:
        return f"{starts} at step {study.last}.", "diverges", Tone.FAILS
    if study.took < math.inf:
        return (
            f"{starts} the minimum to {percent(settings.tolerance)} in {steps(study.took)}.",
            "reaches",
            Tone.ARRIVES,
        )
    assert study.errors is not None  # as it does not start at rest
    share = unlike(100 * study.errors.share_left, 0, 100, digits=3)
    left = f"with {share} % of the error left after {steps(study.last)}."
    if study.stalls or ended in (Status.FROZEN, Status.UNDERFLOW):
        return f"{starts}, {left}", "freezes on its way", Tone.FAILS
    return f"{starts}, {left}", "is still on its way", Tone.STRUGGLES


def _eta(settings: OneWeightSettings) -> str:
    marks = (1 / settings.a, 2 / settings.a) if settings.a > 0 else ()
    return f"**η = {unlike(settings.eta, *marks)}**"


def _theory(study: OneWeightStudy) -> str:
    """The factor of a step, and the steps to the tolerance: predicted and measured."""
    settings = study.settings
    at = "" if settings.constant_eta else "first "
    if settings.a == 0:
        return f"{at}step −ηb = {num(-study.first_eta * settings.b)}".capitalize()
    by = f"{at}factor 1 − ηa = {factor(settings, study.first_eta)}"
    if settings.a < 0:
        return f"{by}, by which the distance from the maximum is multiplied".capitalize()
    return f"{_counted(study)} · {by}"


def _counted(study: OneWeightStudy) -> str:
    settings, run, took, predicted = study.settings, study.run, study.took, study.predicted
    goal, ran = percent(settings.tolerance), steps(study.last if run.gone else settings.steps)
    measured = f"took {count(took)}" if took < math.inf else f"not in {ran}"
    if predicted is None:
        return f"No theory of the steps to {goal}, as the schedule waits for the loss; {measured}"
    if math.isinf(predicted):
        agrees = AGREES * (took == math.inf)
        return f"Theory: {goal} of the error |w − w*| is never reached; {measured}{agrees}"
    theory = f"Theory: {steps(predicted)} to {goal} of the error |w − w*|"
    if predicted == took:
        return f"{theory}; {measured}{AGREES}"
    if study.blew_up_first:
        return f"{theory}, had the run not been stopped at step {count(float(run.length))}"
    if predicted > settings.steps:
        return f"{theory}; only {ran} {'was' if study.last == 1 else 'were'} run"
    return f"{theory}; {measured}"

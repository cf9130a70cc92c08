"""The headline of "Many weights": which direction limits η, which one crawls, and the steps by method."""

from __future__ import annotations

import math

import numpy as np

from convcore.descent import theory
from convcore.descent.descent import Trajectory
from convcore.descent.outcomes import Status
from convcore.descent.schedules import Constant
from convcore.descent.theory import CRAWLS, SAME, Regime, less_rounding
from convcore.labkit.headline import AGREES, Headline, Said, Tone
from convcore.labkit.words import BEYOND, count, known, num, percent, steps, unlike
from convcore.labs.many_weights.local_words import theory_line
from convcore.labs.many_weights.settings import KINDS
from convcore.labs.many_weights.study import ManyWeightsStudy

SOME = (
    6  # methods of which theory's line, with all that there is to say, is no longer than two lines
)
NEAR = 1.05  # times the fewest steps, up to which an η counts as close to the best
STOPPED = (Status.FROZEN, Status.STUCK, Status.UNDERFLOW)
# How the methods are called in a sentence.
WHO = {name: kind.label for name, kind in KINDS.items()} | {
    "gd": "descent",
    "coordinate": "per-coordinate descent",
}


def headline(study: ManyWeightsStudy) -> Headline:
    """What happened: along the directions where η is constant, else by how the run ended."""
    s, plane = study.objective.spectrum, study.plane
    sloped = bool(s.drift.any())
    if not plane.error.any() and not sloped:
        says, verdict, tone = _at_rest(study)
        return Headline(says, verdict, tone)
    if s.values[0] < 0 or sloped:
        says, verdict, tone = _without_minimum(study)
        return Headline(says, verdict, tone, _factor_there(study))
    says, verdict, tone = _with_minimum(study)
    return Headline(says, verdict, tone, theory_line(study) if study.local else _counted(study))


def _leading(study: ManyWeightsStudy) -> str:
    """The method that the sentence is about: plain descent, if it is drawn."""
    methods = study.settings.methods
    return "gd" if "gd" in methods or not methods else methods[0]


def _at_rest(study: ManyWeightsStudy) -> Said:
    """The sentence where the gradient vanishes at the start."""
    values, run = study.objective.spectrum.values, study.runs[_leading(study)]
    if not values.any():
        return "A = **0** and b = **0**: E is flat and {}.", "nothing moves", Tone.NEUTRAL
    bent = "a **saddle**" if values[-1] > 0 else "a **maximum**"
    kind = bent if values[0] < 0 else "a **minimum**"
    if np.all(run.w == run.w[0]):
        return f"The start is {kind}: its slope is zero and {{}}.", "nothing moves", Tone.NEUTRAL
    if not KINDS[_leading(study)].kind.rests and not run.gone:
        return (
            f"The start is {kind}, but {WHO[_leading(study)]} {{}} wherever it is.",
            "shrinks the weights",
            Tone.NEUTRAL,
        )
    if run.gone:
        return (
            f"The start is {kind}, but rounding grows: {WHO[_leading(study)]} {{}}.",
            "runs away",
            Tone.FAILS,
        )
    return (
        f"The start is {kind}: its slope is zero and {{}} it.",
        "only rounding moves",
        Tone.NEUTRAL,
    )


def _without_minimum(study: ManyWeightsStudy) -> Said:
    """The sentence where E bends down or falls without end."""
    s, name = study.objective.spectrum, _leading(study)
    run, low = study.runs[name], float(s.values[0])
    if low < 0:
        why, lost = f"E bends down (**λₘᵢₙ = {num(low)}**)", "runs away"
    else:
        why, lost = f"E has a slope (**{num(_slope(study))}**) without end", "diverges"
    does, after, tone = _ended(run, lost)
    return f"{why} and has no minimum: {WHO[name]} {{}}{after}.", does, tone


def _ended(run: Trajectory, lost: str) -> tuple[str, str, Tone]:
    """What a run without a minimum does, by how it ended, what follows in the sentence, and its tone."""
    outcome = run.outcome()
    if outcome.status is Status.CONVERGED and outcome.kind:
        return f"settles at a {outcome.kind.value}", "", Tone.STRUGGLES
    does = {
        Status.DIVERGED: (lost, "", Tone.FAILS),
        Status.FROZEN: ("no longer moves", "", Tone.NEUTRAL),
        Status.STUCK: ("no longer moves", "", Tone.NEUTRAL),
        Status.CYCLING: (f"jumps between {outcome.period} points", "", Tone.STRUGGLES),
        Status.DRIFTING: ("drifts on", "", Tone.FAILS),
    }
    under_way = "is still moving", f" after {steps(float(run.length))}", Tone.STRUGGLES
    return does.get(outcome.status, under_way)


def _with_minimum(study: ManyWeightsStudy) -> Said:
    """The sentence where there is a minimum and an error."""
    settings, name = study.settings, _leading(study)
    if np.all(study.runs[name].eta == 0):
        return "At **η = 0** {}.", "nothing moves", Tone.NEUTRAL
    if name == "gd" and study.unsettled:
        limit = unlike(theory.limit(study.objective.spectrum), settings.eta)
        away = np.linalg.norm(study.run.w[[0, -1]] - study.plane.target, axis=1)
        left = f"{percent(float(away[1] / away[0]))} of the error is left"
        beyond = f"At {_eta(study)}, beyond the limit **{limit}**, descent"
        return f"{beyond} {{}}: {left}.", "does not settle", Tone.FAILS
    if name != "gd" or study.local or not isinstance(settings.schedule, Constant):
        return _by_run(study, name)
    met = study.objective.spectrum.values[study.plane.error != 0]
    at = f"At {_eta(study)}"
    if study.run.gone and study.regime not in (Regime.DIVERGES, Regime.CLIMBS):
        why = "rounding seeds the steep direction, which the start has no part in."
        return f"{at} descent {{}}: {why}", "diverges", Tone.FAILS
    if study.run.outcome().status in (Status.FROZEN, Status.UNDERFLOW):
        return f"{at} descent {{}}: its steps are lost in rounding.", "stops short", Tone.STRUGGLES
    if study.regime is Regime.CLIMBS:
        return f"{at} every step {{}} away from the minimum.", "climbs", Tone.FAILS
    if study.regime is Regime.ONE_STEP:
        as_all = "to the minimum, as every error has curvature 1/η."
        return f"{at} {{}} {as_all}", "one step leads", Tone.ARRIVES
    if not _seen(study) and study.regime in (Regime.MONOTONE, Regime.OSCILLATES):
        none = "The start has no error along the steepest direction"
        at = at.replace("At", "at")
        return f"{none}: {at} descent {{}} each step.", "comes closer", Tone.ARRIVES
    if met[-1] - met[0] <= SAME * met[-1]:
        return _all_alike(study, at, float(met[-1]))
    return _along_directions(study, at, float(met[0]), float(met[-1]))


def _seen(study: ManyWeightsStudy) -> bool:
    """Whether the start has an error along the steepest direction."""
    values = study.objective.spectrum.values
    met = values[study.plane.error != 0]
    return bool(met[-1] >= (1 - SAME) * values[-1])


def _all_alike(study: ManyWeightsStudy, at: str, curved: float) -> Said:
    """The sentence where all errors have one curvature."""
    factor = 1 - study.settings.eta * curved
    if study.regime is Regime.JUMPS:
        return f"{at}, which is 2/λ, descent {{}} for ever.", "jumps between two points", Tone.FAILS
    if study.regime is Regime.DIVERGES:
        return (
            f"{at} every step {{}}: the error is multiplied by {_near(factor)}.",
            "overshoots further",
            Tone.FAILS,
        )
    keeps = f"the minimum and keeps {_kept(abs(factor))} of the error."
    if study.regime is Regime.MONOTONE:
        return f"{at} every step {{}} to {keeps}", "comes closer", Tone.ARRIVES
    return f"{at} every step {{}} {keeps}", "jumps across", Tone.STRUGGLES


def _along_directions(study: ManyWeightsStudy, at: str, slow: float, steep: float) -> Said:
    """The sentence where the errors have curvatures from `slow` to `steep`."""
    s, eta = study.objective.spectrum, study.settings.eta
    seen = _seen(study)
    along = "the steep direction" if seen else "its steepest direction"
    if study.regime is Regime.JUMPS:
        marked = ", the limit 2/λₘₐₓ," if seen else ""
        return f"{at}{marked} descent {{}} along {along}.", "jumps for ever", Tone.FAILS
    left_slow, left_steep = abs(1 - eta * slow), abs(1 - eta * steep)
    if study.regime is Regime.DIVERGES:
        does = "diverges" if study.run.gone else "will diverge"
        by = f"error × {_near(1 - eta * steep)} a step."
        return f"{at} descent {{}} along {along}: {by}", does, Tone.FAILS
    best = 2 / (slow + steep)
    flat = "flat" if slow == s.values[0] else "slow"
    # What a step takes off the error that shrinks least, here and at the best η; 1 − it may round to 1.
    off, most = min(eta * slow, 2 - eta * steep), best * slow
    left = max(left_slow, left_steep)
    if NEAR * math.log1p(-off) <= math.log1p(-most):
        return _at_the_best(study, at, left, f"steep and {flat}", abs(eta - best) <= 1e-9 * best)
    if left_steep > left_slow:
        keeps = f"the steep direction jumps across, keeping {_kept(left_steep)} a step."
        return f"{at} descent {{}}: {keeps}", "zigzags", Tone.STRUGGLES
    crawls = left_slow > CRAWLS
    does, tone = ("crawls", Tone.STRUGGLES) if crawls else ("comes closer", Tone.ARRIVES)
    keeping = f"keeping {_kept(left_slow)} a step."
    if eta < best / 2:
        return f"{at} steps are small: the {flat} direction {{}}, {keeping}", does, tone
    limits = f"The steep direction limits η to **{num(2 / steep)}**"
    return f"{limits}; at {_number(study)} the {flat} one {{}}, {keeping}", does, tone


def _at_the_best(study: ManyWeightsStudy, at: str, left: float, both: str, exact: bool) -> Said:
    """The sentence at the best fixed η, or where hardly fewer steps are needed."""
    s = study.objective.spectrum
    kappa = known(theory.effective_condition_number(s), theory.condition_doubt(s))
    verdict = "best η" if exact else "close to the best η"
    at = f"{at}, {'the ' * exact}{{}},"
    whole = bool(
        study.plane.error[s.values > 0].all()
    )  # then κ is of the directions that the run meets
    if left <= CRAWLS or kappa == BEYOND or not whole:
        keep = "both keep" if exact else "keep at most"
        tone = Tone.STRUGGLES if left > CRAWLS else Tone.ARRIVES
        return f"{at} {both} directions {keep} {_kept(left)} a step.", verdict, tone
    slow = f"κ = **{kappa}** still slows descent"
    return f"{at} {slow}: each step keeps {_kept(left)}.", verdict, Tone.STRUGGLES


def _by_run(study: ManyWeightsStudy, name: str) -> Said:
    """The sentence of a method by its run, whatever η does."""
    settings, run, took = study.settings, study.runs[name], study.took[name]
    who, eta = WHO[name], settings.eta_of(name)
    if isinstance(settings.schedule, Constant):
        who = f"{who[0].upper()}{who[1:]} at **η = {num(eta)}**"
    elif np.any(run.eta != eta):
        who = f"η changes from **{num(float(run.eta[0]))}**: {who}"
    else:
        who = f"At **η = {num(eta)}** so far, {who}"
    if run.gone:
        return f"{who} {{}} at step {count(float(run.outcome().step))}.", "diverges", Tone.FAILS
    away = np.linalg.norm(run.w[[0, -1]] - study.plane.target, axis=1)
    left, goal = float(away[1] / away[0]), f"{percent(settings.tolerance)} of the error"
    if took < math.inf and left <= settings.tolerance:
        return f"{who} {{}} {goal} in {steps(took)}.", "arrives at", Tone.ARRIVES
    if took < math.inf:
        reached = f"{who} reaches {goal} at step {count(took)}, {{}}."
        return reached, "but leaves again", Tone.STRUGGLES
    status = run.outcome().status
    if status is Status.CYCLING:
        return f"{who} {{}}.", f"jumps between {run.outcome().period} points", Tone.FAILS
    if status is Status.CONVERGED and study.objective.spectrum.values[0] == 0:
        singular = f"{'the Hessian' if study.local else 'A'} is singular"
        return f"{who} {{}}, as {singular}.", "settles at another minimum", Tone.STRUGGLES
    if left > 1 and status in STOPPED:
        return f"{who} {{}}, the error {num(left, 3)}-fold.", "stops farther away", Tone.FAILS
    if left > 1:
        return f"{who} {{}}: the error has grown {num(left, 3)}-fold.", "moves away", Tone.FAILS
    rest = f"with {percent(left)} of the error left."
    if status in STOPPED:
        return f"{who} {{}}, {rest}", "stops on its way", Tone.FAILS
    return f"{who} {{}}, {rest}", "is still on its way", Tone.STRUGGLES


def _counted(study: ManyWeightsStudy) -> str:
    """The steps to the tolerance by theory and run, for each method that is drawn, and κ."""
    settings = study.settings
    drawn = settings.methods or ("gd",)
    told = [name for name in drawn if study.counted(name)] or [drawn[0]]
    goal = (
        f" {'step' if study.predicted[told[0]] == 1 else 'steps'} to {percent(settings.tolerance)}"
    )
    brief = len(drawn) > SOME
    found = [
        _method(study, name, "" if i else goal, brief and i > 0) for i, name in enumerate(told)
    ]
    rest = [(KINDS[name].label, _took(study, name)) for name in drawn if name not in told]
    if brief:  # those that end alike together
        ends = dict.fromkeys(took for _, took in rest)
        rest = [(", ".join(x for x, took in rest if took == end), end) for end in ends]
    if rest:
        words = ("; " if brief else ", ").join(f"{x} {took}" for x, took in rest)
        found.append(f"without a count by theory: {words}")
    s = study.objective.spectrum
    kappa = known(theory.effective_condition_number(s), theory.condition_doubt(s))
    return f"Theory: {' · '.join(found)} · κ {'is' if kappa == BEYOND else '='} {kappa}"


def _method(study: ManyWeightsStudy, name: str, goal: str, brief: bool) -> str:
    """The steps of one method by theory and run. brief: without the run's if they are the same."""
    predicted, took, run = study.predicted[name], study.took[name], study.runs[name]
    measured = _took(study, name)
    if not study.counted(name):
        return f"{KINDS[name].label} {measured}, without a count by theory"
    agrees = AGREES * (predicted == took)
    if math.isinf(predicted):
        to = goal.partition(" to ")[2]
        never = f"{KINDS[name].label} never{f' to {to}' * bool(to)}"
        return f"{never}{agrees}" if brief and agrees else f"{never}, {measured}{agrees}"
    if name in study.would_return:
        measured = f"had the run not been stopped at step {count(float(run.length))}"
    told = f"{KINDS[name].label} {count(predicted, study.doubt[name])}{goal}"
    return f"{told}{agrees}" if brief and agrees else f"{told}, {measured}{agrees}"


def _took(study: ManyWeightsStudy, name: str) -> str:
    """The steps that the run of a method took."""
    took, run = study.took[name], study.runs[name]
    ran = steps(float(run.length if run.gone else study.settings.steps))
    return f"took {count(took)}" if took < math.inf else f"not in {ran}"


def _factor_there(study: ManyWeightsStudy) -> str:
    """What a step of plain descent does along the direction that has no minimum."""
    low, eta = float(study.objective.spectrum.values[0]), float(study.etas[0])
    step = "each" if isinstance(study.settings.schedule, Constant) else "the first"
    if low < 0:
        by = _near(1 - eta * low)
        return (
            f"Theory: {step} step of gradient descent multiplies the error there by 1 − ηλ = {by}"
        )
    return f"Theory: {step} step of gradient descent moves {num(-eta * _slope(study))} along it"


def _slope(study: ManyWeightsStudy) -> float:
    """The slope along the directions without curvature."""
    return float(np.linalg.norm(study.objective.spectrum.drift))


def _eta(study: ManyWeightsStudy) -> str:
    return f"**η = {_number(study)}**"


def _number(study: ManyWeightsStudy) -> str:
    """η with as many digits as tell it from the marks of the steepest direction."""
    top = float(study.objective.spectrum.values[-1])
    return unlike(study.settings.eta, 1 / top, 2 / top)


def _kept(share: float) -> str:
    """A share of an error that a step keeps."""
    if 1 - share <= SAME:
        return "practically all"
    return f"{unlike(100 * share, 0, 100, digits=3)} %"


def _near(factor: float) -> str:
    return unlike(less_rounding(factor), -1, 0, 1)
